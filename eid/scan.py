"""QR codes seen on a picture, in a camera's frame or on the pages of a PDF (ISO/IEC 18004), through the extra `scan`.

Every code found is reported, as text only: nothing is opened, followed or fetched. Pictures and pages are bounded in
bytes, pixels and number before anything is decoded, and decoded in a process beside this one, within limits of time and
memory (`limited`): what draws them runs whatever a file says.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import scan_child
from .errors import EidError, LimitError, MalformedError, MissingExtraError, UsageError
from .figures import Figures, figures_of
from .files import read_file
from .limited import MAX_MEMORY, Ended, LimitedTask, NotStartedError
from .scan_child import DPI as DPI
from .scan_child import TooLargeError

MAX_SCAN_BYTES = 512 * 1024 * 1024  # bytes of one file
MAX_IMAGE_BYTES = 32 * 1024 * 1024  # bytes of a picture file
MAX_PIXELS = 40_000_000  # pixels of one picture or rendered page
MAX_SIDE_PX = 65_535  # pixels of a side: the reader takes no longer one
MAX_ALL_PIXELS = 16 * MAX_PIXELS  # pixels of all pages of one document: a hundred of A4
MAX_PAGES = 100  # pages of one document that are rendered
MAX_CODES = 64  # QR codes reported of one document
MAX_CODES_SEEN = 512  # QR codes on one picture or page before the search for more is given up
MAX_SECONDS = 30.0  # processor time for one document
MAX_SECONDS_FIRST = 10.0  # the same for its first pages

_MODULES = ("zxingcpp", "PIL.Image", "pypdfium2")
_PDF_HEADER_WINDOW = 1024  # bytes in which %PDF- may start (ISO 32000-1 annex H)

_task = LimitedTask(Path(scan_child.__file__))


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

    Raises `MissingExtraError` without the extra `scan`, `MalformedError` (`qr.malformed`), `UsageError`, and
    `LimitError` for what is too large, or takes too much time or memory to be shown.
    """
    asked = {"password": password, "first": None, "max_pages": max_pages, "max_codes": MAX_CODES}
    with _file_of(source) as (file, head):
        _assert_installed("zxingcpp", "pypdfium2" if b"%PDF-" in head else "PIL.Image")
        return _asked(file, asked, MAX_SECONDS)[0]


def scan_first(pdf: bytes, pages: int) -> tuple[tuple[ScannedCode, ...], int]:
    """The QR codes of the first `pages` pages of a PDF, however many, and how many pages come after them.

    Only what can be a code is drawn: images, and lines and areas where there are many. A file without such has no
    code on any page (`figures`). Raises as `scan`; `LimitError` where a page has so many codes that some may not be
    found.
    """
    given: object = pdf
    if not isinstance(given, bytes):  # a text would be taken for a path, and opened
        raise UsageError("usage.argument", why="a PDF is given as bytes")
    _assert_installed("zxingcpp", "pypdfium2")
    figures = figures_of(pdf)
    if figures is Figures.NONE:
        return (), 0
    asked = {"password": None, "first": pages, "max_codes": MAX_CODES_SEEN, "objects": figures is Figures.OBJECTS}
    with _file_of(pdf) as (file, _):
        return _asked(file, asked, MAX_SECONDS_FIRST)


def _asked(file: int, question: dict[str, Any], seconds: float) -> tuple[tuple[ScannedCode, ...], int]:
    """The codes that the other process finds, and the number of pages that it did not look at."""
    limits = {
        "max_image_bytes": MAX_IMAGE_BYTES,
        "max_pixels": MAX_PIXELS,
        "max_side": MAX_SIDE_PX,
        "max_all_pixels": MAX_ALL_PIXELS,
    }
    try:
        told = _task.ask(file, question | limits, seconds=seconds)
    except NotStartedError as e:
        raise UsageError("usage.argument", why=f"no process can be started: {e}") from None
    except (TypeError, ValueError, RecursionError):
        raise UsageError("usage.argument", why="password is text, max_pages a number") from None
    if told is Ended.SECONDS:
        what = "the processor time for showing it", "thời gian xử lý để hiển thị tệp"
        raise _too_large(*what, f"{seconds:g} s")
    if told is Ended.MEMORY:
        what = "the memory for showing it", "bộ nhớ để hiển thị tệp"
        raise _too_large(*what, f"{MAX_MEMORY >> 20} MiB")
    if "refused" in told:
        raise _refusal(told)
    return tuple(ScannedCode(text, page) for text, page in told["codes"]), told["left"]


def _refusal(told: dict[str, Any]) -> EidError:
    kind = told.pop("refused")
    if kind == "extra":
        return MissingExtraError("scan")
    return LimitError("qr.too-large", **told) if kind == "too-large" else MalformedError("qr.malformed", **told)


@contextmanager
def _file_of(source: bytes | str | os.PathLike[str]) -> Iterator[tuple[int, bytes]]:
    """A descriptor of a regular file with the content, at its begin, and the first bytes."""
    if isinstance(source, bytes):
        if len(source) > MAX_SCAN_BYTES:
            raise LimitError("input.too-large", what="the input", limit=f"{MAX_SCAN_BYTES} bytes")
        with tempfile.TemporaryFile(buffering=0) as file:
            file.write(source)
            file.seek(0)
            yield file.fileno(), source[:_PDF_HEADER_WINDOW]
        return
    with _file_of(read_file(source, max_bytes=MAX_SCAN_BYTES)) as given:
        yield given


def scan_frame(frame: Any, *, size: tuple[int, int] | None = None) -> tuple[ScannedCode, ...]:
    """All QR codes of one frame of a camera, from top to bottom; none found is an empty tuple.

    `frame` is an array of 8-bit pixels (anything with the buffer protocol, such as numpy's) of height × width, or
    height × width × 3 or 4; or flat bytes with `size` = (width, height). The order of the colours does not matter.
    Raises `MissingExtraError`, `UsageError` (`qr.frame`) and `LimitError` (`qr.too-large`).
    """
    pixels, height, width, channels = _frame_shape(frame, size)
    if height * width > MAX_PIXELS:
        raise _too_large("the number of pixels", "số điểm ảnh", MAX_PIXELS)
    _assert_installed("zxingcpp")
    flat = pixels.tobytes()
    grey = flat if channels == 1 else flat[1::channels]  # green: in the middle of RGB and of BGR, nearest to brightness
    try:
        codes = scan_child.read(memoryview(grey).cast("B", shape=[height, width]), MAX_CODES, MAX_SIDE_PX)
    except TooLargeError as e:
        raise LimitError("qr.too-large", **e.details) from None
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


def can_scan() -> bool:
    """Whether the extra `scan` is installed."""
    return all(map(_is_installed, _MODULES))


def _assert_installed(*modules: str) -> None:
    if not all(map(_is_installed, modules)):
        raise MissingExtraError("scan")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _too_large(what: str, what_vi: str, limit: int | str) -> LimitError:
    return LimitError("qr.too-large", what=what, what_vi=what_vi, limit=limit)
