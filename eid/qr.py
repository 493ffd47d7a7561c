"""Text and QR codes (ISO/IEC 18004): made with `qrcode`, read with zxing-cpp (extra `scan`).

A QR code is paper: whoever can print can print one. What it says counts only after its signature has been checked.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from importlib import import_module
from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.image.svg import SvgPathImage

from .errors import MalformedError, MissingExtraError, UsageError
from .files import read_file

MAX_TEXT_CHARS = 4296  # characters of the largest symbol in alphanumeric mode
MAX_SCAN_BYTES = 64 * 1024 * 1024  # bytes of one image or PDF
MAX_PIXELS = 50_000_000  # pixels of one image or rendered page
MAX_MODULE_PX = 64  # pixels of one module
MAX_PAGES = 50  # pages of a PDF that are searched
SCAN_DPI = 200  # a QR of 18 mm has 4 pixels a module at version 5
_POINTS_PER_INCH = 72
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
    """The texts of all QR codes in an image or PDF (its path or bytes), in order of appearance; empty if none.

    Needs the extra `scan` (`MissingExtraError`). Raises `MalformedError` (`qr.malformed`) and `UsageError`.
    """
    zxing, image, pdfium = _extra("zxingcpp"), _extra("PIL.Image"), _extra("pypdfium2")
    where = "the data" if isinstance(source, bytes) else os.path.basename(source)  # noqa: PTH119  # also for str
    data = source if isinstance(source, bytes) else read_file(source, max_bytes=MAX_SCAN_BYTES)
    try:
        pages = _pdf_pages(data, pdfium) if data[:1024].lstrip().startswith(b"%PDF-") else [_picture(data, image)]
        found = [text for page in pages for text in _read(page, zxing)]
    except (OSError, ValueError, SyntaxError, RuntimeError, OverflowError, image.DecompressionBombError) as e:
        raise MalformedError("qr.malformed", where=where, why=type(e).__name__) from None
    return tuple(dict.fromkeys(found))


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


def _extra(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtraError("scan") from None


def _picture(data: bytes, image: Any) -> Any:
    picture = image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"))
    _check_size(*picture.size)
    return picture.convert("L")


def _pdf_pages(data: bytes, pdfium: Any) -> list[Any]:
    document = pdfium.PdfDocument(data)
    try:
        pages = []
        for number in range(min(len(document), MAX_PAGES)):
            page = document[number]
            scale = SCAN_DPI / _POINTS_PER_INCH
            _check_size(*(int(points * scale) for points in page.get_size()))
            pages.append(page.render(scale=scale, grayscale=True).to_pil())
        return pages
    finally:
        document.close()


def _check_size(width: int, height: int) -> None:
    if not 0 < width * height <= MAX_PIXELS:
        raise ValueError(f"more than {MAX_PIXELS} pixels")


def _read(picture: Any, zxing: Any) -> list[str]:
    """The QR codes of one picture, from top to bottom."""
    found = zxing.read_barcodes(picture, formats=zxing.BarcodeFormat.QRCode)
    placed = sorted(found, key=lambda code: (code.position.top_left.y, code.position.top_left.x))
    return [code.text for code in placed if code.valid]
