"""Where accounts and issued tokens live: SQLite by default, PostgreSQL by URL.

with open_registry("registry.sqlite", keys) as registry:
    account = registry.accounts.register(person, level=Level.ONE, evidence=evidence)
"""

from __future__ import annotations

import os
from typing import Self

from ..accounts import Rules
from ..clock import Clock
from ..keys import KeySet
from .accounts import AccountBook, Entry
from .accounts_schema import ACCOUNTS
from .database import Database, Part

__all__ = ["PARTS", "AccountBook", "Database", "Entry", "Registry", "open_registry"]

PARTS: tuple[Part, ...] = (ACCOUNTS,)


class Registry:
    """An open registry. Use it as a context manager, or `close` it."""

    def __init__(
        self, database: Database, keys: KeySet, *, clock: Clock | None = None, rules: Rules | None = None
    ) -> None:
        self.database, self.keys, self.clock = database, keys, clock
        self.accounts = AccountBook(database, keys, clock=clock, rules=rules)

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Registry({self.database!r})"


def open_registry(
    where: str | os.PathLike[str],
    keys: KeySet,
    *,
    clock: Clock | None = None,
    rules: Rules | None = None,
    create: bool = True,
) -> Registry:
    """The registry at `where`: a path of an SQLite file or a URL (`sqlite:///…`, `postgresql+psycopg://…`).

    `keys` is the issuer's key set: its secret finds accounts by number, its active key signs checkpoints.
    `rules` are the tables that accounts are judged by (default: the law as recalled here).
    `create=False` refuses a database that holds no registry. Raises what `Database.open` raises.
    """
    return Registry(Database.open(where, PARTS, create=create), keys, clock=clock, rules=rules)
