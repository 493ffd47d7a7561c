"""Shadow attacks: documents prepared before their signing, so that a harmless looking change shows other content.

Each attack gives the signed document, valid as it stands, and the forged one.
"""

from __future__ import annotations

from collections.abc import Callable

import pypdfium2
import pytest

from signing.pdf.fields import add_field, fields, free_name, settle_form
from signing.pdf.pages import find_page
from signing.pdf.raw import write_dict
from signing.pdf.sign import _write_signed
from signing.pdf.source import MemorySink, copy_hashed
from signing.pdf.update import updated
from signing.pdf_check.objects import PdfDict, Ref
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Verdict
from tests.signing import pdf_forge as forge
from tests.signing.signed_pdfs import FIELD, TEXT_FIELD, Samples
from tests.world import World

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


Attack = Callable[[World, Samples], tuple[forge.Opened, bytes]]
ATTACKS: tuple[Attack, ...] = (
    information_as_content,
    information_as_drawings,
    evidence_as_drawings,
    one_record_of_evidence_as_drawings,
    evidence_as_graphics_state,
    form_as_drawings,
    form_as_graphics_state,
    extensions_as_drawing,
    extensions_as_graphics_state,
    version_as_drawing,
    metadata_as_drawing,
    content_that_calls_itself_a_table,
    annotation_drawn_again,
    signature_as_graphics_state,
    default_appearance_added,
    default_font_added,
    a_mask_switched_on,
)
SPELLINGS = [
    b"[4 0 R 90\x800\x80R]", b"[4 0 R 90\xff0\xffR]", b"[4 0 R /q\x8090\x800\x80R]", b"[4 0 R 90+ 0 R]",
    b"[4 0 R 90. 0 R]", b"[4 0 R 90 0.0 R]", b"[4 0 R 9-0 0 R]", b"[4 0 R +90 0 R]",
    b"[4 0 R 000000000000000000000000000090 0 R]",
]  # fmt: skip


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
