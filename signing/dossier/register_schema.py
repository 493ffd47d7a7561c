"""The register's tables and their migrations (SQLAlchemy Core; SQLite and PostgreSQL).

`MIGRATIONS[n]` brings a database from schema version n to n + 1. Rows of entries and timestamps are never changed:
triggers of the database refuse it, whatever program asks. The one row of `register_head` is what a writer locks.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from ..errors import MalformedError

metadata = sa.MetaData()

schema = sa.Table("register_schema", metadata, sa.Column("version", sa.Integer, nullable=False))

# `number` counts entries from 1 without a gap; digests are lower-case hex; times are ISO 8601 in UTC.
head = sa.Table(
    "register_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("register", sa.String(32), nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)
entries = sa.Table(
    "register_entries",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("dossier", sa.String(120), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("event", sa.String(40), nullable=False),
    sa.Column("statement", sa.String(64), nullable=False),
    sa.Column("signature", sa.String(64), nullable=False),
    sa.Column("timestamp", sa.String(64), nullable=False),
    sa.Column("recorded", sa.String(40), nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.UniqueConstraint("dossier", "seq", name="register_entries_one_step"),
)
timestamps = sa.Table(
    "register_timestamps",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False),
)
_FROZEN = ("register_entries", "register_timestamps")


def _first(connection: sa.Connection) -> None:
    """Version 1: the four tables, the triggers, and an empty chain with a name of its own."""
    metadata.create_all(connection, tables=[head, entries, timestamps])
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION register_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the register is append-only'; END $$"
        )
        for table in _FROZEN:
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION register_append_only()"
            )
    else:
        for table in _FROZEN:
            for act in ("UPDATE", "DELETE"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END"
                )
    name = secrets.token_hex(16)
    connection.execute(head.insert().values(id=1, register=name, number=0, digest=name + name))


MIGRATIONS = (_first,)


def is_register(engine: sa.Engine) -> bool:
    """Whether the database holds a register of any version."""
    return sa.inspect(engine).has_table(schema.name)


def migrate(engine: sa.Engine) -> None:
    """Bring the database to the newest version, in one transaction. Raises `MalformedError` for a newer one."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(8317402)"))
        metadata.create_all(connection, tables=[schema])
        version = connection.execute(sa.select(schema.c.version)).scalar()
        if version is None:
            version = 0
            connection.execute(schema.insert().values(version=0))
        if type(version) is not int or version > len(MIGRATIONS):
            raise MalformedError("register.newer", version=version, known=len(MIGRATIONS))
        for step in MIGRATIONS[version:]:
            step(connection)
        if version < len(MIGRATIONS):
            connection.execute(schema.update().values(version=len(MIGRATIONS)))
