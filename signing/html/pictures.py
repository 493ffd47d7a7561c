"""Pages when they were signed beside the pages now: one self-contained page, Vietnamese first, English beside it.

Nothing is fetched: no script, the one style sheet allowed by its digest, pictures inside as `data:` (CSP level 3).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..report import Finding, Report, SignatureReport
from ..report.plain import who_signed
from ..rfc4514 import name_parts
from . import words as say
from .markup import Html, both, el, join, text
from .words import words

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1c1c1c;background:#f4f4f2;margin:0 auto;padding:1rem;max-width:1700px}
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:0 0 .3rem;overflow-wrap:anywhere}
section{background:#fff;border:1px solid #d5d5d0;border-radius:8px;padding:1rem;margin:1rem 0}
.en{color:#5a5a5a;font-size:.9em}.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem;margin:1rem 0}
figure{margin:0;min-width:0}figcaption{font-weight:600;padding:.3rem 0}img{max-width:100%;border:1px solid #999}
.none{border:1px dashed #999;color:#5a5a5a;padding:2rem;text-align:center}
.forbidden,.unknown,.invalid,.indeterminate{color:#b00000}
ul{padding-left:1.2rem}h3{font-size:1rem;margin:1rem 0 0}code{overflow-wrap:anywhere}
@media print{section{break-inside:avoid-page;border:0}body{background:#fff}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePair:
    """One page that looks different, by its number from 0 then and now (None: not there), each as PNG."""

    old: int | None
    new: int | None
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePictures:
    """The pages that look different since one signature; `more` are those that were not drawn or not compared."""

    signature: SignatureReport
    pages: tuple[PagePair, ...]
    more: int = 0


def render_pictures(report: Report, shown: Sequence[SignaturePictures]) -> str:
    """The whole page about one document."""
    verdict = str(report.verdict)
    title = ("Trang khi ký và hiện nay", "Pages when signed and now")
    body = join(
        el("h1", both(*title)),
        el("p", el("b", report.path), " · SHA-256 ", el("code", report.sha256 or "–")),
        el(
            "p",
            both(
                "Khung đỏ đánh dấu chỗ khác nhau; trang không đổi được bỏ qua. Hình chỉ để xem: kết luận nằm trong kết "
                "quả kiểm tra, và chương trình khác có thể hiển thị khác.",
                "Red frames mark what differs; pages that look the same are left out. Pictures are for looking: the "
                "verdict is that of the check, and other programs may show the document otherwise.",
            ),
        ),
        el("p", el("b", both(*say.VERDICTS[verdict]), cls=verdict)),
        _findings([f for f in report.findings if f.code.startswith("pdf.")]),
        *map(_signature, shown),
    )
    return _document(title[0], body)


def _signature(shown: SignaturePictures) -> Html:
    signature = shown.signature
    name = name_parts(signature.signer.subject).get("CN", signature.id) if signature.signer else signature.id
    when = who_signed(signature)
    changes = signature.changes_after or "unknown"
    return el(
        "section",
        el("h2", f"{name} · {signature.id}"),
        el("p", both(*when.when) if when.when[0] != when.when[1] else when.when[0], " – ", both(*when.how_known)),
        el("p", el("b", both(*words(say.CHANGES, changes)), cls=changes)),
        _findings([f for f in signature.findings if f.code.startswith("pdf.")]),
        *map(_pair, shown.pages),
        *([] if shown.pages else [_nothing(shown.more)]),
        *([_more(shown.more)] if shown.more else []),
    )


def _findings(findings: Sequence[Finding]) -> Html | None:
    rows = [el("li", both(f.text_vi, f.text), " ", el("code", f.code)) for f in dict.fromkeys(findings)]
    return el("ul", *rows) if rows else None


def _nothing(unseen: int) -> Html | None:
    if unseen:
        return None
    vi, en = "Không trang nào trông khác so với khi ký.", "No page looks different from when it was signed."
    return el("p", both(vi, en))


def _more(count: int) -> Html:
    vi, en = f"Còn {count} trang chưa được so sánh hoặc chưa được vẽ.", f"{count} more pages not compared or not drawn."
    return el("p", both(vi, en), cls="unknown")


def _pair(pair: PagePair) -> Html:
    number = (pair.old if pair.old is not None else pair.new or 0) + 1
    moved = pair.new is not None and pair.old is not None and pair.new != pair.old
    now = f" → {(pair.new or 0) + 1}" if moved else ""
    return join(
        el("h3", both(f"Trang {number}{now}", f"Page {number}{now}")),
        el(
            "div",
            _side(("Khi ký", "When signed"), pair.before, pair.old is None, number),
            _side(("Hiện nay", "Now"), pair.after, pair.new is None, number),
            cls="pair",
        ),
    )


def _side(caption: tuple[str, str], picture: bytes | None, absent: bool, number: int) -> Html:
    if picture is None:
        told = ("Không có trang này", "there is no such page") if absent else ("Không vẽ được", "could not be drawn")
        inner = el("div", both(*told), cls="none")
    else:
        source = f"data:image/png;base64,{b64encode(picture).decode()}"
        inner = Html(f'<img src="{source}" alt="{text(f"{caption[0]} / {caption[1]}: {number}")}">')
    return el("figure", el("figcaption", both(*caption)), inner)


def _document(title: str, body: Html) -> str:
    digest = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = join(
        Html('<meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{text(policy)}">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="referrer" content="no-referrer">'),
        el("title", title),
        Html(f"<style>{_STYLE}</style>"),
    )
    return f'<!DOCTYPE html>\n<html lang="vi"><head>{head}</head><body>{body}</body></html>\n'
