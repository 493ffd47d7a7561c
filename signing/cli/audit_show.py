"""What `signing audit` and `verify` print of a Report: Vietnamese first, English beside it, detail on request."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.text import Text

from ..html import words as say
from ..report import Finding, Report, SignatureReport, Verdict
from ..report.plain import ordered, who_signed
from .common import printable

_STYLE = {Verdict.VALID: "green", Verdict.INVALID: "bold red", Verdict.INDETERMINATE: "yellow", Verdict.UNSIGNED: "dim"}
MAX_SHOWN = 6  # findings shown of one document among many

_STYLES = {"error": "red", "warning": "yellow", "info": "dim"}


def said(verdict: Verdict) -> Text:
    """A verdict in both languages."""
    return Text(" / ".join(say.VERDICTS[verdict]).lower(), _STYLE[verdict])


def summary(verdicts: Counter[Verdict]) -> Text:
    """How many of each; unsigned files in folders are counted, not listed."""
    parts = [Text(f"{verdicts[v]} ", _STYLE[v]).append_text(said(v)) for v in Verdict if verdicts[v]]
    return Text("; ").join(parts or [Text("không có tệp nào / no files")])


def show(console: Console, report: Report) -> None:
    """One document among many: its verdict, and what speaks against it."""
    line = said(report.verdict).append(f"  {printable(report.path)}  ({report.kind})", style="default")
    console.print(line, soft_wrap=True)
    if report.verdict is Verdict.UNSIGNED:
        return
    if report.verdict is not Verdict.VALID:
        for signature in report.signatures:
            show_signature(console, signature)
    told = [f for f in ordered(report.all_findings()) if f.severity != "info"]
    for finding in told[:MAX_SHOWN]:
        show_finding(console, finding)
    if (more := len(told) - MAX_SHOWN) > 0:
        hint = f"    … còn {more} điều nữa: signing verify TỆP / {more} more: signing verify FILE"
        console.print(Text(hint, style="dim"), soft_wrap=True)


def show_finding(console: Console, finding: Finding) -> None:
    """Vietnamese on one line, English and the code below it, so that each can be read by itself."""
    word = say.SEVERITIES[finding.severity][0].lower()
    console.print(
        Text(f"    {word}: ", style=_STYLES[finding.severity]).append(finding.text_vi, style="default"), soft_wrap=True
    )
    console.print(Text(f"        {finding.text} [{finding.code}]"), soft_wrap=True)


def show_signature(console: Console, signature: SignatureReport) -> None:
    """Whose, with which answer, and when as far as anyone knows."""
    told = who_signed(signature)
    line = Text(f"    {say.ICONS[told.verdict]} ", style=_STYLE[Verdict(told.verdict)])
    when = " / ".join(dict.fromkeys(told.when))
    about = f"{told.name} ({told.place}): {when}, {' / '.join(told.how_known)}"
    console.print(line.append(printable(about), style="default"), soft_wrap=True)
