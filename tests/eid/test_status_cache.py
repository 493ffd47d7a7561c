"""The cache of status lists at a verifier: what it fetches, what it never fetches, and that doubt is not "valid"."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest

from eid import IndeterminateError, Level, Status, UsageError, VerificationError
from eid.shards import Shards
from eid.status_cache import MAX_SHARDS, RETRY_S, StatusCache

from .made import ISSUER, KEYS, NOW, NOW_S, OTHER, PUBLIC, issue, issuer, signed, verifier

BASE = f"{ISSUER}/status/"


class Office:
    """An issuer's shards behind a function, which counts and may be told to fail."""

    def __init__(self, shards: int = 3) -> None:
        self.shards = Shards(BASE, 10)
        self.entries = [self.shards.allocate() for _ in range(10 * shards)]
        self.asked: list[str] = []
        self.now = NOW
        self.answer: Any = None

    def fetch(self, uri: str) -> Any:
        self.asked.append(uri)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.shards.token(uri, KEYS.active, at=self.now) if self.answer is None else self.answer

    def cache(self, **options: Any) -> StatusCache:
        return StatusCache(PUBLIC, self.fetch, **{"prefix": BASE, **options})


def doubt(cache: StatusCache, entry: tuple[str, int], now: float = NOW_S) -> str:
    with pytest.raises(IndeterminateError) as caught:
        cache.status(*entry, now)
    assert caught.value.exit_status == 3
    return caught.value.code


def test_each_list_is_fetched_once_while_it_is_fresh() -> None:
    office = Office()
    office.shards.set(*office.entries[17], Status.REVOKED)
    cache = office.cache()
    for _ in range(3):
        for number, entry in enumerate(office.entries):
            assert cache.status(*entry, NOW_S) is (Status.REVOKED if number == 17 else Status.VALID)
    assert sorted(office.asked) == list(office.shards.uris)
    assert len(cache) == 3


def test_a_verifier_may_ask_for_fresher_lists_than_the_issuer_offers() -> None:
    office = Office(1)
    cache, entry = office.cache(max_age_s=60), office.entries[0]
    assert cache.status(*entry, NOW_S + 59) is Status.VALID
    office.shards.set(*entry, Status.SUSPENDED)  # a lock
    office.now = NOW + timedelta(seconds=60)
    assert cache.status(*entry, NOW_S + 59) is Status.VALID
    assert cache.status(*entry, NOW_S + 60) is Status.SUSPENDED
    assert len(office.asked) == 2


@pytest.mark.parametrize("max_age_s", [60, 900])
def test_a_list_that_stays_old_is_stale_and_not_fetched_at_every_token(max_age_s: int) -> None:
    office = Office(1)
    cache, entry, late = office.cache(max_age_s=max_age_s), office.entries[0], NOW_S + max_age_s
    assert doubt(cache, entry, late) == "status.stale"
    assert doubt(cache, entry, late + 1) == "status.unavailable"
    assert len(office.asked) == 1
    office.now = NOW + timedelta(seconds=max_age_s)
    assert cache.status(*entry, late + RETRY_S) is Status.VALID


@pytest.mark.parametrize(
    "answer",
    [
        OSError("connection refused"),
        TimeoutError(),
        RuntimeError("secret"),
        IndeterminateError("status.unknown"),
        RecursionError(),
        b"",
        b"\xff\xfe",
        "not a token",
        5,
        b"x" * (3 << 20),
        signed({"alg": "ES256", "typ": "statuslist+jwt", "kid": "x"}, {}),
        Shards(BASE, 8),
    ],
)
def test_a_fetch_that_fails_in_any_way_is_doubt_and_recovers(answer: Any) -> None:
    office = Office(1)
    office.answer = answer
    cache, entry = office.cache(), office.entries[0]
    assert doubt(cache, entry) in {"status.unavailable", "status.untrusted"}
    assert doubt(cache, entry, NOW_S + 1) == "status.unavailable"
    assert len(office.asked) == 1
    office.answer = None
    assert cache.status(*entry, NOW_S + RETRY_S) is Status.VALID


def test_a_fetch_that_failed_while_the_clock_was_ahead_does_not_keep_everybody_out() -> None:
    office = Office(1)
    office.answer = OSError()
    cache, entry = office.cache(), office.entries[0]
    assert doubt(cache, entry, NOW_S + 86_400) == "status.unavailable"
    office.answer = None
    assert cache.status(*entry, NOW_S) is Status.VALID


def test_what_a_failing_fetch_says_does_not_reach_the_text() -> None:
    office = Office(1)
    office.answer = RuntimeError("https://user:password@id.example.vn")
    with pytest.raises(IndeterminateError) as caught:
        office.cache().status(*office.entries[0], NOW_S)
    assert "password" not in f"{caught.value}{caught.value.text_vi}{caught.value.details}"


def test_another_list_in_the_place_of_the_one_asked_for() -> None:
    office = Office(2)
    cache = office.cache()
    office.answer = office.shards.token(f"{BASE}2", KEYS.active, at=NOW)
    assert doubt(cache, office.entries[0]) == "status.unknown"
    assert len(cache) == 0


def test_a_list_that_somebody_else_signed() -> None:
    office = Office(1)
    office.answer = office.shards.token(f"{BASE}1", OTHER.active, at=NOW)
    assert doubt(office.cache(), office.entries[0]) == "status.untrusted"


def test_an_older_list_never_takes_the_place_of_a_newer_one() -> None:
    office = Office(1)
    entry = office.entries[0]
    before = office.shards.token(entry[0], KEYS.active, at=NOW - timedelta(seconds=10))
    office.shards.set(*entry, Status.REVOKED)
    cache = office.cache(max_age_s=60)
    assert cache.add(office.shards.token(entry[0], KEYS.active, at=NOW)) == entry[0]
    cache.add(before)  # replayed
    assert cache.status(*entry, NOW_S) is Status.REVOKED
    office.answer = before
    assert doubt(cache, entry, NOW_S + 60) == "status.stale"


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.example.vn.evil.example/status/1",
        "https://id.example.vn@evil.example/status/1",
        "https://evil.example/status/1",
        "http://id.example.vn/status/1",
        f"{BASE}",
        f"{BASE}../keys",
        f"{BASE}..",
        f"{BASE}a/../../b",
        f"{BASE}.hidden",
        f"{BASE}/1",
        f"{BASE}1?x=1",
        f"{BASE}1#x",
        f"{BASE}1 ",
        f"{BASE}1\n",
        f"{BASE}%2e%2e/1",
        f"{BASE}1\\..",
        f"{BASE}" + "1" * 600,
        BASE.upper() + "1",
        "file:///etc/passwd",
        "",
    ],
)
def test_ssrf_an_address_outside_the_prefix_is_never_fetched(uri: str) -> None:
    office = Office(1)
    assert doubt(office.cache(), (uri, 0)) == "status.foreign"
    assert office.asked == []


def test_without_a_fetch_only_lists_that_were_added_are_known() -> None:
    office = Office(2)
    cache = StatusCache(PUBLIC, prefix=BASE)
    assert doubt(cache, office.entries[0]) == "status.unknown"
    cache.add(office.shards.token(f"{BASE}1", KEYS.active, at=NOW))
    assert cache.status(*office.entries[0], NOW_S) is Status.VALID
    assert doubt(cache, office.entries[10]) == "status.unknown"
    assert doubt(cache, office.entries[0], NOW_S + 900) == "status.stale"
    foreign = Shards("https://evil.example/", 8)
    foreign.allocate()
    with pytest.raises(IndeterminateError) as caught:
        cache.add(foreign.token("https://evil.example/1", KEYS.active, at=NOW))
    assert caught.value.code == "status.foreign"


def test_memory_has_a_cap_and_the_list_that_ends_first_leaves() -> None:
    office = Office(4)
    cache = office.cache(max_shards=3)
    for number in range(4):
        office.now = NOW + timedelta(seconds=number)
        cache.status(*office.entries[10 * number], NOW_S + number)
    assert len(cache) == 3
    asked = len(office.asked)
    cache.status(*office.entries[39], NOW_S + 4)
    assert len(office.asked) == asked
    cache.status(*office.entries[0], NOW_S + 4)
    assert len(office.asked) == asked + 1
    assert len(cache) == 3


def test_many_failing_addresses_take_no_memory() -> None:
    office = Office(1)
    office.answer = OSError()
    cache = office.cache()
    for number in range(3 * MAX_SHARDS):
        doubt(cache, (f"{BASE}{number}", 0))
    assert len(cache._failed) <= MAX_SHARDS


def test_many_threads_ask_and_one_fetches() -> None:
    office = Office(3)
    gate = threading.Barrier(12)
    slow, answers = office.fetch, list[Status]()

    def fetch(uri: str) -> str:
        time.sleep(0.01)
        return str(slow(uri))

    cache = StatusCache(PUBLIC, fetch, prefix=BASE)

    def work() -> None:
        gate.wait()
        answers.extend([cache.status(*entry, NOW_S) for entry in office.entries])

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [Status.VALID] * 360
    assert sorted(office.asked) == list(office.shards.uris)


def test_a_verifier_asks_the_cache() -> None:
    made = issuer()
    cache = StatusCache(PUBLIC, lambda _: made.status_token(), prefix=BASE)
    token = issue(made)
    judge = verifier(made, status=cache, replay=None)
    assert judge.verify(token, level=Level.TWO).level is Level.TWO
    made.revoke(token)
    assert judge.verify(token, level=Level.TWO).level is Level.TWO  # the list at hand is still fresh
    late = StatusCache(PUBLIC, lambda _: made.status_token(), prefix=BASE)
    with pytest.raises(VerificationError) as caught:
        verifier(made, status=late, replay=None).verify(token, level=Level.TWO)
    assert caught.value.code == "token.revoked"


@pytest.mark.parametrize(
    "options",
    [
        {"prefix": "https://id.example.vn"},
        {"prefix": ""},
        {"prefix": None},
        {"prefix": "/" * 600},
        {"max_age_s": 0},
        {"max_age_s": 901},
        {"max_age_s": float("nan")},
        {"max_age_s": "60"},
        {"max_shards": 0},
        {"max_shards": 1.5},
        {"fetch": "https://id.example.vn"},
        {"keys": None},
    ],
)
def test_wrong_calls(options: dict[str, Any]) -> None:
    arguments = {"keys": PUBLIC, "fetch": None, "prefix": BASE, **options}
    with pytest.raises(UsageError):
        StatusCache(**arguments)
