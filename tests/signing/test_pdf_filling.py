"""Fields filled in and remarks made after a signature: what the author lets people do, and what hides behind it."""

from __future__ import annotations

import pytest

from signing.pdf.request import FieldLock
from signing.pdf_check.content import operations, shown_text
from signing.pdf_check.named import name_of
from signing.pdf_check.objects import Ref
from signing.pdf_check.verify import PdfExamination, examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import FIELD, TEXT_FIELD, Samples
from .test_pdf_verify import codes

PAGE, CONTENT, FONT, TEXT, BOX, ANNOTS, LOOK, STATES = 3, 4, 5, 6, 7, 8, 9, 10
NEW = 90
HELV = {"Font": {"Helv": {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica"}}}
TICK = {
    "Type": "Annot", "Subtype": "Widget", "FT": "Btn", "T": b"Agreed", "F": 4, "Rect": [72, 300, 92, 320],
    "P": Ref(PAGE, 0), "AS": "Off", "AP": {"N": {"Yes": Ref(STATES, 0)}},
}  # fmt: skip


def look(text: bytes, more: bytes = b"", **entries: object) -> bytes:
    """The appearance of a text field."""
    body = b"/Tx BMC q BT /Helv 10 Tf 0 g 2 5 Td (" + text + b") Tj ET Q EMC " + more
    about = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 128, 20], "Resources": HELV}
    return forge.stream(body, **{**about, **entries})


def papers(value: bytes | None = None, shown: bytes = b"", **entries: object) -> bytes:
    """A page with a text field and a box to tick, unsigned."""
    return forge.document(objects_of(value, shown, **entries))


def objects_of(value: bytes | None = None, shown: bytes = b"", **entries: object) -> dict[int, bytes]:
    """Its objects."""
    objects = forge.page_document(AcroForm={"Fields": [Ref(TEXT, 0), Ref(BOX, 0)], "DR": HELV})
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots 8 0 R>>"
    field = {key: held for key, held in TEXT_FIELD.items() if key != "V"}
    objects[TEXT] = forge.write(
        {**field, **({"V": value} if value is not None else {}), "AP": {"N": Ref(LOOK, 0)}, **entries}
    )
    objects[BOX] = forge.write(TICK)
    objects[ANNOTS] = forge.write([Ref(TEXT, 0), Ref(BOX, 0)])
    objects[LOOK] = look(shown)
    objects[STATES] = forge.stream(b"0 0 m 20 20 l S", Type="XObject", Subtype="Form", BBox=[0, 0, 20, 20])
    return objects


@pytest.fixture
def signed(samples: Samples, request: pytest.FixtureRequest) -> forge.Opened:
    """The empty form, signed without a word on what may follow."""
    return forge.Opened(samples.sign(papers(), baseline=Baseline.B_LT))


def certified(samples: Samples, level: int, **paper: object) -> forge.Opened:
    return forge.Opened(samples.sign(papers(**paper), baseline=Baseline.B_LT, certify=level))  # type: ignore[arg-type]


def examined(world: World, data: bytes) -> PdfExamination:
    found = examine_pdf(data, trust=world.pki.trust())
    assert "document.internal" not in codes(found)
    return found


def filled(opened: forge.Opened, value: bytes, shown: bytes | None = None, **entries: object) -> bytes:
    """The text field filled in, as programs do: value and appearance."""
    change = opened.changed(TEXT, V=value, AP={"N": Ref(NEW, 0)}, **entries)
    return opened.append({TEXT: change, NEW: look(value if shown is None else shown)})


def test_an_empty_field_may_be_filled_in(world: World, signed: forge.Opened) -> None:
    found = examined(world, filled(signed, b"Ha Noi"))
    assert found.verdict is Verdict.VALID, codes(found)
    assert found.signatures[0].changes_after == "permitted"
    assert "pdf.field-filled" in codes(found)


def test_a_box_may_be_ticked(world: World, signed: forge.Opened) -> None:
    found = examined(world, signed.append({BOX: signed.changed(BOX, V="Yes", AS="Yes")}))
    assert found.verdict is Verdict.VALID, codes(found)


def test_a_value_that_was_signed_is_final(world: World, samples: Samples) -> None:
    opened = forge.Opened(samples.sign(papers(b"100", b"100"), baseline=Baseline.B_LT))
    found = examined(world, filled(opened, b"900"))
    assert found.verdict is Verdict.INVALID
    assert "pdf.change-form" in codes(found)


@pytest.mark.parametrize(("level", "verdict"), [(1, Verdict.INVALID), (2, Verdict.VALID), (3, Verdict.VALID)])
def test_the_author_of_a_certified_form_says_whether_values_may_change(
    world: World, samples: Samples, level: int, verdict: Verdict
) -> None:
    opened = certified(samples, level, value=b"100", shown=b"100")
    assert examined(world, filled(opened, b"900")).verdict is verdict


def test_a_field_that_shows_other_than_its_value(world: World, signed: forge.Opened) -> None:
    assert examined(world, filled(signed, b"100", shown=b"900")).verdict is Verdict.INVALID


def test_a_field_prepared_to_show_other_than_its_value(world: World, samples: Samples) -> None:
    """Shadow attack: the signer saw `100` in a field that held nothing, and it is replaced later."""
    opened = forge.Opened(samples.sign(papers(shown=b"100"), baseline=Baseline.B_LT))
    assert examined(world, filled(opened, b"900")).verdict is Verdict.INVALID


@pytest.mark.parametrize(
    "change",
    [
        {"Rect": [0, 0, 612, 792]},
        {"F": 0},
        {"A": {"S": "URI", "URI": b"https://example.vn"}},
        {"AA": {"F": {"S": "JavaScript", "JS": b"x"}}},
        {"T": b"Other"},
        {"MK": {"BG": [1, 1, 1]}},
        {"Ff": 4096},
    ],
    ids=lambda change: next(iter(change)),
)
def test_filling_in_changes_the_value_alone(world: World, signed: forge.Opened, change: dict[str, object]) -> None:
    assert examined(world, filled(signed, b"Ha Noi", **change)).verdict is Verdict.INVALID


@pytest.mark.parametrize(
    "new",
    [
        look(b"Ha Noi", b"1 1 1 rg 0 0 128 20 re f"),
        look(b"Ha Noi", b"/X Do"),
        look(b"Ha Noi", b"/GS gs"),
        look(b"Ha Noi", b"BI /W 1 ID x EI"),
        look(b"Ha Noi", b"("),
        look(b"Ha Noi", Resources={**HELV, "XObject": {"X": Ref(STATES, 0)}}),
        look(b"Ha Noi", Subtype="Image"),
        look(b"Ha Noi", BBox=[0, 0]),
        look(b"Ha Noi", Group={"S": "Transparency"}),
        b"null",
    ],
)
def test_a_filled_field_paints_over_nothing(world: World, signed: forge.Opened, new: bytes) -> None:
    change = signed.changed(TEXT, V=b"Ha Noi", AP={"N": Ref(NEW, 0)})
    assert examined(world, signed.append({TEXT: change, NEW: new})).verdict is not Verdict.VALID


def test_a_look_that_is_part_of_the_page_too(world: World, samples: Samples) -> None:
    """The appearance is replaced in place, and the page draws the same object."""
    objects = objects_of()
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents [4 0 R 9 0 R]")
    assert b"9 0 R" in objects[PAGE]
    opened = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    change = {TEXT: opened.changed(TEXT, V=b"x"), LOOK: look(b"x")}
    assert examined(world, opened.append(change)).verdict is Verdict.INVALID


def test_a_look_may_be_replaced_in_place_where_it_is_the_fields_alone(world: World, signed: forge.Opened) -> None:
    found = examined(world, signed.append({TEXT: signed.changed(TEXT, V=b"x"), LOOK: look(b"x")}))
    assert found.verdict is Verdict.VALID, codes(found)


@pytest.mark.parametrize("flags", [1, 1 << 13, 1 << 20])
def test_a_field_that_was_closed_cannot_be_filled_in(world: World, samples: Samples, flags: int) -> None:
    opened = forge.Opened(samples.sign(papers(Ff=flags), baseline=Baseline.B_LT))
    assert examined(world, filled(opened, b"x")).verdict is Verdict.INVALID


def test_a_box_as_large_as_the_page_cannot_be_ticked(world: World, samples: Samples) -> None:
    objects = objects_of()
    objects[BOX] = forge.write({**TICK, "Rect": [0, 0, 600, 780]})
    opened = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    found = examined(world, opened.append({BOX: opened.changed(BOX, V="Yes", AS="Yes")}))
    assert found.verdict is Verdict.INVALID


def test_a_locked_field_stays_as_it_was(world: World, samples: Samples) -> None:
    opened = forge.Opened(
        samples.sign(papers(), baseline=Baseline.B_LT, lock=FieldLock(action="include", names=("Amount",)))
    )
    found = examined(world, filled(opened, b"x"))
    assert found.verdict is Verdict.INVALID
    assert "pdf.change-locked" in codes(found)


def test_text_in_glyph_numbers_has_to_be_looked_at(world: World, signed: forge.Opened) -> None:
    fonts = {"Font": {"Helv": {"Type": "Font", "Subtype": "Type0", "BaseFont": "X"}}}
    change = signed.changed(TEXT, V=b"x", AP={"N": Ref(NEW, 0)})
    found = examined(world, signed.append({TEXT: change, NEW: look(b"\\000\\044", Resources=fonts)}))
    assert found.verdict is Verdict.INDETERMINATE
    assert "pdf.field-unread" in codes(found)


# --- remarks


def remark(opened: forge.Opened, **entries: object) -> bytes:
    """A note beside the text."""
    note = {"Type": "Annot", "Subtype": "Text", "Rect": [500, 700, 520, 720], "Contents": b"?", "P": Ref(PAGE, 0)}
    added = [Ref(TEXT, 0), Ref(BOX, 0), *_more(opened), Ref(NEW, 0)]
    return opened.append({ANNOTS: forge.write(added), NEW: forge.write({**note, **entries})})


def _more(opened: forge.Opened) -> list[object]:
    kept = opened.get(ANNOTS)
    assert isinstance(kept, list)
    return kept[2:]


@pytest.mark.parametrize(("level", "verdict"), [(1, Verdict.INVALID), (2, Verdict.INVALID), (3, Verdict.VALID)])
def test_remarks_where_the_author_lets_people_make_them(
    world: World, samples: Samples, level: int, verdict: Verdict
) -> None:
    assert examined(world, remark(certified(samples, level))).verdict is verdict


def test_a_remark_on_a_document_whose_author_said_nothing(world: World, signed: forge.Opened) -> None:
    found = examined(world, remark(signed))
    assert found.verdict is Verdict.INVALID
    assert "pdf.change-annotation" in codes(found)


@pytest.mark.parametrize(
    "entries",
    [
        {"Subtype": "FreeText", "DA": b"/Helv 12 Tf 1 1 1 rg"},
        {"Subtype": "Stamp"},
        {"Subtype": "Square", "IC": [1, 1, 1]},
        {"Subtype": "Redact"},
        {"Subtype": "Link", "A": {"S": "URI", "URI": b"https://example.vn"}},
        {"Subtype": "Screen", "AA": {"PO": {"S": "JavaScript", "JS": b"x"}}},
        {"Subtype": "FileAttachment"},
        {"A": {"S": "JavaScript", "JS": b"x"}},
        {"Rect": [0, 0, 612, 792]},
    ],
    ids=lambda entries: "-".join(map(str, entries.values()))[:30],
)
def test_evil_annotations(world: World, samples: Samples, entries: dict[str, object]) -> None:
    """Evil annotation attack: what hides the text or acts, on a document that lets people annotate."""
    assert examined(world, remark(certified(samples, 3), **entries)).verdict is Verdict.INVALID


def test_a_mark_with_a_look_of_its_own_has_to_be_looked_at(world: World, samples: Samples) -> None:
    opened = certified(samples, 3)
    found = examined(world, remark(opened, Subtype="Highlight", Rect=[70, 690, 300, 730], AP={"N": Ref(STATES, 0)}))
    assert found.verdict is Verdict.INDETERMINATE
    assert "pdf.remark-shows" in codes(found)


# --- names, content


def test_what_changed_is_named_as_people_call_it(world: World, signed: forge.Opened) -> None:
    found = examined(world, signed.append({CONTENT: forge.stream(b"BT ET")}))
    told = next(f for f in found.findings if f.code == "pdf.change-content")
    assert "the content (object 4) on page 1" in told.text
    assert "nội dung (đối tượng 4) ở trang 1" in told.text_vi
    document = found._document
    assert document is not None
    assert name_of(document.file, TEXT, 0) == ("the field Amount", "ô Amount")
    assert name_of(document.file, FONT, 0)[0].startswith("a font (object 5)")


def test_text_of_an_appearance_is_read_only_in_fonts_whose_codes_are_characters() -> None:
    drawn = list(operations(b"BT /F 1 Tf [(Ha) -20 (Noi)] TJ ET", 100))
    assert shown_text(drawn, {"F": "Type1"}) == "HaNoi"
    assert shown_text(drawn, {"F": "Type0"}) is None
    assert shown_text(drawn, {}) is None


# --- what signing programs do besides


def test_a_field_with_a_look_of_its_own_may_be_signed(world: World, samples: Samples) -> None:
    objects = forge.page_document(AcroForm={"Fields": [Ref(TEXT, 0)]})
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    field = {**FIELD, "AP": {"N": Ref(LOOK, 0)}}
    objects[TEXT], objects[LOOK] = forge.write(field), look(b"")
    opened = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    signed = samples.sign(opened.data, "clerk", field="Office")
    assert examine_pdf(signed).signatures[0].changes_after == "permitted"


def test_default_resources_of_signature_forms_may_change(world: World, samples: Samples) -> None:
    """Programs keep the last signature's drawing among the form's default resources, and replace it each time."""
    drawing = {"DR": {"XObject": {"FRM": Ref(LOOK, 0)}}}
    objects = forge.page_document(AcroForm={"Fields": [], **drawing})
    objects[LOOK] = look(b"one")
    opened = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    form = opened.get(opened.root)
    assert isinstance(form, dict)
    changed = {**form["AcroForm"], "DR": {"XObject": {"FRM": Ref(NEW, 0)}}}
    data = opened.append({opened.root: opened.changed(opened.root, AcroForm=changed), NEW: look(b"two")})
    assert examined(world, data).verdict is Verdict.VALID


def test_a_box_of_a_page_written_with_points_is_the_same_box(world: World, signed: forge.Opened) -> None:
    same = signed.append({PAGE: signed.changed(PAGE, MediaBox=[0, 0.0, 612.0, 792.0])})
    assert examined(world, same).verdict is Verdict.VALID
    other = signed.append({PAGE: signed.changed(PAGE, MediaBox=[0, 0, 612, 700.0])})
    assert examined(world, other).verdict is Verdict.INVALID


def test_an_empty_signature_field_that_shows_nothing_may_come(world: World, signed: forge.Opened) -> None:
    new = {**FIELD, "Rect": [0, 0, 0, 0]}
    form = signed.get(signed.root)
    assert isinstance(form, dict)
    fields = [Ref(TEXT, 0), Ref(BOX, 0), *form["AcroForm"]["Fields"][2:], Ref(NEW, 0)]
    root = signed.changed(signed.root, AcroForm={**form["AcroForm"], "Fields": fields})
    annots = forge.write([Ref(TEXT, 0), Ref(BOX, 0), *_more(signed), Ref(NEW, 0)])
    found = examined(world, signed.append({signed.root: root, ANNOTS: annots, NEW: forge.write(new)}))
    assert found.verdict is Verdict.VALID, codes(found)
    drawn = {**new, "Rect": [0, 0, 612, 792], "AP": {"N": Ref(LOOK, 0)}}
    data = signed.append({signed.root: root, ANNOTS: annots, NEW: forge.write(drawn)})
    assert examined(world, data).verdict is Verdict.INVALID


def test_a_list_of_extensions_of_its_own_may_grow(world: World, samples: Samples) -> None:
    listed = {"ADBE": {"BaseVersion": "1.7", "ExtensionLevel": 3}}
    objects = forge.page_document(Extensions=Ref(TEXT, 0))
    objects[TEXT] = forge.write(listed)
    opened = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    grown = {**listed, "ESIC": {"BaseVersion": "1.7", "ExtensionLevel": 2}}
    assert examined(world, opened.append({TEXT: forge.write(grown)})).verdict is Verdict.VALID
    objects = forge.page_document(Extensions=Ref(TEXT, 0), Another=Ref(TEXT, 0))
    objects[TEXT] = forge.write(listed)
    opened = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    assert examined(world, opened.append({TEXT: forge.write(grown)})).verdict is Verdict.INVALID
