"""Which object numbers a PDF may mention before the objects exist (ISO 32000-2 §7.3.10), sought in its bytes.

A number that is referred to before it exists is a trap: what fills it later shows up in pages that were signed without
it. Bytes are searched, not objects: viewers differ in what they take for an object, and any of them may be the one
that is used. In nearly every file all references look alike, and one search for the `R` at their end finds them; where
one `R` stands behind anything that only some viewers take for a reference, the whole file is searched for each number.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator

from .file import COMPRESSED, FREE, PdfFile

MAX_SOUGHT = 640  # object numbers sought by pattern; more are sought by reading every object
_AT_ONCE = 64
_MAX_DIGITS = 20
_REACH = 64  # bytes before an `R` in which a reference without comments stands

# White space and comments, as any viewer may read them: to some, 80 and FF are blank.
_BLANK = rb"\x00\t\n\x0c\r \x80\xff"
GAP = rb"(?:[" + _BLANK + rb"]|%[^\r\n]*+[\r\n])++"
_END = re.compile(rb"[" + _BLANK + rb"]R")
# To some viewers a number ends where an `R` begins.
_GLUED = re.compile(rb"[" + _BLANK + rb"][\d+.-]++R(?=[" + _BLANK + rb"()<>\[\]{}/%]|\Z)")
_PLAIN = re.compile(rb"[^\d+.%-](\d{1,10})[" + _BLANK + rb"]+\d{1,10}[" + _BLANK + rb"]+\Z")
BLANKS = b"\x00\t\n\x0c\r \x80\xff"


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
    if not numbers:
        return found
    starts = [revision.start for revision in file.revisions]
    bodies = list(_containers(file))
    plain = _plain_mentions(file.data)
    inside = [(revision, _plain_mentions(body)) for revision, body in bodies]
    if plain is None or None in (there for _, there in inside):
        return _find_odd_mentions(file, numbers, bodies)
    for place, number in plain:
        if number in found:
            found[number] = min(bisect.bisect_right(starts, place) - 1, found[number])
    for revision, there in inside:
        for _, number in there or ():
            if number in found:
                found[number] = min(revision, found[number])
    return found


def _plain_mentions(body: bytes) -> list[tuple[int, int]] | None:
    """Where which numbers are referred to; None where something may be a reference that is not written plainly."""
    if any(_may_end_reference(body, at, _window(body, at)) for at in map(_start, _GLUED.finditer(body))):
        return None
    found = []
    for end in _END.finditer(body):
        at = end.start() + 1
        window = _window(body, at)
        plain = _PLAIN.search(window)
        if plain is None:
            if _may_end_reference(body, at, window):
                return None
        elif _has_line_end(plain[0]) and _has_comment(body, at - len(window) + plain.start(1), at):
            return None
        else:
            found.append((at, int(plain[1])))
    return found


def _window(body: bytes, at: int) -> bytes:
    return body[at - _REACH : at] if at >= _REACH else b" " + body[:at]


def _start(found: re.Match[bytes]) -> int:
    return found.start() + 1


def _may_end_reference(body: bytes, at: int, window: bytes) -> bool:
    """Whether what stands before an `R` may belong to a reference all the same: digits, signs, points, a comment."""
    before = window.rstrip(BLANKS)
    if not before or before[-1] in b"0123456789+.-":
        return True
    return _has_line_end(window[len(before) :]) and _has_comment(body, at - len(window) + len(before), at)


def _has_line_end(part: bytes) -> bool:
    return b"\n" in part or b"\r" in part


def _has_comment(body: bytes, start: int, end: int) -> bool:
    """Whether the lines of `body[start:end]` may hold a comment; the first of them from its beginning."""
    start = max(start, 0)
    line = max(body.rfind(b"\n", 0, start), body.rfind(b"\r", 0, start)) + 1
    return body.find(b"%", line, end) >= 0


def _find_odd_mentions(file: PdfFile, numbers: list[int], bodies: list[tuple[int, bytes]]) -> dict[int, int]:
    """The same where viewers may differ in what they take for a reference."""
    found = dict.fromkeys(numbers, len(file.revisions))
    starts = [revision.start for revision in file.revisions]
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
    return re.compile(rb"(%b)(?:%b|%b%b[\d+.-]++(?:%b)?R)" % (b"|".join(names), long, more, GAP, GAP))


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
