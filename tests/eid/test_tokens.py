"""What an issuer makes and what a verifier proves: identity tokens, step proofs, status lists."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from eid import (
    UNCHECKED,
    AuthenticationLevel,
    EidError,
    IndeterminateError,
    Issuer,
    KeySet,
    Level,
    OpenedStatusList,
    Person,
    RefusedError,
    Status,
    StatusList,
    UsageError,
    VerificationError,
    verify_step_proof,
)
from eid.consent import Consent
from eid.issuer import FORGET_S
from eid.status import MAX_ENTRIES

from .made import (
    AUDIENCE,
    ISSUER,
    KEYS,
    LEVEL_TWO,
    NOW,
    NOW_S,
    PERSON,
    PUBLIC,
    changed,
    clock,
    issue,
    issuer,
    parts,
    reheaded,
    signed,
    verifier,
)


def test_identity_token_has_exactly_its_profile() -> None:
    header, claims = parts(issue(issuer(), nonce="n-1"))
    assert header == {"alg": "ES256", "typ": "eid+jwt", "kid": KEYS.active.kid}
    assert claims["aud"] == AUDIENCE
    assert claims["exp"] - claims["iat"] == 300
    assert (claims["acr"], claims["amr"]) == ("auth-level-3", ["mfa", "bio"])
    verification = claims["verified_claims"]["verification"]
    assert verification["assurance_level"] == "level-2"
    assert verification["rule_set"] == "nd-69-2024"
    assert verification["trust_framework"] == ISSUER
    assert verification["evidence"][0] == LEVEL_TWO[0].to_claim()
    shown = {name: value for name, value in PERSON.to_claims().items() if name != "personal_number"}
    assert claims["verified_claims"]["claims"] == shown
    assert set(claims["status"]["status_list"]) == {"idx", "uri"}
    assert claims["nonce"] == "n-1"


def test_identity_gives_back_what_was_issued() -> None:
    made = issuer()
    consent = Consent(audience=AUDIENCE, claims=frozenset({"personal_number"}), given=NOW)
    everything = {"claims": tuple(PERSON.to_claims()), "consent": consent}
    token = issue(made, amr=("pin", "hwk", "face"), auth_level=AuthenticationLevel.FOUR, **everything)
    identity = verifier(made).verify(token, level=Level.TWO, auth_level=AuthenticationLevel.FOUR, max_age_s=60)
    assert Person.from_claims(dict(identity.claims)) == PERSON
    assert identity.evidence == tuple(LEVEL_TWO)
    assert (identity.level, identity.auth_level) == (Level.TWO, AuthenticationLevel.FOUR)
    assert (identity.issuer, identity.audience, identity.rule_set) == (ISSUER, AUDIENCE, "nd-69-2024")
    assert (identity.auth_time, identity.issued, identity.expires) == (NOW, NOW, NOW + timedelta(seconds=300))
    assert identity.methods == ("pin", "hwk", "face")
    assert set(identity.to_dict()) == {"subject", "level", "auth_level", "auth_time", "claims", "evidence", "expires"}
    assert "001090123456" not in repr(identity)
    with pytest.raises(TypeError):
        identity.claims["name"] = "other"  # type: ignore[index]


def test_only_the_claims_asked_for() -> None:
    _, claims = parts(issue(issuer(), claims=("name", "birthdate")))
    assert set(claims["verified_claims"]["claims"]) == {"name", "birthdate"}
    with pytest.raises(UsageError):
        issue(issuer(), claims=("name", "password"))


def test_subject_is_pairwise() -> None:
    made = issuer()
    subjects = [parts(issue(made, audience=a))[1]["sub"] for a in ("H26.19", "H26.19", "H26.20")]
    assert subjects[0] == subjects[1] != subjects[2]


def test_texts_that_need_escapes_survive() -> None:
    made = issuer(trust_framework='Khung "tin cậy" \\ tỉnh')
    audience = 'https://dịch-vụ.example.vn/?a="1"&b=\\'
    person = Person(number="001090123456", full_name='O"Ka \\ Nguyễn', birth_date=date(1990, 1, 1), sex="male")
    token = issue(made, audience=audience, person=person, nonce='"\\')
    identity = verifier(made, audience=audience).verify(token, level=Level.TWO, nonce='"\\')
    assert identity.claims["name"] == 'O"Ka \\ Nguyễn'


@pytest.mark.parametrize("name", ["https://vneid.gov.vn", "VNeID", "https://my-VNEID.example"])
def test_nobody_issues_in_the_name_of_vneid(name: str) -> None:
    with pytest.raises(RefusedError) as caught:
        Issuer(name, KEYS)
    assert caught.value.code == "issuer.name"
    with pytest.raises(RefusedError):
        Issuer(ISSUER, KEYS, trust_framework=name)


@pytest.mark.parametrize(
    "options",
    [
        {"level": 2},
        {"level": "level-2"},
        {"auth_level": 3},
        {"auth_level": Level.TWO},
        {"audience": ""},
        {"audience": ["a"]},
        {"audience": "a\nb"},
        {"audience": "\ud800"},
        {"audience": "x" * 600},
        {"nonce": ""},
        {"nonce": 5},
        {"life_s": 0},
        {"life_s": 601},
        {"life_s": True},
        {"life_s": 60.0},
        {"auth_time": NOW + timedelta(seconds=1)},
        {"auth_time": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"person": {"number": "001090123456"}},
        {"amr": [["pwd"]]},
        {"evidence": "chip"},
        {"evidence": [{"kind": "chip"}]},
    ],
)
def test_wrong_calls_of_issue(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        issue(issuer(), options.pop("level", Level.TWO), **options)


def test_nothing_is_issued_without_evidence_factors_or_age() -> None:
    made = issuer()
    child = Person(number="001220123456", full_name="Bé", birth_date=date(2020, 11, 22), sex="male")
    for code, options in (
        ("evidence.missing", {"evidence": []}),
        ("evidence.missing", {"evidence": LEVEL_TWO[:2]}),
        ("factors.insufficient", {"amr": ("pwd",)}),
        ("level.age", {"person": child}),
    ):
        with pytest.raises(RefusedError) as caught:
            issue(made, **options)
        assert caught.value.code == code
    issue(issuer(86_400), person=child)  # six years old in Vietnam


def test_refused_calls_use_up_no_place_in_the_status_list() -> None:
    made = issuer(status=StatusList("uri", 64))
    for _ in range(100):
        with pytest.raises(UsageError):
            issue(made, nonce="")
        with pytest.raises(UsageError):
            issue(made, life_s=0)
    issue(made)


def test_public_keys_cannot_issue() -> None:
    with pytest.raises(UsageError) as caught:
        Issuer(ISSUER, PUBLIC)
    assert caught.value.code == "key.public-only"


def test_default_clock_is_now() -> None:
    keys = KeySet.generate()
    made = Issuer(ISSUER, keys)
    token = issue(made)
    judge = verifier(made, keys=keys, clock=None)
    assert abs(judge.verify(token, level=Level.TWO).issued - datetime.now(UTC)) < timedelta(seconds=5)


def test_naive_clock_is_a_wrong_call() -> None:
    with pytest.raises(UsageError):
        issue(Issuer(ISSUER, KEYS, clock=lambda: datetime(2026, 1, 1)))  # noqa: DTZ001


@pytest.mark.parametrize(
    "options",
    [{"issuer": ""}, {"audience": ""}, {"audience": None}, {"audience": [AUDIENCE]}, {"keys": KEYS.public_jwks()}],
)
def test_verifier_without_expectations(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        verifier(issuer(), **options)


# rotation


def test_old_tokens_pass_after_a_rotation_and_new_ones_by_the_old_jwks() -> None:
    made = issuer()
    token = issue(made)
    rotated = KEYS.rotate(at=NOW + timedelta(seconds=10))
    later = Issuer(ISSUER, rotated, clock=clock(20), status=made.status_list)
    after = verifier(made, 20, keys=KeySet.from_jwks(rotated.public_jwks()))
    before = verifier(made, 20)
    after.verify(token, level=Level.TWO)
    before.verify(issue(later), level=Level.TWO)  # the next key had been published


# status lists


def opened(made: Issuer) -> OpenedStatusList:
    return OpenedStatusList.open(made.status_token(), PUBLIC)


def test_revoked_suspended_restored() -> None:
    made = issuer()
    token = issue(made)
    judge = lambda: verifier(made, status=opened(made)).verify(token, level=Level.TWO)  # noqa: E731
    judge()
    for status, code in ((Status.SUSPENDED, "token.suspended"), (Status.REVOKED, "token.revoked")):
        made.revoke(token, status=status)
        with pytest.raises(VerificationError) as caught:
            judge()
        assert caught.value.code == code
        if status is Status.SUSPENDED:
            made.revoke(token, status=Status.VALID)
            judge()
    with pytest.raises(RefusedError) as refused:
        made.revoke(token, status=Status.VALID)
    assert refused.value.code == "token.revoked"


def test_revoking_one_leaves_the_neighbours() -> None:
    made = issuer(status=StatusList(f"{ISSUER}/status/1", 40))
    tokens = [issue(made) for _ in range(30)]
    for token in tokens[::3]:
        made.revoke(token)
    judge = verifier(made, status=opened(made))
    for number, token in enumerate(tokens):
        if number % 3:
            judge.verify(token, level=Level.TWO)
        else:
            with pytest.raises(VerificationError):
                judge.verify(token, level=Level.TWO)


def test_revoke_by_identifier_and_only_ones_own() -> None:
    made = issuer()
    token = issue(made)
    issued = made.revoke(parts(token)[1]["jti"])
    assert (issued.index, issued.expires) == (parts(token)[1]["status"]["status_list"]["idx"], NOW_S + 300)
    with pytest.raises(RefusedError) as caught:
        made.revoke("unknown")
    assert caught.value.code == "token.unknown"
    for bad in ("a.b.c", "..", reheaded(token, kid="x"), changed(token, ["iss"], "https://other.example")):
        with pytest.raises(EidError):
            made.revoke(bad)
    with pytest.raises(RefusedError):
        made.revoke(changed(token, ["status", "status_list", "uri"], "https://other.example"))


def test_revoking_after_the_token_has_expired_and_forgetting_later() -> None:
    now = [0.0]
    made = Issuer(ISSUER, KEYS, clock=lambda: NOW + timedelta(seconds=now[0]))
    first = issue(made)
    index = made.revoke(parts(first)[1]["jti"]).index
    now[0] = 300 + FORGET_S + 1
    issue(made)
    with pytest.raises(RefusedError):
        made.revoke(parts(first)[1]["jti"])
    assert made.status_list.get(index) is Status.VALID  # free for another token; no usable list names it any more


def test_status_list_token_has_exactly_its_profile() -> None:
    header, claims = parts(issuer().status_token(ttl_s=60))
    assert header == {"alg": "ES256", "typ": "statuslist+jwt", "kid": KEYS.active.kid}
    assert set(claims) == {"sub", "iat", "exp", "ttl", "status_list"}
    assert (claims["sub"], claims["ttl"], claims["exp"]) == (f"{ISSUER}/status/1", 60, NOW_S + 60)
    assert claims["status_list"]["bits"] == 2


def test_status_list_is_stale_after_its_time() -> None:
    made = issuer()
    token = issue(made, life_s=600)
    held = OpenedStatusList.open(made.status_token(ttl_s=60), PUBLIC)
    verifier(made, 59, status=held).verify(token, level=Level.TWO)
    with pytest.raises(IndeterminateError) as caught:
        verifier(made, 60, status=held).verify(token, level=Level.TWO)
    assert (caught.value.code, caught.value.exit_status) == ("status.stale", 3)


def test_status_list_cannot_claim_a_long_life() -> None:
    header, claims = parts(issuer().status_token())
    held = OpenedStatusList.open(signed(header, {**claims, "exp": NOW_S + 10**6, "ttl": 10**6}), PUBLIC)
    assert held.expires == NOW_S + 900


@pytest.mark.parametrize(
    "change",
    [
        {"status_list": {"bits": 1, "lst": "eNoDAAAAAAE"}},
        {"status_list": {"bits": 2.0, "lst": "eNoDAAAAAAE"}},
        {"status_list": {"bits": True, "lst": "eNoDAAAAAAE"}},
        {"status_list": {"bits": 2}},
        {"status_list": {"bits": 2, "lst": 5}},
        {"status_list": {"bits": 2, "lst": "eNoDAAAAAAE="}},
        {"status_list": {"bits": 2, "lst": "ế"}},
        {"status_list": None},
        {"sub": None},
        {"ttl": None},
        {"ttl": "900"},
        {"exp": True},
        {"iat": NOW_S - 86_400 * 60},
    ],
)
def test_status_list_that_cannot_be_relied_on(change: dict[str, Any]) -> None:
    header, claims = parts(issuer().status_token())
    with pytest.raises(IndeterminateError) as caught:
        OpenedStatusList.open(signed(header, {**claims, **change}), PUBLIC)
    assert caught.value.code == "status.untrusted"


def test_identity_token_is_no_status_list() -> None:
    with pytest.raises(IndeterminateError):
        OpenedStatusList.open(issue(issuer()), PUBLIC)


def test_application_specific_status_is_not_valid() -> None:
    held = OpenedStatusList("uri", b"\xff", NOW_S + 60)
    with pytest.raises(IndeterminateError):
        held.status("uri", 0, NOW_S)


def test_status_not_checked_is_spelt_out() -> None:
    made = issuer()
    token = issue(made)
    made.revoke(token)
    assert verifier(made, status=UNCHECKED).verify(token, level=Level.TWO)
    assert repr(UNCHECKED) == "UNCHECKED"


def test_status_indexes_are_unique_until_the_list_is_full() -> None:
    status_list = StatusList("uri", 64)
    given = []
    with pytest.raises(RefusedError) as caught:
        while True:
            given.append(status_list.allocate())
    assert caught.value.code == "status.full"
    assert sorted(given) == list(range(64))
    assert given != sorted(given)
    status_list.release(given[0])
    assert status_list.allocate() == given[0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: StatusList("", 8),
        lambda: StatusList("u", 0),
        lambda: StatusList("u", MAX_ENTRIES + 1),
        lambda: StatusList("u", 8).get(8),
        lambda: StatusList("u", 8).set(-1, Status.VALID),
        lambda: StatusList("u", 8).token(KEYS.active, ttl_s=901),
    ],
)
def test_wrong_calls_of_status_list(call: Callable[[], object]) -> None:
    with pytest.raises(UsageError):
        call()


# step proofs

CERTIFICATE = bytes(range(32))


def proof(s: float = 0, **options: Any) -> str:
    wanted: dict[str, Any] = {
        "level": Level.TWO,
        "auth_level": AuthenticationLevel.THREE,
        "audience": AUDIENCE,
        "nonce": "digest-of-the-statement",
        "certificate_sha256": CERTIFICATE,
        "auth_time": NOW,
        **options,
    }
    return issuer(s).prove_step(**wanted)


def prove(token: str, **options: Any) -> Any:
    wanted: dict[str, Any] = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "nonce": "digest-of-the-statement",
        "certificate_sha256": CERTIFICATE,
        "level": Level.TWO,
        "auth_level": AuthenticationLevel.TWO,
        "at": NOW,
        **options,
    }
    return verify_step_proof(token, wanted.pop("keys", PUBLIC), **wanted)


def test_step_proof_names_nobody() -> None:
    header, claims = parts(proof())
    assert header["typ"] == "eid-step+jwt"
    assert set(claims) == {
        "iss", "aud", "iat", "exp", "jti", "auth_time", "acr", "assurance_level", "nonce", "cnf",
    }  # fmt: skip
    assert claims["cnf"].keys() == {"x5t#S256"}
    assert "001090123456" not in json.dumps(claims)


def test_step_proof_proven() -> None:
    proven = prove(proof())
    assert (proven.level, proven.auth_level) == (Level.TWO, AuthenticationLevel.THREE)
    assert (proven.certificate_sha256, proven.auth_time) == (CERTIFICATE, NOW)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"nonce": "another-statement"}, "token.nonce"),
        ({"audience": "H26.20"}, "token.audience"),
        ({"issuer": "https://other.example"}, "token.issuer"),
        ({"certificate_sha256": bytes(32)}, "token.binding"),
        ({"auth_level": AuthenticationLevel.FOUR}, "token.auth-level"),
        ({"at": NOW + timedelta(seconds=300)}, "token.expired"),
        ({"at": NOW - timedelta(seconds=31)}, "token.not-yet-valid"),
        ({"max_age_s": 5, "at": NOW + timedelta(seconds=6)}, "token.auth-too-old"),
        ({"at": None}, "token.expired" if datetime.now(UTC) > NOW else "token.not-yet-valid"),
    ],
)
def test_step_proof_for_something_else(options: dict[str, Any], code: str) -> None:
    token = proof()
    prove(token)
    with pytest.raises(VerificationError) as caught:
        prove(token, **options)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["cnf"], ...),
        (["cnf"], {}),
        (["cnf"], {"jwk": {}}),
        (["cnf", "x5t#S256"], None),
        (["nonce"], ...),
        (["nonce"], None),
        (["assurance_level"], ...),
        (["assurance_level"], "level-9"),
        (["acr"], ...),
        (["auth_time"], ...),
        (["jti"], ...),
    ],
)
def test_step_proof_bent(path: list[str], value: Any) -> None:
    with pytest.raises(VerificationError):
        prove(changed(proof(), path, value))


def test_step_proof_of_a_low_level() -> None:
    with pytest.raises(VerificationError) as caught:
        prove(proof(level=Level.ONE))
    assert caught.value.code == "token.level"


def test_identity_token_is_no_step_proof() -> None:
    with pytest.raises(VerificationError) as caught:
        prove(issue(issuer(), nonce="digest-of-the-statement"))
    assert caught.value.code == "token.type"


def test_step_proof_is_judged_as_of_a_proven_past() -> None:
    keys = KEYS.rotate(at=NOW + timedelta(days=1)).revoke(KEYS.active.kid, at=NOW + timedelta(days=2))
    public = KeySet.from_jwks(keys.public_jwks())
    assert prove(proof(), keys=public, at=NOW + timedelta(seconds=30)).nonce == "digest-of-the-statement"


def test_step_proof_by_a_key_that_was_not_active_then() -> None:
    retired = KeySet.from_jwks(KEYS.rotate(at=NOW - timedelta(hours=1)).public_jwks())
    revoked = KeySet.from_jwks(KEYS.revoke(KEYS.active.kid, at=NOW + timedelta(seconds=10)).public_jwks())
    unborn = KeySet.from_jwks({"keys": [{**KEYS.active.to_jwk(), "iat": NOW_S + 3600}]})
    for keys in (retired, revoked, unborn):
        with pytest.raises(VerificationError) as caught:
            prove(proof(), keys=keys, at=NOW + timedelta(seconds=30))
        assert caught.value.code == "token.key-inactive"


@pytest.mark.parametrize(
    "options",
    [{"nonce": ""}, {"certificate_sha256": b""}, {"certificate_sha256": bytes(31)}, {"level": 2}, {"audience": ""}],
)
def test_wrong_calls_around_step_proofs(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        proof(**options)
    with pytest.raises(UsageError):
        prove(proof(), **options)
