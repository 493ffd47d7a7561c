"""ISO 32000-2 §12.7.5.5 and §12.8.1: where a signature goes — its dictionary, its field, and what it shows."""

from __future__ import annotations

from datetime import datetime

from ..errors import RefusedError
from ..signer import Signer
from .archival import archival_add, archival_part, empty_look
from .certify import (
    HIDDEN,
    check_first,
    check_locks,
    lock_entries,
    lock_of,
    make_fields,
    page_index,
    references,
    set_permissions,
    write_lock,
)
from .fields import (
    Field,
    add_field,
    check_new_name,
    check_permitted,
    fields,
    free_name,
    settle_form,
    widget_of,
)
from .pages import Geometry, Page, page_of_widget, survey
from .raw import Dict, PdfSyntaxError, Ref, as_array, as_number, write_date, write_dict, write_text
from .request import NOTHING_MORE, SignatureRequest
from .revision import Update
from .seed import obey_seed
from .stamp import VIETNAM, Stamp, certificate_values


def place_signature(
    update: Update,
    signer: Signer,
    stamp: Stamp | None,
    name: str | None,
    now: datetime,
    request: SignatureRequest = NOTHING_MORE,
) -> None:
    """Put the signature dictionary, and its field unless that exists, into the update."""
    known = fields(update)
    matching = [f for f in known if f.name == name] if name is not None else []
    values = certificate_values(signer.certificate, now) if stamp else {}
    if name is None:
        name = _free_name(known, request)
    if matching:
        target = _usable(matching)
        request = obey_seed(update, target, signer, request)
    else:
        check_new_name(name)
    check_permitted(update, known, name, new_visible=stamp is not None and not matching)
    check_first(update, known, request)
    check_locks(known, name, request)
    part = archival_part(update)
    places = [spec.place for spec in request.fields] + ([] if matching else [stamp])
    pages = survey(update, map(page_index, places))
    make_fields(update, known, request.fields, pages, part)
    if matching:
        _fill(update, target, _add_value(update, now, request, lock_of(update, target)), stamp, values, part)
    else:
        page, value = pages[page_index(stamp)], _add_value(update, now, request)
        _add_signed_field(update, page, name, value, stamp, values, request, part)
    settle_form(update, known)


def _free_name(known: list[Field], request: SignatureRequest) -> str:
    """A name that neither the fields of the form nor those to come have."""
    return free_name(known, (spec.name for spec in request.fields))


def _add_signed_field(
    update: Update,
    page: Page,
    name: str,
    value: Ref,
    stamp: Stamp | None,
    values: dict[str, str],
    request: SignatureRequest,
    part: int | None,
) -> None:
    """A new field with its value, shown where the stamp says."""
    extra: Dict = {b"/V": value.raw(), **write_lock(update, request.lock)}
    rectangle = HIDDEN
    if stamp is not None:
        geometry = Geometry.of(update, page)
        left, bottom, width, height = stamp.place(*geometry.shown_pt)
        rectangle = geometry.rectangle(left, bottom, width, height)
        look = stamp.appearance(archival_add(update, part), width, height, geometry.rotation, values)
        extra[b"/AP"] = b"<</N %b>>" % look.raw()
    else:
        extra |= empty_look(update, rectangle, part)
    add_field(update, page, name, rectangle, extra)


def _usable(matching: list[Field]) -> Field:
    """The one empty signature field of that name."""
    target = matching[0]
    if len(matching) > 1 or target.kind != b"/Sig":
        why = "several fields have this name" if len(matching) > 1 else "not a signature field"
        raise RefusedError("pdf.field-unusable", field=target.name, why=why)
    if target.signed:
        raise RefusedError("pdf.field-signed", field=target.name)
    return target


def _add_value(update: Update, now: datetime, request: SignatureRequest, demanded: Dict | None = None) -> Ref:
    """The signature dictionary (§12.8.1, EN 319 142-1 §6.3); `demanded` is the lock that its field asks for."""
    entries: Dict = {
        b"/Type": b"/Sig",
        b"/Filter": b"/Adobe.PPKLite",
        b"/SubFilter": b"/ETSI.CAdES.detached",
        b"/M": write_date(now.astimezone(VIETNAM)),
        **request.words(write_text),
        **references(update, request.certify, (demanded or {}, lock_entries(request.lock))),
    }
    value = update.add_signature(write_dict(entries))
    if request.certify is not None:
        set_permissions(update, value)
    return value


def _fill(
    update: Update, target: Field, value: Ref, stamp: Stamp | None, values: dict[str, str], part: int | None
) -> None:
    """Give an existing field its value and, when it shows and there is a stamp, its appearance."""
    place, widget = widget_of(update, target)
    look: Dict = {}
    if stamp is not None:
        corners = [as_number(update.resolve(v)) for v in as_array(update.resolve(widget.get(b"/Rect")))]
        shown = page_of_widget(update, place, widget)
        geometry = Geometry.of(update, shown[1]) if shown else None
        if len(corners) != 4:
            raise PdfSyntaxError("rectangle of a field")
        width = abs(corners[2] - corners[0]) * (geometry.unit if geometry else 1)
        height = abs(corners[3] - corners[1]) * (geometry.unit if geometry else 1)
        rotation = geometry.rotation if geometry else 0
        if rotation in {90, 270}:
            width, height = height, width
        if width > 0 and height > 0:
            stream = stamp.appearance(archival_add(update, part), width, height, rotation, values)
            look[b"/AP"] = b"<</N %b>>" % stream.raw()
    if place == target.ref:
        update.put(place, write_dict({**target.entries, **look, b"/V": value.raw()}))
        return
    update.put(target.ref, write_dict({**target.entries, b"/V": value.raw()}))
    if look:
        update.put(place, write_dict({**widget, **look}))
