"""Full disks, inputs that change or cannot be read, services that are down: what was made stays whole."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from signing.batch import Desk
from signing.batch.commit import PATIENCE
from signing.batch.run import sign_files
from signing.batch.stage import Maker, Staged, Task, stage
from signing.errors import ServiceError, UsageError
from signing.journal import NAME
from signing.policy import Baseline

from ..patience import CLOSED_PORT
from ..world import World
from .batch_crash import digest, finished, journaled
from .batch_tools import codes, make_letters, order, run
from .cli_run import ENVIRONMENT
from .pdf_shapes import one_page, stream


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return make_letters(tmp_path / "in", 5)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", os.fspath(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", os.fspath(folder)], check=True)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_stops_the_run_and_what_was_made_is_whole_and_kept(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setattr("signing.batch.tasks.GROUP_FILES", 4)
    source = make_letters(tmp_path / "in", 150, 30_000)
    with small_disk(tmp_path / "small", "3M") as out:  # room for twice what is handed out before the first commit
        with pytest.raises(UsageError) as e:
            run(world, source, out, jobs=jobs)
        assert e.value.code == "bulk.disk-full"
        before, told = finished(out), journaled(out)
        assert 0 < len(before) < 150
        assert told == {name: [digest(data)] for name, data in before.items()}
        assert not [p for p in out.iterdir() if p.name.startswith(".")]
        subprocess.run(["mount", "-o", "remount,size=16M", os.fspath(out)], check=True)
        assert len(run(world, source, out, resume=True)) == 150
        assert {name: finished(out)[name] for name in before} == before
        assert len(finished(out)) == 150


def test_what_is_staged_gets_its_name_though_others_took_the_last_room(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As outputs of later groups do, that other processes write meanwhile: no room would be left for the journal."""
    monkeypatch.setattr("signing.batch.tasks.GROUP_FILES", 16)
    source = make_letters(tmp_path / "in", 40, 20_000)

    def crowded(maker: Maker, tasks: list[Task], folder: Path) -> list[Staged]:
        staged = stage(maker, tasks, folder)
        with (folder / "ffffffffffffffff.tmp").open("ab", buffering=0) as other, suppress(OSError):
            while other.write(bytes(4096)):
                pass
        return staged

    monkeypatch.setattr("signing.batch.run.stage", crowded)
    with small_disk(tmp_path / "small", "2M") as out:
        with pytest.raises(UsageError) as e:
            run(world, source, out)
        assert e.value.code == "bulk.disk-full"
        made = finished(out)
        assert len(made) >= 16
        assert journaled(out) == {name: [digest(data)] for name, data in made.items()}
        assert not [p for p in out.iterdir() if p.name.startswith(".")]


LIMITED = """
import resource, sys
from pathlib import Path
from signing.batch import Order
from signing.batch.run import sign_files
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
password = sys.stdin.read()
for o in sign_files([Path(sys.argv[1])], Path(sys.argv[2]), Order(key=sys.argv[3]), lambda _: password):
    print(o.source.name, o.error.code if o.error else "")
"""


def test_a_file_too_large_for_the_disk_s_limits_costs_itself_alone(world: World, letters: Path, out: Path) -> None:
    (letters / "002.pdf").write_bytes(one_page(more={9: stream(bytes(300_000))}))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, letters, out, world.pki.key_uri("receiver")],
        input=world.pki.ask(""), env=ENVIRONMENT, text=True, capture_output=True, check=False,
    )  # fmt: skip
    told = dict(line.split(" ") for line in done.stdout.splitlines())
    assert told == {f"{n:03}.pdf": "output.unwritable" if n == 2 else "" for n in range(5)}, done.stderr
    assert sorted(finished(out)) == ["000.pdf", "001.pdf", "003.pdf", "004.pdf"]


def test_an_input_that_grows_while_it_is_read_is_not_signed(world: World, letters: Path, out: Path) -> None:
    class Growing(Desk):
        def write(self, source: Path, file: object) -> bytes | None:
            answer = super().write(source, file)  # type: ignore[arg-type]
            with source.open("ab") as more:
                more.write(b"\n")
            return answer

    desk = Growing(order(world), world.pki.ask)
    task = Task(source=letters / "000.pdf", output=out / "000.pdf", relative="000.pdf")
    (staged,) = stage(desk, [task], out)
    assert staged.outcome is not None
    assert staged.outcome.error is not None
    assert staged.outcome.error.code == "bulk.input-moving"
    assert list(out.iterdir()) == []


def test_an_input_that_cannot_be_read_costs_itself_alone(
    world: World, letters: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.pread

    def broken(handle: int, length: int, at: int) -> bytes:
        if Path(f"/proc/self/fd/{handle}").readlink().match("in/001.pdf"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return whole(handle, length, at)

    monkeypatch.setattr(os, "pread", broken)
    assert codes(run(world, letters, out)) == {f"{n:03}.pdf": "input.unreadable" if n == 1 else "" for n in range(5)}


def test_a_journal_that_cannot_be_written_stops_the_run_before_a_name_is_given(
    world: World, letters: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, count = os.write, 0

    def torn(handle: int, data: bytes) -> int:
        nonlocal count
        count += 1
        return whole(handle, data) if count == 1 else whole(handle, data[:5])

    monkeypatch.setattr(os, "write", torn)
    with pytest.raises(UsageError) as e:
        run(world, letters, out)
    assert e.value.code == "bulk.disk-full"
    assert [p.name for p in out.iterdir()] == [NAME]
    assert len((out / NAME).read_bytes().splitlines()) == 1


def test_an_authority_that_is_down_stops_the_run_instead_of_being_waited_for_again_and_again(
    world: World, tmp_path: Path, out: Path
) -> None:
    source = make_letters(tmp_path / "in", 60)
    done = []
    how = order(world, baseline=Baseline.B_T, tsa_url=f"http://127.0.0.1:{CLOSED_PORT}/tsa")
    with pytest.raises(ServiceError) as e:
        done += list(sign_files([source], out, how, world.pki.ask))
    assert (e.value.code, "http.unreachable" in e.value.text) == ("bulk.stopped", True)
    assert str(PATIENCE) in e.value.text
    assert finished(out) == {}
    assert len((out / NAME).read_bytes().splitlines()) < 20
    assert (
        codes(run(world, source, out, resume=True, baseline=Baseline.B_T, tsa_url=world.pki.tsa_url))["059.pdf"] == ""
    )
