"""How far a long run is, on stderr: a bar on a terminal, a line now and then elsewhere, nothing for short runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from .common import say

SHOWN_AFTER_S = 2.0  # seconds
LINE_EVERY_S = 30.0  # seconds between two lines where there is no terminal
_REFRESH_S = 0.1  # seconds between two changes of the bar


class _Rate(ProgressColumn):
    """Files a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:,.0f}/s")


def bar() -> Progress:
    """A bar on stderr; what is printed meanwhile goes where it should."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(),
        TimeRemainingColumn(compact=True),
    )  # fmt: skip
    return Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
        refresh_per_second=4,
        redirect_stdout=sys.stdout.isatty(),  # a pipe gets what is printed, never the terminal
    )


class Meter:
    """Counts files; `total()` is asked only when there is something to show."""

    def __init__(self, name: str, total: Callable[[], int]) -> None:
        self._name, self._count_all = name, total
        self._started = self._told = time.monotonic()
        self._done, self._total = 0, 0
        self._bar: Progress | None = None

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if sys.stderr.isatty():
            if now - self._started >= SHOWN_AFTER_S and now - self._told >= _REFRESH_S:
                self._show(now)
        elif now - self._told >= LINE_EVERY_S:
            self._say(now)

    def _show(self, now: float) -> None:
        self._told = now
        if self._bar is None:
            self._bar = bar()
            self._bar.start()
            self._bar.add_task(self._name, total=max(self._count_all(), self._done))
        (task,) = self._bar.tasks
        self._bar.update(task.id, completed=self._done)

    def _say(self, now: float) -> None:
        self._told = now
        self._total = max(self._total or self._count_all(), self._done)
        rate = self._done / max(now - self._started, 1e-3)
        left = timedelta(seconds=round((self._total - self._done) / max(rate, 1e-6)))
        say(f"{self._name} {self._done:,}/{self._total:,} · {rate:,.0f}/s · còn / left {left}")
