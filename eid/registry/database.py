"""The registry's database: opened, brought to the newest schema, and used in transactions (SQLAlchemy Core 2).

SQLite by default, PostgreSQL by URL. Each part of the registry keeps its tables and its migrations in one module and
hands them over as a `Part`; versions are counted per part. A transaction that writes holds SQLite's one write lock from
its beginning; on PostgreSQL the part locks the rows that it reads again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from ..errors import IndeterminateError, MalformedError, MissingExtraError, UsageError

BUSY_MS = 30_000  # milliseconds that a writer waits for another on SQLite
_PRAGMAS = (
    *(f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"),
    "secure_delete=ON",  # what a purge erases is overwritten
)
_MIGRATION_LOCK = 5_903_117  # any number, the same for all programs that migrate a PostgreSQL database

metadata = sa.MetaData()
_versions = sa.Table(
    "eid_schema",
    metadata,
    sa.Column("part", sa.String(40), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the schema: `migrations[n]` brings it from version n to n + 1."""

    name: str
    migrations: tuple[Callable[[sa.Connection], None], ...]


class Database:
    """An open database. Use it as a context manager, or `close` it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, where: str | os.PathLike[str], parts: tuple[Part, ...], *, create: bool = True) -> Database:
        """The database at `where`: a path of an SQLite file or a URL (`sqlite:///…`, `postgresql+psycopg://…`).

        `create=False` refuses a database that holds no registry. Raises `UsageError` (`registry.url`,
        `registry.not-found`), `MissingExtraError`, `MalformedError` (`registry.newer`), `IndeterminateError`
        (`registry.unavailable`).
        """
        if not isinstance(where, str | os.PathLike):
            raise UsageError("registry.url")
        engine = _engine(os.fspath(where), create=create)
        database = cls(engine)
        try:
            with answers():
                if not create and not sa.inspect(engine).has_table(_versions.name):
                    raise UsageError("registry.not-found", path=_shown(engine.url))
                _migrate(engine, parts)
        except ValueError:  # a driver that cannot even spell the name
            database.close()
            raise UsageError("registry.url") from None
        except BaseException:
            database.close()
            raise
        return database

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite; otherwise it is PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that may write; committed and durable when the block ends well, undone otherwise."""
        with answers(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that reads one state of the database and does not hinder writers."""
        with answers(), self.engine.connect() as plain:
            connection = plain.execution_options(reading=True)
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def forget_deleted(self) -> None:
        """Let nothing that was deleted stay in SQLite's log once no other reader needs it; PostgreSQL forgets it at
        the next VACUUM."""
        if self.is_sqlite:
            with answers(), closing(self.engine.raw_connection()) as raw:  # outside any transaction
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Database({_shown(self.engine.url)!r})"


@contextmanager
def answers() -> Iterator[None]:
    """The database's own errors as ours; a broken unique key (`IntegrityError`) is for the caller to explain."""
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, sqlite3.Error, OSError) as e:
        if getattr(getattr(e, "orig", e), "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise IndeterminateError("registry.unavailable", why="the file is no SQLite file") from None
        raise IndeterminateError("registry.unavailable", why=type(e).__name__) from None


def _shown(url: sa.URL) -> str:
    """A URL as it may be told: without its password, and without its query, in which there may be another."""
    return url.set(query={}).render_as_string(hide_password=True)


def _engine(text: str, *, create: bool) -> sa.Engine:
    try:
        url = sa.make_url(text if "://" in text else f"sqlite:///{Path(text)}")
        backend = url.get_backend_name()
        if backend not in ("sqlite", "postgresql"):
            raise UsageError("registry.url")
        if backend == "sqlite" and (url.database or ":memory:") == ":memory:":
            raise UsageError("registry.url")  # it would be forgotten at the end
        if not create and backend == "sqlite" and not Path(str(url.database)).is_file():
            raise UsageError("registry.not-found", path=url.database)
        postgres: dict[str, Any] = {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}
        engine = sa.create_engine(url, **(postgres if backend == "postgresql" else {}))
    except ModuleNotFoundError:
        raise MissingExtraError("postgres") from None
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise UsageError("registry.url") from None
    if backend == "sqlite":
        prepare_sqlite(engine)
    return engine


def prepare_sqlite(engine: sa.Engine) -> None:
    """One writer at a time, and nothing lost at a power cut: IMMEDIATE transactions, WAL, synchronous FULL."""

    def connected(raw: sqlite3.Connection, _record: Any) -> None:
        raw.isolation_level = None  # the driver must not begin transactions by itself
        for pragma in _PRAGMAS:
            raw.execute(f"PRAGMA {pragma}").close()

    def begin(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", begin)


def _migrate(engine: sa.Engine, parts: tuple[Part, ...]) -> None:
    """Bring every part to its newest version, in one transaction."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        metadata.create_all(connection, tables=[_versions])
        for part in parts:
            row = sa.select(_versions.c.version).where(_versions.c.part == part.name)
            version, known = connection.execute(row).scalar(), len(part.migrations)
            if version is None:
                version = 0
                connection.execute(_versions.insert().values(part=part.name, version=0))
            if type(version) is not int or not 0 <= version <= known:
                raise MalformedError("registry.newer", part=part.name, version=version, known=known)
            for step in part.migrations[version:]:
                step(connection)
            if version < known:
                connection.execute(_versions.update().where(_versions.c.part == part.name).values(version=known))
