"""QR codes from pictures and pages: all reported, none opened, everything bounded; a second reader agrees."""

from __future__ import annotations

import io
import struct
import sys
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from eid import scan as scanning
from signing.errors import LimitError, MalformedError, MissingExtraError, SigningError
from signing.pdf.prepare import qr_modules
from signing.seal.facts import decode_unverified
from signing.seal.scan import can_scan, scan, scan_first
from signing.seal.verify import SealVerifier

SEAL = "VS1:" + "6A B9%" * 57
HOSTILE = [
    "javascript:alert(1)",
    "https://dichvucong.gov.vn@evil.example/",
    "https://xn--dchvucong-r1b.gov.vn/",
    "file:///etc/passwd",
]


def code(text, pixels=4):
    """A QR code as a grey picture with its quiet zone."""
    modules = qr_modules(text)[0]
    side = len(modules) + 8
    picture = Image.new("L", (side, side), 255)
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                picture.putpixel((x + 4, y + 4), 0)
    return picture.resize((side * pixels, side * pixels), Image.Resampling.NEAREST)


def page(*texts, pixels=4):
    codes = [code(text, pixels) for text in texts]
    sheet = Image.new("L", (max(c.width for c in codes) + 40, sum(c.height + 20 for c in codes) + 40), 255)
    top = 20
    for picture in codes:
        sheet.paste(picture, (20, top))
        top += picture.height + 20
    return sheet


def saved(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_seal_is_read_from_a_picture(kind):
    (found,) = scan(saved(code(SEAL), kind))
    assert (found.text, found.page) == (SEAL, None)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_kind_of_png_is_read(mode):
    assert scan(saved(code(SEAL).convert(mode), "PNG"))[0].text == SEAL


def test_transparent_paper_is_white():
    picture = Image.new("RGBA", code(SEAL).size, (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), mask=code(SEAL).point(lambda v: 255 - v))
    assert scan(saved(picture, "PNG"))[0].text == SEAL


def test_a_turned_and_blurred_photo_is_read():
    photo = page(SEAL, pixels=6).rotate(7, expand=True, fillcolor=200).filter(ImageFilter.GaussianBlur(1.2))
    assert scan(saved(photo, "JPEG", quality=60))[0].text == SEAL


def test_all_codes_of_all_pages_are_reported_and_none_is_opened():
    out = io.BytesIO()
    page(SEAL).save(out, "PDF", resolution=200, save_all=True, append_images=[page(*HOSTILE)])
    found = scan(out.getvalue())
    assert found[0] == scanning.ScannedCode(SEAL, 1)
    assert sorted(c.text for c in found if c.page == 2) == sorted(HOSTILE)


def test_an_empty_page_has_no_codes():
    assert scan(saved(Image.new("L", (300, 300), 255), "PNG")) == ()


def test_a_second_reader_reads_the_same():
    pyzbar = pytest.importorskip("pyzbar.pyzbar", exc_type=ImportError)
    (other,) = pyzbar.decode(code(SEAL), symbols=[pyzbar.ZBarSymbol.QRCODE])
    assert other.data.decode() == scan(saved(code(SEAL), "PNG"))[0].text == SEAL


def png_header(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_picture_bomb_is_refused_before_its_pixels_are_made():
    with pytest.raises(LimitError) as refused:
        scan(png_header(50_000, 50_000))
    assert refused.value.code == "scan.too-large"


def test_a_picture_file_is_bounded(monkeypatch):
    monkeypatch.setattr(scanning, "MAX_IMAGE_BYTES", 100)
    with pytest.raises(LimitError):
        scan(saved(code(SEAL), "PNG"))


def test_pages_and_codes_are_bounded(monkeypatch):
    out = io.BytesIO()
    page(SEAL).save(out, "PDF", save_all=True, append_images=[page(SEAL)] * 3)
    with pytest.raises(LimitError):
        scan(out.getvalue(), max_pages=3)
    monkeypatch.setattr(scanning, "MAX_CODES", 1)
    with pytest.raises(LimitError):
        scan(saved(page(*HOSTILE), "PNG"))


def test_a_poster_is_scanned_coarser(monkeypatch):
    monkeypatch.setattr(scanning, "MAX_PIXELS", 1_000_000)
    assert scan(saved(page(SEAL), "PDF", resolution=72))[0].text == SEAL


@pytest.mark.parametrize("box", ["0 0 0 0", "0 0 1e9 1e9", "0 0 1e30 1", "5 5 -5 -5", "0 0 1e-9 1e9", "(a) 0 0 0"])
def test_pages_of_impossible_size_end_in_our_error_or_in_nothing(box):
    pdf = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[" + box.encode() + b"]>>endobj trailer<</Root 1 0 R>>\n%%EOF"
    )
    try:
        assert scan(pdf) == ()
    except SigningError as refused:
        assert refused.code.startswith("scan.")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        saved(Image.new("L", (10, 10)), "BMP"),
        saved(code(SEAL), "PNG")[:200],
        saved(code(SEAL), "JPEG")[:100],
        b"%PDF-1.7\nnothing",
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=["nothing", "GIF", "SVG", "BMP", "cut PNG", "cut JPEG", "empty PDF", "PNG without content"],
)
def test_other_and_broken_files_are_refused(data):
    with pytest.raises(MalformedError) as refused:
        scan(data)
    assert refused.value.code == "scan.unreadable"


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.sampled_from([b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"]))
def test_any_bytes_give_codes_or_our_error(data, start):
    try:
        scan(start + data)
    except SigningError as refused:
        assert refused.code.startswith("scan.")


@pytest.mark.parametrize("part", ["zxingcpp", "PIL.Image", "pypdfium2"])
def test_without_the_extra_the_error_names_it(monkeypatch, part):
    monkeypatch.setitem(sys.modules, part, None)
    assert not can_scan()
    source = saved(code(SEAL), "PDF" if part == "pypdfium2" else "PNG") if part != "PIL" else b"\x89PNG"
    with pytest.raises(MissingExtraError) as refused:
        scan(source)
    assert "eid-signing[scan]" in refused.value.text


@pytest.mark.parametrize("given", [None, 5, ["x"], {"a": 1}, bytearray(b"x"), object()], ids=lambda v: type(v).__name__)
def test_what_is_neither_a_file_nor_bytes_is_our_error(given):
    for call in (scan, lambda given: scan_first(given, 1), decode_unverified):
        with pytest.raises(SigningError):
            call(given)
    assert SealVerifier(None).check(given).problems


def test_a_text_is_never_taken_for_the_path_of_a_pdf(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(saved(page(SEAL), "PDF"))
    with pytest.raises(SigningError):
        scan_first(str(path), 1)
