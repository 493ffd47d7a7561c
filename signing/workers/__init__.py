"""Work shared among processes: answers in order, a few items ahead, and nothing lost when a process dies.

One hostile file, or a machine short of memory, may cost the process that works on it, never the other files' answers.
The item at which a process dies is tried once more, alone; one that goes beyond its `Limits` costs its process and has
an answer that says so.
"""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Generic

from ..errors import UsageError
from .child import ANSWER, OUT_OF_MEMORY, OUT_OF_TIME, RAISED, READY, UNPREPARED, Limits
from .handle import Answer, Handed, Item, Limit, Settled, Work, Worker, start_worker

__all__ = ["AHEAD_PER_JOB", "MAX_JOBS", "Crew", "Limit", "Limits", "Settled", "Work", "spread"]

AHEAD_PER_JOB = 4  # items handed out before the first answer is taken, so that memory stays flat
MAX_JOBS = 256  # processes
MAX_FAILED_STARTS = 3  # processes, one after the other, that end before they are ready
IN_HAND = 2  # items that a process has at a time, so that it need not wait for the next one
_NO_MORE: Any = object()


class Crew(Generic[Item, Answer]):
    """`jobs` processes that do one kind of work; a context manager, which ends them.

    With `limits` processes at work are killed at the end, without they finish what they have. Raises `UsageError`
    (`workers.unavailable`) when no process can be started.
    """

    def __init__(self, work: Work[Item, Answer], jobs: int, *, limits: Limits | None = None) -> None:
        _assert_possible(work, jobs)
        self._work, self._jobs, self._limits, self._may_kill = work, jobs, limits or Limits(), limits is not None
        self._workers: list[Worker[Item, Answer]] = []
        self._waiting: deque[Handed[Item, Answer]] = deque()
        self._suspects: deque[Handed[Item, Answer]] = deque()
        self._failed_starts, self._proven = 0, False

    def __enter__(self) -> Crew[Item, Answer]:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        for worker in self._workers:
            worker.end(kill=self._may_kill)
        self._workers.clear()

    def answers(self, items: Iterable[Item | Settled[Answer]], *, ahead: int = AHEAD_PER_JOB) -> Iterator[Answer]:
        """The answers for `items`, in their order; `ahead` items a process are taken before the first answer is.

        Raises what `call` raises.
        """
        todo, taken = iter(items), deque[Handed[Item, Answer]]()
        self._waiting.clear()
        self._suspects.clear()
        self._start_missing()
        try:
            while True:
                self._take(todo, taken, self._jobs * ahead - len(taken))
                if not taken:
                    return
                self._hand_out()
                self._listen(wait_for_it=not taken[0].done)
                while taken and taken[0].done:
                    yield taken.popleft().result()
                    if len(taken) < self._jobs * IN_HAND:
                        break  # before the processes run dry
        finally:
            self._forsake()

    def _take(self, todo: Iterator[Item | Settled[Answer]], taken: deque[Handed[Item, Answer]], room: int) -> None:
        for _ in range(room):
            item = next(todo, _NO_MORE)
            if item is _NO_MORE:
                return
            if isinstance(item, Settled):
                taken.append(Handed(None, done=True, answer=item.answer))  # type: ignore[arg-type]  # never handed out
            else:
                taken.append(Handed(item))
                self._waiting.append(taken[-1])

    # --- handing out -------------------------------------------------------------------------------------------------

    def _hand_out(self) -> None:
        """Whoever has least is next; an item at which a process died has all processes stand still beside it."""
        busy = [w for w in self._workers if w.given]
        if self._suspects:
            if not busy:
                self._workers[0].give(self._suspects.popleft())
            return
        if any(w.given[0].tried for w in busy):
            return
        while self._waiting:
            worker = min(self._workers, key=lambda w: len(w.given))
            if len(worker.given) >= IN_HAND or not worker.give(self._waiting[0]):
                return
            self._waiting.popleft()

    def _forsake(self) -> None:
        """Nobody wants the answers that are still to come: who works on one is replaced when there is work again."""
        for worker in [w for w in self._workers if w.given]:
            self._workers.remove(worker)
            worker.end(kill=self._may_kill)

    # --- listening ---------------------------------------------------------------------------------------------------

    def _listen(self, *, wait_for_it: bool) -> None:
        """Take what the processes say; with `wait_for_it` until one says something or is late."""
        told = {w.pipe: w for w in self._workers if w.given or not w.ready}
        if not told:
            return
        for pipe in wait(list(told), self._patience(told.values()) if wait_for_it else 0):
            self._hear(told[pipe])  # type: ignore[index]  # pipes are all that is waited for
        now = time.monotonic()
        for worker in [w for w in told.values() if w in self._workers and self._is_late(w, now)]:
            if not worker.pipe.poll():
                self._remove(worker, kill=True)
                self._over(worker.given.popleft(), Limit.SECONDS)
                self._again(worker)

    def _patience(self, workers: Iterable[Worker[Item, Answer]]) -> float | None:
        """Seconds until the first of these is late, if any can be."""
        if self._limits.wall_s is None:
            return None
        now = time.monotonic()
        left = [w.since + self._limits.wall_s - now for w in workers if w.ready and w.given]
        return max(0.0, min(left)) if left else None

    def _is_late(self, worker: Worker[Item, Answer], now: float) -> bool:
        wall_s = self._limits.wall_s
        return wall_s is not None and worker.ready and bool(worker.given) and now - worker.since >= wall_s

    def _hear(self, worker: Worker[Item, Answer]) -> None:
        try:
            kind, value = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        worker.since = time.monotonic()
        if kind == READY:
            worker.ready, self._failed_starts, self._proven = True, 0, True
        elif kind == UNPREPARED:
            raise UsageError("workers.unavailable", why=value)
        elif kind == ANSWER:
            worker.given.popleft().settle(value)
        elif kind == RAISED:
            handed = worker.given.popleft()
            handed.error, handed.done = value, True

    # --- processes that end ------------------------------------------------------------------------------------------

    def _bury(self, worker: Worker[Item, Answer]) -> None:
        """A process ended by itself or from outside: the item that it had first is the one to blame."""
        code = self._remove(worker)
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts > MAX_FAILED_STARTS or not self._proven:
                # most often the reason
                why = 'a script starts its work outside `if __name__ == "__main__":`'
                raise UsageError("workers.unavailable", why=why)
        elif worker.given:
            handed = worker.given.popleft()
            if code == OUT_OF_TIME:
                self._over(handed, Limit.SECONDS)
            elif not handed.tried:
                handed.tried = True
                self._suspects.append(handed)
            elif code == OUT_OF_MEMORY:
                self._over(handed, Limit.MEMORY)
            else:
                handed.settle(self._work.lost(handed.item))
        self._again(worker)

    def _over(self, handed: Handed[Item, Answer], limit: Limit) -> None:
        over = self._work.over
        handed.settle(self._work.lost(handed.item) if over is None else over(handed.item, limit))

    def _again(self, worker: Worker[Item, Answer]) -> None:
        """What else it had goes back, and another process takes its place."""
        self._waiting.extendleft(reversed(worker.given))
        worker.given.clear()
        self._start_missing()

    def _remove(self, worker: Worker[Item, Answer], *, kill: bool = False) -> int | None:
        self._workers.remove(worker)
        return worker.end(kill=kill)

    def _start_missing(self) -> None:
        while len(self._workers) < self._jobs:
            self._workers.append(start_worker(self._work, self._limits))


def spread(
    work: Work[Item, Answer],
    items: Iterable[Item | Settled[Answer]],
    jobs: int,
    *,
    limits: Limits | None = None,
    ahead: int = AHEAD_PER_JOB,
) -> Generator[Answer, None, None]:
    """The answers for `items`, in their order, from `jobs` processes; see `Crew`. Closed, it has ended them."""
    with Crew(work, jobs, limits=limits) as crew:
        yield from crew.answers(items, ahead=ahead)


def _assert_possible(work: Work[Item, Answer], jobs: int) -> None:
    if not 1 <= jobs <= MAX_JOBS:
        raise UsageError("workers.unavailable", why=f"1 … {MAX_JOBS}")
    try:
        pickle.dumps((work.start, work.given, work.call))
    except Exception as e:  # pickle lets out whatever the object's own code raises
        raise UsageError("workers.unavailable", why=e) from None
