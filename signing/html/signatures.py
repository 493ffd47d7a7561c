"""One signature on the page, in the order in which people ask: whose, when and how that is known, what changed since,
the law's seven items, what was found; codes and indications come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..clock import vietnam_time
from ..report import Finding, SignatureReport
from ..report.law import LawItem, LawState, law_items
from ..report.plain import ordered, who_signed
from . import words as say
from .markup import Html, both, el, join
from .words import words

MAX_OPEN = 8  # findings of one thing that are seen at once: a missing step is missed in many places

_STATES: Mapping[LawState, tuple[str, str]] = {  # icon, class
    LawState.OK: ("✓", "valid"),
    LawState.BAD: ("✗", "invalid"),
    LawState.UNKNOWN: ("!", "indeterminate"),
}


def findings_list(findings: Iterable[Finding]) -> Html | None:
    """The findings, errors first, each once, those past `MAX_OPEN` to be opened; None without any."""
    rows = [_finding(finding) for finding in ordered(findings)]
    if not rows:
        return None
    first, rest = el("ul", *rows[:MAX_OPEN], cls="findings"), rows[MAX_OPEN:]
    if not rest:
        return first
    more = el("summary", f"+{len(rest)} ", both("điều khác đã phát hiện", "further findings"))
    return join(first, el("details", more, el("ul", *rest, cls="findings")))


def _finding(finding: Finding) -> Html:
    vi, en = words(say.SEVERITIES, finding.severity)
    level = finding.severity if finding.severity in say.SEVERITIES else "info"
    return el(
        "li",
        el("p", el("b", f"{vi}: "), finding.text_vi, lang="vi"),
        el("p", el("b", f"{en}: "), finding.text, " ", el("code", finding.code), cls="en", lang="en"),
        cls=f"finding {level}",
    )


def signatures_section(signatures: Sequence[SignatureReport]) -> Html | None:
    """Every signature and timestamp of a document."""
    if not signatures:
        return None
    heading = both("Chữ ký và dấu thời gian", "Signatures and timestamps")
    return join(el("h3", heading, f" ({len(signatures)})"), *map(signature_block, signatures))


def signature_block(signature: SignatureReport) -> Html:
    """Everything about one."""
    who = who_signed(signature)
    verdict = words(say.VERDICTS, who.verdict)
    name = words(say.NO_NAME, who.name)
    title = el(
        "h4",
        el("span", say.ICONS[who.verdict], cls=f"dot {who.verdict}"),
        " ",
        join(who.name) if name[0] == name[1] else both(*name),
        " ",
        el("span", both(*verdict), cls=f"tag {who.verdict}"),
    )
    when = join(el("b", who.when[0])) if who.when[0] == who.when[1] else both(*who.when)
    changed = "bad" if signature.changes_after in {"forbidden", "unknown"} else ""
    told = [f for f in signature.findings if f.severity != "info"]
    return el(
        "article",
        title,
        el("p", who.about, cls="about") if who.about else None,
        el("p", when, " – ", both(*who.how_known)),
        el("p", both(*who.changes), cls=changed) if who.changes else None,
        law_table(law_items(signature)),
        findings_list(told),
        _details(signature),
        cls=f"signature {who.verdict}",
    )


def law_table(items: Sequence[LawItem]) -> Html:
    """The items of the law, each with its mark; what does not apply to this kind is one row."""
    rows = [_law_row(item) for item in items if item.state is not LawState.NOT_APPLICABLE]
    rest = [item for item in items if item.state is LawState.NOT_APPLICABLE]
    if rest:
        vi, en = (", ".join(item.label[n] for item in rest) for n in (0, 1))
        note = both(*rest[0].note) if rest[0].note else "–"
        rows.append(el("tr", el("td", "–", cls="mark unsigned"), el("th", both(vi, en), scope="row"), el("td", note)))
    return el("table", *rows, cls="law")


def _law_row(item: LawItem) -> Html:
    icon, state = _STATES[item.state]
    note = both(*item.note) if item.note is not None else None
    if item.data and note is not None:
        note = el("span", " ", note, cls="note")
    told = join(item.data or None, note)
    return el("tr", el("td", icon, cls=f"mark {state}"), el("th", both(*item.label), scope="row"), el("td", told))


def _details(signature: SignatureReport) -> Html:
    """What a specialist asks for."""
    notes = [f for f in signature.findings if f.severity == "info"]
    rows = [join(el("dt", both(*label)), el("dd", value)) for label, value in _technical(signature) if value]
    return el(
        "details",
        el("summary", both("Chi tiết kỹ thuật", "Technical details")),
        el("dl", *rows, cls="technical"),
        findings_list(notes),
    )


def _technical(signature: SignatureReport) -> list[tuple[tuple[str, str], str]]:
    signer, trail = signature.signer, signature.trail
    coverage = " / ".join(words(say.COVERAGE, signature.coverage)) if signature.coverage else ""
    rows = [
        (
            ("Kết luận (EN 319 102-1)", "Indication"),
            _joined(" / ", str(signature.indication), signature.sub_indication),
        ),
        (("Vị trí", "Place"), signature.id),
        (("Dạng và mức", "Format and level"), _joined(" ", signature.format, signature.baseline)),
        (("Phạm vi", "Coverage"), coverage),
        (("Thuật toán", "Algorithms"), _joined(" / ", signature.signature_algorithm, signature.digest_algorithm)),
    ]
    if signature.signing_time is not None:
        rows.append((("Giờ do người ký khai", "Claimed time"), vietnam_time(signature.signing_time)))
    if signer is not None:
        ids = " · ".join(f"{kind} {value}" for kind, value in signer.ids)
        rows += [
            (("Tên trong chứng thư", "Subject"), signer.subject),
            (("Số định danh", "Identifiers"), ids),
            (("Tên tổ chức cấp", "Issuer"), signer.issuer),
            (("Số sê-ri", "Serial number"), signer.serial),
        ]
    if trail is not None and trail.chain:
        chain = " → ".join(f"{digest.hex()[:16]}…" for digest in trail.chain)
        rows.append((("Chuỗi chứng thư (SHA-256)", "Chain"), chain))
    return rows


def _joined(between: str, *parts: str | None) -> str:
    return between.join(part for part in parts if part)
