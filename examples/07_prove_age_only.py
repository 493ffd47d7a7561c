"""Prove an age and nothing else: a shop learns that the customer is 18 or over, on the issuer's word, and no more."""

import secrets
from datetime import UTC, date, datetime

from eid import EidError, Evidence, Issuer, Key, KeySet, Level, MemoryReplay, Person
from eid.disclosure import CredentialVerifier, present

now = datetime.now(UTC)
shop = "https://cuahang.thu-nghiem.example"
vct = "https://dinhdanh.thu-nghiem.example/credential/person"
adult = ("age_equal_or_over", "18")
person = Person(number="001190654321", full_name="Trần Thị Kiểm Thử", birth_date=date(1990, 5, 17), sex="female")
evidence = [Evidence(kind=kind, method="in-person", time=now) for kind in ("chip", "face", "fingerprint")]

# the issuer hands two copies to the holder's device, each for one use and for a key that never leaves the device
issuer = Issuer("https://dinhdanh.thu-nghiem.example", KeySet.generate())
device = [Key.generate(), Key.generate()]
copies = issuer.issue_credentials(person, Level.TWO, vct=vct, evidence=evidence, holders=device)

# the shop asks with a nonce of its own and says what it needs
verifier = CredentialVerifier(
    KeySet.from_jwks(issuer.keys.public_jwks()),
    issuer=issuer.issuer,
    audience=shop,
    vct=vct,
    status=issuer.status_list,
    replay=MemoryReplay(),
)
nonce = secrets.token_urlsafe(16)

# the device shows one claim and proves its key
presentation = present(copies[0], disclose=[adult], key=device[0], audience=shop, nonce=nonce)
shown = verifier.verify(presentation, level=Level.TWO, nonce=nonce, require=[adult])
print("18 or over:", shown.age_equal_or_over(18), "- all that was shown:", dict(shown.claims))

try:
    verifier.verify(presentation, level=Level.TWO, nonce=nonce, require=[adult])
except EidError as refusal:
    print(refusal.code, "-", refusal.text_vi)

nonce = secrets.token_urlsafe(16)
nothing = present(copies[1], disclose=[], key=device[1], audience=shop, nonce=nonce)
try:
    verifier.verify(nothing, level=Level.TWO, nonce=nonce, require=[adult])
except EidError as refusal:
    print(refusal.code, "-", refusal.text_vi)
