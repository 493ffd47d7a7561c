"""QR codes seen on a picture, in a camera's frame or on the pages of a PDF (ISO/IEC 18004), through the extra `scan`.

Every code found is reported, as text only: nothing is opened, followed or fetched. Pictures and pages are bounded in
bytes, pixels and number before anything is decoded.
"""

from __future__ import annotations

import itertools
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
MAX_SIDE_PX = 65_535  # pixels of a side: the reader takes no longer one
MAX_ALL_PIXELS = 16 * MAX_PIXELS  # pixels of all pages of one document: a hundred of A4
MAX_PAGES = 100  # pages of one document that are rendered
MAX_CODES = 64  # QR codes reported of one document
MAX_CODES_SEEN = 512  # QR codes on one picture or page before the search for more is given up
DPI = 250  # dots per inch of a rendered page: three pixels a module of a seal 20 mm wide

_MANY_CODES = 4  # from here on the reader may overlook one …
_ROUNDS = 64  # … and looks again, at most so often
_POINTS_PER_INCH = 72
_MODULES = ("zxingcpp", "PIL.Image", "pypdfium2")
_PDF_HEADER_WINDOW = 1024  # bytes in which %PDF- may start (ISO 32000-1 annex H)


@dataclass(frozen=True, slots=True, repr=False)
class ScannedCode:
    """The text of one QR code; `page` counts from 1 and is None for a picture of one page. `repr` hides the text: it
    may be a card's or a token."""

    text: str
    page: int | None = None

    def __repr__(self) -> str:
        return f"ScannedCode({len(self.text)} characters, page={self.page})"


def scan(
    source: bytes | str | os.PathLike[str], *, password: str | None = None, max_pages: int = MAX_PAGES
) -> tuple[ScannedCode, ...]:
    """All QR codes of a PNG, JPEG, TIFF or PDF, page by page and from top to bottom; none found is an empty tuple.

    Raises `MissingExtraError` without the extra `scan`, `MalformedError` (`qr.malformed`), `LimitError`, `UsageError`.
    """
    data = source if isinstance(source, bytes) else read_file(source, max_bytes=MAX_SCAN_BYTES)
    codes: list[ScannedCode] = []
    for number, bitmap in _bitmaps(data, password, max_pages):
        codes += [ScannedCode(text, number) for text in _read(bitmap, MAX_CODES)]
        if len(codes) > MAX_CODES:
            raise _too_large("the number of QR codes", "số mã QR", MAX_CODES)
    return tuple(codes)


def _bitmaps(data: bytes, password: str | None, max_pages: int) -> Iterator[tuple[int | None, Any]]:
    """Every page of a PDF or TIFF, or the one picture, as a grey image with its number."""
    drawn = 0
    if b"%PDF-" in data[:_PDF_HEADER_WINDOW]:
        for number, pages, bitmap in _pages(data, password):
            if pages > max_pages:
                raise _too_large("the number of pages", "số trang", max_pages)
            drawn = _drawn(drawn, bitmap)
            yield number, bitmap
        return
    for number, alone, bitmap in _pictures(data):
        if number > max_pages:
            raise _too_large("the number of pages", "số trang", max_pages)
        drawn = _drawn(drawn, bitmap)
        yield None if alone else number, bitmap


def _drawn(before: int, bitmap: Any) -> int:
    """The pixels of all pages so far: few bytes can hold a hundred posters."""
    if before + bitmap.nbytes > MAX_ALL_PIXELS:
        raise _too_large("the number of pixels of all pages", "tổng số điểm ảnh của các trang", MAX_ALL_PIXELS)
    return before + int(bitmap.nbytes)


def scan_frame(frame: Any, *, size: tuple[int, int] | None = None) -> tuple[ScannedCode, ...]:
    """All QR codes of one frame of a camera, from top to bottom; none found is an empty tuple.

    `frame` is an array of 8-bit pixels (anything with the buffer protocol, such as numpy's) of height × width, or
    height × width × 3 or 4; or flat bytes with `size` = (width, height). The order of the colours does not matter.
    Raises `MissingExtraError`, `UsageError` (`qr.frame`) and `LimitError` (`qr.too-large`).
    """
    pixels, height, width, channels = _frame_shape(frame, size)
    if height * width > MAX_PIXELS:
        raise _too_large("the number of pixels", "số điểm ảnh", MAX_PIXELS)
    flat = pixels.tobytes()
    grey = flat if channels == 1 else flat[1::channels]  # green: in the middle of RGB and of BGR, nearest to brightness
    codes = _read(memoryview(grey).cast("B", shape=[height, width]), MAX_CODES)
    if len(codes) > MAX_CODES:
        raise _too_large("the number of QR codes", "số mã QR", MAX_CODES)
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
        texts = _read(bitmap, MAX_CODES_SEEN)
        if len(texts) > MAX_CODES_SEEN:
            raise _too_large("the number of QR codes", "số mã QR", MAX_CODES_SEEN)
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


def _read(image: Any, most: int) -> list[str]:
    """The texts of the QR codes on a grey image (a two-dimensional buffer), from top to bottom.

    Among many codes the reader overlooks some, so what it found is painted over and it looks again, until it has seen
    more than `most`.
    """
    zxing = _extra("zxingcpp")
    seen: list[tuple[int, int, str]] = []
    height, width = image.shape
    if max(height, width) > MAX_SIDE_PX:
        raise _too_large("the number of pixels of a side", "số điểm ảnh của một cạnh", MAX_SIDE_PX)
    pixels = None
    for _ in range(_ROUNDS):
        found = zxing.read_barcodes(image, formats=zxing.BarcodeFormat.QRCode, text_mode=zxing.TextMode.Plain)
        seen += [(c.position.top_left.y, c.position.top_left.x, c.text) for c in found if c.text]
        if len(found) < _MANY_CODES or len(seen) > most:
            break
        if pixels is None:
            pixels = bytearray(image)
            image = memoryview(pixels).cast("B", shape=[height, width])
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


def _pictures(data: bytes) -> Iterator[tuple[int, bool, Any]]:
    """Number of each picture in the file (a TIFF has pages), whether it is the only one, and its grey image; its size
    is read before its pixels."""
    image = _extra("PIL.Image")
    if len(data) > MAX_IMAGE_BYTES:
        raise _too_large("the number of bytes of the picture", "số byte của ảnh", MAX_IMAGE_BYTES)
    try:
        with image.open(BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as picture:
            several = picture.format == "TIFF" and _turned(picture, 1)
            for number in itertools.count() if several else (0,):
                if not _turned(picture, number):
                    break
                yield number + 1, not several, _grey(image, picture)
    except (image.DecompressionBombError, image.DecompressionBombWarning):
        raise _too_large("the number of pixels", "số điểm ảnh", MAX_PIXELS) from None
    except image.UnidentifiedImageError:
        raise _unreadable("it is not PNG, JPEG, TIFF or PDF", "không phải PNG, JPEG, TIFF hoặc PDF") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise _unreadable("the picture is damaged", "ảnh bị hỏng") from None


def _turned(picture: Any, page: int) -> bool:
    """Whether there is such a page, counted from 0; the picture is turned to it."""
    try:
        picture.seek(page)
    except EOFError:
        return False
    return True


def _grey(image: Any, picture: Any) -> Any:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _too_large("the number of pixels", "số điểm ảnh", MAX_PIXELS)
    if picture.has_transparency_data:  # transparent means paper
        clear = picture.convert("RGBA")
        grey = image.new("L", picture.size, "white")
        grey.paste(clear.convert("L"), mask=clear.getchannel("A"))
    else:
        grey = picture.convert("L")
    return memoryview(grey.tobytes()).cast("B", shape=[height, width])


def _pages(data: bytes, password: str | None) -> Iterator[tuple[int, int, Any]]:
    """Number, number of all pages, and grey rendering of each page, annotations and fields drawn as a reader does."""
    given: object = data
    if not isinstance(given, bytes):  # pdfium would take a text for a path, and open it
        raise UsageError("usage.argument", why="a PDF is given as bytes")
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
    scale = min(scale, MAX_SIDE_PX / (max(width, height) + 1))
    bitmap = page.render(scale=scale, grayscale=True)
    return memoryview(bytes(bitmap.buffer)).cast("B", shape=[bitmap.height, bitmap.stride])


def _unreadable(why: str, why_vi: str) -> MalformedError:
    return MalformedError("qr.malformed", why=why, why_vi=why_vi)


def _too_large(what: str, what_vi: str, limit: int) -> LimitError:
    return LimitError("qr.too-large", what=what, what_vi=what_vi, limit=limit)
