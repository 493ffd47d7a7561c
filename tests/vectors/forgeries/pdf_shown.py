"""Forgeries of what is shown: pages, content, resources, annotations, the catalog; shadow and evil annotation attacks.

Shadow attacks: Mainka, Mladenov, Rohlmann, "Shadow Attacks: Hiding and Replacing Content in Signed PDFs" (2021).
EAA and SSA (evil annotation, sneaky signature): Rohlmann and others, "Breaking the Specification: PDF Certification"
(2021).
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Opened, PdfStream, Ref

from .case import Recipes
from .pdf_fields import appearance, first_page, with_annots

RECIPES = Recipes()
forged = RECIPES.forged
harmless = RECIPES.harmless

OTHER_TEXT = b"BT /F1 24 Tf 72 700 Td (Forged) Tj ET"
ANY = ("page", "form", "twice", "visible", "packed", "lta", "hanko-pades", "openssl")


def contents_of(o: Opened) -> list[int]:
    """Numbers of the first page's content streams."""
    value = o.get(first_page(o)).get("Contents")  # type: ignore[union-attr]
    parts = value if isinstance(value, list) else o.file.resolve(value, o.file.last)
    refs = parts if isinstance(parts, list) else [value]
    return [r.number for r in refs if isinstance(r, Ref)]


def font_of(o: Opened) -> int | None:
    """The number of a font of the first page."""
    resources = o.file.dictionary(o.get(first_page(o)).get("Resources"), o.file.last)  # type: ignore[union-attr]
    fonts = o.file.dictionary(resources.get("Font"), o.file.last)
    return next((r.number for r in fonts.values() if isinstance(r, Ref)), None)


# --- pages and content


@forged("shadow: replace", "a content stream was replaced")
def content_replaced(o: Opened) -> bytes:
    return o.append({contents_of(o)[0]: forge.stream(OTHER_TEXT)})


@forged("shadow: replace", "a font was replaced, so other letters are shown")
def font_replaced(o: Opened) -> Iterator[tuple[str, bytes]]:
    font = font_of(o)
    if font is not None:
        yield "base", o.append({font: o.changed(font, BaseFont="Symbol")})
        yield "encoding", o.append({font: o.changed(font, Encoding={"Differences": [65, "B"]})})
        yield "widths", o.append({font: o.changed(font, Widths=[0] * 9, FirstChar=48, LastChar=56)})


@forged("shadow: hide", "the page's resources name another font or picture")
def resources_replaced(o: Opened) -> bytes | None:
    page = first_page(o)
    font = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Symbol"}
    return o.append({page: o.changed(page, Resources={"Font": {"F1": font}})})


@forged("shadow: hide", "something was drawn over the page, or the page was emptied")
def drawn_over(o: Opened) -> Iterator[tuple[str, bytes]]:
    page, old = first_page(o), contents_of(o)
    cover = forge.stream(b"1 1 1 rg 0 0 2000 2000 re f")
    yield "over", o.append({page: o.changed(page, Contents=[*(Ref(n, 0) for n in old), Ref(9020, 0)]), 9020: cover})
    yield "emptied", o.append({page: o.changed(page, Contents=None)})
    yield "freed", o.append({}, free=[old[0]])
    yield "null", o.append({old[0]: b"null"})


@forged("shadow: hide", "the page is cut, turned or scaled so that less of it is seen")
def cropped(o: Opened) -> Iterator[tuple[str, bytes]]:
    page = first_page(o)
    changes = {"CropBox": [0, 0, 9, 9], "MediaBox": [0, 0, 10, 10], "Rotate": 180, "UserUnit": 75}
    for key, value in changes.items():
        yield key, o.append({page: o.changed(page, **{key: value})})
    pages = o.catalog["Pages"].number
    yield "inherited", o.append({pages: o.changed(pages, Rotate=90)})


@forged("shadow: replace", "a page was added, removed or exchanged")
def other_pages(o: Opened) -> Iterator[tuple[str, bytes]]:
    pages = o.catalog["Pages"].number
    kids = [Ref(n, 0) for n in o.pages()]
    new = {"Type": "Page", "Parent": Ref(pages, 0), "MediaBox": [0, 0, 612, 792], "Contents": Ref(9021, 0)}
    objects = {9020: forge.write(new), 9021: forge.stream(OTHER_TEXT)}
    yield "added", o.append({**objects, pages: o.changed(pages, Kids=[*kids, Ref(9020, 0)], Count=len(kids) + 1)})
    yield "first", o.append({**objects, pages: o.changed(pages, Kids=[Ref(9020, 0), *kids], Count=len(kids) + 1)})
    yield "exchanged", o.append({**objects, pages: o.changed(pages, Kids=[Ref(9020, 0)], Count=1)})
    yield "none", o.append({pages: o.changed(pages, Kids=[], Count=0)})
    yield "twice", o.append({pages: o.changed(pages, Kids=[*kids, *kids], Count=2 * len(kids))})
    tree = {"Type": "Pages", "Kids": [Ref(9020, 0)], "Count": 1}
    yield "tree", o.append({**objects, 9022: forge.write(tree), o.root: o.changed(o.root, Pages=Ref(9022, 0))})


@forged("shadow: hide and replace", "the trailer or catalog leads to another document")
def other_root(o: Opened) -> Iterator[tuple[str, bytes]]:
    made = forge.page_document("Forged")
    moved = {n + 9100: _shifted(v, 9100) for n, v in made.items()}
    form = {"AcroForm": o.catalog["AcroForm"]}
    yield "bare", o.append(moved, trailer={"Root": Ref(9101, 0)})
    with_form = {**moved, 9101: forge.write({"Type": "Catalog", "Pages": Ref(9102, 0), **form})}
    yield "keeps-form", o.append(with_form, trailer={"Root": Ref(9101, 0)})
    yield "in-place", o.append({**moved, o.root: o.changed(o.root, Pages=Ref(9102, 0))})


def _shifted(text: bytes, by: int) -> bytes:
    import re

    return re.sub(rb"(\d+) 0 R", lambda m: b"%d 0 R" % (int(m[1]) + by), text)


# --- annotations


NOTES: dict[str, dict[str, object]] = {
    "free-text": {"Subtype": "FreeText", "Contents": b"Forged", "DA": b"/Helv 24 Tf 0 g"},
    "stamp": {"Subtype": "Stamp", "AP": {"N": Ref(9031, 0)}},
    "redact": {"Subtype": "Redact", "OverlayText": b"Forged"},
    "square": {"Subtype": "Square", "IC": [1, 1, 1], "AP": {"N": Ref(9031, 0)}},
    "ink": {"Subtype": "Ink", "InkList": [[0, 0, 612, 792]]},
    "link": {"Subtype": "Link", "A": {"S": "URI", "URI": b"https://forged.example"}},
    "file": {"Subtype": "FileAttachment", "FS": b"forged.exe"},
    "screen": {"Subtype": "Screen", "A": {"S": "JavaScript", "JS": b"app.alert(1)"}},
}


def noted(o: Opened) -> Iterator[tuple[str, bytes]]:
    for label, about in NOTES.items():
        note = {"Type": "Annot", "Rect": [0, 600, 612, 792], "F": 4, "P": Ref(first_page(o), 0), **about}
        yield label, o.append({9030: forge.write(note), 9031: appearance(), **with_annots(o, 9030)})


@forged("EAA: evil annotation", "an annotation covers what was signed", bases=ANY)
def annotation(o: Opened) -> Iterator[tuple[str, bytes]]:
    return noted(o)


@forged(
    "certification", "an annotation was added though DocMDP 1 or 2 allows none", bases=("certified-1", "certified-2")
)
def annotation_though_forbidden(o: Opened) -> Iterator[tuple[str, bytes]]:
    return noted(o)


@forged("EAA: evil annotation", "an annotation at DocMDP 3 covers the page or runs a script", bases=("certified-3",))
def evil_at_three(o: Opened) -> Iterator[tuple[str, bytes]]:
    for label, data in noted(o):
        if label in {"screen", "file", "link"}:
            yield label, data


@harmless(
    "harmless: annotations at DocMDP 3", "a note was put beside the text, which DocMDP 3 allows", bases=("certified-3",)
)
def note_at_three(o: Opened) -> Iterator[tuple[str, bytes]]:
    page = Ref(first_page(o), 0)
    text = {"Type": "Annot", "Subtype": "Text", "Rect": [500, 40, 520, 60], "Contents": b"seen", "F": 4, "P": page}
    yield "text", o.append({9030: forge.write(text), **with_annots(o, 9030)})
    line = {**text, "Subtype": "Highlight", "QuadPoints": [72, 720, 160, 720, 72, 700, 160, 700], "C": [1, 1, 0]}
    yield "highlight", o.append({9030: forge.write({**line, "Rect": [72, 700, 160, 720]}), **with_annots(o, 9030)})


@forged("EAA: evil annotation", "a signed annotation was removed or redrawn", bases=("form", "twice", "visible"))
def annotation_gone(o: Opened) -> Iterator[tuple[str, bytes]]:
    page = first_page(o)
    listed = [r for r in o.file.array(o.get(page).get("Annots"), o.file.last) if isinstance(r, Ref)]  # type: ignore[union-attr]
    yield "none", o.append({page: o.changed(page, Annots=None)})
    for i, note in enumerate(listed):
        yield f"{i}-null", o.append({note.number: b"null"})
        yield f"{i}-colour", o.append({note.number: o.changed(note.number, C=[1, 0, 0], MK={"BG": [1, 1, 1]})})


# --- the catalog and what runs


CATALOG: dict[str, object] = {
    "OpenAction": {"S": "JavaScript", "JS": b"app.alert(1)"}, "AA": {"WC": {"S": "JavaScript", "JS": b"1"}},
    "Names": {"JavaScript": {"Names": [b"a", {"S": "JavaScript", "JS": b"1"}]}},
    "OCProperties": {"OCGs": [], "D": {"BaseState": "OFF"}}, "PageLabels": {"Nums": [0, {"P": b"X"}]},
    "Outlines": {"Type": "Outlines"}, "URI": {"Base": b"https://forged.example/"}, "Collection": {"View": "H"},
    "Requirements": [{"S": "EnableJavaScripts"}], "NeedsRendering": True, "Lang": b"xx", "AF": [Ref(9040, 0)],
}  # fmt: skip


@forged("catalog and scripts", "the catalog was given something that acts or hides")
def catalog(o: Opened) -> Iterator[tuple[str, bytes]]:
    for key, value in CATALOG.items():
        yield key, o.append({o.root: o.changed(o.root, **{key: value}), 9040: b"<</Type /Filespec>>"})


@forged("catalog and scripts", "a page runs a script")
def page_script(o: Opened) -> bytes:
    page = first_page(o)
    return o.append({page: o.changed(page, AA={"O": {"S": "JavaScript", "JS": b"app.alert(1)"}})})


@forged("metadata", "the document was given another title or author")
def title(o: Opened) -> bytes | None:
    info = o.trailer.get("Info")
    if isinstance(info, Ref):
        return o.append({info.number: o.changed(info.number, Title=b"Forged", Author=b"Minister")})
    return None


@forged("shadow: replace", "every stream that the page uses was emptied, one in each file", bases=("visible", "page"))
def any_stream(o: Opened) -> Iterator[tuple[str, bytes]]:
    numbers = sorted({n for r in o.file.revisions for n in r.entries})
    for number in numbers:
        value = o.get(number)
        if isinstance(value, PdfStream) and _used(o, number, value):
            empty = forge.write({**value.dict, "Length": 1}) + b"\nstream\n \nendstream"
            yield str(number), o.append({number: empty})


def _used(o: Opened, number: int, value: PdfStream) -> bool:
    """Whether pages lead to it: what stands in /DSS is evidence, and judged elsewhere."""
    if value.dict.get("Type") in ("XRef", "ObjStm", "Metadata"):
        return False
    store = o.file.dictionary(o.catalog.get("DSS"), o.file.last)
    kept = {r.number for v in store.values() for r in o.file.array(v, o.file.last) if isinstance(r, Ref)}
    return number not in kept
