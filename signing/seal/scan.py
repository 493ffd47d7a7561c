"""QR codes of pictures and PDFs, as `eid.scan` sees them, with the errors of this package."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from eid import errors as eid_errors
from eid import scan as eid_scan
from eid.scan import MAX_PAGES, ScannedCode, can_scan

from ..errors import LimitError, MalformedError, MissingExtraError, UsageError
from ..files import read_file

__all__ = ["ScannedCode", "can_scan", "scan", "scan_first"]


def scan(
    source: bytes | str | os.PathLike[str], *, password: str | None = None, max_pages: int = MAX_PAGES
) -> tuple[ScannedCode, ...]:
    """All QR codes of a PNG, JPEG, TIFF or PDF, page by page and from top to bottom; none found is an empty tuple.

    Raises `MissingExtraError` without the extra `scan`, `MalformedError` (`scan.unreadable`) and `LimitError`.
    """
    data = source if isinstance(source, bytes) else read_file(source)
    with _our_errors():
        return eid_scan.scan(data, password=password, max_pages=max_pages)


def scan_first(pdf: bytes, pages: int) -> tuple[tuple[ScannedCode, ...], int]:
    """The QR codes of the first `pages` pages of a PDF, however many, and how many pages come after them.

    Raises as `scan`; `LimitError` where a page has so many codes that some may not be found.
    """
    with _our_errors():
        return eid_scan.scan_first(pdf, pages)


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except eid_errors.MissingExtraError:
        raise MissingExtraError("scan") from None
    except eid_errors.UsageError as e:
        raise UsageError("usage.argument", **e.details) from None
    except eid_errors.LimitError as e:
        raise LimitError("scan.too-large", **e.details) from None
    except eid_errors.MalformedError as e:
        raise MalformedError("scan.unreadable", **e.details) from None
