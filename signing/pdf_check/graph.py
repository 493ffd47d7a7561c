"""Who refers to whom in a PDF, and whether the bytes of a revision are nothing but its objects (ISO 32000-2 §7.5.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import LimitError
from ..report import Finding
from .file import COMPRESSED, FREE, MAX_OBJECTS, PLAIN, Entry, PdfFile
from .objects import PdfDict, PdfStream, Ref, skip

_VISIT_COST = 16  # bytes of the file's budget that following one reference counts as


def references(value: Any) -> Iterator[int]:
    """The numbers that `value` refers to, directly or in what it contains."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Ref):
            yield item.number
        elif isinstance(item, PdfDict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, PdfStream):
            waiting.append(item.dict)


def referrers(file: PdfFile, revision: int) -> dict[int, set[int]]:
    """For each number that can be reached as of `revision`, existing or not, who refers to it (0: the trailer)."""
    found: dict[int, set[int]] = {}
    trailer = file.revisions[revision].trailer
    waiting: list[tuple[int, Any]] = [(0, [trailer.get("Root"), trailer.get("Info")])]
    while waiting:
        owner, value = waiting.pop()
        for number in references(value):
            file.spend(_VISIT_COST)
            if number in found:
                found[number].add(owner)
                continue
            found[number] = {owner}
            if len(found) > MAX_OBJECTS:
                raise LimitError("input.too-large", what="the objects of the PDF", limit=MAX_OBJECTS)
            waiting.append((number, file.get(number, revision)))
    return found


def check_table(file: PdfFile, revision: int) -> Finding | None:
    """Whether a later revision's cross-reference section is one that no viewer has to repair or guess about."""
    this = file.revisions[revision]
    section = this.sections[0]
    hidden = (section.hidden or {}).items()
    if len(this.sections) > 1 or not section.well_formed or any(file.entry(n, revision - 1) != e for n, e in hidden):
        return Finding.of("pdf.xref", revision=revision + 1, why="the table is not well formed")
    size, least = this.trailer.get("Size"), file.revisions[revision - 1].trailer.get("Size")
    # Objects from /Size upwards do not exist, whatever the tables say: a smaller one would make some vanish.
    if type(size) is not int or size <= max(this.entries, default=0) or (type(least) is int and size < least):
        return Finding.of("pdf.xref", revision=revision + 1, why="/Size is too small")
    own = section.number
    if own is not None and this.entries.get(own, (FREE, 0, 0))[:2] != (PLAIN, section.start):
        before = file.entry(own, revision - 1)
        if before is not None and before[0] != FREE:
            return Finding.of("pdf.xref", revision=revision + 1, why=f"the table stands in the place of object {own}")
    for number, entry in this.entries.items():
        before = file.entry(number, revision - 1)
        if entry == before or entry[0] == FREE:
            continue
        if number == 0:
            return Finding.of("pdf.xref", revision=revision + 1, why="it gives a place to object 0")
        if before is not None and before[0] != FREE and _generation(before) != _generation(entry):
            return Finding.of("pdf.xref", revision=revision + 1, why=f"object {number} has another generation")
        place = this.entries.get(entry[1]) if entry[0] == COMPRESSED else entry
        if place is None or place[0] != PLAIN or not this.start <= place[1] < section.end:
            return Finding.of("pdf.xref", revision=revision + 1, why=f"object {number} is not in this revision")
    return None


def _generation(entry: Entry) -> int:
    return entry[2] if entry[0] == PLAIN else 0


def check_body(file: PdfFile, revision: int) -> Finding | None:
    """Whether every byte of a later revision belongs to an object that its table names (else something is hidden).

    Reads every object of the revision. Raises `MalformedError` for one that cannot be read.
    """
    this = file.revisions[revision]
    for number, entry in this.entries.items():
        if entry[0] == COMPRESSED:
            file.at(number, entry, revision)
    stop = this.sections[0].start
    own = {e[1]: (n, e) for n, e in this.entries.items() if e[0] == PLAIN and this.start <= e[1] < this.end}
    at = this.start
    while True:
        here = skip(file.data, at)
        if here == stop and b"%%EOF" not in file.data[at:here]:
            own.pop(stop, None)
            return Finding.of("pdf.stray-bytes", offset=min(own)) if own else None
        if here not in own or b"%%EOF" in file.data[at:here]:
            return Finding.of("pdf.stray-bytes", offset=here)
        number, entry = own.pop(here)
        file.at(number, entry, revision)
        at = file.ends[here]
