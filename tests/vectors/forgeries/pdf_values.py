"""Values that hide what stands below them: the field covers the page, and what is filled in is as large as the field.

Each attack gives the signed document, valid as it stands, and the forged one.
"""

from __future__ import annotations

from tests.signing import pdf_forge as forge
from tests.signing.pdf_forge import Ref
from tests.signing.signed_pdfs import Samples
from tests.world import World

from .pdf_prepared import FORGED, NEW, WHITE, Attack, Objects, drawing, page, signed
from .pdf_two_parts import EMPTY, FONT, form, with_field
from .pdf_whole import SIGNATURE_FIELD, signed_whole


def glyph_over_the_page(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """A field over the page is filled with a full stop, white and larger than the page."""
    objects = with_field({**EMPTY, "Rect": [0, 0, 612, 792], "AP": {"N": Ref(7, 0)}}, page(AcroForm=form()))
    opened = signed(world, samples, objects | {7: drawing(b"")})
    cover = drawing(b"1 g BT /F1 9000 Tf -1500 -100 Td (.) Tj ET")
    return opened, opened.append({6: opened.changed(6, V=b".", AP={"N": Ref(NEW, 0)}), NEW: cover})


def glyphs_of_the_file(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """The font of what is filled in calls a B an A."""
    objects = with_field({**EMPTY, "AP": {"N": Ref(7, 0)}}, page(AcroForm=form()))
    opened = signed(world, samples, objects | {7: drawing(b"")})
    font = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica", "Encoding": {"Differences": [49, "nine"]}}
    about = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 128, 20], "Resources": {"Font": {"F1": font}}}
    body = forge.stream(b"BT /F1 12 Tf 2 5 Td (100) Tj ET", **about)
    return opened, opened.append({6: opened.changed(6, V=b"100", AP={"N": Ref(NEW, 0)}), NEW: body})


def boxes_that_cover_the_page(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """One choice ticks boxes all over the page, each of which paints its part of another page."""
    cells = [(x, y) for x in range(0, 612, 72) for y in range(0, 792, 72)]
    kids = {20 + i: cell for i, cell in enumerate(cells)}
    objects = page(AcroForm=form())
    field = {"FT": "Btn", "T": b"Agreed", "V": "Off", "Kids": [Ref(n, 0) for n in kids]}
    listed = b"[" + b" ".join(b"%d 0 R" % n for n in kids) + b"]"
    objects = with_field(field, objects, listed)
    for n, (x, y) in kids.items():
        objects[n] = forge.write({
            "Type": "Annot", "Subtype": "Widget", "Parent": Ref(6, 0), "F": 4, "Rect": [x, y, x + 72, y + 72],
            "AS": "Off", "AP": {"N": {"Yes": Ref(n + 200, 0)}},
        })  # fmt: skip
        about = {"Type": "XObject", "Subtype": "Form", "BBox": [x, y, x + 72, y + 72], "Resources": FONT}
        objects[n + 200] = forge.stream(WHITE + FORGED, **about)
    opened = signed(world, samples, objects)
    return opened, opened.append({6: opened.changed(6, V="Yes"), **{n: opened.changed(n, AS="Yes") for n in kids}})


def value_drawn_by_viewers(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """A field that viewers draw by themselves, its letters larger than the page, and white."""
    return _drawn_by_viewers(world, samples, b"/F1 2000 Tf 1 g")


def value_drawn_anew_by_viewers(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """The field has a look, and the form says that it does not count."""
    field = {**EMPTY, "Rect": [0, 0, 612, 792], "DA": b"/F1 2000 Tf 1 g", "AP": {"N": Ref(7, 0)}}
    about = form(Fields=[Ref(6, 0), Ref(SIGNATURE_FIELD, 0)], NeedAppearances=True)
    opened = signed_whole(samples, with_field(field, page(AcroForm=about)) | {7: drawing(b"")})
    return opened, opened.append({6: opened.changed(6, V=b"MMMM")})


def outlines_of_a_value(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """Small letters with white outlines as wide as the page."""
    return _drawn_by_viewers(world, samples, b"/F1 12 Tf 0 g 1 Tr 1 G 2000 w")


def stretched_value(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    return _drawn_by_viewers(world, samples, b"/F1 12 Tf 0 g 90000 Tz")


def value_in_a_font_of_drawings(world: World, samples: Samples) -> tuple[forge.Opened, bytes]:
    """The glyphs of the field's font are drawings in the file, and one of them covers the page."""
    glyphs = {"Type": "Font", "Subtype": "Type3", "FontBBox": [0, 0, 1000, 1000], "FontMatrix": [1, 0, 0, 1, 0, 0]}
    codes = {"FirstChar": 77, "LastChar": 77, "Widths": [1], "Encoding": {"Differences": [77, "M"]}}
    font = {**glyphs, **codes, "CharProcs": {"M": Ref(8, 0)}}
    cover = forge.stream(b"1 0 d0 1 g -999 -999 9999 9999 re f")
    return _drawn_by_viewers(world, samples, b"/T3 12 Tf 0 g", {8: cover}, DR={"Font": {"T3": font}})


def _drawn_by_viewers(
    world: World, samples: Samples, appearance: bytes, more: Objects | None = None, **of: object
) -> tuple[forge.Opened, bytes]:
    """A field over the page that is filled in with large letters of this default appearance."""
    field = {**EMPTY, "Rect": [0, 0, 612, 792], "DA": appearance}
    opened = signed(world, samples, with_field(field, page(AcroForm=form(**of))) | (more or {}))
    return opened, opened.append({6: opened.changed(6, V=b"MMMM")})


HIDING: tuple[Attack, ...] = (
    glyph_over_the_page,
    glyphs_of_the_file,
    boxes_that_cover_the_page,
    value_drawn_by_viewers,
    value_drawn_anew_by_viewers,
    outlines_of_a_value,
    stretched_value,
    value_in_a_font_of_drawings,
)
