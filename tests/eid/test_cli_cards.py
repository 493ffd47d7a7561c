"""`eid card-qr`, `eid counter` and `eid number` as commands."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from eid import pkcs8, qr
from eid.cli import main

from .cards.test_card_qr import CHILD, SEVEN
from .cards.test_mojibake import misread


class Desk:
    """Runs verbs in a folder and reads their answers."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch
        monkeypatch.chdir(folder)
        monkeypatch.setenv("PW", "secret")
        monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)

    def run(self, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        try:
            status = main(arguments)
        except SystemExit as e:
            status = int(e.code or 0)
        out, err = self.capsys.readouterr()
        return status, out, err


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch) -> Desk:
    return Desk(tmp_path, capsys, monkeypatch)


def test_card_qr_of_a_text(desk):
    status, out, err = desk.run("card-qr", SEVEN)
    assert status == 0
    assert "001******456" in out
    assert "001090123456" not in out + err
    assert "proves nothing" in err
    assert "không chứng minh" in err


def test_card_qr_as_json_is_alone_on_stdout(desk):
    status, out, err = desk.run("card-qr", "--json", "--show-numbers", CHILD)
    found = json.loads(out)
    assert (status, err, found["number"], found["signed"]) == (0, "", "001220654321", False)
    assert (found["tail"][0], found["proves"]["code"]) == ("001220111111", "card.unsigned")


def test_card_qr_of_a_picture_by_name_and_on_stdin(desk):
    Path("card.png").write_bytes(qr.png(SEVEN))
    for arguments, stdin in ((("card.png",), b""), (("-",), qr.png(SEVEN)), (("-",), SEVEN.encode() + b"\n")):
        status, out, _ = desk.run("card-qr", "--json", *arguments, stdin=stdin)
        assert (status, json.loads(out)["full_name"]) == (0, "Nguyễn Văn A")


def test_card_qr_says_that_a_text_was_repaired(desk):
    found = json.loads(desk.run("card-qr", "--json", misread(SEVEN, "windows-1252"))[1])
    assert (found["full_name"], found["repaired_from"]) == ("Nguyễn Văn A", "windows-1252")
    assert [each["code"] for each in found["warnings"]] == ["card.repaired"]


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("a|b",), 1, "card.malformed"),
        (("nothing.png",), 2, "input.unreadable"),
        (("blank.png",), 1, "card.not-found"),
    ],
)
def test_card_qr_refuses_with_a_code(desk, arguments, status, code):
    from PIL import Image

    Image.new("L", (60, 60), 255).save("blank.png")
    found, out, err = desk.run("card-qr", "--json", *arguments)
    assert (found, json.loads(out)["code"], err) == (status, code, "")
    found, out, err = desk.run("card-qr", *arguments)
    assert (found, out) == (status, "")
    assert f"[{code}]" in err


def test_number_tells_what_it_does_not(desk):
    status, out, err = desk.run("number", "999490123456")
    assert status == 0
    assert "999******456" in out
    assert "number.place" in err
    assert "number.future" in err
    assert json.loads(desk.run("number", "--json", "001090123456")[1])["notices"] == []


# counter codes

ISSUED = ("--issuer", "https://id.example.vn", "--counter", "H26.19/3", "--level", "2")


@pytest.fixture
def counter(desk) -> Desk:
    for name in ("keys", "device"):
        assert desk.run("keys", "new", "--pass-env", "PW", f"{name}.pem")[0] == 0
    assert desk.run("keys", "publish", "--pass-env", "PW", "keys.pem", "-o", "jwks.json")[0] == 0
    return desk


def make(desk: Desk, *more: str) -> tuple[int, str, str]:
    base = ("counter", "make", "--keys", "keys.pem", "--pass-env", "PW", "--subject", "s", "--auth-level", "3")
    return desk.run(*base, *ISSUED, *more)


def check(desk: Desk, code: str, *more: str) -> tuple[int, str, str]:
    return desk.run("counter", "check", "--jwks", "jwks.json", *ISSUED, "--status", "none", *more, "--", code)


def test_the_picture_of_a_code_is_not_written_over_a_key_set(counter):
    before = Path("device.pem").read_bytes()
    status, out, err = make(counter, "--png", "device.pem")
    assert (status, out, "usage.output-exists" in err) == (2, "", True)
    assert Path("device.pem").read_bytes() == before


def test_a_bound_code_from_challenge_to_verdict(counter):
    challenge = counter.run("counter", "challenge")[1].strip()
    assert json.loads(counter.run("counter", "challenge", "--json")[1])["challenge"] != challenge
    status, out, err = make(
        counter, "--holder", "device.pem", "--challenge", challenge, "--name", "Trần Thị Kiểm Thử", "--png", "code.png"
    )
    assert (status, err) == (0, "")
    assert qr.scan("code.png") == (out.strip(),)
    status, shown, err = check(counter, out.strip(), "--challenge", challenge)
    assert status == 0
    assert "counter.valid" in err
    assert json.loads(shown)["facts"] == {"decoded": True, "signature": True, "fresh": True, "status": "unknown"}
    found = json.loads(check(counter, out.strip(), "--challenge", challenge, "--json")[1])
    assert (found["valid"], found["code"], found["holder"]["name"]) == (True, None, "Trần Thị Kiểm Thử")
    status, out, err = check(counter, out.strip(), "--challenge", "00" * 16, "--json")
    found = json.loads(out)
    assert (status, err, found["valid"], found["holder"]) == (1, "", False, None)
    assert (found["code"], found["facts"]["signature"]) == ("counter.holder-signature", False)


def test_an_unbound_code_warns_when_made_and_when_taken(counter):
    status, out, err = make(counter)
    assert status == 0
    assert "[counter.unbound]" in err
    code = out.strip()
    assert json.loads(make(counter, "--json")[1])["notices"][0]["code"] == "counter.unbound"
    assert check(counter, code, "--challenge", "00" * 16)[0] == 1
    assert check(counter, code, "--unbound")[0] == 2  # a second use would not be seen
    status, _, err = check(counter, code, "--unbound", "--replay", "used.db")
    assert status == 0
    assert "ảnh" in err or "chụp" in err
    assert check(counter, code, "--unbound", "--replay", "used.db", "--journal", "journal.jsonl")[0] == 1
    assert json.loads(Path("journal.jsonl").read_text())["code"] == "counter.replayed"
    assert check(counter, code)[0] == 2  # neither a challenge nor --unbound


def test_the_status_list_is_asked(counter):
    args = ("--holder", "device.pem", "--challenge", "11" * 16)
    code = make(counter, *args)[1].strip()
    base = ("counter", "check", "--jwks", "jwks.json", *ISSUED, "--challenge", "11" * 16)
    assert counter.run(*base, "--status", "missing.jwt", "--", code)[0] == 2
    listed = make(counter, *args, "--status-uri", "https://id.example.vn/status/1", "--status-index", "3")[1].strip()
    assert check(counter, listed, "--challenge", "11" * 16)[0] == 0
    assert make(counter, *args, "--status-index", "3")[0] == 2


@pytest.mark.parametrize("more", [("--life", "61"), ("--challenge", "xyz"), ("--challenge", "00")])
def test_wrong_calls_are_usage(counter, more):
    assert make(counter, "--holder", "device.pem", *more)[0] == 2
