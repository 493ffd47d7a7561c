"""Asking the issuer about a token (RFC 7662): whether it holds at this moment, and if not, why.

A status list answers within its `ttl`; this answers at once, also for an account that was locked a second ago.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .disclosure import CREDENTIAL
from .encoding import load_json
from .errors import MalformedError, RefusedError, UsageError, VerificationError
from .issuance import IssuanceStore, IssuedToken
from .jws import open_compact
from .keys import Key, KeySet, Purpose
from .status import Status
from .token import IDENTITY, SKEW_S, claim, claims_object, text_claim, time_claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection:
    """What the issuer says about a token now (RFC 7662 §2.2). `code` is why it is not active, None when it is.

    The other members are None for a token that is not active, or that nobody knows.
    """

    active: bool
    code: str | None
    issuer: str
    token: IssuedToken | None = None
    subject: str | None = None  # known when the token itself was shown
    audience: str | None = None

    def require_active(self) -> None:
        """Return if the token is active; else `VerificationError` (`token.inactive`)."""
        if not self.active:
            raise VerificationError("token.inactive", why=self.code)

    def to_dict(self) -> dict[str, Any]:
        """The response of an introspection endpoint; of a token that is not active it says nothing more."""
        if self.token is None or not self.active:
            return {"active": False}
        facts: dict[str, Any] = {"active": True, "iss": self.issuer, "jti": self.token.token_id}
        facts |= {"token_type": self.token.kind, "exp": self.token.expires, "assurance_level": self.token.level.text}
        optional = {"sub": self.subject, "aud": self.audience, "iat": self.token.issued or None}
        return facts | {name: value for name, value in optional.items() if value is not None}


def reason(token: IssuedToken, now: int) -> str | None:
    """The code of why a token no longer holds at second `now`; None while it does."""
    if token.status is Status.REVOKED:
        return "token.revoked"
    if token.account_status is not Status.VALID:
        return "account.cancelled" if token.account_status is Status.REVOKED else "account.locked"
    if token.status is Status.SUSPENDED:
        return "token.suspended"
    return "token.expired" if now >= token.expires else None


def introspect(
    store: IssuanceStore, token: str, *, keys: KeySet | None, issuer: str, audience: str | None, now: int
) -> Introspection:
    """What `issuer` says about a token (its text or its `jti`) at second `now`.

    A text must be signed by one of its public `keys`; without them only identifiers are understood. With `audience`,
    nothing is said about a token that was made for another. Raises `IndeterminateError` when the store does not
    answer, `UsageError`.
    """
    try:
        issued, claims = find(store, token, keys=keys, issuer=issuer, now=now)
    except (MalformedError, VerificationError, RefusedError) as e:
        return Introspection(active=False, code=e.code, issuer=issuer)
    if audience is not None and not issued.is_for(audience):
        return Introspection(active=False, code="token.audience", issuer=issuer)
    code = reason(issued, now)
    return Introspection(
        active=code is None,
        code=code,
        issuer=issuer,
        token=issued,
        subject=claims.get("sub"),
        audience=claims.get("aud"),
    )


def find(
    store: IssuanceStore, token: str, *, keys: KeySet | None, issuer: str, now: int
) -> tuple[IssuedToken, Mapping[str, Any]]:
    """What the store keeps of a token, and its claims if its text was given; the text must be signed by one of `keys`
    that was active then and is not revoked now: nothing is believed of what a stolen key signs.

    A credential is found by the identifier in it. Raises `RefusedError` (`token.unknown`) and what opening raises.
    """
    if not isinstance(token, str):
        raise UsageError("usage.argument", why="a token or its identifier is a text")
    if "." not in token:
        return store.find(token, now), {}
    if keys is None:
        raise UsageError(
            "usage.argument",
            why="a token's text is believed only with the issuer's keys",
            why_vi="nội dung token chỉ được tin khi có khóa của bên cấp",
        )
    signed, tilde, _ = token.partition("~")
    known = keys

    def signer(kid: str) -> Key | None:
        return known.find(kid, Purpose.TOKEN)

    payload, key = open_compact(signed, CREDENTIAL if tilde else IDENTITY, signer, known={})
    claims = claims_object(payload, load_json)
    if claim(claims, "iss") != issuer:
        raise RefusedError("token.unknown")
    if not key.was_active(time_claim(claims, "iat"), now, SKEW_S):
        raise VerificationError("token.key-inactive")
    return store.find(text_claim(claims, "jti"), now, claims), claims
