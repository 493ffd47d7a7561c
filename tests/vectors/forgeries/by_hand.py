"""SignedData put together by hand (RFC 5652 §5), so that any part of it can be wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from signing.cms import der, names
from signing.cms.build import certificate_parts
from signing.cms.values import attribute
from tests.signing.authority import Holder

RSA_SHA256, ECDSA_SHA256 = "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"


def plain_value(holder: Holder, data: bytes) -> bytes:
    """ECDSA or RSASSA-PKCS1-v1_5 with SHA-256."""
    if isinstance(holder.key, rsa.RSAPrivateKey):
        return holder.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    assert isinstance(holder.key, ec.EllipticCurvePrivateKey)
    return holder.key.sign(data, ec.ECDSA(hashes.SHA256()))


def binding(der_certificate: bytes) -> bytes:
    """signing-certificate-v2 that names this certificate."""
    named = der.seq(der.seq(der.seq(der.octets(hashlib.sha256(der_certificate).digest()))))
    return attribute(names.SIGNING_CERTIFICATE_V2, named)


def content_type(oid: str = names.DATA) -> bytes:
    return attribute(names.CONTENT_TYPE, der.oid(oid))


def message_digest(content: bytes, algorithm: str = "sha256") -> bytes:
    return attribute(names.MESSAGE_DIGEST, der.octets(hashlib.new(algorithm, content).digest()))


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What may be chosen; `attributes` get the content, `value` gets what is to be signed. None leaves a part out."""

    holder: Holder
    brought: Sequence[bytes]
    at: datetime | None = None
    attributes: Callable[[bytes], Sequence[bytes] | None] | None = None
    value: Callable[[bytes], bytes] | None = None
    digest: str = "sha256"
    scheme: bytes | None = None
    named: bytes | None = None
    version: int = 1
    type_oid: str = names.DATA
    inside: bytes | None = None
    ordered: bool = True
    unsigned: bytes = b""
    crls: Sequence[bytes] = ()

    def usual(self, content: bytes) -> list[bytes]:
        """The signed attributes of a baseline signature; the time where there is one."""
        time = [attribute(names.SIGNING_TIME, der.time(self.at))] if self.at else []
        return [content_type(), message_digest(content, self.digest), *time, binding(self.holder.der)]

    def info(self, content: bytes) -> bytes:
        """The signerInfo."""
        attributes = (self.attributes or self.usual)(content)
        joined = None if attributes is None else der.set_of(attributes)
        if joined is not None and not self.ordered and attributes is not None:
            joined = der.tlv(der.SET, b"".join(sorted(attributes, reverse=True)))
        data = content if joined is None else joined
        value = self.value(data) if self.value else plain_value(self.holder, data)
        return der.seq(
            der.integer(self.version),
            der.seq(*certificate_parts(self.named or self.holder.der)),
            self.digest_identifier,
            b"" if joined is None else b"\xa0" + joined[1:],
            self.scheme or self.own_scheme,
            der.octets(value),
            self.unsigned,
        )

    @property
    def digest_identifier(self) -> bytes:
        return der.seq(der.oid(names.DIGEST_OIDS[self.digest]))

    @property
    def own_scheme(self) -> bytes:
        if isinstance(self.holder.key, rsa.RSAPrivateKey):
            return der.seq(der.oid(RSA_SHA256), der.null())
        return der.seq(der.oid(ECDSA_SHA256))

    def build(self, content: bytes, *others: bytes) -> bytes:
        """The ContentInfo, with the signerInfos of `others` behind its own."""
        return self.around([self.info(content), *others])

    def around(self, infos: Sequence[bytes]) -> bytes:
        """The ContentInfo of these signerInfos."""
        inside = b"" if self.inside is None else der.tlv(0xA0, der.octets(self.inside))
        body = der.seq(
            der.integer(self.version),
            der.set_of([self.digest_identifier]),
            der.seq(der.oid(self.type_oid), inside),
            der.set_of(self.brought, 0xA0) if self.brought else b"",
            der.set_of(self.crls, 0xA1) if self.crls else b"",
            der.tlv(der.SET, b"".join(infos)),
        )
        return der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, body))
