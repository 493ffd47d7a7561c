"""Status lists: the draft's own examples, what opening costs, what a list that lies or is old may not say."""

from __future__ import annotations

import random
import threading
import tracemalloc
import zlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid import EidError, IndeterminateError, KeySet, OpenedStatusList, RefusedError, Status, StatusList, UsageError
from eid.encoding import b64url_text, unb64url
from eid.errors import LimitError, MalformedError
from eid.keys import Purpose
from eid.shards import Shards
from eid.status import MAX_BYTES, MAX_ENTRIES, TTL_S, inflate
from eid.token import MAX_TEXT_CHARS

from .made import KEYS, NOW, NOW_S, OTHER, PUBLIC, changed, parts, signed, text

BASE = "https://id.example.vn/status/"
URI = f"{BASE}1"

# draft-ietf-oauth-status-list-17, appendix C.1 and C.2: 2^20 entries each
ONE_BIT = (
    "eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAA"
    "ADjelAAAAAAAAAAAKjDMAQAAAACAZC8L2AEb"
)
TWO_BITS = (
    "eNrt2zENACEQAEEuoaBABP5VIO01fCjIHTMStt9ovGVIAAAAAABAbiEBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEB5WwIAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAID0ugQAAAAA"
    "AAAAAAAAAAAAQG12SgAAAAAAAAAAAAAAAAAAAAAAAAAAAOCSIQEAAAAAAAAAAAAAAAAAAAAAAAD8ExIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAwJEuAQAAAAAAAAAAAAAAAAAAAAAAAMB9SwIAAAAAAAAAAAAAAAAAAACoYUoAAAAAAAAAAAAAAEBqH81gAQw"
)
TWO_BITS_SET = {
    0: 1,
    1993: 2,
    25460: 1,
    159495: 3,
    495669: 1,
    554353: 1,
    645645: 2,
    723232: 1,
    854545: 1,
    934534: 2,
    1000345: 3,
}
# section 4.1: byte_array = [0xc9, 0x44, 0xf9]
SHORT = "eNo76fITAAPfAgc", bytes((0xC9, 0x44, 0xF9))
ONE_BIT_SET = (0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345)


def opened(status_list: StatusList, ttl_s: int = TTL_S) -> OpenedStatusList:
    return OpenedStatusList.open(status_list.token(KEYS.active, at=NOW, ttl_s=ttl_s), PUBLIC)


def list_token(packed: str, **claims: Any) -> str:
    token = StatusList(URI, 8).token(KEYS.active, at=NOW)
    header, body = parts(token)
    body["status_list"] = {"bits": 2, "lst": packed}
    return signed(header, {**body, **claims})


def refused(token: str, keys: KeySet = PUBLIC) -> IndeterminateError:
    with pytest.raises(IndeterminateError) as caught:
        OpenedStatusList.open(token, keys)
    assert (caught.value.code, caught.value.exit_status) == ("status.untrusted", 3)
    return caught.value


# the draft's own examples


def test_the_drafts_two_bit_example_reads_entry_by_entry() -> None:
    source = OpenedStatusList.open(list_token(TWO_BITS), PUBLIC)
    assert inflate(SHORT[0]) == SHORT[1]
    for index in (*TWO_BITS_SET, 1, 2, 1992, 1994, 159494, 159496, (1 << 20) - 1):
        expected = TWO_BITS_SET.get(index, 0)
        if expected == 3:
            with pytest.raises(IndeterminateError):
                source.status(URI, index, NOW_S)
        else:
            assert source.status(URI, index, NOW_S) == expected


def test_the_drafts_one_bit_example_inflates_and_is_refused_as_a_list_of_two_bits() -> None:
    bits = inflate(ONE_BIT)
    assert tuple(i for i in range(8 * len(bits)) if bits[i >> 3] >> (i & 7) & 1) == ONE_BIT_SET
    token = list_token(ONE_BIT)
    refused(changed(token, ["status_list", "bits"], 1))


def test_our_own_list_is_what_the_draft_writes() -> None:
    status_list = StatusList(URI, 1 << 20)
    for index, value in TWO_BITS_SET.items():
        if value != 3:
            status_list.set(index, Status(value))
    _, claims = parts(status_list.token(KEYS.active, at=NOW))
    theirs = inflate(TWO_BITS)
    for index in (159495, 1000345):  # the application's own value, which we never write
        theirs[index // 4] &= ~(3 << 2 * (index % 4))
    assert zlib.decompress(unb64url(claims["status_list"]["lst"].encode())) == theirs
    assert claims["status_list"]["bits"] == 2
    assert set(claims) == {"sub", "iat", "exp", "ttl", "status_list"}


@pytest.mark.parametrize("bits", [1, 4, 8, 0, 3, "2", 2.0, True, None, [2]])
def test_lists_of_other_widths_are_refused(bits: Any) -> None:
    refused(changed(list_token(TWO_BITS), ["status_list", "bits"], bits))


# opening


@pytest.mark.parametrize(
    "packed",
    [
        "",
        "=",
        b64url_text(b"\x78"),
        b64url_text(zlib.compress(bytes(100)))[:-4],
        b64url_text(zlib.compress(bytes(100)) + b"x"),
        b64url_text(zlib.compress(random.Random(3).randbytes(20_000)) + bytes(20_000)),
        b64url_text(zlib.compress(bytes(100))[2:-4]),
        b64url_text(zlib.compress(bytes(100))[:-1] + b"\x00"),
        b64url_text(zlib.compress(bytes(100))) + "é",
        b64url_text(zlib.compress(bytes(100))) + "\n",
    ],
    ids=["empty", "padding", "one-byte", "cut", "tail", "tail-next-chunk", "raw", "adler", "letters", "newline"],
)
def test_streams_that_are_not_whole(packed: str) -> None:
    with pytest.raises(MalformedError) as caught:
        inflate(packed)
    assert caught.value.code == "status.malformed"
    refused(list_token(packed))


def test_cve_2024_33664_a_bomb_is_stopped_at_the_limit_and_costs_little() -> None:
    assert len(inflate(b64url_text(zlib.compress(bytes(MAX_BYTES))))) == MAX_BYTES
    bomb = b64url_text(zlib.compress(bytes(64 * MAX_BYTES), 9))
    tracemalloc.start()
    with pytest.raises(LimitError) as caught:
        inflate(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "status.limit"
    assert peak < 2 * MAX_BYTES
    with pytest.raises(LimitError):
        inflate(b64url_text(zlib.compress(bytes(MAX_BYTES + 1))))


def test_opening_the_largest_list_costs_at_most_two_and_a_half_times_its_bits() -> None:
    status_list = StatusList(URI, MAX_ENTRIES)
    draw = random.Random(5)
    for _ in range(MAX_ENTRIES // 50):
        status_list.set(draw.randrange(MAX_ENTRIES), draw.choice((Status.REVOKED, Status.SUSPENDED)))
    token = status_list.token(KEYS.active, at=NOW)
    OpenedStatusList.open(token, PUBLIC)
    tracemalloc.start()
    held = OpenedStatusList.open(token, PUBLIC)
    peak = tracemalloc.get_traced_memory()[1] + len(token)
    tracemalloc.stop()
    assert peak <= 2.5 * MAX_BYTES
    for index in draw.sample(range(MAX_ENTRIES), 1000):
        assert held.status(URI, index, NOW_S) is status_list.get(index)


def test_a_list_that_somebody_else_signed() -> None:
    token = StatusList(URI, 8).token(OTHER.active, at=NOW)
    refused(token)
    OpenedStatusList.open(token, KeySet.from_jwks(OTHER.public_jwks()))


def test_a_key_made_for_another_purpose_signs_no_list_that_counts() -> None:
    before = NOW - timedelta(days=1)
    made = {purpose: KeySet.generate(purpose=purpose, at=before) for purpose in Purpose}
    public = KeySet.from_jwks(KeySet.merge(*made.values()).public_jwks())
    status_list = StatusList(URI, 8)
    OpenedStatusList.open(status_list.token(made[Purpose.STATUS].active, at=NOW), public)
    header, claims = parts(status_list.token(KEYS.active, at=NOW))
    for purpose in (Purpose.TOKEN, Purpose.SEAL):
        key = made[purpose].active
        with pytest.raises(UsageError) as caught:
            status_list.token(key, at=NOW)
        assert caught.value.code == "status.key"
        refused(signed({**header, "kid": key.kid}, claims, key), public)


def test_an_identity_token_is_no_list() -> None:
    header, claims = parts(StatusList(URI, 8).token(KEYS.active, at=NOW))
    refused(signed({**header, "typ": "eid+jwt"}, claims))
    refused(signed({**header, "typ": "JWT"}, claims))


@pytest.mark.parametrize("name", ["sub", "iat", "exp", "ttl", "status_list"])
@pytest.mark.parametrize("value", [..., None, True, 1.5, -1, "", [], {}, 1 << 60])
def test_every_claim_of_a_list_is_required_and_typed(name: str, value: Any) -> None:
    refused(changed(list_token(TWO_BITS), [name], value))


@pytest.mark.parametrize("sub", [b'"a","sub":"b"', b'"\\ud800"', b'"\\uD83D\\uDE00"', b"NaN", b"1" * 40, b"[" * 99999])
def test_the_claims_of_a_list_are_strict_json(sub: bytes) -> None:
    header, claims = parts(list_token(TWO_BITS))
    body = text({**claims, "sub": "SUB"})
    OpenedStatusList.open(signed(header, body.replace(b'"SUB"', b'"x"')), PUBLIC)
    assert "strict JSON" in refused(signed(header, body.replace(b'"SUB"', sub))).text


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_refused_with_our_error(anything: str) -> None:
    with pytest.raises(EidError):
        OpenedStatusList.open(anything, PUBLIC)
    with pytest.raises(MalformedError):
        inflate(anything)


@given(st.binary(max_size=200))
def test_any_bytes_as_a_list(data: bytes) -> None:
    assert inflate(b64url_text(zlib.compress(data))) == data
    with pytest.raises(MalformedError):
        inflate(b64url_text(data))


# freshness


def test_a_list_is_good_from_its_date_until_its_ttl_has_passed() -> None:
    held = opened(StatusList(URI, 8), ttl_s=60)
    assert held.status(URI, 0, NOW_S + 59.9) is Status.VALID
    assert held.status(URI, 0, NOW_S - 30) is Status.VALID  # clocks differ
    for s, code in ((60, "status.stale"), (10**9, "status.stale"), (-31, "status.early"), (-(10**6), "status.early")):
        with pytest.raises(IndeterminateError) as caught:
            held.status(URI, 0, NOW_S + s)
        assert caught.value.code == code


def test_a_ttl_of_a_day_is_cut_to_fifteen_minutes() -> None:
    held = OpenedStatusList.open(list_token(TWO_BITS, ttl=86400, exp=NOW_S + 86400), PUBLIC)
    assert held.expires == NOW_S + TTL_S
    assert OpenedStatusList.open(list_token(TWO_BITS, exp=NOW_S + 5), PUBLIC).expires == NOW_S + 5


def test_a_list_of_another_name_or_a_shorter_one_says_nothing() -> None:
    held = opened(StatusList(URI, 8))
    for uri, index in ((f"{URI}0", 0), (BASE, 0), (URI, 8), (URI, -1), (URI, 1 << 70)):
        with pytest.raises(IndeterminateError) as caught:
            held.status(uri, index, NOW_S)
        assert caught.value.code == "status.unknown"


# the issuer's own list


def test_marking_an_entry_that_was_drawn_ahead_takes_it_out() -> None:
    status_list = StatusList(URI, 64)
    first = status_list.allocate()
    rest = [index for index in range(64) if index != first]
    assert {status_list.mark(index) for index in rest} == {True}
    assert {status_list.mark(index) for index in range(64)} == {False}
    with pytest.raises(RefusedError) as caught:
        status_list.allocate()
    assert caught.value.code == "status.full"
    assert status_list.release(first)
    assert not status_list.release(first)
    assert status_list.allocate() == first


def test_an_entry_given_back_twice_is_not_given_to_two_tokens() -> None:
    status_list = StatusList(URI, 64)
    given_out = [status_list.allocate() for _ in range(64)]
    free = set(given_out[:2])
    assert {status_list.release(index) for index in free} == {True}
    taken = status_list.allocate()  # both are drawn, and the other one is kept ready
    (ready,) = free - {taken}
    assert not status_list.release(ready)
    assert status_list.allocate() == ready
    with pytest.raises(RefusedError):
        status_list.allocate()


def test_entries_that_a_list_does_not_have_and_lives_that_are_none_are_our_errors() -> None:
    status_list = StatusList(URI, 10)
    status_list.set(9, Status.REVOKED)
    assert status_list.get(9) is Status.REVOKED
    odd: Any
    for odd in (-1, 10, 11, 12, "1", True, None):  # 10 and 11 have bits, which belong to nobody
        for use in (status_list.get, status_list.mark, status_list.release):
            with pytest.raises(UsageError):
                use(odd)
        with pytest.raises(UsageError):
            status_list.set(odd, Status.VALID)
    for odd in (0, TTL_S + 1, True, "900"):
        with pytest.raises(UsageError):
            status_list.token(KEYS.active, ttl_s=odd)
    for odd in ("", "x" * (MAX_TEXT_CHARS + 1), None):
        with pytest.raises(UsageError):
            StatusList(odd)


# shards


def test_shards_fill_one_after_another_and_no_entry_is_given_twice() -> None:
    shards = Shards(BASE, 100)
    given_out = [shards.allocate() for _ in range(250)]
    assert len(set(given_out)) == 250
    assert shards.uris == (f"{BASE}1", f"{BASE}2", f"{BASE}3")
    order = [index for uri, index in given_out if uri == URI]
    assert sorted(order) == list(range(100))
    assert order != sorted(order)  # the order of issue does not show


def test_shards_answer_by_name_and_their_tokens_open() -> None:
    shards = Shards(BASE, 100)
    given_out = [shards.allocate() for _ in range(150)]
    shards.set(*given_out[3], Status.REVOKED)
    shards.set(*given_out[149], Status.SUSPENDED)
    assert shards.get(*given_out[3]) is Status.REVOKED
    lists = {uri: OpenedStatusList.open(token, PUBLIC) for uri, token in shards.tokens(KEYS.active, at=NOW)}
    assert set(lists) == set(shards.uris)
    for number, (uri, index) in enumerate(given_out):
        expected = {3: Status.REVOKED, 149: Status.SUSPENDED}.get(number, Status.VALID)
        assert lists[uri].status(uri, index, NOW_S) is shards.status(uri, index, NOW_S) is expected
    for uri, index in ((f"{BASE}3", 0), ("https://evil.example/1", 0), (URI, 100)):
        with pytest.raises(IndeterminateError):
            shards.status(uri, index, NOW_S)
    for uri in (f"{BASE}3", "", None):
        with pytest.raises(UsageError) as caught:
            shards.set(uri, 0, Status.REVOKED)  # type: ignore[arg-type]
        assert caught.value.code == "status.no-shard"


def test_shards_are_read_back_and_entries_come_free_again() -> None:
    before, after = Shards(BASE, 10), Shards(BASE, 10)
    used = [before.allocate() for _ in range(25)]
    for uri, index in used:
        after.adopt(uri, index)
        after.adopt(uri, index, Status.REVOKED)  # twice is once
    rest = [after.allocate() for _ in range(5)]
    assert not set(rest) & set(used)
    assert after.get(*used[0]) is Status.REVOKED
    after.release(*used[0])
    after.release(*used[0])
    assert after.allocate() == used[0]
    assert after.get(*used[0]) is Status.VALID
    assert len({after.allocate() for _ in range(11)}) == 11
    assert after.uris[-1] == f"{BASE}5"


@pytest.mark.parametrize("uri", [f"{BASE}0", f"{BASE}01", f"{BASE}257", f"{BASE}-1", f"{BASE}1/", "x", f"{BASE}١"])
def test_shards_open_only_lists_of_their_own_name(uri: str) -> None:
    shards = Shards(BASE, 10)
    with pytest.raises(UsageError):
        shards.adopt(uri, 0)
    assert len(shards.uris) <= 256


def test_shards_of_many_threads() -> None:
    shards, found = Shards(BASE, 500), list[tuple[str, int]]()

    def work() -> None:
        for _ in range(300):
            entry = shards.allocate()
            found.append(entry)
            shards.set(*entry, Status.REVOKED)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 1800
    assert all(shards.get(*entry) is Status.REVOKED for entry in found)


@pytest.mark.parametrize(
    ("base", "size"),
    [("https://id.example.vn/status", 1), ("", 1), ("/" * 600, 1), ("a b/", 1), (1, 1), (BASE, 0), (BASE, 1 << 30)],
)
def test_shards_need_a_base_and_a_size(base: Any, size: Any) -> None:
    with pytest.raises(UsageError):
        Shards(base, size)


def test_lists_renewed_later_tell_what_changed() -> None:
    shards = Shards(BASE, 16)
    entry = shards.allocate()
    first = shards.token(entry[0], KEYS.active, at=NOW)
    shards.set(*entry, Status.SUSPENDED)
    second = shards.token(entry[0], KEYS.active, at=NOW + timedelta(seconds=60))
    assert OpenedStatusList.open(first, PUBLIC).status(*entry, NOW_S + 60) is Status.VALID
    assert OpenedStatusList.open(second, PUBLIC).status(*entry, NOW_S + 60) is Status.SUSPENDED
