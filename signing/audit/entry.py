"""One line of an audit's journal: whose Report it is, the state of the file then, and the Report itself."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files import open_regular
from ..report import Report, json_line
from ..report.more import more_of
from ..report.read import parse_json
from .judges import beside
from .walk import Task

# Findings of files that were not judged for a reason that may have passed, or that more time or memory would mend. A
# journal knows of a password only whether there was one: what did not open is tried with that of today.
AGAIN = frozenset(
    {
        *("document.unreadable", "document.killed", "document.internal", "pdf.unopened"),
        *("http.unreachable", "http.timeout", "http.status"),
    }
)
LIMITED = frozenset({"document.time-limit", "document.memory-limit"})
SETTLED_NS = (
    2_000_000_000  # nanoseconds; a file changed so shortly before may change again within one tick of its clock
)
_NUMBERS = 4  # of a file's state


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A file as it stood: its own numbers and those of the file that a detached signature is about.

    `text` holds size in bytes, times of change of content and of inode in nanoseconds, and inode; `seen_ns` is when
    it was looked at, nanoseconds since 1970.
    """

    text: str
    seen_ns: int
    newest_ns: int = 0

    @classmethod
    def of(cls, task: Task) -> State | None:
        """The state now; None if the file is not there."""
        seen = time.time_ns()
        try:
            own = task.path.stat(follow_symlinks=task.follow)
            other = beside(task.path)
            more = _stat(other) if other is not None else None
        except (OSError, ValueError):
            return None
        text = _numbers(own) if other is None else f"{_numbers(own)} / {_numbers(more) if more else '-'}"
        newest = max(each.st_ctime_ns for each in (own, more) if each is not None)
        return cls(text=text, seen_ns=seen, newest_ns=newest)

    def is_same(self, task: Task, seen_ns: int, sha256: str | None) -> bool:
        """Whether the same numbers mean the same bytes: where the clock of the file system is too coarse, by digest."""
        if self.newest_ns < seen_ns - SETTLED_NS:
            return True
        if beside(task.path) is not None or sha256 is None:
            return False
        try:
            with open_regular(task.path, follow=task.follow) as source:
                return hashlib.file_digest(source, "sha256").hexdigest() == sha256
        except (OSError, ValueError):
            return False


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _numbers(found: os.stat_result) -> str:
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line; `told` is the JSON of the Report and `more` what it does not say, looked at only when they are needed."""

    path: str
    state: State
    told: Any
    more: Any = None


def key_of(path: Path) -> str:
    """A path as text; no two names have the same."""
    return os.fsencode(path).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def line_of(entry: Entry, report: Report) -> bytes:
    """The line, without its end."""
    about: dict[str, Any] = {"path": entry.path, "state": entry.state.text, "seen": entry.state.seen_ns}
    if (more := more_of(report)) is not None:
        about["more"] = more
    return f'{json_line(about)[:-1]}, "report": {report.to_json()}}}'.encode()


def parse_line(line: bytes) -> Entry | dict[str, Any]:
    """An entry, or the head of a journal or run. Raises `ValueError`."""
    value = parse_json(line)
    if type(value) is not dict:
        raise ValueError("not a JSON object")
    if set(value) in ({"audit"}, {"run"}, {"run", "register"}):
        return value
    if set(value) - {"more"} != {"path", "state", "seen", "report"}:
        raise ValueError("members")
    path, state, seen = value["path"], value["state"], value["seen"]
    if type(path) is not str or type(state) is not str or type(seen) is not int or abs(seen) >= 2**63:
        raise ValueError("path, state, seen")
    _assert_text(path + state)
    return Entry(path=path, state=State(text=state, seen_ns=seen), told=value["report"], more=value.get("more"))


def _assert_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise ValueError("path, state") from None


def head_of(value: dict[str, Any], number: int) -> dict[str, Any]:
    """The conditions in a journal's first line. Raises `ValueError`."""
    from datetime import datetime

    found = value["audit"]
    if number != 1 or type(found) is not dict:
        raise ValueError("audit")
    at = found.get("at")
    if at is not None and (type(at) is not str or datetime.fromisoformat(at).tzinfo is None):
        raise ValueError("at")
    return found
