"""Replay memory in the registry: shared by all verifiers beside it, kept over restarts (RFC 7519 §4.1.7)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ..replay import CLOCKS_DIFFER_S
from .database import Database
from .issuance_schema import used_tokens

_SWEEP_S = 60  # seconds between two looks for entries that have expired


class RegistryReplay:
    """A `ReplayStore` whose entries are rows; testing and setting is one act of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = sqlite.insert if database.is_sqlite else postgresql.insert
        self._insert = insert(used_tokens).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
        self._sweep_at = 0.0

    def use(self, issuer: str, token_id: str, expires: int, now: float) -> bool:
        """True if new; durable before it is said. `IndeterminateError` (`registry.unavailable`)."""
        with self._database.writing() as connection:
            if now >= self._sweep_at:
                ended = used_tokens.c.expires <= int(now) - CLOCKS_DIFFER_S
                connection.execute(used_tokens.delete().where(ended))
            done: sa.CursorResult[tuple[()]] = connection.execute(
                self._insert.values(issuer=issuer, token_id=token_id, expires=expires)
            )
            new = done.rowcount == 1
        self._sweep_at = max(self._sweep_at, now + _SWEEP_S) if now >= self._sweep_at else self._sweep_at
        return new
