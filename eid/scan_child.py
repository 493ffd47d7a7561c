"""QR codes on pictures and on the pages of a PDF (ISO/IEC 18004), read in a process of its own (see `scan`, `limited`).

A file of its own: it imports nothing of this package, and runs only its neighbour `scan_places`. What it gives is JSON:
`{"codes": [[text, page or null], …], "left": pages after those that were looked at}`, or `{"refused": kind, …}`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from runpy import run_path
from typing import Any

DPI = 250  # dots per inch of a rendered page: three pixels a module of a seal 20 mm wide
WHOLE_BYTES = 64 * 1024 * 1024  # bytes of a document that is kept in memory; a larger one is read where it lies

_MANY_CODES = 4  # from here on the reader may overlook one …
_ROUNDS = 64  # … and looks again, at most so often
_SQUARE = 8  # pixels
_POINTS_PER_INCH = 72
_PDF_HEADER_WINDOW = 1024  # bytes in which %PDF- may start (ISO 32000-1 annex H)


class TooLargeError(Exception):
    """What is too large, in both languages, and the limit."""

    def __init__(self, what: str, what_vi: str, limit: int) -> None:
        super().__init__(what, what_vi, limit)
        self.details = {"what": what, "what_vi": what_vi, "limit": limit}


class UnreadableError(Exception):
    """Why nothing can be looked at, in both languages."""

    def __init__(self, why: str, why_vi: str) -> None:
        super().__init__(why, why_vi)
        self.details = {"why": why, "why_vi": why_vi}


def answer(file: int, question: dict[str, Any]) -> dict[str, Any]:
    """The codes of the document behind the file descriptor, which is closed.

    `question` has `password`, `first` (pages to look at; the others are counted) or None (all, at most `max_pages`),
    `max_codes` in all or on a page of the first, the limits `max_image_bytes`, `max_pixels`, `max_side`,
    `max_all_pixels`, and with `first` `objects`: whether a code can only be where images, lines and areas are.
    """
    with os.fdopen(file, "rb") as source:
        try:
            return _first(source, question) if question["first"] is not None else _all(source, question)
        except TooLargeError as e:
            return {"refused": "too-large", **e.details}
        except UnreadableError as e:
            return {"refused": "unreadable", **e.details}
        except ImportError:
            return {"refused": "extra"}


def _all(source: Any, limits: dict[str, Any]) -> dict[str, Any]:
    codes: list[tuple[str, int | None]] = []
    for number, bitmap in _bitmaps(source, limits):
        codes += [(text, number) for text in read(bitmap, limits["max_codes"], limits["max_side"])]
        if len(codes) > limits["max_codes"]:
            raise _too_many_codes(limits)
    return {"codes": codes, "left": 0}


def _first(source: Any, limits: dict[str, Any]) -> dict[str, Any]:
    codes: list[tuple[str, int]] = []
    with _opened(source, limits) as document:
        count = len(document)
        for number in range(min(count, limits["first"])):
            page = document[number]
            places = _places()(page) if limits["objects"] else None
            bitmaps = [_render(page, limits, place) for place in ([None] if places is None else places)]
            texts = [text for bitmap in bitmaps for text in read(bitmap, limits["max_codes"], limits["max_side"])]
            if len(texts) > limits["max_codes"]:
                raise _too_many_codes(limits)
            codes += [(text, number + 1) for text in texts]
    return {"codes": codes, "left": max(0, count - limits["first"])}


def _too_many_codes(limits: dict[str, Any]) -> TooLargeError:
    return TooLargeError("the number of QR codes", "số mã QR", limits["max_codes"])


def _bitmaps(source: Any, limits: dict[str, Any]) -> Iterator[tuple[int | None, Any]]:
    """Every page of a PDF or TIFF, or the one picture, as a grey image with its number."""
    drawn = 0
    head = source.read(_PDF_HEADER_WINDOW)
    source.seek(0)
    if b"%PDF-" in head:
        for number, pages, bitmap in _pages(source, limits):
            _assert_few(pages, limits)
            drawn = _drawn(drawn, bitmap, limits)
            yield number, bitmap
        return
    for number, alone, bitmap in _pictures(source, limits):
        _assert_few(number, limits)
        drawn = _drawn(drawn, bitmap, limits)
        yield None if alone else number, bitmap


def _assert_few(pages: int, limits: dict[str, Any]) -> None:
    if pages > limits["max_pages"]:
        raise TooLargeError("the number of pages", "số trang", limits["max_pages"])


def _drawn(before: int, bitmap: Any, limits: dict[str, Any]) -> int:
    """The pixels of all pages so far: few bytes can hold a hundred posters."""
    if before + bitmap.nbytes > limits["max_all_pixels"]:
        what = "the number of pixels of all pages", "tổng số điểm ảnh của các trang"
        raise TooLargeError(*what, limits["max_all_pixels"])
    return before + int(bitmap.nbytes)


# --- codes on a picture ----------------------------------------------------------------------------------------------


def read(image: Any, most: int, max_side: int) -> list[str]:
    """The texts of the QR codes on a grey image (a two-dimensional buffer), from top to bottom.

    Among many codes the reader overlooks some, so what it found is painted over and it looks again, until it has seen
    more than `most`. Raises `TooLargeError` for a side of more than `max_side` pixels, and `ImportError`.
    """
    zxing: Any = import_module("zxingcpp")
    seen: list[tuple[int, int, str]] = []
    height, width = image.shape
    if max(height, width) > max_side:
        raise TooLargeError("the number of pixels of a side", "số điểm ảnh của một cạnh", max_side)
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


# --- pictures --------------------------------------------------------------------------------------------------------


def _pictures(source: Any, limits: dict[str, Any]) -> Iterator[tuple[int, bool, Any]]:
    """Number of each picture in the file (a TIFF has pages), whether it is the only one, and its grey image; its size
    is read before its pixels."""
    image: Any = import_module("PIL.Image")
    most = limits["max_image_bytes"]
    data = source.read(most + 1)
    if len(data) > most:
        raise TooLargeError("the number of bytes of the picture", "số byte của ảnh", most)
    try:
        with image.open(BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as picture:
            several = picture.format == "TIFF" and _turned(picture, 1)
            for number in itertools.count() if several else (0,):
                if not _turned(picture, number):
                    break
                yield number + 1, not several, _grey(image, picture, limits)
    except (image.DecompressionBombError, image.DecompressionBombWarning):
        raise _too_many_pixels(limits) from None
    except image.UnidentifiedImageError:
        raise UnreadableError("it is not PNG, JPEG, TIFF or PDF", "không phải PNG, JPEG, TIFF hoặc PDF") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise UnreadableError("the picture is damaged", "ảnh bị hỏng") from None


def _too_many_pixels(limits: dict[str, Any]) -> TooLargeError:
    return TooLargeError("the number of pixels", "số điểm ảnh", limits["max_pixels"])


def _turned(picture: Any, page: int) -> bool:
    """Whether there is such a page, counted from 0; the picture is turned to it."""
    try:
        picture.seek(page)
    except EOFError:
        return False
    return True


def _grey(image: Any, picture: Any, limits: dict[str, Any]) -> Any:
    width, height = picture.size
    if width * height > limits["max_pixels"]:
        raise _too_many_pixels(limits)
    if picture.has_transparency_data:  # transparent means paper
        clear = picture.convert("RGBA")
        grey = image.new("L", picture.size, "white")
        grey.paste(clear.convert("L"), mask=clear.getchannel("A"))
    else:
        grey = picture.convert("L")
    return memoryview(grey.tobytes()).cast("B", shape=[height, width])


# --- pages -----------------------------------------------------------------------------------------------------------


@cache
def _places() -> Callable[[Any], list[tuple[float, float, float, float]] | None]:
    found: Callable[[Any], list[tuple[float, float, float, float]] | None]
    found = run_path(os.fspath(Path(__file__).with_name("scan_places.py")))["places"]
    return found


@contextmanager
def _opened(source: Any, limits: dict[str, Any]) -> Iterator[Any]:
    pdfium: Any = import_module("pypdfium2")
    small = os.fstat(source.fileno()).st_size <= WHOLE_BYTES
    try:
        with closing(pdfium.PdfDocument(source.read() if small else source, password=limits["password"])) as document:
            document.init_forms()
            yield document
    except (pdfium.PdfiumError, ValueError, OverflowError, RuntimeError):
        said = "the PDF cannot be shown or needs a password", "PDF bị lỗi hoặc cần mật khẩu"
        raise UnreadableError(*said) from None


def _pages(source: Any, limits: dict[str, Any]) -> Iterator[tuple[int, int, Any]]:
    """Number, number of all pages, and grey rendering of each page, annotations and fields drawn as a reader does."""
    with _opened(source, limits) as document:
        for number in range(len(document)):
            yield number + 1, len(document), _render(document[number], limits)


def _render(page: Any, limits: dict[str, Any], place: tuple[float, float, float, float] | None = None) -> Any:
    width, height = page.get_size()
    scale = DPI / _POINTS_PER_INCH
    pixels = max(1.0, width * height * scale * scale)
    if pixels > limits["max_pixels"]:  # a poster is scanned coarser, not refused
        scale *= (limits["max_pixels"] / pixels) ** 0.5
    scale = min(scale, limits["max_side"] / (max(width, height) + 1))
    left, top, right, bottom = place or (0.0, 0.0, 1.0, 1.0)
    crop = (left * width, (1 - bottom) * height, (1 - right) * width, top * height)
    # the reader tells dark from light in squares: they stay where they are on the whole page; crops are rounded up
    sides = [(int(side * scale) // _SQUARE * _SQUARE - 0.5) / scale for side in crop]
    bitmap = page.render(scale=scale, grayscale=True, crop=sides)
    return memoryview(bytes(bitmap.buffer)).cast("B", shape=[bitmap.height, bitmap.stride])
