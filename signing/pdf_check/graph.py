"""Who refers to whom in a PDF, and whether the bytes of a revision are nothing but its objects (ISO 32000-2 §7.5.6)."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import LimitError
from ..report import Finding
from .file import COMPRESSED, FREE, MAX_OBJECTS, PLAIN, PdfFile
from .objects import PdfDict, PdfStream, Ref, skip

MAX_SOUGHT = 640  # object numbers sought by pattern; more are sought by reading every object
_AT_ONCE = 64
_VISIT_COST = 16  # bytes of the file's budget that following one reference counts as
_MAX_DIGITS = 20

# White space and comments, as any viewer may read them: to some, 80 and FF are blank.
_GAP = rb"(?:[\x00\t\n\x0c\r \x80\xff]|%[^\r\n]*+[\r\n])++"


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


def perhaps_mentioned(file: PdfFile, numbers: Iterable[int], revision: int) -> set[int]:
    """Those of `numbers` that revisions up to `revision` may refer to: never too few, sometimes too many.

    A number that is referred to before it exists is a trap: what fills it later shows up in pages that were signed
    without it.
    """
    first = _first_mentions(file)
    return {n for n in numbers if first.get(n, 0) <= revision}


def _first_mentions(file: PdfFile) -> dict[int, int]:
    """For numbers that came or were free after revision 0, the first revision whose bytes seem to refer to them.

    Reads bytes, not objects, and all of them once; empty where there are too many numbers for that.
    """
    if file.mentions is None:
        late = {n for r in file.revisions[1:] for n in r.entries} - file.revisions[0].entries.keys()
        late.update(n for r in file.revisions for n, e in r.entries.items() if e[0] == FREE)
        file.mentions = _find_mentions(file, sorted(late)) if len(late) <= MAX_SOUGHT else {}
    return file.mentions


def _find_mentions(file: PdfFile, numbers: list[int]) -> dict[int, int]:
    found = dict.fromkeys(numbers, len(file.revisions))
    starts = [revision.start for revision in file.revisions]
    bodies = list(_containers(file)) if numbers else []
    for at in range(0, len(numbers), _AT_ONCE):
        pattern = _mention_of(numbers[at : at + _AT_ONCE])
        for hit in pattern.finditer(file.data):
            number = _whole_number(file.data, hit)
            revision = bisect.bisect_right(starts, hit.start()) - 1
            found[number] = min(revision, found.get(number, revision))
        for revision, body in bodies:
            for hit in pattern.finditer(body):
                number = _whole_number(body, hit)
                found[number] = min(revision, found.get(number, revision))
    return found


def _mention_of(numbers: list[int]) -> re.Pattern[bytes]:
    """A reference to one of `numbers` as any viewer may read it: to some, signs and points do not end a number."""
    names = (rb"[+.-]*+".join(b"%c" % digit for digit in b"%d" % n) for n in reversed(numbers))
    more, long = rb"(?:[+.-][\d+.-]{0,62}+)?", rb"[+.-][\d+.-]{63}"
    return re.compile(rb"(%b)(?:%b|%b%b[\d+.-]++%bR)" % (b"|".join(names), long, more, _GAP, _GAP))


def _whole_number(body: bytes, hit: re.Match[bytes]) -> int:
    """The number of which a hit may be only the last digits."""
    first = hit.start()
    while first > 0 and hit.end(1) - first < _MAX_DIGITS and body[first - 1] in b"0123456789":
        first -= 1
    return int(body[first : hit.end(1)].translate(None, b"+.-")[-_MAX_DIGITS:])


def _containers(file: PdfFile) -> Iterator[tuple[int, bytes]]:
    """The decoded bodies of all object streams, each with its revision."""
    for index, revision in enumerate(file.revisions):
        for number in sorted({e[1] for e in revision.entries.values() if e[0] == COMPRESSED}):
            yield index, file.container_bytes(number, index)


def check_table(file: PdfFile, revision: int) -> Finding | None:
    """Whether a later revision's cross-reference section is one that no viewer has to repair or guess about."""
    this = file.revisions[revision]
    section = this.sections[0]
    if len(this.sections) > 1 or section.hybrid or not section.well_formed:
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
        place = this.entries.get(entry[1]) if entry[0] == COMPRESSED else entry
        if place is None or place[0] != PLAIN or not this.start <= place[1] < section.end:
            return Finding.of("pdf.xref", revision=revision + 1, why=f"object {number} is not in this revision")
    return None


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
