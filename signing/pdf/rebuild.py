"""ISO 32000-2 §7.5.4, Annex C and the habit of readers: the objects of a file whose cross-reference sections mislead.

Readers meet such a file by looking for `N G obj` themselves, each in its own way, so what one shows another may not.
A signature over it says something only if all of them come to the same document: before, because the signer saw it
in one of them, and after, because the next one opens it. After is made sure by the revision that is written here: it
holds a complete cross-reference section of its own and no /Prev, so that nobody has to guess any more. Before is made
sure by refusing (`PdfSyntaxError`) whatever can be read in two ways:

- an earlier signature: what it covered would no longer be a revision of the file;
- encryption, which is another writer's;
- an object that does not end, or a stream that does not end where its /Length says: nothing appended can mend it;
- the beginning of an object or trailer inside another object, where only some readers look;
- several objects of one number, unless the last stands in a later update that the end of the file leads to;
- an object that a table calls free: some readers follow the table, others find the object;
- several catalogs, or a linearized front that is still true.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from .claims import rows_of_stream, rows_of_table
from .raw import Dict, PdfSyntaxError, Ref, as_dict, as_int, as_ref, blank_end, name, read_dict, value_end
from .reader import MAX_OBJECT_NUMBER, PdfFile
from .sections import Entry, UnusualPdf, Whole, numbers_in
from .source import BYTE_RANGE, Source

MAX_REBUILT_BYTES = 64 * 1024 * 1024  # of a file that is searched from end to end
MAX_REBUILT_OBJECTS = 200_000
MAX_INFLATED_BYTES = 64 * 1024 * 1024  # of all object streams together
MAX_TABLES = 4096

_WHITE = rb"[\x00\t\n\x0c\r ]"
_APART = rb"(?:" + _WHITE + rb"|%[^\r\n]{0,255}+[\r\n])++"  # some readers pass over comments here, others do not
_HEADER = re.compile(rb"(?<![0-9])([0-9]++)" + _APART + rb"([0-9]++)" + _APART + rb"obj")
_LINE_START = re.compile(rb"[\r\n][\x00\t\x0c ]*\Z")
_WORD = re.compile(rb"(?<!end)obj|trailer|xref")
_STREAM = re.compile(rb"stream(?:\r\n|\n)")
_STREAM_END = re.compile(_WHITE + rb"*+endstream")
_TRAILER = re.compile(rb"trailer" + _WHITE + rb"*+(?=<<)")
_INNER_TRAILER = re.compile(rb"(?<=[\x00\t\n\x0c\r ])trailer(?=[\x00\t\n\x0c\r %<])")
_ROWS = re.compile(
    rb"xref(?:" + _WHITE + rb"++[0-9]{1,10}" + _WHITE + rb"++[0-9]{1,10}"
    rb"(?:" + _WHITE + rb"++[0-9]{1,10}" + _WHITE + rb"++[0-9]{1,5}" + _WHITE + rb"++[nf](?![^\x00\t\n\x0c\r ]))*+)*+"
)  # fmt: skip
_STARTXREF = re.compile(rb"startxref" + _WHITE + rb"++([0-9]{1,15})")
_BOUNDARY = re.compile(rb"%%EOF")


class _Found(NamedTuple):
    """One object: where it begins and ends, number, generation, its value (of a stream, the dictionary and /Type)."""

    start: int
    end: int
    number: int
    generation: int
    value: bytes
    stream: bool
    kind: bytes | None


def rebuild(source: Source) -> PdfFile:
    """The file read without its cross-reference sections, if all readers must find the same in it.

    Raises `PdfSyntaxError` with the reason why not, `UnusualPdf` for an encrypted file.
    """
    if source.size > MAX_REBUILT_BYTES:
        raise PdfSyntaxError(
            f"its table of objects is broken, and more than {MAX_REBUILT_BYTES} bytes are not searched"
        )
    buffer, start = source.window(0, source.size)
    data = buffer[start : start + source.size]
    if BYTE_RANGE.search(data):
        raise _signed()
    search = _Search(data)
    search.run()
    return search.file(source)


@dataclass(slots=True)
class _Search:
    """One pass over the bytes of a file."""

    data: bytes
    objects: list[_Found] = field(default_factory=list)
    trailers: list[tuple[int, Dict]] = field(default_factory=list)
    tables: list[re.Match[bytes]] = field(default_factory=list)

    def run(self) -> None:
        """Find objects, trailers and tables."""
        headers = list(self._headers())
        lengths: defaultdict[int, list[int]] = defaultdict(list)
        for header in headers:
            lengths[int(header[1])].append(header.end())
        end = 0
        for header in headers:
            if header.start() < end:
                raise PdfSyntaxError(f"what looks like object {int(header[1])} stands inside another object")
            self._gap(end, header.start())
            self.objects.append(self._object(header, lengths))
            end = self.objects[-1].end
        self._gap(end, len(self.data))
        for found in self.objects:
            if _INNER_TRAILER.search(self.data, found.start, found.end):
                raise PdfSyntaxError(f"what looks like a trailer stands inside object {found.number}")

    def _headers(self) -> Iterator[re.Match[bytes]]:
        for count, header in enumerate(_HEADER.finditer(self.data)):
            if count >= MAX_REBUILT_OBJECTS or len(header[1]) > 10 or not 0 < int(header[1]) < MAX_OBJECT_NUMBER:
                raise PdfSyntaxError("more objects, or larger numbers of objects, than a table is made again for")
            if len(header[2]) > 5 or int(header[2]) > 65_534 or b"%" in header[0]:
                raise PdfSyntaxError(f"the number of object {int(header[1])} is not written as it should be")
            yield header

    def _gap(self, start: int, end: int) -> None:
        """What stands between two objects: tables and trailers, white space, and bytes that mean nothing."""
        at = start
        while word := _WORD.search(self.data, at, end):
            at = word.end()
            if word[0] == b"obj":
                raise PdfSyntaxError(f"an object at byte {word.start()} has no number")
            if word[0] == b"xref":
                self._table(word.start(), end)
            elif found := _TRAILER.match(self.data, word.start(), end):
                entries, at = read_dict(self.data, found.end())
                self.trailers.append((word.start(), entries))
            if len(self.trailers) + len(self.tables) > MAX_TABLES:
                raise PdfSyntaxError("too many cross-reference sections")

    def _table(self, at: int, end: int) -> None:
        if self.data[max(0, at - 5) : at] != b"start" and (found := _ROWS.match(self.data, at, end)):
            self.tables.append(found)

    def _object(self, header: re.Match[bytes], lengths: dict[int, list[int]]) -> _Found:
        number, begin = int(header[1]), blank_end(self.data, header.end())
        end = value_end(self.data, begin)
        value, after = self.data[begin:end], blank_end(self.data, end)
        stream = _STREAM.match(self.data, after) if value[:2] == b"<<" else None
        if stream is not None:
            closed = _STREAM_END.match(self.data, stream.end() + self._length(as_dict(value), lengths))
            if closed is None:
                raise PdfSyntaxError(f"the stream of object {number} does not end where its /Length says")
            after = blank_end(self.data, closed.end())
        if self.data[after : after + 6] != b"endobj":
            raise PdfSyntaxError(f"object {number} does not end")
        kind = name(as_dict(value).get(b"/Type", b"")) if stream is not None else None
        return _Found(header.start(), after + 6, number, int(header[2]), value, stream is not None, kind)

    def _length(self, entries: Dict, lengths: dict[int, list[int]]) -> int:
        raw = entries.get(b"/Length")
        place = as_ref(raw)
        if place is not None:
            known = lengths.get(place.number, [])
            if len(known) != 1:
                raise PdfSyntaxError("the length of a stream is missing, or there several times")
            begin = blank_end(self.data, known[0])
            raw = self.data[begin : value_end(self.data, begin)]
        length = as_int(raw)
        if not 0 <= length <= len(self.data):
            raise PdfSyntaxError("length of a stream")
        return length

    # --- what it comes to --------------------------------------------------------------------------------------------

    def file(self, source: Source) -> PdfFile:
        """The objects as a file."""
        sections = [f for f in self.objects if f.kind == b"/XRef"]
        trailers = sorted([*self.trailers, *((f.start, as_dict(f.value)) for f in sections)], key=itemgetter(0))
        if any(b"/Encrypt" in trailer for _, trailer in trailers):
            raise UnusualPdf("encrypted")
        self._check_front()
        entries = self._newest([f for f in self.objects if f.kind != b"/XRef"])
        size = max((f.number for f in self.objects), default=0) + 1
        made = PdfFile(source, sections=[Whole(entries)], trailer=_merged(t for _, t in trailers), rebuilt=True)
        made.trailer[b"/Size"] = b"%d" % size
        containers = [f for f in self.objects if f.kind == b"/ObjStm"]
        _unpack(made, containers, entries)
        made.by_stream = bool(containers)
        self._check_free(source, sections, entries)
        if b"/Root" not in made.trailer:
            made.trailer[b"/Root"] = _only_catalog(made, entries)
        return made

    def _newest(self, alive: list[_Found]) -> dict[int, Entry]:
        """The last object of each number, where everybody takes it for the newest."""
        boundaries = [found.start() for found in _BOUNDARY.finditer(self.data)]
        settled: bool | None = None
        last: dict[int, _Found] = {}
        for found in alive:
            before = last.get(found.number)
            if before is not None and (found.stream or before[3:] != found[3:]):
                settled = self._ends_in_last() if settled is None else settled
                apart = bisect_left(boundaries, before.end) < bisect_left(boundaries, found.start)
                lines = all(_LINE_START.search(self.data, max(0, f.start - 64), f.start) for f in (before, found))
                if not (settled and apart and lines) or before.generation != found.generation:
                    raise _twofold(found.number)
            last[found.number] = found
        return {number: Entry(found.start, found.generation) for number, found in last.items()}

    def _ends_in_last(self) -> bool:
        """Whether the last startxref is nearer to the last section than to any other, and no object comes after."""
        pointers = list(_STARTXREF.finditer(self.data))
        sections = [t.start() for t in self.tables] + [f.start for f in self.objects if f.kind == b"/XRef"]
        if not pointers or not sections:
            return False
        nearest = min(sections, key=lambda at: abs(at - int(pointers[-1][1])))
        return max(self.objects[-1].start, *sections) == nearest < pointers[-1].start()

    def _check_free(self, source: Source, sections: list[_Found], entries: dict[int, Entry]) -> None:
        """Whether the last section that speaks of an object says that it is there."""
        said: dict[int, bool] = {}
        for table in self.tables:
            said |= dict(rows_of_table(table[0]))
        for section in sections:
            said |= dict(rows_of_stream(source, section.start, MAX_REBUILT_OBJECTS))
        for number in entries:
            if said.get(number) is False:
                raise PdfSyntaxError(f"object {number} is there, and a table says that it is deleted")

    def _check_front(self) -> None:
        """A linearized front that is still true: some viewers begin to read there."""
        first = self.objects[0] if self.objects else None
        about = as_dict(first.value) if first is not None and first.value[:2] == b"<<" else {}
        if b"/Linearized" in about and as_int(about.get(b"/L"), 0) == len(self.data):
            raise PdfSyntaxError("viewers that begin at its front may see another document")


def _signed() -> PdfSyntaxError:
    return PdfSyntaxError("its table of objects is broken, and it is signed: mending it would break that signature")


def _twofold(number: int) -> PdfSyntaxError:
    return PdfSyntaxError(f"its table of objects is broken, and readers may take either of several objects {number}")


def _merged(trailers: Iterable[Dict]) -> Dict:
    """What the trailers say of the document: all the same catalog, and the newest of the rest."""
    merged: Dict = {}
    for trailer in trailers:
        kept: Dict = {key: value for key, value in trailer.items() if key in {b"/Root", b"/Info", b"/ID"}}
        if {b"/Root"} <= kept.keys() & merged.keys() and as_ref(kept[b"/Root"]) != as_ref(merged[b"/Root"]):
            raise PdfSyntaxError("its table of objects is broken, and its trailers name several catalogs")
        merged |= kept
    return merged


def _only_catalog(file: PdfFile, entries: dict[int, Entry]) -> bytes:
    """The one catalog, where no trailer is left to name it."""
    found = []
    for number, entry in entries.items():
        ref = Ref(number, entry.generation if entry.container is None else 0)
        raw = file.load(ref)
        if raw[:2] == b"<<" and name(as_dict(raw).get(b"/Type", b"")) == b"/Catalog":
            found.append(ref)
    if len(found) != 1:
        raise PdfSyntaxError(f"its table of objects and its trailer are missing, and it has {len(found)} catalogs")
    return found[0].raw()


def _unpack(file: PdfFile, containers: list[_Found], entries: dict[int, Entry]) -> None:
    """Add the objects of object streams, none of which may stand anywhere else as well."""
    left = MAX_INFLATED_BYTES
    for found in containers:
        if entries[found.number].place != found.start:
            raise _twofold(found.number)
        data = file.stream(Ref(found.number, found.generation))
        left -= len(data)
        if left < 0:
            raise PdfSyntaxError("object streams larger than the limit")
        if BYTE_RANGE.search(data):
            raise _signed()
        about = as_dict(found.value)
        count, first = as_int(about.get(b"/N")), as_int(about.get(b"/First"))
        for index, number in enumerate(numbers_in(data[: max(0, first)])[: 2 * max(0, count) : 2]):
            if number in entries or not 0 < number < MAX_OBJECT_NUMBER or len(entries) >= MAX_REBUILT_OBJECTS:
                raise _twofold(number)
            entries[number] = Entry(index, 0, container=found.number)
