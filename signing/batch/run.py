"""Batches: many files signed or extended, one key login a process, each output complete or absent, none made twice.

Group by group, outputs are written under temporary names and synchronised (`stage`, in several processes when
asked); then the journal says what they are, and they get their own names (`commit`, in this process).
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from ..clock import moment
from ..errors import SigningError, UsageError
from ..files import discard_leftovers, is_folder
from ..journal import NAME, opened, temporary_files
from ..workers import Work, spread
from . import Desk, Order, signed_name
from .commit import Commit, finish_killed
from .extend import ExtendDesk, ExtendOrder
from .plan import Filters, Plan, planned
from .stage import Maker, Outcome, Staged, Task, failed, stage
from .tasks import groups, tasks

SPARE_BYTES = 256 * 1024  # bytes: what the journal says of a group, and the folders of its outputs
Ask = Callable[[str], str]
AnyOrder = Order | ExtendOrder


def sign_files(
    sources: Sequence[Path], out: Path, order: Order, ask: Ask | None = None, *, jobs: int = 1
) -> Iterator[Outcome]:
    """Sign `sources`, files and folders, into `out`: one `Outcome` each, as they are ready.

    One file may go to a file `out`; anything else goes to the folder `out`, with a journal beside the outputs; see
    `run_batch`. Raises `UsageError` and what opening the key raises; what goes wrong with a file is in its outcome.
    """
    if len(sources) == 1 and not is_folder(sources[0]):
        output = out / signed_name(sources[0]) if is_folder(out) else out
        desk = Desk(order, ask)
        if order.resume:
            discard_leftovers([output])
        return iter([desk.sign(sources[0], output)])
    return _batch(sources, out, order, ask, jobs)


def _batch(sources: Sequence[Path], out: Path, order: AnyOrder, ask: Ask | None, jobs: int) -> Iterator[Outcome]:
    stack = ExitStack()
    try:
        plan = stack.enter_context(plan_batch(sources, out, order))
        outcomes = stack.enter_context(run_batch(plan, order, ask, jobs=jobs))
    except BaseException:
        stack.close()
        raise

    def all_of_them() -> Iterator[Outcome]:
        with stack:
            yield from outcomes

    return all_of_them()


@contextmanager
def plan_batch(
    sources: Sequence[Path], out: Path, order: AnyOrder, filters: Filters | None = None, *, journal: Path | None = None
) -> Iterator[Plan]:
    """What a batch will work on. Raises `UsageError`: no folder `out`, two inputs for one output, …"""
    if not is_folder(out):
        raise UsageError("usage.folder-needed", path=out)
    name = signed_name if isinstance(order, Order) else _same_name
    with planned(sources, out, name, filters, but=[journal or out / NAME]) as plan:
        yield plan


def _same_name(source: Path) -> str:
    return source.name


@contextmanager
def run_batch(
    plan: Plan, order: AnyOrder, ask: Ask | None = None, *, jobs: int = 1, journal: Path | None = None
) -> Iterator[Iterator[Outcome]]:
    """The outcomes of a plan, as they are ready; memory stays flat in the number and the size of the files.

    With `jobs` > 1 that many processes share the work; the secret is asked for once and handed to them through a pipe.
    A key that signs many documents at once (`BatchSigner`) is used by this process alone. `journal` is in the folder
    of the outputs unless named.

    Opening raises what opening the key raises, and `UsageError` (`bulk.busy`, `journal.*`). The iteration raises when
    nothing further can be made: `bulk.disk-full`, `journal.unwritable`, `bulk.stopped`; what was made stays.
    """
    secrets = _Secrets(ask, remember=jobs > 1)
    maker = _open(order, secrets if ask else None)  # what is wrong with the key is told once, not by every process
    with opened(journal or plan.out / NAME) as book, _working_folder(plan.out, maker) as folder:
        finish_killed(book, plan.out, folder)
        book.begin(maker.job, overwrite=order.overwrite, time=moment(None).isoformat())
        todo = groups(tasks(plan, book, overwrite=order.overwrite, resume=order.resume), maker.together)
        if maker.together > 1 or jobs == 1:
            staging = (stage(maker, group, folder) for group in todo)
        else:
            staging = _shared(order, secrets.known, folder, todo, jobs)
        with closing(staging) as staged:  # however the run ends, nobody writes into the folder when it is removed
            commit = Commit(plan.out, folder, book, overwrite=order.overwrite, spare=_spare_room(folder))
            yield commit.outcomes(staged)


def _open(order: AnyOrder, ask: Ask | None) -> Maker:
    return Desk(order, ask) if isinstance(order, Order) else ExtendDesk(order)


class _Secrets:
    """Passes questions on and, if other processes are to open the same key, remembers the answers for them."""

    def __init__(self, ask: Ask | None, *, remember: bool) -> None:
        self._ask, self._remember = ask, remember
        self.known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        answer = self._ask(name) if self._ask else ""
        if self._remember:
            self.known[name] = answer
        return answer


@contextmanager
def _working_folder(out: Path, maker: Maker) -> Iterator[Path]:
    """Where outputs wait for their names: in the folder that they go to, so that a rename suffices. For one run alone.

    Raises `UsageError` (`bulk.busy`, `output.unwritable`).
    """
    folder = out / f".signing-{maker.job.verb}"
    handle = _locked(out, folder)
    try:
        yield folder
    finally:
        with suppress(OSError):  # what stays is removed by the next run
            for path in temporary_files(folder):
                path.unlink(missing_ok=True)
            folder.rmdir()
        os.close(handle)


def _spare_room(folder: Path) -> Path | None:
    """A file that keeps room for the journal; none where even that is not to be had."""
    spare = folder / "0000000000000000.tmp"  # removed with the outputs that wait there
    try:
        with spare.open("xb") as file:
            os.posix_fallocate(file.fileno(), 0, SPARE_BYTES)
    except OSError:
        with suppress(OSError):
            spare.unlink(missing_ok=True)
        return None
    return spare


def _locked(out: Path, folder: Path) -> int:
    """An open file that holds the lock on `out`, and `folder` made."""
    try:
        handle = os.open(out, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink():  # nothing elsewhere is ours to write or to remove
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        except OSError:
            os.close(handle)
            raise
    except BlockingIOError:
        raise UsageError("bulk.busy", path=out) from None
    except OSError as e:
        raise UsageError("output.unwritable", path=folder, why=e.strerror or e) from None
    return handle


# --- several processes -----------------------------------------------------------------------------------------------

_maker: tuple[Maker | SigningError, Path] | None = None


def _start_worker(order: AnyOrder, secrets: dict[str, str], folder: Path) -> None:
    global _maker  # one per process, opened once by the pool
    try:
        _maker = _open(order, _Remembered(secrets) if secrets else None), folder
    except SigningError as error:  # a service that answered a moment ago; each file tells it
        _maker = error, folder


class _Remembered:
    """What was answered in the first process."""

    def __init__(self, secrets: dict[str, str]) -> None:
        self._secrets = secrets

    def __call__(self, name: str) -> str:
        if name not in self._secrets:
            raise UsageError("key.password", where=name)
        return self._secrets[name]


def _stage_in_worker(tasks: list[Task]) -> list[Staged]:
    if _maker is None:
        raise RuntimeError("the pool did not start this worker")
    maker, folder = _maker
    if isinstance(maker, SigningError):
        return [_without(task, maker) for task in tasks]
    return stage(maker, tasks, folder)


def _without(task: Task, error: SigningError) -> Staged:
    return Staged(task=task, outcome=task.settled or failed(task, error))


def _lost(tasks: list[Task]) -> list[Staged]:
    return [_without(task, SigningError("workers.killed", path=task.source)) for task in tasks]


def _shared(
    order: AnyOrder, secrets: dict[str, str], folder: Path, groups: Iterable[list[Task]], jobs: int
) -> Generator[list[Staged], None, None]:
    """Groups from several processes. A file that kills its process costs no other file of its group."""
    work = Work(start=_start_worker, given=(order, secrets, folder), call=_stage_in_worker, lost=_lost)
    with closing(spread(work, groups, jobs)) as shared:
        for staged in shared:
            alone = [[one.task] for one in staged if _was_lost(one)]
            if len(staged) > 1 and alone:
                yield [one for one in staged if not _was_lost(one)]
                yield from spread(work, alone, 1)
            else:
                yield staged


def _was_lost(one: Staged) -> bool:
    return one.outcome is not None and one.outcome.error is not None and one.outcome.error.code == "workers.killed"
