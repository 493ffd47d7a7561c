"""Charts as SVG inside the page (SVG 2): no script, no style of their own, every number also there as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import words as say
from .markup import Html, both, el, join
from .page import number

ORDER = ("valid", "indeterminate", "invalid", "unsigned")  # from left to right, from below
MAX_COLUMNS = 36  # of months; more are shown as years
_WIDTH, _HEIGHT, _LEFT, _BELOW, _ABOVE = 760, 230, 46, 26, 12  # of the columns' picture, in its units

Counts = Mapping[str, int]  # by verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One bar: what it is about, and its parts."""

    label: Html
    counts: Counts

    @property
    def total(self) -> int:
        """The length of the bar."""
        return sum(self.counts.values())


def legend(counts: Counts) -> Html:
    """Which colour says what."""
    swatches = [
        el("span", _svg(el("rect", width="10", height="10", cls=f"v-{v}"), box="0 0 10 10"), both(*say.VERDICTS[v]))
        for v in ORDER
        if counts.get(v)
    ]
    return el("p", *swatches, cls="legend")


def share(counts: Counts) -> Html:
    """One bar of the whole width, for the parts of a whole."""
    return el("div", _bar(counts, sum(counts.values())), cls="share")


def bars(rows: Sequence[Row]) -> Html:
    """A bar a row, the longest of the whole width, each with its number."""
    longest = max((row.total for row in rows), default=0)
    return el(
        "table",
        *[
            el(
                "tr",
                el("td", row.label),
                el("td", _bar(row.counts, longest)),
                el("td", number(row.total), cls="count"),
            )
            for row in rows
        ],
        cls="bars",
    )


def columns(counts: Mapping[str, Counts]) -> Html:
    """A column a month (`YYYY-MM`), or a year where there are many; months without signatures leave no gap."""
    shown = counts if len(counts) <= MAX_COLUMNS else _by_year(counts)
    last = sorted(shown)[-MAX_COLUMNS:]
    highest = max((sum(shown[name].values()) for name in last), default=0) or 1
    step = (_WIDTH - _LEFT) / max(len(last), 1)
    parts = [_grid(highest)]
    for place, name in enumerate(last):
        parts.append(_column(shown[name], _LEFT + place * step, min(step * 0.7, 46), highest))
        if place % (1 + len(last) // 13) == 0:
            label = f"{name[5:]}/{name[:4]}" if len(name) > 4 else name
            parts.append(el("text", label, x=_n(_LEFT + place * step), y=_n(_HEIGHT - 8)))
    return el("div", _svg(*parts, box=f"0 0 {_WIDTH} {_HEIGHT}", cls="chart"), cls="scroll")


def _by_year(counts: Mapping[str, Counts]) -> dict[str, dict[str, int]]:
    years: dict[str, dict[str, int]] = {}
    for month, parts in counts.items():
        year = years.setdefault(month[:4], {})
        for verdict, count in parts.items():
            year[verdict] = year.get(verdict, 0) + count
    return years


def _grid(highest: int) -> Html:
    """Three lines with what they stand for."""
    lines = []
    for count in sorted({0, highest // 2, highest}):
        y = _n(_HEIGHT - _BELOW - count / highest * (_HEIGHT - _BELOW - _ABOVE))
        lines.append(el("line", x1=str(_LEFT), x2=str(_WIDTH), y1=y, y2=y, cls="axis"))
        lines.append(el("text", number(count), x=str(_LEFT - 6), y=y, text_anchor="end", dominant_baseline="middle"))
    return join(*lines)


def _column(counts: Counts, x: float, width: float, highest: int) -> Html:
    parts, y = [_title(counts)], float(_HEIGHT - _BELOW)
    for verdict in ORDER:
        height = counts.get(verdict, 0) / highest * (_HEIGHT - _BELOW - _ABOVE)
        if height:
            y -= height
            parts.append(el("rect", x=_n(x), y=_n(y), width=_n(width), height=_n(height), cls=f"v-{verdict}"))
    return el("g", *parts)


def _bar(counts: Counts, whole: int) -> Html:
    parts, x = [_title(counts)], 0.0
    for verdict in ORDER:
        width = counts.get(verdict, 0) / (whole or 1) * 100
        if width:
            parts.append(el("rect", x=_n(x), width=_n(max(width, 0.4)), height="10", cls=f"v-{verdict}"))
            x += width
    return _svg(*parts, box="0 0 100 10", stretch=True)


def _title(counts: Counts) -> Html:
    told = (f"{say.VERDICTS[v][0]} / {say.VERDICTS[v][1]}: {number(counts[v])}" for v in ORDER if counts.get(v))
    return el("title", "; ".join(told))


def _svg(*parts: Html, box: str, cls: str = "", stretch: bool = False) -> Html:
    more = {"preserveAspectRatio": "none"} if stretch else {}
    return el("svg", *parts, cls=cls, viewBox=box, role="img", **more)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
