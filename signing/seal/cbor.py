"""Deterministic CBOR (RFC 8949 §4.2.1) as `eid.cbor` has it, with the errors of seals."""

from __future__ import annotations

from eid import cbor
from eid.cbor import MAX_BYTES, MAX_DEPTH, MAX_ITEMS, Cbor, encode
from eid.errors import MalformedError

from .wire import ours

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_ITEMS", "Cbor", "decode", "encode"]


def decode(data: bytes) -> Cbor:
    """The one value in `data`. Raises `MalformedError` (`seal.cbor`) for anything that is not deterministic."""
    try:
        return cbor.decode(data)
    except MalformedError as e:
        raise ours(e) from None
