"""What one authentic CRL or OCSP response says about one certificate, and times that remember what they decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from .certificates import Facts

TICK = timedelta(microseconds=1)


class State(StrEnum):
    """Where a certificate stands; `UNKNOWN` is never good."""

    GOOD = "good"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Answer:
    """One statement whose signature was verified; `digest` is the SHA-256 of the CRL or OCSP response.

    `signatures` are the (scheme, digest, key) that it rests on below the issuer's certificate. `responder` is a
    delegated OCSP responder whose own revocation still has to be looked up. `invalid_since` is since when the authority
    suspects the key, be it before the revocation (RFC 5280 §5.3.2). `until` is when a delegated responder's certificate
    ends: nobody answers for its key afterwards.
    """

    kind: str
    digest: bytes
    state: State
    this_update: datetime
    next_update: datetime | None
    signatures: tuple[tuple[str, str | None, CertificatePublicKeyTypes], ...]
    time: datetime | None = None
    reason: str | None = None
    responder: Facts | None = None
    invalid_since: datetime | None = None
    until: datetime | None = None


class Moment:
    """A time that remembers how far it may be moved without changing any answer given so far: `low` ≤ t < `high`."""

    __slots__ = ("at", "high", "low")

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.low: datetime | None = None
        self.high: datetime | None = None

    def reached(self, bound: datetime) -> bool:
        """Whether the time is `bound` or later."""
        if self.at >= bound:
            self.low = bound if self.low is None else max(self.low, bound)
            return True
        self.high = bound if self.high is None else min(self.high, bound)
        return False

    def passed(self, bound: datetime) -> bool:
        """Whether the time is later than `bound`."""
        return self.reached(bound + TICK)

    def covers(self, at: datetime) -> bool:
        """Whether every answer would have been the same at `at`."""
        return (self.low is None or at >= self.low) and (self.high is None or at < self.high)
