"""The registry's database: opened, migrated, refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from eid import EidError, IndeterminateError, MalformedError, UsageError
from eid.registry import PARTS, Database, Registry, open_registry
from eid.registry.accounts_schema import ACCOUNTS
from eid.registry.database import _MIGRATION_LOCK
from eid.registry.issuance import _STRIPE_LOCKS, _STRIPES
from eid.registry.places import _SHARD_LOCK
from eid.registry.rows import _EPOCH_LOCK

from ...patience import HANG_S
from ..made import KEYS, clock
from .scene import one


def test_a_new_registry_is_made_and_opened_again(registry: Registry, url: str) -> None:
    with open_registry(url, KEYS, create=False) as again, again.database.reading() as connection:
        assert sa.inspect(connection).has_table("eid_accounts")


def test_a_registry_of_a_newer_program_is_left_alone(registry: Registry, url: str) -> None:
    with registry.database.writing() as connection:
        connection.exec_driver_sql("UPDATE eid_schema SET version = 99")
    with pytest.raises(MalformedError) as caught:
        open_registry(url, KEYS)
    assert caught.value.code == "registry.newer"


@pytest.mark.parametrize(
    "where", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "nothing://x", "postgresql+x://y", "\0"]
)
def test_urls_that_name_no_registry(where: str) -> None:
    with pytest.raises(EidError) as caught:
        open_registry(where, KEYS)
    assert caught.value.code in {"registry.url", "extra.missing"}


def test_a_registry_that_held_accounts_alone_gets_the_other_parts(url: str) -> None:
    Database.open(url, (ACCOUNTS,)).close()
    with open_registry(url, KEYS, clock=clock()) as registry:
        one(registry)
        with registry.database.reading() as connection:
            versions = connection.exec_driver_sql("SELECT part, version FROM eid_schema").all()
    assert dict(map(tuple, versions)) == {part.name: len(part.migrations) for part in PARTS}


def test_many_make_the_same_registry_at_once(url: str) -> None:
    script = "import sys; from eid import KeySet; from eid.registry import open_registry\n"
    script += "open_registry(sys.argv[1], KeySet.generate()).close()"
    running = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(3)]
    assert [process.wait(HANG_S) for process in running] == [0, 0, 0]
    with open_registry(url, KEYS, create=False) as registry:
        assert registry.accounts.verify_history().accounts == 0


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        open_registry(tmp_path / "none.sqlite", KEYS, create=False)
    assert caught.value.code == "registry.not-found"
    assert not (tmp_path / "none.sqlite").exists()


def test_an_empty_database_holds_no_registry(url: str) -> None:
    engine = sa.create_engine(url if "://" in url else f"sqlite:///{url}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE other (id INTEGER)")
    engine.dispose()
    with pytest.raises(UsageError) as caught:
        open_registry(url, KEYS, create=False)
    assert caught.value.code == "registry.not-found"


def test_a_file_that_is_no_database_could_not_tell(tmp_path: Path) -> None:
    path = tmp_path / "text.sqlite"
    path.write_text("không phải cơ sở dữ liệu " * 100)
    with pytest.raises(IndeterminateError) as caught:
        open_registry(path, KEYS)
    assert caught.value.code == "registry.unavailable"
    assert "SQLite" in caught.value.text_vi


def test_a_password_in_the_url_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(IndeterminateError) as caught:
        open_registry(f"postgresql+psycopg://u:hunter2@/x?host={tmp_path}", KEYS)
    assert "hunter2" not in f"{caught.value!r}{caught.value.details}{caught.value.__cause__}"


def test_a_password_in_the_query_of_the_url_is_not_shown(url: str) -> None:
    secret = f"{url if '://' in url else f'sqlite:///{url}'}{'&' if '?' in url else '?'}password=hunter2"
    with pytest.raises(UsageError) as caught:
        open_registry(secret, KEYS, create=False)
    assert "hunter2" not in f"{caught.value!r}{caught.value.details}"
    engine = sa.create_engine("postgresql+psycopg://u@/x?password=hunter2&sslpassword=hunter3")
    for shown in (repr(Database(engine)), repr(Registry(Database(engine), KEYS))):
        assert "hunter" not in shown
        assert "postgresql+psycopg://u@/x" in shown


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE eid_account_history SET act = 'x'",
        "DELETE FROM eid_account_history",
        "UPDATE eid_checkpoints SET token='x'",
    ],
)
def test_the_database_itself_refuses_to_change_history(registry: Registry, statement: str) -> None:
    if registry.database.is_sqlite:  # its triggers fire for rows, not for statements
        with registry.database.writing() as connection:
            insert_row(connection)
    with pytest.raises((EidError, IntegrityError)), registry.database.writing() as connection:
        connection.exec_driver_sql(statement)


def insert_row(connection: sa.Connection) -> None:
    connection.exec_driver_sql("INSERT INTO eid_accounts (id, kind, state, seq, head) VALUES ('a', 'c', 's', 1, 'h')")
    connection.exec_driver_sql(
        "INSERT INTO eid_account_history (account, seq, epoch, act, time, facts, previous, digest) "
        "VALUES ('a', 1, 0, 'x', 0, '{}', 'p', 'd')"
    )
    connection.exec_driver_sql("INSERT INTO eid_checkpoints (number, token) VALUES (1, 't')")


def test_no_two_purposes_share_a_lock() -> None:
    locks = [_MIGRATION_LOCK, _EPOCH_LOCK, _SHARD_LOCK, *range(_STRIPE_LOCKS, _STRIPE_LOCKS + _STRIPES)]
    assert len(set(locks)) == len(locks)
