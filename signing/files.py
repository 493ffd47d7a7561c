"""Writing so that nothing is lost: a temporary file beside the target, fsynced, then renamed over it."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, FileIO
from pathlib import Path
from typing import BinaryIO

from .errors import LimitError, UsageError

MAX_READ_BYTES = 512 * 1024 * 1024  # bytes; the largest document read into memory

MAX_DIGEST_BYTES = 64 * 1024**3  # bytes digested of a stranger's file; sparse files claim any size at no cost
MAX_HOLLOW = 8  # times as many bytes as are stored may a long file claim to have; the others are holes
MAX_MARK_CHARS = 60  # of a file's name in the name of its temporary file: even of four bytes each they leave room

_TEMPORARY = ".tmp"
_PIECE_BYTES = 1024 * 1024


@contextmanager
def replacing(target: str | os.PathLike[str], *, overwrite: bool = True, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A binary file that becomes `target` when the block ends well, and vanishes when it does not.

    With `overwrite=False` an existing target is refused, atomically. `mode` is cut by the umask. What is no regular
    file, such as /dev/null, is never replaced by one. Raises `UsageError`.
    """
    path = Path(target)
    try:
        if not _may_become_file(path):
            raise OSError(errno.EINVAL, "Not a regular file")
        temporary, handle = _temporary(path, mode)
    except (OSError, ValueError) as e:
        raise UsageError("output.unwritable", path=path, why=getattr(e, "strerror", None) or e) from None
    try:
        with os.fdopen(handle, "w+b") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        if overwrite:
            temporary.replace(path)
        else:
            os.link(temporary, path)
            temporary.unlink()
        sync_folder(path.parent)
    except FileExistsError:
        raise UsageError("usage.output-exists", path=path) from None
    except BrokenPipeError:  # of another stream, such as stdout: files have none
        raise
    except OSError as e:
        raise UsageError("output.unwritable", path=path, why=e.strerror or e) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _may_become_file(path: Path) -> bool:
    """Whether nothing stands there, or a file; the links under /dev are the names of our own streams."""
    if path.is_symlink() and f"{os.path.realpath(path.parent)}/".startswith(("/dev/", "/proc/")):
        return False
    try:
        return stat.S_ISREG(path.stat().st_mode)  # asked once: another run may make the file at any moment
    except FileNotFoundError:
        return True


def _temporary(path: Path, mode: int) -> tuple[Path, int]:
    """A new file beside `path`, locked for as long as it is open: so `discard_leftovers` knows that its maker lives."""
    while True:
        temporary = path.parent / f"{_mark(path)}{secrets.token_hex(4)}{_TEMPORARY}"
        handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with suppress(OSError):  # not every file system has locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink:
            return temporary, handle
        os.close(handle)  # discarded between the two calls


def write_file(target: str | os.PathLike[str], data: bytes, *, overwrite: bool = True, mode: int = 0o644) -> None:
    """`data` as the whole content of `target`, atomically."""
    with replacing(target, overwrite=overwrite, mode=mode) as out:
        out.write(data)


def assert_writable(target: str | os.PathLike[str]) -> None:
    """Raise what `replacing` would raise at its beginning; for those who have much to do before they write."""
    with suppress(_GivenUpError), replacing(target):
        raise _GivenUpError


class _GivenUpError(Exception):
    """Nothing is to be written after all."""


def discard_leftovers(targets: Iterable[Path]) -> None:
    """Remove the temporary files that `replacing` left beside `targets` when its process was killed.

    Those of a process that lives, which may write the same targets just now, are left alone.
    """
    marks: dict[Path, set[str]] = {}
    for target in targets:
        marks.setdefault(target.parent, set()).add(_mark(target))
    for folder, prefixes in marks.items():
        with suppress(OSError):
            for path in folder.iterdir():
                if path.suffix == _TEMPORARY and path.name[: -len(_TEMPORARY)].rpartition(".")[0] + "." in prefixes:
                    _discard(path)


def _discard(path: Path) -> None:
    """Remove a temporary file that nobody holds."""
    with suppress(OSError), open_regular(path, follow=False) as left:
        fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()


def _mark(target: Path) -> str:
    return f".{target.name[:MAX_MARK_CHARS]}."


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether a name is taken, be it by a link to nowhere; a name that no file can have is not."""
    return os.path.lexists(path)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether `path` leads to a folder. Unlike `Path.is_dir` it never raises."""
    return _mode(path, stat.S_ISDIR)


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether `path` leads to a regular file. Unlike `Path.is_file` it never raises."""
    return _mode(path, stat.S_ISREG)


def is_file_beside(found: Path, named: Path) -> bool:
    """Whether `found`, named by the file `named` beside it, is a regular file; a link only where `named` is one itself.

    Who puts files into a folder could otherwise have anything on the machine read, or something that never ends.
    """
    try:
        return is_file(found) and (named.is_symlink() or not found.is_symlink())
    except (OSError, ValueError):
        return False


def _mode(path: str | os.PathLike[str], kind: Callable[[int], bool]) -> bool:
    try:
        return kind(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False


class NotRegularError(OSError):
    """Not a regular file: a folder, pipe or device, or a link where links are not followed."""


def open_regular(path: str | os.PathLike[str], *, follow: bool = True) -> BufferedReader:
    """A regular file opened for reading; anything else is not even opened, so that no pipe or device can stall us.

    Raises `OSError` (`NotRegularError`), and `ValueError` for a name that no file can have.
    """
    if not stat.S_ISREG(Path(path).stat(follow_symlinks=follow).st_mode):
        raise NotRegularError
    # What stands there may have been replaced since: O_NONBLOCK never waits for the other end of a pipe.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotRegularError
        return BufferedReader(FileIO(handle, "rb"))
    except BaseException:
        os.close(handle)
        raise


def read_file(path: str | os.PathLike[str], *, max_bytes: int = MAX_READ_BYTES) -> bytes:
    """The bytes of a file or pipe, at most `max_bytes`. Raises `UsageError` or `LimitError`."""
    try:
        with Path(path).open("rb") as source:
            data = read_stream(source, max_bytes)
    except (OSError, ValueError, TypeError) as e:
        raise UsageError("input.unreadable", path=path, why=getattr(e, "strerror", None) or e) from None
    if len(data) > max_bytes:
        raise LimitError("input.too-large", what=path, limit=f"{max_bytes} bytes")
    return data


def is_hollow(about: os.stat_result) -> bool:
    """Whether a long file consists of holes: to digest them takes as long as if somebody had written them."""
    return about.st_size > MAX_READ_BYTES and about.st_blocks * 512 * MAX_HOLLOW < about.st_size


def read_stream(source: BinaryIO, max_bytes: int) -> bytes:
    """What is left of `source`, cut after a byte more than `max_bytes`.

    Read in pieces, because one read of the limit would set that much memory aside for the smallest file.
    """
    parts, left = [], max_bytes + 1
    while left and (part := source.read(min(left, _PIECE_BYTES))):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
