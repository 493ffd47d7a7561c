"""What an account's level rests on, and the rules for it as dated data (NĐ 59/2022 Đ12; NĐ 69/2024 Đ7, Đ10).

Evidence is judged by the rules in force when its last piece was gathered, in Vietnamese time: an account that was
raised under an older decree stays raised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from .encoding import dump_json
from .errors import MalformedError, RefusedError, UsageError
from .level import Level

MAX_WORD_CHARS = 60
MAX_EVIDENCE = 20  # pieces of evidence in one token
FUTURE_S = 60  # seconds by which evidence may be dated ahead of our clock
VIETNAM = timezone(timedelta(hours=7))
ISO_CHARS = len("2026-11-21T02:00:00Z")
_FOREVER = 1 << 60
_LONGEST_YEAR_S = 366 * 86_400
_IN_PERSON_SHIFT = 16  # bit n: this kind was checked; bit n + 16: and not from afar


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
_BITS: Mapping[str, int] = MappingProxyType({kind.value: 1 << n for n, kind in enumerate(EvidenceKind)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was checked: what, how, when, and by which office.

    `kind` may be given as text; `method` is a short word such as `in-person`, `passive-authentication`, `match`,
    `app`; `time` is aware and kept in whole seconds. Raises `MalformedError` (`evidence.malformed`).
    """

    kind: EvidenceKind
    method: str
    time: datetime
    office: str | None = None
    # computed once, because the same evidence stands behind many tokens
    seconds: int = field(init=False, repr=False, compare=False)
    bits: int = field(init=False, repr=False, compare=False)
    time_text: bytes = field(init=False, repr=False, compare=False)
    claim_json: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            kind = EvidenceKind(self.kind)
        except ValueError:
            known = ", ".join(EvidenceKind)
            raise MalformedError("evidence.malformed", why=f"'{self.kind}' is none of {known}") from None
        _check_word("method", self.method)
        if self.office is not None:
            _check_word("office", self.office)
        time = _whole_seconds(self.time)
        bit = _BITS[kind.value]
        for name, value in {
            "kind": kind,
            "time": time,
            "seconds": int(time.timestamp()),
            "time_text": iso(time).encode("ascii"),
            "bits": bit if self.method.strip().casefold() in REMOTE_METHODS else bit | bit << _IN_PERSON_SHIFT,
        }.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "claim_json", dump_json(self.to_claim()))

    def to_claim(self) -> dict[str, Any]:
        """The evidence element of OIDC Identity Assurance: `type` and one `check_details` entry."""
        check = {"check_method": self.method, "time": iso(self.time)}
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


def iso(time: datetime) -> str:
    """A UTC time as tokens write it: 2026-11-21T02:00:00Z."""
    return time.isoformat()[: ISO_CHARS - 1] + "Z"


def _check_word(name: str, value: object) -> None:
    if not (isinstance(value, str) and 0 < len(value) <= MAX_WORD_CHARS and value.isprintable()):
        raise MalformedError("evidence.malformed", why=f"{name} is not a short text")


def _whole_seconds(value: object) -> datetime:
    try:
        if isinstance(value, datetime) and value.utcoffset() is not None:
            return value.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        pass
    raise MalformedError("evidence.malformed", why="a time needs its time zone and a year that exists in UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRules:
    """The rules for accounts from one day to another (inclusive): each requirement is met by any one of its kinds,
    and the kinds in `in_person` do not count when they were checked from afar."""

    name: str
    law: str
    valid_from: date
    valid_to: date | None
    requirements: Mapping[Level, tuple[frozenset[EvidenceKind], ...]]
    in_person: Mapping[Level, frozenset[EvidenceKind]]
    level_two_from_age: int
    settled_s: int = field(init=False, repr=False)  # nobody who lived so many seconds is too young
    from_s: int = field(init=False, repr=False)
    until_s: int = field(init=False, repr=False)
    masks: Mapping[Level, tuple[int, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        end = _FOREVER if self.valid_to is None else _midnight(self.valid_to + timedelta(days=1))
        masks = {
            level: tuple(sum(self._bit(level, kind) for kind in wanted) for wanted in all_wanted)
            for level, all_wanted in self.requirements.items()
        }
        for name, value in {
            "settled_s": (self.level_two_from_age + 1) * _LONGEST_YEAR_S,
            "from_s": _midnight(self.valid_from),
            "until_s": end,
            "masks": masks,
        }.items():
            object.__setattr__(self, name, value)

    def _bit(self, level: Level, kind: EvidenceKind) -> int:
        return _BITS[kind.value] << (_IN_PERSON_SHIFT if kind in self.in_person[level] else 0)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=VIETNAM).timestamp())


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
        name="nd-69-2024",
        law="NĐ 69/2024 Đ7, Đ10",
        valid_from=date(2024, 7, 1),
        valid_to=None,
        requirements=_REQUIREMENTS,
        in_person=_IN_PERSON,
        level_two_from_age=6,
    ),
    LevelRules(
        name="nd-59-2022",
        law="NĐ 59/2022 Đ11, Đ12, Đ14",
        valid_from=date(2022, 10, 20),
        valid_to=date(2024, 6, 30),
        requirements=_REQUIREMENTS,
        in_person=_IN_PERSON,
        level_two_from_age=14,
    ),
)


def rules_at(s: int) -> LevelRules:
    """The rules in force at second `s`; none is `RefusedError` (`evidence.no-rule`)."""
    for rules in RULES:
        if rules.from_s <= s < rules.until_s:
            return rules
    raise RefusedError("evidence.no-rule", day=datetime.fromtimestamp(s, VIETNAM).date())


def check_evidence(level: Level, evidence: Sequence[Evidence], now: int) -> tuple[LevelRules, Evidence]:
    """The rules under which `evidence` carries `level` at second `now`, and the piece that was gathered last.

    Raises `RefusedError` (`evidence.missing`, `evidence.remote`, `evidence.future`, `evidence.no-rule`).
    """
    if (type(evidence) is not list and not _is_sequence(evidence)) or len(evidence) > MAX_EVIDENCE:
        raise UsageError("usage.argument", why=f"evidence must be a list of at most {MAX_EVIDENCE} pieces")
    if not evidence:
        raise RefusedError("evidence.missing", level=level, missing="-", law=rules_at(now).law)
    found, last = 0, evidence[0]
    for item in evidence:
        if type(item) is not Evidence:
            raise UsageError("usage.argument", why="evidence must be a list of Evidence")
        found |= item.bits
        if item.seconds > last.seconds:
            last = item
    if last.seconds > now + FUTURE_S:
        raise RefusedError("evidence.future", kind=last.kind)
    rules = rules_at(last.seconds)
    for number, mask in enumerate(rules.masks[level]):
        if not found & mask:
            raise _missing(level, evidence, rules, rules.requirements[level][number])
    return rules, last


def _is_sequence(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _missing(
    level: Level, evidence: Sequence[Evidence], rules: LevelRules, wanted: frozenset[EvidenceKind]
) -> RefusedError:
    """Which requirement is not met, and whether because the check was made from afar."""
    for item in evidence:
        if item.kind in wanted:
            return RefusedError("evidence.remote", level=level, kind=item.kind, method=item.method, law=rules.law)
    return RefusedError("evidence.missing", level=level, missing=" / ".join(sorted(wanted)), law=rules.law)
