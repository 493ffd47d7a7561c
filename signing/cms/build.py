"""Making CMS signatures (RFC 5652, RFC 5035, RFC 6211; EN 319 122-1 §5, EN 319 142-1 §5) from a template per signer.

All but the message digest, the signing time and the signature value is the same for every document of a signer: it is
encoded once and joined. What a key answers is verified before it is returned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from weakref import ref

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ..clock import moment
from ..errors import SigningError, UsageError
from ..signer import SignatureAlgorithm, Signer, subject_of, verify_value
from . import der, names
from .attributes import SigningDetails, signed_attributes
from .values import attribute

MAX_CACHED_SIGNERS = 64
MAX_CACHED_SIZES = 64  # a signer

_DATA_TYPE = der.seq(der.oid(names.CONTENT_TYPE), der.tlv(der.SET, der.oid(names.DATA)))
_DIGEST_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}


def digest_identifier(digest: str) -> bytes:
    """AlgorithmIdentifier of a digest, parameters absent (RFC 5754 §2)."""
    return der.seq(der.oid(names.DIGEST_OIDS[digest]))


def signature_identifier(algorithm: SignatureAlgorithm) -> bytes:
    """AlgorithmIdentifier of a signature; for RSASSA-PSS with every parameter spelt out (RFC 4055 §3.1)."""
    if algorithm.scheme == "rsassa-pss":
        digest = der.seq(der.oid(names.DIGEST_OIDS[algorithm.digest]), der.null())
        mask = der.seq(der.oid(names.MGF1), digest)
        salt = der.integer(_DIGEST_SIZES[algorithm.digest])
        parameters = der.seq(der.tlv(0xA0, digest), der.tlv(0xA1, mask), der.tlv(0xA2, salt))
        return der.seq(der.oid(names.RSASSA_PSS), parameters)
    oid = next(o for o, named in names.SIGNATURES.items() if named == (algorithm.scheme, algorithm.digest))
    return der.seq(der.oid(oid)) if algorithm.scheme == "ecdsa" else der.seq(der.oid(oid), der.null())


@lru_cache(maxsize=256)  # the same few certificates sign again and again
def certificate_parts(certificate: bytes) -> tuple[bytes, bytes]:
    """The encoded issuer and serialNumber of a DER certificate, as its bytes hold them; `DerError` if it has none."""
    outer = der.expect(certificate, der.SEQUENCE)
    fields = der.children(certificate, der.expect(certificate, der.SEQUENCE, outer.start, outer.stop))
    first = 1 if fields[0].tag == 0xA0 else 0
    serial, issuer = fields[first], fields[first + 2]
    return der.need(issuer, der.SEQUENCE).raw(certificate), der.need(serial, der.INTEGER).raw(certificate)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Constants:
    """What never changes for a signer."""

    algorithm: SignatureAlgorithm
    certificate: x509.Certificate
    attributes: tuple[bytes, ...]  # content-type is not among them
    digest_algorithms: bytes
    certificates: bytes
    brought: tuple[bytes, ...]  # the same, one by one
    before: bytes  # sid and digestAlgorithm, before the signed attributes
    after: bytes  # signatureAlgorithm, after them
    value_size: int  # bytes, at most
    sizes: dict[tuple[bool, int], int] = field(default_factory=dict)  # of whole signatures: with time, bytes of details

    @classmethod
    def of(cls, signer: Signer) -> _Constants:
        certificate, algorithm = signer.certificate, signer.algorithm
        own = certificate.public_bytes(Encoding.DER)
        try:
            issuer, serial = certificate_parts(own)
        except (der.DerError, IndexError):
            raise UsageError("key.malformed", where=subject_of(certificate), why="CERTIFICATE") from None
        digest, signature = digest_identifier(algorithm.digest), signature_identifier(algorithm)
        # ESSCertIDv2: the default digest SHA-256 is left out, and so is issuerSerial (EN 319 122-1 §5.2.2.3).
        binding = der.seq(der.seq(der.seq(der.octets(hashlib.sha256(own).digest()))))
        protection = der.seq(digest, b"\xa1" + signature[1:])
        issuers = {c.public_bytes(Encoding.DER) for c in signer.chain}
        return cls(
            algorithm=algorithm,
            certificate=certificate,
            attributes=(
                attribute(names.SIGNING_CERTIFICATE_V2, binding),
                attribute(names.ALGORITHM_PROTECTION, protection),
            ),
            digest_algorithms=der.tlv(der.SET, digest),
            certificates=der.set_of(issuers | {own}, 0xA0),
            brought=tuple(sorted(issuers | {own})),
            before=der.seq(issuer, serial) + digest,
            after=signature,
            value_size=_value_size(certificate),
        )


def _value_size(certificate: x509.Certificate) -> int:
    public = certificate.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        return 2 * ((public.curve.key_size + 8) // 8 + 4) + 8
    return (public.key_size + 7) // 8 if isinstance(public, rsa.RSAPublicKey) else 512


# Encoding the constants costs more than a signature, and callers come with the same few signers again and again;
# the signers themselves are not kept alive.
_cache: dict[int, tuple[Callable[[], Signer | None], _Constants]] = {}


def _constants(signer: Signer) -> _Constants:
    known = _cache.get(id(signer))
    if known is not None and known[0]() is signer:
        return known[1]
    made = _Constants.of(signer)
    try:
        if len(_cache) >= MAX_CACHED_SIGNERS:
            _cache.clear()
        _cache[id(signer)] = (ref(signer), made)
    except TypeError:  # a signer of another make that cannot be referred to weakly is encoded each time
        pass
    return made


def _content_type(oid: str | None) -> tuple[bytes, ...]:
    if oid is None:
        return ()
    return (_DATA_TYPE if oid == names.DATA else attribute(names.CONTENT_TYPE, der.oid(oid)),)


@dataclass(frozen=True, slots=True)
class CmsTemplate:
    """SignedData of one signer with holes for digest, time and value; detached unless content is given.

    `signing_time` says whether the signed attributes hold the time: CAdES demands it, PAdES forbids it.
    """

    signer: Signer
    signing_time: bool
    _fixed: _Constants = field(repr=False)
    _said: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def for_signer(cls, signer: Signer, *, signing_time: bool, details: SigningDetails | None = None) -> CmsTemplate:
        """The template of `signer`; its constant parts are encoded once a signer object.

        `details` become signed attributes; without `signing_time`, those that PAdES allows (`UsageError`
        `details.pades` for the others).
        """
        said = signed_attributes(details, pades=not signing_time) if details else ()
        return cls(signer, signing_time, _constants(signer), said)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The signer's certificate and its issuers, DER, sorted."""
        return self._fixed.brought

    @property
    def digest_algorithm(self) -> str:
        """The digest of the content that `build` wants: `sha256`, `sha384` or `sha512`."""
        return self._fixed.algorithm.digest

    @property
    def max_size(self) -> int:
        """Bytes that `build` makes at most, for detached content of type id-data."""
        sizes, kind = self._fixed.sizes, (self.signing_time, sum(map(len, self._said)))
        if kind not in sizes and len(sizes) < MAX_CACHED_SIZES:
            sizes[kind] = self._largest()
        return sizes.get(kind) or self._largest()

    def _largest(self) -> int:
        attributes = self.signed_attributes(bytes(_DIGEST_SIZES[self.digest_algorithm]), signing_time=moment(None))
        # A GeneralizedTime is two bytes longer than a UTCTime; lengths around it may each grow by a byte.
        return len(self._assemble(attributes, bytes(self._fixed.value_size), names.DATA, None)) + 8

    def build(
        self,
        message_digest: bytes,
        *,
        signing_time: datetime | None = None,
        content_type_oid: str = names.DATA,
        content: bytes | None = None,
    ) -> bytes:
        """ContentInfo of a signature over content with this digest, DER.

        `signing_time` is now unless given, and left out by templates made without. `content` is enclosed.
        Raises `SigningError` `signature.self-check` if the key's answer does not verify; the key source's own errors.
        """
        attributes = self.signed_attributes(
            message_digest, signing_time=signing_time, content_type_oid=content_type_oid
        )
        return self.finish(attributes, self.signer.sign(attributes), content_type_oid=content_type_oid, content=content)

    def build_info(
        self, message_digest: bytes, *, signing_time: datetime | None = None, counter: bool = False
    ) -> bytes:
        """The signerInfo alone, for a SignedData that others signed already; content is of the type id-data.

        With `counter` it signs another signature's value, whose digest is given: no content type (RFC 5652 §11.4).
        Raises as `build`.
        """
        content_type = None if counter else names.DATA
        attributes = self.signed_attributes(message_digest, signing_time=signing_time, content_type_oid=content_type)
        return self._info(attributes, self._verified(attributes, self.signer.sign(attributes)))

    def signed_attributes(
        self, message_digest: bytes, *, signing_time: datetime | None = None, content_type_oid: str | None = names.DATA
    ) -> bytes:
        """The bytes that the key signs: the signed attributes as SET OF, DER; `content_type_oid` None leaves it out."""
        if len(message_digest) != _DIGEST_SIZES[self.digest_algorithm]:
            raise UsageError("usage.argument", why=f"message_digest: {self.digest_algorithm}")
        parts = [
            *_content_type(content_type_oid),
            attribute(names.MESSAGE_DIGEST, der.octets(message_digest)),
            *self._fixed.attributes,
            *self._said,
        ]
        if self.signing_time:
            parts.append(attribute(names.SIGNING_TIME, der.time(moment(signing_time))))
        return der.set_of(parts)

    def finish(
        self,
        signed_attributes: bytes,
        value: bytes,
        *,
        content_type_oid: str = names.DATA,
        content: bytes | None = None,
    ) -> bytes:
        """ContentInfo from `signed_attributes` and the key's answer, which is verified first."""
        value = self._verified(signed_attributes, value)
        return self._assemble(signed_attributes, value, content_type_oid, content)

    def _verified(self, signed_attributes: bytes, value: bytes) -> bytes:
        """`value`, if it is the signature over the attributes."""
        if not verify_value(self._fixed.certificate, self._fixed.algorithm, value, signed_attributes):
            raise SigningError("signature.self-check")
        return value

    def _info(self, signed_attributes: bytes, value: bytes) -> bytes:
        fixed = self._fixed
        return der.seq(b"\x02\x01\x01", fixed.before, b"\xa0", signed_attributes[1:], fixed.after, der.octets(value))

    def _assemble(self, signed_attributes: bytes, value: bytes, content_type_oid: str, content: bytes | None) -> bytes:
        fixed = self._fixed
        inside = b"" if content is None else der.tlv(0xA0, der.octets(content))
        info = self._info(signed_attributes, value)
        version = b"\x02\x01\x01" if content_type_oid == names.DATA else b"\x02\x01\x03"
        signed = der.seq(
            version,
            fixed.digest_algorithms,
            der.seq(der.oid(content_type_oid), inside),
            fixed.certificates,
            der.tlv(der.SET, info),
        )
        return der.seq(der.oid(names.SIGNED_DATA), der.tlv(0xA0, signed))
