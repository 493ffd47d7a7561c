"""Replacing a dossier's file so that a step is taken once and nothing is lost.

Under a lock on the file: (1) the finished container is written beside it and synced, (2) the register enters the
step, (3) the container is renamed over the file. (2) is the moment at which the step is taken. A crash before it
leaves the dossier as it was; a crash after it leaves the container beside the file, and `recover` puts it in place.
Without a register (3) is that moment, and the lock keeps two programs on one machine apart.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RefusedError, ServiceError, SigningError, UsageError
from ..files import read_file, sync_folder, write_file
from .file import DossierFile
from .receipt import Entry, Receipt
from .statement import RECORD

if TYPE_CHECKING:
    from .register import Register

_DIGEST_CHARS = 16  # characters of the signature's digest in the name of a pending container


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on a dossier's file; a file that was replaced while waiting is locked anew."""
    while True:
        try:
            handle = os.open(path, os.O_RDONLY)
        except OSError as e:
            raise UsageError("input.unreadable", path=path, why=e.strerror or e) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not _is_same(handle, path):
                continue
            yield
            return
        finally:
            os.close(handle)


def _is_same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def commit(
    path: Path,
    data: bytes,
    *,
    base: bytes,
    entry: Entry,
    after: str | None,
    register: Register | None,
    at: datetime | None,
) -> Receipt | None:
    """Take the step: enter it and make `data` the content of `path`, which must still have the SHA-256 `base`.

    Raises `RefusedError` (`dossier.moved-on`, `register.taken`, `register.order`), `ServiceError`, `UsageError`.
    """
    with locked(path):
        if hashlib.sha256(read_file(path)).digest() != base:
            raise RefusedError("dossier.moved-on")
        if register is None:
            write_file(path, data)
            return None
        pending = path.with_name(pending_name(path, entry))
        write_file(pending, data)
        receipt = _enter(register, entry, after, at, pending)
        _put_in_place(pending, path)
        return receipt


def pending_name(path: Path, entry: Entry) -> str:
    """The name of the finished container while it waits for the register."""
    return f".{path.name}.step{entry.seq:03d}-{entry.signature[:_DIGEST_CHARS]}.pending"


def _enter(register: Register, entry: Entry, after: str | None, at: datetime | None, pending: Path) -> Receipt:
    try:
        return register.append(entry, after=after, at=at)
    except ServiceError:
        # the answer was lost, so the step may have been taken: only a register that answers "no" may clear it away
        with suppress(ServiceError):
            if all(row.signature != entry.signature for row in register.rows(entry.dossier)):
                pending.unlink(missing_ok=True)
        raise
    except SigningError:
        pending.unlink(missing_ok=True)
        raise


def _put_in_place(pending: Path, path: Path) -> None:
    try:
        pending.replace(path)
        sync_folder(path.parent)
    except OSError as e:
        raise UsageError("output.unwritable", path=path, why=e.strerror or e) from None


def recover(path: Path, register: Register) -> bool:
    """Finish steps that were entered in the register but whose container was not put in place; True when one was.

    Containers that lost against another step, or whose step is in place, are removed; those that the register does not
    know are left alone, since someone may be entering them at this moment, and so are those that continue another file
    than the one that stands there: they may be the only copy of their step. Raises `SigningError`.
    """
    waiting = sorted(path.parent.glob(f".{glob.escape(path.name)}.step[0-9][0-9][0-9]-*.pending"))
    if not waiting:
        return False
    done = False
    with locked(path):
        for pending in waiting:
            done |= _finish(path, pending, register)
    return done


def _finish(path: Path, pending: Path, register: Register) -> bool:
    try:
        finished = DossierFile.read(read_file(pending))
        current = DossierFile.read(read_file(path))
    except SigningError:
        return False
    if finished.record is None or not finished.steps:
        return False
    seq, last = len(finished.steps), finished.steps[-1]
    row = next((r for r in register.rows(finished.record.code) if r.seq == seq), None)
    if row is None:
        return False
    entered = row.signature == last.signature_digest
    if entered and len(finished.steps) > len(current.steps) and _begins_with(finished, current):
        _put_in_place(pending, path)
        return True
    if not entered or _begins_with(current, finished):
        pending.unlink(missing_ok=True)
    return False


def _begins_with(longer: DossierFile, shorter: DossierFile) -> bool:
    """Whether these are the same dossier, `longer` perhaps with more steps."""
    signatures = [s.signature_digest for s in shorter.steps]
    same = [s.signature_digest for s in longer.steps[: len(signatures)]] == signatures
    return same and longer.container.files.get(RECORD) == shorter.container.files.get(RECORD)
