"""Whether a result is finished: signed by the official who takes the sign step, then by the office (NĐ 30/2020 Đ32)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..messages.reasons import why
from ..pdf_check.examination import PdfExamination
from ..report import Finding, SignatureReport
from ..trust.store import TrustStore
from .file import FiledStep
from .people import is_office
from .rules import RESULTS, Step


def result_findings(
    step: FiledStep,
    report: SignatureReport | None,
    examined: Mapping[str, PdfExamination],
    trust: TrustStore | None,
) -> list[Finding]:
    """What is wrong with the results that a sign step brings in."""
    statement = step.statement
    if statement is None or statement.event != Step.SIGN:
        return []
    official = report.certificate_sha256 if report else None
    when = (report.best_signature_time if report else None) or statement.time
    found = []
    for added in statement.files:
        if added.name.startswith(RESULTS) and added.name in examined:
            reason = unfinished(examined[added.name], official, trust, statement.office, when)
            if reason:
                found.append(Finding.of("dossier.result-unsigned", name=added.name, **reason))
    return found


def unfinished(
    result: PdfExamination, official: bytes | None, trust: TrustStore | None, office: str, at: datetime
) -> dict[str, str] | None:
    """Why a result is not signed by the official and then by the office (NĐ 30/2020 Đ32), or None when it is."""
    signatures = [s for s in result.signatures if s.type == "signature"]
    for signature in signatures:
        if signature.intact is not True or signature.changes_after in ("forbidden", "unknown"):
            return why("not-intact", name=signature.id)
    if not signatures or official is None or signatures[0].certificate_sha256 != official:
        return why("no-official")
    if trust is None or not trust.roles:
        return None if len(signatures) > 1 else why("no-office")
    if not any(is_office(trust, s.certificate_sha256 or b"", office, at) for s in signatures[1:]):
        return why("no-office")
    return None
