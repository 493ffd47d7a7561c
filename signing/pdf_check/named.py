"""What an object of a PDF is to a person: the content of page 2, a font, a field; in English and Vietnamese.

The way that leads to the object names it: from the page, the form or the catalog down to it (ISO 32000-2 §7.7.3).
"""

from __future__ import annotations

from typing import Any

from ..errors import SigningError
from .file import PdfFile
from .form import read_fields
from .graph import references
from .objects import PdfDict, PdfStream, Ref

MAX_SOUGHT = 20_000  # objects looked at for a name
MAX_PAGES = 5_000  # pages counted

Name = tuple[str, str]  # English, Vietnamese

_KINDS: dict[str, Name] = {
    "Page": ("the page itself", "chính trang đó"),
    "Pages": ("the list of pages", "danh sách trang"),
    "Catalog": ("the catalog", "danh mục gốc của tài liệu"),
    "Font": ("a font", "một phông chữ"),
    "FontDescriptor": ("a font", "một phông chữ"),
    "Annot": ("an annotation", "một chú thích"),
    "Metadata": ("metadata", "siêu dữ liệu"),
    "Image": ("an image", "một hình ảnh"),
    "Form": ("a drawing", "một hình vẽ"),
    "Sig": ("a signature", "một chữ ký"),
}
_UNKNOWN: Name = ("an object", "một đối tượng")


def name_of(file: PdfFile, number: int, revision: int) -> Name:
    """What object `number` is as of `revision`; never raises for bad bytes."""
    try:
        return _name(file, number, revision)
    except SigningError:
        return _with_number(_UNKNOWN, number)


def page_number(file: PdfFile, number: int, revision: int) -> int | None:
    """The place of page object `number` among the pages, from 1; None when it is not found."""
    try:
        pages = _pages(file, revision)
    except SigningError:
        return None
    return pages.index(number) + 1 if number in pages else None


def _name(file: PdfFile, number: int, revision: int) -> Name:
    for field in read_fields(file, revision):
        if number == field.number or number in field.widgets:
            return f"the field {field.name}", f"ô {field.name}"
    pages = _pages(file, revision)
    if number in pages:
        return _on_page(_KINDS["Page"], pages.index(number) + 1)
    kind = _kind(file.get(number, revision))
    for place, page in enumerate(pages, 1):
        way = _leads_to(file, page, number, revision)
        if way is not None:
            kind = ("the content", "nội dung") if way == "Contents" else kind
            return _on_page(_with_number(kind, number), place)
    return _with_number(kind, number)


def _kind(value: Any) -> Name:
    about = value.dict if isinstance(value, PdfStream) else value
    if not isinstance(about, PdfDict):
        return _UNKNOWN
    kinds = (about.get("Type"), about.get("Subtype"))
    return next((_KINDS[k] for k in kinds if isinstance(k, str) and k in _KINDS), _UNKNOWN)


def _with_number(name: Name, number: int) -> Name:
    return f"{name[0]} (object {number})", f"{name[1]} (đối tượng {number})"


def _on_page(name: Name, page: int) -> Name:
    return f"{name[0]} on page {page}", f"{name[1]} ở trang {page}"


def _pages(file: PdfFile, revision: int) -> list[int]:
    """The object numbers of the pages in order."""
    waiting: list[Any] = [file.catalog(revision).get("Pages")]
    seen, found = set[int](), list[int]()
    while waiting and len(found) < MAX_PAGES:
        node = waiting.pop()
        if not isinstance(node, Ref) or node.number in seen:
            continue
        seen.add(node.number)
        value = file.dictionary(node, revision)
        if "Kids" in value:
            waiting += reversed(file.array(value["Kids"], revision))
        else:
            found.append(node.number)
    return found


def _leads_to(file: PdfFile, page: int, number: int, revision: int) -> str | None:
    """The entry of a page through which an object is reached, its parents and other pages left out."""
    value = file.dictionary(Ref(page, 0), revision)
    for key, held in value.items():
        if key not in ("Parent", "P") and _reaches(file, held, number, revision):
            return key
    return None


def _reaches(file: PdfFile, start: Any, number: int, revision: int) -> bool:
    waiting, seen = list(references(start)), set[int]()
    while waiting and len(seen) < MAX_SOUGHT:
        at = waiting.pop()
        if at == number:
            return True
        if at in seen:
            continue
        seen.add(at)
        file.spend(16)
        value = file.get(at, revision)
        about = value.dict if isinstance(value, PdfStream) else value
        if isinstance(about, PdfDict):
            if about.get("Type") in ("Page", "Pages", "Catalog"):
                continue
            waiting += references(PdfDict({k: v for k, v in about.items() if k not in ("Parent", "P")}, 0))
        else:
            waiting += references(about)
    return False
