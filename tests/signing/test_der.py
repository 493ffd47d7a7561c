"""signing.cms.der: exactly one encoding for each value, nothing else is read; BER is rewritten, never guessed."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from asn1crypto import core
from hypothesis import example, given
from hypothesis import strategies as st

from signing.cms import der


@given(st.integers(min_value=-(2**300), max_value=2**300))
@example(-128)
@example(-(2**63))
@example(127)
def test_integers_are_as_asn1crypto_writes_them_and_read_back(value: int) -> None:
    encoded = der.integer(value)
    assert encoded == core.Integer(value).dump()
    assert der.to_int(encoded, der.whole(encoded, der.INTEGER)) == value


@given(st.integers(0, 1), st.integers(0, 39), st.lists(st.integers(0, 2**70), max_size=8))
def test_object_identifiers_are_as_asn1crypto_writes_them_and_read_back(a: int, b: int, more: list[int]) -> None:
    dotted = ".".join(map(str, (a, b, *more)))
    encoded = der.oid(dotted)
    assert encoded == core.ObjectIdentifier(dotted).dump()
    if len(encoded) - 2 <= der.MAX_OID_BYTES:
        assert der.to_oid(encoded, der.read(encoded)) == dotted


def test_the_joint_arc_reads_above_39() -> None:
    encoded = der.oid("2.999.3")
    assert encoded == bytes.fromhex("0603883703")
    assert der.to_oid(encoded, der.read(encoded)) == "2.999.3"


@pytest.mark.parametrize("dotted", ["", "1", "3.1", "1.40", "1.2.", "1.02", "1.2.-3", "1.2\n", "a.b", "1." + "2." * 40])
def test_what_is_no_object_identifier_is_refused(dotted: str) -> None:
    with pytest.raises(der.DerError):
        der.oid(dotted)


@pytest.mark.parametrize("content", [b"", b"\x80\x01", b"\x2a\x80\x01", b"\x2a\x86", b"\x2a" * 65])
def test_broken_object_identifiers_are_refused(content: bytes) -> None:
    encoded = der.tlv(der.OID, content)
    with pytest.raises(der.DerError):
        der.to_oid(encoded, der.read(encoded))


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536, 1 << 24])
def test_lengths_are_the_shortest(size: int) -> None:
    encoded = der.octets(bytes(size))
    assert encoded == core.OctetString(bytes(size)).dump()
    value = der.whole(encoded, der.OCTET_STRING)
    assert value.stop - value.start == size


def test_set_of_sorts_its_encodings() -> None:
    assert der.set_of([der.integer(300), der.integer(2), der.integer(1)]) == bytes.fromhex("310a0201010201020202012c")


@pytest.mark.parametrize(
    "hexed",
    [
        "",
        "30",
        "3001",
        "308101" + "00",
        "30820001" + "00",
        "3080" + "0000",
        "3085000000000100",
        "1f8101" + "00",
        "30ff",
    ],
)
def test_other_lengths_and_tags_than_der_are_refused(hexed: str) -> None:
    with pytest.raises(der.DerError):
        der.read(bytes.fromhex(hexed))


def test_bytes_behind_the_value_are_refused() -> None:
    with pytest.raises(der.DerError):
        der.whole(der.null() + b"\0", der.NULL)


def test_a_child_may_not_reach_beyond_its_parent() -> None:
    data = bytes.fromhex("3003040441424344")
    with pytest.raises(der.DerError):
        der.children(data, der.read(data))


def test_the_number_of_children_is_limited() -> None:
    data = der.seq(*[der.null()] * 5)
    assert len(der.children(data, der.read(data), limit=5)) == 5
    with pytest.raises(der.DerError, match="more than 4"):
        der.children(data, der.read(data), limit=4)


def test_times_are_utc_time_through_2049_and_generalized_after() -> None:
    hanoi = timezone(timedelta(hours=7))
    assert der.time(datetime(2026, 11, 21, 8, 30, 5, tzinfo=hanoi)) == b"\x17\x0d261121013005Z"
    assert der.time(datetime(2050, 1, 1, tzinfo=UTC)) == b"\x18\x0f20500101000000Z"


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (b"\x17\x0d261121013005Z", datetime(2026, 11, 21, 1, 30, 5, tzinfo=UTC)),
        (b"\x17\x0b2611210130Z", datetime(2026, 11, 21, 1, 30, tzinfo=UTC)),
        (b"\x17\x11261121083005+0700", datetime(2026, 11, 21, 1, 30, 5, tzinfo=UTC)),
        (b"\x17\x0d500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (b"\x18\x1320261121013005.25Z", datetime(2026, 11, 21, 1, 30, 5, 250000, tzinfo=UTC)),
    ],
)
def test_times_that_are_met_are_read(encoded: bytes, expected: datetime) -> None:
    encoded = der.tlv(encoded[0], encoded[2:])
    assert der.to_time(encoded, der.read(encoded)) == expected


@pytest.mark.parametrize("text", ["", "261121", "261321013005Z", "20261121013005", "2026112101300５Z", "261121013005z"])
@pytest.mark.parametrize("tag", [der.UTC_TIME, der.GENERALIZED_TIME])
def test_broken_times_are_refused(text: str, tag: int) -> None:
    encoded = der.tlv(tag, text.encode())
    with pytest.raises(ValueError):
        der.to_time(encoded, der.read(encoded))


def test_indefinite_lengths_and_strings_in_pieces_become_der() -> None:
    ber = bytes.fromhex("308002010524800402414204014300000000") + b"rest"
    assert der.to_der(ber) == (der.seq(der.integer(5), der.octets(b"ABC")), len(ber) - 4)


@given(st.binary(max_size=200))
def test_der_is_copied_byte_for_byte(content: bytes) -> None:
    data = der.seq(der.octets(content), der.tlv(0xA0, der.set_of([der.integer(7), der.oid("1.2.3")])))
    assert der.to_der(data) == (data, len(data))


@pytest.mark.parametrize("ber", [b"\x30\x80", b"\x30\x80\x00", b"\x04\x80AB\0\0", b"\x30\x80" * 60 + b"\0\0" * 60])
def test_unended_or_deep_ber_is_refused(ber: bytes) -> None:
    with pytest.raises(der.DerError):
        der.to_der(ber)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_a_der_error(data: bytes) -> None:
    for reader in (der.read, der.to_der, lambda d: der.children(d, der.read(d))):
        with contextlib.suppress(der.DerError):
            reader(data)
