"""Consent to share: which of a person's claims one relying party may be told (NĐ 69/2024 Đ19 k3; OIDC Core 1.0 §5.4).

Personal numbers leave the issuer only when the relying party asks for them by name and the person has agreed to
exactly that. Accounts record consents; an issuer checks the one it is given.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .clock import moment, seconds
from .errors import MalformedError, RefusedError, UsageError
from .person import CLAIM_NAMES, NUMBER_CLAIMS

HOLDER = "holder"  # who agreed: the person; another role, such as `representative`, for those who act for them
MAX_AUDIENCE_CHARS = 500  # as of every identifier in a token
MAX_BY_CHARS = 60
FUTURE_S = 60  # seconds by which a consent may be dated ahead of our clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`by` (a role, never a name) agreed at `given` that `audience` is told the claims named.

    `claims` are names as in `person.CLAIM_NAMES`; times are aware and kept in whole seconds; `expires` None means
    until it is withdrawn. Raises `UsageError` (`usage.argument`).
    """

    audience: str
    claims: frozenset[str]
    given: datetime
    by: str = HOLDER
    expires: datetime | None = None

    def __post_init__(self) -> None:
        _check_text("audience", self.audience, MAX_AUDIENCE_CHARS)
        _check_text("by", self.by, MAX_BY_CHARS)
        object.__setattr__(self, "claims", _names(self.claims))
        object.__setattr__(self, "given", moment(seconds(self.given)))
        if self.expires is not None:
            object.__setattr__(self, "expires", moment(seconds(self.expires)))

    def covers(self, audience: str, claims: Collection[str], now: float) -> bool:
        """Whether this consent allows `audience` to be told all of `claims` at second `now`."""
        if audience != self.audience or not self.claims.issuperset(claims) or now + FUTURE_S < seconds(self.given):
            return False
        return self.expires is None or now < seconds(self.expires)

    def to_json(self) -> dict[str, Any]:
        """JSON values; times in seconds since 1970."""
        return {
            "audience": self.audience,
            "claims": sorted(self.claims),
            "given": seconds(self.given),
            "by": self.by,
            "expires": None if self.expires is None else seconds(self.expires),
        }

    @classmethod
    def from_json(cls, value: Any) -> Consent:
        """The consent that `to_json` wrote. Raises `MalformedError` (`consent.malformed`)."""
        try:
            expires = value["expires"]
            return cls(
                audience=value["audience"],
                claims=frozenset(value["claims"]),
                given=moment(value["given"]),
                by=value["by"],
                expires=None if expires is None else moment(expires),
            )
        except (KeyError, TypeError, ValueError, OverflowError, OSError, UsageError) as e:
            raise MalformedError("consent.malformed", why=type(e).__name__) from None


def check_consent(consent: Consent | None, audience: str, names: Collection[str], now: float) -> None:
    """Refuse (`consent.missing`) to hand over the personal numbers among `names` unless `consent` covers them."""
    needed = NUMBER_CLAIMS.intersection(names)
    if not needed:
        return
    if consent is not None and not isinstance(consent, Consent):
        raise UsageError("usage.argument", why="consent must be a Consent")
    if consent is None or not consent.covers(audience, needed, now):
        raise RefusedError("consent.missing", claims=", ".join(sorted(needed)))


def _check_text(what: str, value: object, limit: int) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= limit or not value.isprintable():
        raise UsageError(
            "usage.argument",
            why=f"{what} of a consent must be a short text",
            why_vi=f"{what} của sự đồng ý phải là một văn bản ngắn",
        )


def _names(value: object) -> frozenset[str]:
    if isinstance(value, str) or not isinstance(value, Collection) or not value:
        raise UsageError(
            "usage.argument", why="a consent names at least one claim", why_vi="sự đồng ý phải nêu ít nhất một trường"
        )
    unknown = sorted(str(name) for name in value if not isinstance(name, str) or name not in CLAIM_NAMES)
    if unknown:
        raise UsageError(
            "usage.argument", why=f"no claim is called {unknown[0]}", why_vi=f"không có trường nào tên {unknown[0]}"
        )
    return frozenset(value)
