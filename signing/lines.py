"""A file of lines to which one process at a time appends (JSON Lines, RFC 8259): durable, locked, mended where cut.

A line that a power failure or a kill cut has no end and is dropped. Neither links nor pipes are opened, so that what
was named by mistake stays as it is.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import MalformedError, UsageError
from .files import sync_folder

DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_MODE = 0o600  # names of files say something about people
# A pipe nobody reads must not block, and a link in a folder of ours must not lead to a file of somebody else's.
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The codes of what can go wrong, in the words of whose file it is."""

    busy: str
    full: str
    malformed: str
    unwritable: str


class LinesFile:
    """An open file of lines, each of at most `max_line` bytes. Use `opened_lines`."""

    def __init__(self, path: Path, handle: int, told: Told, max_line: int) -> None:
        self.path, self._handle, self._told, self._max_line = path, handle, told, max_line

    def malformed(self, line: object, why: object) -> MalformedError:
        """What is to be raised about a line."""
        return MalformedError(self._told.malformed, path=self.path, line=line, why=why)

    def begins_as(self, beginning: bytes) -> bool:
        """Whether it is empty or begins so; a power failure may leave zeros where it cut."""
        return beginning.startswith(os.pread(self._handle, len(beginning), 0).rstrip(b"\0"))

    def state(self) -> os.stat_result:
        """Of the file that is open, whatever stands under its name by now."""
        return os.fstat(self._handle)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Whole lines with their ends, and where each begins. Raises `MalformedError`."""
        rest, place, at = b"", 0, 0
        while chunk := os.pread(self._handle, _CHUNK_BYTES, at):
            at += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield place, line + b"\n"
                place += len(line) + 1
            if len(rest) > self._max_line:
                raise self.malformed("?", f"> {self._max_line} bytes")

    def line_at(self, place: int, size: int | None = None) -> bytes:
        """The line that begins there, without its end; `size` is its length in bytes, if known."""
        return os.pread(self._handle, size or self._max_line, place).partition(b"\n")[0]

    def cut(self, end: int) -> None:
        """Drop what stands behind `end`."""
        if end < os.fstat(self._handle).st_size:
            os.ftruncate(self._handle, end)

    def append(self, lines: list[bytes]) -> int:
        """Add the lines, all of them durable or none; where the first begins. Raises `UsageError`."""
        size = os.fstat(self._handle).st_size
        data = b"\n".join([*lines, b""])
        try:
            _write(self._handle, data)
            os.fsync(self._handle)
        except OSError as e:
            os.ftruncate(self._handle, size)
            code = self._told.full if e.errno in DISK_FULL else self._told.unwritable
            raise UsageError(code, path=self.path, why=e.strerror or e) from None
        return size

    def close(self) -> None:
        """Close it; the lock goes with it."""
        os.close(self._handle)


def _write(handle: int, data: bytes) -> None:
    if os.write(handle, data) != len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def opened_lines(path: Path, told: Told, *, max_line: int) -> Iterator[LinesFile]:
    """The file at `path`, made if it is missing, locked against other runs. Raises `UsageError`."""
    try:
        fresh = not path.exists()
        handle = os.open(path, _FLAGS, _MODE)
    except (OSError, ValueError) as e:
        raise UsageError(told.unwritable, path=path, why=getattr(e, "strerror", None) or e) from None
    file = LinesFile(path, handle, told, max_line)
    try:
        if not stat.S_ISREG(file.state().st_mode):
            raise UsageError(told.unwritable, path=path, why="not a regular file")
        _lock(path, handle, told)
        if fresh:
            _sync(path, told)
        yield file
    finally:
        file.close()


def _sync(path: Path, told: Told) -> None:
    try:
        sync_folder(path.parent)
    except OSError as e:
        raise UsageError(told.unwritable, path=path, why=e.strerror or e) from None


def _lock(path: Path, handle: int, told: Told) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(told.busy, path=path) from None
    except OSError as e:
        raise UsageError(told.unwritable, path=path, why=e.strerror or e) from None
