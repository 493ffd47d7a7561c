"""Annotations that people may add to a certified document where its author lets them (DocMDP 3, ISO 32000-2 §12.5.6).

A remark beside the text or a mark over it is allowed if it can neither hide what is on the page nor do anything. One
with a look of its own can show whatever it likes: whether it hides anything a person has to see.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from .ledger import Ledger
from .objects import PdfDict, Ref

MAX_ICON_POINTS = 60.0  # points a side of the icon of a remark

_MARKS = frozenset({"Highlight", "Underline", "Squiggly", "StrikeOut"})
_LINES = _MARKS - {"Highlight"}  # drawn over the text; a highlight is mixed with it
_PALE = 0.8
_DARK = 0.25
_BRIGHTNESS = (0.3, 0.59, 0.11)  # parts of red, green and blue
_KEYS = frozenset(
    {"Type", "Subtype", "Rect", "Contents", "P", "NM", "M", "F", "C", "CA", "Border", "T", "Popup", "CreationDate"}
    | {"IRT", "RT", "Subj", "QuadPoints", "Name", "Open", "Parent", "State", "StateModel", "AP", "RC"}
)
_TEXTS = frozenset({"Contents", "NM", "M", "T", "CreationDate", "Subj", "State", "StateModel"})


class Added(Enum):
    """What an annotation that was added may be."""

    REMARK = auto()
    SHOWS = auto()
    EVIL = auto()


def what_was_added(ledger: Ledger, number: int) -> Added:
    """Judge the new annotation `number`, which is no widget."""
    value = ledger.file.resolve(Ref(number, 0), ledger.new)
    if not isinstance(value, PdfDict) or number not in ledger.added or not value.keys() <= _KEYS:
        return Added.EVIL
    kind = value.get("Subtype")
    if kind not in (*_MARKS, "Text", "Popup") or not all(isinstance(value.get(k, b""), bytes) for k in _TEXTS):
        return Added.EVIL
    if kind == "Text" and not _is_icon(ledger, value):
        return Added.EVIL
    hides = (kind in _LINES and _is_pale(ledger, value)) or (kind == "Highlight" and _is_dark(ledger, value))
    shows = "AP" in value or "RC" in value or hides
    return Added.SHOWS if shows else Added.REMARK


def _is_pale(ledger: Ledger, value: PdfDict) -> bool:
    """Whether a colour is that of paper: many lines in it would rub out the text."""
    colour = [ledger.file.resolve(part, ledger.new) for part in ledger.file.array(value.get("C"), ledger.new)]
    if not all(type(part) in (int, float) for part in colour):
        return True
    if len(colour) == 4:
        return all(part <= 1 - _PALE for part in colour)
    return bool(colour) and all(part >= _PALE for part in colour)


def _is_dark(ledger: Ledger, value: PdfDict) -> bool:
    """Whether a highlight is so dark that letters cannot be told from it."""
    colour = [ledger.file.resolve(part, ledger.new) for part in ledger.file.array(value.get("C"), ledger.new)]
    if not all(type(part) in (int, float) for part in colour):
        return True
    if len(colour) == 4:
        colour = [(1 - part) * (1 - colour[3]) for part in colour[:3]]
    if len(colour) == 3:
        return bool(sum(part * weight for part, weight in zip(colour, _BRIGHTNESS, strict=True)) < _DARK)
    return bool(colour) and all(part < _DARK for part in colour)


def _is_icon(ledger: Ledger, value: PdfDict) -> bool:
    corners: list[Any] = [ledger.file.resolve(c, ledger.new) for c in ledger.file.array(value.get("Rect"), ledger.new)]
    if len(corners) != 4 or not all(type(corner) in (int, float) for corner in corners):
        return False
    left, bottom, right, top = corners
    return bool(max(abs(right - left), abs(top - bottom)) <= MAX_ICON_POINTS)
