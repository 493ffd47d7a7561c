"""Taking a step once and losing nothing: real processes that race, and that are killed at the worst moments."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from signing.dossier.dossier import Dossier
from signing.dossier.rules import Decision, State, Step
from signing.errors import RefusedError

from ..patience import HANG_S
from ..world import PASSWORD, World
from .office import CODE, Office

ROOT = Path(__file__).parents[2]

_TAKER = """
import os, signal, sys
from pathlib import Path
from signing.dossier import store as dossier_store
from signing.dev.pki import DevPki
from signing.dossier.dossier import Decision, Dossier, Step
from signing.errors import SigningError
from signing.dossier.register import Register
from tests.signing.office import Office
from tests.world import World

pki_folder, path, register, moment = sys.argv[1:5]
note = sys.argv[5] if len(sys.argv) > 5 else ""
pki = DevPki.open(Path(pki_folder), lambda _: os.environ["PKI_PASSWORD"])
office = Office.make(World(pki=pki), Path(path).parent, register=False)
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if moment == "before-register":
    dossier_store._enter = die
elif moment == "after-register":
    dossier_store._put_in_place = die
elif moment == "half-written":
    dossier_store.write_file = lambda target, data: (Path(target).write_bytes(data[:100]), die())
opened = Register.open(register) if register else None
around = {"trust": pki.trust(), "tsa": pki.tsa(), "register": opened}
draft = Dossier.open(path, **around).prepare(Step.APPRAISE, decision=Decision.ELIGIBLE, note=note)
signer = office.signer("appraiser")
proof = office.proof(draft, signer)
if moment == "race":
    print("ready", flush=True)
    sys.stdin.readline()
try:
    draft.sign(signer, proof)
    print("won")
except SigningError as e:
    print(e.code)
"""


@pytest.fixture
def office(world: World, tmp_path: Path) -> Iterator[Office]:
    with Office.make(world, tmp_path) as made:
        yield made


def take(
    office: Office, dossier: Dossier, moment: str, *, register: bool = True, note: str = ""
) -> subprocess.Popen[str]:
    """A process that appraises `dossier`."""
    url = str(office.folder / "register.sqlite") if register else ""
    return subprocess.Popen(
        [sys.executable, "-c", _TAKER, str(office.world.pki.folder), str(dossier.path), url, moment, note],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin", "PKI_PASSWORD": PASSWORD},
    )


def leftovers(office: Office) -> list[str]:
    return sorted(p.name for p in office.folder.iterdir() if p.name.startswith(".hoso"))


def test_killed_before_the_register_the_step_was_not_taken(office: Office) -> None:
    dossier = office.five_steps(until=1)
    before = dossier.path.read_bytes()
    process = take(office, dossier, "before-register")
    process.communicate(timeout=HANG_S)
    assert process.returncode == -signal.SIGKILL
    assert dossier.path.read_bytes() == before
    assert len(leftovers(office)) == 1
    again = office.open(dossier.path)
    assert again.state is State.RECEIVED
    after = office.take(again, Step.APPRAISE, decision=Decision.ELIGIBLE)
    assert office.open(after.path).state is State.APPRAISED
    assert leftovers(office) == []


def test_killed_after_the_register_the_step_is_finished_when_the_dossier_is_next_opened(office: Office) -> None:
    dossier = office.five_steps(until=1)
    before = dossier.path.read_bytes()
    process = take(office, dossier, "after-register", note="ghi chú")
    process.communicate(timeout=HANG_S)
    assert process.returncode == -signal.SIGKILL
    assert dossier.path.read_bytes() == before
    assert office.register is not None
    assert [r.seq for r in office.register.rows(CODE)] == [1, 2]
    again = office.open(dossier.path)
    assert again.state is State.APPRAISED
    assert again.steps[-1].statement is not None
    assert again.steps[-1].statement.note == "ghi chú"
    assert leftovers(office) == []
    assert office.five_steps(again).extend(collect=office.world.collect).verify().complete


def test_killed_while_writing_the_file_is_untouched(office: Office) -> None:
    dossier = office.five_steps(until=1)
    before = dossier.path.read_bytes()
    process = take(office, dossier, "half-written")
    process.communicate(timeout=HANG_S)
    assert process.returncode == -signal.SIGKILL
    assert dossier.path.read_bytes() == before
    assert office.open(dossier.path).state is State.RECEIVED
    assert office.register is not None
    assert len(office.register.rows(CODE)) == 1


@pytest.mark.parametrize("register", [True, False])
def test_two_officials_who_take_one_step_at_once_cannot_both_succeed(
    world: World, tmp_path: Path, register: bool
) -> None:
    with Office.make(world, tmp_path, register=register) as office:
        dossier = office.five_steps(until=1)
        racers = [take(office, dossier, "race", register=register, note=f"người {i}") for i in range(3)]
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        answers = sorted(racer.communicate(timeout=HANG_S)[0].strip() for racer in racers)
        assert answers.count("won") == 1
        assert set(answers) <= {"won", "dossier.moved-on", "register.taken"}
        assert len(office.open(dossier.path).steps) == 2
        assert leftovers(office) == []
        assert office.five_steps(office.open(dossier.path)).extend(collect=world.collect).verify()


def test_a_copy_of_the_file_cannot_take_the_step_a_second_time(office: Office) -> None:
    dossier = office.five_steps(until=1)
    copy = office.folder / "copy.asice"
    copy.write_bytes(dossier.path.read_bytes())
    office.take(dossier, Step.APPRAISE, decision=Decision.ELIGIBLE)
    with pytest.raises(RefusedError, match=r"register\.taken"):
        office.open(copy).prepare(Step.APPRAISE, decision=Decision.INELIGIBLE)
    with pytest.raises(RefusedError, match=r"dossier\.register-needed"):
        Dossier.open(copy, trust=office.world.pki.trust()).prepare(Step.APPRAISE, decision=Decision.INELIGIBLE)
    assert len(Dossier.open(copy).steps) == 1


def test_a_file_changed_meanwhile_is_not_overwritten(office: Office) -> None:
    dossier = office.new()
    draft = dossier.prepare(Step.RECEIVE)
    dossier.add(b"them", "thêm.txt")
    signer = office.signer("receiver")
    with pytest.raises(RefusedError, match=r"dossier\.moved-on"):
        draft.sign(signer, office.proof(draft, signer))
    assert "papers/thêm.txt" in office.open(dossier.path).file.container
    assert office.register is not None
    assert office.register.rows(CODE) == ()


def test_a_foreign_pending_file_is_left_alone(office: Office) -> None:
    dossier = office.five_steps(until=1)
    strange = dossier.path.with_name(f".{dossier.path.name}.step002-0000000000000000.pending")
    strange.write_bytes(b"not a container")
    assert office.open(dossier.path).state is State.RECEIVED
    assert strange.exists()


def pending_of(office: Office, dossier: Dossier, step: Step, **more: object) -> Path:
    """The finished container of a step that was entered, but killed before it was put in place."""
    before = dossier.path.read_bytes()
    taken = office.take(dossier, step, **more)
    last = taken.steps[-1]
    pending = dossier.path.with_name(f".{dossier.path.name}.step{last.seq:03d}-{last.signature_digest[:16]}.pending")  # type: ignore[index]
    pending.write_bytes(dossier.path.read_bytes())
    dossier.path.write_bytes(before)
    return pending


def test_the_only_copy_of_a_step_survives_a_restored_backup(office: Office) -> None:
    dossier = office.new()
    backup = dossier.path.read_bytes()
    dossier = office.take(dossier, Step.RECEIVE)
    pending = pending_of(office, dossier, Step.APPRAISE, decision=Decision.ELIGIBLE)
    dossier.path.write_bytes(backup)
    assert len(office.open(dossier.path).steps) == 2
    assert not pending.exists()


def test_another_dossier_under_the_same_name_is_not_replaced(office: Office) -> None:
    old = office.new()
    pending = pending_of(office, old, Step.RECEIVE)
    old.path.unlink()
    new = office.new(code="H26.19-261121-0009", name=old.path.name)
    assert office.open(new.path).code == "H26.19-261121-0009"
    assert pending.exists()


def test_a_step_that_is_in_place_leaves_no_copy(office: Office) -> None:
    dossier = office.new()
    pending = pending_of(office, dossier, Step.RECEIVE)
    dossier.path.write_bytes(pending.read_bytes())
    assert len(office.open(dossier.path).steps) == 1
    assert not pending.exists()
