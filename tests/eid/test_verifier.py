"""The edges of the verifier's rules: the last second that is accepted, the first that is not, and wrong calls."""

from __future__ import annotations

import json
import pickle
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import (
    UNCHECKED,
    AuthenticationLevel,
    EidError,
    Holder,
    Identity,
    Level,
    UsageError,
    VerificationError,
    Verifier,
    verify_step_proof,
)
from eid.evidence import iso
from eid.status import Unchecked
from eid.token import MAX_LIFE_S, MAX_TEXT_CHARS, SKEW_S

from .made import AUDIENCE, ISSUER, NOW, NOW_S, PUBLIC, changed, clock, issue, issuer, parts, signed, verifier

MADE = issuer()
TOKEN = issue(MADE)
JUDGE = verifier(MADE, replay=None)


def with_times(**times: int) -> str:
    header, claims = parts(TOKEN)
    return signed(header, {**claims, **times})


def accepted(token: str, **options: Any) -> Identity:
    return JUDGE.verify(token, level=Level.TWO, **options)


def refused(token: str, code: str, **options: Any) -> None:
    with pytest.raises(VerificationError) as caught:
        accepted(token, **options)
    assert caught.value.code == code


def test_skew_is_for_the_future_alone() -> None:
    accepted(with_times(iat=NOW_S + SKEW_S, exp=NOW_S + 60, auth_time=NOW_S))
    refused(with_times(iat=NOW_S + SKEW_S + 1, exp=NOW_S + 60, auth_time=NOW_S), "token.not-yet-valid")
    accepted(with_times(nbf=NOW_S + SKEW_S))
    refused(with_times(nbf=NOW_S + SKEW_S + 1), "token.not-yet-valid")
    accepted(with_times(exp=NOW_S + 1))
    refused(with_times(exp=NOW_S), "token.expired")


def test_life_of_a_token() -> None:
    accepted(with_times(iat=NOW_S, exp=NOW_S + MAX_LIFE_S))
    refused(with_times(iat=NOW_S, exp=NOW_S + MAX_LIFE_S + 1), "token.lifetime")
    refused(with_times(iat=NOW_S + 5, exp=NOW_S + 5), "token.lifetime")
    refused(with_times(iat=NOW_S + 6, exp=NOW_S + 5), "token.lifetime")
    accepted(with_times(iat=NOW_S + 5, exp=NOW_S + 6))


def test_login_and_evidence_are_not_after_the_token() -> None:
    accepted(with_times(auth_time=NOW_S + SKEW_S))
    refused(with_times(auth_time=NOW_S + SKEW_S + 1), "token.claim")
    for s, good in ((SKEW_S, True), (SKEW_S + 1, False)):
        token = changed(TOKEN, ["verified_claims", "verification", "time"], iso(NOW + timedelta(seconds=s)))
        if good:
            accepted(token, max_evidence_age_s=0)
        else:
            refused(token, "token.claim", max_evidence_age_s=60)


def test_ages_are_inclusive() -> None:
    old = with_times(auth_time=NOW_S - 60)
    accepted(old, max_age_s=60)
    accepted(old, max_age_s=60.5)
    refused(old, "token.auth-too-old", max_age_s=59)
    refused(old, "token.auth-too-old", max_age_s=0)
    accepted(with_times(auth_time=NOW_S), max_age_s=0)


@pytest.mark.parametrize("name", ["sub", "jti"])
def test_length_of_identifiers(name: str) -> None:
    accepted(changed(TOKEN, [name], "x" * MAX_TEXT_CHARS))
    refused(changed(TOKEN, [name], "x" * (MAX_TEXT_CHARS + 1)), "token.claim")
    refused(changed(TOKEN, [name], ""), "token.claim")


def test_each_level_meets_each_demand_as_the_order_says() -> None:
    tokens = {(level, auth): issue(MADE, level, auth_level=auth) for level in Level for auth in AuthenticationLevel}
    for (level, auth), token in tokens.items():
        for wanted in Level:
            for wanted_auth in (None, *AuthenticationLevel):
                good = level >= wanted and (wanted_auth is None or auth >= wanted_auth)
                if good:
                    identity = JUDGE.verify(token, level=wanted, auth_level=wanted_auth)
                    assert (identity.level, identity.auth_level) == (level, auth)
                    continue
                with pytest.raises(VerificationError) as caught:
                    JUDGE.verify(token, level=wanted, auth_level=wanted_auth)
                assert caught.value.code == ("token.level" if level < wanted else "token.auth-level")


@pytest.mark.parametrize(
    "options",
    [
        {"level": 2},
        {"level": None},
        {"level": "level-2"},
        {"auth_level": 3},
        {"auth_level": "auth-level-3"},
        {"auth_level": Level.TWO},
        {"nonce": ""},
        {"nonce": 5},
        {"nonce": b"n"},
        {"nonce": "n" * 501},
        {"max_age_s": "60"},
        {"max_age_s": -1},
        {"max_age_s": float("nan")},
        {"max_age_s": float("inf")},
        {"max_evidence_age_s": -0.5},
        {"max_evidence_age_s": [1]},
        {"holder": "forbidden"},
        {"holder": None},
        {"holder": False},
        {"holder": Holder.REQUIRED},
    ],
)
def test_wrong_calls_of_verify(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        JUDGE.verify(TOKEN, **{"level": Level.TWO, **options})
    with pytest.raises(UsageError):
        JUDGE.verify_past(TOKEN, **{"level": Level.TWO, "proven_at": NOW, **options})


@pytest.mark.parametrize(
    "options",
    [
        {"auth_level": None},
        {"auth_level": 3},
        {"max_age_s": None},
        {"max_age_s": float("inf")},
        {"nonce": None},
        {"nonce": ""},
        {"level": None},
        {"certificate_sha256": bytes(31)},
        {"certificate_sha256": "x" * 32},
        {"certificate_sha256": None},
        {"at": datetime(2026, 11, 21)},  # noqa: DTZ001
        {"issuer": ""},
        {"audience": None},
        {"keys": PUBLIC.public_jwks()},
    ],
)
def test_wrong_calls_of_verify_step_proof(options: dict[str, Any]) -> None:
    about = {"nonce": "n", "certificate_sha256": bytes(32), "level": Level.TWO, "auth_level": AuthenticationLevel.TWO}
    proof = MADE.prove_step(audience=AUDIENCE, **about)
    good = {"keys": PUBLIC, "issuer": ISSUER, "audience": AUDIENCE, "at": NOW, **about}
    assert verify_step_proof(proof, **good).level is Level.TWO
    with pytest.raises(UsageError):
        verify_step_proof(proof, **{**good, **options})


@pytest.mark.parametrize(
    "options",
    [{"status": "list"}, {"status": object()}, {"replay": {}}, {"replay": set()}, {"journal": []}, {"journal": open}],
)
def test_parts_of_a_verifier_without_their_method(options: dict[str, Any]) -> None:
    wanted = {"issuer": ISSUER, "audience": AUDIENCE, "status": None, "replay": None, "clock": clock()}
    Verifier(PUBLIC, **wanted)
    with pytest.raises(UsageError):
        Verifier(PUBLIC, **{**wanted, **options})


def test_a_status_claim_is_wanted_even_by_who_does_not_ask() -> None:
    careless = verifier(MADE, status=UNCHECKED, replay=None)
    assert not careless.verify(TOKEN, level=Level.TWO).status_checked
    for bad in (..., None, {}, {"status_list": {}}, {"status_list": {"uri": 1, "idx": 1}}):
        with pytest.raises(VerificationError):
            careless.verify(changed(TOKEN, ["status"], bad), level=Level.TWO)


def test_two_verifiers_of_one_token_do_not_share_what_they_know() -> None:
    first, second = verifier(MADE), verifier(MADE, audience="H26.20")
    assert first.verify(TOKEN, level=Level.TWO)
    for _ in range(2):
        with pytest.raises(VerificationError) as caught:
            second.verify(TOKEN, level=Level.TWO)
        assert caught.value.code == "token.audience"


SETTINGS = settings(max_examples=300, deadline=None)
TIMES = st.integers(-40, 1 << 41) | st.integers(NOW_S - 700, NOW_S + 700)


@SETTINGS
@given(iat=TIMES, exp=TIMES, auth_time=TIMES, age=st.integers(0, 700))
def test_whatever_the_times_are_the_rules_hold(iat: int, exp: int, auth_time: int, age: int) -> None:
    try:
        identity = accepted(with_times(iat=iat, exp=exp, auth_time=auth_time), max_age_s=age)
    except EidError:
        return
    assert identity.issued <= NOW + timedelta(seconds=SKEW_S)
    assert identity.expires > NOW
    assert timedelta() < identity.expires - identity.issued <= timedelta(seconds=MAX_LIFE_S)
    assert NOW - identity.auth_time <= timedelta(seconds=age)
    assert identity.auth_time <= identity.issued + timedelta(seconds=SKEW_S)


@SETTINGS
@given(st.datetimes(timezones=st.just(UTC)) | st.text(max_size=30), st.integers(0, 10**10))
def test_whatever_the_time_of_evidence_is_its_age_is_bounded(time: Any, age: int) -> None:
    value = time if isinstance(time, str) else time.isoformat()
    token = signed(parts(TOKEN)[0], json.dumps(_with_evidence_time(value)).encode())
    try:
        identity = accepted(token, max_evidence_age_s=age)
    except EidError:
        return
    assert NOW_S - int(identity.proven_time.timestamp()) <= age


def _with_evidence_time(value: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(json.dumps(parts(TOKEN)[1]))
    claims["verified_claims"]["verification"]["time"] = value
    return claims


@pytest.mark.parametrize(
    "again", [Unchecked, lambda: pickle.loads(pickle.dumps(UNCHECKED)), lambda: deepcopy(UNCHECKED)]
)
def test_a_status_that_was_not_asked_for_is_told_also_in_another_process(again: Any) -> None:
    careless = verifier(MADE, status=again(), replay=None)
    assert not careless.verify(TOKEN, level=Level.TWO).status_checked
