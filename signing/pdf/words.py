"""Words of a page and where they stand, asked of PDFium in a process of its own (`words_child`).

PDFium runs whatever a page says, and a page of two lines can ask for all memory there is. So it works beside this
process, within limits of processor time and memory, on a file descriptor; it is started once and kept for the next
document, and started anew after one that ended it.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from ..errors import MalformedError, MissingExtraError, UsageError
from ..files import NotRegularError, open_regular
from . import words_child
from .words_child import MAX_SECONDS

WALL_SECONDS = 6 * MAX_SECONDS  # after which a process that waits instead of computing is given up
MAX_ANSWER_BYTES = 64 * 1024


@dataclass(slots=True)
class _Reader:
    """The process that reads, and of which process it is the child."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    owner: int

    def end(self) -> None:
        """End it; a process that was forked leaves its parent's alone."""
        self.pipe.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()


_reader: _Reader | None = None  # one for this process: starting it takes a tenth of a second
_turn = Lock()


def ask_words(pdf: bytes | os.PathLike[str], question: dict[str, Any]) -> dict[str, Any]:
    """The answer of `words_child.answer`, its error `pdf.malformed` raised.

    Raises `MalformedError`, `MissingExtraError`, `UsageError` (`input.*`).
    """
    if importlib.util.find_spec("pypdfium2") is None:
        raise MissingExtraError("scan")
    with _file_of(pdf) as file, _turn:
        found = _asked(file.fileno(), question)
    if found is None or found.get("error") == "pdf.malformed":
        raise MalformedError("pdf.malformed", why="its pages cannot be read")
    return found


def _asked(file: int, question: dict[str, Any]) -> dict[str, Any] | None:
    """What the process answers; None if the document ended it."""
    global _reader
    if _reader is not None and (_reader.owner != os.getpid() or _reader.process.poll() is not None):
        end_reader()
    if _reader is None:
        _reader = _started()
    try:
        _reader.pipe.send_bytes(json.dumps(question).encode())
        send_handle(_reader.pipe, file, _reader.process.pid)
        if not _reader.pipe.poll(WALL_SECONDS):
            raise TimeoutError
        told: dict[str, Any] = json.loads(_reader.pipe.recv_bytes(MAX_ANSWER_BYTES))
    except (OSError, EOFError, ValueError):  # its time or its memory ran out
        end_reader()
        return None
    return told


def _started() -> _Reader:
    ours, theirs = Pipe()
    # -P: neither this folder, whose modules have names of the library's, nor the working folder is searched for modules
    command = [sys.executable, "-P", str(Path(words_child.__file__))]
    try:
        with theirs:
            process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
    except OSError as e:
        ours.close()
        raise UsageError("workers.unavailable", why=e.strerror or e) from None
    return _Reader(process, ours, os.getpid())


def end_reader() -> None:
    """End the process, if there is one; the next document starts another."""
    global _reader
    reader, _reader = _reader, None
    if reader is not None:
        reader.end()


@contextmanager
def _file_of(pdf: bytes | os.PathLike[str]) -> Iterator[BinaryIO]:
    """The document as an open file."""
    if isinstance(pdf, (bytes, bytearray, memoryview)):
        with tempfile.TemporaryFile() as file:
            file.write(pdf)
            file.seek(0)
            yield file
        return
    try:
        opened = open_regular(pdf)
    except NotRegularError:
        raise UsageError("input.not-regular", path=pdf) from None
    except (OSError, ValueError) as e:
        raise UsageError("input.unreadable", path=pdf, why=getattr(e, "strerror", None) or e) from None
    with opened:
        yield opened


def _at_exit() -> None:
    with suppress(Exception):  # nobody is left to be told
        end_reader()


atexit.register(_at_exit)
