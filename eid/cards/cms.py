"""CMS SignedData of chips and master lists (RFC 5652 §5; ICAO 9303-10 §4.6.2.1, 9303-12 §9.3): one signer, signed
attributes, content inside. DER is read; an indefinite length is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes

from ..errors import IndeterminateError, VerificationError
from .certificate import CardCertificate, key_of
from .der import (
    OCTET_STRING,
    SEQUENCE,
    SET,
    DerError,
    Node,
    children,
    content,
    expect,
    inside,
    oid,
    only,
    raw,
    read_integer,
    read_oid,
)
from .names import read_name
from .signatures import UnsupportedError, WeakError, is_signed, read_digest, read_scheme

MAX_ATTRIBUTES = 16  # signed attributes

SIGNED_DATA = oid("1.2.840.113549.1.7.2")
_CONTENT_TYPE, _MESSAGE_DIGEST = oid("1.2.840.113549.1.9.3"), oid("1.2.840.113549.1.9.4")
_HASHES: dict[str, Callable[[bytes], Any]] = {
    "sha224": hashlib.sha224,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One SignedData, parsed and not verified. `signer_issuer` (a DER name) with `signer_serial`, or `signer_key_id`,
    say whose certificate is the signer's; algorithms are AlgorithmIdentifiers."""

    content: bytes
    certificates: tuple[bytes, ...]
    signer_issuer: bytes | None
    signer_serial: int
    signer_key_id: bytes | None
    digest: bytes
    message_digest: bytes
    attributes: bytes
    algorithm: bytes
    signature: bytes


def read_signed(data: bytes, content_type: bytes) -> Signed:
    """The SignedData over a content of `content_type` in the ContentInfo `data`. Raises `DerError`."""
    info = inside(data, only(data, SEQUENCE))
    if len(info) != 2 or read_oid(data, info[0]) != SIGNED_DATA:
        raise DerError("not CMS SignedData")
    _, _, encapsulated, *rest = _at_least(inside(data, expect(data, SEQUENCE, info[1][2], info[1][3])), 4)
    signers = inside(data, rest[-1], SET)
    if len(signers) != 1:
        raise DerError("not exactly one signer")
    certificates = [node for node in rest[:-1] if node[0] == 0xA0]
    return _signer(
        data,
        signers[0],
        content_type,
        _content(data, encapsulated, content_type),
        tuple(raw(data, node) for group in certificates for node in children(data, group[2], group[3])),
    )


def _at_least(nodes: list[Node], count: int) -> list[Node]:
    if len(nodes) < count:
        raise DerError("fields are missing")
    return nodes


def _content(data: bytes, node: Node, content_type: bytes) -> bytes:
    fields = inside(data, node)
    if len(fields) != 2 or read_oid(data, fields[0]) != content_type:
        raise DerError("the content is not of the expected type")
    return content(data, expect(data, OCTET_STRING, fields[1][2], fields[1][3]), OCTET_STRING)


def _signer(data: bytes, node: Node, content_type: bytes, signed: bytes, certificates: tuple[bytes, ...]) -> Signed:
    fields = _at_least(inside(data, node), 6)
    _, sid, digest, attributes, algorithm, signature = fields[:6]
    if attributes[0] != 0xA0:
        raise DerError("there are no signed attributes")
    issuer, serial, key_id = _signer_id(data, sid)
    return Signed(
        content=signed,
        certificates=certificates,
        signer_issuer=issuer,
        signer_serial=serial,
        signer_key_id=key_id,
        digest=raw(data, digest),
        message_digest=_attributes(data, attributes, content_type),
        # what is signed is the SET OF, though it is written with an implicit tag (RFC 5652 §5.4)
        attributes=b"\x31" + data[attributes[1] + 1 : attributes[3]],
        algorithm=raw(data, algorithm),
        signature=content(data, signature, OCTET_STRING),
    )


def _signer_id(data: bytes, node: Node) -> tuple[bytes | None, int, bytes | None]:
    if node[0] == 0x80:
        return None, 0, data[node[2] : node[3]]
    fields = inside(data, node)
    if len(fields) != 2:
        raise DerError("the signer is not named by issuer and serial number")
    return raw(data, fields[0]), read_integer(data, fields[1]), None


def _attributes(data: bytes, node: Node, content_type: bytes) -> bytes:
    """The message digest; content type and digest must stand there once, with one value each (RFC 5652 §11)."""
    found: dict[bytes, bytes] = {}
    attributes = children(data, node[2], node[3])
    if len(attributes) > MAX_ATTRIBUTES:
        raise DerError("too many signed attributes")
    for attribute in attributes:
        fields = _at_least(inside(data, attribute), 2)
        name = read_oid(data, fields[0])
        if name in found:
            raise DerError("a signed attribute stands twice")
        values = inside(data, fields[1], SET)
        found[name] = raw(data, values[0]) if len(values) == 1 else b""
    if found.get(_CONTENT_TYPE, b"")[2:] != content_type:
        raise DerError("the signed content type is another")
    digest = found.get(_MESSAGE_DIGEST, b"")
    return content(digest, only(digest, OCTET_STRING), OCTET_STRING)


def find_signer(signed: Signed) -> CardCertificate | None:
    """The certificate that the signer's identifier names, among those that came with the signature.

    Raises `MalformedError`, `LimitError` if that certificate cannot be read, `DerError` for the identifier.
    """
    for der in signed.certificates:
        certificate = CardCertificate.parse(der)
        if signed.signer_key_id is not None:
            if certificate.subject_key_id == signed.signer_key_id:
                return certificate
        elif certificate.serial == signed.signer_serial and _same_name(signed.signer_issuer, certificate):
            return certificate
    return None


def _same_name(encoded: bytes | None, certificate: CardCertificate) -> bool:
    """Byte by byte, or by meaning: the same name is met with other string types here and there."""
    if encoded is None or encoded == certificate.issuer_der:
        return encoded is not None
    return read_name(encoded, only(encoded, SEQUENCE)).key == certificate.issuer.key


def check_signed(signed: Signed, signer: CardCertificate, what: str, what_vi: str) -> None:
    """Check digest and signature of `signed` with the signer's key: RFC 5652 §5.4, §5.6.

    Raises `VerificationError` (`chip.digest`, `chip.signature`, `chip.algorithm-weak`), `IndeterminateError`
    (`chip.algorithm-unknown`); `DerError` for malformed algorithms and keys.
    """
    try:
        digest = read_digest(signed.digest)
        if hasher(digest)(signed.content).digest() != signed.message_digest:
            raise VerificationError("chip.digest", what=what, what_vi=what_vi)
        scheme = read_scheme(signed.algorithm)
        if not is_signed(key_of(signer), scheme, signed.signature, signed.attributes, digest):
            raise VerificationError("chip.signature", what=what, what_vi=what_vi)
    except WeakError as e:
        raise VerificationError("chip.algorithm-weak", what=what, what_vi=what_vi, why=e) from None
    except UnsupportedError as e:
        raise IndeterminateError("chip.algorithm-unknown", what=what, what_vi=what_vi, why=e) from None


def hasher(digest: hashes.HashAlgorithm) -> Callable[[bytes], Any]:
    """What computes `digest`, as `hashlib` does: fewer copies than `cryptography` makes."""
    return _HASHES[digest.name]
