"""The fuzzing harness itself: its seeds are good, quick mutations of them find nothing, and it misses no parser."""

from __future__ import annotations

import ast
import importlib
import random
import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import eid

from ..fuzz.run import GROUPS
from ..fuzz.target import Target, corpus, one_input, survive

ROOM = Path(eid.__file__).parent
MUTATIONS = 40  # of each seed
PARSER = re.compile(
    r"(parse|open|decode|inflate|reveal|repair|unb64url|verify)(_\w+)?|(read|load)_\w+|load|from_(jwks?|claims?|json)"
    r"|\w+_unverified|unverified_\w+|holder_key|check_proof|decrypt_pem"
)
# what takes no untrusted bytes, or takes them from one of the parsers alone
NOT_FUZZED = {
    "bulk_files.open_binary": "opens a file of the caller's choice",
    "files.read_file": "reads a file of the caller's choice; what is in it goes to a parser",
    "keyfile.read_keys": "behind KeySet.load",
}


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
HARD = {"address", "ledger"}


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


def _parsers() -> set[str]:
    """The public functions of `eid` that read something, by the house's own names for that."""
    found = set()
    for path in ROOM.rglob("*.py"):
        module = ".".join(path.relative_to(ROOM).with_suffix("").parts).removesuffix(".__init__")
        if module.split(".")[0] in {"cli", "messages", "console", "registry", "testing", "inspection"}:
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not _is_protocol(node):
                found |= {f"{module}.{node.name}.{name}" for name in _parsers_of(node.body)}
        found |= {f"{module}.{name}" for name in _parsers_of(ast.parse(path.read_text()).body)}
    return found


def _parsers_of(body: list[ast.stmt]) -> set[str]:
    return {each.name for each in body if isinstance(each, ast.FunctionDef) and PARSER.fullmatch(each.name)}


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base) == "Protocol" for base in node.bases)


def _forget_answers() -> None:
    """Empty what functions remember, so that they run again."""
    for name, module in list(sys.modules.items()):
        if name.startswith("eid."):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def test_no_parser_is_missed() -> None:
    """Every parser runs while the seeds do: a new one needs a target."""
    called: set[str] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            name = frame.f_globals.get("__name__", "")
            if name.startswith("eid."):
                called.add(f"{name.removeprefix('eid.')}.{frame.f_code.co_qualname}")

    groups = [targets_of(group) for group in GROUPS]
    _forget_answers()
    sys.setprofile(note)
    try:
        for targets in groups:
            for target in targets:
                for seed in target.seeds:
                    survive(target, seed)
    finally:
        sys.setprofile(None)
    assert _parsers() - called - NOT_FUZZED.keys() == set()
    assert NOT_FUZZED.keys() - called - _parsers() == set()
