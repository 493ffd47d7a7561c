"""The tables of issued tokens, of their status lists and of bulk runs (SQLAlchemy Core; SQLite and PostgreSQL).

`eid_issued` has one row for each token or credential: enough to revoke it and to answer about it, never the token and
never a claim. Its key is (shard, counter): rows are written in order. A shard is one status list; `key` decides at
which index of the list a counter stands. `eid_account_status` says once, for all tokens of an account, that the account
is locked or cancelled. Times are whole seconds since 1970.
"""

from __future__ import annotations

import sqlalchemy as sa

from .database import Part, metadata

SALT_BYTES = 8  # random bytes in a token's identifier, beside its place

shards = sa.Table(
    "eid_status_shards",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("base", sa.String(500), nullable=False),  # the list's URI without its number
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),  # counters below it are given away
    sa.Column("key", sa.LargeBinary, nullable=False),  # of the permutation counter → index
    sa.Column("ends", sa.BigInteger, nullable=False),  # no token of it lives longer
)
issued = sa.Table(
    "eid_issued",
    metadata,
    sa.Column("shard", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("counter", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("account", sa.LargeBinary, nullable=False),  # 16 bytes
    sa.Column("audience", sa.LargeBinary),  # 16 bytes of its SHA-256; none for credentials
    sa.Column("kind", sa.SmallInteger, nullable=False),  # 1 identity token, 2 credential, 3 counter code
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("issued", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("status", sa.SmallInteger, nullable=False),  # the token's own, as in a status list
    sqlite_with_rowid=False,
)
sa.Index("eid_issued_account", issued.c.account)
sa.Index(
    "eid_issued_not_valid",
    issued.c.shard,
    issued.c.counter,
    sqlite_where=issued.c.status != 0,
    postgresql_where=issued.c.status != 0,
)
account_status = sa.Table(
    "eid_account_status",
    metadata,
    sa.Column("account", sa.LargeBinary, primary_key=True),
    sa.Column("status", sa.SmallInteger, nullable=False),
    sa.Column("ends", sa.BigInteger, nullable=False),  # no token of the account lives longer
)
# the line of an input file that a token was made for; unique, so that no line gets two
bulk_lines = sa.Table(
    "eid_bulk_lines",
    metadata,
    sa.Column("job", sa.LargeBinary, primary_key=True),  # 16 bytes
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("shard", sa.Integer, nullable=False),
    sa.Column("counter", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
used_tokens = sa.Table(
    "eid_used_tokens",
    metadata,
    sa.Column("issuer", sa.String(500), primary_key=True),
    sa.Column("token_id", sa.String(500), primary_key=True),
    sa.Column("expires", sa.BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)


def _first(connection: sa.Connection) -> None:
    """Version 1: all tables."""
    metadata.create_all(connection, tables=[shards, issued, account_status, bulk_lines, used_tokens])


ISSUANCE = Part(name="issuance", migrations=(_first,))
