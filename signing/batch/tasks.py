"""What is left to do of a batch: what an earlier run made is kept, what cannot be made is told, the rest in groups."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import SigningError, UsageError
from ..files import open_regular
from ..journal import Journal, Made
from . import assert_writable
from .plan import Item, Plan
from .stage import Outcome, Task

GROUP_FILES = 16  # files written before the first is synchronised
GROUP_BYTES = 32 * 1024 * 1024  # bytes of inputs, likewise
GROUP_SETTLED = 256  # files with nothing left to do that travel together


def tasks(plan: Plan, book: Journal, *, overwrite: bool, resume: bool) -> Iterator[Task]:
    """A task for each item of the plan, settled if nothing is to be made of it."""
    for item in plan:
        relative = os.fspath(item.output.relative_to(plan.out))
        error = item.error or _refusal(item, book, relative, overwrite=overwrite, resume=resume)
        settled = None
        if isinstance(error, SigningError):
            settled = Outcome(source=item.source, output=item.output, error=error)
        elif error is not None:
            settled = Outcome(source=item.source, output=item.output, skipped=True, reason=error)
        yield Task(source=item.source, output=item.output, relative=relative, settled=settled)


def _refusal(item: Item, book: Journal, relative: str, *, overwrite: bool, resume: bool) -> UsageError | str | None:
    """Why nothing is to be made: an error, or `kept`; None when the output is still to be made."""
    output = item.output
    try:
        present = output.lstat()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as e:
        return UsageError("output.unwritable", path=output, why=getattr(e, "strerror", None) or e)
    try:
        assert_writable(item.source, output, overwrite=True)
    except UsageError as error:
        return error
    if overwrite:
        return None
    known = book.find(relative)
    if not resume:
        return UsageError("bulk.done" if known else "usage.output-exists", path=output)
    if known is None:
        return UsageError("bulk.unknown-output", path=output)
    made, same_job = known
    if not same_job:
        return UsageError("bulk.other-job", path=output)
    if present.st_size != made.output_size:
        return UsageError("bulk.output-changed", path=output)
    return _kept(item.source, made)


def _kept(source: Path, made: Made) -> UsageError | str:
    """`kept` if the input is the one of which the output was made; read again only if its time or size changed."""
    try:
        now = source.stat()
        if (now.st_size, now.st_mtime_ns) == (made.size, made.mtime_ns):
            return "kept"
        if now.st_size == made.size and sha256_of(source) == made.sha256:
            return "kept"
    except OSError as e:
        return UsageError("input.unreadable", path=source, why=e.strerror or e)
    return UsageError("bulk.input-changed", path=source)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a regular file, hexadecimal. Raises `OSError`."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def groups(tasks: Iterable[Task], together: int) -> Iterator[list[Task]]:
    """Tasks in groups: as many as the key takes at once, or so few that the work is shared evenly."""
    group: list[Task] = []
    open_files = size = 0
    for task in tasks:
        group.append(task)
        if task.settled is None:
            open_files += 1
            size += _size(task.source)
        full = open_files >= together if together > 1 else open_files >= GROUP_FILES or size >= GROUP_BYTES
        if full or len(group) >= GROUP_SETTLED:
            yield group
            group, open_files, size = [], 0, 0
    if group:
        yield group


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0
