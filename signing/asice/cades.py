"""CAdES signatures in an ASiC container (EN 319 162-1 §4.3.3.2, §4.4.4): one file of them, over one entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ..report import Finding, Indication, SignatureReport
from ..validation.file import validate_file_signatures
from ..xades.file import Conditions
from .container import Container


def examine_cades(
    container: Container, name: str, content: bytes | None, conditions: Conditions, poe: datetime | None = None
) -> tuple[SignatureReport, ...]:
    """Judge the signatures in the entry `name`, proven to exist at `poe`, over `content` (None: not known).

    They are named by the entry. Never raises for bad bytes.
    """
    _, reports = validate_file_signatures(
        container[name],
        content,
        trust=conditions.trust,
        at=conditions.at,
        policy=conditions.policy,
        show_ids=conditions.show_ids,
        poe=poe,
    )
    return tuple(replace(r, id=name if len(reports) == 1 else f"{name}#{r.id}") for r in reports)


def over_files(report: SignatureReport, wrong: Iterable[Finding]) -> SignatureReport:
    """The report of a signature or timestamp over a manifest, and so over the files that it lists.

    `wrong` is what differs between the manifest and the files: it fails over a changed one, and cannot be told over
    one that is not there or is listed under an unknown digest (EN 319 102-1 §5.2.7).
    """
    wrong = tuple(wrong)
    if not wrong:
        return report
    if report.indication is Indication.FAILED:
        return replace(report, findings=(*wrong, *report.findings))
    changed = any(f.code == "asice.reference-digest" for f in wrong)
    return replace(
        report,
        intact=False if changed else None,
        indication=Indication.FAILED if changed else Indication.INDETERMINATE,
        sub_indication="HASH_FAILURE" if changed else "SIGNED_DATA_NOT_FOUND",
        best_signature_time=None,
        findings=(*wrong, *report.findings),
    )
