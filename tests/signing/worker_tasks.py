"""What tests let worker processes do; a file of its own, because every process imports it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from signing.errors import UsageError
from signing.workers import Limit, Work


def begin() -> None:
    """Nothing to prepare."""


def work_on(number: int) -> int:
    """Twice the number; 13 ends every process that takes it, 7 only the first, 99 raises."""
    if number == 13 or (number == 7 and _first()):
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 99:
        raise UsageError("input.unreadable", path="99", why="x")
    return 2 * number


def _first() -> bool:
    marker = Path(os.environ["MARKER"])
    if marker.exists():
        return False
    marker.touch()
    return True


def lost(number: int) -> int:
    return -number


def always_fails() -> None:
    raise RuntimeError("cannot be prepared")


def hard(number: int) -> int:
    """Twice the number; 3 computes for ever, 5 waits for ever, 8 asks for too much memory, 9 does so once."""
    if number == 3:
        while True:
            hash(number)
    if number == 5:
        time.sleep(3600)
    if number == 8 or (number == 9 and _first()):
        bytearray(4 * 1024**3)
    return 2 * number


def over(number: int, limit: Limit) -> int:
    return -100 - number if limit is Limit.SECONDS else -200 - number


WORK = Work(start=begin, given=(), call=work_on, lost=lost)
HARD = Work(start=begin, given=(), call=hard, lost=lost, over=over)
UNPREPARED = Work(start=always_fails, given=(), call=work_on, lost=lost)


class Once:
    """A password callback that ends its process at the first call only."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __call__(self, name: str) -> str:
        if not self.marker.exists():
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "bí mật"


class Always:
    """A password callback that ends every process that asks it."""

    def __call__(self, name: str) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return ""


class Slow:
    """A password callback that computes for ever."""

    def __call__(self, name: str) -> str:
        while True:
            hash(name)


class Greedy:
    """A password callback that asks for memory until there is none."""

    def __call__(self, name: str) -> str:
        kept = []
        while True:
            kept.append(bytearray(16 * 1024**2))
