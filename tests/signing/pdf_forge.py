"""What a forger does to a PDF: revisions made by hand, with or without a correct cross-reference table."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from signing.pdf_check.file import PdfFile
from signing.pdf_check.objects import PdfDict, PdfStream, Ref


def _plain(char: int) -> bytes:
    return b"%c" % char if char > 32 and char not in b"#()<>[]{}/%" else b"#%02x" % char


def write(value: object) -> bytes:
    """A PDF object as bytes."""
    match value:
        case bool():
            return b"true" if value else b"false"
        case None:
            return b"null"
        case Ref():
            return b"%d %d R" % value
        case int() | float():
            return str(value).encode()
        case str():
            return b"/" + b"".join(_plain(c) for c in value.encode("latin-1"))
        case bytes():
            return b"<" + value.hex().encode() + b">"
        case list():
            return b"[" + b" ".join(map(write, value)) + b"]"
        case PdfDict() | dict():
            return b"<<" + b" ".join(write(k) + b" " + write(v) for k, v in value.items()) + b">>"
        case PdfStream():
            return write(value.dict) + b"\nstream\n" + value.raw + b"\nendstream"
    raise TypeError(value)


def stream(data: bytes, **entries: object) -> bytes:
    """A stream object's text."""
    return write({**entries, "Length": len(data)}) + b"\nstream\n" + data + b"\nendstream"


@dataclass
class Opened:
    """A document whose last revision can be looked at and added to."""

    data: bytes

    def __post_init__(self) -> None:
        self.file = PdfFile(self.data)
        self.trailer = self.file.revisions[-1].trailer
        self.catalog = self.file.catalog(self.file.last)

    @property
    def size(self) -> int:
        return max(n for r in self.file.revisions for n in r.entries) + 1

    @property
    def root(self) -> int:
        return self.trailer["Root"].number

    def get(self, number: int) -> object:
        return self.file.get(number, self.file.last)

    def pages(self) -> list[int]:
        kids = self.file.dictionary(self.catalog["Pages"], self.file.last)["Kids"]
        return [kid.number for kid in kids]

    def fields(self) -> list[int]:
        form = self.file.dictionary(self.catalog["AcroForm"], self.file.last)
        return [f.number for f in self.file.array(form["Fields"], self.file.last)]

    def startxref(self) -> int:
        return self.file.revisions[-1].sections[0].start

    def changed(self, number: int, **entries: object) -> bytes:
        """Object `number` with some entries replaced; None removes one."""
        value = self.get(number)
        assert isinstance(value, PdfDict)
        made = {k: v for k, v in {**value, **entries}.items() if v is not None}
        return write(made)

    def append(
        self,
        objects: Mapping[int, bytes],
        *,
        free: Iterable[int] = (),
        trailer: Mapping[str, object] | None = None,
        offsets: Mapping[int, int] | None = None,
        junk: bytes = b"",
    ) -> bytes:
        """A well-formed revision with these objects; `offsets` points some numbers elsewhere instead."""
        out = bytearray(self.data)
        if not out.endswith((b"\n", b"\r")):
            out += b"\n"
        places = dict(offsets or {})
        for number, body in objects.items():
            places[number] = len(out)
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        out += junk
        return bytes(out + self.table(places, free, len(out), trailer or {}))

    def table(self, places: Mapping[int, int], free: Iterable[int], at: int, trailer: Mapping[str, object]) -> bytes:
        rows = {n: b"%010d 00000 n\r\n" % o for n, o in places.items()} | dict.fromkeys(free, b"0000000000 00001 f\r\n")
        out = b"xref\n" + b"".join(b"%d 1\n" % n + rows[n] for n in sorted(rows))
        size = max([self.size, *(n + 1 for n in rows)])
        about: dict[str, object] = {"Size": size, "Root": self.trailer["Root"], "Prev": self.startxref()}
        if "Info" in self.trailer:
            about["Info"] = self.trailer["Info"]
        about = {k: v for k, v in {**about, **trailer}.items() if v is not None}
        return out + b"trailer\n" + write(about) + b"\nstartxref\n%d\n%%%%EOF\n" % at


def document(objects: Mapping[int, bytes], root: int = 1, **trailer: object) -> bytes:
    """A one-revision document."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    rows = [b"0000000000 65535 f\r\n"]
    for number in range(1, max(objects) + 1):
        if number in objects:
            rows.append(b"%010d 00000 n\r\n" % len(out))
            out += b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n"
        else:
            rows.append(b"0000000000 00001 f\r\n")
    at = len(out)
    about = {"Size": len(rows), "Root": Ref(root, 0), **trailer}
    out += b"xref\n0 %d\n" % len(rows) + b"".join(rows) + b"trailer\n" + write(about)
    return bytes(out + b"\nstartxref\n%d\n%%%%EOF\n" % at)


def page_document(text: str = "Hello", **catalog: object) -> dict[int, bytes]:
    """The objects of a page with one line of text: 1 catalog, 2 pages, 3 page, 4 content, 5 font."""
    content = b"BT /F1 24 Tf 72 700 Td (%s) Tj ET" % text.encode()
    return {
        1: write({"Type": "Catalog", "Pages": Ref(2, 0), **catalog}),
        2: write({"Type": "Pages", "Kids": [Ref(3, 0)], "Count": 1}),
        3: write(
            {
                "Type": "Page", "Parent": Ref(2, 0), "MediaBox": [0, 0, 612, 792],
                "Contents": Ref(4, 0), "Resources": {"Font": {"F1": Ref(5, 0)}},
            }
        ),
        4: stream(content),
        5: write({"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica"}),
    }  # fmt: skip


def compressed_document() -> bytes:
    """The same page with a cross-reference stream (PNG predictor) and an object stream that holds all dictionaries."""
    objects = page_document()
    inner = [1, 2, 3, 5]
    bodies = [objects[n] for n in inner]
    starts = [sum(len(b) + 1 for b in bodies[:i]) for i in range(len(bodies))]
    head = b" ".join(b"%d %d" % pair for pair in zip(inner, starts, strict=True)) + b" "
    packed = zlib.compress(head + b"\n".join(bodies))
    out = bytearray(b"%PDF-1.7\n")
    places = {4: len(out)}
    out += b"4 0 obj\n" + objects[4] + b"\nendobj\n"
    places[6] = len(out)
    out += b"6 0 obj\n" + stream(packed, Type="ObjStm", N=4, First=len(head), Filter="FlateDecode") + b"\nendobj\n"
    places[7] = len(out)
    rows = [(0, 0, 255)] + [(2, 6, inner.index(n)) if n in inner else (1, places[n], 0) for n in range(1, 8)]
    raw = [bytes([k]) + a.to_bytes(2, "big") + bytes([b]) for k, a, b in rows]
    above, predicted = bytes(4), bytearray()
    for row in raw:
        predicted += b"\x02" + bytes((x - y) & 255 for x, y in zip(row, above, strict=True))
        above = row
    body = stream(
        zlib.compress(bytes(predicted)), Type="XRef", W=[1, 2, 1], Size=8, Root=Ref(1, 0), Filter="FlateDecode",
        DecodeParms={"Predictor": 12, "Columns": 4},
    )  # fmt: skip
    out += b"7 0 obj\n" + body + b"\nendobj\n"
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % places[7])


def byte_range(data: bytes) -> tuple[int, int, int]:
    """Of the last signature in the file: where its gap begins, where it ends, and where its cover ends."""
    found = list(re.finditer(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data))[-1]
    a, b, c = (int(found[i]) for i in (1, 2, 3))
    return a, b, b + c


def replaced_range(data: bytes, new: bytes) -> bytes:
    """The last signature's byte range array replaced in place, file length kept."""
    found = list(re.finditer(rb"/ByteRange\s*(\[[^\]]*\]\s*)", data))[-1]
    room = len(found[1])
    assert len(new) <= room, (new, found[1])
    return data[: found.start(1)] + new.ljust(room) + data[found.end(1) :]


def replaced_contents(data: bytes, new: bytes) -> bytes:
    """The last signature's /Contents replaced in place, file length kept."""
    a, b, _ = byte_range(data)
    assert len(new) <= b - a
    return data[:a] + new.ljust(b - a) + data[b:]
