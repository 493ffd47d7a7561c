"""`signing dossier` as a process would be used: a dossier from papers to a step, with exit statuses and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from signing.cli import main
from signing.dossier.dossier import Dossier, Draft

from ..world import World
from .office import CODE, INPUTS, Office


@pytest.fixture
def office(world: World, tmp_path: Path) -> Iterator[Office]:
    with Office.make(world, tmp_path) as made:
        yield made


def new(office: Office) -> Path:
    path = office.folder / "hoso.asice"
    arguments = ["dossier", "new", str(path), str(INPUTS / "Giấy chứng sinh.pdf"), "--code", CODE]
    more = [
        "--procedure",
        "1.001193",
        "--office",
        "H26.19",
        "--applicant",
        "name=Trần Văn An",
        "--rule-set",
        "ND-118-2025",
    ]
    assert main([*arguments, *more]) == 0
    return path


def test_new_add_show(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    path = new(office)
    assert main(["dossier", "add", str(path), str(INPUTS / "anh-the.png")]) == 0
    capsys.readouterr()
    assert main(["dossier", "show", str(path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["code"] == CODE
    assert shown["state"] == "new"
    assert [p["name"] for p in shown["papers"]] == ["papers/Giấy chứng sinh.pdf", "papers/anh-the.png"]
    assert main(["dossier", "show", str(path)]) == 0
    assert "NOT VERIFIED" in capsys.readouterr().out


def step(office: Office, path: Path, *arguments: str, who: str = "receiver") -> None:
    pki = office.world.pki
    surroundings = ["--trust", str(pki.trust_folder), "--register", str(office.folder / "register.sqlite")]
    draft, proof = office.folder / "draft.json", office.folder / "proof.jwt"
    assert main(["dossier", "step", str(path), "--draft", str(draft), *arguments, *surroundings]) == 0
    loaded = Draft.load(draft, Dossier.open(path))
    proof.write_text(office.proof(loaded, pki.signer(who)))
    services = ["--tsa", pki.tsa_url, "--allow", pki.base_url, "--pass-file", str(pki.password_file)]
    signing = ["--sign", str(draft), "--key", pki.key_uri(who), "--proof", str(proof)]
    assert (
        main(["dossier", "step", str(path), *signing, *surroundings, *services, "--receipt", str(path) + ".slip"]) == 0
    )


def test_steps_verify_and_extend(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    path = new(office)
    step(office, path, "--step", "receive")
    step(office, path, "--step", "appraise", "--decision", "eligible", "--note", "đủ điều kiện", who="appraiser")
    trust = ["--trust", str(office.world.pki.trust_folder)]
    register = ["--register", str(office.folder / "register.sqlite")]
    assert main(["dossier", "verify", str(path), *trust, *register]) == 3
    assert main(["dossier", "extend", str(path), "--allow", office.world.pki.base_url]) == 0
    capsys.readouterr()
    assert main(["dossier", "verify", str(path), *trust, *register, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "valid"
    assert told["dossier"]["complete"]
    assert [s["baseline"] for s in told["signatures"]] == ["B-LT", "B-LT"]
    assert main(["dossier", "verify", str(path), *trust, "--receipt", str(path) + ".slip"]) == 0
    assert main(["dossier", "verify", str(path)]) == 3
    damaged = Dossier.open(path).file.container.with_files({"papers/x.txt": b"x"}).to_bytes()
    path.write_bytes(damaged)
    assert main(["dossier", "verify", str(path), *trust]) == 1


def test_wrong_calls_have_status_2(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    path = new(office)
    assert main(["dossier", "verify", str(path), "--register", str(office.folder / "none.sqlite")]) == 2
    assert main(["dossier", "show", str(office.folder / "none.asice")]) == 2
    assert main(["dossier", "step", str(path), "--draft", "d"]) == 2
    assert main(["dossier", "step", str(path), "--sign", "d"]) == 2
    office_flags = ["--code", CODE, "--procedure", "1", "--office", "H26.19"]
    assert main(["dossier", "new", str(path), *office_flags, str(INPUTS / "form.pdf")]) == 2
    assert "đã tồn tại" in capsys.readouterr().err


def test_refusals_have_status_1_and_json(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    path = new(office)
    capsys.readouterr()
    assert main(["dossier", "step", str(path), "--draft", "d", "--step", "return", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "dossier.order"
    (office.folder / "x.asice").write_bytes(b"no")
    assert main(["dossier", "show", str(office.folder / "x.asice")]) == 1


def test_show_and_refusals_say_what_may_follow(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    path = new(office)
    capsys.readouterr()
    assert main(["dossier", "show", str(path)]) == 0
    assert "tiếp theo / next: receive accepted, receive declined\n" in capsys.readouterr().out
    assert main(["dossier", "step", str(path), "--draft", "d", "--step", "return"]) == 1
    assert "where these may: receive accepted, receive declined" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["dossier", "step", str(path), "--draft", "d", "--step", "stamp"])
    assert "invalid choice: 'stamp'" in capsys.readouterr().err
