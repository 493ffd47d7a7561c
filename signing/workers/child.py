"""One worker process: items in through a pipe, answers out, within limits that end the process and nothing else.

Processor time is counted by the kernel (POSIX `ITIMER_PROF`, whose signal ends the process whatever code it is in) and
memory as address space (`RLIMIT_AS`). What an item costs never depends on how busy the machine is.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

READY, ANSWER, RAISED, UNPREPARED = "ready", "answer", "raised", "unprepared"  # what a worker sends first
OUT_OF_MEMORY = 77  # exit status of a worker whose item asked for more memory than is allowed
OUT_OF_TIME = -signal.SIGPROF  # exit code of a worker whose item used up its processor time
WALL_FACTOR = 5  # an item that waits instead of computing has this many times its processor time
MEBIBYTE = 1024 * 1024  # bytes
_SIZE_UNKNOWN = 1024 * MEBIBYTE  # bytes taken for what the process has at its start, where the system does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one item may cost: processor time in seconds, and memory beyond that of an idle worker in MiB."""

    max_seconds: float | None = None
    max_memory: int | None = None

    @property
    def wall_s(self) -> float | None:
        """Seconds of the clock on the wall after which an item is given up."""
        return None if self.max_seconds is None else self.max_seconds * WALL_FACTOR


def serve(
    pipe: Connection,
    start: Callable[..., None],
    given: tuple[Any, ...],
    call: Callable[[Any], Any],
    limits: Limits,
) -> None:
    """A worker's whole life: prepare, then answer each item until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        start(*given)
    except Exception as e:  # whatever it is, the parent tells it
        pipe.send((UNPREPARED, f"{type(e).__name__}: {e}"))
        return
    _limit_memory(limits.max_memory)
    try:
        pipe.send((READY, None))
        while True:
            pipe.send(_answer(pipe.recv(), call, limits.max_seconds))
    except (EOFError, OSError):  # the parent went on without this worker
        return


def _answer(item: Any, call: Callable[[Any], Any], max_seconds: float | None) -> tuple[str, Any]:
    try:
        if max_seconds is not None:
            signal.setitimer(signal.ITIMER_PROF, max_seconds)
        answer = call(item)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # what is left of this process cannot be relied on
    except Exception as e:  # it is raised again where the answer is taken
        return RAISED, e
    finally:
        if max_seconds is not None:
            signal.setitimer(signal.ITIMER_PROF, 0)
    return ANSWER, answer


def _limit_memory(max_memory: int | None) -> None:
    if max_memory is None:
        return
    import resource  # not on every system; who asks for the limit needs it

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _address_space() + max_memory * MEBIBYTE
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _address_space() -> int:
    """Bytes of address space that this process has now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _SIZE_UNKNOWN
    return pages * os.sysconf("SC_PAGE_SIZE")


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
