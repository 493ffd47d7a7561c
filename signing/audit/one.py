"""One file of an audit: opened, read as far as it has to be, judged by the room of its shape; its Report.

Nothing that a document does raises, but for two things that are not its fault: a register of the caller's that cannot
be opened, and memory that does not suffice.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ..clock import moment
from ..errors import LimitError, SigningError
from ..files import MAX_DIGEST_BYTES, MAX_READ_BYTES, NotRegularError, is_hollow, open_regular, read_stream
from ..recognize import HEAD_BYTES, Shape, is_suspect, shape_of, shows_as_pdf
from ..report import Finding, Report, Verdict
from .judges import Judged, Rules, fault, judge
from .walk import Task


def audit_task(task: Task, rules: Rules) -> Report:
    """The Report of one file. Raises `SigningError` (`register.…`) and `MemoryError`."""
    started, now = time.perf_counter(), moment(rules.at)
    sha256 = None
    try:
        content = _read(task)
    except NotRegularError:
        judged = fault("unknown", _not_a_file(task.path))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        judged = fault("unknown", Finding.of("document.unreadable", why=why))
    else:
        sha256 = content.sha256
        judged = _judge(task.path, task.path.name, content, now, rules)
    return _report(task.path, sha256, judged, now, rules, started)


def _not_a_file(path: Path) -> Finding:
    """What is wrong with what is no file; a folder that cannot be listed comes in the place of its files."""
    try:
        if stat.S_ISDIR(path.lstat().st_mode):
            os.scandir(path).close()
    except OSError as error:
        return Finding.of("document.unreadable", why=error.strerror or error)
    return Finding.of("document.not-regular")


def audit_data(data: bytes, name: str, rules: Rules) -> Report:
    """The Report of what is in memory; `name` stands for its path. Raises as `audit_task`."""
    started, now = time.perf_counter(), moment(rules.at)
    content = _Content(sha256=hashlib.sha256(data).hexdigest(), data=data)
    return _report(Path(name), content.sha256, _judge(None, name, content, now, rules), now, rules, started)


def unjudged(path: Path, finding: Finding, rules: Rules) -> Report:
    """The Report of a file that was not judged, for a reason that lies outside it."""
    return _report(path, None, fault("unknown", finding), moment(rules.at), rules, time.perf_counter())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What was read: `data` is None for a file that cannot be signed, or is `too_large` to be judged."""

    sha256: str | None
    data: bytes | None = None
    too_large: bool = False


def _read(task: Task) -> _Content:
    """Only what may be signed comes into memory. Raises `OSError`, and `ValueError` for an impossible name."""
    with open_regular(task.path, follow=task.follow) as source:
        suspect = is_suspect(task.path.name, source.read(HEAD_BYTES))
        about = os.fstat(source.fileno())
        size = about.st_size
        if suspect and size <= MAX_READ_BYTES:
            source.seek(0)
            data = read_stream(source, MAX_READ_BYTES)
            return _Content(sha256=hashlib.sha256(data).hexdigest(), data=data)
        if size > MAX_DIGEST_BYTES or is_hollow(about):
            return _Content(sha256=None, too_large=suspect)
        source.seek(0)
        return _Content(sha256=hashlib.file_digest(source, "sha256").hexdigest(), too_large=suspect)


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
        judged = judge(shape, path, content.data, now, rules)
        return _two_faced(judged) if shows_as_pdf(name, shape, content.data) else judged
    except SigningError as error:
        if error.exit_status == 2 and error.code.startswith("register."):
            raise  # the caller's register, not the document, is at fault
        told = error.exit_status == 1 and not isinstance(error, LimitError)  # a limit of ours is no fault of it
        verdict = Verdict.INVALID if told else Verdict.INDETERMINATE
        return fault(shape.kind, Finding.from_error(error), verdict)
    except MemoryError:
        raise  # more may be had where this file is alone
    except Exception:  # the last line of defence: one hostile file must not stop an archive's audit
        return fault(shape.kind, Finding.of("document.internal"))


def _two_faced(judged: Judged) -> Judged:
    """The same of a file that programs for PDF show as another document than the one that is signed."""
    finding = Finding.of("document.polyglot")
    verdict = judged.verdict if judged.verdict is Verdict.UNSIGNED else Verdict.INVALID
    return replace(judged, verdict=verdict, findings=(*judged.findings, finding))


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
