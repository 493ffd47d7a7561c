"""Batches killed, crowded out, led astray: each output complete or absent, none made twice, nothing lost in silence."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from signing import batch_run
from signing.audit import audit_file
from signing.batch import Desk, Order
from signing.batch_commit import PATIENCE
from signing.batch_extend import ExtendOrder
from signing.batch_plan import Filters
from signing.batch_run import plan_batch, run_batch, sign_files
from signing.batch_stage import Outcome, Task, stage
from signing.dev.server import free_port
from signing.errors import ServiceError, SigningError, UsageError
from signing.journal import NAME, Journal, opened
from signing.policy import Baseline

from ..world import World
from .batch_crash import digest, finished, journaled
from .cli_run import COMMAND, ENVIRONMENT
from .pdf_shapes import one_page, stream

PAGE = one_page()
NOTE = "ghi chú"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return make_letters(tmp_path / "in", 5)


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where the machine has one: there synchronising costs nothing."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def make_letters(folder: Path, count: int, size: int = 0) -> Path:
    """PDFs of one page, and of `size` more bytes."""
    folder.mkdir()
    page = one_page(more={9: stream(bytes(size))}) if size else PAGE
    for number in range(count):
        (folder / f"{number:03}.pdf").write_bytes(page)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def order(world: World, **more: object) -> Order:
    return Order(key=world.pki.key_uri("receiver"), **more)  # type: ignore[arg-type]


def run(
    world: World, source: Path | list[Path], out: Path, *, jobs: int = 1, filters: Filters | None = None, **more: object
) -> list[Outcome]:
    sources, how = source if isinstance(source, list) else [source], order(world, **more)
    with (
        plan_batch(sources, out, how, filters) as plan,
        run_batch(plan, how, world.pki.ask, jobs=jobs) as outcomes,
    ):
        return list(outcomes)


def codes(outcomes: list[Outcome]) -> dict[str, str]:
    """By the input's name: the error's code, or why nothing was made; empty for what was."""
    return {o.source.name: o.error.code if o.error else o.reason for o in outcomes}


# --- killed ----------------------------------------------------------------------------------------------------------


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
    source, dice = make_letters(tmp_path / "in", 200), random.Random(20261122)
    arguments = [
        "sign", str(source), "-o", str(out), "--key", world.pki.key_uri("official"), "--resume",
        "--pass-file", str(world.pki.password_file), "--jobs", "2",
    ]  # fmt: skip
    kept: dict[str, bytes] = {}
    for _ in range(2):
        _killed(arguments, partial(_more_than, out, len(kept)), dice.uniform(0, 0.1))
        assert {name: data for name, data in finished(out).items() if name in kept} == kept
        kept = finished(out)
    assert 0 < len(kept) < 200
    assert subprocess.run([*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, check=False).returncode == 0
    after, told = finished(out), journaled(out)
    assert len(after) == 200
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
        _until(lambda: begun() or running.poll() is not None)
        time.sleep(seconds)
        os.kill(running.pid, signal.SIGKILL)
    finally:
        running.kill()
        running.wait()
    _until(lambda: _session(running.pid) == [])


def _until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


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


# --- resumed ---------------------------------------------------------------------------------------------------------


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


# --- folders ---------------------------------------------------------------------------------------------------------


def test_a_folder_keeps_its_shape_hidden_files_stay_out_and_filters_choose(
    world: World, letters: Path, out: Path
) -> None:
    for name in ("a/b/deep.pdf", "a/note.txt", ".hidden.pdf", "a/.hidden/x.pdf", "tạm/nháp.pdf"):
        (letters / name).parent.mkdir(parents=True, exist_ok=True)
        (letters / name).write_bytes(PAGE)
    deep = {"a/.hidden/x.pdf", "a/b/deep.pdf", "a/note.txt", "tạm/nháp.pdf"}
    top = {f"{n:03}.pdf" for n in range(5)}
    assert set(listed(letters, out, Filters())) == top | deep
    assert set(listed(letters, out, Filters(include=("*.txt", ".hid*")))) == {"a/note.txt", ".hidden.pdf"}
    assert set(listed(letters, out, Filters(include=("a/*",)))) == {n for n in deep if n.startswith("a/")}
    assert set(listed(letters, out, Filters(exclude=("0*.pdf", "a/*")))) == {"tạm/nháp.pdf"}
    run(world, letters, out)
    assert set(finished(out)) == top | deep


def listed(source: Path, out: Path, filters: Filters) -> list[str]:
    how = ExtendOrder()
    with plan_batch([source], out, how, filters) as plan:
        items = list(plan)
        assert len(items) == plan.total
        return [os.fspath(item.output.relative_to(out)) for item in items]


def test_the_output_folder_inside_the_input_is_no_input_and_a_folder_never_goes_into_itself(
    world: World, letters: Path
) -> None:
    inside = letters / "signed"
    inside.mkdir()
    for _ in range(2):
        assert set(codes(run(world, letters, inside, resume=True)).values()) <= {"", "kept"}
        assert len(finished(inside)) == 5
    with pytest.raises(UsageError) as e:
        run(world, letters, letters)
    assert e.value.code == "usage.output-is-input"
    assert not (letters / NAME).exists()


def test_links_are_followed_inside_the_folder_only_and_others_are_told(
    world: World, letters: Path, out: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("outside")
    (tmp_path / "outside").mkdir()
    (letters / "sub").mkdir()
    for name, target in {
        "inside.pdf": "000.pdf", "leads-out.txt": secret, "up.txt": "../secret.txt", "nowhere": "gone", "loop": "loop",
        "out-folder": tmp_path / "outside", "in-folder": "sub", "self": ".",
    }.items():  # fmt: skip
        (letters / name).symlink_to(target)
    os.mkfifo(letters / "pipe")
    found = codes(run(world, letters, out))
    told = dict.fromkeys(("leads-out.txt", "up.txt", "nowhere", "loop", "out-folder"), "bulk.link")
    assert found == {f"{n:03}.pdf": "" for n in range(5)} | {"inside.pdf": ""} | told | {"pipe": "input.not-regular"}
    assert sorted(finished(out)) == [*(f"{n:03}.pdf" for n in range(5)), "inside.pdf"]


def test_two_inputs_for_one_output_are_told_before_anything_is_touched(
    world: World, letters: Path, out: Path, tmp_path: Path
) -> None:
    other = make_letters(tmp_path / "more", 1)
    for sources in ([letters, other], [letters, letters / "000.pdf"], [letters, letters]):
        with pytest.raises(UsageError) as e:
            run(world, sources, out)
        assert e.value.code == "usage.same-name"
    (other / "a").write_bytes(b"x")
    (other / "a.p7s").write_bytes(PAGE)  # a PDF, which keeps its name
    with pytest.raises(UsageError) as clash:
        run(world, other, out)
    assert clash.value.code == "usage.same-name"
    assert list(out.iterdir()) == []


def test_a_folder_in_the_way_of_an_output_and_names_too_long_are_told_before_the_key_is_used(
    world: World, letters: Path, out: Path
) -> None:
    (out / "000.pdf").mkdir()
    long = "x" * 253  # no room for .p7s
    (letters / long).write_bytes(b"x")
    (out / "sub").write_bytes(b"a file where a folder is needed")
    (letters / "sub").mkdir()
    (letters / "sub" / "x.pdf").write_bytes(PAGE)
    found = codes(run(world, letters, out))
    assert (found["000.pdf"], found[long], found["x.pdf"]) == (
        "usage.output-exists",
        "output.unwritable",
        "output.unwritable",
    )
    assert [found[f"{n:03}.pdf"] for n in range(1, 5)] == [""] * 4


def test_names_that_are_no_text_are_signed_and_resumed(world: World, tmp_path: Path, out: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for raw in (b"\xff\xfe.pdf", "Giấy đề nghị.pdf".encode(), b"new\nline.pdf", b'q"\\.pdf'):
        (source / os.fsdecode(raw)).write_bytes(PAGE)
    assert set(codes(run(world, source, out)).values()) == {""}
    assert set(codes(run(world, source, out, resume=True)).values()) == {"kept"}


# --- disks and inputs ------------------------------------------------------------------------------------------------


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
def test_a_full_disk_stops_the_run_and_what_was_made_is_whole_and_kept(world: World, tmp_path: Path, jobs: int) -> None:
    source = make_letters(tmp_path / "in", 60, 30_000)
    with small_disk(tmp_path / "small", "1M") as out:
        with pytest.raises(UsageError) as e:
            run(world, source, out, jobs=jobs)
        assert e.value.code == "bulk.disk-full"
        before, told = finished(out), journaled(out)
        assert 0 < len(before) < 60
        assert told == {name: [digest(data)] for name, data in before.items()}
        assert not [p for p in out.iterdir() if p.name.startswith(".")]
        subprocess.run(["mount", "-o", "remount,size=8M", os.fspath(out)], check=True)
        assert len(run(world, source, out, resume=True)) == 60
        assert {name: finished(out)[name] for name in before} == before
        assert len(finished(out)) == 60


LIMITED = """
import resource, sys
from pathlib import Path
from signing.batch import Order
from signing.batch_run import sign_files
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
    how = order(world, baseline=Baseline.B_T, tsa_url=f"http://127.0.0.1:{free_port()}/tsa")
    done = []
    with pytest.raises(ServiceError) as e:
        done += list(sign_files([source], out, how, world.pki.ask))
    assert (e.value.code, "http.unreachable" in e.value.text) == ("bulk.stopped", True)
    assert str(PATIENCE) in e.value.text
    assert finished(out) == {}
    assert len((out / NAME).read_bytes().splitlines()) < 20
    assert (
        codes(run(world, source, out, resume=True, baseline=Baseline.B_T, tsa_url=world.pki.tsa_url))["059.pdf"] == ""
    )


# --- memory ----------------------------------------------------------------------------------------------------------

MEMORY = """
import resource, sys
from pathlib import Path
from signing.batch import Order
from signing.batch_run import sign_files
password = sys.stdin.read()
for folder in sys.argv[3:]:
    out = Path(sys.argv[1]) / Path(folder).name
    out.mkdir()
    assert not [o for o in sign_files([Path(folder)], out, Order(key=sys.argv[2]), lambda _: password) if o.error]
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
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
