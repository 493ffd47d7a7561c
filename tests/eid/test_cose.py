"""Base45, CBOR and COSE as this package has them: its own errors, text labels, profiles. Their rules are tested beside
the seals (tests/signing/test_base45.py, test_cbor.py, test_cose.py), which use the same code."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid import EidError, LimitError, MalformedError, base45, cbor, cose
from eid.keys import Key

KEY = Key.generate()
PLAIN = cose.Profile()
TAGGED = cose.Profile(tagged=True)
NO_KID = cose.Profile(max_kid_bytes=0)


def signed(profile=PLAIN, key=KEY, kid=b"k", **options):
    return cose.sign1(b"claims", alg=key.cose_alg, sign=key.sign_raw, profile=profile, kid=kid, **options)


def test_errors_are_this_packages():
    for call, code in (
        (lambda: base45.decode("a"), "base45.malformed"),
        (lambda: base45.decode("0" * 5000), "base45.too-large"),
        (lambda: cbor.decode(b"\xf5"), "cbor.malformed"),
        (lambda: cose.parse_sign1(b"\x80", profile=PLAIN), "cose.malformed"),
    ):
        with pytest.raises(MalformedError) as refused:
            call()
        assert refused.value.code == code
        assert refused.value.text_vi != refused.value.text
    bomb = cose.sign1(bytes(5000), alg=-7, sign=KEY.sign_raw, profile=cose.Profile(may_deflate=True), kid=b"k")
    with pytest.raises(LimitError):
        cose.parse_sign1(bomb, profile=cose.Profile(may_deflate=True))


def test_text_labels_only_where_the_caller_allows_them():
    value = {1: "a", 65_535: {"status_list": {"idx": 1, "uri": "u"}}}
    assert cbor.decode(cbor.encode(value), text_labels=True) == value
    with pytest.raises(MalformedError):
        cbor.decode(cbor.encode(value))
    for bad in ("a2616101616101", "a2616201616101", "a1410101", "a1810101"):  # repeated, out of order, bytes, array
        with pytest.raises(MalformedError):
            cbor.decode(bytes.fromhex(bad), text_labels=True)


@pytest.mark.parametrize("alg", ["ES256", "ES384", "EdDSA", "Ed25519"])
def test_every_algorithm_has_its_number_and_length(alg):
    key = Key.generate(alg)
    parsed = cose.parse_sign1(signed(key=key), profile=PLAIN)
    assert (parsed.alg, parsed.kid, parsed.payload) == (key.cose_alg, b"k", b"claims")
    key.verify_raw(parsed.signed, parsed.signature)
    with pytest.raises(MalformedError):
        cose.parse_sign1(signed(key=key), profile=cose.Profile(algs=frozenset(cose.SIGNATURE_BYTES) - {key.cose_alg}))


def test_one_form_for_each_profile():
    forms = {
        "plain": (signed(), PLAIN),
        "tagged": (signed(TAGGED), TAGGED),
        "no kid": (signed(NO_KID), NO_KID),
    }
    for name, (data, _) in forms.items():
        for other, (_, profile) in forms.items():
            if name == other:
                assert cose.parse_sign1(data, profile=profile).payload == b"claims"
            else:
                with pytest.raises(MalformedError):
                    cose.parse_sign1(data, profile=profile)


@pytest.mark.parametrize("place", [0, 2, 3], ids=["header", "payload", "signature"])
def test_every_part_is_a_byte_string(place):
    """A payload in text, or none at all, is another message than the one that was signed."""
    for other in ("text", 5, [], {}):
        parts = cbor2.loads(signed())
        parts[place] = other
        with pytest.raises(MalformedError) as refused:
            cose.parse_sign1(cbor2.dumps(parts), profile=PLAIN)
        assert refused.value.code == "cose.malformed"


def test_compression_belongs_to_the_profile():
    squeezed = cose.Profile(may_deflate=True)
    made = cose.sign1(b"a" * 200, alg=-7, sign=KEY.sign_raw, profile=squeezed, kid=b"k")
    assert cose.parse_sign1(made, profile=squeezed).payload == b"a" * 200
    with pytest.raises(MalformedError):
        cose.parse_sign1(made, profile=PLAIN)


def test_a_header_read_for_one_profile_is_not_believed_for_another():
    """The same bytes of a header, once allowed and once not, in either order: what is remembered is per profile."""
    data = signed()
    for _ in range(2):
        assert cose.parse_sign1(data, profile=PLAIN).kid == b"k"
        with pytest.raises(MalformedError):
            cose.parse_sign1(data, profile=cose.Profile(algs=frozenset({cose.ES384})))


@given(st.sampled_from([0x00, 0x26, 0x04]), st.sampled_from([PLAIN, TAGGED, NO_KID]), st.binary(max_size=120))
def test_any_bytes_give_a_message_or_our_error(first, profile, data):
    for given_bytes in (data, b"\xd2\x84" + data, bytes([first]) + data):
        try:
            cose.parse_sign1(given_bytes, profile=profile)
        except EidError:
            continue


@given(st.binary(max_size=80))
def test_any_bytes_with_text_labels_read_as_another_decoder_reads_them(data):
    try:
        value = cbor.decode(data, text_labels=True)
    except EidError:
        return
    assert cbor2.loads(data) == value
