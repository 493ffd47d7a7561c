"""An XML signature as validation sees it (EN 319 102-1 §5.3 – §5.6; EN 319 132-1 §5.3, §5.5)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from cryptography import x509

from ..errors import IndeterminateError, MalformedError
from ..policy import Policy
from ..report import Finding
from ..trust.evidence import Evidence
from ..trust.proofs import Proofs
from ..trust.store import TrustStore
from ..validation.archive import Archives
from ..validation.form import Answer
from ..validation.timestamp import DigestOf
from .archive import content_stamps_of, judge_archives, passed_over, stamps_of
from .names import DS, MANIFEST_TYPE, OBJECT, SIGNATURE
from .properties import said
from .reference import Found, Outside, Reference, read_references, resolve
from .signature import XmlSignature, names, weakest
from .values import children

_UNKNOWN = frozenset(
    {"signature.unsupported", "signature.no-certificate", "xades.not-found", "xades.nothing-signed", "xades.wrapping"}
)

_DESCRIBING = frozenset(
    {
        *(f"{DS}{n}" for n in ("KeyInfo", "SignedInfo", "SignatureValue", "SignatureProperties", "SignatureProperty")),
        f"{DS}Manifest",  # what it lists is signed; the list alone is nothing
    }
)


_QUALIFYING = re.compile(r"\{http://uri\.etsi\.org/01903/v[0-9.]+#\}QualifyingProperties")  # older ones are not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One reference after its digest was compared; `found` is None where it leads nowhere."""

    reference: Reference
    found: Found | None = None
    holds: bool | None = None
    finding: Finding | None = None


def check_references(sig: XmlSignature, outside: Outside) -> tuple[Checked, ...]:
    """Every reference of the signature, and of the manifests that it signs. Raises `LimitError`, `MalformedError`."""
    found: list[Checked] = []
    for reference in sig.references:
        found.append(_check(reference, sig, outside))
        manifest = found[-1].found.target if found[-1].found else None
        if manifest is not None and manifest.tag == f"{DS}Manifest" and found[-1].holds:
            found += [_check(inner, sig, outside) for inner in read_references(manifest)]
    return tuple(found)


def _check(reference: Reference, sig: XmlSignature, outside: Outside) -> Checked:
    digest = reference.digest
    if digest.algorithm is None:
        return Checked(reference=reference, finding=Finding.of("signature.unsupported", why=f"digest {digest.uri}"))
    try:
        found = resolve(reference, sig.element, sig.document, outside)
    except IndeterminateError as e:
        return Checked(reference=reference, finding=Finding.from_error(e))
    except MalformedError as e:
        holds = None if e.code == "signature.unsupported" else False
        return Checked(reference=reference, holds=holds, finding=Finding.from_error(e))
    if hashlib.new(digest.algorithm, found.octets, usedforsecurity=False).digest() != digest.value:
        finding = Finding.of("xades.reference-digest", name=reference.shown)
        return Checked(reference=reference, found=found, holds=False, finding=finding)
    return Checked(reference=reference, found=found, holds=True)


def describes(target: Any, signature: Any) -> bool:
    """Whether an element is a part of the signature that says something about it, and no content of its own."""
    if target is None or target is signature or signature not in target.iterancestors(SIGNATURE):
        return target is signature
    if target.tag == OBJECT:
        inner = children(target)
        return bool(inner) and all(describes(child, signature) for child in inner)
    above = (target, *(e for e in target.iterancestors() if signature in e.iterancestors(SIGNATURE)))
    return any(e.tag in _DESCRIBING or _QUALIFYING.fullmatch(e.tag) for e in above)


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlForm:
    """One XML signature with what it signs, checked; `more` is what was found out about the document around it."""

    parts: XmlSignature
    outside: Outside
    checked: tuple[Checked, ...]
    more: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, sig: XmlSignature, outside: Outside) -> Self:
        """Checks the references once. Raises `LimitError`, `MalformedError`."""
        checked = check_references(sig, outside)
        weak = weakest(c.reference.digest for c in checked)  # what a manifest lists hangs on its digest alone
        parts = replace(sig, digest_algorithm=weak.algorithm, digest_oid=weak.uri)
        return cls(parts=parts, outside=outside, checked=checked)

    @property
    def evidence(self) -> Evidence:
        """KeyInfo, and the values among the unsigned properties."""
        return self.parts.evidence

    def with_certificates(self, pool: Iterable[x509.Certificate]) -> Self:
        """As `XmlSignature.with_certificates`."""
        return replace(self, parts=self.parts.with_certificates(pool))

    @property
    def signed(self) -> list[Checked]:
        """References to what the signature is for: not to parts of itself that only describe it."""
        return [c for c in self.checked if c.found is None or not describes(c.found.target, self.parts.element)]

    def check(self) -> Answer:
        """Digests, value and binding (XMLDSig §3.2; EN 319 102-1 §5.2.7); an intact value proves nothing by itself."""
        sig = self.parts
        findings = [c.finding for c in self.checked if c.finding is not None]
        if not self.signed:
            findings.append(Finding.of("xades.nothing-signed"))
        if sig.properties is not None and sig.properties.signed is not None and not sig.signed_properties:
            findings.append(Finding.of("xades.properties-unsigned"))
        certificate = sig.signer_certificate
        if certificate is None:
            findings.append(Finding.of("signature.no-certificate"))
        else:
            if sig.bound and not any(names(digest, certificate) for digest in sig.bound):
                findings.append(Finding.of("signature.certificate-binding"))
            findings += self._value(certificate)
        findings += self.more
        codes = {f.code for f in findings if f.severity == "error"}
        if codes - _UNKNOWN:
            return False, tuple(findings)
        unknown = codes & {"signature.unsupported", "signature.no-certificate", "xades.not-found"}
        return None if unknown else True, tuple(findings)

    def _value(self, certificate: x509.Certificate) -> list[Finding]:
        try:
            return [] if self.parts.value_holds(certificate) else [Finding.of("signature.value")]
        except MalformedError as e:
            return [Finding.from_error(e)]

    def stamps(self) -> Sequence[tuple[bytes, DigestOf]]:
        """Tokens of SignatureTimeStamp, over the canonical SignatureValue element."""
        return stamps_of(self.parts)

    def content_stamps(self) -> Sequence[tuple[bytes, DigestOf]]:
        """Signed timestamps over what the references lead to."""
        own = self.parts.properties.signed if self.parts.properties is not None else None
        direct = [c for c in self.checked if any(c.reference is r for r in self.parts.references)]
        content = [c for c in direct if c.found is None or c.found.target is None or c.found.target is not own]
        if not all(c.holds for c in content):
            return []
        held = {c.reference.id or str(n): c.found for n, c in enumerate(content) if c.found is not None}
        return content_stamps_of(self.parts, held)

    def archives(
        self,
        *,
        trust: TrustStore,
        at: datetime,
        policy: Policy,
        evidence: Evidence,
        poe: datetime | None,
        proofs: Proofs,
    ) -> Archives:
        """Tokens of ArchiveTimeStamp, judged from the newest."""
        octets = self.covered_octets() if all(c.holds for c in self.checked) else None
        return judge_archives(
            self.parts, octets, trust=trust, at=at, policy=policy, evidence=evidence, poe=poe, proofs=proofs
        )

    def covered_octets(self) -> Callable[[str], bytes]:
        """What all references lead to, one behind the other, node sets in the canonical form that is asked for."""
        own = {id(r) for r in self.parts.references}
        found = [c.found for c in self.checked if c.found is not None and id(c.reference) in own]

        def octets(method: str) -> bytes:
            return b"".join(f.octets if f.nodes is None else f.nodes.octets(method) for f in found)

        return octets

    def covers(self, archives: Archives, token: bytes) -> Archives:
        """Those that stand behind it among the unsigned properties."""
        return Archives(tuple(a for a in archives.found if a.covers("", token)))

    def lacks(self, format: str, claimed: datetime | None) -> list[Finding]:  # noqa: A002, ARG002
        """EN 319 132-1 §6.3; a plain XML signature has no baseline."""
        sig = self.parts
        if sig.properties is None:
            return [Finding.of("xades.no-properties")]
        found = []
        if not sig.bound:
            found.append(Finding.of("signature.no-binding"))
        if sig.signing_time is None:
            found.append(Finding.of("signature.no-signing-time"))
        described = sig.properties.described
        counter = any(c.reference.type and "Countersigned" in c.reference.type for c in self.signed)
        direct = [c.reference for c in self.signed if c.reference in sig.references]
        if not counter and any(r.type != MANIFEST_TYPE and r.id not in described for r in direct):
            found.append(Finding.of("xades.no-data-object-format"))
        return found

    def said(self) -> Iterable[Finding]:
        """What the signed properties say."""
        return said(self.parts.properties) if self.parts.signed_properties else ()

    def passed_over(self) -> Iterable[str]:
        """Those of older forms, and those over references."""
        return passed_over(self.parts)
