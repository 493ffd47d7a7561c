"""Validation of one signature (EN 319 102-1 §5.3, §5.5), shared by PAdES, CAdES, plain CMS, XAdES and plain XML ones.

1. Timestamps are judged first (`archive`, then `timestamp`). The earliest that counts, or a proof from outside, is the
   best signature time; without any it is the time of validation. A claimed signing time proves nothing.
2. Format, then digest and value: these alone make a signature FAILED whatever else is known.
3. The signing certificate must be at hand and be the one that the signature names.
4. Algorithms and key are accepted by the policy at the best signature time.
5. The chain leads to an anchor for signers and was good at the best signature time. A revocation that a trusted
   timestamp follows makes the signature FAILED; one without such proof leaves it INDETERMINATE.
6. The baseline reached is what the file itself holds: it does not depend on trust.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from cryptography import x509

from ..clock import shifted
from ..cms.signed_data import CmsSignature
from ..errors import MalformedError
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, Indication, SignatureReport
from ..trust.certificates import Facts, facts
from ..trust.chain import ChainResult, Purpose
from ..trust.evidence import Evidence
from ..trust.names import signer_info
from ..trust.revocation_check import stamp
from ..trust.store import TrustStore
from .archive import Archives
from .baseline import Held, Kept, baseline_of
from .form import CmsForm, Form, Parts
from .timestamp import DigestOf, Judged, algorithm_problem, certificate_sha256, judge_token

MAX_TIMESTAMPS = 16  # signature timestamps judged in one signature; more are passed over

_Answer = tuple[Indication, str | None]


def validate_signature(
    *,
    id: str,  # noqa: A002 - the member's name in the contract
    format: str,  # noqa: A002
    cms: CmsSignature,
    content_digest: DigestOf | None,
    trust: TrustStore | None,
    at: datetime,
    policy: Policy = DEFAULT_POLICY,
    evidence: Evidence = Evidence(),  # noqa: B008 - frozen and empty
    evidence_embedded: bool = False,
    poe: datetime | None = None,
    covered: bool = False,
    claimed_time: datetime | None = None,
    require_signing_time: bool = False,
    show_ids: bool = False,
) -> SignatureReport:
    """The report of one CMS signature, judged at `at`; never raises for bad bytes.

    `content_digest(name)` is the digest of the signed content, None when there is none at hand. `evidence` is used
    beside what the CMS carries; `evidence_embedded` says that it is part of the same file (a PDF's /DSS). `poe` is a
    proven time before which this CMS, its timestamps included, existed; `covered` that a later timestamp holds for all
    of it, counted or not. `claimed_time` is /M of a PDF signature;
    `require_signing_time` refuses a signature without the signing-time attribute, as dossiers do.
    """
    return validate_form(
        CmsForm(cms, content_digest, require_signing_time),
        id=id,
        format=format,
        trust=trust,
        at=at,
        policy=policy,
        evidence=evidence,
        evidence_embedded=evidence_embedded,
        poe=poe,
        covered=covered,
        claimed_time=claimed_time,
        show_ids=show_ids,
    )


def validate_form(
    form: Form,
    *,
    id: str,  # noqa: A002
    format: str,  # noqa: A002
    trust: TrustStore | None,
    at: datetime,
    policy: Policy = DEFAULT_POLICY,
    evidence: Evidence = Evidence(),  # noqa: B008 - frozen and empty
    evidence_embedded: bool = False,
    poe: datetime | None = None,
    covered: bool = False,
    claimed_time: datetime | None = None,
    show_ids: bool = False,
) -> SignatureReport:
    """The report of a signature in whatever form; everything else as for `validate_signature`."""
    store = trust or TrustStore()
    own = form.evidence
    total = own + evidence
    form = form.with_certificates(total.certificates)
    sig = form.parts
    archives = form.archives(trust=store, at=at, policy=policy, evidence=total, poe=poe)
    stamps = _timestamps(form, store, at, policy, total, archives, poe)
    proven = min((j.token.time for j in stamps if j.token and j.counts), default=None)
    existed = archives.proof(min((t for t in (proven, poe) if t is not None), default=None))
    best = min(existed, at) if existed is not None else at
    intact, findings = form.check()
    context = _Context(sig, best, existed is not None, policy)
    chain = _chain(context, store, at, total)
    indication, sub_indication, more = context.judge(findings, chain)
    claimed = sig.signing_time or claimed_time
    held = Held(
        timestamps=[j for j in stamps if j.intact],
        archives=_archived(form, stamps, archives),
        covered=covered or poe is not None,
        proven=poe is not None,
        embedded=total if evidence_embedded else own,
        alone=evidence_embedded or not evidence,
        chain=chain,
        best=best,
        now=at,
        policy=policy,
    )
    every = [*stamps, *(a.judged for a in archives.found)]
    baseline, lacks = baseline_of(format, form, claimed_time, held)
    return SignatureReport(
        id=id,
        type="signature",
        format=format,
        indication=indication,
        sub_indication=sub_indication,
        baseline=baseline,
        intact=intact,
        signer=signer_info(sig.signer_certificate, show_ids=show_ids) if sig.signer_certificate else None,
        signing_time=claimed,
        timestamp=proven,
        best_signature_time=best,
        digest_algorithm=sig.digest_algorithm or sig.digest_oid,
        signature_algorithm=sig.signature_scheme or sig.signature_oid,
        findings=tuple(dict.fromkeys((*findings, *more, *_notes(every, claimed, context, at), *form.said(), *lacks))),
        certificate_sha256=certificate_sha256(sig),
        signature_value_sha256=sha256(sig.signature_value).digest(),
    )


# --- timestamps ------------------------------------------------------------------------------------------------------


def _timestamps(
    form: Form,
    store: TrustStore,
    at: datetime,
    policy: Policy,
    evidence: Evidence,
    archives: Archives,
    poe: datetime | None,
) -> list[Judged]:
    found = []
    for token, digest_of in form.stamps()[:MAX_TIMESTAMPS]:
        proven = form.covers(archives, token).proof(poe)
        found.append(judge_token(token, digest_of, trust=store, at=at, policy=policy, evidence=evidence, poe=proven))
    return found


def _archived(form: Form, stamps: list[Judged], archives: Archives) -> list[Kept]:
    """For each archive timestamp that holds: the timestamps and the evidence that it covers."""
    pairs = [(token, judged) for (token, _), judged in zip(form.stamps(), stamps, strict=False)]
    return [
        Kept([j for raw, j in pairs if j.intact and form.covers(Archives((archive,)), raw).found], archive.covered)
        for archive in archives.found
        if archive.judged.intact
    ]


def _notes(stamps: list[Judged], claimed: datetime | None, context: _Context, at: datetime) -> list[Finding]:
    """Why timestamps do not count, and what contradicts them.

    None of that makes the signature itself worse than it is without them, so nothing of it is an error.
    """
    findings = []
    for judged in stamps:
        if judged.counts:
            findings += [f for f in judged.findings if f.severity != "error"]
            continue
        if judged.token is not None:
            findings.append(Finding.of("timestamp.untrusted", time=stamp(judged.token.time)))
        findings += [f if f.severity == "info" else replace(f, severity="warning") for f in judged.findings]
    if not any(judged.counts for judged in stamps):
        findings.append(Finding.of("signature.not-timestamped"))
    return findings + _claims(claimed, context, at, stamps)


def _claims(claimed: datetime | None, context: _Context, at: datetime, stamps: list[Judged]) -> list[Finding]:
    """Where the claimed signing time contradicts what is known."""
    certificate, skew = context.sig.signer_certificate, context.policy.clock_skew
    if claimed is None:
        return []
    findings = []
    if claimed > shifted(at, skew):
        findings.append(Finding.of("time.claimed-future", time=stamp(claimed)))
    for token in (j.token for j in stamps if j.token and j.counts):
        if claimed > shifted(token.time, token.accuracy + skew):
            times = {"time": stamp(claimed), "timestamp": stamp(token.time)}
            findings.append(Finding.of("time.claimed-after-timestamp", **times))
            break
    known = _facts(certificate)
    if known is not None and not shifted(known.not_before, -skew) <= claimed <= shifted(known.not_after, skew):
        findings.append(Finding.of("time.claimed-outside-validity", time=stamp(claimed)))
    return findings


def _facts(certificate: x509.Certificate | None) -> Facts | None:
    try:
        return None if certificate is None else facts(certificate)
    except MalformedError:
        return None


# --- the answer ------------------------------------------------------------------------------------------------------

# Findings of `check_cms` in the order in which they decide.
_DECIDING: tuple[tuple[str, Indication, str], ...] = (
    ("signature.malformed", Indication.FAILED, "FORMAT_FAILURE"),
    ("xades.duplicate-id", Indication.FAILED, "FORMAT_FAILURE"),
    ("signature.digest", Indication.FAILED, "HASH_FAILURE"),
    ("xades.reference-digest", Indication.FAILED, "HASH_FAILURE"),
    ("signature.value", Indication.FAILED, "SIG_CRYPTO_FAILURE"),
    ("signature.no-certificate", Indication.INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND"),
    ("signature.certificate-binding", Indication.INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND"),
    ("signature.content-missing", Indication.INDETERMINATE, "SIGNED_DATA_NOT_FOUND"),
    ("xades.not-found", Indication.INDETERMINATE, "SIGNED_DATA_NOT_FOUND"),
    ("signature.unsupported", Indication.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE"),
    ("signature.no-signing-time", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    ("xades.wrapping", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    ("xades.nothing-signed", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    ("xades.properties-unsigned", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    ("xades.not-countersigned", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
)


@dataclass(frozen=True, slots=True)
class _Context:
    sig: Parts
    best: datetime
    proven: bool
    policy: Policy

    def judge(
        self, findings: tuple[Finding, ...], chain: ChainResult | None
    ) -> tuple[Indication, str | None, tuple[Finding, ...]]:
        """Indication, sub-indication, and the findings of chain and algorithms."""
        codes = {f.code for f in findings}
        more = chain.findings if chain is not None else ()
        decided = next(((i, sub) for code, i, sub in _DECIDING if code in codes), None)
        weak = algorithm_problem(self.sig, self.best, self.policy) if "signature.unsupported" not in codes else None
        if weak is not None and self.sig.signer_certificate is not None:
            more = (weak[1], *more)
        if decided is not None:
            return *decided, more
        if weak is not None or chain is None:
            return Indication.INDETERMINATE, weak[0] if weak else "NO_SIGNING_CERTIFICATE_FOUND", more
        return *self._by_chain(chain), more

    def _by_chain(self, chain: ChainResult) -> _Answer:
        known = _facts(self.sig.signer_certificate)
        if self.proven and chain.sub_indication == "REVOKED_NO_POE":
            return Indication.FAILED, "REVOKED"
        if (
            self.proven
            and chain.sub_indication == "OUT_OF_BOUNDS_NO_POE"
            and known is not None
            and self.best < known.not_before
        ):
            return Indication.FAILED, "NOT_YET_VALID"
        return chain.indication, chain.sub_indication


def _chain(context: _Context, store: TrustStore, at: datetime, evidence: Evidence) -> ChainResult | None:
    certificate = context.sig.signer_certificate
    if certificate is None:
        return None
    return store.validate(
        certificate,
        evidence.certificates,
        Purpose.SIGNER,
        at=context.best,
        now=at,
        evidence=evidence,
        policy=context.policy,
    )
