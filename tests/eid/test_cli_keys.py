"""The verb `eid keys`, run as a command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eid import KeySet, pkcs8
from eid.cli import main


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PW", "secret")
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run_keys(action: str, *more: str) -> tuple[int, str, str]:
        try:
            status = main(["keys", action, "--pass-env", "PW", *more])
        except SystemExit as e:
            status = int(e.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return run_keys


def shown(run: Any, name: str = "keys.pem") -> list[dict[str, Any]]:
    status, out, _ = run("show", name, "--json")
    assert status == 0
    keys: list[dict[str, Any]] = json.loads(out)["keys"]
    return keys


@pytest.mark.parametrize("alg", ["ES256", "ES384", "Ed25519", "EdDSA"])
@pytest.mark.parametrize("purpose", [None, "token", "status", "seal"])
def test_new_show_and_publish(run: Any, alg: str, purpose: str | None) -> None:
    more = [] if purpose is None else ["--purpose", purpose]
    assert run("new", "keys.pem", "--alg", alg, *more)[0] == 0
    keys = shown(run)
    assert [(key["alg"], key["purpose"], key["state"], key["device"]) for key in keys] == [
        (alg, purpose, "active", False),
        (alg, purpose, "next", False),
    ]
    assert run("publish", "keys.pem", "-o", "jwks.json")[0] == 0
    published = KeySet.from_jwks(json.loads(Path("jwks.json").read_text()))
    assert [key.kid for key in published.keys] == [key["kid"] for key in keys]


def test_show_for_a_person_is_in_two_languages(run: Any) -> None:
    run("new", "keys.pem")
    run("rotate", "keys.pem")
    status, out, err = run("show", "keys.pem")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == 3
    for words in ("active / đang dùng", "next, not used yet / kế tiếp", "retired / đã thôi dùng", "mọi mục đích"):
        assert words in out


def test_a_lead_that_has_not_passed(run: Any) -> None:
    run("new", "keys.pem")
    before = Path("keys.pem").read_bytes()
    status, out, _ = run("rotate", "keys.pem", "--lead", "86400", "--json")
    assert (status, json.loads(out)["code"]) == (1, "key.not-published")
    assert Path("keys.pem").read_bytes() == before
    assert run("rotate", "keys.pem", "--lead", "0")[0] == 0
    for wrong in ("-1", "1.5", "soon", "9" * 40, "٣"):
        assert run("rotate", "keys.pem", f"--lead={wrong}")[0] == 2


def test_revoking(run: Any) -> None:
    run("new", "keys.pem")
    first, coming = (key["kid"] for key in shown(run))
    assert run("revoke", "keys.pem", f"--kid={first}")[0] == 0
    states = {key["kid"]: (key["state"], key["revoked"] is not None) for key in shown(run)}
    assert (states[first], states[coming]) == (("retired", True), ("active", False))
    status, out, _ = run("revoke", "keys.pem", "--kid=-unknown", "--json")
    assert (status, json.loads(out)["code"]) == (2, "usage.argument")


def test_sets_of_several_purposes_in_one_jwks(run: Any) -> None:
    for purpose in ("token", "status"):
        run("new", f"{purpose}.pem", "--purpose", purpose)
    status, out, _ = run("publish", "token.pem", "--with", "status.pem")
    assert status == 0
    assert [key["purpose"] for key in json.loads(out)["keys"]] == ["token", "token", "status", "status"]
    assert run("publish", "token.pem", "--with", "token.pem")[0] == 1


def test_unknown_algorithms_and_purposes(run: Any) -> None:
    for more in (["--alg", "RS256"], ["--alg", "HS256"], ["--purpose", "payments"]):
        assert run("new", "keys.pem", *more)[0] == 2
    assert not Path("keys.pem").exists()


@pytest.mark.parametrize("action", ["new", "rotate", "revoke", "show", "publish"])
def test_every_action_has_help_with_an_example_that_runs(run: Any, action: str, capsys: Any, tmp_path: Path) -> None:
    status, out, _ = run(action, "--help")
    example = out.partition("example:")[2].strip()
    assert (status, example.startswith(f"PW=secret eid keys {action} ")) == (0, True)
    if action != "new":
        run("new", "keys.pem")
        example = example.replace("KID", KeySet.load("keys.pem", lambda _: "secret").keys[1].kid)
    assert main(example.split()[2:]) == 0


@pytest.mark.parametrize("link", [False, True])
def test_public_keys_are_not_written_over_the_only_copy_of_private_ones(run: Any, link: bool) -> None:
    assert run("new", "keys.pem")[0] == 0
    before, out = Path("keys.pem").read_bytes(), "keys.pem"
    if link:
        Path("out.json").symlink_to("keys.pem")
        out = "out.json"
    status, _, err = run("publish", "keys.pem", "-o", out)
    assert (status, "usage.output-exists" in err) == (2, True)
    assert Path("keys.pem").read_bytes() == before
    assert run("publish", "keys.pem", "-o", "jwks.json")[0] == run("publish", "keys.pem", "-o", "jwks.json")[0] == 0
