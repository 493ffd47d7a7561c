"""Which files an audit is about, in a fixed order: those of a folder by name, then its folders by name.

Memory does not grow with the number of files, however many one folder holds.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ..errors import UsageError
from ..files import is_folder

MAX_SORTED_IN_MEMORY = 50_000  # names of one folder; more are sorted on disk
_ROWS = 1024  # names read or written at once

_Name = tuple[str, bool]  # of an entry of a folder, and whether it is a folder


@dataclass(frozen=True, slots=True)
class Task:
    """One file to judge; links are followed only where the caller named them."""

    path: Path
    follow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What the audit itself writes, if that is in a folder that it walks: `folders` and `files`, as `place_of` says."""

    folders: frozenset[Path] = frozenset()
    files: frozenset[Path] = frozenset()
    _names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_names", frozenset(p.name for p in self.folders | self.files))

    def hold(self, folder: Path, name: str) -> bool:
        """Whether that entry of a folder is one of them, or the unfinished form of one (`files.replacing`)."""
        if name not in self._names and not (name.startswith(".") and name.endswith(".tmp")):
            return False
        path = place_of(folder / name)
        unfinished = name[1:].rpartition(".")[0].rpartition(".")[0]
        return path in self.folders or path in self.files or path.with_name(unfinished or name) in self.files


def place_of(path: Path) -> Path:
    """Where an entry of a folder really is, whatever links lead to the folder; an entry that is a link stays one."""
    return (
        Path(os.path.realpath(path.parent)) / path.name if path.name not in {"", ".."} else Path(os.path.realpath(path))
    )


def tasks(paths: Iterable[Path], ours: Ours = Ours()) -> Iterator[Task]:
    """Each of `paths` that is a file, and every file under each that is a folder. Raises `UsageError` `bulk.index`."""
    for path in paths:
        if is_folder(path):
            yield from _below(path, ours)
        else:
            yield Task(path, follow=True)


def _below(root: Path, ours: Ours) -> Iterator[Task]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        folders: list[Path] = []
        try:
            for name, is_dir in _sorted(folder):
                if ours.hold(folder, name):
                    continue
                if is_dir:
                    folders.append(folder / name)
                else:
                    yield Task(folder / name, follow=False)
        except OSError:
            yield Task(folder, follow=False)  # a folder that cannot be listed is not passed over in silence
            continue
        waiting += reversed(folders)


def _sorted(folder: Path) -> Iterator[_Name]:
    """The entries of a folder by name. Raises `OSError` before the first one."""
    with os.scandir(folder) as listed:
        names = ((entry.name, entry.is_dir(follow_symlinks=False)) for entry in listed)
        some = list(islice(names, MAX_SORTED_IN_MEMORY))
        if len(some) == MAX_SORTED_IN_MEMORY:
            return _sorted_on_disk(some, names)
    return iter(sorted(some))


def _sorted_on_disk(some: list[_Name], more: Iterator[_Name]) -> Iterator[_Name]:
    """The same order as that of text: UTF-8, halves of pairs included, sorts as code points do."""
    rows = sqlite3.connect("", isolation_level=None)  # a private file that vanishes
    try:
        rows.execute("CREATE TABLE entry (name BLOB PRIMARY KEY, folder INTEGER) WITHOUT ROWID")
        rows.execute("BEGIN")
        while some:
            encoded = ((name.encode("utf-8", "surrogatepass"), is_dir) for name, is_dir in some)
            rows.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?)", encoded)
            some = list(islice(more, _ROWS))
    except sqlite3.Error as e:
        rows.close()
        raise UsageError("bulk.index", why=e) from None
    except BaseException:  # such as a folder that cannot be listed to its end
        rows.close()
        raise
    return _read(rows)


def _read(rows: sqlite3.Connection) -> Iterator[_Name]:
    try:
        for name, is_dir in rows.execute("SELECT name, folder FROM entry ORDER BY name"):
            yield name.decode("utf-8", "surrogatepass"), bool(is_dir)
    finally:
        rows.close()


def count(paths: Iterable[Path], ours: Ours = Ours()) -> int:
    """How many `tasks` there will be, as far as can be told now; nothing is sorted, nothing raised."""
    total, waiting = 0, []
    for path in paths:
        if is_folder(path):
            waiting.append(path)
        else:
            total += 1
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listed:
                for entry in listed:
                    if ours.hold(folder, entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(folder / entry.name)
                    else:
                        total += 1
        except OSError:
            total += 1
    return total
