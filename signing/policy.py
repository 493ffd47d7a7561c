"""What is accepted, as data: algorithms, key sizes and their sunsets (EN 319 102-1 §5.2.8, ETSI TS 119 312; TT 15/2025 Phụ lục I).

A sunset is the day from which a new proof of existence no longer helps; a signature proven to exist before it
stays acceptable. All of it can be overridden: build another `Policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class Baseline(StrEnum):
    """PAdES / CAdES baseline (EN 319 142-1 §6, EN 319 122-1 §6); compared with `<` by what they prove."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    @property
    def rank(self) -> int:
        """0 for B-B … 3 for B-LTA."""
        return tuple(Baseline).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Baseline(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Baseline(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Baseline(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Baseline(other).rank


def _day(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


_FOREVER = _day(9999)

DIGESTS: Mapping[str, datetime] = MappingProxyType(
    {
        "sha1": _day(2012),
        "sha224": _day(2029),
        "sha256": _FOREVER,
        "sha384": _FOREVER,
        "sha512": _FOREVER,
        "sha3_256": _FOREVER,
        "sha3_384": _FOREVER,
        "sha3_512": _FOREVER,
    }
)

SCHEMES: Mapping[str, datetime] = MappingProxyType(
    {"ecdsa": _FOREVER, "rsassa-pss": _FOREVER, "rsa-pkcs1-v1_5": _day(2029), "ed25519": _FOREVER}
)

# (smallest key in bits, the day from which keys below the next size end)
RSA_BITS: tuple[tuple[int, datetime], ...] = ((2048, _day(2029)), (3000, _FOREVER))
EC_CURVES: frozenset[str] = frozenset(
    {"secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One set of rules for judging signatures.

    `digests` and `schemes` map a name to the day it ends; a name that is missing is not accepted at all.
    `clock_skew` is how far a time may lie in the future; `max_timestamp_accuracy` what a timestamp may claim.
    """

    name: str = "eid-signing-2026"
    digests: Mapping[str, datetime] = field(default_factory=lambda: DIGESTS)
    schemes: Mapping[str, datetime] = field(default_factory=lambda: SCHEMES)
    rsa_bits: tuple[tuple[int, datetime], ...] = RSA_BITS
    ec_curves: frozenset[str] = EC_CURVES
    clock_skew: timedelta = timedelta(minutes=2)
    max_timestamp_accuracy: timedelta = timedelta(minutes=1)
    require_revocation: bool = True

    def digest_ends(self, digest: str) -> datetime | None:
        """The day `digest` ends, or None when it was never accepted."""
        return self.digests.get(digest)

    def signature_ends(self, scheme: str, key_bits: int, curve: str | None) -> datetime | None:
        """The day signatures of this scheme and key end, or None when they were never accepted."""
        end = self.schemes.get(scheme)
        if end is None:
            return None
        if scheme == "ecdsa":
            return end if curve in self.ec_curves else None
        if scheme.startswith("rsa"):
            fitting = [until for bits, until in self.rsa_bits if key_bits >= bits]
            return min(end, fitting[-1]) if fitting else None
        return end


DEFAULT_POLICY = Policy()
