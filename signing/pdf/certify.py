"""ISO 32000-2 §12.8.2: signature references (DocMDP certifies, FieldMDP locks), and fields for later signers."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import RefusedError, UsageError
from .archival import empty_look
from .fields import Field, add_field, check_new_name
from .pages import Geometry, Page
from .raw import Dict, Ref, as_dict, as_ref, write_array, write_dict, write_text
from .request import FieldLock, FieldSpec, Permission, SignatureRequest
from .revision import Update
from .stamp import Stamp

HIDDEN = b"[0 0 0 0]"  # the rectangle of a field that does not show


def page_index(place: Stamp | None) -> int:
    """The page of a field that shows there; one that does not show belongs to the first."""
    return place.page if place else 0


def check_first(update: Update, known: list[Field], request: SignatureRequest) -> None:
    """Certification and new fields come with the first signature or not at all (§12.8.2.2.1).

    Raises `RefusedError` (`pdf.certify-late`, `pdf.already-signed`).
    """
    permissions = as_dict(update.resolve(update.entries(update.root).get(b"/Perms")))
    begun = any(f.signed for f in known) or update.resolve(permissions.get(b"/DocMDP")) is not None
    if begun and request.certify is not None:
        raise RefusedError("pdf.certify-late")
    if begun and request.fields:
        raise RefusedError("pdf.already-signed")


def check_locks(known: list[Field], own: str, request: SignatureRequest) -> None:
    """Raises `UsageError` for a lock that names what will not exist: it would silently lock nothing."""
    names = [f.name for f in known] + [spec.name for spec in request.fields] + [own]
    locks = [request.lock, *(spec.lock for spec in request.fields)]
    for lock in filter(None, locks):
        for name in lock.names:
            if not any(one == name or one.startswith(name + ".") for one in names):
                raise UsageError("pdf.lock-unknown", field=name)


def make_fields(
    update: Update, known: list[Field], specs: Iterable[FieldSpec], pages: dict[int, Page], part: int | None
) -> None:
    """The empty fields of later signers on the surveyed `pages`, in a document of that part of PDF/A.

    Raises `RefusedError` (`pdf.field-exists`), `UsageError`.
    """
    taken = {f.name for f in known}
    for spec in specs:
        check_new_name(spec.name)
        if spec.name in taken:
            raise RefusedError("pdf.field-exists", field=spec.name)
        page = pages[page_index(spec.place)]
        rectangle, geometry = HIDDEN, None
        if spec.place is not None:
            geometry = Geometry.of(update, page)
            rectangle = geometry.rectangle(*spec.place.place(*geometry.shown_pt))
        look = empty_look(update, rectangle, part, geometry)
        add_field(update, page, spec.name, rectangle, {**look, **write_lock(update, spec.lock)})


def write_lock(update: Update, lock: FieldLock | None) -> Dict:
    """The entry /Lock of a field; the standard wants its value to be an object of its own (Table 236)."""
    if lock is None:
        return {}
    return {b"/Lock": update.add(write_dict({b"/Type": b"/SigFieldLock", **_fields_of(lock)})).raw()}


def _fields_of(lock: FieldLock) -> Dict:
    entries: Dict = {b"/Action": {"all": b"/All", "include": b"/Include", "exclude": b"/Exclude"}[lock.action]}
    if lock.names:
        entries[b"/Fields"] = write_array([write_text(name) for name in lock.names])
    return entries


def lock_of(update: Update, field: Field) -> Dict:
    """What the author of a field wants its signature to lock: /Action, /Fields and /P, or nothing."""
    lock = as_dict(update.resolve(field.entries.get(b"/Lock")))
    return {key: lock[key] for key in (b"/Action", b"/Fields", b"/P") if key in lock}


def references(update: Update, certify: Permission | None, locks: Iterable[Dict]) -> Dict:
    """The entry /Reference of a signature dictionary; nothing when it neither certifies nor locks."""
    found = []
    if certify is not None:
        found.append(_reference(b"/DocMDP", {b"/P": b"%d" % certify}))
    found += [_reference(b"/FieldMDP", lock, b" /Data %b" % update.root.raw()) for lock in locks if lock]
    return {b"/Reference": write_array(found)} if found else {}


def _reference(method: bytes, parameters: Dict, more: bytes = b"") -> bytes:
    filled = write_dict({b"/Type": b"/TransformParams", b"/V": b"/1.2", **parameters})
    return b"<</Type /SigRef /TransformMethod %b /TransformParams %b%b>>" % (method, filled, more)


def lock_entries(lock: FieldLock | None) -> Dict:
    """Transform parameters of a FieldMDP for `lock`."""
    return _fields_of(lock) if lock is not None else {}


def set_permissions(update: Update, value: Ref) -> None:
    """Name the certification signature in the catalog's /Perms (§12.8.6)."""
    catalog = update.entries(update.root)
    place = as_ref(catalog.get(b"/Perms"))
    permissions = write_dict({**as_dict(update.resolve(catalog.get(b"/Perms"))), b"/DocMDP": value.raw()})
    if place is not None and update.resolve(place.raw()) is not None:
        update.put(place, permissions)
    else:
        update.put(update.root, write_dict({**catalog, b"/Perms": permissions}))
