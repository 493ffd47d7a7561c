"""The journal of verifications: who was let in or turned away, when, and by which rule (NĐ 69/2024 Đ17: kept 5 years).

An entry never holds the token, a name or a personal number: the subject is a pairwise pseudonym, and identifiers are
taken from a token only after its signature held. A journal that cannot be written stops the verification.
"""

from __future__ import annotations

import fcntl
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from .encoding import dump_json
from .errors import IndeterminateError, UsageError
from .files import PRIVATE

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe nobody reads must not block


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One verdict. `issuer` and `audience` are those that were asked for, not what the token says.

    `check` and `rule` are the number and the name of the check that refused, None for an accepted token; `code` is
    the error's. `token_id` and `subject` are None unless the signature held. `proven_at` is set for a past moment.
    """

    time: datetime
    accepted: bool
    check: int | None
    rule: str | None
    code: str | None
    issuer: str
    audience: str
    token_id: str | None
    subject: str | None
    proven_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """The entry as JSON members; times in ISO 8601."""
        return {
            "time": self.time.isoformat(),
            "accepted": self.accepted,
            "check": self.check,
            "rule": self.rule,
            "code": self.code,
            "issuer": self.issuer,
            "audience": self.audience,
            "token_id": self.token_id,
            "subject": self.subject,
            "proven_at": None if self.proven_at is None else self.proven_at.isoformat(),
        }


class Journal(Protocol):
    """Where verdicts are written."""

    def record(self, entry: JournalEntry) -> None:
        """Write one entry before the verdict is given; raise if that cannot be done."""
        ...


class JsonLinesJournal:
    """A journal in a file of mode 0600, one JSON object a line; many processes may append to the same file.

    The file is opened for each entry, so that it can be rotated. With `durable` an entry is on disk before the verdict
    is given; without it a power failure may lose the last ones.
    """

    __slots__ = ("_durable", "_path")

    def __init__(self, path: str | os.PathLike[str], *, durable: bool = True) -> None:
        if not _is_name(path):
            raise UsageError(
                "usage.argument", why="the journal needs the name of a file", why_vi="nhật ký cần tên một tệp"
            )
        self._path, self._durable = Path(path), durable

    def record(self, entry: JournalEntry) -> None:
        """Append one line. Raises `IndeterminateError` (`journal.unavailable`)."""
        line = dump_json(entry.to_dict()) + b"\n"
        try:
            handle = os.open(self._path, _FLAGS, PRIVATE)
            try:
                self._append(handle, line)
            finally:
                os.close(handle)
        except (OSError, ValueError) as e:
            raise IndeterminateError("journal.unavailable", why=getattr(e, "strerror", None) or e) from None

    def _append(self, handle: int, line: bytes) -> None:
        """`line` in full or not at all, and never glued to a line that a power failure cut."""
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("not a regular file")
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = b"\n" + line
        if os.write(handle, line) != len(line):
            os.ftruncate(handle, size)
            raise ValueError("the disk is full")
        if self._durable:
            os.fsync(handle)
            if not size:
                self._sync_folder()

    def _sync_folder(self) -> None:
        """A new file's name has to be on disk as well."""
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _is_name(path: object) -> bool:
    return isinstance(path, str | os.PathLike) and bool(os.fspath(path))
