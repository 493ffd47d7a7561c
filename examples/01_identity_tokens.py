"""Issue a level-1 and a level-2 identity token; verify them; see level 1 refused where level 2 is needed."""

from datetime import UTC, date, datetime

from eid import (
    AuthenticationLevel,
    EidError,
    Evidence,
    EvidenceKind,
    Issuer,
    KeySet,
    Level,
    MemoryReplay,
    Person,
    PersonalNumber,
    Sex,
    Verifier,
)

now = datetime.now(UTC)
desk = "https://motcua.thu-nghiem.example"
person = Person(
    number=PersonalNumber("001190654321"),
    full_name="Trần Thị Kiểm Thử",
    birth_date=date(1990, 5, 17),
    sex=Sex.FEMALE,
)
in_the_app = [
    Evidence(kind=k, method="app", time=now) for k in (EvidenceKind.NUMBER, EvidenceKind.SIM, EvidenceKind.FACE)
]
in_person = [
    Evidence(kind=EvidenceKind.CHIP, method="passive-authentication", time=now, office="H26.19"),
    Evidence(kind=EvidenceKind.FACE, method="match", time=now, office="H26.19"),
    Evidence(kind=EvidenceKind.FINGERPRINT, method="match", time=now, office="H26.19"),
]

issuer = Issuer("https://dinhdanh.thu-nghiem.example", KeySet.generate())
verifier = Verifier(
    KeySet.from_jwks(issuer.keys.public_jwks()),
    issuer=issuer.issuer,
    audience=desk,
    status=issuer.status_list,
    replay=MemoryReplay(),
)

one = issuer.issue(person, Level.ONE, audience=desk, auth_level=AuthenticationLevel.TWO, evidence=in_the_app)
two = issuer.issue(person, Level.TWO, audience=desk, auth_level=AuthenticationLevel.FOUR, evidence=in_person)

try:
    verifier.verify(one, level=Level.TWO)
except EidError as refusal:
    print(refusal.code, "-", refusal.text_vi)

identity = verifier.verify(two, level=Level.TWO, auth_level=AuthenticationLevel.THREE)
print(identity.level, identity.auth_level, identity.claims["name"])
