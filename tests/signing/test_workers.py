"""Work shared among processes: order, a bounded number ahead, and processes that die."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signing.errors import UsageError
from signing.workers import AHEAD_PER_JOB, Crew, Limits, Settled, spread
from signing.workers import child as worker

from .worker_tasks import HARD, UNPREPARED, WORK


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


LIMITS = Limits(max_seconds=0.5, max_memory=512)


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_item_beyond_a_limit_costs_its_process_and_no_other_item(marked: None, jobs: int) -> None:
    told = list(spread(HARD, range(12), jobs, limits=LIMITS))
    assert told == [0, 2, 4, -103, 8, -105, 12, 14, -208, 18, 20, 22]


def test_processor_time_is_each_item_s_own(marked: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of items together take longer than one may."""
    monkeypatch.setattr(worker, "WALL_FACTOR", 10_000)
    assert list(spread(HARD, [1] * 4000, 1, limits=Limits(max_seconds=0.05))) == [2] * 4000


def test_what_is_known_already_keeps_its_place(marked: None) -> None:
    items = [1, Settled("a"), 2, 13, Settled("b"), Settled("c"), 4]
    assert list(spread(WORK, items, 2)) == [2, "a", 4, -13, "b", "c", 8]  # type: ignore[arg-type]


def test_a_crew_works_again_after_nobody_listened(marked: None) -> None:
    with Crew(HARD, 2, limits=Limits()) as crew:
        for number in crew.answers([1, 5, 5, 2]):
            assert number == 2
            break
        assert list(crew.answers([1, Settled(7), 2])) == [2, 7, 4]


def test_the_clock_on_the_wall_has_more_time_than_the_processor() -> None:
    assert Limits(max_seconds=2).wall_s == 2 * worker.WALL_FACTOR
    assert Limits().wall_s is None
