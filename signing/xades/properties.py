"""Qualifying properties of XAdES (EN 319 132-1 §5): signed ones, and unsigned ones that the file holds as evidence.

Read only where they belong to the signature: one QualifyingProperties in an Object of it, that names it as its target.
What the signer said is told to people and judged by nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509

from ..cms.attributes import Commitment
from ..cms.parse import PARSER_ERRORS
from ..errors import SigningError
from ..report import Finding
from ..signer import load_certificate
from ..trust.evidence import Evidence
from .names import DS, OBJECT, XADES, XADES141
from .values import Digest, children, decoded, digest_in, each, local, malformed, need, only, time_of

MAX_PROPERTIES = 256  # unsigned properties of one signature
MAX_VALUES = 1024  # certificates, CRLs or OCSP responses in one property
MAX_SAID = 16  # roles and commitments told
_COMMITMENTS = {
    "ProofOfOrigin": Commitment.PROOF_OF_ORIGIN,
    "ProofOfReceipt": Commitment.PROOF_OF_RECEIPT,
    "ProofOfDelivery": Commitment.PROOF_OF_DELIVERY,
    "ProofOfSender": Commitment.PROOF_OF_SENDER,
    "ProofOfApproval": Commitment.PROOF_OF_APPROVAL,
    "ProofOfCreation": Commitment.PROOF_OF_CREATION,
}
_COMMITMENT_URI = "http://uri.etsi.org/01903/v1.2.2#"
_VALUES = ("CertificateValues", "AttrAuthoritiesCertValues", "RevocationValues", "AttributeRevocationValues")
_HOLDERS = ("TimeStampValidationData", "AnyValidationData")


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """What stands in QualifyingProperties, as elements and values; `signed` is the SignedProperties element."""

    element: Any
    signed: Any = None
    signing_time: datetime | None = None
    certificates: tuple[Digest, ...] = ()
    described: frozenset[str] = frozenset()
    unsigned: tuple[Any, ...] = field(default=(), repr=False)


def read_properties(signature: Any) -> Properties | None:
    """The properties of `signature`; None for a plain XML signature. Raises `MalformedError`."""
    found = [q for holder in signature.findall(OBJECT) for q in holder.findall(f"{XADES}QualifyingProperties")]
    if not found:
        return None
    if len(found) > 1:
        raise malformed(f"{len(found)} × QualifyingProperties")
    target = found[0].get("Target")
    if target is None or target.strip() != f"#{signature.get('Id')}":
        raise malformed("QualifyingProperties: Target")
    signed = only(found[0], f"{XADES}SignedProperties")
    unsigned = only(found[0], f"{XADES}UnsignedProperties")
    held = only(unsigned, f"{XADES}UnsignedSignatureProperties") if unsigned is not None else None
    listed = tuple(children(held)) if held is not None else ()
    if len(listed) > MAX_PROPERTIES:
        raise malformed(f"{len(listed)} × unsigned properties")
    if signed is None:
        return Properties(element=found[0], unsigned=listed)
    own = only(signed, f"{XADES}SignedSignatureProperties")
    time = only(own, f"{XADES}SigningTime") if own is not None else None
    return Properties(
        element=found[0],
        signed=signed,
        signing_time=time_of(time) if time is not None else None,
        certificates=_certificates(own) if own is not None else (),
        described=_described(signed),
        unsigned=listed,
    )


def _certificates(own: Any) -> tuple[Digest, ...]:
    """Digests of SigningCertificateV2 and of the older SigningCertificate: one of them is the signer's."""
    found = []
    for name in ("SigningCertificateV2", "SigningCertificate"):
        holder = only(own, f"{XADES}{name}")
        for cert in each(holder, f"{XADES}Cert", MAX_VALUES) if holder is not None else ():
            found.append(digest_in(need(cert, f"{XADES}CertDigest")))
    return tuple(found)


def _described(signed: Any) -> frozenset[str]:
    """Identifiers of the references whose format is stated with a media type (EN 319 132-1 §5.2.4)."""
    holder = only(signed, f"{XADES}SignedDataObjectProperties")
    found = set()
    for one in each(holder, f"{XADES}DataObjectFormat", MAX_VALUES) if holder is not None else ():
        if one.find(f"{XADES}MimeType") is not None:
            found.add((one.get("ObjectReference") or "").removeprefix("#"))
    return frozenset(found)


# --- evidence --------------------------------------------------------------------------------------------------------


def key_info_certificates(signature: Any) -> tuple[tuple[x509.Certificate, ...], tuple[bytes, ...]]:
    """Certificates and CRLs in KeyInfo, in order; what cannot be read is left out. Raises `MalformedError`."""
    info = only(signature, f"{DS}KeyInfo")
    if info is None:
        return (), ()
    found = _loaded(each(info, f"{DS}X509Data/{DS}X509Certificate", MAX_VALUES))
    crls = _octets(each(info, f"{DS}X509Data/{DS}X509CRL", MAX_VALUES))
    return tuple(found), tuple(crls)


def evidence_in(listed: tuple[Any, ...]) -> Evidence:
    """Certificates, CRLs and OCSP responses in unsigned properties. Raises `MalformedError` for too many."""
    certificates: list[x509.Certificate] = []
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for holder in _holders(listed):
        certificates += _loaded(each(holder, f"{XADES}EncapsulatedX509Certificate", MAX_VALUES))
        crls += _octets(each(holder, f"{XADES}CRLValues/{XADES}EncapsulatedCRLValue", MAX_VALUES))
        ocsps += _octets(each(holder, f"{XADES}OCSPValues/{XADES}EncapsulatedOCSPValue", MAX_VALUES))
    return Evidence(
        tuple(dict.fromkeys(certificates)),
        tuple(dict.fromkeys(crls)),
        tuple(dict.fromkeys(ocsps)),
    )


def _holders(listed: tuple[Any, ...]) -> Iterator[Any]:
    for element in listed:
        if element.tag in {f"{XADES}{name}" for name in _VALUES}:
            yield element
        elif element.tag in {f"{XADES141}{name}" for name in _HOLDERS}:
            for name in _VALUES:
                yield from element.findall(f"{XADES}{name}")


def _octets(elements: Iterator[Any]) -> Iterator[bytes]:
    for element in elements:
        try:
            yield decoded(element)
        except SigningError:
            continue  # evidence that nobody could use


def _loaded(elements: Iterator[Any]) -> Iterator[x509.Certificate]:
    for encoded in _octets(elements):
        try:
            yield load_certificate(encoded)
        except PARSER_ERRORS:
            continue


# --- what was said ---------------------------------------------------------------------------------------------------


def said(properties: Properties | None) -> Iterator[Finding]:
    """Commitments, place, roles and policy of the signer, each an `info`."""
    if properties is None or properties.signed is None:
        return
    signed = properties.signed
    for one in signed.findall(f".//{XADES}CommitmentTypeId/{XADES}Identifier")[:MAX_SAID]:
        yield _commitment(_shown(one))
    for name in ("SignatureProductionPlace", "SignatureProductionPlaceV2"):
        for place in signed.findall(f".//{XADES}{name}")[:1]:
            yield Finding.of("said.location", place=", ".join(filter(None, map(_shown, children(place)))))
    for role in signed.findall(f".//{XADES}ClaimedRoles/{XADES}ClaimedRole")[:MAX_SAID]:
        yield Finding.of("said.role", role=_shown(role))
    certified = sum(
        len(children(one)) for name in ("", "V2") for one in signed.findall(f".//{XADES}CertifiedRoles{name}")
    )
    if certified:
        yield Finding.of("said.certified-role", count=certified)
    for policy in signed.findall(f".//{XADES}SigPolicyId/{XADES}Identifier")[:1]:
        yield Finding.of("said.policy", oid=_oid(_shown(policy)))


def _shown(element: Any) -> str:
    return " ".join("".join(element.itertext()).split()) if local(element) else ""


def _oid(name: str) -> str:
    return name.removeprefix("urn:oid:")


def _commitment(name: str) -> Finding:
    known = _COMMITMENTS.get(name.removeprefix(_COMMITMENT_URI))
    oid = _oid(name)
    if known is None and oid in {*Commitment}:
        known = Commitment(oid)
    return Finding.of(f"said.{known.label}") if known is not None else Finding.of("said.commitment", oid=oid)
