"""A Report in plain sentences, Vietnamese and English: verdict, who signed, when and how that is known, what changed.

Terminal, page and XML say the same words. Nothing here judges; texts from documents are passed on as they are, and are
made safe by whoever shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..clock import vietnam_time
from ..html import words as say
from ..rfc4514 import name_parts
from . import DossierReport, Finding, Indication, Report, SignatureReport, Verdict
from .law import Words, is_proven

MAX_NAMED = 3  # people named in the verdict's sentence; more are counted
MAX_REASON_CHARS = 400  # of a finding that stands in the verdict's sentence

_SEVERITY_ORDER = {"error": 0, "warning": 1, "info": 2}
_WHAT: Mapping[str, Words] = {
    "pdf": ("Văn bản này", "This document"),
    "dossier": ("Hồ sơ này", "This dossier"),
    "asice": ("Gói tài liệu này", "This container"),
    "asics": ("Gói tài liệu này", "This container"),
    "seal": ("Con dấu này", "This seal"),
    "token": ("Token này", "This token"),
}
_TOKEN_HOLDS: Words = (
    "Token định danh này đúng vào lúc kiểm tra; chỉ nơi đã yêu cầu mới được dùng, không chuyển cho người khác.",
    "This identity token holds as of this check; it is for whoever asked for it, do not pass it on.",
)
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
_PICTURE: Words = (
    "Đây là ảnh, không phải văn bản ký số; nếu trên ảnh có mã QR của con dấu xác thực, hãy dùng 'signing seal check'.",
    "This is a picture and no signed document; if it shows the QR code of a seal, use 'signing seal check'.",
)
_FILE: Words = ("Tệp này", "This file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """One signature as people speak of it: `verdict` is a value of `Verdict`, `about` title and unit."""

    name: str
    about: str
    verdict: str
    when: Words
    how_known: Words
    changes: Words | None
    place: str


def verdict_sentence(report: Report) -> Words:
    """One sentence that a person can act on."""
    if report.verdict is Verdict.VALID:
        return _valid(report)
    if report.verdict is Verdict.UNSIGNED:
        return _unsigned(report)
    reason = main_reason(report)
    if report.verdict is Verdict.INVALID:
        vi, en = "Không được sử dụng", "Do not rely on it"
    else:
        vi, en = (
            "Chưa đủ căn cứ để kết luận nên không coi là hợp lệ",
            "There is not enough to decide; do not take it as valid",
        )
    if reason is None:
        return f"{vi}.", f"{en}."
    return f"{vi}: {_sentence(reason.text_vi)}", f"{en}: {_sentence(reason.text)}"


def main_reason(report: Report) -> Finding | None:
    """What speaks against a document before all else: errors before warnings, of the document before a signature's."""
    failing = [s for s in report.signatures if s.indication is not Indication.PASSED]
    failing.sort(key=lambda s: s.indication is not Indication.FAILED)
    told = [*report.findings, *(f for s in failing for f in s.findings)]
    worst = [f for severity in ("error", "warning") for f in told if f.severity == severity]
    return worst[0] if worst else None


def _sentence(text: str) -> str:
    cut = text if len(text) <= MAX_REASON_CHARS else text[: MAX_REASON_CHARS - 1] + "…"
    return cut if cut.endswith((".", "…")) else f"{cut}."


def _valid(report: Report) -> Words:
    what = _WHAT.get(report.kind, _FILE)
    signers = _names([s for s in report.signatures if s.type == "signature" and s.signer is not None])
    if report.dossier is not None:
        return _valid_dossier(report.dossier)
    if report.kind == "token":
        return _TOKEN_HOLDS
    if not signers:
        first = min((s.timestamp for s in report.signatures if s.timestamp is not None), default=None)
        if first is None:
            return say.VERDICT_MEANING["valid"]
        time = vietnam_time(first)
        return (
            f"{what[0]} đã tồn tại từ {time} (giờ Việt Nam) và từ đó không bị thay đổi.",
            f"{what[1]} existed at {time} (Vietnam time) and was not changed since.",
        )
    added = any(s.changes_after == "permitted" for s in report.signatures)
    vi = "chỉ có bổ sung được phép" if added else "không bị thay đổi"
    en = "only permitted additions were made since" if added else "nothing was changed since"
    return (
        f"{what[0]} do {_listed(signers, 'và', 'người khác')} ký; sau khi ký {vi}.",
        f"{what[1]} was signed by {_listed(signers, 'and', 'others')}; {en}.",
    )


def _valid_dossier(dossier: DossierReport) -> Words:
    count = len(dossier.steps)
    if dossier.complete:
        vi, en = "sổ đăng ký xác nhận đây là bước cuối", "the register confirms that no step is missing"
    else:
        vi, en = "chưa loại trừ được các bước sau đó", "later steps cannot be excluded"
    return (
        f"Hồ sơ này có {count} bước, bước nào cũng được ký đúng, đúng thứ tự và không bị thay đổi; {vi}.",
        f"This dossier has {count} steps, each rightly signed, in order and unchanged; {en}.",
    )


def _unsigned(report: Report) -> Words:
    if report.kind == "token":
        return (
            "Đây là token định danh, không phải văn bản ký số; không chuyển token này cho người khác.",
            "This is an identity token and no signed document; do not pass it on.",
        )
    if report.path.lower().endswith(_PICTURES):
        return _PICTURE
    return say.VERDICT_MEANING["unsigned"]


def _names(signatures: Iterable[SignatureReport]) -> list[str]:
    return list(dict.fromkeys(name_of(s) for s in signatures))


def _listed(names: Sequence[str], last: str, others: str) -> str:
    shown = list(names[:MAX_NAMED])
    if len(names) > MAX_NAMED:
        shown.append(f"{len(names) - MAX_NAMED} {others}")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def name_of(signature: SignatureReport) -> str:
    """The common name in the certificate, or what there is instead."""
    if signature.signer is None:
        return "?"
    return name_parts(signature.signer.subject).get("CN") or signature.signer.subject


def who_signed(signature: SignatureReport) -> Who:
    """The line of one signature."""
    parts = name_parts(signature.signer.subject) if signature.signer is not None else {}
    told = dict.fromkeys(parts[key] for key in ("T", "OU", "O") if parts.get(key))
    about = " · ".join(words for words in told if words != name_of(signature))  # an office is not its own unit
    when, how_known = _when(signature)
    changes = say.words(say.CHANGES, signature.changes_after) if signature.changes_after else None
    return Who(
        name=name_of(signature),
        about=about,
        verdict=say.INDICATIONS[str(signature.indication)],
        when=when,
        how_known=how_known,
        changes=changes,
        place=signature.id,
    )


def _when(signature: SignatureReport) -> tuple[Words, Words]:
    if signature.timestamp is not None:
        time = vietnam_time(signature.timestamp)
        if signature.type == "signature":
            known = ("dấu thời gian xác nhận đã ký trước lúc đó", "a timestamp proves it was signed by then")
            return (time, time), known
        if signature.indication is Indication.PASSED:
            return (time, time), ("dữ liệu đã có trước lúc đó", "the data existed by then")
        return (time, time), ("dấu thời gian chưa được xác nhận", "the timestamp is not confirmed")
    if is_proven(signature) and signature.best_signature_time is not None:
        time = vietnam_time(signature.best_signature_time)
        known = ("dấu thời gian của cả tệp xác nhận", "proven by a timestamp over the whole file")
        return (f"không muộn hơn {time}", f"no later than {time}"), known
    if signature.signing_time is not None:
        time = vietnam_time(signature.signing_time)
        return (time, time), ("chỉ là lời khai của người ký, không có bằng chứng", "only the signer's word, not proven")
    return ("không rõ", "unknown"), ("chữ ký không ghi thời điểm", "the signature tells no time")


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Each once, errors before warnings before notes."""
    return sorted(dict.fromkeys(findings), key=lambda f: _SEVERITY_ORDER.get(f.severity, 3))
