"""Honest tokens and what an attacker makes of them. One issuer, one relying party, synthetic people."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from eid import AuthenticationLevel, Evidence, Issuer, Key, KeySet, Level, MemoryReplay, Person, Verifier
from eid.encoding import b64url, unb64url

ISSUER = "https://id.example.vn"
AUDIENCE = "H26.19"
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
KEYS = KeySet.generate(at=NOW - timedelta(days=30))
OTHER = KeySet.generate(at=NOW - timedelta(days=30))
PUBLIC = KeySet.from_jwks(KEYS.public_jwks())
PERSON = Person(
    number="001090123456",
    full_name="Nguyễn Văn A",
    birth_date=date(1990, 1, 1),
    sex="male",
    residence="Số 1, phường Cửa Nam, Hà Nội",
)
LEVEL_ONE = [Evidence(kind=k, method="app", time=NOW - timedelta(days=9)) for k in ("number", "sim", "face")]
LEVEL_TWO = [
    Evidence(kind="chip", method="passive-authentication", time=NOW - timedelta(days=8), office="H26.19"),
    Evidence(kind="face", method="in-person", time=NOW - timedelta(days=8)),
    Evidence(kind="fingerprint", method="in-person", time=NOW - timedelta(days=8)),
]


def clock(s: float = 0) -> Callable[[], datetime]:
    """A clock that stands `s` seconds after NOW."""
    return lambda: NOW + timedelta(seconds=s)


def issuer(s: float = 0, **options: Any) -> Issuer:
    return Issuer(ISSUER, KEYS, clock=clock(s), **options)


def issue(made_by: Issuer, level: Level = Level.TWO, **options: Any) -> str:
    wanted: dict[str, Any] = {
        "audience": AUDIENCE,
        "auth_level": AuthenticationLevel.THREE,
        "evidence": LEVEL_TWO if level is Level.TWO else LEVEL_ONE,
        **options,
    }
    return made_by.issue(options.pop("person", PERSON), level, **{k: v for k, v in wanted.items() if k != "person"})


def verifier(made_by: Issuer, s: float = 0, **options: Any) -> Verifier:
    wanted: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "status": made_by.status_list,
        "replay": MemoryReplay(),
        "clock": clock(s),
        **options,
    }
    return Verifier(wanted.pop("keys", PUBLIC), **wanted)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims."""
    header, payload, _ = token.encode().split(b".")
    return json.loads(unb64url(header)), json.loads(unb64url(payload))


def text(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()


def signed(header: Any, claims: Any, key: Key | None = None) -> str:
    """A token over any header and claims, values or bytes, signed by the issuer's own key unless told otherwise."""
    signing_input = b64url(text(header)) + b"." + b64url(text(claims))
    return (signing_input + b"." + b64url((key or KEYS.active).sign_raw(signing_input))).decode()


def changed(token: str, path: Sequence[str], value: Any) -> str:
    """`token` with one claim set (or removed, for `...`) and signed again by the issuer."""
    header, claims = parts(token)
    place = claims
    for name in path[:-1]:
        place = place[name]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return signed(header, claims)


def reheaded(token: str, **members: Any) -> str:
    """`token` with header members set (or removed, for `...`) and signed again by the issuer."""
    header, claims = parts(token)
    header = {name: value for name, value in {**header, **members}.items() if value is not ...}
    return signed(header, claims)
