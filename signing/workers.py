"""Work shared among processes: answers in order, a few items ahead, and nothing lost when a process dies.

One hostile file, or a machine short of memory, may cost the process that works on it, never the other files' answers.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, Generic, TypeVar

from .errors import UsageError

AHEAD_PER_JOB = 4  # items handed out before the first answer is taken, so that memory stays flat
MAX_JOBS = 256  # processes

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Generic[Item, Answer]):
    """What every process does: `start(*given)` once, then `call(item)`; all of it can be pickled.

    `lost(item)` is the answer, made here, for an item whose process dies every time.
    """

    start: Callable[..., None]
    given: tuple[Any, ...]
    call: Callable[[Item], Answer]
    lost: Callable[[Item], Answer]


@dataclass(slots=True)
class _Handed(Generic[Item, Answer]):
    """An item that was taken; `future` is None if there was no process left to hand it to."""

    item: Item
    future: Future[Answer] | None = None

    def result(self) -> Answer:
        if self.future is None:
            raise BrokenProcessPool
        return self.future.result()


def spread(work: Work[Item, Answer], items: Iterable[Item], jobs: int) -> Iterator[Answer]:
    """The answers for `items`, in their order, from `jobs` processes.

    When a process dies, what was under way is done again, one item at a time. Raises `UsageError`
    (`workers.unavailable`) when no process can be started, and what `call` raises.
    """
    todo, started = iter(items), False
    _assert_possible(work, jobs)
    while True:
        ahead: deque[_Handed[Item, Answer]] = deque()
        try:
            with _pool(work, jobs) as pool:
                if not started:
                    _assert_started(pool)
                    started = True
                yield from _in_order(pool, work, todo, ahead, jobs * AHEAD_PER_JOB)
                return
        except BrokenProcessPool:
            pass
        yield from _one_by_one(work, ahead)


def _in_order(
    pool: ProcessPoolExecutor,
    work: Work[Item, Answer],
    todo: Iterator[Item],
    ahead: deque[_Handed[Item, Answer]],
    limit: int,
) -> Iterator[Answer]:
    """Answers until `todo` is empty; what was taken and not answered yet stands in `ahead`."""
    while True:
        for item in islice(todo, limit - len(ahead)):
            ahead.append(_Handed(item))  # noted before it is handed out, because that may fail
            ahead[-1].future = pool.submit(work.call, item)
        if not ahead:
            return
        answer = ahead[0].result()
        ahead.popleft()
        yield answer


def _one_by_one(work: Work[Item, Answer], ahead: deque[_Handed[Item, Answer]]) -> Iterator[Answer]:
    """Answers that were ready before another process died; the others from a process that has one item at a time."""
    while ahead:
        with _pool(work, 1) as pool:
            while ahead:
                handed = ahead.popleft()
                try:
                    answer = handed.result()
                except (BrokenProcessPool, CancelledError):
                    try:
                        answer = pool.submit(work.call, handed.item).result()
                    except BrokenProcessPool:
                        yield work.lost(handed.item)
                        break
                yield answer


@contextmanager
def _pool(work: Work[Item, Answer], jobs: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (work.start, work.given))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _assert_possible(work: Work[Item, Answer], jobs: int) -> None:
    if not 1 <= jobs <= MAX_JOBS:
        raise UsageError("workers.unavailable", why=f"1 … {MAX_JOBS}")
    try:
        pickle.dumps((work.start, work.given, work.call))
    except Exception as e:  # pickle lets out whatever the object's own code raises
        raise UsageError("workers.unavailable", why=e) from None


def _assert_started(pool: ProcessPoolExecutor) -> None:
    try:
        pool.submit(os.getpid).result()
    except BrokenProcessPool:
        # most often a script that starts its work outside `if __name__ == "__main__":`
        raise UsageError("workers.unavailable", why='if __name__ == "__main__"') from None


def _begin(start: Callable[..., None], given: tuple[Any, ...]) -> None:
    """A new process: it leaves Ctrl-C to its parent, and ends when that is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    start(*given)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
