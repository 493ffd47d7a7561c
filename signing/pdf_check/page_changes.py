"""What a revision did to pages (ISO 32000-2 §7.7.3): the widgets of new signatures may join their annotations.

Remarks may too, where the author of the document lets people make them (`annotations`).
"""

from __future__ import annotations

from typing import Any

from ..report import Finding
from .annotations import Added, what_was_added
from .ledger import Leave, Ledger, added_to, differing, is_kept, number_of
from .named import page_number
from .objects import PdfDict, Ref, same

_BOXES = frozenset({"MediaBox", "CropBox", "BleedBox", "TrimBox", "ArtBox"})


def compare_pages(ledger: Ledger) -> None:
    """Enter into `ledger` what changed pages and lists of annotations say; after `compare_forms`."""
    lists = {n for n, (a, b) in ledger.changed.items() if isinstance(a, list) and isinstance(b, list)}
    pages = {n: pair for n, pair in ledger.changed.items() if _is_page(pair[0]) and _is_page(pair[1])}
    for number in _pages_with(ledger, lists) if lists else ():
        file, reference = ledger.file, Ref(number, 0)
        pages.setdefault(number, (file.dictionary(reference, ledger.old), file.dictionary(reference, ledger.new)))
    for number, (a, b) in pages.items():
        _page(ledger, number, a, b)


def _are_numbers(*arrays: Any) -> bool:
    return all(isinstance(array, list) and all(type(item) in (int, float) for item in array) for array in arrays)


def _is_page(value: Any) -> bool:
    return isinstance(value, PdfDict) and value.get("Type") == "Page"


def _pages_with(ledger: Ledger, arrays: set[int]) -> list[int]:
    """The pages whose list of annotations is one of `arrays`."""
    file = ledger.file
    waiting, seen, found = [file.catalog(ledger.old).get("Pages")], set[int](), []
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Ref) or node.number in seen:
            continue
        seen.add(node.number)
        value = file.dictionary(node, ledger.old)
        waiting.extend(file.array(value.get("Kids"), ledger.old))
        if number_of(value.get("Annots")) in arrays:
            found.append(node.number)
    return found


def _page(ledger: Ledger, number: int, a: PdfDict, b: PdfDict) -> None:
    _annotations(ledger, a.get("Annots"), b.get("Annots"), number)
    for key in sorted(differing(a, b) - {"Annots"}):
        if key in _BOXES and _are_numbers(a.get(key), b.get(key)) and a[key] == b[key]:
            continue  # 612 and 612.0
        kind = _kind_of(ledger, key, a.get(key), b.get(key))
        ledger.forbid("pdf.change-page", kind, key=key, **_page_of(ledger, number))
    ledger.settle(number)


def _kind_of(ledger: Ledger, key: str, a: Any, b: Any) -> str:
    """`page-content` and `page-resources` where something only came on top, else `other`."""
    file = ledger.file
    if key == "Contents":
        return "page-content" if is_kept(_streams(ledger, a, ledger.old), _streams(ledger, b, ledger.new)) else "other"
    if key == "Resources":
        adds = ledger.only_adds(file.dictionary(a, ledger.old), file.dictionary(b, ledger.new))
        return "page-resources" if adds else "other"
    return "other"


def _streams(ledger: Ledger, contents: Any, revision: int) -> list[Any]:
    found = ledger.file.resolve(contents, revision)
    return found if isinstance(found, list) else [contents]


def _annotations(ledger: Ledger, a: Any, b: Any, page: int) -> None:
    old, new = ledger.file.array(a, ledger.old), ledger.file.array(b, ledger.new)
    if not is_kept(old, new) or not all(_is_annotation(ledger.file.resolve(item, ledger.old)) for item in old):
        ledger.forbid("pdf.change-annotation", "other", **_page_of(ledger, page))
    elif not same(old, new):
        added = added_to(old, new)
        ledger.kinds.update(ledger.widgets[number] for number in added if number in ledger.widgets)
        # One that is listed again is drawn again, over what covered it.
        remarks = [_remarked(ledger, number, page) for number in added if number not in ledger.widgets]
        if not all(remarks) or len(new) - len(old) > len(added):
            ledger.forbid("pdf.change-annotation", "annotation", **_page_of(ledger, page))
    if not ledger.explain_list(a, b):
        ledger.forbid("pdf.change-annotation", "other", **_page_of(ledger, page))


def _is_annotation(value: Any) -> bool:
    """Whether an item of a list of annotations is nothing else: numbers could be the size of the page."""
    return value is None or (isinstance(value, PdfDict) and value.get("Type") in (None, "Annot"))


def _remarked(ledger: Ledger, number: int, page: int) -> bool:
    """Whether a new annotation is a remark that can neither hide nor do anything; it is entered into `ledger`."""
    added = what_was_added(ledger, number)
    if added is Added.EVIL:
        return False
    ledger.allow(Leave.REMARK, "remark", "pdf.remark-added", "pdf.change-annotation", **_page_of(ledger, page))
    if added is Added.SHOWS:
        shown = _page_of(ledger, page)["page"]
        ledger.unsure.append(Finding.of("pdf.remark-shows", revision=ledger.new + 1, page=shown))
    return True


def _page_of(ledger: Ledger, number: int) -> dict[str, object]:
    """Which page, for a person."""
    place = page_number(ledger.file, number, ledger.old)
    return {"page": place or f"? ({number})"}
