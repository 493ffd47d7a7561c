"""The cross-reference chain of a PDF and the revisions that it makes (ISO 32000-2 §7.5.4-7.5.8).

Strict where a signature needs it: each section must be followed by the `startxref` that names it and by `%%EOF`;
the chain of /Prev must visit every revision. Only what every viewer reads alike is forgiven: an offset that names the
white space before what it means, entries of a table with other blanks. `rebuild` is for the rest.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import LimitError, MalformedError
from .filters import decode_stream
from .objects import PdfDict, PdfStream, Ref, bad, parse_indirect, parse_value, skip

MAX_REVISIONS = 200
MAX_OBJECTS = 500_000  # entries of all cross-reference sections
MAX_FRONT_BYTES = 1024  # in which the first object of a linearized file stands
MAX_TAIL_BYTES = 1024  # how far from the end the last startxref may stand: some viewers seek it no farther

_TAIL = re.compile(rb"startxref[\x00\t\n\x0c\r ]+(\d{1,12})[\x00\t\n\x0c\r ]+%%EOF")
_EOL = re.compile(rb"\r\n|\n|\r|")
_TABLE = re.compile(rb"xref[\x00\t\x0c ]*(?:\r\n|\n|\r)")
_SUBSECTION = re.compile(rb"[\x00\t\n\x0c\r ]*(\d{1,10})[ ]+(\d{1,10})[\x00\t\x0c ]*(?:\r\n|\n|\r)")
_ENTRIES = re.compile(rb"(?:\d{10} \d{5} [nf](?: \r| \n|\r\n))*+")
_LOOSE_ENTRIES = re.compile(rb"(?:[\x00\t\n\x0c\r ]*+\d{1,10} ++\d{1,5} ++[nf])*+")
_TRAILER = re.compile(rb"[\x00\t\n\x0c\r ]*trailer")
_WHITE = re.compile(rb"[\x00\t\n\x0c\r ]*+")

FREE, PLAIN, COMPRESSED = 0, 1, 2
_BLANKS = frozenset(bytes([b]) for b in b"\x00\t\n\x0c\r ")
Entry = tuple[int, int, int]  # (FREE, _, _), (PLAIN, offset, generation), (COMPRESSED, container, index)


@dataclass(frozen=True, slots=True)
class Section:
    """One cross-reference table or stream: bytes [start, end), its entries and trailer; `number` is a stream's own.

    `hidden` are the entries of a hybrid-reference file that only viewers of /XRefStm see (§7.5.8.4); None elsewhere.
    """

    start: int
    end: int
    entries: dict[int, Entry]
    trailer: PdfDict
    well_formed: bool
    hidden: dict[int, Entry] | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: bytes [start, end), `eof` just after its `%%EOF`; `end` adds one end of line."""

    start: int
    eof: int
    end: int
    sections: tuple[Section, ...]
    entries: dict[int, Entry]

    @property
    def trailer(self) -> PdfDict:
        """The trailer that readers use."""
        return self.sections[0].trailer


def _table_entries(data: bytes, at: int) -> tuple[dict[int, Entry], int, bool]:
    entries: dict[int, Entry] = {}
    strict = True
    while header := _SUBSECTION.match(data, at):
        first, count = int(header[1]), int(header[2])
        if len(entries) + count > MAX_OBJECTS:
            raise LimitError("input.too-large", what="the cross-reference table", limit=MAX_OBJECTS)
        chunk = data[header.end() : header.end() + 20 * count]
        at = header.end() + len(chunk)
        if len(chunk) != 20 * count or not _ENTRIES.fullmatch(chunk):
            strict = False
            loose = _LOOSE_ENTRIES.match(data, header.end())
            chunk, at = (loose[0], loose.end()) if loose else (b"", header.end())
        fields = chunk.split()
        if len(fields) != 3 * count:
            raise bad(f"the cross-reference table before byte {at} does not hold what it announces")
        for number, offset, generation, kind in zip(
            itertools.count(first), fields[0::3], fields[1::3], fields[2::3], strict=False
        ):
            if number in entries:
                raise bad(f"a cross-reference table lists object {number} twice")
            entries[number] = (PLAIN, int(offset), int(generation)) if kind == b"n" else (FREE, 0, 0)
    return entries, at, strict


def _settled(data: bytes, entries: dict[int, Entry]) -> dict[int, Entry]:
    """The entries, those that name the white space before their object moved to the object."""
    for number, entry in entries.items():
        if entry[0] == PLAIN and data[entry[1] : entry[1] + 1] in _BLANKS:
            entries[number] = (PLAIN, _after_white(data, entry[1]), entry[2])
    return entries


def _after_white(data: bytes, at: int) -> int:
    found = _WHITE.match(data, at)
    return found.end() if found else at


def _read_table(data: bytes, start: int) -> Section:
    head = _TABLE.match(data, start)
    if head is None:
        raise bad(f"no cross-reference table at byte {start}")
    entries, at, strict = _table_entries(data, head.end())
    word = _TRAILER.match(data, at)
    if word is None:
        raise bad(f"the cross-reference table at byte {start} has no trailer")
    trailer, end = parse_value(data, word.end())
    if not isinstance(trailer, PdfDict):
        raise bad(f"the trailer at byte {word.start()} is not a dictionary")
    hidden = trailer.get("XRefStm")
    if hidden is None:
        return Section(start, end, _settled(data, entries), trailer, strict)
    if type(hidden) is not int or not 0 < hidden < len(data):
        raise bad("/XRefStm is not an offset")
    # To some viewers the stream adds to the table, others never look at it.
    concealed = _read_stream(data, hidden).entries
    added = {n: e for n, e in concealed.items() if entries.get(n, (FREE, 0, 0))[0] == FREE}
    strict = strict and entries.keys().isdisjoint(added)
    entries.update(added)
    settled = _settled(data, entries)
    return Section(start, end, settled, trailer, strict, hidden={n: settled[n] for n in added})


def _read_stream(data: bytes, start: int) -> Section:
    found = parse_indirect(data, start, _no_length)
    stream = found.value
    if not isinstance(stream, PdfStream) or stream.dict.get("Type") != "XRef":
        raise bad(f"no cross-reference stream at byte {start}")
    about = stream.dict
    widths: Any = about.get("W")
    index: Any = about.get("Index", [0, about.get("Size")])
    if not _all_counts(widths) or len(widths) != 3 or max(widths) > 8 or not _all_counts(index) or len(index) % 2:
        raise bad(f"the cross-reference stream at byte {start} has no usable /W or /Index")
    body = decode_stream(stream)
    numbers = list(zip(index[0::2], index[1::2], strict=True))
    total = sum(count for _, count in numbers)
    if total > MAX_OBJECTS or len(body) < total * sum(widths):
        raise bad(f"the cross-reference stream at byte {start} does not hold what it announces")
    listed = itertools.chain.from_iterable(range(first, first + count) for first, count in numbers)
    entries: dict[int, Entry] = dict(zip(listed, _rows(body, widths, total), strict=True))
    if len(entries) < total:
        raise bad(f"a cross-reference stream at byte {start} lists an object twice")
    end = _idle_trailer(data, found.end)
    return Section(start, end, _settled(data, entries), about, well_formed=end == found.end, number=found.number)


def _idle_trailer(data: bytes, end: int) -> int:
    """Where a trailer ends that some programs write behind a stream; no viewer reads it."""
    word = _TRAILER.match(data, end)
    if word is None:
        return end
    try:
        return parse_value(data, word.end())[1]
    except MalformedError:
        return end


def _no_length(_: Ref) -> int:
    raise bad("a cross-reference stream has an indirect length")


def _all_counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < 1 << 40 for v in values)


def _rows(body: bytes, widths: list[int], total: int) -> Iterator[Entry]:
    """The rows of a table, read column by column: there may be a hundred thousand of them."""
    columns, at, step = [], 0, sum(widths)
    for width in widths:
        columns.append(_column(body[: total * step], at, width, step))
        at += width
    kinds, seconds, thirds = columns
    if max(kinds, default=PLAIN) > COMPRESSED:
        raise bad("a cross-reference stream has entries of a kind that nobody knows")
    rows = zip(
        kinds or itertools.repeat(PLAIN), seconds or itertools.repeat(0), thirds or itertools.repeat(0), strict=False
    )
    return ((FREE, 0, 0) if row[0] == FREE else row for row in itertools.islice(rows, total))


def _column(body: bytes, at: int, width: int, step: int) -> Sequence[int]:
    """The numbers of one column, big-endian in `width` bytes; empty for a width of nothing."""
    if not width:
        return ()
    values: Sequence[int] = body[at::step]
    for place in range(at + 1, at + width):
        part = body[place::step]
        if isinstance(values, bytes) and values.count(0) == len(values):
            values = part  # places are written wider than they have to be
        else:
            values = [value << 8 | byte for value, byte in zip(values, part, strict=True)]
    return values


def _read_section(data: bytes, start: int) -> Section:
    if not 0 < start < len(data):
        raise bad(f"a cross-reference section is said to be at byte {start}")
    start = _after_white(data, start)
    return _read_table(data, start) if data.startswith(b"xref", start) else _read_stream(data, start)


def _tail_after(data: bytes, at: int, start: int) -> re.Match[bytes] | None:
    """The `startxref N %%EOF` that names the section at `start`, after one that ends at `at`; no %%EOF between."""
    word = skip(data, at)
    tail = None if b"%%EOF" in data[at:word] else _TAIL.match(data, word)
    return tail if tail is not None and _after_white(data, int(tail[1])) == start else None


def _read_chain(data: bytes) -> list[Section]:
    word = data.rfind(b"startxref", max(0, len(data) - MAX_TAIL_BYTES))
    last = _TAIL.match(data, word) if word >= 0 else None
    if last is None:
        raise bad("no startxref and %%EOF at its end")
    chain: list[Section] = []
    seen: set[int] = set()
    total = 0
    at: Any = int(last[1])
    while at is not None:
        if type(at) is not int or at in seen:
            raise bad("the chain of cross-reference sections does not end")
        if len(seen) >= MAX_REVISIONS:
            raise LimitError("input.too-large", what="the number of revisions", limit=MAX_REVISIONS)
        seen.add(at)
        chain.append(_read_section(data, at))
        total += len(chain[-1].entries)
        if total > MAX_OBJECTS:
            raise LimitError("input.too-large", what="the cross-reference sections", limit=MAX_OBJECTS)
        at = chain[-1].trailer.get("Prev")
    return chain


def _group(data: bytes, chain: list[Section]) -> list[tuple[int, list[Section]]]:
    """The sections of each revision, newest first, with the end of its `%%EOF`."""
    ends: list[tuple[int, list[Section]]] = []
    while chain:
        section = chain.pop(0)
        if tail := _tail_after(data, section.end, section.start):
            ends.append((tail.end(), [section]))
            continue
        # A linearized file's first-page section stands in front of the section that it continues.
        linear = chain and chain[0].start > section.start
        if linear and (tail := _tail_after(data, chain[0].end, section.start)):
            ends.append((tail.end(), [section, chain.pop(0)]))
            continue
        # One without an end of its own belongs to what follows it.
        if not ends or not section.end <= ends[-1][1][-1].start:
            raise bad(f"the cross-reference section at byte {section.start} is not followed by its startxref and %%EOF")
        ends[-1][1].append(section)
    return ends


def read_revisions(data: bytes) -> list[Revision]:
    """The revisions of `data`, oldest first. Raises `MalformedError` or `LimitError`."""
    ends = _group(data, _read_chain(data))
    revisions: list[Revision] = []
    start = 0
    for eof, sections in reversed(ends):
        if eof <= start or any(not start <= s.start < eof or _hidden_at(s) >= eof for s in sections):
            raise bad("the revisions of the file overlap")
        line = _EOL.match(data, eof)
        end = line.end() if line else eof
        merged = {n: e for s in reversed(sections) for n, e in s.entries.items()}
        if end < len(data) and any(kind == PLAIN and end <= at < len(data) for kind, at, _ in merged.values()):
            raise bad("a table names objects that came after it")
        revisions.append(Revision(start, eof, end, tuple(sections), merged))
        start = end
    _check_front(data, revisions)
    return revisions


def _hidden_at(section: Section) -> int:
    """Where the stream stands that a table of a hybrid-reference file names."""
    return 0 if section.hidden is None else int(section.trailer["XRefStm"])


def _check_front(data: bytes, revisions: list[Revision]) -> None:
    """A linearized file says at its front how long it is (Annex F); while that is true, viewers begin to read there.

    So for no revision may it be true, unless that revision begins there for everybody.
    """
    at = skip(data, 0)
    try:
        front = parse_indirect(data, at, _no_length)
    except MalformedError:
        if b"/Linearized" in data[at : at + MAX_FRONT_BYTES]:
            raise
        return
    if not isinstance(front.value, PdfDict) or "Linearized" not in front.value:
        return
    length = front.value.get("L")
    for revision in revisions:
        stops = isinstance(length, int | float) and revision.eof <= int(length) <= skip(data, revision.eof)
        if stops and revision.sections[0].start != skip(data, front.end):
            raise bad("viewers that begin at its front see another document")
