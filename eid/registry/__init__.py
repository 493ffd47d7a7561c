"""Where accounts and issued tokens live: SQLite by default, PostgreSQL by URL.

with open_registry("registry.sqlite", keys) as registry:
    account = registry.accounts.register(person, level=Level.ONE, evidence=evidence)
    issuer = Issuer("https://id.example.vn", keys, registry=registry.issuance)
    token = issuer.issue_for(account.id, audience="H26.19", auth_level=AuthenticationLevel.THREE)
"""

from __future__ import annotations

import os
from typing import Self

from ..accounts import Rules
from ..arguments import check_kind
from ..clock import Clock, reader
from ..keys import KeySet
from .accounts import AccountBook
from .accounts_schema import ACCOUNTS
from .checkpoints import Checkpoint
from .database import Database, Part
from .facts import account_facts
from .history import Entry
from .issuance import Issuance
from .issuance_schema import ISSUANCE
from .replay import RegistryReplay
from .verifying import Whole
from .writer import keyed_number

__all__ = [
    "PARTS",
    "AccountBook",
    "Checkpoint",
    "Database",
    "Entry",
    "Issuance",
    "Registry",
    "RegistryReplay",
    "Whole",
    "open_registry",
]

PARTS: tuple[Part, ...] = (ACCOUNTS, ISSUANCE)


class Registry:
    """An open registry. Use it as a context manager, or `close` it."""

    def __init__(
        self, database: Database, keys: KeySet, *, clock: Clock | None = None, rules: Rules | None = None
    ) -> None:
        check_kind("database", database, Database)
        check_kind("keys", keys, KeySet)
        self.database, self.keys, self.clock = database, keys, clock
        self.issuance = Issuance(
            database,
            facts=lambda account_id: account_facts(self.accounts, account_id),
            keyed=lambda number: keyed_number(keys, number),
        )
        self.accounts = AccountBook(
            database,
            keys,
            clock=clock,
            rules=rules,
            on_status=self.issuance.set_account_status,
            statuses=self.issuance.account_statuses,
        )
        self.replay = RegistryReplay(database)

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
    check_kind("keys", keys, KeySet)
    reader(clock)  # a wrong one is refused before anything is opened
    return Registry(Database.open(where, PARTS, create=create), keys, clock=clock, rules=rules)
