"""ISO/IEC 10918-1 Annex B: a JPEG as image XObject (ISO 32000-2 §7.4.8, DCTDecode), its picture data unchanged.

Only the segments stay that say how to read the picture: what a camera notes (place, device, a preview), between its
scans and after its end too, has no business in a signed document. A picture that such a note calls turned would show
turned here, since PDF knows no such notes, and is refused; so are four inks, whose polarity programs disagree on.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache

from ..errors import LimitError, UsageError
from .png import MAX_PIXELS, Image

MAX_JPEG_BYTES = 16 * 1024 * 1024
MAX_SEGMENTS = 1000
_SOI, _EOI, _SOS = b"\xff\xd8", 0xD9, 0xDA
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive; all with Huffman coding
_OTHER_FRAMES = {*range(0xC3, 0xD0)} - {0xC4, 0xC8, 0xCC}  # lossless, hierarchical, arithmetic
_TABLES = {0xC4, 0xDB, 0xDD}  # Huffman, quantisation, restart interval
_APP0, _APP1, _APP14 = 0xE0, 0xE1, 0xEE  # JFIF, Exif, Adobe (which says whether three components are YCbCr)
_ORIENTATION = 0x0112
_FILL = re.compile(rb"\xff*(?=\xff)")  # bytes that may come before a marker (B.1.1.2)
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)  # in scans: no stuffed byte, no restart
_SPACES = {1: b" /ColorSpace /DeviceGray", 3: b" /ColorSpace /DeviceRGB"}


def _bad(why: str) -> UsageError:
    return UsageError("stamp.image", why=why)


@lru_cache(maxsize=8)  # as for PNG: a batch reads its image once
def read_jpeg(data: bytes) -> Image:
    """A JPEG of 8 bits in grey or colour. Raises `UsageError` (`stamp.image`), `LimitError`."""
    if len(data) > MAX_JPEG_BYTES:
        raise LimitError("input.too-large", what="the stamp's image", limit=f"{MAX_JPEG_BYTES} bytes")
    if data[:2] != _SOI:
        raise _bad("not a JPEG")
    kept, frame, at = [_SOI], None, 2
    for _ in range(MAX_SEGMENTS):
        marker, start, end = _segment(data, at)
        if marker in _FRAMES and frame is None:
            frame = _frame(data[start + 4 : end])
        elif marker in _FRAMES or marker in _OTHER_FRAMES:
            raise _bad("a kind of JPEG that PDF does not know; save it as an ordinary one")
        elif marker == _EOI:
            return _image(kept, frame)
        elif marker == _APP1 and _turned(data[start + 4 : end]):
            raise _bad("its camera notes that the picture is turned; turn it in a program and save it again")
        at = _scan_end(data, end) if marker == _SOS else end
        if marker in {*_FRAMES, *_TABLES, _APP0, _APP14, _SOS}:
            kept.append(data[start:at])
    raise _bad("too many segments")


def _segment(data: bytes, at: int) -> tuple[int, int, int]:
    """The marker of the segment at `at`, where it stands behind fill bytes, and where it ends."""
    filled = _FILL.match(data, at)
    start = at if filled is None else filled.end()
    if len(data) < start + 2:
        raise _bad("cut off")
    marker = data[start + 1]
    if data[at] != 0xFF or marker == 0:
        raise _bad("damaged")
    if marker == _EOI:
        return marker, start, start + 2
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    if length < 2 or start + 2 + length > len(data):
        raise _bad("cut off")
    return marker, start, start + 2 + length


def _scan_end(data: bytes, at: int) -> int:
    """Where the coded data that begin at `at` end: at the next marker."""
    found = _MARKER.search(data, at)
    if found is None or found.start() == at:
        raise _bad("cut off")
    return found.start()


def _frame(body: bytes) -> tuple[int, int, int]:
    """Width, height and number of components."""
    if len(body) < 6:
        raise _bad("damaged")
    depth, height, width, components = struct.unpack_from(">BHHB", body)
    if depth != 8 or components not in _SPACES:
        raise _bad("neither grey nor RGB with 8 bits; four inks (CMYK) must be turned into RGB first")
    if not width or not height or len(body) != 6 + 3 * components:
        raise _bad("damaged")
    if width * height > MAX_PIXELS:
        raise LimitError("input.too-large", what="the stamp's image", limit=f"{MAX_PIXELS} pixels")
    return width, height, components


def _image(kept: list[bytes], frame: tuple[int, int, int] | None) -> Image:
    if frame is None or not any(segment[1] == _SOS for segment in kept):
        raise _bad("cut off")
    width, height, components = frame
    whole = b"".join([*kept, bytes([0xFF, _EOI])])
    return Image(width, height, _SPACES[components], whole, coding=b"/DCTDecode")


def _turned(exif: bytes) -> bool:
    """Whether Exif (TIFF 6.0, IFD0) gives an orientation other than upright; notes that make no sense say nothing."""
    tiff = exif[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if exif[:6] != b"Exif\0\0" or order is None or len(tiff) < 10:
        return False
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return False
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    for number in range(count):
        at = start + 2 + 12 * number
        if at + 12 > len(tiff):
            return False
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, at)
        if tag == _ORIENTATION:
            return value in range(2, 9)
    return False
