"""Every sentence that a person reads, by its stable code, in English and Vietnamese; one file a room.

`{name}` stands for a detail of the case; details may come from untrusted text, so they are stripped of control
characters and cut to a length before they are shown. A half of a sentence (`why`) is looked up in `phrases`; where that
cannot know the words, they are given twice: `why`, `why_vi`.
"""

from __future__ import annotations

from . import accounts, cards, chip, core, counter, credentials, inspecting, issuing, keys, phrases, statuses, verifying

MAX_DETAIL_CHARS = 200
_LOOKED_UP = frozenset({"why", "what", "limit", "missing", "needed"})  # the other details are names and numbers

_TABLE: dict[str, tuple[str, str]] = {}
for _room in (core, keys, verifying, statuses, accounts, issuing, credentials, cards, chip, counter, inspecting):
    if not _TABLE.keys().isdisjoint(_room.TABLE):
        raise RuntimeError(f"{_room.__name__} repeats a code")  # a mistake of ours, seen at the first import
    _TABLE |= _room.TABLE


def clean(value: object) -> str:
    """A detail made safe to print: no control or bidirectional-override characters, at most 200 characters."""
    text = str(value)
    if len(text) > MAX_DETAIL_CHARS:
        text = text[: MAX_DETAIL_CHARS - 1] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def message(code: str, **details: object) -> tuple[str, str]:
    """Both sentences of `code` with `details` filled in. An unknown code is our mistake: `KeyError`."""
    english, vietnamese = _TABLE[code]
    shown = {name: clean(value) for name, value in details.items()}
    other = {name: phrases.in_vietnamese(text) for name, text in shown.items() if name in _LOOKED_UP}
    given = {name.removesuffix("_vi"): text for name, text in shown.items() if name.endswith("_vi")}
    return english.format(**shown), vietnamese.format(**(shown | other | given))


def codes() -> frozenset[str]:
    """All known codes."""
    return frozenset(_TABLE)
