"""What the processes of the bulk tests do: each is a real process with its own connections.

    python -m tests.eid.registry.bulk_hands bulk URL KEYS SOURCE TARGET [WHERE BATCH]

issues for every line of SOURCE and kills itself at a place of a batch, when one is named, or after BATCH seconds of its
own computing, with `anywhere` for WHERE; `single` issues one by one.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from eid import AuthenticationLevel, Evidence, Issuer, KeySet, Level, bulk
from eid.bulk import BulkOptions, BulkProgress
from eid.registry import open_registry

from ..made import AUDIENCE, ISSUER, LEVEL_TWO, PERSON
from .hands import PASSWORD

OPTIONS = BulkOptions(level=Level.TWO, audience=AUDIENCE, auth_level=AuthenticationLevel.THREE, life_s=600)
BATCH = 25
_append = bulk.append


def die() -> None:
    """As if the machine had stopped."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_in_batch(where: str, batch: int) -> None:
    """Arrange to be killed when the rows of a batch are committed: before, amid or after its tokens are written."""
    left = [batch]

    def append(out: BinaryIO, answers: list[bytes], target: str | os.PathLike[str]) -> None:
        left[0] -= 1
        if left[0]:
            return _append(out, answers, target)
        text = b"\n".join([*answers, b""])
        if where != "before":
            out.write(text[: len(text) // 2] if where == "amid" else text)
            out.flush()
        return die()

    bulk.append = append


def say(progress: BulkProgress) -> None:
    print(progress.lines, flush=True)


def main(task: str, url: str, keys: str, source: str, target: str, where: str = "", batch: str = "0") -> None:
    bulk.BATCH = BATCH
    if where in ("before", "amid", "after"):
        die_in_batch(where, int(batch))
    own = KeySet.load(Path(keys), lambda _: PASSWORD)
    with open_registry(url, own) as registry:
        issuer = Issuer(ISSUER, own, registry=registry.issuance)
        print("ready", flush=True)
        sys.stdin.readline()
        if where == "anywhere":  # the system ends it, as SIGKILL does
            signal.setitimer(signal.ITIMER_PROF, float(batch))
        if task == "bulk":
            bulk.issue_many(issuer, source, target, OPTIONS, progress=say)
            return
        evidence = [Evidence(kind=item.kind, method=item.method, time=item.time) for item in LEVEL_TWO]
        with Path(target).open("w") as out:
            for _ in range(40):
                token = issuer.issue(
                    PERSON, Level.TWO, audience=AUDIENCE, auth_level=AuthenticationLevel.THREE, evidence=evidence
                )
                out.write(token + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
