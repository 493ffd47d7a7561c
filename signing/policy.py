"""What is accepted, as data: algorithms, key sizes, sunsets (EN 319 102-1 §5.2.8; TT 15/2025 Phụ lục I).

A sunset is the day from which a new proof of existence no longer helps; a signature proven to exist before it
stays acceptable. All of it can be overridden: build another `Policy`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from .errors import UsageError
from .files import read_file

MAX_POLICY_BYTES = 65_536  # bytes of a policy file


class Baseline(StrEnum):
    """PAdES / CAdES baseline (EN 319 142-1 §6, EN 319 122-1 §6); compared with `<` by what they prove."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    @property
    def rank(self) -> int:
        """0 for B-B … 3 for B-LTA."""
        return _RANKS[self]

    def __lt__(self, other: str) -> bool:
        return self.rank < Baseline(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Baseline(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Baseline(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Baseline(other).rank


_RANKS = {baseline: rank for rank, baseline in enumerate(Baseline)}


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

    def __post_init__(self) -> None:
        # Chains judged by a policy are remembered: its tables are the caller's no longer.
        object.__setattr__(self, "digests", MappingProxyType(dict(self.digests)))
        object.__setattr__(self, "schemes", MappingProxyType(dict(self.schemes)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Policies travel to other processes; read-only views of a table do not."""
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        return _restore, ({**given, "digests": dict(self.digests), "schemes": dict(self.schemes)},)

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


def _restore(given: dict[str, Any]) -> Policy:
    return Policy(**given)


DEFAULT_POLICY = Policy()


def load_policy(path: str | os.PathLike[str]) -> Policy:
    """A policy from a JSON file whose members override the default's: `name`, `digests` and `schemes` (name → ISO
    day, or null for no end), `rsa_bits` ([[bits, day or null], …]), `ec_curves`, `require_revocation`.

    Raises `UsageError` for a file that is not one; an unknown member, algorithm or second spelling is refused, because
    a misspelt rule is no rule.
    """
    try:
        given = json.loads(read_file(path, max_bytes=MAX_POLICY_BYTES), object_pairs_hook=_once)
        changes = {member: read(given[member]) for member, read in _MEMBERS.items() if member in _object(given)}
        unknown = set(given) - set(changes)
        if unknown:
            raise ValueError(f"unknown members {sorted(unknown)}")
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UsageError("usage.argument", why=f"{path} is not a policy: {error}") from None
    return replace(DEFAULT_POLICY, **changes)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member occurs twice")
    return dict(pairs)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("name: not printable text")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("require_revocation: neither true nor false")
    return value


def _table(known: frozenset[str]) -> Callable[[Any], Mapping[str, datetime]]:
    def read(value: Any) -> Mapping[str, datetime]:
        unknown = set(_object(value)) - known
        if unknown:
            raise ValueError(f"unknown algorithms {sorted(unknown)}")
        return {name: _end(day) for name, day in value.items()}

    return read


def _sizes(value: Any) -> tuple[tuple[int, datetime], ...]:
    sizes = {bits: _end(day) for bits, day in _list("rsa_bits", value)}
    if len(sizes) != len(value) or not all(type(bits) is int and bits > 0 for bits in sizes):  # a bool is no size
        raise ValueError("rsa_bits: a size is a positive number, and occurs once")
    return tuple(sorted(sizes.items()))


def _curves(value: Any) -> frozenset[str]:
    if not all(isinstance(name, str) for name in _list("ec_curves", value)):
        raise ValueError("ec_curves: not names")
    unknown = set(value) - _CURVE_NAMES
    if unknown:
        raise ValueError(f"unknown curves {sorted(unknown)}")
    return frozenset(value)


def _list(member: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{member}: not a list")
    return value


def _end(day: str | None) -> datetime:
    """A day begins at midnight UTC; a time may say its own zone."""
    if day is None:
        return _FOREVER
    end = datetime.fromisoformat(day)
    return end.replace(tzinfo=UTC) if end.tzinfo is None else end.astimezone(UTC)


# Names that signatures may bear, accepted by default or not.
_DIGEST_NAMES = frozenset({*DIGESTS, "md5", "sha512_224", "sha512_256", "sha3_224"})
_CURVE_NAMES = EC_CURVES | {"secp192r1", "secp224r1", "secp256k1"}
_MEMBERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "name": _name,
        "digests": _table(_DIGEST_NAMES),
        "schemes": _table(frozenset(SCHEMES)),
        "rsa_bits": _sizes,
        "ec_curves": _curves,
        "require_revocation": _flag,
    }
)
