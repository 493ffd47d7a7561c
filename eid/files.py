"""Writing so that nothing is lost: a temporary file beside the target, fsynced, then renamed over it; and a lock."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import LimitError, UsageError

PRIVATE = 0o600
KEY_MARK = "eid-key-1"  # how every line begins that stands before a key in a key set


def write_file(target: str | os.PathLike[str], data: bytes, *, overwrite: bool = True, mode: int = 0o644) -> None:
    """`data` as the whole content of `target`, atomically and durably. Raises `UsageError`.

    A pipe or device (`/dev/stdout`, `>(…)`) is written to, never replaced by a file.
    """
    if not isinstance(target, str | os.PathLike):
        raise UsageError("output.unwritable", path=target, why="not a path")
    path = Path(target)
    temporary: Path | None = None
    try:
        if overwrite and _is_device(path):
            path.write_bytes(data)
            return
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:80]}.", suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
        if overwrite:
            temporary.replace(path)
        else:
            os.link(temporary, path)
        _sync_folder(path.parent)
    except FileExistsError:
        raise UsageError("usage.output-exists", path=path) from None
    except (OSError, ValueError) as e:
        raise UsageError("output.unwritable", path=path, why=getattr(e, "strerror", None) or e) from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _is_device(path: Path) -> bool:
    """Whether `path` is a pipe or device, or a name that the system keeps for one of our own streams."""
    if path.is_symlink() and f"{os.path.realpath(path.parent)}/".startswith(("/dev/", "/proc/")):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_file(path: str | os.PathLike[str], *, max_bytes: int) -> bytes:
    """The bytes of a file, at most `max_bytes`. Raises `UsageError` or `LimitError`."""
    try:
        with Path(path).open("rb") as source:
            data = source.read(max_bytes + 1)
    except (OSError, ValueError, TypeError) as e:
        raise UsageError("input.unreadable", path=path, why=getattr(e, "strerror", None) or e) from None
    if len(data) > max_bytes:
        raise LimitError("input.too-large", what=path, limit=f"{max_bytes} bytes")
    return data


def make_folder(path: str | os.PathLike[str]) -> None:
    """A folder for output, if there is none yet. Raises `UsageError` (`output.unwritable`)."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as e:
        raise UsageError("output.unwritable", path=path, why=getattr(e, "strerror", None) or e) from None


def is_key_set(path: str | os.PathLike[str]) -> bool:
    """Whether a key set lies at `path`, which nothing but another key set may replace: there is no second copy."""
    try:
        if not Path(path).is_file():  # a pipe must not be waited for
            return False
        with Path(path).open("rb") as source:
            return source.read(len(KEY_MARK)) == KEY_MARK.encode()
    except (OSError, ValueError):
        return False


def write_beside_keys(target: str | os.PathLike[str], data: bytes, *, mode: int = 0o644) -> None:
    """`write_file`, for what is no key set: it is never written over one. `UsageError` (`usage.output-exists`)."""
    if is_key_set(target):
        raise UsageError("usage.output-exists", path=target)
    write_file(target, data, mode=mode)


@contextmanager
def locked(target: str | os.PathLike[str]) -> Iterator[None]:
    """Hold the lock file beside `target`, so that reading, changing and writing it is one act across processes."""
    path = Path(f"{os.fspath(target)}.lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    except (OSError, ValueError) as e:
        raise UsageError("output.unwritable", path=path, why=getattr(e, "strerror", None) or e) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
