"""RFC 8949 §4.2.1: one encoding for each value; every other spelling is refused."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.errors import MalformedError, SigningError
from signing.seal.cbor import MAX_BYTES, MAX_ITEMS, decode, encode

scalars = st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=30) | st.text(max_size=20)
labels = st.integers(0, 23)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(labels, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_deterministic_values_come_back(value):
    try:
        assert decode(encode(value)) == value
    except MalformedError as refused:
        assert "deep" in refused.text  # the generator nests deeper than seals do


NOT_DETERMINISTIC = {
    "integer longer than needed": "1817",
    "length longer than needed": "5801aa",
    "indefinite byte string": "5f41aaff",
    "indefinite array": "9f01ff",
    "indefinite map": "bf0101ff",
    "tag": "c101",
    "bignum": "c249010000000000000000",
    "regular expression tag": "d8236161",
    "half float": "f93c00",
    "double float": "fb3ff0000000000000",
    "true": "f5",
    "null": "f6",
    "undefined": "f7",
    "simple value": "f820",
    "break alone": "ff",
    "duplicate label": "a201010102",
    "labels out of order": "a202010101",
    "text label": "a1616101",
    "byte string label": "a1416101",
    "invalid UTF-8": "61ff",
    "surrogate": "63eda080",
    "bytes after the end": "0101",
    "cut short": "4401",
    "length of 2^64 - 1": "5bffffffffffffffff",
    "array of 2^64 - 1": "9bffffffffffffffff",
    "map of 2^64 - 1": "bbffffffffffffffff",
    "reserved length": "1c",
    "nothing": "",
    "six levels of arrays": "81818181818100",
}


@pytest.mark.parametrize("data", NOT_DETERMINISTIC.values(), ids=NOT_DETERMINISTIC)
def test_refused(data):
    with pytest.raises(MalformedError) as refused:
        decode(bytes.fromhex(data))
    assert refused.value.code == "seal.cbor"


def test_size_depth_and_number_of_values_are_bounded():
    for data in (b"\x00" * (MAX_BYTES + 1), b"\x81" * 1000, bytes([0x98, MAX_ITEMS + 1]) + b"\x00" * (MAX_ITEMS + 1)):
        with pytest.raises(MalformedError):
            decode(data)


@given(st.binary(max_size=60))
def test_any_bytes_decode_to_what_they_alone_encode_or_are_refused(data):
    try:
        value = decode(data)
    except SigningError:
        return
    assert cbor2.loads(data) == value  # another decoder reads the same
