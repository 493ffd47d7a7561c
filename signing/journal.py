"""The journal of a batch (JSON Lines, RFC 8259): what was made of which input, on disk before the output has its name.

An output that is named in the journal is finished: its bytes are on disk under its own name, or still under the
temporary one that stands beside it in the same line. So a run that is killed between any two instructions is gone on
with, and nothing is signed twice. One process at a time writes; a line that a power failure cut is dropped. A file
that does not begin as a journal does is left as it is.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import UsageError
from .lines import DISK_FULL, LinesFile, Told, opened_lines

__all__ = ["DISK_FULL", "MAX_LINE_BYTES", "NAME", "Job", "Journal", "Made", "Missed", "opened", "temporary_files"]

NAME = "signing-journal.jsonl"
MAX_LINE_BYTES = 64 * 1024  # bytes; two paths of 4096 bytes with every byte escaped stay below
_BEGINNING = b'{"run": {"verb": '  # of every journal
_TOLD = Told(busy="bulk.busy", full="bulk.disk-full", malformed="journal.malformed", unwritable="journal.unwritable")
_TEMPORARY = re.compile(r"[0-9a-f]{8,64}\.tmp", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What all outputs of a run have in common. `certificate` is the SHA-256 of the signer's, empty for `extend`."""

    verb: str
    certificate: str
    baseline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One finished output. Sizes in bytes, digests as lower-case hexadecimal; `output` is relative to the batch's
    folder, `source` absolute, `temporary` a plain name in the batch's working folder."""

    source: str
    size: int
    mtime_ns: int
    sha256: str
    output: str
    output_size: int
    output_sha256: str
    temporary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One input of which nothing was made, and why."""

    source: str
    output: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line of a run; `overwrite` if outputs of earlier runs were to be replaced."""

    job: Job
    overwrite: bool


class Journal:
    """An open journal; `find` answers from its index, which is kept on disk. Use `opened`."""

    def __init__(self, file: LinesFile) -> None:
        self._file = file
        self._job = b""
        # a private file that vanishes: memory stays flat however long the journal is
        self._index = sqlite3.connect("", isolation_level=None)

    def load(self) -> None:
        """Drop a line that was cut, index the rest. Raises `MalformedError` `journal.malformed`."""
        self._index.execute("CREATE TABLE made (output BLOB PRIMARY KEY, place INTEGER, job BLOB) WITHOUT ROWID")
        self._index.execute("BEGIN")
        job, end, number = b"", 0, 0
        if not self._file.begins_as(_BEGINNING):
            raise self._file.malformed(1, "no run wrote it")
        for place, line in self._file.lines():
            number, end = number + 1, place + len(line)
            try:
                read = _parse(line)
                if number == 1 and not isinstance(read, _Head):
                    raise ValueError("run")
            except ValueError as e:
                raise self._file.malformed(number, e) from None
            if isinstance(read, _Head):
                job = _job_key(read.job)
            elif isinstance(read, Missed):
                self._index.execute("DELETE FROM made WHERE output = ?", (os.fsencode(read.output),))
            elif isinstance(read, Made):
                row = (os.fsencode(read.output), place, job)
                self._index.execute("INSERT OR REPLACE INTO made VALUES (?, ?, ?)", row)
        self._file.cut(end)

    def begin(self, job: Job, *, overwrite: bool, time: str) -> None:
        """The head of a run. Raises `UsageError` `journal.unwritable`."""
        self._file.append([json.dumps({"run": {**asdict(job), "overwrite": overwrite, "time": time}}).encode()])
        self._job = _job_key(job)

    def append(self, entries: Iterable[Made | Missed]) -> None:
        """Add the entries, all of them durable or none. Raises `UsageError` `journal.unwritable`."""
        lines = [json.dumps(asdict(entry)).encode() for entry in entries]
        if lines:
            self._file.append(lines)

    def forget(self, missed: Missed) -> None:
        """Add the entry and let `find` know it. Raises `UsageError` `journal.unwritable`."""
        self.append([missed])
        self._index.execute("DELETE FROM made WHERE output = ?", (os.fsencode(missed.output),))

    def end(self, counts: Mapping[str, int], *, time: str) -> None:
        """The last line of a run that came to its end."""
        self._file.append([json.dumps({"end": {**counts, "time": time}}).encode()])

    def find(self, output: str) -> tuple[Made, bool] | None:
        """The newest entry for an output of earlier runs, and whether its run was the same job as this one."""
        row = self._index.execute("SELECT place, job FROM made WHERE output = ?", (os.fsencode(output),)).fetchone()
        if row is None:
            return None
        return self._at(row[0]), row[1] == self._job

    def pending(self, temporary: frozenset[str]) -> list[tuple[Made, bool]]:
        """The entries of outputs that may still have one of these temporary names; and whether they were to replace."""
        found, overwrite = [], False
        for _, line in self._file.lines() if temporary else ():
            read = _parse(line)
            if isinstance(read, _Head):
                overwrite = read.overwrite
            elif isinstance(read, Made) and read.temporary in temporary:
                found.append((read, overwrite))
        return found

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def _at(self, place: int) -> Made:
        read = _parse(self._file.line_at(place))
        if not isinstance(read, Made):
            raise self._file.malformed("?", "changed while it was read")
        return read


def temporary_files(folder: Path) -> list[Path]:
    """What stands in a working folder under names that an entry may hold. Raises `OSError`."""
    return [path for path in folder.iterdir() if _TEMPORARY.fullmatch(path.name)]


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    """The journal at `path`, made if it is missing, read and locked against a second run.

    Raises `UsageError` (`journal.unwritable`, `bulk.busy`) and `MalformedError` `journal.malformed`.
    """
    with opened_lines(path, _TOLD, max_line=MAX_LINE_BYTES) as file:
        journal = Journal(file)
        try:
            journal.load()
            yield journal
        except sqlite3.Error as e:
            raise UsageError("bulk.index", why=e) from None
        finally:
            journal.close()


def _job_key(job: Job) -> bytes:
    return json.dumps(asdict(job)).encode()


def _parse(line: bytes) -> _Head | Made | Missed | None:
    """What stands in a line; None for lines that resume nothing. Raises `ValueError`."""
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"> {MAX_LINE_BYTES} bytes")
    try:
        value = json.loads(line)
    except RecursionError:
        raise ValueError("nested") from None
    if type(value) is not dict:
        raise ValueError("not a JSON object")
    if "run" in value:
        return _head(value["run"])
    if "code" in value:
        return Missed(**{name: _text(value.get(name), name) for name in ("source", "output", "code", "text")})
    return _made(value) if "output_sha256" in value else None


def _head(value: Any) -> _Head:
    if type(value) is not dict:
        raise ValueError("run")
    job = Job(**{name: _text(value.get(name), name) for name in ("verb", "certificate", "baseline")})
    return _Head(job, overwrite=value.get("overwrite") is True)


def _made(value: dict[str, Any]) -> Made:
    if set(value) != set(Made.__dataclass_fields__):
        raise ValueError("members")
    texts = {name: _text(value[name], name) for name in ("source", "sha256", "output", "output_sha256", "temporary")}
    numbers = {name: _number(value[name], name) for name in ("size", "mtime_ns", "output_size")}
    # What stands here is used as paths: nothing may lead out of the two folders.
    if not _TEMPORARY.fullmatch(texts["temporary"]):
        raise ValueError("temporary")
    parts = texts["output"].split("/")
    if not _SHA256.fullmatch(texts["sha256"]) or not _SHA256.fullmatch(texts["output_sha256"]):
        raise ValueError("sha256")
    if "\0" in texts["output"] or any(part in {"", ".", ".."} for part in parts):
        raise ValueError("output")
    return Made(**texts, **numbers)  # type: ignore[arg-type]  # names sorted by type above


def _text(value: object, name: str) -> str:
    if type(value) is not str:
        raise ValueError(name)
    try:
        os.fsencode(value)
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        raise ValueError(name) from None
    return value


def _number(value: object, name: str) -> int:
    if type(value) is not int or not -_MAX_NUMBER <= value <= _MAX_NUMBER:
        raise ValueError(name)
    return value
