"""Words of a page and where they stand, asked of PDFium in a process of its own (`words_child`, `eid.limited`).

PDFium runs whatever a page says, and a page of two lines can ask for all memory there is. So it works beside this
process, within limits of processor time and memory, on a file descriptor.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from eid.limited import Ended, LimitedTask, NotStartedError

from ..errors import MalformedError, MissingExtraError, UsageError
from ..files import NotRegularError, open_regular
from . import words_child

MAX_SECONDS = 10.0  # processor time for one document

_task = LimitedTask(Path(words_child.__file__))


def ask_words(pdf: bytes | os.PathLike[str], question: dict[str, Any]) -> dict[str, Any]:
    """The answer of `words_child.answer`, its error `pdf.malformed` raised.

    Raises `MalformedError`, `MissingExtraError`, `UsageError` (`input.*`, `workers.unavailable`).
    """
    if importlib.util.find_spec("pypdfium2") is None:
        raise MissingExtraError("scan")
    with _file_of(pdf) as file:
        try:
            found = _task.ask(file.fileno(), question, seconds=MAX_SECONDS)
        except NotStartedError as e:
            raise UsageError("workers.unavailable", why=e) from None
    if isinstance(found, Ended) or found.get("error") == "pdf.malformed":
        raise MalformedError("pdf.malformed", why="its pages cannot be read")
    told: dict[str, Any] = found
    return told


def end_reader() -> None:
    """End the process, if there is one; the next document starts another."""
    _task.end()


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
