"""ISO 32000-2 §9 and §12.7: a stamp placed by what stands on the page — printed words, or a field — not by numbers.

NĐ 30/2020 Phụ lục I puts the signature between the signer's title and name, wherever the text above ends. Words are
found by PDFium (the extra `scan`, in a process of its own): fonts map codes to letters in more ways than a small reader
knows. A scan has none, and is told to be one. The last place where they show counts: signatures stand at the end.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import UsageError
from .fields import Field, fields, widget_of
from .pages import Box, Geometry, find_page, page_of_widget
from .raw import PdfSyntaxError, as_array, as_number
from .revision import Update
from .source import open_source
from .update import updated
from .words import ask_words

MAX_ANCHOR_CHARS = 200

Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnchor:
    """The stamp stands under `text`, centred, `gap_mm` below it; with `until` in the middle between both.

    `page` counts as in `Stamp`; without it the last 50 pages are searched. Raises `UsageError` for empty words.
    """

    text: str
    until: str | None = None
    page: int | None = None
    gap_mm: float = 1.0

    def __post_init__(self) -> None:
        for words in (self.text, *([] if self.until is None else [self.until])):
            if not words.strip() or len(words) > MAX_ANCHOR_CHARS or not words.isprintable():
                raise UsageError("usage.argument", why=f"words on the page: 1 – {MAX_ANCHOR_CHARS} characters")
        if self.page is not None and not isinstance(self.page, int):
            raise UsageError("usage.argument", why="a page is a number, from 0, or from the end with -1")
        if not abs(self.gap_mm) < 1000:
            raise UsageError("usage.argument", why="the gap below the words, in millimetres")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAnchor:
    """The stamp takes the place of the field of that name; a seal lies over what that field shows."""

    field: str


Anchor = TextAnchor | FieldAnchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Left, bottom, right and top of what was found, in points on page `page` (from 0) as it is shown."""

    page: int
    box: Box
    until: Box | None = None


def find_spot(pdf: bytes | os.PathLike[str], anchor: Anchor, password: Ask | None = None) -> Spot:
    """Where the anchor is on the page as shown.

    Raises `UsageError` (`stamp.no-text`, `stamp.no-words`, `stamp.no-field`, `pdf.page`, `pdf.encrypted`),
    `MissingExtraError`, `MalformedError`.
    """
    if isinstance(anchor, FieldAnchor):
        return _field_spot(pdf, anchor.field, password)
    page, box, until = _words(pdf, anchor, password)
    found: list[Spot] = []

    def look(update: Update) -> None:
        geometry = Geometry.of(update, find_page(update, page))
        found.append(Spot(page=page, box=_shown(geometry, box), until=until and _shown(geometry, until)))

    with open_source(pdf) as source:
        updated(source, look, password)
    return found[-1]


def _shown(geometry: Geometry, box: Box) -> Box:
    """A box in the page's own units in points on the page as shown: the inverse of `Geometry.matrix`."""
    a, b, c, d, e, f = geometry.matrix(0, 0)
    scale = a * d - b * c
    corners = [(x - e, y - f) for x in box[::2] for y in box[1::2]]
    xs = sorted((d * x - c * y) / scale for x, y in corners)
    ys = sorted((a * y - b * x) / scale for x, y in corners)
    return xs[0], ys[0], xs[-1], ys[-1]


# --- fields ----------------------------------------------------------------------------------------------------------


def _field_spot(pdf: bytes | os.PathLike[str], name: str, password: Ask | None) -> Spot:
    found: list[Spot] = []

    def look(update: Update) -> None:
        matching = [field for field in fields(update) if field.name == name]
        if len(matching) != 1:
            raise UsageError("stamp.no-field", field=name)
        found.append(_spot_of(update, matching[0]))

    with open_source(pdf) as source:
        updated(source, look, password)
    return found[-1]


def _spot_of(update: Update, field: Field) -> Spot:
    place, widget = widget_of(update, field)
    values = [as_number(update.resolve(v)) for v in as_array(update.resolve(widget.get(b"/Rect")))]
    if len(values) != 4:
        raise PdfSyntaxError("rectangle of a field")
    found = page_of_widget(update, place, widget)
    if found is not None and find_page(update, found[0]).ref == found[1].ref:  # else the tree's counts lie
        box = _shown(Geometry.of(update, found[1]), (values[0], values[1], values[2], values[3]))
        if box[0] < box[2] and box[1] < box[3]:
            return Spot(page=found[0], box=box)
    raise UsageError("stamp.no-field", field=field.name)


# --- words -----------------------------------------------------------------------------------------------------------


def _words(pdf: bytes | os.PathLike[str], anchor: TextAnchor, password: Ask | None) -> tuple[int, Box, Box | None]:
    """The page (from 0) and the boxes of the words in that page's units."""
    question = {"text": anchor.text, "until": anchor.until, "page": anchor.page, "password": None}
    found = ask_words(pdf, question)
    if found.get("error") == "password":
        if password is None:
            raise UsageError("pdf.encrypted")
        found = ask_words(pdf, {**question, "password": _password(password("pdf"))})
    match found.get("error"):
        case None:
            until = found["until"]
            return found["page"], _box(found["box"]), None if until is None else _box(until)
        case "password":
            raise UsageError("pdf.password")
        case "pdf.page":
            raise UsageError("pdf.page", page=anchor.page)
        case "stamp.no-text":
            raise UsageError("stamp.no-text")
    words = anchor.text if anchor.until is None else f"{anchor.text} … {anchor.until}"
    raise UsageError("stamp.no-words", words=words, pages=found["pages"])


def _password(given: str) -> str:
    """A password as PDFium takes it: what cannot be one opens nothing."""
    if "\0" in given or any("\ud800" <= c <= "\udfff" for c in given):
        raise UsageError("pdf.password")
    return given


def _box(values: list[float]) -> Box:
    return values[0], values[1], values[2], values[3]
