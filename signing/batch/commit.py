"""Giving outputs their names: journal first, then the rename, then the folder; and when to stop a run.

Whatever instant a run is killed at, an input has been signed and its output is known to the journal, or it has not and
nothing of it is left. `finish_killed` gives their names to outputs that got into the journal and no further.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..clock import moment
from ..errors import ServiceError, SigningError, UsageError
from ..files import sync_folder
from ..journal import Journal, Made, Missed, temporary_files
from .stage import Outcome, Staged, Task, failed
from .tasks import sha256_of

PATIENCE = 5  # failures of one kind, of a key or a service and one after the other, before a run stops
MAX_KNOWN_FOLDERS = 256  # that are known to be there
_KEY_CODES = ("key.", "pkcs11.", "csc.", "mobile.")  # errors of whoever holds the key, not of the file
_AT_ONCE = {"bulk.disk-full"}


def finish_killed(book: Journal, out: Path, folder: Path) -> None:
    """Finish what a killed run left in its working folder. Raises `UsageError` `output.unwritable`."""
    try:
        left = temporary_files(folder)
        for made, overwrite in book.pending(frozenset(path.name for path in left)):
            _finish(book, made, folder / made.temporary, out, overwrite=overwrite)
        for path in left:
            path.unlink(missing_ok=True)
    except OSError as e:
        raise UsageError("output.unwritable", path=folder, why=e.strerror or e) from None


def _finish(book: Journal, made: Made, waiting: Path, out: Path, *, overwrite: bool) -> None:
    output = out / made.output
    if os.path.lexists(output) and not overwrite:
        if not output.samefile(waiting):  # somebody else's: what the journal says of it never came true
            book.forget(Missed(source=made.source, output=made.output, code="usage.output-exists", text=""))
    elif stat.S_ISREG(waiting.lstat().st_mode) and sha256_of(waiting) == made.output_sha256:
        _assert_below(out, output.parent)
        output.parent.mkdir(parents=True, exist_ok=True)
        waiting.rename(output)
        sync_folder(output.parent)


def _assert_below(out: Path, folder: Path) -> None:
    """Raise `OSError` for a folder that a link among the outputs leads out of `out`: nothing elsewhere is replaced."""
    if not folder.resolve().is_relative_to(out.resolve()):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


@dataclass(slots=True)
class _Patience:
    """Stops a run that can only fail: a token that was pulled out, an authority that is down, a full disk."""

    code: str = ""
    count: int = 0

    def bear(self, outcome: Outcome) -> None:
        """Raise when this outcome is one too many."""
        error = outcome.error
        if error is None:
            if not outcome.skipped:
                self.code, self.count = "", 0
            return
        if error.code in _AT_ONCE:
            raise error
        if not isinstance(error, ServiceError) and not error.code.startswith(_KEY_CODES):
            return
        self.count = self.count + 1 if error.code == self.code else 1
        self.code = error.code
        if self.count >= PATIENCE:
            kind = ServiceError if isinstance(error, ServiceError) else UsageError
            raise kind("bulk.stopped", count=self.count, why=error.code) from error


class Commit:
    """Takes groups of staged outputs and gives them their names in `out`.

    `spare` is a file that keeps room for the journal, given up when groups staged meanwhile took the last of it.
    Without it a run on a disk that is nearly full could write its outputs over and over and never name one.
    """

    def __init__(self, out: Path, folder: Path, book: Journal, *, overwrite: bool, spare: Path | None = None) -> None:
        self._out, self._folder, self._book, self._overwrite = out, folder, book, overwrite
        self._there: set[Path] = {out}
        self._spare = spare

    def outcomes(self, groups: Iterable[list[Staged]]) -> Iterator[Outcome]:
        """Commit group after group."""
        patience, counts = _Patience(), Counter[str](made=0, skipped=0, failed=0)
        for staged in groups:
            for outcome in self._commit(staged):
                counts["failed" if outcome.error else "skipped" if outcome.skipped else "made"] += 1
                yield outcome
                patience.bear(outcome)
        self._book.end(counts, time=moment(None).isoformat())

    def _commit(self, staged: list[Staged]) -> list[Outcome]:
        """Journal, names, folders; in this order."""
        self._note([entry for one in staged if (entry := _entry(one)) is not None])
        done, folders = [], dict.fromkeys(one.task.output.parent for one in staged if one.made)
        for one in staged:
            done.append(one.outcome or self._name(one.task, one.made))
        unnamed = [o for one, o in zip(staged, done, strict=True) if one.made and o.error]
        self._note([_missed(o, os.fspath(o.output.relative_to(self._out))) for o in unnamed])
        for folder in folders:
            with suppress(OSError):  # one that could not be made; its files have told
                sync_folder(folder)
        return done

    def _note(self, entries: list[Made | Missed]) -> None:
        """Add to the journal, if need be into the room that was kept for it."""
        try:
            self._book.append(entries)
        except UsageError as e:
            if e.code not in _AT_ONCE or self._spare is None:
                raise
            self._spare.unlink(missing_ok=True)
            self._spare = None
            self._book.append(entries)

    def _name(self, task: Task, made: Made | None) -> Outcome:
        waiting = self._folder / made.temporary if made else self._folder
        try:
            self._make_folder(task.output.parent)
            if self._overwrite:
                waiting.rename(task.output)
            else:
                _link(waiting, task.output)
        except FileExistsError:
            return failed(task, UsageError("usage.output-exists", path=task.output))
        except OSError as e:
            return failed(task, UsageError("output.unwritable", path=task.output, why=e.strerror or e))
        return Outcome(source=task.source, output=task.output)

    def _make_folder(self, folder: Path) -> None:
        if folder in self._there:
            return
        _assert_below(self._out, folder)
        folder.mkdir(parents=True, exist_ok=True)
        for made in (folder, *folder.parents):
            sync_folder(made.parent)
            if made.parent == self._out:
                break
        if len(self._there) >= MAX_KNOWN_FOLDERS:
            self._there = {self._out}
        self._there.add(folder)


def _link(waiting: Path, output: Path) -> None:
    """A rename that never replaces; on file systems without links one that replaces only what came a moment ago."""
    try:
        os.link(waiting, output)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(output):
            raise FileExistsError from None
        waiting.rename(output)
    else:
        waiting.unlink()


def _entry(one: Staged) -> Made | Missed | None:
    if one.made is not None:
        return one.made
    outcome = one.outcome
    if outcome is None or outcome.error is None or one.task.settled is not None:
        return None
    return _missed(outcome, one.task.relative)


def _missed(outcome: Outcome, relative: str) -> Missed:
    error = outcome.error or SigningError("workers.killed", path=outcome.source)
    return Missed(source=os.fspath(outcome.source), output=relative, code=error.code, text=error.text)
