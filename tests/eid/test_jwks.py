"""Hostile key material: what a JWKS may hold, whoever wrote it, and which of it ever verifies anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import EidError, Key, KeySet, MalformedError, VerificationError
from eid.encoding import b64url_text, unb64url
from eid.jws import header_segment, open_compact, sign_compact
from eid.keys import MAX_KEYS, Purpose

from ..patience import cost

GOOD = Key.generate("ES256")
TOKEN = sign_compact(GOOD, header_segment(GOOD, "eid+jwt"), b"{}")
MADE = {alg: Key.generate(alg).to_jwk() for alg in ("ES256", "ES384", "Ed25519", "EdDSA")}
RSA_KEY = Key.external(rsa.generate_private_key(65537, 2048).public_key(), lambda _: b"", alg="RS256")
MADE["RS256"] = RSA_KEY.to_jwk()
MADE["PS256"] = {**RSA_KEY.to_jwk(), "alg": "PS256"}
P_256 = (1 << 256) - (1 << 224) + (1 << 192) + (1 << 96) - 1
P_25519 = (1 << 255) - 19


def changed(alg: str, /, **members: Any) -> dict[str, Any]:
    return {name: value for name, value in {**MADE[alg], **members}.items() if value is not ...}


def number(value: int) -> str:
    return b64url_text(value.to_bytes((value.bit_length() + 7) // 8 or 1, "big"))


def opens(jwks: Any) -> bool:
    """Whether our token is good under the keys of a JWKS."""
    try:
        open_compact(TOKEN, "eid+jwt", KeySet.from_jwks(jwks).find, known={})
    except VerificationError as e:
        assert e.code in ("token.key-unknown", "token.signature", "token.algorithm")
        return False
    return True


@pytest.mark.parametrize("alg", MADE)
def test_control_every_kind_is_read_back_as_it_was_published(alg: str) -> None:
    keys = KeySet.from_jwks(json.loads(json.dumps({"keys": [MADE[alg]]})))
    assert keys.public_jwks() == {"keys": [MADE[alg]]}
    assert keys.keys[0].thumbprint == MADE[alg]["kid"]


OTHER_USE = [
    {"use": "enc"},
    {"use": None},
    {"use": ["sig"]},
    {"key_ops": ["sign"]},
    {"key_ops": ["encrypt", "wrapKey"]},
    {"key_ops": []},
    {"key_ops": "verify"},
    {"key_ops": {"verify": 1}},
    {"key_ops": None},
    {"purpose": "payments"},
    {"purpose": ""},
    {"purpose": None},
    {"purpose": ["token"]},
    {"alg": "HS256"},
    {"alg": "none"},
    {"alg": "RSA-OAEP"},
    {"alg": "ES256K"},
    {"alg": None},
    {"alg": ["ES256", "EdDSA", "RS256"]},
    {"kty": "oct"},
    {"kty": "AKP"},
    {"kty": None},
    {"kty": ["EC"]},
    {"kty": {}},
]


@pytest.mark.parametrize("alg", MADE)
@pytest.mark.parametrize("members", OTHER_USE, ids=str)
def test_keys_for_another_use_are_passed_over(alg: str, members: dict[str, Any]) -> None:
    assert Key.from_jwk(changed(alg, **members)) is None


@pytest.mark.parametrize("alg", MADE)
@pytest.mark.parametrize("other", MADE)
def test_an_algorithm_of_another_kind_of_key_is_passed_over(alg: str, other: str) -> None:
    family = {"ES256": 1, "ES384": 2, "EdDSA": 3, "Ed25519": 3, "PS256": 4, "RS256": 4}
    found = Key.from_jwk(changed(alg, alg=other))
    assert (found is not None) == (family[alg] == family[other])
    assert found is None or found.alg == other


@pytest.mark.parametrize("alg", ["ES256", "ES384", "EdDSA"])
@pytest.mark.parametrize("crv", ["P-521", "secp256k1", "BP-256", "X25519", "Ed448", "p-256", "", None, 256, ["P-256"]])
def test_other_curves_are_passed_over(alg: str, crv: Any) -> None:
    assert Key.from_jwk(changed(alg, crv=crv, alg=...)) is None


def test_a_curve_of_another_kind_is_passed_over() -> None:
    assert Key.from_jwk(changed("ES256", kty="OKP", alg=...)) is None
    assert Key.from_jwk(changed("EdDSA", kty="EC", alg=...)) is None


def test_an_rsa_key_says_its_algorithm_or_is_passed_over() -> None:
    """Nothing else tells PS256 from RS256, and a token must not."""
    assert Key.from_jwk(changed("RS256", alg=...)) is None


@pytest.mark.parametrize("alg", MADE)
@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_a_private_member_is_a_leak_whatever_else_is_wrong(alg: str, member: str) -> None:
    for more in ({}, {"use": "enc"}, {"alg": "ES512"}, {"crv": "P-521"}, {"x": "AA"}):
        jwks = {"keys": [GOOD.to_jwk(), changed(alg, **{**more, member: "AA"})]}
        with pytest.raises(MalformedError) as caught:
            KeySet.from_jwks(jwks)
        assert caught.value.code == "jwks.private"


EC_X = unb64url(MADE["ES256"]["x"].encode())
BROKEN: list[tuple[str, dict[str, Any]]] = [
    *(("ES256", members) for members in (
        {"x": ...},
        {"y": ...},
        {"x": None},
        {"x": 5},
        {"x": ["AA"]},
        {"x": ""},
        {"x": "é"},
        {"x": MADE["ES256"]["x"] + "="},
        {"x": MADE["ES256"]["x"] + "\n"},
        {"x": b64url_text(b"\0" + EC_X)},
        {"x": b64url_text(EC_X[:-1])},
        {"x": MADE["ES256"]["y"], "y": MADE["ES256"]["x"]},
        {"x": b64url_text(bytes(32)), "y": b64url_text(bytes(32))},  # the point at infinity as some write it
        {"x": b64url_text(b"\xff" * 32)},
        {"x": b64url_text(P_256.to_bytes(32, "big"))},
        {"x": b64url_text(bytes([EC_X[0] ^ 1]) + EC_X[1:])},  # off the curve
        {"x": MADE["ES384"]["x"], "y": MADE["ES384"]["y"]},
        {"x": "A" * 1_000_000},
    )),
    ("ES384", {"x": MADE["ES256"]["x"], "y": MADE["ES256"]["y"]}),
    ("ES384", {"y": b64url_text(bytes(48))}),
    *(("EdDSA", members) for members in (
        {"x": ...},
        {"x": "AA"},
        {"x": MADE["EdDSA"]["x"] + "A"},
        {"x": b64url_text((2).to_bytes(32, "little"))},  # not on the curve
        {"x": b64url_text(P_25519.to_bytes(32, "little"))},  # y = p, another spelling of 0
        {"x": b64url_text((P_25519 + 1).to_bytes(32, "little"))},
        {"x": b64url_text(b"\xff" * 32)},
    )),
    *(("RS256", members) for members in (
        {"n": ...},
        {"e": ...},
        {"n": ""},
        {"e": ""},
        {"n": 5},
        {"n": "A" + MADE["RS256"]["n"]},
        {"n": b64url_text(b"\0" + unb64url(MADE["RS256"]["n"].encode()))},
        {"e": "AAEAAQ"},  # a leading zero
        {"e": number(65536)},
        {"e": number(1)},
        {"n": number((1 << 2047) + (1 << 100))},  # even
    )),
]  # fmt: skip


@pytest.mark.parametrize(("alg", "members"), BROKEN)
def test_a_broken_key_is_refused_and_silences_no_other(alg: str, members: dict[str, Any]) -> None:
    broken = changed(alg, **members)
    with pytest.raises(MalformedError) as caught:
        Key.from_jwk(broken)
    assert caught.value.code == "jwks.malformed"
    with pytest.raises(MalformedError) as caught:
        KeySet.from_jwks({"keys": [broken]})
    assert caught.value.code == "jwks.malformed"
    keys = KeySet.from_jwks({"keys": [broken, GOOD.to_jwk()]})
    assert [key.kid for key in keys.keys] == [GOOD.kid]


D_25519 = -121665 * pow(121666, -1, P_25519) % P_25519


def _root(square: int) -> int | None:
    """A square root modulo p (RFC 8032 §5.1.3)."""
    root = pow(square, (P_25519 + 3) // 8, P_25519)
    if (root * root - square) % P_25519:
        root = root * pow(2, (P_25519 - 1) // 4, P_25519) % P_25519
    return None if (root * root - square) % P_25519 else root


def _doubled(x: int, y: int) -> tuple[int, int]:
    k = D_25519 * x * x * y * y
    return 2 * x * y * pow(1 + k, -1, P_25519) % P_25519, (y * y + x * x) * pow(1 - k, -1, P_25519) % P_25519


def _small_order() -> list[int]:
    """The y of every point whose order divides 8, from the curve's equation: doubled three times they are neutral."""
    half = _root(1 + D_25519)
    assert half is not None
    roots = [_root((sign * half - 1) * pow(D_25519, -1, P_25519) % P_25519) for sign in (1, -1)]
    found = [0, 1, P_25519 - 1, *(y for root in roots if root is not None for y in (root, P_25519 - root))]
    for y in found:
        x = _root((y * y - 1) * pow(D_25519 * y * y + 1, -1, P_25519) % P_25519)
        assert x is not None
        assert _doubled(*_doubled(*_doubled(x, y))) == (0, 1)
    return found


@pytest.mark.parametrize("y", _small_order())
@pytest.mark.parametrize("sign", [0, 1 << 255])
def test_an_edwards_point_of_small_order_signs_for_anybody_and_is_refused(y: int, sign: int) -> None:
    point = (y | sign).to_bytes(32, "little")
    with pytest.raises(MalformedError):
        Key.from_jwk(changed("Ed25519", x=b64url_text(point)))


def test_why_small_order_matters() -> None:
    """One signature that fits every message: `cryptography` accepts it, as RFC 8032 lets it."""
    neutral = (1).to_bytes(32, "little")
    forged = neutral + bytes(32)
    for message in (b"pay", b"pay more"):
        ed25519.Ed25519PublicKey.from_public_bytes(neutral).verify(forged, message)
    assert len(_small_order()) == 5


def test_the_test_of_edwards_points_agrees_with_signing() -> None:
    for _ in range(30):
        key = ed25519.Ed25519PrivateKey.generate().public_key()
        assert Key.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64url_text(key.public_bytes_raw())}) is not None


@pytest.mark.parametrize(
    "members",
    [
        {"n": number(rsa.generate_private_key(65537, 1024).public_key().public_numbers().n)},
        {"n": number((1 << 2046) + 1)},
        {"n": number((1 << 4096) + 1)},
        {"n": number((1 << 16383) + 1)},
        {"n": number((1 << 400_000) + 1)},
        {"e": number(3)},
        {"e": number(65535)},
        {"e": number((1 << 32) + 1)},
        {"e": number((1 << 2000) + 1)},
        {"e": number((1 << 300_000) + 1)},
    ],
    ids=["1024", "2047", "4097", "16384", "400001", "e=3", "e=65535", "e=2^32+1", "e=2^2000+1", "e=2^300000+1"],
)
def test_rsa_keys_that_are_weak_or_costly_never_verify(members: dict[str, Any]) -> None:
    with cost(10):
        assert Key.from_jwk(changed("RS256", **members)) is None


@pytest.mark.parametrize(
    "members",
    [
        {"kid": ""},
        {"kid": 5},
        {"kid": ["a"]},
        {"kid": "k" * 201},
        {"kid": "a\nb"},
        {"kid": "a\0"},
        {"kid": "\ud800"},
        {"iat": "0"},
        {"iat": 1.0},
        {"iat": True},
        {"iat": -1},
        {"iat": 1 << 60},
        {"exp": "2026"},
        {"exp": 1 << 41},
        {"revoked": "yes"},
        {"revoked": {"revoked_at": "now"}},
        {"revoked": []},
    ],
    ids=str,
)
def test_names_and_times_of_other_types(members: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as caught:
        Key.from_jwk(changed("ES256", **members))
    assert caught.value.code == "jwks.malformed"


def test_two_keys_of_one_name_are_refused_whatever_their_kind() -> None:
    """Else a second key could take the place of the first."""
    for other in ("ES256", "ES384", "EdDSA", "RS256"):
        with pytest.raises(MalformedError) as caught:
            KeySet.from_jwks({"keys": [GOOD.to_jwk(), changed(other, kid=GOOD.kid)]})
        assert caught.value.code == "jwks.malformed"
    ignored = {"keys": [GOOD.to_jwk(), changed("ES256", kid=GOOD.kid, use="enc")]}
    assert opens(ignored)


def test_another_key_under_the_name_of_ours() -> None:
    for alg in MADE:
        assert not opens({"keys": [changed(alg, kid=GOOD.kid)]})


@pytest.mark.parametrize(
    "kid",
    ["../keys", "' OR 1=1 --", "http://evil.example.vn/jwks", GOOD.kid.swapcase(), "*"],
    ids=["path", "sql", "address", "other case", "any"],
)
def test_names_are_compared_as_text_alone(kid: str) -> None:
    assert not opens({"keys": [changed("ES256", kid=kid)]})


def test_a_thousand_keys_and_one_more() -> None:
    many = [changed("ES256", kid=f"k{i}") for i in range(MAX_KEYS - 1)]
    with cost(10):
        assert opens({"keys": [*many, GOOD.to_jwk()]})
    with pytest.raises(MalformedError) as caught:
        KeySet.from_jwks({"keys": [*many, GOOD.to_jwk(), changed("ES384", kid="one more")]})
    assert caught.value.code == "jwks.malformed"


@pytest.mark.parametrize("jwks", [None, [], "keys", 5, {}, {"keys": None}, {"keys": {}}, {"keys": "x"}, {"Keys": []}])
def test_no_list_of_keys(jwks: Any) -> None:
    with pytest.raises(MalformedError) as caught:
        KeySet.from_jwks(jwks)
    assert caught.value.code == "jwks.malformed"


def test_an_empty_list_and_one_of_strangers() -> None:
    for entries in ([], [{"kty": "oct", "k": "AAAA"}], [{}, {"kty": "EC", "crv": "P-521"}]):
        with pytest.raises(MalformedError) as caught:
            KeySet.from_jwks({"keys": entries})
        assert caught.value.code == "jwks.no-keys"


def test_things_that_are_no_keys_silence_no_key() -> None:
    assert opens({"keys": [None, 5, "key", [], GOOD.to_jwk()], "jku": "https://evil.example.vn"})
    with pytest.raises(MalformedError) as caught:
        KeySet.from_jwks({"keys": [None]})
    assert caught.value.code == "jwks.malformed"


def test_members_that_name_another_place_are_never_followed() -> None:
    more = {"x5u": "https://evil.example.vn/c.pem", "jku": "https://evil.example.vn", "x5c": ["AAAA"], "x5t": "AAAA"}
    assert opens({"keys": [{**GOOD.to_jwk(), **more}]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["kty", "crv", "x", "y", "n", "e", "alg", "use", "key_ops", "kid", "iat", "exp", "revoked", "purpose"]
)


@settings(max_examples=300, deadline=None)
@given(alg=st.sampled_from(sorted(MADE)), members=st.dictionaries(NAMES, JSON, max_size=4))
def test_any_json_as_a_key(alg: str, members: dict[str, Any]) -> None:
    try:
        key = Key.from_jwk({**MADE[alg], **members})
    except EidError as e:
        assert e.code in ("jwks.malformed", "jwks.private")
    else:
        assert key is None or Key.from_jwk(key.to_jwk()) is not None


@settings(max_examples=100, deadline=None)
@given(jwks=JSON | st.fixed_dictionaries({"keys": st.lists(JSON, max_size=4)}))
def test_any_json_as_a_key_set(jwks: Any) -> None:
    try:
        KeySet.from_jwks(jwks)
    except EidError as e:
        assert e.code in ("jwks.malformed", "jwks.private", "jwks.no-keys")


@settings(max_examples=60, deadline=None)
@given(x=st.binary(min_size=32, max_size=32), y=st.binary(min_size=32, max_size=32))
def test_any_coordinates(x: bytes, y: bytes) -> None:
    with pytest.raises(MalformedError):  # nobody hits the curve by chance
        Key.from_jwk(changed("ES256", x=b64url_text(x), y=b64url_text(y)))


# purposes


def test_a_key_with_a_purpose_serves_no_other() -> None:
    made = {purpose: Key.generate(purpose=purpose) for purpose in (None, *Purpose)}
    keys = KeySet.from_jwks({"keys": [key.to_jwk() for key in made.values()]})
    for purpose, key in made.items():
        assert key.to_jwk().get("purpose") == (purpose and purpose.value)
        for wanted in Purpose:
            found = keys.find(key.kid, wanted)
            assert (found is not None) == (purpose in (None, wanted))
            assert keys.finder(wanted)(key.kid) is found
        assert keys.find(key.kid) is not None
    token = sign_compact(made[Purpose.STATUS], header_segment(made[Purpose.STATUS], "eid+jwt"), b"{}")
    with pytest.raises(VerificationError) as caught:
        open_compact(token, "eid+jwt", keys.finder(Purpose.TOKEN), known={})
    assert caught.value.code == "token.key-unknown"


def test_sets_of_several_purposes_are_published_as_one() -> None:
    tokens, status = (KeySet.generate(purpose=purpose) for purpose in (Purpose.TOKEN, Purpose.STATUS))
    both = KeySet.merge(tokens, status)
    assert not any(key.private for key in both.keys)
    assert both.public_jwks()["keys"] == tokens.public_jwks()["keys"] + status.public_jwks()["keys"]
    assert {key.purpose for key in tokens.rotate().rotate().keys} == {Purpose.TOKEN}
    with pytest.raises(EidError):
        _ = both.active
    with pytest.raises(MalformedError):
        KeySet.merge(tokens, tokens)
