"""Shadow attacks by fields that play a second part: filling them in or signing in them changes what a page shows.

Each attack gives the signed document, valid as it stands, and the forged one.
"""

from __future__ import annotations

from typing import Any

import pytest

from signing.pdf.fields import fields
from signing.pdf.raw import write_dict
from signing.pdf.update import updated
from signing.policy import Baseline
from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Ref
from tests.signing.pdf_shapes import with_stream
from tests.signing.signed_pdfs import FIELD, TEXT_FIELD, Samples
from tests.world import World

from .pdf_fields import with_annots, with_form
from .pdf_prepared import CONTENT, FORGED, NEW, PAGE, SHOWN, WHITE, Attack, Objects, drawing, page, signed

FONT = {"Font": {"F1": {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica"}}}
EMPTY = {key: held for key, held in TEXT_FIELD.items() if key != "V"}
BUTTON = {
    "Type": "Annot", "Subtype": "Widget", "FT": "Btn", "T": b"Agreed", "F": 4, "Rect": [72, 300, 92, 320],
    "P": Ref(PAGE, 0), "AS": "Off",
}  # fmt: skip
TICK = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 20, 20]}


def with_field(field: dict[str, object], objects: Objects, annots: bytes = b"[6 0 R]") -> Objects:
    """The document with a field, number 6, on its page."""
    objects = {6: forge.write(field), **objects}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots " + annots + b">>"
    return objects


def form(**entries: object) -> dict[str, object]:
    return {"Fields": [Ref(6, 0)], "DR": FONT, **entries}


def _with_resources(objects: Objects, number: int) -> None:
    """Let another object be the resources of the page."""
    before = objects[PAGE]
    objects[PAGE] = before.replace(b"<< /Font <</F1 5 0 R>>>>", b"%d 0 R" % number)
    assert objects[PAGE] != before


# --- buttons


def looks_of_a_button_replaced(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """A box is ticked, and the list of its looks becomes another in its place."""
    field = {**BUTTON, "AP": {"N": Ref(7, 0)}}
    objects = with_field(field, page(AcroForm=form())) | {7: b"<</Yes 8 0 R>>", 8: forge.stream(b"", **TICK)}
    opened = signed(world, samples, objects)
    change = opened.changed(6, V="Yes", AS="Yes")
    return opened, opened.append({6: change, 7: b"<</Yes 90 0 R>>", NEW: forge.stream(b"0 0 20 20 re f", **TICK)})


def content_as_look_of_a_button(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """A box is ticked whose look is what the page shows."""
    field = {**BUTTON, "AP": {"N": Ref(CONTENT, 0)}}
    opened = signed(world, samples, with_field(field, page(AcroForm=form())))
    return opened, opened.append({6: opened.changed(6, V="Off", AS=None), CONTENT: forge.stream(FORGED)})


def states_as_colours(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """The states of a box are the names of colours, and a page's colours are the box."""
    return _colours(world, samples, "DeviceRGB", "DeviceCMYK")


def states_as_short_colours(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    return _colours(world, samples, "RGB", "CMYK")


def _colours(world: World, samples: Samples, before: str, after: str) -> tuple[forge.Opened, bytes]:
    field = {**BUTTON, "AS": before, "AP": {"N": {before: Ref(7, 0), after: Ref(7, 0)}}}
    text = b"/AS cs 0 0 0 0 scn BT /F1 24 Tf 72 700 Td (Shown) Tj ET"
    objects = with_field(field, page(text, b"/ColorSpace 6 0 R", AcroForm=form())) | {7: forge.stream(b"", **TICK)}
    opened = signed(world, samples, objects)
    return opened, opened.append({6: opened.changed(6, V=after, AS=after)})


# --- texts


def date_of_a_field_as_drawing(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    objects = with_field({**EMPTY, "M": Ref(7, 0)}, page(b"/M Do", b"/XObject 6 0 R", AcroForm=form()))
    opened = signed(world, samples, objects | {7: drawing(SHOWN)})
    return opened, opened.append({6: opened.changed(6, V=b"x", M=Ref(NEW, 0)), NEW: drawing(FORGED)})


def choice_of_a_field_as_drawing(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    field = {**EMPTY, "FT": "Ch", "I": Ref(7, 0)}
    opened = signed(
        world, samples, with_field(field, page(b"/I Do", b"/XObject 6 0 R", AcroForm=form())) | {7: drawing(SHOWN)}
    )
    return opened, opened.append({6: opened.changed(6, V=b"x", I=Ref(NEW, 0)), NEW: drawing(FORGED)})


def content_as_look_of_a_field(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """A field that holds a page's drawings, too: its look, drawn anew in its place, is one of them."""
    field = {**EMPTY, "XObject": {"X": Ref(7, 0)}, "AP": {"N": Ref(7, 0)}}
    objects = with_field(field, page(b"/X Do", AcroForm=form())) | {7: drawing(b"")}
    _with_resources(objects, 6)
    opened = signed(world, samples, objects)
    return opened, opened.append({6: opened.changed(6, V=b"Forged"), 7: drawing(FORGED)})


def background_painted_later(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """A field over the page whose look paints nothing to be seen, and later the whole page."""
    field = {**EMPTY, "Rect": [0, 0, 612, 792], "AP": {"N": Ref(7, 0)}}
    objects = with_field(field, page(AcroForm=form())) | {7: drawing(b"1 1 1 rg 0 0 0 0 re f")}
    opened = signed(world, samples, objects)
    return opened, opened.append(
        {6: opened.changed(6, V=b"Forged", AP={"N": Ref(NEW, 0)}), NEW: drawing(WHITE + FORGED)}
    )


def widget_as_content(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """What a text field calls its widget is what the page shows, and is replaced when the field is filled in."""
    return _part_as_content(world, samples, "Tx", b"Forged")


def widget_of_a_button_as_content(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    return _part_as_content(world, samples, "Btn", "Off")


def _part_as_content(world: World, samples: Samples, kind: str, value: object) -> tuple[forge.Opened, bytes]:
    field = {"FT": kind, "T": b"Name", "DA": b"/F1 12 Tf 0 g", "Kids": [Ref(CONTENT, 0)]}
    opened = signed(world, samples, page(AcroForm=form()) | {6: forge.write(field)})
    return opened, opened.append({6: opened.changed(6, V=value), CONTENT: forge.stream(FORGED)})


# --- the form


def fields_as_drawing(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """A form without fields is a page's drawings, too; its fields become a drawing."""
    objects = page(SHOWN + b" /Fields Do", b"/XObject 6 0 R", AcroForm=Ref(6, 0)) | {6: b"<</SigFlags 0>>"}
    opened = signed(world, samples, objects)
    return opened, opened.append({6: opened.changed(6, Fields=Ref(NEW, 0)), NEW: drawing(WHITE + FORGED)})


def default_resources_as_drawing(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    objects = page(SHOWN + b" /DR Do", b"/XObject 6 0 R", AcroForm=Ref(6, 0)) | {6: b"<</Fields []>>"}
    opened = signed(world, samples, objects)
    return opened, opened.append({6: opened.changed(6, DR=Ref(NEW, 0)), NEW: drawing(WHITE + FORGED)})


def evidence_as_page(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """The store of evidence is a page, and the list of its certificates the page's content."""
    objects = page()
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents 6 0 R /Certs 6 0 R")
    objects |= {6: b"[4 0 R]", 1: objects[1][:-2] + b" /DSS 3 0 R>>"}
    opened = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_B))
    return opened, opened.append({6: b"[4 0 R 90 0 R]", NEW: forge.stream(WHITE + FORGED)})


# --- information


def information_that_becomes_content(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """/Info is also a part of a page's content that says nothing, until it is a stream and no dictionary."""
    return _information(world, samples, {6: b"<</Producer (x)>>"}, {6: forge.stream(FORGED)})


def reference_to_information_that_becomes_content(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    return _information(world, samples, {6: b"7 0 R", 7: b"<</Producer (x)>>"}, {6: forge.stream(FORGED)})


def _information(world: World, samples: Samples, before: Objects, after: Objects) -> tuple[forge.Opened, bytes]:
    objects = page() | before
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents [4 0 R 6 0 R]")
    opened = signed(world, samples, objects, Info=Ref(6, 0))
    return opened, opened.append(after)


# --- signatures


def colours_of_a_signature_as_graphics_state(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    return _signed_in(world, samples, {"MK": b"<</BM /Multiply>>"}, b"/MK gs ")


def look_of_a_signature_as_graphics_state(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    return _signed_in(world, samples, {"AP": b"<</D [[1 1000] 500]>>"}, b"", SHOWN + b" /AP gs 9 w 0 300 m 600 300 l S")


def _signed_in(
    world: World, samples: Samples, entries: dict[str, bytes], before: bytes, content: bytes | None = None
) -> tuple[forge.Opened, bytes]:
    """An empty field that is the page's graphics states too, signed by somebody with these entries."""
    objects = page(content or FORGED + b" " + before + WHITE + SHOWN, b"/ExtGState 6 0 R", AcroForm=form())
    objects = with_field({**FIELD, "Rect": [0, 0, 0, 0]}, objects)
    opened = signed(world, samples, objects)
    return opened, stamped_with(samples, opened.data, entries)


def stamped_with(samples: Samples, data: bytes, entries: dict[str, bytes]) -> bytes:
    """`data` signed in its empty field, which gets these entries, too."""

    def write(old: dict[bytes, bytes]) -> bytes:
        more = {b"/" + key.encode(): held for key, held in entries.items()}
        return write_dict({**old, **more} if old.get(b"/FT") == b"/Sig" or b"/Rect" in old else old)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("signing.pdf.place.write_dict", write)
        patch.setattr("signing.pdf.fields.write_dict", write)
        return samples.sign(data, "clerk", field="Office")


def content_as_look_of_a_signature(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """The look of an empty signature field is a drawing of the page's, too: drawn anew when somebody signs."""
    field = {**FIELD, "Rect": [0, 0, 9, 9], "XObject": {"X": Ref(7, 0)}, "AP": {"N": Ref(7, 0)}}
    objects = with_field(field, page(b"/X Do", AcroForm=form())) | {7: drawing(SHOWN)}
    _with_resources(objects, 6)
    opened = signed(world, samples, objects)
    return opened, _signed_with(samples, opened.data, 7, drawing(FORGED))


def objects_as_look_of_a_signature(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """The look of an empty signature field is an object stream, too: other objects are in it when somebody signs."""
    about = b" /Subtype /Form /BBox [0 0 9 9]"
    objects = with_field({**FIELD, "Rect": [0, 0, 0, 0], "AP": {"N": Ref(63, 0)}}, page(b"/X Do", AcroForm=form()))
    _with_resources(objects, 60)
    objects |= {61: drawing(SHOWN), 62: drawing(FORGED)}
    made = with_stream(objects, {60: b"<</XObject <</X 61 0 R>>>>"}, more=about)
    opened = forge.Opened(samples.sign(made, baseline=Baseline.B_LT))
    body = b"60 0 <</XObject <</X 62 0 R>>>>"
    look = b"<</Type /ObjStm /N 1 /First 5%b /Length %d>>\nstream\n%b\nendstream" % (about, len(body), body)
    return opened, _signed_with(samples, opened.data, 63, look)


def _signed_with(samples: Samples, data: bytes, number: int, body: bytes) -> bytes:
    """`data` signed in its empty field, and object `number` replaced by the same revision."""

    def updated_too(source: Any, edit: Any, *rest: Any) -> Any:
        def both(update: Any) -> None:
            edit(update)
            update.put(type(fields(update)[0].ref)(number, 0), body)

        return updated(source, both, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("signing.pdf.sign.updated", updated_too)
        return samples.sign(data, "clerk", field="Office")


def colours_of_an_empty_field(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """A new empty field with a background: some viewers paint it over the page."""
    opened = signed(world, samples, page(AcroForm={"Fields": []}))
    return opened, with_empty_field(opened, MK={"BG": [1, 1, 1]})


def border_of_an_empty_field(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    opened = signed(world, samples, page(AcroForm={"Fields": []}))
    return opened, with_empty_field(opened, MK={"BC": [1, 1, 1]}, BS={"W": 1500})


def with_empty_field(o: forge.Opened, **more: object) -> bytes:
    field = {**FIELD, "T": b"Next", "Rect": [0, 0, 612, 792], **more}
    return o.append(
        {**with_form(o, Fields=[*map(ref, o.fields()), Ref(NEW, 0)]), NEW: forge.write(field), **with_annots(o, NEW)}
    )


def ref(number: int) -> Ref:
    return Ref(number, 0)


TWO_PARTS: tuple[Attack, ...] = (
    looks_of_a_button_replaced,
    content_as_look_of_a_button,
    states_as_colours,
    states_as_short_colours,
    date_of_a_field_as_drawing,
    choice_of_a_field_as_drawing,
    content_as_look_of_a_field,
    widget_as_content,
    widget_of_a_button_as_content,
    information_that_becomes_content,
    reference_to_information_that_becomes_content,
    background_painted_later,
    fields_as_drawing,
    default_resources_as_drawing,
    colours_of_a_signature_as_graphics_state,
    look_of_a_signature_as_graphics_state,
    content_as_look_of_a_signature,
    objects_as_look_of_a_signature,
)
PAINTED_BY_SOME: tuple[Attack, ...] = (colours_of_an_empty_field, border_of_an_empty_field)
