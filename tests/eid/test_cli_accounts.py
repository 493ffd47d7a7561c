"""`eid account …`, run as a command on a registry of its own."""

from __future__ import annotations

import json
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eid.cli import main

from .test_cli import Desk

ACTIONS = [
    *("register", "raise", "renew", "correct", "number", "lock", "unlock", "cancel", "represent", "consent"),
    *("show", "find", "history", "purge", "review", "checkpoint", "verify", "grounds"),
]
CHILD = {"personal_number": "001218000001", "name": "Nguyễn Văn B", "birthdate": "2018-03-03", "gender": "male"}
FLAGS = ("--registry", "registry.sqlite", "--keys", "keys.pem", "--pass-env", "PW")


class Book(Desk):
    """A desk with a registry."""

    def account(self, action: str, *more: str, stdin: str = "") -> tuple[int, dict[str, Any]]:
        status, out, err = self.run("account", action, *more, *FLAGS, "--json", stdin=stdin)
        assert err == ""
        return status, json.loads(out)

    def register(self, file: str, evidence: str, *more: str) -> str:
        status, answer = self.account("register", file, "--evidence", evidence, *more)
        assert status == 0, answer
        return str(answer["id"])


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Book:
    desk = Book(tmp_path, capsys, monkeypatch)
    when = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    one = [{"kind": kind, "method": "app", "time": when} for kind in ("number", "sim", "face")]
    Path("one.json").write_text(json.dumps(one))
    Path("child.json").write_text(json.dumps(CHILD))
    Path("company.json").write_text(json.dumps({"code": "0100100100", "name": "Công ty TNHH Kiểm Thử"}))
    return desk


def test_the_life_of_an_account(book: Book) -> None:
    account = book.register("person.json", "one.json", "--level", "1")
    assert book.account("raise", account, "--evidence", "evidence.json", "--note", "TK01 số 5")[1]["level"] == "level-2"
    assert book.account("renew", account, "--evidence", "evidence.json")[0] == 0
    status, answer = book.account("lock", account, "own-request", "--by", "holder")
    assert (status, answer["state"], answer["locks"][0]["ground"]) == (0, "locked", "own-request")
    assert book.account("unlock", account, "own-request", "--by", "system")[1]["code"] == "account.asker"
    assert book.account("unlock", account, "own-request", "--by", "holder")[1]["state"] == "active"
    assert book.account("consent", account, "H26.19", "--claims", "name,personal_number", "--by", "holder")[0] == 0
    shown = book.account("show", account)[1]
    assert shown["consents"][0]["claims"] == ["name", "personal_number"]
    assert (shown["holder"]["name"], shown["holder"]["personal_number"]) == ("Nguyễn Văn A", "001******456")
    assert book.account("show", account, "--show-numbers")[1]["holder"]["personal_number"] == "001090123456"
    assert book.account("consent", account, "H26.19", "--withdraw", "--by", "holder")[1]["consents"] == []
    assert book.account("find", "-", stdin="001090123456\n")[1] == {"account": account, "state": "active"}
    assert book.account("cancel", account, "own-request", "--by", "holder")[1]["state"] == "cancelled"
    assert [act["act"] for act in book.account("history", account)[1]][-1] == "cancel"
    assert book.account("purge", account)[1]["code"] == "account.retention"
    assert book.account("purge", "--due") == (0, {"purged": []})
    assert book.account("review") == (0, {"unlocked": []})


def test_guardians_proxies_and_organisations(book: Book) -> None:
    guardian = book.register("person.json", "evidence.json", "--level", "2")
    assert book.account("register", "child.json", "--level", "1", "--evidence", "one.json")[1]["code"] == (
        "account.representative-needed"
    )
    cared_for = book.register("child.json", "one.json", "--level", "1", "--representative", guardian)
    status, answer = book.account("lock", cared_for, "own-request", "--by", "representative", "--actor", guardian)
    assert (status, answer["state"]) == (0, "locked")
    status, answer = book.account("register", "company.json", "--organisation", "--representative", guardian)
    assert (status, answer["kind"], answer["level"]) == (0, "organisation", None)
    company = answer["id"]
    assert book.account("represent", company, guardian, "--end", "--by", "holder")[1]["representatives"] == []
    answer = book.account("represent", company, guardian, "--until", "2030-01-01T00:00:00+07:00", "--by", "holder")[1]
    assert answer["representatives"][0]["kind"] == "proxy"


def test_numbers_are_corrected_and_replaced(book: Book) -> None:
    account = book.register("person.json", "one.json", "--level", "1")
    person = json.loads(Path("person.json").read_text())
    assert book.account("correct", account, "-", stdin=json.dumps({**person, "name": "Nguyễn Văn C"}))[0] == 0
    moved = {**person, "personal_number": "001190123456", "gender": "female"}
    assert len(book.account("number", account, "-", stdin=json.dumps(moved))[1]["identifiers"]) == 2
    assert book.account("find", "-", stdin="001090123456")[1]["account"] == account
    assert book.account("register", "person.json", "--level", "1", "--evidence", "one.json")[1]["code"] == (
        "account.number-used"
    )


def test_checkpoints_and_what_an_auditor_finds(book: Book) -> None:
    account = book.register("person.json", "one.json", "--level", "1")
    assert book.account("checkpoint", "-o", "today.jwt")[1]["accounts"] == 1
    assert book.account("checkpoint")[1]["token"].count(".") == 2
    status, answer = book.account("verify", "--checkpoint", "today.jwt")
    assert (status, answer["valid"], answer["rows"], answer["checkpoints"]) == (0, True, 1, [1, 2])
    flags = ("--registry", "registry.sqlite", "--jwks", "jwks.json", "--json")
    assert book.run("account", "verify", *flags, "--checkpoint", "today.jwt")[0] == 0
    with closing(sqlite3.connect("registry.sqlite")) as raw, raw:
        raw.execute("UPDATE eid_accounts SET state = 'locked'")
    status, answer = book.account("verify")
    assert (status, answer["valid"], answer["findings"][0]["code"]) == (1, False, "history.state")
    assert answer["findings"][0]["text"] != answer["findings"][0]["text_vi"]
    assert book.account("show", account)[1]["code"] == "history.broken"
    status, _, err = book.run("account", "verify", *FLAGS)
    assert status == 1
    assert "không khớp với lịch sử" in err


def test_prose_in_both_languages(book: Book) -> None:
    account = book.register("person.json", "one.json", "--level", "1")
    _, out, err = book.run("account", "lock", account, "terms-breach", *FLAGS)
    assert (out, "đang bị khóa" in err, "breach of the terms" in err) == ("", True, True)
    status, out, err = book.run("account", "history", account, *FLAGS)
    assert (status, out, err.count("\n")) == (0, "", 2)
    assert json.loads(book.run("account", "show", account, *FLAGS)[1])["state"] == "locked"
    status, out, err = book.run("account", "raise", account, "--evidence", "evidence.json", *FLAGS)
    assert (status, out) == (1, "")
    assert "vi phạm thỏa thuận sử dụng" in err
    assert "chủ thể yêu cầu" in book.run("account", "grounds")[2]
    assert len(json.loads(book.run("account", "grounds", "--json")[1])) == 10


def test_wrong_use_and_what_is_not_there(book: Book) -> None:
    for arguments in (
        ["account"],
        ["account", "nothing"],
        ["account", "show", "0" * 32],
        ["account", "purge", *FLAGS],
        ["account", "consent", "0" * 32, "H26.19", *FLAGS],
        ["account", "show", "0" * 32, "--registry", "registry.sqlite"],
        ["account", "show", "0" * 32, *FLAGS],  # there is no registry yet
    ):
        assert book.run(*arguments)[0] == 2
    assert not Path("registry.sqlite").exists()
    book.register("person.json", "one.json", "--level", "1")
    assert book.account("show", "0" * 32)[1]["code"] == "account.unknown"
    assert book.account("lock", "0" * 32, "own-request", "--by", "holder")[0] == 1
    assert book.account("find", "-", stdin="không có")[1]["code"] == "account.unknown"
    for text in ('{"personal_number": "001090123456"}\n' * 3, "", "001090123456\n001090123457"):
        assert book.account("find", "-", stdin=text)[1]["code"] == "input.malformed"  # nobody was looked for
    for bad in ("[]", "{}", '{"code": 5, "name": "A"}', "x"):
        assert book.account("register", "-", "--organisation", stdin=bad)[0] in (1, 2)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_help_with_an_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["account", action, "--help"])
    assert f"eid account {action}" in capsys.readouterr().out.partition("example:")[2]


def test_the_example_of_the_help_runs(book: Book) -> None:
    shown = book.run("account", "--help")[1].partition("example:")[2]
    lines = shown.replace("\\\n", " ").splitlines()
    first = next(shlex.split(line)[2:] for line in lines if "register" in line)
    Path("evidence.json").write_text(Path("one.json").read_text())
    assert book.run(*first)[0] == 0


def test_one_verb_loads_no_database_library() -> None:
    script = "import sys, eid.cli\neid.cli.main(['account', 'grounds'])\nassert 'sqlalchemy' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
