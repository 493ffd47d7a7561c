"""Reading CMS signatures (RFC 5652 §5): one SignedData, one signerInfo, nothing verified.

BER (indefinite lengths, strings in pieces) is met in real documents; it is rewritten as DER first. Attributes keep the
order and bytes that they came with.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from asn1crypto.x509 import Name
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..errors import LimitError, MalformedError
from ..signer import CERTIFICATE_ERRORS, load_certificate
from . import der, names
from .build import certificate_parts
from .layout import Frame, frame, layout
from .values import (
    MAX_ATTRIBUTES,
    Algorithm,
    CertificateHash,
    PssParameters,
    SignerId,
    content_of,
    is_named,
    one,
    read_adobe_revocation,
    read_algorithm,
    read_attributes,
    read_protection,
    read_revocation,
    read_scheme,
    read_signing_certificate,
    whole_children,
)

MAX_BYTES = 64 << 20  # bytes; embedded CRLs of large CAs are megabytes
MAX_BER_BYTES = 16 << 20  # bytes; rewriting costs memory
MAX_NAME_BYTES = 4096  # bytes of a name that is compared by its meaning; longer ones only byte by byte

PARSER_ERRORS = (
    *CERTIFICATE_ERRORS,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
    AssertionError,
    struct.error,
)

T = TypeVar("T")
_SUBJECT_KEY_ID = 0x80
_SINGLE = {names.CONTENT_TYPE, names.MESSAGE_DIGEST, names.SIGNING_TIME, names.ALGORITHM_PROTECTION}


@dataclass(frozen=True, slots=True, kw_only=True)
class CmsSignature:
    """One CMS signature, parsed and **not verified**.

    `signer_certificate` is the one that signerInfo names, if it is at hand; `unparsable_certificates` counts those
    left out. `crls` and `ocsps` (DER CertificateList, OCSPResponse) are from SignedData, the `archival` ones from
    Adobe's signed attribute. `signed_attributes_der` is the SET that was signed, `attributes` its values by OID.
    `countersignature`: what is signed is another signature's value (RFC 5652 §11.4).
    """

    der: bytes
    version: int
    content_type: str
    content: bytes | None
    signer_id: SignerId
    digest_oid: str
    digest_algorithm: str | None
    signature_oid: str
    signature_scheme: str | None
    scheme_digest: str | None
    pss: PssParameters | None
    signer_certificate: x509.Certificate | None
    certificates: tuple[x509.Certificate, ...]
    unparsable_certificates: int
    crls: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]
    archival_crls: tuple[bytes, ...]
    archival_ocsps: tuple[bytes, ...]
    signed_attributes_der: bytes | None
    attributes: Mapping[str, tuple[bytes, ...]]
    unsigned_attributes: Mapping[str, tuple[bytes, ...]]
    attribute_content_type: str | None
    message_digest: bytes | None
    signing_time: datetime | None
    signing_certificate_hashes: tuple[CertificateHash, ...]
    algorithm_protection: tuple[Algorithm, Algorithm] | None
    algorithms: tuple[Algorithm, Algorithm]
    signature_value: bytes
    timestamp_tokens: tuple[bytes, ...]
    archive_tokens: tuple[bytes, ...] = ()
    countersignature: bool = False

    def with_certificates(self, pool: Iterable[x509.Certificate]) -> CmsSignature:
        """The same, its signer's certificate looked for in `pool` too if it brought none."""
        if self.signer_certificate is not None:
            return self
        found = _find(self.signer_id, tuple(pool), self.signing_certificate_hashes)
        return replace(self, signer_certificate=found)


def parse_cms(data: bytes, *, allow_trailing_zeros: bool = False) -> CmsSignature:
    """The CMS signature in `data`; zero bytes may follow it if allowed (PDF /Contents is padded).

    Raises `MalformedError`: `signature.malformed`, or `signature.unsupported` unless it has exactly one signerInfo;
    `LimitError` `input.too-large`.
    """
    return _read(data, _signature, allow_trailing_zeros)


def parse_frame(data: bytes) -> Frame:
    """The SignedData in `data` with any number of signerInfos, which are not looked into.

    Raises `MalformedError` `signature.malformed`; `LimitError` `input.too-large`.
    """
    return _read(data, frame, False)


def _read(data: bytes, read: Callable[[bytes], T], zeros: bool) -> T:
    if len(data) > MAX_BYTES:
        raise LimitError("input.too-large", what="CMS", limit=f"{MAX_BYTES} bytes")
    try:
        try:
            stop = der.expect(data, der.SEQUENCE).stop
            _only_padding(data, stop, zeros)
            return read(data[:stop])
        except der.IndefiniteLengthError:
            if len(data) > MAX_BER_BYTES:
                raise LimitError("input.too-large", what="BER", limit=f"{MAX_BER_BYTES} bytes") from None
            encoded, stop = der.to_der(data)
            _only_padding(data, stop, zeros)
            return read(encoded)
    except PARSER_ERRORS as e:
        why = str(e) if isinstance(e, der.DerError) else "structure"
        raise MalformedError("signature.malformed", why=why) from None


def are_signed_attributes(data: bytes) -> bool:
    """Whether `data` has the form of signed attributes: a signature over them would also hold over them as content.

    Those of a counter-signature name no content type (RFC 5652 §11.4).
    """
    try:
        found = read_attributes(v.raw(data) for v in der.children(data, der.whole(data, der.SET), MAX_ATTRIBUTES))
    except PARSER_ERRORS:
        return False
    return names.MESSAGE_DIGEST in found


def _only_padding(data: bytes, stop: int, allowed: bool) -> None:
    rest = len(data) - stop
    if rest and not (allowed and data.count(0, stop) == rest):
        raise der.DerError("something follows the end")


def _signature(data: bytes) -> CmsSignature:
    parts = layout(data)
    info = parts.info
    version = der.to_int(info[0], der.whole(info[0], der.INTEGER))
    signer_id = _signer_id(info[1])
    digest = read_algorithm(info[2])
    signed = info[3] if info[3][0] == 0xA0 else None
    if len(info) != (6 if signed else 5):
        raise der.DerError("unknown fields in signerInfo")
    signature = read_algorithm(info[-2])
    attributes = read_attributes([v.raw(signed) for v in whole_children(signed)]) if signed else {}
    if any(len(values) != 1 for oid, values in attributes.items() if oid in _SINGLE):
        raise der.DerError("an attribute occurs twice")
    digest_name = names.DIGESTS.get(digest.oid)
    scheme, scheme_digest, pss = read_scheme(signature, digest_name)
    certificates, unparsable = _certificates(parts.certificates)
    hashes = read_signing_certificate(attributes)
    crls, ocsps = read_revocation(parts.revocation)
    archival_crls, archival_ocsps = read_adobe_revocation(attributes)
    unsigned = read_attributes(parts.unsigned)
    value = info[-1]
    return CmsSignature(
        der=data,
        version=version,
        content_type=parts.content_type,
        content=parts.content,
        signer_id=signer_id,
        digest_oid=digest.oid,
        digest_algorithm=digest_name,
        signature_oid=signature.oid,
        signature_scheme=scheme,
        scheme_digest=scheme_digest,
        pss=pss,
        signer_certificate=_find(signer_id, certificates, hashes),
        certificates=certificates,
        unparsable_certificates=unparsable,
        crls=crls,
        ocsps=ocsps,
        archival_crls=archival_crls,
        archival_ocsps=archival_ocsps,
        signed_attributes_der=b"\x31" + signed[1:] if signed else None,
        attributes=MappingProxyType(attributes),
        unsigned_attributes=MappingProxyType(unsigned),
        attribute_content_type=one(attributes, names.CONTENT_TYPE, der.OID, der.to_oid),
        message_digest=one(attributes, names.MESSAGE_DIGEST, der.OCTET_STRING, content_of),
        signing_time=one(attributes, names.SIGNING_TIME, None, der.to_time),
        signing_certificate_hashes=hashes,
        algorithm_protection=read_protection(attributes),
        algorithms=(digest, signature),
        signature_value=der.whole(value, der.OCTET_STRING).content(value),
        timestamp_tokens=unsigned.get(names.SIGNATURE_TIMESTAMP, ()),
        archive_tokens=unsigned.get(names.ARCHIVE_TIMESTAMP_V3, ()),
    )


def _certificates(encoded: Iterable[bytes]) -> tuple[tuple[x509.Certificate, ...], int]:
    """The certificates that can be read, and how many cannot (attribute certificates among them)."""
    found: list[x509.Certificate] = []
    failed = 0
    for item in encoded:
        try:
            found.append(load_certificate(item))
        except PARSER_ERRORS:
            failed += 1
    return tuple(found), failed


def _signer_id(encoded: bytes) -> SignerId:
    if encoded[0] == _SUBJECT_KEY_ID:
        return SignerId(None, None, der.whole(encoded, _SUBJECT_KEY_ID).content(encoded))
    fields = der.children(encoded, der.whole(encoded, der.SEQUENCE), 2)
    issuer, serial = der.need(fields[0], der.SEQUENCE), der.need(fields[1], der.INTEGER)
    return SignerId(issuer.raw(encoded), serial.raw(encoded), None)


def _find(
    wanted: SignerId, pool: Iterable[x509.Certificate], hashes: tuple[CertificateHash, ...]
) -> x509.Certificate | None:
    """The certificate that the signer id names; where several fit, the one that the signed attribute names."""
    fitting = [c for c in pool if _fits(wanted, c)]
    if len(fitting) > 1 and hashes:
        bound = [c for c in fitting if is_named(c, hashes[0])]
        fitting = bound or fitting
    return fitting[0] if fitting else None


def _fits(wanted: SignerId, certificate: x509.Certificate) -> bool:
    try:
        if wanted.key_id is not None:
            identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
            return bool(identifier.value.digest == wanted.key_id)
        issuer, serial = certificate_parts(certificate.public_bytes(Encoding.DER))
        if serial != wanted.serial:
            return False
        if issuer == wanted.issuer or max(len(issuer), len(wanted.issuer or b"")) > MAX_NAME_BYTES:
            return issuer == wanted.issuer
        # Some signers write the same name in another string type (RFC 5280 §7.1 compares them as equal).
        return bool(Name.load(issuer) == Name.load(wanted.issuer))
    except (*PARSER_ERRORS, x509.ExtensionNotFound):
        return False
