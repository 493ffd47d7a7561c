"""ISO/IEC 9796-2 digital signature scheme 1 with partial message recovery, as chips answer challenges (ICAO 9303-11
§6.1.2.2; BSI TR-03110): the signature carries part of the message, the reader knows the rest.

    6A ‖ M1 ‖ hash(M1 ‖ M2) ‖ trailer          trailer: BC for SHA-1, or one byte for the hash and CC
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

MIN_BITS, MAX_BITS = 1024, 4096  # bits of the chip's modulus

_HEADER = 0x6A  # partial recovery, no padding: M1 fills what is free
_IMPLICIT, _EXPLICIT = 0xBC, 0xCC
# SHA-1 may be used here and nowhere else: the chip hashes its own fresh number in front of the challenge
_BY_TRAILER: dict[int, Callable[[bytes], Any]] = {
    0x33: hashlib.sha1,
    0x34: hashlib.sha256,
    0x35: hashlib.sha512,
    0x36: hashlib.sha384,
    0x38: hashlib.sha224,
}


def is_answered(key: rsa.RSAPublicKey, signature: bytes, challenge: bytes) -> bool:
    """Whether `signature` is over a message that ends in `challenge` (M2), and nothing in it is left free.

    False for any other bytes, and for a modulus that is not of whole bytes within the bounds.
    """
    n, e = key.public_numbers().n, key.public_numbers().e
    size = key.key_size // 8
    if key.key_size % 8 or not MIN_BITS <= key.key_size <= MAX_BITS or len(signature) != size:
        return False
    value = int.from_bytes(signature, "big")
    if not 1 < value < n - 1:
        return False
    opened = pow(value, e, n)
    if opened & 0xF != 0xC:  # §A.3: the signer may have given n − s
        opened = n - opened
    return _is_formatted(opened.to_bytes(size, "big"), challenge)


def _is_formatted(block: bytes, challenge: bytes) -> bool:
    end = len(block) - 1
    hashed: Callable[[bytes], Any] | None = hashlib.sha1
    if block[end] == _EXPLICIT:
        end -= 1
        hashed = _BY_TRAILER.get(block[end])
    elif block[end] != _IMPLICIT:
        return False
    if hashed is None or block[0] != _HEADER:
        return False
    split = end - hashed(b"").digest_size
    if split < 2:  # no number of the chip's own
        return False
    digest: bytes = hashed(block[1:split] + challenge).digest()
    return digest == block[split:end]
