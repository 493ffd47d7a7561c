"""Signatures with SHA-1 on certificates and CRLs: `cryptography` verifies none, and archives are full of them.

Whether one counts is the policy's business, by the time at which the certificate or list is proven to have existed.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509.oid import SignatureAlgorithmOID

from ..cms import der

_RSA, _ECDSA = SignatureAlgorithmOID.RSA_WITH_SHA1.dotted_string, SignatureAlgorithmOID.ECDSA_WITH_SHA1.dotted_string
_MAX_FIELDS = 10  # of TBSCertificate; TBSCertList has fewer


def verify_sha1(signed: bytes, key: CertificatePublicKeyTypes) -> bool:
    """Whether `signed`, a Certificate or CertificateList, is signed with SHA-1 by `key`; False for other algorithms.

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
    return False
