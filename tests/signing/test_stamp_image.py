"""Images of stamps: what programs write is read as they meant it; a camera's notes and unknown kinds stay out."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from signing.errors import LimitError, SigningError, UsageError
from signing.pdf.jpeg import read_jpeg
from signing.pdf.png import read_png
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.pdf.stamp_image import read_image

from ..patience import cost
from ..world import World
from .pdf_shapes import VALID, extent, one_page, pdfsig, render
from .test_stamp import chunk, png

ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def photo(mode: str = "RGB", size: tuple[int, int] = (40, 30), colour: object = None, **more: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour or {"RGB": (200, 0, 0), "L": 90, "CMYK": (0, 255, 255, 0)}[mode]).save(  # type: ignore[arg-type]
        out, "JPEG", **more
    )
    return out.getvalue()


def interlaced(rows: list[list[bytes]]) -> bytes:
    """An RGB picture, pixels given by row, as Adam7."""
    body = b""
    for x, y, dx, dy in ADAM7:
        for row in rows[y::dy]:
            body += b"\0" + b"".join(row[x::dx]) if row[x::dx] else b""
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 1)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


# JPEG


@pytest.mark.parametrize("more", [{}, {"progressive": True}, {"quality": 20}, {"optimize": True}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_ordinary_jpegs_are_shown(mode: str, more: dict[str, object], world: World, tmp_path: Path) -> None:
    colour = (200, 0, 0) if mode == "RGB" else 0
    stamp = Stamp(image=photo(mode, colour=colour, **more), width_mm=40, height_mm=30)
    signed = sign_pdf(one_page(), world.pki.signer("receiver"), stamp=stamp) or b""
    assert pdfsig(signed, tmp_path) == [VALID]
    left, top, right, bottom = extent(render(signed, tmp_path), "red" if mode == "RGB" else "dark") or (0, 0, 0, 0)
    assert (right - left) / (bottom - top) == pytest.approx(40 / 30, rel=0.03)


def test_what_a_camera_notes_does_not_travel_with_the_document() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    data = photo(exif=exif, comment=b"SecretComment", icc_profile=b"SecretProfile")
    assert b"SecretCamera" in data
    read = read_jpeg(data)
    assert b"Secret" not in read.data
    assert Image.open(io.BytesIO(read.data)).getpixel((5, 5)) == Image.open(io.BytesIO(data)).getpixel((5, 5))


def test_what_a_camera_puts_behind_or_between_the_pictures_does_not_travel_either() -> None:
    """A second picture with its own notes (MPF), and a note between the scans of a progressive picture."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x010F] = "SecretCamera"
    preview = Image.new("RGB", (8, 8))
    Image.new("RGB", (40, 30), (200, 0, 0)).save(out, "MPO", save_all=True, append_images=[preview], exif=exif)
    behind = read_jpeg(out.getvalue() + b"SecretTrailer\xff\xd9").data
    scans = photo(progressive=True)
    at = scans.rindex(b"\xff\xda")
    between = read_jpeg(scans[:at] + b"\xff\xe1\0\x08Secret" + scans[at:]).data
    for read in (behind, between):
        assert b"Secret" not in read
        assert read.count(b"\xff\xd8") == 1
        assert Image.open(io.BytesIO(read)).getpixel((5, 5)) == Image.open(io.BytesIO(photo())).getpixel((5, 5))


def test_fill_bytes_before_a_marker_are_no_damage_and_cost_nothing() -> None:
    good = photo()
    at = good.index(b"\xff\xdb")
    assert read_jpeg(good[:at] + b"\xff" * 5 + good[at:]) == read_jpeg(good)
    with cost(5), pytest.raises(UsageError):
        read_jpeg(b"\xff\xd8" + b"\xff" * 15_000_000)


def test_a_second_frame_cannot_lie_about_the_size() -> None:
    good = photo()
    at = good.index(b"\xff\xc0")
    frame = good[at : at + 2 + int.from_bytes(good[at + 2 : at + 4], "big")]
    with pytest.raises(UsageError):
        read_jpeg(good[:at] + frame + good[at:])


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_that_is_turned_by_a_note_alone_is_refused(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    with pytest.raises(UsageError) as e:
        read_jpeg(photo(exif=exif))
    assert "turn" in e.value.text
    exif[0x0112] = 1
    read_jpeg(photo(exif=exif))


def test_four_inks_are_refused_with_what_to_do() -> None:
    with pytest.raises(UsageError) as e:
        read_image(photo("CMYK"))
    assert e.value.code == "stamp.image"
    assert "RGB" in e.value.text


def test_a_jpeg_that_is_cut_or_of_another_kind_is_refused() -> None:
    good = photo()
    frame = good.index(b"\xff\xc0")
    for bad in (
        good[:-2], good[: len(good) // 2], good[:3], b"\xff\xd8", b"\xff\xd8\xff\xd9", good[:frame],
        good[:frame] + b"\xff\xc9" + good[frame + 2 :], good[:frame] + b"\xff\xc3" + good[frame + 2 :],
        good[: frame + 4] + b"\x0c" + good[frame + 5 :], b"\xff\xd8" + b"\xff\xfe\0\2" * 2000,
        good[: frame + 5] + b"\0\0" + good[frame + 7 :],
    ):  # fmt: skip
        with pytest.raises(UsageError) as e:
            read_image(bad)
        assert e.value.code == "stamp.image"
    huge = good[: frame + 5] + b"\xff\xff\xff\xff" + good[frame + 9 :]
    for large in (huge, good + bytes(16 * 1024 * 1024)):
        with pytest.raises(LimitError):
            read_image(large)


@given(st.binary(max_size=60), st.integers(0, 700))
def test_garbled_jpegs_give_our_errors(noise: bytes, at: int) -> None:
    good = photo()
    for data in (b"\xff\xd8" + noise, good[:at] + noise + good[at + len(noise) :]):
        try:
            read_image(data)
        except SigningError as e:
            assert e.code in {"stamp.image", "input.too-large"}


# PNG


@given(st.integers(1, 20), st.integers(1, 20))
def test_interlaced_pictures_are_woven_as_they_were(width: int, height: int) -> None:
    rows = [[bytes((x * 11 % 256, y * 7 % 256, (x + y) % 256)) for x in range(width)] for y in range(height)]
    assert zlib.decompress(read_png(interlaced(rows)).data) == b"".join(b"".join(row) for row in rows)


@pytest.mark.parametrize("kind", [0, 2, 4, 6])
def test_of_sixteen_bits_the_upper_eight_are_shown(kind: int) -> None:
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    row = b"".join(bytes((10 * c + 1, 99)) for c in range(channels)) * 2
    image = read_png(png(kind, [row] * 2, 2, depth=16))
    shown = channels - 1 if kind in {4, 6} else channels
    assert zlib.decompress(image.data) == bytes(10 * c + 1 for c in range(shown)) * 4
    if kind in {4, 6}:
        assert zlib.decompress(image.mask or b"") == bytes([10 * shown + 1]) * 4


@pytest.mark.parametrize(
    ("kind", "depth", "row", "key", "mask"),
    [
        (0, 8, b"\x10\x20\x10", b"\0\x10", b"\0\xff\0"),
        (0, 2, b"\x1b", b"\0\x02", b"\xff\xff\0"),
        (2, 8, b"\1\2\3\1\2\4\1\2\3", b"\0\1\0\2\0\3", b"\0\xff\0"),
        (0, 16, b"\1\2\1\3\1\2", b"\1\2", b"\0\xff\0"),
    ],
)
def test_one_colour_named_transparent_is(kind: int, depth: int, row: bytes, key: bytes, mask: bytes) -> None:
    image = read_png(png(kind, [row], 3, depth=depth, extra=chunk(b"tRNS", key)))
    assert zlib.decompress(image.mask or b"") == mask
    assert image.transparent
    with pytest.raises(UsageError):
        read_png(png(kind, [row], 3, depth=depth, extra=chunk(b"tRNS", key + b"\0")))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_what_another_program_writes_shows_its_pixels(mode: str) -> None:
    size = (13, 7)
    picture = Image.radial_gradient("L").resize(size)
    picture = Image.new("I;16", size, 0x1234) if mode == "I;16" else picture.convert(mode)
    out = io.BytesIO()
    picture.save(out, "PNG")
    image = read_image(out.getvalue())
    assert (image.width, image.height) == size
    if mode in {"1", "L"}:
        assert zlib.decompress(image.data) == picture.convert("L").tobytes()
    if mode == "I;16":
        assert zlib.decompress(image.data) == b"\x12" * 91


@pytest.mark.parametrize("predictor", [0, 1, 2, 3, 4])
@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (6, 4)])
def test_every_predictor_is_undone_as_another_program_does(predictor: int, kind: int, channels: int) -> None:
    noise = random.Random(predictor)
    rows = [noise.randbytes(11 * channels) for _ in range(9)]
    data = filtered_png(kind, rows, predictor)
    image, other = read_png(data), Image.open(io.BytesIO(data))
    assert zlib.decompress(image.data) == other.convert("L" if kind == 0 else "RGB").tobytes()
    if kind == 6:
        assert zlib.decompress(image.mask or b"") == other.getchannel("A").tobytes()


def filtered_png(kind: int, rows: list[bytes], predictor: int) -> bytes:
    """Rows that are taken for differences already, whatever they give."""
    width = len(rows[0]) // {0: 1, 2: 3, 6: 4}[kind]
    body = zlib.compress(b"".join(bytes([predictor]) + row for row in rows))
    head = struct.pack(">IIBBBBB", width, len(rows), 8, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("predictor", [1, 3, 4])
def test_the_largest_picture_takes_seconds_with_any_predictor(predictor: int) -> None:
    """A scan of a seal as programs write it: mostly nothing, and every row with the costliest predictor."""
    rows = [bytes(8000)] * 900 + [bytes([1, 5, 3, 0]) * 2000] * 100 + [bytes(8000)] * 1000
    with cost(15):
        read_png(filtered_png(6, rows, predictor))
    with pytest.raises(LimitError):  # as many pixels with twice the bits
        read_png(png(6, [bytes(16000)] * 2000, 2000, depth=16))


@pytest.mark.parametrize("head", [(8, 2, 1, 0, 0), (8, 2, 0, 1, 0), (8, 2, 0, 0, 2), (3, 0, 0, 0, 0), (16, 3, 0, 0, 0)])
def test_kinds_that_no_standard_names_are_refused(head: tuple[int, ...]) -> None:
    body = struct.pack(">IIBBBBB", 1, 1, *head)
    data = chunk(b"IHDR", body) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")
    with pytest.raises(UsageError) as e:
        read_png(b"\x89PNG\r\n\x1a\n" + data)
    assert e.value.code == "stamp.image"


def test_an_interlaced_picture_that_is_cut_is_refused() -> None:
    whole = interlaced([[b"abc"] * 9] * 9)
    at = whole.index(b"IDAT")
    (length,) = struct.unpack_from(">I", whole, at - 4)
    body = zlib.decompress(whole[at + 4 : at + 4 + length])
    short = whole[: at - 4] + chunk(b"IDAT", zlib.compress(body[:-40])) + chunk(b"IEND", b"")
    with pytest.raises(UsageError):
        read_png(short)
