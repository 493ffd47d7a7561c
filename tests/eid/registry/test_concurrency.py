"""Many processes at one registry, and processes that are killed: nothing forks, nothing is lost, nothing half done."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from eid import Status, pkcs8
from eid.accounts import LinkKind, State
from eid.registry import Registry
from eid.registry.rows import next_epoch

from ...patience import HANG_S
from ..made import KEYS
from .hands import PASSWORD
from .scene import HOLDER, WOMAN, one, two

ROOT = Path(__file__).parents[3]


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The issuer's keys in a file that opens fast."""
    monkeypatch.setattr(pkcs8, "SCRYPT_N", 1 << 4)
    KEYS.save(tmp_path / "keys.pem", lambda _: PASSWORD)
    return tmp_path / "keys.pem"


class Hands:
    """Processes that wait until all of them are ready, then begin at once."""

    def __init__(self, url: str, keys: Path) -> None:
        self.url, self.keys = url, keys
        self.running: list[subprocess.Popen[str]] = []

    def add(self, task: str, account: str, rounds: int) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.eid.registry.hands",
            task,
            self.url,
            str(self.keys),
            account,
            str(rounds),
        ]
        self.running.append(
            subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        )

    def go(self) -> None:
        for process in self.running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in self.running:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()

    def answers(self) -> list[dict[str, Any]]:
        lines: list[str] = []
        for process in self.running:
            out, _ = process.communicate(timeout=HANG_S)
            lines += [line for line in out.splitlines() if line.endswith("}")]
        return [json.loads(line) for line in lines]


def test_many_raise_lock_issue_and_check_at_once(registry: Registry, url: str, keys: Path) -> None:
    account = one(registry).id
    hands = Hands(url, keys)
    for task, rounds in (("raising", 10), ("locking", 10), ("locking", 10), ("issuing", 15), ("checking", 3)):
        hands.add(task, account, rounds)
    hands.go()
    answers = hands.answers()
    assert len(answers) == 48
    assert {a["code"] for a in answers if "refused" in a} <= {
        "account.locked", "account.not-locked", "account.locked-already"
    }  # fmt: skip
    done = Counter(a["done"] for a in answers if "done" in a)
    assert done["checking"] == 3
    tokens = [a["result"] for a in answers if a.get("done") == "checking"]
    whole = registry.accounts.verify_history(tokens)
    assert (whole.accounts, whole.rows) == (1, 1 + done["raising"] + done["locking"])
    entries = registry.accounts.history(account)
    assert [entry.seq for entry in entries] == list(range(1, whole.rows + 1))
    locks = [entry.act for entry in entries if entry.act in ("lock", "unlock")]
    assert locks == ["lock", "unlock"] * (len(locks) // 2) + ["lock"] * (len(locks) % 2)


def test_the_same_numbers_registered_by_many_at_once(registry: Registry, url: str, keys: Path) -> None:
    hands = Hands(url, keys)
    for _ in range(3):
        hands.add("registering", "-", 12)
    hands.go()
    answers = hands.answers()
    won = [a["result"] for a in answers if "done" in a]
    assert len(won) == len(set(won)) == 12
    assert {a["code"] for a in answers if "refused" in a} == {"account.number-used"}
    assert registry.accounts.verify_history().accounts == 12


def test_one_cancellation_wins(registry: Registry, url: str, keys: Path) -> None:
    account = two(registry).id
    hands = Hands(url, keys)
    for _ in range(3):
        hands.add("cancelling", account, 1)
    hands.go()
    answers = hands.answers()
    assert sorted(a.get("code", "") for a in answers) == ["", *["account.cancelled"] * 2]
    assert registry.accounts.verify_history().rows == 2


def test_nothing_is_valid_that_was_issued_beside_a_lock(registry: Registry, url: str, keys: Path) -> None:
    """Whatever the order was: once the account is locked, every token of it is suspended."""
    account = two(registry).id
    hands = Hands(url, keys)
    for _ in range(2):
        hands.add("issuing", account, 12)
    hands.go()
    time.sleep(0.02)
    registry.accounts.lock(account, "own-request", by=HOLDER)
    answers = hands.answers()
    assert {a["code"] for a in answers if "refused" in a} <= {"account.locked"}
    for token in (a["result"] for a in answers if "done" in a):
        kept = registry.issuance.find(_token_id(token), 0)
        assert kept.account_status is Status.SUSPENDED


def _token_id(token: str) -> str:
    from ..made import parts

    return str(parts(token)[1]["jti"])


def test_two_that_act_for_each_other_do_not_wait_for_ever(registry: Registry, url: str, keys: Path) -> None:
    first, second = two(registry).id, two(registry, WOMAN).id
    registry.accounts.represent(first, second, LinkKind.PROXY)
    registry.accounts.represent(second, first, LinkKind.PROXY)
    hands = Hands(url, keys)
    for pair in (f"{first}/{second}", f"{second}/{first}"):
        hands.add("acting", pair, 20)
    hands.go()
    codes = {answer.get("code", "done") for answer in hands.answers()}
    assert codes <= {"done", "account.locked", "account.locked-already", "account.not-locked"}
    registry.accounts.verify_history()


def test_a_checkpoint_that_was_killed_half_way_hinders_nothing(registry: Registry) -> None:
    account = one(registry).id
    with registry.database.writing() as connection:
        assert next_epoch(connection)[1] == 1  # and then the program was killed
    registry.accounts.lock(account, "own-request", by=HOLDER)
    assert registry.accounts.checkpoint().number == 2
    assert registry.accounts.verify_history().rows == 2


def test_sigkill_anywhere(registry: Registry, url: str, keys: Path) -> None:
    """What a killed process said was done is done; what it did not say is done or not, but never half."""
    account, other = one(registry).id, one(registry, WOMAN).id
    chance, said, tokens = random.Random(7), Counter[str](), list[str]()
    for _ in range(2):
        hands = Hands(url, keys)
        for task, target in (("raising", account), ("locking", other), ("issuing", account), ("registering", "-")):
            hands.add(task, target, 500)
        hands.go()
        for process in hands.running:  # each has done something
            assert select.select([process.stdout], [], [], HANG_S)[0]
        time.sleep(chance.uniform(0, 0.1))
        for process in hands.running:
            os.kill(process.pid, signal.SIGKILL)
        for answer in hands.answers():
            if "done" in answer:
                said[answer["done"]] += 1
                tokens += [answer["result"]] if answer["done"] == "issuing" else []
    whole = registry.accounts.verify_history()
    acts = registry.accounts.show(account).seq + registry.accounts.show(other).seq - 2
    assert said["raising"] + said["locking"] <= acts <= said["raising"] + said["locking"] + 4
    assert whole.accounts - 2 >= said["registering"]
    for token in tokens:  # no token without its row
        assert registry.issuance.find(_token_id(token), 0).account == account
    assert registry.accounts.show(account).state is State.ACTIVE
    assert sum(said.values()) > 0
