"""Places in the registry's status lists: given to processes in blocks, at random-looking indexes, each once.

A block of counters is taken from the newest shard in a transaction of its own; what a process does not use of it is
never used, which costs two bits. Blocks grow from one place to `_MAX_BLOCK`, so that a short run wastes little.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from ..errors import RefusedError
from .database import Database
from .issuance_schema import shards
from .permutation import KEY_BYTES, Permutation, permutation

MAX_SHARDS = 1 << 20  # lists of one registry
_MAX_BLOCK = 64  # places that a process takes ahead, unless it needs more at once
_AHEAD_S = 86_400  # a shard is said to matter until a full day after the end of its last token
_SHARD_LOCK = 5_903_119  # any number, the same for all programs that use a PostgreSQL registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One status list of the registry."""

    number: int
    base: str
    permutation: Permutation

    @property
    def uri(self) -> str:
        """The list's name."""
        return f"{self.base}{self.number}"

    @classmethod
    def read(cls, row: sa.Row[tuple[int, str, int, int, bytes, int]]) -> Shard:
        """The shard of a row of `eid_status_shards`."""
        return cls(number=row.number, base=row.base, permutation=permutation(bytes(row.key), row.size))


@dataclass(slots=True)
class _Block:
    """Counters of one shard that this process may use, and the end that the shard was told of."""

    shard: Shard
    first: int
    last: int  # exclusive
    ends: int
    process: int


class Places:
    """Gives places to new tokens; threads may share it, a forked process begins anew."""

    def __init__(self, database: Database, shard_size: int) -> None:
        self._database, self._size = database, shard_size
        self._blocks: dict[str, _Block] = {}
        self._grown: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, base: str, count: int, expires: int) -> list[tuple[Shard, int]]:
        """`count` places in lists named `base`…, for tokens that end at `expires` at the latest.

        Raises `IndeterminateError` (`registry.unavailable`), `RefusedError` (`status.full`).
        """
        taken: list[tuple[Shard, int]] = []
        with self._lock:
            while len(taken) < count:
                taken.extend(self._from_block(base, count - len(taken), expires))
        return taken

    def _from_block(self, base: str, count: int, expires: int) -> Iterator[tuple[Shard, int]]:
        block = self._blocks.get(base)
        if block is None or block.first >= block.last or block.ends < expires or block.process != os.getpid():
            wanted = max(count, self._grown.get(base, 1))
            least = 0 if block is None else block.ends
            block = self._blocks[base] = self._reserve(base, wanted, max(least, expires + _AHEAD_S))
            self._grown[base] = min(2 * wanted, _MAX_BLOCK)
        first, block.first = block.first, min(block.first + count, block.last)
        return ((block.shard, counter) for counter in range(first, block.first))

    def _reserve(self, base: str, count: int, ends: int) -> _Block:
        """A block of at most `count` counters of the newest shard; a full shard is followed by another."""
        with self._database.writing() as connection:
            if not self._database.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SHARD_LOCK)))
            newest = sa.select(shards).where(shards.c.base == base).order_by(shards.c.number.desc()).limit(1)
            row = connection.execute(newest).one_or_none()
            if row is None or row.used >= row.size:
                row = self._open(connection, base)
            last = min(row.used + count, row.size)
            changed = {"used": last, "ends": max(row.ends, ends)}
            connection.execute(shards.update().where(shards.c.number == row.number).values(**changed))
        return _Block(Shard.read(row), row.used, last, ends, os.getpid())

    def _open(self, connection: sa.Connection, base: str) -> sa.Row[tuple[int, str, int, int, bytes, int]]:
        """A new shard."""
        number = (connection.execute(sa.select(sa.func.max(shards.c.number))).scalar() or 0) + 1
        if number > MAX_SHARDS:
            raise RefusedError("status.full")
        key = secrets.token_bytes(KEY_BYTES)
        connection.execute(shards.insert().values(number=number, base=base, size=self._size, used=0, key=key, ends=0))
        row: sa.Row[tuple[int, str, int, int, bytes, int]] = connection.execute(
            sa.select(shards).where(shards.c.number == number)
        ).one()
        return row
