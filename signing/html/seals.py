"""The seal's part of the HTML report: four facts that stand apart, and the document that the seal is in.

What a seal says is called unproven until its signature is checked, and no answer that hangs on the signature is shown
before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..report import SealReport
from ..report.law import seal_law_items
from . import words as say
from .markup import Html, both, el, join
from .signatures import law_table
from .words import Words, words


def seal_section(seal: SealReport) -> Html:
    """Heading, facts as coloured words, and what the seal says."""
    proven = seal.signature is True
    status = {"valid": True, "revoked": False}.get(seal.status) if proven else None
    fresh = seal.fresh if proven else None
    matches = seal.matches_document if proven else None
    answers = (
        _fact(("Đọc được", "Decoded"), seal.decoded, ("có", "yes"), ("không", "no")),
        _fact(("Chữ ký của cơ quan", "Office's signature"), seal.signature, ("đúng", "holds"), ("sai", "fails")),
        _fact(("Thời hạn", "Freshness"), fresh, ("còn hạn", "fresh"), ("không còn hạn", "not fresh")),
        _pill(("Trạng thái", "Status"), status, words(say.SEAL_STATUS, seal.status if proven else "unknown")),
        _fact(("Văn bản", "Document"), matches, ("khớp", "fits"), ("không khớp", "differs")),
    )
    warning = both("Các thông tin dưới đây CHƯA được chứng minh.", "What follows is NOT proven.")
    return join(
        el("h3", both("Con dấu xác thực", "Verification seal"), " ", el("small", seal.id)),
        el("ul", *answers, cls="pills"),
        el("p", warning, cls="bad") if seal.facts and not proven else None,
        _facts(seal.facts, proven=proven),
        law_table(seal_law_items(seal)),
    )


def _fact(names: Words, state: bool | None, good: Words, bad: Words) -> Html:
    return _pill(names, state, ("chưa biết", "unknown") if state is None else good if state else bad)


def _pill(names: Words, state: bool | None, answer: Words) -> Html:
    verdict = {True: "valid", False: "invalid", None: "indeterminate"}[state]
    return el(
        "li",
        el("span", both(*names), cls="muted"),
        el("span", f"{say.ICONS[verdict]} ", both(*answer), cls="answer"),
        cls=f"pill {verdict}",
    )


def _facts(facts: Mapping[str, Any], *, proven: bool) -> Html | None:
    rows = [
        join(el("dt", both(*names)), el("dd", str(facts[key])))
        for key, names in say.SEAL_FACTS.items()
        if facts.get(key) is not None
    ]
    return el("dl", *rows, cls="facts" if proven else "facts unproven") if rows else None
