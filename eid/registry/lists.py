"""What a status list of the registry says: read from the rows that are not valid, never from all (Token Status List).

A token is not valid by itself, or because its account is locked or cancelled. The queries are written so that no
planner reads valid rows for want of statistics: one goes through the index of accounts, the other through the index of
the tokens that are not valid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from ..errors import IndeterminateError
from ..status import Status
from .issuance_schema import account_status, issued

_WORST = (Status.REVOKED, Status.SUSPENDED, Status.VALID)
_CHUNK = 500  # accounts asked for at once
# SQLite has to be told which index to take: without statistics it reads the whole shard
TOKENS_NOT_VALID = {
    "sqlite": sa.text(
        "SELECT counter, status FROM eid_issued INDEXED BY eid_issued_not_valid"
        " WHERE shard = :shard AND status != 0 AND expires >= :now"
    ),
    "postgresql": sa.text(
        "SELECT counter, status FROM eid_issued WHERE shard = :shard AND status != 0 AND expires >= :now"
    ),
}


def status_of(value: int) -> Status:
    """A status as a row has it. One that is none is no answer: `IndeterminateError` (`registry.row`)."""
    try:
        return Status(value)
    except ValueError:
        raise IndeterminateError("registry.row", what="status", what_vi="trạng thái") from None


def worst(one: Status, other: Status) -> Status:
    """What two statuses together amount to."""
    return next(status for status in _WORST if status in (one, other))


def held_by_accounts(connection: sa.Connection, now: int) -> dict[int, list[tuple[int, Status]]]:
    """(counter, status) of the tokens that have not ended and whose account is locked or cancelled, by shard."""
    query = sa.select(account_status.c.account, account_status.c.status).where(account_status.c.ends >= now)
    statuses = {bytes(account): status_of(value) for account, value in connection.execute(query)}
    accounts = list(statuses)
    found: defaultdict[int, list[tuple[int, Status]]] = defaultdict(list)
    for start in range(0, len(accounts), _CHUNK):
        for row in connection.execute(tokens_of(accounts[start : start + _CHUNK], now)):
            found[row.shard].append((row.counter, statuses[bytes(row.account)]))
    return found


def tokens_of(accounts: Sequence[bytes], now: int) -> sa.Select[tuple[int, int, bytes]]:
    """The query for the tokens of some accounts that have not ended."""
    here = issued.c.account.in_(accounts), issued.c.expires >= now
    return sa.select(issued.c.shard, issued.c.counter, issued.c.account).where(*here)


def not_valid(
    connection: sa.Connection, number: int, now: int, by_account: Sequence[tuple[int, Status]]
) -> Iterator[tuple[int, Status]]:
    """The counters of one shard whose token has not ended and is not valid, by itself or `by_account`."""
    found = dict(by_account)
    for row in connection.execute(TOKENS_NOT_VALID[connection.dialect.name], {"shard": number, "now": now}):
        status = status_of(row.status)
        found[row.counter] = worst(status, found.get(row.counter, status))
    yield from found.items()
