"""The dictionary around a /ByteRange that was found in the bytes of a PDF (ISO 32000-2 §12.8.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..errors import SigningError
from .objects import PdfDict, parse_value

MAX_SALVAGE_BYTES = 1024 * 1024  # how far before a stray /ByteRange its dictionary may begin

_ARRAY_FOLLOWS = re.compile(rb"/[^\x00\t\n\x0c\r \[%]+[\x00\t\n\x0c\r ]*(?:\[|\d)")


def innermost(value: Any, at: int) -> PdfDict | None:
    """The dictionary with a byte range, `value` or inside it, that begins last before `at`."""
    found = [d for d in _dictionaries(value) if "ByteRange" in d and d.start <= at]
    return max(found, key=lambda d: d.start, default=None)


def salvage(data: bytes, at: int, known: dict[int, tuple[Any, int]]) -> PdfDict | None:
    """The dictionary around a /ByteRange that no table leads to; one without members when it cannot be read.

    `known` keeps what was read, by where it begins: many a /ByteRange may stand in one object.
    """
    if not _ARRAY_FOLLOWS.match(data, at):
        return None
    opened = data.rfind(b"obj", max(0, at - MAX_SALVAGE_BYTES), at)
    if opened not in known:
        try:
            known[opened] = parse_value(data, opened + 3) if opened >= 0 else (None, 0)
        except SigningError:
            known[opened] = None, 0
    value, end = known[opened]
    if isinstance(value, PdfDict) and end > at:
        return innermost(value, at)
    return PdfDict(start=-1 - at)


def _dictionaries(value: Any) -> Iterator[PdfDict]:
    """`value` and the dictionaries directly inside it, however deep."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, PdfDict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
