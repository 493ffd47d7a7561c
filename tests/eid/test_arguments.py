"""Arguments of another type than a public function takes are our own error, at every door."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from eid import Issuer, Key, KeySet, Level, MemoryReplay, OpenedStatusList, StatusList, UsageError, Verifier
from eid.counter import Binding, make_counter_credential
from eid.counter_check import CounterPolicy, examine_counter_code
from eid.disclosure import CredentialVerifier
from eid.level import AuthenticationLevel
from eid.registry import Database, Registry, open_registry
from eid.replay import SqliteReplay
from eid.status_cache import StatusCache

from .made import AUDIENCE, ISSUER, KEYS, PUBLIC

LIST = StatusList("https://id.example.vn/status/1", 64)
OPENED = OpenedStatusList.open(LIST.token(KEYS.active), PUBLIC)
CACHE = StatusCache(PUBLIC, prefix="https://id.example.vn/status/")
WRONG: Any = 5
EXPECTED: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "status": None, "replay": None}


def policy(**options: Any) -> CounterPolicy:
    given: dict[str, Any] = {"keys": PUBLIC, "issuer": ISSUER, "counter": "c", "challenge": bytes(8)}
    given |= {"level": Level.ONE, "auth_level": None, "binding": Binding.REQUIRED, "status": None, "replay": None}
    return CounterPolicy(**{**given, **options})


def ask(_: str) -> str:
    return "secret"


def used(path: Path, issuer: Any) -> None:
    with closing(SqliteReplay(path / "used")) as memory:
        memory.use(issuer, "t", 1, 0)


@pytest.mark.parametrize(
    "call",
    [
        lambda _: KeySet.load(WRONG, ask),
        lambda path: KeySet.load(saved(path), WRONG),
        lambda _: KEYS.save(WRONG, ask),
        lambda path: KEYS.save(path / "k", WRONG),
        lambda _: KeySet(WRONG),
        lambda _: KeySet([WRONG]),
        lambda _: KeySet.merge(WRONG),
        lambda _: KeySet.around(WRONG),
        lambda _: KEYS.with_next(WRONG),
        lambda _: KEYS.attach(WRONG),
        lambda _: KEYS.revoke([]),  # type: ignore[arg-type]
        lambda _: KEYS.mac(WRONG),
        lambda _: LIST.status(LIST.uri, "x", 0),  # type: ignore[arg-type]
        lambda _: LIST.status(None, 0, 0),  # type: ignore[arg-type]
        lambda _: LIST.token(WRONG),
        lambda _: OPENED.status(OPENED.uri, "x", OPENED.issued),  # type: ignore[arg-type]
        lambda _: OPENED.status(OPENED.uri, 0, None),  # type: ignore[arg-type]
        lambda _: OpenedStatusList.open("x", WRONG),
        lambda _: CACHE.status(None, 0, 0),  # type: ignore[arg-type]
        lambda _: CACHE.status([], 0, 0),  # type: ignore[arg-type]
        lambda _: StatusCache(WRONG, prefix="https://id.example.vn/"),
        lambda _: Verifier(PUBLIC, **EXPECTED, clock=WRONG),
        lambda _: CredentialVerifier(PUBLIC, **EXPECTED, vct="v", clock=WRONG),
        lambda _: Issuer(ISSUER, KEYS, clock=WRONG),
        lambda _: Issuer(ISSUER, KEYS, registry=WRONG),
        lambda _: Issuer(ISSUER, KEYS, status=WRONG),
        lambda path: open_registry(path / "r", WRONG),
        lambda path: open_registry(path / "r", KEYS, clock=WRONG),
        lambda _: open_registry(WRONG, KEYS),
        lambda _: Registry(WRONG, KEYS),
        lambda _: policy(replay=WRONG),
        lambda _: policy(status=WRONG),
        lambda _: policy(journal=WRONG),
        lambda _: examine_counter_code("x", WRONG),
        lambda _: SqliteReplay(WRONG),
        lambda path: used(path, []),
        lambda _: MemoryReplay(None),  # type: ignore[arg-type]
        lambda _: make_counter_credential(
            WRONG,
            issuer=ISSUER,
            counter="c",
            subject="s",
            level=Level.ONE,
            auth_level=AuthenticationLevel.ONE,
            holder=None,
        ),
    ],
)
def test_a_wrong_type_is_a_usage_error(call: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        call(tmp_path)


def saved(path: Path) -> Path:
    KEYS.save(path / "keys.pem", ask)
    return path / "keys.pem"


def test_a_registry_answers_for_entries_alone(tmp_path: Path) -> None:
    with open_registry(tmp_path / "r", KEYS) as registry:
        assert isinstance(registry.database, Database)
        for uri, index in ((5, 0), ("https://id.example.vn/status/1", "x")):
            with pytest.raises(UsageError):
                registry.issuance.status(uri, index, 0)  # type: ignore[arg-type]


def test_a_name_that_is_no_text_names_no_key() -> None:
    assert KEYS.find([]) is None  # type: ignore[arg-type]
    assert isinstance(KEYS.find(KEYS.active.kid), Key)
