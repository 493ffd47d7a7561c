"""Credentials with a registry: rows before copies, one status for all of an account; on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from eid import EidError, Issuer, Key, Level, RefusedError, Status, UsageError
from eid.disclosure import CredentialVerifier, SdJwt, present
from eid.registry import Registry
from eid.registry.issuance_schema import issued

from ..made import AUDIENCE, ISSUER, KEYS, LEVEL_TWO, NOW, NOW_S, PERSON, PUBLIC, clock, parts

VCT = "https://id.example.vn/credential/person"
ACCOUNT = "a" * 32


def copies(registry: Registry, keys: list[Key], **options: Any) -> list[str]:
    made = Issuer(ISSUER, KEYS, clock=clock(), registry=registry.issuance)
    wanted = {"vct": VCT, "evidence": LEVEL_TWO, "account": ACCOUNT, **options}
    return made.issue_credentials(PERSON, Level.TWO, holders=keys, **wanted)


def judged(registry: Registry, copy: str, key: Key) -> str | None:
    verifier = CredentialVerifier(
        PUBLIC, issuer=ISSUER, audience=AUDIENCE, vct=VCT, status=registry.issuance, replay=None, clock=clock()
    )
    text = present(copy, disclose=["name"], key=key, audience=AUDIENCE, nonce="n", at=NOW)
    try:
        verifier.verify(text, level=Level.TWO, nonce="n")
    except EidError as e:
        return e.code
    return None


def rows(registry: Registry) -> list[Any]:
    with registry.database.reading() as connection:
        return list(connection.execute(sa.select(issued)).all())


def test_every_copy_is_entered_and_none_is_kept(registry: Registry) -> None:
    keys = [Key.generate() for _ in range(3)]
    made = copies(registry, keys)
    kept = rows(registry)
    assert [(row.kind, row.level, row.audience, row.account.hex()) for row in kept] == [(2, 2, None, ACCOUNT)] * 3
    assert {row.issued for row in kept} == {NOW_S}
    assert PERSON.full_name not in str(kept)
    places = [parts(SdJwt.parse(copy).token)[1]["status"]["status_list"]["idx"] for copy in made]
    assert len(set(places)) == len(keys)
    for key, copy in zip(keys, made, strict=True):
        assert judged(registry, copy, key) is None


def test_a_lock_suspends_every_copy_at_once_and_a_cancellation_revokes_it(registry: Registry) -> None:
    keys = [Key.generate() for _ in range(2)]
    made = copies(registry, keys)
    issuer = Issuer(ISSUER, KEYS, clock=clock(), registry=registry.issuance)
    for status, code, why in (
        (Status.SUSPENDED, "token.suspended", "account.locked"),
        (Status.VALID, None, None),
        (Status.REVOKED, "token.revoked", "account.cancelled"),
    ):
        with registry.database.writing() as connection:
            registry.issuance.set_account_status(connection, ACCOUNT, status)
        assert {judged(registry, copy, key) for key, copy in zip(keys, made, strict=True)} == {code}
        assert issuer.introspect(made[0]).code == why
    with pytest.raises(RefusedError):
        copies(registry, keys)


def test_one_copy_is_revoked_and_the_others_hold(registry: Registry) -> None:
    keys = [Key.generate() for _ in range(2)]
    made = copies(registry, keys)
    Issuer(ISSUER, KEYS, clock=clock(), registry=registry.issuance).revoke(made[0])
    assert [judged(registry, copy, key) for key, copy in zip(keys, made, strict=True)] == ["token.revoked", None]


def test_refused_calls_enter_nothing(registry: Registry) -> None:
    key = Key.generate()
    for keys, options in (
        ([key, key], {}),
        ([], {}),
        (["key"], {}),
        ([key], {"life_s": 86_400}),
        ([key], {"life_s": 20 * 366 * 86_400}),
        ([key], {"evidence": []}),
        ([key], {"claims": ["surname"]}),
        ([key], {"vct": ""}),
        ([key], {"ages": [0]}),
    ):
        with pytest.raises((UsageError, RefusedError)):
            copies(registry, keys, **options)
    assert rows(registry) == []
