"""Validation of one signature: indications and sub-indications of EN 319 102-1, timestamps, baselines, masking."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.cms import der, names
from signing.cms.cades import sign_detached
from signing.cms.signed_data import add_timestamp, add_unsigned, parse_cms
from signing.cms.timestamp import parse_timestamp
from signing.cms.values import attribute
from signing.errors import IndeterminateError, LimitError, MalformedError, RefusedError, VerificationError
from signing.http import HttpClient
from signing.policy import DEFAULT_POLICY, Baseline
from signing.report import Indication, SignatureReport
from signing.trust.names import mask, mask_numbers, signer_info
from signing.trust.revocation import Collector, Evidence
from signing.trust.store import TrustStore
from signing.validation.context import MAX_TIMESTAMPS
from signing.validation.file import (
    assert_not_revoked,
    malformed_report,
    tsa_checker,
    validate_file_signature,
    validate_timestamp,
)
from tests.world import World

from .authority import DAY, HOUR, NOW, TIME_STAMPING, Holder, crl, make, name
from .scene import CONTENT, Scene, all_lists, judge, sign, stamped, token, with_lists

Reason = x509.ReasonFlags
PASSED, FAILED, INDETERMINATE = Indication.PASSED, Indication.FAILED, Indication.INDETERMINATE


def answer(report: SignatureReport) -> tuple[Indication, str | None]:
    return report.indication, report.sub_indication


def codes(report: SignatureReport) -> set[str]:
    return {f.code for f in report.findings}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def issuing(scene: Scene) -> Holder:
    return scene.issuing()


@pytest.fixture(scope="module")
def leaf(issuing: Holder) -> Holder:
    return make("Người ký", issuing)


@pytest.fixture(scope="module")
def tsa(scene: Scene) -> Holder:
    return scene.tsa()


# --- the plain answers -----------------------------------------------------------------------------------------------


def test_a_good_signature_passes(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    report = judge(sign(leaf, [issuing]), scene.trust, evidence=all_lists(scene, issuing))
    assert answer(report) == (PASSED, None)
    assert (report.intact, report.baseline, report.timestamp, report.best_signature_time) == (True, "B-B", None, NOW)
    assert (report.digest_algorithm, report.signature_algorithm) == ("sha256", "ecdsa")
    assert report.signing_time == NOW - HOUR
    assert report.certificate_sha256 == hashlib.sha256(leaf.der).digest()
    assert not [f for f in report.findings if f.severity == "error"]


def test_other_content_is_a_hash_failure(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    report = judge(sign(leaf, [issuing]), scene.trust, content=b"khac", evidence=all_lists(scene, issuing))
    assert (*answer(report), report.intact) == (FAILED, "HASH_FAILURE", False)
    assert "signature.digest" in codes(report)


def test_another_value_is_a_crypto_failure(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    cms = sign(leaf, [issuing])
    value = parse_cms(cms).signature_value
    broken = cms.replace(value, value[:-1] + bytes([value[-1] ^ 1]))
    report = judge(broken, scene.trust, evidence=all_lists(scene, issuing))
    assert (*answer(report), report.intact) == (FAILED, "SIG_CRYPTO_FAILURE", False)


def test_missing_content_cannot_be_told(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    report = judge(sign(leaf, [issuing]), scene.trust, content=None, evidence=all_lists(scene, issuing))
    assert (*answer(report), report.intact) == (INDETERMINATE, "SIGNED_DATA_NOT_FOUND", None)


def test_without_trust_nothing_passes(issuing: Holder, leaf: Holder) -> None:
    for trust in (None, TrustStore(), TrustStore(tsa=(issuing.certificate,))):
        report = judge(sign(leaf, [issuing]), trust)
        assert (*answer(report), report.intact) == (INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND", True)
        assert "trust.no-anchor" in codes(report)


def test_missing_revocation_is_never_good(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    report = judge(sign(leaf, [issuing]), scene.trust)
    assert answer(report) == (INDETERMINATE, "TRY_LATER")
    assert "revocation.unknown" in codes(report)
    relaxed = replace(DEFAULT_POLICY, require_revocation=False)
    assert judge(sign(leaf, [issuing]), scene.trust, policy=relaxed).indication is PASSED


def test_a_self_signed_signer_is_not_trusted(scene: Scene) -> None:
    assert answer(judge(sign(make("Tự ký")), scene.trust))[1] == "NO_CERTIFICATE_CHAIN_FOUND"


def test_a_signature_that_names_another_certificate_does_not_pass(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    cms = sign(leaf, [issuing])
    twins = (
        make(leaf.certificate.subject, issuing, key=leaf.key, serial=leaf.certificate.serial_number, end=NOW + n * DAY)
        for n in range(99, 199)
    )
    twin = next(t for t in twins if len(t.der) == len(leaf.der))
    swapped = cms.replace(leaf.der, twin.der)
    report = judge(swapped, scene.trust, evidence=all_lists(scene, issuing))
    assert answer(report) == (INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND")
    assert "signature.certificate-binding" in codes(report)


def test_a_required_signing_time_must_be_there(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    bare = sign(leaf, [issuing], cades=False)
    given = {"evidence": all_lists(scene, issuing)}
    assert judge(bare, scene.trust, require_signing_time=True, **given).sub_indication == "SIG_CONSTRAINTS_FAILURE"
    assert judge(bare, scene.trust, **given).indication is PASSED
    assert judge(bare, scene.trust, **given).baseline is None


# --- expiry, revocation and time -------------------------------------------------------------------------------------


def test_expired_without_proof_is_out_of_bounds(scene: Scene, issuing: Holder, tsa: Holder) -> None:
    person = make("Hết hạn", issuing, end=NOW - DAY)
    cms = sign(person, [issuing], at=NOW - 2 * DAY)
    lists = all_lists(scene, issuing, at=NOW - 2 * DAY + HOUR)
    assert answer(judge(cms, scene.trust, evidence=lists)) == (INDETERMINATE, "OUT_OF_BOUNDS_NO_POE")
    proven = stamped(cms, tsa, at=NOW - 2 * DAY)
    report = judge(proven, scene.trust, evidence=lists)
    assert answer(report) == (PASSED, None)
    assert report.timestamp == report.best_signature_time == NOW - 2 * DAY
    assert answer(judge(cms, scene.trust, evidence=lists, poe=NOW - 2 * DAY)) == (PASSED, None)


def test_a_timestamp_before_the_certificate_began_fails(scene: Scene, issuing: Holder, tsa: Holder) -> None:
    person = make("Chưa có hiệu lực", issuing, begin=NOW - DAY)
    cms = stamped(sign(person, [issuing], at=NOW - 2 * DAY), tsa, at=NOW - 2 * DAY)
    report = judge(cms, scene.trust, evidence=all_lists(scene, issuing))
    assert answer(report) == (FAILED, "NOT_YET_VALID")
    assert "time.claimed-outside-validity" in codes(report)


@pytest.mark.parametrize(
    ("claimed", "timestamp", "expected"),
    [
        (NOW - 3 * DAY, None, (INDETERMINATE, "REVOKED_NO_POE")),
        (NOW - HOUR, None, (INDETERMINATE, "REVOKED_NO_POE")),
        (NOW - 3 * DAY, NOW - HOUR, (INDETERMINATE, "REVOKED_NO_POE")),
        (NOW - 2 * HOUR, NOW - HOUR, (FAILED, "REVOKED")),
        (NOW - 3 * DAY, NOW - 2 * DAY, (PASSED, None)),
    ],
    ids=[
        "no timestamp",
        "no timestamp and said to be younger",
        "timestamped after, perhaps made before",
        "timestamped after and said to be made after",
        "timestamped before",
    ],
)
def test_a_revocation_counts_by_the_proven_time(
    scene: Scene,
    issuing: Holder,
    leaf: Holder,
    tsa: Holder,
    claimed: datetime,
    timestamp: datetime | None,
    expected: tuple[Indication, str | None],
) -> None:
    """A claimed time proves nothing for the signer, and a timestamp that a signature came no earlier than it."""
    revoked = NOW - DAY
    cms = sign(leaf, [issuing], at=claimed)
    if timestamp is not None:
        cms = stamped(cms, tsa, at=timestamp)
    lists = Evidence(crls=(crl(issuing, (leaf, revoked, Reason.key_compromise)), crl(scene.root), crl(scene.tsa_root)))
    assert answer(judge(cms, scene.trust, evidence=lists)) == expected


def test_a_suspended_certificate_is_try_later(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    held = crl(issuing, (leaf, NOW - DAY, Reason.certificate_hold))
    report = judge(sign(leaf, [issuing]), scene.trust, evidence=Evidence(crls=(held, crl(scene.root))))
    assert answer(report) == (INDETERMINATE, "TRY_LATER")
    assert "certificate.suspended" in codes(report)


def test_a_revoked_authority_is_said_apart(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    gone = Evidence(crls=(crl(issuing), crl(scene.root, (issuing, NOW - DAY, Reason.ca_compromise))))
    assert answer(judge(sign(leaf, [issuing]), scene.trust, evidence=gone))[1] == "REVOKED_CA_NO_POE"


def test_an_algorithm_past_its_day_needs_proof_from_before(scene: Scene, tsa: Holder) -> None:
    issuing = scene.issuing()
    person = make("RSA", issuing, key=rsa.generate_private_key(65537, 2048))
    ends = replace(DEFAULT_POLICY, rsa_bits=((2048, NOW - DAY), (3000, NOW + 999 * DAY)))
    cms, lists = sign(person, [issuing]), all_lists(scene, issuing)
    report = judge(cms, scene.trust, evidence=lists, policy=ends)
    assert answer(report) == (INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
    assert "signature.ended" in codes(report)
    early = stamped(sign(person, [issuing], at=NOW - 2 * DAY), tsa, at=NOW - 2 * DAY)
    assert judge(early, scene.trust, evidence=lists, policy=ends).indication is PASSED
    never = replace(DEFAULT_POLICY, digests={"sha512": NOW + 999 * DAY})
    assert answer(judge(cms, scene.trust, evidence=lists, policy=never))[1] == "CRYPTO_CONSTRAINTS_FAILURE"


# --- timestamps ------------------------------------------------------------------------------------------------------


def test_a_bad_timestamp_is_reported_and_not_used(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> None:
    cms, lists = sign(leaf, [issuing]), all_lists(scene, issuing)
    stranger = make("TSA", make("TSA root", ca=True), eku=[TIME_STAMPING], eku_critical=True)
    signer_as_tsa = make("TSA", scene.root, eku=[TIME_STAMPING], eku_critical=True)
    revoked = scene.tsa()
    lists += Evidence(crls=(crl(scene.tsa_root, (revoked, NOW - DAY, Reason.key_compromise), at=NOW - HOUR),))
    bad = {
        "of another signature": add_timestamp(cms, token(b"khac", tsa, NOW - HOUR)),
        "rubbish": add_timestamp(cms, b"\x30\x00"),
        "of a stranger": stamped(cms, stranger),
        "under the wrong anchor": stamped(cms, signer_as_tsa),
        "without its usage": stamped(cms, scene.tsa(eku_critical=False)),
        "in the future": stamped(cms, tsa, at=NOW + DAY),
        "expired authority": stamped(cms, scene.tsa(end=NOW - DAY), at=NOW - 2 * DAY),
        "authority not yet valid": stamped(cms, scene.tsa(begin=NOW - HOUR), at=NOW - 2 * HOUR),
        "revoked authority": stamped(cms, revoked, at=NOW - HOUR),
        "authority compromised later": stamped(cms, revoked, at=NOW - 2 * DAY),
    }
    for what, broken in bad.items():
        report = judge(broken, scene.trust, evidence=lists)
        assert (report.timestamp, report.best_signature_time) == (None, NOW), what
        assert answer(report) == (PASSED, None), what
        assert "signature.not-timestamped" in codes(report), what
        assert {f.severity for f in report.findings} >= {"warning"}, what
        assert not [f for f in report.findings if f.severity == "error"], what


def test_the_earliest_timestamp_that_counts_is_the_time(
    scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder
) -> None:
    cms = sign(leaf, [issuing], at=NOW - 4 * HOUR)
    for hours in (1, 3, 2):
        cms = stamped(cms, tsa, at=NOW - hours * HOUR)
    report = judge(cms, scene.trust, evidence=all_lists(scene, issuing))
    assert report.timestamp == NOW - 3 * HOUR


def test_a_compromised_authority_counts_where_the_token_is_proven_older(
    scene: Scene, issuing: Holder, leaf: Holder
) -> None:
    unit = scene.tsa()
    cms = stamped(sign(leaf, [issuing], at=NOW - 3 * DAY), unit, at=NOW - 3 * DAY)
    gone = crl(scene.tsa_root, (unit, NOW - DAY, Reason.key_compromise))
    lists = Evidence(crls=(crl(issuing), crl(scene.root), gone))
    assert judge(cms, scene.trust, evidence=lists).timestamp is None
    assert judge(cms, scene.trust, evidence=lists, poe=NOW - 2 * DAY).timestamp == NOW - 3 * DAY


def test_a_token_later_than_its_own_proof_contradicts(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> None:
    cms = stamped(sign(leaf, [issuing]), tsa, at=NOW - HOUR)
    report = judge(cms, scene.trust, evidence=all_lists(scene, issuing), poe=NOW - DAY)
    assert "timestamp.order" in codes(report)
    assert (report.timestamp, report.best_signature_time) == (None, NOW - DAY)


def test_a_claimed_time_that_contradicts_is_reported(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> None:
    lists = all_lists(scene, issuing)
    late = stamped(sign(leaf, [issuing], at=NOW - HOUR), tsa, at=NOW - 2 * HOUR)
    assert "time.claimed-after-timestamp" in codes(judge(late, scene.trust, evidence=lists))
    future = sign(leaf, [issuing], at=NOW + DAY)
    assert "time.claimed-future" in codes(judge(future, scene.trust, evidence=lists))
    slightly = stamped(sign(leaf, [issuing], at=NOW - HOUR), tsa, at=NOW - HOUR - timedelta(minutes=1))
    assert "time.claimed-after-timestamp" not in codes(judge(slightly, scene.trust, evidence=lists))


def test_too_inexact_a_timestamp_does_not_count(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> None:
    exact = replace(DEFAULT_POLICY, max_timestamp_accuracy=timedelta(milliseconds=1))
    report = judge(stamped(sign(leaf, [issuing]), tsa), scene.trust, evidence=all_lists(scene, issuing), policy=exact)
    assert "timestamp.accuracy" in codes(report)
    assert report.timestamp is None


def test_a_timestamp_by_itself(scene: Scene, issuing: Holder, tsa: Holder) -> None:
    def report(data: bytes, **given: object) -> SignatureReport:
        members = {"trust": scene.trust, "at": NOW, "evidence": all_lists(scene, issuing)} | given
        return validate_timestamp(
            id="t",
            token=data,
            digest_of=lambda n: hashlib.new(n, CONTENT).digest(),
            **members,  # type: ignore[arg-type]
        )

    good = report(token(CONTENT, tsa, NOW - HOUR))
    assert (*answer(good), good.type, good.format) == (PASSED, None, "timestamp", "RFC3161")
    assert good.timestamp == good.best_signature_time == NOW - HOUR
    assert answer(report(token(b"khac", tsa, NOW - HOUR))) == (FAILED, "HASH_FAILURE")
    assert answer(report(b"rubbish")) == (FAILED, "FORMAT_FAILURE")
    assert answer(report(token(CONTENT, tsa, NOW - HOUR), trust=None))[1] == "NO_CERTIFICATE_CHAIN_FOUND"
    assert answer(report(token(CONTENT, tsa, NOW - HOUR), evidence=Evidence()))[1] == "TRY_LATER"


# --- baselines -------------------------------------------------------------------------------------------------------


def test_the_baseline_is_what_the_file_holds(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> None:
    lists = all_lists(scene, issuing)
    b_b = sign(leaf, [issuing])
    b_t = stamped(b_b, tsa)
    b_lt = with_lists(b_t, *lists.crls, certificates=[scene.root, scene.tsa_root])
    for cms, baseline in ((b_b, "B-B"), (b_t, "B-T"), (b_lt, "B-LT")):
        assert judge(cms, scene.trust, evidence=lists).baseline == baseline
        assert judge(cms, None).baseline == baseline
    assert judge(b_t, scene.trust, evidence=lists, evidence_embedded=True).baseline == "B-LT"
    assert judge(b_lt, scene.trust).indication is PASSED
    assert judge(b_b, scene.trust, evidence=lists, poe=NOW - HOUR).baseline == "B-T"


def test_what_b_lt_still_lacks_is_named(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> None:
    partly = with_lists(stamped(sign(leaf, [issuing]), tsa), crl(issuing), crl(scene.root))
    report = judge(partly, scene.trust, evidence=all_lists(scene, issuing))
    [finding] = [f for f in report.findings if f.code == "signature.no-evidence"]
    assert (report.baseline, finding.severity) == ("B-T", "info")
    assert finding.text.endswith("TSA")


def test_evidence_outlives_its_next_update(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder) -> None:
    lists = all_lists(scene, issuing, at=NOW)
    b_lt = with_lists(stamped(sign(leaf, [issuing]), tsa), *lists.crls)
    years_later = NOW + 360 * DAY
    assert judge(b_lt, scene.trust, at=years_later).indication is PASSED
    assert (
        judge(with_lists(sign(leaf, [issuing]), *lists.crls), scene.trust, at=years_later).sub_indication == "TRY_LATER"
    )


def test_pades_wants_its_time_outside_the_cms(scene: Scene, issuing: Holder, leaf: Holder) -> None:
    inside, outside = sign(leaf, [issuing]), sign(leaf, [issuing], cades=False)
    assert judge(outside, scene.trust, format="PAdES", claimed_time=NOW).baseline == "B-B"
    assert judge(outside, scene.trust, format="PAdES").baseline is None
    assert "signature.cms-signing-time" in codes(judge(inside, scene.trust, format="PAdES", claimed_time=NOW))
    assert judge(inside, scene.trust, format="PKCS7").baseline is None


# --- people ----------------------------------------------------------------------------------------------------------


def test_personal_numbers_are_masked_unless_asked_for(issuing: Holder) -> None:
    uid = x509.NameAttribute(NameOID.USER_ID, "CCCD:001090123456")
    tax = x509.NameAttribute(NameOID.USER_ID, "MST:0101234567-001")
    passport = x509.NameAttribute(NameOID.USER_ID, "HC:C1234567")
    person = make(name("Nguyễn Văn A", uid, tax, passport), issuing).certificate
    masked, shown = signer_info(person), signer_info(person, show_ids=True)
    assert dict(masked.ids) == {"CCCD": "001*****3456", "MST": "0101234567-001", "HC": "C1****67"}
    assert dict(shown.ids) == {"CCCD": "001090123456", "MST": "0101234567-001", "HC": "C1234567"}
    assert "001090123456" not in masked.subject
    assert "C1234567" not in masked.subject
    assert "001090123456" in shown.subject
    assert "Nguyễn Văn A" in masked.subject


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("001090123456", "001*****3456"),
        ("Ông A, số 001090123456.", "Ông A, số 001*****3456."),
        ("CMND:123456789", "CMND:12*****89"),
        ("Phòng 12345678", "Phòng 12345678"),
        ("٠٠١٠٩٠١٢٣٤٥٦", "٠٠١*****٣٤٥٦"),
    ],
)
def test_numbers_inside_text_are_masked(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


@given(st.text(max_size=30))
def test_a_mask_keeps_the_length_and_hides_the_middle(text: str) -> None:
    assert len(mask(text)) == len(text)
    assert len(text) < 8 or "**" in mask(text)


# --- files and errors ------------------------------------------------------------------------------------------------


def test_files_of_their_own(scene: Scene, issuing: Holder, leaf: Holder, tsa: Holder, tmp_path: Path) -> None:
    paper = tmp_path / "don.txt"
    paper.write_bytes(CONTENT)
    relaxed = replace(DEFAULT_POLICY, require_revocation=False)
    given = {"trust": scene.trust, "at": NOW, "policy": relaxed}
    kind, report = validate_file_signature(sign(leaf, [issuing]), paper, **given)  # type: ignore[arg-type]
    assert (kind, report.indication, report.baseline, report.format) == ("cades", PASSED, "B-B", "CAdES")
    kind, report = validate_file_signature(sign(leaf, [issuing]), None, **given)  # type: ignore[arg-type]
    assert answer(report) == (INDETERMINATE, "SIGNED_DATA_NOT_FOUND")
    stamp = token(CONTENT, tsa, NOW - HOUR)
    kind, report = validate_file_signature(stamp, CONTENT, **given)  # type: ignore[arg-type]
    assert (kind, report.indication) == ("timestamp", PASSED)
    kind, report = validate_file_signature(stamp, None, **given)  # type: ignore[arg-type]
    assert (kind, *answer(report)) == ("timestamp", INDETERMINATE, "SIGNED_DATA_NOT_FOUND")
    assert report.intact is None


@given(st.binary(max_size=120))
@settings(max_examples=60)
def test_any_bytes_become_a_report(data: bytes) -> None:
    _, report = validate_file_signature(data, CONTENT, trust=None, at=NOW)
    assert report.indication is FAILED


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_changed_byte_never_passes_unnoticed(data: st.DataObject) -> None:
    leaf, cms, trust = _fixed()
    position = data.draw(st.integers(0, len(cms) - 1))
    changed = cms[:position] + bytes([cms[position] ^ data.draw(st.integers(1, 255))]) + cms[position + 1 :]
    _, report = validate_file_signature(changed, CONTENT, trust=trust, at=NOW)
    if report.indication is PASSED:  # then it lies in what a signature does not cover, and the signer is the same
        assert report.certificate_sha256 == hashlib.sha256(leaf.der).digest()
        assert report.intact


@cache
def _fixed() -> tuple[Holder, bytes, TrustStore]:
    scene = Scene()
    issuing, tsa = scene.issuing(), scene.tsa()
    leaf = make("Người ký", issuing)
    cms = with_lists(stamped(sign(leaf, [issuing]), tsa), *all_lists(scene, issuing).crls)
    return leaf, cms, scene.trust


def test_a_malformed_signature_failed_and_an_unsupported_one_cannot_be_told() -> None:
    broken = malformed_report("x", "PAdES", MalformedError("signature.malformed", why="?"))
    assert answer(broken) == (FAILED, "FORMAT_FAILURE")
    for error in (
        MalformedError("signature.unsupported", why="2 signers"),
        LimitError("input.too-large", what="x", limit=1),
    ):
        assert malformed_report("x", "PAdES", error).indication is INDETERMINATE


# --- before signing, with running services ---------------------------------------------------------------------------


def test_signing_is_refused_for_revoked_suspended_and_unknown(world: World) -> None:
    pki, trust = world.pki, TrustStore.load(world.pki.trust_folder)
    good = world.newcomer()
    proof = assert_not_revoked(pki.signer(good), trust=trust, http=pki.http())
    assert proof.crls or proof.ocsps
    assert assert_not_revoked(pki.signer(good), trust=trust, evidence=proof)
    for reason, code in (("key_compromise", "certificate.revoked"), ("certificate_hold", "certificate.suspended")):
        bad = world.newcomer()
        pki.revoke(bad, reason)
        with pytest.raises(RefusedError) as caught:
            assert_not_revoked(pki.signer(bad), trust=trust, http=pki.http())
        assert caught.value.code == code
        assert caught.value.text_vi
    with pytest.raises(IndeterminateError) as unknown:
        assert_not_revoked(pki.signer(good), trust=trust, http=HttpClient(allow=()))
    assert unknown.value.code == "revocation.unknown"
    with pytest.raises(IndeterminateError) as untrusted:
        assert_not_revoked(pki.signer(good), trust=TrustStore(), http=pki.http())
    assert untrusted.value.code == "trust.no-anchor"


def test_a_timestamp_of_an_untrusted_authority_is_refused(world: World, scene: Scene, tsa: Holder) -> None:
    pki, trust = world.pki, TrustStore.load(world.pki.trust_folder)
    stamp = pki.tsa(tsa_checker(trust, http=pki.http())).timestamp(hashlib.sha256(b"x").digest())
    tsa_checker(trust)(stamp)
    with pytest.raises(IndeterminateError) as caught:
        tsa_checker(scene.trust)(stamp)
    assert caught.value.code == "trust.no-anchor"
    later = parse_timestamp(token(b"x", tsa, NOW + DAY))
    with pytest.raises(VerificationError) as future:
        tsa_checker(scene.trust, at=NOW)(later)
    assert future.value.code == "timestamp.future"
    fit = parse_timestamp(token(b"x", tsa, NOW - HOUR))
    tsa_checker(scene.trust, at=NOW)(fit)
    with pytest.raises(IndeterminateError) as unknown:
        tsa_checker(scene.trust, http=HttpClient(allow=()), at=NOW)(fit)
    assert unknown.value.code == "revocation.unknown"


def test_the_whole_way_with_running_services(world: World) -> None:
    pki, trust = world.pki, TrustStore.load(world.pki.trust_folder)
    for who in ("approver", "official"):
        cms = sign_detached(
            CONTENT,
            pki.signer(who),
            baseline=Baseline.B_LT,
            tsa=pki.tsa(tsa_checker(trust, http=pki.http())),
            collect=Collector(http=pki.http(), anchors=trust.ca + trust.tsa),
        )
        _, report = validate_file_signature(cms, CONTENT, trust=trust, at=datetime.now(UTC) + timedelta(seconds=1))
        assert (report.indication, report.baseline) == (PASSED, "B-LT"), report.findings


@pytest.mark.parametrize("oid", names.OLDER_TIMESTAMPS)
def test_timestamps_of_older_formats_are_told(scene: Scene, issuing: Holder, oid: str) -> None:
    """An auditor has to know of a proof that was not looked at; it makes nothing better or worse."""
    leaf = make("Người ký", issuing)
    plain = sign(leaf, [issuing])
    older = add_unsigned(plain, attribute(oid, der.seq()))
    lists = all_lists(scene, issuing)
    report, before = judge(older, scene.trust, evidence=lists), judge(plain, scene.trust, evidence=lists)
    told = [f for f in report.findings if f not in before.findings]
    assert [(f.code, f.severity) for f in told] == [("timestamp.not-judged", "warning")]
    assert names.OLDER_TIMESTAMPS[oid] in told[0].text
    assert replace(report, findings=()) == replace(before, findings=())


def test_more_timestamps_than_are_judged_are_told(scene: Scene, issuing: Holder) -> None:
    cms = sign(make("Người ký", issuing), [issuing])
    made = token(parse_cms(cms).signature_value, scene.tsa(), NOW - HOUR)
    for count, told in ((MAX_TIMESTAMPS, 0), (MAX_TIMESTAMPS + 1, 1)):
        report = judge(add_unsigned(cms, attribute(names.SIGNATURE_TIMESTAMP, *[made] * count)), scene.trust)
        assert [f.code for f in report.findings].count("timestamp.not-judged") == told
