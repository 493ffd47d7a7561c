"""Checking the signatures of a PDF (ISO 32000-2 §12.8, EN 319 142-1, EN 319 102-1 §5).

1. The file is read strictly, revision by revision. One that has to be repaired to be read keeps the signatures that
   cover it to its end; what came after any other cannot be told (`pdf_file`).
2. Every signature dictionary is found, through the form and in the raw bytes, and its byte range measured (`pdf_scan`).
3. Each later revision is compared with the one before it: what it did, and whether that is permitted (`pdf_changes`).
4. Document timestamps are judged from the newest to the oldest: each proves that what it covers existed before it.
5. Each signature is judged with the evidence in /DSS and the earliest proof that it existed (`pdf_judge`).
6. What the form, the bytes and the changes say makes the answer worse, never better.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from os import PathLike

from ..clock import moment
from ..errors import IndeterminateError, MalformedError, SigningError, VerificationError
from ..files import MAX_READ_BYTES, read_file
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, Indication, SignatureReport, Verdict
from ..trust.evidence import Evidence
from ..trust.proofs import Proofs
from ..trust.store import TrustStore, assert_trust
from .after import judge_changes, unknown_changes
from .counters import judge_counters
from .crypt import is_encrypted, unlock
from .digests import RangeDigests
from .evidence import read_store
from .examination import Document, PdfExamination, Placement
from .file import PdfFile
from .judge import Bench, judge
from .rebuild import MAX_FRONT_BYTES
from .scan import Place, find_signatures, has_usage_rights, scan_bytes

MAX_PDF_BYTES = MAX_READ_BYTES

Ask = Callable[[str], str]

_FOREIGN = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    OverflowError,
    RecursionError,
    struct.error,
)


def examine_pdf(
    data: bytes,
    *,
    trust: TrustStore | None = None,
    at: datetime | None = None,
    policy: Policy = DEFAULT_POLICY,
    password: Ask | None = None,
    show_ids: bool = False,
) -> PdfExamination:
    """Everything about the signatures of a PDF; bad documents are reported, never raised.

    `at` is the time of the check (aware; now if not given), `password("pdf")` is asked for an encrypted file, numbers
    of persons are masked unless `show_ids`. Without `trust` nothing is trusted. Raises only `UsageError`, for `at`, and
    `MemoryError`: who audits many files says that this one needs too much.
    """
    now = moment(at)
    try:
        return _examine(data, trust, now, policy, password, show_ids)
    except _FOREIGN:  # the last line of defence; tests show that nothing known gets here
        return PdfExamination(findings=(Finding.of("document.internal"),))


def _examine(
    data: bytes, trust: TrustStore | None, now: datetime, policy: Policy, password: Ask | None, show_ids: bool
) -> PdfExamination:
    places: list[Place]
    document = None
    findings: list[Finding] = []
    try:
        if len(data) > MAX_PDF_BYTES:
            return PdfExamination(findings=(_too_large(),))
        document, findings = _open(data, password)
        places = document.places
    except SigningError as e:
        findings = [Finding.from_error(e)]
        try:
            places = scan_bytes(data)
        except SigningError as limit:
            return PdfExamination(findings=(*findings, Finding.from_error(limit)))
    evidence = _evidence(document)
    ranges = [(p.gap_start, p.gap_end, p.end) for p in places if p.contents and not p.odd]
    bench = Bench(
        digests=RangeDigests(data, ranges), trust=trust, at=now, policy=policy, evidence=evidence, show_ids=show_ids
    )
    reports, counters = _judge_all(places, bench, document)
    if document is None:
        reports = [unknown_changes(r) for r in reports]
    else:
        reports, more = judge_changes(document, reports, bench)
        findings += more
    return PdfExamination(
        signatures=tuple(reports),
        counters=counters,
        findings=tuple(dict.fromkeys(findings)),
        revisions=tuple(r.end for r in document.file.revisions) if document else (),
        placements=tuple(
            Placement(id=p.id, fields=p.fields, revision=p.revision, byte_range=(p.gap_start, p.gap_end, p.end))
            for p in places
        ),
        _document=document,
    )


def verify_pdf(
    pdf: bytes | bytearray | memoryview | str | PathLike[str],
    trust: TrustStore | None,
    *,
    at: datetime | None = None,
    policy: Policy = DEFAULT_POLICY,
    password: Ask | None = None,
) -> tuple[SignatureReport, ...]:
    """The reports of all signatures, each of them valid and the document as they left it.

    Raises `VerificationError` or `IndeterminateError` with the code of the finding that decided; an unsigned file is
    `VerificationError` `document.unsigned`.
    """
    assert_trust(trust)
    data = bytes(pdf) if isinstance(pdf, bytes | bytearray | memoryview) else read_file(pdf, max_bytes=MAX_PDF_BYTES)
    found = examine_pdf(data, trust=trust, at=at, policy=policy, password=password)
    verdict = found.verdict
    if verdict is Verdict.VALID:
        return found.entries
    if verdict is Verdict.UNSIGNED:
        raise VerificationError("document.unsigned")
    kind = VerificationError if verdict is Verdict.INVALID else IndeterminateError
    raise _error(kind, _deciding(found))


def _deciding(found: PdfExamination) -> Finding:
    """The finding to name: the first error, of the document before those of the signatures that did worst."""
    worst = max(
        (s.indication for s in found.entries),
        key=(Indication.PASSED, Indication.INDETERMINATE, Indication.FAILED).index,
        default=Indication.INDETERMINATE,
    )
    candidates = [f for s in found.entries if s.indication is worst for f in s.findings]
    ranked: Iterable[Finding] = (*found.findings, *candidates)
    for severity in ("error", "warning"):
        for finding in ranked:
            if finding.severity == severity:
                return finding
    return Finding.of("document.internal")


def _error(kind: type[SigningError], finding: Finding) -> SigningError:
    """The finding as an error: same code and texts."""
    error = kind("document.internal")
    error.code, error.severity, error.text, error.text_vi = (
        finding.code,
        finding.severity,
        finding.text,
        finding.text_vi,
    )
    error.args = (f"{finding.text} [{finding.code}]",)
    return error


def _too_large() -> Finding:
    return Finding.of("input.too-large", what="the PDF", limit=f"{MAX_PDF_BYTES} bytes")


def _open(data: bytes, password: Ask | None) -> tuple[Document, list[Finding]]:
    """The document read, its signatures found. Raises `SigningError` where that cannot be done."""
    if b"%PDF-" not in data[:MAX_FRONT_BYTES]:
        raise VerificationError("pdf.malformed", why="it does not begin with %PDF-")
    file = PdfFile(data)
    try:
        return _opened(file, password)
    except MalformedError as e:
        if file.rebuilt is not None:
            raise
        try:  # the chain is whole, and leads to objects that are not there
            return _opened(PdfFile(data, rebuilt=e), password)
        except SigningError:
            raise e from None


def _opened(file: PdfFile, password: Ask | None) -> tuple[Document, list[Finding]]:
    document = Document(file.data, file)
    findings = [] if file.rebuilt is None else [Finding.of("pdf.rebuilt", why=file.rebuilt)]
    if is_encrypted(file):
        try:
            unlock(file, password)
        except IndeterminateError as e:
            document.locked = file.locked = True
            findings.append(Finding.from_error(e))
    try:
        document.places = find_signatures(file)
        rights = has_usage_rights(file)
    except MalformedError:
        if not file.locked:
            raise
        document.places, rights = scan_bytes(file.data), False  # the form stands in streams that nobody opened
    if document.places:
        if outside := document.outside():
            findings.append(Finding.of("pdf.trailing-bytes", count=outside))
        if rights:
            findings.append(Finding.of("pdf.usage-rights"))
    return document, findings


def _evidence(document: Document | None) -> Evidence:
    if document is None or not document.places:
        return Evidence()
    try:
        return read_store(document.file, document.file.last)
    except SigningError:
        return Evidence()


def _judge_all(
    places: list[Place], bench: Bench, document: Document | None
) -> tuple[list[SignatureReport], dict[int, tuple[SignatureReport, ...]]]:
    """All reports in the order of `places`, and those of their counter-signatures by index.

    Timestamps first, the newest first, each a proof for what it covers.
    """
    reports: dict[int, SignatureReport] = {}
    proofs: list[tuple[int, datetime]] = []  # end of what is covered, time
    held = 0  # where the last timestamp ends whose own signature holds, be it trusted or not
    stamps = [i for i, p in enumerate(places) if p.kind == "timestamp"]
    for index in sorted(stamps, key=lambda i: places[i].end, reverse=True):
        report = judge(places[index], bench, _proven(places[index], proofs))
        reports[index] = report
        sound = places[index].problem is None and places[index].revision is not None
        held = max(held, places[index].end if sound and report.intact else 0)
        if sound and report.indication is Indication.PASSED and report.best_signature_time is not None:
            proofs.append((places[index].end, report.best_signature_time))
            stored = _stored(document, places[index].revision, report.best_signature_time)
            bench = replace(bench, proofs=bench.proofs + stored)
    for index, place in enumerate(places):
        if index not in reports:
            reports[index] = judge(place, bench, _proven(place, proofs), covered=0 < place.end < held)
    counters = {i: judge_counters(place, bench, _proven(place, proofs)) for i, place in enumerate(places)}
    return [reports[index] for index in range(len(places))], counters


def _stored(document: Document | None, revision: int | None, time: datetime) -> Proofs:
    """What the store held that a document timestamp covers existed at its `time`."""
    if document is None or revision is None:
        return Proofs()
    try:
        return Proofs.of_evidence(read_store(document.file, revision), time)
    except SigningError:
        return Proofs()


def _proven(place: Place, proofs: list[tuple[int, datetime]]) -> datetime | None:
    """The earliest time at which a later timestamp proves that the signature existed."""
    return min((time for end, time in proofs if end > place.end and place.end), default=None)
