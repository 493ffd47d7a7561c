"""Audit of files that one did not make and does not trust: a Report for each, never an exception for a bad document.

The verdict of a document is the worst of its signatures (EN 319 102-1 §5.1.3), made worse by what is found about the
document as a whole. Folders are a stream: one Report at a time, over several processes when asked.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypedDict, Unpack

from .audit_judges import Judged, Rules, fault, judge
from .clock import moment
from .errors import SigningError
from .files import MAX_DIGEST_BYTES, MAX_READ_BYTES, NotRegularError, is_folder, open_regular, read_stream
from .http import HttpClient
from .online import OnlineTrust
from .policy import DEFAULT_POLICY, Policy
from .recognize import HEAD_BYTES, Shape, is_suspect, shape_of
from .report import Finding, Report, Verdict
from .trust.store import TrustStore
from .workers import Work, spread

PathName = str | os.PathLike[str]


class How(TypedDict, total=False):
    """How to judge; what is left out has its default.

    `at` is the time of the check (aware), now by default. `register` is the URL of the office's register (SQLAlchemy
    form). `password(name)` opens encrypted PDFs; with several processes it has to be picklable. `online` lists URL
    prefixes of OCSP and CRL services that may be asked where a file lacks evidence; none is by default. Personal
    numbers are masked unless `show_ids`.
    """

    at: datetime | None
    policy: Policy
    register: str | None
    password: Callable[[str], str] | None
    online: tuple[str, ...]
    show_ids: bool


def audit_file(path: PathName, trust: TrustStore | None = None, **how: Unpack[How]) -> Report:
    """The Report of one file: PDF, dossier, ASiC container, detached CMS signature (`F.p7s` beside `F`), timestamp,
    seal's text.

    A bad document never raises; a register that cannot be opened, or an unusable `at` or `online`, does.
    """
    return _audit(_Task(Path(path), follow=True), _rules(trust, how))


def audit_bytes(data: bytes, trust: TrustStore | None = None, *, name: str = "-", **how: Unpack[How]) -> Report:
    """The Report of a file that is in memory; `name` stands for its path. A detached signature lacks its content."""
    rules, started = _rules(trust, how), time.perf_counter()
    content = _Content(sha256=hashlib.sha256(data).hexdigest(), data=data)
    now = moment(rules.at)
    return _report(Path(name), content.sha256, _judge(None, name, content, now, rules), now, rules, started)


def audit_folder(
    path: PathName, trust: TrustStore | None = None, *, jobs: int = 1, **how: Unpack[How]
) -> Iterator[Report]:
    """The Reports of every file under a folder, as they are ready; see `audit_files`."""
    return audit_files([path], trust, jobs=jobs, **how)


def audit_files(
    paths: Iterable[PathName], trust: TrustStore | None = None, *, jobs: int = 1, **how: Unpack[How]
) -> Iterator[Report]:
    """The Reports of files, and of every file under folders, in a fixed order, as they are ready.

    A link is followed where it is named in `paths`; one that is met in a folder is reported and not followed. With
    `jobs` > 1 that many processes share the work; the Reports and their order stay the same.
    """
    rules = _rules(trust, how)
    tasks = (task for path in paths for task in _tasks(Path(path)))
    if jobs == 1:
        return (_audit(task, rules) for task in tasks)
    work = Work(start=_start_worker, given=(rules,), call=_audit_in_worker, lost=lambda task: _lost(task, rules))
    return spread(work, tasks, jobs)


def _rules(trust: TrustStore | None, how: How) -> Rules:
    online = how.get("online", ())
    if trust is not None and online:
        trust = OnlineTrust.around(trust, HttpClient(allow=tuple(online)))
    return Rules(
        trust=trust,
        at=None if (at := how.get("at")) is None else moment(at),
        policy=how.get("policy", DEFAULT_POLICY),
        register=how.get("register"),
        password=how.get("password"),
        show_ids=how.get("show_ids", False),
    )


# --- files -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Task:
    """One file to judge; links are followed only where the caller named them."""

    path: Path
    follow: bool


def _tasks(path: Path) -> Iterator[_Task]:
    """`path` itself, or every file under it: those of a folder by name, then its folders by name."""
    if not is_folder(path):
        yield _Task(path, follow=True)
        return
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listed:
                entries = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in listed)
        except OSError:
            yield _Task(folder, follow=False)  # a folder that cannot be listed is not passed over in silence
            continue
        for name, is_dir in entries:
            if not is_dir:
                yield _Task(folder / name, follow=False)
        waiting += [folder / name for name, is_dir in reversed(entries) if is_dir]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What was read: `data` is None for a file that cannot be signed, or is `too_large` to be judged."""

    sha256: str | None
    data: bytes | None = None
    too_large: bool = False


def _read(task: _Task) -> _Content:
    """Only what may be signed comes into memory. Raises `OSError`, and `ValueError` for an impossible name."""
    with open_regular(task.path, follow=task.follow) as source:
        suspect = is_suspect(task.path.name, source.read(HEAD_BYTES))
        size = os.fstat(source.fileno()).st_size
        if suspect and size <= MAX_READ_BYTES:
            source.seek(0)
            data = read_stream(source, MAX_READ_BYTES)
            return _Content(sha256=hashlib.sha256(data).hexdigest(), data=data)
        if size > MAX_DIGEST_BYTES:
            return _Content(sha256=None, too_large=suspect)
        source.seek(0)
        return _Content(sha256=hashlib.file_digest(source, "sha256").hexdigest(), too_large=suspect)


# --- one file --------------------------------------------------------------------------------------------------------


def _audit(task: _Task, rules: Rules) -> Report:
    started, now = time.perf_counter(), moment(rules.at)
    sha256 = None
    try:
        content = _read(task)
    except NotRegularError:
        judged = fault("unknown", Finding.of("document.not-regular"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        judged = fault("unknown", Finding.of("document.unreadable", why=why))
    else:
        sha256 = content.sha256
        judged = _judge(task.path, task.path.name, content, now, rules)
    return _report(task.path, sha256, judged, now, rules, started)


def _judge(path: Path | None, name: str, content: _Content, now: datetime, rules: Rules) -> Judged:
    """The judgement of what was read; `path` is where a detached signature's content may be found."""
    if content.too_large:
        limit = f"{MAX_READ_BYTES} bytes"
        return fault("unknown", Finding.of("input.too-large", what=name, limit=limit))
    if content.data is None:
        return judge(Shape.OTHER, path, b"", now, rules)
    shape = Shape.OTHER
    try:
        shape = shape_of(name, content.data)
        return judge(shape, path, content.data, now, rules)
    except SigningError as error:
        if error.exit_status == 2 and error.code.startswith("register."):
            raise  # the caller's register, not the document, is at fault
        verdict = Verdict.INVALID if error.exit_status == 1 else Verdict.INDETERMINATE
        return fault(shape.kind, Finding.from_error(error), verdict)
    except Exception:  # the last line of defence: one hostile file must not stop an archive's audit
        return fault(shape.kind, Finding.of("document.internal"))


def _report(path: Path, sha256: str | None, judged: Judged, now: datetime, rules: Rules, started: float) -> Report:
    return Report(
        path=shown_path(path),
        sha256=sha256,
        kind=judged.kind,
        verdict=judged.verdict,
        validated_at=now,
        policy=rules.policy.name,
        signatures=judged.signatures,
        dossier=judged.dossier,
        seals=judged.seals,
        findings=judged.findings,
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )


def shown_path(path: Path) -> str:
    """A path as text that can be encoded, whatever bytes its name has: those that are not UTF-8 as `\\xNN`."""
    try:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # a name that no file system could have
        return str(path).encode("utf-8", "backslashreplace").decode()


# --- several processes -----------------------------------------------------------------------------------------------

_worker_rules: Rules | None = None


def _start_worker(rules: Rules) -> None:
    global _worker_rules  # one per process, set once by the pool
    _worker_rules = rules


def _audit_in_worker(task: _Task) -> Report:
    if _worker_rules is None:
        raise RuntimeError("the pool did not start this worker")
    return _audit(task, _worker_rules)


def _lost(task: _Task, rules: Rules) -> Report:
    """A file at which the process died, even alone: it is not judged, and the audit goes on."""
    judged = fault("unknown", Finding.of("document.killed"))
    return _report(task.path, None, judged, moment(rules.at), rules, time.perf_counter())
