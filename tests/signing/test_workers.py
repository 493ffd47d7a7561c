"""Work shared among processes: order, a bounded number ahead, and processes that die."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signing.errors import UsageError
from signing.workers import AHEAD_PER_JOB, spread

from .worker_tasks import UNPREPARED, WORK


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKER", str(tmp_path / "marker"))


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_answers_come_in_order_and_only_what_kills_is_lost(marked: None, jobs: int) -> None:
    assert list(spread(WORK, range(30), jobs)) == [-n if n == 13 else 2 * n for n in range(30)]


def test_few_items_are_taken_ahead(marked: None) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000, 2000):
            taken.append(number)
            yield number

    answers = spread(WORK, items(), 2)
    next(answers)
    assert len(taken) <= 2 * AHEAD_PER_JOB
    answers.close()  # type: ignore[attr-defined]


def test_what_the_work_raises_is_raised_here(marked: None) -> None:
    with pytest.raises(UsageError) as e:
        list(spread(WORK, [1, 99, 2], 2))
    assert (e.value.code, e.value.text) == ("input.unreadable", "cannot read 99: x")


def test_nothing_to_do_is_done(marked: None) -> None:
    assert list(spread(WORK, [], 2)) == []


def test_processes_that_cannot_be_prepared_are_told_at_once(marked: None, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(UsageError) as e:
        list(spread(UNPREPARED, range(1000), 2))
    assert e.value.code == "workers.unavailable"
