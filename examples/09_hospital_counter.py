"""A hospital counter: the insured person's phone shows a code for this counter and this minute; a photo of it fails."""

from datetime import UTC, date, datetime

from eid import (
    AuthenticationLevel,
    EidError,
    Evidence,
    Issuer,
    Key,
    KeySet,
    Level,
    MemoryReplay,
    Person,
    qr,
)
from eid.counter import new_challenge, present_at_counter
from eid.counter_check import verify_counter_code
from eid.counter_issue import issue_counter_credential

now = datetime.now(UTC)
counter = "urn:thu-nghiem:benh-vien-1:quay-3"
person = Person(number="001190654321", full_name="Trần Thị Kiểm Thử", birth_date=date(1990, 5, 17), sex="female")
evidence = [Evidence(kind=kind, method="in-person", time=now) for kind in ("chip", "face", "fingerprint")]
issuer = Issuer("https://dinhdanh.thu-nghiem.example", KeySet.generate())
phone = Key.generate()  # its private half never leaves the phone
expected = {
    "keys": KeySet.from_jwks(issuer.keys.public_jwks()),
    "issuer": issuer.issuer,
    "counter": counter,
    "level": Level.TWO,
    "status": issuer.status_list,
    "replay": MemoryReplay(),
}

challenge = new_challenge()  # the counter's screen shows it, the phone reads it
credential = issue_counter_credential(
    issuer,
    person,
    Level.TWO,
    counter=counter,
    auth_level=AuthenticationLevel.FOUR,
    evidence=evidence,
    holder=phone,
    with_name=True,
)
text = present_at_counter(credential, holder=phone, challenge=challenge)
print(len(text), "characters in the QR code,", len(qr.png(text)), "bytes as a picture")

shown = verify_counter_code(text, challenge=challenge, **expected)
print("admitted:", shown.name, shown.level)

for what, asked in (("the same code again", challenge), ("a photo of it for the next patient", new_challenge())):
    try:
        verify_counter_code(text, challenge=asked, **expected)
    except EidError as refusal:
        print(f"{what}: {refusal.code} - {refusal.text_vi}")
