"""Certificates, CRLs and OCSP responses for tests, good and bad ones, in one call each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from signing.cms import der

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING
OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True, eq=False)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def name(common_name: str, *more: x509.NameAttribute[str], organization: str = "Cơ quan thử nghiệm") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            *more,
        ]
    )


def usage(*bits: str) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{bit: bit in bits for bit in every})


CA_USAGE = usage("key_cert_sign", "crl_sign")
SIGNER_USAGE = usage("content_commitment")


def make(
    subject: x509.Name | str,
    issuer: Holder | None = None,
    *,
    ca: bool | None = False,
    path_length: int | None = None,
    key: Key | None = None,
    key_usage: x509.KeyUsage | str | None = "usual",
    eku: Iterable[x509.ObjectIdentifier] = (),
    eku_critical: bool = False,
    begin: datetime = NOW - 365 * DAY,
    end: datetime = NOW + 365 * DAY,
    digest: HashAlgorithm | None = SHA256(),  # noqa: B008
    crl_url: str | None = None,
    ocsp_url: str | None = None,
    extra: Iterable[tuple[x509.ExtensionType, bool]] = (),
    key_ids: bool = True,
    serial: int | None = None,
    issuer_name: x509.Name | None = None,
) -> Holder:
    """A certificate by `issuer`, self-signed without one; `ca=None` leaves basicConstraints out."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    signing_key = issuer.key if issuer else own
    subject = name(subject) if isinstance(subject, str) else subject
    by = issuer_name or (issuer.certificate.subject if issuer else subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(own.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    for extension, critical in _extensions(
        own, signing_key, ca, path_length, key_usage, eku, eku_critical, crl_url, ocsp_url, key_ids
    ):
        builder = builder.add_extension(extension, critical)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    if isinstance(signing_key, ed25519.Ed25519PrivateKey):
        digest = None
    return Holder(builder.sign(signing_key, digest), own)


def _extensions(
    own: Key,
    signing_key: Key,
    ca: bool | None,
    path_length: int | None,
    key_usage: Any,
    eku: Iterable[x509.ObjectIdentifier],
    eku_critical: bool,
    crl_url: str | None,
    ocsp_url: str | None,
    key_ids: bool,
) -> Iterable[tuple[x509.ExtensionType, bool]]:
    if ca is not None:
        yield x509.BasicConstraints(ca=ca, path_length=path_length), True
    if key_usage == "usual":
        key_usage = CA_USAGE if ca else SIGNER_USAGE
    if key_usage is not None:
        yield key_usage, True
    if key_ids:
        yield x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False
        yield x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), False
    if eku:
        yield x509.ExtendedKeyUsage(list(eku)), eku_critical
    if crl_url:
        place = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        yield x509.CRLDistributionPoints([place]), False
    if ocsp_url:
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url))
        yield x509.AuthorityInformationAccess([access]), False


def crl(
    issuer: Holder,
    *revoked: tuple[Holder, datetime, x509.ReasonFlags | None],
    at: datetime = NOW,
    until: datetime | None = None,
    extra: Iterable[tuple[x509.ExtensionType, bool]] = (),
    entry_extra: Iterable[tuple[x509.ExtensionType, bool]] = (),
    issuer_name: x509.Name | None = None,
    digest: HashAlgorithm = SHA256(),  # noqa: B008
) -> bytes:
    """A DER CRL of `issuer`."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer_name or issuer.certificate.subject)
        .last_update(at)
        .next_update(until or at + 7 * DAY)
    )
    for holder, when, reason in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(holder.certificate.serial_number).revocation_date(when)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), False)
        for extension, critical in entry_extra:
            entry = entry.add_extension(extension, critical)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer.key, digest).public_bytes(Encoding.DER)


def ocsp_response(
    subject: Holder,
    issuer: Holder,
    responder: Holder | None = None,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    at: datetime = NOW,
    until: datetime | None = NOW + DAY,
    revoked_at: datetime | None = None,
    reason: x509.ReasonFlags | None = None,
    algorithm: HashAlgorithm = SHA1(),  # noqa: B008
    by_name: bool = False,
    certificates: Iterable[Holder] | None = None,
    digest: HashAlgorithm | None = SHA256(),  # noqa: B008
    extra: Iterable[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """A DER OCSP response about `subject`, signed by `responder` or by `issuer` itself."""
    by = responder or issuer
    encoding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(subject.certificate, issuer.certificate, algorithm, status, at, until, revoked_at, reason)
        .responder_id(encoding, by.certificate)
    )
    brought = [by] if certificates is None and responder else list(certificates or ())
    if brought:
        builder = builder.certificates([h.certificate for h in brought])
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    if isinstance(by.key, ed25519.Ed25519PrivateKey):
        digest = None
    return builder.sign(by.key, digest).public_bytes(Encoding.DER)


def signed_with_sha1(encoded: bytes, issuer: Holder, *, says_so: bool = True) -> bytes:
    """A certificate or CRL that `issuer` signed with RSA and SHA-256, signed with SHA-1: libraries do no more."""
    assert isinstance(issuer.key, rsa.RSAPrivateKey)
    body = der.children(encoded, der.whole(encoded, der.SEQUENCE), 3)[0].raw(encoded)
    if says_so:
        body = body.replace(bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105"), 1)
    info = bytes.fromhex("3021300906052b0e03021a05000414") + hashlib.sha1(body).digest()
    padded = b"\0\1" + b"\xff" * (issuer.key.key_size // 8 - 3 - len(info)) + b"\0" + info
    numbers = issuer.key.private_numbers()
    value = pow(int.from_bytes(padded, "big"), numbers.d, numbers.public_numbers.n).to_bytes(len(padded), "big")
    return der.seq(body, der.seq(der.oid("1.2.840.113549.1.1.5"), der.null()), der.tlv(der.BIT_STRING, b"\0" + value))
