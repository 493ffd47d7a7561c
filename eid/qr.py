"""Text and QR codes (ISO/IEC 18004): made with `qrcode`, read with zxing-cpp (extra `scan`).

A QR code is paper: whoever can print can print one. What it says counts only after its signature has been checked.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.image.svg import SvgPathImage

from .errors import UsageError
from .scan import scan as scan_codes

MAX_TEXT_CHARS = 4296  # characters of the largest symbol in alphanumeric mode
MAX_MODULE_PX = 64  # pixels of one module
_CORRECTION = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q}
BORDER = 4  # modules of quiet zone, as the standard asks


def modules(text: str, *, correction: str = "M") -> list[list[bool]]:
    """The dark and light modules of the smallest symbol for `text`, without a quiet zone. Raises `UsageError`."""
    return [[bool(dark) for dark in row] for row in _make(text, correction, border=0).get_matrix()]


def png(text: str, *, correction: str = "M", module_px: int = 8) -> bytes:
    """A PNG image of the QR code, `module_px` pixels a module. Raises `UsageError` (`qr.too-long`)."""
    if type(module_px) is not int or not 0 < module_px <= MAX_MODULE_PX:
        raise UsageError("usage.argument", why=f"a module has 1 to {MAX_MODULE_PX} pixels")
    rows = _make(text, correction).get_matrix()
    size = len(rows) * module_px
    lines = []
    for row in rows:
        bits = "".join(("0" if dark else "1") * module_px for dark in row)
        line = int(bits, 2) << -size % 8  # rows are padded to whole bytes
        lines.append((b"\0" + line.to_bytes(-(-size // 8), "big")) * module_px)
    header = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)  # one bit a pixel, greyscale
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def svg(text: str, *, correction: str = "M") -> str:
    """An SVG image of the QR code: one path, no script, no links."""
    return str(_make(text, correction).make_image(image_factory=SvgPathImage).to_string(encoding="unicode"))


def terminal(text: str, *, correction: str = "M") -> str:
    """The QR code in half blocks for a terminal with light text on dark ground."""
    out = io.StringIO()
    _make(text, correction).print_ascii(out=out, invert=True)
    return out.getvalue()


def scan(source: bytes | str | os.PathLike[str]) -> tuple[str, ...]:
    """The different texts of all QR codes in a picture or PDF (its path or bytes), in order of appearance.

    Where each stood is told by `eid.scan`. Raises as it does.
    """
    return tuple(dict.fromkeys(code.text for code in scan_codes(source)))


def _make(text: str, correction: str, *, border: int = BORDER) -> Any:
    if correction not in _CORRECTION:
        raise UsageError("usage.argument", why=f"error correction is one of {', '.join(_CORRECTION)}")
    if not 0 < len(text) <= MAX_TEXT_CHARS:
        raise UsageError("qr.too-long")
    code = qrcode.QRCode(error_correction=_CORRECTION[correction], border=border)
    try:
        code.add_data(text.encode())
        code.make(fit=True)
    except (ValueError, qrcode.exceptions.DataOverflowError):
        raise UsageError("qr.too-long") from None
    return code
