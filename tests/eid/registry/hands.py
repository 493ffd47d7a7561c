"""What the processes of the concurrency tests do: each is a real process with its own connections.

    python -m tests.eid.registry.hands TASK URL KEYS ACCOUNT ROUNDS

prints a line for every act that was committed, once it was committed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from eid import AuthenticationLevel, EidError, Issuer, KeySet, Level
from eid.accounts import Asker
from eid.registry import Registry, open_registry

from ..made import ISSUER, LEVEL_TWO, clock
from .scene import HOLDER, MANAGER, numbered, one

PASSWORD = "hands"


def raising(registry: Registry, account: str, n: int) -> None:
    """Raise, then renew."""
    book = registry.accounts
    try:
        book.raise_level(account, Level.TWO, evidence=LEVEL_TWO)
    except EidError as e:
        if e.code != "account.level":
            raise
        book.renew(account, evidence=LEVEL_TWO)


def locking(registry: Registry, account: str, n: int) -> None:
    """Lock, or unlock if it is locked."""
    book = registry.accounts
    try:
        book.lock(account, "own-request", by=HOLDER)
    except EidError as e:
        if e.code != "account.locked-already":
            raise
        book.unlock(account, "own-request", by=HOLDER)


def issuing(registry: Registry, account: str, n: int) -> str:
    """Issue a token on the account's word."""
    issuer = Issuer(ISSUER, registry.keys, clock=clock(), registry=registry.issuance)
    return issuer.issue_for(account, audience="H26.19", auth_level=AuthenticationLevel.TWO)


def registering(registry: Registry, account: str, n: int) -> str:
    """One account more; several processes try the same numbers."""
    return one(registry, numbered(n)).id


def checking(registry: Registry, account: str, n: int) -> str:
    """A checkpoint in the middle of it all."""
    return registry.accounts.checkpoint().token


def cancelling(registry: Registry, account: str, n: int) -> None:
    """All try; one wins."""
    registry.accounts.cancel(account, "registered-in-error", by=MANAGER)


def acting(registry: Registry, account: str, n: int) -> None:
    """The first of two accounts is locked or unlocked on behalf of it by the second."""
    holder, actor = account.split("/")
    act = registry.accounts.unlock if n % 2 else registry.accounts.lock
    act(holder, "own-request", by=Asker.REPRESENTATIVE, actor=actor)


TASKS: dict[str, Callable[[Registry, str, int], str | None]] = {
    task.__name__: task for task in (raising, locking, issuing, registering, checking, cancelling, acting)
}


def main(task: str, url: str, keys: str, account: str, rounds: str) -> None:
    run = TASKS[task]
    with open_registry(url, KeySet.load(Path(keys), lambda _: PASSWORD), clock=clock()) as registry:
        print("ready", flush=True)
        sys.stdin.readline()
        for n in range(int(rounds)):
            try:
                print(json.dumps({"done": task, "result": run(registry, account, n)}), flush=True)
            except EidError as e:
                print(json.dumps({"refused": task, "code": e.code}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
