"""The form of a PDF as of one revision (ISO 32000-2 §12.7): fields by full name, and text strings."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Any

from .errors import LimitError
from .pdf_file import PdfFile
from .pdf_objects import PdfDict, Ref

MAX_FIELDS = 50_000
MAX_FIELD_DEPTH = 50
_VISIT_COST = 32  # bytes of the file's budget that looking at one field counts as


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


def read_fields(file: PdfFile, revision: int) -> list[Field]:
    """All fields of the form that have a value or no children, in order, each object once.

    Raises `MalformedError` or `LimitError`.
    """
    top = file.array(form_of(file, revision).get("Fields"), revision)
    waiting: list[tuple[Any, str, str | None, int]] = [(item, "", None, 0) for item in reversed(top)]
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
        own = text_of(file.resolve(value.get("T"), revision))
        name = f"{above}.{own}" if above and own else above or own
        own_kind = file.resolve(value.get("FT"), revision)
        kind = own_kind if isinstance(own_kind, str) else kind
        fields, widgets = _split_kids(file, file.array(value.get("Kids"), revision), revision)
        waiting.extend((kid, name, kind, depth + 1) for kid in reversed(fields))
        if not fields or "V" in value:
            own_widget = (number,) if number is not None and value.get("Subtype") == "Widget" else ()
            found.append(Field(name, number, value, kind, own_widget + widgets))
    return found


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
