"""Forgeries that live on what viewers read differently: tables, generations, names, and objects that no table names.

Each attack gives the signed document, valid as it stands, and the forged one, which some viewer shows differently.
"""

from __future__ import annotations

from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Opened, Ref
from tests.signing.signed_pdfs import FIELD, Samples
from tests.world import World

from .pdf_fields import with_annots, with_form
from .pdf_prepared import CONTENT, FORGED, NEW, PAGE, SHOWN, WHITE, Attack, Objects, drawing, page
from .pdf_whole import SIGNATURE_FIELD, filled, moved, packed, signed_whole, with_signature, with_unnamed

LATE, OTHER = 60, 61


def with_generation(o: Opened, number: int, generation: int) -> bytes:
    """An object written again, the same, under another generation."""
    made = o.append({number: forge.write(o.get(number))})
    later = made[len(o.data) :].replace(b"%d 0 obj" % number, b"%d %d obj" % (number, generation))
    return o.data + later.replace(b" 00000 n", b" %05d n" % generation)


def drawn(**more: bytes) -> Objects:
    """A page that draws X, object 60."""
    return page(SHOWN + b" /X Do", b"/XObject <</X 60 0 R>>") | {int(key[1:]): value for key, value in more.items()}


# --- one object, read in two ways


def content_under_another_generation(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """The page's content is written again under another generation: nobody's reference leads to it any more."""
    opened = signed_whole(samples, page())
    return opened, with_generation(opened, CONTENT, 1)


def generation_that_was_awaited(world: World, samples: Samples) -> tuple[Opened, bytes]:
    objects = page() | {6: forge.stream(WHITE + FORGED)}
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents [4 0 R 6 1 R]")
    opened = signed_whole(samples, objects)
    return opened, with_generation(opened, 6, 1)


def page_that_becomes_a_list_of_pages(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """The page gets an entry that says nothing, and some viewers ask only whether it is there."""
    opened = signed_whole(samples, page())
    return opened, opened.append({PAGE: opened.changed(PAGE)[:-2] + b" /Kids null>>"})


def names_that_end_in_a_zero(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """Two names are one to some viewers, and the first or the last of them counts."""
    entries = [b"/X 60 0 R ", b"/X#00x 61 0 R "]
    objects = page(b"/X Do") | {LATE: drawing(SHOWN), OTHER: drawing(FORGED)}
    objects[PAGE] = objects[PAGE].replace(b"/Font", b"/XObject 62 0 R /Font", 1)
    objects[62] = b"<<%b%b>>" % (entries[0], entries[1])
    opened = signed_whole(samples, objects)
    return opened, opened.append({62: b"<<%b%b>>" % (entries[1], entries[0])})


def reference_without_a_gap(world: World, samples: Samples) -> tuple[Opened, bytes]:
    objects = page() | {6: b"[4 0 R 90 0R]"}
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents 6 0 R")
    opened = signed_whole(samples, objects)
    return opened, opened.append({NEW: forge.stream(WHITE + FORGED)})


# --- tables that wait


def place_behind_the_end(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """The signed table gives an object a place where there is nothing yet."""
    objects = with_signature(drawn(n60=b"null"))
    data = forge.document(objects)
    opened = Opened(filled(samples, moved(data, len(data), LATE)))
    return opened, opened.append({LATE: drawing(WHITE + FORGED)})


def place_inside_a_later_stream(world: World, samples: Samples) -> tuple[Opened, bytes]:
    objects = with_signature(drawn(n60=b"null"))
    data = forge.document(objects)
    start = b"%d 0 obj\n" % NEW
    inner = b"%d 0 obj\n" % LATE + drawing(WHITE + FORGED) + b"\nendobj\n"
    outer = forge.stream(inner)
    opened = Opened(filled(samples, moved(data, len(data) + len(start) + outer.index(inner), LATE)))
    return opened, opened.append({NEW: outer})


def hidden_table_behind_the_end(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """The signed trailer names a cross-reference stream that comes later."""
    data = forge.document(with_signature(drawn()), XRefStm=10**9)
    end = len(data)
    signed = filled(samples, data.replace(b"/XRefStm 1000000000", b"/XRefStm %010d" % end))
    body = drawing(WHITE + FORGED)
    about = {"Type": "XRef", "W": [1, 4, 2], "Index": [LATE, 1], "Size": 92, "Root": Ref(1, 0)}
    length = len(b"90 0 obj\n" + forge.stream(bytes(7), **about) + b"\nendobj\n")
    row = b"\x01" + (end + length).to_bytes(4, "big") + bytes(2)
    table = b"90 0 obj\n" + forge.stream(row, **about) + b"\nendobj\n"
    later = signed + table + b"%d 0 obj\n" % LATE + body + b"\nendobj\n"
    rows = b"xref\n60 1\n%010d 00000 n\r\n90 1\n%010d 00000 n\r\n" % (end + length, end)
    trailer = forge.write({"Size": 92, "Root": Ref(1, 0), "Prev": data.rindex(b"xref\n0 ")})
    return Opened(signed), later + rows + b"trailer\n" + trailer + b"\nstartxref\n%d\n%%%%EOF\n" % len(later)


def entry_of_an_unknown_kind(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """An entry that is none to viewers leads to a drawing, which is written again."""
    inside = b"<</X 61 0 R>>"
    objects = page(SHOWN + b" /X Do", b"/XObject 60 0 R") | {OTHER: drawing(WHITE + FORGED)}
    objects[50] = forge.stream(b"60 0 " + inside, Type="ObjStm", N=1, First=5)
    opened = Opened(filled(samples, packed(with_signature(objects), {LATE: (3, 50, 0)})))
    return opened, opened.append({LATE: inside}, trailer={"Size": 92})


def object_stream_out_of_order(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """Some viewers take an object stream for broken in which a later object stands before an earlier one."""
    inside = b"<</X 61 0 R>>"
    objects = page(SHOWN + b" /X Do", b"/XObject 60 0 R") | {OTHER: drawing(WHITE + FORGED)}
    objects[50] = forge.stream(b"62 20 60 0 " + inside.ljust(20) + b"(x)", Type="ObjStm", N=2, First=11)
    rows = {62: (2, 50, 0), LATE: (2, 50, 1)}
    opened = Opened.__new__(Opened)
    opened.data = filled(samples, packed(with_signature(objects), rows))
    return opened, _appended(opened.data, LATE, inside)


def objects_that_overlap(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """One object reaches into the next, before which some viewers stop to read."""
    inside = b"<</X 61 0 R>>"
    objects = page(SHOWN + b" /X Do", b"/XObject 60 0 R") | {OTHER: drawing(WHITE + FORGED)}
    objects[50] = forge.stream(b"60 0 62 5 " + inside.ljust(20) + b"(x)", Type="ObjStm", N=2, First=10)
    opened = Opened.__new__(Opened)
    opened.data = filled(samples, packed(with_signature(objects), {LATE: (2, 50, 0), 62: (2, 50, 1)}))
    return opened, _appended(opened.data, LATE, inside)


def _appended(data: bytes, number: int, body: bytes) -> bytes:
    """A revision with one object, after a file with a cross-reference stream that our own reader refuses in part."""
    at = len(data)
    made = data + b"%d 0 obj\n" % number + body + b"\nendobj\n"
    previous = int(data[data.rindex(b"startxref\n") + 10 :].split()[0])
    trailer = forge.write({"Size": 92, "Root": Ref(1, 0), "Prev": previous})
    rows = b"xref\n%d 1\n%010d 00000 n\r\n" % (number, at)
    return made + rows + b"trailer\n" + trailer + b"\nstartxref\n%d\n%%%%EOF\n" % len(made)


def hidden_object_named_for_all(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """An object of a hybrid-reference file, which some viewers do not see, is written again."""
    whole = forge.document(with_signature(drawn()))
    table = whole.rindex(b"xref\n0 ")
    body = whole[:table] + b"60 0 obj\n" + drawing(WHITE + FORGED) + b"\nendobj\n"
    row = b"\x01" + table.to_bytes(4, "big") + bytes(2)
    hidden = forge.stream(row, Type="XRef", W=[1, 4, 2], Index=[LATE, 1], Size=92, Root=Ref(1, 0))
    ending = whole[table : whole.rindex(b"startxref")].replace(b"/Size", b"/XRefStm %d /Size" % len(body), 1)
    body += b"91 0 obj\n" + hidden + b"\nendobj\n"
    opened = Opened(filled(samples, body + ending + b"startxref\n%d\n%%%%EOF\n" % len(body)))
    return opened, opened.append({LATE: forge.write(opened.get(LATE))}, trailer={"Size": 92})


# --- objects that no table names


def two_pages() -> Objects:
    """The second page's content is object 62."""
    objects = page() | {2: b"<</Type /Pages /Kids [3 0 R 61 0 R] /Count 2>>", 62: forge.stream(SHOWN)}
    return objects | {61: objects[PAGE].replace(b"4 0 R", b"62 0 R")}


def object_inside_a_new_stream(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """A reference to nothing makes some viewers look for objects, of which the last is inside of a stream."""
    opened = signed_whole(samples, two_pages())
    field = {**FIELD, "T": b"Next", "BS": Ref(80, 0)}
    fields = [Ref(SIGNATURE_FIELD, 0), Ref(NEW, 0)]
    inner = forge.stream(b"\n62 0 obj\n" + forge.stream(FORGED) + b"\nendobj\n")
    objects = {NEW: forge.write(field), 91: inner, **with_form(opened, Fields=fields), **with_annots(opened, NEW)}
    return opened, opened.append(objects)


def unnamed_object_found_later(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """The same with an object that was in the signed bytes already."""
    data = with_unnamed(forge.document(with_signature(two_pages())), 62, forge.stream(FORGED))
    opened = Opened(filled(samples, data))
    field = {**FIELD, "T": b"Next", "BS": Ref(80, 0)}
    fields = [Ref(SIGNATURE_FIELD, 0), Ref(NEW, 0)]
    objects = {NEW: forge.write(field), **with_form(opened, Fields=fields), **with_annots(opened, NEW)}
    return opened, opened.append(objects)


def object_named_after_all(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """Viewers that cannot read a table of odd lines show the last object; then the first is written again."""
    data = with_unnamed(forge.document(with_signature(page())), CONTENT, forge.stream(FORGED))
    data = data.replace(b" n\r\n", b" n\n").replace(b" f\r\n", b" f\n")
    opened = Opened(filled(samples, data))
    return opened, opened.append({CONTENT: forge.write(opened.get(CONTENT))})


# --- lists that are something else, too


def annotations_that_are_the_content(world: World, samples: Samples) -> tuple[Opened, bytes]:
    objects = page()
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots 4 0 R>>"
    opened = signed_whole(samples, objects)
    change = opened.changed(PAGE, MediaBox=[0, 0, 612.0, 792])
    return opened, opened.append({PAGE: change, CONTENT: forge.stream(FORGED)})


def annotations_that_are_a_drawing(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """The drawing bears the name of the list."""
    objects = page(b"/Annots Do", b"/XObject <</Annots 60 0 R>>") | {LATE: drawing(SHOWN)}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots 60 0 R>>"
    opened = signed_whole(samples, objects)
    change = opened.changed(PAGE, MediaBox=[0, 0, 612.0, 792])
    return opened, opened.append({PAGE: change, LATE: drawing(FORGED)})


def annotations_that_are_the_pages(world: World, samples: Samples) -> tuple[Opened, bytes]:
    """A new empty field stands before the page in a list of which only the first counts."""
    opened = signed_whole(samples, _pages_in(b"[3 0 R]", b" /Annots 8 0 R"))
    field = forge.write({**FIELD, "T": b"Next", "Rect": [0, 0, 0, 0]})
    fields = with_form(opened, Fields=[Ref(SIGNATURE_FIELD, 0), Ref(NEW, 0)])
    return opened, opened.append({NEW: field, **fields, 8: b"[90 0 R 3 0 R]"})


def fields_that_are_the_pages(world: World, samples: Samples) -> tuple[Opened, bytes]:
    objects = _pages_in(b"[3 0 R 41 0 R]", b"")
    objects[1] = objects[1][:-2] + b" /AcroForm <</Fields 8 0 R /SigFlags 3>> >>"
    opened = signed_whole(samples, objects)
    field = forge.write({**FIELD, "T": b"Next", "Rect": [0, 0, 0, 0]})
    return opened, opened.append({NEW: field, 8: b"[90 0 R 3 0 R 41 0 R]"})


def _pages_in(listed: bytes, more: bytes) -> Objects:
    objects = page() | {2: b"<</Type /Pages /Kids 8 0 R /Count 1 /MediaBox [0 0 612 792]>>", 8: listed}
    objects[PAGE] = objects[PAGE].replace(b"/Type /Page ", b"")[:-2] + more + b">>"
    return objects


# --- dictionaries that are an annotation or part of a font, too


def information_that_is_a_free_text(world: World, samples: Samples) -> tuple[Opened, bytes]:
    note = {"Type": "Annot", "Subtype": "FreeText", "Rect": [0, 0, 612, 792], "F": 4, "Contents": b"MMMM"}
    objects = page() | {LATE: forge.write({**note, "DA": b"/Helv 100 Tf 0 g"})}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [60 0 R]>>"
    opened = signed_whole(samples, objects, Info=Ref(LATE, 0))
    return opened, opened.append({LATE: opened.changed(LATE, Contents=None)})


def information_that_orders_a_font(world: World, samples: Samples) -> tuple[Opened, bytes]:
    objects = page(b"BT /F1 24 Tf 72 700 Td <0022002300240100> Tj ET")
    font = {"Type": "Font", "Subtype": "Type0", "BaseFont": "XX", "Encoding": "Identity-H"}
    below = {"Type": "Font", "Subtype": "CIDFontType2", "BaseFont": "XX", "CIDSystemInfo": Ref(OTHER, 0)}
    described = {"Type": "FontDescriptor", "FontName": "XX", "Flags": 4, "FontBBox": [0, 0, 1000, 1000]}
    objects[5] = forge.write({**font, "DescendantFonts": [Ref(LATE, 0)]})
    objects[LATE] = forge.write({**below, "FontDescriptor": described})
    objects[OTHER] = b"<</Registry (Adobe) /Ordering (Japan1) /Supplement 2>>"
    opened = signed_whole(samples, objects, Info=Ref(OTHER, 0))
    return opened, opened.append({OTHER: opened.changed(OTHER, Ordering=None, Registry=None)})


def form_that_is_a_free_text(world: World, samples: Samples) -> tuple[Opened, bytes]:
    note = {"Type": "Annot", "Subtype": "FreeText", "Rect": [0, 0, 612, 792], "F": 4, "Contents": b"MMMM"}
    objects = page(AcroForm=Ref(LATE, 0)) | {LATE: forge.write({**note, "Fields": [Ref(SIGNATURE_FIELD, 0)]})}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [60 0 R]>>"
    opened = signed_whole(samples, objects)
    return opened, opened.append({LATE: opened.changed(LATE, DA=b"/Helv 400 Tf 1 g")})


SHOWN_BY_ALL: tuple[Attack, ...] = (
    page_that_becomes_a_list_of_pages,
    annotations_that_are_the_content,
    annotations_that_are_a_drawing,
    annotations_that_are_the_pages,
    fields_that_are_the_pages,
    information_that_orders_a_font,
)
SHOWN_BY_SOME: tuple[Attack, ...] = (
    content_under_another_generation,
    generation_that_was_awaited,
    object_inside_a_new_stream,
    names_that_end_in_a_zero,
    place_behind_the_end,
    place_inside_a_later_stream,
    hidden_table_behind_the_end,
    information_that_is_a_free_text,
    form_that_is_a_free_text,
)
UNPROVEN: tuple[Attack, ...] = (
    reference_without_a_gap,
    entry_of_an_unknown_kind,
    object_stream_out_of_order,
    objects_that_overlap,
    hidden_object_named_for_all,
    unnamed_object_found_later,
    object_named_after_all,
)
