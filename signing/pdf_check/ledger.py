"""One revision beside the one before it: which objects it changed, added and freed, and what has been made of that.

The rules read a `Ledger` and write into it; a change that no rule explains stays and is forbidden in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from ..report import Finding
from .file import FREE, PdfFile
from .graph import references, referrers
from .objects import PdfDict, PdfStream, Ref, same
from .shapes import fits


def differing(a: PdfDict, b: PdfDict) -> set[str]:
    """The keys under which two dictionaries do not hold the same; some viewers ask only whether there is such a key."""
    return {key for key in a.keys() | b.keys() if (key in a) != (key in b) or not same(a.get(key), b.get(key))}


def is_kept(old: list[Any], new: list[Any]) -> bool:
    """Whether `new` is `old` with something put in between or around."""
    rest = iter(new)
    return all(any(same(item, other) for other in rest) for item in old)


def added_to(old: list[Any], new: list[Any]) -> list[int]:
    """The numbers of references in `new` that `old` does not have."""
    before = {item for item in old if isinstance(item, Ref)}
    return [item.number for item in new if isinstance(item, Ref) and item not in before]


def number_of(value: Any) -> int | None:
    """The number of a reference; None for anything else."""
    return value.number if isinstance(value, Ref) else None


_DATA_TYPES = (None, "XObject", "Metadata")  # of streams that are nothing to the structure of a file


class Leave(IntEnum):
    """What the author of a document lets people do after a signature (DocMDP, Table 257).

    Where he says nothing, fields that were empty may be filled in: what they hold now nobody signed.
    """

    NOTHING = 1
    FILL_EMPTY = 2
    FILL = 3
    REMARK = 4


@dataclass(frozen=True, slots=True)
class Conditional:
    """A change for which the author of the document has to have given leave; `said` where he has, else `refused`."""

    leave: Leave
    said: Finding
    refused: Finding


class Ledger:
    """What revision `new` did to revision `old`.

    `changed` holds (old value, new value) of objects that differ and are not explained yet; `signed_here` is what
    `pdf_changes.compare` was given; `widgets` maps a widget to the kind of the field that came or was signed with it.
    """

    def __init__(self, file: PdfFile, revision: int, signed_here: Mapping[int, str]) -> None:
        self.file, self.new, self.old = file, revision, revision - 1
        self.signed_here = signed_here
        self.changed: dict[int, tuple[Any, Any]] = {}
        self.added: set[int] = set()
        self.freed: set[int] = set()
        self.kinds: set[str] = set()
        self.signed: list[str] = []
        self.forbidden: list[Finding] = []
        self.notes: list[Finding] = []
        self.conditional: list[Conditional] = []
        self.unsure: list[Finding] = []
        self.filled: list[str] = []
        self.widgets: dict[int, str] = {}
        self._referrers: dict[int, set[int]] | None = None
        self._sort()

    def _sort(self) -> None:
        file = self.file
        for number, entry in file.revisions[self.new].entries.items():
            before = file.entry(number, self.old)
            if entry == before or number == 0:
                continue
            if before is None or before[0] == FREE:
                if entry[0] != FREE:
                    self.added.add(number)
            elif entry[0] == FREE:
                self.freed.add(number)
            else:
                a, b = file.at(number, before, self.old), file.at(number, entry, self.new)
                if not same(a, b) and not self._is_table(number, a, b):
                    self.changed[number] = (a, b)

    def _is_table(self, number: int, a: Any, b: Any) -> bool:
        """Whether an object is a cross-reference stream and nothing else: a page's content may call itself one."""
        return _is_xref(a) and _is_xref(b) and self.only_referred_by(number, ())

    def forbid(self, code: str, kind: str, **details: object) -> None:
        """Note a change that no signature allows."""
        self.kinds.add(kind)
        self.forbidden.append(Finding.of(code, severity=None, revision=self.new + 1, **details))

    def allow(self, leave: Leave, kind: str, said: str, refused: str, **details: object) -> None:
        """Note a change that needs `leave`; `said` and `refused` are codes."""
        self.kinds.add(kind)
        told, refusal = (Finding.of(code, severity=None, revision=self.new + 1, **details) for code in (said, refused))
        self.conditional.append(Conditional(leave, told, refusal))

    def may_differ(self, key: str, a: PdfDict, b: PdfDict) -> bool:
        """Whether an entry holds, before and now, only what shows nothing wherever else its dictionary is used."""
        return fits(self.file, key, a.get(key), self.old) and fits(self.file, key, b.get(key), self.new)

    def explain(self, old: Any, new: Any) -> None:
        """An object was compared by what it means; only where it had that meaning before is its change explained."""
        if isinstance(new, Ref) and old == new:
            self.settle(new.number)

    def settle(self, number: int) -> None:
        """A dictionary's change is explained; of anything that it was or became the entries said nothing."""
        if all(isinstance(value, PdfDict) for value in self.changed.get(number, ())):
            self.changed.pop(number, None)

    def settle_stream(self, number: int) -> None:
        """A stream's change is explained, unless other objects stand in it, or did."""
        if all(isinstance(v, PdfStream) and v.dict.get("Type") in _DATA_TYPES for v in self.changed.get(number, ())):
            self.changed.pop(number, None)

    def explain_list(self, old: Any, new: Any) -> bool:
        """The same of a list of fields or annotations, if it is nothing else; whether it is."""
        if isinstance(new, Ref) and old == new and new.number in self.changed:
            lists = all(isinstance(value, list) for value in self.changed[new.number])
            uses = [way for number in self.referrers().get(new.number, ()) for way in self._ways(number, new)]
            if not lists or not set(uses) <= {"Annots", "Fields"}:
                return False
            self.changed.pop(new.number)
        return True

    def _ways(self, owner: int, target: Ref) -> Iterator[str]:
        """The keys of the dictionaries in object `owner` through which it refers to another."""
        waiting: list[tuple[str, Any]] = [("", self.file.get(owner, self.old))]
        while waiting:
            key, value = waiting.pop()
            if isinstance(value, Ref):
                if value.number == target.number:
                    yield key
            elif isinstance(value, list):
                waiting += [("", item) for item in value]
            elif isinstance(value, PdfDict | PdfStream):
                about = value.dict if isinstance(value, PdfStream) else value
                waiting += about.items()

    def referrers(self) -> dict[int, set[int]]:
        """Who referred to whom before this revision; read once."""
        if self._referrers is None:
            self._referrers = referrers(self.file, self.old)
        return self._referrers

    def only_referred_by(self, number: int, owners: Iterable[int]) -> bool:
        """Whether before this revision nobody but `owners` referred to the object."""
        return self.referrers().get(number, set()) <= set(owners)

    def only_used_once(self, number: int, owners: Iterable[int]) -> bool:
        """Whether before this revision nobody but `owners` referred to the object, and none of them twice."""
        owners = self.referrers().get(number, set()) & set(owners)
        once = all(list(references(self.file.get(n, self.old))).count(number) == 1 for n in owners)
        return once and self.only_referred_by(number, owners)

    def only_adds(self, old: PdfDict, new: PdfDict) -> bool:
        """Whether resources are the old ones and perhaps more names."""
        for key, value in old.items():
            x, y = self.file.resolve(value, self.old), self.file.resolve(new.get(key), self.new)
            if isinstance(x, PdfDict) and isinstance(y, PdfDict):
                if not all(same(y.get(name), held) for name, held in x.items()):
                    return False
            elif not same(x, y):
                return False
        return True


def _is_xref(value: Any) -> bool:
    return isinstance(value, PdfStream) and value.dict.get("Type") == "XRef"
