"""Whole folders extended: what is signed is raised, what is not is said, a run that was stopped goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signing.audit import audit_file
from signing.batch.extend import ExtendDesk, ExtendOrder
from signing.batch.run import plan_batch, run_batch
from signing.batch.stage import Outcome
from signing.cms.cades import sign_file
from signing.journal import NAME
from signing.pdf.sign import sign_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..patience import CLOSED_PORT
from ..world import World
from .batch_crash import digest, finished, journaled
from .cli_run import assert_told, leaving_nothing, run
from .pdf_shapes import one_page


@pytest.fixture
def archive(world: World, tmp_path: Path) -> Path:
    """Two signed PDFs, a detached signature beside its file, an unsigned PDF, a picture."""
    folder = tmp_path / "in"
    (folder / "2026").mkdir(parents=True)
    signer = world.pki.signer("receiver")
    for name in ("a.pdf", "2026/b.pdf"):
        sign_pdf(one_page(), signer, out=folder / name)
    (folder / "note.txt").write_text("ghi chú")
    sign_file(folder / "note.txt", signer, out=folder / "note.txt.p7s")
    (folder / "unsigned.pdf").write_bytes(one_page())
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def extend(world: World, source: Path, out: Path, jobs: int = 1, **more: object) -> dict[str, Outcome]:
    how = ExtendOrder(tsa_url=world.pki.tsa_url, allow=(world.pki.base_url,), **more)  # type: ignore[arg-type]
    with plan_batch([source], out, how) as plan, run_batch(plan, how, jobs=jobs) as outcomes:
        return {str(o.output.relative_to(out)): o for o in outcomes}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_folder_is_raised_in_its_shape_and_what_is_not_signed_is_said(
    world: World, archive: Path, out: Path, jobs: int
) -> None:
    found = extend(world, archive, out, jobs)
    signed = {"a.pdf", "2026/b.pdf", "note.txt.p7s"}
    assert {name for name, o in found.items() if not o.skipped and not o.error} == signed
    assert {name for name, o in found.items() if o.reason == "unsigned"} == {"note.txt", "picture.png"}
    error = found["unsigned.pdf"].error
    assert error is not None
    assert error.code == "pdf.unsigned"
    assert set(finished(out)) == signed
    (out / "note.txt").write_text("ghi chú")
    for name in signed:
        report = audit_file(out / name, world.pki.trust())
        assert (report.verdict, report.signatures[0].baseline) == (Verdict.VALID, "B-LT"), name


def test_a_folder_is_resumed(world: World, archive: Path, out: Path) -> None:
    extend(world, archive, out)
    (out / "a.pdf").unlink()
    before, told = finished(out), journaled(out)
    again = extend(world, archive, out, resume=True)
    assert {name: o.reason for name, o in again.items() if not o.error} == {
        "a.pdf": "", "2026/b.pdf": "kept", "note.txt.p7s": "kept", "note.txt": "unsigned", "picture.png": "unsigned",
    }  # fmt: skip
    assert {name: data for name, data in finished(out).items() if name in before} == before
    assert journaled(out)["note.txt.p7s"] == told["note.txt.p7s"]
    assert journaled(out)["a.pdf"][-1] == digest((out / "a.pdf").read_bytes())
    other = extend(world, archive, out, resume=True, baseline=Baseline.B_T)
    assert {o.error.code for o in other.values() if o.error} == {"bulk.other-job", "pdf.unsigned"}


def test_lists_are_fetched_once_for_a_batch(world: World, archive: Path) -> None:
    desk = ExtendDesk(ExtendOrder(tsa_url=world.pki.tsa_url, allow=(world.pki.base_url,)))
    desk.prepare([])
    with (archive / "x").open("w+b") as file:
        assert desk.write(archive / "a.pdf", file) is None
    assert desk.collect.cache


def test_on_the_command_line_failures_come_last_and_the_status_is_1(world: World, archive: Path, out: Path) -> None:
    services = ["--tsa", world.pki.tsa_url, "--allow", world.pki.base_url]
    ran = run("extend", archive, "-o", out, *services)
    assert ran.status == 1
    *_, english, vietnamese, figures = ran.err.splitlines()
    assert english.endswith("[pdf.unsigned]")
    assert "unsigned.pdf" in vietnamese
    assert "xong / done 3 · không có chữ ký / unsigned 2 · lỗi / failed 1" in figures
    (archive / "unsigned.pdf").unlink()
    ran = run("extend", archive, "-o", out, *services, "--resume", "--json")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert len(lines) == 5
    assert sum('"reason": "kept"' in line for line in lines) == 3
    assert sum('"output": null' in line for line in lines) == 2
    assert (out / NAME).exists()


def test_one_file_may_go_to_a_folder_and_a_batch_to_no_stream(world: World, archive: Path, out: Path) -> None:
    services = ["--tsa", world.pki.tsa_url, "--allow", world.pki.base_url]
    ran = run("extend", archive / "a.pdf", "-o", out, *services, "--json")
    assert (ran.status, ran.json["output"]) == (0, str(out / "a.pdf"))
    assert run("extend", archive / "a.pdf", "-o", f"{out}/new/", *services).status == 0
    assert (out / "new" / "a.pdf").exists()
    assert_told(run("extend", archive / "a.pdf", archive / "2026", "-o", "-", *services), 2, "usage.stream")


# --- what is due -----------------------------------------------------------------------------------------------------


def test_only_what_is_due_is_renewed(world: World, archive: Path, out: Path) -> None:
    services = ["--tsa", world.pki.tsa_url, "--allow", world.pki.base_url, "--trust", world.pki.trust_folder]
    assert run("extend", archive, "-o", out, *services).status == 1  # one is not signed
    later = out.parent / "later"
    ran = run("extend", out, "-o", later, "--due", "0", *services, "--json")
    assert ran.status == 0, ran.err
    assert [json.loads(line)["reason"] for line in ran.out.splitlines()] == ["not-due"] * 3
    assert finished(later) == {}
    (out / "note.txt").write_text("ghi chú")
    ran = run("extend", out, "-o", later, "--due", "36500", *services)
    assert ran.status == 0, ran.err
    assert "xong / done 3" in ran.err
    (later / "note.txt").write_text("ghi chú")
    for name in ("a.pdf", "2026/b.pdf", "note.txt.p7s"):
        report = audit_file(later / name, world.pki.trust())
        assert (report.verdict, report.signatures[0].baseline) == (Verdict.VALID, "B-LTA"), name


def test_one_file_that_is_not_due_is_left_alone(world: World, archive: Path, out: Path) -> None:
    services = ["--tsa", world.pki.tsa_url, "--allow", world.pki.base_url, "--trust", world.pki.trust_folder]
    assert run("extend", archive / "a.pdf", "-o", out / "a.pdf", *services).status == 0
    ran = run("extend", out / "a.pdf", "-o", out / "b.pdf", "--due", "0", *services, "--json")
    assert (ran.status, ran.json["reason"], ran.json["output"]) == (0, "not-due", None)
    assert [p.name for p in out.iterdir()] == ["a.pdf"]
    assert run("extend", out / "a.pdf", "-o", out / "b.pdf", "--due", "36500", *services).status == 0
    assert audit_file(out / "b.pdf", world.pki.trust()).signatures[0].baseline == "B-LTA"


def test_without_an_output_the_levels_are_told_and_nothing_is_written(world: World, archive: Path) -> None:
    trust = ["--trust", world.pki.trust_folder]
    with leaving_nothing(archive):
        ran = run("extend", archive, *trust, "--json")
        told = [json.loads(line) for line in ran.out.splitlines()]
        assert ran.status == 0
        assert [(Path(t["path"]).name, t["baseline"], t["signatures"][0]["next"]) for t in told] == [
            ("b.pdf", "B-B", "B-T"), ("a.pdf", "B-B", "B-T"), ("note.txt.p7s", "B-B", "B-T"),
        ]  # fmt: skip
        ran = run("extend", archive / "a.pdf", *trust)
        line, *lacks = ran.out.splitlines()
        assert "B-B → B-T" in line
        assert len(lacks) == 4
        assert run("extend", archive / "a.pdf", *trust, "--due", "36500").out
        (archive / "pipe.pdf").symlink_to("nowhere")
        ran = run("extend", archive, *trust, "--json")
        assert (ran.status, len(ran.out.splitlines()), "[bulk.link]" in ran.err) == (1, 3, True)
        (archive / "pipe.pdf").unlink()
    assert_told(run("extend", archive / "gone.pdf"), 2, "input.unreadable")
    assert_told(run("extend", "-"), 2, "usage.stream")


def test_a_spare_authority_is_asked_when_the_first_is_down(world: World, archive: Path, out: Path) -> None:
    """Five files in a row would otherwise stop the run."""
    down = f"http://127.0.0.1:{CLOSED_PORT}/tsa"
    tsa = ["--tsa", down, "--tsa", world.pki.tsa_url]
    assert (
        run("extend", archive, "-o", out, "--include", "*.p*", "--baseline", "B-T", *tsa, "--exclude", "un*").status
        == 0
    )
    key = ["--key", world.pki.key_uri("receiver"), "--pass-file", world.pki.password_file]
    again = out.parent / "again"
    assert run("sign", archive, "-o", again, *key, "--baseline", "B-T", *tsa).status == 0
    assert_told(run("sign", archive, "-o", again, *key, "--baseline", "B-T", *tsa[:2], *tsa[:2]), 2, "usage.argument")
