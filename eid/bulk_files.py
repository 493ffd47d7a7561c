"""The two files of a bulk run: lines read with a limit, answers appended durably, a run that was stopped found again.

The output holds one line for each line of the input, in order; so its number of lines says where to go on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from .encoding import dump_json, load_json
from .errors import LimitError, UsageError
from .files import PRIVATE
from .registry.bulk_rows import entered_lines
from .registry.database import Database

MAX_LINE_BYTES = 64 * 1024  # of the input
MAX_OUTPUT_BYTES = 64 * 1024  # of one line of the output; a token has its own, smaller limit
_MAX_TORN_BYTES = MAX_OUTPUT_BYTES  # what a stopped run may leave behind its last whole line
JOB_BYTES = 16
_CHUNK_BYTES = 1 << 20


def open_binary(path: str | os.PathLike[str], mode: str) -> BinaryIO:
    """The input (`rb`) or the output (`ab+`, mode 0600, made if missing). Raises `UsageError`."""
    reading = mode == "rb"
    try:
        handle = os.open(path, os.O_RDONLY if reading else os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE)
        return os.fdopen(handle, mode)  # type: ignore[return-value]  # typeshed knows no binary mode in a variable
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", None) or e
        if reading:
            raise UsageError("input.unreadable", path=path, why=why) from None
        raise UsageError("output.unwritable", path=path, why=why) from None


def job_of(lines: BinaryIO, options: Mapping[str, Any]) -> bytes:
    """What tells one job from another: the input's content and the options."""
    digest = hashlib.sha256(dump_json(options))
    while chunk := lines.read(_CHUNK_BYTES):
        digest.update(chunk)
    lines.seek(0)
    return digest.digest()[:JOB_BYTES]


def read_lines(source: BinaryIO) -> Iterator[bytes | LimitError]:
    """The lines, without their ends; in place of a line that is too long stands the error."""
    while line := source.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(MAX_LINE_BYTES)
        yield LimitError("input.too-large", what="a line", limit=f"{MAX_LINE_BYTES} bytes")


def resume(out: BinaryIO, database: Database, job: bytes, target: str | os.PathLike[str]) -> int:
    """How many lines the output holds; what follows the last whole one is cut off.

    Raises `UsageError` (`bulk.output`) when the last token in it is not the one entered for that line of this job.
    """
    count, whole = _whole_lines(out)
    start = max(0, whole - MAX_OUTPUT_BYTES)
    out.seek(start)
    tail = out.read(whole - start).splitlines()[1 if start else 0 :]  # the first may be cut
    for number, line in zip(range(count, 0, -1), reversed(tail), strict=False):
        answer = _answer(line)
        _check_ours(answer.get("line") == number, target)
        if "token_id" in answer:
            known = entered_lines(database, job, number, number).get(number)
            _check_ours(known is not None and known.slot.token_id == answer["token_id"], target)
            break
    _check_ours(out.seek(0, os.SEEK_END) - whole <= _MAX_TORN_BYTES, target)
    out.truncate(whole)
    return count


def _whole_lines(out: BinaryIO) -> tuple[int, int]:
    """How many whole lines there are, and where the last of them ends."""
    out.seek(0)
    count = whole = place = 0
    while chunk := out.read(_CHUNK_BYTES):
        count += chunk.count(b"\n")
        end = chunk.rfind(b"\n")
        whole = place + end + 1 if end >= 0 else whole
        place += len(chunk)
    return count, whole


def _answer(line: bytes) -> dict[str, Any]:
    try:
        value = load_json(line)
    except (ValueError, RecursionError):
        return {}
    return value if type(value) is dict else {}


def _check_ours(good: bool, target: str | os.PathLike[str]) -> None:
    if not good:
        raise UsageError("bulk.output", path=Path(target))


def append(out: BinaryIO, answers: list[bytes], target: str | os.PathLike[str]) -> None:
    """Write the lines durably. Raises `UsageError` (`output.unwritable`)."""
    try:
        out.write(b"\n".join([*answers, b""]))
        out.flush()
        os.fsync(out.fileno())
    except OSError as e:
        raise UsageError("output.unwritable", path=target, why=e.strerror or e) from None
