"""ISO 32000-2 §7.5.4 and §7.5.8: entries of cross-reference tables and streams, not parsed whole."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from .predict import rows_without
from .raw import Dict, PdfSyntaxError, as_int
from .source import Source

MAX_STREAM_BYTES = 64 * 1024 * 1024  # one cross-reference or object stream, inflated
_ENTRY_BYTES = 20
_LOOSE_ROWS = re.compile(rb"(?:[\x00\t\n\x0c\r ]*+\d{10} \d{5} [nf])*+")
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])[ \r][\r\n]")


class UnusualPdf(Exception):  # noqa: N818  # not an error: a reason to hand the file to another reader
    """Allowed by the standard, or nearly, but left to the patient reader: encryption, odd tables, other filters."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an object stands: at byte `place` (`container` None), or as number `place` of an object stream."""

    place: int
    generation: int
    container: int | None = None


FREE = Entry(-1, 65535)


@dataclass(slots=True)
class Table:
    """One classic section: runs of (first object number, count, byte of the first entry).

    `loose` are the entries of runs that are not written in 20 bytes each.
    """

    source: Source
    runs: list[tuple[int, int, int]] = field(default_factory=list)
    hybrid: bool = False  # free entries may be described by the section's own stream
    loose: dict[int, Entry] = field(default_factory=dict)

    def add(self, first: int, count: int, at: int) -> int:
        """One more run, whose entries begin at byte `at`; the byte after them."""
        size = _ENTRY_BYTES * count
        buffer, start = self.source.window(at, size)
        rows = buffer[start : start + size]
        if len(rows) == size and _is_regular(rows):
            self.runs.append((first, count, at))
            return at + size
        found = _LOOSE_ROWS.match(buffer, start, start + 2 * size + _ENTRY_BYTES)
        words = found[0].split() if found else []
        if found is None or len(words) != 3 * count:
            raise PdfSyntaxError("cross-reference table")
        for index, (place, generation, kind) in enumerate(zip(words[::3], words[1::3], words[2::3], strict=True)):
            self.loose[first + index] = FREE if kind == b"f" else Entry(int(place), int(generation))
        self.runs.append((first, count, -1))
        return at + found.end() - start

    def find(self, number: int) -> Entry | None:
        """The entry of an object, `FREE`, or None when this section is silent."""
        for first, count, at in self.runs:
            if first <= number < first + count:
                entry = self.loose[number] if at < 0 else self._regular(at + _ENTRY_BYTES * (number - first))
                return None if self.hybrid and entry is FREE else entry
        return None

    def _regular(self, at: int) -> Entry:
        buffer, start = self.source.window(at, _ENTRY_BYTES)
        entry = _ENTRY.match(buffer, start)
        if entry is None:
            raise PdfSyntaxError("cross-reference entry")
        return FREE if entry[3] == b"f" else Entry(int(entry[1]), int(entry[2]))

    def size(self) -> int:
        """One more than the largest object number described."""
        return max((first + count for first, count, _ in self.runs), default=0)


def _is_regular(rows: bytes) -> bool:
    """Whether all entries have their 20 bytes, looked at column by column."""
    columns = [rows[i::_ENTRY_BYTES] for i in range(_ENTRY_BYTES)]
    return (
        all(columns[i].isdigit() for i in (*range(10), *range(11, 16)))
        and not columns[10].strip(b" ")
        and not columns[16].strip(b" ")
        and not columns[17].strip(b"nf")
        and not columns[18].strip(b" \r")
        and not columns[19].strip(b"\r\n")
    ) or not rows


def check_apart(runs: Iterable[tuple[int, int]]) -> None:
    """Whether no section lists an object twice; readers disagree on which entry counts."""
    end = 0
    for first, count in sorted(runs):
        if first < end and count:
            raise PdfSyntaxError("a cross-reference section lists an object twice")
        end = max(end, first + count)


@dataclass(slots=True)
class StreamTable:
    """One cross-reference stream: runs of (first object number, count, first row) over columns of bytes."""

    widths: tuple[int, int, int]
    runs: list[tuple[int, int, int]]
    columns: list[list[int] | bytes]

    def find(self, number: int) -> Entry | None:
        """The entry of an object, `FREE`, or None when this section is silent."""
        for first, count, row in self.runs:
            if first <= number < first + count:
                return self._entry(row + number - first)
        return None

    def _entry(self, row: int) -> Entry | None:
        values, column = [0, 0, 0], 0
        for place, width in enumerate(self.widths):
            value = 0
            for i in range(column, column + width):
                value = value << 8 | self.columns[i][row] & 0xFF
            values[place] = value
            column += width
        match values[0] if self.widths[0] else 1:
            case 0:
                return FREE
            case 1:
                return Entry(values[1], values[2])
            case 2:
                return Entry(values[2], 0, container=values[1])
        return None

    def size(self) -> int:
        """One more than the largest object number described."""
        return max((first + count for first, count, _ in self.runs), default=0)


@dataclass(slots=True)
class Whole:
    """A cross-reference section that describes every object of the file by itself."""

    entries: dict[int, Entry]

    def find(self, number: int) -> Entry | None:
        """The entry of an object; None when there is none."""
        return self.entries.get(number)

    def size(self) -> int:
        """One more than the largest object number described."""
        return max(self.entries, default=0) + 1


def inflate(data: bytes, limit: int = MAX_STREAM_BYTES) -> bytes:
    """Deflated bytes inflated, never to more than `limit` bytes."""
    try:
        inflater = zlib.decompressobj()
        result = inflater.decompress(data, limit)
    except zlib.error as e:
        raise PdfSyntaxError(f"deflated stream: {e}") from None
    if inflater.unconsumed_tail:
        raise PdfSyntaxError("stream larger than the limit")
    return result


def unpredict(data: bytes, columns: int, pixel: int) -> list[bytes]:
    """Rows of `columns` bytes with the PNG predictors undone (RFC 2083 §6); `pixel` bytes lie between neighbours."""
    try:
        return rows_without(data, columns, pixel)
    except ValueError as e:
        raise PdfSyntaxError(str(e)) from None


def columns_of(data: bytes, width: int, parameters: Dict) -> list[list[int] | bytes]:
    """The bytes of a cross-reference stream by column; the usual predictor (Up in every row) is a running sum."""
    predictor = as_int(parameters.get(b"/Predictor"), 1)
    if predictor == 1:
        return [data[i::width] for i in range(width)]
    if predictor < 10 or as_int(parameters.get(b"/Columns"), 1) != width:
        raise UnusualPdf("predictor of the cross-reference stream")
    kinds = data[:: width + 1]
    if kinds.count(2) == len(kinds):
        return [list(accumulate(data[1 + i :: width + 1])) for i in range(width)]
    rows = b"".join(unpredict(data, width, 1))
    return [rows[i::width] for i in range(width)]


def numbers_in(head: bytes) -> list[int]:
    """The whole numbers, separated by blanks, at the head of an object stream."""
    words = head.split()
    if b"\x0b" in head or not all(word.isdigit() and len(word) <= 10 for word in words):
        raise PdfSyntaxError("object stream")
    return [int(word) for word in words]
