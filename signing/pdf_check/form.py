"""The form of a PDF as of one revision (ISO 32000-2 §12.7): fields by full name, and text strings."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Any

from ..errors import LimitError
from .file import PdfFile
from .objects import PdfDict, Ref

MAX_FIELDS = 50_000
MAX_FIELD_DEPTH = 50
_VISIT_COST = 128  # bytes of the file's budget that looking at one field counts as


def text_of(value: Any) -> str:
    """A text string decoded (ISO 32000-2 §7.9.2.2; PDFDocEncoding as Latin-1); never raises."""
    if not isinstance(value, bytes):
        return value if isinstance(value, str) else ""
    if value.startswith(codecs.BOM_UTF16_BE):
        return value[2:].decode("utf-16-be", "replace")
    if value.startswith(codecs.BOM_UTF8):
        return value[3:].decode("utf-8", "replace")
    return value.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Field:
    """A field: full name, object number (None when it is no object of its own), inherited type, widgets' numbers."""

    name: str
    number: int | None
    value: PdfDict
    kind: str | None
    widgets: tuple[int, ...]

    @property
    def is_signature(self) -> bool:
        """Whether it is a signature field."""
        return self.kind == "Sig"


def form_of(file: PdfFile, revision: int) -> PdfDict:
    """The interactive form dictionary; empty when there is none."""
    return file.dictionary(file.catalog(revision).get("AcroForm"), revision)


def read_fields(file: PdfFile, revision: int) -> tuple[Field, ...]:
    """All fields of the form that have a value or no children, in order, each object once.

    The same tuple for a revision that touched none of them. Raises `MalformedError` or `LimitError`.
    """
    known = file.fields.get(revision)
    before = file.fields.get(revision - 1)
    if known is None and before is not None and before[1].isdisjoint(file.revisions[revision].entries):
        known = file.fields[revision] = before
    if known is None:
        known = file.fields[revision] = _walk(file, revision)
    return known[0]


def _walk(file: PdfFile, revision: int) -> tuple[tuple[Field, ...], frozenset[int]]:
    """The fields, and the numbers of all objects that were looked at to find them."""
    form = file.catalog(revision).get("AcroForm")
    top = form_of(file, revision).get("Fields")
    touched = {r.number for r in (file.revisions[revision].trailer.get("Root"), form, top) if isinstance(r, Ref)}
    waiting: list[tuple[Any, str, str | None, int]]
    waiting = [(item, "", None, 0) for item in reversed(file.array(top, revision))]
    seen: set[int] = set()
    found: list[Field] = []
    while waiting:
        item, above, kind, depth = waiting.pop()
        number = item.number if isinstance(item, Ref) else None
        value = file.resolve(item, revision)
        file.spend(_VISIT_COST)
        if not isinstance(value, PdfDict) or number in seen:
            continue
        if number is not None:
            seen.add(number)
        if len(seen) + len(found) > MAX_FIELDS or depth > MAX_FIELD_DEPTH:
            raise LimitError("input.too-large", what="the form of the PDF", limit=MAX_FIELDS)
        parts = (value.get("T"), value.get("FT"), value.get("Kids"), value.get("V"))
        touched.update(part.number for part in parts if isinstance(part, Ref))
        own = text_of(file.resolve(parts[0], revision))
        name = f"{above}.{own}" if above and own else above or own
        own_kind = file.resolve(parts[1], revision)
        kind = own_kind if isinstance(own_kind, str) else kind
        fields, widgets = _split_kids(file, file.array(parts[2], revision), revision)
        waiting.extend((kid, name, kind, depth + 1) for kid in reversed(fields))
        touched.update(widgets)
        if not fields or "V" in value:
            own_widget = (number,) if number is not None and value.get("Subtype") == "Widget" else ()
            found.append(Field(name, number, value, kind, own_widget + widgets))
    return tuple(found), frozenset(touched | seen)


def _split_kids(file: PdfFile, kids: list[Any], revision: int) -> tuple[list[Any], tuple[int, ...]]:
    """Kids that are fields (they have a name, value or kids of their own), and the numbers of mere widgets."""
    fields, widgets = [], []
    for kid in kids:
        value = file.dictionary(kid, revision)
        if "T" in value or "V" in value or "Kids" in value:
            fields.append(kid)
        elif isinstance(kid, Ref):
            widgets.append(kid.number)
    return fields, tuple(widgets)
