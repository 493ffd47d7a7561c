"""SD-JWT as RFC 9901 has it: its examples, what its section 7.1 refuses, and whatever bytes arrive."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import EidError, Key, LimitError, MalformedError, UsageError, VerificationError
from eid.disclosure import SdJwt, choose, combine, conceal, reveal
from eid.disclosure.disclosures import MAX_DEPTH, decoy, digest_of, make_disclosure
from eid.disclosure.paths import parse_path, shown
from eid.encoding import b64url_text, unb64url
from eid.holder import check_proof, holder_key
from eid.jws import Profile, open_with

from .work import calls

VECTORS = json.loads((Path(__file__).parent.parent / "vectors/rfc9901/rfc9901.json").read_text())
PROOF_TIME = 1_748_537_244  # when the RFC's holder made its proofs
ADDRESS = {"street_address": "東京都港区芝公園４丁目２−８", "locality": "東京都", "region": "港区", "country": "JP"}


def opened(name: str) -> tuple[SdJwt, dict[str, Any]]:
    """One example, its issuer's signature checked with the key and the header that the RFC gives."""
    typ = "dc+sd-jwt" if name.startswith("a3") else "example+sd-jwt"
    profile = Profile(typ=typ, members=frozenset({"alg", "typ"}))
    sd_jwt = SdJwt.parse(VECTORS["texts"][name])
    return sd_jwt, json.loads(open_with(sd_jwt.token, profile, Key.from_jwk(VECTORS["issuer"])))


def revealed(name: str) -> dict[str, Any]:
    sd_jwt, payload = opened(name)
    return reveal(payload, sd_jwt.disclosures)


def test_rfc_9901_section_5_the_presentation_with_nested_and_array_disclosures():
    claims = revealed("section-5-presentation")
    assert claims["nationalities"] == ["US"]
    assert claims["family_name"] == "Doe"
    assert claims["address"]["country"] == "US"
    assert "_sd" not in json.dumps(claims)
    assert "email" not in claims


def test_rfc_9901_a1_the_simple_structured_example():
    claims = revealed("a1-issuance")
    assert claims["address"] == ADDRESS
    assert claims["email"] == '"unusual email address"@example.jp'
    sd_jwt, payload = opened("a1-issuance")
    some = SdJwt.parse(choose(sd_jwt, payload, [("address", "region"), ("address", "country")]))
    assert reveal(payload, some.disclosures) == {
        "iss": "https://issuer.example.com",
        "iat": 1683000000,
        "exp": 1883000000,
        "address": {"region": "港区", "country": "JP"},
    }


def test_rfc_9901_a2_the_complex_example_and_its_presentation():
    sd_jwt, payload = opened("a2-issuance")
    evidence = reveal(payload, sd_jwt.disclosures)["verified_claims"]["verification"]["evidence"]
    assert evidence[0]["document"]["issuer"] == {"name": "Stadt Augsburg", "country": "DE"}
    checked, about = ("verified_claims", "verification"), ("verified_claims", "claims")
    wanted = [
        *((*checked, "time"), (*checked, "evidence", 0, "method")),
        *((*about, name) for name in ("given_name", "family_name", "address")),
    ]
    some = SdJwt.parse(choose(sd_jwt, payload, wanted))
    assert len(some.disclosures) == 6  # the RFC's presentation shows these six
    claims = reveal(payload, some.disclosures)["verified_claims"]
    assert claims["verification"] == {
        "trust_framework": "de_aml",
        "evidence": [{"method": "pipp"}],
        "time": "2012-04-23T18:25Z",
    }
    assert claims["claims"]["address"]["locality"] == "Maxstadt"


def test_rfc_9901_a3_the_age_over_18_without_a_birth_date():
    claims = revealed("a3-presentation")
    assert claims["age_equal_or_over"] == {"18": True}
    assert claims["nationalities"] == ["DE"]
    assert "birthdate" not in claims


def test_rfc_9901_a4_the_w3c_credential():
    subject = revealed("a4-presentation")["credentialSubject"]
    assert subject["vaccine"]["medicinalProductName"] == "COVID-19 Vaccine Moderna"
    assert subject["recipient"] == {"type": "VaccineRecipient"}


@pytest.mark.parametrize("name", ["section-5-presentation", "a3-presentation", "a4-presentation"])
def test_rfc_9901_key_binding_of_the_examples(name):
    sd_jwt, payload = opened(name)
    key = holder_key(payload["cnf"])
    said = {"audience": "https://verifier.example.org", "nonce": "1234567890", "over": sd_jwt.over}
    assert check_proof(sd_jwt.proof, key, **said, now=PROOF_TIME + 9) == PROOF_TIME
    with pytest.raises(VerificationError, match="other-token"):
        check_proof(sd_jwt.proof, key, **{**said, "over": sd_jwt.over + "x~"}, now=PROOF_TIME)


CLAIMS = {
    "sub": "user_42",
    "name": "Nguyễn Văn A",
    "address": {"street": "Số 1", "city": "Hà Nội", "ward": {"code": "00001"}},
    "nationalities": ["VN", "FR"],
    "ages": {"14": True, "18": True},
}
WARD = {"city": "Hà Nội", "ward": {"code": "00001"}}
SELECTIVE = [
    *("name", "address", ("address", "street"), ("address", "ward"), ("address", "ward", "code")),
    *(("nationalities", None), ("ages", "14"), ("ages", "18")),
]


def issued(**options: Any) -> tuple[dict[str, Any], list[str]]:
    return conceal(CLAIMS, SELECTIVE, **options)


def test_everything_disclosed_is_what_was_concealed():
    payload, disclosures = issued(decoys={(): 3, ("ages",): 2, ("nationalities",): 4, ("address",): 1})
    assert reveal(payload, disclosures) == CLAIMS
    assert len(payload["_sd"]) == 2 + 3
    assert payload["_sd"] == sorted(payload["_sd"])
    assert "Hà Nội" not in json.dumps(payload, ensure_ascii=False)
    assert all(set(element) == {"..."} for element in payload["nationalities"])
    assert len(payload["nationalities"]) == 6


def test_nothing_disclosed_leaves_what_the_issuer_left_plain():
    payload, _ = issued(decoys={("nationalities",): 4})
    assert reveal(payload, ()) == {"sub": "user_42", "nationalities": [], "ages": {}}


def test_salts_are_never_repeated():
    salts = [json.loads(unb64url(d.encode()))[0] for _ in range(50) for d in issued()[1]]
    assert len(set(salts)) == len(salts)
    assert {len(unb64url(salt.encode())) for salt in salts} == {16}


def held(**options: Any) -> tuple[SdJwt, dict[str, Any]]:
    payload, disclosures = issued(**options)
    return SdJwt.parse(combine("h.p.s", disclosures)), payload


@pytest.mark.parametrize(
    ("disclose", "seen"),
    [
        ([], {"nationalities": [], "ages": {}}),
        (["name"], {"name": "Nguyễn Văn A", "nationalities": [], "ages": {}}),
        ([("ages", "18")], {"nationalities": [], "ages": {"18": True}}),
        (["ages"], {"nationalities": [], "ages": CLAIMS["ages"]}),
        ([("nationalities", 1)], {"nationalities": ["FR"], "ages": {}}),
        ([("nationalities", None)], {"nationalities": ["VN", "FR"], "ages": {}}),
        ([("address", "ward", "code")], {"nationalities": [], "ages": {}, "address": WARD}),
        ([("address", "city")], {"nationalities": [], "ages": {}, "address": {"city": "Hà Nội"}}),
        (["address"], {"nationalities": [], "ages": {}, "address": CLAIMS["address"]}),
        (["sub"], {"nationalities": [], "ages": {}}),
    ],
)  # fmt: skip
def test_a_holder_shows_what_it_names_and_no_more(disclose, seen):
    sd_jwt, payload = held(decoys={("nationalities",): 2})
    some = SdJwt.parse(choose(sd_jwt, payload, disclose))
    assert reveal(payload, some.disclosures) == {"sub": "user_42", **seen}


@pytest.mark.parametrize(
    "path", ["surname", ("name", "first"), ("nationalities", 2), ("ages", "21"), ("nationalities", "VN")]
)
def test_a_claim_that_is_not_there_cannot_be_shown(path):
    sd_jwt, payload = held()
    with pytest.raises(UsageError) as caught:
        choose(sd_jwt, payload, [path])
    assert caught.value.code == "disclosure.no-claim"


@pytest.mark.parametrize("path", ["surname", ("name", "first"), ("nationalities", 2), ("ages", 0), ("address", None)])
def test_an_issuer_cannot_leave_a_misspelt_claim_in_the_open(path):
    with pytest.raises(UsageError):
        conceal(CLAIMS, [path])


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_reserved_names_are_not_issued(name):
    with pytest.raises(UsageError):
        conceal({"a": [{"b": {name: 1}}]}, ["a"])


# --- what RFC 9901 §7.1 refuses, each a change of something that passes


def code_of(payload: dict[str, Any], disclosures: list[str]) -> str:
    with pytest.raises(EidError) as caught:
        reveal(payload, disclosures)
    return caught.value.code


def signed_over(*contents: tuple[Any, ...], **payload: Any) -> tuple[dict[str, Any], list[str]]:
    """A payload of an issuer that signs any disclosure, also a hostile one."""
    made = [raw_disclosure(list(each)) for each in contents]
    return {"iss": "x", "_sd": [digest_of(each) for each in made], **payload}, made


def raw_disclosure(contents: Any) -> str:
    text = contents if isinstance(contents, bytes) else json.dumps(contents).encode()
    return b64url_text(text)


def test_control_a_disclosure_of_the_issuer_passes():
    assert reveal(*signed_over(("salt", "name", "A"))) == {"iss": "x", "name": "A"}


def test_7_1_step_5_an_unreferenced_disclosure():
    payload, disclosures = issued()
    assert code_of(payload, [*disclosures, make_disclosure("age", 99)[0]]) == "disclosure.unreferenced"


def test_7_1_step_5_a_disclosure_inside_one_that_was_left_out():
    payload, disclosures = issued()
    outer = next(d for d in disclosures if json.loads(unb64url(d.encode()))[1] == "address")
    assert code_of(payload, [d for d in disclosures if d != outer]) == "disclosure.unreferenced"


def test_a_tampered_disclosure():
    payload, disclosures = issued()
    salt, name, _ = json.loads(unb64url(disclosures[0].encode()))
    assert code_of(payload, [raw_disclosure([salt, name, "Trần Văn B"]), *disclosures[1:]]) == "disclosure.unreferenced"


def test_the_same_disclosure_twice():
    payload, disclosures = issued()
    assert code_of(payload, [*disclosures, disclosures[0]]) == "disclosure.repeated"


def test_7_1_step_4_a_digest_twice_in_one_list():
    payload, disclosures = signed_over(("salt", "name", "A"))
    payload["_sd"] *= 2
    assert code_of(payload, disclosures) == "disclosure.digest-repeated"


def test_7_1_step_4_a_digest_twice_in_different_places():
    payload, disclosures = signed_over(("salt", "name", "A"))
    payload["inner"] = {"_sd": payload["_sd"]}
    assert code_of(payload, disclosures) == "disclosure.digest-repeated"


def test_7_1_step_4_a_decoy_digest_twice():
    payload, disclosures = signed_over(("salt", "name", "A"))
    payload["list"] = [{"...": digest} for digest in [decoy()] * 2]
    assert code_of(payload, disclosures) == "disclosure.digest-repeated"


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_7_1_a_disclosure_with_a_reserved_name(name):
    assert code_of(*signed_over(("salt", name, []))) == "disclosure.reserved-name"


def test_7_1_a_disclosure_that_overwrites_the_issuer():
    assert code_of(*signed_over(("salt", "iss", "https://evil.example"))) == "disclosure.overwrites"


def test_7_1_two_disclosures_of_one_name():
    assert code_of(*signed_over(("salt", "name", "A"), ("salt", "name", "B"))) == "disclosure.overwrites"


def test_7_1_an_element_where_a_member_belongs_and_the_other_way_round():
    assert code_of(*signed_over(("salt", "name"))) == "disclosure.malformed"
    payload, disclosures = signed_over(("salt", "name", "A"))
    payload["list"] = [{"...": payload.pop("_sd")[0]}]
    assert code_of(payload, disclosures) == "disclosure.malformed"


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"[]", b"{}", b'"salt"', b'["salt"]', b'["salt","name","A",1]', b'["salt","name","A"', b"null"),
        *(b'[1,"name","A"]', b'["salt",1,"A"]', b'["salt","name",NaN]', b'["salt","name",1e999]', b"\xff"),
        *(b'["salt","name",{"a":1,"a":2}]', b'["salt","name","\\ud800"]', b'["salt","name",%s]' % (b"9" * 5000)),
        *(b'["salt","name",' + b"[" * 5000 + b"]" * 5000 + b"]", b'["s","n",1],["s","n2",2]'),
    ],
)
def test_a_malformed_disclosure(text):
    made = raw_disclosure(text)
    assert code_of({"_sd": [digest_of(made)]}, [made]) == "disclosure.malformed"


def test_two_halves_of_json_are_not_two_disclosures():
    """Read side by side they would be JSON: three texts, three values, but not of these texts."""
    made = [raw_disclosure(t) for t in (b'["s","a",["x"]', b'["y"]]', b'["s","b",1],["s","c",2]')]
    assert code_of({"_sd": [digest_of(each) for each in made]}, made) == "disclosure.malformed"


@pytest.mark.parametrize("spelling", [lambda d: d + "=", lambda d: d[:-1] + "+", lambda d: d + "\n", lambda d: ""])
def test_a_disclosure_has_one_spelling(spelling):
    made = spelling(raw_disclosure(["salt", "name", "AB"]))
    assert code_of({"_sd": [digest_of(made)]}, [made]) == "disclosure.malformed"


@pytest.mark.parametrize(
    "payload",
    [
        *({"_sd": "x"}, {"_sd": None}, {"_sd": {}}, {"_sd": [1]}, {"a": {"_sd": [None]}}, {"...": "x"}),
        *({"a": [{"...": 1}]}, {"a": [{"...": "x", "b": 1}]}, {"a": {"...": "x"}}),
    ],
)
def test_reserved_names_that_hold_no_digests(payload):
    assert code_of(payload, []) == "disclosure.malformed"


@pytest.mark.parametrize("name", ["sha-512", "md5", "", None, ["sha-256"], "SHA-256"])
def test_another_hash_is_refused(name):
    assert code_of({"_sd_alg": name, "_sd": []}, []) == "disclosure.hash"


def test_claims_nested_too_deep_directly_and_through_disclosures():
    deep: Any = 1
    for _ in range(MAX_DEPTH + 1):
        deep = {"a": deep}
    assert code_of(deep, []) == "disclosure.malformed"
    made, digest = make_disclosure("a", 1)
    chain = [made]
    for _ in range(MAX_DEPTH + 1):
        made, digest = make_disclosure("a", {"_sd": [digest]})
        chain.append(made)
    assert code_of({"_sd": [digest]}, chain) == "disclosure.malformed"


def test_a_holder_is_not_worn_out_by_digests_that_refer_to_each_other_many_times():
    made, digest = make_disclosure("z", 1)
    chain = [made]
    for _ in range(14):
        made, digest = make_disclosure("z", [{"...": digest}] * 50)
        chain.append(made)
    sd_jwt = SdJwt.parse(combine("h.p.s", chain))
    assert choose(sd_jwt, {"_sd": [digest]}, ["z"]).startswith("h.p.s~")


@pytest.mark.parametrize("text", ["", "a.b.c", "é~", 5, None, b"a.b.c~"])
def test_a_text_that_is_not_an_sd_jwt(text):
    with pytest.raises(MalformedError):
        SdJwt.parse(text)


def test_an_sd_jwt_has_limits():
    with pytest.raises(LimitError):
        SdJwt.parse("a.b.c~" + "x" * 65_536)
    with pytest.raises(LimitError):
        SdJwt.parse("a.b.c~" + "x~" * 257)
    assert len(SdJwt.parse("a.b.c~" + "x~" * 256).disclosures) == 256


def test_the_proof_stands_behind_the_last_tilde():
    sd_jwt = SdJwt.parse("a.b.c~d1~d2~k.b.j")
    assert (sd_jwt.token, sd_jwt.disclosures, sd_jwt.proof) == ("a.b.c", ("d1", "d2"), "k.b.j")
    assert sd_jwt.over == "a.b.c~d1~d2~"
    assert "d1" not in repr(sd_jwt)


def test_paths_are_written_and_read():
    for path in (("name",), ("age_equal_or_over", "18"), ("nationalities", None), ("nationalities", 0)):
        assert parse_path(shown(path)) == path
    assert shown(("nationalities", 0)) == "nationalities.#0"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["_sd", "...", "_sd_alg", "iss", "a", "name"])
hostile = st.recursive(
    json_values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=10
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(names, hostile, max_size=4), st.lists(hostile | st.binary(max_size=20), max_size=3))
def test_any_payload_and_disclosures_give_claims_or_our_error(payload, contents):
    made = [raw_disclosure(each) for each in contents]
    payload.setdefault("_sd", [digest_of(each) for each in made])
    try:
        claims = reveal(payload, made)
    except EidError:
        return
    assert "_sd" not in claims


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(names, hostile, max_size=4), st.lists(st.text(max_size=30), max_size=3))
def test_any_text_gives_parts_or_our_error(payload, texts):
    try:
        sd_jwt = SdJwt.parse("~".join(["a.b.c", *texts, ""]))
        choose(sd_jwt, payload, ["name", ("a", 0, "name")])
    except EidError:
        pass


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), json_values, min_size=1, max_size=5), st.data())
def test_whatever_is_concealed_comes_back(claims, data):
    selective = data.draw(st.lists(st.sampled_from(sorted(claims)), unique=True))
    if "_sd" in json.dumps(claims) or '"..."' in json.dumps(claims):
        return
    payload, disclosures = conceal(claims, selective)
    assert reveal(payload, disclosures) == claims
    assert reveal(payload, []) == {name: value for name, value in claims.items() if name not in selective}


def hall_of_mirrors(levels: int, **around: Any) -> tuple[SdJwt, dict[str, Any]]:
    """Arrays in arrays, eight elements each, all of which are the same disclosure; or objects that hold it."""
    made, digest = make_disclosure("x", [0]) if around else make_disclosure([0])
    chain = [made]
    for _ in range(levels):
        elements = [{**around, "_sd": [digest]} if around else {"...": digest}] * 8
        made, digest = make_disclosure("x", elements) if around else make_disclosure(elements)
        chain.append(made)
    top = {"_sd": [digest]} if around else {"x": [{"...": digest}] * 8}
    return SdJwt.parse(combine("h.p.s", chain)), top


@pytest.mark.parametrize(
    ("mirrors", "path"),
    [
        (hall_of_mirrors(14), ("x", *([None] * 15))),
        (hall_of_mirrors(14), ("x", *([7] * 15))),
        (hall_of_mirrors(7, y=1), ("x", *([None, "x"] * 7))),
    ],
)
def test_a_wallet_is_not_worn_out_by_a_path_through_digests_that_lead_to_the_same_place(mirrors, path):
    made: list[str] = []
    assert calls(lambda: made.append(choose(*mirrors, [path]))) < 100_000  # it takes 2,000; once for each way, 8 ** 14
    assert made[0].startswith("h.p.s~")


@pytest.mark.parametrize(
    ("payload", "disclose"),
    [
        ({"a": [[1]] * 12_000}, [("a", None, place) for place in range(1)] + [("a", None, None)] * 255),
        ({"a": [1] * 24_000}, [("a", place) for place in range(256)]),
        ({"a": dict.fromkeys(map(str, range(6000)), 1)}, ["a"] * 256),
    ],
)
def test_a_wallet_is_not_worn_out_by_many_paths_through_many_elements(payload, disclose):
    def chosen() -> None:
        with pytest.raises(LimitError):
            choose(SdJwt.parse("h.p.s~"), payload, disclose)

    assert calls(chosen) < 2_000_000  # a few for each of the steps that are allowed


@pytest.mark.parametrize("asked", [5, None, [5], [None], [True], [{"name": 1}], [{"name"}], iter([b"name"])])
def test_a_request_s_json_that_names_no_paths_is_our_error(asked):
    with pytest.raises(UsageError):
        choose(SdJwt.parse("h.p.s~"), {"name": 1, "n": 2}, asked)


def test_a_request_that_never_ends_is_not_read_to_its_end():
    with pytest.raises(UsageError):
        choose(SdJwt.parse("h.p.s~"), {"name": 1}, itertools.repeat("name"))


@pytest.mark.parametrize("nest", [lambda inner: {"a": inner}, lambda inner: [inner]])
def test_an_issuer_does_not_nest_claims_deeper_than_verifiers_read(nest):
    value: Any = 1
    for _ in range(MAX_DEPTH - 1):
        value = nest(value)
    payload, disclosures = conceal({"a": value}, ["a"])
    assert reveal(payload, disclosures) == {"a": value}
    with pytest.raises(UsageError):
        conceal({"a": nest(value)}, ["a"])


def test_claims_that_are_no_object_are_our_error():
    with pytest.raises(UsageError):
        conceal("ab", [])  # type: ignore[arg-type]
