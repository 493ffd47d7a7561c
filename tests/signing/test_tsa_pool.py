"""signing.cms.tsa_pool: over real HTTP, authorities that fail are passed over, remembered, and asked again later."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from signing.cms.cades import sign_detached
from signing.cms.parse import parse_cms
from signing.cms.timestamp import TimestampAuthority
from signing.cms.tsa_pool import MAX_REST_S, TsaPool
from signing.errors import RefusedError, ServiceError, UsageError
from signing.http import HttpClient
from signing.policy import Baseline

from ..patience import HANG_S
from ..world import World
from .cms_makers import service

DIGEST = hashlib.sha256("Thông báo số 3".encode()).digest()


class Clock:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def authority(url: str) -> TimestampAuthority:
    return TimestampAuthority(url=url, http=HttpClient(allow=(url,), timeout_s=HANG_S))


class Counted:
    """Answers with a status, or with what a good authority says, and counts how often."""

    def __init__(self, reply: Callable[[bytes], tuple[int, bytes]]) -> None:
        self.asked, self.reply = 0, reply

    def __call__(self, body: bytes) -> tuple[int, bytes]:
        self.asked += 1
        return self.reply(body)


def good(world: World) -> Callable[[bytes], tuple[int, bytes]]:
    http = world.pki.http()
    return lambda body: (200, http.post(world.pki.tsa_url, body, content_type="application/timestamp-query"))


def test_the_first_that_answers_well_is_used(world: World) -> None:
    broken, whole, spare = Counted(lambda _: (503, b"")), Counted(good(world)), Counted(good(world))
    with service(broken) as a, service(whole) as b, service(spare) as c:
        pool = TsaPool(members=(authority(a), authority(b), authority(c)))
        token = pool.timestamp(DIGEST)
        assert token.imprint == DIGEST
        assert (broken.asked, whole.asked, spare.asked) == (1, 1, 0)
        assert pool.resting() == (a,)
        assert pool.url == a


def test_one_that_failed_rests_longer_each_time_and_is_asked_again_afterwards(world: World) -> None:
    clock, ill = Clock(), Counted(lambda _: (500, b""))
    with service(ill) as a, service(good(world)) as b:
        pool = TsaPool(members=(authority(a), authority(b)), rest_s=10, clock=clock)
        for wait, asked in ((0, 1), (9, 1), (2, 2), (15, 2), (10, 3)):
            clock.now += wait
            pool.timestamp(DIGEST)
            assert ill.asked == asked
        clock.now += 10_000
        ill.reply = good(world)
        pool.timestamp(DIGEST)
        assert pool.resting() == ()
        pool.timestamp(DIGEST)
        assert ill.asked == 5


def test_rest_has_a_limit(world: World) -> None:
    clock, ill = Clock(), Counted(lambda _: (500, b""))
    with service(ill) as a, service(good(world)) as b:
        pool = TsaPool(members=(authority(a), authority(b)), rest_s=100, clock=clock)
        for _ in range(20):
            clock.now += MAX_REST_S
            pool.timestamp(DIGEST)
        assert ill.asked == 20


def test_when_all_rest_the_one_that_rested_longest_is_asked_first(world: World) -> None:
    clock, first, second = Clock(), Counted(lambda _: (500, b"")), Counted(lambda _: (500, b""))
    with service(first) as a, service(second) as b:
        pool = TsaPool(members=(authority(a), authority(b)), clock=clock)
        with pytest.raises(ServiceError) as caught:
            pool.timestamp(DIGEST)
        assert caught.value.code == "timestamp.pool"
        assert "HTTP status 500" in caught.value.text
        assert caught.value.exit_status == 3
        first.reply = good(world)
        clock.now += 1
        assert pool.timestamp(DIGEST).imprint == DIGEST


def test_a_forged_answer_counts_as_a_failure_of_its_authority(world: World) -> None:
    """An authority that answers for another digest, or replays a token, does not stop the others."""
    other = world.pki.tsa().timestamp(hashlib.sha256(b"other").digest())
    replayed = b"\x30\x82" + (len(other.der) + 5).to_bytes(2, "big") + b"\x30\x03\x02\x01\x00" + other.der
    with service(lambda _: (200, replayed)) as a, service(lambda _: (200, b"junk")) as b, service(good(world)) as c:
        pool = TsaPool(members=(authority(a), authority(b), authority(c)))
        assert pool.timestamp(DIGEST).imprint == DIGEST
        assert pool.resting() == (a, b)


def test_an_authority_that_is_not_trusted_is_passed_over(world: World) -> None:
    def never(_: object) -> None:
        raise RefusedError("certificate.purpose", subject="TSA", why="?")

    with service(good(world)) as a, service(good(world)) as b:
        distrusted = TimestampAuthority(url=a, http=HttpClient(allow=(a,)), check=never)
        pool = TsaPool(members=(distrusted, authority(b)))
        pool.timestamp(DIGEST)
        assert pool.resting() == (a,)


def test_a_slow_authority_does_not_hold_the_others_up_beyond_the_total(world: World) -> None:
    clock = Clock()

    def slow(_: bytes) -> tuple[int, bytes]:
        clock.now += 100
        return 500, b""

    late = Counted(good(world))
    with service(slow) as a, service(late) as b:
        pool = TsaPool(members=(authority(a), authority(b)), clock=clock, total_s=60)
        with pytest.raises(ServiceError):
            pool.timestamp(DIGEST)
        assert late.asked == 0


def test_a_wrong_digest_is_the_callers_fault_and_no_ones_failure() -> None:
    pool = TsaPool(members=(authority("http://127.0.0.1:9/a"),))
    with pytest.raises(UsageError):
        pool.timestamp(b"short")
    assert pool.resting() == ()


def test_a_pool_stands_where_an_authority_does(world: World) -> None:
    with service(lambda _: (503, b"")) as a:
        pool = TsaPool(members=(authority(a), world.pki.tsa()))
        made = sign_detached(b"x", world.pki.signer("official"), baseline=Baseline.B_T, tsa=pool)
        assert len(parse_cms(made).timestamp_tokens) == 1
        wide = pool.using("sha512")
        assert (wide.digest, wide.using("sha512") is wide, wide.resting()) == ("sha512", True, (a,))
        assert wide.timestamp(bytes(64)).imprint_algorithm == "sha512"


def test_pools_that_make_no_sense_are_refused() -> None:
    one = authority("http://127.0.0.1:9/a")
    for members in ((), (one, one), (one, authority("http://127.0.0.1:9/b").using("sha384")), (one,) * 20):
        with pytest.raises(UsageError):
            TsaPool(members=members)
