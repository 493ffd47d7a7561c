"""What a revision did to the form (ISO 32000-2 §12.7): a signature over exactly that revision, or fields filled in.

An empty signature field may be filled, with an appearance inside its own rectangle; a new signature field may come
together with its signature. Values of other fields may change where the author lets people fill in (`filling`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..report import Finding
from .filling import Filled, how_filled, was_empty
from .form import Field, form_of, read_fields
from .ledger import Leave, Ledger, added_to, differing, is_kept
from .objects import PdfDict, PdfStream, Ref
from .shapes import fits

_FILLED_KEYS = frozenset({"V", "AP", "F", "M", "MK", "DA"})
_STAMPED_KEYS = frozenset({"V", "M"})  # a document timestamp shows nothing
# Never /A or /AA: a field that comes with a signature runs nothing.
_FIELD_KEYS = _FILLED_KEYS | frozenset(
    {
        "AS",
        "BS",
        "Border",
        "C",
        "DR",
        "FT",
        "Ff",
        "H",
        "Kids",
        "Lock",
        "NM",
        "P",
        "Parent",
        "Q",
        "Rect",
        "SV",
        "Subtype",
    }
    | {"T", "TM", "TU", "Type"}
)
_HIDDEN = 2  # annotation flag; Invisible is not for widgets, and what NoView hides on the screen may be printed
_RESOURCES = frozenset(
    {"ColorSpace", "Encoding", "ExtGState", "Font", "Pattern", "ProcSet", "Properties", "Shading", "XObject"}
)


def compare_forms(ledger: Ledger) -> None:
    """Enter into `ledger` what the form and its fields say."""
    file = ledger.file
    a, b = form_of(file, ledger.old), form_of(file, ledger.new)
    for key in sorted(differing(a, b) if a else ()):
        if not _entry_fits(ledger, key, a.get(key), b.get(key)):
            ledger.forbid("pdf.change-form", "other", name=key)
    fields_before, fields_now = read_fields(file, ledger.old), read_fields(file, ledger.new)
    if fields_before is fields_now:
        return  # not one object of the form was touched
    old, new = _by_number(fields_before), _by_number(fields_now)
    before, now = file.array(a.get("Fields"), ledger.old), file.array(b.get("Fields"), ledger.new)
    added = added_to(before, now)
    if not is_kept(before, now) or len(now) - len(before) > len(added) or not new.keys() >= set(added):
        ledger.forbid("pdf.change-form", "other", name="Fields")
    if not all(_is_field(file.resolve(item, ledger.old)) for item in before):
        ledger.forbid("pdf.change-form", "other", name="Fields")
    if not ledger.explain_list(a.get("Fields"), b.get("Fields")):
        ledger.forbid("pdf.change-form", "other", name="Fields")
    ledger.explain(*(file.catalog(revision).get("AcroForm") for revision in (ledger.old, ledger.new)))
    for number, field in new.items():
        known = old.get(number)
        if known is None:
            _new_field(ledger, field)
        elif known != field or any(w in ledger.changed for w in field.widgets):
            _changed_field(ledger, number, known, field)
    for number in old.keys() - new.keys():
        ledger.forbid("pdf.change-form", "other", name=old[number].name)


def _is_field(value: Any) -> bool:
    """Whether an item of a list of fields is nothing else: numbers could be the size of a page."""
    return value is None or (isinstance(value, PdfDict) and value.get("Type") in (None, "Annot"))


def _by_number(fields: Iterable[Field]) -> dict[int, Field]:
    """Fields that are objects; others are compared as part of the object that holds them."""
    return {field.number: field for field in fields if field.number is not None}


def _entry_fits(ledger: Ledger, key: str, a: Any, b: Any) -> bool:
    """Whether a form's entry may differ: its fields are compared one by one, and default resources may grow."""
    file = ledger.file
    if key == "DR":
        if not fits(file, key, b, ledger.new):
            return False
        old, new = file.dictionary(a, ledger.old), file.dictionary(b, ledger.new)
        named = all(isinstance(file.resolve(new[k], ledger.new), PdfDict | list) for k in new.keys() - old.keys())
        # What fields are drawn with by viewers are fonts; forms of signatures in here are some programs' own affair.
        old, new = (PdfDict({k: v for k, v in part.items() if k != "XObject"}) for part in (old, new))
        return named and new.keys() - old.keys() <= _RESOURCES and ledger.only_adds(old, new) and not _redrawn(ledger)
    if key == "DA":
        alone = "Subtype" not in form_of(file, ledger.new)  # no annotation, whose text would be drawn with it
        return a is None and alone and fits(file, key, b, ledger.new) and not _redrawn(ledger)
    return key in ("Fields", "SigFlags") and fits(file, key, a, ledger.old) and fits(file, key, b, ledger.new)


def _redrawn(ledger: Ledger) -> bool:
    """Whether viewers draw some field by themselves, from the form's default appearance and resources."""
    file, revision = ledger.file, ledger.old
    if file.resolve(form_of(file, revision).get("NeedAppearances"), revision) not in (None, False):
        return True
    for field in read_fields(file, revision):
        for number in field.widgets:
            looks = file.dictionary(file.dictionary(Ref(number, 0), revision).get("AP"), revision)
            look = file.resolve(looks.get("N"), revision)
            if isinstance(look, PdfStream) and "Resources" not in look.dict and look.raw:
                return True
            if field.is_signature:
                continue
            if not isinstance(look, PdfStream) and not (field.kind == "Btn" and isinstance(look, PdfDict) and look):
                return True
    return False


def _signature_in(ledger: Ledger, field: Field) -> str | None:
    """`signature` or `timestamp` when the field's value is a signature made over exactly this revision."""
    value = ledger.file.resolve(field.value.get("V"), ledger.new)
    return ledger.signed_here.get(value.start) if isinstance(value, PdfDict) and field.is_signature else None


def _was_filled(ledger: Ledger, number: int, old: Field, new: Field) -> bool:
    """Whether a field that is no signature's was filled in; that is entered into `ledger`."""
    if old.is_signature or new.is_signature or (how := how_filled(ledger, old, new)) is Filled.NO:
        return False
    leave = Leave.FILL_EMPTY if was_empty(ledger, old) else Leave.FILL
    ledger.allow(leave, "form-fill", "pdf.field-filled", "pdf.change-form", name=new.name)
    ledger.filled.append(new.name)
    if how is Filled.UNKNOWN:
        ledger.unsure.append(Finding.of("pdf.field-unread", name=new.name, revision=ledger.new + 1))
    for part in {number, *new.widgets}:
        looks = ledger.file.dictionary(ledger.file.dictionary(Ref(part, 0), ledger.new).get("AP"), ledger.new)
        if isinstance(look := looks.get("N"), Ref) and new.kind != "Btn":  # a button chooses among the looks it had
            ledger.settle_stream(look.number)
        ledger.settle(part)
    return True


def _changed_field(ledger: Ledger, number: int, old: Field, new: Field) -> None:
    if _was_filled(ledger, number, old, new):
        return
    kind = _signature_in(ledger, new)
    empty = ledger.file.resolve(old.value.get("V"), ledger.old) is None
    alike = (old.name, old.kind, old.widgets) == (new.name, new.kind, new.widgets)
    widgets = [w for w in new.widgets if w in ledger.changed and w != number]
    keys = _FILLED_KEYS if kind == "signature" else _STAMPED_KEYS
    filled = empty and alike and _only_differ(ledger, keys, old.value, new.value)
    if kind is None or not filled or not all(_only_differ(ledger, keys - {"V"}, *ledger.changed[w]) for w in widgets):
        code = "pdf.change-form" if empty or not old.is_signature else "pdf.change-signature"
        ledger.forbid(code, "other", name=new.name)
    else:
        ledger.kinds.add(kind)
        ledger.signed.append(new.name)
        ledger.widgets.update(dict.fromkeys(new.widgets, "visible-signature"))
        if any(_is_seen(ledger, w, ledger.new) and not _is_seen(ledger, w, ledger.old) for w in new.widgets):
            ledger.kinds.add("visible-signature")
        for widget in new.widgets:
            _explain_look(ledger, widget)
    for explained in (number, *widgets):
        ledger.settle(explained)


def _explain_look(ledger: Ledger, widget: int) -> None:
    """The look of a field that was signed may be drawn anew in its place, where it is that field's alone."""
    looks = ledger.file.dictionary(Ref(widget, 0), ledger.old).get("AP")
    owners = {widget}
    if isinstance(looks, Ref):
        if not ledger.only_referred_by(looks.number, owners):
            return
        owners = {looks.number}
    look = ledger.file.dictionary(looks, ledger.old).get("N")
    if not isinstance(look, Ref) or look.number not in ledger.changed:
        return
    if ledger.only_used_once(look.number, owners) and all(map(_is_drawing, ledger.changed[look.number])):
        ledger.settle_stream(look.number)


def _is_drawing(value: Any) -> bool:
    return isinstance(value, PdfStream) and value.dict.get("Subtype") == "Form"


def _only_differ(ledger: Ledger, keys: frozenset[str], a: Any, b: Any) -> bool:
    if not isinstance(a, PdfDict) or not isinstance(b, PdfDict):
        return False
    return all(key in keys and ledger.may_differ(key, a, b) for key in differing(a, b))


def _new_field(ledger: Ledger, field: Field) -> None:
    signed = _signature_in(ledger, field)
    empty = field.is_signature and "V" not in field.value
    widgets = [ledger.file.dictionary(Ref(w, 0), ledger.new) for w in field.widgets]
    known = all(_is_known(ledger, part) for part in (field.value, *widgets))
    if not (signed or empty) or not known or any(w.get("Subtype") != "Widget" for w in widgets):
        ledger.forbid("pdf.change-form", "form-field", name=field.name)
        return
    if not signed and any(_is_coloured(ledger, part) for part in (field.value, *widgets)):
        ledger.forbid("pdf.change-form", "empty-signature-field", name=field.name)
    kind = signed or "empty-signature-field"
    ledger.kinds.add(kind)
    seen = any(_is_seen(ledger, widget, ledger.new) for widget in field.widgets)
    if kind == "signature" and seen:
        kind = "visible-signature"
        ledger.kinds.add(kind)
    if signed and not (kind == "timestamp" and seen):
        ledger.signed.append(field.name)
    elif signed or any("AP" in widget for widget in widgets):
        ledger.forbid("pdf.change-form", kind, name=field.name)
    ledger.widgets.update(dict.fromkeys(field.widgets, kind))


def _is_coloured(ledger: Ledger, part: PdfDict) -> bool:
    """Whether viewers that draw fields by themselves paint a background or a frame."""
    return not ledger.file.dictionary(part.get("MK"), ledger.new).keys().isdisjoint({"BG", "BC"})


def _is_known(ledger: Ledger, part: PdfDict) -> bool:
    """Whether a new field says only what a signature's may; some programs name the signature as its default, too."""
    default = ledger.file.resolve(part.get("DV"), ledger.new)
    return part.keys() <= _FIELD_KEYS | {"DV"} and (default is None or fits(ledger.file, "V", default, ledger.new))


def _is_seen(ledger: Ledger, number: int, revision: int) -> bool:
    """Whether a widget can show anything on its page."""
    file = ledger.file
    widget = file.dictionary(Ref(number, 0), revision)
    corners = [file.resolve(item, revision) for item in file.array(widget.get("Rect"), revision)]
    numbers = [v for v in corners if isinstance(v, int | float)]
    area = len(numbers) != 4 or (numbers[0] != numbers[2] and numbers[1] != numbers[3])
    flags = file.resolve(widget.get("F"), revision)
    hidden = type(flags) is int and flags & _HIDDEN
    return not hidden and (area or _is_boundless(ledger, widget, revision))


def _is_boundless(ledger: Ledger, widget: PdfDict, revision: int) -> bool:
    """Whether an appearance has no box: some viewers draw such a one in its own size, whatever the rectangle."""
    file = ledger.file
    waiting = list(file.dictionary(widget.get("AP"), revision).values())
    while waiting:
        look = file.resolve(waiting.pop(), revision)
        if isinstance(look, PdfDict):  # one appearance for each state
            waiting += [part for part in look.values() if not isinstance(file.resolve(part, revision), PdfDict)]
        elif isinstance(look, PdfStream):
            box = [file.resolve(corner, revision) for corner in file.array(look.dict.get("BBox"), revision)]
            if len(box) != 4 or not all(type(corner) in (int, float) for corner in box):
                return True
    return False
