"""Whether a dossier's last step is its last: asked of the register, or of a receipt newer than the file.

A receipt shows that its step was taken. That none was taken after it follows only where the state allows none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import ServiceError
from ..report import Finding
from .file import DossierFile, FiledStep
from .receipt import Receipt
from .register_chain import Row
from .register_proofs import Chained
from .rules import is_end
from .structure import state_of


class RegisterView(Chained, Protocol):
    """What is asked of a register; `register.Register` is one."""

    def is_whole(self, dossier: str) -> bool:
        """Whether no entry is missing and none of this dossier was changed, as far as a quick look tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadQuestion:
    """Who can tell whether steps are missing at the end: a register, a receipt that someone kept, or nobody.

    `unavailable` is a register that was asked for and does not answer.
    """

    register: RegisterView | None = None
    receipt: Receipt | None = None
    unavailable: bool = False


def head_findings(file: DossierFile, question: HeadQuestion) -> tuple[bool, list[Finding]]:
    """Whether the head is proven, and what is wrong or unknown about it."""
    code = file.record.code if file.record else None
    last = len(file.steps)
    if code is None:
        return False, []
    if last == 0:
        return False, _against_none(code, question)
    if question.unavailable:
        return False, [Finding.of("dossier.register-unavailable", seq=last)]
    if question.register is not None:
        try:
            found = _against_rows(file.steps, question.register.rows(code))
            if not question.register.is_whole(code):
                found.append(Finding.of("dossier.register-broken", seq=last))
        except ServiceError:
            return False, [Finding.of("dossier.register-unavailable", seq=last)]
        return not found, found
    found = []
    if question.receipt is not None and question.receipt.dossier == code:
        found = _against_receipt(file.steps, question.receipt)
        if any(f.severity == "error" for f in found):
            return False, found
        if not found and question.receipt.seq == last and is_end(state_of(file.steps)):
            return True, []
    return False, [*found, Finding.of("dossier.head-unproven", seq=last)]


def _against_none(code: str, question: HeadQuestion) -> list[Finding]:
    """A file without steps, of which it is known that some were taken."""
    known = [question.receipt.seq] if question.receipt is not None and question.receipt.dossier == code else []
    if question.register is not None:
        try:
            known += [row.seq for row in question.register.rows(code)]
        except ServiceError:
            return []  # nothing is signed, so nothing is claimed
    return [Finding.of("dossier.truncated", have=0, known=max(known))] if known else []


def _against_rows(steps: Sequence[FiledStep], rows: Sequence[Row]) -> list[Finding]:
    found: list[Finding] = []
    by_seq = {row.seq: row for row in rows}
    for step in steps:
        row = by_seq.get(step.seq)
        if row is None:
            found.append(Finding.of("dossier.not-registered", seq=step.seq))
        elif (row.signature, row.statement, row.timestamp or None) != _digests(step):
            found.append(Finding.of("dossier.forked", seq=step.seq))
    for step in steps[1:]:
        receipt = step.statement.receipt if step.statement else None
        row = by_seq.get(step.seq - 1)
        if receipt and row and (receipt.number, receipt.digest) != (row.number, row.digest):
            found.append(Finding.of("dossier.forked", seq=step.seq - 1))
    known = max(by_seq, default=0)
    if known > len(steps):
        found.append(Finding.of("dossier.truncated", have=len(steps), known=known))
    return found


def _against_receipt(steps: Sequence[FiledStep], receipt: Receipt) -> list[Finding]:
    """Findings against a receipt that someone kept, which may be of any register and older than the file."""
    statements = [s.statement for s in steps if s.statement]
    if any(s.register != receipt.register for s in statements):
        return [Finding.of("register.other", severity="warning", got=receipt.register)]
    if receipt.seq > len(steps):
        return [Finding.of("dossier.truncated", have=len(steps), known=receipt.seq)]
    if receipt.seq < 1 or steps[receipt.seq - 1].signature_digest != receipt.signature:
        return [Finding.of("dossier.forked", seq=receipt.seq)]
    kept = [s.receipt for s in statements if s.receipt]
    if any(k.seq == receipt.seq and k != receipt for k in kept) or any(
        (k.seq < receipt.seq) != (k.number < receipt.number) for k in kept
    ):
        return [Finding.of("dossier.forked", seq=receipt.seq)]
    return []


def _digests(step: FiledStep) -> tuple[str | None, str | None, str | None]:
    return step.signature_digest, step.nonce_digest, step.timestamp_digest
