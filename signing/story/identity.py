"""The demo's first chapter: two identities, and the tokens that have to be refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from eid import (
    AuthenticationLevel,
    EidError,
    Evidence,
    Issuer,
    KeySet,
    Level,
    MemoryReplay,
    OpenedStatusList,
    Person,
    PersonalNumber,
    Sex,
    Verifier,
)
from eid import EvidenceKind as Kind

from ..dev.people import IDENTITY_ISSUER
from ..files import write_file
from .book import Proof

AUDIENCE = "https://motcua.thu-nghiem.example"
PERSON = Person(
    number=PersonalNumber("001190654321"),
    full_name="Trần Thị Kiểm Thử",
    birth_date=date(1990, 5, 17),
    sex=Sex.FEMALE,
)


def evidence(level: Level, now: datetime) -> list[Evidence]:
    """What was examined before the account got its level."""
    if level is Level.ONE:
        kinds = [(Kind.NUMBER, "app"), (Kind.SIM, "app"), (Kind.FACE, "app")]
    else:
        kinds = [(Kind.CHIP, "passive-authentication"), (Kind.FACE, "match"), (Kind.FINGERPRINT, "match")]
    then = now - timedelta(days=30)
    return [Evidence(kind=kind, method=method, time=then, office="H26.19") for kind, method in kinds]


def tell(issuer: Issuer, public: KeySet, folder: Path) -> list[Proof]:
    """Issue, verify and refuse; every token is left in `folder` with what was said of it."""
    now = datetime.now(UTC)
    one = issuer.issue(
        PERSON,
        Level.ONE,
        audience=AUDIENCE,
        auth_level=AuthenticationLevel.TWO,
        evidence=evidence(Level.ONE, now),
    )
    two = _level_two(issuer, now)
    revoked = _level_two(issuer, now)
    issuer.revoke(revoked)
    status = OpenedStatusList.open(issuer.status_token(), public)

    def verify(token: str, level: Level, *, audience: str = AUDIENCE, later: timedelta = timedelta()) -> None:
        verifier = Verifier(
            public,
            issuer=IDENTITY_ISSUER,
            audience=audience,
            status=status,
            replay=MemoryReplay(),
            clock=lambda: datetime.now(UTC) + later,
        )
        identity = verifier.verify(token, level=level)
        if identity.claims["name"] != PERSON.full_name:
            raise AssertionError("the identity is somebody else's")

    head, payload, value = two.split(".")
    middle = len(payload) // 2
    other = "B" if payload[middle] == "A" else "A"
    tampered = f"{head}.{payload[:middle]}{other}{payload[middle + 1 :]}.{value}"
    other_desk = "https://benhvien.thu-nghiem.example"
    told = [
        ("level-1", one, None, lambda: verify(one, Level.ONE)),
        ("level-1-where-level-2-is-needed", one, "token.level", lambda: verify(one, Level.TWO)),
        ("level-2", two, None, lambda: verify(two, Level.TWO)),
        ("level-2-expired", two, "token.expired", lambda: verify(two, Level.TWO, later=timedelta(minutes=11))),
        ("level-2-revoked", revoked, "token.revoked", lambda: verify(revoked, Level.TWO)),
        ("level-2-tampered", tampered, "token.signature", lambda: verify(tampered, Level.TWO)),
        ("level-2-wrong-audience", two, "token.audience", lambda: verify(two, Level.TWO, audience=other_desk)),
    ]
    return [_prove(folder, *row) for row in told]


def _level_two(issuer: Issuer, now: datetime) -> str:
    return issuer.issue(
        PERSON,
        Level.TWO,
        audience=AUDIENCE,
        auth_level=AuthenticationLevel.FOUR,
        evidence=evidence(Level.TWO, now),
    )


def _prove(folder: Path, name: str, token: str, wanted: str | None, verify: Callable[[], None]) -> Proof:
    """Verify once, compare with what has to happen, and leave the token to look at."""
    code = None
    try:
        verify()
    except EidError as refusal:
        code = refusal.code
    shown = {"name": name, "answer": code or "accepted", "token": token}
    write_file(folder / f"{name}.json", json.dumps(shown, ensure_ascii=False, indent=1).encode())
    return Proof(
        chapter="identity",
        what=name.replace("-", " "),
        wanted=wanted or "accepted",
        got=code or "accepted",
        where=f"identity/{name}.json",
    )
