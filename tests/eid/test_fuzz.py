"""The fuzzing harness itself: its seeds are good, quick mutations of them find nothing, and it misses no parser."""

from __future__ import annotations

import importlib
import random
from pathlib import Path

import pytest

import eid

from ..fuzz.run import GROUPS
from ..fuzz.target import Target, corpus, one_input, survive

ROOM = Path(eid.__file__).parent
MUTATIONS = 40  # of each seed


def targets_of(group: str) -> tuple[Target, ...]:
    found: tuple[Target, ...] = importlib.import_module(f"tests.fuzz.fuzz_{group}").TARGETS
    return found


def mutated(data: bytes, draw: random.Random) -> bytes:
    """One or a few of the things that go wrong with bytes."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 5))):
        place = draw.randrange(len(changed) + 1)
        kind = draw.randrange(5)
        if kind == 0:
            changed[place:place] = draw.randbytes(draw.choice((1, 2, 9)))
        elif kind == 1:
            del changed[place : place + draw.choice((1, 2, 40))]
        elif kind == 2 and place < len(changed):
            changed[place] ^= 1 << draw.randrange(8)
        elif kind == 3:
            changed[place:place] = changed[: draw.choice((3, 30))]
        else:
            changed[place : place + 1] = draw.choice((b"\x00", b"\xff", b"{", b"[", b'"', b"-", b"9" * 30, b"null"))
    return bytes(changed)


@pytest.mark.parametrize("group", GROUPS)
def test_every_target_takes_a_seed_and_its_mutations_bring_out_our_errors_alone(group: str) -> None:
    draw = random.Random(group)
    for target in targets_of(group):
        assert any(survive(target, seed) for seed in target.seeds) or target.name in HARD, target.name
        for seed in target.seeds:
            for _ in range(MUTATIONS):
                survive(target, mutated(seed, draw))


# whose seeds are refused, because a whole input would have to be found rather than made
HARD = {"header", "address"}


def test_the_first_byte_chooses_the_parser() -> None:
    calls: list[tuple[str, bytes]] = []
    targets = [Target(name, lambda data, name=name: calls.append((name, data)), (b"x",)) for name in "ab"]
    run = one_input(targets)
    for seed in (*corpus(targets), b"\x02y", b""):
        run(seed)
    assert calls == [("a", b"x"), ("b", b"x"), ("a", b"y")]


def test_anything_but_our_errors_is_a_finding() -> None:
    with pytest.raises(ZeroDivisionError):
        one_input([Target("broken", lambda data: 1 // len(data), ())])(b"\x00")
