"""Identity levels and authentication levels, and what each needs, as dated data (NĐ 59/2022; NĐ 69/2024 Đ7, Đ10, Đ20).

`Level` belongs to a person's account, `AuthenticationLevel` to one login. They are compared apart and neither is ever
derived from the other. Both are closed sets of exact strings with a total order; anything else is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum, StrEnum
from functools import total_ordering
from types import MappingProxyType
from typing import Any, Self

from .errors import MalformedError, RefusedError

MAX_METHOD_CHARS = 60
MAX_EVIDENCE = 20  # pieces of evidence in one token
FUTURE_S = 60  # seconds by which evidence may be dated ahead of our clock


@total_ordering
class _Ordered(Enum):
    """An enumeration of exact strings, ordered as written; members of two different ones do not compare."""

    @classmethod
    def parse(cls, text: object) -> Self:
        """The member spelt exactly `text`; anything else is `MalformedError` (`level.unknown`)."""
        for member in cls:
            if type(text) is str and member.value == text:
                return member
        raise MalformedError("level.unknown", value=text, known=", ".join(m.value for m in cls))

    @property
    def number(self) -> int:
        """1 for the lowest."""
        return tuple(type(self)).index(self) + 1

    @classmethod
    def numbered(cls, number: int) -> Self:
        """The member with this number, as command lines write it."""
        members = tuple(cls)
        if type(number) is int and 1 <= number <= len(members):
            return members[number - 1]
        raise MalformedError("level.unknown", value=number, known=", ".join(str(m.number) for m in members))

    def __lt__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.number < other.number

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


class EvidenceKind(StrEnum):
    """What was examined before an account was opened or raised."""

    NUMBER = "number"
    SIM = "sim"
    CARD = "card"
    CHIP = "chip"
    PASSPORT = "passport"
    FACE = "face"
    FINGERPRINT = "fingerprint"
    IRIS = "iris"
    VOICE = "voice"


# methods that cannot count where the law asks for a check in person
REMOTE_METHODS: frozenset[str] = frozenset({"remote", "online", "app", "video", "self-declared", "pvr", "bvr", "vri"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was checked: what, how, when, and by which office.

    `kind` may be given as text; `method` is a short word such as `in-person`, `passive-authentication`, `match`,
    `app`; `time` is aware. Raises `MalformedError` (`evidence.malformed`).
    """

    kind: EvidenceKind
    method: str
    time: datetime
    office: str | None = None

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "kind", EvidenceKind(self.kind))
        except ValueError:
            known = ", ".join(EvidenceKind)
            raise MalformedError("evidence.malformed", why=f"'{self.kind}' is none of {known}") from None
        _check_word("method", self.method)
        if self.office is not None:
            _check_word("office", self.office)
        _check_time(self.time)
        object.__setattr__(self, "time", self.time.astimezone(UTC).replace(microsecond=0))

    def to_claim(self) -> dict[str, Any]:
        """The evidence element of OIDC Identity Assurance: `type` and one `check_details` entry."""
        check = {"check_method": self.method, "time": self.time.isoformat()[:19] + "Z"}
        if self.office is not None:
            check["organization"] = self.office
        return {"type": self.kind.value, "check_details": [check]}

    @classmethod
    def from_claim(cls, claim: Any) -> Evidence:
        """The evidence that `to_claim` wrote. Raises `MalformedError` (`evidence.malformed`)."""
        try:
            (check,) = claim["check_details"]
            return cls(
                kind=claim["type"],
                method=check["check_method"],
                time=datetime.fromisoformat(check["time"]),
                office=check.get("organization"),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise MalformedError("evidence.malformed", why=type(e).__name__) from None


def _check_word(name: str, value: object) -> None:
    if not (isinstance(value, str) and 0 < len(value) <= MAX_METHOD_CHARS and value.isprintable()):
        raise MalformedError("evidence.malformed", why=f"{name} is not a short text")


def _check_time(value: object) -> None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise MalformedError("evidence.malformed", why="a time needs its time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRules:
    """The rules for accounts between two days: each requirement is met by any one of its kinds."""

    name: str
    law: str
    valid_from: date
    valid_to: date | None
    requirements: Mapping[Level, tuple[frozenset[EvidenceKind], ...]]
    in_person: Mapping[Level, frozenset[EvidenceKind]]
    level_two_from_age: int


def _any(*kinds: EvidenceKind) -> frozenset[EvidenceKind]:
    return frozenset(kinds)


_PAPERS = _any(EvidenceKind.CARD, EvidenceKind.CHIP, EvidenceKind.PASSPORT)
_FACE, _PRINT = _any(EvidenceKind.FACE), _any(EvidenceKind.FINGERPRINT)
_REQUIREMENTS: Mapping[Level, tuple[frozenset[EvidenceKind], ...]] = MappingProxyType(
    {
        Level.ONE: (_any(EvidenceKind.NUMBER), _any(EvidenceKind.SIM), _FACE),
        Level.TWO: (_PAPERS, _FACE, _PRINT),
    }
)
_IN_PERSON: Mapping[Level, frozenset[EvidenceKind]] = MappingProxyType(
    {Level.ONE: frozenset(), Level.TWO: _PAPERS | _FACE | _PRINT}
)

RULES: tuple[LevelRules, ...] = (
    LevelRules(
        name="nd-59-2022",
        law="NĐ 59/2022 Đ12, Đ14",
        valid_from=date(2022, 10, 20),
        valid_to=date(2024, 6, 30),
        requirements=_REQUIREMENTS,
        in_person=_IN_PERSON,
        level_two_from_age=14,
    ),
    LevelRules(
        name="nd-69-2024",
        law="NĐ 69/2024 Đ7, Đ10",
        valid_from=date(2024, 7, 1),
        valid_to=None,
        requirements=_REQUIREMENTS,
        in_person=_IN_PERSON,
        level_two_from_age=6,
    ),
)


def rules_on(day: date) -> LevelRules:
    """The rules in force on `day`; none is `RefusedError` (`evidence.no-rule`)."""
    for rules in reversed(RULES):
        if rules.valid_from <= day and (rules.valid_to is None or day <= rules.valid_to):
            return rules
    raise RefusedError("evidence.no-rule", day=day)


def check_evidence(level: Level, evidence: Sequence[Evidence], now: datetime) -> LevelRules:
    """The rules under which `evidence` carries `level`: those in force when its last piece was gathered.

    Raises `RefusedError` (`evidence.missing`, `evidence.remote`, `evidence.future`, `evidence.no-rule`).
    """
    last = max((e.time for e in evidence), default=now)
    if last > now + timedelta(seconds=FUTURE_S):
        raise RefusedError("evidence.future", kind=max(evidence, key=lambda e: e.time).kind)
    rules = rules_on(last.date())
    in_person = rules.in_person[level]
    kinds = set()
    remote = None
    for item in evidence:
        if item.kind in in_person and item.method in REMOTE_METHODS:
            remote = item
        else:
            kinds.add(item.kind)
    for wanted in rules.requirements[level]:
        if kinds.isdisjoint(wanted):
            if remote is not None and remote.kind in wanted:
                raise RefusedError(
                    "evidence.remote", level=level, kind=remote.kind, method=remote.method, law=rules.law
                )
            missing = " / ".join(sorted(wanted))
            raise RefusedError("evidence.missing", level=level, missing=missing, law=rules.law)
    return rules


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


def check_factors(auth_level: AuthenticationLevel, methods: Iterable[str]) -> None:
    """That these RFC 8176 methods carry `auth_level`; else `RefusedError` (`factors.insufficient`)."""
    used = tuple(methods)
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
