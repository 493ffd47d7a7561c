"""Status answers of the development PKI: CRLs (RFC 5280 §5) and OCSP (RFC 6960), made at the moment of asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from .certs import Authority, PrivateKey

CRL_LIFE = timedelta(days=1)
OCSP_LIFE = timedelta(hours=1)
MAX_NONCE_BYTES = 32  # bytes; RFC 9654 §2.1 asks servers to accept 1 to 32 and lets them ignore the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Since when and why a certificate is revoked; reason `certificate_hold` means suspended."""

    time: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStates:
    """What a CA knows of its certificates: the serial numbers it issued and those it revoked."""

    issued: frozenset[int]
    revoked: Mapping[int, Revocation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """An OCSP responder to which a CA delegated its answers (RFC 6960 §4.2.2.2)."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)


def make_crl(authority: Authority, states: CertificateStates, now: datetime) -> bytes:
    """The CA's complete CRL of this second, DER; the number grows with time."""
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    this_update = now.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(this_update)
        .next_update(this_update + CRL_LIFE)
        .add_extension(x509.CRLNumber(int(this_update.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    for serial, revocation in states.revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revocation.time)
        if revocation.reason is not x509.ReasonFlags.unspecified:  # RFC 5280 §5.3.1: unspecified is left out
            entry = entry.add_extension(x509.CRLReason(revocation.reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def answer_ocsp(
    body: bytes, authority: Authority, responder: Responder, states: CertificateStates, now: datetime
) -> bytes:
    """The DER response to a DER request of any content: good, revoked or unknown, or an OCSP error status."""
    try:
        request = ocsp.load_der_ocsp_request(body)
        digest = request.hash_algorithm
        wanted = (request.issuer_name_hash, request.issuer_key_hash)
        serial = request.serial_number
        nonce = _nonce(request)
    except (ValueError, TypeError, UnsupportedAlgorithm, NotImplementedError, x509.DuplicateExtension):
        return _failed(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    if wanted != _issuer_hashes(authority, responder, digest):
        return _failed(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    revocation = states.revoked.get(serial)
    status = ocsp.OCSPCertStatus.GOOD if serial in states.issued else ocsp.OCSPCertStatus.UNKNOWN
    this_update = now.replace(microsecond=0)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            issuer_name_hash=wanted[0],
            issuer_key_hash=wanted[1],
            serial_number=serial,
            algorithm=digest,
            cert_status=ocsp.OCSPCertStatus.REVOKED if revocation else status,
            this_update=this_update,
            next_update=this_update + OCSP_LIFE,
            revocation_time=revocation.time if revocation else None,
            revocation_reason=revocation.reason if revocation else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
        .certificates([responder.certificate])
    )
    if nonce is not None:
        builder = builder.add_extension(nonce, critical=False)
    return builder.sign(responder.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _nonce(request: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    """The request's nonce when it is of a length that may be repeated."""
    for extension in request.extensions:
        if isinstance(extension.value, x509.OCSPNonce) and 0 < len(extension.value.nonce) <= MAX_NONCE_BYTES:
            return extension.value
    return None


def _issuer_hashes(authority: Authority, responder: Responder, digest: hashes.HashAlgorithm) -> tuple[bytes, bytes]:
    """The hashes of name and key by which a request names this CA (RFC 6960 §4.1.1)."""
    ours = ocsp.OCSPRequestBuilder().add_certificate(responder.certificate, authority.certificate, digest).build()
    return ours.issuer_name_hash, ours.issuer_key_hash


def _failed(status: ocsp.OCSPResponseStatus) -> bytes:
    """A response without an answer (RFC 6960 §4.2.1)."""
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)
