"""Signatures on certificates and CRLs that `cryptography` verifies none of: with SHA-1, and PLAIN-ECDSA (BSI TR-03111).

Archives are full of the first, eID systems of Germany write the second. Whether one counts is the policy's business, by
the time at which the certificate or list is proven to have existed.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509.oid import SignatureAlgorithmOID

from ..cms import der
from ..cms.names import HASHES, PLAIN_ECDSA
from ..cms.values import plain_as_der

_RSA, _ECDSA = SignatureAlgorithmOID.RSA_WITH_SHA1.dotted_string, SignatureAlgorithmOID.ECDSA_WITH_SHA1.dotted_string
UNUSUAL = frozenset({_RSA, _ECDSA, *PLAIN_ECDSA})
_MAX_FIELDS = 10  # of TBSCertificate; TBSCertList has fewer

Signed = x509.Certificate | x509.CertificateRevocationList


def digest_under(signed: Signed) -> str | None:
    """The digest under the signature on a certificate or list, by its name; None where it names none that is known."""
    plain = PLAIN_ECDSA.get(signed.signature_algorithm_oid.dotted_string)
    if plain is not None:
        return plain
    try:
        algorithm = signed.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    return algorithm.name.replace("-", "_") if algorithm else None


def verify_unusual(signed: bytes, key: CertificatePublicKeyTypes) -> bool:
    """Whether `signed`, a Certificate or CertificateList, is signed by `key` in such a way; False for other algorithms.

    Raises `InvalidSignature`, and what parsers raise.
    """
    body, outside, value = der.children(signed, der.whole(signed, der.SEQUENCE), 3)
    algorithm = outside.raw(signed)
    fields = der.children(signed, der.need(body, der.SEQUENCE), _MAX_FIELDS)
    inside = next(field for field in fields if field.tag == der.SEQUENCE)  # before it, only numbers
    if inside.raw(signed) != algorithm:
        return False
    oid = der.to_oid(signed, der.children(signed, outside, 2)[0])
    bits = der.need(value, der.BIT_STRING).content(signed)
    if bits[:1] != b"\0":
        return False
    if oid == _RSA and isinstance(key, rsa.RSAPublicKey):
        key.verify(bits[1:], body.raw(signed), padding.PKCS1v15(), SHA1())  # noqa: S303
        return True
    if oid == _ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(bits[1:], body.raw(signed), ec.ECDSA(SHA1()))  # noqa: S303
        return True
    if oid in PLAIN_ECDSA and isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(plain_as_der(bits[1:], key), body.raw(signed), ec.ECDSA(HASHES[PLAIN_ECDSA[oid]]))
        return True
    return False
