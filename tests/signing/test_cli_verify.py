"""`signing verify`: a person understands it, no document steers the terminal, any width and encoding will do."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from signing.cli.verify_show import show_one
from signing.report import Finding, Indication, SealReport, Verdict
from signing.report.law import LABELS
from signing.report.plain import verdict_sentence, who_signed
from signing.report.selfcheck import STEPS, self_check, self_check_of

from .cli_run import process, run
from .demo_run import Demo
from .test_html import everything_from, report, seal, signature

JARGON = re.compile(r"TOTAL-|INDETERMINATE|_FAILURE|_NO_POE|\[[a-z]+\.[a-z-]+\]|rsassa|sha256:|B-LT")
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def shown(one, *, width=100, detail=False, colour=False):
    """What a terminal of that width shows."""
    out = io.StringIO()
    system = "truecolor" if colour else None
    console = Console(
        file=out, width=width, force_terminal=True, no_color=not colour, color_system=system, highlight=False,
        markup=False, emoji=False,
    )  # fmt: skip
    show_one(console, one, detail=detail)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())  # colours, which are ours


# --- what a person reads ---------------------------------------------------------------------------------------------


def test_the_verdict_comes_first_in_one_sentence_vietnamese_before_english(demo: Demo) -> None:
    lines = run("verify", demo.result, "--trust", demo.trust_folder).out.splitlines()
    assert lines[0].startswith("✓ hợp lệ / valid")
    assert lines[1].strip().startswith("Văn bản này do Trần Quốc Đạt và UBND phường Thử Nghiệm (DEV) ký;")
    assert lines[2].strip().startswith("This document was signed by Trần Quốc Đạt and UBND")


def test_who_when_how_known_and_what_changed_then_the_seven_items(demo: Demo) -> None:
    out = run("verify", demo.result, "--trust", demo.trust_folder).out
    places = [
        out.index(part) for part in ("Trần Quốc Đạt – Chủ tịch", "dấu thời gian xác nhận", "bổ sung được phép / only")
    ]
    items = [out.index(vi) for vi, _ in LABELS.values()]
    assert places == sorted(places)
    assert items == sorted(items)
    assert places[-1] < items[0]


def test_an_office_is_not_named_as_its_own_unit(demo: Demo) -> None:
    out = run("verify", demo.result, "--trust", demo.trust_folder).out
    assert "Signature: UBND phường Thử Nghiệm (DEV)\n" in out


def test_what_cannot_be_one_document_is_a_wrong_call_that_says_which_is_right(demo: Demo, tmp_path: Path) -> None:
    folder = run("verify", demo.folder)
    assert (folder.status, folder.out) == (2, "")
    assert f"'signing audit {demo.folder}'" in folder.err
    missing = run("verify", tmp_path / "none.pdf", "--json")
    assert (missing.status, missing.json["error"]["code"]) == (2, "input.unreadable")
    assert "không có tệp hoặc thư mục này" in missing.err
    assert run("seal", "check", demo.folder).err.count("signing audit") == 2
    picture = run("verify", demo.folder / "seal.png")
    assert (picture.status, picture.out.count("'signing seal check'")) == (3, 2)


def test_no_jargon_unless_it_is_asked_for(demo: Demo) -> None:
    for path in (demo.result, demo.folder / "forged" / "result-changed.pdf"):
        plain = run("verify", path, "--trust", demo.trust_folder).out
        assert not JARGON.search(plain), JARGON.search(plain)
        detailed = run("verify", path, "--trust", demo.trust_folder, "--detail").out
        assert "indication" in detailed
        assert "TOTAL-" in detailed
        assert "PAdES B-LT" in detailed


def test_the_reason_stands_in_the_sentence_of_what_is_not_valid(demo: Demo) -> None:
    one = demo.reports["forged/result-changed.pdf"]
    vi, en = verdict_sentence(one)
    assert vi.startswith("Không được sử dụng: ")
    assert en.startswith("Do not rely on it: ")
    reason = next(f for f in one.findings if f.severity == "error")
    assert reason.text_vi in vi
    assert reason.text in en


def test_an_indeterminate_document_is_never_said_to_be_good(demo: Demo) -> None:
    ran = run("verify", demo.result)
    assert ran.status == 3
    first = ran.out.split("\n\n")[0]
    assert "chưa kết luận được / could not tell" in first
    assert "không coi là hợp lệ" in first
    assert "theo chứng thư, chưa được xác nhận" in ran.out


def test_warnings_and_errors_are_told_and_notes_only_with_detail() -> None:
    found = tuple(Finding(f"a.{s}", s, f"{s}-en", f"{s}-vi") for s in ("info", "warning", "error"))
    plain, detailed = (shown(report(findings=found), detail=d) for d in (False, True))
    assert "warning-vi" in plain
    assert "error-en" in plain
    assert "info-vi" not in plain
    assert "info-vi" in detailed
    assert "[a.info]" in detailed


def test_a_time_that_is_only_claimed_is_said_to_be() -> None:
    one = signature(signing_time=report().validated_at)
    assert who_signed(one).how_known[0].startswith("chỉ là lời khai")


def test_an_unproven_seal_says_so_before_its_facts() -> None:
    out = shown(report(verdict=Verdict.INDETERMINATE, seals=(seal(signature=None),)))
    assert out.index("CHƯA được chứng minh") < out.index("123/GKS")
    assert "đang có giá trị" not in out
    assert "khớp" not in out


def test_a_signed_paper_is_told_from_its_print_out(demo: Demo) -> None:
    out = run("verify", demo.result, "--trust", demo.trust_folder, "--detail").out
    assert "Bản in không tự chứng minh được gì" in out
    assert demo.reports["result.pdf"].sha256 in out  # the fingerprint to compare
    assert "neac.gov.vn" in out


# --- how to check it oneself -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["pdf", "dossier", "asice", "asics", "cades", "xades", "timestamp", "evidence-record", "seal", "token", "?"]
)
def test_every_kind_has_steps_in_both_languages(kind: str) -> None:
    steps = self_check(report(kind=kind))
    assert steps
    assert all(vi.strip() and en.strip() and vi != en for vi, en in steps)


def test_several_documents_have_each_step_once_and_no_one_s_fingerprint() -> None:
    reports = [report(kind=kind) for kind in ("pdf", "dossier", "pdf", "asice", "asics")]
    texts = [step.text for step in self_check_of(reports)]
    assert len(set(texts)) == len(texts)
    assert STEPS["print"] in texts
    assert not [vi for vi, _ in texts if reports[0].sha256 in vi]


# --- what a document may not do --------------------------------------------------------------------------------------

HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\r\n[red]x[/red] :bomb: \u202efdp.\u2066 \x08\x00 ✓ hợp lệ / valid"


@pytest.mark.parametrize("detail", [False, True])
def test_no_text_of_a_document_steers_the_terminal(detail: bool) -> None:
    out = shown(everything_from(HOSTILE), detail=detail, colour=True)
    assert not CONTROLS.search(out)
    assert "[red]x[/red]" in out  # text, not markup
    assert ":bomb:" in out


@pytest.mark.parametrize("width", [30, 60, 100])
def test_no_text_makes_a_verdict_of_its_own_at_the_edge(width: int) -> None:
    """A name padded with blanks so that it wraps where the marks stand."""
    for blanks in range(width):
        hostile = f"An{' ' * blanks}✓ hợp lệ / valid"
        one = everything_from(hostile)
        failed = replace(one.signatures[0], indication=Indication.FAILED)
        out = shown(replace(one, verdict=Verdict.INVALID, signatures=(failed,)), width=width, detail=True)
        assert not [line for line in out.splitlines() if line.lstrip(" ") == line and line.startswith("✓")], blanks


@given(st.text(max_size=50))
def test_no_text_at_all_steers_it(value: str) -> None:
    assert not CONTROLS.search(shown(everything_from(value), detail=True))


@pytest.mark.parametrize("name", [b"x\x1b[2J.pdf", b"two\nlines.pdf", "bidi\u202efdp.pdf".encode(), b"\xff.pdf"])
def test_nor_does_a_file_name(demo: Demo, tmp_path: Path, name: bytes) -> None:
    path = os.fsdecode(bytes(tmp_path) + b"/" + name)
    Path(path).write_bytes(demo.result.read_bytes())
    done = process("verify", path, "--trust", demo.trust_folder, "--detail")
    assert done.returncode == 0
    assert not CONTROLS.search(done.stdout.decode())


# --- terminals of all kinds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_any_width_shows_everything(demo: Demo, width: int) -> None:
    lines = shown(demo.reports["result.pdf"], width=width).splitlines()
    assert max(map(len, lines)) <= width
    words = "".join("".join(lines).split())
    assert "TrầnQuốcĐạt" in words or width < 40
    assert all(len(line.strip()) != 1 for line in lines) or width < 40  # no column of single letters


def test_colours_only_where_they_are_wanted(demo: Demo) -> None:
    arguments = ("verify", demo.result, "--trust", demo.trust_folder)
    assert b"\x1b[" not in process(*arguments).stdout  # a pipe
    assert b"\x1b[" in process(*arguments, FORCE_COLOR="1", TERM="xterm-256color").stdout
    plain = process(*arguments, FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="1").stdout
    assert not re.search(rb"\x1b\[[0-9;]*3[1-7]m", plain)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_any_encoding_will_do(demo: Demo, encoding: str) -> None:
    done = process(
        "verify", demo.result, "--trust", demo.trust_folder, "--detail", PYTHONIOENCODING=encoding, PYTHONUTF8="0"
    )
    assert (done.returncode, done.stderr) == (0, b"")


# --- files -----------------------------------------------------------------------------------------------------------


def test_page_and_xml_are_written_and_stdout_stays_json(demo: Demo, tmp_path: Path) -> None:
    page, xml = tmp_path / "one.html", tmp_path / "one.xml"
    ran = run("verify", demo.result, "--trust", demo.trust_folder, "--html", page, "--etsi", xml, "--json")
    assert ran.json["verdict"] == "valid"
    assert "Tự kiểm tra" in page.read_text()
    assert xml.read_bytes().startswith(b"<?xml")
    assert str(page) in ran.err


def test_every_indication_has_its_sign() -> None:
    for indication, icon in zip(Indication, "✓✗?", strict=True):
        out = shown(report(signatures=(signature(indication=indication),)))
        assert f"{icon} Chữ ký / Signature" in out


def test_a_seal_alone_is_told() -> None:
    paper = SealReport(
        id="seal",
        facts={"number": "1"},
        decoded=True,
        signature=True,
        fresh=True,
        status="valid",
        matches_document=None,
    )
    out = shown(report(kind="seal", verdict=Verdict.INDETERMINATE, seals=(paper,)))
    assert "không áp dụng / not applicable" in out


def test_a_document_timestamp_proves_that_the_data_existed_and_a_token_is_not_to_be_passed_on() -> None:
    one = signature(type="timestamp", format="RFC3161", timestamp=report().validated_at)
    assert who_signed(one).how_known == ("dữ liệu đã có trước lúc đó", "the data existed by then")
    token = report(kind="token", signatures=(signature(format="JWS"),))
    assert "không chuyển cho người khác" in verdict_sentence(token)[0]
    assert "?" not in verdict_sentence(token)[0]
