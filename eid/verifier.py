"""Verifying identity tokens and step proofs: every check, in this order, and nothing is an option.

 1. The text is one token of bounded length in one spelling (RFC 7515 §7.1).
 2. The header has exactly the members of its kind, of the kind asked for, and names a known key (RFC 8725 §3.11).
 3. The key's own algorithm verifies the signature; nothing behind the header is read before this.
 4. The claims are strict JSON, and each has its type before any is compared.
 5. The issuer is the expected one, and its key was active when the token was made.
 6. The audience is exactly ours.
 7. The token has not ended, has begun, and does not live longer than its kind may.
 8. The identity level is known and at least the level that the caller states.
 9. The authentication level is known and, when the caller states one, at least that.
10. The login is not after the token, and not older than the caller allows (RFC 9470).
11. The nonce is the caller's; a token with a nonce that nobody asked for is not for us.
12. The person's claims and their evidence have the shape of `verified_claims`.
13. The status is known and valid (Token Status List).
14. The token has not been used before; only a token that passed everything else is remembered.
"""

from __future__ import annotations

from datetime import datetime
from math import inf
from types import MappingProxyType
from typing import Any

from .clock import Clock, moment, reader, seconds
from .encoding import b64url_text, load_json
from .errors import IndeterminateError, UsageError, VerificationError
from .jws import open_compact
from .keys import Key, KeySet
from .level import AuthenticationLevel, Level
from .replay import ReplayStore
from .status import Status, StatusSource
from .token import (
    IDENTITY,
    SKEW_S,
    STEP_PROOF,
    Identity,
    StepProof,
    check_common,
    check_identity_claims,
    claim,
    claims_object,
    level_claim,
    object_claim,
)

SHA256_BYTES = 32
_NUMBERS = (int, float)
STEP_AUTH_MAX_AGE_S = 3600  # seconds between a login and the step that it proves


class Verifier:
    """Verifies identity tokens of one issuer for one audience.

    `status` answers whether a token was revoked: a status list, or `UNCHECKED` to decide not to ask; with None every
    token that has a status is `status.unknown`. `replay` remembers used tokens; None means that they may be reused.
    """

    def __init__(
        self,
        keys: KeySet,
        *,
        issuer: str,
        audience: str,
        status: StatusSource | None,
        replay: ReplayStore | None,
        clock: Clock | None = None,
    ) -> None:
        _check_expectations(keys, issuer, audience)
        for name, store, method in (("status", status, "status"), ("replay", replay, "use")):
            if store is not None and not callable(getattr(store, method, None)):
                raise UsageError("usage.argument", why=f"{name} has no method '{method}'")
        self._keys, self._issuer, self._audience = keys, issuer, audience
        self._status, self._replay = status, replay
        self._now = reader(clock)
        self._headers: dict[bytes, Key] = {}

    def verify(
        self,
        token: str,
        *,
        level: Level,
        auth_level: AuthenticationLevel | None = None,
        nonce: str | None = None,
        max_age_s: float | None = None,
    ) -> Identity:
        """The identity that `token` proves now, at least of `level` (and of `auth_level`, if stated).

        `nonce` is the one sent with the request; `max_age_s` bounds the age of the login. Raises
        `MalformedError`, `VerificationError`, and `IndeterminateError` when the status cannot be learnt.
        """
        _check_needs(level, auth_level, max_age_s)
        if nonce is not None and (type(nonce) is not str or not nonce):
            raise UsageError("usage.argument", why="nonce must be a text")
        payload, key = open_compact(token, IDENTITY, self._keys.find, known=self._headers)  # 1-3
        claims = claims_object(payload, load_json)  # 4
        now = self._now()
        auth = check_common(  # 5-7, 10
            claims, issuer=self._issuer, audience=self._audience, now=now, max_age_s=max_age_s
        )
        if not key.was_active(claims["iat"], now, SKEW_S):  # 5
            raise VerificationError("token.key-inactive")
        actual = check_identity_claims(claims)  # 12
        if actual.number < level.number:  # 8
            raise VerificationError("token.level", actual=actual, needed=level)
        if auth_level is not None and auth.number < auth_level.number:  # 9
            raise VerificationError("token.auth-level", actual=auth, needed=auth_level)
        if claims.get("nonce") != nonce or (nonce is None and "nonce" in claims):  # 11
            raise VerificationError("token.nonce")
        _check_status(claims, self._status, now)  # 13
        if self._replay is not None and not self._replay.use(self._issuer, claims["jti"], claims["exp"], now):  # 14
            raise VerificationError("token.replayed")
        return Identity(level=actual, auth_level=auth, token_claims=MappingProxyType(claims))


def verify_step_proof(
    token: str,
    keys: KeySet,
    *,
    issuer: str,
    audience: str,
    nonce: str,
    certificate_sha256: bytes,
    level: Level,
    auth_level: AuthenticationLevel,
    at: datetime | None,
    max_age_s: float = STEP_AUTH_MAX_AGE_S,
) -> StepProof:
    """The step proof for exactly this nonce, audience and signing certificate, good at `at`.

    `at` is now (None), or a past moment that a verified timestamp proves: the proof must have been good then and its
    key active then. Replay is excluded by the nonce, which is the digest of one statement. Raises `MalformedError`,
    `VerificationError`.
    """
    _check_expectations(keys, issuer, audience)
    _check_needs(level, auth_level, max_age_s)
    if auth_level is None:
        raise UsageError("usage.argument", why="auth_level must be an AuthenticationLevel")
    if type(nonce) is not str or not nonce:
        raise UsageError("usage.argument", why="nonce must be a text")
    if type(certificate_sha256) is not bytes or len(certificate_sha256) != SHA256_BYTES:
        raise UsageError("usage.argument", why="certificate_sha256 must be 32 bytes")
    payload, key = open_compact(token, STEP_PROOF, keys.find, known={})
    claims = claims_object(payload, load_json)
    now = seconds(at)
    auth = check_common(claims, issuer=issuer, audience=audience, now=now, max_age_s=max_age_s)
    if not key.was_active(claims["iat"], now, SKEW_S):
        raise VerificationError("token.key-inactive")
    actual = level_claim(claims, "assurance_level")
    if actual < level:
        raise VerificationError("token.level", actual=actual, needed=level)
    if auth < auth_level:
        raise VerificationError("token.auth-level", actual=auth, needed=auth_level)
    if claim(claims, "nonce") != nonce:
        raise VerificationError("token.nonce")
    if claim(object_claim(claims, "cnf"), "x5t#S256") != b64url_text(certificate_sha256):
        raise VerificationError("token.binding")
    return StepProof(
        issuer=issuer,
        audience=audience,
        token_id=claims["jti"],
        nonce=nonce,
        certificate_sha256=certificate_sha256,
        level=actual,
        auth_level=auth,
        auth_time=moment(claims["auth_time"]),
        issued=moment(claims["iat"]),
        expires=moment(claims["exp"]),
    )


def _check_expectations(keys: object, issuer: object, audience: object) -> None:
    """An expectation that is empty or of another type would match what it must not."""
    if not isinstance(keys, KeySet):
        raise UsageError("usage.argument", why="keys must be a KeySet")
    for name, value in (("issuer", issuer), ("audience", audience)):
        if not isinstance(value, str) or not value:
            raise UsageError("usage.argument", why=f"{name} must be a text")


def _check_needs(level: object, auth_level: object, max_age_s: object) -> None:
    if not isinstance(level, Level):
        raise UsageError("usage.argument", why="level must be a Level")
    if auth_level is not None and not isinstance(auth_level, AuthenticationLevel):
        raise UsageError("usage.argument", why="auth_level must be an AuthenticationLevel")
    if max_age_s is not None and not (isinstance(max_age_s, _NUMBERS) and 0 <= max_age_s < inf):  # also for NaN
        raise UsageError("usage.argument", why="max_age_s must be a number of seconds")


def _check_status(claims: dict[str, Any], source: StatusSource | None, now: float) -> None:
    """The entry that the token names is valid; not being able to ask is not the same."""
    try:
        entry = claims["status"]["status_list"]
        uri, index = entry["uri"], entry["idx"]
    except (KeyError, TypeError):
        raise VerificationError("token.claim-missing", claim="status") from None
    if type(uri) is not str or type(index) is not int:
        raise VerificationError("token.claim", claim="status", why="not an index in a list")
    if source is None:
        raise IndeterminateError("status.unknown")
    found = source.status(uri, index, now)
    if found is not Status.VALID:
        raise VerificationError("token.suspended" if found is Status.SUSPENDED else "token.revoked")
