"""What path validation needs to know of one certificate (RFC 5280 §4), read once.

`facts` reads everything in one guarded place, so that no later check meets a malformed extension. A fact that cannot
be read makes the certificate unusable (`MalformedError`), never silently empty.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID, SignatureAlgorithmOID

from ..cms.names import PLAIN_ECDSA
from ..errors import MalformedError
from ..lru import Lru
from ..policy import Policy
from .names import quietly, shown_name
from .unusual import UNUSUAL, digest_under, verify_unusual

MAX_EXPONENT_BITS = 256  # bits of a public RSA exponent (FIPS 186-5 §A.1.1)
MAX_CACHED = 2048  # certificates, and signatures between them

# Everything that lazy parsers raise on bytes that are not what they claim to be.
PARSE_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RecursionError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)

_UNDERSTOOD = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,  # any policy is accepted, so nothing is left to enforce
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.OCSP_NO_CHECK,
    }
)
_A = SignatureAlgorithmOID
_SCHEMES = {
    _A.RSASSA_PSS: "rsassa-pss",
    _A.ED25519: "ed25519",
    **dict.fromkeys((_A.ECDSA_WITH_SHA1, _A.ECDSA_WITH_SHA224, _A.ECDSA_WITH_SHA256, _A.ECDSA_WITH_SHA384), "ecdsa"),
    **dict.fromkeys((_A.ECDSA_WITH_SHA512, _A.ECDSA_WITH_SHA3_256, _A.ECDSA_WITH_SHA3_384), "ecdsa"),
    **dict.fromkeys((_A.ECDSA_WITH_SHA3_512,), "ecdsa"),
    **dict.fromkeys((_A.RSA_WITH_MD5, _A.RSA_WITH_SHA1, _A.RSA_WITH_SHA224, _A.RSA_WITH_SHA256), "rsa-pkcs1-v1_5"),
    **dict.fromkeys((_A.RSA_WITH_SHA384, _A.RSA_WITH_SHA512, _A.RSA_WITH_SHA3_256), "rsa-pkcs1-v1_5"),
    **dict.fromkeys((_A.RSA_WITH_SHA3_384, _A.RSA_WITH_SHA3_512), "rsa-pkcs1-v1_5"),
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Facts:
    """One certificate, read. Names are DER, times are UTC; `scheme` and `digest` are those of the signature on it.

    `label` and `issuer_label` are the names as findings show them, numbers masked.
    """

    certificate: x509.Certificate
    sha256: bytes
    subject: bytes
    issuer: bytes
    label: str
    issuer_label: str
    not_before: datetime
    not_after: datetime
    key: CertificatePublicKeyTypes
    key_bits: int
    curve: str | None
    scheme: str
    digest: str | None
    is_ca: bool
    path_length: int | None
    key_usage: x509.KeyUsage | None
    extended_key_usage: frozenset[str] | None
    extended_key_usage_critical: bool
    key_id: bytes | None
    authority_key_id: bytes | None
    name_constraints: x509.NameConstraints | None
    alternative_names: tuple[x509.GeneralName, ...]
    crl_urls: tuple[str, ...]
    ocsp_urls: tuple[str, ...]
    no_check: bool
    unknown_critical: str | None

    @property
    def self_issued(self) -> bool:
        """Subject and issuer have the same name (RFC 5280 §3.2)."""
        return self.subject == self.issuer


_FACTS: Lru[x509.Certificate, Facts | MalformedError] = Lru(MAX_CACHED)  # reading costs as much as a signature check
_SIGNED: Lru[tuple[x509.Certificate, x509.Certificate], bool] = Lru(MAX_CACHED)


def facts(certificate: x509.Certificate) -> Facts:
    """`certificate`, read once a process. Raises `MalformedError` (`certificate.malformed`)."""
    found = _FACTS.get(certificate)
    if found is None:
        try:
            with quietly():
                found = _FACTS.put(certificate, _read(certificate))
        except PARSE_ERRORS as e:
            found = _FACTS.put(certificate, MalformedError("certificate.malformed", why=e))
    if isinstance(found, MalformedError):
        raise MalformedError(found.code, **found.details)
    return found


def _read(certificate: x509.Certificate) -> Facts:
    extensions = {e.oid: e for e in certificate.extensions}
    key = certificate.public_key()
    bits, curve = key_size(key)
    basic = _value(extensions, x509.BasicConstraints)
    extended = extensions.get(ExtensionOID.EXTENDED_KEY_USAGE)
    usages = _value(extensions, x509.ExtendedKeyUsage)
    own = _value(extensions, x509.SubjectKeyIdentifier)
    authority = _value(extensions, x509.AuthorityKeyIdentifier)
    names = _value(extensions, x509.SubjectAlternativeName)
    return Facts(
        certificate=certificate,
        sha256=certificate.fingerprint(SHA256()),
        subject=certificate.subject.public_bytes(),
        issuer=certificate.issuer.public_bytes(),
        label=shown_name(certificate.subject),
        issuer_label=shown_name(certificate.issuer),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key=key,
        key_bits=bits,
        curve=curve,
        scheme=signature_scheme(certificate.signature_algorithm_oid),
        digest=digest_under(certificate),
        is_ca=basic is not None and basic.ca,
        path_length=basic.path_length if basic else None,
        key_usage=_value(extensions, x509.KeyUsage),
        extended_key_usage=None if usages is None else frozenset(u.dotted_string for u in usages),
        extended_key_usage_critical=extended is not None and extended.critical,
        key_id=own.digest if own else None,
        authority_key_id=authority.key_identifier if authority else None,
        name_constraints=_value(extensions, x509.NameConstraints),
        alternative_names=tuple(names) if names else (),
        crl_urls=_crl_urls(_value(extensions, x509.CRLDistributionPoints)),
        ocsp_urls=_ocsp_urls(_value(extensions, x509.AuthorityInformationAccess)),
        no_check=ExtensionOID.OCSP_NO_CHECK in extensions,
        unknown_critical=unknown_critical(certificate.extensions, _UNDERSTOOD),
    )


E = TypeVar("E", bound=x509.ExtensionType)


def _value(extensions: dict[x509.ObjectIdentifier, x509.Extension[x509.ExtensionType]], kind: type[E]) -> E | None:
    found = extensions.get(kind.oid)
    if found is None:
        return None
    if not isinstance(found.value, kind):
        raise ValueError("an extension of the wrong kind")
    return found.value


def unknown_critical(extensions: x509.Extensions, understood: Container[x509.ObjectIdentifier]) -> str | None:
    """The dotted OID of the first critical extension outside `understood`, or None."""
    return next((e.oid.dotted_string for e in extensions if e.critical and e.oid not in understood), None)


def key_size(key: CertificatePublicKeyTypes) -> tuple[int, str | None]:
    """The size in bits and the name of the curve, if any. Raises `ValueError` for kinds of keys that we do not take."""
    if isinstance(key, rsa.RSAPublicKey):
        if key.public_numbers().e.bit_length() > MAX_EXPONENT_BITS:  # each check would cost as much as a signature
            raise ValueError("too large a public exponent")
        return key.key_size, None
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.key_size, key.curve.name
    if isinstance(key, ed25519.Ed25519PublicKey):
        return 256, "ed25519"
    raise ValueError("a kind of key that is not supported")


def signature_scheme(oid: x509.ObjectIdentifier) -> str:
    """The name that a `Policy` has for a signature algorithm; the dotted OID, which no policy has, for any other."""
    if oid.dotted_string in PLAIN_ECDSA:
        return "ecdsa"
    return _SCHEMES.get(oid, oid.dotted_string)


def _crl_urls(points: x509.CRLDistributionPoints | None) -> tuple[str, ...]:
    names = (name for point in points or () for name in point.full_name or () if not point.crl_issuer)
    return tuple(n.value for n in names if isinstance(n, x509.UniformResourceIdentifier))


def _ocsp_urls(access: x509.AuthorityInformationAccess | None) -> tuple[str, ...]:
    places = (a.access_location for a in access or () if a.access_method == AuthorityInformationAccessOID.OCSP)
    return tuple(p.value for p in places if isinstance(p, x509.UniformResourceIdentifier))


def signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the signature on `certificate` is by the key of `issuer` and the names fit, byte for byte."""
    pair = (certificate, issuer)
    found = _SIGNED.get(pair)
    if found is None:
        try:
            found = _verifies(certificate, issuer)
        except (InvalidSignature, *PARSE_ERRORS):
            found = False
        _SIGNED.put(pair, found)
    return found


def _verifies(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.signature_algorithm_oid.dotted_string not in UNUSUAL:
        certificate.verify_directly_issued_by(issuer)
        return True
    named = certificate.issuer.public_bytes() == issuer.subject.public_bytes()
    return named and verify_unusual(certificate.public_bytes(Encoding.DER), issuer.public_key())


def signature_end(policy: Policy, scheme: str, digest: str | None, key: CertificatePublicKeyTypes) -> datetime | None:
    """The day on which a signature of this kind ends under `policy`; None if it was never accepted."""
    try:
        bits, curve = key_size(key)
    except ValueError:
        return None
    ends = policy.signature_ends(scheme, bits, curve)
    if ends is None or scheme == "ed25519":
        return ends
    digest_ends = policy.digest_ends(digest) if digest else None
    return None if digest_ends is None else min(ends, digest_ends)
