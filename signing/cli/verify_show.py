"""What `signing verify` prints for a person: the verdict in a sentence, who signed when, changes, the law's items.

No jargon before the end: indications, codes and digests come with `--detail`. Every text goes through `printable`, so
that no name in a document steers the terminal; colours are rich's, off with NO_COLOR or where no terminal is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..clock import vietnam_time
from ..html import words as say
from ..report import DossierReport, Finding, Report, SealReport, SignatureReport
from ..report.law import LawItem, LawState, Words, is_proven, law_items, seal_law_items
from ..report.plain import ordered, verdict_sentence, who_signed
from ..report.selfcheck import self_check
from .common import printable

PIPE_WIDTH = 110  # columns of tables where no terminal is

_STYLES = {"valid": "green", "invalid": "bold red", "indeterminate": "yellow", "unsigned": "dim"}
_MARKS: Mapping[LawState, tuple[str, str]] = {
    LawState.OK: ("✓", "green"),
    LawState.BAD: ("✗", "bold red"),
    LawState.UNKNOWN: ("!", "yellow"),
}
_TITLES: Mapping[str, Words] = {
    "signature": ("Chữ ký", "Signature"),
    "timestamp": ("Dấu thời gian", "Timestamp"),
    "evidence-record": ("Bản ghi bằng chứng", "Evidence record"),
}


def terminal() -> Console:
    """A console on stdout that takes no markup from texts; through a pipe its tables have `PIPE_WIDTH`."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)
    return console


def show_one(console: Console, report: Report, *, detail: bool = False) -> None:
    """One document in full."""
    _headline(console, report)
    for signature in report.signatures:
        _signature(console, signature, detail=detail)
    if report.dossier is not None:
        _dossier(console, report.dossier)
    for seal in report.seals:
        _seal(console, seal)
    told = report.all_findings() if detail else (f for f in report.all_findings() if f.severity != "info")
    _findings(console, ordered(told), detail=detail)
    _self_check(console, report, detail=detail)
    if detail:
        _about(console, report)


def _headline(console: Console, report: Report) -> None:
    verdict = str(report.verdict)
    vi, en = say.VERDICTS[verdict]
    line = Text(f"{vi.lower()} / {en.lower()}", style=f"bold {_STYLES[verdict]}")
    line.append(f"  {printable(report.path)}", style="not bold default")
    _marked(console, say.ICONS[verdict], _STYLES[verdict], line)
    for sentence, style in zip(verdict_sentence(report), ("", "dim"), strict=True):
        _line(console, sentence, style, indent=2)


def _marked(console: Console, mark: str, style: str, line: Text) -> None:
    """A line with its mark; wrapped, it never comes back to the edge, where no document may write a mark of its own."""
    if not console.is_terminal:
        console.print(Text(f"{mark} ", style=style).append(line), soft_wrap=True)
        return
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, width=1)
    table.add_column(overflow="fold")
    table.add_row(Text(mark, style=style), line)
    console.print(table)


def _line(console: Console, sentence: str, style: str = "", *, indent: int = 0) -> None:
    """A sentence, wrapped below itself on a terminal; in a pipe it stays one line."""
    text = Text(printable(sentence), style=style)
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, indent)))
    else:
        console.print(Text(" " * indent).append(text), soft_wrap=True)


def _heading(console: Console, vi: str, en: str, more: str = "") -> None:
    console.print()
    _marked(console, "▪", "bold", Text(printable(f"{vi} / {en}{more}"), style="bold"))


def _signature(console: Console, signature: SignatureReport, *, detail: bool) -> None:
    who = who_signed(signature)
    console.print()
    vi, en = say.words(_TITLES, signature.type)
    line = Text(f"{vi} / {en}: ", style=_STYLES[who.verdict]).append(printable(who.name), style="bold")
    line.append(printable(f" – {who.about}") if who.about else "", style="not bold default")
    _marked(console, say.ICONS[who.verdict], _STYLES[who.verdict], line)
    times = who.when[0] if who.when[0] == who.when[1] else " / ".join(who.when)
    _line(console, f"{times} – {who.how_known[0]} / {who.how_known[1]}", indent=2)
    if who.changes is not None:
        bad = signature.changes_after in {"forbidden", "unknown"}
        _line(console, f"{who.changes[0]} / {who.changes[1]}", "bold red" if bad else "", indent=2)
    _items(console, law_items(signature))
    if detail:
        _pairs(console, _technical(signature))


def _items(console: Console, items: Sequence[LawItem]) -> None:
    """A small table; what does not apply to this kind is one line."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, width=1)
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    shown = [item for item in items if item.state is not LawState.NOT_APPLICABLE]
    for item in shown:
        mark, style = _MARKS[item.state]
        label = Text(item.label[0]).append(f" / {item.label[1]}", style="dim")
        table.add_row(Text(mark, style=style), label, _value(item, style))
    rest = [item for item in items if item.state is LawState.NOT_APPLICABLE]
    if rest:
        vi, en = (", ".join(item.label[n] for item in rest) for n in (0, 1))
        none = Text("không áp dụng", style="dim").append(" / not applicable")
        table.add_row(Text("–", style="dim"), Text(f"{vi} / {en}", style="dim"), none)
    console.print(Padding(table, (0, 0, 0, 4)))


def _value(item: LawItem, style: str) -> Text:
    """The data as they are, then our note in both languages."""
    shade = "" if item.state is LawState.OK else style
    value = Text(printable(item.data), style=shade)
    if item.note is None:
        return value
    vi, en = map(printable, item.note)
    return value.append(f" – {vi}" if item.data else vi).append(f" / {en}", style="dim")


def _dossier(console: Console, dossier: DossierReport) -> None:
    _heading(console, "Hồ sơ", "Dossier", f" {dossier.code}, {dossier.procedure}")
    _line(console, " → ".join(say.words(say.STEPS, step.event)[0] for step in dossier.steps), indent=2)
    _line(console, " → ".join(step.event for step in dossier.steps), "dim", indent=2)


def _seal(console: Console, seal: SealReport) -> None:
    _heading(console, "Con dấu xác thực", "Verification seal", f" {seal.id}")
    proven = seal.signature is True
    status = say.words(say.SEAL_STATUS, seal.status if proven else "unknown")
    fits = {True: ("khớp văn bản", "fits the document"), False: ("KHÔNG khớp văn bản", "does NOT fit the document")}
    match = fits.get(seal.matches_document) if proven and seal.matches_document is not None else None
    _line(console, " / ".join(status) + (f"; {' / '.join(match)}" if match else ""), indent=2)
    if seal.facts and not proven:
        warning = "Các thông tin dưới đây CHƯA được chứng minh. / What follows is NOT proven."
        _line(console, warning, "bold yellow", indent=2)
    for name, (vi, en) in say.SEAL_FACTS.items():
        if seal.facts.get(name) is not None:
            _line(console, f"{vi} / {en}: {seal.facts[name]}", "" if proven else "dim", indent=4)
    _items(console, seal_law_items(seal))


def _findings(console: Console, findings: list[Finding], *, detail: bool) -> None:
    if not findings:
        return
    _heading(console, "Đã phát hiện", "Findings")
    styles = {"error": "bold red", "warning": "yellow"}
    for finding in findings:
        vi, en = say.words(say.SEVERITIES, finding.severity)
        _line(console, f"{vi}: {finding.text_vi}", styles.get(finding.severity, ""), indent=2)
        code = f" [{finding.code}]" if detail else ""
        _line(console, f"{en}: {finding.text}{code}", "dim", indent=4)


def _self_check(console: Console, report: Report, *, detail: bool) -> None:
    if not detail:
        console.print()
        hint = "Chi tiết và cách tự kiểm tra: --detail; trang để in: --html TỆP"
        _line(console, f"{hint} / Details and how to check yourself: --detail; a page to print: --html FILE", "dim")
        return
    _heading(console, "Tự kiểm tra", "How to check this yourself")
    for number, (vi, en) in enumerate(self_check(report), 1):
        _line(console, f"{number}. {vi}", indent=2)
        _line(console, en, "dim", indent=5)


def _about(console: Console, report: Report) -> None:
    _heading(console, "Về lần kiểm tra này", "About this check")
    told = {
        "SHA-256": report.sha256,
        "kind": report.kind,
        "verdict": str(report.verdict),
        "validated_at": vietnam_time(report.validated_at),
        "policy": report.policy,
        "elapsed": f"{report.elapsed_ms:.1f} ms",
    }
    _pairs(console, told)


def _technical(signature: SignatureReport) -> dict[str, str | None]:
    trail, signer = signature.trail, signature.signer
    told = {
        "id": signature.id,
        "format": " ".join(filter(None, (signature.format, signature.baseline))),
        "indication": " / ".join(filter(None, (str(signature.indication), signature.sub_indication))),
        "coverage": signature.coverage,
        "changes_after": signature.changes_after,
        "signing_time (claimed)": _time(signature.signing_time),
        "timestamp": _time(signature.timestamp),
        "best_signature_time": _time(signature.best_signature_time if is_proven(signature) else None),
        "algorithms": " / ".join(filter(None, (signature.signature_algorithm, signature.digest_algorithm))),
        "subject": signer.subject if signer else None,
        "issuer": signer.issuer if signer else None,
        "serial": signer.serial if signer else None,
    }
    if trail is not None:
        for number, digest in enumerate(trail.chain):
            told[f"certificate {number}"] = f"sha256:{digest.hex()}"
        for number, stamp in enumerate(trail.stamps):
            kind = "archive timestamp" if stamp.archive else "signature timestamp"
            counts = "counts" if stamp.counts else "does not count"
            told[f"{kind} {number}"] = f"{_time(stamp.time)}, {counts}, sha256:{stamp.sha256.hex()}"
    return told


def _time(value: datetime | None) -> str | None:
    return vietnam_time(value) if value is not None else None


def _pairs(console: Console, told: Mapping[str, str | None]) -> None:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in told.items():
        if value:
            table.add_row(Text(name), Text(printable(value)))
    console.print(Padding(table, (0, 0, 0, 4)))
