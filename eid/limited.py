"""Tasks on hostile files, done in a process of its own within limits of processor time and memory (`limited_child`).

Libraries that draw pages and decode pictures run whatever a file says, and two lines can ask for all memory there is.
The process is started once and kept for the next file, and started anew after a file that ended it.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MAX_MEMORY = 1024 * 1024 * 1024  # bytes of address space beyond what an idle process has
WALL_FACTOR = 6  # times its processor time; then a process that waits instead of computing is given up
DYING_SECONDS = 1.0  # that a process may take to end when its pipe is closed already
MAX_ANSWER_BYTES = 32 * 1024 * 1024
_CHILD = Path(__file__).with_name("limited_child.py")


class Ended(Enum):
    """Why there is no answer: the file needs more than its processor time, or more memory; or a library broke down
    over it, which looks the same."""

    SECONDS = auto()
    MEMORY = auto()


class NotStartedError(Exception):
    """The system gives no process."""


@dataclass(slots=True)
class _Process:
    """The process, and of which process it is the child."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    owner: int
    used: bool = False

    def end(self) -> int | None:
        """End it and tell how it ended; a process that was forked leaves its parent's alone."""
        self.pipe.close()
        if self.owner != os.getpid():
            return None
        self.process.kill()
        return self.process.wait()


class LimitedTask:
    """The function `answer(file, question)` of one script, called in a process that is kept.

    `script` is a file of its own, which imports nothing of the package that it lies in.
    """

    def __init__(self, script: Path, *, max_memory: int = MAX_MEMORY) -> None:
        self._script, self._max_memory = script, max_memory
        self._process: _Process | None = None  # starting one takes a tenth of a second
        self._turn = Lock()
        atexit.register(self._at_exit)

    def ask(self, file: int, question: dict[str, Any], *, seconds: float) -> Any:
        """The answer about the file behind a descriptor, a JSON value, or an `Ended`.

        `seconds` are processor time. What a file needs is measured with a process that no other file has used
        before memory is said to be too little. Raises `NotStartedError`.
        """
        with self._turn:
            used = self._ready().used
            told = self._asked(file, question, seconds)
            if told is Ended.MEMORY and used:
                os.lseek(file, 0, os.SEEK_SET)
                self._ready()
                told = self._asked(file, question, seconds)
            return told

    def end(self) -> int | None:
        """End the process, if there is one; the next file starts another."""
        process, self._process = self._process, None
        return process.end() if process is not None else None

    def _ready(self) -> _Process:
        now = self._process
        if now is not None and (now.owner != os.getpid() or now.process.poll() is not None):
            self.end()
        if self._process is None:
            self._process = self._started()
        return self._process

    def _asked(self, file: int, question: dict[str, Any], seconds: float) -> Any:
        from multiprocessing.reduction import send_handle  # the package costs a tenth of the time of `import eid`

        process = self._ready()
        process.used = True
        try:
            process.pipe.send_bytes(json.dumps({**question, "seconds": seconds}).encode())
            send_handle(process.pipe, file, process.process.pid)
            if not process.pipe.poll(WALL_FACTOR * seconds):
                self.end()
                return Ended.SECONDS
            return json.loads(process.pipe.recv_bytes(MAX_ANSWER_BYTES))
        except (OSError, EOFError, ValueError):  # it is ending, and its end tells why
            with suppress(subprocess.TimeoutExpired):
                process.process.wait(DYING_SECONDS)
        return Ended.SECONDS if self.end() == -signal.SIGPROF else Ended.MEMORY

    def _started(self) -> _Process:
        from multiprocessing import Pipe

        ours, theirs = Pipe()
        # -P: neither this folder, whose modules have names of the library's, nor the working folder is searched
        command = [sys.executable, "-P", str(_CHILD), str(self._script), str(self._max_memory)]
        try:
            with theirs:
                process = subprocess.Popen(
                    command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
        except OSError as e:
            ours.close()
            raise NotStartedError(e.strerror or str(e)) from None
        return _Process(process, ours, os.getpid())

    def _at_exit(self) -> None:
        with suppress(Exception):  # nobody is left to be told
            self.end()
