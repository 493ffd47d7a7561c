"""Base45 (RFC 9285) as `eid.base45` has it, with the errors of seals."""

from __future__ import annotations

from eid import base45
from eid.base45 import ALPHABET, MAX_CHARS, encode
from eid.errors import MalformedError

from .wire import ours

__all__ = ["ALPHABET", "MAX_CHARS", "decode", "encode"]


def decode(text: str) -> bytes:
    """The bytes of a Base45 text. Raises `LimitError` (`seal.too-large`) and `MalformedError` (`seal.base45`)."""
    try:
        return base45.decode(text)
    except MalformedError as e:
        raise ours(e) from None
