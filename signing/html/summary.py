"""The page of an audit of many files: counts and charts first, then the documents that need attention.

However many files there are, the page and what it takes to make it stay small: past `MAX_CARDS` documents only those
that are not valid have cards, the first of each kind, and the page says how many have none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from ..audit.summary import Signer, Summary
from ..clock import moment
from ..messages import general
from ..report import Report, Verdict
from . import words as say
from .charts import Counts, Row, bars, columns, legend, share
from .markup import Html, both, el, join, text
from .page import (
    ORDER,
    card,
    contents,
    document,
    footer,
    is_plain,
    number,
    self_check_section,
    shown_time,
    tiles,
    unsigned,
)
from .words import words

MAX_CARDS = 100  # documents with a card, of each verdict that needs attention; fewer documents have all theirs
MAX_REASONS, MAX_SIGNERS = 30, 20  # rows
MAX_NAME_CHARS = 300  # of a signer


@dataclass(slots=True)
class SummaryPage:
    """Takes Reports one by one and keeps those that the page will show."""

    summary: Summary = field(default_factory=Summary)
    _first: list[Report] = field(default_factory=list)
    _bad: dict[Verdict, list[Report]] = field(default_factory=lambda: {Verdict.INVALID: [], Verdict.INDETERMINATE: []})

    def add(self, report: Report) -> None:
        """Count one more, and keep it if it will have a card."""
        self.summary.add(report)
        if self.summary.files <= MAX_CARDS:
            self._first.append(report)
        kept = self._bad.get(report.verdict)
        if kept is not None and len(kept) < MAX_CARDS:
            kept.append(report)

    def render(self, *, at: datetime | None = None) -> str:
        """The whole page; `at` is the time printed on it, now when it is not given."""
        few = self.summary.files <= MAX_CARDS
        every = self._first if few else [r for reports in self._bad.values() for r in reports]
        shown = sorted((r for r in every if not is_plain(r)), key=lambda r: ORDER.index(r.verdict))
        charts = _charts(self.summary) if self.summary.files > 1 else None
        cards = [card(place, report) for place, report in enumerate(shown, 1)]
        plain = unsigned([r for r in every if is_plain(r)])
        rest = None if few else _rest(self.summary, shown)
        head = join(_masthead(self.summary, moment(at)), charts, contents(shown), rest)
        body = join(head, *cards, plain, self_check_section(shown), footer())
        return document("Kết quả kiểm tra chữ ký số", body)


def _masthead(summary: Summary, at: datetime) -> Html:
    made = join(both("Lập lúc", "Made at"), " ", el("b", shown_time(at)), " · ", both("Bộ quy tắc", "Rules"))
    count = join(el("b", number(summary.files)), " ", both("tệp", "files"))
    count = join(count, " · ", el("b", number(summary.signatures.total())), " ", both("chữ ký", "signatures"))
    return el(
        "header",
        el("h1", both("Kết quả kiểm tra chữ ký số", "Signature audit report")),
        el("p", made, " ", ", ".join(sorted(summary.policies))),
        el("p", count),
        tiles(summary.verdicts),
    )


def _charts(summary: Summary) -> Html:
    signed = Counter({v: n for v, n in summary.verdicts.items() if v != "unsigned"})
    whole = _section(("Kết luận về văn bản", "Verdicts"), summary.verdicts, share(summary.verdicts))
    sections = [whole if signed else None, _reasons(summary), _months(summary), _signers(summary), _kinds(summary)]
    return join(*sections)


def _section(title: tuple[str, str], counts: Counts, *content: Html | None) -> Html:
    return el("section", el("h2", both(*title)), legend(counts), *content, cls="card")


def _reasons(summary: Summary) -> Html | None:
    rows = []
    for code, counts in summary.top_reasons()[:MAX_REASONS]:
        rows.append(Row(_reason(code), counts))
    hidden = len(summary.reasons) - len(rows)
    if not rows:
        return None
    return _section(
        ("Lý do không được kết luận hợp lệ", "Why documents are not valid"), _sum(rows), bars(rows), _hidden(hidden)
    )


def _reason(code: str) -> Html:
    told = general(code)
    if told is None:
        return el("code", code)
    return join(el("span", told.text_vi, lang="vi"), el("small", told.text, " ", el("code", code), lang="en"))


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= MAX_NAME_CHARS else sentence[: MAX_NAME_CHARS - 1] + "…"


def _months(summary: Summary) -> Html | None:
    known = {month: counts for month, counts in summary.months.items() if month}
    unknown = summary.months.get("", Counter()).total()
    if not known:
        return None
    counts = sum(known.values(), Counter())
    said = f"{number(unknown)} "
    rest = el(
        "p", said, both("chữ ký không có thời điểm chắc chắn", "signatures without a time that is proven"), cls="muted"
    )
    title = ("Chữ ký theo tháng (thời điểm được chứng minh)", "Signatures by month (proven time)")
    return _section(title, counts, columns(known), rest if unknown else None)


def _signers(summary: Summary) -> Html | None:
    rows = [Row(_signer(signer), counts) for signer, counts in summary.top_signers(MAX_SIGNERS)]
    if not rows:
        return None
    hidden = len(summary.signers) - len(rows)
    if summary.other_signers:
        rows.append(Row(both("những người ký khác", "other signers"), summary.other_signers))
    title = ("Chữ ký theo người ký (tên trong chứng thư)", "Signatures by signer (as certificates name them)")
    return _section(title, _sum(rows), bars(rows), _hidden(hidden))


def _signer(signer: Signer) -> Html:
    name, organisation = signer
    shown = text(_short(name)) if name else both("không rõ", "unknown")
    return join(shown, el("small", _short(organisation)) if organisation else None)


def _kinds(summary: Summary) -> Html:
    kinds = sorted(summary.kinds.items(), key=lambda item: (-item[1].total(), item[0]))
    rows = [Row(both(*words(say.KINDS, kind)), counts) for kind, counts in kinds]
    return _section(("Loại văn bản", "Kinds of documents"), summary.verdicts, bars(rows))


def _hidden(count: int) -> Html | None:
    if count <= 0:
        return None
    return el("p", f"+{number(count)} ", both("dòng khác không hiển thị", "further rows not shown"), cls="muted")


def _sum(rows: list[Row]) -> Counts:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row.counts)
    return total


def _rest(summary: Summary, shown: list[Report]) -> Html:
    bad = summary.verdicts["invalid"] + summary.verdicts["indeterminate"]
    told, of = number(len(shown)), number(bad)
    vi = f"Bên dưới chi tiết {told} trong {of} văn bản cần chú ý; mọi văn bản khác nằm trong tệp kết quả."
    en = f"Below are {told} of the {of} documents that need attention; all others are in the results file."
    return el("p", both(vi, en), cls="muted")
