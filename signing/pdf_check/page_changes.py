"""What a revision did to pages (ISO 32000-2 §7.7.3): only the widgets of new signatures may join their annotations."""

from __future__ import annotations

from typing import Any

from .ledger import Ledger, added_to, differing, is_kept, number_of
from .objects import PdfDict, Ref, same


def compare_pages(ledger: Ledger) -> None:
    """Enter into `ledger` what changed pages and lists of annotations say; after `compare_forms`."""
    lists = {n for n, (a, b) in ledger.changed.items() if isinstance(a, list) and isinstance(b, list)}
    pages = {n: pair for n, pair in ledger.changed.items() if _is_page(pair[0]) and _is_page(pair[1])}
    for number in _pages_with(ledger, lists) if lists else ():
        file, reference = ledger.file, Ref(number, 0)
        pages.setdefault(number, (file.dictionary(reference, ledger.old), file.dictionary(reference, ledger.new)))
    for number, (a, b) in pages.items():
        _page(ledger, number, a, b)


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
        ledger.forbid("pdf.change-page", _kind_of(ledger, key, a.get(key), b.get(key)), number=number)
    ledger.changed.pop(number, None)


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
    if not is_kept(old, new):
        ledger.forbid("pdf.change-annotation", "other", number=page)
    elif not same(old, new):
        kinds = [ledger.widgets.get(number) for number in added_to(old, new)]
        ledger.kinds.update(kind for kind in kinds if kind is not None)
        # One that is listed again is drawn again, over what covered it.
        if None in kinds or len(new) - len(old) > len(kinds):
            ledger.forbid("pdf.change-annotation", "annotation", number=page)
    ledger.explain(a, b)
