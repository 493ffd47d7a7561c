"""ISO 32000-2 §7.5.6: one incremental update, written behind an untouched file.

`updated` chooses the writer: ours for files that follow the standard, pyHanko's for the rest (encrypted files, and
files that our strict reader does not take). Both are driven by raw values, so that the rooms above never see the
difference.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..errors import MalformedError
from .raw import (
    GAP,
    Dict,
    PdfSyntaxError,
    Ref,
    as_array,
    as_bytes,
    as_dict,
    as_ref,
    write_array,
    write_bytes,
    write_dict,
)
from .reader import MAX_OBJECT_NUMBER, PdfFile
from .rebuild import rebuild
from .revision import BYTE_RANGE_WIDTH, Revision, Update
from .sections import FREE, Entry, UnusualPdf, Whole
from .source import HEADER, Source

# what a parser raises on bytes that it did not expect
PARSER_ERRORS = (
    PdfSyntaxError, UnusualPdf, ValueError, TypeError, KeyError, IndexError, AttributeError,
    RecursionError, NotImplementedError, AssertionError, ArithmeticError, EOFError,
)  # fmt: skip
_MENTION = re.compile(rb"(?<![0-9])(\d{1,10})" + GAP + rb"\d{1,5}" + GAP + rb"R")
_STREAM_KEYS = frozenset(
    {b"/Type", b"/W", b"/Index", b"/Filter", b"/DecodeParms", b"/Length", b"/Prev", b"/XRefStm", b"/Size"}
)


@dataclass(slots=True)
class PdfUpdate:
    """The update of a file that our reader understands."""

    file: PdfFile
    _changed: dict[int, tuple[int, bytes, bytes | None]] = field(default_factory=dict)
    _signature: int | None = None
    _next: int = 0
    _first_id: bytes | None = None
    _read: dict[Ref, Dict] = field(default_factory=dict)
    _dangling: set[int] = field(default_factory=set)  # numbers that the file mentions and does not have
    root: Ref = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.file.root()
        self._next = self.file.size()
        for value in self.file.trailer.values():
            self._note(value)
        halves = as_array(self.file.resolve(self.file.trailer.get(b"/ID")))
        self._first_id = write_bytes(as_bytes(self.file.resolve(halves[0]))) if halves else None

    def load(self, ref: Ref) -> bytes:
        """See `Update`."""
        if ref.number in self._changed:
            return self._changed[ref.number][1]
        raw = self.file.load(ref)
        self._note(raw)
        return raw

    def _note(self, raw: bytes) -> None:
        """Keep numbers free that what is read here mentions in vain: a new object would take another's place in it."""
        for found in _MENTION.finditer(raw):
            if int(found[1]) >= self._next:
                self._dangling.add(int(found[1]))

    def _free_number(self) -> int:
        number = self._next
        while number in self._dangling:
            number += 1
        if number > MAX_OBJECT_NUMBER:
            raise PdfSyntaxError("no object number is left")
        return number

    def entries(self, ref: Ref) -> Dict:
        """See `Update`."""
        if ref not in self._read:
            found = self._read[ref] = as_dict(self.load(ref))
            if ref.number not in self._changed:
                _check_keys(found.values())
        return dict(self._read[ref])

    def resolve(self, raw: bytes | None) -> bytes | None:
        """See `Update`."""
        for _ in range(8):
            ref = as_ref(raw)
            if ref is None:
                return None if raw == b"null" else raw
            raw = self.load(ref)
        raise PdfSyntaxError("references in a circle")

    def stream(self, ref: Ref) -> bytes:
        """See `Update`."""
        return self.file.stream(ref)

    def has_stream(self, ref: Ref) -> bool:
        """See `Update`."""
        return self.file.has_stream(ref)

    def put(self, ref: Ref, value: bytes) -> None:
        """See `Update`."""
        self._changed[ref.number] = (ref.generation, value, None)
        self._read.pop(ref, None)

    def add(self, value: bytes, stream: bytes | None = None) -> Ref:
        """See `Update`."""
        number = self._free_number()
        self._next = number + 1
        self._changed[number] = (0, value, stream)
        return Ref(number)

    def add_signature(self, entries: bytes) -> Ref:
        """See `Update`."""
        ref = self.add(entries)
        self._signature = ref.number
        return ref

    def revision(self, reserve: int = 0) -> Revision:
        """See `Update`."""
        base = self.file.source.size
        body = bytearray(b"" if self._ends_with_newline() else b"\n")
        revision = Revision(body, base)
        places: dict[int, tuple[int, int]] = {}
        byte_range_at = 0
        for number, (generation, value, stream) in sorted(self._changed.items()):
            places[number] = (base + len(body), generation)
            body += b"%d %d obj\n" % (number, generation)
            if number == self._signature:
                byte_range_at, revision.hole = _write_signature(body, value, reserve)
            elif stream is None:
                body += value
            else:
                body += b"%b/Length %d>>\nstream\n" % (value[:-2], len(stream))
                body += stream
                body += b"\nendstream"
            body += b"\nendobj\n"
        identity = self._identity(body)
        if self.file.by_stream:
            self._write_stream_section(body, places, identity)
        else:
            self._write_table(body, places, identity)
        if revision.hole:
            revision.fill_byte_range(byte_range_at)
        return revision

    def _ends_with_newline(self) -> bool:
        size = self.file.source.size
        buffer, at = self.file.source.window(size - 1, 1)
        return buffer[at : at + 1] in {b"\n", b"\r"}

    def _identity(self, body: bytearray) -> bytes:
        """/ID (§14.4): the first half stays, the second is a digest of the update: equal updates are equal bytes."""
        fresh = write_bytes(hashlib.sha256(body).digest()[:16])
        return write_array([self._first_id or fresh, fresh])

    def _trailer(self, identity: bytes, size: int) -> Dict:
        kept = {k: v for k, v in self.file.trailer.items() if k not in _STREAM_KEYS}
        before = {} if self.file.rebuilt else {b"/Prev": b"%d" % self.file.start}
        return {b"/Size": b"%d" % size, **kept, b"/ID": identity, **before}

    def _rows(self, places: dict[int, tuple[int, int]]) -> dict[int, Entry]:
        """What the new section says: what changed, or everything where the older sections mislead."""
        changed = {number: Entry(*place) for number, place in places.items()}
        if not self.file.rebuilt:
            return changed
        (whole,) = self.file.sections
        return {0: FREE, **(whole.entries if isinstance(whole, Whole) else {}), **changed}

    def _write_table(self, body: bytearray, places: dict[int, tuple[int, int]], identity: bytes) -> None:
        at = self.file.source.size + len(body)
        body += b"xref\n"
        rows = self._rows(places)
        for first, numbers in _runs(rows):
            body += b"%d %d\n" % (first, len(numbers))
            body += b"".join(_row(rows[n]) for n in numbers)
        trailer = write_dict(self._trailer(identity, max(self._next, *(number + 1 for number in places))))
        body += b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (trailer, at)

    def _write_stream_section(self, body: bytearray, places: dict[int, tuple[int, int]], identity: bytes) -> None:
        at = self.file.source.size + len(body)
        own = self._free_number()
        entries_of = self._rows({**places, own: (at, 0)})
        runs = _runs(entries_of)
        rows = b"".join(_packed_row(entries_of[n]) for _, numbers in runs for n in numbers)
        index = write_array([b"%d %d" % (first, len(numbers)) for first, numbers in runs])
        trailer = self._trailer(identity, max(own, *places) + 1)
        entries = {b"/Type": b"/XRef", b"/W": b"[1 5 2]", b"/Index": index, **trailer}
        entries[b"/Length"] = b"%d" % len(rows)
        body += b"%d 0 obj\n%b\nstream\n%b\nendstream\nendobj\n" % (own, write_dict(entries), rows)
        body += b"startxref\n%d\n%%%%EOF\n" % at


def _check_keys(values: Iterable[bytes]) -> None:
    """Raise `PdfSyntaxError` where a dictionary inside a value repeats a key: readers disagree on it."""
    for value in values:
        if value[:2] == b"<<":
            _check_keys(as_dict(value).values())
        elif value[:1] == b"[" and b"<<" in value:
            _check_keys(as_array(value))


def _row(entry: Entry) -> bytes:
    """One line of a cross-reference table."""
    if entry is FREE:
        return b"0000000000 65535 f \n"
    return b"%010d %05d n \n" % (entry.place, entry.generation)


def _packed_row(entry: Entry) -> bytes:
    """One row of a cross-reference stream with /W [1 5 2]."""
    if entry is FREE:
        return b"\0" * 6 + b"\xff\xff"
    kind, second, third = (
        (1, entry.place, entry.generation) if entry.container is None else (2, entry.container, entry.place)
    )
    return bytes([kind]) + second.to_bytes(5, "big") + third.to_bytes(2, "big")


def _runs(places: Iterable[int]) -> list[tuple[int, list[int]]]:
    """Object numbers in order, in runs without gaps."""
    runs: list[tuple[int, list[int]]] = []
    for number in sorted(places):
        if runs and runs[-1][1][-1] == number - 1:
            runs[-1][1].append(number)
        else:
            runs.append((number, [number]))
    return runs


def _write_signature(body: bytearray, entries: bytes, reserve: int) -> tuple[int, tuple[int, int]]:
    """The signature dictionary with room for the byte range and `reserve` bytes; where both stand in `body`."""
    body += entries[:-2] + b"\n/ByteRange "
    byte_range_at = len(body)
    body += b" " * BYTE_RANGE_WIDTH + b"\n/Contents "
    start = len(body)
    body += b"<" + b"0" * (2 * reserve) + b">"
    end = len(body)
    body += b">>"
    return byte_range_at, (start, end)


def updated(source: Source, edit: Callable[[Update], None], password: Callable[[str], str] | None = None) -> Update:
    """An update of the newest revision with `edit` done to it: by our writer, or, where the file is not as the
    standard wants it or encrypted, by pyHanko's, or by ours over objects found without the file's own sections.
    Raises `MalformedError`, `UsageError` (encrypted, wrong password).
    """
    buffer, start = source.window(0, len(HEADER))
    if buffer[start : start + len(HEADER)] != HEADER:
        raise MalformedError("pdf.malformed", why="no %PDF- among its first 1024 bytes")
    update: Update
    try:
        update = PdfUpdate(PdfFile.open(source))
        edit(update)
    except UnusualPdf:
        return _by_pyhanko(source, edit, password)
    except PARSER_ERRORS:
        pass
    else:
        return update
    try:
        update = PdfUpdate(rebuild(source))
    except UnusualPdf:
        return _by_pyhanko(source, edit, password)
    except PARSER_ERRORS as e:
        raise _malformed(e) from None
    with parsing():
        edit(update)
        return update


def _by_pyhanko(source: Source, edit: Callable[[Update], None], password: Callable[[str], str] | None) -> Update:
    from .patient import PatientUpdate  # here, since pyHanko takes 0.3 s to import and is seldom needed

    with parsing():
        update = PatientUpdate.open(source, password)
        edit(update)
        return update


def _malformed(error: Exception) -> MalformedError:
    return MalformedError("pdf.malformed", why=str(error)[:120] or type(error).__name__)


@contextmanager
def parsing() -> Iterator[None]:
    """The border of the parser: whatever it trips over in a file is `MalformedError` (`pdf.malformed`)."""
    try:
        yield
    except PARSER_ERRORS as e:
        raise _malformed(e) from None
