"""Strict base64url (RFC 4648 §5 without padding) and strict JSON (RFC 8259, no duplicate members).

Both parsers take untrusted input, bound its size before they look at it, and raise `ValueError` alone: the caller
knows which of our errors it is.
"""

from __future__ import annotations

import binascii
import json
from typing import Any

import orjson

MAX_CONTAINERS = 256  # objects and arrays in one JSON text; a level-2 token has about 15
MAX_NUMBER_CHARS = 32  # characters in one JSON number

# '-' and '_' become the standard alphabet; its own '+', '/' and '=' become a byte that strict decoding refuses
_POISON = ord("!")
_TO_STANDARD = bytes(
    {ord("-"): ord("+"), ord("_"): ord("/"), ord("+"): _POISON, ord("/"): _POISON, ord("="): _POISON}.get(c, c)
    for c in range(256)
)
_TO_URL = bytes.maketrans(b"+/", b"-_")
_PADDING = (b"", b"", b"==", b"=")
# what the last character may be when 4 or 2 of its bits are unused: those bits are zero
_LAST = (None, b"", b"AQgw", b"AEIMQUYcgkosw048")


def b64url(data: bytes) -> bytes:
    """`data` in base64url without padding, as ASCII bytes."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def b64url_text(data: bytes) -> str:
    """`data` in base64url without padding, as text."""
    return b64url(data).decode("ascii")


def unb64url(text: bytes) -> bytes:
    """The bytes that canonical base64url `text` stands for; any other spelling is `ValueError`."""
    tail = len(text) & 3
    if tail:
        allowed = _LAST[tail]
        if not allowed or text[-1] not in allowed:
            raise ValueError("not canonical base64url")
    return binascii.a2b_base64(text.translate(_TO_STANDARD) + _PADDING[tail], strict_mode=True)


def dump_json(value: Any) -> bytes:
    """Compact UTF-8 JSON: the spelling that `load_json` reads fastest."""
    return orjson.dumps(value)


def load_json(text: bytes, *, max_containers: int = MAX_CONTAINERS) -> Any:
    """The value of strict JSON `text`; the caller has bounded its length.

    Refused with `ValueError`: bad UTF-8, duplicate members, NaN and infinities, lone surrogates, long numbers, and
    depths over 254, which `orjson` does not write. A text that is written exactly as `dump_json` writes it cannot hold
    duplicates, so reading it and writing it again settles that. Another spelling is read a second time, slowly, if it
    holds at most `max_containers` objects and arrays.
    """
    value = orjson.loads(text)
    try:
        if orjson.dumps(value) == text:
            return value
    except TypeError:
        raise ValueError("too deep") from None
    return _load_slowly(text, max_containers)


def load_long_json(text: bytes, *, max_containers: int = MAX_CONTAINERS) -> Any:
    """The value of strict JSON `text` with a very long member, for which `orjson` would set aside eight times the room.

    Slower, with no memory beyond the text and its value. Refuses what `load_json` does with `ValueError`, and
    characters that are escaped as surrogates; too deep a text is `RecursionError`.
    """
    if b"\\ud" in text or b"\\uD" in text:
        raise ValueError("surrogates")
    return _load_slowly(text, max_containers)


def _load_slowly(text: bytes, max_containers: int) -> Any:
    if text.count(b"{") + text.count(b"[") > max_containers:
        raise ValueError("too many objects and arrays")
    return json.loads(
        text.decode("utf-8"),
        object_pairs_hook=_no_duplicates,
        parse_int=_short_int,
        parse_float=_short_float,
        parse_constant=_no_constant,
    )


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _short_int(digits: str) -> int:
    if len(digits) > MAX_NUMBER_CHARS:
        raise ValueError("number too long")
    return int(digits)


def _short_float(digits: str) -> float:
    number = float(digits)
    if len(digits) > MAX_NUMBER_CHARS or number in (float("inf"), float("-inf")):
        raise ValueError("number too long")
    return number


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
