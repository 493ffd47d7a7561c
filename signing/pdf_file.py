"""A PDF as a row of revisions (ISO 32000-2 §7.5): cross-reference chain, object tables, objects of any revision.

Strict where a signature needs it: each section must be followed by the `startxref` that names it and by `%%EOF`;
the chain of /Prev must visit every revision; nothing is repaired. Objects are parsed once, when asked for.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import LimitError
from .pdf_filters import decode_stream
from .pdf_objects import PdfDict, PdfStream, Ref, bad, parse_indirect, parse_value, skip

MAX_REVISIONS = 200
MAX_OBJECTS = 500_000  # entries of all cross-reference sections
MAX_PARSED_BYTES = 64 * 1024 * 1024  # bytes of object syntax read, streams not counted
MAX_REFERENCES = 32  # references to references
MAX_TAIL_BYTES = 2048  # how far from the end the last startxref may stand

_TAIL = re.compile(rb"startxref[\x00\t\n\x0c\r ]+(\d{1,12})[\x00\t\n\x0c\r ]+%%EOF")
_EOL = re.compile(rb"\r\n|\n|\r|")
_TABLE = re.compile(rb"xref[\x00\t\x0c ]*(?:\r\n|\n|\r)")
_SUBSECTION = re.compile(rb"[\x00\t\n\x0c\r ]*(\d{1,10})[ ]+(\d{1,10})[\x00\t\x0c ]*(?:\r\n|\n|\r)")
_ENTRIES = re.compile(rb"(?:\d{10} \d{5} [nf](?: \r| \n|\r\n))*+")
_LOOSE_ENTRIES = re.compile(rb"(?:[\x00\t\n\x0c\r ]*+\d{10} \d{5} [nf])*+")
_TRAILER = re.compile(rb"[\x00\t\n\x0c\r ]*trailer")

FREE, PLAIN, COMPRESSED = 0, 1, 2
Entry = tuple[int, int, int]  # (FREE, _, _), (PLAIN, offset, generation), (COMPRESSED, container, index)


class Decryptor(Protocol):
    """What an encrypted file needs; see `pdf_crypt`."""

    def string(self, value: bytes, number: int, generation: int) -> bytes:
        """A decrypted string."""

    def stream(self, value: bytes, number: int, generation: int, about: Mapping[str, Any]) -> bytes:
        """A stream's decrypted bytes."""


@dataclass(frozen=True, slots=True)
class Section:
    """One cross-reference table or stream: bytes [start, end), its entries and trailer."""

    start: int
    end: int
    entries: dict[int, Entry]
    trailer: PdfDict
    well_formed: bool
    hybrid: bool = False


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
        return Section(start, end, entries, trailer, strict)
    if type(hidden) is not int or not 0 < hidden < len(data):
        raise bad("/XRefStm is not an offset")
    for number, entry in _read_stream(data, hidden).entries.items():
        if entries.get(number, (FREE, 0, 0))[0] == FREE:
            entries[number] = entry
    return Section(start, end, entries, trailer, strict, hybrid=True)


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
    entries: dict[int, Entry] = {}
    rows = _rows(body, widths)
    for number in itertools.chain.from_iterable(range(first, first + count) for first, count in numbers):
        kind, a, b = next(rows)
        if number in entries:
            raise bad(f"a cross-reference stream lists object {number} twice")
        entries[number] = (FREE, 0, 0) if kind == FREE else (kind, a, b)
    return Section(start, found.end, entries, about, well_formed=True)


def _no_length(_: Ref) -> int:
    raise bad("a cross-reference stream has an indirect length")


def _all_counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(v) is int and 0 <= v < 1 << 40 for v in values)


def _rows(body: bytes, widths: list[int]) -> Iterator[Entry]:
    w0, w1, w2 = widths
    number = int.from_bytes
    for at in itertools.count(0, w0 + w1 + w2):
        b = at + w0
        c = b + w1
        yield (number(body[at:b], "big") if w0 else PLAIN, number(body[b:c], "big"), number(body[c : c + w2], "big"))


def _read_section(data: bytes, start: int) -> Section:
    if not 0 < start < len(data):
        raise bad(f"a cross-reference section is said to be at byte {start}")
    return _read_table(data, start) if data.startswith(b"xref", start) else _read_stream(data, start)


def _tail_after(data: bytes, at: int) -> re.Match[bytes] | None:
    """The `startxref N %%EOF` after the section that ends at `at`; comments may stand between, not an %%EOF."""
    word = skip(data, at)
    return None if b"%%EOF" in data[at:word] else _TAIL.match(data, word)


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


def read_revisions(data: bytes) -> list[Revision]:
    """The revisions of `data`, oldest first. Raises `MalformedError` or `LimitError`."""
    chain = _read_chain(data)
    ends: list[tuple[int, tuple[Section, ...]]] = []
    while chain:
        section = chain.pop(0)
        tail = _tail_after(data, section.end)
        if tail is not None and int(tail[1]) == section.start:
            ends.append((tail.end(), (section,)))
            continue
        # A linearized file's first-page section stands in front of the section that it continues.
        tail = _tail_after(data, chain[0].end) if len(chain) == 1 and chain[0].start > section.start else None
        if tail is None or int(tail[1]) != section.start:
            raise bad(f"the cross-reference section at byte {section.start} is not followed by its startxref and %%EOF")
        ends.append((tail.end(), (section, chain.pop(0))))
    revisions: list[Revision] = []
    start = 0
    for eof, sections in reversed(ends):
        if eof <= start or any(not start <= s.start < eof for s in sections):
            raise bad("the revisions of the file overlap")
        line = _EOL.match(data, eof)
        end = line.end() if line else eof
        merged = {n: e for s in reversed(sections) for n, e in s.entries.items()}
        revisions.append(Revision(start, eof, end, sections, merged))
        start = end
    return revisions


class PdfFile:
    """The objects of a file as of any revision; revisions count from 0, -1 is the last."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.revisions = read_revisions(data)
        self.decryptor: Decryptor | None = None
        self.ends: dict[int, int] = {}  # offset of an object that was read → after its endobj
        self._objects: dict[tuple[int, int, int], Any] = {}
        self._containers: dict[int, tuple[bytes, list[int], int]] = {}
        self._loading: set[int] = set()
        self._left = MAX_PARSED_BYTES

    @property
    def last(self) -> int:
        """The number of the last revision."""
        return len(self.revisions) - 1

    def entry(self, number: int, revision: int) -> Entry | None:
        """Where the object stands as of `revision`; None when it was never mentioned."""
        for index in range(revision, -1, -1):
            found = self.revisions[index].entries.get(number)
            if found is not None:
                return found
        return None

    def introduced(self, number: int, revision: int) -> int | None:
        """The revision whose table names the object's place as of `revision`."""
        return next((i for i in range(revision, -1, -1) if number in self.revisions[i].entries), None)

    def get(self, number: int, revision: int) -> Any:
        """The object's value as of `revision`; None when it is free or unknown, as the standard says."""
        entry = self.entry(number, revision)
        if entry is None or entry[0] == FREE:
            return None
        return self.at(number, entry, revision)

    def at(self, number: int, entry: Entry, revision: int) -> Any:
        """The object of that number at that place. Raises `MalformedError` when another one stands there."""
        key = (number, *entry[1:]) if entry[0] == PLAIN else (number, -1 - self._offset(entry[1], revision), entry[2])
        if key not in self._objects:
            if number in self._loading:
                raise bad(f"object {number} needs itself")
            self._loading.add(number)
            try:
                load = self._load_plain if entry[0] == PLAIN else self._load_compressed
                self._objects[key] = load(number, entry, revision)
            finally:
                self._loading.discard(number)
        return self._objects[key]

    def resolve(self, value: Any, revision: int) -> Any:
        """`value`, or what it refers to as of `revision`."""
        for _ in range(MAX_REFERENCES):
            if not isinstance(value, Ref):
                return value
            value = self.get(value.number, revision)
        raise bad("references lead in a circle")

    def dictionary(self, value: Any, revision: int) -> PdfDict:
        """`value` resolved as a dictionary; empty when it is something else."""
        found = self.resolve(value, revision)
        return found if isinstance(found, PdfDict) else PdfDict()

    def array(self, value: Any, revision: int) -> list[Any]:
        """`value` resolved as an array; empty when it is something else."""
        found = self.resolve(value, revision)
        return found if isinstance(found, list) else []

    def catalog(self, revision: int) -> PdfDict:
        """The document catalog as of `revision`. Raises `MalformedError`."""
        root = self.revisions[revision].trailer.get("Root")
        if not isinstance(root, Ref) or not isinstance(found := self.resolve(root, revision), PdfDict):
            raise bad("the trailer names no catalog")
        return found

    def spend(self, amount: int) -> None:
        """Count work; raises `LimitError` when the file asks for too much."""
        self._left -= amount
        if self._left < 0:
            raise LimitError("input.too-large", what="the objects of the PDF", limit=f"{MAX_PARSED_BYTES} bytes")

    def _offset(self, container: int, revision: int) -> int:
        entry = self.entry(container, revision)
        if entry is None or entry[0] != PLAIN:
            raise bad(f"object stream {container} does not exist")
        return entry[1]

    def _load_plain(self, number: int, entry: Entry, revision: int) -> Any:
        found = parse_indirect(self.data, entry[1], lambda ref: self.get(ref.number, revision))
        if found.number != number or found.generation != entry[2]:
            raise bad(f"object {number} is not where the cross-reference table says")
        value = found.value
        self.ends[entry[1]] = found.end
        self.spend(found.end - entry[1] - (len(value.raw) if isinstance(value, PdfStream) else 0))
        return self._decrypt(value, number, entry[2]) if self.decryptor else value

    def _decrypt(self, value: Any, number: int, generation: int) -> Any:
        crypt = self.decryptor
        if crypt is None or (isinstance(value, PdfStream) and value.dict.get("Type") == "XRef"):
            return value
        if isinstance(value, bytes):
            return crypt.string(value, number, generation)
        if isinstance(value, list):
            return [self._decrypt(item, number, generation) for item in value]
        if isinstance(value, PdfDict):
            # The hexadecimal string of a signature is never encrypted (ISO 32000-2 §7.6.2).
            signed = "ByteRange" in value
            plain = {
                k: v if signed and k == "Contents" else self._decrypt(v, number, generation) for k, v in value.items()
            }
            return PdfDict(plain, value.start)
        if isinstance(value, PdfStream):
            about = self._decrypt(value.dict, number, generation)
            return PdfStream(about, crypt.stream(value.raw, number, generation, about))
        return value

    def _load_compressed(self, number: int, entry: Entry, revision: int) -> Any:
        body, header, first = self._container(entry[1], revision)
        index = entry[2]
        if index * 2 + 1 >= len(header) or header[index * 2] != number:
            raise bad(f"object {number} is not in its object stream")
        start = first + header[index * 2 + 1]
        value, end = parse_value(body, start)
        self.spend(end - start)
        return value

    def _container(self, container: int, revision: int) -> tuple[bytes, list[int], int]:
        offset = self._offset(container, revision)
        if offset not in self._containers:
            stream = self.get(container, revision)
            if not isinstance(stream, PdfStream) or stream.dict.get("Type") != "ObjStm":
                raise bad(f"object {container} is not an object stream")
            count, first = stream.dict.get("N"), stream.dict.get("First")
            if type(count) is not int or type(first) is not int or count < 0 or first < 0:
                raise bad(f"object stream {container} has no usable /N and /First")
            body = decode_stream(stream)
            self.spend(len(body) // 8)
            words = body[:first].split()
            if len(words) < 2 * count or not all(w.isdigit() and len(w) <= 10 for w in words):
                raise bad(f"object stream {container} has no usable header")
            self._containers[offset] = (body, [int(w) for w in words[: 2 * count]], first)
        return self._containers[offset]

    def container_bytes(self, container: int, revision: int) -> bytes:
        """The decoded body of an object stream."""
        return self._container(container, revision)[0]
