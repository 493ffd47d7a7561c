"""ISO 32000-2 §8.9 and §11.6.5: a PNG (RFC 2083) as image XObject, its transparency as soft mask.

NĐ 30/2020 Phụ lục I asks for transparent .png images of the signature and of the seal. Reading one takes a few
hundredths of a second, so prepared images are kept (`functools.lru_cache`): a batch reads its seal once.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache

from ..errors import LimitError, UsageError
from .font import Add
from .raw import PdfSyntaxError, Ref
from .sections import inflate, unpredict

MAX_PIXELS = 4_000_000  # 2000 × 2000: a 36 mm seal at 1400 dpi
MAX_SAMPLE_BYTES = 16_000_000  # as many with 8 bits a sample and transparency
MAX_PNG_BYTES = 16 * 1024 * 1024
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type → samples a pixel
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # colour type → bits a sample
# Adam7 (§8.2): first column, first row, and the steps of each of its seven passes
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True, slots=True)
class Image:
    """An image ready to be written: size in pixels, entries of its dictionary, packed data, deflated mask.

    `coding` is the filter of the data (`/FlateDecode`, `/DCTDecode`). `transparent` says whether something of the page
    shows through: a mask that is all opaque hides as much as none.
    """

    width: int
    height: int
    entries: bytes
    data: bytes
    mask: bytes | None = None
    coding: bytes = b"/FlateDecode"
    transparent: bool = False

    def write(self, add: Add) -> Ref:
        """Add the image (and its mask) to a file."""
        size = b"<</Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8" % (self.width, self.height)
        soft = b""
        if self.mask is not None:
            mask = add(size + b" /ColorSpace /DeviceGray /Filter /FlateDecode>>", self.mask)
            soft = b" /SMask %b" % mask.raw()
        return add(size + soft + self.entries + b" /Filter %b>>" % self.coding, self.data)


@dataclass(slots=True)
class _Png:
    width: int
    height: int
    depth: int
    kind: int
    interlaced: bool = False
    palette: bytes = b""
    alpha: bytes = b""
    packed: bytes = b""


def _bad(why: str) -> UsageError:
    return UsageError("stamp.image", why=why)


def _chunks(data: bytes) -> _Png:
    """The chunks that matter, each with its checksum verified."""
    if data[:8] != _SIGNATURE:
        raise _bad("not a PNG")
    png, at, parts = None, 8, []
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if (
            len(body) != length
            or zlib.crc32(kind + body).to_bytes(4, "big") != data[at + 8 + length : at + 12 + length]
        ):
            raise _bad("damaged")
        at += 12 + length
        if kind == b"IHDR" and length == 13:
            png = _header(body)
        elif png is None:
            raise _bad("no header")
        elif kind == b"PLTE":
            png.palette = body
        elif kind == b"tRNS":
            png.alpha = body
        elif kind == b"IDAT":
            parts.append(body)
        elif kind == b"IEND":
            png.packed = b"".join(parts)
            return png
    raise _bad("cut off")


def _header(body: bytes) -> _Png:
    """IHDR, of a kind that is read and a size within the limit."""
    width, height, depth, kind, packing, filters, interlace = struct.unpack(">IIBBBBB", body)
    if depth not in _DEPTHS.get(kind, ()) or packing or filters or interlace > 1 or not width or not height:
        raise _bad("unknown kind")
    if width * height > MAX_PIXELS or width * height * _CHANNELS[kind] * depth > 8 * MAX_SAMPLE_BYTES:
        raise LimitError("input.too-large", what="the stamp's image", limit=f"{MAX_PIXELS} pixels, 8 bits a sample")
    return _Png(width, height, depth, kind, interlace == 1)


def _pixels(png: _Png) -> tuple[bytes, bytes]:
    """All samples from the top left, one byte each; and, at 16 bits, their lower bytes (else the samples again)."""
    passes = _ADAM7 if png.interlaced else ((0, 0, 1, 1),)
    sizes = [(-(-(png.width - x) // dx), -(-(png.height - y) // dy)) for x, y, dx, dy in passes]
    bits = png.depth * _CHANNELS[png.kind]
    strides = [(columns * bits + 7) // 8 for columns, _ in sizes]
    whole = sum((stride + 1) * rows for stride, (columns, rows) in zip(strides, sizes, strict=True) if columns > 0)
    try:
        data, at, found = inflate(png.packed, whole), 0, []
        for stride, (columns, rows) in zip(strides, sizes, strict=True):
            end = at + (stride + 1) * rows if columns > 0 and rows > 0 else at
            if end > len(data):
                raise _bad("cut off")
            found.append(unpredict(data[at:end], stride, max(1, bits // 8)) if end > at else [])
            at = end
    except PdfSyntaxError as e:
        raise _bad(str(e)) from None
    high, low = (_woven(png, found, sizes, part) for part in (0, 1))
    return high, low if png.depth == 16 else high


def _woven(png: _Png, found: list[list[bytes]], sizes: list[tuple[int, int]], part: int) -> bytes:
    """The rows of all passes as one picture; of 16-bit samples the byte `part`."""
    if png.depth != 16 and part:
        return b""
    if not png.interlaced:
        return b"".join(_samples(row, png, png.width, part) for row in found[0])
    channels = _CHANNELS[png.kind]
    line = png.width * channels
    picture = bytearray(line * png.height)
    for (x, y, dx, dy), (columns, _), rows in zip(_ADAM7, sizes, found, strict=True):
        for number, row in enumerate(rows):
            samples = _samples(row, png, columns, part)
            start = (y + number * dy) * line
            for channel in range(channels):
                picture[start + x * channels + channel : start + line : dx * channels] = samples[channel::channels]
    return bytes(picture)


def _samples(row: bytes, png: _Png, columns: int, part: int) -> bytes:
    """One byte a sample: of 16 bits the byte `part`, of fewer than 8 the value itself."""
    if png.depth == 16:
        return row[part::2]
    if png.depth == 8:
        return row
    return b"".join(map(_spread(png.depth).__getitem__, row))[:columns]


@cache
def _spread(depth: int) -> tuple[bytes, ...]:
    """The samples of `depth` bits in each of the 256 bytes."""
    shifts, mask = range(8 - depth, -1, -depth), (1 << depth) - 1
    return tuple(bytes(byte >> shift & mask for shift in shifts) for byte in range(256))


@lru_cache(maxsize=8)  # a process stamps with a handful of images; each is a few hundred kilobytes
def read_png(data: bytes) -> Image:
    """A PNG as image of 8 bits a sample. Raises `UsageError` (`stamp.image`), `LimitError`."""
    if len(data) > MAX_PNG_BYTES:
        raise LimitError("input.too-large", what="the stamp's image", limit=f"{MAX_PNG_BYTES} bytes")
    png = _chunks(data)
    pixels, low = _pixels(png)
    channels = _CHANNELS[png.kind]
    mask: bytes | None = None
    space = b" /ColorSpace /DeviceGray" if png.kind in {0, 4} else b" /ColorSpace /DeviceRGB"
    if png.kind == 3:
        mask, space = _palette(png, pixels)
    elif png.kind in {4, 6}:
        mask = pixels[channels - 1 :: channels]
        pixels = pixels[::2] if png.kind == 4 else _without_alpha(pixels)
    else:
        mask = _colour_key(png, pixels, low) if png.alpha else None
        if png.depth < 8:
            scale = 255 // ((1 << png.depth) - 1)
            pixels = pixels.translate(bytes(min(255, i * scale) for i in range(256)))
    through = mask is not None and mask.count(255) < len(mask)
    packed = None if mask is None else zlib.compress(mask)
    return Image(png.width, png.height, space, zlib.compress(pixels), packed, transparent=through)


def _palette(png: _Png, pixels: bytes) -> tuple[bytes | None, bytes]:
    """The mask and the colour space of an image whose samples are numbers of colours."""
    colours = len(png.palette) // 3
    if not colours or colours > 256 or len(png.palette) % 3 or max(pixels) >= colours:
        raise _bad("palette")
    mask = pixels.translate(png.alpha.ljust(256, b"\xff")[:256]) if png.alpha else None
    return mask, b" /ColorSpace [/Indexed /DeviceRGB %d <%b>]" % (colours - 1, png.palette.hex().encode())


def _colour_key(png: _Png, pixels: bytes, low: bytes) -> bytes:
    """The mask of an image that names one colour as transparent (tRNS, two bytes a sample)."""
    channels = _CHANNELS[png.kind]
    if len(png.alpha) != 2 * channels:
        raise _bad("transparency")
    opaque = 0  # one byte a pixel, as one number: where any sample differs, all bits are set
    for plane, offset in ((pixels, 0), (low, 1)) if png.depth == 16 else ((pixels, 1),):
        for channel in range(channels):
            key = png.alpha[2 * channel + offset]
            table = bytes(0 if value == key else 255 for value in range(256))
            opaque |= int.from_bytes(plane[channel::channels].translate(table), "big")
    return opaque.to_bytes(len(pixels) // channels, "big")


def _without_alpha(rgba: bytes) -> bytes:
    rgb = bytearray(len(rgba) // 4 * 3)
    for i in range(3):
        rgb[i::3] = rgba[i::4]
    return bytes(rgb)
