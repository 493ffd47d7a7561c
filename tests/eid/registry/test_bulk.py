"""Issuing to many people at once: killed anywhere and run again, by many processes; on SQLite and PostgreSQL."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import Issuer, Level, RefusedError, UsageError, Verifier, bulk, pkcs8
from eid.bulk import BulkProgress, issue_many
from eid.bulk_files import MAX_LINE_BYTES
from eid.errors import EidError
from eid.registry import Registry
from eid.registry.accounts_schema import accounts
from eid.registry.bulk_rows import entered_lines
from eid.registry.issuance_schema import bulk_lines, issued

from ...patience import HANG_S
from ..made import AUDIENCE, ISSUER, KEYS, LEVEL_TWO, NOW_S, PUBLIC, clock, issuer, parts
from .bulk_hands import BATCH, OPTIONS
from .hands import PASSWORD
from .scene import HOLDER, numbered, two

ROOT = Path(__file__).parents[3]
LINES = 110


def request(n: int, **change: Any) -> dict[str, Any]:
    evidence = [{"kind": e.kind.value, "method": e.method, "time": e.time.isoformat()} for e in LEVEL_TWO]
    return {"person": numbered(n).to_claims(), "evidence": evidence, **change}


def write(path: Path, requests: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in requests), encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "in.jsonl", [request(n) for n in range(LINES)])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)
    KEYS.save(tmp_path / "keys.pem", lambda _: PASSWORD)
    return tmp_path / "keys.pem"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH", BATCH)


def run(registry: Registry, source: Path, target: Path, s: float = 0, **options: Any) -> BulkProgress:
    made = Issuer(ISSUER, KEYS, clock=clock(s), registry=registry.issuance)
    return issue_many(made, source, target, OPTIONS, **options)


def start(task: str, url: str, keys: Path, source: Path, target: Path, *die: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.eid.registry.bulk_hands", task, url, keys, source, target, *die]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(list(map(str, command)), cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload]


def go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def end(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=HANG_S)
    return process.returncode


def count(registry: Registry, table: sa.Table) -> int:
    with registry.database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0)


def check_whole(registry: Registry, target: Path, *, rows: int = LINES) -> None:
    """One token for each line, each with its row; no person and no place twice."""
    answers = read(target)
    assert [answer["line"] for answer in answers] == list(range(1, LINES + 1))
    claims = [parts(answer["token"])[1] for answer in answers]
    for name in ("jti", "sub"):
        assert len({each[name] for each in claims}) == LINES
    assert len({each["status"]["status_list"]["idx"] for each in claims}) == LINES
    for each, answer in zip(claims, answers, strict=True):
        kept = registry.issuance.find(each["jti"], NOW_S)
        assert (kept.index, kept.expires) == (each["status"]["status_list"]["idx"], each["exp"])
        assert (answer["token_id"], answer["subject"], answer["expires"]) == (each["jti"], each["sub"], each["exp"])
    assert count(registry, bulk_lines) == LINES
    assert count(registry, issued) == rows


def test_a_line_for_a_line_and_every_token_verifies(registry: Registry, source: Path, target: Path) -> None:
    seen: list[int] = []
    result = run(registry, source, target, progress=lambda progress: seen.append(progress.lines))
    assert (result.lines, result.kept, result.issued, result.refused) == (LINES, 0, LINES, 0)
    assert seen == [25, 50, 75, 100, 110]
    check_whole(registry, target)
    judge = Verifier(
        PUBLIC, issuer=ISSUER, audience=AUDIENCE, status=registry.issuance, replay=registry.replay, clock=clock()
    )
    for n, answer in enumerate(read(target)):
        assert judge.verify(answer["token"], level=Level.TWO).claims["name"] == numbered(n).full_name
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_finished_run_again_changes_nothing(registry: Registry, source: Path, target: Path) -> None:
    run(registry, source, target)
    before = target.read_bytes()
    result = run(registry, source, target, 10_000)
    assert (result.lines, result.kept, result.issued) == (LINES, LINES, 0)
    assert target.read_bytes() == before


@pytest.mark.parametrize("where", ["before", "amid", "after"])
def test_killed_between_rows_and_tokens(
    registry: Registry, url: str, keys: Path, source: Path, target: Path, where: str
) -> None:
    process = start("bulk", url, keys, source, target, where, 3)
    go(process)
    assert end(process) == -signal.SIGKILL
    assert count(registry, issued) == 3 * BATCH
    for line in target.read_text().split("\n")[:-1]:
        assert registry.issuance.find(json.loads(line)["token_id"], NOW_S)
    process = start("bulk", url, keys, source, target)
    go(process)
    assert end(process) == 0
    check_whole(registry, target)


def test_killed_at_random_times_again_and_again(
    registry: Registry, url: str, keys: Path, source: Path, target: Path
) -> None:
    draw = random.Random(20261121)
    for _ in range(4):
        process = start("bulk", url, keys, source, target, "anywhere", draw.uniform(0.001, 0.02))
        go(process)
        assert end(process) in (-signal.SIGPROF, 0)  # 0 on the fastest of machines
    process = start("bulk", url, keys, source, target)
    go(process)
    assert end(process) == 0
    check_whole(registry, target)


def test_many_processes_issue_at_once_and_no_place_is_given_twice(
    registry: Registry, url: str, keys: Path, tmp_path: Path
) -> None:
    jobs = []
    for n in range(4):
        source = write(tmp_path / f"in{n}.jsonl", [request(1000 * n + i) for i in range(60)])
        jobs.append(start(("bulk", "single")[n % 2], url, keys, source, tmp_path / f"out{n}.jsonl"))
    go(*jobs)
    assert [end(process) for process in jobs] == [0] * 4
    tokens = [answer["token"] for n in (0, 2) for answer in read(tmp_path / f"out{n}.jsonl")]
    tokens += [token for n in (1, 3) for token in (tmp_path / f"out{n}.jsonl").read_text().split()]
    claims = [parts(token)[1] for token in tokens]
    assert len(claims) == 200 == count(registry, issued)
    assert len({each["jti"] for each in claims}) == 200
    assert len({tuple(each["status"]["status_list"].values()) for each in claims}) == 200


def test_one_job_in_two_processes_gives_each_line_one_token(
    registry: Registry, url: str, keys: Path, source: Path, target: Path
) -> None:
    jobs = [start("bulk", url, keys, source, target) for _ in range(2)]
    go(*jobs)
    assert [end(process) for process in jobs] == [0, 0]  # the second waits for the first
    check_whole(registry, target)


def test_one_job_into_another_file_gives_the_same_tokens(registry: Registry, source: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run(registry, source, tmp_path / name)
    first, second = ([answer["token_id"] for answer in read(tmp_path / name)] for name in ("a", "b"))
    assert first == second
    check_whole(registry, tmp_path / "b")


def test_a_line_that_another_process_takes_meanwhile(
    registry: Registry, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(registry, source, tmp_path / "a")
    monkeypatch.setattr(bulk, "entered_lines", lambda *_: {})  # looked before the other had entered them
    with pytest.raises(RefusedError) as caught:
        run(registry, source, tmp_path / "b")
    assert caught.value.code == "bulk.taken"
    assert count(registry, issued) == LINES
    assert (tmp_path / "b").read_bytes() == b""


def stop_before_writing(*_: object) -> None:
    raise KeyboardInterrupt


def test_tokens_that_ended_before_they_were_written_are_made_anew(
    registry: Registry, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(bulk, "append", stop_before_writing)
        run(registry, source, target)
    assert count(registry, bulk_lines) == BATCH
    run(registry, source, target, 600)
    check_whole(registry, target, rows=LINES + BATCH)
    assert {parts(answer["token"])[1]["iat"] for answer in read(target)} == {NOW_S + 600}


def test_tokens_that_still_hold_are_signed_again_as_they_were_entered(
    registry: Registry, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(bulk, "append", stop_before_writing)
        run(registry, source, target)
    run(registry, source, target, 599)
    check_whole(registry, target)
    claims = [parts(answer["token"])[1] for answer in read(target)]
    assert [each["iat"] - NOW_S for each in claims] == [0] * BATCH + [599] * (LINES - BATCH)
    assert all(each["auth_time"] == each["iat"] for each in claims)


def test_lines_that_cannot_be_issued_say_why_and_stop_nothing(registry: Registry, tmp_path: Path, target: Path) -> None:
    locked, open_one = two(registry, numbered(1)), two(registry, numbered(2))
    registry.accounts.lock(locked.id, "own-request", by=HOLDER)
    lines: list[tuple[str, str | None]] = [
        (json.dumps(request(7)), None),
        ("", "bulk.line"),
        ("[]", "bulk.line"),
        ("{}", "bulk.line"),
        ("\xff", "bulk.line"),
        ('{"person": 1, "person": 2}', "bulk.line"),
        (json.dumps({**request(8), "level": 1}), "bulk.line"),
        (json.dumps({"evidence": request(8)["evidence"]}), "person.malformed"),
        (json.dumps(request(8, person=[])), "person.malformed"),
        (json.dumps(request(8, evidence=None)), "evidence.malformed"),
        (json.dumps(request(8, evidence=[])), "evidence.missing"),
        (json.dumps(request(8, account="x")), "bulk.line"),
        (json.dumps(request(1, account=locked.id)), "account.locked"),
        (json.dumps(request(8, account=open_one.id)), "account.other-person"),
        (json.dumps({"account": locked.id}), "account.locked"),
        (json.dumps({"account": "0" * 32}), "account.unknown"),
        (json.dumps({"account": open_one.id}), None),
        ("x" * (MAX_LINE_BYTES + 1), "input.too-large"),
        ("x" * (3 * MAX_LINE_BYTES), "input.too-large"),
        (json.dumps(request(9)), None),
    ]
    source = tmp_path / "in.jsonl"
    source.write_bytes(b"\r\n".join(line.encode("latin-1") for line, _ in lines))
    result = run(registry, source, target)
    answers = read(target)
    assert [answer.get("code") for answer in answers] == [code for _, code in lines]
    assert (result.issued, result.refused) == (3, len(lines) - 3)
    assert all(answer["text"] != answer["text_vi"] for answer in answers if "code" in answer)
    assert run(registry, source, target).kept == len(lines)


def test_a_batch_in_which_nothing_is_issued(registry: Registry, tmp_path: Path, target: Path) -> None:
    source = write(tmp_path / "in.jsonl", [{}] * 60)
    assert run(registry, source, target).refused == 60
    assert run(registry, source, target).kept == 60
    assert count(registry, issued) == 0
    assert run(registry, write(source, []), tmp_path / "none").lines == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b"a file of somebody's\n",
        lambda text: text.splitlines(keepends=True)[-1],
        lambda text: text + text.splitlines(keepends=True)[0],
        lambda text: text.replace(b'"token_id":"0', b'"token_id":"1'),
        lambda text: text + b"{}\n",
        lambda text: b"x" * 100_000,
    ],
)
def test_an_output_that_is_not_this_runs_is_left_alone(
    registry: Registry, source: Path, target: Path, spoil: Callable[[bytes], bytes]
) -> None:
    run(registry, source, target)
    target.write_bytes(spoil(target.read_bytes()))
    before = target.read_bytes()
    with pytest.raises(UsageError) as caught:
        run(registry, source, target)
    assert caught.value.code == "bulk.output"
    assert target.read_bytes() == before


def test_another_input_does_not_go_on_in_this_output(registry: Registry, source: Path, target: Path) -> None:
    run(registry, source, target)
    write(source, [request(n) for n in range(1, LINES + 5)])
    with pytest.raises(UsageError) as caught:
        run(registry, source, target)
    assert caught.value.code == "bulk.output"


def test_files_that_cannot_be_used(registry: Registry, source: Path, tmp_path: Path) -> None:
    for wrong_source, wrong_target, code in (
        (tmp_path / "none", tmp_path / "out", "input.unreadable"),
        (source, tmp_path / "no" / "out", "output.unwritable"),
        (source, tmp_path, "output.unwritable"),
    ):
        with pytest.raises(UsageError) as caught:
            run(registry, wrong_source, wrong_target)
        assert caught.value.code == code


def test_many_at_once_need_a_registry(source: Path, target: Path) -> None:
    with pytest.raises(UsageError) as caught:
        issue_many(issuer(), source, target, OPTIONS)
    assert caught.value.code == "bulk.registry"
    assert not target.exists()


def test_a_wrong_option_is_no_line_of_the_output(registry: Registry, source: Path, target: Path) -> None:
    made = Issuer(ISSUER, KEYS, clock=clock(), registry=registry.issuance)
    wrong = bulk.BulkOptions(level=Level.TWO, audience="", auth_level=OPTIONS.auth_level)
    with pytest.raises(UsageError):
        issue_many(made, source, target, wrong)
    assert target.read_bytes() == b""


def test_any_file_raises_our_errors_alone(registry: Registry, tmp_path: Path) -> None:
    if not registry.database.is_sqlite:
        pytest.skip("the files are the same")
    source, target = tmp_path / "in", tmp_path / "out"

    @settings(max_examples=40)
    @given(st.binary(max_size=300), st.binary(max_size=300))
    def check(requests: bytes, left: bytes) -> None:
        source.write_bytes(requests)
        target.write_bytes(left)
        try:
            result = run(registry, source, target)
        except EidError as e:
            assert e.code == "bulk.output"
        else:
            assert len(read(target)) == result.lines

    check()


def test_nothing_is_kept_of_lines_that_were_not_entered(registry: Registry) -> None:
    assert entered_lines(registry.database, b"0" * 16, 1, 1000) == {}


def test_refusals_of_another_input_are_not_taken_for_this_run(registry: Registry, tmp_path: Path, target: Path) -> None:
    """Else those people would get no token when the input was corrected, and the run would say that all is well."""
    source = write(tmp_path / "in.jsonl", [request(n, evidence=[]) for n in range(3)])
    assert run(registry, source, target).refused == 3
    write(source, [request(n) for n in range(3)])
    with pytest.raises(UsageError) as caught:
        run(registry, source, target)
    assert caught.value.code == "bulk.output"
    assert run(registry, source, tmp_path / "other.jsonl").issued == 3


def test_lines_refused_before_a_stop_are_told_when_it_goes_on(registry: Registry, tmp_path: Path, target: Path) -> None:
    source = write(tmp_path / "in.jsonl", [request(1), {}, request(2)])
    assert run(registry, source, target).refused == 1
    again = run(registry, source, target)
    assert (again.kept, again.issued, again.refused) == (3, 0, 1)


def test_one_line_stops_no_other(registry: Registry, tmp_path: Path, target: Path) -> None:
    """Too much evidence, or an account whose row somebody has edited."""
    edited, other = two(registry, numbered(1)), two(registry, numbered(2))
    with registry.database.writing() as connection:
        connection.execute(accounts.update().where(accounts.c.id == edited.id).values(level=1))
    lines = [request(7, evidence=21 * request(7)["evidence"][:1]), {"account": edited.id}, {"account": other.id}]
    run(registry, write(tmp_path / "in.jsonl", lines), target)
    assert [line.get("code") for line in read(target)] == ["evidence.malformed", "history.broken", None]


def test_pipes_and_devices_are_left_as_they_are(registry: Registry, source: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o666)
    pipe.chmod(0o666)
    for wrong_source, wrong_target, code in (
        (pipe, tmp_path / "out", "input.unreadable"),
        (source, pipe, "output.unwritable"),
    ):
        with pytest.raises(UsageError) as caught:
            run(registry, wrong_source, wrong_target)
        assert caught.value.code == code
    assert pipe.stat().st_mode & 0o777 == 0o666
    assert not (tmp_path / "pipe.lock").exists()


def test_a_link_to_the_output_is_the_same_output(registry: Registry, source: Path, target: Path) -> None:
    link = target.with_name("link.jsonl")
    link.symlink_to(target)
    run(registry, source, link)
    assert link.is_symlink()
    assert not link.with_name("link.jsonl.lock").exists()
    assert run(registry, source, target).kept == LINES


def test_a_full_disk_is_our_error(
    registry: Registry, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int, data: memoryview) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(UsageError) as caught:
            run(registry, source, target)
    assert caught.value.code == "output.unwritable"
    run(registry, source, target)
    check_whole(registry, target)
