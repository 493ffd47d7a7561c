"""What somebody who writes to the database directly cannot hide."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from eid import EidError, IndeterminateError, KeySet, Level, VerificationError
from eid.accounts import State
from eid.registry import Registry
from eid.registry.accounts_schema import accounts, history, numbers, personal
from eid.registry.accounts_schema import registry as epochs
from eid.registry.checkpoints import Checkpoint
from eid.registry.history import JOINED, Replay, Row
from eid.registry.issuance_schema import account_status
from eid.registry.merkle import Tree

from ..made import KEYS, LEVEL_TWO, NOW, NOW_S, OTHER, PERSON, reheaded, signed
from .scene import HOLDER, MANAGER, WOMAN, child, one, two


@contextmanager
def unguarded(registry: Registry) -> Iterator[sa.Connection]:
    """A connection of somebody who has switched the triggers and foreign keys off."""
    database = registry.database
    if not database.is_sqlite:
        with database.writing() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield connection
        return
    database.close()
    with database.engine.connect() as plain:
        plain.exec_driver_sql("COMMIT")
        plain.exec_driver_sql("PRAGMA foreign_keys=OFF")
        for name in plain.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            plain.exec_driver_sql(f"DROP TRIGGER {name}")
        plain.exec_driver_sql("BEGIN")
        yield plain
        plain.exec_driver_sql("COMMIT")
    database.close()


def found(registry: Registry, *tokens: str) -> set[str]:
    return {error.code for error in registry.accounts.audit_history(tokens).found}


@pytest.fixture
def victim(registry: Registry) -> str:
    """An account with four acts, among others."""
    one(registry, WOMAN)
    account = two(registry)
    registry.accounts.lock(account.id, "terms-breach", by=MANAGER)
    registry.accounts.unlock(account.id, "terms-breach", by=MANAGER)
    registry.accounts.lock(account.id, "death", by=MANAGER)
    assert found(registry) == set()
    return account.id


def test_a_row_edited(registry: Registry, victim: str) -> None:
    changes = [
        {"act": "unlock"},
        {"facts": "{}"},
        {"time": 0},
        {"epoch": 9},
        {"commitment": "0" * 64},
        {"digest": "0" * 64},
    ]
    changes += [{"previous": "0" * 64}, {"facts": "["}, {"facts": '{"a":1,"a":1}'}]
    for change in changes:
        where = sa.and_(history.c.account == victim, history.c.seq == 2)
        with unguarded(registry) as connection:
            before = dict(connection.execute(sa.select(history).where(where)).mappings().one())
            connection.execute(history.update().where(where).values(**change))
        assert "history.row-changed" in found(registry), change
        with pytest.raises(VerificationError) as caught:
            registry.accounts.show(victim)
        assert caught.value.code == "history.broken"
        with pytest.raises(VerificationError):
            registry.accounts.unlock(victim, "death", by=MANAGER)
        with unguarded(registry) as connection:
            connection.execute(history.update().where(where).values(**before))
        assert found(registry) == set()


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_row_removed(registry: Registry, victim: str, seq: int) -> None:
    with unguarded(registry) as connection:
        connection.execute(history.delete().where(history.c.account == victim, history.c.seq == seq))
        connection.execute(personal.delete().where(personal.c.account == victim, personal.c.seq == seq))
    assert "history.row-missing" in found(registry)


def test_the_tail_cut(registry: Registry, victim: str) -> None:
    with unguarded(registry) as connection:
        connection.execute(history.delete().where(history.c.account == victim, history.c.seq == 4))
    assert found(registry) == {"history.head", "history.state", "history.tokens"}


def recompute(registry: Registry, victim: str, edit: Callable[[list[Row]], list[Row]]) -> None:
    """Make the victim's chain anew after `edit`, with its account's row to match: every digest holds."""
    with unguarded(registry) as connection:
        query = JOINED.where(history.c.account == victim).order_by(history.c.seq)
        records = connection.execute(query).mappings().all()
        rows = edit([row for row in map(Row.read, records) if row is not None])
        connection.execute(history.delete().where(history.c.account == victim))
        previous = hashlib.sha256(b"eid-account-1\0" + victim.encode()).hexdigest()
        for row in rows:
            members = {name: getattr(row, name) for name in Row.__slots__} | {"previous": previous}
            members["digest"] = previous = Row(**members).computed()
            connection.execute(history.insert().values(**members))
        replay = Replay(victim)
        for record in connection.execute(query).mappings():
            replay.next(record)
        state = {"state": replay.account.state.value, "seq": replay.seq, "head": replay.digest}
        connection.execute(accounts.update().where(accounts.c.id == victim).values(**state))
        if replay.account.state is State.ACTIVE:
            connection.execute(account_status.delete().where(account_status.c.account == bytes.fromhex(victim)))


def test_the_tail_cut_with_the_account_s_row_to_match_shows_by_a_checkpoint(registry: Registry, victim: str) -> None:
    kept = registry.accounts.checkpoint()
    recompute(registry, victim, lambda rows: rows[:3])
    assert registry.accounts.show(victim).state == "active"  # the dead are alive: only a checkpoint tells
    assert found(registry) == {"checkpoint.history"}
    with unguarded(registry) as connection:
        connection.exec_driver_sql("DELETE FROM eid_checkpoints")
    assert found(registry) == set()
    assert found(registry, kept.token) == {"checkpoint.history"}


def test_the_chain_recomputed(registry: Registry, victim: str) -> None:
    registry.accounts.checkpoint()
    earlier = registry.accounts.show(victim)
    recompute(registry, victim, lambda rows: [*rows[:3], replace(rows[3], facts=rows[3].facts.replace("death", "x"))])
    assert registry.accounts.show(victim) != earlier
    assert found(registry) == {"checkpoint.history"}
    with pytest.raises(VerificationError) as caught:
        registry.accounts.checkpoint()
    assert caught.value.code == "history.broken"  # nothing broken is signed


def test_a_row_written_beside_us_stops_the_act(registry: Registry, victim: str) -> None:
    """A trigger of somebody else writes the row that we are about to write."""
    if not registry.database.is_sqlite:
        pytest.skip("the trigger below is SQLite's")
    with registry.database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER beside BEFORE INSERT ON eid_account_history WHEN NEW.digest NOT LIKE 'x%' BEGIN "
            "INSERT INTO eid_account_history VALUES (NEW.account, NEW.seq, 0, 'x', 0, '{}', NULL, 'x', 'x'); END"
        )
    with pytest.raises(IndeterminateError) as caught:
        registry.accounts.cancel(victim, "death", by=MANAGER)
    assert caught.value.code == "registry.unavailable"
    assert found(registry) == set()


def test_an_account_removed(registry: Registry, victim: str) -> None:
    kept = registry.accounts.checkpoint()
    with unguarded(registry) as connection:
        connection.execute(accounts.delete().where(accounts.c.id == victim))
    assert found(registry) == {"history.account-missing"}
    with unguarded(registry) as connection:
        for table in ("eid_account_history", "eid_account_personal", "eid_account_numbers"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE account = '{victim}'")
    assert found(registry, kept.token) == {"checkpoint.accounts"}


def test_an_account_without_its_history(registry: Registry, victim: str) -> None:
    with unguarded(registry) as connection:
        connection.execute(history.delete().where(history.c.account == victim))
        connection.execute(personal.delete().where(personal.c.account == victim))
    assert "history.row-missing" in found(registry)


@pytest.mark.parametrize(
    "values", [{"state": "active"}, {"level": 1}, {"kind": "foreigner"}, {"cancelled": 5}, {"review": 5}, {"purged": 5}]
)
def test_the_account_s_row_edited(registry: Registry, victim: str, values: dict[str, object]) -> None:
    with registry.database.writing() as connection:
        connection.execute(accounts.update().where(accounts.c.id == victim).values(**values))
    assert found(registry) == {"history.state"}
    with pytest.raises(VerificationError):
        registry.accounts.show(victim)


def test_personal_data_edited_or_removed(registry: Registry, victim: str) -> None:
    where = sa.and_(personal.c.account == victim, personal.c.seq == 1)
    with registry.database.reading() as connection:
        before = dict(connection.execute(sa.select(personal).where(where)).mappings().one())
    for change in ({"data": before["data"].replace("Nguyễn", "Trần")}, {"salt": b"0" * 32}, {"data": "{"}):
        with unguarded(registry) as connection:
            connection.execute(personal.update().where(where).values(**change))
        assert "history.personal-changed" in found(registry)
        with unguarded(registry) as connection:
            connection.execute(personal.update().where(where).values(**before))
    with registry.database.writing() as connection:
        connection.execute(personal.delete().where(where))
    assert "history.personal-missing" in found(registry)


def test_personal_data_that_survives_the_purge(registry: Registry) -> None:
    account = two(registry)
    registry.accounts.cancel(account.id, "own-request", by=HOLDER)
    with registry.database.reading() as connection:
        rows = [dict(row) for row in connection.execute(sa.select(personal)).mappings()]
    late = type(registry)(registry.database, KEYS, clock=lambda: NOW.replace(year=2033))
    late.accounts.purge(account.id)
    with registry.database.writing() as connection:
        connection.execute(personal.insert().values(rows))
    assert found(registry) == {"history.personal-left"}


def test_a_number_that_leads_to_another_account(registry: Registry, victim: str) -> None:
    other = registry.accounts.find(WOMAN.number.value)
    with registry.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE eid_account_numbers SET account = '{other.id}' WHERE account = '{victim}'")
    assert found(registry) == {"history.number"}


def test_a_checkpoint_covers_what_was_before_it_and_not_what_came_after(registry: Registry) -> None:
    first = registry.accounts.checkpoint()
    guardian, _ = child(registry)
    second = registry.accounts.checkpoint()
    registry.accounts.lock(guardian.id, "own-request", by=HOLDER)
    whole = registry.accounts.verify_history([first.token, second.token])
    assert (whole.accounts, whole.rows) == (2, 3)
    assert [c.number for c in registry.accounts.checkpoints()] == [1, 2]
    assert [c.accounts for c in registry.accounts.checkpoints()] == [0, 2]


def test_a_checkpoint_of_another_registry(registry: Registry) -> None:
    one(registry)
    stranger = Checkpoint.sign("0" * 32, 1, 1, "0" * 64, NOW_S, KEYS)
    assert found(registry, stranger.token) == {"checkpoint.other"}


def test_a_checkpoint_that_nobody_trusted_signed(registry: Registry) -> None:
    made = registry.accounts.checkpoint()
    forged = Checkpoint.sign(made.registry, 1, 0, made.root, NOW_S, OTHER)
    other_kind = reheaded(made.token, typ="eid+jwt")
    for token in (forged.token, other_kind, made.token[:-4], "", made.token + "="):
        assert found(registry, token) == {"checkpoint.untrusted"}
    assert found(registry, made.token) == set()


def test_a_checkpoint_of_a_key_revoked_since_proves_nothing(registry: Registry) -> None:
    made = registry.accounts.checkpoint()
    kid = KEYS.active.kid
    later = KeySet.revoke(KEYS, kid, at=NOW)
    with pytest.raises(VerificationError):
        Checkpoint.open(made.token, later, NOW_S + 1)
    again = type(registry)(registry.database, later, clock=lambda: NOW)
    assert found(again) == {"checkpoint.untrusted"}
    assert again.accounts.checkpoint().number == 2  # and the next one can be made
    assert found(again) == set()


@given(st.data())
def test_any_change_of_a_row_is_found(data) -> None:
    """Whatever member is given another value, of whatever kind: it is found, or our error comes out."""
    row = Row(
        account="a" * 32,
        seq=1,
        epoch=0,
        act="register",
        time=NOW_S,
        facts='{"by":"manager","kind":"citizen","level":"level-1","rule_set":"nd-69-2024"}',
        commitment=None,
        previous=hashlib.sha256(b"eid-account-1\0" + b"a" * 32).hexdigest(),
    )
    record: dict[str, Any] = {name: getattr(row, name) for name in Row.__slots__} | {"salt": None, "data": None}
    record["digest"] = row.computed()
    control = Replay("a" * 32)
    control.next(record)
    assert control.found == []
    name = data.draw(st.sampled_from([name for name in record if name != "account"]))
    values = st.none() | st.integers() | st.text(max_size=70) | st.binary(max_size=40) | st.floats() | st.booleans()
    value = data.draw(values.filter(lambda v: type(v) is not type(record[name]) or v != record[name]))
    replay = Replay("a" * 32)
    replay.next(record | {name: value})
    replay.end()
    assert replay.found


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "sub": st.text(max_size=5) | st.integers(),
            "iat": st.integers() | st.text(max_size=3),
            "number": st.integers() | st.booleans(),
            "accounts": st.integers() | st.none(),
            "root": st.text(max_size=70) | st.lists(st.integers()),
        },
    )
)
def test_any_claims_are_a_checkpoint_or_our_error(claims) -> None:
    header = {"alg": "ES256", "typ": "eid-checkpoint+jwt", "kid": KEYS.active.kid}
    try:
        Checkpoint.open(signed(header, claims), KEYS, NOW_S)
    except EidError:
        return


def test_the_tree_is_that_of_rfc_6962() -> None:
    def root(data: list[bytes]) -> bytes:
        """RFC 6962 §2.1, as it is written there."""
        if not data:
            return hashlib.sha256(b"").digest()
        if len(data) == 1:
            return hashlib.sha256(b"\0" + data[0]).digest()
        k = 1 << (len(data) - 1).bit_length() - 1
        return hashlib.sha256(b"\1" + root(data[:k]) + root(data[k:])).digest()

    for count in range(70):
        data, tree = [str(n).encode() for n in range(count)], Tree()
        for each in data:
            tree.add(each)
        assert tree.root() == root(data).hex()


def test_a_number_of_a_cancelled_account_that_leads_to_a_stranger(registry: Registry) -> None:
    gone, friend = two(registry), two(registry, WOMAN)
    registry.accounts.cancel(gone.id, "own-request", by=HOLDER)
    with unguarded(registry) as connection:
        taken = numbers.c.account == gone.id
        connection.execute(numbers.update().where(taken).values(account=friend.id))
    assert found(registry) == {"history.number"}
    with pytest.raises(VerificationError) as caught:
        registry.accounts.find(PERSON.number.value)
    assert caught.value.code == "history.broken"


def test_a_number_passed_on_to_its_holders_new_account_holds(registry: Registry) -> None:
    registry.accounts.cancel(two(registry).id, "own-request", by=HOLDER)
    again = two(registry)
    assert found(registry) == set()
    assert registry.accounts.find(PERSON.number.value).id == again.id


def test_an_act_dated_behind_coming_checkpoints(registry: Registry) -> None:
    """It would be covered by none of them, and could be cut off again without a trace."""
    account = one(registry)
    registry.accounts.checkpoint()
    with unguarded(registry) as connection:
        connection.execute(epochs.update().values(epoch=1_000_000))
    registry.accounts.raise_level(account.id, Level.TWO, evidence=LEVEL_TWO)
    assert found(registry) == set()
    with unguarded(registry) as connection:
        connection.execute(epochs.update().values(epoch=1))
    assert found(registry) == {"history.row-changed"}
    with pytest.raises(VerificationError):
        registry.accounts.checkpoint()


def test_an_act_behind_one_of_a_later_epoch(registry: Registry) -> None:
    account = one(registry)
    with unguarded(registry) as connection:
        connection.execute(epochs.update().values(epoch=7))
    registry.accounts.raise_level(account.id, Level.TWO, evidence=LEVEL_TWO)
    with unguarded(registry) as connection:
        connection.execute(epochs.update().values(epoch=3))
    registry.accounts.renew(account.id, evidence=LEVEL_TWO)
    with pytest.raises(VerificationError) as caught:
        registry.accounts.show(account.id)
    assert caught.value.code == "history.broken"


def test_the_count_of_epochs_set_back_overwrites_no_checkpoint(registry: Registry) -> None:
    one(registry)
    first = registry.accounts.checkpoint()
    with unguarded(registry) as connection:
        connection.execute(epochs.update().values(epoch=0))
    with pytest.raises(IndeterminateError):
        registry.accounts.checkpoint()
    assert registry.accounts.checkpoints() == (first,)
    assert registry.accounts.checkpoint().number == first.number + 1


@pytest.mark.parametrize("forged", [None, 0, 2, 99])
def test_tokens_of_the_dead_made_valid_again(registry: Registry, victim: str, forged: int | None) -> None:
    """Their status stands in a table of its own, which no chain covers."""
    key = bytes.fromhex(victim)
    registry.accounts.cancel(victim, "death", by=MANAGER)
    assert found(registry) == set()
    with unguarded(registry) as connection:
        connection.execute(account_status.delete().where(account_status.c.account == key))
        if forged is not None:
            connection.execute(account_status.insert().values(account=key, status=forged, ends=0))
    assert found(registry) == {"history.tokens"}


def test_a_living_holder_whose_tokens_somebody_suspended(registry: Registry) -> None:
    key = bytes.fromhex(one(registry).id)
    with unguarded(registry) as connection:
        connection.execute(account_status.insert().values(account=key, status=2, ends=0))
    assert found(registry) == {"history.tokens"}
