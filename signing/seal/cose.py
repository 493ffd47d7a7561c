"""COSE_Sign1 with ES256 (RFC 9052 §4.2, RFC 9053 §2.1), one strict profile for seals.

Untagged; the protected header holds exactly `alg` = ES256, `kid`, and `deflated` where the payload is; the
unprotected header is empty, so nothing outside the signature is ever believed. The format's prefix is the external
authenticated data. The payload is compressed only where that makes the whole shorter.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from ..errors import LimitError, MalformedError
from . import cbor

ALG, KID, DEFLATED = 1, 4, -65_537  # header labels: RFC 9052 table 3; private use (RFC 9052 §11.1)
ES256 = -7
SIGNATURE_BYTES = 64  # r ‖ s
MAX_KID_BYTES = 32
MAX_INFLATED_BYTES = 2_048  # bytes of a payload after inflation

_DEFLATED_COST = 6  # bytes that the header member adds


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign1:
    """A parsed COSE_Sign1 whose signature was not checked yet. `signed` is its Sig_structure."""

    kid: bytes
    payload: bytes
    signature: bytes
    signed: bytes


def sign1(payload: bytes, *, kid: bytes, aad: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """COSE_Sign1 over `payload`; `sign` takes the Sig_structure and returns r ‖ s of ES256 (64 bytes)."""
    header: dict[int, int | bytes] = {ALG: ES256, KID: kid}
    small = _deflate(payload)
    if len(small) + _DEFLATED_COST < len(payload):
        header[DEFLATED] = 1
        payload = small
    protected = cbor.encode(header)
    signature = sign(_sig_structure(protected, aad, payload))
    return cbor.encode([protected, {}, payload, signature])


def parse_sign1(data: bytes, *, aad: bytes) -> Sign1:
    """The parts of a COSE_Sign1 in our profile, payload inflated.

    Raises `MalformedError` (`seal.cose`, `seal.cbor`) or `LimitError` (`seal.inflate`).
    """
    outer = cbor.decode(data)
    if not isinstance(outer, list) or len(outer) != 4:
        raise MalformedError("seal.cose", why="it is not a COSE_Sign1")
    protected, unprotected, payload, signature = outer
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise MalformedError("seal.cose", why="it is not a COSE_Sign1")
    if unprotected != {}:
        raise MalformedError("seal.cose", why="the unprotected header is not empty")
    if len(signature) != SIGNATURE_BYTES:
        raise MalformedError("seal.cose", why="the signature does not have 64 bytes")
    kid, deflated = _read_header(protected)
    signed = _sig_structure(protected, aad, payload)
    return Sign1(kid=kid, payload=_inflate(payload) if deflated else payload, signature=signature, signed=signed)


@lru_cache(maxsize=256)  # an office's seals share one header
def _read_header(protected: bytes) -> tuple[bytes, bool]:
    header = cbor.decode(protected)
    if not isinstance(header, dict) or not {ALG, KID} <= header.keys() <= {ALG, KID, DEFLATED}:
        raise MalformedError("seal.cose", why="the protected header must hold alg and kid, and nothing unknown")
    kid = header[KID]
    if header[ALG] != ES256:
        raise MalformedError("seal.cose", why="the algorithm is not ES256")
    if not isinstance(kid, bytes) or not 0 < len(kid) <= MAX_KID_BYTES:
        raise MalformedError("seal.cose", why="the key identifier is not a short byte string")
    if header.get(DEFLATED, 1) != 1:
        raise MalformedError("seal.cose", why="unknown compression")
    return kid, DEFLATED in header


def _sig_structure(protected: bytes, aad: bytes, payload: bytes) -> bytes:
    """Sig_structure of RFC 9052 §4.4 with the context `Signature1`."""
    return cbor.encode(["Signature1", protected, aad, payload])


def _deflate(payload: bytes) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeeze.compress(payload) + squeeze.flush()


def _inflate(payload: bytes) -> bytes:
    """Raw DEFLATE (RFC 1951), capped; an unfinished stream or bytes after its end are refused."""
    stream = zlib.decompressobj(-15)
    try:
        inflated = stream.decompress(payload, MAX_INFLATED_BYTES)
    except zlib.error:
        raise MalformedError("seal.cose", why="the compressed payload is broken") from None
    if stream.unconsumed_tail:
        raise LimitError("seal.inflate", limit=MAX_INFLATED_BYTES)
    if not stream.eof or stream.unused_data:
        raise MalformedError("seal.cose", why="the compressed payload is cut short or followed by other bytes")
    return inflated
