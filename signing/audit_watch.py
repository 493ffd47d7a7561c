"""Watching folders: each new or changed file is judged once, when it stands still; what was judged is in the journal.

Folders are listed again and again, which works on any file system. A file stands still when its last change is some
time ago, or when it was the same at two looks, for clocks of file systems that are wrong.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Unpack

from .audit import HowAndWhere, PathName, limits_of, passed_over, paths_of, rules_of
from .audit_entry import State, key_of
from .audit_journal import AuditJournal, opened_journal
from .audit_walk import Ours, Task, tasks
from .audit_work import Answers, judging
from .errors import UsageError
from .report import Report
from .trust.store import TrustStore

STILL_S = 5.0  # seconds since the last change after which a file is taken to be whole
EVERY_S = 10.0  # seconds between two looks, unless told otherwise
TELL_S = 60.0  # seconds between two calls of `told`, at least
_SLICE_S = 0.2  # seconds until `stop` is looked at again


def watch_files(
    paths: Iterable[PathName] | PathName,
    trust: TrustStore | None = None,
    *,
    stop: Callable[[], bool],
    every: float = EVERY_S,
    told: Callable[[Iterator[Report]], None] | None = None,
    **how: Unpack[HowAndWhere],
) -> Iterator[Report]:
    """The Reports of files under `paths` as they come, until `stop()`; looks every `every` seconds.

    Needs `journal`, by which a watch that was stopped or killed goes on. What is under way when `stop()` turns true is
    finished. `told` is called with the newest Report of every file, now and then and at the end. Each file is judged as
    of its own time, unless `at` is given. Raises as `audit_files` does.
    """
    journal = how.get("journal")
    if journal is None:
        raise UsageError("audit.watch-journal")
    rules, limits, ours = rules_of(trust, how), limits_of(how), passed_over(how)
    with opened_journal(Path(journal), limits) as book:
        book.begin(rules)
        with judging(rules, jobs=how.get("jobs", 1), limits=limits, dask=how.get("dask")) as answers:
            watch = _Watch(list(paths_of(paths)), ours, book, answers, stop)
            yield from watch.run(every, told)


class _Watch:
    def __init__(
        self, paths: list[Path], ours: Ours, book: AuditJournal, answers: Answers, stop: Callable[[], bool]
    ) -> None:
        self._paths, self._ours, self._book, self._answers, self._stop = paths, ours, book, answers, stop
        self._moving: dict[str, str] = {}  # states of files that did not stand still at the last look

    def run(self, every: float, told: Callable[[Iterator[Report]], None] | None) -> Iterator[Report]:
        """Look, judge, wait."""
        last, news = -TELL_S, True
        try:
            while not self._stop():
                for report in self._look():
                    news = True
                    yield report
                self._book.flush()
                if news and told is not None and time.monotonic() - last >= TELL_S:
                    told(self._book.reports())
                    last, news = time.monotonic(), False
                self._wait(every)
        finally:
            self._book.flush()
            if news and told is not None:
                told(self._book.reports())

    def _look(self) -> Iterator[Report]:
        taken: deque[tuple[Task, State]] = deque()
        moving: dict[str, str] = {}

        def ready() -> Iterator[Task]:
            for task in tasks(self._paths, self._ours):
                if self._stop():
                    return
                state = State.of(task)
                if state is None or self._book.is_known(task, state):
                    continue
                if self._stands_still(task, state):
                    taken.append((task, state))
                    yield task
                else:
                    moving[key_of(task.path)] = state.text

        for report in self._answers(ready()):
            task, state = taken.popleft()
            self._book.add(task, state, report)
            yield report
        self._moving = moving

    def _stands_still(self, task: Task, state: State) -> bool:
        age_ns = state.seen_ns - state.newest_ns
        return age_ns > STILL_S * 1e9 or self._moving.get(key_of(task.path)) == state.text

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stop() and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_S))
