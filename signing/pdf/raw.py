"""ISO 32000-2 §7.2–7.3: PDF dictionaries read one level deep, for writing them back.

An incremental update changes a few entries of a few dictionaries. Everything else in them must stay as it is, so
a dictionary is read as name → the raw bytes of its value, and an array as a list of raw values: what is not
changed is written back byte for byte. (`pdf_syntax`, the checker's parser, reads values and writes nothing.)
`PdfSyntaxError` never leaves the pdf rooms; it means "not as the standard writes it", and the caller decides
whether another reader may try.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

MAX_NESTING = 100  # arrays and dictionaries inside each other
_CLOSES = {b"<<": b">>", b"[": b"]"}
_WHITE = rb"\x00\t\n\x0c\r "
_REGULAR = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"

GAP = rb"(?:[" + _WHITE + rb"]++|%[^\r\n]*+[\r\n])++"  # between the parts of a reference
_HEX = rb"<[0-9A-Fa-f" + _WHITE + rb"]*+>"
_PLAIN = rb"\((?:[^()\\]++|\\.)*+\)"  # a literal string without inner parentheses
_SIMPLE = (
    rb"\d{1,10}" + GAP + rb"\d{1,5}" + GAP + rb"R(?!" + _REGULAR + rb")"
    rb"|/" + _REGULAR + rb"*+"
    rb"|(?:[+-]?(?:\d++\.?\d*+|\.\d++)|true|false|null)(?!" + _REGULAR + rb")"
    rb"|" + _HEX + rb"|" + _PLAIN
)  # fmt: skip
_SPACE = rb"[" + _WHITE + rb"]*+(?:%[^\r\n]*+[" + _WHITE + rb"]*+)*+"
_BLANK = re.compile(_SPACE)
_VALUE = re.compile(rb"(" + _SIMPLE + rb")|(<<|\[)|(\()", re.DOTALL)
_OPENED, _NESTED = 2, 3
_NAME = rb"/" + _REGULAR + rb"*+"
_KEYWORD, _OPENING, _CLOSING, _STRING = 1, 3, 4, 5  # the groups of a step
_STEP = re.compile(_SPACE + rb"(?:(" + _NAME + rb")|(" + _SIMPLE + rb")|(<<|\[)|(>>|\])|(\())", re.DOTALL)


def _around(value: bytes) -> bytes:
    """The pattern of an array or dictionary of such values."""
    return rb"\[%b(?:(?:%b)%b)*+\]|<<%b(?:%b%b(?:%b)%b)*+>>" % (
        _SPACE, value, _SPACE, _SPACE, _NAME, _SPACE, value, _SPACE,
    )  # fmt: skip


# Most values in one step: without structure, or arrays and dictionaries of such, or of such again.
_SHALLOW = _SIMPLE + rb"|" + _around(_SIMPLE)
_WHOLE = re.compile(_around(_SIMPLE + rb"|" + _around(_SHALLOW)), re.DOTALL)
_ENTRY = re.compile(rb"(" + _NAME + rb")" + _SPACE + rb"(" + _SHALLOW + rb")" + _SPACE, re.DOTALL)
_ENTRIES = re.compile(rb"(" + _ENTRY.pattern + rb")", re.DOTALL)
_KEY = re.compile(rb"(" + _NAME + rb")" + _SPACE)
_REF = re.compile(rb"(\d+)" + GAP + rb"(\d+)" + GAP + rb"R")
_ESCAPED_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_TO_ESCAPE = re.compile(rb"[^!-~]|[#()<>\[\]{}/%]")
_STRING_STEP = re.compile(rb"[^()\\]++|\\.|[()]", re.DOTALL)
_STRING_ESCAPE = re.compile(rb"\\(\r\n|[0-7]{1,3}|.)|\r\n?", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")


class PdfSyntaxError(Exception):
    """The bytes do not follow the standard at this place."""


class Ref(NamedTuple):
    """An indirect reference: object number and generation."""

    number: int
    generation: int = 0

    def raw(self) -> bytes:
        """As written in a file: `12 0 R`."""
        return b"%d %d R" % self


Dict = dict[bytes, bytes]  # name with its slash, unescaped → raw value


def blank_end(data: bytes, at: int) -> int:
    """The first position from `at` that is neither white space nor comment."""
    found = _BLANK.match(data, at)  # matches the empty string too
    return found.end() if found else at


def _string_end(data: bytes, at: int) -> int:
    """The end of a literal string that holds balanced parentheses."""
    depth = 0
    while step := _STRING_STEP.match(data, at):
        at = step.end()
        match step[0]:
            case b"(":
                depth += 1
            case b")":
                depth -= 1
                if depth == 0:
                    return at
    raise PdfSyntaxError("string without end")


def value_end(data: bytes, at: int) -> int:
    """The end of the value that starts at `at` (no blanks before it)."""
    token = _VALUE.match(data, at)
    if token is None:
        raise PdfSyntaxError(f"no value at byte {at}")
    if token.lastindex == _NESTED:
        return _string_end(data, at)
    if token.lastindex != _OPENED:
        return token.end()
    whole = _WHOLE.match(data, at)
    return whole.end() if whole else _nested_end(data, token.end(), token[0])


def _nested_end(data: bytes, at: int, opened: bytes) -> int:
    """The end of an array or dictionary, value by value; its opening bracket ends at `at`."""
    open_brackets, waiting = [opened], [False]  # for each level: whether a key waits for its value
    while open_brackets:
        token = _STEP.match(data, at)
        if token is None:
            raise PdfSyntaxError(f"no value at byte {at}")
        at, kind = token.end(), token.lastindex
        if kind == _CLOSING:
            if _CLOSES[open_brackets.pop()] != token[_CLOSING] or waiting.pop():
                raise PdfSyntaxError(f"brackets or entries are not whole at byte {at}")
            continue
        if open_brackets[-1] == b"<<":
            if not waiting[-1] and kind != _KEYWORD:
                raise PdfSyntaxError(f"no key at byte {at}")
            waiting[-1] = not waiting[-1]
        if kind == _OPENING:
            open_brackets.append(token[_OPENING])
            waiting.append(False)
            if len(open_brackets) > MAX_NESTING:
                raise PdfSyntaxError("nested too deep")
        elif kind == _STRING:
            at = _string_end(data, token.start(_STRING))
    return at


def name(raw: bytes) -> bytes:
    """A name with its `#xx` escapes undone."""
    return _ESCAPED_NAME.sub(lambda m: bytes.fromhex(m[1].decode("ascii")), raw) if b"#" in raw else raw


def write_name(value: bytes) -> bytes:
    """A name, slash first, with everything escaped that needs it."""
    if value[1:].isalnum():
        return value
    return b"/" + _TO_ESCAPE.sub(lambda m: b"#%02X" % m[0][0], value[1:])


def read_dict(data: bytes, at: int = 0) -> tuple[Dict, int]:
    """The dictionary that starts at `at`, and where it ends. A repeated key is an error: readers disagree on it."""
    if data[at : at + 2] != b"<<":
        raise PdfSyntaxError(f"no dictionary at byte {at}")
    if not at and data[-2:] == b">>" and b"%" not in data and b"#" not in data:
        begin, end = blank_end(data, 2), len(data) - 2
        found = _ENTRIES.findall(data, begin, end)
        if sum([len(entry[0]) for entry in found]) == end - begin:  # nothing but such entries, one behind the other
            entries = {entry[1]: entry[2] for entry in found}
            if len(entries) == len(found):
                return entries, len(data)
    return _read_entries(data, at)


def _read_entries(data: bytes, at: int) -> tuple[Dict, int]:
    """The dictionary that starts at `at`, entry by entry."""
    entries: Dict = {}
    at = blank_end(data, at + 2)
    while data[at : at + 2] != b">>":
        token = _ENTRY.match(data, at)
        if token is not None:
            key, value = token.groups()
            at = token.end()
        else:
            token = _KEY.match(data, at)
            if token is None:
                raise PdfSyntaxError(f"no key at byte {at}")
            end = value_end(data, token.end())
            key, value, at = token[1], data[token.end() : end], blank_end(data, end)
        key = name(key)
        if key in entries:
            raise PdfSyntaxError(f"key {key!r} is repeated")
        entries[key] = value
    return entries, at + 2


def as_dict(raw: bytes | None) -> Dict:
    """A raw value as dictionary; an absent one is empty."""
    return {} if raw is None else read_dict(raw)[0]


def write_dict(entries: Dict) -> bytes:
    """The dictionary as bytes, values verbatim."""
    return b"<<%b>>" % b"\n".join([b"%b %b" % (write_name(key), value) for key, value in entries.items()])


def as_array(raw: bytes | None) -> list[bytes]:
    """A raw array as raw values; an absent one is empty."""
    if raw is None:
        return []
    if raw[:1] != b"[":
        raise PdfSyntaxError("no array")
    values: list[bytes] = []
    at = blank_end(raw, 1)
    while raw[at : at + 1] != b"]":
        end = value_end(raw, at)
        values.append(raw[at:end])
        at = blank_end(raw, end)
    return values


def write_array(values: list[bytes]) -> bytes:
    """The array as bytes, values verbatim."""
    return b"[%b]" % b" ".join(values)


def as_ref(raw: bytes | None) -> Ref | None:
    """The reference that a raw value is, or None."""
    if not raw or raw[-1:] != b"R":
        return None
    found = _REF.fullmatch(raw)
    return Ref(int(found[1]), int(found[2])) if found else None


def as_int(raw: bytes | None, default: int | None = None) -> int:
    """A raw integer of at most 15 digits; `default` when it is absent."""
    if raw is None and default is not None:
        return default
    try:
        if raw is None or len(raw) > 15:
            raise ValueError(raw)
        return int(raw)
    except ValueError:
        raise PdfSyntaxError("no integer") from None


def as_number(raw: bytes | None) -> float:
    """A raw number; PDF has no exponents."""
    if raw is None or len(raw) > 40 or not _NUMBER.fullmatch(raw):
        raise PdfSyntaxError("no number")
    return float(raw)


def _unescape(found: re.Match[bytes]) -> bytes:
    what = found[1]
    if what is None:
        return b"\n"
    if what[:1] in b"01234567":
        return bytes([int(what, 8) & 0xFF])
    return _ESCAPES.get(what, what)


def as_bytes(raw: bytes | None) -> bytes:
    """A raw string, literal or hexadecimal, as the bytes it stands for."""
    if raw and raw[:1] == b"(":
        return _STRING_ESCAPE.sub(_unescape, raw[1:-1])
    if raw and raw[:1] == b"<" and raw[:2] != b"<<":
        digits = re.sub(rb"[" + _WHITE + rb"]", b"", raw[1:-1])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))
    raise PdfSyntaxError("no string")


def as_text(raw: bytes | None) -> str:
    """A raw text string (§7.9.2.2): UTF-16BE or UTF-8 by their marks, else read as Latin-1."""
    data = as_bytes(raw)
    if data[:2] == b"\xfe\xff":
        return data[2:].decode("utf-16-be", "replace")
    if data[:3] == b"\xef\xbb\xbf":
        return data[3:].decode("utf-8", "replace")
    return data.decode("latin-1")


def write_bytes(data: bytes) -> bytes:
    """A byte string in hexadecimal form."""
    return b"<%b>" % data.hex().upper().encode("ascii")


def write_text(text: str) -> bytes:
    """A text string: plain ASCII in parentheses, else UTF-16BE with its mark."""
    if text.isascii() and text.isprintable():
        return b"(%b)" % re.sub(rb"([()\\])", rb"\\\1", text.encode("ascii"))
    return write_bytes(b"\xfe\xff" + text.encode("utf-16-be", "replace"))


def write_date(moment: datetime) -> bytes:
    """A date (§7.9.4) with its offset: `(D:20261121200526+07'00')`."""
    offset = moment.strftime("%z") or "+0000"
    zone = "Z" if offset == "+0000" else f"{offset[:3]}'{offset[3:5]}'"
    return f"(D:{moment:%Y%m%d%H%M%S}{zone})".encode("ascii")


def write_number(value: float) -> bytes:
    """A number with at most three decimals, without exponent or trailing zeros."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return (text if text not in {"-0", ""} else "0").encode("ascii")


def write_numbers(*values: float) -> bytes:
    """Numbers separated by spaces."""
    return b" ".join(map(write_number, values))
