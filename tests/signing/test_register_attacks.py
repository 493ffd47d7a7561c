"""Registers edited by hand, receipts from elsewhere, drafts that change registers, and looking without touching."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from signing.asice.container import Container
from signing.audit import audit_file
from signing.dossier.dossier import Dossier, Draft
from signing.dossier.receipt import Receipt
from signing.dossier.register import Register
from signing.dossier.rules import Decision, Step
from signing.errors import RefusedError, SigningError, UsageError
from signing.report import Verdict

from ..world import World
from .office import CODE, Office
from .test_dossier_forged import Insider, files_of, judge, without


@pytest.fixture(scope="module")
def office(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.make(world, tmp_path_factory.mktemp("registers")) as made:
        yield made


@pytest.fixture(scope="module")
def finished(office: Office) -> Dossier:
    done = office.five_steps().extend(collect=office.world.collect)
    assert office.register is not None
    office.register.timestamp_head(office.world.pki.tsa())
    return done


@contextmanager
def edited(office: Office, path: Path, *statements: str) -> Iterator[Register]:
    """A copy of the office's register after somebody with the file has dropped its triggers and edited it."""
    with closing(sqlite3.connect(office.folder / "register.sqlite")) as real, closing(sqlite3.connect(path)) as copy:
        real.backup(copy)
        for table in ("entries", "timestamps"):
            for act in ("update", "delete"):
                copy.execute(f"DROP TRIGGER register_{table}_no_{act}")
        for statement in statements:
            copy.execute(statement)
        copy.commit()
    with Register.open(path, create=False) as register:
        yield register


# --- receipts ---------------------------------------------------------------------------------------------------------


def kept(office: Office, seq: int) -> Receipt:
    assert office.register is not None
    receipt = office.register.receipt(CODE, seq)
    assert receipt is not None
    return receipt


def test_an_old_receipt_with_a_file_cut_to_fit_proves_nothing(finished: Dossier, office: Office) -> None:
    judged = judge(without(files_of(finished), 5), office, receipt=kept(office, 4))
    assert judged.codes == {"dossier.head-unproven"}
    assert judged.found.dossier is not None
    assert not judged.found.dossier.complete


def test_a_receipt_of_another_register_proves_nothing(finished: Dossier, office: Office) -> None:
    foreign = replace(kept(office, 5), register="f" * 32)
    judged = judge(files_of(finished), office, receipt=foreign)
    assert judged.codes == {"register.other", "dossier.head-unproven"}
    assert judged.found.dossier is not None
    assert not judged.found.dossier.complete


@pytest.mark.parametrize(
    ("seq", "change"), [(5, {"number": 1}), (3, {"digest": "0" * 64}), (2, {"number": 999}), (0, {}), (-1, {})]
)
def test_a_receipt_that_the_file_contradicts(
    finished: Dossier, office: Office, seq: int, change: dict[str, object]
) -> None:
    forged = replace(kept(office, max(seq, 1)), seq=seq, **change)  # type: ignore[arg-type]
    assert "dossier.forked" in judge(files_of(finished), office, receipt=forged).codes


@pytest.mark.parametrize("change", [{"signature": "0" * 64}, {"dossier": "H26.19-261121-9999"}, {"seq": 3}])
def test_a_register_disowns_a_receipt_with_a_digest_of_its_own(
    finished: Dossier, office: Office, change: dict[str, object]
) -> None:
    assert office.register is not None
    real = kept(office, 5)
    assert office.register.audit(receipts=iter([real])) == ()
    forged = replace(real, **change)  # type: ignore[arg-type]
    assert {f.code for f in office.register.audit(receipts=[forged])} == {"register.rewritten"}


def test_a_fork_gets_no_receipt(finished: Dossier, office: Office, tmp_path: Path) -> None:
    fork = tmp_path / "fork.asice"
    fork.write_bytes(Container(MappingProxyType(Insider(office).sign(without(files_of(finished), 5)))).to_bytes())
    assert finished.receipt is not None
    assert office.open(fork).receipt is None


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_is_signed_only_with_the_register_that_it_names(office: Office, tmp_path: Path) -> None:
    new = office.new(code="H26.19-261121-0201", name="201.asice")
    signer = office.signer("receiver")
    other = tmp_path / "other.sqlite"
    with Register.open(other) as elsewhere:
        around: list[dict[str, object]] = [
            office.around(),
            {**office.around(), "register": None},
            {**office.around(), "register": elsewhere},
        ]
        for prepared in range(3):
            for signed in range(3):
                if prepared == signed:
                    continue
                Dossier.open(new.path, **around[prepared]).prepare(Step.RECEIVE).save(tmp_path / "draft")  # type: ignore[arg-type]
                draft = Draft.load(tmp_path / "draft", Dossier.open(new.path, **around[signed]))  # type: ignore[arg-type]
                with pytest.raises(RefusedError, match=r"dossier\.moved-on"):
                    draft.sign(signer, office.proof(draft, signer))
        assert elsewhere.rows(new.code) == ()
    assert office.register is not None
    assert office.register.rows(new.code) == ()
    assert office.take(office.open(new.path), Step.RECEIVE).receipt is not None


def test_a_draft_with_a_forged_receipt_is_refused(office: Office, tmp_path: Path) -> None:
    dossier = office.five_steps(office.new(code="H26.19-261121-0202", name="202.asice"), until=1)
    draft = dossier.prepare(Step.APPRAISE, decision=Decision.ELIGIBLE, note="đủ")
    value = json.loads(draft.statement)
    value["receipt"]["digest"] = "0" * 64
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    forged, signer = replace(draft, statement=text), office.signer("appraiser")
    with pytest.raises(RefusedError, match=r"dossier\.moved-on"):
        forged.sign(signer, office.proof(forged, signer))


# --- the database -----------------------------------------------------------------------------------------------------


def test_a_dossier_cut_together_with_its_entry(finished: Dossier, office: Office, tmp_path: Path) -> None:
    statement = f"DELETE FROM register_entries WHERE dossier = '{CODE}' AND seq = 5"
    with edited(office, tmp_path / "r.sqlite", statement) as register:
        judged = judge(without(files_of(finished), 5), replace(office, register=register), register=True)
    assert judged.codes == {"dossier.register-broken"}
    assert judged.found.dossier is not None
    assert not judged.found.dossier.complete


def test_an_entry_changed_to_fit(finished: Dossier, office: Office, tmp_path: Path) -> None:
    statement = f"UPDATE register_entries SET recorded = '2020-01-01T00:00:00+00:00' WHERE dossier = '{CODE}'"
    with edited(office, tmp_path / "r.sqlite", statement) as register:
        judged = judge(files_of(finished), replace(office, register=register), register=True)
        assert "register.changed" in {f.code for f in register.audit()}
    assert judged.codes == {"dossier.register-broken"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register_entries SET event = x'ff00' WHERE number = 2",
        "UPDATE register_entries SET signature = x'00' WHERE number = 2",
        "UPDATE register_entries SET seq = 'abc' WHERE number = 3",
        "UPDATE register_entries SET recorded = 5 WHERE number = 3",
        "UPDATE register_timestamps SET token = 'text'",
        "UPDATE register_timestamps SET number = 'x'",
        "UPDATE register_timestamps SET digest = x'00'",
        "UPDATE register_head SET number = 'zzz'",
        "UPDATE register_head SET digest = x'00'",
        "UPDATE register_head SET register = x'00'",
    ],
)
def test_values_of_a_wrong_kind_are_found_and_never_raise(
    finished: Dossier, office: Office, tmp_path: Path, statement: str
) -> None:
    with edited(office, tmp_path / "r.sqlite", statement) as register:
        assert register.audit(receipts=[kept(office, 5)])
        judged = judge(files_of(finished), replace(office, register=register), register=True)
        assert judged.found.dossier is not None
        assert not judged.found.dossier.complete or "timestamps" in statement or "head" in statement


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM register_head",
        "DROP TABLE register_timestamps",
        "DROP TABLE register_entries",
        "UPDATE register_schema SET version = 'x'",
        "UPDATE register_entries SET recorded = CAST(x'ff' AS TEXT) WHERE number = 2",
    ],
)
def test_a_ruined_register_is_one_of_our_errors(
    finished: Dossier, office: Office, tmp_path: Path, statement: str
) -> None:
    with pytest.raises(SigningError), edited(office, tmp_path / "r.sqlite", statement) as register:
        register.audit()


def test_an_audit_makes_no_register_in_a_database_of_something_else(finished: Dossier, tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE x (a)")
        raw.commit()
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"register\.not-found"):
        audit_file(finished.path, register=str(path))
    with closing(sqlite3.connect(path)) as raw:
        assert [name for (name,) in raw.execute("SELECT name FROM sqlite_master")] == ["x"]
    empty = tmp_path / "empty.sqlite"
    empty.touch()
    with pytest.raises(UsageError, match=r"register\.not-found"):
        Register.open(empty, create=False)
    assert before[:16] == path.read_bytes()[:16]


def test_the_untouched_register_is_whole(finished: Dossier, office: Office, tmp_path: Path) -> None:
    with edited(office, tmp_path / "r.sqlite") as register:
        judged = judge(files_of(finished), replace(office, register=register), register=True)
        assert register.audit() == ()
    assert (judged.verdict, judged.codes) == (Verdict.VALID, set())
    assert judged.found.dossier is not None
    assert judged.found.dossier.complete
