"""Credentials: what a holder shows, what a verifier refuses, what others make of ours and we of theirs."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from openvc.keys import P256SigningKey
from openvc.proof.errors import ProofError
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from eid import (
    UNCHECKED,
    EidError,
    IndeterminateError,
    Issuer,
    Key,
    Level,
    MemoryReplay,
    Person,
    RefusedError,
    UsageError,
    VerificationError,
)
from eid.disclosure import Contents, Copy, CredentialVerifier, SdJwt, combine, make_batch, make_credential, present
from eid.disclosure.credential import MAX_LIFE_S
from eid.disclosure.disclosures import digest_of, make_disclosure
from eid.disclosure.presenting import bound_key
from eid.encoding import unb64url
from eid.holder import Holder, cnf_claim, make_proof
from eid.journal import JournalEntry
from eid.jws import header_segment
from eid.keys import KeySet, Purpose
from eid.status import Status
from eid.token import SKEW_S

from .made import (
    AUDIENCE,
    ISSUER,
    KEYS,
    LEVEL_ONE,
    LEVEL_TWO,
    NOW,
    OTHER,
    PERSON,
    PUBLIC,
    clock,
    issue,
    issuer,
    parts,
    signed,
)

VCT = "https://id.example.vn/credential/person"
NONCE = "n-0S6_WzA2Mj"
HOLDER = Key.generate()
ADULT = ("age_equal_or_over", "18")


def credential(made_by: Issuer | None = None, **options: Any) -> str:
    wanted = {"vct": VCT, "evidence": LEVEL_TWO, "holder": HOLDER, **options}
    return (made_by or ISSUED_BY).issue_credential(
        wanted.pop("person", PERSON), wanted.pop("level", Level.TWO), **wanted
    )


ISSUED_BY = issuer()
CREDENTIAL = credential()


def shown(text: str = CREDENTIAL, disclose: Any = (ADULT,), **options: Any) -> str:
    wanted = {"key": HOLDER, "audience": AUDIENCE, "nonce": NONCE, "at": NOW, **options}
    return present(text, disclose=disclose, **wanted)


def verifier(s: float = 0, **options: Any) -> CredentialVerifier:
    wanted: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "vct": VCT,
        "status": ISSUED_BY.status_list,
        "replay": None,
        "clock": clock(s),
        **options,
    }
    return CredentialVerifier(wanted.pop("keys", PUBLIC), **wanted)


def verify(presentation: str, s: float = 0, **options: Any) -> Any:
    asked = {"level": Level.TWO, "nonce": NONCE}
    names = ("level", "nonce", "holder", "require", "max_evidence_age_s")
    asked |= {name: options.pop(name) for name in names if name in options}
    return verifier(s, **options).verify(presentation, **asked)


def refused(presentation: str, s: float = 0, **options: Any) -> str:
    with pytest.raises(EidError) as caught:
        verify(presentation, s, **options)
    return caught.value.code


def remade(change: Callable[[dict[str, Any]], None], *, key: Key | None = None, over: str = CREDENTIAL) -> str:
    """A credential whose signed claims were changed by `change` and signed again, with the same disclosures."""
    sd_jwt = SdJwt.parse(over)
    header, payload = parts(sd_jwt.token)
    change(payload)
    return combine(signed(header, payload, key), sd_jwt.disclosures)


def test_an_age_is_proved_and_nothing_else():
    found = verify(shown(), require=[ADULT])
    assert found.age_equal_or_over(18)
    assert found.claims == {"age_equal_or_over": {"18": True}}
    assert found.level is Level.TWO
    assert found.presented == NOW
    text = "".join(unb64url(p.encode()).decode("utf-8", "replace") for p in shown().replace("~", ".").split(".") if p)
    for hidden in ("1990", "001090123456", "Nguyễn", "male", "H26.19 "):
        assert hidden not in text


def test_the_issuer_s_signed_part_tells_nothing_about_the_person():
    _, payload = parts(SdJwt.parse(CREDENTIAL).token)
    assert set(payload) == {
        *("iss", "vct", "iat", "exp", "jti", "status", "verification", "cnf", "age_equal_or_over", "_sd", "_sd_alg")
    }
    assert set(payload["verification"]) == {"trust_framework", "assurance_level", "rule_set", "_sd"}
    assert set(payload["cnf"]["jwk"]) == {"kty", "crv", "x", "y", "alg"}


def test_everybody_has_the_same_number_of_digests():
    other = Person(
        number="001190654321",
        full_name="Trần Thị Kiểm Thử",
        birth_date=date(2014, 5, 17),
        sex="female",
        old_number="012345678",
        card_issued=date(2025, 1, 2),
    )
    counts = {len(parts(SdJwt.parse(credential(person=p)).token)[1]["_sd"]) for p in (PERSON, other)}
    assert counts == {10}


def test_everything_shown_is_the_person_with_evidence():
    found = verify(shown(disclose=None))
    claims = dict(found.claims)
    assert claims.pop("age_equal_or_over") == {"14": True, "16": True, "18": True, "20": True, "60": False}
    assert Person.from_claims(claims) == PERSON
    assert found.evidence == tuple(LEVEL_TWO)
    assert pickle.loads(pickle.dumps(found)) == found
    assert "Nguyễn" not in repr(found)


def test_ages_answer_what_was_shown_and_refuse_to_guess():
    found = verify(shown(disclose=[("age_equal_or_over", "60"), ("age_equal_or_over", "18")]))
    assert found.age_equal_or_over(16)
    assert not found.age_equal_or_over(70)
    with pytest.raises(VerificationError) as caught:
        found.age_equal_or_over(20)
    assert caught.value.code == "credential.not-shown"


def test_an_age_is_that_of_the_day_in_vietnam():
    birthday_in_vietnam = Issuer(ISSUER, KEYS, clock=lambda: datetime(2026, 11, 20, 17, 0, tzinfo=UTC))
    person = Person(number="001208123456", full_name="Nguyễn Văn A", birth_date=date(2008, 11, 21), sex="male")
    text = credential(birthday_in_vietnam, person=person, evidence=[*LEVEL_TWO])
    shown_18 = shown(text)
    assert verify(shown_18, status=UNCHECKED).age_equal_or_over(18)


# --- refused, each a change of a presentation that passes


def test_control():
    assert verify(shown()).vct == VCT


def test_a_holder_cannot_change_what_is_disclosed():
    sd_jwt = SdJwt.parse(shown(disclose=["name"]))
    over = combine(sd_jwt.token, [make_disclosure("name", "Trần Văn B")[0]])
    text = over + make_proof(HOLDER, audience=AUDIENCE, nonce=NONCE, over=over, at=NOW)
    assert refused(text) == "disclosure.unreferenced"


def test_key_binding_stripped():
    assert refused(SdJwt.parse(shown()).over) == "holder.proof-missing"


def test_key_binding_by_another_key():
    assert refused(shown(key=Key.generate())) == "holder.signature"


def test_key_binding_for_another_audience_nonce_or_time():
    assert refused(shown(audience="H26.20")) == "holder.audience"
    assert refused(shown(nonce="another")) == "holder.nonce"
    assert refused(shown(), 301) == "holder.too-old"
    assert refused(shown(at=NOW + timedelta(seconds=60))) == "holder.not-yet-valid"


def test_key_binding_over_other_disclosures():
    more, less = SdJwt.parse(shown(disclose=[ADULT, "name"])), SdJwt.parse(shown())
    assert refused(less.over + more.proof) == "holder.other-token"
    assert refused(more.over + less.proof) == "holder.other-token"


def test_key_binding_that_is_the_issuer_s_token_or_another_kind():
    sd_jwt = SdJwt.parse(shown())
    assert refused(sd_jwt.over + sd_jwt.token) in {"holder.malformed", "token.header"}
    assert refused(shown().replace(sd_jwt.token, sd_jwt.proof)).startswith("token.")


def test_a_bound_credential_is_never_taken_without_its_proof():
    forbidden = {"holder": Holder.FORBIDDEN, "nonce": None}
    assert refused(shown(), **forbidden) == "holder.bound"
    assert refused(present(CREDENTIAL, disclose=[ADULT], key=None), **forbidden) == "holder.bound"


def unbound(claims: Any = None, disclose: Any = None) -> str:
    contents = Contents(
        issuer=ISSUER,
        vct=VCT,
        level=Level.TWO,
        rule_set="r",
        trust_framework=ISSUER,
        claims={"member": True} if claims is None else claims,
        disclose=disclose,
    )
    copy = Copy(credential_id="a" * 32, uri=ISSUED_BY.status_list.uri, index=5, holder=None)
    return make_credential(KEYS.active, contents, copy, issued=NOW, expires=NOW + timedelta(days=9))


def test_a_credential_bound_to_nobody_is_taken_only_where_that_is_asked_for():
    text = present(unbound(), disclose=["member"], key=None)
    found = verify(text, holder=Holder.FORBIDDEN, nonce=None)
    assert found.claims == {"member": True}
    assert found.presented is None
    assert refused(text) == "holder.unbound"
    proved = present(unbound(), disclose=["member"], key=HOLDER, audience=AUDIENCE, nonce=NONCE, at=NOW)
    assert refused(proved, holder=Holder.FORBIDDEN, nonce=None) == "holder.unexpected"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda p: p.update(iss="https://evil.example.vn"), "token.issuer"),
        (lambda p: p.pop("iss"), "token.claim-missing"),
        (lambda p: p.update(vct=VCT + "/2"), "credential.type"),
        (lambda p: p.pop("vct"), "token.claim-missing"),
        (lambda p: p.update(vct=[VCT]), "token.claim"),
        (lambda p: p.update(aud=AUDIENCE), "token.claim"),
        (lambda p: p.pop("exp"), "token.claim-missing"),
        (lambda p: p.update(exp=str(p["exp"])), "token.claim"),
        (lambda p: p.update(exp=p["iat"] - 1), "credential.expired"),
        (lambda p: p.update(exp=p["iat"] + 99 * 366 * 86_400), "token.lifetime"),
        (lambda p: p.update(iat=p["iat"] + 3600), "token.not-yet-valid"),
        (lambda p: p.update(nbf=p["iat"] + 3600), "token.not-yet-valid"),
        (lambda p: p.update(iat=True), "token.claim"),
        (lambda p: p.pop("verification"), "token.claim-missing"),
        (lambda p: p["verification"].pop("assurance_level"), "token.claim-missing"),
        (lambda p: p["verification"].update(assurance_level="level-3"), "token.claim"),
        (lambda p: p["verification"].update(assurance_level="level-1"), "token.level"),
        (lambda p: p.pop("status"), "token.claim-missing"),
        (lambda p: p["status"]["status_list"].update(idx="1"), "token.claim"),
        (lambda p: p.pop("cnf"), "holder.unbound"),
        (lambda p: p.update(cnf={"kid": "x"}), "holder.key"),
        (lambda p: p.update(cnf=cnf_claim(Key.generate())), "holder.signature"),
        (lambda p: p.update(_sd_alg="sha-512"), "disclosure.hash"),
        (lambda p: p["_sd"].append(p["_sd"][0]), "disclosure.digest-repeated"),
        (lambda p: p.update(_sd="x"), "disclosure.malformed"),
        (lambda p: p["verification"].update(_sd=[1]), "disclosure.malformed"),
    ],
)
def test_a_claim_of_the_issuer_that_is_missing_wrong_or_not_for_us(change, code):
    assert refused(shown(remade(change))) == code


@pytest.mark.parametrize(
    ("name", "value"),
    [("exp", 4_000_000_000), ("nbf", 0), ("status", {}), ("cnf", {}), ("aud", "x"), ("vct#integrity", "x")],
)
def test_what_a_verifier_relies_on_cannot_be_disclosed(name, value):
    """A holder could withhold it: an expired or revoked credential would pass."""
    made, digest = make_disclosure(name, value)

    def hide(payload: dict[str, Any]) -> None:
        if name not in ("exp", "status", "cnf"):  # those are needed in the open to come this far
            payload.pop(name, None)
        payload["_sd"].append(digest)

    text = combine(SdJwt.parse(remade(hide)).token, [made])
    code = refused(text + make_proof(HOLDER, audience=AUDIENCE, nonce=NONCE, over=text, at=NOW))
    assert code == ("disclosure.overwrites" if name in ("exp", "status", "cnf") else "credential.protected")


def test_part_of_the_status_cannot_be_disclosed():
    made, digest = make_disclosure("extra", 1)
    text = remade(lambda p: p["status"].update(_sd=[digest]))
    assert refused(shown(text, disclose=[])) == "credential.protected"
    over = combine(SdJwt.parse(text).token, [made])
    proof = make_proof(HOLDER, audience=AUDIENCE, nonce=NONCE, over=over, at=NOW)
    assert refused(over + proof) == "credential.protected"


def test_the_level_cannot_be_disclosed():
    made, digest = make_disclosure("assurance_level", "level-2")

    def hide(payload: dict[str, Any]) -> None:
        payload["verification"].pop("assurance_level")
        payload["verification"]["_sd"].append(digest)

    over = combine(SdJwt.parse(remade(hide)).token, [made])
    assert (
        refused(over + make_proof(HOLDER, audience=AUDIENCE, nonce=NONCE, over=over, at=NOW)) == "token.claim-missing"
    )


def test_other_kinds_are_not_credentials_and_credentials_no_identity_tokens():
    from .made import verifier as identity_verifier

    token = issue(ISSUED_BY)
    assert refused(token + "~") == "token.type"
    with pytest.raises(VerificationError) as caught:
        identity_verifier(ISSUED_BY).verify(SdJwt.parse(CREDENTIAL).token, level=Level.TWO)
    assert caught.value.code == "token.type"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"alg": "none"}, "token.algorithm"),
        ({"alg": "HS256"}, "token.algorithm"),
        ({"typ": "vc+sd-jwt"}, "token.type"),
        ({"crit": ["exp"]}, "token.header"),
        ({"x5c": ["MII"]}, "token.header"),
        ({"jwk": {}}, "token.header"),
        ({"kid": "unknown"}, "token.key-unknown"),
    ],
)
def test_a_header_that_is_not_a_credential_s(members, code):
    sd_jwt = SdJwt.parse(CREDENTIAL)
    header, payload = parts(sd_jwt.token)
    assert refused(shown(combine(signed({**header, **members}, payload), sd_jwt.disclosures))) == code


def test_another_issuer_s_key_and_one_made_for_status_lists():
    assert refused(shown(remade(lambda _: None, key=OTHER.active))) == "token.signature"
    stranger = credential(Issuer(ISSUER, OTHER, clock=clock()))
    assert refused(shown(stranger)) == "token.key-unknown"
    lists = KeySet.generate(purpose=Purpose.STATUS, at=NOW)
    with_status_key = Issuer(ISSUER, lists, clock=clock())
    assert refused(shown(credential(with_status_key)), keys=lists) == "token.key-unknown"


def test_revoked_suspended_unknown_and_unchecked():
    made_by = issuer()
    text = credential(made_by)
    known = {"status": made_by.status_list}
    assert verify(shown(text), **known).status_checked
    made_by.revoke(text, status=Status.SUSPENDED)
    assert refused(shown(text), **known) == "token.suspended"
    assert made_by.introspect(text).code == "token.suspended"
    made_by.revoke(text)
    assert refused(shown(text), **known) == "token.revoked"
    assert not made_by.introspect(text).active
    assert not verify(shown(text), status=UNCHECKED).status_checked
    with pytest.raises(IndeterminateError):
        verify(shown(text), status=None)


def test_introspection_of_a_credential():
    made_by = issuer()
    text = credential(made_by)
    answer = made_by.introspect(text)
    assert answer.active
    assert answer.token.kind == "dc+sd-jwt"
    assert made_by.introspect(answer.token.token_id).active
    assert not made_by.introspect(remade(lambda p: p.update(jti="x"), key=OTHER.active, over=text)).active


def test_a_credential_keeps_no_identity_token_from_being_forgotten():
    now = [NOW]
    made_by = Issuer(ISSUER, KEYS, clock=lambda: now[0])
    credential(made_by)
    token_id = parts(issue(made_by))[1]["jti"]
    now[0] += timedelta(hours=2)
    issue(made_by)
    with pytest.raises(RefusedError):
        made_by.revoke(token_id)
    assert made_by.introspect(credential(made_by)).active


def test_a_nonce_is_answered_once():
    memory = MemoryReplay()
    verify(shown(), replay=memory)
    assert refused(shown(disclose=["name"]), replay=memory) == "credential.replayed"
    verify(shown(nonce="fresh"), replay=memory, nonce="fresh")


def test_a_required_claim_that_was_not_shown():
    assert refused(shown(disclose=["name"]), require=[ADULT]) == "credential.not-shown"
    assert verify(shown(disclose=["nationalities"]), require=[("nationalities", 0)])


def test_evidence_as_old_as_the_verifier_allows():
    assert refused(shown(), max_evidence_age_s=1) == "credential.not-shown"
    with_time = shown(disclose=[("verification", "time")])
    assert refused(with_time, max_evidence_age_s=86_400) == "token.evidence-too-old"
    assert verify(with_time, max_evidence_age_s=9 * 86_400)


def test_level_one_where_level_two_is_needed():
    text = credential(level=Level.ONE, evidence=LEVEL_ONE)
    assert refused(shown(text)) == "token.level"
    assert verify(shown(text), level=Level.ONE).level is Level.ONE


def test_expiry_and_a_retired_key():
    assert refused(shown(at=NOW + timedelta(days=400)), 400 * 86_400) == "credential.expired"
    revoked = KeySet.from_jwks(KEYS.revoke(KEYS.active.kid, at=NOW).public_jwks())
    assert refused(shown(), keys=revoked) == "token.key-inactive"


def test_the_journal_says_which_check_decided():
    entries: list[JournalEntry] = []

    class Journal:
        def record(self, entry: JournalEntry) -> None:
            entries.append(entry)

    verify(shown(), journal=Journal())
    refused(shown(nonce="x"), journal=Journal())
    refused("nonsense", journal=Journal())
    assert [(e.accepted, e.rule, e.code) for e in entries] == [
        (True, None, None),
        (False, "holder", "holder.nonce"),
        (False, "format", "disclosure.malformed"),
    ]
    assert entries[0].token_id == parts(SdJwt.parse(CREDENTIAL).token)[1]["jti"]
    assert "Nguyễn" not in str(entries)


def test_a_journal_that_fails_stops_the_verification():
    class Journal:
        def record(self, entry: JournalEntry) -> None:
            raise OSError("disk")

    assert refused(shown(), journal=Journal()) == "journal.unavailable"


# --- batches


def test_copies_of_a_batch_share_only_what_everybody_shares():
    keys = [Key.generate() for _ in range(4)]
    made_by = issuer()
    copies = made_by.issue_credentials(PERSON, Level.TWO, vct=VCT, evidence=LEVEL_TWO, holders=keys)
    signed_parts = [parts(SdJwt.parse(copy).token)[1] for copy in copies]
    everybodys = {"iss", "vct", "iat", "exp", "_sd_alg"}
    for name in everybodys:
        assert len({json.dumps(p[name]) for p in signed_parts}) == 1
    assert signed_parts[0]["iat"] % 86_400 == signed_parts[0]["exp"] % 86_400 == 0
    for name in set(signed_parts[0]) - everybodys:
        assert len({json.dumps(p[name]) for p in signed_parts}) == len(keys), name
    disclosures = [d for copy in copies for d in SdJwt.parse(copy).disclosures]
    assert len(set(disclosures)) == len(disclosures)
    for key, copy in zip(keys, copies, strict=True):
        found = verify(shown(copy, key=key), status=made_by.status_list)
        assert found.age_equal_or_over(18)


def test_two_batches_of_one_day_have_the_same_times():
    def times(s: float) -> Any:
        made_by = issuer(s)
        (copy,) = made_by.issue_credentials(PERSON, Level.TWO, vct=VCT, evidence=LEVEL_TWO, holders=[HOLDER])
        payload = parts(SdJwt.parse(copy).token)[1]
        return payload["iat"], payload["exp"]

    assert times(0) == times(3600 * 9)


def test_a_batch_with_a_key_twice_is_refused():
    with pytest.raises(UsageError):
        issuer().issue_credentials(PERSON, Level.TWO, vct=VCT, evidence=LEVEL_TWO, holders=[HOLDER, HOLDER])
    with pytest.raises(UsageError):
        make_batch(KEYS.active, None, [], issued=NOW, expires=NOW + timedelta(days=2))


def test_a_batch_made_on_the_day_of_a_key_change_is_good():
    fresh = KeySet.generate(at=NOW)
    made_by = Issuer(ISSUER, fresh, clock=clock())
    (copy,) = made_by.issue_credentials(PERSON, Level.TWO, vct=VCT, evidence=LEVEL_TWO, holders=[HOLDER])
    assert verify(shown(copy), keys=fresh, status=UNCHECKED)


def test_what_an_issuer_refuses():
    with pytest.raises(RefusedError):
        credential(evidence=LEVEL_ONE)
    for options in ({"vct": ""}, {"holder": "key"}, {"life_s": 0}, {"life_s": 11 * 366 * 86_400}, {"claims": ["x"]}):
        with pytest.raises(UsageError):
            credential(**options)
    for claims, disclose in (
        ({"iss": "x"}, None),
        ({"verification": {}}, None),
        ({"_sd": []}, None),
        ({"a": 1}, ["exp"]),
    ):
        with pytest.raises(UsageError):
            unbound(claims, disclose)


def test_what_a_verifier_must_be_told():
    with pytest.raises(UsageError):
        verify(shown(), nonce=None)
    with pytest.raises(UsageError):
        verify(shown(), holder=Holder.FORBIDDEN)
    with pytest.raises(UsageError):
        verify(shown(), level=2)
    with pytest.raises(UsageError):
        verify(shown(), require="name")
    for name in ("issuer", "audience", "vct"):
        with pytest.raises(UsageError):
            verifier(**{name: ""})


def test_a_presentation_cannot_be_presented_again():
    with pytest.raises(EidError):
        shown(shown())


def test_the_key_that_a_credential_is_bound_to_is_found():
    keys = KeySet.generate()
    assert bound_key(credential(holder=keys.next), keys) is keys.next
    with pytest.raises(UsageError) as caught:
        bound_key(CREDENTIAL, keys)
    assert caught.value.code == "credential.other-key"


@settings(max_examples=120, deadline=None)
@given(st.integers(0, len(shown()) - 1), st.characters(max_codepoint=127))
def test_no_changed_presentation_passes(place, character):
    text = GOOD[:place] + character + GOOD[place + 1 :]
    if text != GOOD:
        refused(text)


GOOD = shown()


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=60) | st.binary(max_size=20) | st.lists(st.sampled_from(GOOD.split("~")), max_size=5).map("~".join)
)
def test_any_text_is_refused_with_our_error(text):
    if text not in (GOOD,):
        refused(text)


# --- others


def sd_jwt_verifies(text: str) -> dict[str, Any]:
    public = JWK.from_json(json.dumps(KEYS.active.to_jwk()))
    return SDJWTVerifier(text, lambda *_: public, AUDIENCE, NONCE).get_verified_payload()


def test_sd_jwt_verifies_ours():
    payload = sd_jwt_verifies(shown(disclose=["name", ADULT, ("verification", "evidence")]))
    assert payload["name"] == PERSON.full_name
    assert payload["age_equal_or_over"] == {"18": True}
    assert "birthdate" not in payload
    with pytest.raises(Exception, match=r".+"):
        sd_jwt_verifies(shown(nonce="other"))


def test_sd_jwt_presents_ours():
    held = SDJWTHolder(CREDENTIAL)
    private = JWK.from_pyca(HOLDER.private_key)
    wanted = {"name": True, "age_equal_or_over": {"18": True}}
    held.create_presentation(wanted, NONCE, AUDIENCE, private)
    found = verify(held.sd_jwt_presentation, (datetime.now(UTC) - NOW).total_seconds(), status=UNCHECKED)
    assert found.claims == {"name": PERSON.full_name, "age_equal_or_over": {"18": True}}


def test_we_verify_and_present_sd_jwts():
    signed_claims = {
        "iss": ISSUER,
        "vct": VCT,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 9999,
        "status": {"status_list": {"idx": 3, "uri": ISSUED_BY.status_list.uri}},
        "cnf": cnf_claim(HOLDER),
        "verification": {"trust_framework": "t", "assurance_level": "level-2", "rule_set": "r"},
        SDObj("name"): "Nguyễn Văn A",
        "nationalities": [SDObj("VN"), SDObj("FR")],
        "address": {SDObj("city"): "Hà Nội", SDObj("ward"): {"code": "1"}},
    }
    private = JWK.from_pyca(KEYS.active.private_key)
    header = {"typ": "dc+sd-jwt", "kid": KEYS.active.kid}
    theirs = SDJWTIssuer(signed_claims, private, extra_header_parameters=header).sd_jwt_issuance
    found = verify(shown(theirs, disclose=[("nationalities", 1), ("address", "ward"), "name"]))
    assert found.claims == {"name": "Nguyễn Văn A", "nationalities": ["FR"], "address": {"ward": {"code": "1"}}}
    decoys = SDJWTIssuer(signed_claims, private, add_decoy_claims=True, extra_header_parameters=header)
    # it puts decoys into cnf and status as well, where nobody can tell them from something withheld
    assert refused(shown(decoys.sd_jwt_issuance, disclose=["name"])) == "credential.protected"


def test_openvc_core_verifies_ours():
    suite = SdJwtVcProofSuite()
    options = {"public_key_jwk": KEYS.active.to_jwk(), "require_key_binding": True, "expected_vct": VCT, "now": NOW}
    text = shown(disclose=["name", ADULT])
    found = suite.verify(text, audience=AUDIENCE, nonce=NONCE, **options)
    assert found.key_bound
    assert found.claims["age_equal_or_over"] == {"18": True}
    with pytest.raises(ProofError):
        suite.verify(text, audience=AUDIENCE, nonce="other", **options)


def test_we_verify_openvc_cores():
    now = datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "name": "Nguyễn Văn A",
        "gender": "male",
        "status": {"status_list": {"idx": 3, "uri": ISSUED_BY.status_list.uri}},
        "verification": {"trust_framework": "t", "assurance_level": "level-2", "rule_set": "r"},
    }
    theirs = SdJwtVcProofSuite().issue(
        claims,
        signing_key=P256SigningKey(KEYS.active.private_key, KEYS.active.kid),
        disclosable=["name", "gender"],
        holder_jwk=cnf_claim(HOLDER)["jwk"],
        vct=VCT,
        expires_in_s=999,
        decoys=2,
    )
    later = (now - NOW).total_seconds()
    assert verify(shown(theirs, disclose=["name"], at=now), later, status=UNCHECKED).claims == {"name": "Nguyễn Văn A"}
    both = SdJwtVcProofSuite().create_presentation(
        theirs, holder_key=P256SigningKey(HOLDER.private_key, "x"), audience=AUDIENCE, nonce=NONCE
    )
    assert verify(both, later + 1, status=UNCHECKED).claims == {"name": "Nguyễn Văn A", "gender": "male"}


@pytest.mark.parametrize("alg", ["ES384", "Ed25519", "EdDSA"])
def test_other_algorithms_for_issuer_and_holder(alg):
    keys, holder = KeySet.generate(alg, at=NOW), Key.generate(alg)
    text = credential(Issuer(ISSUER, keys, clock=clock()), holder=holder)
    assert verify(shown(text, key=holder), keys=KeySet.from_jwks(keys.public_jwks()), status=UNCHECKED)
    assert header_segment(keys.active, "dc+sd-jwt").decode() == text.split(".")[0]


def test_digests_are_over_the_encoded_text():
    made, digest = make_disclosure("a", 1)
    assert digest == digest_of(made)


@pytest.mark.parametrize("evidence", [5, None, True, "card", {"type": "document"}])
def test_evidence_of_a_careless_issuer_that_is_no_list_is_refused_before_anybody_reads_it(evidence):
    text = remade(lambda payload: payload["verification"].update(evidence=evidence))
    assert refused(shown(text)) == "token.claim"
    made, digest = make_disclosure("evidence", evidence)
    sd_jwt = SdJwt.parse(remade(lambda payload: payload["verification"].update(_sd=[digest])))
    assert refused(shown(combine(sd_jwt.token, [made]), [("verification", "evidence")])) == "token.claim"


@pytest.mark.parametrize("years", ["18", True, 18.0, None])
def test_an_age_asked_for_in_another_type_is_our_error(years):
    with pytest.raises(UsageError):
        verify(shown()).age_equal_or_over(years)


@pytest.mark.parametrize(("element", "too_many"), [("x" * 4000, 11), (1, 256)])
def test_an_issuer_makes_no_credential_that_every_verifier_would_refuse(element, too_many):
    def made(count: int) -> str:
        contents = Contents(
            issuer=ISSUER,
            vct=VCT,
            level=Level.TWO,
            rule_set="r",
            trust_framework=ISSUER,
            claims={"list": [element] * count},
            disclose=["list", ("list", None)],
        )
        copy = Copy(credential_id="c", uri=ISSUED_BY.status_list.uri, index=1, holder=HOLDER)
        return make_credential(KEYS.active, contents, copy, issued=NOW, expires=NOW + timedelta(days=1))

    with pytest.raises(UsageError):
        made(too_many)
    assert verify(shown(made(too_many - 1), disclose=None)).claims == {"list": [element] * (too_many - 1)}


@pytest.mark.parametrize("odd", ["audience", "nonce"])
def test_half_characters_in_what_a_presentation_is_for_are_our_error(odd):
    with pytest.raises(UsageError):
        shown(**{odd: "H26\udcff"})


def test_copies_that_could_be_linked_are_not_made():
    contents = Contents(issuer=ISSUER, vct=VCT, level=Level.TWO, rule_set="r", trust_framework=ISSUER, claims={})
    times = {"issued": NOW, "expires": NOW + timedelta(days=9)}
    first = Copy(credential_id="1", uri=ISSUED_BY.status_list.uri, index=1, holder=HOLDER)
    other = replace(first, credential_id="2", index=2, holder=Key.generate())
    assert len(make_batch(KEYS.active, contents, [first, other], **times)) == 2
    for same in ("credential_id", "index", "holder"):
        with pytest.raises(UsageError):
            make_batch(KEYS.active, contents, [first, replace(other, **{same: getattr(first, same)})], **times)
    for copies in ([], [replace(first, holder=None)]):
        with pytest.raises(UsageError):
            make_batch(KEYS.active, contents, copies, **times)
    with pytest.raises(UsageError):
        make_batch(KEYS.active, contents, [first], issued=NOW, expires=NOW + timedelta(hours=1))


def test_the_last_second_that_is_accepted_and_the_first_that_is_not():
    def lives(seconds: int) -> str:
        return remade(lambda payload: payload.update(exp=payload["iat"] + seconds))

    assert verify(shown(lives(MAX_LIFE_S)))
    assert refused(shown(lives(MAX_LIFE_S + 1))) == "token.lifetime"
    early = remade(lambda payload: payload.update(nbf=payload["iat"] + SKEW_S))
    assert verify(shown(early))
    assert refused(shown(early, at=NOW - timedelta(seconds=1)), -1) == "token.not-yet-valid"
    ahead = remade(lambda payload: payload.update(iat=payload["iat"] + 9, exp=payload["iat"] + 9))
    assert refused(shown(ahead)) == "token.lifetime"
    with_time = shown(disclose=[ADULT, ("verification", "time")])
    gathered = max(item.seconds for item in LEVEL_TWO)
    assert verify(with_time, max_evidence_age_s=NOW.timestamp() - gathered)
    assert refused(with_time, max_evidence_age_s=NOW.timestamp() - gathered - 1) == "token.evidence-too-old"
