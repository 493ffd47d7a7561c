"""`signing demo` as a newcomer runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signing.cli import demo as verb
from signing.story.book import Proof

from .cli_run import assert_told, process, run

HOLDS = Proof(chapter="dossier", what="receive", wanted="entered", got="entered", where="x.asice")
FAILS = Proof(chapter="forged", what="one byte", wanted="invalid", got="valid: [bold]x[/bold]", where="y.asice")


def test_the_demo_ends_with_a_table_and_status_0(tmp_path: Path) -> None:
    done = process("demo", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    table = done.stdout.decode()
    assert "Đã chứng minh / what was proven" in table
    assert "✗" not in table
    count = table.count("✓")
    assert f"{count} of {count} as they have to be" in table
    assert json.loads((tmp_path / "out" / "proofs.json").read_text())[0]["holds"] is True


def test_one_line_that_fails_is_status_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "play", lambda folder, say: (HOLDS, FAILS))
    ran = run("demo", tmp_path / "[red]out")
    assert ran.status == 1
    assert "✗" in ran.out
    assert "1 of 2 as they have to be" in ran.out
    assert "[bold]x[/bold] (wanted: invalid)" in " ".join(ran.out.split())
    assert "[red]out" in ran.out
    told = run("demo", tmp_path, "--json")
    assert [list(proof) for proof in told.json] == [["chapter", "what", "wanted", "got", "holds", "where"]] * 2
    assert [proof["holds"] for proof in told.json] == [True, False]


def test_the_demo_refuses_what_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert_told(run("demo", tmp_path), 2, "demo.folder")
    assert run("demo", tmp_path, "--json").json["error"]["code"] == "demo.folder"
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = run("demo", tmp_path / "file" / "out")
    assert ran.status == 2
    assert "Traceback" not in ran.err
