"""Evidence that is too old, and a token that is looked at later: what it proved then, and nothing more."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest

from eid import (
    UNCHECKED,
    Evidence,
    Holder,
    IndeterminateError,
    Key,
    KeySet,
    Level,
    MemoryReplay,
    OpenedStatusList,
    UsageError,
    VerificationError,
    make_proof,
)

from .made import AUDIENCE, ISSUER, KEYS, LEVEL_TWO, NOW, PUBLIC, changed, issue, issuer, parts, verifier

YEAR_S = 365 * 86_400
LATER = YEAR_S  # when a record is looked at
DAY = timedelta(days=1)


# evidence


@pytest.mark.parametrize("days", [0, 7, 8])
def test_level_proven_within_so_many_days(days: int) -> None:
    made = issuer()
    identity = verifier(made).verify(issue(made), level=Level.TWO, max_evidence_age_s=8 * 86_400)
    assert identity.proven_time == NOW - 8 * DAY
    if days < 8:
        with pytest.raises(VerificationError) as caught:
            verifier(made).verify(issue(made), level=Level.TWO, max_evidence_age_s=days * 86_400)
        assert caught.value.code == "token.evidence-too-old"


def test_level_proven_within_five_years() -> None:
    made = issuer()
    for years, good in ((3, True), (4, False)):
        old = [Evidence(kind=e.kind, method=e.method, time=NOW - years * 365 * DAY) for e in LEVEL_TWO]
        if years == 4:  # before the first decree nobody could prove a level at all
            old = [Evidence(kind=e.kind, method=e.method, time=NOW - timedelta(days=1400)) for e in LEVEL_TWO]
        token = issue(made, evidence=old)
        verifier(made).verify(token, level=Level.TWO)
        if good:
            verifier(made).verify(token, level=Level.TWO, max_evidence_age_s=3 * YEAR_S)
        else:
            with pytest.raises(VerificationError):
                verifier(made).verify(token, level=Level.TWO, max_evidence_age_s=3 * YEAR_S)


@pytest.mark.parametrize(
    "time",
    ["yesterday", "2026-11-20", "2026-11-20T02:00:00", "0001-01-01T00:00:00+14:00", "2026-11-21T02:00:31Z", "9999"],
)
def test_time_of_evidence_that_cannot_be_compared_is_no_time(time: str) -> None:
    made = issuer()
    token = changed(issue(made), ["verified_claims", "verification", "time"], time)
    judge = verifier(made, replay=None)
    judge.verify(token, level=Level.TWO)  # nobody asked
    with pytest.raises(VerificationError) as caught:
        judge.verify(token, level=Level.TWO, max_evidence_age_s=10 * YEAR_S)
    assert caught.value.code == ("token.evidence-too-old" if time.startswith("0001") else "token.claim")


@pytest.mark.parametrize("age", [-1, float("nan"), float("inf"), "1", bool])
def test_age_that_would_never_refuse(age: Any) -> None:
    made = issuer()
    with pytest.raises(UsageError):
        verifier(made).verify(issue(made), level=Level.TWO, max_evidence_age_s=age)


# the past


def test_an_expired_token_is_never_revived_but_what_it_proved_can_be_shown() -> None:
    made = issuer()
    token = issue(made)
    later = verifier(made, LATER)
    with pytest.raises(VerificationError) as caught:
        later.verify(token, level=Level.TWO)
    assert caught.value.code == "token.expired"
    past = later.verify_past(token, proven_at=NOW + timedelta(seconds=60), level=Level.TWO)
    assert past.proven_at == NOW + timedelta(seconds=60)
    assert not past.status_checked
    assert later.verify_past(token, proven_at=NOW, level=Level.TWO)  # a second look is no second use
    assert pickle.loads(pickle.dumps(past)) == past
    present = verifier(made).verify(token, level=Level.TWO)
    assert (present.proven_at, present.status_checked) == (None, True)
    assert not verifier(made, status=UNCHECKED).verify(token, level=Level.TWO).status_checked


@pytest.mark.parametrize(("s", "code"), [(-31, "token.not-yet-valid"), (300, "token.expired"), (600, "token.expired")])
def test_the_token_must_have_been_good_then(s: int, code: str) -> None:
    made = issuer()
    token = issue(made)
    verifier(made, LATER).verify_past(token, proven_at=NOW + timedelta(seconds=299), level=Level.TWO)
    with pytest.raises(VerificationError) as caught:
        verifier(made, LATER).verify_past(token, proven_at=NOW + timedelta(seconds=s), level=Level.TWO)
    assert caught.value.code == code


def test_what_is_asked_is_asked_of_then() -> None:
    made = issuer()
    token = issue(made, nonce="n-1", auth_time=NOW - timedelta(seconds=60))
    judge, then = verifier(made, LATER), {"proven_at": NOW, "level": Level.TWO}
    judge.verify_past(token, nonce="n-1", max_age_s=60, max_evidence_age_s=8 * 86_400, **then)
    for options, code in (
        ({}, "token.nonce"),
        ({"nonce": "n-1", "max_age_s": 59}, "token.auth-too-old"),
        ({"nonce": "n-1", "max_evidence_age_s": 86_400}, "token.evidence-too-old"),
    ):
        with pytest.raises(VerificationError) as caught:
            judge.verify_past(token, **then, **options)
        assert caught.value.code == code
    with pytest.raises(VerificationError):
        judge.verify_past(issue(made, Level.ONE), **then)


def test_the_key_must_have_been_active_then() -> None:
    made = issuer()
    token = issue(made)
    retired = KeySet.from_jwks(KEYS.rotate(at=NOW + DAY).public_jwks())
    revoked = KeySet.from_jwks(KEYS.revoke(KEYS.active.kid, at=NOW + DAY).public_jwks())
    early = KeySet.from_jwks(KEYS.revoke(KEYS.active.kid, at=NOW - DAY).public_jwks())
    gone = KeySet.from_jwks(KEYS.rotate(at=NOW - DAY).public_jwks())
    for keys in (retired, revoked):
        verifier(made, LATER, keys=keys).verify_past(token, proven_at=NOW, level=Level.TWO)
    for keys in (early, gone):
        with pytest.raises(VerificationError) as caught:
            verifier(made, LATER, keys=keys).verify_past(token, proven_at=NOW, level=Level.TWO)
        assert caught.value.code == "token.key-inactive"


def test_the_status_only_by_a_list_of_then() -> None:
    made = issuer()
    token = issue(made)
    before = OpenedStatusList.open(made.status_token(), PUBLIC)
    made.revoke(token)
    after = OpenedStatusList.open(made.status_token(), PUBLIC)
    judge = verifier(made, LATER)
    assert judge.verify_past(token, proven_at=NOW, level=Level.TWO, status=before).status_checked
    with pytest.raises(VerificationError) as caught:
        judge.verify_past(token, proven_at=NOW, level=Level.TWO, status=after)
    assert caught.value.code == "token.revoked"
    newer = OpenedStatusList.open(issuer(200, status=made.status_list).status_token(), PUBLIC)
    with pytest.raises(IndeterminateError):  # a list that was made after the moment says nothing of it
        judge.verify_past(token, proven_at=NOW, level=Level.TWO, status=newer)
    with pytest.raises(UsageError):
        judge.verify_past(token, proven_at=NOW, level=Level.TWO, status="list")


def test_no_use_is_counted_and_none_is_asked_for() -> None:
    made, memory = issuer(), MemoryReplay()
    token = issue(made)
    verifier(made, 60, replay=memory).verify_past(token, proven_at=NOW, level=Level.TWO)
    assert memory.use(ISSUER, parts(token)[1]["jti"], 1 << 33, 0)
    verifier(made, 60, replay=memory).verify_past(token, proven_at=NOW, level=Level.TWO)


@pytest.mark.parametrize("when", [None, "2026-11-21", 5, NOW.replace(tzinfo=None), NOW + timedelta(seconds=1)])
def test_a_moment_that_is_not_past(when: Any) -> None:
    made = issuer()
    with pytest.raises(UsageError):
        verifier(made).verify_past(issue(made), proven_at=when, level=Level.TWO)


def test_a_bound_token_needs_its_proof_of_then() -> None:
    made, key = issuer(), Key.generate()
    token = issue(made, holder=key)
    proof = make_proof(key, audience=AUDIENCE, nonce="n", over=token, at=NOW)
    asked = {"level": Level.TWO, "nonce": "n", "holder": Holder.REQUIRED}
    judge = verifier(made, LATER)
    judge.verify_past(token, proven_at=NOW, proof=proof, **asked)
    late = make_proof(key, audience=AUDIENCE, nonce="n", over=token, at=NOW + DAY)
    for bad, code in ((late, "holder.not-yet-valid"), (None, "holder.proof-missing")):
        with pytest.raises(VerificationError) as caught:
            judge.verify_past(token, proven_at=NOW, proof=bad, **asked)
        assert caught.value.code == code
    with pytest.raises(VerificationError):
        judge.verify_past(token, proven_at=NOW, level=Level.TWO)


def test_the_journal_tells_the_past_from_the_present() -> None:
    class Kept(list[Any]):
        record = list.append

    made, kept = issuer(), Kept()
    judge = verifier(made, 60, journal=kept)
    judge.verify_past(issue(made), proven_at=NOW, level=Level.TWO)
    assert (kept[0].proven_at, kept[0].time, kept[0].accepted) == (NOW, NOW + timedelta(seconds=60), True)
    assert kept[0].to_dict()["proven_at"] == NOW.isoformat()
