"""ISO 32000-2 §12.7: signature fields — found, created, filled — and the locks that forbid it (§12.8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..errors import LimitError, RefusedError, UsageError
from .pages import Page, append
from .raw import Dict, PdfSyntaxError, Ref, as_array, as_dict, as_int, as_ref, as_text, write_dict, write_text
from .raw import name as plain_name
from .revision import Update

MAX_FIELDS = 20_000
MAX_FIELD_DEPTH = 32
MAX_NAME_CHARS = 200
_PRINT_LOCKED = b"132"  # widget flags: print, locked
_SIGNED_APPEND_ONLY = 3  # /SigFlags
_SHOWS_TEXT = re.compile(rb"[)>\]]\s*T[jJ]\b")


@dataclass(frozen=True, slots=True)
class Field:
    """A terminal field: fully qualified name, kind (`/Sig`, `/Tx` …), and the object that holds its value."""

    ref: Ref
    name: str
    kind: bytes | None
    entries: Dict

    @property
    def signed(self) -> bool:
        """Whether it is a signature field with a value."""
        return self.kind == b"/Sig" and b"/V" in self.entries


def fields(update: Update) -> list[Field]:
    """All terminal fields of the document's form."""
    catalog = update.entries(update.root)
    form = update.resolve(catalog.get(b"/AcroForm"))
    if form is None:
        return []
    found: list[Field] = []
    seen: set[int] = set()
    for raw in as_array(update.resolve(as_dict(form).get(b"/Fields"))):
        if raw[:2] == b"<<" and b"/V" in as_dict(raw) and as_name(update, as_dict(raw).get(b"/FT")) == b"/Sig":
            raise PdfSyntaxError("a signature field that is no object of its own")
        found.extend(_terminal(update, as_ref(raw), "", None, seen, 0))
    return found


def _terminal(
    update: Update, ref: Ref | None, prefix: str, kind: bytes | None, seen: set[int], depth: int
) -> Iterator[Field]:
    if depth > MAX_FIELD_DEPTH:
        raise PdfSyntaxError("form fields nested too deep")
    if ref is None or ref.number in seen:  # real forms list fields twice, or list nothing at all
        return
    seen.add(ref.number)
    if len(seen) > MAX_FIELDS:
        raise LimitError("input.too-large", what="the form", limit=f"{MAX_FIELDS} fields")
    raw = update.load(ref)
    if raw == b"null":
        return
    entries = as_dict(raw)
    title = update.resolve(entries.get(b"/T"))
    own = as_text(title) if title is not None else ""
    name = f"{prefix}.{own}" if prefix and own else own or prefix
    kind = as_name(update, entries.get(b"/FT")) or kind
    kids = [as_ref(kid) for kid in as_array(update.resolve(entries.get(b"/Kids")))]
    children = [k for k in kids if k is not None and b"/T" in update.entries(k)]
    for child in children:
        yield from _terminal(update, child, name, kind, seen, depth + 1)
    if not children:
        if update.resolve(entries.get(b"/V")) is None:  # an empty field that says so
            entries.pop(b"/V", None)
        yield Field(ref, name, kind, entries)


def as_name(update: Update, raw: bytes | None) -> bytes | None:
    """A name, wherever it stands and however it is spelt; None when absent."""
    found = update.resolve(raw)
    return None if found is None else plain_name(found)


def free_name(known: list[Field], reserved: Iterable[str] = ()) -> str:
    """`Signature1`, or the next number that no field has and no name in `reserved`."""
    taken = {f.name for f in known} | set(reserved)
    number = 1
    while f"Signature{number}" in taken:
        number += 1
    return f"Signature{number}"


def check_new_name(name: str) -> None:
    """Raises `UsageError` for a name that a new field cannot have."""
    if not 0 < len(name) <= MAX_NAME_CHARS or "." in name or not name.isprintable():
        raise UsageError("pdf.field-name", field=name)


def add_field(update: Update, page: Page, name: str, rectangle: bytes, extra: Dict | None = None) -> Ref:
    """A new signature field on a page, one object for field and widget."""
    entries: Dict = {
        b"/Type": b"/Annot",
        b"/Subtype": b"/Widget",
        b"/FT": b"/Sig",
        b"/T": write_text(name),
        b"/Rect": rectangle,
        b"/F": _PRINT_LOCKED,
        b"/P": page.ref.raw(),
        **(extra or {}),
    }
    field = update.add(write_dict(entries))
    append(update, page.ref, b"/Annots", field.raw())
    catalog = update.entries(update.root)
    if update.resolve(catalog.get(b"/AcroForm")) is None:
        form = update.add(b"<</Fields [%b] /SigFlags %d>>" % (field.raw(), _SIGNED_APPEND_ONLY))
        update.put(update.root, write_dict({**catalog, b"/AcroForm": form.raw()}))
        return field
    place = as_ref(catalog[b"/AcroForm"])
    if place is not None:
        append(update, place, b"/Fields", field.raw())
    else:
        _append_direct(update, catalog, field)
    return field


def _append_direct(update: Update, catalog: Dict, field: Ref) -> None:
    """As `append`, for a form dictionary that stands in the catalog itself."""
    form = as_dict(catalog[b"/AcroForm"])
    array = as_ref(form.get(b"/Fields"))
    listed = b" ".join([*as_array(update.resolve(form.get(b"/Fields"))), field.raw()])
    if array is not None:
        update.put(array, b"[%b]" % listed)
    else:
        form[b"/Fields"] = b"[%b]" % listed
        update.put(update.root, write_dict({**catalog, b"/AcroForm": write_dict(form)}))


def settle_form(update: Update, known: list[Field]) -> None:
    """Set /SigFlags (signatures exist, append only), and before the first signature drop /NeedAppearances.

    With /NeedAppearances a viewer redraws every field, so that signatures lose their stamps and what is shown is not
    what was signed. It stays where a field's value would not show without it, or where a signature already covers
    it. `known` are the fields before.
    """
    catalog = update.entries(update.root)
    place = as_ref(catalog.get(b"/AcroForm"))
    form = as_dict(update.resolve(catalog.get(b"/AcroForm")))
    flags = as_int(update.resolve(form.get(b"/SigFlags")), 0)
    settled = {**form, b"/SigFlags": b"%d" % (flags | _SIGNED_APPEND_ONLY)}
    redrawn = b"/NeedAppearances" in form and not any(f.signed for f in known)
    if redrawn and all(_drawn(update, f) for f in known):
        del settled[b"/NeedAppearances"]
    if flags & _SIGNED_APPEND_ONLY == _SIGNED_APPEND_ONLY and len(settled) == len(form):
        return
    if place is not None:
        update.put(place, write_dict(settled))
    else:
        update.put(update.root, write_dict({**catalog, b"/AcroForm": write_dict(settled)}))


def _drawn(update: Update, field: Field) -> bool:
    """Whether a field shows its value by itself: its widgets have appearances, and those of a text show text."""
    if field.kind == b"/Sig":
        return True
    kids = [as_ref(kid) for kid in as_array(update.resolve(field.entries.get(b"/Kids")))]
    widgets = [update.entries(kid) for kid in kids if kid] or [field.entries]
    texts = field.kind in {b"/Tx", b"/Ch"} and update.resolve(field.entries.get(b"/V")) not in {None, b"()", b"<>"}
    for widget in widgets:
        look = as_ref(as_dict(update.resolve(widget.get(b"/AP"))).get(b"/N"))
        if b"/AP" not in widget or (texts and (look is None or not _SHOWS_TEXT.search(update.stream(look)))):
            return False
    return True


def widget_of(update: Update, field: Field) -> tuple[Ref, Dict]:
    """The one widget of a signature field: itself, or its only child."""
    if b"/Rect" in field.entries:
        return field.ref, field.entries
    kids = as_array(update.resolve(field.entries.get(b"/Kids")))
    kid = as_ref(kids[0]) if len(kids) == 1 else None
    if kid is None:
        raise RefusedError("pdf.field-unusable", field=field.name, why="it is shown in several places, or in none")
    return kid, update.entries(kid)


def check_permitted(update: Update, known: list[Field], name: str, *, new_visible: bool) -> None:
    """Whether signatures already there let one be added in the field of that name, be it new (§12.8.2.2 DocMDP,
    §12.8.2.4 FieldMDP: who locks all fields, or all but some, locks new ones too).

    Raises `RefusedError`: `pdf.certified`, `pdf.certified-new-field`, `pdf.field-locked`.
    """
    catalog = update.entries(update.root)
    permissions = as_dict(update.resolve(catalog.get(b"/Perms")))
    level = _docmdp(update, permissions.get(b"/DocMDP"))
    for field in known:
        if not field.signed:
            continue
        lock = as_dict(update.resolve(field.entries.get(b"/Lock")))
        if as_int(update.resolve(lock.get(b"/P")), 0) == 1:
            level = 1
        for parameters in (lock, *_fieldmdp(update, field.entries[b"/V"])):
            if _locks(update, parameters, name):
                raise RefusedError("pdf.field-locked", field=name)
    if level == 1:
        raise RefusedError("pdf.certified")
    if level and new_visible:
        raise RefusedError("pdf.certified-new-field")


def _references(update: Update, signature: bytes | None) -> Iterator[tuple[bytes | None, Dict]]:
    """Transform method and parameters of each signature reference."""
    value = as_dict(update.resolve(signature))
    for raw in as_array(update.resolve(value.get(b"/Reference"))):
        reference = as_dict(update.resolve(raw))
        method = as_name(update, reference.get(b"/TransformMethod"))
        yield method, as_dict(update.resolve(reference.get(b"/TransformParams")))


def _docmdp(update: Update, signature: bytes | None) -> int:
    if update.resolve(signature) is None:
        return 0
    for method, parameters in _references(update, signature):
        if method == b"/DocMDP":
            return as_int(update.resolve(parameters.get(b"/P")), 2)
    return 0


def _fieldmdp(update: Update, signature: bytes) -> list[Dict]:
    return [parameters for method, parameters in _references(update, signature) if method == b"/FieldMDP"]


def _locks(update: Update, parameters: Dict, name: str) -> bool:
    """Whether a lock (or FieldMDP) names this field or a field above it."""
    action = as_name(update, parameters.get(b"/Action"))
    listed = [as_text(update.resolve(v)) for v in as_array(update.resolve(parameters.get(b"/Fields")))]
    named = any(name == one or name.startswith(one + ".") for one in listed)
    return {b"/All": True, b"/Include": named, b"/Exclude": not named}.get(action or b"", False)
