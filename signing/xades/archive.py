"""Timestamps of XAdES: over the signature value, and archive timestamps (EN 319 132-1 §5.3, §5.5.2; xades141).

An archive timestamp covers what is signed, SignedInfo, value, KeyInfo, every unsigned property before it and every
Object but that of the properties. The newest is judged first, as of now; each that counts proves the ones before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..cms.timestamp import TimestampToken, parse_timestamp
from ..errors import MalformedError, SigningError
from ..policy import Policy
from ..report import Finding, Indication
from ..trust.evidence import Evidence
from ..trust.proofs import Proofs, earliest
from ..trust.store import TrustStore
from ..validation.archive import MAX_ARCHIVES, Archive, Archives
from ..validation.timestamp import DigestOf, Judged, judge_token
from .names import CANONICAL, DEFAULT_CANONICAL, DS, OBJECT, XADES, XADES141
from .properties import evidence_in
from .reference import Found, prefix_list
from .signature import XmlSignature
from .values import decoded, only

MAX_TOKENS = 32  # tokens looked at in one property

_STAMP = f"{XADES}SignatureTimeStamp"
_ARCHIVE = f"{XADES141}ArchiveTimeStamp"
# Older forms, and those over references to evidence alone (EN 319 132-1 §A.1.5, §D): told and not judged.
_PASSED_OVER = {
    f"{XADES}ArchiveTimeStamp": "ArchiveTimeStamp (XAdES 1.3.2)",
    **{
        f"{ns}{name}{v2}": f"{name}{v2}"
        for name in ("SigAndRefsTimeStamp", "RefsOnlyTimeStamp")
        for ns, v2 in ((XADES, ""), (XADES141, "V2"))
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlArchive(Archive):
    """One archive timestamp; `before` are the unsigned properties before it, `tokens` the timestamps in them."""

    before: tuple[Any, ...] = ()
    tokens: frozenset[bytes] = frozenset()

    def covers(self, oid: str, token: bytes) -> bool:  # noqa: ARG002 - in XML there is no list by kinds
        """Whether the token stands in a property before this one."""
        return token in self.tokens


def tokens_in(element: Any) -> Iterator[bytes]:
    """The DER tokens of a timestamp property; empty bytes for what cannot be decoded."""
    for one in element.findall(f"{XADES}EncapsulatedTimeStamp")[:MAX_TOKENS]:
        try:
            yield decoded(one)
        except SigningError:
            yield b""


def _listed(sig: XmlSignature) -> tuple[Any, ...]:
    return sig.properties.unsigned if sig.properties is not None else ()


def _method(element: Any) -> tuple[str, tuple[str, ...]]:
    """The canonical form that a timestamp property names. Raises `MalformedError`."""
    found = only(element, f"{DS}CanonicalizationMethod")
    if found is None:
        return DEFAULT_CANONICAL, ()
    method = found.get("Algorithm", "")
    if method not in CANONICAL:
        raise MalformedError("signature.unsupported", why=f"canonicalization {method or '?'}")
    return method, prefix_list(found)


def stamps_of(sig: XmlSignature) -> list[tuple[bytes, DigestOf]]:
    """Tokens of the signature timestamps, each with the digests of the value under its own canonical form."""
    found = []
    for element in _listed(sig):
        if element.tag == _STAMP:
            found += [(token, _value_digest(sig, element)) for token in tokens_in(element)]
    return found


def content_stamps_of(sig: XmlSignature, references: Mapping[str, Found]) -> list[tuple[bytes, DigestOf]]:
    """Tokens of AllDataObjectsTimeStamp and IndividualDataObjectsTimeStamp (§5.2.8), over what references lead to.

    `references` are those that hold, by their Id (or place); without SignedProperties, which hold the tokens.
    """
    if sig.properties is None or not sig.signed_properties:
        return []
    found: list[tuple[bytes, DigestOf]] = []
    for name in ("AllDataObjectsTimeStamp", "IndividualDataObjectsTimeStamp"):
        for element in sig.properties.signed.findall(f"{XADES}SignedDataObjectProperties/{XADES}{name}"):
            chosen = list(references.values())
            if name.startswith("Individual"):
                named = [(one.get("URI") or "").removeprefix("#") for one in element.findall(f"{XADES}Include")]
                if not named or any(one not in references for one in named):
                    continue
                chosen = [references[one] for one in named]
            found += [(token, _content_digest(chosen, element)) for token in tokens_in(element)]
    return found


def _content_digest(chosen: list[Found], element: Any) -> DigestOf:
    def digest_of(name: str) -> bytes:
        try:
            method, prefixes = _method(element)
            octets = (f.octets if f.nodes is None else f.nodes.octets(method, prefixes) for f in chosen)
            return hashlib.new(name, b"".join(octets), usedforsecurity=False).digest()
        except MalformedError:
            return b""

    return digest_of


def _value_digest(sig: XmlSignature, element: Any) -> DigestOf:
    def digest_of(name: str) -> bytes:
        try:
            octets = sig.document.canonical(sig.value_element, *_method(element))
        except MalformedError:
            return b""  # no imprint is that
        return hashlib.new(name, octets, usedforsecurity=False).digest()

    return digest_of


def passed_over(sig: XmlSignature) -> list[str]:
    """The names of the timestamps among the unsigned properties that are not judged."""
    found = (_PASSED_OVER.get(element.tag) for element in _listed(sig))
    return list(dict.fromkeys(name for name in found if name is not None))


# --- archive timestamps ----------------------------------------------------------------------------------------------


def judge_archives(
    sig: XmlSignature,
    octets: Callable[[str], bytes] | None,
    *,
    trust: TrustStore,
    at: datetime,
    policy: Policy,
    evidence: Evidence,
    poe: datetime | None,
    proofs: Proofs,
) -> Archives:
    """Every archive timestamp judged; none while a reference does not hold (`octets` is None): they cover it."""
    if octets is None:
        return Archives()
    listed = _listed(sig)
    found: list[Archive] = []
    fitting: list[tuple[int, bytes, TimestampToken]] = []
    for number, element in enumerate(listed):
        for raw in tokens_in(element) if element.tag == _ARCHIVE else ():
            try:
                fitting.append((number, raw, parse_timestamp(raw)))
            except SigningError as e:
                found.append(XmlArchive(judged=_refused(Finding.from_error(e))))
    for number, raw, token in sorted(fitting[:MAX_ARCHIVES], key=lambda one: one[2].time, reverse=True):
        newer = Archives(tuple(found))
        proven = Archives(tuple(a for a in found if a.covers("", raw))).proof(earliest(poe, proofs.of_thing(raw)))
        judged = judge_token(
            token,
            _archive_digest(sig, octets, number),
            trust=trust,
            at=at,
            policy=policy,
            evidence=evidence,
            poe=proven,
            proofs=proofs + Proofs.of_evidence(sig.evidence, poe) + newer.proofs(),
        )
        before = listed[:number]
        covered = Evidence(sig.own_certificates) + evidence_in(before)
        found.append(XmlArchive(judged=judged, covered=covered, before=before, tokens=_tokens_before(before)))
    return Archives(tuple(found))


def _refused(finding: Finding) -> Judged:
    return Judged(
        token=None, intact=False, indication=Indication.FAILED, sub_indication="FORMAT_FAILURE", findings=(finding,)
    )


def _tokens_before(before: tuple[Any, ...]) -> frozenset[bytes]:
    return frozenset(token for element in before for token in tokens_in(element) if token)


def _archive_digest(sig: XmlSignature, octets: Callable[[str], bytes], number: int) -> DigestOf:
    """Digests of what the archive timestamp at that place among the unsigned properties covers (§5.5.2.2)."""
    listed = _listed(sig)

    def digest_of(name: str) -> bytes:
        try:
            method, prefixes = _method(listed[number])
            digest = hashlib.new(name, octets(method), usedforsecurity=False)
            for element in _covered(sig, listed[:number]):
                digest.update(sig.document.canonical(element, method, prefixes))
        except MalformedError:
            return b""
        return digest.digest()

    return digest_of


def _covered(sig: XmlSignature, before: tuple[Any, ...]) -> Iterator[Any]:
    for tag in ("SignedInfo", "SignatureValue", "KeyInfo"):
        yield from sig.element.findall(f"{DS}{tag}")
    yield from before
    for holder in sig.element.findall(OBJECT):
        if sig.properties is None or holder is not sig.properties.element.getparent():
            yield holder
