"""What an audit leaves in files: whole, in order, safe in spreadsheets, CI systems and browsers, small however many."""

from __future__ import annotations

import csv
import json
import re
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from signing.audit.outputs import NAMES, Outputs, write_all
from signing.audit.summary import MAX_SIGNERS, Summary, reason_code, signer_of
from signing.audit.table import HEADER, safe
from signing.html.summary import MAX_CARDS, SummaryPage
from signing.report import Finding, Indication, Report, SignatureReport, SignerInfo, Verdict

from ..world import World
from .audit_tools import make_folder
from .cli_run import run

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
INDICATIONS = {
    Verdict.VALID: Indication.PASSED,
    Verdict.INVALID: Indication.FAILED,
    Verdict.INDETERMINATE: Indication.INDETERMINATE,
}


def report(
    path: str = "a/b.pdf", verdict: Verdict = Verdict.VALID, *, subject: str = "CN=Lan,O=UBND", days: int = 0
) -> Report:
    """One signature with the document's verdict, none for an unsigned one."""
    why = () if verdict is Verdict.VALID else (Finding.of("signature.digest", severity="error"),)
    signature = None
    if verdict is not Verdict.UNSIGNED:
        signature = SignatureReport(
            id="Signature1", type="signature", format="PAdES", baseline="B-T", indication=INDICATIONS[verdict],
            signer=SignerInfo(subject=subject, issuer="CN=CA", serial="1"), findings=why,
            timestamp=NOW - timedelta(days=days), best_signature_time=NOW - timedelta(days=days),
        )  # fmt: skip
    return Report(
        path=path, sha256="ab" * 32, kind="pdf", verdict=verdict, validated_at=NOW, policy="p",
        signatures=(signature,) if signature else (), elapsed_ms=1.5,
    )  # fmt: skip


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


def outputs(folder: Path) -> Outputs:
    return Outputs.named(str(folder))


# --- table -----------------------------------------------------------------------------------------------------------


def test_the_table_s_header_is_a_promise() -> None:
    assert ",".join(HEADER) == (
        "path,sha256,kind,verdict,reason,signature,type,format,baseline,indication,sub_indication,intact,coverage,"
        "changes_after,signer,issuer,serial,signing_time,timestamp,best_signature_time,digest_algorithm,"
        "signature_algorithm,findings,validated_at,policy,elapsed_ms"
    )


def test_the_table_has_a_row_a_signature_and_one_for_a_file_without(tmp_path: Path) -> None:
    two = report()
    two = replace(two, signatures=two.signatures * 2)
    write_all(outputs(tmp_path), [two, report("Giấy.txt", Verdict.UNSIGNED), report("c", Verdict.INVALID)])
    told = rows(tmp_path)
    assert [(r["path"], r["signature"], r["reason"]) for r in told] == [
        ("a/b.pdf", "Signature1", ""), ("a/b.pdf", "Signature1", ""), ("Giấy.txt", "", ""),
        ("c", "Signature1", "signature.digest"),
    ]  # fmt: skip
    assert told[0]["best_signature_time"] == told[0]["timestamp"] == "2026-11-22T09:00:00+07:00"


def test_the_time_of_the_check_is_nowhere_called_the_time_of_signing(tmp_path: Path) -> None:
    (signature,) = report().signatures
    claimed = replace(signature, timestamp=None, signing_time=NOW - timedelta(days=400))
    write_all(outputs(tmp_path), [replace(report(), signatures=(claimed,))])
    (row,) = rows(tmp_path)
    assert (row["signing_time"], row["best_signature_time"]) == ("2025-10-18T09:00:00+07:00", "")
    assert json.loads((tmp_path / "summary.json").read_text())["months"] == {"unknown": {"valid": 1}}
    page = (tmp_path / "summary.html").read_text()
    assert "2025-10-18T09:00:00+07:00" in page
    assert "chỉ là lời khai của người ký" in page


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", '"=1', "'=1", "a;=1", "a\n=1", "\uff1d1+1", "=cmd|' /C calc'!A0"]  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("text", FORMULAS)
def test_no_name_of_a_file_or_signer_is_a_formula(tmp_path: Path, text: str) -> None:
    write_all(outputs(tmp_path), [report(text, subject=text)])
    (row,) = rows(tmp_path)
    for cell in row.values():
        for part in re.split(r"[;\t\r\n]", cell):
            assert part.lstrip(" \"'")[:1] not in set("=+-@\uff1d") or "'" in part[:3], cell


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20))
def test_no_cell_begins_as_a_formula_or_holds_what_steers(text: str) -> None:
    shown = safe(text)
    assert shown[:1] not in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
    assert not re.search("[\0-\x1f\x7f]", shown)
    shown.encode()


# --- test results ----------------------------------------------------------------------------------------------------


def test_ci_systems_see_failures_errors_and_skipped_files(tmp_path: Path) -> None:
    hostile = 'a/"<&>\x00\x1b\ud800\uffff]]>\n.pdf'
    write_all(outputs(tmp_path), [report(hostile, v) for v in Verdict])
    suite = etree.parse(tmp_path / "junit.xml").getroot()[0]
    assert {n: suite.get(n) for n in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "4", "failures": "1", "errors": "1", "skipped": "1", "time": "0.006",
    }  # fmt: skip
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["error"], ["skipped"]]
    (failure,) = suite[1]
    assert failure.get("type") == "signature.digest"
    assert failure.get("message").startswith("nội dung đã bị thay đổi")
    assert suite[0].get("name").startswith('"<&>')


def test_the_head_of_the_suite_has_room_for_any_counts(tmp_path: Path) -> None:
    from signing.audit import junit as audit_junit

    with (tmp_path / "x").open("w+b") as out:
        suite = audit_junit.JUnitSuite(out)
        for verdict in Verdict:
            suite._counts.verdicts[str(verdict)] = 10**12
        suite._counts.elapsed_ms = 1e15
        suite.finish()
    assert etree.parse(tmp_path / "x").getroot().get("tests") == str(4 * 10**12)


# --- counts ----------------------------------------------------------------------------------------------------------


def test_the_summary_counts_verdicts_reasons_signers_and_months(tmp_path: Path) -> None:
    reports = [
        report(), report(days=40), report(verdict=Verdict.INVALID, subject="CN=Đạt,O=Sở"),
        report(verdict=Verdict.INDETERMINATE), report(verdict=Verdict.UNSIGNED),
    ]  # fmt: skip
    write_all(outputs(tmp_path), reports)
    told = json.loads((tmp_path / "summary.json").read_bytes())
    assert told["verdicts"] == {"valid": 2, "invalid": 1, "indeterminate": 1, "unsigned": 1}
    assert told["months"] == {"2026-10": {"valid": 1}, "2026-11": {"valid": 1, "invalid": 1, "indeterminate": 1}}
    assert [(s["name"], s["organisation"]) for s in told["signers"]] == [("Lan", "UBND"), ("Đạt", "Sở")]
    assert [(r["code"], r["invalid"], r["indeterminate"]) for r in told["reasons"]] == [("signature.digest", 1, 1)]
    assert told["files"] == 5


def test_what_decided_is_the_error_about_the_document_before_those_of_signatures() -> None:
    bad = report(verdict=Verdict.INVALID)
    assert reason_code(bad) == "signature.digest"
    assert reason_code(replace(bad, findings=(Finding.of("document.polyglot"),))) == "document.polyglot"
    bare = replace(bad.signatures[0], findings=(), sub_indication="HASH_FAILURE")
    assert reason_code(replace(bad, signatures=(bare,))) == "HASH_FAILURE"
    assert reason_code(report()) == reason_code(report(verdict=Verdict.UNSIGNED)) == ""


def test_a_signer_is_named_as_far_as_the_certificate_does() -> None:
    names = {"CN=A\\, B,O=C": ("A, B", "C"), "2.5.4.3=x": ("2.5.4.3=x", ""), "": ("", "")}
    for subject, name in names.items():
        assert signer_of(report(subject=subject).signatures[0]) == name


def test_a_million_signers_do_not_fill_the_memory() -> None:
    summary = Summary()
    summary.signers = {(str(n), ""): summary.verdicts for n in range(MAX_SIGNERS)}
    summary.add(report(subject="CN=new"))
    assert (len(summary.signers), summary.other_signers["valid"]) == (MAX_SIGNERS, 1)


# --- page ------------------------------------------------------------------------------------------------------------


def page(reports: list[Report]) -> str:
    made = SummaryPage()
    for one in reports:
        made.add(one)
    return made.render(at=NOW)


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    text = page([report(f"<script>{n}</script>", v, subject="CN=<svg/onload=x>") for n in range(3) for v in Verdict])
    assert "default-src &#x27;none&#x27;" in text
    assert not re.search(r"<script|<svg/onload|src=|url\(|http:|style=|javascript:|href=\"[^#]", text)
    assert text.count("<svg") > 5


def test_a_page_of_few_files_has_a_card_for_each() -> None:
    text = page([report(f"{n}.pdf", v) for n, v in enumerate(Verdict)])
    assert all(f"{n}.pdf" in text for n in range(4))


def test_a_page_of_many_files_has_cards_for_the_worst_and_counts_the_rest() -> None:
    every = [report(f"{v}-{n}.pdf", v) for n in range(300) for v in Verdict]
    text = page(every)
    assert text.count('class="card" id="d') == 2 * MAX_CARDS
    assert "invalid-99.pdf" in text
    assert "invalid-100.pdf" not in text
    assert "valid-1.pdf</h2>" not in text.replace("invalid-1.pdf", "")
    assert "1.200" in text
    assert "200 trong 600" in text


def test_a_page_of_any_number_of_files_takes_the_same_memory(tmp_path: Path) -> None:
    one = report(verdict=Verdict.INVALID)

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            write_all(outputs(tmp_path), (replace(one, path=f"{n}.pdf") for n in range(count)))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(120)
    assert peak(1200) < peak(240) * 1.4


# --- files -----------------------------------------------------------------------------------------------------------


def test_outputs_are_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken() -> object:
        yield report()
        raise RuntimeError("the disk is gone")

    write_all(outputs(tmp_path), [report()])
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(RuntimeError):
        write_all(outputs(tmp_path), broken())  # type: ignore[arg-type]
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_each_output_can_be_asked_for_by_itself(world: World, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "in", world, 10)
    trust = ["--trust", world.pki.trust_folder]
    for name, flag in (("csv", "--csv"), ("junit", "--junit"), ("summary", "--summary"), ("html", "--html")):
        target = tmp_path / "out" / NAMES[name]
        target.parent.mkdir(exist_ok=True)
        assert run("audit", folder.path, *trust, flag, target).status == 1
        assert target.stat().st_size > 100
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "junit.xml", "results.csv", "summary.html", "summary.json",
    ]  # fmt: skip
