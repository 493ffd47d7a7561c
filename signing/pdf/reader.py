"""ISO 32000-2 §7.5: finding the few objects that an update touches, without reading the rest of the file.

Cross-reference tables are never parsed whole: entries have 20 bytes, so an entry is looked up where it must stand
(§7.5.4). Cross-reference streams (§7.5.8), object streams (§7.5.7) and hybrid-reference files (§7.5.8.4) are read.
The reader is strict: each object must stand where the table says, with the number it says. `PdfSyntaxError` or
`UnusualPdf` mean that a more patient reader should try.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from ..errors import MalformedError
from .places import check_tails, object_at, stream_end, value_at
from .raw import (
    Dict,
    PdfSyntaxError,
    Ref,
    as_array,
    as_dict,
    as_int,
    as_number,
    as_ref,
    blank_end,
    value_end,
)
from .sections import (
    FREE,
    MAX_STREAM_BYTES,
    Entry,
    StreamTable,
    Table,
    UnusualPdf,
    Whole,
    check_apart,
    columns_of,
    inflate,
    numbers_in,
    unpredict,
)
from .source import Source

MAX_FRONT_BYTES = 8192  # in which the first object of a linearized file stands
TAIL_BYTES = 2048  # how far from the end `startxref` may stand
MAX_SECTIONS = 4096  # cross-reference sections in one file
MAX_OBJECT_NUMBER = 8_388_607  # ISO 32000-2 Annex C.2
HEADROOM = 100_000  # object numbers for revisions to come

_STARTXREF = re.compile(rb"startxref[\x00\t\n\x0c\r ]+(\d{1,15})")
_TABLE = re.compile(rb"xref[\x00\t\x0c ]*+(?:\r\n|\n|\r)")
_SUBSECTION = re.compile(rb"[\x00\t\n\x0c\r ]*+(?:(\d{1,10})[ ]++(\d{1,10})[\x00\t\x0c ]*+(?:\r\n|\r|\n)|(trailer))")


@dataclass(slots=True)
class PdfFile:
    """The newest revision of a PDF. `trailer` is the newest section's dictionary."""

    source: Source
    start: int = 0  # byte of the newest cross-reference section
    by_stream: bool = False  # the newest section is a cross-reference stream
    trailer: Dict = field(default_factory=dict)
    sections: list[Table | StreamTable | Whole] = field(default_factory=list)
    rebuilt: bool = False  # its own sections mislead; the one here was made by `rebuild`
    _objects: dict[int, tuple[bytes, int, int | None]] = field(default_factory=dict)
    _containers: dict[int, tuple[bytes, list[tuple[int, int]]]] = field(default_factory=dict)

    @classmethod
    def open(cls, source: Source) -> PdfFile:
        """Read the cross-reference sections. Raises `PdfSyntaxError`, `UnusualPdf`, `MalformedError`."""
        file = cls(source)
        at = max(0, source.size - TAIL_BYTES)
        buffer, start = source.window(at, TAIL_BYTES)
        found = buffer.rfind(b"startxref", start)
        pointer = _STARTXREF.match(buffer, found) if found >= 0 else None
        if pointer is None:
            raise PdfSyntaxError("no startxref at the end")
        file.start = int(pointer[1])
        file._read_sections()
        if as_ref(file.trailer.get(b"/Root")) is None:
            raise PdfSyntaxError("no /Root in the trailer")
        file._check_front()
        if file.trailer.get(b"/Encrypt") == b"null":
            del file.trailer[b"/Encrypt"]
        if b"/Encrypt" in file.trailer:
            raise UnusualPdf("encrypted")
        return file

    def _check_front(self) -> None:
        """Refuse a file that says at its front that it is linearized, and is read from its end by others.

        Once something is appended, all read it from its end: then it would show something else than before.
        """
        buffer, start = self.source.window(0, MAX_FRONT_BYTES)
        first = blank_end(buffer, start)
        end = buffer.find(b"endobj", first)
        try:
            about = as_dict(object_at(self.source, first - start)[0])
            claims = b"/Linearized" in about and int(as_number(about.get(b"/L"))) == self.source.size
        except PdfSyntaxError:
            return  # no such object, so nobody begins there
        buffer_at_section, section = self.source.window(self.start, 64)
        section = self.start + blank_end(buffer_at_section, section) - section
        if claims and section != blank_end(buffer, end + 6) - start:
            raise MalformedError("pdf.malformed", why="viewers that begin at its front see another document")

    def _read_sections(self) -> None:
        at: int | None = self.start
        places: list[tuple[int, int]] = []
        seen: set[int] = set()
        while at is not None:
            if at in seen or len(seen) >= MAX_SECTIONS:
                raise PdfSyntaxError("cross-reference sections in a circle")
            seen.add(at)
            trailer, end = self._read_section(at)
            places.append((at, end))
            if not self.trailer:
                self.trailer, self.by_stream = trailer, isinstance(self.sections[0], StreamTable)
            at = as_int(trailer[b"/Prev"]) if b"/Prev" in trailer else None
        check_tails(self.source, places)

    def _read_section(self, at: int) -> tuple[Dict, int]:
        """The section at byte `at`: its trailer, and the byte after it."""
        if not 0 <= at < self.source.size:
            raise PdfSyntaxError("cross-reference section outside the file")
        buffer, start = self.source.window(at, 64)
        head = _TABLE.match(buffer, start)
        if head is None:
            return self.read_stream_section(at)
        table, trailer_at = self._read_table(at + head.end() - start)
        raw, end = value_at(self.source, trailer_at)
        trailer = as_dict(raw)
        table.hybrid = b"/XRefStm" in trailer
        self.sections.append(table)
        if table.hybrid:
            self.read_stream_section(as_int(trailer[b"/XRefStm"]))
        return trailer, end

    def _read_table(self, at: int) -> tuple[Table, int]:
        """The subsections from byte `at`, after the word `xref`; and the byte after the word `trailer`."""
        table = Table(self.source)
        while True:
            buffer, start = self.source.window(at, 64)
            head = _SUBSECTION.match(buffer, start)
            if head is None:
                raise PdfSyntaxError("cross-reference table")
            at += head.end() - start
            if head[3]:
                check_apart((first, count) for first, count, _ in table.runs)
                return table, at
            first, count = int(head[1]), int(head[2])
            if first + count > MAX_OBJECT_NUMBER or len(table.runs) > MAX_SECTIONS * 16:
                raise PdfSyntaxError("cross-reference table too large")
            at = table.add(first, count, at)

    def read_stream_section(self, at: int) -> tuple[Dict, int]:
        """Read the cross-reference stream at byte `at` as the next older section: trailer, byte after it."""
        raw, _, _, stream_at = object_at(self.source, at)
        entries = as_dict(raw)
        if entries.get(b"/Type") != b"/XRef" or stream_at is None or as_ref(entries.get(b"/Length")) is not None:
            raise PdfSyntaxError("no cross-reference section")
        widths = tuple(as_int(w) for w in as_array(entries.get(b"/W")))
        if len(widths) != 3 or not all(0 <= w <= 8 for w in widths) or not sum(widths):
            raise PdfSyntaxError("widths of the cross-reference stream")
        index = [as_int(v) for v in as_array(entries.get(b"/Index"))] or [0, as_int(entries.get(b"/Size"))]
        data, parameters = self._stream_data(entries, stream_at)
        columns = columns_of(data, sum(widths), parameters)
        runs, row = [], 0
        for first, count in zip(index[::2], index[1::2], strict=True):
            if first < 0 or count < 0 or first + count > MAX_OBJECT_NUMBER:
                raise PdfSyntaxError("index of the cross-reference stream")
            runs.append((first, count, row))
            row += count
        if row > min(map(len, columns)):
            raise PdfSyntaxError("cross-reference stream too short")
        check_apart((first, count) for first, count, _ in runs)
        self.sections.append(StreamTable((widths[0], widths[1], widths[2]), runs, columns))
        return entries, stream_end(self.source, stream_at + as_int(self.resolve(entries.get(b"/Length"))))

    def _stream_data(self, entries: Dict, at: int) -> tuple[bytes, Dict]:
        """The data of a stream, inflated, and the parameters of its filter (predictors are not yet undone)."""
        length = as_int(self.resolve(entries.get(b"/Length")))
        if not 0 <= length <= MAX_STREAM_BYTES or at + length > self.source.size:
            raise PdfSyntaxError("length of a stream")
        buffer, start = self.source.window(at, length)
        data = buffer[start : start + length]
        filters = self.resolve(entries.get(b"/Filter"))
        parameters = self.resolve(entries.get(b"/DecodeParms"))
        if filters and filters[:1] == b"[":
            many = as_array(filters)
            filters = many[0] if len(many) == 1 else filters if many else None
            if parameters and parameters[:1] == b"[":
                parameters = (as_array(parameters) or [b"null"])[0]
        if filters is None:
            return data, {}
        if filters not in {b"/FlateDecode", b"/Fl"}:
            raise UnusualPdf(f"filter {filters!r}")
        return inflate(data), as_dict(None if parameters in {None, b"null"} else self.resolve(parameters))

    def stream(self, ref: Ref) -> bytes:
        """The decoded data of a stream object."""
        raw, _, at = self._load(ref.number)
        if at is None:
            raise PdfSyntaxError(f"object {ref.number} has no stream")
        data, parameters = self._stream_data(as_dict(raw), at)
        predictor = as_int(parameters.get(b"/Predictor"), 1)
        if predictor == 1:
            return data
        if predictor < 10:
            raise UnusualPdf("TIFF predictor")
        pixel = -(-as_int(parameters.get(b"/Colors"), 1) * as_int(parameters.get(b"/BitsPerComponent"), 8) // 8)
        return b"".join(unpredict(data, as_int(parameters.get(b"/Columns"), 1) * pixel, pixel))

    def has_stream(self, ref: Ref) -> bool:
        """Whether an object is a stream."""
        return self._load(ref.number)[2] is not None

    def entry(self, number: int) -> Entry | None:
        """Where the newest version of an object stands; None for a free or unknown one."""
        for section in self.sections:
            found = section.find(number)
            if found is not None:
                return None if found is FREE else found
        return None

    def _load(self, number: int) -> tuple[bytes, int, int | None]:
        if number in self._objects:
            return self._objects[number]
        entry = self.entry(number)
        if entry is None:
            loaded: tuple[bytes, int, int | None] = (b"null", 0, None)
        elif entry.container is not None:
            loaded = (self._contained(number, entry), 0, None)
        else:
            raw, there, generation, at = object_at(self.source, entry.place)
            if (there, generation) != (number, entry.generation):
                raise PdfSyntaxError(f"another object stands where {number} should")
            loaded = (raw, generation, at)
        self._objects[number] = loaded
        return loaded

    def _contained(self, number: int, entry: Entry) -> bytes:
        """An object of an object stream."""
        container = entry.container or 0
        if container not in self._containers:
            place = self.entry(container)
            if place is None or place.container is not None:
                raise PdfSyntaxError("object stream inside another")
            data, entries = self.stream(Ref(container)), as_dict(self._load(container)[0])
            count, first = as_int(entries.get(b"/N")), as_int(entries.get(b"/First"))
            head = numbers_in(data[: max(0, first)])
            if entries.get(b"/Type") != b"/ObjStm" or count < 0 or len(head) < 2 * count or first < 0:
                raise PdfSyntaxError("object stream")
            places = [(n, first + o) for n, o in zip(head[: 2 * count : 2], head[1 : 2 * count : 2], strict=True)]
            if any(a[1] > b[1] for a, b in pairwise(places)):
                raise PdfSyntaxError("object stream out of order")
            self._containers[container] = (data, places)
        data, places = self._containers[container]
        if entry.place >= len(places) or places[entry.place][0] != number:
            raise PdfSyntaxError(f"object {number} is not in its object stream")
        begin = blank_end(data, places[entry.place][1])
        return data[begin : value_end(data, begin)]

    def load(self, ref: Ref) -> bytes:
        """The raw value of an object, its dictionary when it is a stream; `null` for a free one."""
        raw, generation, _ = self._load(ref.number)
        return raw if generation == ref.generation else b"null"

    def resolve(self, raw: bytes | None) -> bytes | None:
        """A raw value with references followed (at most 8 in a row)."""
        for _ in range(8):
            ref = as_ref(raw)
            if ref is None:
                return None if raw == b"null" else raw
            raw = self.load(ref)
        raise PdfSyntaxError("references in a circle")

    def size(self) -> int:
        """The first object number that no revision uses; a /Size that leaves no room for more is passed over."""
        claimed = as_int(self.trailer.get(b"/Size"), 0)
        used = max(*(s.size() for s in self.sections), 1)
        return max(used, claimed if claimed <= MAX_OBJECT_NUMBER - HEADROOM else 0)

    def root(self) -> Ref:
        """The catalog."""
        ref = as_ref(self.trailer.get(b"/Root"))
        if ref is None:
            raise PdfSyntaxError("no /Root in the trailer")
        return ref
