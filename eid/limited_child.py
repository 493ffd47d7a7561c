"""The process that runs one task on hostile files within limits of processor time and memory (see `limited`).

Run as a script beside the task's file, whose `answer(file, question)` gives a JSON value for the file descriptor
`file`, which it closes. Questions come through the pipe that is standard input, one file descriptor after each. A
hostile file may end this process, by its limits or by a library's own faults, and nothing else.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any

MAX_QUESTION_BYTES = 64 * 1024


def serve(pipe: Connection, answer: Callable[[int, dict[str, Any]], Any], max_bytes: int) -> None:
    """Answer until the other end is closed; `max_bytes` of address space beyond what an idle process has."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    _limit_memory(max_bytes)
    with suppress(EOFError, OSError):
        while True:
            question = json.loads(pipe.recv_bytes(MAX_QUESTION_BYTES))
            file = recv_handle(pipe)
            signal.setitimer(signal.ITIMER_PROF, question.pop("seconds"))  # its signal ends the process
            told = json.dumps(answer(file, question)).encode()
            signal.setitimer(signal.ITIMER_PROF, 0)
            pipe.send_bytes(told)


def _limit_memory(max_bytes: int) -> None:
    import resource

    now = 0
    with suppress(OSError, ValueError, IndexError), open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        now = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = now + max_bytes
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


if __name__ == "__main__":
    task = runpy.run_path(os.fsdecode(sys.argv[1]))["answer"]
    serve(Connection(sys.stdin.fileno()), task, int(sys.argv[2]))
