"""Issuing identity tokens and step proofs (OpenID Connect for Identity Assurance 1.0; NĐ 69/2024 for the levels).

An issuer here is whoever runs this program. Nothing it makes is issued by VNeID or accepted there, and an issuer
that names itself so is refused.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .clock import Clock, moment, reader, seconds
from .encoding import b64url_text, dump_json, load_json
from .errors import RefusedError, UsageError
from .jws import header_segment, open_compact, sign_compact
from .keys import KeySet
from .level import (
    GENERIC_METHODS,
    MAX_EVIDENCE,
    AuthenticationLevel,
    Evidence,
    Level,
    check_evidence,
    check_factors,
)
from .person import CLAIM_NAMES, Person
from .status import TTL_S, Status, StatusList
from .token import (
    IDENTITY,
    MAX_LIFE_S,
    MAX_TEXT_CHARS,
    STEP_PROOF,
    claim,
    claims_object,
    object_claim,
    text_claim,
    time_claim,
)

LIFE_S = 300  # seconds; the default life of a token
ID_BYTES = 18  # random bytes of a token identifier
SHA256_BYTES = 32
_INDEX_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """What an issuer keeps of a token: enough to revoke it, never the token."""

    token_id: str
    index: int
    expires: int


class Issuer:
    """Issues tokens in the name `issuer` with the active key of `keys`.

    `status` is the list that new tokens get their entry in; without one a list in memory named `issuer`/status/1 is
    made. `trust_framework` is the issuer's own name for its rules (default: `issuer`).
    """

    def __init__(
        self,
        issuer: str,
        keys: KeySet,
        *,
        clock: Clock | None = None,
        status: StatusList | None = None,
        trust_framework: str | None = None,
    ) -> None:
        self.issuer = _name("issuer", issuer)
        self.trust_framework = _name("trust_framework", issuer if trust_framework is None else trust_framework)
        self.keys = keys
        self._key = keys.active
        self._now = reader(clock)
        self.status_list = StatusList(f"{issuer.rstrip('/')}/status/1") if status is None else status
        self._identity_header = header_segment(self._key, IDENTITY)
        self._step_header = header_segment(self._key, STEP_PROOF)
        self._issued: dict[str, IssuedToken] = {}

    def issue(
        self,
        person: Person,
        level: Level,
        *,
        audience: str,
        auth_level: AuthenticationLevel,
        evidence: Sequence[Evidence],
        amr: Sequence[str] | None = None,
        auth_time: datetime | None = None,
        nonce: str | None = None,
        claims: Collection[str] | None = None,
        life_s: int = LIFE_S,
    ) -> str:
        """An identity token (`eid+jwt`) about `person` for one `audience`, good for `life_s` (at most 600) seconds.

        `evidence` must carry `level` under the rules in force when it was gathered; `amr` (RFC 8176 names), if the
        login system tells it, must carry `auth_level`. `auth_time` is when the person logged in (default: now).
        `claims` names the person's claims to hand over (default: all). Raises `RefusedError` and `UsageError`.
        """
        now = int(self._now())
        at = moment(now)
        _check_kinds(person, level, auth_level, evidence)
        rules = check_evidence(level, evidence, at)
        if level is Level.TWO and person.age_on(at.date()) < rules.level_two_from_age:
            raise RefusedError("level.age", age=rules.level_two_from_age, law=rules.law)
        if amr is not None:
            check_factors(auth_level, amr)
        random = os.urandom(ID_BYTES + _INDEX_BYTES)
        token_id = b64url_text(random[:ID_BYTES])
        index = self.status_list.allocate(int.from_bytes(random[ID_BYTES:], "big"))
        body: dict[str, Any] = {
            "iss": self.issuer,
            "sub": self.keys.pseudonym(audience, person.number.value),
            "aud": _short("audience", audience),
            "iat": now,
            "exp": now + _life(life_s),
            "jti": token_id,
            "auth_time": now if auth_time is None else _past("auth_time", auth_time, now),
            "acr": auth_level.value,
            "amr": list(GENERIC_METHODS[auth_level] if amr is None else amr),
            "verified_claims": {
                "verification": {
                    "trust_framework": self.trust_framework,
                    "assurance_level": level.value,
                    "time": max(e.time for e in evidence).isoformat()[:19] + "Z",
                    "rule_set": rules.name,
                    "evidence": [e.to_claim() for e in evidence],
                },
                "claims": _chosen(person.to_claims(), claims),
            },
            "status": {"status_list": {"idx": index, "uri": self.status_list.uri}},
        }
        if nonce is not None:
            body["nonce"] = _short("nonce", nonce)
        token = sign_compact(self._key, self._identity_header, dump_json(body))
        self._remember(IssuedToken(token_id=token_id, index=index, expires=now + life_s), now)
        return token

    def prove_step(
        self,
        *,
        level: Level,
        auth_level: AuthenticationLevel,
        audience: str,
        nonce: str,
        certificate_sha256: bytes,
        auth_time: datetime | None = None,
        life_s: int = LIFE_S,
    ) -> str:
        """A step proof (`eid-step+jwt`): a person of `level` logged in at `auth_time` with `auth_level`, for `nonce`,
        and will sign with the certificate whose SHA-256 is given (32 bytes). It names nobody.
        """
        now = int(self._now())
        _check_levels(level, auth_level)
        if len(certificate_sha256) != SHA256_BYTES:
            raise UsageError("usage.argument", why="certificate_sha256 must be 32 bytes")
        body = {
            "iss": self.issuer,
            "aud": _short("audience", audience),
            "iat": now,
            "exp": now + _life(life_s),
            "jti": b64url_text(os.urandom(ID_BYTES)),
            "auth_time": now if auth_time is None else _past("auth_time", auth_time, now),
            "acr": auth_level.value,
            "assurance_level": level.value,
            "nonce": _short("nonce", nonce),
            "cnf": {"x5t#S256": b64url_text(certificate_sha256)},
        }
        return sign_compact(self._key, self._step_header, dump_json(body))

    def revoke(self, token: str, *, status: Status = Status.REVOKED) -> IssuedToken:
        """Set the status of a token of this issuer, given its text or its identifier (`jti`).

        `Status.SUSPENDED` can be taken back with `Status.VALID`; a revocation cannot. Raises `RefusedError`
        (`token.unknown`, `token.revoked`) and, for text that is not this issuer's token, what verifying raises.
        """
        issued = self._issued.get(token) if "." not in token else self._own(token)
        if issued is None:
            raise RefusedError("token.unknown")
        if status is not Status.REVOKED and self.status_list.get(issued.index) is Status.REVOKED:
            raise RefusedError("token.revoked")
        self.status_list.set(issued.index, status)
        return issued

    def status_token(self, *, ttl_s: int = TTL_S) -> str:
        """The status list as a signed token (`statuslist+jwt`), to be published at the list's URI."""
        return self.status_list.token(self._key, at=moment(int(self._now())), ttl_s=ttl_s)

    def _own(self, token: str) -> IssuedToken:
        """What this issuer kept of a token, read from its signed text; it may have expired."""
        payload, _ = open_compact(token, IDENTITY, self.keys.find, known={})
        claims = claims_object(payload, load_json)
        entry = object_claim(object_claim(claims, "status"), "status_list")
        if claim(claims, "iss") != self.issuer or claim(entry, "uri") != self.status_list.uri:
            raise RefusedError("token.unknown")
        index = time_claim(entry, "idx")
        return IssuedToken(token_id=text_claim(claims, "jti"), index=index, expires=time_claim(claims, "exp"))

    def _remember(self, issued: IssuedToken, now: int) -> None:
        """Keep the entry until it expires; tokens expire about in the order of their issue."""
        entries = self._issued
        entries[issued.token_id] = issued
        for _ in range(2):
            oldest = next(iter(entries))
            if entries[oldest].expires > now - MAX_LIFE_S:
                break
            del entries[oldest]


def _check_kinds(person: object, level: object, auth_level: object, evidence: object) -> None:
    if not isinstance(person, Person):
        raise UsageError("usage.argument", why="person must be a Person")
    _check_levels(level, auth_level)
    if not isinstance(evidence, Sequence) or not all(isinstance(e, Evidence) for e in evidence):
        raise UsageError("usage.argument", why="evidence must be a sequence of Evidence")
    if len(evidence) > MAX_EVIDENCE:
        raise UsageError("usage.argument", why=f"at most {MAX_EVIDENCE} pieces of evidence")


def _check_levels(level: object, auth_level: object) -> None:
    if not isinstance(level, Level) or not isinstance(auth_level, AuthenticationLevel):
        raise UsageError("usage.argument", why="level and auth_level must be a Level and an AuthenticationLevel")


def _name(what: str, value: object) -> str:
    text = _short(what, value)
    if "vneid" in text.casefold():
        raise RefusedError("issuer.name", name=text)
    return text


def _short(what: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT_CHARS:
        raise UsageError("usage.argument", why=f"{what} must be a short text")
    return value


def _life(life_s: object) -> int:
    if type(life_s) is not int or not 0 < life_s <= MAX_LIFE_S:
        raise UsageError("usage.argument", why=f"a token lives 1 to {MAX_LIFE_S} seconds")
    return life_s


def _past(what: str, value: datetime, now: int) -> int:
    s = seconds(value)
    if not 0 <= s <= now:
        raise UsageError("usage.argument", why=f"{what} must not lie in the future")
    return s


def _chosen(all_claims: dict[str, Any], names: Collection[str] | None) -> dict[str, Any]:
    if names is None:
        return all_claims
    unknown = [name for name in names if name not in CLAIM_NAMES]
    if unknown:
        raise UsageError("usage.argument", why=f"no claim is called {unknown[0]}")
    return {name: value for name, value in all_claims.items() if name in names}
