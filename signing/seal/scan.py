"""QR codes seen on a picture or on the pages of a PDF (ISO/IEC 18004), through the optional part `scan`.

Every code found is reported, as text only: nothing is opened, followed or fetched. Pictures and pages are bounded in
bytes, pixels and number before anything is decoded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from ..errors import LimitError, MalformedError, MissingExtraError
from ..files import read_file

MAX_IMAGE_BYTES = 32 * 1024 * 1024  # bytes of a picture file
MAX_PIXELS = 40_000_000  # pixels of one picture or rendered page
MAX_PAGES = 100  # pages of one document that are rendered
MAX_CODES = 64  # QR codes reported of one document
DPI = 250  # dots per inch of a rendered page: three pixels a module of a seal 20 mm wide

_POINTS_PER_INCH = 72
_PDF_HEADER_WINDOW = 1024  # bytes in which %PDF- may start (ISO 32000-1 annex H)


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """The text of one QR code; `page` counts from 1 and is None for a picture."""

    text: str
    page: int | None = None


def scan(
    source: bytes | str | os.PathLike[str], *, password: str | None = None, max_pages: int = MAX_PAGES
) -> tuple[ScannedCode, ...]:
    """All QR codes of a PNG, JPEG or PDF, in reading order of the pages; none found is an empty tuple.

    Raises `MissingExtraError` without the extra `scan`, `MalformedError` (`scan.unreadable`) and `LimitError`.
    """
    data = source if isinstance(source, bytes) else read_file(source)
    codes: list[ScannedCode] = []
    if b"%PDF-" in data[:_PDF_HEADER_WINDOW]:
        for number, bitmap in _pages(data, password, max_pages):
            codes += [ScannedCode(text, number) for text in _read(bitmap)]
    else:
        codes += [ScannedCode(text) for text in _read(_picture(data))]
    if len(codes) > MAX_CODES:
        raise LimitError("scan.too-large", what="the number of QR codes", limit=MAX_CODES)
    return tuple(codes)


def can_scan() -> bool:
    """Whether the optional part `scan` is installed."""
    try:
        import PIL  # noqa: F401
        import pypdfium2  # noqa: F401
        import zxingcpp  # noqa: F401
    except ImportError:
        return False
    return True


def _read(image: Any) -> list[str]:
    """The texts of the QR codes on a grey image (a two-dimensional buffer)."""
    try:
        import zxingcpp
    except ImportError:
        raise MissingExtraError("scan") from None
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode, text_mode=zxingcpp.TextMode.Plain)
    return [code.text for code in found if code.text]


def _picture(data: bytes) -> Any:
    """A PNG or JPEG as a grey image; its size is read before its pixels."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise MissingExtraError("scan") from None
    if len(data) > MAX_IMAGE_BYTES:
        raise LimitError("scan.too-large", what="the picture", limit=f"{MAX_IMAGE_BYTES} bytes")
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise LimitError("scan.too-large", what="the picture", limit=f"{MAX_PIXELS} pixels")
            flat = Image.new("RGBA", picture.size, "white")  # transparent means paper
            flat.alpha_composite(picture.convert("RGBA"))
            grey = flat.convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise LimitError("scan.too-large", what="the picture", limit=f"{MAX_PIXELS} pixels") from None
    except UnidentifiedImageError:
        raise _unreadable("it is not PNG, JPEG or PDF", "không phải PNG, JPEG hoặc PDF") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise _unreadable("the picture is damaged", "ảnh bị hỏng") from None
    return memoryview(grey.tobytes()).cast("B", shape=[height, width])


def _pages(data: bytes, password: str | None, max_pages: int) -> Iterator[tuple[int, Any]]:
    """Number and grey rendering of each page, annotations and form fields drawn as a reader shows them."""
    try:
        import pypdfium2
    except ImportError:
        raise MissingExtraError("scan") from None
    try:
        with closing(pypdfium2.PdfDocument(data, password=password)) as document:
            count = len(document)
            if count > max_pages:
                raise LimitError("scan.too-large", what=f"a document of {count} pages", limit=f"{max_pages} pages")
            document.init_forms()
            for number in range(count):
                yield number + 1, _render(document[number])
    except (pypdfium2.PdfiumError, ValueError, OverflowError, RuntimeError, MemoryError):
        raise _unreadable("the PDF cannot be shown or needs a password", "PDF bị lỗi hoặc cần mật khẩu") from None


def _render(page: Any) -> Any:
    width, height = page.get_size()
    scale = DPI / _POINTS_PER_INCH
    pixels = max(1.0, width * height * scale * scale)
    if pixels > MAX_PIXELS:  # a poster is scanned coarser, not refused
        scale *= (MAX_PIXELS / pixels) ** 0.5
    bitmap = page.render(scale=scale, grayscale=True)
    return memoryview(bytes(bitmap.buffer)).cast("B", shape=[bitmap.height, bitmap.stride])


def _unreadable(why: str, why_vi: str) -> MalformedError:
    return MalformedError("scan.unreadable", why=why, why_vi=why_vi)
