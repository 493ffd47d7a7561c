"""Identity levels and authentication levels: who may hold what (NĐ 69/2024 Đ7, Đ20).

`Level` belongs to a person's account, `AuthenticationLevel` to one login. They are compared apart and neither is ever
derived from the other. Both are closed sets of exact strings with a total order; anything else is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Self

from .errors import MalformedError, RefusedError, UsageError

MAX_METHODS = 10  # authentication methods of one login
MAX_METHOD_CHARS = 60


class _Ordered(Enum):
    """An enumeration of exact strings, ordered as written; members of two different ones do not compare."""

    @classmethod
    def parse(cls, text: object) -> Self:
        """The member spelt exactly `text`; anything else is `MalformedError` (`level.unknown`)."""
        for member in cls:
            if isinstance(text, str) and member.text == text:
                return member
        raise MalformedError("level.unknown", value=text, known=", ".join(m.value for m in cls))

    number: int  # 1 for the lowest
    text: str  # what tokens say; `value` is the same, but each reading of it is a Python call

    def __new__(cls, value: str) -> Self:
        """Members are numbered as they are written."""
        member = object.__new__(cls)
        member._value_ = member.text = value
        member.number = len(cls.__members__) + 1
        return member

    __hash__ = object.__hash__  # members are single objects; Enum's own hash is a Python call

    @classmethod
    def numbered(cls, number: object) -> Self:
        """The member with this number, as command lines write it."""
        members = tuple(cls)
        for member in members:
            if member.number == number and type(number) is int:
                return member
        raise MalformedError("level.unknown", value=number, known=", ".join(str(m.number) for m in members))

    def __lt__(self, other: Self) -> bool:
        return self.number < other.number if type(other) is type(self) else NotImplemented

    def __le__(self, other: Self) -> bool:
        return self.number <= other.number if type(other) is type(self) else NotImplemented

    def __gt__(self, other: Self) -> bool:
        return self.number > other.number if type(other) is type(self) else NotImplemented

    def __ge__(self, other: Self) -> bool:
        return self.number >= other.number if type(other) is type(self) else NotImplemented

    def __str__(self) -> str:
        return str(self.value)


class Level(_Ordered):
    """The level of an identity account."""

    ONE = "level-1"
    TWO = "level-2"


class AuthenticationLevel(_Ordered):
    """The level of one login, by the factors it used (NĐ 69/2024 Đ20 k1)."""

    ONE = "auth-level-1"
    TWO = "auth-level-2"
    THREE = "auth-level-3"
    FOUR = "auth-level-4"


# RFC 8176 names, by the kind of factor they are (NĐ 69/2024 Đ20: known, possessed, biometric)
_KNOWN, _POSSESSED, _BIOMETRIC = "known", "possessed", "biometric"
FACTORS: Mapping[str, str] = MappingProxyType(
    {
        "pwd": _KNOWN, "pin": _KNOWN, "kba": _KNOWN, "qr": _KNOWN,
        "otp": _POSSESSED, "sms": _POSSESSED, "tel": _POSSESSED, "hwk": _POSSESSED, "swk": _POSSESSED,
        "sc": _POSSESSED, "pop": _POSSESSED,
        "face": _BIOMETRIC, "fpt": _BIOMETRIC, "iris": _BIOMETRIC, "retina": _BIOMETRIC, "vbm": _BIOMETRIC,
    }
)  # fmt: skip

# what the level itself says when the login system names no methods; `bio` is ours, the others are RFC 8176
GENERIC_METHODS: Mapping[AuthenticationLevel, tuple[str, ...]] = MappingProxyType(
    {
        AuthenticationLevel.ONE: ("sfa",),
        AuthenticationLevel.TWO: ("mfa",),
        AuthenticationLevel.THREE: ("mfa", "bio"),
        AuthenticationLevel.FOUR: ("mfa", "bio", "pop"),
    }
)

_NEEDED: Mapping[AuthenticationLevel, str] = MappingProxyType(
    {
        AuthenticationLevel.ONE: "one factor",
        AuthenticationLevel.TWO: "two different factors",
        AuthenticationLevel.THREE: "two different factors, one of them biometric",
        AuthenticationLevel.FOUR: "something known, something possessed and a biometric",
    }
)


def check_factors(auth_level: AuthenticationLevel, methods: Iterable[str]) -> tuple[str, ...]:
    """`methods` (RFC 8176 names) if they carry `auth_level`; else `RefusedError` (`factors.insufficient`)."""
    used = tuple(methods)
    if len(used) > MAX_METHODS or not all(map(_is_word, used)):
        raise UsageError(
            "usage.argument",
            why="amr must be a few short method names",
            why_vi="amr phải là một vài tên phương thức ngắn",
        )
    kinds = {FACTORS[m] for m in used if m in FACTORS}
    enough = {
        AuthenticationLevel.ONE: len(kinds) >= 1,
        AuthenticationLevel.TWO: len(kinds) >= 2,
        AuthenticationLevel.THREE: len(kinds) >= 2 and _BIOMETRIC in kinds,
        AuthenticationLevel.FOUR: len(kinds) == 3,
    }[auth_level]
    if not enough:
        raise RefusedError(
            "factors.insufficient", level=auth_level, needed=_NEEDED[auth_level], used=", ".join(used) or "-"
        )
    return used


def _is_word(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_METHOD_CHARS and value.isprintable()
