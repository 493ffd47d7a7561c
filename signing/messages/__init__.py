"""Every sentence that a person reads, by its stable code, in English and Vietnamese.

One file a room; each holds `MESSAGES`: code → (severity, English, Vietnamese). Errors and findings share these codes.
`{name}` stands for a detail of the case; details come from untrusted documents, so they are stripped of control
characters and cut to a length before they are shown.
"""

from __future__ import annotations

from typing import NamedTuple

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
    pkcs11,
    seal,
    signature,
    stamp,
    system,
    token,
    trust,
    trusted_list,
    xades,
)

MAX_DETAIL_CHARS = 200


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
    shown = {name: clean(value) for name, value in details.items()}
    in_vietnamese = {**shown, "why": system.in_vietnamese(shown.get("why", ""))}
    return Message(severity, english.format(**shown), vietnamese.format(**in_vietnamese))


def codes() -> frozenset[str]:
    """All known codes."""
    return frozenset(_TABLE)
