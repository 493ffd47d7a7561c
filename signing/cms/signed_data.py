"""CMS signatures (RFC 5652): made from a template per signer, parsed strictly, checked, and grown (EN 319 122-1 §6).

Growing touches SignedData and unsigned attributes only: signed attributes and signature value stay byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding

from ..errors import MalformedError
from ..report import Finding
from . import der, names
from .build import CmsTemplate
from .layout import Layout, layout
from .parse import PARSER_ERRORS, CmsSignature, parse_cms
from .values import (
    Algorithm,
    CertificateHash,
    PssParameters,
    SignerId,
    attribute,
    is_named,
    plain_as_der,
    pss_parameters,
)

__all__ = [
    "Algorithm",
    "CertificateHash",
    "CmsSignature",
    "CmsTemplate",
    "PssParameters",
    "SignerId",
    "add_long_term",
    "add_timestamp",
    "add_unsigned",
    "check_cms",
    "parse_cms",
]

Answer = tuple[bool | None, tuple[Finding, ...]]
_EDWARDS: Mapping[str | None, Any] = MappingProxyType(
    {"ed25519": ed25519.Ed25519PublicKey, "ed448": ed448.Ed448PublicKey}
)
DigestOf = Callable[[str], bytes]


class _CannotTell(Exception):  # noqa: N818 - not an error: the answer is None
    """Something about this signature is not known here; the text says what."""


def check_cms(sig: CmsSignature, content_digest: DigestOf) -> Answer:
    """Whether digest, signature value and certificate binding of `sig` hold, and why not (EN 319 102-1 §5.2.7).

    `content_digest` gives the content's digest by algorithm name (`sha256`, as `hashlib` names them). The answer is
    None where it cannot be told: an unknown algorithm or key, no certificate. Trust and policy are judged elsewhere.
    """
    findings: list[Finding] = []
    unknown = False
    if sig.digest_algorithm is None:
        findings.append(Finding.of("signature.unsupported", why=f"digest {sig.digest_oid}"))
        unknown = True
    elif not _digest_holds(sig, content_digest):
        findings.append(Finding.of("signature.digest"))
    why = _inconsistency(sig)
    if why:
        findings.append(Finding.of("signature.malformed", why=why))
    if sig.signer_certificate is None:
        return _answer([*findings, Finding.of("signature.no-certificate")], unknown=True)
    if sig.signing_certificate_hashes and not _bound(sig, sig.signer_certificate):
        findings.append(Finding.of("signature.certificate-binding"))
    try:
        if not _value_holds(sig, sig.signer_certificate, content_digest):
            findings.append(Finding.of("signature.value"))
    except _CannotTell as e:
        findings.append(Finding.of("signature.unsupported", why=e))
        unknown = True
    return _answer(findings, unknown)


_UNKNOWN = {"signature.unsupported", "signature.no-certificate"}


def _answer(findings: list[Finding], unknown: bool) -> Answer:
    if any(f.code not in _UNKNOWN for f in findings):
        return False, tuple(findings)
    return None if unknown else True, tuple(findings)


def _digest_holds(sig: CmsSignature, content_digest: DigestOf) -> bool:
    if sig.signed_attributes_der is None:
        return True  # the value is over the content itself
    return sig.message_digest is not None and content_digest(sig.digest_algorithm or "") == sig.message_digest


def _inconsistency(sig: CmsSignature) -> str | None:
    """What RFC 5652 §5.3, §11 and RFC 6211 forbid, or None."""
    if sig.signed_attributes_der is None:
        return None if sig.content_type == names.DATA else "no signed attributes"
    if sig.message_digest is None:
        return "content-type, message-digest"
    # A counter-signature has no content type (RFC 5652 §11.4); with one it was made as a signature over a document.
    if sig.attribute_content_type != (None if sig.countersignature else sig.content_type):
        return "content-type"
    if sig.algorithm_protection not in (None, sig.algorithms):
        return "CMSAlgorithmProtection"
    return None


def _bound(sig: CmsSignature, certificate: x509.Certificate) -> bool:
    return all(is_named(certificate, named) for named in sig.signing_certificate_hashes)


def _value_holds(sig: CmsSignature, certificate: x509.Certificate, content_digest: DigestOf) -> bool:
    digest = names.HASHES.get(sig.scheme_digest or "")
    if sig.signature_scheme is None:
        raise _CannotTell(f"algorithm {sig.signature_oid}")
    if digest is None:
        raise _CannotTell("RSASSA-PSS parameters" if sig.signature_scheme == "rsassa-pss" else "digest")
    data, hasher = sig.signed_attributes_der, digest
    if data is None:
        if sig.scheme_digest != sig.digest_algorithm or sig.signature_scheme in _EDWARDS:
            raise _CannotTell("no signed attributes")
        data, hasher = content_digest(sig.scheme_digest or ""), utils.Prehashed(digest)  # type: ignore[assignment]
    try:
        public: Any = certificate.public_key()
    except PARSER_ERRORS:
        raise _CannotTell("public key") from None
    try:
        _verify(sig, certificate, public, data, hasher)
    except InvalidSignature:
        return False
    except PARSER_ERRORS:
        raise _CannotTell(f"{sig.signature_scheme}, {sig.scheme_digest}") from None
    return True


def _verify(sig: CmsSignature, certificate: x509.Certificate, public: Any, data: bytes, hasher: Any) -> None:
    """Raise `InvalidSignature` unless the value holds; a key of another kind than the algorithm does not."""
    scheme, value = sig.signature_scheme, sig.signature_value
    if scheme == "ecdsa" and isinstance(public, ec.EllipticCurvePublicKey):
        plain = sig.signature_oid in names.PLAIN_ECDSA
        public.verify(plain_as_der(value, public) if plain else value, data, ec.ECDSA(hasher))
    elif scheme in _EDWARDS and isinstance(public, _EDWARDS[scheme]):
        public.verify(value, data)
    elif scheme == "rsassa-pss" and isinstance(public, rsa.RSAPublicKey):
        public.verify(value, data, _pss_padding(sig, certificate), hasher)
    elif scheme == "rsa-pkcs1-v1_5" and isinstance(public, rsa.RSAPublicKey):
        if certificate.public_key_algorithm_oid.dotted_string == names.RSASSA_PSS:
            raise InvalidSignature  # the certificate keeps its key for PSS
        public.verify(value, data, padding.PKCS1v15(), hasher)
    else:
        raise InvalidSignature


def _pss_padding(sig: CmsSignature, certificate: x509.Certificate) -> padding.PSS:
    """Exactly the signature's parameters; they must agree with digestAlgorithm (RFC 4056 §3) and with the key's."""
    pss = sig.pss
    if pss is None or pss.digest is None or pss.mask_digest is None:
        raise _CannotTell("RSASSA-PSS parameters")
    if pss.digest != sig.digest_algorithm:
        raise InvalidSignature
    if certificate.public_key_algorithm_oid.dotted_string == names.RSASSA_PSS:
        allowed = pss_parameters(_key_parameters(certificate))
        if allowed and (
            (allowed.digest, allowed.mask_digest) != (pss.digest, pss.mask_digest)
            or pss.salt_length < allowed.salt_length
        ):
            raise InvalidSignature
    return padding.PSS(mgf=padding.MGF1(names.HASHES[pss.mask_digest]), salt_length=pss.salt_length)


def _key_parameters(certificate: x509.Certificate) -> bytes:
    """The parameters in the certificate's subjectPublicKeyInfo, encoded, or nothing."""
    tbs = certificate.tbs_certificate_bytes
    fields = der.children(tbs, der.whole(tbs, der.SEQUENCE))
    info = fields[6 if fields[0].tag == 0xA0 else 5]
    algorithm = der.children(tbs, der.children(tbs, info, 2)[0], 2)
    return algorithm[1].raw(tbs) if len(algorithm) == 2 else b""


# --- growing ---------------------------------------------------------------------------------------------------------


def add_timestamp(cms: bytes, token: bytes) -> bytes:
    """`cms` with a signature timestamp `token` (DER ContentInfo) as unsigned attribute (EN 319 122-1 §5.3).

    The token is not judged. Raises `MalformedError`.
    """
    return add_unsigned(cms, attribute(names.SIGNATURE_TIMESTAMP, token))


def add_unsigned(cms: bytes, added: bytes) -> bytes:
    """`cms` (a signature or a timestamp token) with one more unsigned attribute, encoded. Raises `MalformedError`."""
    parts = _layout(cms)
    return _joined(parts, parts.certificates, parts.revocation, (*parts.unsigned, added))


def add_long_term(
    cms: bytes, certificates: Iterable[x509.Certificate], crls: Iterable[bytes], ocsps: Iterable[bytes]
) -> bytes:
    """`cms` with certificates, CRLs and OCSP responses (DER) in SignedData, each once (EN 319 122-1 §5.5.2, RFC 5940).

    None is judged. Raises `MalformedError`.
    """
    parts = _layout(cms)
    known = dict.fromkeys(parts.certificates)
    known.update(dict.fromkeys(c.public_bytes(Encoding.DER) for c in certificates))
    evidence = dict.fromkeys(parts.revocation)
    evidence.update(dict.fromkeys(crls))
    ocsp_type = der.oid(names.RI_OCSP_RESPONSE)
    evidence.update(dict.fromkeys(der.tlv(0xA1, ocsp_type + response) for response in ocsps))
    return _joined(parts, known, evidence, parts.unsigned)


def _layout(cms: bytes) -> Layout:
    try:
        return layout(parse_cms(cms).der)
    except PARSER_ERRORS:
        raise MalformedError("signature.malformed", why="structure") from None


def _joined(
    parts: Layout, certificates: Iterable[bytes], revocation: Iterable[bytes], unsigned: Iterable[bytes]
) -> bytes:
    """ContentInfo from parts of another; the version follows RFC 5652 §5.1."""
    certificates, revocation, unsigned = tuple(certificates), tuple(revocation), tuple(unsigned)
    others = any(item[0] == 0xA3 for item in certificates) or any(item[0] == 0xA1 for item in revocation)
    info = der.seq(*parts.info, der.set_of(unsigned, 0xA1) if unsigned else b"")
    signed = der.seq(
        der.integer(5 if others else parts.version),
        parts.before,
        der.set_of(certificates, 0xA0) if certificates else b"",
        der.set_of(revocation, 0xA1) if revocation else b"",
        der.tlv(der.SET, info),
    )
    return der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, signed))
