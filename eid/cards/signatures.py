"""Public keys and signature algorithms of certificates and CMS (RFC 3279, RFC 4055, RFC 5480; ICAO 9303-12 §4.1).

RSA (PKCS#1 v1.5 and PSS) and ECDSA over SHA-224 … SHA-512. SHA-1 and MD5 are refused, smaller keys too: a country
signing certificate lives fifteen years.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from .curves import UnknownCurveError, read_curve
from .der import (
    INTEGER,
    NULL,
    SEQUENCE,
    DerError,
    Node,
    children,
    inside,
    oid,
    only,
    raw,
    read_bits,
    read_integer,
    read_oid,
    sole,
)

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192  # bits of a modulus that signs data or certificates
MAX_RSA_EXPONENT_BITS = 64  # bits; some issuers choose exponents of 32 bits
MAX_KEY_BYTES = 4096  # bytes of one SubjectPublicKeyInfo

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

RSA, RSA_PSS = oid("1.2.840.113549.1.1.1"), oid("1.2.840.113549.1.1.10")
_MGF1 = oid("1.2.840.113549.1.1.8")
_EC = oid("1.2.840.10045.2.1")
SHA1 = oid("1.3.14.3.2.26")
_SHA2 = "2.16.840.1.101.3.4.2."

DIGESTS: dict[bytes, hashes.HashAlgorithm] = {
    oid(f"{_SHA2}4"): hashes.SHA224(),
    oid(f"{_SHA2}1"): hashes.SHA256(),
    oid(f"{_SHA2}2"): hashes.SHA384(),
    oid(f"{_SHA2}3"): hashes.SHA512(),
}
_WEAK = frozenset(
    oid(name)
    for name in (
        *("1.3.14.3.2.26", "1.2.840.113549.2.5"),  # SHA-1, MD5
        *("1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1"),  # and signatures over them
    )
)
_RSA_WITH = {
    oid(f"1.2.840.113549.1.1.{n}"): DIGESTS[oid(f"{_SHA2}{h}")] for n, h in ((14, 4), (11, 1), (12, 2), (13, 3))
}
_ECDSA_WITH = {oid(f"1.2.840.10045.4.3.{n}"): DIGESTS[oid(f"{_SHA2}{h}")] for n, h in ((1, 4), (2, 1), (3, 2), (4, 3))}


class UnsupportedError(DerError):
    """Well-formed, but not an algorithm that is known here: it could not be told."""


class WeakError(DerError):
    """An algorithm or key that proves nothing any more."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A signature algorithm; `digest` is None where CMS names it elsewhere (plain rsaEncryption)."""

    kind: str
    digest: hashes.HashAlgorithm | None
    salt_bytes: int = 0
    mask: hashes.HashAlgorithm | None = None


@lru_cache(maxsize=64)
def read_digest(encoded: bytes) -> hashes.HashAlgorithm:
    """The hash of an `AlgorithmIdentifier`. Raises `DerError`, `WeakError`, `UnsupportedError`."""
    identifier, parameters = _algorithm(encoded)
    digest = DIGESTS.get(identifier)
    if digest is None:
        raise _not_known(identifier)
    _absent_or_null(parameters)
    return digest


@lru_cache(maxsize=64)
def read_scheme(encoded: bytes) -> Scheme:
    """The signature algorithm of an `AlgorithmIdentifier`. Raises as `read_digest` does."""
    identifier, parameters = _algorithm(encoded)
    if identifier == RSA_PSS:
        return _pss(encoded, parameters)
    _absent_or_null(parameters)
    if identifier == RSA:
        return Scheme("rsa", None)
    if identifier in _RSA_WITH:
        return Scheme("rsa", _RSA_WITH[identifier])
    if identifier in _ECDSA_WITH:
        return Scheme("ecdsa", _ECDSA_WITH[identifier])
    raise _not_known(identifier)


def _algorithm(encoded: bytes) -> tuple[bytes, list[Node]]:
    fields = inside(encoded, only(encoded, SEQUENCE))
    if not 1 <= len(fields) <= 2:
        raise DerError("an algorithm is not an identifier with parameters")
    return read_oid(encoded, fields[0]), fields[1:]


def _not_known(identifier: bytes) -> DerError:
    return WeakError("SHA-1 or MD5") if identifier in _WEAK else UnsupportedError("an unknown algorithm")


def _absent_or_null(parameters: list[Node]) -> None:
    if parameters and parameters[0][0] != NULL:
        raise DerError("an algorithm has unexpected parameters")


def _pss(encoded: bytes, parameters: list[Node]) -> Scheme:
    """RSASSA-PSS-params (RFC 4055 §3.1); what is left out means SHA-1 there, so both hashes must be named."""
    fields: dict[int, Node] = {}
    for node in inside(encoded, parameters[0]) if parameters else []:
        if node[0] in fields or not 0xA0 <= node[0] <= 0xA3:
            raise DerError("the parameters of RSA-PSS are malformed")
        fields[node[0]] = sole(children(encoded, node[2], node[3]))
    if 0xA0 not in fields or 0xA1 not in fields:
        raise WeakError("SHA-1")
    digest = read_digest(raw(encoded, fields[0xA0]))
    mask, mask_parameters = _algorithm(raw(encoded, fields[0xA1]))
    if mask != _MGF1 or not mask_parameters:
        raise UnsupportedError("a mask that is not MGF1")
    masked = inside(encoded, fields[0xA1])[1]
    salt = read_integer(encoded, fields[0xA2]) if 0xA2 in fields else 20
    trailer = read_integer(encoded, fields[0xA3]) if 0xA3 in fields else 1
    if not 0 <= salt <= MAX_RSA_BITS // 8 or trailer != 1:
        raise DerError("the parameters of RSA-PSS are out of range")
    return Scheme("pss", digest, salt, read_digest(raw(encoded, masked)))


def is_signed(
    key: PublicKey, scheme: Scheme, signature: bytes, data: bytes, digest: hashes.HashAlgorithm | None = None
) -> bool:
    """Whether `signature` over `data` holds with `key`; `digest` fills in for a scheme that names none.

    A key of another kind than the scheme's has not signed. Raises `WeakError` for a small key, `DerError`.
    """
    check_strength(key)
    hashed = scheme.digest or digest
    if hashed is None:
        raise DerError("a signature algorithm without its hash")
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            if scheme.kind != "ecdsa":
                return False
            key.verify(signature, data, ec.ECDSA(hashed))
        elif scheme.kind == "ecdsa":
            return False
        else:
            key.verify(signature, data, _padding(scheme), hashed)
    except (InvalidSignature, ValueError):
        return False
    except UnsupportedAlgorithm:
        raise UnsupportedError("an algorithm that this installation does not support") from None
    return True


def check_strength(key: PublicKey) -> None:
    """Refuse a key that is too small to sign data or certificates: `WeakError`."""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        raise WeakError(f"an RSA key under {MIN_RSA_BITS} bits")


def _padding(scheme: Scheme) -> padding.AsymmetricPadding:
    if scheme.mask is not None:
        return padding.PSS(padding.MGF1(scheme.mask), scheme.salt_bytes)
    return padding.PKCS1v15()


@lru_cache(maxsize=1024)
def read_key(encoded: bytes) -> PublicKey:
    """The key of a `SubjectPublicKeyInfo`; loaded once, because few keys sign many chips. Raises `DerError`."""
    if len(encoded) > MAX_KEY_BYTES:
        raise DerError("a public key is too long")
    fields = inside(encoded, only(encoded, SEQUENCE))
    if len(fields) != 2:
        raise DerError("a public key is not an algorithm and bits")
    identifier, parameters = _algorithm(raw(encoded, fields[0]))
    bits = read_bits(encoded, fields[1])
    if identifier in (RSA, RSA_PSS):
        return _rsa_key(bits)
    if identifier != _EC:
        raise UnsupportedError("a public key of an unknown kind")
    if not parameters:
        raise DerError("an elliptic-curve key without its curve")
    try:
        curve = read_curve(encoded, inside(encoded, fields[0])[1])
    except UnknownCurveError as e:
        raise UnsupportedError(str(e)) from None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, bits)
    except ValueError:
        raise DerError("the public key is not a point of its curve") from None
    except UnsupportedAlgorithm:
        raise UnsupportedError("a curve that this installation does not support") from None


def _rsa_key(bits: bytes) -> rsa.RSAPublicKey:
    fields = inside(bits, only(bits, SEQUENCE))
    if len(fields) != 2 or any(node[0] != INTEGER for node in fields):
        raise DerError("an RSA key is not a modulus and an exponent")
    # some issuers forget the zero byte that keeps a modulus positive
    n, e = (int.from_bytes(bits[node[2] : node[3]], "big") for node in fields)
    if n.bit_length() > MAX_RSA_BITS or e.bit_length() > MAX_RSA_EXPONENT_BITS or n % 2 == 0:
        raise DerError("an RSA key out of range")
    try:
        return rsa.RSAPublicNumbers(e, n).public_key()
    except ValueError:
        raise DerError("an RSA key out of range") from None
