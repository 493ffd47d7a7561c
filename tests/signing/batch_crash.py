"""A batch that ends, as if killed, at its n-th step on the disk, for every n; run by a test in a process of its own.

Every opening, writing, synchronising, linking, renaming, removing and making of a folder below the output folder is a
step. After each crash the run is resumed, and what was finished or in the journal before has to be there unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from signing.audit import audit_file
from signing.batch import Order
from signing.batch.run import plan_batch, run_batch
from signing.journal import NAME

EVENTS = {"open", "os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
CRASHED = 9


def crash_at(step: int, out: Path) -> None:
    """End this process at its `step`-th step. Cannot be undone."""
    left = step

    def count() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os._exit(CRASHED)

    def audit(event: str, args: tuple[Any, ...]) -> None:
        if event in EVENTS and (str(args[0]).startswith(str(out)) or event == "os.truncate"):
            count()

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any) -> Any:
            count()
            return call(*args)

        return wrapped

    sys.addaudithook(audit)
    os.fsync = counted(os.fsync)
    whole = os.write

    def torn(handle: int, data: bytes) -> int:
        """A write is two steps: half of it, then the rest."""
        count()
        half = whole(handle, data[: len(data) // 2])
        count()
        return half + whole(handle, data[half:])

    os.write = torn  # type: ignore[assignment]


def batch(source: Path, out: Path, order: Order, password: str) -> list[str]:
    """Run; the codes and reasons of what was not made."""
    with plan_batch([source], out, order) as plan, run_batch(plan, order, lambda _: password) as outcomes:
        return [o.error.code if o.error else o.reason for o in outcomes]


def journaled(out: Path) -> dict[str, list[str]]:
    """Digests of outputs in whole lines of the journal."""
    made: dict[str, list[str]] = {}
    path = out / NAME
    for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else ():
        value = json.loads(line)
        if "output_sha256" in value:
            made.setdefault(value["output"], []).append(value["output_sha256"])
    return made


def finished(out: Path) -> dict[str, bytes]:
    """Outputs under their own names."""
    return {
        str(p.relative_to(out)): p.read_bytes()
        for p in sorted(out.rglob("*"))
        if p.is_file() and p.name != NAME and not p.relative_to(out).parts[0].startswith(".signing")
    }


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def crashed(step: int, source: Path, out: Path, order: Order, password: str) -> bool:
    """Run in another process; whether the crash came before the run's end."""
    child = os.fork()
    if child == 0:
        crash_at(step, out)
        batch(source, out, order, password)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, CRASHED}, (step, status)
    return status == CRASHED


def crash_and_resume(step: int, source: Path, out: Path, key: str, password: str) -> bool:
    """A first run that crashes."""
    out.mkdir()
    again = crashed(step, source, out, Order(key=key), password)
    before, told = finished(out), journaled(out)
    for name, data in before.items():
        assert told[name] == [digest(data)], (step, name, "an output that the journal does not know")
    reasons = batch(source, out, Order(key=key, resume=True), password)
    after, told_after = finished(out), journaled(out)
    assert set(reasons) <= {"", "kept"}, (step, reasons)
    assert len(after) == len(reasons), (step, after.keys())
    assert reasons.count("kept") == len(told), (step, "signed again although the journal knew it")
    for name, data in after.items():
        assert told_after[name] == [digest(data)], (step, name)
        assert name not in told or told[name] == told_after[name], (step, name)
    assert {p.name for p in out.iterdir() if p.name.startswith(".")} == set(), step
    return again


def crash_while_replacing(step: int, source: Path, out: Path, key: str, password: str) -> bool:
    """A run that replaces the outputs of an earlier one, and crashes: each is the older or the newer one, whole."""
    out.mkdir()
    batch(source, out, Order(key=key), password)
    again = crashed(step, source, out, Order(key=key, overwrite=True), password)
    told = journaled(out)
    assert all(digest(data) in told[name] for name, data in finished(out).items()), step
    assert set(batch(source, out, Order(key=key, resume=True), password)) == {"kept"}, step
    assert all(digest(data) == journaled(out)[name][-1] for name, data in finished(out).items()), step
    return again


def main() -> None:
    """Arguments: input folder, working folder, key; the password on stdin. Prints the number of steps."""
    source, work, key = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    password, out = sys.stdin.readline().rstrip("\n"), work / "out"
    for kind in (crash_and_resume, crash_while_replacing):
        step = 0
        while kind(step, source, out, key, password):
            if step % 7 == 0:
                for name in finished(out):
                    assert [s.id for s in audit_file(out / name).signatures], (step, name)
            shutil.rmtree(out)
            step += 1
        shutil.rmtree(out)
        print(step)


if __name__ == "__main__":
    main()
