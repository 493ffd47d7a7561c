"""A worker process as its parent sees it: what it does, what it has in hand, how it is started and ended."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from typing import Any, Generic, TypeVar

from ..errors import UsageError
from .child import Limits, serve

SMALL_BYTES = 8192  # of an item that may wait in the pipe; larger ones could fill it from both ends

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Limit(StrEnum):
    """Which of the `Limits` an item went beyond."""

    SECONDS = "seconds"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Generic[Item, Answer]):
    """What every process does: `start(*given)` once, then `call(item)`; all of it can be pickled.

    `lost(item)` is the answer, made here, for an item whose process dies every time; `over(item, limit)` that for one
    that went beyond a limit, the same as `lost` if it is not given.
    """

    start: Callable[..., None]
    given: tuple[Any, ...]
    call: Callable[[Item], Answer]
    lost: Callable[[Item], Answer]
    over: Callable[[Item, Limit], Answer] | None = None


@dataclass(frozen=True, slots=True)
class Settled(Generic[Answer]):
    """Stands among the items where the answer is known already."""

    answer: Answer


@dataclass(slots=True)
class Handed(Generic[Item, Answer]):
    """An item that was taken, and what became of it."""

    item: Item
    tried: bool = False  # a process died at it
    done: bool = False
    answer: Answer | None = None
    error: Exception | None = None

    def settle(self, answer: Answer) -> None:
        """This is the answer."""
        self.answer, self.done = answer, True

    def result(self) -> Answer:
        """The answer; raises what the work raised."""
        if self.error is not None:
            raise self.error
        return self.answer  # type: ignore[return-value]  # None only where that is the answer


@dataclass(slots=True)
class Worker(Generic[Item, Answer]):
    """A process, its pipe, and the items that it has; `since` is when it took up the first."""

    process: BaseProcess
    pipe: Connection
    ready: bool = False
    given: deque[Handed[Item, Answer]] = field(default_factory=deque)
    since: float = 0.0

    def give(self, handed: Handed[Item, Answer]) -> bool:
        """Hand it out; False if it has to wait until the process has nothing else."""
        data = ForkingPickler.dumps(handed.item)
        if self.given and len(data) > SMALL_BYTES:
            return False
        with suppress(OSError):  # a process that died is met when it is listened to
            self.pipe.send_bytes(data)
        if not self.given:
            self.since = time.monotonic()
        self.given.append(handed)
        return True

    def end(self, *, kill: bool) -> int | None:
        """Let it come to its end, or kill it; its exit code."""
        self.pipe.close()
        if kill:
            self.process.kill()
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        return code


def start_worker(work: Work[Item, Answer], limits: Limits) -> Worker[Item, Answer]:
    """A process that prepares itself. Raises `UsageError` (`workers.unavailable`)."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, work.start, work.given, work.call, limits), daemon=True)
    config = current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001
    # A process of a cluster is daemonic, and those may have no children; ours end with their parent by themselves.
    daemonic = config.pop("daemon", None)
    try:
        process.start()
    except OSError as e:
        raise UsageError("workers.unavailable", why=e.strerror or e) from None
    finally:
        if daemonic is not None:
            config["daemon"] = daemonic
        theirs.close()
    return Worker(process, ours)
