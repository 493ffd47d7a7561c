"""Watching folders: each new or changed file is judged once, when it stands still; what was judged is in the journal.

Judged again is what rests on other files (XML signatures that name such) when one in their folder came that they lack,
or changed or went away, and dossiers when the register moved on.

Folders are listed again and again, which works on any file system. A file stands still when its last change is some
time ago, or when it was the same at two looks, for clocks of file systems that are wrong.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

from ..errors import UsageError
from ..report import Report
from ..trust.store import TrustStore
from . import HowAndWhere, PathName, limits_of, passed_over, paths_of, rules_of
from .entry import State, key_of
from .journal import AuditJournal, opened_journal
from .judges import Rules
from .walk import Ours, Task, tasks
from .work import Answers, judging

STILL_S = 5.0  # seconds since the last change after which a file is taken to be whole
EVERY_S = 10.0  # seconds between two looks, unless told otherwise
TELL_S = 60.0  # seconds between two calls of `told`, at least …
TELL_SHARE = 20  # … and so many times what the last call took: of a long journal it writes less often
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
            watch = _Watch(list(paths_of(paths)), ours, book, answers, stop, rules)
            yield from watch.run(every, told)


class _Watch:
    def __init__(
        self,
        paths: list[Path],
        ours: Ours,
        book: AuditJournal,
        answers: Answers,
        stop: Callable[[], bool],
        rules: Rules,
    ) -> None:
        self._paths, self._ours, self._book, self._answers, self._stop = paths, ours, book, answers, stop
        self._rules = rules
        self._moving: dict[str, str] = {}  # states of files that did not stand still at the last look
        self._held: Counter[str] = Counter()  # files of each folder that were judged after the last look

    def run(self, every: float, told: Callable[[Iterator[Report]], None] | None) -> Iterator[Report]:
        """Look, judge, wait."""
        last, pause, news = -TELL_S, TELL_S, True
        for rests in ("others", "missing", "register"):
            self._book.doubt(rests)  # nobody looked until now
        try:
            while not self._stop():
                for report in self._look():
                    news = True
                    yield report
                self._book.flush()
                if news and told is not None and time.monotonic() - last >= pause:
                    begun = time.monotonic()
                    told(self._book.reports())
                    last, news = time.monotonic(), False
                    pause = max(TELL_S, TELL_SHARE * (last - begun))
                self._wait(every)
        finally:
            self._book.flush()
            if news and told is not None:
                told(self._book.reports())

    def _look(self) -> Iterator[Report]:
        taken: deque[tuple[Task, State]] = deque()
        seen = _Seen()

        def ready() -> Iterator[Task]:
            for task in tasks(self._paths, self._ours):
                if self._stop():
                    return
                state = State.of(task)
                if state is not None and self._is_ready(task, state, seen):
                    taken.append((task, state))
                    yield task

        for report in self._answers(ready()):
            task, state = taken.popleft()
            self._book.add(task, state, report)
            yield report
        self._moving = seen.moving
        if not self._stop():
            self._doubt(seen)

    def _is_ready(self, task: Task, state: State, seen: _Seen) -> bool:
        """Whether the file is new, has changed or is in doubt, and stands still."""
        key, before = key_of(task.path), self._book.judged_state(task)
        folder = key.rpartition("/")[0]
        seen.known[folder] += before is not None
        if before == state.text:
            return False
        age_ns = state.seen_ns - state.newest_ns
        if age_ns <= STILL_S * 1e9 and self._moving.get(key) != state.text:
            seen.moving[key] = state.text
            return False
        if before is None:
            seen.came[folder] += 1
        elif before:
            seen.changed.add(folder)
        return True

    def _doubt(self, seen: _Seen) -> None:
        """Have judged again what rests on what is no longer as it was."""
        lost = {folder for folder, files in self._held.items() if seen.known[folder] < files}
        for folder in seen.came.keys() | seen.changed | lost:
            self._book.doubt("missing", folder)
        for folder in seen.changed | lost:
            self._book.doubt("others", folder)
        if self._rules.register is not None and self._book.register_moved(self._rules):
            self._book.doubt("register")
        self._held = seen.known + seen.came

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stop() and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_S))


@dataclass(slots=True)
class _Seen:
    """What one look saw: files that were judged before and new ones, of each folder; where one changed; which move."""

    known: Counter[str] = field(default_factory=Counter)
    came: Counter[str] = field(default_factory=Counter)
    changed: set[str] = field(default_factory=set)
    moving: dict[str, str] = field(default_factory=dict)
