"""The office's book of seals: which places of its status list are given out, and what each says now.

A place is given out at random when a seal is minted (so that its number tells nothing), stands at *pending* until
both signatures are on the result, then *valid*, and *revoked* for ever when the office withdraws the result. Places
that were never given out read *pending* too: a seal forged with a stolen key does not become valid by chance.

One SQLite file, one writer at a time (BEGIN IMMEDIATE), nothing lost at a power cut (synchronous FULL).
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from eid import EidError, Key, Status, StatusList

from ..clock import moment
from ..errors import MalformedError, RefusedError, UsageError
from ..files import write_file
from .verify import seal_status_uri

LIST_ENTRIES = 1 << 16  # places of one list: a seal spends three bytes on its index
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")  # what a file name does not take from an office's code
WAIT_S = 30.0  # seconds that a second writer waits for the first
_VERSION = 1  # of the tables; stored as PRAGMA user_version
_TABLES = """
CREATE TABLE office (id INTEGER PRIMARY KEY CHECK (id = 1), office TEXT NOT NULL);
CREATE TABLE seal (
    list INTEGER NOT NULL, place INTEGER NOT NULL, state TEXT NOT NULL, number TEXT NOT NULL, dossier TEXT NOT NULL,
    minted_at TEXT NOT NULL, changed_at TEXT NOT NULL, PRIMARY KEY (list, place)
) WITHOUT ROWID;
"""


class SealState(StrEnum):
    """What a place of the list says."""

    PENDING = "pending"
    VALID = "valid"
    REVOKED = "revoked"


_BITS = {SealState.PENDING: Status.SUSPENDED, SealState.VALID: Status.VALID, SealState.REVOKED: Status.REVOKED}
_MAY_BECOME = {
    SealState.PENDING: {SealState.VALID, SealState.REVOKED},
    SealState.VALID: {SealState.PENDING, SealState.REVOKED},  # back to pending: suspended for a while
    SealState.REVOKED: set[SealState](),
}


class SealBook:
    """An open book. Use it as a context manager, or `close` it. A place is (list number, index)."""

    def __init__(self, path: Path, connection: sqlite3.Connection, office: str) -> None:
        self.path, self._connection, self.office = path, connection, office

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, office: str | None = None) -> SealBook:
        """Open the book at `path`; a new one is made when `office` is given and there is none.

        Raises `UsageError` (`seal.book`) when it cannot be opened or belongs to another office, `MalformedError`.
        """
        where = Path(path)
        if office is None and not where.is_file():
            raise UsageError("seal.book", path=where, why="there is none; name the office to make one")
        try:
            connection = sqlite3.connect(where, timeout=WAIT_S, isolation_level=None)
        except sqlite3.Error as e:
            raise UsageError("seal.book", path=where, why=e) from None
        try:
            owner = _prepare(where, connection, office)
            if office is not None and owner != office:
                raise UsageError("seal.book", path=where, why=f"it belongs to office {owner}")
        except BaseException:
            connection.close()
            raise
        return cls(where, connection, owner)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> SealBook:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def allocate(self, *, number: str, dossier: str, at: datetime | None = None) -> tuple[int, int]:
        """A place for a new seal, pending: (list number, index). The next list is begun when one is half full."""
        now = moment(at).isoformat()
        with self._writing() as db:
            (current,) = db.execute("SELECT coalesce(max(list), 1) FROM seal").fetchone()
            (taken,) = db.execute("SELECT count(*) FROM seal WHERE list = ?", (current,)).fetchone()
            if taken >= LIST_ENTRIES // 2:  # random places stay quick to find, and say little
                current += 1
            while True:
                index = secrets.randbelow(LIST_ENTRIES)
                row = (current, index, SealState.PENDING, number, dossier, now, now)
                if db.execute("INSERT OR IGNORE INTO seal VALUES (?, ?, ?, ?, ?, ?, ?)", row).rowcount:
                    return current, index

    def state(self, place: tuple[int, int]) -> SealState:
        """What the place says. Raises `UsageError` (`seal.book-unknown`) for one that was not given out."""
        with self._reading() as db:
            return self._state(db, place)

    def set(self, place: tuple[int, int], wanted: SealState, *, at: datetime | None = None) -> None:
        """Change what the place says; setting what it says already is no error.

        Raises `RefusedError` (`seal.book-transition`): a revoked seal stays revoked.
        """
        with self._writing() as db:
            state = self._state(db, place)
            if state is wanted:
                return
            if wanted not in _MAY_BECOME[state]:
                raise RefusedError("seal.book-transition", index=place[1], state=state, wanted=wanted)
            change = (wanted, moment(at).isoformat(), *place)
            db.execute("UPDATE seal SET state = ?, changed_at = ? WHERE list = ? AND place = ?", change)

    def publish(self, key: Key, *, at: datetime | None = None) -> dict[int, str]:
        """The signed status lists to put under trust `seals/` as `.jwt`: list number → `statuslist+jwt`.

        Each is good for 15 minutes; publish again before that.
        """
        with self._reading() as db:
            rows = db.execute("SELECT list, place, state FROM seal").fetchall()
        lists: dict[int, StatusList] = {}
        for number in sorted({row[0] for row in rows} | {1}):
            lists[number] = StatusList(seal_status_uri(self.office, number), LIST_ENTRIES)
            for index in range(LIST_ENTRIES):
                lists[number].set(index, _BITS[SealState.PENDING])
        try:
            for number, index, state in rows:
                lists[number].set(index, _BITS[SealState(state)])
            return {number: made.token(key, at=at) for number, made in lists.items()}
        except EidError as e:
            raise UsageError("seal.key") from e

    def publish_to(self, folder: str | os.PathLike[str], key: Key, *, at: datetime | None = None) -> list[Path]:
        """`publish` into `folder` (a trust folder's `seals/`), one `.jwt` a list, each replaced atomically."""
        written = []
        for number, token in self.publish(key, at=at).items():
            written.append(Path(folder) / f"{_UNSAFE.sub('_', self.office)}-{number}.jwt")
            write_file(written[-1], token.encode())
        return written

    def _state(self, db: sqlite3.Connection, place: tuple[int, int]) -> SealState:
        row = db.execute("SELECT state FROM seal WHERE list = ? AND place = ?", place).fetchone()
        if row is None:
            raise UsageError("seal.book-unknown", path=self.path, index=place[1])
        return SealState(row[0])

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with _answers(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with _answers(self.path):
            yield self._connection


@contextmanager
def _answers(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except (sqlite3.Error, ValueError) as e:
        raise MalformedError("seal.book", path=path, why=e) from None


def _prepare(path: Path, db: sqlite3.Connection, office: str | None) -> str:
    """Durability, tables, and the office that the book belongs to."""
    with _answers(path):
        db.execute("PRAGMA synchronous = FULL")
        db.execute("BEGIN IMMEDIATE")
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            fresh = version == 0 and not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            if fresh and office is not None:
                for statement in filter(str.strip, _TABLES.split(";")):
                    db.execute(statement)
                db.execute("INSERT INTO office VALUES (1, ?)", (office,))
                db.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise UsageError("seal.book", path=path, why="it is not a book of seals of this version")
            (owner,) = db.execute("SELECT office FROM office").fetchone()
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
    return str(owner)
