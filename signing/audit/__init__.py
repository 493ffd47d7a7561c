"""Audit of files that one did not make and does not trust: a Report for each, never an exception for a bad document.

The verdict of a document is the worst of its signatures (EN 319 102-1 §5.1.3), made worse by what is found about the
document as a whole. Folders are a stream: one Report at a time, over several processes when asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TypedDict, Unpack

from ..clock import moment
from ..errors import UsageError
from ..http import HttpClient
from ..online import OnlineTrust
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, Report
from ..trust.store import TrustStore, assert_trust
from ..workers import Limits
from .journal import journaled
from .judges import Rules
from .one import audit_data, audit_task, shown_path, unjudged
from .walk import Ours, Task, place_of, tasks
from .work import judging

__all__ = ["How", "audit_bytes", "audit_file", "audit_files", "audit_folder", "shown_path"]

PathName = str | os.PathLike[str]


class How(TypedDict, total=False):
    """How to judge; what is left out has its default.

    `at` is the time of the check (aware), now by default. `register` is the URL of the office's register (SQLAlchemy
    form) or the path of its SQLite file. `password(name)` opens encrypted PDFs; with several processes it has to be
    picklable. `online` lists URL prefixes of OCSP and CRL services that may be asked, whatever a file brings; none is
    by default. Personal numbers are masked unless `show_ids`.
    """

    at: datetime | None
    policy: Policy
    register: PathName | None
    password: Callable[[str], str] | None
    online: tuple[str, ...]
    show_ids: bool


class Where(TypedDict, total=False):
    """Where and within which limits the files of a folder are judged; what is left out has its default.

    `jobs` processes share the work, one by default. With `max_seconds` of processor time or `max_memory` MiB for one
    file each is judged in a process that is ended when it goes beyond: the file is then indeterminate, and its finding
    names the limit. A file that only waits has five times its processor time. `journal` names a file that remembers
    every Report: run again after a stop or a kill, only what is not in it, or has changed since, is judged. `dask` is
    the address of a Dask scheduler (extra `dask`) whose workers judge the files, under the same paths as here; whoever
    may write to that scheduler may run programs on its workers and here. `but` are files and folders that are passed
    over, such as outputs of ours.
    """

    jobs: int
    max_seconds: float | None
    max_memory: int | None
    journal: PathName | None
    dask: str | None
    but: tuple[PathName, ...]


class HowAndWhere(How, Where, total=False):
    """Both."""


def audit_file(path: PathName, trust: TrustStore | None = None, **how: Unpack[How]) -> Report:
    """The Report of one file: PDF, dossier, ASiC container, detached CMS signature (`F.p7s` beside `F`), timestamp,
    seal's text.

    A bad document never raises; a register that cannot be opened, or an unusable `at` or `online`, does.
    """
    rules, (place,) = rules_of(trust, how), paths_of([path])
    try:
        return audit_task(Task(place, follow=True), rules)
    except MemoryError:
        return unjudged(place, Finding.of("document.killed"), rules)


def audit_bytes(
    data: bytes | bytearray | memoryview, trust: TrustStore | None = None, *, name: str = "-", **how: Unpack[How]
) -> Report:
    """The Report of a file that is in memory; `name` stands for its path. A detached signature lacks its content."""
    rules = rules_of(trust, how)
    if not isinstance(data, bytes | bytearray | memoryview):
        raise UsageError("usage.argument", why="data is of the kind bytes")
    try:
        return audit_data(bytes(data), name, rules)
    except MemoryError:
        return unjudged(Path(name), Finding.of("document.killed"), rules)


def audit_folder(path: PathName, trust: TrustStore | None = None, **how: Unpack[HowAndWhere]) -> Iterator[Report]:
    """The Reports of every file under a folder, as they are ready; see `audit_files`."""
    return audit_files([path], trust, **how)


def audit_files(
    paths: Iterable[PathName] | PathName, trust: TrustStore | None = None, **how: Unpack[HowAndWhere]
) -> Iterator[Report]:
    """The Reports of files, and of every file under folders, in a fixed order, as they are ready; of one path, too.

    A link is followed where it is named in `paths`; one that is met in a folder is reported and not followed. However
    many processes or machines share the work (`Where`), the Reports and their order stay the same; memory stays flat.

    Raises for wrong arguments, and while the Reports are taken `UsageError` (`workers.unavailable`, `audit.…`),
    `MalformedError` (`audit.journal-malformed`) and `MissingExtraError`.
    """
    rules, limits = rules_of(trust, how), limits_of(how)
    journal = how.get("journal")
    ours = passed_over(how)
    todo = tasks(paths_of(paths), ours)
    where = {"jobs": how.get("jobs", 1), "dask": how.get("dask")}
    if journal is None:
        return _judged(todo, rules, limits, **where)  # type: ignore[arg-type]  # sorted by name
    return journaled(Path(journal), todo, rules, limits, **where)  # type: ignore[arg-type]  # sorted by name


def paths_of(paths: Iterable[PathName] | PathName) -> Iterator[Path]:
    """All of them, or the one: a text is not a row of one-letter names. Raises `UsageError` for what is no path."""
    try:
        for path in [paths] if isinstance(paths, (str, bytes, os.PathLike)) else paths:
            yield Path(path)
    except TypeError:
        raise UsageError("usage.argument", why="paths are texts or os.PathLike") from None


def _judged(todo: Iterator[Task], rules: Rules, limits: Limits, *, jobs: int, dask: str | None) -> Iterator[Report]:
    with judging(rules, jobs=jobs, limits=limits, dask=dask) as answers:
        yield from answers(todo)


def rules_of(trust: TrustStore | None, how: How | HowAndWhere) -> Rules:
    """What files are judged by. Raises `UsageError` for wrong kinds, a naive `at`, an unusable `online`."""
    assert_trust(trust)
    _assert_kinds(how)
    online, register = how.get("online", ()), how.get("register")
    if trust is not None and online:
        trust = OnlineTrust.around(trust, HttpClient(allow=tuple(online), public_only=True))
    return Rules(
        trust=trust,
        at=None if (at := how.get("at")) is None else moment(at),
        policy=how.get("policy", DEFAULT_POLICY),
        register=None if register is None else os.fspath(register),
        password=how.get("password"),
        show_ids=how.get("show_ids", False),
    )


_NONE = type(None)
_PATH = (str, os.PathLike)
_KINDS: dict[str, tuple[type, ...]] = {
    "at": (datetime, _NONE),
    "policy": (Policy,),
    "register": (*_PATH, _NONE),
    "password": (Callable, _NONE),  # type: ignore[dict-item]  # `isinstance` takes it
    "online": (tuple, list, _NONE),
    "show_ids": (int,),
    "jobs": (int,),
    "max_seconds": (int, float, _NONE),
    "max_memory": (int, _NONE),
    "journal": (*_PATH, _NONE),
    "dask": (str, _NONE),
    "but": (tuple, list),
}


def _assert_kinds(how: How | HowAndWhere) -> None:
    """A misspelt name would be passed over, and a value of a wrong kind taken for a fault of every document."""
    for name, value in how.items():
        if name not in _KINDS:
            raise UsageError("usage.argument", why=f"there is no {name!r}; there are {', '.join(_KINDS)}")
        if not isinstance(value, _KINDS[name]):
            kinds = " | ".join("None" if kind is _NONE else kind.__name__ for kind in _KINDS[name])
            raise UsageError("usage.argument", why=f"{name} is of the kind {kinds}")


def limits_of(how: HowAndWhere) -> Limits:
    """What one file may cost. Raises `UsageError` `usage.argument`."""
    seconds, memory = how.get("max_seconds"), how.get("max_memory")
    if (seconds is not None and not 0 < seconds <= MAX_SECONDS) or (memory is not None and memory <= 0):
        raise UsageError("usage.argument", why="max_seconds, max_memory: not above zero")
    return Limits(max_seconds=seconds, max_memory=memory)


MAX_SECONDS = 10**7  # seconds; beyond it timers of the system overflow


def passed_over(how: HowAndWhere) -> Ours:
    """The files and folders that belong to the audit itself."""
    named = [Path(path) for path in (*how.get("but", ()), how.get("journal")) if path is not None]
    places = frozenset(map(place_of, named))
    return Ours(folders=places | frozenset(map(Path, map(os.path.realpath, named))), files=places)
