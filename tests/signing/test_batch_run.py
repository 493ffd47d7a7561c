"""Batches run again, with other keys, several at once; flat memory, secrets kept no longer than needed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from signing.batch import Order
from signing.batch import run as batch_run
from signing.batch.run import plan_batch, run_batch, sign_files
from signing.batch.stage import Task
from signing.errors import SigningError, UsageError
from signing.journal import NAME, Journal, opened
from signing.policy import Baseline

from ..world import World
from .batch_crash import finished
from .batch_tools import PAGE, codes, make_letters, order, run
from .cli_run import ENVIRONMENT
from .pdf_shapes import one_page


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return make_letters(tmp_path / "in", 5)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_what_is_done_stays_what_is_missing_is_made_what_changed_is_told(
    world: World, letters: Path, out: Path
) -> None:
    assert set(codes(run(world, letters, out)).values()) == {""}
    os.utime(letters / "000.pdf")  # another time, the same bytes
    (letters / "001.pdf").write_bytes(one_page(catalog="/Lang (vi)"))
    (out / "002.pdf").unlink()
    (out / "003.pdf").write_bytes(b"somebody's")
    (letters / "new.pdf").write_bytes(PAGE)
    (letters / "there.pdf").write_bytes(PAGE)
    (out / "there.pdf").write_bytes(b"somebody's")
    before = finished(out)
    assert codes(run(world, letters, out, resume=True)) == {
        "000.pdf": "kept", "001.pdf": "bulk.input-changed", "002.pdf": "", "003.pdf": "bulk.output-changed",
        "004.pdf": "kept", "new.pdf": "", "there.pdf": "bulk.unknown-output",
    }  # fmt: skip
    after = finished(out)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"002.pdf", "new.pdf"}


def test_without_resume_or_force_what_is_there_is_told_and_with_force_it_is_made_again(
    world: World, letters: Path, out: Path
) -> None:
    run(world, letters, out)
    before = finished(out)
    assert set(codes(run(world, letters, out)).values()) == {"bulk.done"}
    assert finished(out) == before
    assert set(codes(run(world, letters, out, overwrite=True)).values()) == {""}
    assert all(finished(out)[name] != data for name, data in before.items())


def test_another_key_or_baseline_never_passes_for_the_same_run(world: World, letters: Path, out: Path) -> None:
    run(world, letters, out)
    other = {"baseline": Baseline.B_T, "tsa_url": world.pki.tsa_url}
    assert set(codes(run(world, letters, out, resume=True, **other)).values()) == {"bulk.other-job"}
    how = Order(key=world.pki.key_uri("official"), resume=True)
    assert {o.error.code for o in sign_files([letters], out, how, world.pki.ask) if o.error} == {"bulk.other-job"}


def test_a_failure_is_tried_again(world: World, letters: Path, out: Path) -> None:
    (letters / "001.pdf").write_bytes(b"%PDF-1.7 broken")
    first = codes(run(world, letters, out))
    assert first["001.pdf"].startswith("pdf.")
    (letters / "001.pdf").write_bytes(PAGE)
    assert codes(run(world, letters, out, resume=True)) == {
        "001.pdf": "",
        **{f"{n:03}.pdf": "kept" for n in (0, 2, 3, 4)},
    }


def test_two_runs_into_one_folder_at_once_are_refused(world: World, letters: Path, out: Path, tmp_path: Path) -> None:
    how = order(world)
    with plan_batch([letters], out, how) as plan, run_batch(plan, how, world.pki.ask) as outcomes:
        next(outcomes)
        for journal in (None, tmp_path / "other.jsonl"):
            with pytest.raises(UsageError) as e, run_batch(plan, how, world.pki.ask, journal=journal):
                pass
            assert e.value.code == "bulk.busy"
        assert len(list(outcomes)) == 4


def test_only_what_a_run_left_itself_is_removed(world: World, letters: Path, out: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0123456789abcdef.tmp").write_bytes(b"somebody's")
    (out / ".signing-sign").symlink_to(elsewhere)
    with pytest.raises(UsageError) as e:
        run(world, letters, out)
    assert e.value.code == "output.unwritable"
    assert [p.name for p in elsewhere.iterdir()] == ["0123456789abcdef.tmp"]
    (out / ".signing-sign").unlink()
    (out / ".signing-sign").mkdir()
    (out / ".signing-sign" / "mine.txt").write_bytes(b"somebody's")
    (out / ".signing-sign" / "0123456789abcdef.tmp").write_bytes(b"half a file")
    assert set(codes(run(world, letters, out)).values()) == {""}
    assert [p.name for p in (out / ".signing-sign").iterdir()] == ["mine.txt"]


def test_a_journal_in_the_input_folder_is_no_input(world: World, letters: Path, out: Path) -> None:
    how = order(world)
    for name in ("mine.jsonl", NAME):
        with (
            plan_batch([letters], out, how, journal=letters / name) as plan,
            run_batch(plan, how, world.pki.ask, journal=letters / name) as outcomes,
        ):
            assert {o.source.name for o in outcomes} == {f"{n:03}.pdf" for n in range(5)}
        (letters / "mine.jsonl").unlink(missing_ok=True)


MEMORY = """
import sys
from pathlib import Path
from signing.batch import Order
from signing.batch.run import sign_files
password = sys.stdin.read()
for folder in sys.argv[3:]:
    out = Path(sys.argv[1]) / Path(folder).name
    out.mkdir()
    assert not [o for o in sign_files([Path(folder)], out, Order(key=sys.argv[2]), lambda _: password) if o.error]
    # not ru_maxrss, which begins with what the process was forked from
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def test_memory_is_flat_in_the_number_and_the_size_of_files(world: World, tmp_path: Path, out: Path) -> None:
    few, many = make_letters(tmp_path / "few", 40), make_letters(tmp_path / "many", 800)
    large = make_letters(tmp_path / "large", 2, 50_000_000)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, out, world.pki.key_uri("receiver"), few, many, large],
        input=world.pki.ask(""), env=ENVIRONMENT, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second, third = map(int, done.stdout.split())
    assert second - first < 6 * 1024, "kB more for 800 files than for 40"
    assert third - second < 12 * 1024, "kB more for files of 50 MB"


def test_every_process_asks_for_nothing_and_nobody_remembers_the_secret_longer_than_needed(
    world: World, letters: Path, out: Path
) -> None:
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return world.pki.ask(name)

    how = order(world)
    with plan_batch([letters], out, how) as plan, run_batch(plan, how, ask, jobs=2) as outcomes:
        assert len(list(outcomes)) == 5
    assert len(asked) == 1
    assert world.pki.ask("") not in (out / NAME).read_text()
    kept = batch_run._Secrets(ask, remember=False)
    kept("x")
    assert kept.known == {}


def test_a_worker_whose_key_does_not_open_tells_each_file(world: World, letters: Path, out: Path) -> None:
    batch_run._start_worker(order(world), {}, out)
    task = Task(source=letters / "000.pdf", output=out / "000.pdf", relative="000.pdf")
    (staged,) = batch_run._stage_in_worker([task])
    assert staged.outcome is not None
    assert isinstance(staged.outcome.error, SigningError)
    assert staged.outcome.error.code == "key.password"
    batch_run._start_worker(order(world), {"another name": "x"}, out)
    (again,) = batch_run._stage_in_worker([task])
    assert again.outcome is not None
    assert again.outcome.error is not None
    assert again.outcome.error.code == "key.password"


def test_the_journal_says_what_was_made_of_what(world: World, letters: Path, out: Path) -> None:
    run(world, letters, out)
    head, *lines, end = [json.loads(line) for line in (out / NAME).read_bytes().splitlines()]
    assert (head["run"]["verb"], head["run"]["baseline"]) == ("sign", "B-B")
    assert end["end"] | {"time": ""} == {"made": 5, "skipped": 0, "failed": 0, "time": ""}
    assert (out / NAME).stat().st_mode & 0o777 == 0o600
    for line in lines:
        source, output = Path(line["source"]), out / line["output"]
        assert (line["size"], line["output_size"]) == (source.stat().st_size, output.stat().st_size)
        assert line["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
        assert line["output_sha256"] == hashlib.sha256(output.read_bytes()).hexdigest()
    with opened(out / NAME) as book:
        assert isinstance(book, Journal)


def test_a_pipe_that_stands_where_a_killed_run_left_its_output_stalls_nobody(
    world: World, letters: Path, out: Path
) -> None:
    run(world, letters, out)
    lines = (out / NAME).read_bytes().splitlines()
    made = json.loads(next(line for line in lines if b"output_sha256" in line))
    (out / made["output"]).unlink()
    (out / ".signing-sign").mkdir()
    os.mkfifo(out / ".signing-sign" / made["temporary"])
    before = signal.signal(signal.SIGALRM, stalled)
    signal.alarm(20)
    try:
        assert not any(outcome.error for outcome in run(world, letters, out, resume=True))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert stat.S_ISREG((out / made["output"]).lstat().st_mode)


def stalled(*_: object) -> None:
    raise AssertionError("the run waits for the other end of a pipe")
