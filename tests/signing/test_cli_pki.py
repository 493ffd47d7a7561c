"""`signing pki` as a process: init, serve until a signal, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from signing.dev.pki import DevPki

from ..patience import HANG_S

COMMAND = [sys.executable, "-m", "signing", "pki"]
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error"}


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=HANG_S
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | int]:
    """What `signing pki init DIR --port 0 --json` says on stdout, its only line."""
    folder = tmp_path_factory.mktemp("cli") / "pki"
    done = run("init", folder, "--port", "0", "--json")
    assert done.returncode == 0, done.stderr
    assert "pki" in done.stderr
    return json.loads(done.stdout)


def test_init_makes_a_pki_that_opens_with_its_own_password_file(made: dict[str, str | int]) -> None:
    pki = DevPki.open(Path(str(made["folder"])))
    assert pki.port == made["port"]
    assert made["tsa"] == pki.tsa_url
    assert Path(str(made["trust"])) == pki.trust_folder
    assert len(Path(str(made["password_file"])).read_text().strip()) >= 20
    assert pki.signer("official").certificate


def test_init_never_touches_what_is_there(made: dict[str, str | int]) -> None:
    before = {p: p.read_bytes() for p in Path(str(made["folder"])).rglob("*") if p.is_file()}
    done = run("init", str(made["folder"]))
    assert done.returncode == 2
    assert "devpki.exists" in done.stderr
    assert done.stdout == ""
    assert before == {p: p.read_bytes() for p in Path(str(made["folder"])).rglob("*") if p.is_file()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_until_a_signal_and_ends_with_status_0(made: dict[str, str | int], number: int) -> None:
    pki = DevPki.open(Path(str(made["folder"])))
    served = subprocess.Popen(
        [*COMMAND, "serve", pki.folder, "--json"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as a shell does in the background
    )
    try:
        assert served.stdout is not None
        assert select.select([served.stdout], [], [], HANG_S)[0], "no line"
        assert json.loads(served.stdout.readline())["port"] == pki.port
        pki.tsa().timestamp(bytes(32))
        taken = run("serve", pki.folder)
        assert taken.returncode == 2
        assert "devpki.port" in taken.stderr
        served.send_signal(number)
        _, errors = served.communicate(timeout=HANG_S)
    finally:
        served.kill()
        served.wait()
    assert served.returncode == 0
    assert "Traceback" not in errors


def test_serving_a_folder_that_is_no_pki_is_a_usage_error(tmp_path: Path) -> None:
    done = run("serve", tmp_path)
    assert done.returncode == 2
    assert "input.unreadable" in done.stderr
