"""What a revision did to the form (ISO 32000-2 §12.7): the one thing allowed is a signature over exactly that revision.

An empty signature field may be filled, with an appearance inside its own rectangle; a new signature field may come
together with its signature. Values of other fields are final.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .form import Field, form_of, read_fields
from .ledger import Ledger, differing, is_kept
from .objects import PdfDict, Ref

_FILLED_KEYS = frozenset({"V", "AP", "F", "AS", "M", "MK", "DA"})
_WIDGET_KEYS = _FILLED_KEYS - {"V"}
# Never /A or /AA: a field that comes with a signature runs nothing.
_FIELD_KEYS = _FILLED_KEYS | frozenset(
    {"BS", "Border", "C", "DR", "FT", "Ff", "Kids", "Lock", "NM", "P", "Parent", "Q", "Rect", "SV", "Subtype", "T"}
    | {"TM", "TU", "Type"}
)
_UNSEEN_FLAGS = 1 | 2 | 32  # annotation flags Invisible, Hidden, NoView


def compare_forms(ledger: Ledger) -> None:
    """Enter into `ledger` what the form and its fields say."""
    file = ledger.file
    a, b = form_of(file, ledger.old), form_of(file, ledger.new)
    for key in sorted(differing(a, b) - {"SigFlags"} if a else ()):
        if not _entry_fits(ledger, key, a.get(key), b.get(key)):
            ledger.forbid("pdf.change-form", "other", name=key)
    fields_before, fields_now = read_fields(file, ledger.old), read_fields(file, ledger.new)
    if fields_before is fields_now:
        return  # not one object of the form was touched
    old, new = _by_number(fields_before), _by_number(fields_now)
    before, now = file.array(a.get("Fields"), ledger.old), file.array(b.get("Fields"), ledger.new)
    added = [item for item in now if item not in before] if now != before else []
    if not is_kept(before, now) or not all(isinstance(item, Ref) and item.number in new for item in added):
        ledger.forbid("pdf.change-form", "other", name="Fields")
    ledger.explain(a.get("Fields"), b.get("Fields"))
    ledger.explain(*(file.catalog(revision).get("AcroForm") for revision in (ledger.old, ledger.new)))
    for number, field in new.items():
        known = old.get(number)
        if known is None:
            _new_field(ledger, field)
        elif known != field or any(w in ledger.changed for w in field.widgets):
            _changed_field(ledger, number, known, field)
    for number in old.keys() - new.keys():
        ledger.forbid("pdf.change-form", "other", name=old[number].name)


def _by_number(fields: Iterable[Field]) -> dict[int, Field]:
    """Fields that are objects; others are compared as part of the object that holds them."""
    return {field.number: field for field in fields if field.number is not None}


def _entry_fits(ledger: Ledger, key: str, a: Any, b: Any) -> bool:
    """Whether a form's entry may differ: its fields are compared one by one, and default resources may grow."""
    if key == "DR":
        file = ledger.file
        return ledger.only_adds(file.dictionary(a, ledger.old), file.dictionary(b, ledger.new))
    return key == "Fields" or (key == "DA" and a is None)


def _signature_in(ledger: Ledger, field: Field) -> str | None:
    """`signature` or `timestamp` when the field's value is a signature made over exactly this revision."""
    value = ledger.file.resolve(field.value.get("V"), ledger.new)
    return ledger.signed_here.get(value.start) if isinstance(value, PdfDict) and field.is_signature else None


def _changed_field(ledger: Ledger, number: int, old: Field, new: Field) -> None:
    kind = _signature_in(ledger, new)
    empty = ledger.file.resolve(old.value.get("V"), ledger.old) is None
    same = (old.name, old.kind, old.widgets) == (new.name, new.kind, new.widgets)
    widgets = [w for w in new.widgets if w in ledger.changed and w != number]
    fits = empty and same and differing(old.value, new.value) <= _FILLED_KEYS
    if kind is None or not fits or not all(_only_appearance(*ledger.changed[w]) for w in widgets):
        code = "pdf.change-form" if empty or not old.is_signature else "pdf.change-signature"
        ledger.forbid(code, "other", name=new.name)
    else:
        ledger.kinds.add(kind)
        ledger.signed.append(new.name)
        ledger.widgets.update(dict.fromkeys(new.widgets, "visible-signature"))
    for explained in (number, *widgets):
        ledger.changed.pop(explained, None)


def _only_appearance(a: Any, b: Any) -> bool:
    return isinstance(a, PdfDict) and isinstance(b, PdfDict) and differing(a, b) <= _WIDGET_KEYS


def _new_field(ledger: Ledger, field: Field) -> None:
    signed = _signature_in(ledger, field)
    empty = field.is_signature and "V" not in field.value
    widgets = [ledger.file.dictionary(Ref(w, 0), ledger.new) for w in field.widgets]
    known = all(part.keys() <= _FIELD_KEYS for part in (field.value, *widgets))
    if not (signed or empty) or not known or any(w.get("Subtype") != "Widget" for w in widgets):
        ledger.forbid("pdf.change-form", "form-field", name=field.name)
        return
    kind = signed or "empty-signature-field"
    ledger.kinds.add(kind)
    if kind == "signature" and any(_is_seen(ledger, widget) for widget in widgets):
        kind = "visible-signature"
        ledger.kinds.add(kind)
    if signed:
        ledger.signed.append(field.name)
    else:
        ledger.forbid("pdf.change-form", kind, name=field.name)
    ledger.widgets.update(dict.fromkeys(field.widgets, kind))


def _is_seen(ledger: Ledger, widget: PdfDict) -> bool:
    """Whether a widget can show anything on its page."""
    file, revision = ledger.file, ledger.new
    corners = [file.resolve(item, revision) for item in file.array(widget.get("Rect"), revision)]
    numbers = [v for v in corners if isinstance(v, int | float)]
    area = len(numbers) != 4 or (numbers[0] != numbers[2] and numbers[1] != numbers[3])
    flags = file.resolve(widget.get("F"), revision)
    return area and not (isinstance(flags, int) and flags & _UNSEEN_FLAGS)
