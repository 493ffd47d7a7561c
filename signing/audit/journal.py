"""The journal of an audit (JSON Lines): every Report with the state of the file that it is about.

An audit that was stopped or killed goes on from it: what it holds is said again, what is new or has changed is judged.
Its first line tells the conditions (trust, rules, time, program); under others its answers would not hold, so it is
refused. Each file is judged as of its own time unless `at` is given: a journal may be gone on with on another day, and
timestamps of documents that are younger than the journal would lie in its future.

Who can write to a journal can make a forgery valid: one that others may write to is refused.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..lines import LinesFile, Told, opened_lines
from ..report import Report, json_line
from ..report.more import with_more
from ..report.read import report_from
from ..workers import Limits, Settled
from .conditions import conditions, register_state
from .entry import AGAIN, LIMITED, Entry, State, head_of, key_of, line_of, parse_line
from .judges import Rules
from .walk import Task
from .work import judging

NAME = "audit-journal.jsonl"
MAX_LINE_BYTES = 64 * 1024 * 1024  # bytes; a longer Report is judged anew each time
BATCH_ENTRIES = 256  # Reports that a kill may lose, or those of
BATCH_S = 1.0  # seconds
READS_OTHER_FILES = frozenset({"xades"})  # kinds of documents that name files beside them: those may have changed
LACKS_FILE = "SIGNED_DATA_NOT_FOUND"  # EN 319 102-1: what was signed is not there
_BEGINNING = b'{"audit": {"program": '  # of every journal
_TOLD = Told(
    busy="audit.busy", full="bulk.disk-full", malformed="audit.journal-malformed", unwritable="audit.journal-unwritable"
)
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class AuditJournal:
    """An open journal; `known` answers from its index, which is kept on disk. Use `opened_journal`."""

    def __init__(self, file: LinesFile, limits: Limits) -> None:
        self._file, self._limits = file, str(limits)
        self._asks_register = False
        self._register: str | None = None  # how it stands in this run, if that can be told
        # a private file that vanishes: memory stays flat however long the journal is
        self._index = sqlite3.connect("", isolation_level=None)
        self._waiting: list[tuple[Entry, bytes, str]] = []
        self._written = time.monotonic()
        self.conditions: dict[str, Any] | None = None

    def load(self) -> None:
        """Drop a line that was cut, index the rest. Raises `MalformedError` `audit.journal-malformed`."""
        rows = (
            "path TEXT PRIMARY KEY, place INTEGER, size INTEGER, state TEXT, seen INTEGER, limits TEXT, register TEXT,"
            " folder TEXT, rests TEXT"
        )
        self._index.execute(f"CREATE TABLE entry ({rows}) WITHOUT ROWID")
        self._index.execute("BEGIN")
        if not self._file.begins_as(_BEGINNING):
            raise self._file.malformed(1, "no audit wrote it")
        end, limits, register = 0, "", None
        for number, (place, line) in enumerate(self._file.lines(), 1):
            end = place + len(line)
            try:
                read = parse_line(line)
                if isinstance(read, Entry):
                    self._note(read, place, len(line), limits, register, _told_rests(read.told))
                elif "audit" in read:
                    self.conditions = head_of(read, number)
                else:
                    limits, register = str(read["run"]), None if (r := read.get("register")) is None else str(r)
                if self.conditions is None:
                    raise ValueError("audit")
            except ValueError as e:
                raise self._file.malformed(number, e) from None
        self._file.cut(end)

    def begin(self, rules: Rules) -> None:
        """The head of a run.

        Raises `UsageError` `audit.journal-other` where the journal was made under other conditions.
        """
        if self.conditions is None:
            self.conditions = conditions(rules)
            self._file.append([json_line({"audit": self.conditions}).encode()])
        for name, value in conditions(rules).items():
            if self.conditions.get(name) != value:
                raise UsageError("audit.journal-other", path=self._file.path, what=name)
        self._asks_register, self._register = rules.register is not None, register_state(rules)
        self._file.append([json_line({"run": self._limits, "register": self._register}).encode()])

    def known(self, task: Task, state: State | None) -> Report | None:
        """The Report of an earlier run, if the file is as it was. Raises `MalformedError`."""
        columns = "SELECT place, size, state, seen, limits, register FROM entry WHERE path = ?"
        row = None if state is None else self._index.execute(columns, (key_of(task.path),)).fetchone()
        if state is None or row is None or row[2] != state.text:
            return None
        report = self._at(row[0], row[1])
        if report.kind in READS_OTHER_FILES:
            return None
        if report.dossier is not None and self._asks_register and (self._register is None or row[5] != self._register):
            return None  # the register has moved on, or cannot be asked
        codes = {finding.code for finding in report.all_findings()}
        if codes & AGAIN or (codes & LIMITED and row[4] != self._limits):
            return None  # what failed for a reason outside the file is tried once more
        return report if state.is_same(task, row[3], report.sha256) else None

    def judged_state(self, task: Task) -> str | None:
        """The state in which the file was judged, None if it never was; empty where that is in doubt."""
        row = self._index.execute("SELECT state FROM entry WHERE path = ?", (key_of(task.path),)).fetchone()
        return None if row is None else str(row[0])

    def doubt(self, rests: str, folder: str | None = None) -> None:
        """Have files judged again whose Reports rest on `others`, `missing` ones, or a `register` that moved on.

        `folder` is the key of theirs; None is all.
        """
        self.flush()
        chosen = "UPDATE entry SET state = '' WHERE rests = ? AND (folder = ? OR ? IS NULL)"
        moved = " AND (rests != 'register' OR register IS NOT ?)"
        self._index.execute(chosen + moved, (rests, folder, folder, self._register))

    def register_moved(self, rules: Rules) -> bool:
        """Whether the register stands otherwise than when this was asked last."""
        before, self._register = self._register, register_state(rules)
        return before != self._register

    def add(self, task: Task, state: State, report: Report) -> None:
        """Remember a Report; durable with its batch. Raises `UsageError` `audit.journal-unwritable`."""
        entry = Entry(path=key_of(task.path), state=state, told=None)
        line = line_of(entry, report)
        if len(line) < MAX_LINE_BYTES:
            lacks = any(s.sub_indication == LACKS_FILE for s in report.signatures)
            self._waiting.append((entry, line, _rests(report.kind, report.dossier, lacks)))
        if len(self._waiting) >= BATCH_ENTRIES or time.monotonic() - self._written >= BATCH_S:
            self.flush()

    def flush(self) -> None:
        """Make all that was added durable."""
        if self._waiting:
            place = self._file.append([line for _, line, _ in self._waiting])
            for entry, line, rests in self._waiting:
                self._note(entry, place, len(line) + 1, self._limits, self._register, rests)
                place += len(line) + 1
            self._waiting.clear()
        self._written = time.monotonic()

    def reports(self) -> Iterator[Report]:
        """The newest Report of every file, by path. Raises `MalformedError`."""
        for place, size in self._index.execute("SELECT place, size FROM entry ORDER BY path"):
            yield self._at(place, size)

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def _note(self, entry: Entry, place: int, size: int, limits: str, register: str | None, rests: str) -> None:
        about = (entry.state.text, entry.state.seen_ns, limits, register)
        row = (entry.path, place, size, *about, entry.path.rpartition("/")[0], rests)
        self._index.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _at(self, place: int, size: int) -> Report:
        try:
            read = parse_line(self._file.line_at(place, size))
            if not isinstance(read, Entry):
                raise ValueError("changed while it was read")
            return with_more(report_from(read.told), read.more)
        except ValueError as e:
            raise self._file.malformed(f"@{place}", e) from None


def _rests(kind: object, dossier: object, lacks: bool) -> str:
    """What else than its own file decided a Report: the register, others beside it, or some that are missing there."""
    if dossier is not None:
        return "register"
    return "" if kind not in READS_OTHER_FILES else "missing" if lacks else "others"


def _told_rests(told: Any) -> str:
    if not isinstance(told, dict):
        return ""
    signatures = told.get("signatures")
    every = [s for s in signatures if isinstance(s, dict)] if isinstance(signatures, list) else []
    kind = told.get("kind") if isinstance(told.get("kind"), str) else None
    return _rests(kind, told.get("dossier"), any(s.get("sub_indication") == LACKS_FILE for s in every))


@contextmanager
def opened_journal(path: Path, limits: Limits) -> Iterator[AuditJournal]:
    """The journal at `path`, made if it is missing, read and locked against a second audit.

    Raises `UsageError` (`audit.busy`, `audit.journal-…`, `bulk.index`) and `MalformedError`.
    """
    with opened_lines(path, _TOLD, max_line=MAX_LINE_BYTES) as file:
        about = file.state()
        if about.st_uid not in {os.geteuid(), 0} or about.st_mode & _WRITABLE_BY_OTHERS:
            raise UsageError("audit.journal-untrusted", path=path)
        journal = AuditJournal(file, limits)
        try:
            journal.load()
            yield journal
        except sqlite3.Error as e:
            raise UsageError("bulk.index", why=e) from None
        finally:
            journal.close()


def journaled(
    path: Path, todo: Iterator[Task], rules: Rules, limits: Limits, *, jobs: int, dask: str | None
) -> Iterator[Report]:
    """The Reports of all files, in their order, judged now where the journal does not hold them."""
    with opened_journal(path, limits) as book:
        book.begin(rules)
        order: deque[tuple[Task, State | None]] = deque()  # of what was taken; a state where the Report will be new

        def items() -> Iterator[Task | Settled[Report]]:
            for task in todo:
                state = State.of(task)
                report = book.known(task, state)
                order.append((task, state if report is None else None))
                yield task if report is None else Settled(report)

        try:
            with judging(rules, jobs=jobs, limits=limits, dask=dask) as answers:
                for report in answers(items()):
                    task, state = order.popleft()
                    if state is not None:
                        book.add(task, state, report)
                    yield report
        finally:
            book.flush()
