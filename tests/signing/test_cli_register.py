"""`signing register`: the daily timestamp, what the check finds in an edited file, and that looking creates nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from signing.dossier.register import Register

from ..world import World
from .cli_run import COMMAND, ENVIRONMENT, assert_told, leaving_nothing, process, run
from .demo_run import Demo
from .test_register import _CUT, fill, tamper


@pytest.fixture
def register(demo: Demo, tmp_path: Path) -> Path:
    """A copy of the demo's register, whose head is timestamped; its steps are 1 to 5."""
    copy = tmp_path / "register.db"
    source, target = sqlite3.connect(demo.folder / "register.db"), sqlite3.connect(copy)
    with closing(source), closing(target):
        source.backup(target)
    return copy


@pytest.fixture
def receipt(demo: Demo) -> Path:
    """What the demo's applicant keeps."""
    return demo.folder / "receipt.json"


def head_of(path: Path) -> tuple[int, str]:
    with Register.open(path, create=False) as opened:
        end = opened.head()
    return end.number, end.digest


# --- timestamp -------------------------------------------------------------------------------------------------------


def test_a_register_is_timestamped_shown_and_verified(world: World, tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    url, trust = f"sqlite:///{path}", ["--trust", world.pki.trust_folder]
    with Register.open(path) as made:
        fill(made, 3)
    number, digest = head_of(path)
    assert "newest timestamp: -" in run("register", "show", url).out
    told = run("register", "timestamp", url, "--tsa", world.pki.tsa_url, *trust)
    assert (told.status, told.err) == (0, "")
    assert f"up to entry {number}: {digest}" in told.out
    with Register.open(path) as opened:
        kept = opened.newest_timestamp()
        assert kept is not None
        fill(opened, 1, dossier="H26.19-261121-0002")
    assert kept.token.time.isoformat() in told.out
    shown = run("register", "show", url)
    assert shown.status == 0
    assert "NOT VERIFIED" in shown.out
    assert "entries: 4\n" in shown.out
    assert f"up to entry 3: {digest}" in shown.out
    held = run("register", "verify", url, *trust)
    assert (held.status, held.err) == (0, "")
    assert "the register holds" in held.out
    assert "was not checked" not in held.out


def test_a_timestamp_of_an_authority_that_is_not_trusted_is_not_kept(world: World, demo: Demo, register: Path) -> None:
    with Register.open(register) as opened:
        before = opened.newest_timestamp()
    ran = run("register", "timestamp", register, "--tsa", world.pki.tsa_url, "--trust", demo.trust_folder)
    assert ran.status == 3
    assert "trust." in ran.err
    with Register.open(register) as opened:
        assert opened.newest_timestamp() == before


def test_a_service_that_does_not_answer(register: Path) -> None:
    assert_told(run("register", "timestamp", register, "--tsa", "http://127.0.0.1:9/tsa"), 3, "http.unreachable")


# --- verify ----------------------------------------------------------------------------------------------------------


def test_the_demo_s_register_holds(register: Path, receipt: Path, demo: Demo) -> None:
    ran = run("register", "verify", register, "--trust", demo.trust_folder, "--receipt", receipt, receipt)
    assert (ran.status, ran.err) == (0, "")
    bare = run("register", "verify", register)
    assert bare.status == 0
    assert "was not checked; add --trust" in bare.out  # anybody can make timestamps of his own


def test_an_edited_row_is_found(register: Path) -> None:
    tamper(register, "UPDATE register_entries SET event = 'decline' WHERE number = 2")
    ran = run("register", "verify", register)
    assert ran.status == 1
    assert "[register.changed]" in ran.out
    assert "mục 2 của sổ đăng ký đã bị sửa" in ran.out
    assert "DOES NOT hold" in ran.out


def test_a_tail_cut_off_after_the_timestamp_is_found(register: Path) -> None:
    tamper(register, *(statement.format(3) for statement in _CUT))
    ran = run("register", "verify", register)
    assert ran.status == 1
    assert "[register.cut]" in ran.out


def test_without_timestamps_a_receipt_finds_the_cut_and_nothing_at_all_is_said(register: Path, receipt: Path) -> None:
    tamper(register, "DELETE FROM register_timestamps", *(statement.format(3) for statement in _CUT))
    ran = run("register", "verify", register)
    assert ran.status == 0
    assert "cannot be excluded" in ran.out
    ran = run("register", "verify", register, "--receipt", receipt)
    assert ran.status == 1
    assert "[register.cut]" in ran.out


def test_an_unknown_authority_cannot_be_told_and_does_not_hide_an_edited_row(register: Path, world: World) -> None:
    trust = ["--trust", world.pki.trust_folder]  # of another office
    ran = run("register", "verify", register, *trust)
    assert ran.status == 3
    assert "[trust." in ran.out
    assert run("register", "verify", register, *trust, "--json").json["verdict"] == "indeterminate"
    tamper(register, "UPDATE register_entries SET event = 'decline' WHERE number = 2")
    ran = run("register", "verify", register, *trust)
    assert ran.status == 1
    assert "[register.changed]" in ran.out


@pytest.mark.parametrize("edit", ["register = x'00ff'", "number = x'00ff'", "number = 'x'", "digest = x'00ff'"])
def test_a_head_of_another_kind_is_told(register: Path, edit: str) -> None:
    tamper(register, f"UPDATE register_head SET {edit}")
    for action in ("show", "verify"):
        assert_told(run("register", action, register), 1, "register.head")
    assert run("register", "verify", register, "--json").json["error"]["code"] == "register.head"


# --- machine output --------------------------------------------------------------------------------------------------


def test_json_is_one_object_and_nothing_else(register: Path, demo: Demo) -> None:
    number, digest = head_of(register)
    ran = run("register", "verify", register, "--trust", demo.trust_folder, "--json")
    assert (ran.status, ran.err) == (0, "")
    assert list(ran.json) == ["register", "verdict", "number", "digest", "timestamp", "findings"]
    told = {name: ran.json[name] for name in ("verdict", "number", "digest", "findings")}
    assert told == {"verdict": "valid", "number": number, "digest": digest, "findings": []}
    assert (ran.json["timestamp"]["number"], ran.json["timestamp"]["checked"]) == (number, True)
    tamper(register, "UPDATE register_entries SET event = 'decline' WHERE number = 2")
    done = process("register", "verify", register, "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (1, b"")
    found = json.loads(done.stdout.decode("utf-8"))
    assert (found["verdict"], [f["code"] for f in found["findings"]]) == ("invalid", ["register.changed"])
    assert found["findings"][0]["text_vi"] == "mục 2 của sổ đăng ký đã bị sửa"


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [["show"], ["verify"], ["timestamp", "--tsa", "http://127.0.0.1:9/tsa"]])
def test_a_register_that_is_not_there_is_refused_and_not_made(action: list[str], tmp_path: Path) -> None:
    with leaving_nothing(tmp_path):
        for where in (f"sqlite:///{tmp_path}/none.db", f"{tmp_path}/none.db", f"{tmp_path}/no/folder.db"):
            assert_told(run("register", *action, where), 2, "register.not-found")
        assert list(tmp_path.iterdir()) == []
    assert_told(run("register", *action, "mysql://x/y"), 2, "register.url")


def test_a_missing_register_is_told_in_json(tmp_path: Path) -> None:
    ran = run("register", "verify", tmp_path / "none.db", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (2, "register.not-found")


def test_what_is_no_receipt_or_no_database(register: Path, tmp_path: Path) -> None:
    shutil.copy(__file__, tmp_path / "slip.json")
    assert_told(
        run("register", "verify", register, "--receipt", tmp_path / "slip.json"), 1, "register.receipt-malformed"
    )
    assert_told(run("register", "verify", register, "--receipt", tmp_path / "gone"), 2, "input.unreadable")
    assert_told(run("register", "verify", tmp_path / "slip.json"), 3, "register.unavailable")


@pytest.mark.parametrize(
    "arguments", [[], ["show"], ["timestamp", "x.db"], ["verify", "a", "b"], ["show", "a", "--json"]]
)
def test_mistakes_in_the_arguments_exit_2(arguments: list[str]) -> None:
    ran = run("register", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "usage:" in ran.err


def test_no_other_verb_loads_a_database_for_it() -> None:
    code = "import sys; from signing.cli import parser; parser('keys'); print('sqlalchemy' in sys.modules)"
    done = subprocess.run([*COMMAND[:1], "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
