"""Holder-bound tokens: `cnf` (RFC 7800), the proof `kb+jwt` (RFC 9901 §4.3), and what thieves of tokens try."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import EidError, Holder, Identity, Key, Level, UsageError, VerificationError, make_proof
from eid.encoding import b64url, b64url_text
from eid.holder import MAX_AGE_S, check_proof, cnf_claim, holder_key

from .kinds import ALGORITHMS, make_key
from .made import AUDIENCE, NOW, NOW_S, OTHER, changed, issue, issuer, parts, signed, text, verifier

HOLDER, THIEF = Key.generate(), Key.generate()
NONCE = "n-0S6_WzA2Mj"
MADE = issuer()
TOKEN = issue(MADE, holder=HOLDER)
UNBOUND = issue(MADE)


def proof_of(key: Key = HOLDER, **options: Any) -> str:
    return make_proof(key, **{"audience": AUDIENCE, "nonce": NONCE, "over": TOKEN, "at": NOW, **options})


def shown(proof: str | None, token: str = TOKEN, s: float = 0, **options: Any) -> Identity:
    judge = verifier(MADE, s, replay=None)
    wanted = {"level": Level.TWO, "nonce": NONCE, "holder": Holder.REQUIRED, "proof": proof}
    return judge.verify(token, **{**wanted, **options})


def refused(code: str, proof: str | None, token: str = TOKEN, s: float = 0, **options: Any) -> None:
    """The wrong showing is refused with `code`; the honest one passes."""
    assert shown(proof_of()).holder_bound
    with pytest.raises(EidError) as caught:
        shown(proof, token, s, **options)
    assert caught.value.code == code


def forged(claims: dict[str, Any], key: Key = HOLDER, **header: Any) -> str:
    """A proof over any claims, and with any header."""
    body = {**parts(proof_of())[1], **claims}
    members = {"alg": key.alg, "typ": "kb+jwt", **header}
    kept = {name: value for name, value in members.items() if value is not ...}
    return signed(kept, {name: value for name, value in body.items() if value is not ...}, key)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_holder_of_every_algorithm(alg: str) -> None:
    key = make_key(alg)
    token = issue(MADE, holder=key)
    assert shown(proof_of(key, over=token), token).holder_bound
    assert holder_key(parts(token)[1]["cnf"]).alg == alg
    with pytest.raises(VerificationError):
        shown(proof_of(key, over=token, nonce="other"), token)


def test_a_token_names_the_holders_key_and_nothing_else_of_it() -> None:
    jwk = parts(TOKEN)[1]["cnf"]["jwk"]
    assert set(parts(TOKEN)[1]["cnf"]) == {"jwk"}
    assert set(jwk) == {"kty", "crv", "x", "y", "alg"}
    assert jwk["x"] == HOLDER.to_jwk()["x"]
    assert not verifier(MADE).verify(UNBOUND, level=Level.TWO).holder_bound


def test_a_proof_has_exactly_its_profile() -> None:
    header, claims = parts(proof_of())
    assert header == {"alg": "ES256", "typ": "kb+jwt"}
    digest = hashlib.sha256(TOKEN.encode()).digest()
    assert claims == {"iat": NOW_S, "aud": AUDIENCE, "nonce": NONCE, "sd_hash": b64url_text(digest)}


# policy says required or forbidden, never "if present"


def test_bound_token_where_bearers_are_expected() -> None:
    for options in ({}, {"nonce": NONCE}):
        with pytest.raises(VerificationError) as caught:
            verifier(MADE).verify(TOKEN, level=Level.TWO, **options)
        assert caught.value.code == ("holder.bound" if not options else "token.nonce")


def test_proof_where_none_is_checked() -> None:
    with pytest.raises(VerificationError) as caught:
        verifier(MADE).verify(UNBOUND, level=Level.TWO, proof=proof_of(over=UNBOUND))
    assert caught.value.code == "holder.unexpected"


def test_binding_stripped_by_whoever_cannot_prove_it() -> None:
    refused("holder.proof-missing", None)
    refused("holder.malformed", "")
    refused("holder.unbound", proof_of(over=UNBOUND), UNBOUND)
    refused("holder.unbound", None, UNBOUND)


def test_binding_cut_out_of_the_token() -> None:
    header, claims = parts(TOKEN)
    del claims["cnf"]
    loose = f"{b64url(text(header)).decode()}.{b64url(text(claims)).decode()}.{TOKEN.rpartition('.')[2]}"
    refused("token.signature", proof_of(over=loose), loose)


def test_thief_puts_in_a_key_of_their_own() -> None:
    header, claims = parts(TOKEN)
    claims["cnf"] = cnf_claim(THIEF)
    swapped = f"{b64url(text(header)).decode()}.{b64url(text(claims)).decode()}.{TOKEN.rpartition('.')[2]}"
    refused("token.signature", proof_of(THIEF, over=swapped), swapped)


def test_required_without_a_nonce_is_a_wrong_call() -> None:
    for options in ({"nonce": None}, {"nonce": ""}, {"holder": "required"}, {"holder": True}, {"holder": None}):
        with pytest.raises(UsageError):
            shown(proof_of(), **options)


def test_nonce_in_the_token_as_well() -> None:
    both = issue(MADE, holder=HOLDER, nonce=NONCE)
    assert shown(proof_of(over=both), both)
    other = issue(MADE, holder=HOLDER, nonce="n-2")
    refused("token.nonce", proof_of(over=other), other)


def test_shown_twice() -> None:
    judge = verifier(MADE)
    wanted = {"level": Level.TWO, "nonce": NONCE, "holder": Holder.REQUIRED}
    judge.verify(TOKEN, proof=proof_of(), **wanted)
    with pytest.raises(VerificationError) as caught:
        judge.verify(TOKEN, proof=proof_of(), **wanted)
    assert caught.value.code == "token.replayed"


# the proof


def test_proof_of_another_key() -> None:
    refused("holder.signature", proof_of(THIEF))
    refused("holder.signature", proof_of(OTHER.active))


def test_proof_for_another_recipient_or_request() -> None:
    refused("holder.audience", proof_of(audience="H26.20"))
    refused("holder.audience", proof_of(audience=AUDIENCE + "/"))
    refused("holder.nonce", proof_of(nonce="other"))
    refused("holder.nonce", proof_of(), nonce="other")
    refused("holder.nonce", proof_of(nonce=NONCE.lower()))


def test_proof_about_another_token() -> None:
    again = issue(MADE, holder=HOLDER)
    refused("holder.other-token", proof_of(over=again))
    refused("holder.other-token", proof_of(over=UNBOUND))
    refused("holder.other-token", proof_of(over=TOKEN.rpartition(".")[0]))
    refused("holder.other-token", proof_of(over=f"{TOKEN}~"))
    refused("holder.other-token", proof_of(), again)


@pytest.mark.parametrize("name", ["sha1", "sha384", "sha512", "md5"])
def test_proof_with_another_digest(name: str) -> None:
    digest = hashlib.new(name, TOKEN.encode()).digest()
    refused("holder.other-token", forged({"sd_hash": b64url_text(digest)}))
    refused("holder.other-token", forged({"sd_hash": hashlib.sha256(TOKEN.encode()).hexdigest()}))


def test_proof_that_is_old_or_from_the_future() -> None:
    assert shown(proof_of(at=NOW - timedelta(seconds=MAX_AGE_S - 1)))
    assert shown(proof_of(at=NOW + timedelta(seconds=30)))
    refused("holder.too-old", proof_of(at=NOW - timedelta(seconds=MAX_AGE_S)))
    refused("holder.too-old", proof_of(at=NOW - timedelta(days=1)))
    refused("holder.not-yet-valid", proof_of(at=NOW + timedelta(seconds=31)))
    refused("holder.too-old", forged({"exp": NOW_S}))
    refused("holder.not-yet-valid", forged({"nbf": NOW_S + 31}))
    assert shown(forged({"exp": NOW_S + 1, "nbf": NOW_S}))


@pytest.mark.parametrize("name", ["iat", "aud", "nonce", "sd_hash"])
@pytest.mark.parametrize("value", [..., None, True, 1.5, [], {}, "", -1, [AUDIENCE], "x" * 501])
def test_claim_of_a_proof_missing_or_of_another_type(name: str, value: Any) -> None:
    refused("holder.claim", forged({name: value}))


@pytest.mark.parametrize("iat", [str(NOW_S), NOW_S + 0.5, NOW_S * 10**9, float(NOW_S)])
def test_time_of_a_proof_that_is_no_whole_second(iat: Any) -> None:
    refused("holder.claim", forged({"iat": iat}))


@pytest.mark.parametrize("typ", ["JWT", "kb+JWT", "eid+jwt", "dpop+jwt", "", None, 1])
def test_proof_of_another_kind(typ: Any) -> None:
    refused("holder.type", forged({}, typ=typ))


def test_cve_2018_0114_the_thiefs_key_in_the_header_of_the_proof() -> None:
    for member, value in (("jwk", THIEF.to_jwk()), ("kid", "x"), ("x5c", ["MIIB"]), ("crit", ["jwk"])):
        refused("holder.malformed", forged({}, THIEF, **{member: value}))
    refused("holder.malformed", forged({}, typ=...))
    refused("holder.malformed", forged({}, alg=...))


def test_a_token_is_no_proof_of_itself() -> None:
    refused("holder.malformed", TOKEN)
    refused("holder.malformed", proof_of() + ".x")
    refused("holder.malformed", "x" * 9000)


def test_check_proof_wants_expectations() -> None:
    good = {"audience": AUDIENCE, "nonce": NONCE, "over": TOKEN, "now": NOW_S}
    check_proof(proof_of(), HOLDER, **good)
    for bad in ({"audience": ""}, {"audience": None}, {"nonce": ""}, {"nonce": 5}, {"nonce": "x" * 501}):
        with pytest.raises(UsageError):
            check_proof(proof_of(), HOLDER, **{**good, **bad})
        with pytest.raises(UsageError):
            make_proof(HOLDER, **{"audience": AUDIENCE, "nonce": NONCE, "over": TOKEN, **bad})
    with pytest.raises(UsageError):
        check_proof(proof_of(), HOLDER.to_jwk(), **good)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        make_proof(HOLDER, audience=AUDIENCE, nonce=NONCE, over="é")
    with pytest.raises(UsageError):
        make_proof(holder_key(cnf_claim(HOLDER)), audience=AUDIENCE, nonce=NONCE, over=TOKEN)


def test_a_shorter_life_of_proofs_can_be_asked_for_but_no_longer() -> None:
    good = {"audience": AUDIENCE, "nonce": NONCE, "over": TOKEN}
    assert check_proof(proof_of(), HOLDER, now=NOW_S + 9, max_age_s=10, **good) == NOW_S
    for now, limit in ((NOW_S + 10, 10), (NOW_S + MAX_AGE_S, 10_000)):
        with pytest.raises(VerificationError) as caught:
            check_proof(proof_of(), HOLDER, now=now, max_age_s=limit, **good)
        assert caught.value.code == "holder.too-old"


def test_the_longest_texts_and_the_oddest_times() -> None:
    longest = {"audience": "ộ" * 500, "nonce": "ễ" * 500, "over": TOKEN}
    assert check_proof(make_proof(HOLDER, at=NOW, **longest), HOLDER, now=NOW_S, **longest) == NOW_S
    refused("holder.too-old", forged({"iat": 0}))
    refused("holder.claim", forged({"iat": 1 << 40}))
    refused("holder.not-yet-valid", forged({"iat": (1 << 40) - 1}))
    for key in (None, "key", HOLDER.to_jwk()):
        with pytest.raises(UsageError):
            cnf_claim(key)  # type: ignore[arg-type]


# the key in the token, as an issuer that makes mistakes writes it


def _other_curve() -> dict[str, Any]:
    point = ec.generate_private_key(ec.SECP521R1()).public_key().public_numbers()
    x, y = (b64url_text(value.to_bytes(66, "big")) for value in (point.x, point.y))
    return {"kty": "EC", "crv": "P-521", "x": x, "y": y}


def _private_jwk() -> dict[str, Any]:
    private: Any = HOLDER.private_key
    return {**HOLDER.to_jwk(), "d": b64url_text(private.private_numbers().private_value.to_bytes(32, "big"))}


@pytest.mark.parametrize(
    "cnf",
    [
        None,
        [],
        {},
        "jwk",
        {"jwk": None},
        {"jwk": {}},
        {"jwk": []},
        {"jwk": HOLDER.to_jwk(), "kid": "other"},
        {"kid": HOLDER.kid},
        {"jkt": HOLDER.kid},
        {"x5t#S256": "x"},
        {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"jwk": {**HOLDER.to_jwk(), "use": "enc"}},
        {"jwk": {**HOLDER.to_jwk(), "alg": "ES384"}},
        {"jwk": {**HOLDER.to_jwk(), "alg": "none"}},
        {"jwk": {**HOLDER.to_jwk(), "y": HOLDER.to_jwk()["x"]}},
        {"jwk": _private_jwk()},
        {"jwk": _other_curve()},
        {"jwk": {"keys": [HOLDER.to_jwk()]}},
    ],
)
def test_confirmation_that_is_not_one_public_key(cnf: Any) -> None:
    token = changed(TOKEN, ["cnf"], cnf)
    refused("holder.key", proof_of(over=token), token)
    with pytest.raises(VerificationError) as caught:  # nor is it a bearer's
        verifier(MADE).verify(token, level=Level.TWO)
    assert caught.value.code == "holder.bound"


def test_a_published_private_key_does_not_show_in_the_error() -> None:
    with pytest.raises(VerificationError) as caught:
        holder_key({"jwk": _private_jwk()})
    assert _private_jwk()["d"] not in str(caught.value) + caught.value.text_vi + str(caught.value.details)


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["jwk", "kty", "x"]), inner),
        max_leaves=6,
    )
)
def test_any_json_as_cnf(value: Any) -> None:
    with pytest.raises(VerificationError):
        holder_key(value)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=100) | st.binary(max_size=60) | st.none() | st.integers())
def test_anything_as_a_proof(proof: Any) -> None:
    with pytest.raises(EidError):
        check_proof(proof, HOLDER, audience=AUDIENCE, nonce=NONCE, over=TOKEN, now=NOW_S)


def test_signature_in_der_or_of_another_hash() -> None:
    head = proof_of().rpartition(".")[0]
    private: Any = HOLDER.private_key
    for signature in (
        private.sign(head.encode(), ec.ECDSA(hashes.SHA256())),
        private.sign(head.encode(), ec.ECDSA(hashes.SHA384())),
        HOLDER.sign_raw(TOKEN.encode()),
        bytes(64),
    ):
        refused("holder.signature", f"{head}.{b64url(signature).decode()}")


def test_a_bound_identity_looks_as_any_other() -> None:
    assert json.loads(json.dumps(shown(proof_of()).to_dict()))["level"] == "level-2"


def test_a_life_that_is_no_number_does_not_make_an_old_proof_good() -> None:
    old = proof_of(at=NOW - timedelta(days=9))
    with pytest.raises(VerificationError) as caught:
        check_proof(old, HOLDER, audience=AUDIENCE, nonce=NONCE, over=TOKEN, now=NOW_S, max_age_s=float("nan"))
    assert caught.value.code == "holder.too-old"


@pytest.mark.parametrize("odd", ["audience", "nonce"])
def test_half_characters_in_what_a_proof_is_for_are_our_error(odd: str) -> None:
    with pytest.raises(UsageError):
        proof_of(**{odd: "H26\udcff"})
