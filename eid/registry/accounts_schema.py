"""The tables of accounts and of their history, and their migrations (SQLAlchemy Core; SQLite and PostgreSQL).

`eid_accounts` has one row for each account: what is looked for (state, level), and the head of its history. A writer
locks that row. `eid_account_history` is the account's chain; its rows are never changed, triggers of the database
refuse it whatever program asks. `eid_account_personal` holds what the chain only commits to, and can be erased.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import VARCHAR

from .database import Part, metadata

ID_CHARS = 32  # an account's identifier: 16 random bytes in hex
DIGEST_CHARS = 64  # SHA-256 in hex

# identifiers are put in order, so both databases must compare them byte by byte
_ID = sa.String(ID_CHARS).with_variant(VARCHAR(ID_CHARS, collation="C"), "postgresql")
_DIGEST = sa.String(DIGEST_CHARS)

# times are whole seconds since 1970; digests are lower-case hex
registry = sa.Table(
    "eid_registry",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(ID_CHARS), nullable=False),  # random, so that checkpoints of another are told apart
    sa.Column("epoch", sa.BigInteger, nullable=False),  # the number of checkpoints begun
)
accounts = sa.Table(
    "eid_accounts",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),  # citizen, foreigner, organisation
    sa.Column("state", sa.String(20), nullable=False),  # active, locked, cancelled
    sa.Column("level", sa.Integer),  # 1, 2; none for an organisation
    sa.Column("seq", sa.BigInteger, nullable=False),  # of the last row of its history
    sa.Column("head", _DIGEST, nullable=False),  # digest of that row
    sa.Column("review", sa.BigInteger),  # when the first of its locks ends by itself
    sa.Column("cancelled", sa.BigInteger),
    sa.Column("purged", sa.BigInteger),
)
numbers = sa.Table(
    "eid_account_numbers",
    metadata,
    sa.Column("keyed", _DIGEST, primary_key=True),  # the number under a secret; never the number
    sa.Column("account", _ID, sa.ForeignKey("eid_accounts.id"), nullable=False, index=True),
    sa.Column("current", sa.Boolean, nullable=False),  # false once it was replaced
)
history = sa.Table(
    "eid_account_history",
    metadata,
    sa.Column("account", _ID, sa.ForeignKey("eid_accounts.id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),  # from 1 without a gap
    sa.Column("epoch", sa.BigInteger, nullable=False),  # checkpoints begun before this row
    sa.Column("act", sa.String(20), nullable=False),
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),  # canonical JSON; nothing of the person
    sa.Column("commitment", _DIGEST),  # to the personal data beside it, if there is any
    sa.Column("previous", _DIGEST, nullable=False),
    sa.Column("digest", _DIGEST, nullable=False),
)
personal = sa.Table(
    "eid_account_personal",
    metadata,
    sa.Column("account", _ID, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("data", sa.Text, nullable=False),  # canonical JSON
    sa.ForeignKeyConstraint(["account", "seq"], ["eid_account_history.account", "eid_account_history.seq"]),
)
checkpoints = sa.Table(
    "eid_checkpoints",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("token", sa.Text, nullable=False),
)
_FROZEN: dict[str, tuple[str, ...]] = {
    "eid_account_history": ("UPDATE", "DELETE"),
    "eid_checkpoints": ("UPDATE", "DELETE"),
    "eid_account_personal": ("UPDATE",),
}
_MESSAGE = "history is append-only"


def _first(connection: sa.Connection) -> None:
    """Version 1: the tables, the triggers, and a registry with a name of its own."""
    metadata.create_all(connection, tables=[registry, accounts, numbers, history, personal, checkpoints])
    for table, acts in _FROZEN.items():
        _freeze(connection, table, acts)
    connection.execute(registry.insert().values(id=1, name=secrets.token_hex(ID_CHARS // 2), epoch=0))


def _freeze(connection: sa.Connection, table: str, acts: tuple[str, ...]) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION eid_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_frozen BEFORE {' OR '.join((*acts, 'TRUNCATE'))} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION eid_append_only()"
        )
        return
    for act in acts:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        )


ACCOUNTS = Part(name="accounts", migrations=(_first,))
