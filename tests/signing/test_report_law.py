"""The law's seven items (TT 15/2025 Đ6): each is always there; what could not be checked is never called good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.report import Indication, SealReport, SignatureReport, SignerInfo
from signing.report.law import LABELS, LawState, law_items, seal_law_items
from signing.report.trail import Trail
from signing.trust.store import TrustStore
from signing.validation.file import validate_file_signature

from .authority import HOUR, NOW, make
from .demo_run import Demo
from .scene import CONTENT, Scene, sign, stamped

SUBJECT = "CN=Trần Thị Bình,T=Phó Chủ tịch,OU=Lãnh đạo,O=UBND phường"


def signature(**changes):
    signer = SignerInfo(
        subject=SUBJECT,
        issuer="CN=CA thử nghiệm,O=Ban Cơ yếu",
        serial="1",
        valid_from=NOW - timedelta(days=10),
        valid_until=NOW + timedelta(days=10),
        managing_unit="Lãnh đạo, UBND phường",
        unit_from="subject",
    )
    values = {
        "id": "s",
        "type": "signature",
        "format": "PAdES",
        "indication": Indication.PASSED,
        "intact": True,
        "signer": signer,
        "timestamp": NOW,
        "trail": Trail(chain=(b"c" * 32,), anchored=True, chain_passed=True, proven=True),
    }
    return SignatureReport(**(values | changes))


def states(one):
    return {item.key: item.state for item in law_items(one)}


def values(one):
    return {item.key: item.value[0] for item in law_items(one)}


def test_the_seven_items_in_the_order_of_the_law_in_both_languages():
    items = law_items(signature())
    assert [item.key for item in items] == list(LABELS)
    assert len(items) == 7
    assert all(part.strip() for item in items for part in (*item.label, *item.value))
    assert {item.state for item in items} == {LawState.OK}


def test_real_documents_have_all_seven_good(demo: Demo):
    for name in ("result.pdf", demo.dossier.name):
        for one in demo.reports[name].signatures:
            assert set(states(one).values()) == {LawState.OK}, (name, one.id)
    told = values(demo.reports["result.pdf"].signatures[0])
    assert told["subject"].startswith("Trần Quốc Đạt")
    assert "CA thử nghiệm" in told["issuer"]
    assert told["managing-unit"].endswith("(ghi ở chủ thể)")
    assert told["validity"].count("-") == 4


def test_a_changed_document_fails_integrity_and_nothing_else(demo: Demo):
    for one in demo.reports["forged/result-changed.pdf"].signatures:
        assert {key for key, state in states(one).items() if state is LawState.BAD} == {"integrity"}


def test_without_trust_names_and_validity_are_unknown_not_good():
    scene = Scene()
    holder = make("Người ký", scene.root)
    _, report = validate_file_signature(sign(holder, [scene.root]), CONTENT, trust=TrustStore(), at=NOW)
    told = states(report)
    assert told["integrity"] is LawState.OK
    assert told["validity"] is LawState.OK  # what is written there can be read
    unknown = ("issuer", "subject", "managing-unit", "valid-at-signing", "time")
    assert {told[key] for key in unknown} == {LawState.UNKNOWN}
    assert "tin cậy" in values(report)["valid-at-signing"]


def test_revocation_that_could_not_be_checked_is_a_warning():
    scene = Scene()
    holder = make("Người ký", scene.root)
    _, report = validate_file_signature(sign(holder, [scene.root]), CONTENT, trust=scene.trust, at=NOW)
    assert report.sub_indication == "TRY_LATER"
    assert states(report)["valid-at-signing"] is LawState.UNKNOWN
    assert "thu hồi" in values(report)["valid-at-signing"]
    assert states(report)["issuer"] is LawState.OK  # the chain leads to an anchor all the same


def test_a_claimed_time_is_no_proof_and_a_timestamp_is():
    scene = Scene()
    holder, tsa = make("Người ký", scene.root), scene.tsa()
    plain = sign(holder, [scene.root])
    _, claimed = validate_file_signature(plain, CONTENT, trust=scene.trust, at=NOW)
    assert states(claimed)["time"] is LawState.UNKNOWN
    assert "lời khai" in values(claimed)["time"]
    _, proven = validate_file_signature(stamped(plain, tsa, NOW - HOUR), CONTENT, trust=scene.trust, at=NOW)
    if proven.timestamp is not None:
        assert states(proven)["time"] is LawState.OK


@pytest.mark.parametrize("sub", ["REVOKED", "EXPIRED", "NOT_YET_VALID"])
def test_a_certificate_that_was_not_valid_is_bad(sub):
    one = signature(indication=Indication.FAILED, sub_indication=sub)
    assert states(one)["valid-at-signing"] is LawState.BAD


@pytest.mark.parametrize(
    "sub",
    ["REVOKED_NO_POE", "REVOKED_CA_NO_POE", "OUT_OF_BOUNDS_NO_POE", "OUT_OF_BOUNDS_NOT_REVOKED", "TRY_LATER",
     "NO_CERTIFICATE_CHAIN_FOUND", "NO_CERTIFICATE_CHAIN_FOUND_NO_POE", "CHAIN_CONSTRAINTS_FAILURE", "GENERIC", None],
)  # fmt: skip
def test_what_cannot_be_known_of_the_certificate_is_unknown(sub):
    trail = Trail(chain=(b"c" * 32,), chain_passed=False, chain_sub_indication=sub)
    one = signature(indication=Indication.INDETERMINATE, sub_indication=sub, trail=trail)
    assert states(one)["valid-at-signing"] is LawState.UNKNOWN


def test_the_issuer_s_unit_is_named_where_the_subject_names_none_and_it_is_said_whose_it_is():
    scene = Scene()
    holder = make("Người ký", scene.root)
    _, report = validate_file_signature(sign(holder, [scene.root]), CONTENT, trust=scene.trust, at=NOW)
    assert report.signer is not None
    expected = {None: "không ghi", "subject": "ghi ở chủ thể", "issuer": "ghi ở tổ chức cấp"}[report.signer.unit_from]
    assert expected in values(report)["managing-unit"]
    own = SignerInfo(
        subject="CN=A", issuer="CN=CA,O=Ban Cơ yếu", serial="1", managing_unit="Ban Cơ yếu", unit_from="issuer"
    )
    assert values(signature(signer=own))["managing-unit"] == "Ban Cơ yếu (ghi ở tổ chức cấp)"


def test_certificates_without_end_and_times_of_any_year_are_shown():
    ends = SignerInfo(
        subject=SUBJECT,
        issuer="CN=CA",
        serial="1",
        valid_from=datetime(1, 1, 1, tzinfo=UTC),
        valid_until=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    )
    assert values(signature(signer=ends))["validity"] == "0001-01-01 – 9999-12-31"


def test_tokens_and_seals_have_no_certificate_and_say_so():
    token = SignatureReport(id="t", type="signature", format="JWS", indication=Indication.PASSED, intact=True)
    told = states(token)
    assert {key for key, state in told.items() if state is LawState.NOT_APPLICABLE} == set(LABELS) - {
        "time",
        "integrity",
    }
    seal = SealReport(
        id="q", facts={"office": "H26.19", "issued": "2026-11-21"}, decoded=True, signature=True, fresh=True,
        status="valid", matches_document=True,
    )  # fmt: skip
    items = {item.key: item for item in seal_law_items(seal)}
    assert items["issuer"].state is LawState.NOT_APPLICABLE
    assert items["integrity"].state is LawState.OK
    assert items["time"].state is LawState.UNKNOWN
    assert items["time"].data == "2026-11-21"


@given(
    st.sampled_from(Indication),
    st.sampled_from([None, "REVOKED", "TRY_LATER", "HASH_FAILURE", "NO_CERTIFICATE_CHAIN_FOUND", "x"]),
    st.sampled_from([True, False, None]),
    st.sampled_from([None, "none", "permitted", "forbidden", "unknown"]),
    st.booleans(),
)
def test_nothing_is_called_good_that_is_not(indication, sub, intact, changes, trail):
    given = signature().trail if trail else None
    one = signature(indication=indication, sub_indication=sub, intact=intact, changes_after=changes, trail=given)
    told = states(one)
    assert len(told) == 7
    if intact is not True or changes in {"forbidden", "unknown"}:
        assert told["integrity"] is not LawState.OK
    if intact is not True:
        assert told["subject"] is not LawState.OK
    if not trail and indication is not Indication.PASSED:
        assert told["valid-at-signing"] is not LawState.OK
