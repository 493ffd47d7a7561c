"""The command `eid`, run as a command: flags, JSON, exit statuses, secrets."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eid import pkcs8
from eid.cli import main

ISSUER, AUDIENCE = "https://id.example.vn", "H26.19"
PERSON = {"personal_number": "001090123456", "name": "Nguyễn Văn A", "birthdate": "1990-01-01", "gender": "male"}
EVIDENCE = [
    {"kind": "chip", "method": "passive-authentication", "time": "2026-01-02T09:00:00+07:00"},
    {"kind": "face", "method": "in-person", "time": "2026-01-02T09:05:00+07:00"},
    {"kind": "fingerprint", "method": "in-person", "time": "2026-01-02T09:05:00+07:00", "office": "Công an phường"},
]


class Desk:
    """A folder with keys, published keys and a person; runs verbs and reads their answers."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.capsys, self.monkeypatch = folder, capsys, monkeypatch
        monkeypatch.chdir(folder)
        monkeypatch.setenv("PW", "secret")
        monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)
        Path("person.json").write_text(json.dumps(PERSON))
        Path("evidence.json").write_text(json.dumps(EVIDENCE))
        assert self.run("keys", "new", "--pass-env", "PW", "keys.pem")[0] == 0
        assert self.run("keys", "publish", "--pass-env", "PW", "keys.pem", "-o", "jwks.json")[0] == 0

    def run(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        try:
            status = main(arguments)
        except SystemExit as e:
            status = int(e.code or 0)
        out, err = self.capsys.readouterr()
        return status, out, err

    def issue(self, *more: str) -> tuple[int, str, str]:
        base = ["issue", "person.json", "--keys", "keys.pem", "--pass-env", "PW", "--ledger", "ledger.json"]
        base += ["--issuer", ISSUER, "--audience", AUDIENCE, "--level", "2", "--auth-level", "3"]
        return self.run(*base, "--evidence", "evidence.json", *more)

    def token(self, *more: str) -> str:
        status, out, _ = self.issue(*more)
        assert status == 0
        return out.strip()

    def verify(self, token: str, *more: str, stdin: str = "") -> tuple[int, dict[str, Any]]:
        base = ["verify", "--jwks", "jwks.json", "--issuer", ISSUER, "--audience", AUDIENCE, "--level", "2"]
        if "--status" not in more:
            base += ["--status", "none"]
        status, out, err = self.run(*base, "--json", *more, token, stdin=stdin)
        assert err == ""
        assert out.count("\n") == 1
        return status, json.loads(out)

    def publish(self) -> None:
        status, *_ = self.run(
            "status", "--keys", "keys.pem", "--pass-env", "PW", "--ledger", "ledger.json", "-o", "status.jwt"
        )
        assert status == 0


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, capsys, monkeypatch)


def test_verify_says_exactly_what_the_contract_says(desk: Desk) -> None:
    status, answer = desk.verify(desk.token())
    assert status == 0
    assert list(answer) == ["valid", "code", "text", "text_vi", "identity"]
    assert (answer["valid"], answer["code"]) == (True, None)
    assert list(answer["identity"]) == ["subject", "level", "auth_level", "auth_time", "claims", "evidence", "expires"]
    assert (answer["identity"]["level"], answer["identity"]["auth_level"]) == ("level-2", "auth-level-3")
    assert answer["identity"]["claims"]["name"] == "Nguyễn Văn A"


def test_verify_refusals_and_their_exit_statuses(desk: Desk) -> None:
    token = desk.token()
    for more, code, exit_status in (
        (["--audience", "H26.20"], "token.audience", 1),
        (["--issuer", "https://other.example"], "token.issuer", 1),
        (["--auth-level", "4"], "token.auth-level", 1),
        (["--nonce", "n"], "token.nonce", 1),
        (["--max-age", "nan"], "usage.argument", 2),
        (["--status", "missing.jwt"], "input.unreadable", 2),
        (["--status", "person.json"], "status.untrusted", 3),
        (["--jwks", "person.json"], "jwks.malformed", 1),
        (["--jwks", "missing.json"], "input.unreadable", 2),
    ):
        status, answer = desk.verify(token, *more)
        assert (status, answer["code"], answer["valid"], answer["identity"]) == (exit_status, code, False, None)
        assert answer["text"] != answer["text_vi"]
    status, answer = desk.verify(token + "=")
    assert (status, answer["code"]) == (1, "token.malformed")


def test_token_on_stdin(desk: Desk) -> None:
    token = desk.token()
    for text in (token, f"{token}\n", f"{token}\r\n"):
        assert desk.verify("-", stdin=text)[0] == 0
    assert desk.verify("-", stdin=f"{token} ")[0] == 1
    assert desk.verify("-", stdin="x" * 5_000_000)[1]["code"] == "input.too-large"


def test_verify_without_json_speaks_on_stderr(desk: Desk) -> None:
    token = desk.token()
    base = ["verify", "--jwks", "jwks.json", "--issuer", ISSUER, "--level", "2", "--status", "none", token]
    status, out, err = desk.run(*base, "--audience", AUDIENCE)
    assert status == 0
    assert json.loads(out)["level"] == "level-2"
    assert "token hợp lệ" in err
    status, out, err = desk.run(*base, "--audience", "other")
    assert (status, out) == (1, "")
    assert "[token.audience]" in err


def test_revoke_publish_refuse(desk: Desk) -> None:
    first, second = desk.token(), desk.token()
    desk.publish()
    assert desk.verify(first, "--status", "status.jwt")[0] == 0
    assert desk.run("revoke", "--ledger", "ledger.json", "--suspend", "-", stdin=first)[0] == 0
    desk.publish()
    assert desk.verify(first, "--status", "status.jwt")[1]["code"] == "token.suspended"
    assert desk.run("revoke", "--ledger", "ledger.json", "--restore", first)[0] == 0
    desk.publish()
    assert desk.verify(first, "--status", "status.jwt")[0] == 0
    status, out, _ = desk.run("revoke", "--ledger", "ledger.json", "--json", first)
    assert (status, json.loads(out)["status"]) == (0, "revoked")
    desk.publish()
    assert desk.verify(first, "--status", "status.jwt")[1]["code"] == "token.revoked"
    assert desk.verify(second, "--status", "status.jwt")[0] == 0
    assert desk.run("revoke", "--ledger", "ledger.json", "unknown-id")[0] == 1
    assert desk.run("revoke", "--ledger", "nothing.json", "unknown-id")[0] == 2


def test_ledger_holds_no_token_name_or_number(desk: Desk) -> None:
    token = desk.token()
    text = Path("ledger.json").read_text()
    assert Path("ledger.json").stat().st_mode & 0o077 == 0
    assert token.split(".")[1][:40] not in text
    assert "001090123456" not in text
    assert "Nguyễn" not in text


@pytest.mark.parametrize(
    "bad", ["{}", "[]", "x", '{"format":"eid-ledger-1","uri":"u","size":9e9,"tokens":{},"changed":{}}']
)
def test_broken_ledger_is_left_as_it_is(desk: Desk, bad: str) -> None:
    Path("ledger.json").write_text(bad)
    assert desk.issue()[0] == 1
    assert Path("ledger.json").read_text() == bad


def test_ledger_of_another_issuer(desk: Desk) -> None:
    desk.token()
    assert desk.issue("--status-uri", "https://other.example/1")[0] == 2


def test_replay_file(desk: Desk) -> None:
    token = desk.token()
    assert desk.verify(token, "--replay", "used.db")[0] == 0
    assert desk.verify(token, "--replay", "used.db")[1]["code"] == "token.replayed"


def test_issue_refuses_and_writes_nothing(desk: Desk) -> None:
    Path("evidence.json").write_text(json.dumps(EVIDENCE[:2]))
    status, out, err = desk.issue()
    assert (status, out) == (1, "")
    assert "[evidence.missing]" in err
    assert not Path("ledger.json").exists()
    for bad in (
        [{"kind": "face"}],
        {"kind": "face"},
        [1],
        [{"kind": "face", "method": "x", "time": "soon"}],
        [{"x": 1}],
    ):
        Path("evidence.json").write_text(json.dumps(bad))
        assert desk.issue()[0] in (1, 2)
    Path("evidence.json").write_bytes(b"\xff")
    assert desk.issue("--json")[0] == 1


def test_issue_json(desk: Desk) -> None:
    status, out, err = desk.issue("--json", "--amr", "pin,face", "--nonce", "n", "--claims", "name", "--life", "60")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert set(answer) == {"token", "token_id", "subject", "expires"}
    assert desk.verify(answer["token"], "--nonce", "n")[1]["identity"]["claims"] == {"name": "Nguyễn Văn A"}


def test_rotation_in_place(desk: Desk) -> None:
    before = json.loads(Path("jwks.json").read_text())
    token = desk.token()
    assert desk.run("keys", "rotate", "--pass-env", "PW", "keys.pem")[0] == 0
    desk.run("keys", "publish", "--pass-env", "PW", "keys.pem", "-o", "jwks.json")
    after = json.loads(Path("jwks.json").read_text())
    assert after["keys"][0]["kid"] == before["keys"][1]["kid"]
    assert desk.verify(token)[0] == 0
    assert desk.verify(desk.token())[0] == 0


def test_keys_are_never_overwritten(desk: Desk) -> None:
    before = Path("keys.pem").read_bytes()
    assert desk.run("keys", "new", "--pass-env", "PW", "keys.pem")[0] == 2
    assert Path("keys.pem").read_bytes() == before


def test_secrets_by_file_by_environment_and_never_guessed(desk: Desk) -> None:
    Path("pw").write_text("secret\nsecond line\n")
    assert desk.run("keys", "publish", "--pass-file", "pw", "keys.pem")[0] == 0
    desk.monkeypatch.setenv("WRONG", "wrong")
    for more in (["--pass-env", "WRONG"], ["--pass-env", "UNSET_VARIABLE"], []):
        status, out, err = desk.run("keys", "publish", *more, "keys.pem", "--json")
        assert (status, json.loads(out)["code"]) == (2, "key.password")
        assert err == ""


def test_number(desk: Desk) -> None:
    status, out, _ = desk.run("number", "001090123456", "--json")
    assert (status, json.loads(out)) == (
        0,
        {
            "number": "001******456",
            "place_code": "001",
            "place": "Hà Nội",
            "sex": "male",
            "birth_year": 1990,
            "notices": [],
        },
    )
    assert desk.run("number", "-", stdin="001090123456\n")[0] == 0
    lines = [line.split("  ")[0] for line in desk.run("number", "001090123456")[1].splitlines()]
    assert lines[0] == "number / số định danh"
    assert all(" / " in line for line in lines)
    assert "male / nam" in desk.run("number", "001090123456")[1]
    assert "Hà Nội" in desk.run("number", "001090123456")[1]
    assert desk.run("number", "12", "--json")[0] == 1


def test_usage_errors_are_two(desk: Desk) -> None:
    for arguments in ([], ["nothing"], ["verify"], ["keys"], ["issue", "--level", "3"]):
        assert desk.run(*arguments)[0] == 2


def test_verbs_of_later_are_absent(desk: Desk) -> None:
    for verb in ("present", "card-qr", "chip", "account"):
        assert desk.run(verb)[0] == 2


def test_every_verb_has_help_with_an_example(desk: Desk) -> None:
    for verb in (
        ["keys"],
        ["keys", "new"],
        ["keys", "rotate"],
        ["keys", "publish"],
        ["issue"],
        ["verify"],
        ["revoke"],
        ["status"],
        ["number"],
    ):
        status, out, _ = desk.run(*verb, "--help")
        assert status == 0
        assert "example:" in out


def test_half_a_character_in_an_argument(desk: Desk) -> None:
    status, answer = desk.verify("a\udcffb")
    assert (status, answer["code"]) == (1, "token.malformed")
    assert desk.run("revoke", "--ledger", "a\udcff", "x.y.z")[0] in (1, 2)
    assert desk.run("number", "\udcff" * 12)[0] == 1
    assert desk.issue("--audience", "\udcff")[0] == 2


@pytest.mark.parametrize("flag", ["--claims", "--amr", "--auth-time", "--status-uri", "--nonce"])
def test_flag_left_empty_by_an_unset_variable_is_not_the_default(desk: Desk, flag: str) -> None:
    status, out, _ = desk.issue(flag, "")
    assert (status, out) == (2, "")


def test_replay_file_or_nonce_left_empty_is_not_left_out(desk: Desk) -> None:
    token = desk.token()
    for flag in ("--replay", "--nonce"):
        status, answer = desk.verify(token, flag, "")
        assert (status, answer["code"]) == (2, "usage.argument")


def test_status_list_on_stdin(desk: Desk) -> None:
    token = desk.token()
    desk.publish()
    assert desk.verify(token, "--status", "-", stdin=Path("status.jwt").read_text())[0] == 0
    assert desk.verify(token, "--status", "-", stdin="")[0] == 3


def test_password_is_the_whole_first_line_of_its_file(desk: Desk) -> None:
    password = "a\u2028b\x0cc"
    Path("pw").write_text(f"{password}\r\nsecond\n", newline="")
    desk.monkeypatch.setenv("ODD", password)
    assert desk.run("keys", "new", "--pass-file", "pw", "odd.pem")[0] == 0
    assert desk.run("keys", "publish", "--pass-env", "ODD", "odd.pem")[0] == 0


def test_publish_into_a_file_says_so_as_json(desk: Desk) -> None:
    status, out, _ = desk.run("keys", "publish", "--json", "--pass-env", "PW", "keys.pem", "-o", "again.json")
    assert (status, json.loads(out)) == (0, {"keys": "keys.pem", "out": "again.json"})
    assert Path("again.json").read_bytes() == Path("jwks.json").read_bytes()


def test_the_example_of_the_help_runs(tmp_path: Path) -> None:
    """The example, as a shell runs it, with the installed command."""
    folder = Path(sys.executable).parent
    shown = subprocess.run([folder / "eid", "issue", "--help"], capture_output=True, text=True, check=True).stdout
    script = "PW=secret eid keys new --pass-env PW keys.pem\n" + shown.partition("example:")[2]
    script += "\nPW=secret eid keys publish --pass-env PW keys.pem > jwks.json\n"
    script += "PW=secret eid status --keys keys.pem --pass-env PW --ledger ledger.json -o status.jwt\n"
    for verb in ("verify", "revoke"):
        shown = subprocess.run([folder / "eid", verb, "--help"], capture_output=True, text=True, check=True).stdout
        script += shown.partition("example:")[2] + "\n"
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["valid"] is True


def test_a_link_to_a_ledger_is_the_same_ledger(desk: Desk) -> None:
    """Else the list that is published would lack what was revoked through the link."""
    first = desk.token()
    Path("kept").mkdir()
    Path("ledger.json").rename("kept/ledger.json")
    Path("ledger.json").symlink_to("kept/ledger.json")
    assert desk.run("revoke", "--ledger", "ledger.json", first)[0] == 0
    assert Path("ledger.json").is_symlink()
    assert json.loads(Path("kept/ledger.json").read_text())["changed"]
