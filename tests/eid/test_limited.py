"""Pages and pictures that ask for all time or memory end the process beside ours, and nothing else."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from eid import LimitError, MalformedError, MissingExtraError, qr, scan
from eid.limited import Ended, LimitedTask, NotStartedError
from eid.scan import ScannedCode

from ..patience import HANG_S, within

TASK = """
import os, time
def answer(file, question):
    with os.fdopen(file, "rb") as source:
        data = source.read()
    if data == b"memory":
        bytearray(question["size"])
    if data == b"time":
        while True: pass
    if data == b"sleep":
        time.sleep(3600)
    if data == b"fault":
        os.kill(os.getpid(), 11)
    if data == b"end":
        os._exit(0)
    kept.append(bytearray(question.get("keep", 0)))
    return {"data": data.decode(), "process": os.getpid()}
kept = []
"""


@pytest.fixture
def task(tmp_path: Path) -> Iterator[LimitedTask]:
    (tmp_path / "task.py").write_text(TASK)
    made = LimitedTask(tmp_path / "task.py", max_memory=200_000_000)
    yield made
    made.end()


def ask(task: LimitedTask, data: bytes, seconds: float = HANG_S, **question: object) -> object:
    with (Path(task._script).parent / "file").open("wb+") as file:
        file.write(data)
        file.seek(0)
        return task.ask(file.fileno(), question, seconds=seconds)


def pages(*objects: bytes, count: int = 1) -> bytes:
    """A PDF of `count` times one page, whose resources are object 9."""
    kids = b" ".join([b"3 0 R"] * count)
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[" + kids + b"]/Count %d>>"
        b"endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources 9 0 R/Contents 8 0 R>>endobj "
        % count
        + b" ".join(objects)
        + b"\ntrailer<</Root 1 0 R>>\n%%EOF"
    )


def stream(number: int, data: bytes, entries: bytes = b"") -> bytes:
    return b"%d 0 obj<</Length %d%b>>stream\n%b\nendstream endobj" % (number, len(data), entries, data)


FORM = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources 9 0 R"
BOMB = pages(
    stream(8, b"0 0 9 9 re " * 100 + b"f /X Do"),
    b"9 0 obj<</XObject<</X 10 0 R>>>>endobj",
    stream(10, b"/X Do /X Do", FORM),
)  # a form that shows itself twice


def slow(forms: int = 12) -> bytes:
    """Forms, each of which shows the next ten times."""
    names = b" ".join(b"/X%d %d 0 R" % (n, 10 + n) for n in range(forms + 1))
    shown = [stream(10 + n, b"/X%d Do " % (n + 1) * 10, FORM) for n in range(forms)]
    leaf = stream(10 + forms, b"0 0 m 9 9 l S " * 20, FORM)
    return pages(stream(8, b"/X0 Do"), b"9 0 obj<</XObject<<" + names + b">>>>endobj", *shown, leaf)


@pytest.mark.parametrize("call", [scan.scan, qr.scan, lambda pdf: scan.scan_first(pdf, 1)], ids=["scan", "qr", "first"])
def test_a_page_that_asks_for_all_memory_is_refused_and_the_next_is_read(call) -> None:
    with pytest.raises(LimitError) as caught:
        call(BOMB)
    assert caught.value.code == "qr.too-large"
    assert "MiB" in caught.value.text
    assert qr.scan(qr.png("NEXT")) == ("NEXT",)


def test_a_page_that_takes_hours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as hurried, within(), pytest.raises(LimitError) as caught:
        hurried.setattr("eid.scan.MAX_SECONDS", 0.5)
        scan.scan(slow())
    assert "0.5 s" in caught.value.text
    assert qr.scan(qr.png("NEXT")) == ("NEXT",)


def test_a_command_that_scans_survives(tmp_path: Path) -> None:
    (tmp_path / "card.pdf").write_bytes(BOMB)
    done = subprocess.run(
        [sys.executable, "-m", "eid", "card-qr", str(tmp_path / "card.pdf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "qr.too-large" in done.stderr


def test_what_is_no_text_as_password_is_our_error() -> None:
    for password in ("wrong", "\ud800", "sai mật khẩu"):
        with pytest.raises(MalformedError):
            scan.scan(b"%PDF-1.7\n%%EOF", password=password)
    from eid import UsageError

    for wrong in (object(), b"x"):
        with pytest.raises(UsageError):
            scan.scan(b"%PDF-1.7\n%%EOF", password=wrong)  # type: ignore[arg-type]


def test_a_forked_process_has_its_own() -> None:
    assert qr.scan(qr.png("A")) == ("A",)
    child = os.fork()
    if child == 0:  # no exception may leave this branch
        same = False
        try:
            same = qr.scan(qr.png("B")) == ("B",)
            scan._task.end()
        finally:
            os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert qr.scan(qr.png("C")) == ("C",)


def test_a_large_document_is_read_where_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    picture = Image.open(io.BytesIO(qr.png("LARGE"))).convert("L")
    out = io.BytesIO()
    picture.save(out, "PDF")
    data = out.getvalue() + b"%" + bytes(66_000_000) + out.getvalue()[out.getvalue().rindex(b"startxref") :]
    assert scan.scan(data) == (ScannedCode("LARGE", 1),)


@pytest.mark.parametrize(
    ("data", "ended"),
    [
        (b"memory", Ended.MEMORY),
        (b"time", Ended.SECONDS),
        (b"sleep", Ended.SECONDS),
        (b"fault", Ended.MEMORY),
        (b"end", Ended.MEMORY),
    ],
)
def test_however_the_process_ends_another_one_takes_its_place(task: LimitedTask, data: bytes, ended: Ended) -> None:
    first = ask(task, b"a")
    seconds = 0.3 if ended is Ended.SECONDS else HANG_S
    assert ask(task, data, seconds, size=10**9) is ended
    second = ask(task, b"b")
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert second["data"] == "b"
    assert second["process"] != first["process"]


def test_what_earlier_files_left_behind_is_not_laid_to_the_next_one(task: LimitedTask) -> None:
    for _ in range(5):
        told = ask(task, b"a", keep=90_000_000)
        assert isinstance(told, dict), told


def test_a_task_that_cannot_be_started_is_told(task: LimitedTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eid.limited.sys.executable", "/nowhere/python")
    with pytest.raises(NotStartedError):
        ask(task, b"a")


def test_a_broken_extra_is_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eid.scan._task.ask", lambda *_, **__: {"refused": "extra"})
    with pytest.raises(MissingExtraError):
        qr.scan(qr.png("A"))
