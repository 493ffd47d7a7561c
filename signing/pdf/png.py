"""ISO 32000-2 §8.9 and §11.6.5: a PNG (RFC 2083) as image XObject, its transparency as soft mask.

NĐ 30/2020 Phụ lục I asks for transparent .png images of the signature and of the seal. Reading one takes a few
hundredths of a second, so prepared images are kept (`functools.lru_cache`): a batch reads its seal once.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache

from ..errors import LimitError, UsageError
from .font import Add
from .raw import PdfSyntaxError, Ref
from .sections import inflate, unpredict

MAX_PIXELS = 4_000_000  # 2000 × 2000: a 36 mm seal at 1400 dpi
MAX_PNG_BYTES = 16 * 1024 * 1024
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type → samples a pixel


@dataclass(frozen=True, slots=True)
class Image:
    """An image ready to be written: size in pixels, entries of its dictionary, deflated data, deflated mask."""

    width: int
    height: int
    entries: bytes
    data: bytes
    mask: bytes | None = None

    def write(self, add: Add) -> Ref:
        """Add the image (and its mask) to a file."""
        size = b"<</Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8" % (self.width, self.height)
        soft = b""
        if self.mask is not None:
            mask = add(size + b" /ColorSpace /DeviceGray /Filter /FlateDecode>>", self.mask)
            soft = b" /SMask %b" % mask.raw()
        return add(size + soft + self.entries + b" /Filter /FlateDecode>>", self.data)


@dataclass(slots=True)
class _Png:
    width: int
    height: int
    depth: int
    kind: int
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
            width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", body)
            if rest[2] or depth not in {1, 2, 4, 8} or colour not in _CHANNELS or not width or not height:
                raise _bad("interlaced, 16-bit or unknown kind; save it as an ordinary 8-bit PNG")
            if width * height > MAX_PIXELS:
                raise LimitError("input.too-large", what="the stamp's image", limit=f"{MAX_PIXELS} pixels")
            png = _Png(width, height, depth, colour)
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


def _rows(png: _Png) -> list[bytearray]:
    bits = png.depth * _CHANNELS[png.kind]
    columns = (png.width * bits + 7) // 8
    try:
        data = inflate(png.packed, (columns + 1) * png.height)
        rows = unpredict(data, columns, max(1, bits // 8))
    except PdfSyntaxError as e:
        raise _bad(str(e)) from None
    if len(rows) != png.height:
        raise _bad("cut off")
    return rows


def _samples(row: bytearray, png: _Png) -> bytes:
    """One byte a sample, for depths below 8."""
    if png.depth == 8:
        return bytes(row)
    mask, per_byte = (1 << png.depth) - 1, 8 // png.depth
    spread = bytes((b >> (8 - png.depth * (i + 1))) & mask for b in row for i in range(per_byte))
    return spread[: png.width]


@lru_cache(maxsize=8)  # a process stamps with a handful of images; each is a few hundred kilobytes
def read_png(data: bytes) -> Image:
    """A PNG as image. Raises `UsageError` (`stamp.image`), `LimitError`."""
    if len(data) > MAX_PNG_BYTES:
        raise LimitError("input.too-large", what="the stamp's image", limit=f"{MAX_PNG_BYTES} bytes")
    png = _chunks(data)
    pixels = b"".join(_samples(row, png) for row in _rows(png))
    mask: bytes | None = None
    if png.kind == 3:
        if not png.palette or len(png.palette) % 3 or max(pixels) >= len(png.palette) // 3:
            raise _bad("palette")
        if png.alpha:
            mask = pixels.translate(png.alpha.ljust(256, b"\xff")[:256])
        colours = len(png.palette) // 3
        space = b" /ColorSpace [/Indexed /DeviceRGB %d <%b>]" % (colours - 1, png.palette.hex().encode())
    elif png.kind in {4, 6}:
        channels = _CHANNELS[png.kind]
        mask = pixels[channels - 1 :: channels]
        pixels = pixels[::2] if png.kind == 4 else _without_alpha(pixels)
        space = b" /ColorSpace /DeviceGray" if png.kind == 4 else b" /ColorSpace /DeviceRGB"
    elif png.kind == 0:
        scale = 255 // ((1 << png.depth) - 1)
        pixels = pixels.translate(bytes(min(255, i * scale) for i in range(256)))
        space = b" /ColorSpace /DeviceGray"
    else:
        space = b" /ColorSpace /DeviceRGB"
    return Image(png.width, png.height, space, zlib.compress(pixels), None if mask is None else zlib.compress(mask))


def _without_alpha(rgba: bytes) -> bytes:
    rgb = bytearray(len(rgba) // 4 * 3)
    for i in range(3):
        rgb[i::3] = rgba[i::4]
    return bytes(rgb)
