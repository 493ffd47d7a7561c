"""What validation needs to know of a signature whatever its form, CMS or XML (EN 319 102-1 §5.3 speaks of neither).

`Parts` is what was read, `Form` what can be done with it. `CmsForm` is the one for CMS; the one for XML stands in
`xades.form`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, Self

from cryptography import x509

from ..cms.names import CONTENT_TIMESTAMP, DATA, OLDER_TIMESTAMPS, SIGNATURE_TIMESTAMP
from ..cms.signed_data import CmsSignature, check_cms
from ..policy import Policy
from ..report import Finding
from ..trust.evidence import Evidence
from ..trust.proofs import Proofs
from ..trust.store import TrustStore
from .archive import MAX_ARCHIVES, Archives, judge_archives
from .said import said
from .timestamp import DigestOf, SignatureFacts

Answer = tuple[bool | None, tuple[Finding, ...]]


class Parts(SignatureFacts, Protocol):
    """One signature, read and not verified; the members mean what they mean in `CmsSignature`."""

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]: ...
    @property
    def digest_oid(self) -> str: ...
    @property
    def signature_value(self) -> bytes: ...
    @property
    def signing_time(self) -> datetime | None: ...


class Form(Protocol):
    """A signature with what it signs."""

    @property
    def parts(self) -> Parts: ...

    @property
    def evidence(self) -> Evidence:
        """Certificates and revocation answers that the signature itself carries."""
        ...

    def with_certificates(self, pool: Iterable[x509.Certificate]) -> Self:
        """The same, its signer's certificate looked for in `pool` too if it brought none."""
        ...

    def check(self) -> Answer:
        """Whether digests, value and binding hold, None if it cannot be told; and why not."""
        ...

    def stamps(self) -> Sequence[tuple[bytes, DigestOf]]:
        """Signature timestamps, DER, each with the digests of what it has to cover."""
        ...

    def content_stamps(self) -> Sequence[tuple[bytes, DigestOf]]:
        """Signed timestamps over the content, DER, each with the digests of what it has to cover."""
        ...

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
        """Its archive timestamps, judged; `poe` is when all of it existed, `proofs` since when what else does."""
        ...

    def covers(self, archives: Archives, token: bytes) -> Archives:
        """Those of the archive timestamps that cover the signature timestamp `token`."""
        ...

    def lacks(self, format: str, claimed: datetime | None) -> list[Finding]:  # noqa: A002
        """What is missing for B-B."""
        ...

    def said(self) -> Iterable[Finding]:
        """What the signer said beside the signature."""
        ...

    def passed_over(self) -> Iterable[str]:
        """The names of the timestamps in it that are not judged."""
        ...


@dataclass(frozen=True, slots=True)
class CmsForm:
    """A CMS signature; `content_digest(name)` is the digest of what it signs, None when that is not at hand."""

    parts: CmsSignature
    content_digest: DigestOf | None
    require_signing_time: bool = False

    @property
    def evidence(self) -> Evidence:
        """SignedData's own, and what Adobe's attribute holds."""
        cms = self.parts
        return Evidence(cms.certificates, cms.crls + cms.archival_crls, cms.ocsps + cms.archival_ocsps)

    def with_certificates(self, pool: Iterable[x509.Certificate]) -> Self:
        """As `CmsSignature.with_certificates`."""
        return replace(self, parts=self.parts.with_certificates(pool))

    def check(self) -> Answer:
        """Digest and value; without the content an intact value proves nothing about it."""
        cms = self.parts
        intact, findings = check_cms(cms, self.content_digest or (lambda _: cms.message_digest or b""))
        if self.content_digest is None:
            intact, findings = None if intact else intact, (*findings, Finding.of("signature.content-missing"))
        if self.require_signing_time and cms.signing_time is None:
            findings = (*findings, Finding.of("signature.no-signing-time", severity="error"))
        return intact, findings

    def stamps(self) -> Sequence[tuple[bytes, DigestOf]]:
        """Each over the signature value."""

        def digest_of(name: str) -> bytes:
            return hashlib.new(name, self.parts.signature_value).digest()

        return [(token, digest_of) for token in self.parts.timestamp_tokens]

    def content_stamps(self) -> Sequence[tuple[bytes, DigestOf]]:
        """Each over the signed content, if that is at hand (EN 319 122-1 §5.2.8)."""
        if self.content_digest is None:
            return []
        return [(token, self.content_digest) for token in self.parts.attributes.get(CONTENT_TIMESTAMP, ())]

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
        """As `judge_archives`."""
        return judge_archives(
            self.parts,
            self.content_digest,
            trust=trust,
            at=at,
            policy=policy,
            evidence=evidence,
            poe=poe,
            proofs=proofs,
        )

    def covers(self, archives: Archives, token: bytes) -> Archives:
        """Those whose index lists it."""
        return Archives(tuple(a for a in archives.found if a.covers(SIGNATURE_TIMESTAMP, token)))

    def lacks(self, format: str, claimed: datetime | None) -> list[Finding]:  # noqa: A002
        """EN 319 122-1 §6.3, EN 319 142-1 §6.3."""
        cms, found = self.parts, []
        if cms.content_type != DATA:
            found.append(Finding.of("signature.content-type", oid=cms.content_type))
        if not cms.signing_certificate_hashes:
            found.append(Finding.of("signature.no-binding"))
        if (cms.signing_time if format == "CAdES" else claimed) is None:
            found.append(Finding.of("signature.no-signing-time"))
        if format == "PAdES" and cms.signing_time is not None:
            found.append(Finding.of("signature.cms-signing-time"))
        return found

    def said(self) -> Iterable[Finding]:
        """As `said`."""
        return said(self.parts)

    def passed_over(self) -> Iterable[str]:
        """Those of older formats."""
        found = [name for oid, name in OLDER_TIMESTAMPS.items() if oid in self.parts.unsigned_attributes]
        count = len(self.parts.archive_tokens)
        return [*found, f"archive-timestamp-v3, {count}"] if count > MAX_ARCHIVES else found
