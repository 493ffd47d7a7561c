"""What a batch works on: every file under the named folders, and where its output goes, decided before any is touched.

The list is kept on disk, so that memory does not grow with the number of files, files that appear meanwhile change
nothing, and two inputs for one output are told before the first is signed. Links are followed only where they are
named, or when they lead to a file of the same folder; nothing that was met is passed over in silence.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ..errors import UsageError
from ..files import is_folder
from ..journal import NAME

Name = Callable[[Path], str]  # the output's name for an input
WORKING = {".signing-sign", ".signing-extend"}  # where outputs wait for their names
_ROWS = 256  # read from the list at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which files of a folder are meant: shell patterns on the name, or on the path in the folder if they hold a `/`.

    Without `include` everything is but names that begin with a dot and the journals of batches, so that one batch can
    go on where another ended. Files that are named themselves are always meant.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def take(self, relative: str) -> bool:
        """Whether the file at this path in the folder is meant."""
        name = relative.rpartition("/")[2]

        def matches(pattern: str) -> bool:
            return fnmatchcase(relative if "/" in pattern else name, pattern)

        wanted = any(map(matches, self.include)) if self.include else not name.startswith(".") and name != NAME
        return wanted and not any(map(matches, self.exclude))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One input and its output; `error` when it cannot be worked on. `size` in bytes, as it was when listed."""

    source: Path
    output: Path
    size: int
    error: UsageError | None = None


class Plan:
    """The list of a batch: iterate for its items, by folder and name. `out` is the folder of the outputs."""

    def __init__(self, out: Path, rows: sqlite3.Connection, ours: frozenset[Path] = frozenset()) -> None:
        self.out, self._rows, self._ours = out, rows, ours
        self.total = 0

    def add(self, place: int, source: Path, output: str, *, code: str = "", why: object = "") -> None:
        """Raises `UsageError` `usage.same-name` for the second input of an output."""
        try:
            size = source.stat().st_size
        except (OSError, ValueError):
            size = 0
        if not code and self._is_ours(output):
            code = "bulk.reserved"
        row = (place, os.fsencode(output), os.fsencode(source), size, code, str(why))
        try:
            self._rows.execute("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise UsageError("usage.same-name", path=self.out / output) from None
        self.total += 1

    def _is_ours(self, output: str) -> bool:
        """Whether an output would stand in a working folder, which a run empties, or in the place of the journal."""
        return output.partition("/")[0] in WORKING or Path(os.path.abspath(self.out / output)) in self._ours  # noqa: PTH100

    def __iter__(self) -> Iterator[Item]:
        rows = self._rows.execute("SELECT output, source, size, code, why FROM item ORDER BY place, output")
        while some := rows.fetchmany(_ROWS):
            for output, source, size, code, why in some:
                path = Path(os.fsdecode(source))
                error = UsageError(code, path=path, why=why) if code else None
                yield Item(source=path, output=self.out / os.fsdecode(output), size=size, error=error)


@contextmanager
def planned(
    sources: Sequence[Path], out: Path, name: Name, filters: Filters | None = None, *, but: Sequence[Path] = ()
) -> Iterator[Plan]:
    """The plan for `sources`, files and folders, into the folder `out`; `but` are files of ours that are no inputs.

    A folder's files keep their places below it. Raises `UsageError` (`usage.same-name`, `usage.output-is-input` when
    `out` is one of the folders, `bulk.index`).
    """
    rows = sqlite3.connect("", isolation_level=None)  # a private file that vanishes
    try:
        rows.execute(
            "CREATE TABLE item (place INTEGER, output BLOB UNIQUE, source BLOB, size INTEGER, code TEXT, why TEXT)"
        )
        rows.execute("BEGIN")
        ours = frozenset(Path(os.path.abspath(p)) for p in but)  # noqa: PTH100  # links stay
        plan = Plan(out, rows, ours)
        walk = _Walk(plan, name, filters or Filters(), ours)
        for place, source in enumerate(sources):
            if is_folder(source):
                walk.folder(place, source)
            else:
                plan.add(place, source, name(source))
        yield plan
    except sqlite3.Error as e:
        raise UsageError("bulk.index", why=e) from None
    finally:
        rows.close()


@dataclass(frozen=True, slots=True)
class _Walk:
    plan: Plan
    name: Name
    filters: Filters
    but: frozenset[Path]

    def folder(self, place: int, root: Path) -> None:
        """Every file below `root`, but for the outputs' folder."""
        if _same(root, self.plan.out):
            raise UsageError("usage.output-is-input", path=root)
        waiting = [""]
        while waiting:
            below = waiting.pop()
            try:
                with os.scandir(root / below) as entries:
                    for entry in entries:
                        self._meet(place, root, below + entry.name, entry, waiting)
            except OSError as e:
                self.plan.add(place, root / below, below or ".", code="input.unreadable", why=e.strerror or e)

    def _meet(self, place: int, root: Path, relative: str, entry: os.DirEntry[str], waiting: list[str]) -> None:
        path = root / relative
        if entry.is_symlink():
            self._link(place, root, relative)
        elif entry.is_dir():
            if not _same(path, self.plan.out):
                waiting.append(relative + "/")
        elif self.filters.take(relative) and Path(os.path.abspath(path)) not in self.but:  # noqa: PTH100  # links stay
            self._file(place, path, relative)

    def _file(self, place: int, path: Path, relative: str) -> None:
        self.plan.add(place, path, str(Path(relative).parent / self.name(path)))

    def _link(self, place: int, root: Path, relative: str) -> None:
        if not self.filters.take(relative):
            return
        path = root / relative
        try:
            target, inside = path.resolve(strict=True), root.resolve(strict=True)
            mode = target.stat().st_mode
        except (OSError, RuntimeError):  # RuntimeError: links in a circle
            self.plan.add(place, path, relative, code="bulk.link")
            return
        if not target.is_relative_to(inside):
            self.plan.add(place, path, relative, code="bulk.link")
        elif not stat.S_ISDIR(mode):  # what a folder in the same folder holds is met in its own place
            self._file(place, path, relative)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False
