"""Batches with keys elsewhere: one login a token and process, one authorisation for as many documents as it allows."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from signing.audit import audit_file
from signing.batch import MAX_TOGETHER, Desk, Order
from signing.batch.commit import PATIENCE
from signing.batch.group import GroupSigner
from signing.batch.run import plan_batch, run_batch, sign_files
from signing.batch.stage import Outcome
from signing.errors import RefusedError, SigningError, UsageError
from signing.journal import NAME
from signing.policy import Baseline
from signing.signer import BatchSigner, Signer

from ..world import World
from .cms_makers import make_key, make_leaf
from .csc_loopback import refuse, running
from .csc_person import Person
from .csc_server import CscService
from .pdf_shapes import one_page
from .softhsm import PIN, SoftHsm, uri

PAGE = one_page()


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(7):
        (folder / f"{number}.pdf").write_bytes(one_page(catalog=f"/Lang (x{number})"))
    (folder / "note.txt").write_text("ghi chú")
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def intact(out: Path) -> int:
    """How many outputs hold in themselves."""
    signed = [p for p in out.iterdir() if p.suffix == ".pdf"]
    assert all(audit_file(p).signatures[0].intact for p in signed)
    return len(signed)


# --- remote keys -----------------------------------------------------------------------------------------------------


def test_a_remote_key_signs_as_many_documents_at_once_as_it_takes_and_asks_once_for_each_group(
    letters: Path, out: Path
) -> None:
    """Eight files, three at a time: three authorisations, three one-time passwords, eight values."""
    with running(CscService(otp=True, multisign=3)) as service:
        person = Person()
        outcomes = list(sign_files([letters], out, Order(key=service.uri()), person, jobs=2))
        calls = [len(values["hash"]) for method, values in service.calls if method == "signatures/signHash"]
    assert [o.error for o in outcomes] == [None] * 8
    assert calls == [3, 3, 2]
    assert person.prompts.count("OTP") == 3
    assert intact(out) == 7
    shutil.copy(letters / "note.txt", out)
    assert audit_file(out / "note.txt.p7s").signatures[0].intact


def test_a_group_that_the_person_declines_signs_nothing_and_ends_the_run_without_asking_again(
    letters: Path, out: Path
) -> None:
    with running(CscService(multisign=50)) as service:
        service.faults["credentials/authorize"] = [refuse(400, "access_denied", "declined")] * 9
        key = Order(key=service.uri())
        with pytest.raises(SigningError) as e:
            list(sign_files([letters], out, key, Person()))
        asked = service.methods().count("credentials/authorize")
    assert e.value.code == "bulk.stopped"
    assert str(PATIENCE) in e.value.text
    assert asked == 1
    assert [p.name for p in out.iterdir()] == [NAME]


def test_a_resumed_run_asks_the_remote_key_for_what_is_missing_alone(letters: Path, out: Path) -> None:
    with running(CscService(multisign=3)) as service:
        how = Order(key=service.uri(), resume=True)
        with plan_batch([letters], out, how) as plan, run_batch(plan, how, Person()) as outcomes:
            for _ in range(3):  # the first group, and the run is given up
                next(outcomes)
        done = intact(out)
        service.calls.clear()
        assert [o.error for o in sign_files([letters], out, how, Person())] == [None] * 8
        calls = [len(values["hash"]) for method, values in service.calls if method == "signatures/signHash"]
    assert done == 3
    assert sum(calls) == 5
    assert intact(out) == 7


def test_documents_that_are_the_same_are_signed_with_one_value(out: Path, tmp_path: Path) -> None:
    folder = tmp_path / "same"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.pdf").write_bytes(PAGE)
    with running(CscService()) as service:
        assert [o.error for o in sign_files([folder], out, Order(key=service.uri()), Person())] == [None] * 3
        (sent,) = [values["hash"] for method, values in service.calls if method == "signatures/signHash"]
    assert len(sent) == 1
    assert len({p.read_bytes() for p in out.glob("*.pdf")}) == 1


def test_a_remote_key_makes_b_t_with_one_authorisation(world: World, letters: Path, out: Path) -> None:
    with running(CscService(multisign=50)) as service:
        how = Order(key=service.uri(), baseline=Baseline.B_T, tsa_url=world.pki.tsa_url)
        assert [o.error for o in sign_files([letters], out, how, Person())] == [None] * 8
        assert service.methods().count("signatures/signHash") == 1
    assert {audit_file(out / f"{n}.pdf").signatures[0].baseline for n in range(7)} == {"B-T"}


class Many:
    """A key that signs many at once; what it was asked for is kept."""

    def __init__(self, signer: Signer) -> None:
        self.certificate, self.chain, self.algorithm = signer.certificate, signer.chain, signer.algorithm
        self._signer = signer
        self.asked: list[int] = []
        self.answers_too_few = False

    def sign(self, data: bytes) -> bytes:
        self.asked.append(1)
        return self._signer.sign(data)

    def sign_many(self, data: list[bytes]) -> list[bytes]:
        self.asked.append(len(data))
        values = [self._signer.sign(d) for d in data]
        return values[1:] if self.answers_too_few else values


@pytest.fixture
def many(world: World) -> Many:
    return Many(world.pki.signer("receiver"))


def test_a_value_that_was_not_asked_for_beforehand_is_asked_for_alone(many: Many) -> None:
    assert isinstance(many, BatchSigner)
    group = GroupSigner(many)
    group.rehearse([lambda: group.sign(b"a"), lambda: group.sign(b"b"), lambda: group.sign(b"a")])
    group.sign(b"a")
    group.sign(b"b")
    group.sign(b"c")
    assert many.asked == [2, 1]
    assert (group.certificate, group.chain, group.algorithm) == (many.certificate, many.chain, many.algorithm)
    group.rehearse([])
    assert many.asked == [2, 1]


def test_a_key_that_answers_too_few_values_is_believed_none(many: Many) -> None:
    many.answers_too_few = True
    group = GroupSigner(many)
    group.rehearse([lambda: group.sign(b"a"), lambda: group.sign(b"b")])
    for data in (b"a", b"b"):
        with pytest.raises(SigningError) as e:
            group.sign(data)
        assert e.value.code == "signature.self-check"


def test_a_file_that_cannot_be_signed_does_not_keep_its_group_from_the_key(
    world: World, letters: Path, out: Path, many: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    (letters / "3.pdf").write_bytes(b"%PDF-1.7 broken")
    monkeypatch.setattr("signing.batch.open_signer", lambda *_, **__: many)
    outcomes = {o.source.name: o for o in sign_files([letters], out, Order(key="x"))}
    assert many.asked == [7]
    error = outcomes["3.pdf"].error
    assert error is not None
    assert error.code.startswith("pdf.")
    assert intact(out) == 6
    assert Desk(Order(key="x"), None).together == MAX_TOGETHER


# --- tokens ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    made = SoftHsm.create(tmp_path_factory.mktemp("hsm"))
    made.token("Bó hồ sơ")
    made.key("Bó hồ sơ", make_key("p256"), "01")
    made.certificate("Bó hồ sơ", make_leaf("p256"), "01")
    yield made
    gc.collect()


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_pin_of_a_token_is_asked_for_once_and_each_process_logs_in_by_itself(
    hsm: SoftHsm, letters: Path, out: Path, jobs: int
) -> None:
    gc.collect()
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return PIN

    outcomes: list[Outcome] = list(sign_files([letters], out, Order(key=uri("Bó hồ sơ", "id=%01")), ask, jobs=jobs))
    assert [o.error for o in outcomes] == [None] * 8
    assert len(asked) == 1
    assert intact(out) == 7
    assert PIN not in (out / NAME).read_text()


def test_a_wrong_pin_is_tried_once_for_a_whole_batch(hsm: SoftHsm, letters: Path, out: Path) -> None:
    gc.collect()
    tried: list[str] = []

    def ask(prompt: str) -> str:
        tried.append(prompt)
        return "sai-mã-pin"

    with pytest.raises((UsageError, RefusedError)) as e:
        list(sign_files([letters], out, Order(key=uri("Bó hồ sơ", "id=%01")), ask, jobs=2))
    assert e.value.code.startswith("pkcs11.pin-")
    assert len(tried) == 1
    assert list(out.iterdir()) == []
