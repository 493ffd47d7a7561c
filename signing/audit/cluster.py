"""The files of an audit judged by a Dask cluster: the same Reports in the same order.

Files travel as paths, so every machine of the cluster has to see them under the same names, and needs this program.
Each thread of a Dask worker judges in a process of its own, with the limits of the audit. A worker that dies has its
files judged by another one. Dask runs what it is sent: who can reach a scheduler can run programs on all its machines,
and on those of its clients. Use clusters of one's own alone; with an address `tls://…` the certificates of Dask's
configuration (`distributed.comm.tls`) decide who takes part.
"""

from __future__ import annotations

import pickle
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ..errors import MissingExtraError, SigningError, UsageError
from ..report import Report
from ..workers import Crew, Limits, Settled, Work
from .conditions import program
from .walk import Task

SCHEMES = ("tcp://", "tls://")
CONNECT_S = 30  # seconds until a scheduler and its first worker have answered
PATIENCE_S = 60  # seconds between two looks at whether any worker is left
CHUNK_FILES = 16  # handed out together, because a scheduler needs about as long for a task as we do for a file
AHEAD_PER_THREAD = 4  # such pieces handed out before the first Report is taken

Item = Task | Settled[Report]


@contextmanager
def cluster(
    address: str, work: Work[Task, Report], limits: Limits
) -> Iterator[Callable[[Iterable[Item]], Iterator[Report]]]:
    """A function from files to Reports. Raises `MissingExtraError` and `UsageError` `audit.cluster`."""
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtraError("dask") from None
    run = uuid.uuid4().hex
    if not address.startswith(SCHEMES):  # anything else could start a cluster here
        raise UsageError("audit.cluster", address=address, why=" / ".join(SCHEMES))
    with _told(address):
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    try:
        with _told(address):
            client.wait_for_workers(1, timeout=CONNECT_S)
            client.register_plugin(_plugin(run, pickle.dumps((work, limits))))
        yield _Cluster(address, client, run, work).answers
    finally:
        with suppress(Exception):  # a scheduler that went away takes them along
            client.unregister_worker_plugin(f"signing-{run}")
        client.close()


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Whatever Dask raises, as ours."""
    try:
        yield
    except SigningError:
        raise
    except Exception as e:
        raise UsageError("audit.cluster", address=address, why=f"{type(e).__name__}: {e}") from None


@dataclass(slots=True)
class _Piece:
    """Some files in their order; `future` is for the Reports of those that are not known."""

    items: list[Item]
    future: Any = None

    def todo(self) -> list[Task]:
        return [item for item in self.items if not isinstance(item, Settled)]


@dataclass(frozen=True, slots=True)
class _Cluster:
    address: str
    client: Any
    run: str
    work: Work[Task, Report]

    def answers(self, items: Iterable[Item]) -> Iterator[Report]:
        """The Reports in the order of `items`."""
        todo, pieces = iter(items), deque[_Piece]()
        with _told(self.address):
            room = max(1, sum(self.client.nthreads().values())) * AHEAD_PER_THREAD
        while True:
            while len(pieces) < room and (some := list(islice(todo, CHUNK_FILES))):
                pieces.append(self._handed_out(_Piece(some)))
            if not pieces:
                return
            piece = pieces.popleft()
            reports = iter(self._reports(piece))
            for item in piece.items:
                yield item.answer if isinstance(item, Settled) else next(reports)

    def _handed_out(self, piece: _Piece) -> _Piece:
        if tasks := piece.todo():
            with _told(self.address):
                piece.future = self._submitted(tasks)
        return piece

    def _submitted(self, tasks: list[Task]) -> Any:
        return self.client.submit(answer_there, self.run, program(), tasks, pure=False)

    def _reports(self, piece: _Piece) -> list[Report]:
        from distributed import KilledWorker

        if piece.future is None:
            return []
        try:
            return self._result(piece.future)
        except KilledWorker:  # several workers died at these files, one after the other
            return [self._alone(task) for task in piece.todo()]

    def _alone(self, task: Task) -> Report:
        from distributed import KilledWorker

        try:
            return self._result(self._submitted([task]))[0]
        except KilledWorker:
            return self.work.lost(task)

    def _result(self, future: Any) -> list[Report]:
        """What the cluster answers; given up when no worker is left. Raises `KilledWorker` and what the work raises."""
        from distributed import KilledWorker

        while True:
            try:
                reports: list[Report] = future.result(timeout=PATIENCE_S)
            except TimeoutError:
                with _told(self.address):
                    if not self.client.nthreads():
                        raise ConnectionError("no worker is left") from None
            except (KilledWorker, SigningError):
                raise
            except BaseException as e:
                if not isinstance(e, Exception) and type(e).__name__ != "CancelledError":
                    raise  # Ctrl-C
                why = f"{type(e).__name__}: {e}"
                raise UsageError("audit.cluster", address=self.address, why=why) from None
            else:
                return reports


# --- on the machines of the cluster ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """What one audit has in a Dask worker: its work, and a process for each thread that met it."""

    work: Work[Task, Report]
    limits: Limits
    crews: dict[int, Crew[Task, Report]] = field(default_factory=dict)


_runs: dict[str, _Run] = {}  # of this process, a Dask worker


def _plugin(run: str, payload: bytes) -> Any:
    """What Dask calls on every worker, also on those that come later."""
    from distributed import WorkerPlugin

    class Prepare(WorkerPlugin):  # type: ignore[misc]  # Dask is not typed
        name = f"signing-{run}"

        def setup(self, worker: Any) -> None:
            del worker
            prepare_there(run, payload)

        def teardown(self, worker: Any) -> None:
            del worker
            forget_there(run)

    return Prepare()


def prepare_there(run: str, payload: bytes) -> None:
    """Take up an audit."""
    work, limits = pickle.loads(payload)  # noqa: S301  # from the scheduler, which can run anything here
    _runs[run] = _Run(work, limits)


def forget_there(run: str) -> None:
    """End the processes of an audit."""
    if (ended := _runs.pop(run, None)) is not None:
        for crew in ended.crews.values():
            crew.__exit__(None, None, None)


def answer_there(run: str, version: str, tasks: list[Task]) -> list[Report]:
    """The Reports of some files, from the process that belongs to this thread. Raises `ValueError` for another version.

    Two versions may judge one file differently: what one journal or result holds has to come from one of them.
    """
    if version != program():
        raise ValueError(f"eid-signing {program()} on a worker, {version} here")
    mine = _runs[run]
    crew = mine.crews.get(threading.get_ident())
    if crew is None:
        crew = mine.crews[threading.get_ident()] = Crew(mine.work, 1, limits=mine.limits)
    return list(crew.answers(tasks))
