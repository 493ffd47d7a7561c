"""Tokens of identity among audited files: what is known of them is said, what has ended is never revived."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, tzinfo
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import AuthenticationLevel, Evidence, Issuer, KeySet, Level, Person, make_proof
from eid.disclosure import present
from eid.encoding import b64url_text, dump_json
from eid.jws import header_segment, sign_compact
from eid.keys import Key
from eid.status import StatusList
from signing.audit import audit_bytes
from signing.report import Report, Verdict
from signing.seal.verify import seal_status_uri
from signing.trust.store import TrustStore

ISSUER = "https://id.example.vn"


class _Stopped(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return NOW.astimezone(tz)


NOW = _Stopped.fromtimestamp(int(datetime.now(UTC).timestamp()), UTC)
KEYS = KeySet.generate(at=NOW - timedelta(days=30))
PERSON = Person(number="001090123456", full_name="Nguyễn Văn Kiểm Thử", birth_date=date(1990, 1, 1), sex="male")
EVIDENCE = [Evidence(kind=k, method="in-person", time=NOW - timedelta(days=8)) for k in ("chip", "face", "fingerprint")]
HOLDER = KeySet.generate().active
VCT = "https://id.example.vn/personal"


@pytest.fixture(autouse=True)
def _the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lives for minutes lives when its test comes, however long those before it took."""
    for module in ("signing.clock", "signing.audit.tokens"):
        monkeypatch.setattr(f"{module}.datetime", _Stopped)


def trust(keys: KeySet = KEYS, **more: object) -> TrustStore:
    return TrustStore(identity=MappingProxyType({ISSUER: keys.public_jwks()}), **more)  # type: ignore[arg-type]


def issuer(ago: timedelta = timedelta(), keys: KeySet = KEYS) -> Issuer:
    return Issuer(ISSUER, keys, clock=lambda: NOW - ago)


def identity(ago: timedelta = timedelta(), keys: KeySet = KEYS) -> str:
    level = AuthenticationLevel.THREE
    return issuer(ago, keys).issue(PERSON, Level.TWO, audience="H26.19", auth_level=level, evidence=EVIDENCE)


def step_proof(**changes: object) -> str:
    now = int(NOW.timestamp())
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": "H26.19",
        "iat": now,
        "exp": now + 600,
        "jti": "j",
        "auth_time": now,
        "acr": "auth-level-3",
        "assurance_level": "level-2",
        "nonce": "n",
        "cnf": {"x5t#S256": b64url_text(bytes(32))},
    }
    return signed("eid-step+jwt", claims | changes)


def signed(typ: str, claims: dict[str, object], key: Key = KEYS.active) -> str:
    return sign_compact(key, header_segment(key, typ), dump_json(claims))


def credential(ago: timedelta = timedelta()) -> str:
    return issuer(ago).issue_credential(PERSON, Level.TWO, vct=VCT, evidence=EVIDENCE, holder=HOLDER)


def audit(token: str, store: TrustStore | None = None, **how: object) -> Report:
    report = audit_bytes(token.encode(), trust() if store is None else store, name="x.jwt", **how)  # type: ignore[arg-type]
    assert report.kind == "token"
    assert {s.format for s in report.signatures} == {"JWS"}
    told = report.to_json()
    for secret in ("001090123456", "Kiểm Thử", "1990-01-01"):
        assert secret not in told
    return report


def answer(report: Report) -> tuple[str, str | None, bool | None, str]:
    first = report.signatures[0]
    return str(first.indication), first.sub_indication, first.intact, first.findings[0].code


def test_a_step_proof_that_lives_is_signed_and_says_for_what_it_was_not_compared() -> None:
    report = audit(step_proof())
    assert answer(report) == ("TOTAL-PASSED", None, True, "token.not-for-use")
    assert report.verdict is Verdict.VALID
    (entry,) = report.signatures
    assert entry.signer is not None
    assert (entry.signer.issuer, entry.signer.serial) == (ISSUER, KEYS.active.kid)
    assert (entry.signing_time, entry.signature_algorithm) == (NOW, "ecdsa")


def test_an_identity_token_is_never_valid_because_its_status_is_not_asked_for() -> None:
    assert answer(audit(identity())) == ("INDETERMINATE", "TRY_LATER", True, "token.status-unknown")


@pytest.mark.parametrize("at", [None, NOW - timedelta(days=1, seconds=-10)], ids=["now", "when it lived"])
def test_a_token_that_ended_is_never_revived_not_even_by_the_time_of_the_audit(at: datetime | None) -> None:
    ended = step_proof(iat=int(NOW.timestamp()) - 86_400, exp=int(NOW.timestamp()) - 86_000, auth_time=1_700_000_000)
    for token in (ended, identity(timedelta(days=1))):
        report = audit(token, at=at)
        assert answer(report) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE", True, "token.ended")
        assert report.verdict is Verdict.INDETERMINATE


def test_a_key_revoked_since_then_proves_nothing_without_a_timestamp() -> None:
    stolen = KEYS.revoke(KEYS.active.kid, at=NOW - timedelta(seconds=1))
    for token in (step_proof(), identity(timedelta(days=2))):
        found = answer(audit(token, trust(stolen)))
        assert found == ("INDETERMINATE", "REVOKED_NO_POE", True, "token.key-revoked")


def test_a_time_at_which_the_key_did_not_sign() -> None:
    early = int((NOW - timedelta(days=40)).timestamp())
    token = step_proof(iat=early, exp=early + 60, auth_time=early)
    assert answer(audit(token)) == ("TOTAL-FAILED", "NOT_YET_VALID", True, "token.key-inactive")
    late = step_proof(iat=int(NOW.timestamp()) + 300, exp=int(NOW.timestamp()) + 400)
    assert answer(audit(late)) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE", True, "token.early")


def test_who_is_not_trusted_is_not_guessed() -> None:
    other = KeySet.generate()
    for store in (TrustStore(), TrustStore(seals=MappingProxyType({"H26.19": KEYS.public_jwks()}))):
        assert answer(audit(step_proof(), store))[1:] == ("NO_CERTIFICATE_CHAIN_FOUND", None, "token.issuer-untrusted")
    assert audit_bytes(step_proof().encode()).verdict is Verdict.INDETERMINATE
    unknown = answer(audit(step_proof(), trust(other)))
    assert unknown == ("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND", None, "token.key-unknown")
    broken = TrustStore(identity=MappingProxyType({ISSUER: {"keys": [{"kty": "EC", "d": "x"}]}}))
    assert answer(audit(step_proof(), broken))[3] in {"token.issuer-keys", "token.key-unknown"}


def test_what_was_changed_or_never_signed_is_forged() -> None:
    header, payload, signature = step_proof().split(".")
    other = step_proof(aud="H26.20").split(".")[1]
    for forged in (f"{header}.{other}.{signature}", f"{header}.{payload}.{'A' * len(signature)}"):
        assert answer(audit(forged)) == ("TOTAL-FAILED", "SIG_CRYPTO_FAILURE", False, "token.signature")


@pytest.mark.parametrize(
    "token",
    [
        step_proof(exp=int(NOW.timestamp()) + 86_400),
        step_proof(acr="auth-level-5"),
        step_proof(aud=["H26.19"]),
        step_proof(auth_time=int(NOW.timestamp()) + 300),
        signed("eid+jwt", {"iss": ISSUER}),
    ],
    ids=["a day long", "unknown level", "two recipients", "login later", "no claims"],
)
def test_a_token_that_breaks_a_rule_of_its_kind(token: str) -> None:
    assert answer(audit(token)) == ("TOTAL-FAILED", "FORMAT_FAILURE", True, "token.refused")


def test_a_credential_and_its_holder_s_proof_are_two_signatures() -> None:
    shown = present(credential(), disclose=["name"], key=HOLDER, audience="H26.19", nonce="n", at=NOW)
    report = audit(shown)
    assert [s.id for s in report.signatures] == ["credential", "key-binding"]
    assert answer(report) == ("INDETERMINATE", "TRY_LATER", True, "token.status-unknown")
    assert str(report.signatures[1].indication) == "TOTAL-PASSED"
    alone = audit(credential())
    assert answer(alone) == ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE", True, "token.holder-unproven")


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "eid+jwt"])
def test_disclosures_behind_another_kind_of_token(typ: str) -> None:
    report = audit(signed(typ, {"iss": ISSUER}) + "~")
    assert answer(report) == ("INDETERMINATE", "GENERIC", None, "token.kind-unknown")


def test_disclosures_and_proofs_of_other_credentials() -> None:
    first, second = credential(), credential()
    token, *disclosures = first.split("~")
    swapped = "~".join((token, *second.split("~")[1:]))
    assert answer(audit(swapped))[:2] == ("TOTAL-FAILED", "HASH_FAILURE")
    proof = make_proof(HOLDER, audience="H26.19", nonce="n", over=second, at=NOW)
    report = audit(first + proof)
    assert report.verdict is Verdict.INVALID
    assert (report.signatures[1].sub_indication, report.signatures[1].intact) == ("HASH_FAILURE", True)
    stranger = make_proof(KeySet.generate().active, audience="H26.19", nonce="n", over=first, at=NOW)
    assert audit(first + stranger).signatures[1].sub_indication == "SIG_CRYPTO_FAILURE"
    old = make_proof(HOLDER, audience="H26.19", nonce="n", over=first, at=NOW - timedelta(hours=1))
    assert audit(first + old).signatures[1].sub_indication == "OUT_OF_BOUNDS_NO_POE"
    assert audit(first + old, TrustStore()).signatures[1].findings[0].code == "token.holder-alone"
    assert audit(old).signatures[0].findings[0].code == "token.holder-alone"
    assert disclosures


def test_status_lists_of_issuers_and_of_seals() -> None:
    ours = issuer().status_token()
    report = audit(ours)
    assert (report.signatures[0].id, answer_of(report)) == ("status-list", ("TOTAL-PASSED", None))
    assert report.signatures[0].signer is not None
    assert report.signatures[0].signer.issuer == ISSUER
    keys = KeySet.generate(at=NOW - timedelta(days=1))
    seals = StatusList(seal_status_uri("H26.19", 1), 64).token(keys.active, at=NOW)
    store = trust(seals=MappingProxyType({"H26.19": keys.public_jwks()}))
    assert answer_of(audit(seals, store)) == ("TOTAL-PASSED", None)
    assert answer_of(audit(seals)) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    # another office's list, signed with the keys of this one
    other = StatusList(seal_status_uri("H26.20", 1), 64).token(keys.active, at=NOW)
    assert answer_of(audit(other, store)) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    stale = StatusList(seal_status_uri("H26.19", 1), 64).token(keys.active, at=NOW - timedelta(hours=2))
    assert answer_of(audit(stale, store)) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")


def answer_of(report: Report) -> tuple[str, str | None]:
    return str(report.signatures[0].indication), report.signatures[0].sub_indication


def test_other_signed_tokens_are_named_as_not_checked() -> None:
    for typ in ("JWT", "at+jwt", "dpop+jwt"):
        found = answer(audit(signed(typ, {"iss": ISSUER, "name": "Kiểm Thử"})))
        assert found == ("INDETERMINATE", "GENERIC", None, "token.kind-unknown")


def test_a_damaged_token_is_not_passed_over() -> None:
    for text in ("x", "", "eyJhbGciOiJFUzI1NiJ9.e30", "é" * 40, step_proof()[:-9]):
        assert audit(text).verdict is Verdict.INVALID, text


def test_a_number_in_the_issuer_s_name_is_masked() -> None:
    report = audit(step_proof(iss="https://id.example.vn/001090123456"))
    assert report.signatures[0].signer is not None
    assert "001******456" in report.signatures[0].signer.issuer


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_changed_character_leaves_a_token_valid(data: st.DataObject) -> None:
    token = bytearray(step_proof().encode())
    place = data.draw(st.integers(0, len(token) - 1))
    token[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != token[place]))
    assert audit_bytes(bytes(token), trust(), name="x.jwt").verdict in {Verdict.INVALID, Verdict.INDETERMINATE}


def test_the_report_is_the_same_line_in_json() -> None:
    told = json.loads(audit(step_proof()).to_json())
    assert told["signatures"][0]["format"] == "JWS"
