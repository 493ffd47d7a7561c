"""Who may hold which level, and what it rests on, as dated data (NĐ 59/2022 Đ11, Đ12; NĐ 69/2024 Đ7, Đ10, Đ11).

What is here is recalled law, never a rule of the program: another table can be given wherever `RULES` is the default.
A token and an account keep the name of the rule set that they were judged by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType

from .errors import RefusedError
from .level import Level

VIETNAM = timezone(timedelta(hours=7))
_FOREVER = 1 << 60
_LONGEST_YEAR_S = 366 * 86_400
IN_PERSON_SHIFT = 16  # bit n: this kind was checked; bit n + 16: and not from afar


class HolderKind(StrEnum):
    """Whose account it is. An organisation has an account, but no level."""

    CITIZEN = "citizen"
    FOREIGNER = "foreigner"
    ORGANISATION = "organisation"


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


# methods, also as a word of a longer one, that cannot count where the law asks for a check in person
REMOTE_METHODS: frozenset[str] = frozenset({"remote", "online", "app", "video", "self-declared", "pvr", "bvr", "vri"})
BITS: Mapping[str, int] = MappingProxyType({kind.value: 1 << n for n, kind in enumerate(EvidenceKind)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """From `from_age` completed years on, such a holder may have any of `levels`."""

    holder: HolderKind
    from_age: int
    levels: frozenset[Level]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRules:
    """The rules for accounts from one day to another (inclusive).

    Each requirement of a level is met by any one of its kinds of evidence; the kinds in `in_person` do not count when
    they were checked from afar. `papers` says which document a holder shows for level 2. A holder for whom there is
    no `Holding` at an age has no level then.
    """

    name: str
    law: str
    valid_from: date
    valid_to: date | None
    requirements: Mapping[Level, tuple[frozenset[EvidenceKind], ...]]
    in_person: Mapping[Level, frozenset[EvidenceKind]]
    papers: Mapping[HolderKind, frozenset[EvidenceKind]]
    holdings: tuple[Holding, ...]
    settled_s: int = field(init=False, repr=False)  # no person who lived so many seconds is too young
    from_s: int = field(init=False, repr=False)
    until_s: int = field(init=False, repr=False)
    masks: Mapping[Level, tuple[int, ...]] = field(init=False, repr=False)
    paper_masks: Mapping[HolderKind, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        end = _FOREVER if self.valid_to is None else midnight(self.valid_to + timedelta(days=1))
        masks = {
            level: tuple(sum(self._bit(level, kind) for kind in wanted) for wanted in all_wanted)
            for level, all_wanted in self.requirements.items()
        }
        oldest = max((holding.from_age for holding in self.holdings), default=0)
        for name, value in {
            "settled_s": (oldest + 1) * _LONGEST_YEAR_S,
            "from_s": midnight(self.valid_from),
            "until_s": end,
            "masks": masks,
            "paper_masks": {
                h: sum(BITS[k.value] << IN_PERSON_SHIFT for k in kinds) for h, kinds in self.papers.items()
            },
        }.items():
            object.__setattr__(self, name, value)

    def _bit(self, level: Level, kind: EvidenceKind) -> int:
        return BITS[kind.value] << (IN_PERSON_SHIFT if kind in self.in_person[level] else 0)

    def levels(self, holder: HolderKind, age: int) -> frozenset[Level]:
        """The levels that such a holder may have at this age in completed years."""
        fits = [h for h in self.holdings if h.holder is holder and h.from_age <= age]
        return max(fits, key=lambda h: h.from_age).levels if fits else frozenset()


def midnight(day: date) -> int:
    """The second at which `day` begins in Vietnam."""
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
_SHOWN: Mapping[HolderKind, frozenset[EvidenceKind]] = MappingProxyType(
    {
        HolderKind.CITIZEN: _any(EvidenceKind.CARD, EvidenceKind.CHIP),
        HolderKind.FOREIGNER: _any(EvidenceKind.PASSPORT, EvidenceKind.CHIP),
    }
)
_ONE, _BOTH = frozenset({Level.ONE}), frozenset(Level)


def _holdings(ages: Mapping[int, frozenset[Level]]) -> tuple[Holding, ...]:
    """The same ages for citizens and foreigners."""
    people = (HolderKind.CITIZEN, HolderKind.FOREIGNER)
    return tuple(Holding(holder=h, from_age=age, levels=levels) for h in people for age, levels in ages.items())


RULES: tuple[LevelRules, ...] = (
    LevelRules(
        name="nd-69-2024",
        law="NĐ 69/2024 Đ7, Đ10",
        valid_from=date(2024, 7, 1),
        valid_to=None,
        requirements=_REQUIREMENTS,
        in_person=_IN_PERSON,
        papers=_SHOWN,
        holdings=_holdings({0: _ONE, 6: _BOTH}),
    ),
    LevelRules(
        name="nd-59-2022",
        law="NĐ 59/2022 Đ11, Đ12, Đ14",
        valid_from=date(2022, 10, 20),
        valid_to=date(2024, 6, 30),
        requirements=_REQUIREMENTS,
        in_person=_IN_PERSON,
        papers=_SHOWN,
        holdings=_holdings({14: _BOTH}),
    ),
)


def rules_at(s: int, rules: Sequence[LevelRules] = RULES) -> LevelRules:
    """The one of `rules` that is in force at second `s`; none is `RefusedError` (`evidence.no-rule`)."""
    for found in rules:
        if found.from_s <= s < found.until_s:
            return found
    raise RefusedError("evidence.no-rule", day=datetime.fromtimestamp(s, VIETNAM).date())
