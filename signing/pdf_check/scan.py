"""Every signature in the bytes of a PDF, and what each covers (ISO 32000-2 §12.8.1, EN 319 142-1 §5.3).

Signatures are found twice: through the form, as viewers do, and by scanning the raw bytes for `/ByteRange`. One that
only the scan finds was taken out of the form or never was in it. A byte range is right only if it starts at byte 0,
leaves out exactly the hexadecimal string of its own /Contents, and stops at the end of a revision.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..errors import LimitError, SigningError
from ..report import Finding
from .file import PLAIN, PdfFile
from .form import read_fields
from .objects import PdfDict, PdfStream, Ref, dictionary_layout
from .salvage import innermost, salvage

MAX_SIGNATURES = 100
MAX_RANGES = 16  # numbers in a byte range that is looked at, though only four are right
MAX_MENTIONS = 500  # of /ByteRange in the bytes of a file
MAX_CONTENTS_BYTES = 4 * 1024 * 1024  # hexadecimal digits of one signature

_HEX = b"0123456789abcdefABCDEF"


def _spelt(name: str) -> bytes:
    """A pattern for a name in any spelling: each character plain or as #xx (ISO 32000-2 §7.3.5)."""
    return b"".join(b"(?:%c|#(?i:%02x))" % (ord(c), ord(c)) for c in name)


_BYTE_RANGE = re.compile(rb"/" + _spelt("ByteRange") + rb"(?=[\x00\t\n\x0c\r \[%/<(]|\d)")
_USAGE_RIGHTS = frozenset({"UR", "UR3"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One signature dictionary and what it covers.

    Covered are bytes [0, gap_start) and [gap_end, end); `revision` is the one that ends at `end`. `problem` says why
    the byte range or the dictionary is not right; then `contents` may be empty and nothing is proven. `odd` is a byte
    range of another shape, as pairs of offset and length: enough to see whether the signature is intact over it.
    `certificates` are those of /Cert, DER. `locked`: texts of the dictionary are encrypted, and nobody opened them.
    """

    id: str
    fields: tuple[str, ...]
    value: PdfDict
    start: int
    number: int | None = None
    hidden: bool = False
    locked: bool = False
    gap_start: int = 0
    gap_end: int = 0
    end: int = 0
    contents: bytes = b""
    odd: tuple[int, ...] = ()
    certificates: tuple[bytes, ...] = ()
    revision: int | None = None
    coverage: str | None = None
    problem: Finding | None = None

    @property
    def kind(self) -> str:
        """`signature` or `timestamp`."""
        stamped = self.value.get("Type") == "DocTimeStamp" or self.value.get("SubFilter") == "ETSI.RFC3161"
        return "timestamp" if stamped else "signature"


def find_signatures(file: PdfFile) -> list[Place]:
    """All signature dictionaries in the order in which they were made. Raises `LimitError` for too many."""
    found: dict[int, Place] = {}
    for field in read_fields(file, file.last):
        if "V" not in field.value or not (field.is_signature or _is_signature(file, field.value["V"])):
            continue
        reference = field.value["V"]
        number = reference.number if isinstance(reference, Ref) else field.number
        if file.resolve(reference, file.last) is None:
            continue  # an empty field that says so
        value = file.dictionary(reference, file.last)
        entry = file.entry(number, file.last) if number is not None else None
        start = value.start if entry is not None and entry[0] == PLAIN and value.start >= 0 else -1 - len(found)
        name = f"object {field.number}" if file.locked else field.name
        known = found.get(start)
        if known is not None:
            found[start] = replace(known, fields=(*known.fields, name))
        else:
            found[start] = Place(
                id=name or f"object {number}",
                fields=(name,),
                value=value,
                start=start,
                number=number,
                locked=file.locked,
            )
        _limit(len(found))
    places = [_measure(file, _resolved(file, place)) for place in found.values()]
    places += _hidden(file, places)
    return sorted(places, key=lambda p: (p.end or len(file.data) + 1, p.start))


def _limit(count: int) -> None:
    if count > MAX_SIGNATURES:
        raise LimitError("input.too-large", what="the number of signatures", limit=MAX_SIGNATURES)


def _is_signature(file: PdfFile, value: Any) -> bool:
    return "ByteRange" in file.dictionary(value, file.last)


def _resolved(file: PdfFile, place: Place) -> Place:
    """`place` with entries that are objects of their own put in, but for those that only count where they stand."""
    value = PdfDict(place.value, place.value.start)
    for key in ("Type", "SubFilter", "M", "Cert", "Reason"):
        if isinstance(value.get(key), Ref):
            value[key] = file.resolve(value[key], file.last)
    held = value.get("Cert")
    listed = [file.resolve(item, file.last) for item in held] if isinstance(held, list) else [held]
    return replace(place, value=value, certificates=tuple(item for item in listed if isinstance(item, bytes)))


def _measure(file: PdfFile, place: Place) -> Place:
    """`place` with its byte range checked against the bytes and the revisions."""
    try:
        measured = measure_gap(file.data, place)
        return _fit_revision(file, measured)
    except SigningError as e:
        return replace(place, problem=Finding.from_error(e), coverage="partial")


def _wrong(why: str) -> Finding:
    return Finding.of("pdf.byte-range", why=why)


def measure_gap(data: bytes, place: Place) -> Place:
    """`place` with byte range and contents, or with the problem that they have. Raises `MalformedError`."""
    if place.start < 0:
        return replace(place, problem=_wrong("the signature dictionary does not stand in the file as plain bytes"))
    numbers = place.value.get("ByteRange")
    place = _odd(data, place, numbers)
    if not isinstance(numbers, list) or len(numbers) != 4 or any(type(n) is not int or n < 0 for n in numbers):
        return replace(place, problem=_wrong("it is not four whole numbers"))
    zero, gap_start, gap_end, rest = numbers
    end = gap_end + rest
    measured = replace(place, gap_start=gap_start, gap_end=gap_end, end=end, coverage="partial")
    if zero != 0 or not gap_start < gap_end < end <= len(data):
        return replace(place, coverage="partial", problem=_wrong("its numbers do not fit the file"))
    span = dictionary_layout(data, place.start)[0].get("Contents")
    if span != (gap_start, gap_end):
        return replace(measured, problem=_wrong("what it leaves out is not exactly the signature itself"))
    if gap_end - gap_start > MAX_CONTENTS_BYTES:
        raise LimitError("input.too-large", what="a signature", limit=f"{MAX_CONTENTS_BYTES} bytes")
    digits = data[gap_start + 1 : gap_end - 1]
    if data[gap_start : gap_start + 1] != b"<" or digits.translate(None, _HEX) or len(digits) % 2:
        return replace(measured, problem=_wrong("/Contents is not a plain hexadecimal string"))
    return replace(measured, contents=bytes.fromhex(digits.decode("ascii")), odd=())


def _odd(data: bytes, place: Place, numbers: Any) -> Place:
    """`place` with what it takes to check a signature whose byte range is wrong, if its numbers mean anything."""
    contents = place.value.get("Contents")
    usable = isinstance(numbers, list) and 0 < len(numbers) <= MAX_RANGES and len(numbers) % 2 == 0
    if not usable or not isinstance(contents, bytes) or len(contents) > MAX_CONTENTS_BYTES // 2:
        return place
    if not all(type(n) is int and n >= 0 for n in numbers):
        return place
    if any(at + length > len(data) for at, length in zip(numbers[0::2], numbers[1::2], strict=True)):
        return place
    return replace(place, contents=contents, odd=tuple(numbers))


def _fit_revision(file: PdfFile, place: Place) -> Place:
    if place.problem is not None:
        return place
    index = next((i for i, r in enumerate(file.revisions) if r.eof <= place.end <= _blank_after(file, i)), None)
    if index is None:
        return replace(place, problem=_wrong("it does not stop at the end of a revision"))
    revision = file.revisions[index]
    coverage = "whole-file" if place.end == len(file.data) else "revision"
    placed = replace(place, revision=index, coverage=coverage)
    if place.hidden:
        return placed
    entry = file.entry(place.number, index) if place.number is not None else None
    if entry != file.entry(place.number or 0, file.last) or entry is None or not revision.start <= entry[1]:
        return replace(placed, problem=_wrong("the revision that it covers does not hold the signature"))
    return placed


def _blank_after(file: PdfFile, index: int) -> int:
    """Where white space after a revision's `%%EOF` stops: a signature may cover it or not."""
    data, at = file.data, file.revisions[index].eof
    while at < len(data) and data[at] in b"\x00\t\n\x0c\r ":
        at += 1
    return at


def _hidden(file: PdfFile, known: list[Place]) -> Iterator[Place]:
    """Signature dictionaries that the form does not lead to."""
    starts = [p.start for p in known if p.start >= 0]
    # The authentication code of an encrypted file (ISO/TS 32004) has a byte range too, and signs nothing.
    codes = [r.trailer.get("AuthCode") for r in file.revisions]
    starts += [code.start for code in codes if isinstance(code, PdfDict)]
    spans = sorted((start, dictionary_layout(file.data, start)[1]) for start in starts)
    objects: list[tuple[int, int, int]] = []
    seen: set[int] = set()
    read: dict[int, tuple[Any, int]] = {}
    for hit in _mentions(file.data):
        at = hit.start()
        nearest = bisect.bisect_right(spans, (at, len(file.data))) - 1
        if nearest >= 0 and at < spans[nearest][1]:
            continue
        objects = objects or _by_place(file)
        value, number = _around(file, objects, at, read)
        if value is None or value.start in seen or _grants_rights(value):
            continue
        seen.add(value.start)
        _limit(len(seen) + len(known))
        name = f"object {number}" if number is not None else f"byte {at}"
        place = Place(id=name, fields=(), value=value, start=value.start, number=number, hidden=True)
        yield _measure(file, _resolved(file, place))


def _by_place(file: PdfFile) -> list[tuple[int, int, int]]:
    """Offset, number and revision of all objects that stand in the file as plain bytes, by their offset."""
    every = ((e[1], n, i) for i, r in enumerate(file.revisions) for n, e in r.entries.items() if e[0] == PLAIN)
    return sorted(every)


def _mentions(data: bytes) -> Iterator[re.Match[bytes]]:
    for count, hit in enumerate(_BYTE_RANGE.finditer(data), 1):
        if count > MAX_MENTIONS:
            raise LimitError("input.too-large", what="the number of byte ranges", limit=MAX_MENTIONS)
        yield hit


def _around(
    file: PdfFile, objects: list[tuple[int, int, int]], at: int, known: dict[int, tuple[Any, int]]
) -> tuple[PdfDict | None, int | None]:
    """The dictionary that holds the /ByteRange at `at`; None where it is data of a stream or part of a text."""
    nearest = bisect.bisect_right(objects, (at, 0, 0)) - 1
    if nearest >= 0:
        offset, number, revision = objects[nearest]
        try:
            value = file.at(number, file.revisions[revision].entries[number], revision)
            if at < file.ends[offset]:
                about = value.dict if isinstance(value, PdfStream) else value
                return innermost(about, at), number
        except SigningError:
            pass  # an object that cannot be read: look at the bytes alone
    return salvage(file.data, at, known), None


def scan_bytes(data: bytes) -> list[Place]:
    """Signatures in a file whose structure cannot be read: bytes alone, nothing of the form. Raises `LimitError`."""
    found: dict[int, Place] = {}
    known: dict[int, tuple[Any, int]] = {}
    for hit in _mentions(data):
        value = salvage(data, hit.start(), known)
        if value is None or value.start in found:
            continue
        _limit(len(found) + 1)
        place = Place(id=f"byte {hit.start()}", fields=(), value=value, start=value.start)
        try:
            found[value.start] = measure_gap(data, place)
        except SigningError as e:
            found[value.start] = replace(place, problem=Finding.from_error(e), coverage="partial")
    return list(found.values())


def _grants_rights(value: PdfDict) -> bool:
    """Whether a dictionary grants usage rights (a reader's own permissions, no signature of a person; §12.8.2.3).

    It has to say so itself: a catalog that calls a person's signature so would hide it, and so would an object that a
    later revision puts in the place of what it refers to.
    """
    references = value.get("Reference")
    named = (r.get("TransformMethod") for r in references if isinstance(r, PdfDict)) if type(references) is list else ()
    return not _USAGE_RIGHTS.isdisjoint(name for name in named if type(name) is str)


def has_usage_rights(file: PdfFile) -> bool:
    """Whether the file carries usage rights."""
    permissions = file.dictionary(file.catalog(file.last).get("Perms"), file.last)
    return any(_grants_rights(file.dictionary(v, file.last)) for k, v in permissions.items() if k in _USAGE_RIGHTS)
