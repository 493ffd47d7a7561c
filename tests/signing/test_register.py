"""The register: an append-only chain under concurrency, on SQLite and PostgreSQL; what tampering leaves to be found."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from signing.dossier.receipt import Entry, Receipt
from signing.dossier.register import Register
from signing.errors import (
    MalformedError,
    MissingExtraError,
    RefusedError,
    ServiceError,
    SigningError,
    UsageError,
    VerificationError,
)
from signing.http import HttpClient
from signing.validation.file import tsa_checker

from ..patience import HANG_S
from ..world import World

CODE = "H26.19-261121-0001"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def entry(seq: int = 1, *, dossier: str = CODE, who: str = "") -> Entry:
    return Entry(
        dossier=dossier,
        seq=seq,
        event="receive",
        statement=sha(f"s{seq}{who}"),
        signature=sha(f"v{dossier}{seq}{who}"),
        timestamp=sha(f"t{seq}"),
    )


def fill(register: Register, count: int = 5, *, dossier: str = CODE) -> list[Receipt]:
    receipts, after = [], None
    for seq in range(1, count + 1):
        receipts.append(register.append(entry(seq, dossier=dossier), after=after))
        after = entry(seq, dossier=dossier).signature
    return receipts


# --- both databases ---------------------------------------------------------------------------------------------------


@pytest.fixture
def register(url: str) -> Iterator[Register]:
    with Register.open(url) as opened:
        yield opened


def test_entries_chain_and_give_receipts(register: Register) -> None:
    receipts = fill(register)
    assert [r.number for r in receipts] == [1, 2, 3, 4, 5]
    head = register.verify(receipts=receipts)
    assert (head.number, head.digest) == (5, receipts[-1].digest)
    assert [r.seq for r in register.rows(CODE)] == [1, 2, 3, 4, 5]
    assert register.receipt(CODE, 3) == receipts[2]
    assert register.receipt(CODE, 6) is None
    assert register.rows("H26.19-261121-9999") == ()


def test_reopening_keeps_everything(url: str) -> None:
    with Register.open(url) as first:
        receipts = fill(first)
    with Register.open(url) as second:
        assert second.verify(receipts=receipts).number == 5


def test_the_same_entry_again_gives_the_same_receipt(register: Register) -> None:
    receipts = fill(register, 2)
    assert register.append(entry(2), after=entry(1).signature) == receipts[1]
    assert register.head().number == 2


def test_a_step_that_is_taken_stays_taken(register: Register) -> None:
    fill(register, 2)
    with pytest.raises(RefusedError, match=r"register\.taken"):
        register.append(entry(2, who="other"), after=entry(1).signature)


@pytest.mark.parametrize(("seq", "after"), [(4, entry(2).signature), (3, None), (3, entry(1).signature), (1, None)])
def test_only_the_next_step_of_the_last_signature_is_entered(register: Register, seq: int, after: str | None) -> None:
    fill(register, 2)
    with pytest.raises(RefusedError, match=r"register\.(order|taken)"):
        register.append(entry(seq, who="x"), after=after)
    assert register.head().number == 2


def test_the_database_itself_refuses_to_change_or_delete_entries(register: Register) -> None:
    fill(register)
    for statement in ("UPDATE register_entries SET event = 'x'", "DELETE FROM register_entries"):
        with pytest.raises(sa.exc.SQLAlchemyError), register._engine.begin() as connection:
            connection.exec_driver_sql(statement)
    assert register.verify().number == 5


_RACER = """
import sys
from signing.dossier.register import Register
from signing.errors import RefusedError
from tests.signing.test_register import entry
url, who, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
won = []
with Register.open(url) as register:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        try:
            register.append(entry(1, dossier=f"H26.19-261121-{number:04d}", who=who), after=None)
            won.append(number)
        except RefusedError as e:
            assert e.code == "register.taken", e.code
print(*won)
"""


def test_of_several_processes_that_take_a_step_exactly_one_wins(url: str) -> None:
    Register.open(url).close()
    count, names = 40, ("a", "b", "c", "d")
    root = Path(__file__).parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    racers = [
        subprocess.Popen([sys.executable, "-c", _RACER, url, name, str(count)], text=True, cwd=root, **pipes)
        for name in names
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    outputs = [racer.communicate(timeout=HANG_S)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * len(names)
    won = [int(n) for output in outputs for n in output.split()]
    assert sorted(won) == list(range(count))
    with Register.open(url) as register:
        assert register.verify().number == count


# --- timestamps of the head -------------------------------------------------------------------------------------------


def test_the_head_is_timestamped(register: Register, world: World) -> None:
    fill(register, 2)
    token = register.timestamp_head(world.pki.tsa())
    fill(register, 1, dossier="H26.19-261121-0002")
    assert token.imprint == hashlib.sha256(register.rows(CODE)[1].digest.encode()).digest()
    assert register.verify(check=tsa_checker(world.pki.trust(), http=world.pki.http())).number == 3


# --- what an administrator with the file can do, and what is found ----------------------------------------------------


@pytest.fixture
def filled(tmp_path: Path, world: World) -> tuple[Path, list[Receipt]]:
    path = tmp_path / "filled.sqlite"
    with Register.open(path) as register:
        receipts = fill(register, 5)
        register.timestamp_head(world.pki.tsa())
        receipts += fill(register, 2, dossier="H26.19-261121-0002")
    return path, receipts


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        for name in ("update", "delete"):
            raw.execute(f"DROP TRIGGER register_entries_no_{name}")
            raw.execute(f"DROP TRIGGER register_timestamps_no_{name}")
        for statement in statements:
            raw.execute(statement)
        raw.commit()


def codes(path: Path, receipts: list[Receipt] | None = None) -> set[str]:
    with Register.open(path) as register:
        found = register.audit(receipts=receipts or [])
        if found:
            with pytest.raises(VerificationError, match=r"register\.broken"):
                register.verify(receipts=receipts or [])
        return {f.code for f in found}


def test_an_untouched_register_holds(filled: tuple[Path, list[Receipt]]) -> None:
    assert codes(*filled) == set()


def test_an_edited_entry_is_found(filled: tuple[Path, list[Receipt]]) -> None:
    tamper(filled[0], "UPDATE register_entries SET event = 'decline' WHERE number = 2")
    assert codes(filled[0]) == {"register.changed"}


def test_a_removed_entry_is_found(filled: tuple[Path, list[Receipt]]) -> None:
    tamper(filled[0], "DELETE FROM register_entries WHERE number = 3")
    assert "register.missing" in codes(filled[0])


_CUT = (
    "DELETE FROM register_entries WHERE number > {0}",
    "UPDATE register_head SET number = {0}, digest = (SELECT digest FROM register_entries WHERE number = {0})",
)


def test_a_cut_tail_is_found_by_receipts_and_by_timestamped_heads(filled: tuple[Path, list[Receipt]]) -> None:
    path, receipts = filled
    tamper(path, *(statement.format(6) for statement in _CUT))
    assert codes(path) == set()
    assert codes(path, receipts) == {"register.cut"}
    with closing(sqlite3.connect(path)) as raw:
        for statement in _CUT:
            raw.execute(statement.format(4))
        raw.commit()
    assert codes(path) == {"register.cut"}


def test_a_head_that_does_not_follow_is_found(filled: tuple[Path, list[Receipt]]) -> None:
    tamper(filled[0], "DELETE FROM register_entries WHERE number > 6")
    assert "register.head" in codes(filled[0])


def test_a_rewritten_register_is_found_by_receipts_and_timestamps(
    filled: tuple[Path, list[Receipt]], tmp_path: Path
) -> None:
    path, receipts = filled
    other = tmp_path / "other.sqlite"
    with Register.open(other) as made:
        name = made.head().register
        fill(made, 3, dossier="H26.19-261121-0003")
        after = None
        for seq in range(1, 4):
            made.append(entry(seq, who="rewritten"), after=after)
            after = entry(seq, who="rewritten").signature
        fill(made, 2, dossier="H26.19-261121-0004")
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(other)) as new:
        token = old.execute("SELECT number, digest, token FROM register_timestamps").fetchone()
        new.execute("INSERT INTO register_timestamps (number, digest, token) VALUES (?, ?, ?)", token)
        new.commit()
    assert codes(other) == {"register.rewritten"}
    renamed = [replace(r, register=name) for r in receipts]
    assert "register.rewritten" in codes(other, renamed)
    assert "register.other" in codes(other, receipts)


def test_a_timestamp_for_another_head_is_found(filled: tuple[Path, list[Receipt]]) -> None:
    with closing(sqlite3.connect(filled[0])) as raw:
        digest = raw.execute("SELECT digest FROM register_entries WHERE number = 7").fetchone()[0]
    tamper(filled[0], f"UPDATE register_timestamps SET number = 7, digest = '{digest}'")
    assert codes(filled[0]) == {"timestamp.imprint"}
    with closing(sqlite3.connect(filled[0])) as raw:
        raw.execute("UPDATE register_timestamps SET token = x'3000'")
        raw.commit()
    assert codes(filled[0]) == {"timestamp.malformed"}


def test_a_receipt_that_was_changed_is_found(filled: tuple[Path, list[Receipt]]) -> None:
    path, receipts = filled
    assert codes(path, [replace(receipts[2], digest="0" * 64)]) == {"register.rewritten"}


# --- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["mysql://x/y", "nonsense://", "postgresql+nodriver://x/y", "://"])
def test_only_known_databases_are_opened(where: str) -> None:
    with pytest.raises((UsageError, MissingExtraError)):
        Register.open(where)


def test_an_auditor_s_copy_that_may_not_be_written_is_read_without_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "bản sao #1" / "register.sqlite"
    place.parent.mkdir()
    with Register.open(place) as register:
        receipts, head = fill(register), register.head()
    before = place.read_bytes()
    monkeypatch.setattr("signing.dossier.register.os.access", lambda *_: False)
    with Register.open(place, create=False) as register:
        assert (register.head(), register.receipt(CODE, 5)) == (head, receipts[-1])
        with pytest.raises(ServiceError):
            register.append(entry(6), after=entry(5).signature)
        assert [each.name for each in place.parent.iterdir()] == [place.name]
    assert place.read_bytes() == before


def test_a_register_is_not_made_by_looking_for_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"register\.not-found"):
        Register.open(tmp_path / "none.sqlite", create=False)
    assert not (tmp_path / "none.sqlite").exists()


def test_what_is_no_database_is_one_of_our_errors(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"this is not a database, not at all" * 100)
    with pytest.raises(ServiceError, match=r"register\.unavailable"):
        Register.open(tmp_path / "x.sqlite")
    with pytest.raises(SigningError):
        Register.open(tmp_path / "no" / "folder" / "x.sqlite")


def test_a_password_in_the_url_is_never_shown() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(ServiceError) as caught:
        Register.open("postgresql+psycopg://user:bimat@127.0.0.1:9/x")
    assert "bimat" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_register_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    Register.open(tmp_path / "r.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as raw:
        raw.execute("UPDATE register_schema SET version = 99")
        raw.commit()
    with pytest.raises(MalformedError, match=r"register\.newer"):
        Register.open(tmp_path / "r.sqlite")


def test_sqlite_loses_nothing_at_a_power_cut(tmp_path: Path) -> None:
    with Register.open(tmp_path / "r.sqlite") as register, register._engine.connect() as connection:
        pragmas = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"register": 1}', "[" * 3000, "x" * 5000, '{"a":1e999}', b"\xff\xfe".decode("latin-1")],
)
def test_bad_receipts_are_refused(text: str) -> None:
    with pytest.raises(MalformedError, match=r"register\.receipt-malformed"):
        Receipt.from_json(text)


def test_receipts_read_back(register: Register) -> None:
    receipt = fill(register, 1)[0]
    assert Receipt.from_json(receipt.to_json()) == receipt
    assert Receipt.from_json(receipt.to_json().encode()) == receipt


def test_a_failing_timestamp_service_leaves_no_trace(register: Register, world: World) -> None:
    fill(register, 1)
    tsa = world.pki.tsa()
    broken = type(tsa)(url=tsa.url + "/none", http=HttpClient(allow=(world.pki.base_url,)))
    with pytest.raises(ServiceError):
        register.timestamp_head(broken)
    assert register.verify().number == 1
