"""What `signing audit` and `verify` print of a Report: Vietnamese first, English beside it, detail on request."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.text import Text

from ..html import words as say
from ..report import DossierReport, Finding, Report, SignatureReport, Verdict
from ..report_plain import who_signed
from .common import printable

_STYLE = {Verdict.VALID: "green", Verdict.INVALID: "bold red", Verdict.INDETERMINATE: "yellow", Verdict.UNSIGNED: "dim"}
_WORDS = {verdict: tuple(map(str.lower, say.VERDICTS[verdict])) for verdict in Verdict}
MAX_SHOWN = 6  # findings shown of one document among many

_STYLES = {"error": "red", "warning": "yellow", "info": "dim"}


def summary(verdicts: Counter[Verdict]) -> Text:
    """How many of each; unsigned files in folders are counted, not listed."""
    parts = [Text(f"{verdicts[v]} {' / '.join(_WORDS[v])}", _STYLE[v]) for v in Verdict if verdicts[v]]
    return Text("; ").join(parts)


def show(console: Console, report: Report, *, full: bool = False) -> None:
    """One document; with `full` all that is known."""
    vi, en = _WORDS[report.verdict]
    line = Text()
    line.append(f"{vi} / {en}", style=_STYLE[report.verdict])
    line.append(f"  {printable(report.path)}  ({report.kind})")
    console.print(line, soft_wrap=True)
    if report.verdict is Verdict.UNSIGNED and not full:
        return
    for signature in report.signatures:
        if full or report.verdict is not Verdict.VALID:
            console.print(Text(f"    {printable(_signature_line(signature))}"), soft_wrap=True)
    if full and report.dossier is not None:
        console.print(Text(f"    {printable(_dossier_line(report.dossier))}"), soft_wrap=True)
    told = [f for f in dict.fromkeys(report.all_findings()) if full or f.severity != "info"]
    shown = told if full else told[:MAX_SHOWN]
    for finding in shown:
        _show_finding(console, finding)
    if len(told) > len(shown):
        more = f"    … +{len(told) - len(shown)} (signing verify, --json)"
        console.print(Text(more, style="dim"), soft_wrap=True)


def _show_finding(console: Console, finding: Finding) -> None:
    """Vietnamese on one line, English and the code below it, so that each can be read by itself."""
    word = say.SEVERITIES[finding.severity][0].lower()
    console.print(
        Text(f"    {word}: ", style=_STYLES[finding.severity]).append(finding.text_vi, style="default"), soft_wrap=True
    )
    console.print(Text(f"        {finding.text} [{finding.code}]"), soft_wrap=True)


def _signature_line(signature: SignatureReport) -> str:
    who = signature.signer.subject if signature.signer else "?"
    parts = (signature.id + ":", signature.indication, signature.sub_indication, signature.format, signature.baseline)
    told = who_signed(signature)
    when = " / ".join(dict.fromkeys(told.when))
    return f"{' '.join(p for p in parts if p)} — {who} — {when} ({' / '.join(told.how_known)})"


def _dossier_line(dossier: DossierReport) -> str:
    steps = " → ".join(step.event for step in dossier.steps)
    return f"{dossier.code}, {dossier.procedure}: {steps}"
