"""The operations of a content stream (ISO 32000-2 §7.8.2), and the text that they show.

Read are only short ones that have to be understood whole, such as a field's appearance; anything unusual is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import LimitError
from .form import text_of
from .objects import bad, parse_value, skip

MAX_OPERANDS = 64

_OPERATOR = re.compile(rb"[A-Za-z'\"][A-Za-z0-9'\"*]*")
READABLE = ("Type1", "TrueType", "MMType1")  # fonts whose codes are the characters of the text


@dataclass(frozen=True, slots=True)
class Operation:
    """One operator with the operands in front of it."""

    operator: bytes
    operands: tuple[Any, ...]


def operations(body: bytes, max_bytes: int) -> Iterator[Operation]:
    """The operations of `body` in order. Raises `MalformedError`, and `LimitError` for more than `max_bytes`."""
    if len(body) > max_bytes:
        raise LimitError("input.too-large", what="a content stream", limit=f"{max_bytes} bytes")
    at, operands = skip(body, 0), list[Any]()
    while at < len(body):
        word = _OPERATOR.match(body, at)
        if word is not None:
            yield Operation(word[0], tuple(operands))
            operands.clear()
            at = skip(body, word.end())
            continue
        value, at = parse_value(body, at)
        operands.append(value)
        if len(operands) > MAX_OPERANDS:
            raise bad("an operator has too many operands")
        at = skip(body, at)
    if operands:
        raise bad("a content stream ends without its last operator")


def shown_text(drawn: Iterable[Operation], font_kinds: Mapping[str, Any]) -> str | None:
    """The text that is shown, in order; None where it cannot be read, as with fonts of glyph numbers.

    `font_kinds` maps the name of a font to its /Subtype.
    """
    parts: list[bytes] = []
    readable = False
    for operation in drawn:
        if operation.operator == b"Tf":
            name = operation.operands[0] if operation.operands else None
            readable = isinstance(name, str) and font_kinds.get(name) in READABLE
        texts = [text for text in _texts(operation) if text]
        if texts and not readable:
            return None
        parts += texts
    return "".join(map(text_of, parts))


def _texts(operation: Operation) -> Iterator[bytes]:
    if operation.operator not in (b"Tj", b"TJ", b"'", b'"') or not operation.operands:
        return
    last = operation.operands[-1]
    for item in last if isinstance(last, list) else [last]:
        if isinstance(item, bytes):
            yield item
