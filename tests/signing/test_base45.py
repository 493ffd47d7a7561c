"""RFC 9285: its own examples, one text for each byte string, and nothing else accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.errors import LimitError, MalformedError, SigningError
from signing.seal.base45 import ALPHABET, MAX_CHARS, decode, encode

# RFC 9285 §4.3 and §4.4
EXAMPLES = [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")]


@pytest.mark.parametrize(("data", "text"), EXAMPLES)
def test_rfc_9285_examples(data, text):
    assert encode(data) == text
    assert decode(text) == data


def test_the_largest_group_of_the_rfc_is_read_and_the_next_refused():
    assert decode("FGW") == b"\xff\xff"
    with pytest.raises(MalformedError) as refused:
        decode("GGW")
    assert refused.value.code == "seal.base45"


@pytest.mark.parametrize("text", ["bb8", "BB8\n", "BB", ":::", "A", "BB8A", "BB8U5 ", "ß00", "B\u0000B"])
def test_other_alphabets_lengths_and_values_are_refused(text):
    if text in ("BB",):  # 11 + 11·45 = 506: more than one byte holds
        assert 11 + 11 * 45 > 255
    with pytest.raises(MalformedError):
        decode(text)


def test_length_is_bounded_before_any_work():
    with pytest.raises(LimitError):
        decode("0" * (MAX_CHARS + 1))


@given(st.binary(max_size=600))
def test_every_byte_string_comes_back(data):
    text = encode(data)
    assert set(text) <= set(ALPHABET)
    assert decode(text) == data


@given(st.text(alphabet=ALPHABET, max_size=40) | st.text(max_size=40))
def test_what_decodes_has_one_spelling(text):
    try:
        data = decode(text)
    except SigningError:
        return
    assert encode(data) == text
