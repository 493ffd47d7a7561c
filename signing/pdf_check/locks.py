"""What a signature forbids of later ones (ISO 32000-2 §12.8.2.2 DocMDP, §12.8.2.4 FieldMDP, §12.7.5.5 /Lock)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..report import Finding
from .changes import Changes
from .file import PdfFile
from .form import Field, text_of
from .ledger import Leave
from .objects import PdfDict
from .scan import Place

_NO_CHANGES = frozenset({"dss", "timestamp", "extensions"})  # what DocMDP 1 leaves (ISO 32000-2 Table 257)

_LEAVE = {2: Leave.FILL, 3: Leave.REMARK}


def broken_lock(file: PdfFile, place: Place, fields: Sequence[Field], later: Sequence[Changes]) -> Finding | None:
    """What of `later` goes against a lock that the signature at `place` set; None when nothing does."""
    revision = place.revision
    if revision is None or not later:
        return None
    kinds = frozenset[str]().union(*(changes.kinds for changes in later))
    signed = [name for changes in later if "timestamp" not in changes.kinds for name in changes.signed]
    signed += [name for changes in later for name in changes.filled]
    level = None
    for method, parameters in _rules(file, place, fields, revision):
        if method == "DocMDP":
            level = file.resolve(parameters.get("P", 2), revision)
            if level == 1 and not kinds <= _NO_CHANGES:
                return Finding.of("pdf.change-locked", what=tuple(sorted(kinds - _NO_CHANGES)))
        for name in signed:
            if _is_locked(file, parameters, name, revision):
                return Finding.of("pdf.change-locked", what=name)
    for kind in ("visible-signature", "empty-signature-field"):
        if level is not None and kind in kinds:
            return Finding.of("pdf.change-locked", what=kind)
    return None


def leave_after(file: PdfFile, place: Place, fields: Sequence[Field]) -> Leave:
    """What the author lets people do after the signature at `place` (DocMDP, Table 257).

    The strictest of what the signature and a certification say; what is no level lets nobody do anything.
    """
    revision = place.revision or 0
    said = [p.get("P", 2) for method, p in _rules(file, place, fields, revision) if method == "DocMDP"]
    certified = file.dictionary(file.catalog(revision).get("Perms"), revision).get("DocMDP")
    for item in file.array(file.dictionary(certified, revision).get("Reference"), revision):
        reference = file.dictionary(item, revision)
        if file.resolve(reference.get("TransformMethod"), revision) == "DocMDP":
            said.append(file.dictionary(reference.get("TransformParams"), revision).get("P", 2))
    levels = [file.resolve(level, revision) for level in said]
    given = [_LEAVE.get(level, Leave.NOTHING) if type(level) is int else Leave.NOTHING for level in levels]
    return min(given, default=Leave.FILL_EMPTY)


def _rules(file: PdfFile, place: Place, fields: Sequence[Field], revision: int) -> Iterator[tuple[Any, PdfDict]]:
    for item in file.array(place.value.get("Reference"), revision):
        reference = file.dictionary(item, revision)
        yield (
            file.resolve(reference.get("TransformMethod"), revision),
            file.dictionary(reference.get("TransformParams"), revision),
        )
    for field in fields:
        if field.name in place.fields and "Lock" in field.value:
            lock = file.dictionary(field.value["Lock"], revision)
            yield "FieldMDP", lock
            if "P" in lock:
                yield "DocMDP", lock


def _is_locked(file: PdfFile, parameters: PdfDict, name: str, revision: int) -> bool:
    action = file.resolve(parameters.get("Action"), revision)
    listed = [text_of(file.resolve(item, revision)) for item in file.array(parameters.get("Fields"), revision)]
    named = any(name == item or name.startswith(item + ".") for item in listed)
    return action == "All" or (action == "Include" and named) or (action == "Exclude" and not named)
