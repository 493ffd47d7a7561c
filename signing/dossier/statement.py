"""The two kinds of records in a dossier: `dossier.json` and the signed statement of each step.

A statement is written once, as canonical JSON, and kept byte for byte. Its SHA-256 is the nonce of the step proof. It
names the step before by the SHA-256 of that step's *signature value* and timestamp token, which never change, and not
by its file, which grows when validation data is added.

    version   1
    dossier   {code, record}     record = SHA-256 of dossier.json
    seq, step, event, decision, note, time (claimed)
    actor     {office, role}
    files     [{name, sha256, size}]      what this step brings in
    previous  null | {seq, statement, signature, timestamp, time}
    register  null | the name of the office's register, the same in every step
    receipt   null | the register's receipt for the step before
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from ..asice.names import check_name
from .canonical import Members, dump_canonical, load_canonical
from .code import DossierCode
from .receipt import Receipt
from .rules import PAPERS, Decision, Step

RECORD = "dossier.json"
MAX_STEPS = 999  # the names of files have three digits
MAX_NOTE_CHARS = 4000
MAX_OFFICE_CHARS = 35  # QĐ 20/2020 Đ4
_OFFICE = re.compile(r"[0-9A-Z]+(?:\.[0-9A-Z]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper that the applicant filed: its entry under `papers/` and its title."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierRecord:
    """`dossier.json`: what the dossier is about, fixed by step 1.

    `applicant` holds as little as the procedure needs; `rule_set` names the rules it was accepted under.
    """

    code: str
    procedure: str
    office: str
    applicant: Mapping[str, str] = field(repr=False)
    papers: tuple[Paper, ...] = ()
    deadline: datetime | None = None
    rule_set: str = ""

    def to_bytes(self) -> bytes:
        """The canonical text."""
        return dump_canonical(self.summary(), RECORD)

    def summary(self) -> dict[str, Any]:
        """The members of the JSON object."""
        return {
            "version": 1,
            "code": self.code,
            "procedure": self.procedure,
            "office": self.office,
            "applicant": dict(self.applicant),
            "papers": [{"name": p.name, "title": p.title} for p in self.papers],
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "rule_set": self.rule_set,
        }

    @classmethod
    def parse(cls, data: bytes) -> DossierRecord:
        """Read `dossier.json`. Raises `MalformedError` or `LimitError`."""
        m = Members(load_canonical(data, RECORD), RECORD)
        if m.number("version") != 1:
            m.fail("version")
        deadline = m.maybe_text("deadline", most=40)
        record = cls(
            code=DossierCode.parse(m.text("code")).text,
            procedure=m.text("procedure", most=64),
            office=_office(m, m.text("office", most=MAX_OFFICE_CHARS)),
            applicant=_applicant(m),
            papers=tuple(_paper(p) for p in m.items("papers")),
            deadline=None if deadline is None else _moment(m, "deadline", deadline),
            rule_set=m.text("rule_set"),
        )
        m.done()
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """One file that a step brings in; `sha256` in hex, `size` in bytes."""

    name: str
    sha256: str
    size: int

    @classmethod
    def of(cls, name: str, content: bytes) -> Added:
        """The entry for this content."""
        return cls(name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """The step before, by what of it never changes; digests in hex, `time` that of its timestamp."""

    seq: int
    statement: str
    signature: str
    timestamp: str | None
    time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one official states in one step."""

    code: str
    record: str
    seq: int
    step: Step
    event: str
    decision: Decision
    note: str
    office: str
    role: str
    time: datetime
    files: tuple[Added, ...] = ()
    previous: Previous | None = None
    register: str | None = None
    receipt: Receipt | None = None

    def to_bytes(self) -> bytes:
        """The canonical text, which is what is stored and hashed."""
        return dump_canonical(
            {
                "version": 1,
                "dossier": {"code": self.code, "record": self.record},
                "seq": self.seq,
                "step": str(self.step),
                "event": self.event,
                "decision": str(self.decision),
                "note": self.note,
                "actor": {"office": self.office, "role": self.role},
                "time": self.time.isoformat(),
                "files": [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in self.files],
                "previous": _previous_dict(self.previous),
                "register": self.register,
                "receipt": self.receipt.to_dict() if self.receipt else None,
            },
            "statement",
        )

    def summary(self) -> dict[str, Any]:
        """What a person wants to know of it, as JSON members."""
        names = ("step", "event", "decision", "note", "office", "role")
        shown = {name: str(getattr(self, name)) for name in names}
        return {"seq": self.seq, **shown, "time": self.time.isoformat()}

    @classmethod
    def parse(cls, data: bytes, name: str) -> Statement:
        """Read a statement; `name` is its entry, for errors. Raises `MalformedError` or `LimitError`."""
        m = Members(load_canonical(data, name), name)
        if m.number("version") != 1:
            m.fail("version")
        dossier, actor = Members(m.value("dossier"), name), Members(m.value("actor"), name)
        receipt, previous = m.value("receipt"), m.value("previous")
        statement = cls(
            code=dossier.text("code"),
            record=dossier.digest("record"),
            seq=m.number("seq", least=1, most=MAX_STEPS),
            step=_choice(m, "step", Step),
            event=m.text("event", most=40),
            decision=_choice(m, "decision", Decision),
            note=m.text("note", most=MAX_NOTE_CHARS),
            office=_office(m, actor.text("office", most=MAX_OFFICE_CHARS)),
            role=actor.text("role", most=40),
            time=_moment(m, "time", m.text("time", most=40)),
            files=tuple(_added(f, name) for f in m.items("files")),
            previous=None if previous is None else _previous(previous, name),
            register=m.maybe_text("register", most=32),
            receipt=None if receipt is None else Receipt.from_dict(receipt),
        )
        for members in (m, dossier, actor):
            members.done()
        return statement


def _previous_dict(previous: Previous | None) -> dict[str, Any] | None:
    if previous is None:
        return None
    return {
        "seq": previous.seq,
        "statement": previous.statement,
        "signature": previous.signature,
        "timestamp": previous.timestamp,
        "time": previous.time.isoformat() if previous.time else None,
    }


def _previous(value: object, name: str) -> Previous:
    m = Members(value, name)
    time = m.maybe_text("time", most=40)
    timestamp = m.value("timestamp")
    previous = Previous(
        seq=m.number("seq", least=1, most=MAX_STEPS),
        statement=m.digest("statement"),
        signature=m.digest("signature"),
        timestamp=None if timestamp is None else Members({"timestamp": timestamp}, name).digest("timestamp"),
        time=None if time is None else _moment(m, "time", time),
    )
    m.done()
    return previous


def _added(value: object, name: str) -> Added:
    m = Members(value, name)
    added = Added(name=m.text("name", most=512), sha256=m.digest("sha256"), size=m.number("size"))
    m.done()
    check_name(added.name)
    return added


def _paper(value: object) -> Paper:
    m = Members(value, RECORD)
    paper = Paper(name=m.text("name", most=512), title=m.text("title", most=400))
    m.done()
    check_name(paper.name)
    if not paper.name.startswith(PAPERS):
        m.fail("name")
    return paper


def _applicant(m: Members) -> Mapping[str, str]:
    value = m.value("applicant")
    if not isinstance(value, dict) or len(value) > 20:
        m.fail("applicant")
    if not all(isinstance(v, str) and len(k) <= 40 and len(v) <= 400 for k, v in value.items()):
        m.fail("applicant")
    return MappingProxyType(value)


def _office(m: Members, office: str) -> str:
    if not _OFFICE.fullmatch(office):
        m.fail("office")
    return office


def _choice(m: Members, member: str, kind: Any) -> Any:
    try:
        return kind(m.text(member, most=40))
    except ValueError:
        m.fail(member)


def _moment(m: Members, member: str, text: str) -> datetime:
    """A time as `isoformat` writes it, with its zone; other spellings would break the canonical form."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        m.fail(member)
    if value.tzinfo is None or value.isoformat() != text:
        m.fail(member)
    return value


def whole_seconds(time: datetime) -> datetime:
    """The claimed time as a statement carries it: UTC, whole seconds."""
    return time.astimezone(UTC).replace(microsecond=0)
