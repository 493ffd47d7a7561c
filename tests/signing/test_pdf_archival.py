"""PDF/A stays PDF/A: the rules of ISO 19005 that a signature could break, checked on what it adds.

`make interop` asks veraPDF about the same kind of files.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.pdf.archival import archival_part
from signing.pdf.request import FieldSpec, Permission
from signing.pdf.sign import sign_pdf
from signing.pdf.source import MemorySource
from signing.pdf.stamp import Stamp
from signing.pdf.update import updated
from signing.policy import Baseline

from ..world import World
from .pdf_shapes import VALID, extent, one_page, pdfsig, render, stream

FOLDER = Path(__file__).parents[1] / "vectors" / "pdf"
PARTS = {1: "libreoffice-pdfa-1b", 2: "libreoffice-pdfa-2b", 3: "libreoffice-pdfa-3b"}


def png(width: int, height: int, rgba: bytes) -> bytes:
    """A PNG with alpha."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + rgba[at : at + 4 * width] for at in range(0, len(rgba), 4 * width))
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# red on the left, see-through on the right; an odd width, so that rows of the stencil are padded
HALF = png(21, 10, (b"\xc8\0\0\xff" * 11 + b"\xc8\0\0\x10" * 10) * 10)


def widgets(reader: PdfFileReader) -> Iterator[Any]:
    for number in range(int(reader.root["/Pages"]["/Count"])):
        page = reader.root["/Pages"]["/Kids"][number]
        yield from (annotation.get_object() for annotation in page.get("/Annots", ()))


def reachable(found: Any, seen: set[int]) -> Iterator[generic.DictionaryObject]:
    """Every dictionary below an object."""
    found = found.get_object()
    if id(found) in seen:
        return
    seen.add(id(found))
    if isinstance(found, generic.DictionaryObject):
        yield found
        for key in found:
            if key not in ("/P", "/Parent"):
                yield from reachable(found.raw_get(key), seen)
    elif isinstance(found, generic.ArrayObject):
        for item in found:
            yield from reachable(item, seen)


def finished(part: int, world: World, image: bytes | None = None) -> bytes:
    """Certified with a field for later, then signed there with a stamp, B-LTA."""
    services = {"tsa": world.pki.tsa(), "collect": world.pki.collect}
    before = (FOLDER / f"{PARTS[part]}.pdf").read_bytes()
    place = Stamp(page=0, x_mm=20, y_mm=20, width_mm=42, height_mm=20)
    first = sign_pdf(
        before, world.pki.signer("official"), certify=Permission.SIGN, fields=[FieldSpec(name="Office", place=place)]
    )
    look = Stamp(text="Đã ký" if image is None else None, image=image, border=image is None, colour="red")
    after = sign_pdf(
        first or b"", world.pki.signer("clerk"), field="Office", stamp=look, baseline=Baseline.B_LTA, **services
    )
    assert after is not None
    return after


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("image", [None, HALF], ids=["text", "image"])
def test_every_widget_keeps_to_the_rules_of_its_part(part: int, image: bytes | None, world: World) -> None:
    after = finished(part, world, image)
    found = list(widgets(PdfFileReader(io.BytesIO(after))))
    assert len(found) == 3
    for widget in found:
        shown = len(set(map(float, widget["/Rect"]))) > 1
        if shown or part == 1:
            assert set(widget["/AP"]) == {"/N"}
        assert int(widget["/F"]) & 0b100111 == 0b100  # printed, never hidden
        assert "/A" not in widget
        assert "/AA" not in widget
        for entries in reachable(widget.get("/AP", generic.NullObject()), set()):
            assert part != 1 or "/SMask" not in entries
            assert part != 1 or "/Group" not in entries
            if entries.get("/Type") == "/FontDescriptor":
                assert "/FontFile2" in entries
                assert part != 1 or "/CIDSet" in entries
            if entries.get("/Subtype") == "/Form" and entries["/Resources"]:
                assert {"/DefaultRGB", "/DefaultGray"} == set(entries["/Resources"]["/ColorSpace"])


@pytest.mark.parametrize("part", PARTS)
def test_nothing_that_the_file_says_about_itself_is_touched(part: int, world: World) -> None:
    before = (FOLDER / f"{PARTS[part]}.pdf").read_bytes()
    old, new = (PdfFileReader(io.BytesIO(data)) for data in (before, finished(part, world)))
    assert new.root["/Metadata"].data == old.root["/Metadata"].data
    assert new.root.raw_get("/OutputIntents") == old.root.raw_get("/OutputIntents")
    assert new.trailer["/Info"] == old.trailer["/Info"]
    assert "/Version" not in new.root
    assert new.trailer["/ID"][0] == old.trailer["/ID"][0]


def test_a_pictures_transparency_becomes_all_or_nothing_in_part_1(world: World, tmp_path: Path) -> None:
    seen = {part: extent(render(finished(part, world, HALF), tmp_path), "red") for part in (1, 2)}
    assert seen[1] == pytest.approx(seen[2], abs=2)
    left, _, right, _ = seen[1] or (0, 0, 0, 0)
    assert right - left == pytest.approx(42 * 72 / 25.4 * 11 / 21, abs=3)
    assert pdfsig(finished(1, world, HALF), tmp_path)[:2] == [VALID, VALID]


@pytest.mark.parametrize("sample", [PARTS[1], PARTS[2]])
def test_an_empty_look_has_the_box_of_the_stamp_to_come(sample: str, world: World) -> None:
    """EU DSS lets the stream of an empty appearance change, but not its box."""
    place = Stamp(page=0, x_mm=12.3, y_mm=7.7, width_mm=41.7, height_mm=19.9)
    first = sign_pdf(
        (FOLDER / f"{sample}.pdf").read_bytes(), world.pki.signer("official"), fields=[FieldSpec(name="B", place=place)]
    )
    second = sign_pdf(first or b"", world.pki.signer("clerk"), field="B", stamp=place)
    looks = [
        next(widget["/AP"]["/N"] for widget in widgets(PdfFileReader(io.BytesIO(data or b""))) if widget["/T"] == "B")
        for data in (first, second)
    ]
    assert list(map(float, looks[0]["/BBox"])) == list(map(float, looks[1]["/BBox"]))


def _part(metadata: bytes, entries: bytes = b"") -> int | None:
    pdf = one_page(catalog="/Metadata 4 0 R", more={4: stream(metadata, b"/Type /Metadata /Subtype /XML" + entries)})
    found: list[int | None] = []
    updated(MemorySource(pdf), lambda update: found.append(archival_part(update)))
    return found[0]


def test_the_part_is_read_from_the_metadata_and_from_nowhere_else() -> None:
    assert _part(b"<x><pdfaid:part>1</pdfaid:part></x>") == 1
    assert _part(b"<x pdfaid:conformance='B' pdfaid:part = '3'/>") == 3
    assert _part(zlib.compress(b'<x pdfaid:part="2"/>'), b" /Filter /FlateDecode") == 2
    assert _part(b"<x>part 1</x>") is None
    assert _part(b"not deflated", b" /Filter /FlateDecode") is None
    found: list[int | None] = []
    for catalog in ("", "/Metadata 3 0 R", "/Metadata 99 0 R", "/Metadata (x)"):
        updated(MemorySource(one_page(catalog=catalog)), lambda update: found.append(archival_part(update)))
    assert found == [None] * 4


def test_a_file_that_is_no_pdf_a_gets_none_of_it(world: World) -> None:
    after = sign_pdf(one_page(), world.pki.signer("official"), stamp=Stamp(image=HALF)) or b""
    assert b"/SMask" in after
    assert not re.search(rb"/CIDSet|/DefaultRGB|/ImageMask", after)
