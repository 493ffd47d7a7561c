"""Step-up challenges (RFC 9470): what is asked for, read back, and the answer checked against it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import AuthenticationLevel, EidError, Level, MalformedError, StepUp, UsageError, VerificationError
from eid.stepup import MAX_HEADER_CHARS, MAX_MAX_AGE_S

from .made import NOW, issue, issuer, verifier

THREE, FOUR = AuthenticationLevel.THREE, AuthenticationLevel.FOUR
ASKED = StepUp(auth_level=THREE, max_age_s=300)
HEADER = 'Bearer error="insufficient_user_authentication", acr_values="auth-level-3 auth-level-4", max_age="300"'


def test_the_header_that_a_resource_sends() -> None:
    assert ASKED.challenge() == HEADER
    assert StepUp(max_age_s=0).challenge() == 'Bearer error="insufficient_user_authentication", max_age="0"'
    assert 'acr_values="auth-level-4"' in StepUp(auth_level=FOUR).challenge()


@pytest.mark.parametrize("level", [None, *AuthenticationLevel])
@pytest.mark.parametrize("age", [None, 0, 1, 86_400, MAX_MAX_AGE_S])
def test_what_is_written_is_read(level: AuthenticationLevel | None, age: int | None) -> None:
    if level is None and age is None:
        return
    asked = StepUp(auth_level=level, max_age_s=age)
    assert StepUp.parse(asked.challenge()) == asked


def test_rfc_9470_section_3_form_with_other_parameters() -> None:
    header = (
        'bearer realm="clinic, \\"B\\"", error="insufficient_user_authentication" ,'
        ' error_description="A different authentication level is required",\tacr_values="auth-level-3", max_age=5'
    )
    assert StepUp.parse(header) == StepUp(auth_level=THREE, max_age_s=5)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        'Basic error="insufficient_user_authentication", max_age="1"',
        'DPoP error="insufficient_user_authentication", max_age="1"',
        'Bearer error="invalid_token", max_age="1"',
        'Bearer error="INSUFFICIENT_USER_AUTHENTICATION", max_age="1"',
        'Bearer max_age="1"',
        'Bearer error="insufficient_user_authentication"',
        'Bearer error="insufficient_user_authentication", max_age="1", max_age="2"',
        'Bearer error="insufficient_user_authentication", max_age="1", MAX_AGE="2"',
        'Bearer error="insufficient_user_authentication", max_age="-1"',
        'Bearer error="insufficient_user_authentication", max_age="1.5"',
        'Bearer error="insufficient_user_authentication", max_age=""',
        'Bearer error="insufficient_user_authentication", max_age="１"',
        'Bearer error="insufficient_user_authentication", max_age="99999999999"',
        'Bearer error="insufficient_user_authentication", acr_values=""',
        'Bearer error="insufficient_user_authentication", acr_values="auth-level-5"',
        'Bearer error="insufficient_user_authentication", acr_values="AUTH-LEVEL-3"',
        'Bearer error="insufficient_user_authentication", acr_values="level-2"',
        'Bearer error="insufficient_user_authentication", acr_values="3"',
        'Bearer error="insufficient_user_authentication", acr_values="auth-level-2 auth-level-4"',
        'Bearer error="insufficient_user_authentication", acr_values="auth-level-4 auth-level-3"',
        'Bearer error="insufficient_user_authentication", acr_values="auth-level-3 urn:other"',
        'Bearer error="insufficient_user_authentication", acr_values="auth-level-3  auth-level-4"',
        'Bearer error="insufficient_user_authentication", max_age="1" acr_values="auth-level-3"',
        'Bearer error="insufficient_user_authentication", max_age="1",',
        'Bearer error="insufficient_user_authentication", max_age="1", Basic realm="x"',
        'Bearer error="insufficient_user_authentication\r\nX: y", max_age="1"',
        'Bearer error="insufficient_user_authentication", max_age="1',
        "Bearer " + "a=b, " * 1000,
        "Bearer error=" + '"' + "\\a" * 900,
        None,
        b"Bearer",
        5,
    ],
)
def test_challenge_that_is_none(header: Any) -> None:
    StepUp.parse(HEADER)
    with pytest.raises(MalformedError) as caught:
        StepUp.parse(header)
    assert caught.value.code == "step-up.malformed"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.integers(0, len(HEADER)))
def test_any_text_as_a_challenge(free: str, put: str, place: int) -> None:
    for header in (free, f"Bearer {free}", HEADER[:place] + put + HEADER[place:], f'Bearer error="{free}", {put}'):
        try:
            asked = StepUp.parse(header)
        except EidError:
            continue
        assert StepUp.parse(asked.challenge()) == asked


@pytest.mark.parametrize("length", [MAX_HEADER_CHARS, MAX_HEADER_CHARS + 1])
def test_length_is_bounded(length: int) -> None:
    header = HEADER + ', realm="'
    header += "x" * (length - len(header) - 1) + '"'
    if length == MAX_HEADER_CHARS:
        assert StepUp.parse(header) == ASKED
    else:
        with pytest.raises(MalformedError):
            StepUp.parse(header)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"auth_level": 3},
        {"auth_level": Level.TWO},
        {"auth_level": "auth-level-3"},
        {"max_age_s": -1},
        {"max_age_s": 1.5},
        {"max_age_s": True},
        {"max_age_s": MAX_MAX_AGE_S + 1},
        {"max_age_s": float("nan")},
    ],
)
def test_wrong_calls(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        StepUp(**options)


def test_the_answer_is_checked_against_what_was_asked() -> None:
    made = issuer()
    judge = verifier(made, 200, replay=None)
    low = issue(made, auth_level=AuthenticationLevel.TWO)
    old = issue(made, auth_time=NOW - timedelta(seconds=200))
    good = issue(made)
    assert judge.verify(good, level=Level.TWO, **ASKED.asked).auth_level is THREE
    for token, code in ((low, "token.auth-level"), (old, "token.auth-too-old")):
        with pytest.raises(VerificationError) as caught:
            judge.verify(token, level=Level.TWO, **ASKED.asked)
        assert caught.value.code == code
        before = judge.verify(token, level=Level.TWO)  # what a session kept
        with pytest.raises(VerificationError) as caught:
            ASKED.check(before, at=NOW + timedelta(seconds=200))
        assert caught.value.code == code


def test_a_session_grows_too_old() -> None:
    made = issuer()
    identity = verifier(made).verify(issue(made), level=Level.TWO)
    ASKED.check(identity, at=NOW + timedelta(seconds=300))
    with pytest.raises(VerificationError):
        ASKED.check(identity, at=NOW + timedelta(seconds=301))
    StepUp(auth_level=THREE).check(identity, at=NOW + timedelta(days=1))
    with pytest.raises(VerificationError):
        StepUp(auth_level=FOUR).check(identity, at=NOW)
