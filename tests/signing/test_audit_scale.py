"""Audits of thousands of files: limits that cost one file, flat memory, progress, watching, Dask."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from signing.audit import audit_files, audit_folder
from signing.audit import entry as audit_entry
from signing.audit import walk as audit_walk
from signing.audit import watch as audit_watch
from signing.audit.walk import Ours, Task, count, tasks
from signing.audit.watch import _Watch, watch_files
from signing.cli import progress
from signing.errors import MissingExtraError, UsageError
from signing.report import Report, Verdict
from signing.trust.store import TrustStore

from ..patience import HANG_S, until
from ..world import World
from .audit_tools import Folder, make_folder, told, told_in
from .cli_run import COMMAND, ENVIRONMENT, assert_told, run
from .signed_pdfs import INPUTS
from .worker_tasks import Greedy, Slow


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return make_folder(tmp_path_factory.mktemp("many") / "in", world, 2000)


def codes(report: Report) -> set[str]:
    return {f.code for f in report.all_findings()}


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """An encrypted PDF among others; the callback for its password is what costs too much."""
    import io

    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO((INPUTS / "form.pdf").read_bytes())))
    writer.encrypt(owner_pass="bí mật", user_pass="bí mật")
    (tmp_path / "in").mkdir()
    with (tmp_path / "in" / "1.pdf").open("wb") as out:
        writer.write(out)
    for name in ("0.txt", "2.txt"):
        (tmp_path / "in" / name).write_text("x")
    return tmp_path / "in"


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system whose clock is fine enough for files that a test has just written."""
    monkeypatch.setattr(audit_entry, "SETTLED_NS", 0)


@pytest.mark.parametrize(
    ("password", "limits", "code", "limit"),
    [
        (Slow(), {"max_seconds": 1}, "document.time-limit", "1 "),
        (Greedy(), {"max_memory": 300}, "document.memory-limit", "300 MiB"),
    ],
)
def test_a_file_that_needs_too_much_is_indeterminate_and_names_the_limit(
    locked: Path, tmp_path: Path, password: Any, limits: dict[str, Any], code: str, limit: str, still: None
) -> None:
    journal = tmp_path / "journal"
    for _ in range(2):
        reports = list(audit_folder(locked, password=password, journal=journal, **limits))
        assert [Path(r.path).name for r in reports] == ["0.txt", "1.pdf", "2.txt"]
        assert [r.verdict for r in reports] == [Verdict.UNSIGNED, Verdict.INDETERMINATE, Verdict.UNSIGNED]
        assert codes(reports[1]) == {code}
        assert limit in reports[1].findings[0].text
        assert limit in reports[1].findings[0].text_vi
    assert journal.read_text().count("1.pdf") == 2  # the entry's and the Report's: it was judged once
    list(audit_folder(locked, password=password, journal=journal, **{k: v * 2 for k, v in limits.items()}))
    assert journal.read_text().count("1.pdf") == 4  # with more to spend it is tried again


@pytest.mark.parametrize("limits", [{"max_seconds": 0}, {"max_seconds": -1}, {"max_memory": 0}, {"max_seconds": 1e99}])
def test_impossible_limits_are_refused(tmp_path: Path, limits: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        list(audit_folder(tmp_path, **limits))


@pytest.mark.parametrize("flag", [["--max-seconds", "0"], ["--max-seconds", "nan"], ["--max-memory", "1e3"], ["--every", "x"]])  # fmt: skip  # noqa: E501
def test_impossible_limits_on_the_command_line_exit_2(flag: list[str]) -> None:
    assert run("audit", "x", *flag).status == 2


# --- many ------------------------------------------------------------------------------------------------------------


def test_memory_of_all_processes_stays_flat_over_thousands_of_files(folder: Folder, tmp_path: Path) -> None:
    """The peak after 2,000 files is that after 200, in the process that writes and in those that judge."""
    few = make_few(folder, tmp_path / "few")
    peaks = {path: _peaks(path, tmp_path / f"out-{path.name}") for path in (few, folder.path)}
    for small, large in zip(peaks[few], peaks[folder.path], strict=True):
        assert large < small * 1.15 + 8_000, peaks  # KiB
    assert len(told_in(tmp_path / f"out-{folder.path.name}" / "results.jsonl")) == 2000


def make_few(folder: Folder, path: Path) -> Path:
    path.mkdir()
    for file in sorted((folder.path / "00").iterdir())[:200]:
        os.link(file, path / file.name)
    return path


def _peaks(path: Path, out: Path) -> list[int]:
    """Peak memory of the audit's process and of its largest child, KiB."""
    code = (  # its own ru_maxrss would begin with what the process was forked from
        "import resource, sys; from signing.cli import main; main(sys.argv[1:]); "
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')), "
        "resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    arguments = [sys.executable, "-c", code, "audit", path, "--out", out, "--jobs", "2"]
    done = subprocess.run(arguments, env=ENVIRONMENT, capture_output=True, check=True)
    return [int(n) for n in done.stdout.split(b"\n")[-2].split()]


def test_one_process_two_processes_and_a_journal_say_the_same(folder: Folder, tmp_path: Path) -> None:
    alone = told(audit_folder(folder.path, folder.trust))
    assert len(alone) == 2000
    shared = audit_folder(
        folder.path, folder.trust, jobs=2, journal=tmp_path / "j", max_seconds=HANG_S, max_memory=4096
    )
    assert told(shared) == alone


def test_a_folder_with_more_names_than_memory_is_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [b"a", b"B", "ă".encode(), b"\xff\xfe", b"\x80", "\U0001f600".encode(), b"Z.pdf", "\ufffd".encode(), b"a.b"]
    for name in (*names, *(b"%03d" % n for n in range(50))):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).touch()
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x").touch()
    inside = list(tasks([tmp_path]))
    assert len(inside) == count([tmp_path]) == 60
    monkeypatch.setattr(audit_walk, "MAX_SORTED_IN_MEMORY", 7)
    assert list(tasks([tmp_path])) == inside


@pytest.mark.parametrize(("error", "raised"), [(OSError(), OSError), (sqlite3.OperationalError(), UsageError)])
def test_a_folder_that_cannot_be_listed_to_its_end_leaves_no_file_open(
    monkeypatch: pytest.MonkeyPatch, error: Exception, raised: type[Exception]
) -> None:
    def breaks_off() -> Iterator[tuple[str, bool]]:
        yield "b", False
        raise error

    rows = sqlite3.connect("", isolation_level=None)
    monkeypatch.setattr(audit_walk.sqlite3, "connect", lambda *_, **__: rows)
    with pytest.raises(raised):
        audit_walk._sorted_on_disk([("a", False)], breaks_off())
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        rows.execute("SELECT 1")


def test_unfinished_outputs_of_ours_are_passed_over_and_nobody_else_s(tmp_path: Path) -> None:
    for name in (".results.csv.0123abcd.tmp", ".other.csv.0123abcd.tmp", "results.csv", "x"):
        (tmp_path / name).touch()
    ours = Ours(files=frozenset([tmp_path / "results.csv"]))
    assert [t.path.name for t in tasks([tmp_path], ours)] == [".other.csv.0123abcd.tmp", "x"]
    assert list(tasks([tmp_path / "x"], ours)) == [Task(tmp_path / "x", follow=True)]


# --- progress --------------------------------------------------------------------------------------------------------


def test_a_long_run_tells_lines_with_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    with progress.Meter("kiểm tra / audit", lambda: 1000) as meter:
        meter.advance()
    told_ = capsys.readouterr()
    assert told_.out == ""
    assert "1/1,000" in told_.err
    assert "còn / left" in told_.err


def test_on_a_terminal_the_bar_goes_there_and_json_into_the_pipe(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = make_few(folder, tmp_path / "few")
    code = (
        "import sys; from signing.cli import main, progress; progress.SHOWN_AFTER_S = 0.0; progress._REFRESH_S = 0.0; "
        "main(sys.argv[1:])"
    )
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, "audit", few, "--json"], env={**ENVIRONMENT, "TERM": "xterm"},
            stdout=subprocess.PIPE, stderr=theirs, check=False,
        )  # fmt: skip
        shown = os.read(ours, 100_000).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 200
    assert "/200" in shown
    assert "/s" in shown


# --- watching --------------------------------------------------------------------------------------------------------


class _Watched:
    """`signing audit --watch` in a process of its own."""

    def __init__(self, path: Path, out: Path, *more: str) -> None:
        self.out = out
        arguments = [
            *COMMAND, "audit", path, "--watch", "--every", "0.2", "--out", out, "--json", "--max-seconds", "30", *more,
        ]  # fmt: skip
        self.running = subprocess.Popen(arguments, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def next(self) -> str:
        assert self.running.stdout is not None
        return Path(json.loads(self.running.stdout.readline())["path"]).name

    def stop(self, number: signal.Signals) -> tuple[int, bytes]:
        self.running.send_signal(number)
        told_, _ = self.running.communicate(timeout=HANG_S)
        return self.running.returncode, told_


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def _settled(path: Path, text: str) -> None:
    path.write_text(text)


def test_a_watch_judges_each_file_once_across_signals_and_kills(inbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _settled(inbox / "1.txt", "x")
    watch = _Watched(inbox, out)
    assert watch.next() == "1.txt"
    _settled(inbox / "2.txt", "x")
    assert watch.next() == "2.txt"
    assert watch.stop(signal.SIGTERM) == (0, b"")
    assert [Path(r["path"]).name for r in told_in(out / "results.jsonl")] == ["1.txt", "2.txt"]
    _settled(inbox / "3.pdf", "x")
    watch = _Watched(inbox, out)
    assert watch.next() == "3.pdf"
    until(lambda: b"3.pdf" in (out / "audit-journal.jsonl").read_bytes())
    watch.stop(signal.SIGKILL)
    (inbox / "1.txt").write_text("changed")
    watch = _Watched(inbox, out)
    assert watch.next() == "1.txt"
    status, rest = watch.stop(signal.SIGINT)
    assert (status, rest) == (0, b"")
    assert len(told_in(out / "results.jsonl")) == 3
    assert (out / "summary.html").stat().st_size > 1000


def test_a_file_that_is_still_being_written_is_waited_for(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def grow(*_: object) -> None:
        """In the place of waiting for the next look: it grows between the first ten."""
        looks.append("look")
        if len(looks) < 10:
            with (inbox / "slow.txt").open("a") as file:
                file.write("x")

    monkeypatch.setattr(_Watch, "_wait", grow)
    watch = watch_files([inbox], stop=lambda: len(looks) > 20, every=0, journal=tmp_path / "journal")
    assert [(Path(report.path).name, len(looks)) for report in watch] == [("slow.txt", 10)]


def test_a_watch_judges_again_what_rests_on_other_files(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = Path(__file__).parents[1] / "vectors" / "xades"
    signature, content, other = (inbox / name for name in ("detached-B-T.xml", "to-trinh.txt", "other.txt"))
    shutil.copy(vectors / signature.name, inbox)
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: other.write_text("something else"),
        lambda: None,
        lambda: shutil.copy(vectors / content.name, inbox),
        lambda: None,
        lambda: content.write_text("changed"),
        lambda: None,
        content.unlink,
        lambda: None,
        lambda: None,
    ]
    looks: list[list[tuple[str, bool | None]]] = [[]]

    def step(*_: object) -> None:
        """In the place of waiting for the next look."""
        steps[len(looks) - 1]()
        looks.append([])

    monkeypatch.setattr(_Watch, "_wait", step)
    monkeypatch.setattr(audit_watch, "STILL_S", -1.0)
    for report in watch_files([inbox], stop=lambda: len(looks) > len(steps), journal=tmp_path / "journal"):
        looks[-1].append((Path(report.path).name, report.signatures[0].intact if report.signatures else None))
    lacking, whole, broken = ((signature.name, intact) for intact in (None, True, False))
    there, beside = (content.name, None), (other.name, None)
    arrived = [[lacking], [lacking], [beside], [lacking], [there], [whole]]
    assert looks == [*arrived, [there], [broken], [], [lacking], []]


def test_watching_needs_a_journal(inbox: Path) -> None:
    assert_told(run("audit", inbox, "--watch"), 2, "audit.watch-journal")


# --- cluster ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    import logging

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=logging.CRITICAL
    ) as cluster:
        yield cluster


def test_a_cluster_says_the_same_in_the_same_order_though_a_worker_is_killed(cluster: Any, folder: Folder) -> None:
    paths = [folder.path / "00", folder.path / "01" / "00501.p7m", folder.path / "gone"]
    alone = told(audit_files(paths, folder.trust))
    reports = []
    for number, report in enumerate(audit_files(paths, folder.trust, dask=cluster.scheduler_address, max_seconds=60)):
        reports.append(report)
        if number == 50:
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    assert told(reports) == alone


def test_limits_and_journals_hold_on_a_cluster(cluster: Any, locked: Path, tmp_path: Path, still: None) -> None:
    how: dict[str, Any] = {"dask": cluster.scheduler_address, "journal": tmp_path / "j", "password": Slow()}
    first = list(audit_folder(locked, max_seconds=1, **how))
    assert codes(first[1]) == {"document.time-limit"}
    assert [r.to_json() for r in audit_folder(locked, max_seconds=1, **how)] == [r.to_json() for r in first]


def test_a_worker_with_another_version_is_told_and_judges_nothing(
    cluster: Any, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signing.audit.cluster.program", lambda: "9.9")
    with pytest.raises(UsageError) as e:
        list(audit_folder(locked, dask=cluster.scheduler_address))
    assert e.value.code == "audit.cluster"
    assert "9.9" in e.value.text


def test_the_command_line_takes_a_cluster(cluster: Any, locked: Path) -> None:
    ran = run("audit", locked / "0.txt", "--dask", cluster.scheduler_address, "--json")
    assert (ran.status, ran.json["verdict"]) == (0, "unsigned")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "", "tls://127.0.0.1:1"])
def test_a_cluster_that_cannot_be_used_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("signing.audit.cluster.CONNECT_S", 1)
    with pytest.raises(UsageError) as e:
        list(audit_folder(tmp_path, dask=address))
    assert e.value.code == "audit.cluster"


def test_without_the_extra_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError) as e:
        list(audit_folder(tmp_path, TrustStore(), dask="tcp://127.0.0.1:8786"))
    assert "dask" in e.value.text
