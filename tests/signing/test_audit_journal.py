"""Audits that go on where another ended: the same answers, none twice, none lost, none that no longer holds."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from signing.audit import audit_files, audit_folder
from signing.audit import conditions as audit_conditions
from signing.audit import work as audit_work
from signing.audit.conditions import fingerprint
from signing.audit.entry import key_of, parse_line
from signing.audit.one import audit_task
from signing.audit.outputs import Outputs, written
from signing.audit.walk import Task
from signing.cms.cades import sign_detached
from signing.errors import ServiceError, SigningError, UsageError
from signing.policy import DEFAULT_POLICY, Policy
from signing.report import Report, Verdict
from signing.report.read import report_from

from ..patience import until
from ..world import World
from .audit_tools import Folder, make_folder, told, told_in
from .cli_run import COMMAND, ENVIRONMENT, assert_told, leaving_nothing, run
from .cms_makers import make_signer
from .demo_run import Demo
from .signed_pdfs import INPUTS


@pytest.fixture
def folder(tmp_path: Path, world: World) -> Folder:
    return make_folder(tmp_path / "in", world, 10)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are really judged."""
    names: list[str] = []

    def noted(task: Task, rules: Any) -> Report:
        names.append(task.path.name)
        return audit_task(task, rules)

    monkeypatch.setattr(audit_work, "audit_task", noted)
    return names


def everything(folder: Folder, journal: Path, **how: Any) -> list[Report]:
    return list(audit_folder(folder.path, folder.trust, journal=journal, **how))


# --- going on --------------------------------------------------------------------------------------------------------


def test_a_second_run_says_the_same_to_the_letter_and_judges_nothing(
    folder: Folder, journal: Path, judged: list[str]
) -> None:
    first = everything(folder, journal)
    assert told(first) == told(audit_folder(folder.path, folder.trust))
    assert {r.verdict for r in first} == {Verdict.VALID, Verdict.INVALID, Verdict.UNSIGNED}
    judged.clear()
    assert [r.to_json() for r in everything(folder, journal)] == [r.to_json() for r in first]
    assert judged == []


def test_an_audit_that_was_left_goes_on_with_what_is_missing(folder: Folder, journal: Path, judged: list[str]) -> None:
    reports = audit_folder(folder.path, folder.trust, journal=journal)
    for _ in range(4):
        next(reports)
    reports.close()  # type: ignore[attr-defined]
    judged.clear()
    assert len(everything(folder, journal)) == 10
    assert 6 <= len(judged) <= 7  # the last one may have been judged, not yet noted


def test_files_that_came_or_went_are_met(folder: Folder, journal: Path, judged: list[str]) -> None:
    everything(folder, journal)
    (folder.path / "00" / "00003.p7m").unlink()
    (folder.path / "00" / "00003a.txt").write_text("mới")
    judged.clear()
    assert told(everything(folder, journal)) == told(audit_folder(folder.path, folder.trust))
    assert judged[0] == "00003a.txt"


def test_a_file_that_changed_within_one_tick_of_the_clock_is_judged_anew(
    folder: Folder, journal: Path, judged: list[str]
) -> None:
    """Same size, same times: what an enemy can set, and what coarse clocks do."""
    victim = folder.path / "00" / "00000.p7m"
    everything(folder, journal)
    before = victim.stat()
    victim.write_bytes(victim.read_bytes().replace(b"Quyet dinh 1", b"Quyet dinh 9"))
    os.utime(victim, ns=(before.st_atime_ns, before.st_mtime_ns))
    judged.clear()
    assert everything(folder, journal)[0].verdict is Verdict.INVALID
    assert judged == ["00000.p7m"]
    # as if the file system had told the same time of the inode as well
    lines = journal.read_text().splitlines()
    state = f"{victim.stat().st_size} {victim.stat().st_mtime_ns} {victim.stat().st_ctime_ns} {victim.stat().st_ino}"
    forged = [json.loads(line) for line in lines]
    for line in forged:
        if line.get("path", "").endswith("00000.p7m"):
            line.update(state=state, report={**line["report"], "sha256": "00" * 32, "verdict": "valid"})
    journal.write_text("".join(json.dumps(line) + "\n" for line in forged))
    assert everything(folder, journal)[0].verdict is Verdict.INVALID


def test_a_signature_is_judged_anew_when_the_file_beside_it_changed(
    world: World, tmp_path: Path, journal: Path
) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "letter.txt").write_bytes(b"Pay 1")
    (inside / "letter.txt.p7s").write_bytes(sign_detached(b"Pay 1", make_signer("p256")))

    def verdict() -> Verdict:
        return list(audit_folder(inside, world.pki.trust(), journal=journal))[1].verdict

    assert verdict() is Verdict.INDETERMINATE
    (inside / "letter.txt").write_bytes(b"Pay 9")
    assert verdict() is Verdict.INVALID
    (inside / "letter.txt").unlink()
    assert next(iter(audit_folder(inside, world.pki.trust(), journal=journal))).verdict is Verdict.INDETERMINATE


def test_what_came_after_the_journal_began_is_judged_as_of_its_own_time(folder: Folder, journal: Path) -> None:
    """Else the timestamps of documents that are younger than the journal would lie in its future."""
    before = {r.path: r.validated_at for r in everything(folder, journal)}
    (folder.path / "late.txt").write_text("x")
    after = {r.path: r.validated_at for r in everything(folder, journal)}
    late = after.pop(str(folder.path / "late.txt"))
    assert after == before and late > max(before.values())


def test_a_journal_as_of_a_given_time_is_not_gone_on_with_as_of_now(folder: Folder, journal: Path) -> None:
    list(audit_folder(folder.path, folder.trust, journal=journal, at=datetime(2026, 11, 22, tzinfo=UTC)))
    with pytest.raises(UsageError) as e:
        everything(folder, journal)
    assert (e.value.code, e.value.details["what"]) == ("audit.journal-other", "at")


def test_what_failed_for_a_reason_outside_the_file_is_tried_once_more(
    folder: Folder, journal: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("signing.audit.one.open_regular", lambda *_, **__: (_ for _ in ()).throw(OSError(5, "I/O error")))
        assert {r.verdict for r in everything(folder, journal)} == {Verdict.INDETERMINATE}
    judged.clear()
    everything(folder, journal)
    assert len(judged) == 10


def test_a_document_for_which_a_service_failed_is_tried_once_more(
    folder: Folder, journal: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    online = {"online": (world.pki.base_url,)}
    with monkeypatch.context() as patch:
        patch.setattr("signing.http.HttpClient.get", _does_not_answer)
        patch.setattr("signing.http.HttpClient.post", _does_not_answer)
        assert all(
            finding.code != "http.unreachable" for r in everything(folder, journal) for finding in r.all_findings()
        )
        reports = everything(folder, journal.with_name("online.jsonl"), **online)
        assert any(finding.code == "http.unreachable" for r in reports for finding in r.all_findings())
    judged.clear()
    reports = everything(folder, journal.with_name("online.jsonl"), **online)
    assert 0 < len(judged) < 10
    assert all(finding.code != "http.unreachable" for r in reports for finding in r.all_findings())


def _does_not_answer(_client: object, url: str, *_: object, **__: object) -> bytes:
    raise ServiceError("http.unreachable", url=url, why="-")


def test_the_register_s_and_everybody_s_conditions_have_to_be_the_same(
    folder: Folder, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    list(audit_folder(folder.path, folder.trust, journal=journal, at=at))
    others: dict[str, dict[str, Any]] = {
        "at": {"at": at + timedelta(seconds=1)},
        "policy": {"policy": replace(DEFAULT_POLICY, name="ours")},
        "show_ids": {"show_ids": True},
        "password": {"password": str},
        "trust": {"online": ("http://127.0.0.1:9/",)},
    }
    for what, how in others.items():
        with pytest.raises(UsageError) as e:
            list(audit_folder(folder.path, folder.trust, journal=journal, **{"at": at, **how}))
        assert (e.value.code, e.value.details["what"]) == ("audit.journal-other", what)
    with pytest.raises(UsageError) as e:
        list(audit_folder(folder.path, None, journal=journal, at=at))
    assert e.value.details["what"] == "trust"
    monkeypatch.setattr(audit_conditions, "program", lambda: "9.9")
    with pytest.raises(UsageError) as e:
        list(audit_folder(folder.path, folder.trust, journal=journal, at=at))
    assert e.value.details["what"] == "program"


def test_equal_trust_has_one_fingerprint_in_any_process(demo: Demo) -> None:
    code = (
        "from signing.trust.store import TrustStore; from signing.audit.conditions import fingerprint; "
        f"print(fingerprint(TrustStore.load({str(demo.trust_folder)!r})))"
    )
    done = subprocess.run([*COMMAND[:1], "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fingerprint(demo.trust)
    assert fingerprint(DEFAULT_POLICY) == fingerprint(Policy())
    assert fingerprint({"a": 1, "b": {2, 3}}) != fingerprint({"a": 1, "b": {2, 4}})


def test_no_password_of_a_database_reaches_the_journal(folder: Folder, journal: Path) -> None:
    for url in ("postgresql://u:hunter2@h/d", "postgresql://u:other@h/d"):
        list(audit_files([folder.path / "00" / "00009.txt"], journal=journal, register=url))
    assert "hunter2" not in journal.read_text()


# --- hostile journals ------------------------------------------------------------------------------------------------


def test_a_last_line_that_was_cut_is_dropped(folder: Folder, journal: Path, judged: list[str]) -> None:
    first = everything(folder, journal)
    whole = journal.read_bytes()
    for cut in (1, 17, 400):
        journal.write_bytes(whole[:-cut])
        judged.clear()
        assert [r.path for r in everything(folder, journal)] == [r.path for r in first]
        assert judged == ["00009.txt"]


HOSTILE = [
    b"not json", b"[]", b"null", b'{"path": 1}', b'{"audit": {"program": "x"}}', b'{"run": 1, "path": 2}',
    b'{"path": "a", "state": "b", "seen": 1e9, "report": {}}',
    b'{"path": "a", "state": "b", "seen": true, "report": {}}',
    b'{"path": "\\ud800", "state": "b", "seen": 1, "report": {}}', b"[" * 100_000, b"{" * 5000, b"9" * 5000, b"\0" * 50,
]  # fmt: skip


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_a_line_that_no_audit_wrote_is_told(folder: Folder, journal: Path, line: bytes) -> None:
    everything(folder, journal)
    before = journal.read_bytes() + line + b"\n"
    journal.write_bytes(before)
    with pytest.raises(SigningError) as e:
        everything(folder, journal)
    assert e.value.code == "audit.journal-malformed"
    assert journal.read_bytes() == before


def test_a_report_that_no_audit_wrote_is_told(folder: Folder, journal: Path) -> None:
    everything(folder, journal)
    journal.write_text(journal.read_text().replace('"verdict": "invalid"', '"verdict": "perhaps"'))
    with pytest.raises(SigningError) as e:
        everything(folder, journal)
    assert e.value.code == "audit.journal-malformed"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_line_raises_anything_else(line: bytes) -> None:
    with contextlib.suppress(ValueError):
        parse_line(line)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(st.text(max_size=9), x))  # fmt: skip  # noqa: E501


@settings(max_examples=100, deadline=None)
@given(JSON, st.sampled_from(["path", "verdict", "signatures", "dossier", "seals", "findings", "validated_at"]))
def test_no_value_in_the_place_of_a_report_raises_anything_else(value: Any, member: str) -> None:
    good = {
        "path": "x", "sha256": None, "kind": "pdf", "verdict": "valid", "signatures": [], "dossier": None, "seals": [],
        "validated_at": "2026-01-01T00:00:00+00:00", "policy": "p", "findings": [], "elapsed_ms": 1.0,
    }  # fmt: skip
    assert report_from(good).to_dict() == good
    for told_ in (value, {**good, member: value}):
        with contextlib.suppress(ValueError):
            report_from(told_)


def test_every_report_of_the_demo_is_read_back_as_it_was(demo: Demo) -> None:
    for report in demo.reports.values():
        line = report.to_json()
        assert report_from(json.loads(line)).to_json() == line


def test_names_that_look_alike_have_keys_of_their_own() -> None:
    names = [b"a\\xff", b"a\xff", b"a\\\\xff", "a\u00ff".encode(), b"a\\", b"a"]
    assert len({key_of(Path(os.fsdecode(name))) for name in names}) == len(names)


def test_a_journal_that_others_may_write_to_is_refused(folder: Folder, journal: Path) -> None:
    everything(folder, journal)
    assert journal.stat().st_mode & 0o777 == 0o600
    for mode in (0o620, 0o602):
        journal.chmod(mode)
        with pytest.raises(UsageError) as e:
            everything(folder, journal)
        assert e.value.code == "audit.journal-untrusted"


def test_what_is_no_journal_is_left_as_it_is(folder: Folder, tmp_path: Path) -> None:
    letter, link = tmp_path / "letter.txt", tmp_path / "link"
    letter.write_text("Kính gửi")
    letter.chmod(0o600)
    link.symlink_to(letter)
    os.mkfifo(tmp_path / "pipe")
    codes = {letter: "audit.journal-malformed"}
    for path in (letter, link, tmp_path / "pipe", tmp_path, tmp_path / "none" / "x"):
        with pytest.raises(SigningError) as e:
            everything(folder, path)
        assert e.value.code == codes.get(path, "audit.journal-unwritable"), path
    assert letter.read_text() == "Kính gửi"


def test_one_audit_at_a_time_writes_a_journal(folder: Folder, journal: Path) -> None:
    first = audit_folder(folder.path, folder.trust, journal=journal)
    next(first)
    with pytest.raises(UsageError) as e:
        everything(folder, journal)
    assert e.value.code == "audit.busy"
    assert len(list(first)) == 9


def test_a_second_audit_into_one_folder_leaves_the_first_its_outputs(folder: Folder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    outputs = Outputs.named(str(out))
    reports = audit_folder(folder.path, folder.trust, journal=outputs.journal)
    with written(outputs) as files:
        files.add(next(reports))
        assert_told(run("audit", folder.path, "--out", out), 2, "audit.busy")
        for report in reports:
            files.add(report)
    assert len(told_in(out / "results.jsonl")) == 10


def test_a_dossier_is_judged_anew_when_the_register_has_moved_on(demo: Demo, tmp_path: Path, judged: list[str]) -> None:
    database = tmp_path / "register.db"
    shutil.copyfile(demo.folder / "register.db", database)
    shutil.copyfile(demo.dossier, tmp_path / "a.asice")
    (tmp_path / "b.txt").write_text("giấy")
    how: dict[str, Any] = {"journal": tmp_path / "j", "register": f"sqlite:///{database}"}
    paths = [tmp_path / "a.asice", tmp_path / "b.txt"]
    first = told(audit_files(paths, demo.trust, **how))
    judged.clear()
    assert told(audit_files(paths, demo.trust, **how)) == first
    assert judged == []
    with contextlib.closing(sqlite3.connect(database)) as rows, rows:
        # as far as the audit can see, another row was entered
        rows.execute("UPDATE register_head SET digest = ?", ("0" * 64,))
    list(audit_files(paths, demo.trust, **how))
    assert judged == ["a.asice"]


def _wrong(_name: str) -> str:
    return "wrong"


def _right(_name: str) -> str:
    return "right"


def test_a_pdf_whose_password_was_wrong_is_tried_once_more(tmp_path: Path, judged: list[str]) -> None:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO((INPUTS / "form.pdf").read_bytes())))
    writer.encrypt(owner_pass="right", user_pass="right")
    with (tmp_path / "locked.pdf").open("wb") as out:
        writer.write(out)
    for password, told_wrong in ((_wrong, True), (_right, False)):
        (report,) = audit_files([tmp_path / "locked.pdf"], journal=tmp_path / "j", password=password)
        assert ("pdf.unopened" in {f.code for f in report.all_findings()}) is told_wrong
    assert len(judged) == 2


# --- killed ----------------------------------------------------------------------------------------------------------


def test_an_audit_killed_at_random_moments_ends_with_the_results_of_one_that_was_not(
    world: World, tmp_path: Path
) -> None:
    folder, dice = make_folder(tmp_path / "in", world, 400), random.Random(20261122)
    out, journal = tmp_path / "out", tmp_path / "out" / "audit-journal.jsonl"
    arguments = [
        "audit", str(folder.path), "--trust", str(world.pki.trust_folder), "--out", str(out), "--jobs", "2", "--json",
    ]  # fmt: skip
    lines = 0
    for _ in range(3):
        _killed(arguments, lambda more_than=lines: _count(journal) > more_than, dice.uniform(0, 0.3))
        assert not (out / "results.jsonl").exists() or _count(out / "results.jsonl") == 400
        lines = _count(journal)
    done = subprocess.run([*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr
    assert told_in(out / "results.jsonl") == told(audit_folder(folder.path, folder.trust))
    assert (out / "results.jsonl").read_bytes() == done.stdout
    judged = [json.loads(line)["path"] for line in journal.read_bytes().splitlines() if line.startswith(b'{"path"')]
    assert len(judged) == len(set(judged)) == 400
    assert {p.name for p in out.iterdir()} == {
        "results.jsonl", "results.csv", "junit.xml", "summary.html", "summary.json", "audit-journal.jsonl",
    }  # fmt: skip


def _count(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _killed(arguments: list[str], begun: Callable[[], bool], seconds: float) -> None:
    running = subprocess.Popen(
        [*COMMAND, *arguments], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until(lambda: begun() or running.poll() is not None)
    time.sleep(seconds)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()


def test_the_outputs_of_an_audit_in_its_own_folder_are_not_audited(folder: Folder, world: World) -> None:
    out = folder.path / "kết quả"
    for _ in range(2):
        ran = run("audit", folder.path, "--trust", world.pki.trust_folder, "--out", out, "--json")
        assert len(ran.out.splitlines()) == 10
        assert len(told_in(out / "results.jsonl")) == 10
    named = folder.path / "results.csv"
    assert len(run("audit", folder.path, "--csv", named, "--json").out.splitlines()) == 10 + 6  # out/ is not named now


def test_the_outputs_are_known_though_a_link_leads_to_the_folder(folder: Folder, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder.path)
    for named, out in ((link, folder.path / "out"), (folder.path, link / "out"), (link, link / "out")):
        for _ in range(2):
            assert len(run("audit", named, "--out", out, "--json").out.splitlines()) == 10, (named, out)


def test_two_outputs_of_one_name_are_refused(folder: Folder, tmp_path: Path) -> None:
    with leaving_nothing(tmp_path):
        ran = run("audit", folder.path, "--csv", tmp_path / "x", "--html", tmp_path / "x")
        assert_told(ran, 2, "audit.one-output")
