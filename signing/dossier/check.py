"""Judging a dossier from its file alone, and against the register when there is one.

    1. the container and its records (`asice`, `dossier_structure`)
    2. each signature (EN 319 102-1), newest first: the timestamp of a later step proves that an earlier one existed
    3. for each step, as of its proven time: the step proof is for this statement, this office and the certificate
       that signed; the roles entitle that certificate to the step
    4. timestamps do not run backwards
    5. each result is signed by the official who signed the step, then by the office, and sealed for this dossier;
       its own signatures count like those of the steps
    6. the register holds exactly these steps; without it, or a newer receipt, later steps cannot be excluded

Nothing here raises for a bad document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from ..asice.container import Container
from ..asice.longterm import LongTerm, judge_long_term
from ..clock import shifted
from ..cms.signed_data import parse_cms
from ..errors import SigningError, VerificationError
from ..pdf_check.examination import PdfExamination
from ..pdf_check.verify import examine_pdf
from ..policy import Policy
from ..report import DossierReport, Finding, Indication, SignatureReport, StepReport
from ..trust.proofs import Proofs, earliest
from ..trust.store import TrustStore
from ..validation.file import malformed_report, validate_signature
from .file import DossierFile, FiledStep, manifest_name
from .head import HeadQuestion, head_findings
from .people import check_proof, may_take, nonce_of
from .register_proofs import NOTHING, register_proofs
from .results import result_findings
from .structure import state_of, structure_findings, timestamp_of

_NO_RESULTS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found in one container; `kind` is `dossier` or `asice`, `examined` holds the PDFs under `results/`.

    `signatures` and `findings` are those of the container and of its results.
    """

    kind: str
    signatures: tuple[SignatureReport, ...] = ()
    dossier: DossierReport | None = None
    findings: tuple[Finding, ...] = ()
    results: Mapping[str, bytes] = field(default_factory=lambda: _NO_RESULTS, repr=False)
    examined: Mapping[str, PdfExamination] = field(default_factory=dict, repr=False)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Every finding that makes the document invalid."""
        failed = (s for s in self.signatures if s.indication is Indication.FAILED)
        inner = (f for s in failed for f in s.findings)
        return tuple(f for f in (*self.findings, *inner) if f.severity == "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What a dossier is judged by."""

    trust: TrustStore | None
    at: datetime
    policy: Policy
    head: HeadQuestion = field(default_factory=HeadQuestion)
    show_ids: bool = False

    def signature(
        self,
        container: Container,
        signature: str,
        manifest: str,
        poe: datetime | None,
        proofs: Proofs = Proofs(),  # noqa: B008 - frozen and empty
    ) -> SignatureReport:
        """The report of one CAdES signature over its manifest; `poe` is of the whole entry, `proofs` of parts of it."""
        try:
            cms = parse_cms(container[signature])
        except SigningError as e:
            return malformed_report(signature, "CAdES", e)
        return validate_signature(
            id=signature,
            format="CAdES",
            cms=cms,
            content_digest=lambda algorithm: container.digest(manifest, algorithm),
            trust=self.trust,
            at=self.at,
            policy=self.policy,
            poe=poe,
            proofs=proofs,
            require_signing_time=True,
            show_ids=self.show_ids,
        )

    def long_term(self, container: Container, names: Sequence[str]) -> LongTerm:
        """The archive timestamps and evidence records among the entries `names`."""
        return judge_long_term(container, names, trust=self.trust, at=self.at, policy=self.policy)


def examine(file: DossierFile, judge: Judge) -> Examination:
    """Everything there is to say about a parsed dossier."""
    by_step = structure_findings(file)
    long_term = judge.long_term(file.container, file.long_term)
    reports = _signatures(file, judge, by_step, long_term)
    if entered := _entered(file, judge, reports):
        reports = _signatures(file, judge, by_step, long_term, entered)
    for step in file.steps:
        by_step[step.seq] += _time_findings(file, step, judge.policy)
        if step.seq in reports:
            reports[step.seq] = _judge_person(step, reports[step.seq], judge, by_step[step.seq])
    examined = {name: _examine_result(file, name, judge) for name in file.result_names}
    for step in file.steps:
        by_step[step.seq] += result_findings(step, reports.get(step.seq), file.container, examined, judge.trust)
    complete, head = head_findings(file, judge.head)
    inside = [f for result in examined.values() for f in result.findings]
    findings = [f for seq in sorted(by_step) for f in by_step[seq]] + inside + head
    return Examination(
        kind="dossier",
        signatures=(*(reports[seq] for seq in sorted(reports)), *long_term.reports, *_inside(examined)),
        dossier=_report(file, reports, judge.at, complete=complete),
        findings=tuple(dict.fromkeys(findings)),
        results=MappingProxyType({name: file.container[name] for name in file.result_names}),
        examined=examined,
    )


def _signatures(
    file: DossierFile,
    judge: Judge,
    by_step: Mapping[int, list[Finding]],
    long_term: LongTerm,
    entered: Mapping[int, datetime] = NOTHING,
) -> dict[int, SignatureReport]:
    """Each step's signature, from the last: what a later timestamp, or a long-term proof, covers existed before it.

    A later step, and the register (`entered`), cover the signature's value and its timestamp, and no evidence that
    stands beside them.
    """
    reports: dict[int, SignatureReport] = {}
    proven: datetime | None = None
    for step in reversed(file.steps):
        if step.id not in file.container or manifest_name(step.seq) not in file.container:
            proven = None
            continue
        proven = earliest(proven, entered.get(step.seq))
        kept, named = long_term.proven.get(step.id), Proofs.of(step.named, proven)
        report = judge.signature(file.container, step.id, manifest_name(step.seq), kept, named)
        reports[step.seq] = report = long_term.raised(report, step.id)
        # the link to the step before is only worth something if this step itself holds
        linked = report.intact and not any(f.severity == "error" for f in by_step[step.seq])
        proven = earliest(proven, kept, report.timestamp) if linked else None
    return reports


def _entered(file: DossierFile, judge: Judge, reports: Mapping[int, SignatureReport]) -> Mapping[int, datetime]:
    """What the register's timestamped heads prove, where an answer may hang on it: the chain up to a head is long."""
    if judge.head.register is None or all(r.timestamp and r.sub_indication is None for r in reports.values()):
        return NOTHING
    return register_proofs(file, judge.head.register, trust=judge.trust, at=judge.at, policy=judge.policy)


def _time_findings(file: DossierFile, step: FiledStep, policy: Policy) -> list[Finding]:
    """A timestamp is not before the one that its statement builds on, nor before the time that the official claims."""
    token = timestamp_of(step)
    if token is None or step.statement is None:
        return []
    latest = shifted(token.time, _margin(token.accuracy))
    earlier = timestamp_of(file.steps[step.seq - 2]) if step.seq > 1 else None
    if earlier is not None and latest < shifted(earlier.time, -_margin(earlier.accuracy)):
        return [Finding.of("timestamp.contradiction", why=f"{step.seq - 1}, {step.seq}")]
    if shifted(latest, policy.clock_skew) < step.statement.time:
        return [Finding.of("timestamp.contradiction", severity="warning", why=f"{step.seq}: {step.statement.time}")]
    return []


def _margin(accuracy: timedelta) -> timedelta:
    """An authority that writes whole seconds may be one off, whatever it claims."""
    return max(accuracy, timedelta(seconds=1))


def _judge_person(step: FiledStep, report: SignatureReport, judge: Judge, found: list[Finding]) -> SignatureReport:
    """Adds what is wrong with proof or role to `found`; what cannot be known makes the signature indeterminate."""
    trust, statement, certificate = judge.trust, step.statement, report.certificate_sha256
    if step.cms is not None and not step.cms.signing_certificate_hashes:
        found.append(Finding.of("signature.no-binding", severity="error"))  # then it is no CAdES signature
    if trust is None or statement is None or certificate is None:
        return report
    doubts = []
    proven = _proven_time(report, judge.at)
    token = timestamp_of(step)
    stated = token.time if token else statement.time
    # without a proven time the step is doubtful, but a proof that fails even at the time it states is wrong
    times = [proven or stated]
    if proven is not None and report.timestamp is None and stated < proven:
        times.append(stated)  # what others prove is only by when
    if not trust.identity:
        doubts.append(Finding.of("dossier.proof-untrusted", seq=step.seq))
    elif step.proof is not None and step.statement_bytes is not None:
        wrong = [_proof_problem(step, trust, certificate, time) for time in times]
        found += [f for f in wrong[:1] if f is not None and None not in wrong]
        if proven is None or wrong[0] is not None:
            doubts.append(Finding.of("dossier.proof-time", seq=step.seq))
    if not trust.roles:
        doubts.append(Finding.of("dossier.role-unknown", seq=step.seq))
    else:
        act: dict[str, Any] = {"office": statement.office, "role": statement.role, "step": statement.step}
        entitled = [may_take(trust, certificate, **act, at=time) for time in times]
        if not any(entitled):
            found.append(Finding.of("dossier.role", seq=step.seq, **act))
        elif not entitled[0]:
            doubts.append(Finding.of("dossier.proof-time", seq=step.seq))
    return _doubted(report, doubts)


def _proof_problem(step: FiledStep, trust: TrustStore, certificate: bytes, at: datetime) -> Finding | None:
    """What is wrong with the step proof as of `at`."""
    if step.proof is None or step.statement is None or step.statement_bytes is None:
        return None
    try:
        check_proof(
            step.proof,
            trust,
            seq=step.seq,
            office=step.statement.office,
            nonce=nonce_of(step.statement_bytes),
            certificate_sha256=certificate,
            at=at,
        )
    except VerificationError as e:
        return Finding.from_error(e)
    return None


def _proven_time(report: SignatureReport, at: datetime) -> datetime | None:
    """When the step existed at the latest, if a trusted timestamp, its own or a later step's, says so."""
    best = report.best_signature_time
    return best if best is not None and (report.timestamp is not None or best < at) else None


def _doubted(report: SignatureReport, doubts: list[Finding]) -> SignatureReport:
    if not doubts:
        return report
    if report.indication is Indication.PASSED:
        report = replace(report, indication=Indication.INDETERMINATE, sub_indication="CHAIN_CONSTRAINTS_FAILURE")
    return replace(report, findings=(*report.findings, *doubts))


def _examine_result(file: DossierFile, name: str, judge: Judge) -> PdfExamination:
    return examine_pdf(
        file.container[name], trust=judge.trust, at=judge.at, policy=judge.policy, show_ids=judge.show_ids
    )


def _inside(examined: Mapping[str, PdfExamination]) -> Iterator[SignatureReport]:
    """The signatures of the results, named after result and field."""
    for name, result in examined.items():
        yield from (replace(s, id=f"{name}#{s.id}") for s in result.entries)


def _report(
    file: DossierFile, reports: Mapping[int, SignatureReport], at: datetime, *, complete: bool
) -> DossierReport:
    record = file.record
    steps = []
    for step in file.steps:
        if step.statement is not None:
            s, report = step.statement, reports.get(step.seq)
            steps.append(
                StepReport(
                    seq=step.seq,
                    step=str(s.step),
                    event=s.event,
                    decision=str(s.decision),
                    office=s.office,
                    role=s.role,
                    signature=step.id,
                    time=_proven_time(report, at) if report else None,
                )
            )
    return DossierReport(
        code=record.code if record else "",
        procedure=record.procedure if record else "",
        state=str(state_of(file.steps)),
        complete=complete,
        head=file.steps[-1].signature_digest if file.steps else None,
        steps=tuple(steps),
    )
