"""Whether a result is finished, and of this dossier.

It is signed by the official who takes the sign step, then by the office (NĐ 30/2020 Đ32). If it bears a seal, that
names this dossier and office: else a result of one citizen could be filed for another.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..asice.container import Container
from ..errors import SigningError
from ..messages.reasons import why
from ..pdf_check.examination import PdfExamination
from ..report import Finding, SignatureReport
from ..seal.check import stored_seals
from ..seal.facts import decode_unverified
from ..trust.store import TrustStore
from .file import FiledStep
from .people import is_office, may_take
from .rules import RESULTS, Step
from .statement import Statement

WAITING = frozenset({None, "TRY_LATER"})  # sub-indications of signatures that hold, or only lack revocation answers


def result_findings(
    step: FiledStep,
    report: SignatureReport | None,
    contents: Container,
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
            reason = unfinished(examined[added.name], official, trust, statement, when)
            if reason:
                found.append(Finding.of("dossier.result-unsigned", name=added.name, **reason))
            foreign = foreign_seal(contents[added.name], examined[added.name], statement)
            if foreign:
                found.append(Finding.of("dossier.result-other", name=added.name, got=foreign))
    return found


def foreign_seal(pdf: bytes, result: PdfExamination, statement: Statement) -> str | None:
    """The dossier or office that a seal in the result names, where it is not the statement's."""
    for stored in stored_seals(pdf, result.revisions):
        try:
            seal = decode_unverified(stored.text).unverified  # the result's signatures cover it, whoever minted it
        except SigningError:
            continue  # the audit of the result says what is wrong with it
        if seal.dossier != statement.code:
            return seal.dossier
        if seal.office != statement.office:
            return seal.office
    return None


def unfinished(
    result: PdfExamination, official: bytes | None, trust: TrustStore | None, statement: Statement, at: datetime
) -> dict[str, str] | None:
    """Why a result is not signed by the official and then by the office (NĐ 30/2020 Đ32), or None when it is.

    Roles must have held at each signature's own proven time; the step was taken at `at`.
    """
    signatures = [s for s in result.signatures if s.type == "signature"]
    for signature in signatures:
        if signature.intact is not True or signature.changes_after in ("forbidden", "unknown"):
            return why("not-intact", name=signature.id)
    if not signatures or official is None or signatures[0].certificate_sha256 != official:
        return why("no-official")
    if trust is None or not trust.roles:
        return None if len(signatures) > 1 else why("no-office")
    act: dict[str, Any] = {"office": statement.office, "role": statement.role, "step": statement.step}
    if not may_take(trust, official, **act, at=min(signatures[0].best_signature_time or at, at)):
        return why("not-entitled", name=signatures[0].id)
    clerks = [s for s in signatures[1:] if is_office(trust, s.certificate_sha256 or b"", statement.office, at)]
    if not clerks:
        return why("no-office")
    early = [
        s
        for s in clerks
        if not is_office(trust, s.certificate_sha256 or b"", statement.office, min(s.best_signature_time or at, at))
    ]
    if len(early) == len(clerks):
        return why("not-entitled", name=early[0].id)
    return None
