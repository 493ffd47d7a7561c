"""ISO 32000-2 §12.7.5.5 and §12.8.1: where a signature goes — its dictionary, its field, and what it shows."""

from __future__ import annotations

from datetime import datetime

from ..errors import RefusedError
from ..signer import Signer
from .fields import (
    Field,
    add_field,
    check_new_name,
    check_permitted,
    fields,
    free_name,
    lock_reference,
    settle_form,
    widget_of,
)
from .pages import Geometry, Page, find_page
from .raw import Dict, Ref, as_array, as_dict, as_int, as_number, as_ref, write_date, write_dict
from .revision import Update
from .stamp import VIETNAM, Stamp, certificate_values

HIDDEN = b"[0 0 0 0]"  # the rectangle of a field that does not show


def place_signature(update: Update, signer: Signer, stamp: Stamp | None, name: str | None, now: datetime) -> None:
    """Put the signature dictionary, and its field unless that exists, into the update."""
    known = fields(update)
    matching = [f for f in known if f.name == name] if name is not None else []
    values = certificate_values(signer.certificate, now) if stamp else {}
    if matching:
        target = _usable(update, matching)
        check_permitted(update, known, target, new_visible=False)
        value = _add_value(update, now, lock_reference(update, target))
        _fill(update, target, value, stamp, values)
        settle_form(update, known)
        return
    name = name if name is not None else free_name(known)
    check_new_name(name)
    check_permitted(update, known, None, new_visible=stamp is not None)
    extra: Dict = {b"/V": _add_value(update, now).raw()}
    page = find_page(update, stamp.page if stamp else 0)
    rectangle = HIDDEN
    if stamp is not None:
        geometry = Geometry.of(update, page)
        left, bottom, width, height = stamp.place(*geometry.shown_pt)
        rectangle = geometry.rectangle(left, bottom, width, height)
        look = stamp.appearance(update.add, width, height, geometry.rotation, values)
        extra[b"/AP"] = b"<</N %b>>" % look.raw()
    add_field(update, page, name, rectangle, extra)
    settle_form(update, known)


def _usable(update: Update, matching: list[Field]) -> Field:
    """The one empty signature field of that name."""
    target = matching[0]
    if len(matching) > 1 or target.kind != b"/Sig":
        why = "several fields have this name" if len(matching) > 1 else "not a signature field"
        raise RefusedError("pdf.field-unusable", field=target.name, why=why)
    if target.signed:
        raise RefusedError("pdf.field-signed", field=target.name)
    seed = as_dict(update.resolve(target.entries.get(b"/SV")))
    if as_int(update.resolve(seed.get(b"/Ff")), 0):
        raise RefusedError(
            "pdf.field-unusable", field=target.name, why="its author demands a particular kind of signature"
        )
    return target


def _add_value(update: Update, now: datetime, reference: bytes | None = None) -> Ref:
    """The signature dictionary (§12.8.1, EN 319 142-1 §6.3)."""
    entries: Dict = {
        b"/Type": b"/Sig",
        b"/Filter": b"/Adobe.PPKLite",
        b"/SubFilter": b"/ETSI.CAdES.detached",
        b"/M": write_date(now.astimezone(VIETNAM)),
    }
    if reference is not None:
        entries[b"/Reference"] = reference
    return update.add_signature(write_dict(entries))


def _fill(update: Update, target: Field, value: Ref, stamp: Stamp | None, values: dict[str, str]) -> None:
    """Give an existing field its value and, when it shows and there is a stamp, its appearance."""
    place, widget = widget_of(update, target)
    look: Dict = {}
    if stamp is not None:
        corners = [as_number(update.resolve(v)) for v in as_array(update.resolve(widget.get(b"/Rect")))]
        geometry = _geometry_at(update, widget)
        width = abs(corners[2] - corners[0]) * (geometry.unit if geometry else 1)
        height = abs(corners[3] - corners[1]) * (geometry.unit if geometry else 1)
        rotation = geometry.rotation if geometry else 0
        if rotation in {90, 270}:
            width, height = height, width
        if width > 0 and height > 0:
            stream = stamp.appearance(update.add, width, height, rotation, values)
            look[b"/AP"] = b"<</N %b>>" % stream.raw()
    if place == target.ref:
        update.put(place, write_dict({**target.entries, **look, b"/V": value.raw()}))
        return
    update.put(target.ref, write_dict({**target.entries, b"/V": value.raw()}))
    if look:
        update.put(place, write_dict({**widget, **look}))


def _geometry_at(update: Update, widget: Dict) -> Geometry | None:
    """The geometry of the page that a widget names, its inherited entries included; None when it names none."""
    place = as_ref(widget.get(b"/P"))
    if place is None:
        return None
    entries = update.entries(place)
    inherited: Dict = {}
    above = as_ref(entries.get(b"/Parent"))
    for _ in range(32):
        if above is None:
            break
        node = update.entries(above)
        inherited = {**node, **inherited}
        above = as_ref(node.get(b"/Parent"))
    return Geometry.of(update, Page(place, entries, inherited))
