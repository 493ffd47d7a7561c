"""Where the files of an audit are judged: in this process, in worker processes with limits, or on a cluster.

The Reports and their order are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from ..report import Finding, Report
from ..workers import Crew, Limit, Limits, Settled, Work
from .judges import Rules
from .one import audit_task, unjudged
from .walk import Task

AHEAD_PER_JOB = 32  # files handed out before the first Report is taken: one slow file leaves work for the others
Items = Iterable[Task | Settled[Report]]
Answers = Callable[[Items], Iterator[Report]]


@contextmanager
def judging(rules: Rules, *, jobs: int, limits: Limits, dask: str | None) -> Iterator[Answers]:
    """A function from files to their Reports, in their order; those that are known already keep their place.

    With one job and no limits this process does the work. `dask` is the address of a scheduler, whose workers judge
    in processes of their own with the same limits. Raises `UsageError` (`workers.unavailable`, `audit.cluster`), also
    when the Reports are taken, and `MissingExtraError`.
    """
    if dask is not None:
        from .cluster import cluster  # an optional dependency

        with cluster(dask, audit_work(rules, limits), limits) as answers:
            yield answers
    elif jobs == 1 and limits == Limits():
        yield lambda items: (_here(item, rules) for item in items)
    else:
        with Crew(audit_work(rules, limits), jobs, limits=limits) as crew:
            yield partial(crew.answers, ahead=AHEAD_PER_JOB)


def audit_work(rules: Rules, limits: Limits) -> Work[Task, Report]:
    """What each worker process does."""
    return Work(
        start=_start_worker,
        given=(rules,),
        call=_audit_in_worker,
        lost=partial(_lost, rules=rules),
        over=partial(_over, rules=rules, limits=limits),
    )


def _here(item: Task | Settled[Report], rules: Rules) -> Report:
    if isinstance(item, Settled):
        return item.answer
    try:
        return audit_task(item, rules)
    except MemoryError:
        return _lost(item, rules)


_worker_rules: Rules | None = None


def _start_worker(rules: Rules) -> None:
    global _worker_rules  # one per process, set once by the pool
    _worker_rules = rules


def _audit_in_worker(task: Task) -> Report:
    if _worker_rules is None:
        raise RuntimeError("the pool did not start this worker")
    return audit_task(task, _worker_rules)


def _lost(task: Task, rules: Rules) -> Report:
    """A file at which the process died, even alone: it is not judged, and the audit goes on."""
    return unjudged(task.path, Finding.of("document.killed"), rules)


def _over(task: Task, limit: Limit, rules: Rules, limits: Limits) -> Report:
    """A file that needs more than it may have."""
    if limit is Limit.SECONDS:
        finding = Finding.of("document.time-limit", limit=f"{limits.max_seconds:g}")
    else:
        finding = Finding.of("document.memory-limit", limit=limits.max_memory)
    return unjudged(task.path, finding, rules)
