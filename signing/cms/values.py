"""Values inside CMS: algorithms and their parameters, attributes, revocation (RFC 5652, RFC 4055, RFC 5035, RFC 6211).

Parsed, not judged; `DerError` for what breaks its form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils

from . import der, names

MAX_REVOCATION = 1024  # CRLs and OCSP responses
MAX_ATTRIBUTES = 64
MAX_VALUES = 64  # values of one attribute
MAX_SALT_BYTES = 512  # bytes, RSASSA-PSS

T = TypeVar("T")
Attributes = Mapping[str, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An AlgorithmIdentifier; parameters that are NULL count as absent."""

    oid: str
    parameters: bytes = b""


@dataclass(frozen=True, slots=True)
class PssParameters:
    """RSASSA-PSS parameters (RFC 4055 §3.1), digest names or None if unknown; `salt_length` in bytes."""

    digest: str | None
    mask_digest: str | None
    salt_length: int


@dataclass(frozen=True, slots=True)
class CertificateHash:
    """The first ESSCertID(v2): which certificate the signer says it signs with."""

    algorithm: str | None
    value: bytes


@dataclass(frozen=True, slots=True)
class SignerId:
    """issuerAndSerialNumber (both encoded) or subjectKeyIdentifier."""

    issuer: bytes | None
    serial: bytes | None
    key_id: bytes | None


def attribute(oid: str, *values: bytes) -> bytes:
    """Attribute with its values (RFC 5652 §5.3)."""
    return der.seq(der.oid(oid), der.set_of(values))


_CODINGS = {der.UTF8_STRING: "utf-8", 0x13: "ascii", der.IA5_STRING: "ascii", 0x14: "latin-1", 0x1E: "utf-16-be"}


def text_of(data: bytes, value: der.Value) -> str:
    """The text of a DirectoryString or IA5String; `DerError` for another value or broken text."""
    coding = _CODINGS.get(value.tag)
    if coding is None:
        raise der.DerError(f"tag {value.tag:#04x} stands where a text belongs")
    try:
        return value.content(data).decode(coding)
    except UnicodeDecodeError:
        raise der.DerError("a broken text") from None


def whole_children(encoded: bytes) -> list[der.Value]:
    """The values inside the first value of `encoded`."""
    return der.children(encoded, der.read(encoded), MAX_ATTRIBUTES)


def content_of(data: bytes, value: der.Value) -> bytes:
    """The bytes of a string."""
    return value.content(data)


def one(attributes: Attributes, oid: str, tag: int | None, convert: Callable[[bytes, der.Value], T]) -> T | None:
    """The one value of a single-valued attribute, converted; None if the attribute is absent."""
    values = attributes.get(oid)
    if values is None:
        return None
    value = der.read(values[0]) if tag is None else der.whole(values[0], tag)
    return convert(values[0], value)


def read_attributes(encoded: Iterable[bytes]) -> dict[str, tuple[bytes, ...]]:
    """Attribute values by OID; attributes that occur again add to the first."""
    found: dict[str, tuple[bytes, ...]] = {}
    for item in encoded:
        fields = der.children(item, der.whole(item, der.SEQUENCE), 2)
        oid = der.to_oid(item, fields[0])
        values = tuple(v.raw(item) for v in der.children(item, der.need(fields[1], der.SET), MAX_VALUES))
        found[oid] = found.get(oid, ()) + values
    return found


def read_algorithm(encoded: bytes) -> Algorithm:
    """An AlgorithmIdentifier, also under an implicit tag."""
    fields = whole_children(encoded)
    if encoded[0] & 0x3F not in {0x30, 0x20, 0x21} or not 1 <= len(fields) <= 2:  # SEQUENCE or an implicit [0], [1]
        raise der.DerError("a broken algorithm identifier")
    parameters = fields[1].raw(encoded) if len(fields) == 2 else b""
    return Algorithm(der.to_oid(encoded, fields[0]), b"" if parameters == der.null() else parameters)


def read_scheme(
    signature: Algorithm, content_digest: str | None
) -> tuple[str | None, str | None, PssParameters | None]:
    """Scheme, digest under the signature and PSS parameters; scheme None if the algorithm is not known."""
    scheme, digest = names.SIGNATURES.get(signature.oid, (None, None))
    if scheme != "rsassa-pss":
        return scheme, digest or content_digest, None
    pss = pss_parameters(signature.parameters)
    return scheme, pss.digest if pss else None, pss


def pss_parameters(encoded: bytes) -> PssParameters | None:
    """RSASSA-PSS-params as they stand, defaults filled in; None if absent. `DerError` if they break the form."""
    if not encoded:
        return None
    digest, mask_digest, salt = Algorithm("1.3.14.3.2.26"), Algorithm("1.3.14.3.2.26"), 20
    last = -1
    for part in der.children(encoded, der.whole(encoded, der.SEQUENCE), 4):
        if not last < part.tag - 0xA0 <= 3:
            raise der.DerError("broken RSASSA-PSS parameters")
        last = part.tag - 0xA0
        inner = der.children(encoded, part, 1)[0]
        if last == 0:
            digest = read_algorithm(inner.raw(encoded))
        elif last == 1:
            mask = read_algorithm(inner.raw(encoded))
            mask_digest = read_algorithm(mask.parameters) if mask.oid == names.MGF1 else Algorithm("")
        elif last == 2:
            salt = der.to_int(encoded, inner)
        elif der.to_int(encoded, inner) != 1:
            raise der.DerError("an unknown RSASSA-PSS trailer")
    if not 0 <= salt <= MAX_SALT_BYTES or digest.parameters or mask_digest.parameters:
        raise der.DerError("broken RSASSA-PSS parameters")
    return PssParameters(names.DIGESTS.get(digest.oid), names.DIGESTS.get(mask_digest.oid), salt)


def read_protection(attributes: Attributes) -> tuple[Algorithm, Algorithm] | None:
    """Digest and signature algorithm of CMSAlgorithmProtection (RFC 6211 §2)."""
    values = attributes.get(names.ALGORITHM_PROTECTION)
    if values is None:
        return None
    fields = der.children(values[0], der.whole(values[0], der.SEQUENCE), 2)
    if len(fields) != 2 or fields[1].tag != 0xA1:  # [2] would be a MAC
        raise der.DerError("a broken algorithm protection")
    return read_algorithm(fields[0].raw(values[0])), read_algorithm(fields[1].raw(values[0]))


def read_signing_certificate(attributes: Attributes) -> tuple[CertificateHash, ...]:
    """What signing-certificate-v2 and the older signing-certificate (SHA-1) name first (RFC 5035 §5.4)."""
    found = []
    for oid in (names.SIGNING_CERTIFICATE_V2, names.SIGNING_CERTIFICATE):
        for value in attributes.get(oid, ()):
            outer = der.children(value, der.whole(value, der.SEQUENCE), 2)
            ids = der.children(value, der.need(outer[0], der.SEQUENCE), MAX_VALUES)
            fields = der.children(value, der.need(ids[0], der.SEQUENCE), 3)
            algorithm: str | None = "sha1" if oid == names.SIGNING_CERTIFICATE else "sha256"
            if fields[0].tag == der.SEQUENCE:
                algorithm = names.DIGESTS.get(read_algorithm(fields.pop(0).raw(value)).oid)
            found.append(CertificateHash(algorithm, der.need(fields[0], der.OCTET_STRING).content(value)))
    return tuple(found)


def read_revocation(encoded: Iterable[bytes]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """CRLs and OCSP responses of RevocationInfoChoices (RFC 5652 §10.2.1, RFC 5940 §2.1); others are passed over."""
    crls, ocsps = [], []
    for item in encoded:
        if item[0] == der.SEQUENCE:
            crls.append(item)
        elif item[0] == 0xA1:
            fields = der.children(item, der.read(item), 2)
            oid, info = der.to_oid(item, fields[0]), fields[1].raw(item)
            if oid == names.RI_OCSP_RESPONSE:
                ocsps.append(info)
            elif oid == names.PKIX_OCSP_BASIC:
                ocsps.append(ocsp_response(info))
    return tuple(crls), tuple(ocsps)


def ocsp_response(basic: bytes) -> bytes:
    """A successful OCSPResponse around a BasicOCSPResponse (RFC 6960 §4.2.1)."""
    body = der.seq(der.oid(names.PKIX_OCSP_BASIC), der.octets(basic))
    return der.seq(der.integer(0, der.ENUMERATED), der.tlv(0xA0, body))


def read_adobe_revocation(attributes: Attributes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """CRLs and OCSP responses of adbe-revocationInfoArchival (ISO 32000-2 §12.8.3.3.2); evidence only, so lenient."""
    found: dict[int, list[bytes]] = {0xA0: [], 0xA1: []}
    try:
        for value in attributes.get(names.ADOBE_REVOCATION, ()):
            for part in der.children(value, der.whole(value, der.SEQUENCE), 3):
                if part.tag in found:
                    inner = der.children(value, part, 1)[0]
                    found[part.tag] += [v.raw(value) for v in der.children(value, inner, MAX_REVOCATION)]
    except (der.DerError, IndexError):
        return (), ()
    return tuple(found[0xA0]), tuple(found[0xA1])


def plain_as_der(value: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """A PLAIN-ECDSA signature as Ecdsa-Sig-Value. Raises `InvalidSignature` for one of another length."""
    size = -(-key.curve.key_size // 8)
    if len(value) != 2 * size:
        raise InvalidSignature
    return utils.encode_dss_signature(int.from_bytes(value[:size]), int.from_bytes(value[size:]))


def is_named(certificate: x509.Certificate, named: CertificateHash) -> bool:
    """Whether the ESSCertID is that certificate's."""
    digest = names.HASHES.get(named.algorithm or "")
    return digest is not None and certificate.fingerprint(digest) == named.value
