"""Signature algorithms: Wycheproof at the primitive, the RFCs' examples at JWS, other libraries both ways, devices."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joserfc.jwk
import joserfc.jws
import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import EidError, Key, KeySet, MalformedError, Purpose, UsageError, VerificationError, algorithms
from eid.encoding import b64url, unb64url
from eid.jws import Profile, header_segment, open_compact, open_with, sign_compact

VECTORS = Path(__file__).parent.parent / "vectors" / "wycheproof"
ALGS = ("ES256", "ES384", "EdDSA", "Ed25519", "PS256", "RS256")
RSA = rsa.generate_private_key(65537, 2048)
SHA256 = hashes.SHA256()


def device(alg: str) -> Key:
    """A private key of any algorithm, RSA behind `Key.external`."""
    if alg == "PS256":
        pss = padding.PSS(mgf=padding.MGF1(SHA256), salt_length=32)
        return Key.external(RSA.public_key(), lambda data: RSA.sign(data, pss, SHA256), alg=alg)
    if alg == "RS256":
        return Key.external(RSA.public_key(), lambda data: RSA.sign(data, padding.PKCS1v15(), SHA256), alg=alg)
    return Key.generate(alg)


KEYS = {alg: device(alg) for alg in ALGS}


def _vectors(name: str) -> list[tuple[Any, list[Any]]]:
    groups = json.loads((VECTORS / f"{name}.json").read_text())["groups"]
    return [(load_der_public_key(bytes.fromhex(group["key"])), test) for group in groups for test in group["tests"]]


def _verifies(key: Key, message: str, signature: str) -> bool:
    try:
        key.verify_raw(bytes.fromhex(message), bytes.fromhex(signature))
    except VerificationError as e:
        assert e.code == "key.signature"
        return False
    return True


@pytest.mark.parametrize(
    ("name", "alg", "valid", "total"),
    [
        ("es256", "ES256", 173, 262),
        ("es384", "ES384", 193, 280),
        ("eddsa", "EdDSA", 88, 151),
        ("eddsa", "Ed25519", 88, 151),
        ("ps256", "PS256", 126, 216),
        ("rs256", "RS256", 14, 517),
    ],
)
def test_wycheproof_no_forgery_is_accepted_and_nothing_valid_refused(
    name: str, alg: str, valid: int, total: int
) -> None:
    wrong, accepted, seen = [], 0, 0
    for public, (case, comment, message, signature, result) in _vectors(name):
        if not algorithms.names(public):
            assert public.public_numbers().e == 3, case  # keys that are refused before any signature is looked at
            total -= 1
            continue
        verdict = _verifies(Key(public, alg=alg, kid="k"), message, signature)
        accepted, seen = accepted + verdict, seen + 1
        if verdict != (result == "valid"):
            wrong.append((case, comment, result))
    assert (wrong, accepted, seen) == ([], valid, total)


def test_wycheproof_pss_with_another_salt_is_not_ps256() -> None:
    for public, (_, comment, message, signature, _) in _vectors("pss-other"):
        ours = comment == "s_len changed to 32"  # wrong there, and right here
        assert _verifies(Key(public, alg="PS256", kid="k"), message, signature) == ours


@pytest.mark.parametrize("alg", ALGS)
def test_a_signature_is_good_for_its_key_and_algorithm_alone(alg: str) -> None:
    signature = KEYS[alg].sign_raw(b"data")
    for other, key in KEYS.items():
        same = other == alg or {alg, other} == {"EdDSA", "Ed25519"}
        if other == alg:
            key.verify_raw(b"data", signature)
        elif not same:
            with pytest.raises(VerificationError):
                key.verify_raw(b"data", signature)


@pytest.mark.parametrize("alg", ALGS)
@settings(max_examples=30, deadline=None)
@given(noise=st.binary(max_size=600), place=st.integers(0, 511), flip=st.integers(1, 255))
def test_any_bytes_and_any_mutation_are_refused(alg: str, noise: bytes, place: int, flip: int) -> None:
    key = KEYS[alg]
    signature = bytearray(key.sign_raw(b"data"))
    signature[place % len(signature)] ^= flip
    for bad in (noise, bytes(signature)):
        with pytest.raises(VerificationError):
            key.verify_raw(b"data", bad)


# the RFCs' own examples, with the header members that they have

RFC_7515_PAYLOAD = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
RFC_7515_RSA = {
    "kty": "RSA",
    "alg": "RS256",
    "e": "AQAB",
    "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS"
    "-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6"
    "65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuX"
    "poQ",
}
RFC_7515_A2 = (
    f"eyJhbGciOiJSUzI1NiJ9.{RFC_7515_PAYLOAD}."
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dn"
    "ZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC"
    "-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
)
RFC_7515_EC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
RFC_7515_A3 = (
    f"eyJhbGciOiJFUzI1NiJ9.{RFC_7515_PAYLOAD}."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)
RFC_7520_RSA = {
    "kty": "RSA",
    "kid": "bilbo.baggins@hobbiton.example",
    "use": "sig",
    "alg": "RS256",
    "e": "AQAB",
    "n": "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wq"
    "VwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3u"
    "hGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP"
    "5zw",
}
RFC_7520_4_1 = (
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9."
    "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGl"
    "mIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4."
    "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA781"
    "85hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3I"
    "S_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg"
)
RFC_8037_OKP = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC_8037_A4 = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)
RFC_7638_RSA = {
    "kty": "RSA",
    "alg": "RS256",
    "e": "AQAB",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3o"
    "knjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qM"
    "QvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKn"
    "qDKgw",
}
BARE = Profile(typ=None, members=frozenset({"alg"}))
NAMED = Profile(typ=None, members=frozenset({"alg", "kid"}))


@pytest.mark.parametrize(
    ("jwk", "token", "profile", "begins"),
    [
        (RFC_7515_RSA, RFC_7515_A2, BARE, b'{"iss":"joe",\r\n'),
        (RFC_7515_EC, RFC_7515_A3, BARE, b'{"iss":"joe",\r\n'),
        (RFC_7520_RSA, RFC_7520_4_1, NAMED, "It’s a dangerous business, Frodo".encode()),
        (RFC_8037_OKP, RFC_8037_A4, BARE, b"Example of Ed25519 signing"),
    ],
    ids=["RFC 7515 A.2", "RFC 7515 A.3", "RFC 7520 4.1", "RFC 8037 A.4"],
)
def test_examples_of_the_rfcs(jwk: dict[str, str], token: str, profile: Profile, begins: bytes) -> None:
    key = Key.from_jwk(jwk)
    assert key is not None
    assert open_with(token, profile, key).startswith(begins)
    with pytest.raises(EidError):
        open_with(token, Profile(typ="eid+jwt"), key)
    head, body, tail = token.split(".")
    with pytest.raises(VerificationError) as caught:
        open_with(f"{head}.{body[:-4]}AAAA.{tail}", profile, key)
    assert caught.value.code == "token.signature"


def test_thumbprints_of_the_rfcs() -> None:
    for jwk, expected in (
        (RFC_8037_OKP, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),  # RFC 8037 A.3
        (RFC_7638_RSA, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),  # RFC 7638 §3.1
    ):
        key = Key.from_jwk(jwk)
        assert key is not None
        assert key.kid == key.thumbprint == expected


# other libraries


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # joserfc's opinion of RFC 9864
@pytest.mark.parametrize("alg", ALGS)
def test_joserfc_both_ways(alg: str) -> None:
    key = KEYS[alg]
    ours = sign_compact(key, header_segment(key, "eid+jwt"), b'{"iss":"a"}')
    theirs = joserfc.jwk.import_key({n: v for n, v in key.to_jwk().items() if n != "purpose"})
    registry = joserfc.jws.JWSRegistry(algorithms=[alg])
    assert joserfc.jws.deserialize_compact(ours, theirs, registry=registry).payload == b'{"iss":"a"}'
    assert theirs.thumbprint() == key.thumbprint
    private = joserfc.jwk.import_key(_private_pem(key), theirs.key_type)
    made = joserfc.jws.serialize_compact(
        {"alg": alg, "typ": "eid+jwt", "kid": key.kid}, b'{"iss":"b"}', private, registry=registry
    )
    payload, found = open_compact(made, "eid+jwt", KeySet([key]).find, known={})
    assert (payload, found) == (b'{"iss":"b"}', key)


@pytest.mark.parametrize("alg", [alg for alg in ALGS if alg in pyjwt.algorithms.get_default_algorithms()])
def test_pyjwt_both_ways(alg: str) -> None:
    key = KEYS[alg]
    ours = sign_compact(key, header_segment(key, "eid+jwt"), b'{"iss":"a"}')
    assert pyjwt.decode(ours, pyjwt.PyJWK.from_dict(key.to_jwk()), algorithms=[alg]) == {"iss": "a"}
    made = pyjwt.encode({"iss": "b"}, _private_pem(key), alg, headers={"typ": "eid+jwt", "kid": key.kid})
    assert open_compact(made, "eid+jwt", KeySet([key]).find, known={})[0] == b'{"iss":"b"}'


def test_a_published_set_is_read_by_others_with_its_times_and_purposes() -> None:
    keys = KeySet.generate(purpose=Purpose.TOKEN).rotate()
    both = KeySet.merge(keys.revoke(keys.keys[-1].kid), KeySet.generate("EdDSA"), KeySet.generate("ES384"))
    kids = {key.kid for key in both.keys}
    assert {key.kid for key in joserfc.jwk.KeySet.import_key_set(both.public_jwks()).keys} == kids
    assert {key.key_id for key in pyjwt.PyJWKSet.from_dict(both.public_jwks()).keys} == kids
    assert KeySet.from_jwks(both.public_jwks()).public_jwks() == both.public_jwks()


@pytest.mark.parametrize(
    ("kind", "what", "alg"), [("EC", "P-256", "ES256"), ("EC", "P-384", "ES384"), ("OKP", "Ed25519", "EdDSA")]
)
def test_a_set_that_joserfc_publishes_is_read_by_us(kind: str, what: str, alg: str) -> None:
    theirs = joserfc.jwk.KeySet([joserfc.jwk.generate_key(kind, what, auto_kid=True) for _ in range(2)])
    ours = KeySet.from_jwks(theirs.as_dict(private=False))
    assert [(key.kid, key.alg) for key in ours.keys] == [(key.thumbprint(), alg) for key in theirs.keys]
    with pytest.raises(MalformedError) as caught:
        KeySet.from_jwks(theirs.as_dict(private=True))
    assert caught.value.code == "jwks.private"


def test_pyjwt_knows_all_but_the_new_name() -> None:
    assert set(ALGS) - set(pyjwt.algorithms.get_default_algorithms()) <= {"Ed25519"}


def _private_pem(key: Key) -> bytes:
    private: Any = key.private_key or RSA
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


# the two names of Ed25519, and confusion of algorithms


def test_rfc_9864_the_jwk_decides_which_name_of_ed25519_a_header_has() -> None:
    key = Key.generate("Ed25519")
    token = sign_compact(key, header_segment(key, "eid+jwt"), b"{}")
    jwk = key.to_jwk()
    assert jwk["alg"] == "Ed25519"
    for changed, good in ((jwk, True), (jwk | {"alg": "EdDSA"}, False)):
        keys = KeySet.from_jwks({"keys": [changed]})
        if good:
            assert open_compact(token, "eid+jwt", keys.find, known={})[1].alg == "Ed25519"
            continue
        with pytest.raises(VerificationError) as caught:
            open_compact(token, "eid+jwt", keys.find, known={})
        assert caught.value.code == "token.algorithm"
    del jwk["alg"]
    assert KeySet.from_jwks({"keys": [jwk]}).keys[0].alg == "EdDSA"


@pytest.mark.parametrize("alg", ALGS)
def test_the_header_never_chooses_the_algorithm(alg: str) -> None:
    key = KEYS[alg]
    find = KeySet([key]).find
    for other in (
        *ALGS,
        "none",
        "HS256",
        "ES512",
        "ES256K",
        "PS384",
        "RS1",
        alg.lower(),
        alg + " ",
        "",
        None,
        [alg],
        5,
    ):
        if other == alg:
            continue
        header = json.dumps({"alg": other, "typ": "eid+jwt", "kid": key.kid}).encode()
        signing_input = b64url(header) + b".e30"
        token = (signing_input + b"." + b64url(key.sign_raw(signing_input))).decode()
        with pytest.raises(VerificationError) as caught:
            open_compact(token, "eid+jwt", find, known={})
        assert caught.value.code == "token.algorithm"


@pytest.mark.parametrize("bits", [1024, 2040, 4104])
def test_rsa_keys_of_other_sizes_are_not_ours(bits: int) -> None:
    public = rsa.generate_private_key(65537, bits).public_key() if bits < 4000 else _public(bits, 65537)
    assert algorithms.names(public) == ()
    with pytest.raises(UsageError) as caught:
        Key.external(public, lambda _: b"", alg="RS256")
    assert caught.value.code == "key.algorithm"


def _public(bits: int, exponent: int) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(exponent, (1 << (bits - 1)) + 1).public_key()


@pytest.mark.parametrize("exponent", [3, 17, 65535, (1 << 32) + 1])
def test_rsa_keys_of_other_exponents_are_not_ours(exponent: int) -> None:
    assert algorithms.names(_public(2048, exponent)) == ()


# devices


def _external(sign: Callable[[bytes], bytes], **options: Any) -> Key:
    return Key.external(EC.public_key(), sign, **options)


EC = ec.generate_private_key(ec.SECP256R1())
EC_384 = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()


def der(data: bytes) -> bytes:
    """What a device that speaks DER gives."""
    return EC.sign(data, ec.ECDSA(SHA256))


@pytest.mark.parametrize("alg", ["ES256", "ES384"])
def test_a_device_that_signs_in_der(alg: str) -> None:
    private, digest = (EC, SHA256) if alg == "ES256" else (EC_384, hashes.SHA384())
    key = Key.external(private.public_key(), lambda data: private.sign(data, ec.ECDSA(digest)), signature="der")
    assert (key.alg, key.private, key.private_key, key.in_device) == (alg, True, None, True)
    for i in range(40):  # short integers get their leading zeros
        key.verify_raw(bytes([i]), key.sign_raw(bytes([i])))


def test_a_device_with_an_edwards_key_or_rsa() -> None:
    key = Key.external(ED.public_key(), ED.sign)
    key.verify_raw(b"data", key.sign_raw(b"data"))
    assert (key.alg, Key.external(ED.public_key(), ED.sign, alg="Ed25519").alg) == ("EdDSA", "Ed25519")
    assert Key.external(RSA.public_key(), lambda _: b"").alg == "PS256"


@pytest.mark.parametrize(
    "answer",
    [
        der,  # DER where r‖s was promised
        lambda _: bytes(64),
        lambda _: b"",
        lambda data: Key.generate().sign_raw(data),  # another key
        lambda _: Key(EC.public_key(), EC).sign_raw(b"other"),
        lambda data: Key(EC.public_key(), EC).sign_raw(data) + b"\0",
        lambda _: None,
        lambda _: "text",
    ],
)
def test_what_a_device_gives_is_checked_before_it_leaves(answer: Callable[[bytes], Any]) -> None:
    with pytest.raises(VerificationError) as caught:
        _external(answer).sign_raw(b"data")
    assert caught.value.code == "key.external"
    assert caught.value.text != caught.value.text_vi


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_from_a_der_device(answer: bytes) -> None:
    with pytest.raises(VerificationError):
        _external(lambda _: answer, signature="der").sign_raw(b"data")


def test_what_a_device_raises_passes_as_it_is() -> None:
    class PinLockedError(ValueError):
        pass

    def locked(_: bytes) -> bytes:
        raise PinLockedError("the PIN is locked")

    with pytest.raises(PinLockedError):
        _external(locked).sign_raw(b"data")


def test_a_device_key_that_cannot_be() -> None:
    for options in (
        {"alg": "ES384"},
        {"alg": "EdDSA"},
        {"alg": "none"},
        {"signature": "pem"},
        {"kid": ""},
        {"kid": "k" * 201},
        {"purpose": "token"},
    ):
        with pytest.raises(UsageError):
            _external(der, **options)
    for curve in (ec.SECP521R1(), ec.SECP256K1()):
        with pytest.raises(UsageError):
            Key.external(ec.generate_private_key(curve).public_key(), der)
    with pytest.raises(UsageError):
        Key.external(ED.public_key(), ED.sign, signature="der")
    with pytest.raises(UsageError):
        Key.external("PEM", der)
    with pytest.raises(UsageError):
        Key.external(EC.public_key(), None)  # type: ignore[arg-type]


def test_tokens_signed_by_a_device_are_like_any_other() -> None:
    key = _external(der, signature="der", kid="hsm-1")
    token = sign_compact(key, header_segment(key, "eid+jwt"), b"{}")
    jwks = {"keys": [key.to_jwk()]}
    payload, found = open_compact(token, "eid+jwt", KeySet.from_jwks(jwks).find, known={})
    assert (payload, found.kid, found.private) == (b"{}", "hsm-1", False)
    assert len(unb64url(token.split(".")[2].encode())) == 64


# profiles


def test_a_profile_names_its_members_exactly() -> None:
    key = KEYS["ES256"]
    short = Profile(typ="kb+jwt", members=frozenset({"alg", "typ"}), max_chars=400)
    token = sign_compact(key, header_segment(key, short), b"{}")
    assert open_with(token, short, key) == b"{}"
    with pytest.raises(VerificationError) as caught:
        open_with(token, Profile(typ="kb+jwt"), key)
    assert caught.value.code == "token.header"
    with pytest.raises(VerificationError) as caught:
        open_with(token, Profile(typ="eid+jwt", members=frozenset({"alg", "typ"})), key)
    assert caught.value.code == "token.type"
    with pytest.raises(VerificationError) as caught:
        open_with(token, short, KEYS["ES384"])
    assert caught.value.code == "token.algorithm"
    with pytest.raises(EidError) as too_long:
        open_with(token + "A" * 400, short, key)
    assert too_long.value.code == "token.too-large"


@pytest.mark.parametrize(
    ("typ", "members"),
    [
        ("a", {"typ"}),
        (None, {"alg", "typ"}),
        ("a", {"alg"}),
        ("a", {"alg", "typ", "crit"}),
        ("a", {"alg", "typ", "jwk"}),
    ],
)
def test_a_profile_that_would_let_a_token_choose(typ: str | None, members: set[str]) -> None:
    with pytest.raises(UsageError):
        Profile(typ=typ, members=frozenset(members))


def test_numbers_in_cose() -> None:
    numbers = {"ES256": -7, "ES384": -35, "EdDSA": -8, "Ed25519": -19, "PS256": -37, "RS256": -257}
    assert {alg: key.cose_alg for alg, key in KEYS.items()} == numbers
