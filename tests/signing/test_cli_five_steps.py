"""The README's shell block: a dossier in five steps, its result and its seal, on the command line alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from signing.cli import main
from signing.dev.pki import DevPki

from ..world import World
from .office import INPUTS

PORT = "8318"  # what the README says; the test takes a free one
PASSWORD = "of the development PKI"
README = Path(__file__).parents[2] / "README.md"


def commands(folder: Path, port: int) -> list[list[str]]:
    """What the README's only shell block runs, as the shell splits it; the PKI is served by the test."""
    (script,) = re.findall(r"```sh\n(.*?)```", README.read_text(), flags=re.DOTALL)
    first, *rest = script.splitlines()
    assert first.startswith("signing pki init pki && signing pki serve pki &")
    spell = "signing() { printf '%s\\0' \"$@\"; printf '\\n\\0'; }"
    told = subprocess.run(
        ["bash", "-ec", "\n".join([spell, *rest]).replace(PORT, str(port))],
        cwd=folder,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode()
    return [line.split("\0")[:-1] for line in told.split("\n\0")[:-1]]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the README speaks to bash")
def test_the_readme_s_five_steps_run_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pki = DevPki.create(Path("pki"), password=PASSWORD, port=0)
    pki.password_file.write_text(f"{PASSWORD}\n")
    shutil.copy(INPUTS / "form.pdf", "form.pdf")
    shutil.copy(INPUTS / "result.pdf", "draft.pdf")
    given = commands(tmp_path, pki.port)
    assert [line[1] for line in given if line[0] == "pki"] == ["prove"] * 5
    with pki.serve():
        for line in given:
            assert main(line) == 0, (line, capsys.readouterr().err)
    capsys.readouterr()
    dossier = next(Path().glob("*.asice"))
    around = ["--trust", "pki/trust", "--register", "sqlite:///register.db"]
    assert main(["audit", str(dossier), "--json", *around]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["dossier"]["complete"]) == ("valid", True)
    assert [step["step"] for step in told["dossier"]["steps"]] == ["receive", "appraise", "approve", "sign", "return"]
    assert {s["baseline"] for s in told["signatures"]} == {"B-LT"}
    assert not [f for f in told["findings"] if f["severity"] != "info"]


@pytest.mark.parametrize(
    ("draft", "name", "code"), [("{}", "approver", "dossier.draft-malformed"), (None, "approver", "input.unreadable")]
)
def test_what_is_no_draft_is_not_proven(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], draft: str | None, name: str, code: str
) -> None:
    path = tmp_path / "step.json"
    if draft is not None:
        path.write_text(draft)
    assert main(["pki", "prove", str(world.pki.folder), "--draft", str(path), "--as", name]) != 0
    assert code in capsys.readouterr().err
