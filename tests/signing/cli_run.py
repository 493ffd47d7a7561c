"""Running `signing` as a person does: arguments in; exit status, stdout and stderr out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signing.cli import main

ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "error", "PYTHONPATH": os.pathsep.join(sys.path)}
COMMAND = [sys.executable, "-m", "signing"]


@dataclass(frozen=True)
class Ran:
    """What a run left: its exit status and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on stdout."""
        (line,) = self.out.splitlines()
        return json.loads(line)


def run(*arguments: str | Path) -> Ran:
    """In this process; argparse's own exits count too."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([os.fspath(a) for a in arguments])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
    return Ran(status, out.getvalue(), err.getvalue())


def process(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """In a process of its own, bytes in and out."""
    return subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        check=False,
        timeout=120,
    )


def assert_told(ran: Ran, status: int, code: str) -> None:
    """A failure: its status, its code, one sentence in each language, nothing on stdout, no traceback."""
    assert (ran.status, code in ran.err) == (status, True), ran
    assert "Traceback" not in ran.err
    english, vietnamese, *_ = ran.err.splitlines()
    assert english.endswith(f"[{code}]"), ran.err
    assert vietnamese.partition(": ")[2]
    assert ran.out == ""


@contextmanager
def leaving_nothing(folder: Path) -> Iterator[None]:
    """No file in `folder` appears or changes, hidden ones included."""
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    yield
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
