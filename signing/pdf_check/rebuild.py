"""Revisions of a file whose cross-reference chain is broken, found by looking for the objects themselves (Annex C.2).

Viewers do the same, each in its own way: the last definition of an object counts, and what stands in the middle of
something else is seen by some. So the file is read from front to back, each object to its own end, and whatever could
be read in two ways makes the whole attempt fail. What comes of it is enough to find signatures and see what they cover;
what was changed behind one can be seen to be forbidden, but never to be harmless.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..errors import LimitError
from .filters import decode_stream
from .objects import PdfDict, PdfStream, Ref, bad, parse_indirect, parse_value
from .xref import COMPRESSED, MAX_OBJECTS, MAX_REVISIONS, PLAIN, Entry, Revision, Section

MAX_FRONT_BYTES = 1024  # in which %PDF- has to begin for viewers to look on
MAX_REBUILT_BYTES = 64 * 1024 * 1024  # of a file that is read from front to back
MAX_INFLATED_BYTES = 64 * 1024 * 1024  # of all its object streams

_SPACE = rb"[\x00\t\n\x0c\r ]"
_MARK = re.compile(
    rb"(?<![0-9])[0-9]{1,10}" + _SPACE + rb"++[0-9]{1,5}" + _SPACE + rb"++obj(?![0-9A-Za-z])"
    rb"|(?<![A-Za-z])(?:xref|trailer|startxref)(?![A-Za-z])|%%EOF"
)
_NUMBER = re.compile(
    rb"(?<![0-9])([0-9]{1,10})" + _SPACE + rb"++([0-9]{1,5})" + _SPACE + rb"++obj" + _SPACE + rb"++([0-9]{1,10})"
    rb"(?=" + _SPACE + rb"*+endobj)"
)
_EOL = re.compile(rb"\r\n|\n|\r|")


@dataclass(slots=True)
class _Piece:
    """What was found up to one `%%EOF`."""

    start: int
    entries: dict[int, Entry] = field(default_factory=dict)
    trailer: PdfDict | None = None
    tables: list[int] = field(default_factory=list)  # where cross-reference sections begin
    stop: int = 0  # where the last trailer or cross-reference stream ends


def rebuild(data: bytes) -> list[Revision]:
    """The revisions of `data`, oldest first.

    Raises `MalformedError` where viewers may come to different documents; `LimitError`.
    """
    if len(data) > MAX_REBUILT_BYTES:
        raise LimitError("input.too-large", what="a PDF that has to be repaired", limit=f"{MAX_REBUILT_BYTES} bytes")
    revisions: list[Revision] = []
    trailer = PdfDict()
    for piece, eof in _Reader(data).pieces():
        if piece.trailer is not None and "Root" in piece.trailer:
            trailer = piece.trailer
        start = piece.tables[-1] if piece.tables else piece.stop
        section = Section(start, piece.stop, piece.entries, trailer, well_formed=True)
        line = _EOL.match(data, eof)
        revisions.append(Revision(piece.start, eof, line.end() if line else eof, (section,), piece.entries))
    if not revisions or "Root" not in revisions[0].trailer:
        raise bad("no catalog can be found in it")
    return revisions


class _Reader:
    """Reads a file from front to back."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.total = 0
        self.inflated = 0
        self.numbers: dict[Ref, set[int]] | None = None
        self.done: list[tuple[_Piece, int]] = []
        self.piece = _Piece(0)

    def pieces(self) -> list[tuple[_Piece, int]]:
        """What was found, each with the end of its `%%EOF`."""
        data = self.data
        while mark := _MARK.search(data, self.at):
            word = mark[0]
            self.at = mark.end()
            if word == b"%%EOF":
                self._close(mark.end())
            elif word == b"trailer":
                value, self.at = parse_value(data, mark.end())
                self._trailer(value, self.at)
            elif word == b"xref":
                self.piece.tables.append(mark.start())
            elif word != b"startxref":
                self._object(mark.start())
        if self.piece.entries or self.piece.trailer is not None:
            self._close(len(data))
        return self.done

    def _close(self, eof: int) -> None:
        if not self.piece.entries and self.piece.trailer is None:
            return
        if len(self.done) >= MAX_REVISIONS:
            raise LimitError("input.too-large", what="the number of revisions", limit=MAX_REVISIONS)
        self.done.append((self.piece, eof))
        line = _EOL.match(self.data, eof)
        self.piece = _Piece(line.end() if line else eof)

    def _trailer(self, value: Any, end: int) -> None:
        if not isinstance(value, PdfDict):
            raise bad("a trailer is not a dictionary")
        if not self.done and not self.piece.entries and "Linearized" in value:
            raise bad("a linearized file is damaged")
        if self.piece.trailer is not None and self.piece.trailer.get("Root") != value.get("Root"):
            raise bad("it has several trailers that name different catalogs")
        self.piece.trailer, self.piece.stop = value, end

    def _object(self, start: int) -> None:
        found = parse_indirect(self.data, start, self._length)
        self.at = found.end
        value = found.value
        if isinstance(value, PdfDict) and "Linearized" in value:
            raise bad("a linearized file is damaged")
        self._enter(found.number, (PLAIN, start, found.generation))
        if not isinstance(value, PdfStream):
            return
        kind = value.dict.get("Type")
        if kind == "XRef":
            self.piece.tables.append(start)
            self._trailer(value.dict, found.end)
        elif kind == "ObjStm":
            self._packed(found.number, value)

    def _packed(self, container: int, stream: PdfStream) -> None:
        """The objects of an object stream; an encrypted one cannot be read here and is malformed."""
        count, first = stream.dict.get("N"), stream.dict.get("First")
        body = decode_stream(stream)
        self.inflated += len(body)
        if self.inflated > MAX_INFLATED_BYTES:
            raise LimitError("input.too-large", what="the object streams", limit=f"{MAX_INFLATED_BYTES} bytes")
        if type(count) is not int or type(first) is not int or not 0 <= first <= len(body) or count < 0:
            raise bad(f"object stream {container} has no usable /N and /First")
        words = body[:first].split()[: 2 * count]
        if len(words) < 2 * count or not all(w.isdigit() and len(w) <= 10 for w in words):
            raise bad(f"object stream {container} has no usable header")
        for index, number in enumerate(words[0::2]):
            self._enter(int(number), (COMPRESSED, container, index))

    def _enter(self, number: int, entry: Entry) -> None:
        self.total += 1
        if self.total > MAX_OBJECTS:
            raise LimitError("input.too-large", what="the objects of the PDF", limit=MAX_OBJECTS)
        if number in self.piece.entries:
            raise bad(f"object {number} stands in it twice")
        self.piece.entries[number] = entry

    def _length(self, wanted: Ref) -> int:
        """The one number that an object is."""
        if self.numbers is None:
            self.numbers = {}
            for number, generation, value in _NUMBER.findall(self.data):
                self.numbers.setdefault(Ref(int(number), int(generation)), set()).add(int(value))
        found = self.numbers.get(wanted, set())
        if len(found) != 1:
            raise bad(f"the length in object {wanted.number} is not clear")
        return next(iter(found))
