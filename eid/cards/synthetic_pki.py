"""Synthetic countries for tests (ICAO 9303-12 profiles): certificates with explicit curve parameters, revocation lists,
CMS signatures. Nothing made here is anybody's; every subject says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .certificate import MASTER_LIST_SIGNER
from .cms import SIGNED_DATA
from .curves import parameters_of
from .der import BOOLEAN, INTEGER, NULL, OCTET_STRING, OID, PRINTABLE, SEQUENCE, SET, UTF8, oid, tlv
from .signatures import DIGESTS, RSA_PSS

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_DIGEST_OIDS = {digest.name: name for name, digest in DIGESTS.items()}
_ECDSA = {"sha224": 1, "sha256": 2, "sha384": 3, "sha512": 4}
_RSA = {"sha224": 14, "sha256": 11, "sha384": 12, "sha512": 13}


def integer(number: int) -> bytes:
    """INTEGER."""
    return tlv(INTEGER, number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True))


def identifier(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    return tlv(OID, oid(dotted))


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(SEQUENCE, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF, in the order of DER."""
    return tlv(SET, *sorted(parts))


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(OCTET_STRING, content)


def bits(content: bytes) -> bytes:
    """BIT STRING of whole bytes."""
    return tlv(0x03, b"\0", content)


def time_of(at: datetime) -> bytes:
    """UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 asks."""
    if at.year < 2050:
        return tlv(0x17, at.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, at.strftime("%Y%m%d%H%M%SZ").encode())


def name(country: str, common_name: str) -> bytes:
    """A name of country, organisation and common name."""
    parts = (("2.5.4.6", PRINTABLE, country), ("2.5.4.10", UTF8, "Synthetic"), ("2.5.4.3", UTF8, common_name))
    return sequence(*(set_of(sequence(identifier(kind), tlv(tag, text.encode()))) for kind, tag, text in parts))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SigningKey:
    """A key and how it signs; `explicit` spells the curve's parameters out, as ICAO asks of certificates."""

    private: PrivateKey
    digest: hashes.HashAlgorithm
    pss: bool = False
    explicit: bool = True

    @classmethod
    def generate(
        cls, kind: ec.EllipticCurve | int, digest: hashes.HashAlgorithm | None = None, *, pss: bool = False
    ) -> SigningKey:
        """An elliptic-curve key, or an RSA key of `kind` bits."""
        if isinstance(kind, int):
            return cls(private=rsa.generate_private_key(65537, kind), digest=digest or hashes.SHA256(), pss=pss)
        return cls(private=ec.generate_private_key(kind), digest=digest or hashes.SHA256())

    @property
    def spki(self) -> bytes:
        """SubjectPublicKeyInfo."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey) or not self.explicit:
            return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return sequence(sequence(identifier("1.2.840.10045.2.1"), explicit_parameters(public.curve)), bits(point))

    @property
    def key_id(self) -> bytes:
        """RFC 5280 §4.2.1.2, method 1 over the whole key."""
        return hashlib.sha256(self.spki).digest()[:20]

    @property
    def algorithm(self) -> bytes:
        """AlgorithmIdentifier of its signatures."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return sequence(identifier(f"1.2.840.10045.4.3.{_ECDSA[self.digest.name]}"))
        if not self.pss:
            return sequence(identifier(f"1.2.840.113549.1.1.{_RSA[self.digest.name]}"), tlv(NULL))
        digest = digest_algorithm(self.digest)
        mask = sequence(identifier("1.2.840.113549.1.1.8"), digest)
        salt = integer(self.digest.digest_size)
        return sequence(tlv(OID, RSA_PSS), sequence(tlv(0xA0, digest), tlv(0xA1, mask), tlv(0xA2, salt)))

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(self.digest))
        if self.pss:
            return self.private.sign(data, padding.PSS(padding.MGF1(self.digest), self.digest.digest_size), self.digest)
        return self.private.sign(data, padding.PKCS1v15(), self.digest)


def digest_algorithm(digest: hashes.HashAlgorithm) -> bytes:
    """AlgorithmIdentifier of a hash."""
    return sequence(tlv(OID, _DIGEST_OIDS[digest.name]), tlv(NULL))


def explicit_parameters(curve: ec.EllipticCurve, **changes: int) -> bytes:
    """SpecifiedECDomain of `curve`; `changes` (p, a, b, x, y, n, h) make a curve that only looks like it."""
    names = dict(zip(("p", "a", "b", "x", "y", "n", "h"), parameters_of(curve), strict=True)) | changes
    size = (parameters_of(curve)[0].bit_length() + 7) // 8
    a, b, x, y = (names[part].to_bytes(size, "big") for part in "abxy")
    return sequence(
        integer(1),
        sequence(identifier("1.2.840.10045.1.1"), integer(names["p"])),
        sequence(octets(a), octets(b)),
        octets(b"\x04" + x + y),
        integer(names["n"]),
        integer(names["h"]),
    )


def extension(dotted: str, value: bytes, *, critical: bool = False) -> bytes:
    """One certificate extension."""
    return sequence(identifier(dotted), tlv(BOOLEAN, b"\xff") if critical else b"", octets(value))


def authority_extensions() -> list[bytes]:
    """basicConstraints and keyUsage (keyCertSign, cRLSign) of a country signing certificate."""
    authority = extension("2.5.29.19", sequence(tlv(BOOLEAN, b"\xff"), integer(0)), critical=True)
    return [authority, extension("2.5.29.15", tlv(0x03, b"\x01\x06"), critical=True)]


def signer_extensions() -> list[bytes]:
    """keyUsage (digitalSignature) of a document signer."""
    return [extension("2.5.29.15", tlv(0x03, b"\x07\x80"), critical=True)]


def list_signer_extensions() -> list[bytes]:
    """What a master list signer has besides."""
    return [*signer_extensions(), extension("2.5.29.37", sequence(identifier(MASTER_LIST_SIGNER)), critical=True)]


def certificate(
    *,
    subject: bytes,
    issuer: bytes,
    key: SigningKey,
    signer: SigningKey,
    serial: int,
    valid: tuple[datetime, datetime],
    extensions: Sequence[bytes],
) -> bytes:
    """A certificate for `key` signed by `signer`, with the key identifiers of both."""
    identifiers = [
        extension("2.5.29.14", octets(key.key_id)),
        extension("2.5.29.35", sequence(tlv(0x80, signer.key_id))),
    ]
    content = sequence(
        tlv(0xA0, integer(2)),
        integer(serial),
        signer.algorithm,
        issuer,
        sequence(*map(time_of, valid)),
        subject,
        key.spki,
        tlv(0xA3, sequence(*identifiers, *extensions)),
    )
    return sequence(content, signer.algorithm, bits(signer.sign(content)))


def revocation_list(
    *, issuer: bytes, signer: SigningKey, serials: Sequence[int], this_update: datetime, next_update: datetime
) -> bytes:
    """A CertificateList."""
    entries = [sequence(integer(serial), time_of(this_update)) for serial in serials]
    content = sequence(
        integer(1),
        signer.algorithm,
        issuer,
        time_of(this_update),
        time_of(next_update),
        sequence(*entries) if entries else b"",
    )
    return sequence(content, signer.algorithm, bits(signer.sign(content)))


def signed_data(
    *,
    content_type: str,
    content: bytes,
    key: SigningKey,
    certificates: Sequence[bytes],
    signer_id: bytes,
    attributes: Sequence[bytes] | None = None,
) -> bytes:
    """ContentInfo of SignedData version 3 over `content`, one signer, `attributes` in place of the right ones."""
    digest = digest_algorithm(key.digest)
    if attributes is None:
        attributes = [
            attribute("1.2.840.113549.1.9.3", identifier(content_type)),
            attribute("1.2.840.113549.1.9.4", octets(hashlib.new(key.digest.name, content).digest())),
        ]
    signed = set_of(*attributes)
    info = sequence(integer(1), signer_id, digest, b"\xa0" + signed[1:], key.algorithm, octets(key.sign(signed)))
    body = sequence(
        integer(3),
        set_of(digest),
        sequence(identifier(content_type), tlv(0xA0, octets(content))),
        tlv(0xA0, *certificates),
        set_of(info),
    )
    return sequence(tlv(OID, SIGNED_DATA), tlv(0xA0, body))


def attribute(dotted: str, value: bytes) -> bytes:
    """A signed attribute with one value."""
    return sequence(identifier(dotted), set_of(value))
