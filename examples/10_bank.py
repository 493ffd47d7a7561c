"""A bank: a fresh login with a biometric, evidence of the last two years, the number only with the person's consent."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from eid import (
    AuthenticationLevel,
    EidError,
    Evidence,
    Issuer,
    JsonLinesJournal,
    KeySet,
    Level,
    MemoryReplay,
    Person,
    StepUp,
    Verifier,
)
from eid.consent import Consent

now = datetime.now(UTC)
bank = "https://nganhang.thu-nghiem.example"
person = Person(number="001190654321", full_name="Trần Thị Kiểm Thử", birth_date=date(1990, 5, 17), sex="female")
checked = now - timedelta(days=400)
evidence = [Evidence(kind=kind, method="in-person", time=checked) for kind in ("chip", "face", "fingerprint")]
issuer = Issuer("https://dinhdanh.thu-nghiem.example", KeySet.generate())
journal = Path(tempfile.mkdtemp()) / "journal.jsonl"  # every verdict, with the check that decided; no name, no number
verifier = Verifier(
    KeySet.from_jwks(issuer.keys.public_jwks()),
    issuer=issuer.issuer,
    audience=bank,
    status=issuer.status_list,
    replay=MemoryReplay(),
    journal=JsonLinesJournal(journal),
)


def login(level: AuthenticationLevel, **options: object) -> str:
    return issuer.issue(person, Level.TWO, audience=bank, auth_level=level, evidence=evidence, **options)


# an ordinary login shows no number, and is not enough for a transfer
step_up = StepUp(auth_level=AuthenticationLevel.THREE, max_age_s=300)
two_years = 2 * 366 * 86_400
try:
    verifier.verify(login(AuthenticationLevel.TWO), level=Level.TWO, max_evidence_age_s=two_years, **step_up.asked)
except EidError as refusal:
    print(refusal.code, "->", step_up.challenge())

# the person logs in again, and agrees that the bank is told the number
asked_for = {"name", "birthdate", "personal_number"}
try:
    login(AuthenticationLevel.FOUR, claims=asked_for)
except EidError as refusal:
    print(refusal.code, "-", refusal.text_vi)
agreed = Consent(audience=bank, claims=asked_for, given=now)
token = login(AuthenticationLevel.FOUR, claims=asked_for, consent=agreed)
identity = verifier.verify(token, level=Level.TWO, max_evidence_age_s=two_years, **step_up.asked)
print("known at the bank as", identity.subject[:8], "… with", *sorted(identity.claims))
try:
    verifier.verify(login(AuthenticationLevel.FOUR), level=Level.TWO, max_evidence_age_s=366 * 86_400)
except EidError as refusal:
    print(refusal.code, "-", refusal.text_vi)
print(journal.read_text().count('"accepted":false'), "refusals and one acceptance in the journal")
