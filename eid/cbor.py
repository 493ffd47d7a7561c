"""Deterministic CBOR (RFC 8949 §4.2.1), decoded strictly: one encoding for each value, and only what QR codes need.

Unsigned and negative integers, byte strings, text, arrays and maps with integer labels (and text labels, where the
caller allows them). Tags, floats, simple values, indefinite lengths, lengths or integers written longer than needed,
labels out of order or twice, and bytes after the end are refused. Encoding is `cbor2`'s in its canonical mode.
"""

from __future__ import annotations

from typing import Any

import cbor2

from .errors import MalformedError

MAX_BYTES = 4_096  # bytes of one decoded item
MAX_DEPTH = 4  # levels of arrays and maps
MAX_ITEMS = 64  # values in one decoded item, all levels together

Cbor = int | bytes | str | list["Cbor"] | dict[Any, "Cbor"]  # labels are int, or text where allowed

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP = range(6)
_SMALLEST = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}  # what needs the argument's length at all


def encode(value: object) -> bytes:
    """`value` in deterministic CBOR; labels whose longer encodings sort later have the order of RFC 7049 and 8949."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, *, text_labels: bool = False) -> Cbor:
    """The one value in `data`. Raises `MalformedError` (`cbor.malformed`) for anything that is not deterministic."""
    given: object = data
    if not isinstance(given, bytes):
        raise MalformedError("cbor.malformed", why="not bytes")
    if len(data) > MAX_BYTES:
        raise MalformedError("cbor.malformed", why=f"more than {MAX_BYTES} bytes")
    reader = _Reader(data, text_labels)
    try:
        value = reader.item(0)
    except IndexError:
        raise MalformedError("cbor.malformed", why="it is cut short") from None
    except UnicodeDecodeError:
        raise MalformedError("cbor.malformed", why="a text is not UTF-8") from None
    if reader.at != len(data):
        raise MalformedError("cbor.malformed", why="bytes follow the end")
    return value


class _Reader:
    """A cursor over the bytes, counting values so that small inputs cannot become large ones."""

    __slots__ = ("at", "data", "items", "text_labels")

    def __init__(self, data: bytes, text_labels: bool) -> None:
        self.data, self.at, self.items, self.text_labels = data, 0, 0, text_labels

    def item(self, depth: int) -> Cbor:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise MalformedError("cbor.malformed", why="nested too deeply or too many values")
        initial = self.data[self.at]
        self.at += 1
        kind, argument = initial >> 5, initial & 31
        if argument > 23 and kind <= _MAP:
            argument = self._long_argument(argument)
        if kind == _UNSIGNED:
            return argument
        if kind in (_BYTES, _TEXT):
            taken = self._take(argument)
            return taken if kind == _BYTES else taken.decode()
        if kind == _MAP:
            return self._map(argument, depth)
        if kind == _ARRAY:
            return [self.item(depth + 1) for _ in range(argument)]
        if kind == _NEGATIVE:
            return -1 - argument
        raise MalformedError("cbor.malformed", why="tags, floats and simple values are not allowed")

    def _long_argument(self, info: int) -> int:
        smallest = _SMALLEST.get(info)
        if smallest is None:
            raise MalformedError("cbor.malformed", why="indefinite or reserved lengths are not allowed")
        value = int.from_bytes(self._take(1 << (info - 24)))
        if value < smallest:
            raise MalformedError("cbor.malformed", why="a length or number is written longer than needed")
        return value

    def _take(self, count: int) -> bytes:
        start = self.at
        self.at = start + count
        taken = self.data[start : self.at]
        if len(taken) != count:
            raise IndexError
        return taken

    def _map(self, count: int, depth: int) -> dict[Any, Cbor]:
        result: dict[Any, Cbor] = {}
        previous = b""
        for _ in range(count):
            start = self.at
            key = self.item(depth + 1)
            encoded = self.data[start : self.at]
            if not (isinstance(key, int) or (self.text_labels and isinstance(key, str))):
                raise MalformedError("cbor.malformed", why="a label is not a number")
            if encoded <= previous:
                raise MalformedError("cbor.malformed", why="labels are out of order or repeated")
            previous = encoded
            result[key] = self.item(depth + 1)
        return result
