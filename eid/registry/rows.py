"""Accounts read and written inside a transaction, under the locks that keep their histories whole.

On PostgreSQL a writer of histories first takes the advisory lock below, shared; whoever begins a checkpoint takes it
alone for a moment, so that afterwards every row of an earlier epoch is committed. Then it locks the accounts' rows, in
the order of their identifiers. SQLite has one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..accounts import Account, Event
from ..accounts.events import follow
from ..clock import seconds
from ..errors import RefusedError, VerificationError
from .accounts_schema import ID_CHARS, accounts, registry
from .history import Replay, append, beginning, replayed

_EPOCH_LOCK = 5_903_118  # any number, the same for all programs that use the registry


@dataclass(frozen=True, slots=True)
class Held:
    """An account whose row this transaction holds, and the digest of the last row of its history."""

    account: Account
    head: str


def enter_epoch(connection: sa.Connection) -> int:
    """The epoch in which this transaction's rows stand; no checkpoint begins before it ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": _EPOCH_LOCK})
    return int(connection.execute(sa.select(registry.c.epoch)).scalar_one())


def next_epoch(connection: sa.Connection) -> tuple[str, int]:
    """Begin a new epoch once all writers of the present one are done: the registry's name, and the new epoch."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _EPOCH_LOCK})
    connection.execute(registry.update().values(epoch=registry.c.epoch + 1))
    row = connection.execute(sa.select(registry.c.name, registry.c.epoch)).one()
    return str(row.name), int(row.epoch)


def hold(connection: sa.Connection, account_id: str, *, share: bool = False, also: Iterable[str] = ()) -> Held:
    """The account as it is, read again under the lock of its row; `also` names accounts that must not change either.

    `share` lets others hold it so as well: it cannot change before the transaction ends, and neither can this one
    change it. Raises `RefusedError` (`account.unknown`), `VerificationError` when its history does not hold.
    """
    account_id = _id(account_id)
    wanted = {_id(other): True for other in also} | {account_id: share}
    found = {}
    for each in sorted(wanted):
        query = sa.select(accounts).where(accounts.c.id == each).with_for_update(read=wanted[each])
        found[each] = connection.execute(query).mappings().one_or_none()
    record = found[account_id]
    if record is None:
        raise RefusedError("account.unknown")
    return _whole(record, replayed(connection, [account_id]).get(account_id))


def read(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Account]:
    """These accounts as this transaction sees them; unknown ones are left out. Raises `VerificationError`."""
    wanted = [_id(each) for each in ids]
    records = connection.execute(sa.select(accounts).where(accounts.c.id.in_(wanted))).mappings().all()
    chains = replayed(connection, [record["id"] for record in records])
    return {record["id"]: _whole(record, chains.get(record["id"])).account for record in records}


def read_one(connection: sa.Connection, account_id: str) -> Account | None:
    """One account as this transaction sees it; None for an unknown one. Raises `VerificationError`."""
    return next(iter(read(connection, [account_id]).values()), None)


def create(connection: sa.Connection, epoch: int, account_id: str, event: Event) -> Held:
    """A new account with its first row."""
    account = follow(account_id, None, event)
    values = {"id": account_id, "kind": account.kind.value, "head": beginning(account_id)}
    connection.execute(accounts.insert().values(**values, **{**shown(account), "seq": 0}))
    return _store(connection, epoch, account, (0, beginning(account_id)), event)


def write(connection: sa.Connection, epoch: int, held: Held, event: Event) -> Held:
    """The held account after one more act."""
    account = follow(held.account.id, held.account, event)
    return _store(connection, epoch, account, (held.account.seq, held.head), event)


def _store(connection: sa.Connection, epoch: int, account: Account, last: tuple[int, str], event: Event) -> Held:
    row = append(connection, epoch, account.id, last, event)
    values = {**shown(account), "head": row.digest}
    connection.execute(accounts.update().where(accounts.c.id == account.id).values(**values))
    return Held(account, row.digest)


def shown(account: Account) -> dict[str, object]:
    """What the account's row says besides its head: all of it follows from the history."""
    ends = [seconds(lock.until) for lock in account.locks if lock.until is not None]
    return {
        "state": account.state.value,
        "level": None if account.level is None else account.level.number,
        "seq": account.seq,
        "review": min(ends, default=None),
        "cancelled": None if account.cancelled is None else seconds(account.cancelled),
        "purged": None if account.purged is None else seconds(account.purged),
    }


def compare(record: Mapping[str, Any] | sa.RowMapping, replay: Replay | None) -> list[VerificationError]:
    """What does not hold between an account's row and its history."""
    account_id = str(record["id"])
    if replay is None or replay.account is None:
        missing = [VerificationError("history.row-missing", account=account_id, seq=1)]
        return missing if replay is None else replay.found or missing
    found = list(replay.found)
    if (record["seq"], record["head"]) != (replay.seq, replay.digest):
        found.append(VerificationError("history.head", account=account_id, seq=replay.seq))
    told: dict[str, object] = {"kind": replay.account.kind.value, **shown(replay.account)}
    for field, value in told.items():
        if field != "seq" and record[field] != value:
            found.append(VerificationError("history.state", account=account_id, field=field))
    return found


def _whole(record: sa.RowMapping, replay: Replay | None) -> Held:
    found = compare(record, replay)
    if found:
        raise VerificationError("history.broken", count=len(found), why=found[0].text, why_vi=found[0].text_vi)
    assert replay is not None and replay.account is not None  # noqa: S101 - compare has found no row missing
    return Held(replay.account, replay.digest)


def _id(account_id: object) -> str:
    """An identifier that the database can compare; anything else is no account's."""
    text = account_id if isinstance(account_id, str) and len(account_id) == ID_CHARS else ""
    return text if text.isascii() and text.isalnum() else ""
