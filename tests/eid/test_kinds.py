"""The attacks of JOSE against every kind of signed text and every algorithm: each named after where it was seen.

Identity tokens, holder-bound ones, step proofs, status lists and holders' proofs have one judge each; every attack is a
mutation of the honest text, which the same judge accepts before and after.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import AuthenticationLevel, EidError, Issuer, KeySet, Level, MemoryReplay, verify_step_proof
from eid.encoding import b64url, unb64url
from eid.keys import Purpose

from .kinds import ALGORITHMS, Kind, make_key, make_kinds
from .made import AUDIENCE, ISSUER, NOW, OTHER, clock, issue, issuer, parts, signed, text, verifier

WORLD = {alg: make_kinds(alg) for alg in ALGORITHMS}
NAMES = ("identity", "bound", "step", "list", "proof")
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
ORDERS = {
    "ES256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ES384": int("F" * 48 + "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16),
}


@pytest.fixture(params=NAMES)
def kind(request: pytest.FixtureRequest) -> Kind:
    return WORLD["ES256"][request.param]


@pytest.fixture(params=ALGORITHMS)
def identity(request: pytest.FixtureRequest) -> Kind:
    return WORLD[request.param]["identity"]


def refused(kind: Kind, bad: str, code: str) -> None:
    """`bad` is refused with the kind's form of `code`; the honest text passes before and after."""
    kind.judge(kind.honest)
    with pytest.raises(EidError) as caught:
        kind.judge(bad)
    assert caught.value.code == kind.code(code)
    kind.judge(kind.honest)


def reheaded(kind: Kind, **members: Any) -> str:
    header, claims = parts(kind.honest)
    return kind.signed({n: v for n, v in {**header, **members}.items() if v is not ...}, claims)


def hmac_signed(header: Any, claims: Any, secret: bytes, alg: str) -> str:
    signing_input = b64url(text(header)) + b"." + b64url(text(claims))
    return (signing_input + b"." + b64url(hmac.digest(secret, signing_input, HASHES[alg]))).decode()


def spellings(kind: Kind) -> dict[str, bytes]:
    """Every form in which a library may hand the public key to HMAC."""
    public: Any = kind.key.public_key
    info = PublicFormat.SubjectPublicKeyInfo
    pem = public.public_bytes(Encoding.PEM, info)
    forms = {
        "pem": pem,
        "pem-without-newline": pem.rstrip(b"\n"),
        "pem-crlf": pem.replace(b"\n", b"\r\n"),
        "der": public.public_bytes(Encoding.DER, info),
        "ssh": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "jwk": json.dumps(kind.key.to_jwk()).encode(),
        "jwk-compact": text(kind.key.to_jwk()),
        "kid": kind.key.kid.encode(),
        "nothing": b"",
    }
    if isinstance(public, rsa.RSAPublicKey):
        forms["pkcs1"] = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
        forms["pkcs1-der"] = public.public_bytes(Encoding.DER, PublicFormat.PKCS1)
        forms["modulus"] = public.public_numbers().n.to_bytes(256, "big")
    elif isinstance(public, ed25519.Ed25519PublicKey):
        forms["raw"] = public.public_bytes_raw()
    else:
        forms["point"] = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        forms["compressed"] = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return forms


@pytest.mark.parametrize("alg", HASHES)
def test_cve_2016_10555_and_cve_2022_29217_hmac_with_the_public_key(identity: Kind, alg: str) -> None:
    header, claims = parts(identity.honest)
    for secret in spellings(identity).values():
        refused(identity, hmac_signed({**header, "alg": alg}, claims, secret, alg), "token.algorithm")


@pytest.mark.parametrize("alg", HASHES)
def test_cve_2024_33663_hmac_with_the_public_key_of_every_kind(kind: Kind, alg: str) -> None:
    header, claims = parts(kind.honest)
    for secret in spellings(kind).values():
        refused(kind, hmac_signed({**header, "alg": alg}, claims, secret, alg), "token.algorithm")


def test_hmac_under_the_honest_header_is_no_signature(identity: Kind) -> None:
    header, claims = parts(identity.honest)
    for secret in spellings(identity).values():
        for alg in HASHES:
            refused(identity, hmac_signed(header, claims, secret, alg), "token.signature")


def test_an_algorithm_of_another_key_or_another_name_of_the_same(identity: Kind) -> None:
    for alg in {*ALGORITHMS, "ES512", "ES256K", "PS384", "RS512", "RS1", "Ed448"} - {identity.key.alg}:
        refused(identity, reheaded(identity, alg=alg), "token.algorithm")


@pytest.mark.parametrize("pair", [("PS256", "RS256"), ("RS256", "PS256")])
def test_one_rsa_key_two_paddings(pair: tuple[str, str]) -> None:
    honest, other = (WORLD[alg]["identity"] for alg in pair)
    head, payload, _ = honest.honest.split(".")
    signature = b64url(other.key.sign_raw(f"{head}.{payload}".encode())).decode()
    refused(honest, f"{head}.{payload}.{signature}", "token.signature")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "es256", "ES256 ", "HS256", None, 1, [], {}, True])
def test_cve_2015_9235_alg_none_in_any_spelling(kind: Kind, alg: Any) -> None:
    refused(kind, reheaded(kind, alg=alg), "token.algorithm")
    head, payload, _ = reheaded(kind, alg=alg).split(".")
    refused(kind, f"{head}.{payload}.", "token.algorithm")


def test_alg_missing(kind: Kind) -> None:
    refused(kind, reheaded(kind, alg=...), "token.header")


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], ["http://example.vn/ext"], None])
def test_python_jose_406_crit(kind: Kind, crit: Any) -> None:
    refused(kind, reheaded(kind, crit=crit), "token.header")


def test_cve_2026_32597_and_cve_2025_59420_b64_false(kind: Kind) -> None:
    refused(kind, reheaded(kind, b64=False, crit=["b64"]), "token.header")
    head, _, signature = kind.honest.split(".")
    refused(kind, f"{head}..{signature}", "token.signature")  # detached
    refused(kind, f"{head}.{{}}.{signature}", "token.signature")  # not encoded


@pytest.mark.parametrize("member", ["jwk", "x5c", "jku", "x5u", "x5t", "x5t#S256", "zip", "cty", "nonce", "iss"])
def test_cve_2018_0114_and_cve_2026_27962_key_in_the_header(kind: Kind, member: str) -> None:
    header, claims = parts(kind.honest)
    value: Any = {"jwk": OTHER.active.to_jwk(), "x5c": ["MIIB"], "zip": "DEF"}.get(member, "https://evil.example/k")
    signing_input = b64url(text({**header, member: value})) + b"." + b64url(text(claims))
    forged = (signing_input + b"." + b64url(OTHER.active.sign_raw(signing_input))).decode()
    refused(kind, forged, "token.header")
    refused(kind, reheaded(kind, **{member: value}), "token.header")


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "dc+sd-jwt", "dpop+jwt", "EID+JWT", "eid+jwt ", "", None, 1, []])
def test_rfc_8725_another_typ(kind: Kind, typ: Any) -> None:
    refused(kind, reheaded(kind, typ=typ), "token.type")


def test_typ_missing(kind: Kind) -> None:
    refused(kind, reheaded(kind, typ=...), "token.header")


@pytest.mark.parametrize("given", NAMES)
@pytest.mark.parametrize("wanted", NAMES)
def test_no_kind_passes_for_another(given: str, wanted: str) -> None:
    kinds = WORLD["ES256"]
    if given == wanted:
        kinds[wanted].judge(kinds[given].honest)
        return
    with pytest.raises(EidError) as caught:
        kinds[wanted].judge(kinds[given].honest)
    if {given, wanted} == {"identity", "bound"}:
        assert caught.value.code == {"identity": "holder.bound", "bound": "holder.unbound"}[wanted]
    elif "proof" in (given, wanted):  # its header has other members
        assert caught.value.code == kinds[wanted].code("token.header")
    else:
        assert caught.value.code == kinds[wanted].code("token.type")


@pytest.mark.parametrize("given", NAMES)
@pytest.mark.parametrize("wanted", NAMES)
def test_the_right_typ_around_the_claims_of_another_kind(given: str, wanted: str) -> None:
    kinds = WORLD["ES256"]
    if given == wanted or {given, wanted} == {"identity", "bound"}:
        return
    header = parts(kinds[wanted].honest)[0]
    with pytest.raises(EidError) as caught:
        kinds[wanted].judge(kinds[wanted].signed(header, parts(kinds[given].honest)[1]))
    assert caught.value.code in ("token.claim-missing", "token.claim", "holder.claim", "status.untrusted")


def test_duplicate_members(kind: Kind) -> None:
    header, claims = parts(kind.honest)
    for name in ("alg", "typ"):
        twice = text(header).replace(f'"{name}"'.encode(), f'"{name}":"none","{name}"'.encode(), 1)
        refused(kind, kind.signed(twice, claims), "token.malformed")
    name = next(iter(claims))
    escaped = f'"\\u{ord(name[0]):04x}{name[1:]}"'.encode()
    for first in (f'"{name}"'.encode(), escaped):
        refused(kind, kind.signed(header, b"{" + first + b":1," + text(claims)[1:]), "token.malformed")


def test_cost_before_the_signature(kind: Kind) -> None:
    header, claims = parts(kind.honest)
    limit = 3 * 1024 * 1024
    refused(kind, "A" * limit, "token.too-large")
    refused(kind, reheaded(kind, typ="x" * limit), "token.too-large")
    refused(kind, kind.signed(b"[" * 700, claims), "token.malformed")
    refused(kind, kind.signed(header, b"[" * 700), "token.malformed")
    refused(kind, kind.signed(header, text(claims)[:-1] + b',"n":' + b"9" * 900 + b"}"), "token.malformed")
    refused(kind, kind.signed(header, text(claims)[:-1] + b',"n":' + b"[" * 300 + b"]" * 300 + b"}"), "token.malformed")


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b'"x"', b"1", b"{}", b"\xff", b"{}{}", b"\xef\xbb\xbf{}"])
def test_claims_that_are_no_claims(kind: Kind, payload: bytes) -> None:
    with pytest.raises(EidError):
        kind.judge(kind.signed(parts(kind.honest)[0], payload))


def test_nothing_behind_the_header_is_read_before_the_signature(kind: Kind) -> None:
    head, _, signature = kind.honest.split(".")
    for payload in ("!!!", b64url(b"not json").decode(), b64url(b"[" * 700).decode(), ""):
        refused(kind, f"{head}.{payload}.{signature}", "token.signature")


@pytest.mark.parametrize(
    "respell",
    [
        lambda t: t + "=",
        lambda t: t + "\n",
        lambda t: " " + t,
        lambda t: t + ".",
        lambda t: "." + t,
        lambda t: t + "." + t,
        lambda t: t.replace(".", "=."),
        lambda t: t.replace(".", "..", 1),
        lambda t: t[:20] + "\n" + t[20:],
        lambda t: t + "\0",
        lambda t: "Bearer " + t,
        lambda t: t[:30] + "é" + t[30:],
        lambda t: t + "~",
        lambda t: t + "A",
        lambda t: json.dumps({"payload": t.split(".")[1], "protected": t.split(".")[0], "signature": t.split(".")[2]}),
    ],
)
def test_one_token_many_spellings(kind: Kind, respell: Callable[[str], str]) -> None:
    kind.judge(kind.honest)
    with pytest.raises(EidError):
        kind.judge(respell(kind.honest))


@pytest.mark.parametrize("bad", [None, 1, b"a.b.c", ["a"], {}, ("a", "b", "c"), True, 1.5])
def test_what_is_no_text(kind: Kind, bad: Any) -> None:
    with pytest.raises(EidError):
        kind.judge(bad)


def test_signature_stripped_borrowed_or_of_another_length(identity: Kind) -> None:
    head, _, encoded = identity.honest.rpartition(".")
    raw = unb64url(encoded.encode())
    borrowed = identity.key.sign_raw(b"another text")
    for bad in (b"", raw[:-1], raw + b"\0", b"\0" + raw, raw + raw, borrowed, bytes(len(raw)), b"\xff" * len(raw)):
        refused(identity, f"{head}.{b64url(bad).decode()}", "token.signature")


@pytest.mark.parametrize("alg", ORDERS)
def test_cve_2022_21449_psychic_signatures(alg: str) -> None:
    kind, order = WORLD[alg]["identity"], ORDERS[alg]
    head, _, encoded = kind.honest.rpartition(".")
    raw = unb64url(encoded.encode())
    half = len(raw) // 2
    r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    limit = (1 << 8 * half) - 1
    for a, b in ((0, 0), (0, s), (r, 0), (order, s), (r, order), (0, order), (limit, limit), (s, r)):
        bad = a.to_bytes(half, "big") + b.to_bytes(half, "big")
        refused(kind, f"{head}.{b64url(bad).decode()}", "token.signature")
    refused(kind, f"{head}.{b64url(encode_dss_signature(r, s)).decode()}", "token.signature")


def test_a_signature_of_ecdsa_can_be_turned_round_and_replay_memory_does_not_mind() -> None:
    """(r, n - s) is as good as (r, s): who keys a memory on the text of a token is fooled."""
    made = issuer()
    token = issue(made)
    head, _, encoded = token.rpartition(".")
    raw = unb64url(encoded.encode())
    s = ORDERS["ES256"] - int.from_bytes(raw[32:], "big")
    turned = f"{head}.{b64url(raw[:32] + s.to_bytes(32, 'big')).decode()}"
    judge = verifier(made, replay=MemoryReplay())
    judge.verify(turned, level=Level.TWO)
    with pytest.raises(EidError) as caught:
        judge.verify(token, level=Level.TWO)
    assert caught.value.code == "token.replayed"


@pytest.mark.parametrize("alg", ["Ed25519", "EdDSA"])
def test_ed25519_signature_with_s_beyond_the_order(alg: str) -> None:
    kind = WORLD[alg]["identity"]
    head, _, encoded = kind.honest.rpartition(".")
    raw = unb64url(encoded.encode())
    order = (1 << 252) + 27742317777372353535851937790883648493
    s = int.from_bytes(raw[32:], "little") + order
    refused(kind, f"{head}.{b64url(raw[:32] + s.to_bytes(32, 'little')).decode()}", "token.signature")


def test_a_key_published_for_another_algorithm_is_another_key(identity: Kind) -> None:
    """The same kid with another key behind it: the signature decides, not the name."""
    jwk = {**make_key(identity.key.alg).to_jwk(), "kid": identity.key.kid}
    if identity.key.alg in ("PS256", "RS256"):  # the tests have one RSA key: the other padding is the other key
        jwk["alg"] = {"PS256": "RS256", "RS256": "PS256"}[identity.key.alg]
    with pytest.raises(EidError) as caught:
        verifier(issuer(), keys=KeySet.from_jwks({"keys": [jwk]})).verify(identity.honest, level=Level.TWO)
    assert caught.value.code in ("token.signature", "token.algorithm")


@pytest.mark.parametrize("purpose", [Purpose.STATUS, Purpose.SEAL])
def test_a_key_made_for_another_purpose_signs_no_token(purpose: Purpose) -> None:
    """One JWKS publishes all keys of an issuer; whoever runs its status lists cannot make identities with them."""
    keys, other = (KeySet.generate(at=NOW - timedelta(days=9), purpose=p) for p in (Purpose.TOKEN, purpose))
    published = KeySet.from_jwks(KeySet.merge(keys, other).public_jwks())
    made = Issuer(ISSUER, keys, clock=clock())
    judge = verifier(made, keys=published, replay=None)
    about = {"nonce": "n", "certificate_sha256": bytes(32), "level": Level.TWO, "auth_level": AuthenticationLevel.THREE}
    token, step = issue(made), made.prove_step(audience=AUDIENCE, **about)

    def proved(proof: str) -> object:
        return verify_step_proof(proof, published, issuer=ISSUER, audience=AUDIENCE, at=NOW, **about)

    for honest, check in ((token, lambda t: judge.verify(t, level=Level.TWO)), (step, proved)):
        check(honest)
        header, claims = parts(honest)
        with pytest.raises(EidError) as caught:
            check(signed({**header, "kid": other.active.kid}, claims, other.active))
        assert caught.value.code == "token.key-unknown"


def test_one_bit_anywhere(identity: Kind) -> None:
    for place in range(0, len(identity.honest), 13):
        flipped = chr(ord(identity.honest[place]) ^ 1)
        if "." not in (flipped, identity.honest[place]):
            with pytest.raises(EidError):
                identity.judge(identity.honest[:place] + flipped + identity.honest[place + 1 :])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES), st.text(max_size=120) | st.binary(max_size=120).map(lambda b: b64url(b).decode()))
def test_any_text_is_refused_by_every_judge(name: str, given_text: str) -> None:
    with pytest.raises(EidError):
        WORLD["ES256"][name].judge(given_text)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_no_mutation_of_the_text_verifies(name: str, data: st.DataObject) -> None:
    kind = WORLD["ES256"][name]
    place = data.draw(st.integers(0, len(kind.honest) - 1))
    length = data.draw(st.integers(0, 4))
    other = data.draw(st.text(alphabet="ABCabc019-_.=+/~ \n", max_size=4))
    changed = kind.honest[:place] + other + kind.honest[place + length :]
    if changed != kind.honest:
        with pytest.raises(EidError):
            kind.judge(changed)
