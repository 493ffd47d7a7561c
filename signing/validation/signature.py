"""Validation of one signature (EN 319 102-1 §5.3, §5.5), shared by PAdES, CAdES, plain CMS, XAdES and plain XML ones.

1. Timestamps are judged first (`archive`, then `timestamp`). The earliest that counts, or a proof from outside, is the
   best signature time; without any it is the time of validation. A claimed signing time proves nothing.
2. Format, then digest and value: these alone make a signature FAILED whatever else is known.
3. The signing certificate must be at hand and be the one that the signature names.
4. Algorithms and key are accepted by the policy at the best signature time.
5. The chain leads to an anchor for signers and was good at the best signature time, by evidence proven to be older
   than whatever took its own worth away (past validation, §5.6.2). A revocation leaves a signature INDETERMINATE that
   is not proven to be older, and makes one FAILED that is proven to be younger.
6. The baseline reached is what the file itself holds: it does not depend on trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypedDict, Unpack

from cryptography.hazmat.primitives.hashes import SHA256

from ..cms.signed_data import CmsSignature
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, SignatureReport
from ..report_trail import Trail
from ..trust.chain import ChainResult, Purpose
from ..trust.evidence import Evidence
from ..trust.names import signer_info
from ..trust.proofs import Proofs, earliest
from ..trust.revocation_check import stamp
from ..trust.store import TrustStore
from .archive import Archives
from .baseline import Held, Kept, baseline_of
from .conclusion import Known, conclude
from .form import CmsForm, Form
from .notes import claim_notes, stamp_notes
from .timestamp import DigestOf, Judged, certificate_sha256, judge_token
from .trail import trail_of

MAX_TIMESTAMPS = 16  # signature timestamps judged in one signature; more are passed over


class How(TypedDict, total=False):
    """How to judge a signature; what is left out has its default.

    `evidence` is used beside what the signature carries; `evidence_embedded` says that it is part of the same file (a
    PDF's /DSS). `poe` is a proven time before which this signature existed, with everything that it carries; `proofs`
    say so of single things: certificates, revocation answers, timestamps, and the signature by its value. `covered`: a
    later timestamp holds for all of it, counted or not. `claimed_time` is /M of a PDF signature. `earliest` is a proven
    time before which it was not made.
    """

    policy: Policy
    evidence: Evidence
    evidence_embedded: bool
    poe: datetime | None
    proofs: Proofs
    covered: bool
    claimed_time: datetime | None
    earliest: datetime | None
    show_ids: bool


def validate_signature(
    *,
    id: str,  # noqa: A002 - the member's name in the contract
    format: str,  # noqa: A002
    cms: CmsSignature,
    content_digest: DigestOf | None,
    trust: TrustStore | None,
    at: datetime,
    require_signing_time: bool = False,
    **how: Unpack[How],
) -> SignatureReport:
    """The report of one CMS signature, judged at `at`; never raises for bad bytes.

    `content_digest(name)` is the digest of the signed content, None when there is none at hand.
    `require_signing_time` refuses a signature without the signing-time attribute, as dossiers do.
    """
    form = CmsForm(cms, content_digest, require_signing_time)
    return validate_form(form, id=id, format=format, trust=trust, at=at, **how)


def validate_form(
    form: Form,
    *,
    id: str,  # noqa: A002
    format: str,  # noqa: A002
    trust: TrustStore | None,
    at: datetime,
    **how: Unpack[How],
) -> SignatureReport:
    """The report of a signature in whatever form; everything else as for `validate_signature`."""
    case = _Case.of(form, trust or TrustStore(), at, how)
    form, sig, claimed_time = case.form, case.form.parts, how.get("claimed_time")
    claimed = sig.signing_time or claimed_time
    intact, findings = form.check()
    known = Known(best=case.best, proven=case.existed is not None, earliest=case.earliest, claimed=claimed)
    chain = case.chain(bound=not any(f.code == "signature.no-binding" for f in form.lacks(format, claimed_time)))
    indication, sub_indication, more = conclude(sig, known, case.policy, findings, chain)
    baseline, lacks = baseline_of(format, form, claimed_time, case.held(chain, how))
    every = [*case.stamps, *(a.judged for a in case.archives.found)]
    told = (*case.notes, *stamp_notes(every), *claim_notes(claimed, sig.signer_certificate, at, every, case.policy))
    return SignatureReport(
        id=id,
        type="signature",
        format=format,
        indication=indication,
        sub_indication=sub_indication,
        baseline=baseline,
        intact=intact,
        signer=signer_info(sig.signer_certificate, show_ids=how.get("show_ids", False))
        if sig.signer_certificate
        else None,
        signing_time=claimed,
        timestamp=case.timestamp,
        best_signature_time=case.best,
        digest_algorithm=sig.digest_algorithm or sig.digest_oid,
        signature_algorithm=sig.signature_scheme or sig.signature_oid,
        findings=tuple(dict.fromkeys((*findings, *more, *told, *form.said(), *lacks))),
        certificate_sha256=certificate_sha256(sig),
        signature_value_sha256=sha256(sig.signature_value).digest(),
        trail=case.trail(chain),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A signature with its timestamps judged: since when what is known to exist."""

    form: Form
    store: TrustStore
    at: datetime
    policy: Policy
    own: Evidence
    evidence: Evidence
    proofs: Proofs
    archives: Archives
    stamps: list[Judged]
    existed: datetime | None
    earliest: datetime | None
    notes: tuple[Finding, ...]

    @classmethod
    def of(cls, form: Form, store: TrustStore, at: datetime, how: How) -> _Case:
        """Every timestamp of `form` judged, the archive timestamps first: they prove the age of the others."""
        policy, own, given = how.get("policy", DEFAULT_POLICY), form.evidence, how.get("proofs", Proofs())
        whole = earliest(how.get("poe"), given.everything)
        evidence = own + how.get("evidence", Evidence())
        form = form.with_certificates(evidence.certificates)
        archives = form.archives(trust=store, at=at, policy=policy, evidence=evidence, poe=whole, proofs=given)
        proofs = given + Proofs.of_evidence(own, whole) + archives.proofs()
        judge = _Judge(store, at, policy, evidence, proofs)
        stamps = [
            judge(token, digest_of, form.covers(archives, token).proof(earliest(whole, given.of_thing(token))))
            for token, digest_of in form.stamps()[:MAX_TIMESTAMPS]
        ]
        existed = archives.proof(earliest(whole, given.of_thing(form.parts.signature_value), _first(stamps)))
        begun, notes = _content_stamps(form, judge, existed)
        begun = max((time for time in (begun, how.get("earliest")) if time is not None), default=None)
        return cls(
            form=form,
            store=store,
            at=at,
            policy=policy,
            own=own,
            evidence=evidence,
            proofs=proofs,
            archives=archives,
            stamps=stamps,
            existed=existed,
            earliest=begun,
            notes=notes,
        )

    @property
    def best(self) -> datetime:
        """The best signature time: that of the check where nothing proves an earlier one."""
        return self.at if self.existed is None else min(self.existed, self.at)

    @property
    def timestamp(self) -> datetime | None:
        """The earliest signature timestamp that counts."""
        return _first(self.stamps)

    def chain(self, *, bound: bool) -> ChainResult | None:
        """The signer's chain at the best signature time; a certificate to which the signature is bound is as old."""
        certificate = self.form.parts.signer_certificate
        if certificate is None:
            return None
        own = Proofs({certificate.fingerprint(SHA256()): self.best}) if bound else Proofs()
        return self.store.validate(
            certificate,
            self.evidence.certificates,
            Purpose.SIGNER,
            at=self.best,
            now=self.at,
            evidence=self.evidence,
            policy=self.policy,
            proofs=self.proofs + own,
        )

    def trail(self, chain: ChainResult | None) -> Trail:
        """On what the answer rests."""
        archives = [archive.judged for archive in self.archives.found]
        proven = self.existed is not None
        return trail_of(self.form.parts, chain, proven=proven, stamps=self.stamps, archives=archives)

    def held(self, chain: ChainResult | None, how: How) -> Held:
        """What the file holds, for its baseline."""
        embedded, poe = how.get("evidence_embedded", False), how.get("poe")
        return Held(
            timestamps=[j for j in self.stamps if j.intact],
            archives=self._kept(),
            covered=how.get("covered", False) or poe is not None,
            proven=poe is not None,
            embedded=self.evidence if embedded else self.own,
            alone=embedded or not how.get("evidence"),
            chain=chain,
            best=self.best,
            now=self.at,
            policy=self.policy,
        )

    def _kept(self) -> list[Kept]:
        """For each archive timestamp that holds: the timestamps and the evidence that it covers."""
        form = self.form
        pairs = [(token, judged) for (token, _), judged in zip(form.stamps(), self.stamps, strict=False)]
        return [
            Kept([j for raw, j in pairs if j.intact and form.covers(Archives((archive,)), raw).found], archive.covered)
            for archive in self.archives.found
            if archive.judged.intact
        ]


# --- timestamps ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Judge:
    """`judge_token` for all timestamps of one signature."""

    store: TrustStore
    at: datetime
    policy: Policy
    evidence: Evidence
    proofs: Proofs

    def __call__(self, token: bytes, digest_of: DigestOf, poe: datetime | None) -> Judged:
        return judge_token(
            token,
            digest_of,
            trust=self.store,
            at=self.at,
            policy=self.policy,
            evidence=self.evidence,
            poe=poe,
            proofs=self.proofs,
        )


def _first(stamps: list[Judged]) -> datetime | None:
    return min((j.token.time for j in stamps if j.token and j.counts), default=None)


def _content_stamps(form: Form, judge: _Judge, existed: datetime | None) -> tuple[datetime | None, tuple[Finding, ...]]:
    """The latest content timestamp that counts (EN 319 122-1 §5.2.8): the signature is not older; and what to tell.

    They stand among what is signed, so they are as old as the signature.
    """
    latest, notes = None, []
    for token, digest_of in form.content_stamps()[:MAX_TIMESTAMPS]:
        judged = judge(token, digest_of, existed)
        if judged.token is not None and judged.counts:
            latest = max(judged.token.time, latest or judged.token.time)
        else:
            why = ", ".join(f.code for f in judged.findings) or str(judged.sub_indication)
            notes.append(Finding.of("time.content-timestamp-unusable", why=why))
    if latest is not None:
        notes.append(Finding.of("time.content-timestamp", time=stamp(latest)))
    return latest, tuple(notes)
