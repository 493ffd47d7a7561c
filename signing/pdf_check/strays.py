"""Objects that stand in the bytes of a PDF and in none of its tables (ISO 32000-2 §7.5.6, Annex C.2).

Nobody sees them until a viewer gives its tables up and looks for objects itself: some do so as soon as one reference
leads nowhere, in the middle of showing a page. The last object of a number counts then, even one inside of a stream.
So a later revision may neither bring such objects, nor be the reason why some are found.
"""

from __future__ import annotations

import bisect
import re

from .file import FREE, PLAIN, PdfFile
from .graph import referrers
from .mentions import BLANKS, GAP
from .objects import bad

_REACH = 512  # bytes before `obj` in which the number of an object stands
_WORD = re.compile(rb"obj")
_NUMBER = re.compile(rb"(?:\A|[^\d])(\d++)" + GAP + rb"\d++(?:" + GAP + rb")?\Z")

Stray = tuple[int, int]  # where it begins, its number; -1 where that is hidden behind a comment


def strays(file: PdfFile) -> list[Stray]:
    """The objects that no table names, by where they stand; sought once."""
    if file.strays is None:
        file.strays = _find(file)
    return file.strays


def stray_in(file: PdfFile, start: int, end: int) -> int | None:
    """Where in bytes [start, end) the first object stands that no table names; None where there is none."""
    found = strays(file)
    at = bisect.bisect_left(found, (start, -1))
    return found[at][0] if at < len(found) and found[at][0] < end else None


def check_unnamed(file: PdfFile, revision: int) -> None:
    """Raise `MalformedError` where older objects that no table names may surface, or go, through `revision`.

    Those of a hybrid-reference file that only some viewers see are named for everybody when they are written again.
    """
    this = file.revisions[revision]
    older = [section for r in file.revisions[:revision] for section in r.sections]
    if any(section.hidden for section in older) and any(_was_hidden(file, n, revision) for n in this.entries):
        raise bad("an object that was changed is one that some viewers do not see")
    numbers = {number for at, number in strays(file) if at < this.start}
    if not numbers:
        return
    if -1 in numbers or not all(section.well_formed for section in older):
        raise bad("it holds objects that no table names, and viewers may find them")
    for index in (revision - 1, revision):
        for number in referrers(file, index):
            entry = file.entry(number, index)
            if entry is None or entry[0] == FREE:
                raise bad("it holds objects that no table names, and viewers may find them")


def _was_hidden(file: PdfFile, number: int, revision: int) -> bool:
    """Whether a revision gives another place to an object that only viewers of /XRefStm saw before."""
    before = file.introduced(number, revision - 1)
    if before is None or file.entry(number, revision) == file.entry(number, revision - 1):
        return False
    return any(number in (section.hidden or ()) for section in file.revisions[before].sections)


def _find(file: PdfFile) -> list[Stray]:
    data = file.data
    known = {section.start for revision in file.revisions for section in revision.sections}
    words = set[int]()  # where `obj` stands in objects that are written as usual
    for revision in file.revisions:
        for number, (kind, at, generation) in revision.entries.items():
            if kind == PLAIN:
                known.add(at)
                if not data[at - 1 : at].isdigit():
                    words.add(at + len(b"%d %d " % (number, generation)))
    found = list[Stray]()
    for word in _WORD.finditer(data):
        at = word.start()
        if at in words or data[at - 3 : at] == b"end":
            continue
        stray = _header(data, at)
        if stray is not None and stray[0] not in known:
            found.append(stray)
    return sorted(found)


def _header(data: bytes, word: int) -> Stray | None:
    """Where the object begins whose `obj` stands at `word`, and its number."""
    start = max(0, word - _REACH)
    window = data[start:word]
    number = _NUMBER.search(window)
    if number is not None:
        return start + number.start(1), int(number[1][-10:])
    before = window.rstrip(BLANKS)
    line = max(data.rfind(b"\n", 0, start + len(before)), data.rfind(b"\r", 0, start + len(before))) + 1
    ended = b"\n" in window[len(before) :] or b"\r" in window[len(before) :]
    return (word, -1) if ended and b"%" in data[line : start + len(before)] else None
