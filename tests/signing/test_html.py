"""The HTML report: nothing from a document becomes markup, nothing is fetched, verdicts never run ahead of proofs."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.html.markup import el, join, text
from signing.html.page import render_html
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
)

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'&\u202e\x00</style><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """Tags, attributes and visible words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        if self.tags[-1:] != ["style"]:
            self.words += data


def report(**changes):
    values = {
        "path": "out/result.pdf",
        "sha256": "ab" * 32,
        "kind": "pdf",
        "verdict": Verdict.VALID,
        "validated_at": AT,
        "policy": "eid-signing-2026",
    } | changes
    return Report(**values)


def signature(**changes):
    values = {"id": "Official", "type": "signature", "format": "PAdES", "indication": Indication.PASSED} | changes
    return SignatureReport(**values)


def seal(**changes):
    values = {
        "id": "page 1",
        "facts": {"number": "123/GKS", "issued": "2026-11-21", "holder": "Nguyễn V. An"},
        "decoded": True,
        "signature": True,
        "fresh": True,
        "status": "valid",
        "matches_document": True,
    } | changes
    return SealReport(**values)


def everything_from(value):
    """A report in which every text that a document controls is `value`."""
    finding = Finding(value, "error", value, value)
    step = StepReport(
        seq=1, step=value, event=value, decision=value, office=value, role=value, signature=value, time=AT
    )
    one = signature(
        id=value,
        format=value,
        baseline=value,
        sub_indication=value,
        coverage=value,
        changes_after=value,
        signer=SignerInfo(subject=value, issuer=value, serial=value, ids=((value, value),)),
        signing_time=AT,
        digest_algorithm=value,
        signature_algorithm=value,
        findings=(finding,),
    )
    return report(
        path=value,
        sha256=value,
        kind=value,
        policy=value,
        signatures=(one,),
        dossier=DossierReport(code=value, procedure=value, state=value, complete=False, head=value, steps=(step,)),
        seals=(seal(id=value, facts=dict.fromkeys(("number", "holder", "dossier", "issued"), value)),),
        findings=(finding, Finding(value, value, value, value)),
    )


def test_hostile_names_stay_text_everywhere():
    page = render_html([everything_from(HOSTILE)] * 2, at=AT)
    clean = Page(render_html([everything_from("x")] * 2, at=AT))
    seen = Page(page)
    assert seen.tags == clean.tags
    assert not {"script", "img", "iframe", "object", "link", "form", "base"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name == "style"]
    assert "\u202e" not in page
    assert "\x00" not in page
    assert "<script>alert(1)</script>" in seen.words  # shown, not run


@given(st.text(max_size=60))
def test_no_text_changes_the_structure_of_the_page(value):
    plain, seen = Page(render_html([everything_from("x")], at=AT)), Page(render_html([everything_from(value)], at=AT))
    # an empty text may leave a line out; nothing may ever add a kind of tag or attribute
    assert set(seen.tags) <= set(plain.tags)
    assert {name for name, _ in seen.attributes} <= {name for name, _ in plain.attributes}


def test_nothing_is_fetched_and_no_script_may_run():
    page = render_html([report(signatures=(signature(),), seals=(seal(),))], at=AT)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src &#x27;none&#x27;; style-src &#x27;sha256-" + digest)
    assert "unsafe" not in policy
    assert not re.search(r"url\(|@import|https?:|//", style)
    links = [value for name, value in Page(page).attributes if name in {"href", "src", "action"}]
    assert all(link.startswith("#") for link in links)


def test_vietnamese_first_and_english_beside_it():
    words = Page(render_html([report()], at=AT)).words
    assert words.index("Hợp lệ") < words.index("Valid")
    assert "2026-11-21T16:30:00+07:00" in words  # Vietnam time
    assert render_html([report()], at=AT).startswith('<!DOCTYPE html>\n<html lang="vi">')


@pytest.mark.parametrize(
    ("verdict", "icon", "word"),
    [
        (Verdict.VALID, "✓", "Hợp lệ"),
        (Verdict.INVALID, "✗", "Không hợp lệ"),
        (Verdict.INDETERMINATE, "?", "Chưa kết luận được"),
        (Verdict.UNSIGNED, "–", "Không có chữ ký"),
    ],
)
def test_each_verdict_has_colour_icon_and_word(verdict, icon, word):
    page = render_html([report(verdict=verdict, seals=(seal(),))], at=AT)
    band = re.search(r'<div class="band (\w+)"><span class="icon" aria-hidden="true">(.)</span>(.*?)</div>', page)
    assert (band[1], band[2]) == (str(verdict), icon)
    assert word in band[3]


def test_an_unproven_seal_shows_no_answer_that_hangs_on_its_signature():
    unproven = seal(signature=None, fresh=True, status="valid", matches_document=True)
    page = render_html([report(verdict=Verdict.INDETERMINATE, seals=(unproven,))], at=AT)
    words = Page(page).words
    assert "CHƯA được chứng minh" in words
    assert "còn hạn" not in words
    assert "đang có giá trị" not in words
    assert page.count('class="pill valid"') == 1  # decoded, and nothing else


def test_the_four_facts_of_a_seal_stand_apart():
    page = render_html([report(seals=(seal(status="revoked", matches_document=False),))], at=AT)
    assert page.count('class="pill valid"') == 3
    assert page.count('class="pill invalid"') == 2
    assert "đã thu hồi" in page
    assert "2026-11-21" in page


def test_errors_come_before_warnings_and_notes():
    found = tuple(Finding(c, s, f"{s}!", f"{s}!") for c, s in (("a", "info"), ("b", "warning"), ("c", "error")))
    words = Page(render_html([report(findings=found)], at=AT)).words
    assert words.index("error!") < words.index("warning!") < words.index("info!")


def test_a_step_has_the_colour_of_its_own_signature():
    steps = tuple(
        StepReport(seq=n, step=s, event=s, decision=None, office="H26.19", role="receiver", signature=f"s{n}", time=AT)
        for n, s in enumerate(("receive", "appraise", "approve"), 1)
    )
    dossier = DossierReport(
        code="H26.19-261121-0001", procedure="1.001193", state="open", complete=False, head=None, steps=steps
    )
    signatures = (signature(id="s1"), signature(id="s2", indication=Indication.FAILED))
    page = render_html([report(verdict=Verdict.INVALID, dossier=dossier, signatures=signatures)], at=AT)
    assert re.findall(r'<li class="(\w+)"><span class="dot">', page) == ["valid", "invalid", "indeterminate"]


def test_escaped_commas_of_a_name_are_not_separators():
    subject = r"CN=Trần Thị Bình,T=Phó Chủ tịch\, UBND,O=UBND phường"
    one = signature(signer=SignerInfo(subject=subject, issuer="CN=CA", serial="1"))
    assert "Phó Chủ tịch, UBND · UBND phường" in Page(render_html([report(signatures=(one,))], at=AT)).words


def test_several_documents_have_a_list_that_leads_to_each():
    page = render_html([report(path=f"{n}.pdf") for n in range(3)], at=AT)
    assert re.findall(r'href="#(d\d)"', page) == re.findall(r'id="(d\d)"', page) == ["d1", "d2", "d3"]


def test_what_needs_attention_comes_first_with_its_reason():
    bad = Finding("seal.wrong-document", "error", "another document", "văn bản khác")
    page = render_html(
        [
            report(path="good.pdf"),
            report(path="doubt.pdf", verdict=Verdict.INDETERMINATE),
            report(path="bad.pdf", verdict=Verdict.INVALID, findings=(bad,)),
        ],
        at=AT,
    )
    words = Page(page).words
    assert words.index("bad.pdf") < words.index("doubt.pdf") < words.index("good.pdf")
    assert words.count("văn bản khác") == 3  # in the list, and in its card as the verdict's reason and as a finding


def test_files_without_signature_are_one_list_unless_there_is_something_to_tell():
    unsigned = Finding("document.unsigned", "info", "no signature", "không có chữ ký")
    plain = [report(path=f"{n}.png", verdict=Verdict.UNSIGNED, findings=(unsigned,)) for n in range(5)]
    telling = report(path="paper.pdf", verdict=Verdict.UNSIGNED, seals=(seal(),))
    page = render_html([*plain, telling], at=AT)
    assert page.count('<section class="card" id=') == 1
    assert page.count('<ul class="plain">') == page.count('class="band') == 1
    assert all(f"{n}.png" in page for n in range(5))


def test_no_report_at_all_is_a_page_too():
    assert Page(render_html([], at=AT)).tags[:2] == ["html", "head"]


def test_every_word_of_the_contract_has_both_languages():
    from signing.dossier.rules import Decision, State, Step
    from signing.html import words as say

    for table, values in ((say.STEPS, Step), (say.DECISIONS, Decision), (say.STATES, State), (say.VERDICTS, Verdict)):
        assert {str(value) for value in values} == set(table)
    assert set(say.INDICATIONS) == {str(i) for i in Indication}
    assert set(say.SEAL_STATUS) == {"valid", "revoked", "pending", "unknown"}
    assert set(say.ICONS) == set(say.VERDICTS) == set(say.VERDICT_MEANING)


@given(st.text())
def test_markup_escapes_children_and_attributes(value):
    made = el("p", value, title=value)
    assert Page(made).tags == ["p"]
    assert made.count("<") == 2
    assert text(value) == join(value)
