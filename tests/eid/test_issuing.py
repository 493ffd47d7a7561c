"""What an issuer hands over, to whom, and what it answers afterwards; without a registry."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid import (
    Evidence,
    Issuer,
    Key,
    KeySet,
    Level,
    Person,
    RefusedError,
    Status,
    StatusList,
    UsageError,
    VerificationError,
)
from eid.claims import account_id, evidence_list
from eid.consent import Consent
from eid.errors import EidError, MalformedError
from eid.keys import Purpose
from eid.status import OpenedStatusList

from .made import AUDIENCE, ISSUER, KEYS, LEVEL_TWO, NOW, NOW_S, PERSON, changed, clock, issue, issuer, parts, signed

ACCOUNT = "00112233445566778899aabbccddeeff"
NUMBERS = ("personal_number", "old_number")


def agreed(**change: Any) -> Consent:
    return Consent(**{"audience": AUDIENCE, "claims": {"personal_number"}, "given": NOW, **change})


# numbers and consent


def test_no_number_leaves_the_issuer_unasked() -> None:
    token = issue(issuer(), consent=agreed())
    shown = parts(token)[1]["verified_claims"]["claims"]
    assert not {"personal_number", "old_number"} & shown.keys()
    assert PERSON.number.value not in token


def test_the_number_is_handed_over_when_it_is_asked_for_and_agreed_to() -> None:
    claims = parts(issue(issuer(), claims=["name", "personal_number"], consent=agreed()))[1]
    assert claims["verified_claims"]["claims"] == {"name": PERSON.full_name, "personal_number": PERSON.number.value}


@pytest.mark.parametrize(
    "consent",
    [
        None,
        agreed(audience="H26.20"),
        agreed(claims={"name"}),
        agreed(claims={"old_number"}),
        agreed(given=NOW + timedelta(seconds=61)),
        agreed(expires=NOW),
        agreed(expires=NOW - timedelta(days=1)),
    ],
)
def test_a_number_without_consent_to_exactly_that(consent: Consent | None) -> None:
    with pytest.raises(RefusedError) as caught:
        issue(issuer(), claims=("personal_number",), consent=consent)
    assert caught.value.code == "consent.missing"
    assert PERSON.number.value not in f"{caught.value}{caught.value.details}"


def test_claims_that_can_be_read_once_are_checked_and_handed_over_alike() -> None:
    with pytest.raises(RefusedError):
        issue(issuer(), claims=iter(("name", "personal_number")))
    claims = parts(issue(issuer(), claims=iter(("name", "birthdate"))))[1]
    assert set(claims["verified_claims"]["claims"]) == {"name", "birthdate"}


@pytest.mark.parametrize(
    "change",
    [
        {"audience": ""},
        {"audience": "a\nb"},
        {"claims": ()},
        {"claims": "name"},
        {"claims": {"password"}},
        {"claims": [["name"]]},
        {"by": ""},
        {"given": NOW.replace(tzinfo=None)},
    ],
)
def test_consents_that_say_nothing(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        agreed(**change)


def test_something_else_in_place_of_a_consent() -> None:
    with pytest.raises(UsageError):
        issue(issuer(), claims=("personal_number",), consent={"claims": ["personal_number"]})


def test_consents_are_stored_and_read_back() -> None:
    for consent in (agreed(), agreed(expires=NOW + timedelta(days=1), by="representative")):
        assert Consent.from_json(consent.to_json()) == consent


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(
    st.sampled_from(["audience", "claims", "given", "by", "expires"]), v)))  # fmt: skip
def test_stored_consents_of_any_shape_raise_our_errors_alone(value: Any) -> None:
    try:
        Consent.from_json(value)
    except MalformedError as e:
        assert e.code == "consent.malformed"


# subjects


def test_subject_is_the_hmac_of_account_and_audience() -> None:
    token = issue(issuer(), account=ACCOUNT)
    message = f"{ACCOUNT}\0{AUDIENCE}".encode()
    assert parts(token)[1]["sub"] == hmac.digest(KEYS._secret, message, hashlib.sha256).hex()


def test_subject_of_an_account_stays_when_the_number_is_replaced() -> None:
    renumbered = Person(
        **{**{n: getattr(PERSON, n) for n in ("full_name", "birth_date", "sex")}, "number": "001090999999"}
    )
    made = issuer()
    subjects = {parts(issue(made, person=person, account=ACCOUNT))[1]["sub"] for person in (PERSON, renumbered)}
    assert len(subjects) == 1
    without = {parts(issue(made, person=person))[1]["sub"] for person in (PERSON, renumbered)}
    assert len(without | subjects) == 3


@pytest.mark.parametrize("account", ["", "0" * 31, "0" * 33, "G" * 32, "A" * 32, "٠" * 32, b"0" * 32, 0, None])
def test_accounts_are_32_lower_case_hexadecimal_digits(account: Any) -> None:
    with pytest.raises(UsageError):
        account_id(account)
    if account is not None:
        with pytest.raises(UsageError):
            issue(issuer(), account=account)


# holders' keys


@pytest.mark.parametrize("alg", ["ES256", "ES384", "EdDSA"])
def test_cnf_holds_the_holders_public_key_and_nothing_else(alg: str) -> None:
    key = Key.generate(alg)
    jwk = parts(issue(issuer(), holder=key, nonce="n"))[1]["cnf"]["jwk"]
    assert jwk.keys() <= {"kty", "crv", "x", "y", "alg"}
    found = Key.from_jwk(jwk)
    assert found is not None
    assert found.kid == key.kid


def test_a_holder_that_is_no_key() -> None:
    with pytest.raises(UsageError):
        issue(issuer(), holder=Key.generate().to_jwk())


# asking the issuer


def test_introspection_says_at_once_what_became_of_a_token() -> None:
    made = issuer()
    token = issue(made)
    claims = parts(token)[1]
    for shown in (token, claims["jti"]):
        answer = made.introspect(shown)
        assert (answer.active, answer.code) == (True, None)
    full = made.introspect(token, audience=AUDIENCE).to_dict()
    assert full == {
        "active": True,
        "iss": ISSUER,
        "jti": claims["jti"],
        "token_type": "eid+jwt",
        "exp": NOW_S + 300,
        "assurance_level": "level-2",
        "sub": claims["sub"],
        "aud": AUDIENCE,
        "iat": NOW_S,
    }
    for status, code in (
        (Status.SUSPENDED, "token.suspended"),
        (Status.VALID, None),
        (Status.REVOKED, "token.revoked"),
    ):
        made.revoke(token, status=status)
        answer = made.introspect(token)
        assert (answer.active, answer.code) == (code is None, code)
    assert answer.to_dict() == {"active": False}
    with pytest.raises(VerificationError) as caught:
        answer.require_active()
    assert caught.value.code == "token.inactive"


def test_introspection_tells_nobody_about_anothers_token() -> None:
    made = issuer()
    token = issue(made)
    for shown in (token, parts(token)[1]["jti"]):
        answer = made.introspect(shown, audience="H26.20")
        assert (answer.active, answer.code, answer.token) == (False, "token.audience", None)


def test_introspection_of_an_ended_token() -> None:
    now = [0]
    made = Issuer(ISSUER, KEYS, clock=lambda: NOW + timedelta(seconds=now[0]))
    token = issue(made)
    now[0] = 299
    assert made.introspect(token).active
    now[0] = 300
    assert made.introspect(token).code == "token.expired"


def test_introspection_of_forged_and_foreign_tokens() -> None:
    made = issuer()
    token = issue(made)
    header, payload, _ = token.split(".")
    for bad in (
        f"{header}.{payload}.{'A' * 86}",
        "a.b.c",
        "",
        ".",
        "0" * 32,
        changed(token, ["iss"], "https://o.example.vn"),
    ):
        answer = made.introspect(bad)
        assert not answer.active
        assert answer.to_dict() == {"active": False}
    with pytest.raises(UsageError):
        made.introspect(None)  # type: ignore[arg-type]


@given(st.text() | st.from_regex(r"[0-9a-f]{32}", fullmatch=True))
def test_introspection_of_any_text_raises_nothing(text: str) -> None:
    assert not MADE.introspect(text).active


MADE = issuer()


# keys of lists, wrong calls


def test_lists_are_signed_by_their_own_keys() -> None:
    tokens = KeySet.generate(purpose=Purpose.TOKEN, at=NOW - timedelta(days=1))
    lists = KeySet.generate(purpose=Purpose.STATUS, at=NOW - timedelta(days=1))
    made = Issuer(ISSUER, tokens, clock=clock(), status_keys=lists)
    issue(made)
    ((uri, token),) = made.status_tokens()
    assert uri == made.status_list.uri
    assert parts(token)[0]["kid"] == lists.active.kid == parts(made.status_token())[0]["kid"]
    OpenedStatusList.open(token, KeySet.from_jwks(lists.public_jwks()))
    with pytest.raises(EidError):
        OpenedStatusList.open(token, KeySet.from_jwks(tokens.public_jwks()))


def test_wrong_calls() -> None:
    for wrong in (
        lambda: Issuer(ISSUER, KEYS, status_keys=KEYS.public_jwks()),  # type: ignore[arg-type]
        lambda: Issuer(ISSUER, KEYS, status=StatusList("uri"), registry=issuer().store),
        lambda: issuer().issue_for(ACCOUNT, audience=AUDIENCE, auth_level=3),  # type: ignore[arg-type]
        lambda: issuer().issue_for("x", audience=AUDIENCE, auth_level=3),  # type: ignore[arg-type]
        lambda: issuer().revoke("0" * 32, status=2),  # type: ignore[arg-type]
    ):
        with pytest.raises(UsageError):
            wrong()


def test_a_failed_call_leaves_the_level_alone() -> None:
    with pytest.raises(RefusedError):
        issue(issuer(), Level.TWO, evidence=LEVEL_TWO[:1])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(
    st.sampled_from(["kind", "method", "time", "office"]), v)))  # fmt: skip
def test_evidence_of_any_shape_raises_our_errors_alone(value: Any) -> None:
    try:
        evidence_list(value)
    except MalformedError as e:
        assert e.code == "evidence.malformed"


def test_introspection_believes_nothing_that_a_stolen_key_signed() -> None:
    made = issuer()
    token = issue(made)
    forged = changed(token, ["sub"], "somebody-else")
    after = Issuer(ISSUER, KEYS.revoke(KEYS.active.kid, at=NOW), clock=clock(5), status=made.status_list)
    for stolen in (token, forged):
        answer = after.introspect(stolen)
        assert (answer.active, answer.code, answer.subject) == (False, "token.key-inactive", None)
    early = changed(token, ["iat"], NOW_S - 40 * 86_400)
    assert made.introspect(early).code == "token.key-inactive"


def test_introspection_believes_no_key_that_signs_lists_alone() -> None:
    lists = KeySet.generate(purpose=Purpose.STATUS, at=NOW - timedelta(days=30))
    made = issuer()
    header, claims = parts(issue(made))
    forged = signed({**header, "kid": lists.active.kid}, claims, lists.active)
    merged = Issuer(ISSUER, KeySet((*KEYS.keys, *lists.keys), secret=b"s" * 32), clock=clock(), status=made.status_list)
    assert merged.introspect(forged).code == "token.key-unknown"


@pytest.mark.parametrize(("nationality", "paper"), [("VN", "passport"), ("US", "card")])
def test_no_level_two_on_the_paper_of_another_kind_of_holder(nationality: str, paper: str) -> None:
    """Whichever door is asked: the registry, a token or a credential."""
    shown = [Evidence(kind=paper, method="in-person", time=NOW - timedelta(days=8)), *LEVEL_TWO[1:]]
    person, made, holder = replace(PERSON, nationality=nationality), issuer(), Key.generate()
    for run in (
        lambda: issue(made, person=person, evidence=shown),
        lambda: made.issue_credential(person, Level.TWO, vct="v", evidence=shown, holder=holder),
    ):
        with pytest.raises(RefusedError) as caught:
            run()
        assert caught.value.code == "evidence.missing"
