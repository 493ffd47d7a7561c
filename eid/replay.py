"""Replay memory: a token is used once (RFC 7519 §4.1.7). Entries are (issuer, token id), never the token's text.

`MemoryReplay` forgets at a restart; `SqliteReplay` does not. Both keep an entry until its token has expired, test and
set in one act, and say so when they are full instead of forgetting.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from typing import Protocol

from .arguments import check_kind
from .errors import IndeterminateError, UsageError
from .files import PRIVATE

MAX_ENTRIES = 1_000_000  # tokens remembered at once; each lives at most ten minutes
CLOCKS_DIFFER_S = 120  # seconds by which the clocks of processes that share one file may differ
_SWEEP_EVERY = 4096
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe nobody reads must not block


class ReplayStore(Protocol):
    """Remembers which tokens were used."""

    def use(self, issuer: str, token_id: str, expires: int, now: float) -> bool:
        """True if the token was not used before; it counts as used from here until `expires`. Atomic."""
        ...


class MemoryReplay:
    """Replay memory of one process, shared by its threads."""

    __slots__ = ("_full_until", "_lock", "_max", "_sweep_at", "_used")

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        if type(max_entries) is not int or max_entries < 1:
            raise UsageError("usage.argument", why="max_entries must be a whole number above 0")
        self._used: dict[str, dict[str, int]] = {}  # issuer: token id: second of expiry
        self._max = max_entries
        self._sweep_at = min(_SWEEP_EVERY, max_entries)
        self._full_until = 0  # until this second another sweep would find nothing, at the cost of reading all
        self._lock = threading.Lock()

    def use(self, issuer: str, token_id: str, expires: int, now: float) -> bool:
        """True if new. `IndeterminateError` (`replay.full`) when no place is left."""
        with self._lock:
            used = self._used.get(issuer)
            if used is None:
                used = self._used[issuer] = {}
            if token_id in used:
                return False
            if len(used) >= self._sweep_at:
                self._sweep(now)
                used = self._used.setdefault(issuer, {})
            used[token_id] = expires
            return True

    def _sweep(self, now: float) -> None:
        """Forget what has expired; the limit counts all issuers together."""
        if now < self._full_until:
            raise IndeterminateError("replay.full")
        self._used = {
            issuer: {name: expires for name, expires in used.items() if expires > now}
            for issuer, used in self._used.items()
        }
        count = sum(map(len, self._used.values()))
        if count >= self._max:
            self._full_until = min((expires for used in self._used.values() for expires in used.values()), default=0)
            raise IndeterminateError("replay.full")
        self._sweep_at = min(2 * count + _SWEEP_EVERY, self._max)


class SqliteReplay:
    """Replay memory in a file of mode 0600, shared by one user's processes and kept over restarts (SQLite, WAL,
    synchronous FULL)."""

    __slots__ = ("_db", "_lock")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._lock = threading.Lock()
        given: object = path
        name = os.fspath(given) if isinstance(given, str | bytes | os.PathLike) else ""
        if name in ("", b"", ":memory:", b":memory:"):  # which SQLite would forget at the end
            raise UsageError(
                "usage.argument",
                why="the replay memory needs the name of a file",
                why_vi="bộ nhớ chống dùng lại cần tên một tệp",
            )
        try:
            os.close(os.open(name, _FLAGS, PRIVATE))  # SQLite's files beside it get the same mode
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS used (issuer TEXT, token_id TEXT, expires INTEGER NOT NULL,"
                " PRIMARY KEY (issuer, token_id)) WITHOUT ROWID"
            )
            self._db.execute("CREATE INDEX IF NOT EXISTS used_expires ON used (expires)")
        except (sqlite3.Error, OSError, ValueError) as e:
            with suppress(AttributeError):  # where connecting itself failed
                self._db.close()
            raise IndeterminateError("replay.unavailable", why=getattr(e, "strerror", None) or e) from None

    def use(self, issuer: str, token_id: str, expires: int, now: float) -> bool:
        """True if new; written to disk before it is said. `IndeterminateError` (`replay.unavailable`)."""
        check_kind("issuer", issuer, str)
        check_kind("token_id", token_id, str)
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute("DELETE FROM used WHERE expires <= ?", (int(now) - CLOCKS_DIFFER_S,))
                done = self._db.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?)", (issuer, token_id, expires))
                self._db.execute("COMMIT")
            except sqlite3.Error as e:
                with suppress(sqlite3.Error):
                    self._db.rollback()
                raise IndeterminateError("replay.unavailable", why=e) from None
        return done.rowcount == 1

    def close(self) -> None:
        """Close the file."""
        self._db.close()
