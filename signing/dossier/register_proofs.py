"""What a register's timestamped heads prove of a dossier's steps (EN 319 102-1 §5.6.2.3; RFC 4998 chains alike).

A row names a step's signature value and its timestamp token; a head's digest covers every row before it. A timestamp
over that head proves that both existed, if it counts by itself and no link from the row to the head is missing. It
proves nothing of what stands beside a signature, nor that the step was right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from ..errors import ServiceError
from ..policy import Policy
from ..trust.evidence import Evidence
from ..trust.store import TrustStore
from ..validation.timestamp import judge_token
from .file import DossierFile
from .register_chain import HeadTimestamp, Row

NOTHING: Mapping[int, datetime] = MappingProxyType({})


class Chained(Protocol):
    """What is asked of a register; `register.Register` is one."""

    def rows(self, dossier: str) -> Sequence[Row]:
        """All entries of one dossier, by seq."""

    def heads_after(self, number: int) -> Sequence[HeadTimestamp]:
        """The timestamped heads from that entry on, by number; not verified."""

    def leads_to(self, rows: Sequence[Row], head: HeadTimestamp) -> bool:
        """Whether the chain from `rows`, by number, to `head` is complete."""


def register_proofs(
    file: DossierFile, register: Chained, *, trust: TrustStore | None, at: datetime, policy: Policy
) -> Mapping[int, datetime]:
    """By when each step, by its number, existed at the latest; those that no head proves are left out."""
    try:
        return _proven(file, register, trust or TrustStore(), at, policy)
    except ServiceError:
        return NOTHING  # whoever asks for the head is told


def _proven(
    file: DossierFile, register: Chained, trust: TrustStore, at: datetime, policy: Policy
) -> Mapping[int, datetime]:
    left = sorted(_own_rows(file, register), key=lambda row: row.number)
    found: dict[int, datetime] = {}
    evidence = _evidence(file)
    for head in register.heads_after(left[0].number) if left else ():
        covered = [row for row in left if row.number <= head.number]
        if not covered:
            continue  # an earlier head has proven them
        judged = judge_token(head.token, head.imprint, trust=trust, at=at, policy=policy, evidence=evidence)
        if judged.counts and register.leads_to(covered, head):
            found |= dict.fromkeys((row.seq for row in covered), head.token.time)
            left = left[len(covered) :]
    return found


def _own_rows(file: DossierFile, register: Chained) -> Iterable[Row]:
    """The rows that name the very signatures of the file."""
    if file.record is None:
        return
    steps = {step.seq: step for step in file.steps}
    for row in register.rows(file.record.code):
        step = steps.get(row.seq)
        if step is not None and (row.signature, row.timestamp) == (step.signature_digest, step.timestamp_digest or ""):
            yield row


def _evidence(file: DossierFile) -> Evidence:
    """What the steps carry may tell of the authority of the head's timestamp, too."""
    found = Evidence()
    for step in file.steps:
        if step.cms is not None:
            found += Evidence(step.cms.certificates, step.cms.crls, step.cms.ocsps)
    return found
