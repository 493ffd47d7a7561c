"""What an account's level rests on, judged by the rules of its day (NĐ 59/2022 Đ12; NĐ 69/2024 Đ7, Đ10).

The rules themselves are data, in `rules.py`. Evidence is judged by the rules in force when its last piece was
gathered, in Vietnamese time: an account that was raised under an older decree stays raised.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from .encoding import dump_json
from .errors import MalformedError, RefusedError, UsageError
from .level import Level
from .person import Person
from .rules import BITS, IN_PERSON_SHIFT, REMOTE_METHODS, RULES, VIETNAM, EvidenceKind, HolderKind, LevelRules, rules_at

__all__ = [
    "RULES",
    "VIETNAM",
    "Evidence",
    "EvidenceKind",
    "HolderKind",
    "LevelRules",
    "check_evidence",
    "check_holder",
    "holder_of",
    "rules_at",
]

MAX_WORD_CHARS = 60
MAX_EVIDENCE = 20  # pieces of evidence in one token
_WORD = re.compile(r"[^\W\d_]+?(?=(?<=[a-z])[A-Z]|[\W\d_]|$)")  # letters; "aB" is two words
_REMOTE = frozenset(method.replace("-", "") for method in REMOTE_METHODS)
_VIETNAMESE = ("VN", "VNM")
FUTURE_S = 60  # seconds by which evidence may be dated ahead of our clock
ISO_CHARS = len("2026-11-21T02:00:00Z")
_DOCUMENTS = frozenset({EvidenceKind.CARD, EvidenceKind.CHIP, EvidenceKind.PASSPORT})
# the evidence types of OpenID Identity Assurance that we write: the member that tells more, and which of our kinds
CLAIM_KINDS = {
    "document": ("document_details", frozenset(kind.value for kind in _DOCUMENTS)),
    "electronic_record": ("record", frozenset(kind.value for kind in EvidenceKind if kind not in _DOCUMENTS)),
}


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
        bit = BITS[kind.value]
        for name, value in {
            "kind": kind,
            "time": time,
            "seconds": int(time.timestamp()),
            "time_text": iso(time).encode("ascii"),
            "bits": bit if _is_remote(self.method) else bit | bit << IN_PERSON_SHIFT,
        }.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "claim_json", dump_json(self.to_claim()))

    def to_claim(self) -> dict[str, Any]:
        """The evidence element of OpenID Identity Assurance: a document that was shown, or a record that was compared
        with, of our kind, and one `check_details` entry."""
        check = {"check_method": self.method, "time": iso(self.time)}
        if self.office is not None:
            check["organization"] = self.office
        wide = "document" if self.kind in _DOCUMENTS else "electronic_record"
        return {"type": wide, "check_details": [check], CLAIM_KINDS[wide][0]: {"type": self.kind.value}}

    @classmethod
    def from_claim(cls, claim: Any) -> Evidence:
        """The evidence that `to_claim` wrote. Raises `MalformedError` (`evidence.malformed`)."""
        try:
            (check,) = claim["check_details"]
            member, kinds = CLAIM_KINDS[claim["type"]]
            if claim[member]["type"] not in kinds:
                raise ValueError("kind")
            return cls(
                kind=claim[member]["type"],
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


@lru_cache(maxsize=256)
def _is_remote(method: str) -> bool:
    """Whether one of `REMOTE_METHODS` is among the words of a method, however it is written: "video-call", "videoCall",
    in full width, or with spaces between the letters."""
    words = [word.casefold() for word in _WORD.findall(unicodedata.normalize("NFKC", method))]
    starts = range(len(words))
    return any("".join(words[i : j + 1]) in _REMOTE for i in starts for j in starts[i:])


def _whole_seconds(value: object) -> datetime:
    try:
        if isinstance(value, datetime) and value.utcoffset() is not None:
            return value.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        pass
    raise MalformedError("evidence.malformed", why="a time needs its time zone and a year that exists in UTC")


def check_evidence(
    level: Level,
    evidence: Sequence[Evidence],
    now: int,
    *,
    rules: Sequence[LevelRules] = RULES,
    holder: HolderKind | None = None,
) -> tuple[LevelRules, Evidence]:
    """The one of `rules` under which `evidence` carries `level` at second `now`, and the piece gathered last.

    With `holder`, level 2 also needs the paper that such a holder shows. Raises `RefusedError` (`evidence.missing`,
    `evidence.remote`, `evidence.future`, `evidence.no-rule`).
    """
    if (type(evidence) is not list and not _is_sequence(evidence)) or len(evidence) > MAX_EVIDENCE:
        raise UsageError(
            "usage.argument",
            why=f"evidence must be a list of at most {MAX_EVIDENCE} pieces",
            why_vi=f"căn cứ xác minh phải là danh sách tối đa {MAX_EVIDENCE} mục",
        )
    if not evidence:
        used = rules_at(now, rules)
        all_wanted = ", ".join(map(_kinds, used.requirements[level]))
        raise RefusedError("evidence.missing", level=level, missing=all_wanted, law=used.law)
    found, last = 0, evidence[0]
    for item in evidence:
        if type(item) is not Evidence:
            raise UsageError("usage.argument", why="evidence must be a list of Evidence")
        found |= item.bits
        if item.seconds > last.seconds:
            last = item
    if last.seconds > now + FUTURE_S:
        raise RefusedError("evidence.future", kind=last.kind)
    used = rules_at(last.seconds, rules)
    for number, mask in enumerate(used.masks[level]):
        if not found & mask:
            raise _missing(level, evidence, used, used.requirements[level][number])
    if holder is not None and level is Level.TWO and not found & used.paper_masks.get(holder, 0):
        raise _missing(level, evidence, used, used.papers.get(holder, frozenset()))
    return used, last


def check_holder(
    level: Level, person: Person, now: int, rules: LevelRules, *, holder: HolderKind | None = None
) -> None:
    """Return if `person` may have `level` at second `now`; `holder` is told by the nationality unless given.

    Raises `RefusedError`: `level.age` for level 2, `level.too-young` for any level.
    """
    if now - person.born_s >= rules.settled_s:
        return
    kind = holder_of(person) if holder is None else holder
    may = rules.levels(kind, person.age_on(datetime.fromtimestamp(now, VIETNAM)))
    if level in may:
        return
    age = min((h.from_age for h in rules.holdings if h.holder is kind and level in h.levels), default=0)
    if may:
        raise RefusedError("level.age", age=age, law=rules.law)
    raise RefusedError("level.too-young", age=age, law=rules.law)


def holder_of(person: Person) -> HolderKind:
    """Whether a person is a citizen of Vietnam or a foreigner, by the nationality."""
    return HolderKind.CITIZEN if person.nationality in _VIETNAMESE else HolderKind.FOREIGNER


def _is_sequence(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _missing(
    level: Level, evidence: Sequence[Evidence], rules: LevelRules, wanted: frozenset[EvidenceKind]
) -> RefusedError:
    """Which requirement is not met, and whether because the check was made from afar."""
    for item in evidence:
        if item.kind in wanted:
            return RefusedError("evidence.remote", level=level, kind=item.kind, method=item.method, law=rules.law)
    return RefusedError("evidence.missing", level=level, missing=_kinds(wanted), law=rules.law)


def _kinds(wanted: frozenset[EvidenceKind]) -> str:
    return " / ".join(sorted(wanted))
