"""Batches killed at any instant and gone on with: each output complete or absent, none made twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from signing.audit import audit_file

from ..patience import until
from ..world import World
from .batch_crash import digest, finished, journaled
from .batch_tools import codes, make_letters, run
from .cli_run import COMMAND, ENVIRONMENT

NOTE = "ghi chú"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return make_letters(tmp_path / "in", 5)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where the machine has one: there synchronising costs nothing."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def test_a_run_killed_before_any_of_its_steps_on_the_disk_is_resumed_and_nothing_is_made_twice(
    world: World, tmp_path: Path, fast: Path
) -> None:
    source = make_letters(tmp_path / "in", 1)
    (source / "deep").mkdir()
    (source / "deep" / "note.txt").write_text(NOTE)
    done = subprocess.run(
        [sys.executable, "-m", "tests.signing.batch_crash", source, fast, world.pki.key_uri("receiver")],
        input=world.pki.ask("") + "\n", env=ENVIRONMENT, cwd=ROOT, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert all(int(steps) > 20 for steps in done.stdout.split())


def test_a_run_killed_at_random_times_and_resumed_makes_each_file_once(world: World, tmp_path: Path, out: Path) -> None:
    source, dice = make_letters(tmp_path / "in", 600), random.Random(20261122)
    arguments = [
        "sign", str(source), "-o", str(out), "--key", world.pki.key_uri("official"), "--resume",
        "--pass-file", str(world.pki.password_file), "--jobs", "2",
    ]  # fmt: skip
    kept: dict[str, bytes] = {}
    for _ in range(2):
        _killed(arguments, partial(_more_than, out, len(kept)), dice.uniform(0, 0.1))
        assert {name: data for name, data in finished(out).items() if name in kept} == kept
        kept = finished(out)
    assert kept  # all of them where this process was not let run for long
    assert subprocess.run([*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, check=False).returncode == 0
    after, told = finished(out), journaled(out)
    assert len(after) == 600
    assert {name: after[name] for name in kept} == kept
    assert {name: [digest(data)] for name, data in after.items()} == told
    assert [p.name for p in out.iterdir() if p.name.startswith(".")] == []
    for name in dice.sample(sorted(after), 5):
        (signature,) = audit_file(out / name, world.pki.trust()).signatures
        assert signature.intact


def _more_than(out: Path, count: int) -> bool:
    return len(list(out.glob("*.pdf"))) > count


def _killed(arguments: list[str], begun: Callable[[], bool], seconds: float) -> None:
    """Run the command, kill it by SIGKILL some time after it has begun; no process of it stays."""
    running = subprocess.Popen(
        [*COMMAND, *arguments], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: begun() or running.poll() is not None)
        time.sleep(seconds)
        os.kill(running.pid, signal.SIGKILL)
    finally:
        running.kill()
        running.wait()
    until(lambda: _session(running.pid) == [])


def _session(leader: int) -> list[int]:
    """The processes that still run in a session."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getsid(int(entry.name)) == leader:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                found += [int(entry.name)] if state != "Z" else []
        except (OSError, ValueError):
            continue
    return found


class Deadly:
    """A password callback that ends every process but the first."""

    def __init__(self) -> None:
        self.parent = os.getpid()

    def __call__(self, name: str) -> str:
        if os.getpid() != self.parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return "x"


def test_a_file_that_kills_its_process_costs_no_other_file_of_its_group(
    world: World, letters: Path, out: Path, samples: object
) -> None:
    """An encrypted PDF asks for its password; here that ends the process that asks."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    with (letters / "000.pdf").open("rb") as source, (letters / "002.pdf").open("wb") as target:
        writer = copy_into_new_writer(PdfFileReader(source))
        writer.encrypt("chủ", "người đọc", pdf_mac=False)
        writer.write(target)
    found = codes(run(world, letters, out, jobs=2, password=Deadly()))
    assert found == {f"{n:03}.pdf": "workers.killed" if n == 2 else "" for n in range(5)}
    assert sorted(finished(out)) == ["000.pdf", "001.pdf", "003.pdf", "004.pdf"]
