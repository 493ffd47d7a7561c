"""What was seen in the wild, one test an attack, in the order of the list; every token is a mutation of an honest one.

The control of each is `honest`: the same token, unchanged, is accepted by the same verifier.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import threading
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid import (
    AuthenticationLevel,
    EidError,
    IndeterminateError,
    Issuer,
    KeySet,
    Level,
    MalformedError,
    MemoryReplay,
    OpenedStatusList,
    SqliteReplay,
    StatusList,
    UsageError,
    VerificationError,
    Verifier,
)
from eid.encoding import b64url, unb64url
from eid.jws import header_segment, sign_compact

from .made import (
    AUDIENCE,
    ISSUER,
    KEYS,
    NOW,
    NOW_S,
    OTHER,
    PUBLIC,
    changed,
    clock,
    issue,
    issuer,
    parts,
    reheaded,
    signed,
    text,
    verifier,
)

Judge = Callable[[str], None]


@pytest.fixture
def made() -> Issuer:
    return issuer()


@pytest.fixture
def token(made: Issuer) -> str:
    return issue(made)


@pytest.fixture
def refused(made: Issuer, token: str) -> Callable[[str, str], EidError]:
    """Asserts that a mutation is refused with a code, and that the honest token passes before and after."""
    judge = verifier(made, replay=None)

    def check(bad: str, code: str) -> EidError:
        judge.verify(token, level=Level.TWO)
        with pytest.raises(EidError) as caught:
            judge.verify(bad, level=Level.TWO)
        assert caught.value.code == code
        judge.verify(token, level=Level.TWO)
        return caught.value

    return check


# 1. HMAC keyed with our public key


def _public_spellings() -> dict[str, bytes]:
    public = KEYS.active.public_key
    jwk = KEYS.active.to_jwk()
    return {
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "ssh": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(jwk).encode(),
        "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    }


@pytest.mark.parametrize("spelling", ["pem", "ssh", "der", "jwk", "point"])
def test_cve_2016_10555_hmac_with_the_public_key(refused, token: str, spelling: str) -> None:
    header, claims = parts(token)
    signing_input = b64url(text({**header, "alg": "HS256"})) + b"." + b64url(text(claims))
    mac = hmac.digest(_public_spellings()[spelling], signing_input, "sha256")
    refused((signing_input + b"." + b64url(mac)).decode(), "token.algorithm")


def test_hmac_under_the_honest_header_is_no_signature(refused, token: str) -> None:
    signing_input = token.rpartition(".")[0].encode()
    mac = hmac.digest(_public_spellings()["pem"], signing_input, "sha512")
    refused((signing_input + b"." + b64url(mac)).decode(), "token.signature")


# 2. alg none, in any spelling


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "es256", "ES256 ", "ES384", "HS256", None, 1, []])
def test_alg_of_another_spelling_with_a_borrowed_signature(refused, token: str, alg: Any) -> None:
    refused(reheaded(token, alg=alg), "token.algorithm")


def test_alg_missing(refused, token: str) -> None:
    refused(reheaded(token, alg=...), "token.header")


@pytest.mark.parametrize("signature", ["", "AA", "AAAA"])
def test_alg_none_without_signature(refused, token: str, signature: str) -> None:
    head, payload, _ = reheaded(token, alg="none").split(".")
    refused(f"{head}.{payload}.{signature}", "token.algorithm")


def test_signature_stripped(refused, token: str) -> None:
    refused(token.rpartition(".")[0] + ".", "token.signature")


def test_signature_borrowed_from_another_token(refused, made: Issuer, token: str) -> None:
    refused(token.rpartition(".")[0] + "." + issue(made).rpartition(".")[2], "token.signature")


# 3. crit, b64: we understand no extension


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], ["http://example.vn/ext"], "exp", None])
def test_python_jose_406_crit(refused, token: str, crit: Any) -> None:
    refused(reheaded(token, crit=crit), "token.header")


def test_cve_2026_32597_b64_false(refused, token: str) -> None:
    refused(reheaded(token, b64=False), "token.header")
    refused(reheaded(token, b64=False, crit=["b64"]), "token.header")


# 4. a key from the token itself


@pytest.mark.parametrize("member", ["jwk", "x5c", "jku", "x5u", "x5t", "x5t#S256", "epk", "zip", "cty", "url"])
def test_cve_2018_0114_key_in_the_header(refused, token: str, member: str) -> None:
    header, claims = parts(token)
    value = {"jwk": OTHER.active.to_jwk(), "x5c": ["MIIB"], "zip": "DEF"}.get(member, "https://evil.example/keys")
    refused(signed({**header, member: value}, claims, OTHER.active), "token.header")


# 5. kid


@pytest.mark.parametrize(
    "kid",
    [
        "unknown",
        "",
        "../../../../dev/null",
        "/proc/self/environ",
        "x' UNION SELECT 'key",
        "a\0b",
        pytest.param(KEYS.active.kid.swapcase(), id="other case"),
        pytest.param(KEYS.active.kid + " ", id="and a space"),
        pytest.param(KEYS.active.kid + "\0", id="and a NUL"),
    ],
)
def test_kid_that_was_not_published(refused, token: str, kid: str) -> None:
    refused(reheaded(token, kid=kid), "token.key-unknown")


@pytest.mark.parametrize("kid", [1, None, True, [KEYS.active.kid], {"kid": KEYS.active.kid}, "k" * 300])
def test_kid_that_is_no_short_text(refused, token: str, kid: Any) -> None:
    refused(reheaded(token, kid=kid), "token.header")


def test_kid_of_100_kb(refused, token: str) -> None:
    refused(reheaded(token, kid="k" * 100_000), "token.too-large")
    refused(reheaded(token, kid="k" * 9_000), "token.malformed")


def test_kid_missing(refused, token: str) -> None:
    refused(reheaded(token, kid=...), "token.header")


def test_kid_of_another_key_of_the_set(refused, token: str) -> None:
    refused(reheaded(token, kid=KEYS.keys[1].kid), "token.signature")


def test_python_jose_138_jwks_of_mixed_kinds_still_works(made: Issuer, token: str) -> None:
    strangers: list[dict[str, Any]] = [
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "rsa"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "okp"},
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "kid": "p384"},
        {"kty": "quantum", "kid": "future"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        {"kty": None},
        {},
    ]
    jwks = {"keys": [*strangers, *KEYS.public_jwks()["keys"]]}
    judge = verifier(made, keys=KeySet.from_jwks(jwks))
    assert judge.verify(token, level=Level.TWO).level is Level.TWO


# 6. typ: another kind of token


@pytest.mark.parametrize(
    "typ",
    ["JWT", "at+jwt", "kb+jwt", "dc+sd-jwt", "dpop+jwt", "statuslist+jwt", "eid-step+jwt", "EID+JWT", "", None, 1],
)
def test_rfc_8725_another_kind_of_token(refused, token: str, typ: Any) -> None:
    refused(reheaded(token, typ=typ), "token.type")


def test_typ_missing(refused, token: str) -> None:
    refused(reheaded(token, typ=...), "token.header")


def test_real_step_proof_and_status_list_are_no_identity(refused, made: Issuer) -> None:
    proof = made.prove_step(
        level=Level.TWO,
        auth_level=AuthenticationLevel.FOUR,
        audience=AUDIENCE,
        nonce="n",
        certificate_sha256=bytes(32),
    )
    refused(proof, "token.type")
    refused(made.status_token(), "token.type")


# 7. duplicate members


def test_duplicate_member_in_the_header(refused, token: str) -> None:
    header, claims = parts(token)
    twice = text(header).replace(b'{"alg"', b'{"alg":"none","alg"')
    refused(signed(twice, claims), "token.malformed")


@pytest.mark.parametrize(
    "twice", [b'{"sub":"someone-else",', b'{"exp":9999999999,', b'{"verified_claims":{},', b'{"s\\u0075b":"x",']
)
def test_duplicate_member_in_the_claims(refused, token: str, twice: bytes) -> None:
    header, claims = parts(token)
    refused(signed(header, twice + text(claims)[1:]), "token.malformed")
    refused(signed(header, text(claims)[:-1] + b"," + twice[1:-1] + b"}"), "token.malformed")


def test_duplicate_member_deep_inside(refused, token: str) -> None:
    header, claims = parts(token)
    twice = text(claims).replace(b'"assurance_level"', b'"assurance_level":"level-1","assurance_level"')
    refused(signed(header, twice), "token.malformed")


# 8. decompression bombs


def _list_token(packed: bytes, **claims: Any) -> str:
    body = {"sub": f"{ISSUER}/status/1", "iat": NOW_S, "exp": NOW_S + 900, "ttl": 900}
    body["status_list"] = {"bits": 2, "lst": b64url(packed).decode()}
    return sign_compact(KEYS.active, header_segment(KEYS.active, "statuslist+jwt"), text({**body, **claims}))


@pytest.mark.parametrize(
    "packed",
    [
        zlib.compress(bytes(64 * 1024 * 1024), 9),
        zlib.compress(bytes(100)) + b"trailing",
        zlib.compress(bytes(100))[:-3],
        zlib.compress(zlib.compress(bytes(10)))[2:],
        b"",
    ],
    ids=["64-mb", "trailing", "cut", "raw-deflate", "empty"],
)
def test_cve_2024_33664_status_list_bomb(packed: bytes) -> None:
    OpenedStatusList.open(_list_token(zlib.compress(bytes(100))), PUBLIC)
    with pytest.raises(IndeterminateError) as caught:
        OpenedStatusList.open(_list_token(packed), PUBLIC)
    assert caught.value.code == "status.untrusted"


def test_compressed_token(refused, token: str) -> None:
    header, claims = parts(token)
    refused(signed({**header, "zip": "DEF"}, zlib.compress(text(claims))), "token.header")


# 9. cost before the signature


def test_token_of_10_mb(refused, token: str) -> None:
    header, claims = parts(token)
    refused("A" * 10_000_000, "token.too-large")
    refused(signed(header, {**claims, "padding": "x" * 10_000_000}), "token.too-large")


def test_header_of_8_mb(refused, token: str) -> None:
    refused(reheaded(token, note="x" * 8_000_000), "token.too-large")


@pytest.mark.parametrize(
    "nested",
    [b"[" * 300 + b"]" * 300, b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 300 + b"0" + b"}" * 300, b"[[],[]," * 300],
)
def test_deeply_nested_claims(refused, token: str, nested: bytes) -> None:
    header, claims = parts(token)
    refused(signed(header, text(claims)[:-1] + b',"x":' + nested + b"}"), "token.malformed")


def test_nested_100_000_deep(refused, token: str) -> None:
    header, claims = parts(token)
    refused(signed(header, b"[" * 100_000), "token.too-large")
    refused(signed(b"[" * 100_000, claims), "token.too-large")
    refused(signed(b"[" * 700, claims), "token.malformed")
    refused(signed(b'{"alg":' * 80 + b"1" + b"}" * 80, claims), "token.header")


@pytest.mark.parametrize("digits", [400, 5_000])
def test_integer_of_5000_digits(refused, token: str, digits: int) -> None:
    header, claims = parts(token)
    body = text(claims)[:-1]
    refused(signed(header, body + b',"n":' + b"9" * digits + b"}"), "token.malformed")
    refused(signed(header, body.replace(str(claims["exp"]).encode(), b"9" * digits) + b"}"), "token.malformed")
    refused(signed(header, body + b',"n":0.' + b"3" * digits + b"}"), "token.malformed")


def test_nothing_behind_the_header_is_read_before_the_signature(refused, token: str) -> None:
    head, _, signature = token.split(".")
    refused(f"{head}.{b64url(b'not json').decode()}.{signature}", "token.signature")
    refused(f"{head}.!!!.{signature}", "token.signature")


# 10. ECDSA values

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 0), (0, 1), (1, 0), (ORDER, 1), (1, ORDER), (ORDER + 1, ORDER + 1), (2**256 - 1, 2**256 - 1)],
)
def test_cve_2022_21449_psychic_signature(refused, token: str, r: int, s: int) -> None:
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    refused(token.rpartition(".")[0] + "." + b64url(raw).decode(), "token.signature")


def test_signature_as_der_or_of_another_length(refused, token: str) -> None:
    head, _, encoded = token.rpartition(".")
    raw = unb64url(encoded.encode())
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    padded = b"\0" + raw[:32] + b"\0" + raw[32:]
    for bad in (der, raw[:-1], raw + b"\0", b"\0" + raw, padded, raw + raw, b""):
        refused(f"{head}.{b64url(bad).decode()}", "token.signature")


# 11. one token, many spellings


@pytest.mark.parametrize(
    "respell",
    [
        lambda t: t + "=",
        lambda t: t + "==",
        lambda t: t + "\n",
        lambda t: "\n" + t,
        lambda t: " " + t,
        lambda t: t + ".",
        lambda t: "." + t,
        lambda t: t + "." + t,
        lambda t: t.replace(".", "=."),
        lambda t: t.replace(".", "..", 1),
        lambda t: t[:20] + "\n" + t[20:],
        lambda t: t[:20] + " " + t[20:],
        lambda t: t + "\0",
        lambda t: "Bearer " + t,
        lambda t: t[:30] + "é" + t[30:],
        lambda t: t + "A",
    ],
)
def test_token_in_another_spelling(made: Issuer, token: str, respell: Callable[[str], str]) -> None:
    judge = verifier(made, replay=None)
    judge.verify(token, level=Level.TWO)
    with pytest.raises(EidError):
        judge.verify(respell(token), level=Level.TWO)


def test_trailing_bits_of_the_signature(refused, token: str) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    for other in range(last + 1, last + 16):  # 64 bytes end in a character with four unused bits
        refused(token[:-1] + alphabet[other], "token.malformed")


def test_standard_alphabet(refused, made: Issuer) -> None:
    for _ in range(20):
        token = issue(made)
        if {"-", "_"} & set(token):
            refused(
                token.replace("-", "+").replace("_", "/"),
                "token.malformed" if "-" in token[-86:] or "_" in token[-86:] else "token.signature",
            )


def test_replay_memory_knows_tokens_by_name_not_by_text(made: Issuer, token: str) -> None:
    judge = verifier(made)
    judge.verify(token, level=Level.TWO)
    header, claims = parts(token)
    with pytest.raises(VerificationError) as caught:
        judge.verify(signed(dict(reversed(header.items())), json.dumps(claims).encode()), level=Level.TWO)
    assert caught.value.code == "token.replayed"


# 12. keys that are not what they say


def _jwk(**members: Any) -> dict[str, Any]:
    jwk = {**KEYS.active.to_jwk(), **members}
    return {name: value for name, value in jwk.items() if value is not ...}


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"alg": "ES384"},
        {"alg": "HS256"},
        {"key_ops": ["sign"]},
        {"key_ops": []},
        {"key_ops": "verify"},
        {"crv": "P-384"},
        {"kty": "RSA"},
        {"kty": "oct"},
    ],
)
def test_key_for_another_purpose_is_passed_over(members: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as caught:
        KeySet.from_jwks({"keys": [_jwk(**members)]})
    assert caught.value.code == "jwks.no-keys"


@pytest.mark.parametrize(
    "members",
    [
        {"x": "AA"},
        {"x": ..., "y": ...},
        {"y": b64url(bytes(32)).decode()},
        {"x": b64url(b"\xff" * 32).decode()},
        {"x": 5},
        {"x": None},
        {"y": KEYS.active.to_jwk()["x"]},
        {"x": KEYS.active.to_jwk()["x"] + "="},
        {"x": b64url(b"\0" + unb64url(KEYS.active.to_jwk()["x"].encode())).decode()},
    ],
)
def test_point_off_the_curve(members: dict[str, Any]) -> None:
    with pytest.raises(MalformedError) as caught:
        KeySet.from_jwks({"keys": [_jwk(**members)]})
    assert caught.value.code == "jwks.malformed"


def test_published_private_key_is_a_leak() -> None:
    private = KEYS.active.private_key
    assert private is not None
    d = b64url(private.private_numbers().private_value.to_bytes(32, "big")).decode()
    with pytest.raises(MalformedError) as caught:
        KeySet.from_jwks({"keys": [_jwk(d=d)]})
    assert caught.value.code == "jwks.private"
    assert d not in str(caught.value)


def test_small_rsa_key_cannot_come_in() -> None:
    numbers = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    n = b64url(numbers.n.to_bytes(128, "big")).decode()
    with pytest.raises(MalformedError):
        KeySet.from_jwks({"keys": [{"kty": "RSA", "n": n, "e": "AQAB", "alg": "ES256", "kid": "r"}]})


# 13. times


@pytest.mark.parametrize(
    ("exp", "code"),
    [
        (..., "token.claim-missing"),
        (NOW_S, "token.expired"),
        (NOW_S - 1, "token.expired"),
        (0, "token.expired"),
        (str(NOW_S + 60), "token.claim"),
        (True, "token.claim"),
        (None, "token.claim"),
        (NOW_S + 60.5, "token.claim"),
        (-1, "token.claim"),
        ([NOW_S + 60], "token.claim"),
        ((NOW_S + 60) * 1000, "token.claim"),
        (10**30, "token.claim"),
        (NOW_S + 601, "token.lifetime"),
        (NOW_S + 10**9, "token.lifetime"),
    ],
)
def test_exp_that_is_no_good(refused, token: str, exp: Any, code: str) -> None:
    refused(changed(token, ["exp"], exp), code)


@pytest.mark.parametrize("literal", [b"Infinity", b"-Infinity", b"NaN", b"1e999", b"1e400"])
def test_exp_at_infinity(refused, token: str, literal: bytes) -> None:
    header, claims = parts(token)
    bad = text(claims).replace(f'"exp":{claims["exp"]}'.encode(), b'"exp":' + literal)
    refused(signed(header, bad), "token.malformed")


@pytest.mark.parametrize(
    ("iat", "code"),
    [
        (..., "token.claim-missing"),
        (NOW_S + 31, "token.not-yet-valid"),
        (NOW_S + 200, "token.not-yet-valid"),
        (True, "token.claim"),
        (str(NOW_S), "token.claim"),
        (NOW_S - 400, "token.lifetime"),
        (NOW_S - 86_400, "token.lifetime"),
    ],
)
def test_iat_that_is_no_good(refused, token: str, iat: Any, code: str) -> None:
    refused(changed(token, ["iat"], iat), code)


def test_token_longer_than_its_life(made: Issuer, token: str) -> None:
    verifier(made, 299).verify(token, level=Level.TWO)
    with pytest.raises(VerificationError) as caught:
        verifier(made, 300).verify(token, level=Level.TWO)
    assert caught.value.code == "token.expired"


@pytest.mark.parametrize(
    ("nbf", "code"), [(NOW_S + 100, "token.not-yet-valid"), ("now", "token.claim"), (True, "token.claim")]
)
def test_nbf_is_not_ignored(refused, token: str, nbf: Any, code: str) -> None:
    refused(changed(token, ["nbf"], nbf), code)


# 14. issuer and audience


@pytest.mark.parametrize(
    ("aud", "code"),
    [
        (..., "token.claim-missing"),
        ("H26", "token.audience"),
        ("H26.19.1", "token.audience"),
        ("h26.19", "token.audience"),
        ("", "token.claim"),
        (None, "token.claim"),
        ([AUDIENCE], "token.claim"),
        ([AUDIENCE, "H26.20"], "token.claim"),
        ({AUDIENCE: 1}, "token.claim"),
        (True, "token.claim"),
    ],
)
def test_python_jose_407_audience(refused, token: str, aud: Any, code: str) -> None:
    refused(changed(token, ["aud"], aud), code)


@pytest.mark.parametrize(
    ("iss", "code"),
    [
        (..., "token.claim-missing"),
        ("https://id.example.vn.evil.example", "token.issuer"),
        ("https://id.example.vn/", "token.issuer"),
        ("https://id.example.v", "token.issuer"),
        ([ISSUER], "token.claim"),
        (None, "token.claim"),
    ],
)
def test_another_issuer(refused, token: str, iss: Any, code: str) -> None:
    refused(changed(token, ["iss"], iss), code)


def test_same_claims_signed_by_another_issuers_key(refused, token: str) -> None:
    header, claims = parts(token)
    refused(signed(header, claims, OTHER.active), "token.signature")
    refused(signed({**header, "kid": OTHER.active.kid}, claims, OTHER.active), "token.key-unknown")


# 15. the level


@pytest.mark.parametrize(
    "level",
    [
        "level-3",
        "level-0",
        "level2",
        "LEVEL-2",
        "level-2 ",
        "2",
        2,
        True,
        None,
        "",
        ["level-2"],
        {"level-2": 1},
        "auth-level-4",
        "level-02",
        "high",
    ],
)
def test_unknown_level_is_no_level(refused, token: str, level: Any) -> None:
    refused(changed(token, ["verified_claims", "verification", "assurance_level"], level), "token.claim")


def test_missing_level_is_no_level(refused, token: str) -> None:
    refused(changed(token, ["verified_claims", "verification", "assurance_level"], ...), "token.claim-missing")
    refused(changed(token, ["verified_claims", "verification"], ...), "token.claim-missing")
    refused(changed(token, ["verified_claims"], ...), "token.claim-missing")


def test_keycloak_31534_level_one_where_two_is_needed(made: Issuer) -> None:
    low = issue(made, Level.ONE, auth_level=AuthenticationLevel.FOUR)
    assert verifier(made).verify(low, level=Level.ONE).level is Level.ONE
    with pytest.raises(VerificationError) as caught:
        verifier(made).verify(low, level=Level.TWO)
    assert caught.value.code == "token.level"


@pytest.mark.parametrize(
    "acr", ["auth-level-5", "auth-level-0", "level-2", "AUTH-LEVEL-3", 3, True, None, "", ["auth-level-3"]]
)
def test_unknown_authentication_level(refused, token: str, acr: Any) -> None:
    refused(changed(token, ["acr"], acr), "token.claim")


def test_pyeudiw_acr_missing_is_not_taken_from_amr(refused, token: str) -> None:
    refused(changed(token, ["acr"], ...), "token.claim-missing")


def test_authentication_level_below_what_is_asked(made: Issuer) -> None:
    token = issue(made, auth_level=AuthenticationLevel.TWO)
    verifier(made).verify(token, level=Level.TWO, auth_level=AuthenticationLevel.TWO)
    with pytest.raises(VerificationError) as caught:
        verifier(made).verify(token, level=Level.TWO, auth_level=AuthenticationLevel.THREE)
    assert caught.value.code == "token.auth-level"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["sub"], ""),
        (["sub"], 5),
        (["jti"], "x" * 501),
        (["amr"], "pwd"),
        (["amr"], []),
        (["amr"], [1]),
        (["amr"], ["pwd"] * 11),
        (["verified_claims", "claims"], []),
        (["verified_claims", "verification", "evidence"], []),
        (["verified_claims", "verification", "evidence"], [{"type": "dna"}]),
        (["verified_claims", "verification", "evidence"], [5]),
        (["verified_claims", "verification", "rule_set"], None),
        (["verified_claims", "verification", "trust_framework"], 0),
        (["verified_claims", "verification", "time"], {}),
    ],
)
def test_claims_of_the_wrong_shape(refused, token: str, path: list[str], value: Any) -> None:
    assert refused(changed(token, path, value), "token.claim").details["claim"]


def test_level_is_never_derived_from_the_login(made: Issuer) -> None:
    high_login = issue(made, Level.ONE, auth_level=AuthenticationLevel.FOUR)
    low_login = issue(made, Level.TWO, auth_level=AuthenticationLevel.ONE)
    with pytest.raises(VerificationError):
        verifier(made).verify(high_login, level=Level.TWO)
    assert verifier(made).verify(low_login, level=Level.TWO).auth_level is AuthenticationLevel.ONE


@pytest.mark.parametrize("level", [2, "level-2", None, True, AuthenticationLevel.TWO])
def test_caller_must_state_a_level_of_the_right_type(made: Issuer, token: str, level: Any) -> None:
    with pytest.raises(UsageError):
        verifier(made).verify(token, level=level)
    with pytest.raises(TypeError):
        verifier(made).verify(token)  # type: ignore[call-arg]


# 16. step-up


def test_rfc_9470_login_older_than_allowed(made: Issuer) -> None:
    token = issue(made, auth_time=NOW - timedelta(seconds=120))
    verifier(made).verify(token, level=Level.TWO, max_age_s=120)
    with pytest.raises(VerificationError) as caught:
        verifier(made).verify(token, level=Level.TWO, max_age_s=119)
    assert caught.value.code == "token.auth-too-old"


def test_auth_time_is_not_replaced_by_iat(refused, token: str) -> None:
    refused(changed(token, ["auth_time"], ...), "token.claim-missing")


@pytest.mark.parametrize("auth_time", [NOW_S + 31, NOW_S + 10_000, True, None, str(NOW_S), -1, 1.5])
def test_auth_time_that_is_no_good(refused, token: str, auth_time: Any) -> None:
    refused(changed(token, ["auth_time"], auth_time), "token.claim")


@pytest.mark.parametrize("max_age_s", [float("nan"), float("inf"), -1])
def test_max_age_that_would_never_refuse(made: Issuer, token: str, max_age_s: float) -> None:
    with pytest.raises(UsageError):
        verifier(made).verify(token, level=Level.TWO, max_age_s=max_age_s)


def test_nonce_wrong_missing_or_unasked(made: Issuer, token: str) -> None:
    asked = issue(made, nonce="n-1")
    assert verifier(made).verify(asked, level=Level.TWO, nonce="n-1")
    for bad, nonce in ((asked, "n-2"), (asked, None), (token, "n-1"), (asked, "n-1 ")):
        with pytest.raises(VerificationError) as caught:
            verifier(made).verify(bad, level=Level.TWO, nonce=nonce)
        assert caught.value.code == "token.nonce"


# 17. replay memory


def test_token_used_twice(made: Issuer, token: str) -> None:
    judge = verifier(made)
    judge.verify(token, level=Level.TWO)
    with pytest.raises(VerificationError) as caught:
        judge.verify(token, level=Level.TWO)
    assert caught.value.code == "token.replayed"


def test_replay_memory_is_as_long_as_the_tokens_life(made: Issuer, token: str) -> None:
    memory = MemoryReplay()
    verifier(made, 0, replay=memory).verify(token, level=Level.TWO)
    for _ in range(10_000):
        memory.use(ISSUER, str(_), NOW_S + 600, NOW_S + 299)
    with pytest.raises(VerificationError) as caught:
        verifier(made, 299, replay=memory).verify(token, level=Level.TWO)
    assert caught.value.code == "token.replayed"


def test_full_replay_memory_does_not_forget() -> None:
    memory = MemoryReplay(max_entries=100)
    for number in range(100):
        assert memory.use(ISSUER, str(number), NOW_S + 600, NOW_S)
    with pytest.raises(IndeterminateError) as caught:
        memory.use(ISSUER, "one more", NOW_S + 600, NOW_S)
    assert caught.value.code == "replay.full"
    assert not memory.use(ISSUER, "0", NOW_S + 600, NOW_S)
    assert memory.use(ISSUER, "later", NOW_S + 1200, NOW_S + 600)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_replay_is_found_by_exactly_one_of_many_threads(tmp_path, kind: str) -> None:
    memory = MemoryReplay() if kind == "memory" else SqliteReplay(tmp_path / "used.db")
    answers: list[bool] = []
    start = threading.Barrier(8)

    def use() -> None:
        start.wait()
        answers.append(memory.use(ISSUER, "same", NOW_S + 600, NOW_S))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if isinstance(memory, SqliteReplay):
        memory.close()
    assert sorted(answers) == [False] * 7 + [True]


def test_replay_is_found_after_a_restart(tmp_path, made: Issuer, token: str) -> None:
    memory = SqliteReplay(tmp_path / "used.db")
    verifier(made, replay=memory).verify(token, level=Level.TWO)
    memory.close()
    again = SqliteReplay(tmp_path / "used.db")
    with pytest.raises(VerificationError) as caught:
        verifier(made, replay=again).verify(token, level=Level.TWO)
    again.close()
    assert caught.value.code == "token.replayed"


def test_refused_token_is_not_counted_as_used(made: Issuer) -> None:
    token = issue(made, nonce="n-1")
    judge = verifier(made)
    for _ in range(2):
        with pytest.raises(VerificationError):
            judge.verify(token, level=Level.TWO, nonce="other")
    assert judge.verify(token, level=Level.TWO, nonce="n-1")


def test_replay_file_that_is_broken_is_no_permission(tmp_path) -> None:
    (tmp_path / "used.db").write_bytes(b"not a database" * 100)
    with pytest.raises(IndeterminateError):
        SqliteReplay(tmp_path / "used.db")
    memory = SqliteReplay(tmp_path / "good.db")
    with sqlite3.connect(tmp_path / "good.db") as other:
        other.execute("DROP TABLE used")
    other.close()
    with pytest.raises(IndeterminateError) as caught:
        memory.use(ISSUER, "a", NOW_S + 600, NOW_S)
    memory.close()
    assert caught.value.code == "replay.unavailable"


# the status, asked last but never skipped


def test_status_not_asked_is_not_valid(made: Issuer, token: str) -> None:
    with pytest.raises(IndeterminateError) as caught:
        verifier(made, status=None).verify(token, level=Level.TWO)
    assert (caught.value.code, caught.value.exit_status) == ("status.unknown", 3)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (..., "token.claim-missing"),
        ({}, "token.claim-missing"),
        ([], "token.claim-missing"),
        ({"status_list": {"idx": 1}}, "token.claim-missing"),
        ({"status_list": {"idx": "1", "uri": f"{ISSUER}/status/1"}}, "token.claim"),
        ({"status_list": {"idx": True, "uri": f"{ISSUER}/status/1"}}, "token.claim"),
        ({"status_list": {"idx": -1, "uri": f"{ISSUER}/status/1"}}, "status.unknown"),
        ({"status_list": {"idx": 10**9, "uri": f"{ISSUER}/status/1"}}, "status.unknown"),
        ({"status_list": {"idx": 1, "uri": "https://evil.example/status/1"}}, "status.unknown"),
    ],
)
def test_status_claim_stripped_or_bent(refused, token: str, status: Any, code: str) -> None:
    refused(changed(token, ["status"], status), code)


def test_every_required_claim_is_required(refused, token: str) -> None:
    _, claims = parts(token)
    assert set(claims) == {
        "iss",
        "sub",
        "aud",
        "iat",
        "exp",
        "jti",
        "auth_time",
        "acr",
        "amr",
        "verified_claims",
        "status",
    }
    for name in claims:
        with pytest.raises(EidError):
            verifier(issuer(), replay=None).verify(changed(token, [name], ...), level=Level.TWO)


def test_one_bit_anywhere(made: Issuer, token: str) -> None:
    judge = verifier(made, replay=None)
    for place in range(0, len(token), 7):
        flipped = chr(ord(token[place]) ^ 1)
        if flipped != ".":
            with pytest.raises(EidError):
                judge.verify(token[:place] + flipped + token[place + 1 :], level=Level.TWO)


def test_key_retired_before_the_token_was_made(made: Issuer) -> None:
    rotated = KEYS.rotate(at=NOW - timedelta(minutes=5))
    late = issue(made)  # signed by a key that had been retired for five minutes
    judge = Verifier(
        KeySet.from_jwks(rotated.public_jwks()),
        issuer=ISSUER,
        audience=AUDIENCE,
        status=made.status_list,
        replay=None,
        clock=clock(),
    )
    with pytest.raises(VerificationError) as caught:
        judge.verify(late, level=Level.TWO)
    assert caught.value.code == "token.key-inactive"


def test_key_revoked(made: Issuer, token: str) -> None:
    revoked = KEYS.revoke(KEYS.active.kid, at=NOW + timedelta(seconds=5))
    keys = KeySet.from_jwks(revoked.public_jwks())
    verifier(made, 4, keys=keys).verify(token, level=Level.TWO)
    with pytest.raises(VerificationError) as caught:
        verifier(made, 5, keys=keys).verify(token, level=Level.TWO)
    assert caught.value.code == "token.key-inactive"


def test_curve_swap_keeps_the_kid_but_not_the_key() -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    jwk = _jwk(x=b64url(other.x.to_bytes(32, "big")).decode(), y=b64url(other.y.to_bytes(32, "big")).decode())
    keys = KeySet.from_jwks({"keys": [jwk]})
    made = issuer()
    with pytest.raises(VerificationError) as caught:
        verifier(made, keys=keys).verify(issue(made), level=Level.TWO)
    assert caught.value.code == "token.signature"


def test_status_list_of_another_size_or_name() -> None:
    made = issuer(status=StatusList(f"{ISSUER}/status/9", 64))
    token = issue(made)
    small = OpenedStatusList.open(_list_token(zlib.compress(b""), sub=f"{ISSUER}/status/9"), PUBLIC)
    with pytest.raises(IndeterminateError):
        verifier(made, status=small).verify(token, level=Level.TWO)


def test_digest_of_a_number_needs_a_key(token: str) -> None:
    _, claims = parts(token)
    for text_of_person in ("001090123456", "001090123456H26.19", "H26.19\x00001090123456"):
        for name in ("sha256", "blake2b", "sha1", "md5"):
            assert not hashlib.new(name, text_of_person.encode()).hexdigest().startswith(claims["sub"][:16])
