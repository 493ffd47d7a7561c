"""Certificate profiles of the development PKI (RFC 5280 §4.2, EN 319 412-2, RFC 3161 §2.3, RFC 6960 §4.2.2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
_KEY_USAGES = (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A CA of the PKI: its `name` ends its addresses under `base_url`; the key stays out of the repr."""

    name: str
    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)

    def issue(
        self, subject: x509.Name, key: PrivateKey, profile: Profile, validity: Validity, *, base_url: str
    ) -> x509.Certificate:
        """A certificate of this CA for `key`, with the addresses where this CA's certificate and status are found."""
        builder = _start(subject, self.certificate.subject, key, profile, validity)
        identifier = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        builder = builder.add_extension(_access(base_url, self.name, ocsp=profile.ocsp), critical=False)
        if not profile.no_check:
            builder = builder.add_extension(_distribution(base_url, self.name), critical=False)
        return builder.sign(self.key, hashes.SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """From when to when a certificate is valid; whole seconds, aware."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a certificate is for. `ocsp`: its status is found by OCSP as well as by CRL; `no_check`: by neither."""

    key_usage: tuple[str, ...]
    path_length: int | None = None
    ca: bool = False
    extended: tuple[x509.ObjectIdentifier, ...] = ()
    extended_critical: bool = False
    ocsp: bool = False
    no_check: bool = False


ROOT = Profile(ca=True, path_length=1, key_usage=("key_cert_sign", "crl_sign"))
ISSUING = Profile(ca=True, path_length=0, key_usage=("key_cert_sign", "crl_sign"))
SIGNER = Profile(
    key_usage=("digital_signature", "content_commitment"),
    extended=(ExtendedKeyUsageOID.EMAIL_PROTECTION, _DOCUMENT_SIGNING),
    ocsp=True,
)
TSA = Profile(
    key_usage=("digital_signature", "content_commitment"),
    extended=(ExtendedKeyUsageOID.TIME_STAMPING,),
    extended_critical=True,
)
RESPONDER = Profile(key_usage=("digital_signature",), extended=(ExtendedKeyUsageOID.OCSP_SIGNING,), no_check=True)


def self_signed(
    name: str, subject: x509.Name, key: PrivateKey, validity: Validity, *, key_identifier: bytes | None = None
) -> Authority:
    """A root. `key_identifier` lets an impostor claim another root's key identifier."""
    builder = _start(subject, subject, key, ROOT, validity, key_identifier)
    return Authority(name=name, certificate=builder.sign(key, hashes.SHA256()), key=key)


def subordinate(
    name: str, issuer: Authority, subject: x509.Name, key: PrivateKey, validity: Validity, *, base_url: str
) -> Authority:
    """An issuing CA under `issuer`."""
    return Authority(name=name, certificate=issuer.issue(subject, key, ISSUING, validity, base_url=base_url), key=key)


def paths(name: str) -> Mapping[str, str]:
    """Where, below the base address, a CA's certificate (`certificate`) and CRL (`crl`) are found."""
    return {"certificate": f"ca/{name}.cer", "crl": f"crl/{name}.crl"}


def _start(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    profile: Profile,
    validity: Validity,
    key_identifier: bytes | None = None,
) -> x509.CertificateBuilder:
    """A builder with everything that does not depend on the issuer."""
    public = key.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    if key_identifier is not None:
        identifier = x509.SubjectKeyIdentifier(key_identifier)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.begin)
        .not_valid_after(validity.end)
        .add_extension(x509.BasicConstraints(ca=profile.ca, path_length=profile.path_length), critical=True)
        .add_extension(x509.KeyUsage(**{name: name in profile.key_usage for name in _KEY_USAGES}), critical=True)
        .add_extension(identifier, critical=False)
    )
    if profile.extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(profile.extended), critical=profile.extended_critical)
    if profile.no_check:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return builder


def _access(base_url: str, issuer: str, *, ocsp: bool) -> x509.AuthorityInformationAccess:
    """Authority information access: the issuer's certificate and, for persons, the OCSP responder."""
    where = [(AuthorityInformationAccessOID.CA_ISSUERS, paths(issuer)["certificate"])]
    if ocsp:
        where.insert(0, (AuthorityInformationAccessOID.OCSP, "ocsp"))
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(kind, x509.UniformResourceIdentifier(base_url + path)) for kind, path in where]
    )


def _distribution(base_url: str, issuer: str) -> x509.CRLDistributionPoints:
    """The CRL distribution point of certificates issued by `issuer`."""
    url = x509.UniformResourceIdentifier(base_url + paths(issuer)["crl"])
    return x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)])
