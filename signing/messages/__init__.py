"""Every sentence that a person reads, by its stable code, in English and Vietnamese.

One file a room; each holds `MESSAGES`: code → (severity, English, Vietnamese). Errors and findings share these codes.
`{name}` stands for a detail of the case; details come from untrusted documents, so they are stripped of control
characters and cut to a length before they are shown. An error or a finding as a detail is shown in the sentence's
language, a time in Vietnam's (ISO 8601), a half of a sentence as `phrases` has it; `name_vi` beside `name` comes first.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from ..times import vietnam_time
from . import (
    audit,
    bulk,
    container,
    core,
    csc,
    dossier,
    external,
    longterm,
    mobile,
    pdf,
    phrases,
    pkcs11,
    seal,
    signature,
    stamp,
    token,
    trust,
    trusted_list,
    xades,
)

MAX_DETAIL_CHARS = 200
_DETAIL = re.compile(r"{\w+}")
_LOOKED_UP = frozenset(  # the other details are names and numbers
    {
        "why",
        "what",
        "kinds",
        "kind",
        "limit",
        "demand",
        "detail",
        "step",
        "event",
        "decision",
        "role",
        "state",
        "wanted",
    }
)


class Message(NamedTuple):
    """The severity (`error`, `warning`, `info`) and both texts of one code, details filled in."""

    severity: str
    text: str
    text_vi: str


_TABLE: dict[str, tuple[str, str, str]] = {
    **core.MESSAGES,
    **bulk.MESSAGES,
    **audit.MESSAGES,
    **trust.MESSAGES,
    **signature.MESSAGES,
    **trusted_list.MESSAGES,
    **longterm.MESSAGES,
    **xades.MESSAGES,
    **pdf.MESSAGES,
    **stamp.MESSAGES,
    **container.MESSAGES,
    **dossier.MESSAGES,
    **seal.MESSAGES,
    **token.MESSAGES,
    **external.MESSAGES,
    **mobile.MESSAGES,
    **csc.MESSAGES,
    **pkcs11.MESSAGES,
}


def clean(value: object) -> str:
    """A detail made safe to print: no control or bidirectional-override characters, at most 200 characters."""
    text = str(value)
    if len(text) > MAX_DETAIL_CHARS:
        text = text[: MAX_DETAIL_CHARS - 1] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def message(code: str, **details: object) -> Message:
    """The texts of `code` with `details` filled in. An unknown code is our own mistake: `KeyError`."""
    severity, english, vietnamese = _TABLE[code]
    in_english: dict[str, str] = {}
    in_vietnamese: dict[str, str] = {}
    for name, value in details.items():
        in_english[name], in_vietnamese[name] = _both(name, value)
    for name in [n for n in details if n.endswith("_vi")]:
        in_vietnamese[name.removesuffix("_vi")] = in_english[name]
    return Message(severity, english.format(**in_english), vietnamese.format(**in_vietnamese))


def general(code: str) -> Message | None:
    """What `code` says of any case, `…` in the place of details; None for what is no code."""
    if code not in _TABLE:
        return None
    severity, english, vietnamese = _TABLE[code]
    return Message(severity, _DETAIL.sub("…", english), _DETAIL.sub("…", vietnamese))


def _both(name: str, value: Any) -> tuple[str, str]:
    """A detail in both languages."""
    if hasattr(value, "text_vi"):
        return clean(value.text), clean(value.text_vi)
    if isinstance(value, tuple):
        each = [_both(name, item) for item in value]
        return ", ".join(first for first, _ in each), ", ".join(second for _, second in each)
    shown = clean(vietnam_time(value) if isinstance(value, datetime) else value)
    return shown, phrases.in_vietnamese(shown) if name in _LOOKED_UP else shown


def codes() -> frozenset[str]:
    """All known codes."""
    return frozenset(_TABLE)
