"""What one signature is judged with (EN 319 102-1 §5.2.4, §5.5.4 steps 2-4): its timestamps, judged, and their proofs.

The archive timestamps come first: they prove the age of the others. The earliest timestamp that counts, or a proof from
outside, is the best signature time; without any it is the time of validation. A claimed signing time proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from cryptography.hazmat.primitives.hashes import SHA256

from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding
from ..report.trail import Trail
from ..trust.chain import ChainResult, Purpose
from ..trust.evidence import Evidence
from ..trust.proofs import Proofs, earliest
from ..trust.revocation_check import stamp
from ..trust.store import TrustStore
from .archive import Archives
from .baseline import Held, Kept
from .conclusion import Known
from .form import Form
from .timestamp import DigestOf, Judged, judge_token
from .trail import trail_of

MAX_TIMESTAMPS = 16  # signature timestamps, and content timestamps, judged in one signature; more are told


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
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
    how: How

    @classmethod
    def of(cls, form: Form, store: TrustStore, at: datetime, how: How) -> Context:
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
        begun, notes = _content_timestamps(form, judge, existed)
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
            notes=(*notes, *_passed_over(form)),
            how=how,
        )

    @property
    def best(self) -> datetime:
        """The best signature time: that of the check where nothing proves an earlier one."""
        return self.at if self.existed is None else min(self.existed, self.at)

    @property
    def timestamp(self) -> datetime | None:
        """The earliest signature timestamp that counts."""
        return _first(self.stamps)

    @property
    def known(self) -> Known:
        """When the signature was made, as far as that is known."""
        claimed = self.form.parts.signing_time or self.how.get("claimed_time")
        return Known(best=self.best, proven=self.existed is not None, earliest=self.earliest, claimed=claimed)

    @property
    def every_stamp(self) -> list[Judged]:
        """All its timestamps, judged."""
        return [*self.stamps, *(archive.judged for archive in self.archives.found)]

    def certificate_validation(self, *, bound: bool) -> ChainResult | None:
        """The signer's chain at the best signature time (§5.2.6, §5.6.2.1); None without the signer's certificate.

        A certificate to which the signature is bound is as old as the signature.
        """
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

    def held(self, chain: ChainResult | None) -> Held:
        """What the file holds, for its baseline."""
        how = self.how
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


def _content_timestamps(
    form: Form, judge: _Judge, existed: datetime | None
) -> tuple[datetime | None, tuple[Finding, ...]]:
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


def _passed_over(form: Form) -> list[Finding]:
    """Timestamps that nobody judges, told: they may prove what this program does not know."""
    names = list(form.passed_over())
    for count, limit in ((len(form.stamps()), MAX_TIMESTAMPS), (len(form.content_stamps()), MAX_TIMESTAMPS)):
        names += [f"{count - limit} / {count}"] if count > limit else []
    return [Finding.of("timestamp.not-judged", kind=name) for name in names]
