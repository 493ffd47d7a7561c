"""Stamps: the right letters in the right place on every page, and an error where a letter or a place is missing."""

from __future__ import annotations

import re
import struct
import subprocess
import unicodedata
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.errors import LimitError, SigningError, UsageError
from signing.pdf.font import compose, stamp_font, wrap
from signing.pdf.png import read_png
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import DEFAULT_TEXT, Stamp, certificate_values, fit_text

from ..world import World
from .pdf_shapes import A4, VALID, extent, one_page, pages, pdfsig, render

POINT = 72 / 25.4
VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵfjwz"


def png(kind: int, rows: list[bytes], width: int, *, depth: int = 8, extra: bytes = b"", filtered: int = 0) -> bytes:
    """A PNG from raw rows, all with one filter type (0 or 2 here)."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    if filtered == 2:
        above = [bytes(len(rows[0])), *rows[:-1]]
        rows = [bytes((a - b) & 0xFF for a, b in zip(r, u, strict=True)) for r, u in zip(rows, above, strict=True)]
    body = b"".join(bytes([filtered]) + row for row in rows)
    head = struct.pack(">IIBBBBB", width, len(rows), depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    )


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


TWO_COLOURS = chunk(b"PLTE", b"\xff\0\0\0\0\xff") + chunk(b"tRNS", b"\x80")
SEAL = png(6, [b"\xd0\x00\x00\xff" * 20 for _ in range(20)], 20)  # a red square


def stamped(world: World, pdf: bytes, stamp: Stamp, **more: object) -> bytes:
    result = sign_pdf(pdf, world.pki.signer("receiver"), stamp=stamp, **more)  # type: ignore[arg-type]
    assert result is not None
    return result


# letters


def test_the_font_has_every_vietnamese_letter_in_both_cases() -> None:
    font = stamp_font()
    font.encode(VIETNAMESE + VIETNAMESE.upper() + "0123456789 .,;:!?'\"()[]{}/\\%&@#*+-=<>_–—…“”‘’№₫€°")


def test_decomposed_vietnamese_is_composed_and_not_lost() -> None:
    text = "Đà Nẵng — Nguyễn Thị Ánh Tuyết"
    assert stamp_font().encode(compose(unicodedata.normalize("NFD", text))) == stamp_font().encode(text)


@pytest.mark.parametrize("text", ["中文", "مرحبا", "x\u0301", "😀", "a\u200bb", "\x07"])
def test_a_letter_that_the_font_lacks_is_an_error_and_never_a_gap(text: str, world: World, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    with pytest.raises(UsageError) as e:
        sign_pdf(one_page(), world.pki.signer("receiver"), out=out, stamp=Stamp(text=text))
    assert e.value.code == "stamp.glyph"
    assert "U+" in e.value.text
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_can_be_read_back_letter_by_letter() -> None:
    font = stamp_font()
    cmap = zlib.decompress(font.to_unicode).decode("ascii")
    back = {int(g, 16): chr(int(u, 16)) for g, u in re.findall(r"<([0-9A-F]{4})> <([0-9A-F]{4})>", cmap)}
    assert "".join(back[g] for g in font.encode(VIETNAMESE + "ẶỮỘ")) == VIETNAMESE + "ẶỮỘ"
    assert len(font.file) < 20_000
    assert len(font.widths) < 400


def test_the_stamp_can_be_searched_by_its_text(world: World, tmp_path: Path) -> None:
    """poppler extracts page content only, so the appearance is flattened by printing through it."""
    file, flat = tmp_path / "a.pdf", tmp_path / "flat.pdf"
    file.write_bytes(stamped(world, one_page(), Stamp(text="Đã duyệt: Nguyễn Thị Ánh — Đà Nẵng")))
    subprocess.run(["pdftocairo", "-pdf", file, flat], check=True)
    text = subprocess.run(["pdftotext", flat, "-"], capture_output=True, text=True, check=True).stdout
    assert "Đã duyệt: Nguyễn Thị Ánh — Đà Nẵng" in unicodedata.normalize("NFC", text).replace("\n", " ")


def test_placeholders_come_from_the_certificate_and_the_clock(world: World) -> None:
    at = datetime(2022, 3, 14, 2, 5, 7, 999, tzinfo=UTC)
    values = certificate_values(world.pki.certificate("official"), at)
    assert values["time"] == "2022-03-14T09:05:07+07:00"
    assert values["name"] == "Trần Quốc Đạt"
    assert values["title"] == "Chủ tịch"
    assert "{name}" in DEFAULT_TEXT


def test_unknown_braces_stay_as_they_are(world: World) -> None:
    stamped(world, one_page(), Stamp(text="{x} {name.__class__} {0} {{name}}"))


# layout


def test_text_is_made_smaller_until_it_fits_and_refused_when_it_cannot() -> None:
    font = stamp_font()
    text = "Ủy ban nhân dân phường Thử Nghiệm, thành phố Hà Nội " * 3
    size, lines = fit_text(text, font, 150, 60, 12)
    assert 5 <= size < 12
    assert all(font.width(line) * size / 1000 <= 150 for line in lines)
    with pytest.raises(UsageError) as e:
        fit_text(text * 10, font, 150, 60, 12)
    assert e.value.code == "stamp.too-small"


@given(st.text(alphabet=VIETNAMESE + " \n", max_size=200), st.floats(500, 50_000))
def test_wrapping_loses_no_letter(text: str, room: float) -> None:
    lines = wrap(text, room, stamp_font())
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")


ROTATIONS = {0: (595, 842), 90: (842, 595), 180: (595, 842), 270: (842, 595), -90: (842, 595), 450: (842, 595)}


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("box", ["[0 0 595 842]", "[-100 50 495 892]", "[495 892 -100 50]"])
def test_a_stamp_stands_where_it_was_asked_for_on_the_page_as_shown(
    rotation: int, box: str, world: World, tmp_path: Path
) -> None:
    before = pages(f"/MediaBox {box} /Rotate {rotation}")
    stamp = Stamp(x_mm=30, y_mm=50, width_mm=60, height_mm=20, image=SEAL)
    picture = render(stamped(world, before, stamp), tmp_path)
    assert picture[:2] == ROTATIONS[rotation]
    left, top, right, bottom = extent(picture, "red") or (0, 0, 0, 0)
    middle, low = (30 + 30) * POINT, picture[1] - (50 + 10) * POINT  # the square image sits in the middle of the box
    half = 10 * POINT
    assert (left, top, right, bottom) == pytest.approx((middle - half, low - half, middle + half, low + half), abs=2)


def test_the_crop_box_is_the_page_and_the_user_unit_counts(world: World, tmp_path: Path) -> None:
    before = pages("/MediaBox [0 0 600 800] /CropBox [100 100 500 700] /UserUnit 2")
    picture = render(stamped(world, before, Stamp(x_mm=0, y_mm=0, width_mm=40, height_mm=40, image=SEAL)), tmp_path)
    left, top, right, bottom = extent(picture, "red") or (0, 0, 0, 0)
    scale = picture[0] / (400 * 2)  # poppler shows 800 points, or 400 where it ignores the unit
    side = 40 * POINT * scale
    assert (left, picture[1] - bottom) == pytest.approx((0, 1), abs=2)
    assert (right - left, bottom - top) == pytest.approx((side, side), abs=2)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_stamp_is_upright_on_a_turned_page(rotation: int, world: World, tmp_path: Path) -> None:
    """An image whose upper half alone is red shows red above."""
    half = png(6, [b"\xd0\x00\x00\xff" * 8] * 4 + [b"\x00\x00\xd0\xff" * 8] * 4, 8)
    before = pages(f"/MediaBox {A4} /Rotate {rotation}")
    picture = render(stamped(world, before, Stamp(x_mm=30, y_mm=30, width_mm=30, height_mm=30, image=half)), tmp_path)
    red, blue = extent(picture, "red"), extent(picture, "blue")
    assert red is not None
    assert blue is not None
    assert red[3] <= blue[1] + 1
    assert abs(red[0] - blue[0]) <= 1


@pytest.mark.parametrize("corner", ["bottom-left", "bottom-right", "top-left", "top-right"])
def test_lengths_are_measured_from_the_named_corner(corner: str, world: World, tmp_path: Path) -> None:
    stamp = Stamp(x_mm=10, y_mm=10, width_mm=20, height_mm=20, image=SEAL, corner=corner)  # type: ignore[arg-type]
    picture = render(stamped(world, one_page(), stamp), tmp_path)
    left, top, right, bottom = extent(picture, "red") or (0, 0, 0, 0)
    gap = 10 * POINT
    assert (picture[0] - right if corner.endswith("right") else left) == pytest.approx(gap, abs=2)
    assert (top if corner.startswith("top") else picture[1] - bottom) == pytest.approx(gap, abs=2)


@pytest.mark.parametrize("place", [{"x_mm": 200}, {"y_mm": -20}, {"width_mm": 400}, {"y_mm": 290}])
def test_a_stamp_outside_the_page_is_refused(place: dict[str, float], world: World) -> None:
    with pytest.raises(UsageError) as e:
        stamped(world, one_page(), Stamp(**place))  # type: ignore[arg-type]
    assert e.value.code == "stamp.place"


@pytest.mark.parametrize(
    "wrong",
    [{"width_mm": 0}, {"height_mm": -1}, {"width_mm": float("nan")}, {"x_mm": float("inf")}, {"colour": "green"},
     {"corner": "middle"},
     {"align": "justified"}, {"text": "x" * 2001}, {"font_size_pt": 0}],
)  # fmt: skip
def test_a_stamp_that_makes_no_sense_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Stamp(**wrong)  # type: ignore[arg-type]


# the profiles of NĐ 30/2020


def test_the_seal_covers_the_left_third_of_the_signature_in_its_real_size() -> None:
    official = Stamp.official()
    office = Stamp.office(official)
    assert (office.width_mm, office.height_mm) == (36, 36)
    covered = office.x_mm + office.width_mm - official.x_mm
    assert covered == pytest.approx(official.width_mm / 3)
    assert office.y_mm + office.height_mm / 2 == pytest.approx(official.y_mm + official.height_mm / 2)
    with pytest.raises(UsageError):
        Stamp.office(Stamp(corner="top-right"))


def test_official_blue_and_office_red_and_both_signatures_valid(world: World, tmp_path: Path) -> None:
    ink = png(6, [b"\x00\x00\xc0\xff" * 40 for _ in range(20)], 40)
    official = Stamp.official(ink)
    once = sign_pdf(one_page(), world.pki.signer("official"), stamp=official)
    twice = sign_pdf(once or b"", world.pki.signer("clerk"), stamp=Stamp.office(official, SEAL)) or b""
    assert pdfsig(twice, tmp_path) == [VALID, VALID]
    picture = render(twice, tmp_path)
    red, blue = extent(picture, "red"), extent(picture, "blue")
    assert red is not None
    assert blue is not None
    assert red[0] < blue[0]
    assert red[2] - red[0] == pytest.approx(36 * POINT, abs=2)


def test_an_attachment_shows_number_and_time_top_right_in_ten_points(world: World, tmp_path: Path) -> None:
    after = stamped(world, one_page() + b"", Stamp.attachment("12/GP-UBND"))
    left, top, right, _ = extent(render(after, tmp_path), "dark") or (0, 0, 0, 0)
    assert left > 595 / 2
    assert top < 842 / 10
    assert right < 595
    assert b"/F0 10 Tf" in after


# images


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("grey", lambda f: png(0, [b"\x00\x40\x80\xff"] * 3, 4, filtered=f)),
        ("rgb", lambda f: png(2, [b"\xff\x00\x00\x00\xff\x00"] * 3, 2, filtered=f)),
        ("grey-alpha", lambda f: png(4, [b"\x00\xff\x80\x00"] * 3, 2, filtered=f)),
        ("rgba", lambda f: png(6, [b"\xff\x00\x00\xff\x00\x00\x00\x00"] * 3, 2, filtered=f)),
        ("palette", lambda f: png(3, [b"\x00\x01"] * 3, 2, extra=TWO_COLOURS, filtered=f)),
        ("bits", lambda f: png(0, [b"\xaa\x80"] * 3, 9, depth=1, filtered=f)),
        ("nibbles", lambda f: png(3, [b"\x01\x00"] * 3, 3, depth=4, extra=chunk(b"PLTE", bytes(48)), filtered=f)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("filtered", [0, 2])
def test_every_ordinary_kind_of_png_is_taken(
    kind: str, make: Callable[[int], bytes], filtered: int, world: World, tmp_path: Path
) -> None:
    image = read_png(make(filtered))
    pixels = image.width * image.height
    assert len(zlib.decompress(image.data)) == pixels * (3 if kind in {"rgb", "rgba"} else 1)
    assert (image.mask is not None) == (kind in {"grey-alpha", "rgba", "palette"})
    if image.mask is not None:
        assert len(zlib.decompress(image.mask)) == pixels
    after = stamped(world, one_page(), Stamp(image=make(filtered)))
    render(after, tmp_path)
    assert pdfsig(after, tmp_path) == [VALID]


def test_all_png_filters_give_the_same_pixels() -> None:
    """Each row with another filter, as encoders write it; undone by hand here."""
    rows = [bytes((x * 7 + y * 13) & 0xFF for x in range(12)) for y in range(10)]
    body, above = b"", bytes(12)
    for y, row in enumerate(rows):
        kind, out = y % 5, []
        for x, value in enumerate(row):
            left, up, corner = (row[x - 3] if x >= 3 else 0), above[x], (above[x - 3] if x >= 3 else 0)
            near = left + up - corner
            paeth = min((left, up, corner), key=lambda v: (abs(near - v), (left, up, corner).index(v)))
            out.append((value - (0, left, up, (left + up) // 2, paeth)[kind]) & 0xFF)
        body += bytes([kind, *out])
        above = row
    head = struct.pack(">IIBBBBB", 4, 10, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    assert zlib.decompress(read_png(b"\x89PNG\r\n\x1a\n" + parts).data) == b"".join(rows)


def test_an_image_that_is_none_is_refused() -> None:
    good = png(2, [b"\xff\x00\x00"] * 2, 1)
    for bad in (b"", b"GIF89a", good[:-20], good.replace(b"IDAT", b"JDAT"), good[:45] + b"\0" + good[46:]):
        with pytest.raises(UsageError) as e:
            read_png(bad)
        assert e.value.code == "stamp.image"
    with pytest.raises(LimitError):
        read_png(png(0, [b""], 1 << 23))


@given(st.binary(max_size=300), st.integers(0, 80))
def test_garbled_images_give_our_errors(noise: bytes, at: int) -> None:
    for data in (noise, SEAL[:at] + noise + SEAL[at + len(noise) :]):
        try:
            read_png(data)
        except SigningError as e:
            assert e.code in {"stamp.image", "input.too-large"}
