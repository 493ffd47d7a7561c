"""COSE_Sign1 (RFC 9052 §4.2) as `eid.cose` has it, in the one form of seals and with their errors.

Untagged, ES256 only, a short `kid`, and a payload that is compressed where that makes the whole shorter. The format's
prefix is the external authenticated data.
"""

from __future__ import annotations

from collections.abc import Callable

from eid import cose
from eid.cose import ALG, DEFLATED, ES256, KID, MAX_INFLATED_BYTES, Sign1
from eid.errors import MalformedError

from .wire import ours

__all__ = ["ALG", "DEFLATED", "ES256", "KID", "MAX_INFLATED_BYTES", "PROFILE", "Sign1", "parse_sign1", "sign1"]

PROFILE = cose.Profile(algs=frozenset({ES256}), max_kid_bytes=32, may_deflate=True)


def sign1(payload: bytes, *, kid: bytes, aad: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """COSE_Sign1 over `payload`; `sign` takes the Sig_structure and returns r ‖ s of ES256 (64 bytes)."""
    return cose.sign1(payload, alg=ES256, kid=kid, aad=aad, sign=sign, profile=PROFILE)


def parse_sign1(data: bytes, *, aad: bytes) -> Sign1:
    """The parts of a seal's COSE_Sign1, payload inflated.

    Raises `MalformedError` (`seal.cose`, `seal.cbor`) or `LimitError` (`seal.inflate`).
    """
    try:
        return cose.parse_sign1(data, aad=aad, profile=PROFILE)
    except MalformedError as e:
        raise ours(e) from None
