"""What a signer says about a signature, as signed attributes (EN 319 122-1 §5.2; RFC 5035, RFC 2634 §2.9).

PAdES takes of these only commitment, roles and policy into the CMS: the place of signing is /Location of the signature
dictionary, and content is not described, because it is the PDF (EN 319 142-1 §6.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ..errors import UsageError
from . import der, names
from .values import attribute

MAX_TEXT_CHARS = 1024  # characters of one text
MAX_ITEMS = 16  # roles, or commitments
MAX_ADDRESS_LINES = 6  # RFC 5126 §5.11.2: PostalAddress
MAX_CERTIFIED_BYTES = 256 * 1024  # bytes of one attribute certificate

_TITLE = "2.5.4.12"  # X.520: position or function, a text
_SIGNED_DIGESTS = {"sha256": 32, "sha384": 48, "sha512": 64}


class Commitment(StrEnum):
    """What the signer commits to (EN 319 122-1 §5.2.3, RFC 5126 §5.11.1)."""

    PROOF_OF_ORIGIN = "1.2.840.113549.1.9.16.6.1"
    PROOF_OF_RECEIPT = "1.2.840.113549.1.9.16.6.2"
    PROOF_OF_DELIVERY = "1.2.840.113549.1.9.16.6.3"
    PROOF_OF_SENDER = "1.2.840.113549.1.9.16.6.4"
    PROOF_OF_APPROVAL = "1.2.840.113549.1.9.16.6.5"
    PROOF_OF_CREATION = "1.2.840.113549.1.9.16.6.6"

    @property
    def label(self) -> str:
        """`proof-of-origin` … `proof-of-creation`, as the command line and reports write it."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerLocation:
    """Where the signature is made (§5.2.5): ISO 3166 country code, place, up to six lines of a postal address."""

    country: str | None = None
    locality: str | None = None
    address: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _texts("address", self.address, MAX_ADDRESS_LINES)
        _texts("location", [t for t in (self.country, self.locality) if t is not None], 2)
        country = self.country
        if country is not None and not (len(country) == 2 and country.isascii() and country.isupper()):
            raise _wrong("country: two letters, such as VN")
        if not (country or self.locality or self.address):
            raise _wrong("location: country, locality or address")

    @property
    def text(self) -> str:
        """One line, as /Location of a PDF signature holds it."""
        return ", ".join(filter(None, (*self.address, self.locality, self.country)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePolicyId:
    """The signature policy that the signer follows (§5.2.9): OID, digest of the policy document, where it can be read.

    `digest` is over the document's bytes, made with `digest_algorithm`.
    """

    oid: str
    digest: bytes
    digest_algorithm: str = "sha256"
    uri: str | None = None

    def __post_init__(self) -> None:
        _oid("policy", self.oid)
        if _SIGNED_DIGESTS.get(self.digest_algorithm) != len(self.digest):
            raise _wrong("policy: digest")
        if self.uri is not None:
            _texts("policy", [self.uri], 1)
            if not self.uri.isascii():
                raise _wrong("policy: uri")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentHints:
    """What the signed content is (§5.2.4.3, RFC 2634 §2.9): a description and the OID of its type."""

    description: str | None = None
    content_type: str = names.DATA

    def __post_init__(self) -> None:
        _oid("content_type", self.content_type)
        _texts("description", [] if self.description is None else [self.description], 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningDetails:
    """What the signer says beside the signature. Nothing of it is proven but by the signer's word.

    `commitments` are `Commitment`s or other OIDs. `claimed_roles` are texts; `certified_roles` attribute certificates
    (DER, RFC 5755), put in as they are. `mime_type` and `content_hints` say how to read the content.
    Raises `UsageError` (`usage.argument`) for what cannot be encoded.
    """

    commitments: tuple[Commitment | str, ...] = ()
    location: SignerLocation | None = None
    claimed_roles: tuple[str, ...] = ()
    certified_roles: tuple[bytes, ...] = ()
    policy: SignaturePolicyId | None = None
    content_hints: ContentHints | None = None
    mime_type: str | None = None

    def __post_init__(self) -> None:
        if len(self.commitments) > MAX_ITEMS:
            raise _wrong(f"commitments: > {MAX_ITEMS}")
        for oid in self.commitments:
            _oid("commitments", oid)
        _texts("claimed_roles", self.claimed_roles, MAX_ITEMS)
        _texts("mime_type", [] if self.mime_type is None else [self.mime_type], 1)
        if len(self.certified_roles) > MAX_ITEMS or not all(map(_is_sequence, self.certified_roles)):
            raise _wrong("certified_roles: DER")

    def __bool__(self) -> bool:
        return self != SigningDetails()

    @property
    def forbids_reason(self) -> bool:
        """Whether a PDF signature with these must not hold /Reason (EN 319 142-1 §6.3)."""
        return bool(self.commitments or self.policy)


def _wrong(why: str) -> UsageError:
    return UsageError("usage.argument", why=why)


def _oid(where: str, dotted: str) -> None:
    try:
        der.oid(dotted)
    except der.DerError:
        raise _wrong(f"{where}: OID") from None


def _texts(where: str, texts: tuple[str, ...] | list[str], limit: int) -> None:
    """Refuse what is no text a person could read, or too much of it."""
    if len(texts) > limit or not all(0 < len(t) <= MAX_TEXT_CHARS and t.isprintable() for t in texts):
        raise _wrong(f"{where}: 1 – {MAX_TEXT_CHARS} printable characters, at most {limit}")


def _is_sequence(encoded: bytes) -> bool:
    try:
        der.whole(encoded, der.SEQUENCE)
    except der.DerError:
        return False
    return len(encoded) <= MAX_CERTIFIED_BYTES


def _utf8(text: str) -> bytes:
    return der.tlv(der.UTF8_STRING, text.encode())


# --- encoding --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)  # one signer signs batch after batch with the same words
def signed_attributes(details: SigningDetails, *, pades: bool) -> tuple[bytes, ...]:
    """The attributes that `details` add to those that every signature has, encoded.

    For PAdES the place is left out, since /Location says it. Raises `UsageError` `details.pades` for content hints or a
    MIME type in a PDF signature.
    """
    if pades and (details.content_hints or details.mime_type):
        raise UsageError("details.pades", what="content_hints, mime_type")
    found = []
    if details.commitments:
        found.append(attribute(names.COMMITMENT_TYPE, *(der.seq(der.oid(oid)) for oid in details.commitments)))
    if details.location and not pades:
        found.append(attribute(names.SIGNER_LOCATION, _location(details.location)))
    if details.claimed_roles or details.certified_roles:
        found.append(attribute(names.SIGNER_ATTRIBUTES_V2, _roles(details.claimed_roles, details.certified_roles)))
    if details.policy:
        found.append(attribute(names.SIGNATURE_POLICY, _policy(details.policy)))
    if details.content_hints:
        found.append(attribute(names.CONTENT_HINTS, _hints(details.content_hints)))
    if details.mime_type:
        found.append(attribute(names.MIME_TYPE, _utf8(details.mime_type)))
    return tuple(found)


def _location(location: SignerLocation) -> bytes:
    country = der.tlv(0xA0, _utf8(location.country)) if location.country else b""
    locality = der.tlv(0xA1, _utf8(location.locality)) if location.locality else b""
    address = der.tlv(0xA2, der.seq(*map(_utf8, location.address))) if location.address else b""
    return der.seq(country, locality, address)


def _roles(claimed: tuple[str, ...], certified: tuple[bytes, ...]) -> bytes:
    """SignerAttributeV2: each claimed role is an attribute `title`, each certified one an attribute certificate."""
    first = der.tlv(0xA0, der.seq(*(attribute(_TITLE, _utf8(role)) for role in claimed))) if claimed else b""
    second = der.tlv(0xA1, der.seq(*(der.tlv(0xA0, role) for role in certified))) if certified else b""
    return der.seq(first, second)


def _policy(policy: SignaturePolicyId) -> bytes:
    algorithm = der.seq(der.oid(names.DIGEST_OIDS[policy.digest_algorithm]))
    digest = der.seq(algorithm, der.octets(policy.digest))
    uri = der.tlv(der.IA5_STRING, policy.uri.encode()) if policy.uri else b""
    qualifiers = der.seq(der.seq(der.oid(names.POLICY_URI), uri)) if uri else b""
    return der.seq(der.oid(policy.oid), digest, qualifiers)


def _hints(hints: ContentHints) -> bytes:
    description = _utf8(hints.description) if hints.description else b""
    return der.seq(description, der.oid(hints.content_type))
