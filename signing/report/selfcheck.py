"""How a citizen checks a document without us: what to open, what to compare, whom to ask (NĐ 137/2024 Đ5).

Whoever holds a report need not trust it. The steps name programs that anyone can get and numbers that anyone can work
out; addresses are to be typed, never taken from the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..messages.selfcheck import STEPS
from . import Report
from .law import Words

_ALWAYS = ("root", "office", "print")
_COMMON = ("fingerprint", *_ALWAYS)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStep:
    """One step; `kind` where it is for documents of that kind alone, among several kinds."""

    text: Words
    kind: str | None = None


def self_check_of(reports: Sequence[Report]) -> tuple[CheckStep, ...]:
    """The steps for several documents, each step once: what concerns all kinds around what concerns one."""
    if len(reports) == 1:
        return tuple(CheckStep(text=text) for text in self_check(reports[0]))
    kinds = list(dict.fromkeys(report.kind for report in reports))
    wanted = {name for kind in kinds for name in _STEPS_OF.get(kind, _OTHERS)}
    special = {
        name: CheckStep(text=STEPS[name], kind=kind if len(kinds) > 1 else None)
        for kind in reversed(kinds)
        for name in _STEPS_OF.get(kind, _OTHERS)
        if name not in _COMMON
    }
    first, last = (
        [CheckStep(text=_filled(name, None)) for name in names if name in wanted]
        for names in (_COMMON[:1], _COMMON[1:])
    )
    return (*first, *special.values(), *last)


def _filled(name: str, sha256: str | None) -> Words:
    vi, en = STEPS[name]
    if name != "fingerprint":
        return vi, en
    if sha256 is None:
        return f"{vi} Dấu vân tay đúng ghi ở từng văn bản.", f"{en} The right one stands beside each document."
    return f"{vi} Dấu vân tay đúng: {sha256}", f"{en} The right one: {sha256}"
