"""Who signs: the `Signer` protocol, signers with a local key, and key URIs (RFC 8017, FIPS 186-5, RFC 5652 §5.4).

A signer holds a loaded key: `open_signer` reads, decrypts and checks it once, however many documents follow.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from importlib import import_module
from typing import Protocol, runtime_checkable

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from .clock import moment
from .errors import RefusedError, UsageError
from .lru import Lru
from .policy import EC_CURVES, RSA_BITS

MAX_CHAIN = 8  # certificates above the signer's own
MAX_CERTIFICATE_BYTES = 256 * 1024  # bytes
MAX_LOADED_BYTES = 16 * 1024 * 1024  # of certificates that are kept, because the same come with every signature
# URI scheme → module in `sources` with `load(where, ask, algorithm)`. `where` is what stands behind the scheme; behind
# a scheme with a transport, such as `csc+https:`, it is the service's address, `https:` included.
SCHEMES = {"pem": "pem", "pkcs12": "pkcs12", "pkcs11": "pkcs11", "csc+https": "csc", "csc+http": "csc"}
SCHEMES |= {"mobile+https": "mobile", "mobile+http": "mobile"}

# Everything that the certificate library raises on bytes that are not what they claim to be; it parses lazily.
CERTIFICATE_ERRORS = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)

# What certificates of people and offices carry when they carry any extended key usage at all.
SIGNER_USAGES = frozenset(
    {
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string,
        ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string,
        ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,
        "1.3.6.1.5.5.7.3.36",  # documentSigning, RFC 9336
        "1.3.6.1.4.1.311.10.3.12",  # document signing, Microsoft
        "1.2.840.113583.1.1.5",  # authentic documents, Adobe
    }
)

_LOADED: Lru[bytes, x509.Certificate] = Lru(MAX_LOADED_BYTES)  # by DER; one a process, they never change

Ask = Callable[[str], str]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class SignatureAlgorithm(StrEnum):
    """The algorithms that signatures are made with; checking knows more.

    SHA-3 and Ed25519 are left out, though TT 15/2025 and RFC 8419 have them: neither pdfsig nor the readers of offices
    verify SHA-3, and EU DSS knows no EdDSA, so that what they sign would be worth nothing to those who get it.
    """

    ECDSA_SHA256 = "ecdsa-sha256"
    ECDSA_SHA384 = "ecdsa-sha384"
    ECDSA_SHA512 = "ecdsa-sha512"
    RSA_PSS_SHA256 = "rsassa-pss-sha256"
    RSA_PSS_SHA384 = "rsassa-pss-sha384"
    RSA_PSS_SHA512 = "rsassa-pss-sha512"
    RSA_PKCS1_SHA256 = "rsa-pkcs1-v1_5-sha256"
    RSA_PKCS1_SHA384 = "rsa-pkcs1-v1_5-sha384"
    RSA_PKCS1_SHA512 = "rsa-pkcs1-v1_5-sha512"

    @property
    def scheme(self) -> str:
        """`ecdsa`, `rsassa-pss` or `rsa-pkcs1-v1_5`."""
        return _PARTS[self][0]

    @property
    def digest(self) -> str:
        """`sha256`, `sha384` or `sha512`; the content is digested with the same."""
        return _PARTS[self][2]


_PARTS = {algorithm: algorithm.value.rpartition("-") for algorithm in SignatureAlgorithm}


class Signer(Protocol):
    """What can sign: a certificate, its issuers and a key, wherever that lives."""

    @property
    def certificate(self) -> x509.Certificate:
        """The signing certificate."""

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """Issuers of the certificate, nearest first; may be empty."""

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """What `sign` makes."""

    def sign(self, data: bytes) -> bytes:
        """The signature value over `data` (which the signer digests), as CMS wants it: DER for ECDSA."""


@runtime_checkable
class BatchSigner(Signer, Protocol):
    """A signer for which many signatures at once cost less (one PIN, one session, one confirmation)."""

    def sign_many(self, data: Sequence[bytes]) -> list[bytes]:
        """As `sign`, for each of `data`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class LocalSigner:
    """A signer whose private key is in memory. `repr` shows the subject alone.

    Raises `UsageError` (`key.mismatch`, `key.malformed`) or `RefusedError` (`signature.algorithm`: weak key).
    """

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()
    algorithm: SignatureAlgorithm = SignatureAlgorithm.ECDSA_SHA256
    _call: Callable[[bytes], bytes] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        public = self.key.public_key()
        if self.certificate.public_key() != public:
            raise UsageError("key.mismatch", where=subject_of(self.certificate))
        check_key(public)
        family = "ecdsa" if isinstance(self.key, ec.EllipticCurvePrivateKey) else "rsa"
        if not self.algorithm.startswith(family):
            raise UsageError("key.malformed", where=subject_of(self.certificate), why=f"not for {self.algorithm}")
        object.__setattr__(self, "_call", _primitive(self.key, self.algorithm))

    def __repr__(self) -> str:
        return f"LocalSigner({subject_of(self.certificate)!r}, {self.algorithm.value})"

    def sign(self, data: bytes) -> bytes:
        """The signature value over `data`."""
        return self._call(data)


def _primitive(key: PrivateKey, algorithm: SignatureAlgorithm) -> Callable[[bytes], bytes]:
    """One signing call with everything constant bound beforehand."""
    digest = _HASHES[algorithm.digest]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        ecdsa = ec.ECDSA(digest)
        return lambda data: key.sign(data, ecdsa)
    pad = rsa_padding(algorithm)
    return lambda data: key.sign(data, pad, digest)


@cache  # asked for with each signature and each check
def rsa_padding(algorithm: SignatureAlgorithm) -> padding.AsymmetricPadding:
    """PSS with MGF1 of the same digest and a salt as long as it (ETSI TS 119 312 §7), or PKCS#1 v1.5."""
    if algorithm.scheme == "rsassa-pss":
        digest = _HASHES[algorithm.digest]
        return padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
    return padding.PKCS1v15()


@lru_cache(maxsize=64)  # the library reads the key from the certificate anew each time, and prepares it anew
def _public_key(certificate: x509.Certificate) -> object:
    return certificate.public_key()


def verify_value(certificate: x509.Certificate, algorithm: SignatureAlgorithm, value: bytes, data: bytes) -> bool:
    """Whether `value` is the signature over `data` with the certificate's key; a wrong kind of key is `False`."""
    digest = _HASHES[algorithm.digest]
    try:
        public = _public_key(certificate)
        if isinstance(public, ec.EllipticCurvePublicKey) and algorithm.scheme == "ecdsa":
            public.verify(value, data, ec.ECDSA(digest))
        elif isinstance(public, rsa.RSAPublicKey) and algorithm.scheme != "ecdsa":
            public.verify(value, data, rsa_padding(algorithm), digest)
        else:
            return False
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: a value that is not bytes
        return False
    return True


def default_algorithm(public: object) -> SignatureAlgorithm:
    """ECDSA with the digest of the curve's size; RSASSA-PSS with SHA-256 for RSA keys."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        size = public.curve.key_size
        return SignatureAlgorithm(f"ecdsa-sha{256 if size <= 256 else 384 if size <= 384 else 512}")
    return SignatureAlgorithm.RSA_PSS_SHA256


def check_key(public: object) -> None:
    """Raise `RefusedError` `signature.algorithm` for keys that nothing should be signed with."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        if public.curve.name not in EC_CURVES:
            raise RefusedError("signature.algorithm", algorithm=public.curve.name, why="curve")
    elif isinstance(public, rsa.RSAPublicKey):
        least = RSA_BITS[0][0]
        if public.key_size < least:
            raise RefusedError("signature.algorithm", algorithm=f"RSA-{public.key_size}", why=f"< {least} bit")
    else:
        raise RefusedError("signature.algorithm", algorithm=type(public).__name__, why="RSA, ECDSA")


def check_signable(certificate: x509.Certificate, at: datetime | None = None) -> None:
    """Raise `RefusedError` unless the certificate is valid at `at` and may sign documents (NĐ 23/2025 Đ15).

    Codes `certificate.expired`, `certificate.not-yet-valid`, `certificate.purpose`. Revocation is asked elsewhere.
    """
    now = moment(at)
    subject = subject_of(certificate)
    if now > certificate.not_valid_after_utc:
        raise RefusedError("certificate.expired", subject=subject, time=certificate.not_valid_after_utc)
    if now < certificate.not_valid_before_utc:
        raise RefusedError("certificate.not-yet-valid", subject=subject, time=certificate.not_valid_before_utc)
    try:
        why = _unfit(certificate.extensions)
    except CERTIFICATE_ERRORS as e:
        raise RefusedError("certificate.malformed", why=e) from None
    if why is not None:
        raise RefusedError("certificate.purpose", subject=subject, why=why)


def _unfit(extensions: x509.Extensions) -> str | None:
    """What in the extensions makes every signature over a document useless (RFC 5280 §4.2.1), or None."""
    for value in (e.value for e in extensions):
        if isinstance(value, x509.KeyUsage) and not (value.digital_signature or value.content_commitment):
            return "keyUsage: digitalSignature, nonRepudiation"
        if isinstance(value, x509.ExtendedKeyUsage) and SIGNER_USAGES.isdisjoint(u.dotted_string for u in value):
            return "extKeyUsage: documentSigning, emailProtection, clientAuth"
        if isinstance(value, x509.BasicConstraints) and value.ca:
            return "basicConstraints: CA"
    return None


def open_signer(uri: str, ask: Ask | None = None, *, algorithm: SignatureAlgorithm | None = None) -> Signer:
    """The signer that `uri` names: `pem:PATH` (key and chain in one file), `pkcs12:PATH`, `pkcs11:…` (RFC 7512),
    `csc+https://…` (a remote service), or `mobile+https://…` (a SIM card).

    `ask` is called with a prompt when a password is needed. `algorithm` overrides the key's default.
    Raises `UsageError`: `key.scheme`, `key.password`, `key.not-found`, `key.malformed`, `key.mismatch`,
    `input.unreadable`; `RefusedError` `signature.algorithm` for a key that is too weak.
    """
    scheme, colon, where = uri.partition(":")
    module = SCHEMES.get(scheme.lower()) if colon else None
    if module is None:
        raise UsageError("key.scheme", scheme=scheme if colon else "-")  # never the rest: it may hold a PIN
    transport = scheme.lower().partition("+")[2]
    if transport:
        where = f"{transport}:{where}"
    signer: Signer = import_module(f".sources.{module}", __package__).load(where, ask, algorithm)
    return signer


def password_of(where: str, ask: Ask) -> bytes:
    """What `ask` answers for the key at `where`, as UTF-8.

    Raises `UsageError` `key.password` for what no key is locked with: no text, or text with NUL, as a UTF-16 file has
    when it is read as UTF-8. The libraries below would show such a password in what they print.
    """
    answer: object = ask(f"Password for {where}: ")
    if not isinstance(answer, str) or "\0" in answer:
        raise UsageError("key.password", where=where)
    try:
        return answer.encode()
    except UnicodeEncodeError:
        raise UsageError("key.password", where=where) from None


def local_signer(
    where: object,
    keys: Sequence[PrivateKey],
    certificates: Iterable[x509.Certificate],
    algorithm: SignatureAlgorithm | None,
) -> LocalSigner:
    """The signer made of what a file holds: a key, its newest certificate, the issuers in order.

    With several keys, the first one that has a certificate is meant.
    """
    pool = list(certificates)
    if not keys:
        raise UsageError("key.not-found", where=where)
    for key in keys:
        public = key.public_key()
        own = [c for c in pool if _has_key(c, public)]
        if own:
            leaf = max(own, key=lambda c: c.not_valid_after_utc)
            chain = order_chain(leaf, pool)[1:]
            return LocalSigner(certificate=leaf, key=key, chain=chain, algorithm=algorithm or default_algorithm(public))
    raise UsageError("key.mismatch", where=where)


def _has_key(certificate: x509.Certificate, public: object) -> bool:
    try:
        return bool(certificate.public_key() == public)
    except CERTIFICATE_ERRORS:  # another certificate with a key that is not understood
        return False


def order_chain(leaf: x509.Certificate, pool: Iterable[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """`leaf`, then its issuers as far as `pool` holds them; each signature is checked, trust is not."""
    chain = [leaf]
    candidates = list(pool)
    while len(chain) <= MAX_CHAIN and not _issued(chain[-1], chain[-1]):
        issuer = next((c for c in candidates if c not in chain and _issued(c, chain[-1])), None)
        if issuer is None:
            break
        chain.append(issuer)
    return tuple(chain)


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        if issuer.subject != certificate.issuer:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *CERTIFICATE_ERRORS):
        return False
    return True


def load_certificate(der: bytes) -> x509.Certificate:
    """A certificate from DER, without the library's warnings about odd serial numbers and names.

    Raises `ValueError` if it is not one; names that cannot be read raise when they are asked for.
    """
    if (known := _LOADED.get(der)) is not None:
        return known
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise ValueError("too large for a certificate")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            certificate = x509.load_der_x509_certificate(der)
        except x509.InvalidVersion:
            raise ValueError("no known version") from None
        with suppress(*CERTIFICATE_ERRORS):  # read now and kept by the library, so that it warns here and not later
            _ = certificate.subject, certificate.issuer
    return _LOADED.put(der, certificate, weight=len(der))


def subject_of(certificate: x509.Certificate) -> str:
    """The common name, or the whole subject (RFC 4514), for messages."""
    try:
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return str(names[0].value) if names else certificate.subject.rfc4514_string()
    except CERTIFICATE_ERRORS:
        return "?"
