"""PDF objects from bytes, strictly (ISO 32000-2 §7.2-7.3): what two viewers might read differently is refused.

Values: names are `str`, strings `bytes`, numbers `int` / `float`, references `Ref`, arrays `list`, dictionaries
`PdfDict`, streams `PdfStream`. Every error is a `MalformedError` or `LimitError`; nothing recurses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import LimitError, MalformedError

MAX_DEPTH = 100  # arrays and dictionaries inside each other
MAX_INTEGER_DIGITS = 19

_SPACE = rb"[\x00\t\n\x0c\r ]"
_BLANK = rb"(?:" + _SPACE + rb"|%[^\r\n]*+)*+"  # white space and comments
_GAP = rb"(?:" + _SPACE + rb"|%[^\r\n]*+[\r\n])++"  # the same, at least one
_END = rb"(?=[\x00\t\n\x0c\r ()<>\[\]{}/%]|\Z)"
_SKIP = re.compile(_BLANK)
_KINDS = (
    rb"/([^\x00\t\n\x0c\r ()<>\[\]{}/%]*+)",  # 1 name
    rb"(\d{1,10})" + _GAP + rb"(\d{1,5})" + _GAP + rb"R" + _END,  # 2, 3 reference
    rb"([+-]?\d++)(?![.\d])" + _END,  # 4 integer
    rb"([+-]?(?:\d++\.\d*+|\.\d++))" + _END,  # 5 real
    rb"(<<)",  # 6
    rb"(>>)",  # 7
    rb"<([0-9A-Fa-f\x00\t\n\x0c\r ]*+)>",  # 8 hexadecimal string
    rb"(\()",  # 9 literal string
    rb"(\[)",  # 10
    rb"(\])",  # 11
    rb"(true|false|null)" + _END,  # 12
)
_TOKEN = re.compile(_BLANK + rb"(?:" + b"|".join(_KINDS) + rb")")
_PARENTHESES = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPES = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n?|\n)|(.))|\r\n?", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_HASH = re.compile(r"#([0-9A-Fa-f]{2})")
# Some viewers take the bytes 80 and FF for white space: to them this part of a name is a reference.
_HIDDEN_REFERENCE = re.compile(rb"[\x80\xff][0-9+.-]+[\x80\xff]+[0-9+.-]+[\x80\xff]+R")
_OBJECT = re.compile(rb"(\d{1,10})" + _GAP + rb"(\d{1,5})" + _GAP + rb"obj(?![0-9A-Za-z])")
# A CR alone is not allowed there, yet old programs wrote it and viewers pass over it; the length has to hold anyway.
_STREAM = re.compile(_BLANK + rb"stream(?:\r\n?|\n)")
_STREAM_END = re.compile(rb"(?:\r\n|\n|\r)?endstream(?![0-9A-Za-z])")
_OBJECT_END = re.compile(_BLANK + rb"endobj(?![0-9A-Za-z])")
_KEYWORDS = {b"true": True, b"false": False, b"null": None}


class Ref(NamedTuple):
    """An indirect reference, `number generation R`."""

    number: int
    generation: int


class PdfDict(dict[str, Any]):
    """A dictionary and the offset of its `<<`."""

    __slots__ = ("start",)

    def __init__(self, pairs: Any = (), start: int = -1) -> None:
        super().__init__(pairs)
        self.start = start


@dataclass(frozen=True, slots=True)
class PdfStream:
    """A stream: its dictionary, and its bytes with their filters still to be undone, decrypted if need be.

    `stored` are those of an encrypted file as they stand there: viewers do not agree on which streams are decrypted.
    """

    dict: PdfDict
    raw: bytes
    stored: bytes | None = None


def bad(why: str) -> MalformedError:
    """The error for a file that breaks the syntax."""
    return MalformedError("pdf.malformed", why=why)


def same(a: Any, b: Any) -> bool:
    """Whether two objects are one to every viewer: equal, and `1`, `1.0` and `true` are three."""
    if type(a) is not type(b) or a != b:
        return False
    if isinstance(a, dict):
        return all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list):
        return all(map(same, a, b))
    return not isinstance(a, PdfStream) or same(a.dict, b.dict)


def skip(data: bytes, at: int) -> int:
    """The offset after white space and comments."""
    found = _SKIP.match(data, at)
    return found.end() if found else at


def _name(raw: bytes) -> str:
    if not raw.isascii() and _HIDDEN_REFERENCE.search(raw):
        raise bad("a name holds what some viewers read as a reference")
    text = raw.decode("latin-1")
    if "#" not in text:
        return text
    if "#00" in text:
        raise bad("a name holds a zero byte, at which it ends for some viewers")
    return _HASH.sub(lambda m: chr(int(m[1], 16)), text)


def _hex_string(raw: bytes) -> bytes:
    digits = raw if raw.isalnum() else raw.translate(None, b"\x00\t\n\x0c\r ")
    return bytes.fromhex((digits + b"0" if len(digits) % 2 else digits).decode("ascii"))


def _unescape(found: re.Match[bytes]) -> bytes:
    octal, newline, other = found.groups()
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    if newline:
        return b""
    return b"\n" if other is None else _ESCAPED.get(other, other)


def _literal_string(data: bytes, at: int) -> tuple[bytes, int]:
    """The string whose `(` ends at `at`, and the offset after its `)`."""
    depth = 1
    for found in _PARENTHESES.finditer(data, at):
        if found[0] == b"(":
            depth += 1
        elif found[0] == b")":
            depth -= 1
            if not depth:
                raw = data[at : found.start()]
                plain = b"\\" not in raw and b"\r" not in raw
                return raw if plain else _ESCAPES.sub(_unescape, raw), found.end()
    raise bad(f"a string at byte {at} has no end")


def _close_dict(items: list[Any], start: int) -> PdfDict:
    keys, values = items[0::2], items[1::2]
    if len(keys) != len(values) or not all(type(key) is str for key in keys):
        raise bad(f"the dictionary at byte {start} is not made of pairs")
    made = PdfDict(zip(keys, values, strict=True), start)
    if len(made) != len(keys):
        # Viewers disagree on which value counts, so what was shown cannot be told.
        raise MalformedError("pdf.duplicate-key", key=next(key for key in keys if keys.count(key) > 1), offset=start)
    return made


def _scalar(data: bytes, found: re.Match[bytes]) -> tuple[Any, int]:
    kind = found.lastindex
    if kind == 1:
        return _name(found[1]), found.end()
    if kind == 3:
        return Ref(int(found[2]), int(found[3])), found.end()
    if kind == 4:
        if len(found[4]) > MAX_INTEGER_DIGITS + 1:
            raise bad("a number is too long")
        return int(found[4]), found.end()
    if kind == 8:
        return _hex_string(found[8]), found.end()
    if kind == 9:
        return _literal_string(data, found.end())
    if kind == 5:
        if len(found[5]) > 400:
            raise bad("a number is too long")
        return float(found[5]), found.end()
    return _KEYWORDS[found[12]], found.end()


def parse_value(data: bytes, at: int) -> tuple[Any, int]:
    """The object at `at` and the offset after it. Raises `MalformedError` or `LimitError`."""
    stack: list[tuple[int, int, list[Any]]] = []  # kind, start, items
    token = _TOKEN.match
    while True:
        found = token(data, at)
        if found is None:
            raise bad(f"no object at byte {at}")
        kind = found.lastindex
        at = found.end()
        value: Any
        if kind in (6, 10):
            if len(stack) >= MAX_DEPTH:
                raise LimitError("input.too-large", what="nesting of PDF objects", limit=MAX_DEPTH)
            stack.append((kind, at - (2 if kind == 6 else 1), []))
            continue
        if kind in (7, 11):
            if not stack or stack[-1][0] != kind - 1:
                raise bad(f"unbalanced brackets at byte {at}")
            _, start, items = stack.pop()
            value = items if kind == 11 else _close_dict(items, start)
        else:
            value, at = _scalar(data, found)
        if not stack:
            return value, at
        stack[-1][2].append(value)


def dictionary_layout(data: bytes, start: int) -> tuple[dict[str, tuple[int, int]], int]:
    """Where the values of the dictionary at `start` stand, key → (first byte, after last); and where it ends."""
    spans: dict[str, tuple[int, int]] = {}
    at = start + 2
    while True:
        at = skip(data, at)
        if data.startswith(b">>", at):
            return spans, at + 2
        key, at = parse_value(data, at)
        first = skip(data, at)
        _, at = parse_value(data, first)
        spans[key] = (first, at)


class IndirectObject(NamedTuple):
    """An object as it stands in the file, from its number to `endobj`."""

    number: int
    generation: int
    value: Any
    end: int


def parse_indirect(data: bytes, at: int, length_of: Any) -> IndirectObject:
    """The `N G obj … endobj` at exactly `at`; `length_of(Ref)` resolves an indirect stream length."""
    head = _OBJECT.match(data, at)
    if head is None:
        raise bad(f"no object starts at byte {at}")
    value, after = parse_value(data, head.end())
    opened = _STREAM.match(data, after) if isinstance(value, PdfDict) else None
    if opened is not None:
        length = value.get("Length")
        if isinstance(length, Ref):
            length = length_of(length)
        if type(length) is not int or length < 0 or opened.end() + length > len(data):
            raise bad(f"the stream at byte {at} has no usable length")
        closed = _STREAM_END.match(data, opened.end() + length)
        if closed is None:
            raise bad(f"the stream at byte {at} does not end where its length says")
        value, after = PdfStream(value, data[opened.end() : opened.end() + length]), closed.end()
    finish = _OBJECT_END.match(data, after)
    if finish is None:
        raise bad(f"the object at byte {at} has no endobj")
    return IndirectObject(int(head[1]), int(head[2]), value, finish.end())
