"""COSE_Sign1 (RFC 9052 §4.2) with ECDSA or EdDSA (RFC 9053 §2.1, §2.2), strict: what a QR code carries.

The protected header holds exactly `alg`, `kid` where the profile has one, and `deflated` where the payload is; the
unprotected header is empty, so nothing outside the signature is ever believed. Whether the message is tagged, and what
is signed beside it, belongs to the profile of its kind: one form for each. RSA signatures do not fit and are not read.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from . import cbor
from .errors import LimitError, MalformedError

ALG, KID, DEFLATED = 1, 4, -65_537  # header labels: RFC 9052 table 3; private use (RFC 9052 §11.1)
ES256, ES384, EDDSA, ED25519 = -7, -35, -8, -19  # RFC 9053 §2; RFC 9864 §2.2
SIGNATURE_BYTES = {ES256: 64, ES384: 96, EDDSA: 64, ED25519: 64}
MAX_KID_BYTES = 200
MAX_INFLATED_BYTES = 2_048  # bytes of a payload after inflation

_DEFLATED_COST = 6  # bytes that the header member adds
_TAG = b"\xd2"  # tag 18, COSE_Sign1


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The one form of a kind of message: its algorithms, and the members of its header."""

    algs: frozenset[int] = frozenset(SIGNATURE_BYTES)
    tagged: bool = False
    max_kid_bytes: int = MAX_KID_BYTES  # 0: there is no `kid`
    may_deflate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign1:
    """A parsed COSE_Sign1 whose signature was not checked yet. `signed` is its Sig_structure; `kid` may be empty."""

    alg: int
    kid: bytes
    payload: bytes
    signature: bytes
    signed: bytes


def sign1(
    payload: bytes, *, alg: int, sign: Callable[[bytes], bytes], profile: Profile, kid: bytes = b"", aad: bytes = b""
) -> bytes:
    """COSE_Sign1 over `payload`; `sign` takes the Sig_structure and returns the raw signature of `alg` (r ‖ s)."""
    header: dict[int, int | bytes] = {ALG: alg, KID: kid} if profile.max_kid_bytes else {ALG: alg}
    if profile.may_deflate and len(small := _deflate(payload)) + _DEFLATED_COST < len(payload):
        header[DEFLATED] = 1
        payload = small
    protected = cbor.encode(header)
    message = cbor.encode([protected, {}, payload, sign(_sig_structure(protected, aad, payload))])
    return _TAG + message if profile.tagged else message


def parse_sign1(data: bytes, *, profile: Profile, aad: bytes = b"") -> Sign1:
    """The parts of a COSE_Sign1 of this profile, payload inflated.

    Raises `MalformedError` (`cose.malformed`, `cbor.malformed`) or `LimitError` (`cose.inflate`).
    """
    given: object = data
    if not isinstance(given, bytes):
        raise MalformedError("cose.malformed", why="not bytes")
    if profile.tagged:
        if data[:1] != _TAG:
            raise MalformedError("cose.malformed", why="it is not tagged as a COSE_Sign1")
        data = data[1:]
    outer = cbor.decode(data)
    if not isinstance(outer, list) or len(outer) != 4:
        raise MalformedError("cose.malformed", why="it is not a COSE_Sign1")
    protected, unprotected, payload, signature = outer
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise MalformedError("cose.malformed", why="it is not a COSE_Sign1")
    if unprotected != {}:
        raise MalformedError("cose.malformed", why="the unprotected header is not empty")
    alg, kid, deflated = _read_header(protected, profile)
    if len(signature) != SIGNATURE_BYTES[alg]:
        raise MalformedError("cose.malformed", why=f"the signature does not have {SIGNATURE_BYTES[alg]} bytes")
    signed = _sig_structure(protected, aad, payload)
    opened = _inflate(payload) if deflated else payload
    return Sign1(alg=alg, kid=kid, payload=opened, signature=signature, signed=signed)


@lru_cache(maxsize=256)  # the messages of one signer share one header
def _read_header(protected: bytes, profile: Profile) -> tuple[int, bytes, bool]:
    header = cbor.decode(protected)
    needed = {ALG, KID} if profile.max_kid_bytes else {ALG}
    allowed = needed | {DEFLATED} if profile.may_deflate else needed
    if not isinstance(header, dict) or not needed <= header.keys() <= allowed:
        names = "alg and kid" if profile.max_kid_bytes else "alg"
        raise MalformedError("cose.malformed", why=f"the protected header must hold {names}, and nothing unknown")
    alg, kid = header[ALG], header.get(KID, b"")
    if not isinstance(alg, int) or alg not in profile.algs:
        raise MalformedError("cose.malformed", why="the algorithm is not one of this kind's")
    if not isinstance(kid, bytes) or not min(1, profile.max_kid_bytes) <= len(kid) <= profile.max_kid_bytes:
        raise MalformedError("cose.malformed", why="the key identifier is not a short byte string")
    if header.get(DEFLATED, 1) != 1:
        raise MalformedError("cose.malformed", why="unknown compression")
    return alg, kid, DEFLATED in header


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
        raise MalformedError("cose.malformed", why="the compressed payload is broken") from None
    if stream.unconsumed_tail:
        raise LimitError("cose.inflate", limit=MAX_INFLATED_BYTES)
    if not stream.eof or stream.unused_data:
        raise MalformedError("cose.malformed", why="the compressed payload is cut short or followed by other bytes")
    return inflated
