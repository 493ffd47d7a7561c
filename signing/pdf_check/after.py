"""What came after each signature of a PDF, and what that makes of it (ISO 32000-2 §12.8.2.2, EN 319 142-1 §5.4-5.5).

Later revisions that nobody allowed make a signature fail; those that could not be read leave it open; what the author
of the document lets people do is told and does no harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ..errors import SigningError
from ..policy import Baseline
from ..report import Finding, Indication, SignatureReport
from .changes import Changes
from .evidence import has_store, read_store
from .examination import Document
from .form import read_fields
from .judge import Bench, failed, judge
from .locks import broken_lock, leave_after
from .scan import Place


def unknown_changes(report: SignatureReport) -> SignatureReport:
    """The report of a signature of which nobody can say what came after it: it may be intact, never valid."""
    unknown = replace(report, changes_after="unknown", findings=(*report.findings, Finding.of("pdf.changes-unknown")))
    if report.indication is Indication.PASSED:
        return replace(unknown, indication=Indication.INDETERMINATE, sub_indication=None)
    return unknown


def judge_changes(
    document: Document, reports: list[SignatureReport], bench: Bench
) -> tuple[list[SignatureReport], list[Finding]]:
    """The reports with what came after each signature, and what that says about the document."""
    findings: list[Finding] = []
    judged: list[SignatureReport] = []
    for place, original in zip(document.places, reports, strict=True):
        report = original
        for fault in _misplaced(place):
            findings.append(fault)
            report = failed(report, fault)
        if place.revision is None:
            judged.append(unknown_changes(report))
            continue
        known, forbidden = _since(document, place)
        findings += forbidden
        findings += [note for changes in known for note in changes.notes]
        if forbidden or document.outside():
            report = failed(replace(report, changes_after="forbidden"), Finding.of("pdf.changed-after"))
        elif len(known) < len(document.file.revisions) - 1 - place.revision:
            report = unknown_changes(report)
        else:
            report = _permitted(replace(report, changes_after="permitted" if known else "none"), known)
            report = _raised(document, place, report, reports, bench)
        judged.append(report)
    return judged, findings


def _misplaced(place: Place) -> Iterator[Finding]:
    """What is wrong with how the form shows a signature."""
    if place.hidden:
        yield Finding.of("pdf.signature-hidden", name=place.id)
    if len(place.fields) > 1:
        yield Finding.of("pdf.signature-twice", names=", ".join(place.fields))


def _since(document: Document, place: Place) -> tuple[list[Changes], list[Finding]]:
    """What later revisions did, as far as it is known, and what of it this signature does not allow."""
    known = [changes for changes in document.later(place.revision or 0) if changes is not None]
    forbidden = [f for changes in known for f in changes.forbidden]
    try:
        fields = read_fields(document.file, place.revision or 0)
        leave = leave_after(document.file, place, fields)
        lock = broken_lock(document.file, place, fields, known)
    except SigningError as e:
        return known, [*forbidden, Finding.from_error(e)]
    forbidden += [c.refused for changes in known for c in changes.conditional if c.leave > leave]
    return known, [*forbidden, lock] if lock else forbidden


def _permitted(report: SignatureReport, known: list[Changes]) -> SignatureReport:
    if not known:
        return report
    kinds = sorted(frozenset[str]().union(*(changes.kinds for changes in known)))
    notes = [Finding.of("pdf.changed-permitted", kinds=tuple(kinds))] if kinds else []
    if "visible-signature" in kinds:
        notes.append(Finding.of("pdf.visible-after"))
    notes += [c.said for changes in known for c in changes.conditional]
    report = replace(report, findings=(*report.findings, *notes))
    unsure = tuple(f for changes in known for f in changes.unsure)
    return unknown_changes(replace(report, findings=(*report.findings, *unsure))) if unsure else report


def _raised(
    document: Document, place: Place, report: SignatureReport, reports: list[SignatureReport], bench: Bench
) -> SignatureReport:
    """B-LTA for a B-LT signature that a valid document timestamp covers together with the evidence that it needs."""
    if report.baseline != Baseline.B_LT or place.kind != "signature":
        return report
    covering = [
        (other.end, other.revision, stamp.best_signature_time)
        for other, stamp in zip(document.places, reports, strict=True)
        if other.kind == "timestamp" and other.revision is not None and other.end > place.end
        if stamp.indication is Indication.PASSED and stamp.best_signature_time is not None
    ]
    if not covering:
        return report
    _, revision, _ = max(covering)
    if not _has_enough(document, place, bench, revision, min(time for _, _, time in covering)):
        return report
    return replace(report, baseline=Baseline.B_LTA)


def _has_enough(document: Document, place: Place, bench: Bench, revision: int, poe: datetime) -> bool:
    """Whether what /DSS held at `revision` makes B-LT: what came later no timestamp up to there covers."""
    try:
        if not has_store(document.file, revision):
            return False
        store = read_store(document.file, revision)
        return (
            store == bench.evidence
            or judge(place, replace(bench, evidence=store), poe, covered=True).baseline == Baseline.B_LT
        )
    except SigningError:
        return False
