"""Online certificate status (RFC 6960, RFC 5019): requests, and responses read once, believed only when authentic.

An answer counts when it names the certificate by hash of the issuer's name, hash of the issuer's key and serial
number, and is signed by the issuer itself or by a responder that this issuer certified directly for OCSP signing.
One response holds one answer; what a caller can ask for yields exactly that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from ..clock import shifted
from ..cms import der
from ..errors import LimitError, MalformedError
from ..lru import Lru
from .answer import Answer, State
from .certificates import PARSE_ERRORS, Facts, facts, signature_scheme, signed_by, unknown_critical
from .crl import invalid_since, state_of
from .names import quietly

MAX_OCSP_BYTES = 128 * 1024  # bytes of one response
MAX_RESPONDERS = 8  # candidate responder certificates tried for one response

_OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_PSS_HASHES: tuple[HashAlgorithm, ...] = (SHA256(), SHA384(), SHA512())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ocsp:
    """One successful response with one answer, read but not verified. `name_digest` etc. are its CertID."""

    sha256: bytes
    parsed: ocsp.OCSPResponse
    certificates: tuple[x509.Certificate, ...]
    responder_name: bytes | None
    responder_key: bytes | None
    produced_at: datetime
    hash_name: str
    name_digest: bytes
    key_digest: bytes
    serial: int
    state: State
    time: datetime | None
    reason: str | None
    invalid_since: datetime | None
    this_update: datetime
    next_update: datetime | None
    scheme: str
    digest: HashAlgorithm | None
    usable: bool


_PARSED: Lru[bytes, Ocsp] = Lru(4096)
_SIGNED: Lru[tuple[bytes, x509.Certificate], str | None] = Lru(4096)  # the digest with which the signature held


def ocsp_request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """A DER request for one certificate, without nonce; SHA-1 names the issuer, as RFC 5019 §2.1.1 demands."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1())  # noqa: S303 - a name, not a proof
    return builder.build().public_bytes(Encoding.DER)


def parse_ocsp(data: bytes) -> Ocsp:
    """Read a DER OCSPResponse. Raises `MalformedError` (`revocation.malformed`, `revocation.refused`), `LimitError`."""
    if len(data) > MAX_OCSP_BYTES:
        raise LimitError("input.too-large", what="OCSP", limit=f"{MAX_OCSP_BYTES} bytes")
    digest = hashlib.sha256(data).digest()
    found = _PARSED.get(digest)
    if found is not None:
        return found
    try:
        with quietly():
            parsed = ocsp.load_der_ocsp_response(data)
            if parsed.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                raise MalformedError("revocation.refused", why=parsed.response_status.name.lower())
            return _PARSED.put(digest, _read(parsed, digest))
    except PARSE_ERRORS as e:
        raise MalformedError("revocation.malformed", kind="OCSP", why=e) from None


_STATES = {ocsp.OCSPCertStatus.GOOD: State.GOOD, ocsp.OCSPCertStatus.UNKNOWN: State.UNKNOWN}


def _read(parsed: ocsp.OCSPResponse, digest: bytes) -> Ocsp:
    name, reason = parsed.responder_name, parsed.revocation_reason
    scheme = signature_scheme(parsed.signature_algorithm_oid)
    critical = unknown_critical(parsed.extensions, ()) or unknown_critical(parsed.single_extensions, ())
    return Ocsp(
        sha256=digest,
        parsed=parsed,
        certificates=tuple(parsed.certificates),
        responder_name=name.public_bytes() if name is not None else None,
        responder_key=parsed.responder_key_hash,
        produced_at=parsed.produced_at_utc,
        hash_name=parsed.hash_algorithm.name,
        name_digest=parsed.issuer_name_hash,
        key_digest=parsed.issuer_key_hash,
        serial=parsed.serial_number,
        state=_STATES.get(parsed.certificate_status) or state_of(reason),
        time=parsed.revocation_time_utc,
        reason=reason.value if reason else None,
        invalid_since=invalid_since(parsed.single_extensions),
        this_update=parsed.this_update_utc,
        next_update=parsed.next_update_utc,
        scheme=scheme,
        digest=None if scheme in {"rsassa-pss", "ed25519"} else parsed.signature_hash_algorithm,
        usable=critical is None,
    )


def ocsp_answer(response: Ocsp, subject: Facts, issuer: Facts, pool: Iterable[x509.Certificate]) -> Answer | str | None:
    """What `response` says about `subject`; the code that tells why it says nothing; None when it is about another.

    `pool` may hold responder certificates that the response itself does not carry.
    """
    if not _names(response, subject, issuer):
        return None
    if not response.usable or response.state is State.UNKNOWN:
        return "revocation.scope"
    for responder in _responders(response, issuer, pool):
        digest = _signed_by(response, responder)
        if digest is None:
            continue
        delegated = responder.certificate != issuer.certificate
        signatures: list[tuple[str, str | None, CertificatePublicKeyTypes]] = [(response.scheme, digest, responder.key)]
        if delegated:
            signatures.append((responder.scheme, responder.digest, issuer.key))
        return Answer(
            kind="OCSP",
            digest=response.sha256,
            state=response.state,
            this_update=response.this_update,
            next_update=response.next_update,
            signatures=tuple(signatures),
            time=response.time,
            reason=response.reason,
            invalid_since=response.invalid_since,
            responder=responder if delegated and not responder.no_check else None,
            until=shifted(responder.not_after, timedelta(seconds=1)) if delegated else None,
        )
    return "revocation.signature"


def _names(response: Ocsp, subject: Facts, issuer: Facts) -> bool:
    """CertID: serial number, issuer's name and issuer's key must all be those of `subject` and its issuer."""
    if response.serial != subject.certificate.serial_number or response.hash_name not in _HASHES:
        return False
    make = _HASHES[response.hash_name]
    by_name = make(issuer.subject, usedforsecurity=False).digest() == response.name_digest
    return by_name and make(key_bits(issuer), usedforsecurity=False).digest() == response.key_digest


def key_bits(of: Facts) -> bytes:
    """The BIT STRING of the public key without its first byte: what CertID and KeyHash digest."""
    info = of.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return der.children(info, der.whole(info, der.SEQUENCE), 2)[1].content(info)[1:]


def _responders(response: Ocsp, issuer: Facts, pool: Iterable[x509.Certificate]) -> Iterable[Facts]:
    """The certificates that may sign `response`: the issuer, then responders that it certified (RFC 6960 §4.2.2.2)."""
    if is_responder(response, issuer):
        yield issuer
    seen = 0
    for certificate in dict.fromkeys((*response.certificates, *pool)):
        try:
            responder = facts(certificate)
        except MalformedError:
            continue
        if not is_responder(response, responder) or responder.certificate == issuer.certificate:
            continue
        seen += 1
        if seen > MAX_RESPONDERS:
            return
        if _may_answer(responder, response.produced_at) and signed_by(certificate, issuer.certificate):
            yield responder


def is_responder(response: Ocsp, candidate: Facts) -> bool:
    """Whether the response names that certificate, or its key, as its responder's."""
    if response.responder_name is not None:
        return response.responder_name == candidate.subject
    return hashlib.sha1(key_bits(candidate), usedforsecurity=False).digest() == response.responder_key


def _may_answer(responder: Facts, produced_at: datetime) -> bool:
    usage = responder.key_usage
    return (
        _OCSP_SIGNING in (responder.extended_key_usage or ())
        and responder.unknown_critical is None
        and (usage is None or usage.digital_signature or usage.content_commitment)
        and responder.not_before <= produced_at <= responder.not_after
    )


def _signed_by(response: Ocsp, responder: Facts) -> str | None:
    """The name of the digest with which the response's signature verifies; None when it does not."""
    key = (response.sha256, responder.certificate)
    found = _SIGNED.get(key)
    if found is None:
        found = _verify(response, responder)
        _SIGNED.put(key, found or "")
    return found or None


def _verify(response: Ocsp, responder: Facts) -> str | None:
    tbs, signature, key = response.parsed.tbs_response_bytes, response.parsed.signature, responder.key
    # RSA-PSS names its digest in parameters that are not at hand: the three that a policy may accept are tried.
    hashes = _PSS_HASHES if response.scheme == "rsassa-pss" else (response.digest,)
    for digest in hashes:
        try:
            if isinstance(key, ed25519.Ed25519PublicKey) and response.scheme == "ed25519":
                key.verify(signature, tbs)
                return "ed25519"
            if digest is None:
                return None
            if isinstance(key, ec.EllipticCurvePublicKey) and response.scheme == "ecdsa":
                key.verify(signature, tbs, ec.ECDSA(digest))
            elif isinstance(key, rsa.RSAPublicKey) and response.scheme == "rsa-pkcs1-v1_5":
                key.verify(signature, tbs, padding.PKCS1v15(), digest)
            elif isinstance(key, rsa.RSAPublicKey) and response.scheme == "rsassa-pss":
                key.verify(signature, tbs, padding.PSS(padding.MGF1(digest), padding.PSS.AUTO), digest)
            else:
                return None
        except (InvalidSignature, *PARSE_ERRORS):
            continue
        return digest.name.replace("-", "_")
    return None
