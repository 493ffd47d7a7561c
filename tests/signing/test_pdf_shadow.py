"""Shadow attacks: a document prepared before its signing, so that a harmless looking change shows other content."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import pypdfium2
import pytest

from signing.errors import MalformedError
from signing.pdf.fields import add_field, fields, free_name, settle_form
from signing.pdf.pages import find_page
from signing.pdf.raw import write_dict
from signing.pdf.sign import _write_signed
from signing.pdf.source import MemorySink, copy_hashed
from signing.pdf.stamp import Stamp
from signing.pdf.update import updated
from signing.pdf_check.objects import PdfDict, Ref
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import FIELD, TEXT_FIELD, Samples
from .test_pdf_attacks import forbidden
from .test_pdf_verify import codes

PAGE, CONTENT, NEW = 3, 4, 90
WHITE = b"1 1 1 rg 0 0 612 792 re f "
SHOWN = b"0 g BT /F1 24 Tf 72 700 Td (Shown) Tj ET"
FORGED = b"0 g BT /F1 24 Tf 72 700 Td (Forged) Tj ET"

Objects = dict[int, bytes]


def drawing(body: bytes) -> bytes:
    """A form XObject."""
    about = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 612, 792], "Resources": {"Font": {"F1": Ref(5, 0)}}}
    return forge.stream(body, **about)


def page(content: bytes = SHOWN, resource: bytes = b"", **catalog: object) -> Objects:
    """A page with this content and one more entry in its resources."""
    objects = forge.page_document(**catalog)
    objects[CONTENT] = forge.stream(content)
    objects[PAGE] = objects[PAGE].replace(b"/Font", resource + b" /Font")
    return objects


def signed(world: World, samples: Samples, objects: Objects, **trailer: object) -> forge.Opened:
    """The prepared document, signed and valid."""
    data = samples.sign(forge.document(objects, **trailer), baseline=Baseline.B_LT)
    assert examine_pdf(data, trust=world.pki.trust()).verdict is Verdict.VALID
    return forge.Opened(data)


def shown(data: bytes) -> bytes:
    """What a viewer shows of the first page."""
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    return bytes(document[0].render(scale=0.5).buffer)


# --- one object in two parts: what one may change, the other shows


def information_as_content(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """/Info names a stream that covers what the page says; afterwards it is a dictionary, and the cover is gone."""
    objects = page(FORGED)
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents [4 0 R 6 0 R]")
    objects[6] = forge.stream(WHITE + SHOWN)
    opened = signed(world, samples, objects, Info=Ref(6, 0))
    return opened, opened.append({6: b"<</Producer (x)>>"})


def information_as_drawings(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    objects = page(b"/Producer Do", b"/XObject 6 0 R") | {6: b"<</Producer 7 0 R>>", 7: drawing(SHOWN)}
    opened = signed(world, samples, objects, Info=Ref(6, 0))
    return opened, opened.append({6: b"<</Producer 90 0 R>>", NEW: drawing(FORGED)})


def evidence_as_drawings(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    objects = page(b"/TS Do", b"/XObject 6 0 R") | {6: b"<</TS 7 0 R>>", 7: drawing(SHOWN)}
    opened = signed(world, samples, objects)
    place = opened.catalog["DSS"]
    store = {**opened.file.dictionary(place, opened.file.last), "VRI": Ref(6, 0)}
    return opened, opened.append({place.number: forge.write(store), 6: b"<</TS 90 0 R>>", NEW: drawing(FORGED)})


def one_record_of_evidence_as_drawings(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    objects = page(b"/TS Do", b"/XObject 6 0 R") | {6: b"<</TS 7 0 R>>", 7: drawing(SHOWN)}
    opened = signed(world, samples, objects)
    place = opened.catalog["DSS"]
    store = {**opened.file.dictionary(place, opened.file.last), "VRI": {"A" * 40: Ref(6, 0)}}
    return opened, opened.append({place.number: forge.write(store), 6: b"<</TS 90 0 R>>", NEW: drawing(FORGED)})


def evidence_as_graphics_state(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    opened = signed(world, samples, page(FORGED + b" /DSS gs " + WHITE + SHOWN, b"/ExtGState 1 0 R"))
    store = {**opened.file.dictionary(opened.catalog["DSS"], opened.file.last), "ca": 0}
    return opened, opened.append({1: opened.changed(1, DSS=store)})


def form_as_drawings(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    objects = page(SHOWN + b" /DA Do", b"/XObject 6 0 R", AcroForm=Ref(6, 0)) | {6: b"<</Fields []>>"}
    opened = signed(world, samples, objects)
    return opened, opened.append({6: opened.changed(6, DA=Ref(NEW, 0)), NEW: drawing(WHITE + FORGED)})


def form_as_graphics_state(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    objects = page(FORGED + b" /DR gs " + WHITE + SHOWN, b"/ExtGState 6 0 R", AcroForm=Ref(6, 0))
    opened = signed(world, samples, objects | {6: b"<</Fields [] /DR <</Font <<>> >> >>"})
    return opened, opened.append({6: opened.changed(6, DR={"Font": PdfDict(), "ca": 0})})


def extensions_as_drawing(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    objects = page(b"/Extensions Do", b"/XObject 1 0 R", Extensions=Ref(7, 0)) | {7: drawing(SHOWN)}
    opened = signed(world, samples, objects)
    return opened, opened.append({1: opened.changed(1, Extensions=Ref(NEW, 0)), NEW: drawing(FORGED)})


def extensions_as_graphics_state(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    opened = signed(world, samples, page(FORGED + b" /Extensions gs " + WHITE + SHOWN, b"/ExtGState 1 0 R"))
    return opened, opened.append({1: opened.changed(1, Extensions={"ca": 0})})


def version_as_drawing(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    opened = signed(world, samples, page(SHOWN + b" /Version Do", b"/XObject 1 0 R"))
    return opened, opened.append({1: opened.changed(1, Version=Ref(NEW, 0)), NEW: drawing(WHITE + FORGED)})


def metadata_as_drawing(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    opened = signed(world, samples, page(SHOWN + b" /Metadata Do", b"/XObject 1 0 R"))
    xmp = drawing(b"<a><![CDATA[> " + WHITE + FORGED + b" ]]></a>")
    return opened, opened.append({1: opened.changed(1, Metadata=Ref(NEW, 0)), NEW: xmp})


def content_that_calls_itself_a_table(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    objects = page() | {CONTENT: forge.stream(SHOWN, Type="XRef")}
    opened = signed(world, samples, objects)
    return opened, opened.append({CONTENT: forge.stream(FORGED, Type="XRef")})


def annotation_drawn_again(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """One annotation lies under another; listed twice, it lies over it too."""
    stamp = {"Type": "Annot", "Subtype": "Stamp", "Rect": [0, 0, 612, 792], "F": 4}
    objects = page() | {6: drawing(WHITE + FORGED), 7: drawing(WHITE + SHOWN)}
    objects |= {8: forge.write({**stamp, "AP": {"N": Ref(6, 0)}}), 9: forge.write({**stamp, "AP": {"N": Ref(7, 0)}})}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [8 0 R 9 0 R]>>"
    opened = signed(world, samples, objects)
    annots = opened.get(PAGE)["Annots"]  # type: ignore[index]
    return opened, opened.append({PAGE: opened.changed(PAGE, Annots=[*annots, Ref(8, 0)])})


def signature_as_graphics_state(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """An empty field is also the page's graphics states; who fills it makes transparent what covers the page."""
    objects = page(FORGED + b" /V gs " + WHITE + SHOWN, b"/ExtGState 6 0 R", AcroForm={"Fields": [Ref(6, 0)]})
    objects[6] = forge.write({**FIELD, "Rect": [0, 0, 0, 0]})
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    opened = signed(world, samples, objects)

    def write(entries: dict[bytes, bytes]) -> bytes:
        return write_dict({**entries, b"/ca": b"0"} if entries.get(b"/Type") == b"/Sig" else entries)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("signing.pdf.place.write_dict", write)
        return opened, samples.sign(opened.data, "clerk", field="Office")


# --- fields that viewers draw by themselves


def default_appearance_added(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """A field without an appearance shows nothing as long as the form has no default."""
    objects = page(AcroForm=Ref(7, 0)) | {6: forge.write(TEXT_FIELD), 7: b"<</Fields [6 0 R]>>"}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    opened = signed(world, samples, objects)
    font = {"Font": {"Helv": Ref(5, 0)}}
    return opened, opened.append({7: opened.changed(7, DA=b"/Helv 12 Tf 0 g", DR=font)})


def default_font_added(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    field = forge.write({**TEXT_FIELD, "DA": b"/ZZ 12 Tf 0 g"})
    objects = page(AcroForm=Ref(7, 0)) | {6: field, 7: b"<</Fields [6 0 R] /DR <</Font <<>> >> /DA (/Helv 0 Tf)>>"}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    opened = signed(world, samples, objects)
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Symbol>>"
    return opened, opened.append({7: opened.changed(7, DR={"Font": {"ZZ": Ref(NEW, 0)}}), NEW: font})


# --- values that Python takes for equal


def a_mask_switched_on(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    about = {"Type": "XObject", "Subtype": "Image", "Width": 8, "Height": 1, "BitsPerComponent": 1}
    about["ColorSpace"] = "DeviceGray"
    objects = page(b"1 0 0 rg 200 0 0 200 100 100 cm /I Do", b"/XObject <</I 6 0 R>>")
    objects[6] = forge.stream(b"\xaa", **about, ImageMask=1)
    opened = signed(world, samples, objects)
    return opened, opened.append({6: forge.stream(b"\xaa", **about, ImageMask=True)})


@pytest.mark.parametrize(
    "attack",
    [
        information_as_content, information_as_drawings, evidence_as_drawings, one_record_of_evidence_as_drawings,
        evidence_as_graphics_state, form_as_drawings, form_as_graphics_state, extensions_as_drawing,
        extensions_as_graphics_state, version_as_drawing, metadata_as_drawing, content_that_calls_itself_a_table,
        annotation_drawn_again,
        signature_as_graphics_state,
        default_appearance_added, default_font_added, a_mask_switched_on,
    ],
)  # fmt: skip
def test_prepared_content_is_swapped(
    world: World, samples: Samples, attack: Callable[[World, Samples], tuple[forge.Opened, bytes]]
) -> None:
    opened, forged = attack(world, samples)
    assert shown(forged) != shown(opened.data), "no attack: nothing else is shown"
    found = examine_pdf(forged, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)
    assert found.signatures[0].changes_after == "forbidden"


def test_a_default_appearance_added_for_a_field_whose_own_is_empty(world: World, samples: Samples) -> None:
    """Some viewers take an empty appearance for none and draw the value themselves."""
    field = forge.write({**TEXT_FIELD, "AP": PdfDict()})
    objects = page(AcroForm=Ref(7, 0)) | {6: field, 7: b"<</Fields [6 0 R]>>"}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    opened = signed(world, samples, objects)
    forbidden(world, opened.append({7: opened.changed(7, DA=b"/Helv 12 Tf 0 g")}), "pdf.change-form")


def test_a_page_is_turned_by_a_number_that_equals_another(world: World, samples: Samples) -> None:
    """One viewer turns a page by 90 only, another by 90.0 too."""
    objects = page()
    objects[PAGE] = objects[PAGE][:-2] + b" /Rotate 90>>"
    opened = signed(world, samples, objects)
    forbidden(world, opened.append({PAGE: opened.changed(PAGE, Rotate=90.0)}), "pdf.change-page")


def test_a_second_title_before_the_signed_one(world: World, samples: Samples) -> None:
    """Viewers show the first title, and the last is the one that was signed."""

    def xmp(*titles: str) -> bytes:
        told = "".join(f"<dc:title>{title}</dc:title>" for title in titles)
        text = f'<x xmlns:dc="http://purl.org/dc/elements/1.1/">{told}</x>'
        return forge.stream(text.encode(), Type="Metadata", Subtype="XML")

    opened = signed(world, samples, page(Metadata=Ref(6, 0)) | {6: xmp("Shown")})
    assert examine_pdf(opened.append({6: xmp("Shown") + b" "}), trust=world.pki.trust()).verdict is Verdict.VALID
    forbidden(world, opened.append({6: xmp("Forged", "Shown")}), "pdf.change-metadata")


# --- references that only some viewers see


@pytest.mark.parametrize(
    "contents",
    [
        b"[4 0 R 90\x800\x80R]", b"[4 0 R 90\xff0\xffR]", b"[4 0 R /q\x8090\x800\x80R]", b"[4 0 R 90+ 0 R]",
        b"[4 0 R 90. 0 R]", b"[4 0 R 90 0.0 R]", b"[4 0 R 9-0 0 R]", b"[4 0 R +90 0 R]",
        b"[4 0 R 000000000000000000000000000090 0 R]",
    ],
)  # fmt: skip
def test_a_dangling_reference_in_odd_spelling_is_filled(world: World, samples: Samples, contents: bytes) -> None:
    objects = page() | {6: contents}
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents 6 0 R")
    opened = signed(world, samples, objects)
    found = examine_pdf(opened.append({NEW: forge.stream(WHITE + FORGED)}), trust=world.pki.trust())
    assert found.verdict is not Verdict.VALID
    assert found.signatures[0].changes_after in {"unknown", "forbidden"}


def test_object_zero_is_filled(world: World, samples: Samples) -> None:
    objects = page()
    objects[PAGE] = objects[PAGE].replace(b"4 0 R", b"[4 0 R 0 0 R]")
    opened = signed(world, samples, objects)
    forbidden(world, opened.append({0: forge.stream(WHITE + FORGED)}), "pdf.xref")


def test_object_zero_leads_viewers_to_rebuild_the_table(world: World, samples: Samples) -> None:
    opened = forge.Opened(samples.valid)
    data = opened.append({95: b"null"}, offsets={0: len(opened.data)})
    forbidden(world, data, "pdf.xref")


def test_a_table_in_the_place_of_the_content(world: World, samples: Samples) -> None:
    """Some viewers take a cross-reference stream for the object whose number it has, though it does not list itself."""
    opened = forge.Opened(samples.valid)
    at = len(opened.data)
    rows = b"\x01" + at.to_bytes(4, "big") + b"\0"
    about = {"Type": "XRef", "W": [1, 4, 1], "Size": 97, "Index": [95, 1], "Prev": opened.startxref()}
    table = forge.stream(rows, **about, Root=opened.trailer["Root"])
    body = b"95 0 obj\nnull\nendobj\n"
    for number, allowed in ((CONTENT, False), (96, True)):
        place = b"startxref\n%d\n%%%%EOF\n" % (at + len(body))
        data = opened.data + body + b"%d 0 obj\n" % number + table + b"\nendobj\n" + place
        if allowed:
            found = examine_pdf(data, trust=world.pki.trust())
            assert found.verdict is Verdict.VALID, found.findings
        else:
            forbidden(world, data, "pdf.xref")


def with_container(opened: forge.Opened, container: bytes) -> bytes:
    """A revision whose catalog stands in an object stream, number 96, as `container` gives it."""
    at = len(opened.data)
    body = b"96 0 obj\n" + container + b"\nendobj\n"
    rows = [(2, 96, 0), (1, at, 0), (1, at + len(body), 0)]
    entries = b"".join(bytes([k]) + a.to_bytes(4, "big") + bytes([b]) for k, a, b in rows)
    about = {"Type": "XRef", "W": [1, 4, 1], "Size": 98, "Index": [opened.root, 1, 96, 2], "Prev": opened.startxref()}
    table = forge.stream(entries, **about, Root=opened.trailer["Root"])
    end = b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % (at + len(body))
    return opened.data + body + b"97 0 obj\n" + table + end


@pytest.mark.parametrize(
    "trick", ["none", "parameters elsewhere", "external file", "short names", "number twice", "odd blank"]
)
def test_an_object_stream_that_viewers_decode_differently(world: World, samples: Samples, trick: str) -> None:
    opened = forge.Opened(samples.valid)
    root = opened.changed(opened.root)
    head, count = b"%d 0 " % opened.root, 1
    more: dict[str, object] = {}
    match trick:
        case "parameters elsewhere":
            more["DecodeParms"] = Ref(5, 0)
        case "external file":
            more["F"] = b"objects.bin"
        case "short names":
            more["DP"] = {"Predictor": 12, "Columns": 4}
        case "number twice":
            head, count = head + b"%d %d " % (opened.root, len(root) + 1), 2
            root += b" " + opened.changed(opened.root, Pages=Ref(91, 0))
        case "odd blank":
            head = b"%d\x0b0 " % opened.root
    about = {"Type": "ObjStm", "N": count, "First": len(head), "Filter": "FlateDecode"}
    container = forge.stream(zlib.compress(head + root), **about, **more)
    found = examine_pdf(with_container(opened, container), trust=world.pki.trust())
    assert found.verdict is (Verdict.VALID if trick == "none" else Verdict.INVALID), codes(found)


# --- what later signatures show


def stamped(
    samples: Samples,
    data: bytes,
    rectangle: bytes = b"[0 0 612 792]",
    field: int | None = None,
    box: bytes = b"/BBox [0 0 612 792]",
) -> bytes:
    """A document timestamp whose widget shows something; anybody can get one."""
    tsa = samples.pki.tsa()
    sink = MemorySink()
    sink.write(data)

    def edit(update) -> None:
        known = fields(update)
        value = update.add_signature(b"<</Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161>>")
        look = update.add(b"<</Type /XObject /Subtype /Form %b>>" % box, WHITE + b"0 g 9 9 99 99 re f")
        extra = {b"/V": value.raw(), b"/AP": b"<</N %b>>" % look.raw()}
        if field is None:
            add_field(update, find_page(update, 0), free_name(known), rectangle, extra)
        else:
            place = next(f for f in known if f.ref.number == field)
            update.put(place.ref, write_dict({**place.entries, **extra}))
        settle_form(update, known)

    source = sink.source()
    update = updated(source, edit, None)
    _write_signed(update, sink, copy_hashed(source, None, tsa.digest), 8192, lambda d: tsa.timestamp(d).der)
    return sink.value()


def test_a_document_timestamp_that_covers_the_page(world: World, samples: Samples) -> None:
    """It needs no certificate: the authority stamps for everybody."""
    forged = stamped(samples, samples.valid)
    assert shown(forged) != shown(samples.valid)
    forbidden(world, forged, "pdf.change-form")
    hidden = stamped(samples, samples.valid, b"[0 0 0 0]")
    assert examine_pdf(hidden, trust=world.pki.trust()).signatures[0].changes_after == "permitted"


@pytest.mark.parametrize("box", [b"", b"/BBox null", b"/BBox [0 0 9]", b"/BBox 5 0 R"])
@pytest.mark.parametrize("rectangle", [b"[0 0 0 0]", b"[10 10 10 10]", b"[0 0 0 792]"])
def test_an_invisible_document_timestamp_whose_appearance_has_no_box(
    world: World, samples: Samples, rectangle: bytes, box: bytes
) -> None:
    """Browsers draw it all the same, in its own size."""
    forged = stamped(samples, samples.valid, rectangle, box=box)
    forbidden(world, forged, "pdf.change-form")


def test_a_document_timestamp_that_looks_like_the_office_seal(world: World, samples: Samples) -> None:
    forged = stamped(samples, samples.valid_form, field=7)
    assert shown(forged) != shown(samples.valid_form)
    forbidden(world, forged, "pdf.change-form")


@pytest.mark.parametrize("flags", [b"5", b"36", b"37", b"1", b"32"])
def test_a_visible_signature_that_says_it_is_invisible(
    world: World, samples: Samples, flags: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invisible is not for widgets, and what is hidden from the screen is printed: it is pointed out all the same."""
    monkeypatch.setattr("signing.pdf.fields._PRINT_LOCKED", flags)
    cover = Stamp(page=0, x_mm=5, y_mm=5, width_mm=200, height_mm=250, text="Forged")
    found = examine_pdf(samples.sign(samples.valid, "clerk", stamp=cover), trust=world.pki.trust())
    assert "pdf.visible-after" in codes(found)


def test_a_hidden_empty_field_that_appears_when_it_is_signed(world: World, samples: Samples) -> None:
    objects = page(AcroForm={"Fields": [Ref(6, 0)], "SigFlags": 1})
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    objects[6] = forge.write({**FIELD, "F": 2, "Rect": [0, 0, 612, 792]})
    first = samples.sign(forge.document(objects))
    forged = samples.sign(first, "clerk", field="Office")
    assert b"/F 2\n" in forged
    shown_at_last = forged[: len(first)] + forged[len(first) :].replace(b"/F 2\n", b"/F 4\n")
    found = examine_pdf(shown_at_last, trust=world.pki.trust())
    assert found.signatures[0].changes_after == "permitted"
    assert "pdf.visible-after" in codes(found)


# --- a front that says how long the file is


def rows(places: dict[int, int]) -> bytes:
    """A cross-reference table, one subsection an object."""
    return b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % (n, places[n]) for n in sorted(places))


def two_faced(length: int) -> bytes:
    """A file of two documents: one hangs on the section at its front, the other on the one that its end names.

    When it is as long as its front says, viewers that know linearized files begin at the front.
    """
    objects, places, out = page(FORGED), dict[int, int](), bytearray(b"%PDF-1.7\n")

    def put(number: int, value: bytes) -> None:
        places[number] = len(out)
        out.extend(b"%d 0 obj\n" % number + value + b"\nendobj\n")

    put(6, b"<</Linearized 1 /L %010d /H [100 10] /O 3 /E 5000 /N 1 /T 9999>>" % length)
    front = len(out)
    ending = b"trailer\n<</Size 7 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    room = len(rows(dict.fromkeys(range(1, 7), 0)) + ending % 0)
    out += b" " * room
    for number in range(1, 6):
        put(number, objects[number])
    out[front : front + room] = rows(places) + ending % 0
    put(4, forge.stream(SHOWN))
    at = len(out)
    return bytes(out + rows(places) + ending % at)


def test_a_linearized_front_that_comes_true_when_something_harmless_is_appended(world: World, samples: Samples) -> None:
    signed_once = samples.sign(two_faced(0), baseline=Baseline.B_LT)
    length = len(signed_once) + 4000
    opened = forge.Opened(samples.sign(two_faced(length), baseline=Baseline.B_LT))
    harmless = opened.append({NEW: b"(x)"})
    assert examine_pdf(harmless, trust=world.pki.trust()).verdict is Verdict.VALID
    forged = opened.append({NEW: b"(" + b"x" * (length - len(harmless) + 1) + b")"})
    assert len(forged) == length
    found = examine_pdf(forged, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)


def test_a_linearized_front_that_is_no_longer_true_once_it_is_signed(world: World, samples: Samples) -> None:
    """Whoever signs it sees one document, whoever checks it another."""
    length = len(two_faced(0))
    assert examine_pdf(two_faced(length)).verdict is Verdict.INVALID
    with pytest.raises(MalformedError) as refused:
        samples.sign(two_faced(length))
    assert refused.value.code == "pdf.malformed"
    assert samples.sign(two_faced(length + 1))
