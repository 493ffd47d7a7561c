"""Which mechanism of a token makes which signature (OASIS PKCS #11 Current Mechanisms v3.0 §2.1, §2.3; RFC 8017).

Digests are made here where the token lets us: they are shorter than what is signed, and tokens are slow. A token that
knows raw RSA alone still signs RSASSA-PSS: the padding is made here (RFC 8017 §9.1.1), the private operation there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ..signer import SignatureAlgorithm

Encode = Callable[[bytes], bytes]

MECHANISMS = re.compile("ECDSA(_SHA[0-9]+)?|(SHA[0-9]+_)?RSA_PKCS(_PSS)?|RSA_X_509")  # all that are used here

# DigestInfo up to the digest itself (RFC 8017 §9.2, note 1)
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a signature is made: what goes to the token under which mechanism, and what its answer becomes.

    `mechanism` is a name of the standard without CKM_; `parameter` those of a digest, a mask generation function
    (without CKM_, CKG_) and a salt length in bytes. `finish` raises `ValueError` for what is no signature value.
    """

    mechanism: str
    prepare: Encode
    finish: Encode
    parameter: tuple[str, str, int] | None = None


def plan_for(algorithm: SignatureAlgorithm, public: object, offered: Collection[str]) -> Plan | None:
    """The first way to make signatures of `algorithm` with what the token offers; None if there is none."""
    return next((plan for plan in _plans(algorithm, public) if plan.mechanism in offered), None)


def algorithms_of(public: object, offered: Collection[str]) -> list[SignatureAlgorithm]:
    """Every algorithm that a key can be used with on a token that offers these mechanisms."""
    return [one for one in SignatureAlgorithm if plan_for(one, public, offered)]


def _plans(algorithm: SignatureAlgorithm, public: object) -> Iterator[Plan]:
    digest = algorithm.digest
    family = digest.upper()
    if isinstance(public, ec.EllipticCurvePublicKey) and algorithm.scheme == "ecdsa":
        octets = (public.curve.key_size + 7) // 8
        finish = _joined(octets)
        # a digest longer than the curve's order is cut here: not every token does it (FIPS 186-5 §6.4.1)
        yield Plan(mechanism="ECDSA", prepare=lambda data: hashlib.new(digest, data).digest()[:octets], finish=finish)
        yield Plan(mechanism=f"ECDSA_{family}", prepare=_whole, finish=finish)
    elif isinstance(public, rsa.RSAPublicKey) and algorithm.scheme != "ecdsa":
        finish = _sized((public.key_size + 7) // 8)
        pss = algorithm.scheme == "rsassa-pss"
        yield from (_pss_plans if pss else _pkcs1_plans)(digest, public.key_size, finish)


def _pss_plans(digest: str, bits: int, finish: Encode) -> Iterator[Plan]:
    family = digest.upper()
    parameter = (family, family, hashlib.new(digest).digest_size)
    hashed: Encode = lambda data: hashlib.new(digest, data).digest()  # noqa: E731
    yield Plan(mechanism="RSA_PKCS_PSS", prepare=hashed, finish=finish, parameter=parameter)
    yield Plan(mechanism=f"{family}_RSA_PKCS_PSS", prepare=_whole, finish=finish, parameter=parameter)
    yield Plan(mechanism="RSA_X_509", prepare=lambda data: pss_encoded(data, digest, bits), finish=finish)


def _pkcs1_plans(digest: str, _bits: int, finish: Encode) -> Iterator[Plan]:
    head = _DIGEST_INFO[digest]
    yield Plan(mechanism="RSA_PKCS", prepare=lambda data: head + hashlib.new(digest, data).digest(), finish=finish)
    yield Plan(mechanism=f"{digest.upper()}_RSA_PKCS", prepare=_whole, finish=finish)


def pss_encoded(data: bytes, digest: str, bits: int) -> bytes:
    """EMSA-PSS-ENCODE (RFC 8017 §9.1.1) for a modulus of `bits` bits, with a salt as long as the digest, as octets of
    the modulus' length."""
    size = hashlib.new(digest).digest_size
    octets = (bits + 6) // 8  # of bits - 1
    salt = os.urandom(size)
    seed = hashlib.new(digest, bytes(8) + hashlib.new(digest, data).digest() + salt).digest()
    block = bytes(octets - 2 * size - 2) + b"\x01" + salt
    masked = int.from_bytes(block) ^ int.from_bytes(_mgf1(seed, len(block), digest))
    masked &= (1 << (8 * len(block) - (8 * octets - bits + 1))) - 1
    encoded = masked.to_bytes(len(block)) + seed + b"\xbc"
    return encoded.rjust((bits + 7) // 8, b"\0")


def _mgf1(seed: bytes, length: int, digest: str) -> bytes:
    """MGF1 (RFC 8017 §B.2.1)."""
    rounds = -(-length // hashlib.new(digest).digest_size)
    blocks = (hashlib.new(digest, seed + counter.to_bytes(4)).digest() for counter in range(rounds))
    return b"".join(blocks)[:length]


def _whole(data: bytes) -> bytes:
    return data


def _sized(octets: int) -> Encode:
    def finish(value: bytes) -> bytes:
        if len(value) != octets:
            raise ValueError(f"{len(value)} bytes, not {octets}")
        return value

    return finish


def _joined(octets: int) -> Encode:
    """r‖s of PKCS #11, each as long as the curve's order, as the DER of CMS (RFC 5480 §2.2.3)."""

    def finish(value: bytes) -> bytes:
        if len(value) != 2 * octets:
            raise ValueError(f"{len(value)} bytes, not {2 * octets}")
        r, s = int.from_bytes(value[:octets]), int.from_bytes(value[octets:])
        if not r or not s:
            raise ValueError("r, s = 0")
        return encode_dss_signature(r, s)

    return finish
