"""Preparing a step: the new dossier, what stands around it, whether it may be built on, and the next statement."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, TypedDict

from ..asice.container import Container
from ..clock import moment
from ..cms.tsa_pool import TimestampSource
from ..errors import LimitError, RefusedError
from ..http import Http
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding
from ..trust.store import TrustStore
from .check import Examination, Judge, examine
from .code import DossierCode
from .file import DossierFile
from .head import HeadQuestion
from .input import Papers, content_of, named, title_of
from .people import role_for
from .receipt import Receipt
from .results import WAITING
from .rules import PAPERS, Decision, Step, check_content, choose_rule
from .statement import MAX_STEPS, RECORD, Added, DossierRecord, Paper, Statement, whole_seconds
from .structure import previous_of, state_of

if TYPE_CHECKING:
    from .register import Register


class Around(TypedDict, total=False):
    """The keywords of `Dossier.new` and `Dossier.open` that say what stands around a dossier; see `Desk`."""

    trust: TrustStore | None
    register: Register | None
    tsa: TimestampSource | None
    http: Http | None
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What stands around a dossier: whom to trust, the office's register, the timestamp authority.

    `http` fetches revocation answers for whoever is about to sign; without it nobody is asked.
    """

    trust: TrustStore | None = None
    register: Register | None = None
    tsa: TimestampSource | None = None
    http: Http | None = None
    policy: Policy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What an official is about to state; see `Dossier.prepare`."""

    step: Step
    decision: Decision | None = None
    note: str = ""
    role: str | None = None
    office: str | None = None


def new_container(record: DossierRecord, papers: Papers) -> Container:
    """A container with `dossier.json` and the papers; the record lists them. Raises `MalformedError`, `UsageError`."""
    contents = {name: content_of(source) for name, source in named(papers)}
    DossierCode.parse(record.code)
    deadline = None if record.deadline is None else whole_seconds(moment(record.deadline))
    listed = tuple(Paper(name=name, title=title_of(name)) for name in contents)
    text = replace(record, papers=listed, deadline=deadline).to_bytes()
    DossierRecord.parse(text)
    return Container(MappingProxyType({RECORD: text, **contents}))


def with_paper(container: Container, record: DossierRecord, name: str, content: bytes) -> Container:
    """The container of a new dossier with one more paper."""
    papers = (*record.papers, Paper(name=name, title=title_of(name)))
    return container.with_files({RECORD: replace(record, papers=papers).to_bytes(), name: content})


def examine_with(
    file: DossierFile, desk: Desk, at: datetime, *, receipt: Receipt | None = None, show_ids: bool = False
) -> Examination:
    """Everything about the dossier, judged by what stands around it."""
    head = HeadQuestion(register=desk.register, receipt=receipt)
    return examine(file, Judge(trust=desk.trust, at=at, policy=desk.policy, head=head, show_ids=show_ids))


@dataclass(frozen=True, slots=True)
class Ground:
    """What the next step stands on: the register's name, and its receipt for the last step."""

    register: str | None = None
    receipt: Receipt | None = None


def require_sound(file: DossierFile, desk: Desk, now: datetime, *, proven: bool) -> Ground:
    """Refuse to build on a dossier that does not hold, or that belongs into another register.

    Missing revocation answers do not count: the signatures may still be waiting to be raised to B-LT. `proven` says
    that this very file was examined, or made, before.
    """
    ground = _ground(file, desk)
    if file.steps and not proven:
        found = examine_with(file, desk, now)
        if found.errors:
            raise RefusedError("dossier.not-sound", **both(found.errors))
        doubts = [s for s in found.signatures if s.sub_indication not in WAITING]
        if doubts and desk.trust is not None:
            raise RefusedError("dossier.not-sound", **both(doubts[0].findings))
    return ground


def _ground(file: DossierFile, desk: Desk) -> Ground:
    first = file.steps[0].statement if file.steps else None
    known = first.register if first else None
    if desk.register is None or file.record is None:
        if known is not None:
            raise RefusedError("dossier.register-needed", got=known)
        return Ground()
    name = desk.register.head().register
    if known not in (None, name):
        raise RefusedError("register.other", got=known)
    rows = desk.register.rows(file.record.code)
    if len(rows) > len(file.steps):
        raise RefusedError("register.taken", dossier=file.record.code, seq=len(file.steps) + 1)
    return Ground(name, rows[-1].receipt(name) if rows else None)


def next_statement(
    file: DossierFile, staged: Mapping[str, bytes], desk: Desk, act: Act, ground: Ground, now: datetime
) -> bytes:
    """The bytes of the next statement. Raises `RefusedError`, `UsageError`."""
    record, container = file.record, file.container
    if record is None:
        raise RefusedError("dossier.not-sound", **both(file.findings))
    rule = choose_rule(state_of(file.steps), act.step, act.decision)
    there = {} if file.steps else {n: container[n] for n in container if n.startswith(PAPERS)}
    names = {**there, **staged}
    check_content(rule, act.note, tuple(names))
    if len(file.steps) >= MAX_STEPS:
        raise LimitError("asice.too-many", what=record.code, limit=MAX_STEPS)
    office = act.office or record.office
    statement = Statement(
        code=record.code,
        record=container.sha256(RECORD).hex(),
        seq=len(file.steps) + 1,
        step=rule.step,
        event=rule.event,
        decision=rule.decision,
        note=unicodedata.normalize("NFC", act.note),
        office=office,
        role=act.role or role_for(desk.trust, office, act.step, rule.role),
        time=whole_seconds(now),
        files=tuple(Added.of(name, content) for name, content in names.items()),
        previous=previous_of(file.steps[-1]) if file.steps else None,
        register=ground.register,
        receipt=ground.receipt,
    ).to_bytes()
    Statement.parse(statement, "statement")
    return statement


def both(findings: Iterable[Finding]) -> dict[str, str]:
    """`why` and `why_vi` from the first of some findings; that there is no signature, when there are none."""
    first = next(iter(findings), Finding.of("document.unsigned"))
    return {"why": f"{first.text} [{first.code}]", "why_vi": f"{first.text_vi} [{first.code}]"}
