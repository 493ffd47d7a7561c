"""One application (hồ sơ): papers, signed steps and results in one ASiC-E file (EN 319 162-1).

The state machine, in plain sentences:

A *new* dossier holds the applicant's papers. The receiver takes it in (receive → *received*) or declines it
(→ *declined*, the end). The appraiser finds it eligible or not (appraise → *appraised*), or asks the applicant for more
(request-supplement → *awaiting-supplement*), which the receiver brings in (supplement → *received*). The approver
agrees (approve → *approved*), turns it down (approve → *rejected*), or sends it back to the appraiser (send-back →
*received*). The official signs the result that was asked for, or a refusal after *rejected* (sign → *signed*), or
sends it back to the approver (send-back → *appraised*). The receiver hands the result over (return → *returned*, the
end). Until a result is signed, the applicant may withdraw (stop → *stopped*, the end).

Every event is a statement under a CAdES signature with a timestamp, entered in the register. The table is
`dossier_rules.RULES`. The sign step has two actors: its result must already bear the official's PAdES signature and
then, after it, the office's (made by the clerk once the official's has been checked); the official's signature on the
step closes both in. The office's key takes no step.

Two phases: `prepare` fixes the bytes of the statement; whoever is to sign proves to the identity issuer, for
`draft.nonce`, who they are and with which certificate they will sign; `draft.sign` checks everything and signs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Unpack

from ..asice.names import check_distinct, check_name
from ..clock import moment
from ..cms.cades import Collect, to_b_lt
from ..errors import IndeterminateError, RefusedError, UsageError, VerificationError
from ..files import read_file, write_file
from ..policy import Baseline
from ..report import DossierReport, Finding, Verdict, verdict_of
from ..signer import Signer
from .archive import archived, frozen
from .check import Examination
from .code import DossierCode
from .examine import examine_container
from .file import DossierFile, FiledStep, signature_name
from .input import Papers, Source, content_of, dump_draft, entry_name, load_draft
from .people import nonce_of
from .prepare import Act, Around, Desk, both, examine_with, new_container, next_statement, require_sound, with_paper
from .receipt import Receipt
from .rules import PAPERS, Decision, State, Step, choose_rule
from .sign import Conditions, sign_step
from .statement import DossierRecord, Statement
from .store import commit, locked, recover
from .structure import state_of

__all__ = ["Decision", "Desk", "Dossier", "Draft", "Examination", "State", "Step", "examine_container"]

_NONE: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A dossier as it was read from `path`. Values never change; `add`, `sign` and `extend` give new ones.

    `staged` are files that wait for the step that brings them in.
    """

    path: Path
    desk: Desk = field(repr=False)
    file: DossierFile = field(repr=False)
    base: bytes = field(repr=False)
    staged: Mapping[str, bytes] = field(default_factory=lambda: _NONE, repr=False)
    proven: bool = field(default=False, repr=False)

    @classmethod
    def new(
        cls,
        path: str | os.PathLike[str],
        *,
        code: str,
        procedure: str,
        office: str,
        applicant: Mapping[str, str],
        papers: Papers = (),
        deadline: datetime | None = None,
        rule_set: str = "",
        **around: Unpack[Around],
    ) -> Dossier:
        """Write a new dossier to `path`, which must not exist.

        `papers` are paths, or names with paths or contents. `applicant` should hold as little as the procedure needs.
        Raises `MalformedError` (`dossier.code`, `asice.name`, `dossier.record-malformed`), `UsageError`, `LimitError`.
        """
        record = DossierRecord(
            code=code,
            procedure=procedure,
            office=office,
            applicant=MappingProxyType(dict(applicant)),
            deadline=deadline,
            rule_set=rule_set,
        )
        data = new_container(record, papers).to_bytes()
        write_file(path, data, overwrite=False)
        return cls._of(Path(path), data, Desk(**around))

    @classmethod
    def open(cls, path: str | os.PathLike[str], **around: Unpack[Around]) -> Dossier:
        """Read a dossier; a step that was entered in the register but not put in place is finished first.

        Nothing is verified: see `verify`. Raises `MalformedError`, `LimitError`, `UsageError`, `ServiceError`.
        """
        desk, real = Desk(**around), _real(path)
        if desk.register is not None:
            recover(real, desk.register)
        return cls._of(real, read_file(real), desk)

    @classmethod
    def _of(cls, path: Path, data: bytes, desk: Desk) -> Dossier:
        file = DossierFile.read(data)
        if file.record is None:
            raise VerificationError("dossier.invalid", **both(file.findings))
        return cls(path=path, desk=desk, file=file, base=hashlib.sha256(data).digest())

    @property
    def record(self) -> DossierRecord:
        """What `dossier.json` says."""
        record = self.file.record
        assert record is not None  # noqa: S101 - `_of` refuses files without one
        return record

    @property
    def code(self) -> str:
        """The dossier code (mã số hồ sơ)."""
        return self.record.code

    @property
    def steps(self) -> tuple[FiledStep, ...]:
        """The steps in the file, not verified."""
        return self.file.steps

    @property
    def state(self) -> State:
        """Where the dossier stands according to its statements, not verified."""
        return state_of(self.file.steps)

    @property
    def receipt(self) -> Receipt | None:
        """The register's receipt for the last step, for the applicant's slip; None where it holds no such step."""
        if self.desk.register is None or not self.steps:
            return None
        receipt = self.desk.register.receipt(self.code, len(self.steps))
        return receipt if receipt and receipt.signature == self.steps[-1].signature_digest else None

    def warnings(self) -> tuple[Finding, ...]:
        """What is unusual about the dossier's code."""
        return DossierCode.parse(self.code).warnings()

    def summary(self) -> dict[str, Any]:
        """What the dossier says about itself, as JSON members; nothing of it is verified."""
        steps = [s.statement.summary() for s in self.steps if s.statement]
        return {**self.record.summary(), "state": str(self.state), "steps": steps}

    def read(self, name: str) -> bytes:
        """The content of one entry, or of a staged file. Raises `UsageError`."""
        if name in self.staged:
            return self.staged[name]
        if name not in self.file.container:
            raise UsageError("input.unreadable", path=name, why="not in the dossier")
        return self.file.container[name]

    def add(self, source: Source, name: str | None = None) -> Dossier:
        """A paper or result: `name` is `papers/…` or `results/…`, or a bare name for a paper.

        Before step 1 the paper is written into the file at once; afterwards the file is staged for the next step.
        Raises `RefusedError` (`dossier.file-exists`, `dossier.moved-on`), `MalformedError` (`asice.name`).
        """
        if name is None:
            if isinstance(source, bytes):
                raise UsageError("usage.argument", why="contents need a name")
            name = Path(source).name
        entry, content = entry_name(name), content_of(source)
        check_name(entry)
        taken = (*self.file.container, *self.staged)
        if entry in taken:
            raise RefusedError("dossier.file-exists", name=entry)
        check_distinct((*taken, entry))
        if self.steps or not entry.startswith(PAPERS):
            return replace(self, staged=MappingProxyType({**self.staged, entry: content}))
        made = with_paper(self.file.container, self.record, entry, content)
        return replace(self._replaced(made.to_bytes()), staged=self.staged)

    def _replaced(self, data: bytes) -> Dossier:
        """The dossier after its file was replaced by one that takes no step."""
        with locked(self.path):
            if hashlib.sha256(read_file(self.path)).digest() != self.base:
                raise RefusedError("dossier.moved-on")
            write_file(self.path, data)
        return self._of(self.path, data, self.desk)

    def prepare(
        self,
        step: Step,
        *,
        decision: Decision | None = None,
        note: str = "",
        role: str | None = None,
        office: str | None = None,
        at: datetime | None = None,
    ) -> Draft:
        """Fix the statement of the next step; files staged by `add` come in with it.

        `decision` may be left out where only one goes forward. `office` is the dossier's, `role` the one that the
        roles grant this step. Raises `RefusedError` (`dossier.order`, `dossier.note-needed`, `dossier.files-needed`,
        `dossier.files-forbidden`, `dossier.not-sound`), `UsageError` (`dossier.decision-needed`), `ServiceError`.
        """
        now = moment(at)
        choose_rule(self.state, step, decision)  # the cheapest refusal first
        ground = require_sound(self.file, self.desk, now, proven=self.proven)
        act = Act(step=step, decision=decision, note=note, role=role, office=office)
        statement = next_statement(self.file, self.staged, self.desk, act, ground, now)
        checked = replace(self, proven=self.desk.trust is not None)
        return Draft(dossier=checked, statement=statement, files=self.staged)

    def examine(
        self, *, at: datetime | None = None, receipt: Receipt | None = None, show_ids: bool = False
    ) -> Examination:
        """Everything that can be said about the dossier; never raises for a bad one."""
        return examine_with(self.file, self.desk, moment(at), receipt=receipt, show_ids=show_ids)

    def verify(self, *, at: datetime | None = None, receipt: Receipt | None = None) -> DossierReport:
        """The dossier's report, once every step holds. Its `complete` says whether the last step is known to be last.

        Raises `VerificationError` (`dossier.invalid`) or `IndeterminateError` (`dossier.indeterminate`).
        """
        found = self.examine(at=at, receipt=receipt)
        verdict = verdict_of(found.signatures, found.findings)
        if verdict is Verdict.INVALID:
            raise VerificationError("dossier.invalid", **both(found.errors))
        if verdict is not Verdict.VALID or found.dossier is None:
            inner = [f for s in found.signatures if s.sub_indication for f in s.findings]
            raise IndeterminateError("dossier.indeterminate", **both(inner))
        return found.dossier

    def extend(self, baseline: Baseline = Baseline.B_LT, *, collect: Collect) -> Dossier:
        """Raise every step's signature to B-LT, in place; with B-LTA, then put an archive timestamp over everything.

        What was signed, what an archive timestamp covers, and the register stay as they are; another call with B-LTA
        renews. `collect` finds the evidence (see `revocation.collect_evidence`). Raises `UsageError`, `ServiceError`.
        """
        if baseline not in (Baseline.B_LT, Baseline.B_LTA):
            raise UsageError("baseline.unsupported", format="CAdES", baseline=baseline, highest=Baseline.B_LTA)
        if baseline is Baseline.B_LTA and self.desk.tsa is None:
            raise UsageError("timestamp.needed", baseline=baseline)
        container, kept = self.file.container, frozen(self.file.container)
        names = [name for step in self.steps if (name := signature_name(step.seq)) not in kept]
        grown = {name: to_b_lt(container[name], collect) for name in names}
        made = container.with_files(grown) if grown else container
        if baseline is Baseline.B_LTA and self.steps and self.desk.tsa is not None:
            made = archived(made, self.desk.tsa, collect)
        return self._replaced(made.to_bytes()) if made is not container else self


def _real(path: str | os.PathLike[str]) -> Path:
    """Where links lead: a link to a dossier stays one, and the file behind it is what grows."""
    try:
        return Path(os.path.realpath(path))
    except ValueError as e:
        raise UsageError("input.unreadable", path=path, why=e) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A prepared step: its statement will not change any more. It can be saved, and signed elsewhere or later."""

    dossier: Dossier
    statement: bytes
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def nonce(self) -> str:
        """What the identity issuer's step proof must be for: base64url of the statement's SHA-256."""
        return nonce_of(self.statement)

    @property
    def office(self) -> str:
        """The office in whose name the step is taken; the audience of the step proof."""
        return Statement.parse(self.statement, "statement").office

    def sign(self, signer: Signer, proof: str, *, at: datetime | None = None) -> Dossier:
        """Take the step: check everything, sign, enter it in the register, replace the file; the dossier after it.

        Raises `RefusedError` (`dossier.role`, `dossier.moved-on`, `dossier.result-unsigned`, `register.taken`,
        `certificate.*`, …), `VerificationError` (`dossier.proof`), `UsageError` (`dossier.trust-needed`,
        `timestamp.needed`), `ServiceError`. Nothing is written unless all of it succeeds.
        """
        dossier, desk = self.dossier, self.dossier.desk
        if desk.trust is None:
            raise UsageError("dossier.trust-needed")
        if desk.tsa is None:
            raise UsageError("timestamp.needed", baseline=Baseline.B_T)
        now = moment(at)
        if not dossier.proven:
            require_sound(dossier.file, desk, now, proven=False)
        statement = Statement.parse(self.statement, "statement")
        register = desk.register.head().register if desk.register else None
        if (statement.register, statement.receipt) != (register, dossier.receipt):
            raise RefusedError("dossier.moved-on")  # prepared with another register, or with none
        conditions = Conditions(trust=desk.trust, tsa=desk.tsa, http=desk.http, at=now, policy=desk.policy)
        signed = sign_step(dossier.file, self.statement, self.files, signer, proof, conditions)
        commit(
            dossier.path,
            signed.data,
            base=dossier.base,
            entry=signed.entry,
            after=signed.after,
            register=desk.register,
            at=now,
        )
        return Dossier(
            path=dossier.path,
            desk=desk,
            file=signed.file,
            base=hashlib.sha256(signed.data).digest(),
            proven=True,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Keep the draft in a file that only its owner can read. Raises `UsageError`."""
        write_file(path, dump_draft(self.dossier.base, self.statement, self.files), mode=0o600)

    @classmethod
    def load(cls, path: str | os.PathLike[str], dossier: Dossier) -> Draft:
        """A saved draft of this dossier. Raises `MalformedError`, or `RefusedError` (`dossier.moved-on`)."""
        base, statement, files = load_draft(read_file(path))
        if base != dossier.base:
            raise RefusedError("dossier.moved-on")
        Statement.parse(statement, "statement")
        return cls(dossier=dossier, statement=statement, files=MappingProxyType(files))
