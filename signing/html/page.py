"""Audit reports as one page that a clerk can read, Vietnamese first, English beside it.

The page is self-contained: no script, no link to follow, nothing fetched (Content-Security-Policy `default-src 'none'`,
the one style sheet allowed by its digest). Everything that comes from a document is escaped by `markup`.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib import resources

from ..clock import moment, vietnam_time
from ..report import DossierReport, Report, StepReport
from ..report.plain import main_reason, verdict_sentence
from ..report.selfcheck import self_check_of
from . import words as say
from .markup import Html, both, el, join, text
from .seals import seal_section
from .signatures import findings_list, signatures_section
from .words import words

ORDER = tuple(say.VERDICTS_BY_URGENCY)


def render_html(reports: Iterable[Report], *, at: datetime | None = None) -> str:
    """The whole page for `reports`; `at` is the time printed on it, now when it is not given."""
    every = tuple(reports)
    shown = sorted((r for r in every if not is_plain(r)), key=lambda r: ORDER.index(r.verdict))
    cards = [card(number, report) for number, report in enumerate(shown, 1)]
    plain = [report for report in every if is_plain(report)]
    body = join(
        _masthead(every, moment(at)), contents(shown), *cards, unsigned(plain), self_check_section(shown), footer()
    )
    return document("Kết quả kiểm tra chữ ký số", body)


def document(title: str, body: Html) -> str:
    """A page of its own: `body` under our style sheet and a policy that lets nothing else in."""
    style = _style()
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = join(
        Html('<meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{text(policy)}">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="referrer" content="no-referrer">'),
        el("title", title),
        Html(f"<style>{style}</style>"),
    )
    return f'<!DOCTYPE html>\n<html lang="vi"><head>{head}</head><body>{body}</body></html>\n'


@lru_cache(maxsize=1)
def _style() -> str:
    """The style sheet; read once, it is a part of the package."""
    return resources.files("signing").joinpath("data/report.css").read_text("utf-8")


def _masthead(reports: Sequence[Report], at: datetime) -> Html:
    counts = Counter(str(r.verdict) for r in reports)
    policies = ", ".join(sorted({r.policy for r in reports}))
    return el(
        "header",
        el("h1", both("Kết quả kiểm tra chữ ký số", "Signature audit report")),
        el(
            "p",
            both("Lập lúc", "Made at"),
            " ",
            el("b", shown_time(at)),
            " · ",
            both("Bộ quy tắc", "Rules"),
            " ",
            policies,
        ),
        tiles(counts) if len(reports) != 1 else None,
    )


def tiles(counts: Mapping[str, int]) -> Html:
    """How many of each verdict."""
    some = [
        el("li", el("strong", number(counts[verdict])), " ", both(*say.VERDICTS[verdict]), cls=f"tile {verdict}")
        for verdict in say.VERDICTS
        if counts.get(verdict)
    ]
    return el("ul", *some, cls="tiles")


def number(count: int) -> str:
    """As Vietnamese write it."""
    return f"{count:,}".replace(",", ".")


def is_plain(report: Report) -> bool:
    """Whether there is nothing to tell of a file but that it is not signed."""
    told = report.seals or report.signatures or any(f.severity != "info" for f in report.findings)
    return report.verdict == "unsigned" and not told


def contents(reports: Sequence[Report]) -> Html | None:
    """A list of the documents, what needs attention first, when there is more than one."""
    if len(reports) < 2:
        return None
    rows = [
        el(
            "li",
            el("span", say.ICONS[r.verdict], cls=f"dot {r.verdict}"),
            " ",
            el("a", r.path, href=f"#d{number}"),
            el("small", both(*(_reason(r) or words(say.VERDICTS, r.verdict)))),
        )
        for number, r in enumerate(reports, 1)
    ]
    return el("nav", el("h2", both("Danh mục", "Contents")), el("ol", *rows))


def _reason(report: Report) -> tuple[str, str] | None:
    """What speaks against a document that is not valid."""
    reason = main_reason(report) if report.verdict in {"invalid", "indeterminate"} else None
    return (reason.text_vi, reason.text) if reason is not None else None


def unsigned(reports: Sequence[Report]) -> Html | None:
    """The files without signature, in one list."""
    if not reports:
        return None
    heading = both("Tệp không có chữ ký", "Files without signature")
    return el(
        "section",
        el("h2", heading, f" ({len(reports)})"),
        el("p", both(*say.VERDICT_MEANING["unsigned"]), cls="muted"),
        el("ul", *[el("li", r.path) for r in reports], cls="plain"),
        cls="card",
    )


def card(number: int, report: Report) -> Html:
    """Everything about one document; `number` makes its place on the page."""
    verdict = str(report.verdict)
    band = el(
        "div",
        el("span", say.ICONS[verdict], cls="icon", aria_hidden="true"),
        el("div", el("p", both(*say.VERDICTS[verdict]), cls="word"), *_lines(*verdict_sentence(report))),
        cls=f"band {verdict}",
    )
    title = el(
        "div",
        el("h2", report.path),
        el("p", both(*words(say.KINDS, report.kind)), cls="muted"),
        cls="title",
    )
    return el(
        "section",
        title,
        band,
        findings_list(report.findings),
        _dossier(report.dossier, {s.id: say.INDICATIONS[str(s.indication)] for s in report.signatures}),
        signatures_section(report.signatures),
        *map(seal_section, report.seals),
        el(
            "p",
            both("Kiểm tra tại thời điểm", "Judged as of"),
            f" {shown_time(report.validated_at)}",
            *([" · SHA-256 ", el("code", report.sha256)] if report.sha256 else []),
            cls="muted small",
        ),
        cls="card",
        id=f"d{number}",
    )


def _lines(vi: str, en: str) -> tuple[Html, Html]:
    """A sentence in both languages, each in a paragraph of its own."""
    return el("p", vi, lang="vi"), el("p", en, cls="en", lang="en")


def self_check_section(reports: Sequence[Report]) -> Html | None:
    """How to check the documents of this page without it."""
    steps = self_check_of(reports)
    if not steps:
        return None
    rows = [
        el("li", el("b", both(*words(say.KINDS, step.kind)), ": ") if step.kind else None, *_lines(*step.text))
        for step in steps
    ]
    heading = both("Tự kiểm tra", "How to check this yourself")
    return el("section", el("h2", heading), el("ol", *rows, cls="self-check"), cls="card")


def _dossier(dossier: DossierReport | None, verdicts: Mapping[str, str]) -> Html | None:
    """The steps in order, each in the colour of its own signature's verdict."""
    if dossier is None:
        return None
    whole = (
        ("đã chứng minh đầy đủ tới bước cuối", "proven complete up to its last step")
        if dossier.complete
        else ("chưa loại trừ được các bước sau", "later steps cannot be excluded")
    )
    return join(
        el("h3", both("Hồ sơ", "Dossier"), " ", dossier.code),
        el(
            "p",
            both("Thủ tục", "Procedure"),
            f" {dossier.procedure} · ",
            both(*words(say.STATES, dossier.state)),
            " · ",
            el("b", both(*whole), cls="" if dossier.complete else "doubt"),
        ),
        el("ol", *[_step(s, verdicts.get(s.signature, "indeterminate")) for s in dossier.steps], cls="steps"),
    )


def _step(step: StepReport, verdict: str) -> Html:
    decision = el("p", both(*words(say.DECISIONS, step.decision)), cls="decision") if step.decision else None
    return el(
        "li",
        el("span", say.ICONS[verdict], cls="dot"),
        el("p", f"{step.seq}. ", both(*words(say.STEPS, step.step)), cls="name"),
        decision,
        el("p", both(*words(say.ROLES, step.role)), f" · {step.office}", cls="muted"),
        el("p", el("time", shown_time(step.time)) if step.time else "–", cls="muted"),
        cls=verdict,
    )


def footer() -> Html:
    """What a reader must know about times and prints."""
    return el(
        "footer",
        el(
            "p",
            both(
                "Giờ Việt Nam (UTC+7). “Hợp lệ” chỉ nói về chữ ký và nội dung đã ký theo các chứng thư được tin cậy "
                "khi kiểm tra; bản in của báo cáo này không thay thế văn bản đã ký.",
                "Times are Vietnam time (UTC+7). “Valid” speaks of signatures and signed content under the "
                "certificates trusted in this check; a print of this page does not replace the signed document.",
            ),
        ),
    )


def shown_time(value: datetime) -> str:
    """In Vietnam's time, to the second."""
    return vietnam_time(value)
