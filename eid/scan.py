"""QR codes seen on a picture, in a camera's frame or on the pages of a PDF (ISO/IEC 18004), through the extra `scan`.

Every code found is reported, as text only: nothing is opened, followed or fetched. Pictures and pages are bounded in
bytes, pixels and number before anything is decoded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import Any

from .errors import LimitError, MalformedError, MissingExtraError, UsageError
from .files import read_file

MAX_SCAN_BYTES = 512 * 1024 * 1024  # bytes of one file
MAX_IMAGE_BYTES = 32 * 1024 * 1024  # bytes of a picture file
MAX_PIXELS = 40_000_000  # pixels of one picture or rendered page
MAX_PAGES = 100  # pages of one document that are rendered
MAX_CODES = 64  # QR codes reported of one document
MAX_CODES_SEEN = 512  # QR codes on one picture or page before the search for more is given up
DPI = 250  # dots per inch of a rendered page: three pixels a module of a seal 20 mm wide

_MANY_CODES = 4  # from here on the reader may overlook one …
_ROUNDS = 64  # … and looks again, at most so often
_POINTS_PER_INCH = 72
_MODULES = ("zxingcpp", "PIL.Image", "pypdfium2")
_PDF_HEADER_WINDOW = 1024  # bytes in which %PDF- may start (ISO 32000-1 annex H)


@dataclass(frozen=True, slots=True)
class ScannedCode:
    """The text of one QR code; `page` counts from 1 and is None for a picture."""

    text: str
    page: int | None = None


def scan(
    source: bytes | str | os.PathLike[str], *, password: str | None = None, max_pages: int = MAX_PAGES
) -> tuple[ScannedCode, ...]:
    """All QR codes of a PNG, JPEG, TIFF or PDF, page by page and from top to bottom; none found is an empty tuple.

    Raises `MissingExtraError` without the extra `scan`, `MalformedError` (`qr.malformed`), `LimitError`, `UsageError`.
    """
    data = source if isinstance(source, bytes) else read_file(source, max_bytes=MAX_SCAN_BYTES)
    codes: list[ScannedCode] = []
    if b"%PDF-" in data[:_PDF_HEADER_WINDOW]:
        for number, count, bitmap in _pages(data, password):
            if count > max_pages:
                raise LimitError("qr.too-large", what=f"a document of {count} pages", limit=f"{max_pages} pages")
            codes += [ScannedCode(text, number) for text in _read(bitmap)]
    else:
        codes += [ScannedCode(text) for text in _read(_picture(data))]
    if len(codes) > MAX_CODES:
        raise LimitError("qr.too-large", what="the number of QR codes", limit=MAX_CODES)
    return tuple(codes)


def scan_frame(frame: Any, *, size: tuple[int, int] | None = None) -> tuple[ScannedCode, ...]:
    """All QR codes of one frame of a camera, from top to bottom; none found is an empty tuple.

    `frame` is an array of 8-bit pixels (anything with the buffer protocol, such as numpy's) of height × width, or
    height × width × 3 or 4; or flat bytes with `size` = (width, height). The order of the colours does not matter.
    Raises `MissingExtraError`, `UsageError` (`qr.frame`) and `LimitError` (`qr.too-large`).
    """
    pixels, height, width, channels = _frame_shape(frame, size)
    if height * width > MAX_PIXELS:
        raise LimitError("qr.too-large", what="the picture", limit=f"{MAX_PIXELS} pixels")
    flat = pixels.tobytes()
    grey = flat if channels == 1 else flat[1::channels]  # green: in the middle of RGB and of BGR, nearest to brightness
    codes = _read(memoryview(grey).cast("B", shape=[height, width]))
    if len(codes) > MAX_CODES:
        raise LimitError("qr.too-large", what="the number of QR codes", limit=MAX_CODES)
    return tuple(ScannedCode(text) for text in codes)


def _frame_shape(frame: Any, size: tuple[int, int] | None) -> tuple[memoryview, int, int, int]:
    """The pixels of a frame, its height and width, and the number of bytes of one pixel."""
    try:
        pixels = memoryview(frame)
        if size is None:
            shape = (*(pixels.shape or ()), 1)
            height, width, channels = shape[:3] if pixels.ndim in (2, 3) else (0, 0, 0)
        else:
            width, height = size
            channels = pixels.nbytes // (width * height)
    except (TypeError, ValueError, ZeroDivisionError, BufferError):
        raise UsageError("qr.frame") from None
    exact = type(height) is type(width) is int and height > 0 and width > 0
    if not exact or channels not in (1, 3, 4) or pixels.itemsize != 1 or pixels.nbytes != height * width * channels:
        raise UsageError("qr.frame")
    return pixels, height, width, channels


def scan_first(pdf: bytes, pages: int) -> tuple[tuple[ScannedCode, ...], int]:
    """The QR codes of the first `pages` pages of a PDF, however many, and how many pages come after them.

    Raises as `scan`; `LimitError` where a page has so many codes that some may not be found.
    """
    codes: list[ScannedCode] = []
    for number, count, bitmap in _pages(pdf, None):
        if number > pages:
            return tuple(codes), count - pages
        texts = _read(bitmap)
        if len(texts) > MAX_CODES_SEEN:
            raise LimitError("qr.too-large", what="the number of QR codes", limit=MAX_CODES_SEEN)
        codes += [ScannedCode(text, number) for text in texts]
    return tuple(codes), 0


def can_scan() -> bool:
    """Whether the extra `scan` is installed."""
    try:
        for module in _MODULES:
            import_module(module)
    except ImportError:
        return False
    return True


def _extra(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtraError("scan") from None


def _read(image: Any) -> list[str]:
    """The texts of the QR codes on a grey image (a two-dimensional buffer), from top to bottom.

    Among many codes the reader overlooks some, so what it found is painted over and it looks again.
    """
    zxing = _extra("zxingcpp")
    seen: list[tuple[int, int, str]] = []
    pixels, (height, width) = bytearray(image), image.shape
    for _ in range(_ROUNDS):
        grey = memoryview(pixels).cast("B", shape=[height, width])
        found = zxing.read_barcodes(grey, formats=zxing.BarcodeFormat.QRCode, text_mode=zxing.TextMode.Plain)
        seen += [(c.position.top_left.y, c.position.top_left.x, c.text) for c in found if c.text]
        if len(found) < _MANY_CODES or len(seen) > MAX_CODES_SEEN:
            break
        for code in found:
            _paint_over(pixels, width, code.position)
    return [text for _, _, text in sorted(seen)]


def _paint_over(pixels: bytearray, width: int, place: Any) -> None:
    """White where a code stands."""
    corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
    left, right = max(0, min(c.x for c in corners)), min(width, max(c.x for c in corners) + 1)
    top, bottom = max(0, min(c.y for c in corners)), min(len(pixels) // width, max(c.y for c in corners) + 1)
    for y in range(top, bottom):
        pixels[y * width + left : y * width + right] = b"\xff" * max(0, right - left)


def _picture(data: bytes) -> Any:
    """A picture as a grey image; its size is read before its pixels."""
    image = _extra("PIL.Image")
    if len(data) > MAX_IMAGE_BYTES:
        raise LimitError("qr.too-large", what="the picture", limit=f"{MAX_IMAGE_BYTES} bytes")
    try:
        with image.open(BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as picture:
            width, height = picture.size
            if width * height > MAX_PIXELS:
                raise LimitError("qr.too-large", what="the picture", limit=f"{MAX_PIXELS} pixels")
            flat = image.new("RGBA", picture.size, "white")  # transparent means paper
            flat.alpha_composite(picture.convert("RGBA"))
            grey = flat.convert("L")
    except (image.DecompressionBombError, image.DecompressionBombWarning):
        raise LimitError("qr.too-large", what="the picture", limit=f"{MAX_PIXELS} pixels") from None
    except image.UnidentifiedImageError:
        raise _unreadable("it is not PNG, JPEG, TIFF or PDF", "không phải PNG, JPEG, TIFF hoặc PDF") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise _unreadable("the picture is damaged", "ảnh bị hỏng") from None
    return memoryview(grey.tobytes()).cast("B", shape=[height, width])


def _pages(data: bytes, password: str | None) -> Iterator[tuple[int, int, Any]]:
    """Number, number of all pages, and grey rendering of each page, annotations and fields drawn as a reader does."""
    pdfium = _extra("pypdfium2")
    try:
        with closing(pdfium.PdfDocument(data, password=password)) as document:
            count = len(document)
            document.init_forms()
            for number in range(count):
                yield number + 1, count, _render(document[number])
    except (pdfium.PdfiumError, ValueError, OverflowError, RuntimeError, MemoryError):
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
    return MalformedError("qr.malformed", why=why, why_vi=why_vi)
