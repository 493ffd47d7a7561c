"""One group of a batch: outputs written and synchronised under temporary names, for the journal and their own names.

Each output is digested while it is written. A signed PDF begins with its input, so the same pass digests that too.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn, Protocol

from ..errors import SigningError, UsageError
from ..journal import DISK_FULL, Job, Made

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_MODE = 0o644  # cut by the umask


class PassedOverError(Exception):
    """Nothing is to be made of this input; the argument is the reason, one word."""


class Maker(Protocol):
    """What turns an input into an output; one a process, opened once."""

    @property
    def job(self) -> Job:
        """What all outputs have in common."""

    @property
    def together(self) -> int:
        """How many inputs the key takes at once; 1 when it makes no difference."""

    def prepare(self, sources: Sequence[Path]) -> None:
        """Called before a group is written."""

    def write(self, source: Path, file: BinaryIO) -> bytes | None:
        """Write the output of `source` to an empty file.

        Answers the SHA-256 of the input, or None if the output begins with it. Raises `SigningError`,
        `PassedOverError`, and `OSError` when the input cannot be read.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one input: `output` was made, or is there already (`skipped`), or the `error`.

    `reason` says why nothing was made of an input that needs nothing: `kept`, `unsigned`, `not-due`.
    """

    source: Path
    output: Path
    skipped: bool = False
    reason: str = ""
    error: SigningError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One input and its place among the outputs; with `settled` nothing is left to do."""

    source: Path
    output: Path
    relative: str
    settled: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A task and what was made of it: an output under its temporary name, or an outcome without one."""

    task: Task
    made: Made | None = None
    outcome: Outcome | None = None


class _HashedFile(io.BufferedRandom):
    """A new file that is digested while it is written, from its beginning to its end."""

    def __init__(self, path: Path, beginning: int) -> None:
        self._path, self._left = path, beginning
        self.whole = hashlib.sha256()
        self.beginning = self.whole.copy()
        try:
            handle = os.open(path, _FLAGS, _MODE)
        except OSError as e:
            self._tell(e)
        super().__init__(io.FileIO(handle, "r+"))

    def write(self, data: bytes) -> int:  # type: ignore[override]  # nobody writes other buffers
        """Append."""
        if self._left > 0:
            head = memoryview(data)[: self._left]
            self._left -= len(head)
            self.beginning.update(head)
        self.whole.update(data)
        try:
            return super().write(data)
        except OSError as e:
            self._tell(e)

    def flush(self) -> None:
        """See `io.IOBase`."""
        try:
            super().flush()
        except OSError as e:
            self._tell(e)

    def begin_sync(self) -> None:
        """Have it written out meanwhile: with places for all files of a group settled, one commit serves them all."""
        self.flush()
        if hasattr(os, "posix_fadvise"):
            with suppress(OSError):
                os.posix_fadvise(self.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def sync(self) -> int:
        """Bring it to disk; its size in bytes."""
        self.flush()
        try:
            os.fsync(self.fileno())
            return os.fstat(self.fileno()).st_size
        except OSError as e:
            self._tell(e)

    def discard(self) -> None:
        """Close and remove it, whatever state it is in."""
        with suppress(SigningError):
            self.close()
        with suppress(OSError):
            self._path.unlink()

    def _tell(self, e: OSError) -> NoReturn:
        code = "bulk.disk-full" if e.errno in DISK_FULL else "output.unwritable"
        raise UsageError(code, path=self._path.parent.parent, why=e.strerror or e) from None


@dataclass(frozen=True, slots=True)
class _Written:
    """An output that is written and not yet synchronised."""

    task: Task
    file: _HashedFile
    name: str
    before: os.stat_result
    sha256: bytes


def stage(maker: Maker, tasks: Sequence[Task], folder: Path) -> list[Staged]:
    """Write the outputs of `tasks` into the working folder `folder`. Our errors become outcomes.

    All are written before the first is synchronised, so that the file system gathers its work.
    """
    maker.prepare([task.source for task in tasks if task.settled is None])
    written = [_settled(task) or _write(maker, task, folder) for task in tasks]
    for one in written:
        if isinstance(one, _Written):
            with suppress(SigningError):  # told when it is synchronised
                one.file.begin_sync()
    return [one if isinstance(one, Staged) else _finish(one) for one in written]


def _settled(task: Task) -> Staged | None:
    return Staged(task=task, outcome=task.settled) if task.settled is not None else None


def _write(maker: Maker, task: Task, folder: Path) -> Staged | _Written:
    file: _HashedFile | None = None
    try:
        before = task.source.stat()
        name = f"{secrets.token_hex(8)}.tmp"
        file = _HashedFile(folder / name, before.st_size)
        sha256 = maker.write(task.source, file) or file.beginning.digest()
        written = _Written(task, file, name, before, sha256)
    except PassedOverError as passed:
        outcome = Outcome(source=task.source, output=task.output, skipped=True, reason=str(passed))
    except SigningError as error:
        outcome = failed(task, error)
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", None) or e
        outcome = failed(task, UsageError("input.unreadable", path=task.source, why=why))
    else:
        return written
    if file is not None:
        file.discard()
    return Staged(task=task, outcome=outcome)


def _finish(written: _Written) -> Staged:
    task, file, before = written.task, written.file, written.before
    try:
        size = file.sync()
        file.close()
        _assert_still(task.source, before)
    except SigningError as error:
        file.discard()
        return Staged(task=task, outcome=failed(task, error))
    made = Made(
        source=os.path.abspath(task.source),  # noqa: PTH100  # links stay: it is what was named
        size=before.st_size,
        mtime_ns=before.st_mtime_ns,
        sha256=written.sha256.hex(),
        output=task.relative,
        output_size=size,
        output_sha256=file.whole.hexdigest(),
        temporary=written.name,
    )
    return Staged(task=task, made=made)


def _assert_still(source: Path, before: os.stat_result) -> None:
    """What the journal says of the input has to be true of the bytes that were read."""
    try:
        after = source.stat()
    except OSError as e:
        raise UsageError("input.unreadable", path=source, why=e.strerror or e) from None
    if (after.st_ino, after.st_size, after.st_mtime_ns) != (before.st_ino, before.st_size, before.st_mtime_ns):
        raise UsageError("bulk.input-moving", path=source)


def failed(task: Task, error: SigningError) -> Outcome:
    """The outcome of a task that ended in `error`."""
    return Outcome(source=task.source, output=task.output, error=error)
