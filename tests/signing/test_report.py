"""The words of an audit: order, verdicts, and JSON that stays one line whatever a document puts into it."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.errors import (
    IndeterminateError,
    LimitError,
    MalformedError,
    MissingExtraError,
    RefusedError,
    ServiceError,
    SigningError,
    UsageError,
    VerificationError,
)
from signing.messages import codes, message
from signing.report import (
    DossierReport,
    Finding,
    Indication,
    Report,
    SealReport,
    SignatureReport,
    SignerInfo,
    StepReport,
    Verdict,
    json_line,
    verdict_of,
    worst,
)

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def signature(indication: Indication, **more: object) -> SignatureReport:
    return SignatureReport(id="1", type="signature", format="PAdES", indication=indication, **more)  # type: ignore[arg-type]


def report(**more: object) -> Report:
    members: dict[str, object] = {
        "path": "a.pdf", "sha256": "0" * 64, "kind": "pdf", "verdict": Verdict.VALID, "validated_at": AT, "policy": "p",
    }  # fmt: skip
    return Report(**{**members, **more})  # type: ignore[arg-type]


P, F, I = Indication.PASSED, Indication.FAILED, Indication.INDETERMINATE  # noqa: E741
ERROR, WARNING = Finding.of("signature.digest"), Finding.of("timestamp.untrusted", time="x")


@pytest.mark.parametrize(
    ("indications", "findings", "verdict"),
    [
        ([], [], Verdict.UNSIGNED),
        ([P], [], Verdict.VALID),
        ([P, P], [WARNING], Verdict.VALID),
        ([P, I], [], Verdict.INDETERMINATE),
        ([P, I, F], [], Verdict.INVALID),
        ([F], [], Verdict.INVALID),
        ([P], [ERROR], Verdict.INVALID),
        ([I], [ERROR], Verdict.INVALID),
        ([], [ERROR], Verdict.INVALID),
    ],
)
def test_a_verdict_is_the_worst_and_findings_never_make_it_better(
    indications: list[Indication], findings: list[Finding], verdict: Verdict
) -> None:
    assert verdict_of([signature(i) for i in indications], findings) is verdict


def test_the_order_of_verdicts() -> None:
    assert worst([]) is Verdict.UNSIGNED
    assert worst([Verdict.UNSIGNED, Verdict.VALID]) is Verdict.VALID
    assert worst([Verdict.VALID, Verdict.INDETERMINATE]) is Verdict.INDETERMINATE
    assert worst(Verdict) is Verdict.INVALID


def test_only_valid_is_true() -> None:
    assert [v for v in Verdict if report(verdict=v)] == [Verdict.VALID]


FULL = report(
    signatures=(
        signature(
            P, signer=SignerInfo(subject="CN=Đạt", issuer="CN=CA", serial="0a", ids=(("CCCD", "001*****404"),)),
            timestamp=AT, findings=(ERROR,), certificate_sha256=b"x" * 32, signature_value_sha256=b"y" * 32,
        ),
    ),
    dossier=DossierReport(
        code="c", procedure="p", state="signed", complete=False, head=None,
        steps=(StepReport(seq=1, step="receive", event="receive", decision=None, office="o", role="r", signature="s",
                          time=AT),),
    ),
    seals=(SealReport(id="s", facts={"a": 1}, decoded=True, signature=None, fresh=None, status="unknown",
                      matches_document=None),),
    findings=(WARNING,), elapsed_ms=12.34567,
)  # fmt: skip


def test_json_has_the_contract_s_members_and_no_others() -> None:
    told = json.loads(FULL.to_json())
    assert told == FULL.to_dict()
    assert told["elapsed_ms"] == 12.346
    assert told["validated_at"] == "2026-11-21T09:30:00+00:00"
    assert told["signatures"][0]["signer"]["ids"] == {"CCCD": "001*****404"}
    assert not [key for key in told["signatures"][0] if "sha256" in key]
    assert "CN=Đạt" in FULL.to_json()
    assert FULL.all_findings() == (WARNING, ERROR)


def test_reports_travel_between_processes() -> None:
    assert pickle.loads(pickle.dumps(FULL)) == FULL


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_stays_one_printable_line(text: str) -> None:
    line = report(path=text, seals=(SealReport(id=text, facts={text: text}, decoded=True, signature=None, fresh=None,
                                               status="unknown", matches_document=None),)).to_json()  # fmt: skip
    assert len(line.splitlines()) == 1
    assert not [c for c in line if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000]
    assert json.loads(line.encode().decode())["path"] == text


@pytest.mark.parametrize("text", ["\ud800", "a\u2028b", "\x1b[2J", "\u202eevil", "\x9b31m", "\ufeff", "Đặng 😀"])
def test_what_steers_a_terminal_is_escaped_and_comes_back(text: str) -> None:
    line = json_line({"x": text})
    assert json.loads(line) == {"x": text}
    assert line.encode()
    assert ("Đặng 😀" in line) == (text == "Đặng 😀")


# --- errors and messages ---------------------------------------------------------------------------------------------

TREE = {UsageError: 2, MalformedError: 1, LimitError: 1, RefusedError: 1, VerificationError: 1, IndeterminateError: 3,
        ServiceError: 3}  # fmt: skip


@pytest.mark.parametrize("kind", TREE)
def test_errors_travel_between_processes_with_all_that_they_say(kind: type[SigningError]) -> None:
    cause = ServiceError("http.forbidden", url="http://x/")
    error = kind("input.unreadable", path="tệp", why=ValueError("x"))
    error.__cause__ = cause
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (copy.code, copy.text, copy.text_vi, copy.severity, str(copy), copy.exit_status) == (
        error.code, error.text, error.text_vi, error.severity, str(error), TREE[kind],
    )  # fmt: skip
    assert isinstance(copy.__cause__, ServiceError)
    assert copy.__cause__.text == cause.text


def test_a_missing_extra_travels_too() -> None:
    copy = pickle.loads(pickle.dumps(MissingExtraError("scan")))
    assert isinstance(copy, UsageError)
    assert "eid-signing[scan]" in copy.text


def test_every_code_has_its_own_sentence_in_each_language() -> None:
    details = dict.fromkeys(("path", "why", "why_vi", "what", "limit", "name"), "x")
    for code in codes():
        try:
            found = message(code, **details)
        except KeyError:
            continue  # needs other details; the tests of its room fill them in
        assert found.severity in {"error", "warning", "info"}


@given(st.text(max_size=400))
def test_details_of_messages_cannot_steer_a_terminal(text: str) -> None:
    found = Finding.of("document.unreadable", why=text)
    assert found.text.isprintable()
    assert found.text_vi.isprintable()
    assert len(found.text) < 300


def test_a_finding_says_what_the_error_said() -> None:
    error = VerificationError("signature.digest")
    finding = Finding.from_error(error)
    assert (finding.code, finding.text, finding.text_vi) == (error.code, error.text, error.text_vi)
    assert str(finding) == f"error: {error.text} [signature.digest]"
    assert list(finding.to_dict()) == ["code", "severity", "text", "text_vi"]
    assert Finding.of("signature.digest", severity="info").severity == "info"
