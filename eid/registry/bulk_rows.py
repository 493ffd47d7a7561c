"""Which line of which input file a token was made for: so that a run that was stopped goes on where it was.

A job is one input file with one set of options. The table's key is (job, line): no line ever gets two tokens that
hold, whatever process was killed when.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from ..issuance import Slot
from .database import Database
from .issuance import token_id_of
from .issuance_schema import bulk_lines, issued, shards
from .places import Shard


class Entered(NamedTuple):
    """What was entered for a line: the token's place and times, so that the same token can be signed again."""

    slot: Slot
    issued: int
    expires: int


def entered_lines(database: Database, job: bytes, first: int, last: int) -> dict[int, Entered]:
    """What is entered for the lines `first` … `last` of a job, by line."""
    query = (
        sa.select(bulk_lines.c.line, issued)
        .join(issued, sa.and_(issued.c.shard == bulk_lines.c.shard, issued.c.counter == bulk_lines.c.counter))
        .where(bulk_lines.c.job == job, bulk_lines.c.line.between(first, last))
    )
    with database.reading() as connection:
        rows = connection.execute(query).all()
        if not rows:
            return {}
        lists = {row.number: Shard.read(row) for row in connection.execute(sa.select(shards))}
    found = {}
    for row in rows:
        shard = lists[row.shard]
        index = shard.permutation.index(row.counter)
        slot = Slot(token_id_of(shard.number, index, bytes(row.salt)), shard.uri, index, bytes(row.account).hex())
        found[row.line] = Entered(slot, row.issued, row.expires)
    return found


def note_lines(
    connection: sa.Connection, job: bytes, lines: Iterable[tuple[int, tuple[int, int] | None]], replaced: Iterable[int]
) -> None:
    """Note the (shard, counter) of each line, in the transaction that enters them; `replaced` lines had a token that
    ended before it was handed over. A line that another process has taken is an `IntegrityError`."""
    gone = list(replaced)
    if gone:
        connection.execute(bulk_lines.delete().where(bulk_lines.c.job == job, bulk_lines.c.line.in_(gone)))
    rows = [{"job": job, "line": n, "shard": at[0], "counter": at[1]} for n, at in lines if at is not None]
    if rows:
        connection.execute(bulk_lines.insert(), rows)
