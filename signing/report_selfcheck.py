"""How a citizen checks a document without us: what to open, what to compare, whom to ask (NĐ 137/2024 Đ5).

Whoever holds a report need not trust it. The steps name programs that anyone can get and numbers that anyone can work
out; addresses are to be typed, never taken from the document.
"""

from __future__ import annotations

from collections.abc import Mapping

from .messages.selfcheck import STEPS
from .report import Report
from .report_law import Words

_ALWAYS = ("root", "office", "print")
_STEPS_OF: Mapping[str, tuple[str, ...]] = {
    "pdf": ("fingerprint", "pdf", *_ALWAYS),
    "dossier": ("fingerprint", "dossier", "dossier-steps", *_ALWAYS),
    "asice": ("fingerprint", "container", *_ALWAYS),
    "asics": ("fingerprint", "container", *_ALWAYS),
    "cades": ("fingerprint", "detached", *_ALWAYS),
    "xades": ("fingerprint", "detached", *_ALWAYS),
    "timestamp": ("fingerprint", "timestamp", "root"),
    "evidence-record": ("fingerprint", "timestamp", "root"),
    "seal": ("seal", "office", "print"),
    "token": ("token",),
}
_OTHERS = ("fingerprint", "office", "print")


def self_check_steps(kind: str, sha256: str | None = None) -> tuple[Words, ...]:
    """What to do for a document of that kind, in order; kinds that are not known have the common steps."""
    return tuple(_filled(name, sha256) for name in _STEPS_OF.get(kind, _OTHERS))


def self_check(report: Report) -> tuple[Words, ...]:
    """The steps for one document, its fingerprint among them."""
    return self_check_steps(report.kind, report.sha256)


def _filled(name: str, sha256: str | None) -> Words:
    vi, en = STEPS[name]
    if name != "fingerprint":
        return vi, en
    if sha256 is None:
        return f"{vi} Dấu vân tay đúng ghi ở từng văn bản.", f"{en} The right one stands beside each document."
    return f"{vi} Dấu vân tay đúng: {sha256}", f"{en} The right one: {sha256}"
