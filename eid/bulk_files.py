"""The two files of a bulk run: lines read with a limit, answers appended durably, a run that was stopped found again.

The output holds one line for each line of the input, in order; so its number of lines says where to go on.
"""

from __future__ import annotations

import hashlib
import os
import stat
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
_REFUSAL, _REFUSAL_WITHIN = b',"code":', 40  # what a refusal has behind the number of its line, and a token has not


def place_of(target: str | os.PathLike[str]) -> str:
    """Where the output lies: one file, one lock, by whatever name. A device is a `UsageError` (`output.unwritable`)."""
    try:
        place = os.path.realpath(target)
        mode = Path(place).stat().st_mode  # asked once: another run may make the file at any moment
    except FileNotFoundError:
        return place
    except (OSError, ValueError) as e:
        raise UsageError("output.unwritable", path=target, why=getattr(e, "strerror", None) or e) from None
    if not stat.S_ISREG(mode):
        raise UsageError("output.unwritable", path=target, why="not a regular file")
    return place


def open_binary(path: str | os.PathLike[str], mode: str) -> BinaryIO:
    """The input (`rb`) or the output (`ab+`, made if missing, mode 0600), each a regular file: it is read twice, and a
    device's mode is not ours to change. Raises `UsageError`."""
    reading = mode == "rb"
    flags = os.O_RDONLY if reading else os.O_RDWR | os.O_CREAT | os.O_APPEND
    try:
        handle = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, PRIVATE)  # a pipe must not block
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise ValueError("not a regular file")
        if not reading:
            os.fchmod(handle, PRIVATE)
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


def resume(out: BinaryIO, database: Database, job: bytes, target: str | os.PathLike[str]) -> tuple[int, int]:
    """How many lines the output holds, and in how many of them nothing was issued; what follows the last whole one is
    cut off.

    Raises `UsageError` (`bulk.output`) when its last lines are not of this job: a refusal names the job, and the last
    token is the one entered for that line.
    """
    count, refused, whole = _whole_lines(out)
    start = max(0, whole - MAX_OUTPUT_BYTES)
    out.seek(start)
    tail = out.read(whole - start).splitlines()[1 if start else 0 :]  # the first may be cut
    for number, line in zip(range(count, 0, -1), reversed(tail), strict=False):
        answer = _answer(line)
        _check_ours(answer.get("line") == number, target)
        _check_ours("token_id" in answer or answer.get("job") == job.hex(), target)
        if "token_id" in answer:
            known = entered_lines(database, job, number, number).get(number)
            _check_ours(known is not None and known.slot.token_id == answer["token_id"], target)
            break
    _check_ours(out.seek(0, os.SEEK_END) - whole <= _MAX_TORN_BYTES, target)
    out.truncate(whole)
    return count, refused


def _whole_lines(out: BinaryIO) -> tuple[int, int, int]:
    """How many whole lines there are, how many of them are refusals, and where the last of them ends."""
    out.seek(0)
    count = refused = whole = place = 0
    while piece := out.readline(MAX_OUTPUT_BYTES):
        place += len(piece)
        if piece.endswith(b"\n"):
            count += 1
            refused += _REFUSAL in piece[:_REFUSAL_WITHIN]
            whole = place
    return count, refused, whole


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
    """Write the lines durably. Raises `UsageError` (`output.unwritable`); no buffer keeps what no disk took."""
    data = memoryview(b"\n".join([*answers, b""]))
    try:
        while data:
            data = data[os.write(out.fileno(), data) :]
        os.fsync(out.fileno())
    except OSError as e:
        raise UsageError("output.unwritable", path=target, why=e.strerror or e) from None
