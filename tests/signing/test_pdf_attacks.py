"""Forged PDFs, one test an attack; each says what the forger did, and the untouched file is valid."""

from __future__ import annotations

import io
import re

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.pdf_check.objects import Ref
from signing.pdf_check.verify import PdfExamination, examine_pdf
from signing.policy import Baseline
from signing.report import Indication, Verdict

from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import FIELD, Samples
from .test_pdf_verify import codes

PAGE, CONTENT, FONT = 3, 4, 5
TEXT, OFFICE, ANNOTS = 6, 7, 8
FAKE_PAGE = {"Type": "Page", "Parent": Ref(2, 0), "MediaBox": [0, 0, 612, 792], "Contents": Ref(91, 0)}


@pytest.fixture
def valid(world: World, samples: Samples) -> forge.Opened:
    """The page, signed and valid."""
    assert examine_pdf(samples.valid, trust=world.pki.trust()).verdict is Verdict.VALID
    return forge.Opened(samples.valid)


@pytest.fixture
def form(world: World, samples: Samples) -> forge.Opened:
    """The form, signed and valid, with a text field and an empty signature field."""
    assert examine_pdf(samples.valid_form, trust=world.pki.trust()).verdict is Verdict.VALID
    return forge.Opened(samples.valid_form)


def refused(world: World, data: bytes, code: str) -> PdfExamination:
    """The document is invalid, for that reason, and no signature before the change passes."""
    found = examine_pdf(data, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)
    assert code in codes(found), codes(found)
    assert "document.internal" not in codes(found)
    assert found.signatures
    return found


def forbidden(world: World, data: bytes, code: str) -> PdfExamination:
    """Refused, and the first signature says that what it shows was changed."""
    found = refused(world, data, code)
    first = found.signatures[0]
    assert (first.changes_after, first.indication) == ("forbidden", Indication.FAILED)
    assert first.intact is True
    return found


# --- what stands behind the end, and broken tables


@pytest.mark.parametrize("tail", [b" " * 33, b"\n%", b"\0", b"%%EOF\n", b"x" * 100, b"1 0 obj<</Type/Catalog>>endobj"])
def test_bytes_after_the_end(world: World, valid: forge.Opened, tail: bytes) -> None:
    found = refused(world, valid.data + tail, "pdf.trailing-bytes") if b"EOF" not in tail else None
    if found is None:
        assert examine_pdf(valid.data + tail, trust=world.pki.trust()).verdict is Verdict.INVALID


@pytest.mark.parametrize("tail", [b"\n", b"\r\n", b"\n\r\n  "])
def test_a_line_end_after_the_end_is_no_change(world: World, valid: forge.Opened, tail: bytes) -> None:
    found = examine_pdf(valid.data + tail, trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)
    assert "whole-file" not in [s.coverage for s in found.signatures]


def fake_page(valid: forge.Opened) -> dict[int, bytes]:
    pages = valid.changed(2, Kids=[Ref(90, 0)])
    return {2: pages, 90: forge.write(FAKE_PAGE), 91: forge.stream(b"BT /F1 24 Tf 72 700 Td (Forged) Tj ET")}


def test_a_fake_page_behind_a_broken_cross_reference_table(world: World, valid: forge.Opened) -> None:
    """pyHanko calls it an acceptable change; viewers rebuild the table and show the fake page."""
    good = valid.append(fake_page(valid))
    forbidden(world, good, "pdf.change-page")
    at = good.rindex(b"startxref")
    table = good.rindex(b"xref\n", 0, at)
    old = b"startxref\n%d\n%%%%EOF\n" % valid.startxref()
    empty = b"xref\n0 1\n0000000000 65535 f\r\n" + good[good.index(b"trailer", table) :]
    for broken in (
        good[:table] + old,  # no table of its own, startxref to the old one
        good[:table] + b"xref\ngarbage\n" + old,
        good[:table] + empty,  # a table that names none of the objects
        good[: at + 10] + b"999999\n%%EOF\n",  # startxref leads nowhere
        good[:at],  # no startxref
        re.sub(rb"\d{10} 00000 n\r\n(?=trailer)", b"0000000007 00000 n\r\n", good),  # offsets that lead nowhere
    ):
        found = examine_pdf(broken, trust=world.pki.trust())
        assert found.verdict is Verdict.INVALID, codes(found)
        assert len(found.signatures) == 1


def test_incremental_saving_attack_without_table_or_end(world: World, valid: forge.Opened) -> None:
    good = valid.append(fake_page(valid))
    body = good[len(valid.data) : good.rindex(b"xref\n", 0, good.rindex(b"startxref"))]
    for tail in (body, body + b"trailer\n<</Root 1 0 R>>\n", body + b"%%EOF\n", body + b"xref\ntrailer\n<<>>\n%%EOF"):
        found = examine_pdf(valid.data + tail, trust=world.pki.trust())
        assert found.verdict is Verdict.INVALID, codes(found)
        assert len(found.signatures) == 1


def test_an_object_that_no_table_names(world: World, valid: forge.Opened) -> None:
    stray = b"2 0 obj\n" + valid.changed(2, Kids=[Ref(90, 0)]) + b"\nendobj\n"
    forbidden(world, valid.append({92: b"null"}, junk=stray), "pdf.stray-bytes")


def test_a_table_entry_that_points_back_into_signed_bytes(world: World, samples: Samples) -> None:
    """Shadow attack by table alone: the hidden second content was prepared inside the signed file."""
    objects = forge.page_document()
    objects[6] = forge.stream(b"7 0 obj\n" + forge.stream(b"BT (Forged) Tj ET") + b"\nendobj")
    signed = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    place = signed.data.index(b"7 0 obj\n", signed.data.index(b"6 0 obj"))
    forbidden(world, signed.append({}, offsets={CONTENT: place}), "pdf.xref")


def test_a_later_table_in_hybrid_form(world: World, valid: forge.Opened) -> None:
    """Viewers that know /XRefStm and those that do not would see two documents."""
    rows = b"\x01" + (0).to_bytes(4, "big") + b"\0"
    xref = forge.stream(rows, Type="XRef", W=[1, 4, 1], Size=200, Index=[99, 1])
    data = valid.append({98: xref}, trailer={"XRefStm": len(valid.data)})
    forbidden(world, data, "pdf.xref")


def test_a_revision_that_skips_the_signed_one(world: World, valid: forge.Opened) -> None:
    base = valid.file.revisions[0].sections[0].start
    data = valid.append({CONTENT: forge.stream(b"BT (Forged) Tj ET")}, trailer={"Prev": base})
    found = examine_pdf(data, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID
    assert [s.coverage for s in found.signatures] == ["partial"]


# --- signatures taken away, copied, wrapped, emptied


def test_the_form_removed_in_the_last_revision(world: World, valid: forge.Opened) -> None:
    """pyHanko then reports no signature at all."""
    data = valid.append({valid.root: valid.changed(valid.root, AcroForm=None)})
    assert not PdfFileReader(io.BytesIO(data)).embedded_signatures
    found = refused(world, data, "pdf.signature-hidden")
    assert len(found.signatures) == 1


def test_the_field_removed_from_the_form(world: World, valid: forge.Opened) -> None:
    form = valid.catalog["AcroForm"]
    fields = {"Fields": [], "SigFlags": 3}
    change = {form.number: forge.write(fields)} if isinstance(form, Ref) else {}
    change = change or {valid.root: valid.changed(valid.root, AcroForm=fields)}
    refused(world, valid.append(change), "pdf.signature-hidden")


def test_the_value_removed_from_the_field(world: World, valid: forge.Opened) -> None:
    (field,) = valid.fields()
    refused(world, valid.append({field: valid.changed(field, V=None)}), "pdf.signature-hidden")


def test_one_signature_in_two_fields(world: World, samples: Samples) -> None:
    signed = forge.Opened(samples.simple)
    (field,) = signed.fields()
    value = signed.get(field)["V"]  # type: ignore[index]
    form = signed.catalog["AcroForm"]
    fields = {"Fields": [Ref(field, 0), Ref(90, 0)], "SigFlags": 3}
    change = {form.number: forge.write(fields)} if isinstance(form, Ref) else {}
    change = change or {signed.root: signed.changed(signed.root, AcroForm=fields)}
    data = signed.append({90: forge.write({**FIELD, "T": b"Boss", "V": value}), **change})
    found = refused(world, data, "pdf.signature-twice")
    assert len(found.signatures) == 1


def test_a_copy_of_the_signature_in_another_field(world: World, valid: forge.Opened) -> None:
    (field,) = valid.fields()
    value = valid.get(field)["V"]  # type: ignore[index]
    copy = forge.write(valid.get(value.number))
    data = valid.append({90: forge.write({**FIELD, "T": b"Boss", "V": Ref(91, 0)}), 91: copy})
    refused(world, data, "pdf.signature-hidden")


def test_signature_wrapping_moves_the_second_range(world: World, samples: Samples) -> None:
    """The bytes between the ranges grow by a new revision; the digest still holds."""
    a, b, end = forge.byte_range(samples.simple)
    rest = samples.simple[b:]
    fake = b"4 0 obj\n" + forge.stream(b"BT (Forged) Tj ET") + b"\nendobj\n"
    data = samples.simple[:b] + fake + rest
    wrapped = forge.replaced_range(data, b"[0 %d %d %d]" % (a, b + len(fake), end - b))
    (signature,) = refused(world, wrapped, "pdf.byte-range").signatures
    assert signature.indication is Indication.FAILED


def test_a_gap_wider_than_the_signature(world: World, samples: Samples) -> None:
    a, b, end = forge.byte_range(samples.simple)
    for start, stop in ((a - 1, b), (a, b + 1), (a - 40, b), (a + 1, b), (a, b - 1)):
        moved = forge.replaced_range(samples.simple, b"[0 %d %d %d]" % (start, stop, end - stop))
        (signature,) = refused(world, moved, "pdf.byte-range").signatures
        assert signature.coverage == "partial"


@pytest.mark.parametrize(
    "numbers",
    [
        b"null", b"[]", b"[0 0 0 0]", b"[0 9 0 0]", b"[0 -1 5 9]", b"[1 100 200 300]", b"[0 1 2]", b"[0 1 2 3 4 5]",
        b"[0 1.0 2 3]", b"[(0) 1 2 3]", b"[0 9999999999 9999999999 1]", b"[0 true 2 3]", b"[null 1 2 3]", b"(x)",
    ],
)  # fmt: skip
def test_universal_forgery_by_the_byte_range(world: World, samples: Samples, numbers: bytes) -> None:
    data = forge.replaced_range(samples.simple, numbers)
    (signature,) = refused(world, data, "pdf.byte-range").signatures
    assert signature.indication is Indication.FAILED
    assert signature.intact is not True


def test_universal_forgery_by_an_indirect_byte_range(world: World, samples: Samples) -> None:
    refused(world, forge.replaced_range(samples.simple, b"3 0 R"), "pdf.byte-range")


def test_universal_forgery_without_a_byte_range(world: World, samples: Samples) -> None:
    data = samples.simple.replace(b"/ByteRange", b"/ByteXange")
    (signature,) = refused(world, data, "pdf.byte-range").signatures
    assert signature.indication is Indication.FAILED


@pytest.mark.parametrize("contents", [b"null", b"<>", b"<00>", b"<0000>", b"()", b"(0)", b"[]", b"true", b"5 0 R"])
def test_universal_forgery_by_the_contents(world: World, samples: Samples, contents: bytes) -> None:
    found = examine_pdf(forge.replaced_contents(samples.simple, contents), trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID
    (signature,) = found.signatures
    assert signature.indication is Indication.FAILED
    assert signature.intact is not True


def test_universal_forgery_by_empty_contents_of_the_right_size(world: World, samples: Samples) -> None:
    a, b, _ = forge.byte_range(samples.simple)
    for fill in (b"0", b"F", b" "):
        data = samples.simple[: a + 1] + fill * (b - a - 2) + samples.simple[b - 1 :]
        found = examine_pdf(data, trust=world.pki.trust())
        assert found.verdict is Verdict.INVALID
        assert [s.intact for s in found.signatures] != [True]


def test_bytes_hidden_in_the_padding(world: World, samples: Samples) -> None:
    _, b, _ = forge.byte_range(samples.simple)
    assert samples.simple[b - 5 : b] == b"0000>"
    found = examine_pdf(samples.simple[: b - 3] + b"01>" + samples.simple[b:], trust=world.pki.trust())
    assert "pdf.padding" in codes(found)
    assert [s.intact for s in found.signatures] == [True]  # hexadecimal digits between its brackets show nothing


def test_a_name_written_with_hash_codes_does_not_hide_a_signature(world: World, samples: Samples) -> None:
    data = samples.simple.replace(b"/ByteRange", b"/Byte#52ange", 1)
    assert len(refused(world, data, "pdf.byte-range").signatures) == 1


@pytest.mark.parametrize(
    "key", ["/Contents <00>", "/ByteRange [0 1 2 3]", "/Type /Sig", "/SubFilter /ETSI.CAdES.detached"]
)
def test_a_key_written_twice_in_the_signature(world: World, samples: Samples, key: str) -> None:
    opened = forge.Opened(samples.simple)
    (field,) = opened.fields()
    value = forge.write(opened.get(opened.get(field)["V"].number))  # type: ignore[index]
    data = opened.append({field: opened.changed(field, V=Ref(90, 0)), 90: value[:-2] + key.encode() + b">>"})
    found = examine_pdf(data, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID
    assert "pdf.duplicate-key" in codes(found)


def test_a_key_written_twice_in_a_later_catalog(world: World, valid: forge.Opened) -> None:
    root = valid.changed(valid.root)
    data = valid.append({valid.root: root[:-2] + b" /Pages 90 0 R>>", 90: b"null"})
    found = refused(world, data, "pdf.duplicate-key")
    assert found.signatures[0].changes_after == "unknown"


# --- what is shown: pages, content, annotations


def test_a_page_replaced(world: World, valid: forge.Opened) -> None:
    forbidden(world, valid.append({PAGE: valid.changed(PAGE, MediaBox=[0, 0, 10, 10])}), "pdf.change-page")


def test_a_page_added(world: World, valid: forge.Opened) -> None:
    pages = valid.changed(2, Kids=[Ref(PAGE, 0), Ref(90, 0)], Count=2)
    data = valid.append({2: pages, 90: forge.write({**FAKE_PAGE, "Contents": Ref(CONTENT, 0)})})
    forbidden(world, data, "pdf.change-page")


def test_content_replaced(world: World, valid: forge.Opened) -> None:
    forbidden(world, valid.append({CONTENT: forge.stream(b"BT (Forged) Tj ET")}), "pdf.change-content")


def test_content_added_to_a_page(world: World, valid: forge.Opened) -> None:
    page = valid.changed(PAGE, Contents=[Ref(CONTENT, 0), Ref(90, 0)])
    found = forbidden(world, valid.append({PAGE: page, 90: forge.stream(b"0 0 9 9 re f")}), "pdf.change-page")
    assert found.revision_adds_only(3) == {"page-content"}


def test_shadow_replace_of_a_font(world: World, valid: forge.Opened) -> None:
    """Glyphs are swapped, not a byte of the page's content is."""
    font = valid.changed(FONT, BaseFont="Symbol")
    forbidden(world, valid.append({FONT: font}), "pdf.change-object")


def test_shadow_hide_by_resources(world: World, valid: forge.Opened) -> None:
    page = valid.changed(PAGE, Resources={"Font": {"F1": Ref(90, 0)}})
    forbidden(world, valid.append({PAGE: page, 90: valid.changed(FONT)}), "pdf.change-page")


def test_shadow_hide_and_replace_by_filling_a_dangling_reference(world: World, samples: Samples) -> None:
    """The page that was signed already points to object 90; only later does it exist."""
    objects = forge.page_document()
    objects[3] = objects[3].replace(b"4 0 R", b"[4 0 R 90 0 R]")
    signed = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    assert examine_pdf(signed.data, trust=world.pki.trust()).verdict is Verdict.VALID
    data = signed.append({90: forge.stream(b"1 1 1 rg 0 0 612 792 re f")})
    forbidden(world, data, "pdf.change-surfacing")


def test_a_dangling_reference_filled_under_the_cover_of_evidence(world: World, samples: Samples) -> None:
    objects = forge.page_document()
    objects[3] = objects[3].replace(b"4 0 R", b"[4 0 R 90 % comment\n 0 R]")
    signed = forge.Opened(samples.sign(forge.document(objects)))
    store = forge.write({"Type": "DSS", "Certs": [Ref(90, 0)]})
    root = signed.changed(signed.root, DSS=Ref(91, 0))
    page = forge.stream(b"1 1 1 rg 0 0 612 792 re f")
    found = examine_pdf(signed.append({signed.root: root, 91: store, 90: page}), trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID


def test_a_dangling_reference_in_an_object_stream(world: World, samples: Samples) -> None:
    data = forge.compressed_document()
    original = forge.page_document
    try:
        forge.page_document = lambda *a, **k: {  # type: ignore[assignment]
            n: o.replace(b"/Contents 4 0 R", b"/Contents [4 0 R 90 0 R]") for n, o in original(*a, **k).items()
        }
        data = forge.compressed_document()
    finally:
        forge.page_document = original  # type: ignore[assignment]
    signed = forge.Opened(samples.sign(data))
    found = examine_pdf(signed.append({90: forge.stream(b"0 0 612 792 re f")}), trust=world.pki.trust())
    assert "pdf.change-surfacing" in codes(found)
    harmless = examine_pdf(signed.append({95: b"null"}), trust=world.pki.trust())
    assert harmless.signatures[0].changes_after == "permitted"


def test_an_overlay_annotation(world: World, valid: forge.Opened) -> None:
    note = {"Type": "Annot", "Subtype": "FreeText", "Rect": [70, 690, 300, 730], "Contents": b"Forged", "F": 4}
    annots = [*(valid.get(PAGE).get("Annots") or []), Ref(90, 0)]  # type: ignore[union-attr]
    data = valid.append({PAGE: valid.changed(PAGE, Annots=annots), 90: forge.write(note)})
    forbidden(world, data, "pdf.change-annotation")


def test_an_overlay_annotation_in_a_list_of_its_own(world: World, form: forge.Opened) -> None:
    note = forge.write({"Type": "Annot", "Subtype": "Stamp", "Rect": [0, 0, 600, 700], "F": 4})
    annots = forge.write([*form.get(ANNOTS), Ref(90, 0)])  # type: ignore[misc]
    forbidden(world, form.append({ANNOTS: annots, 90: note}), "pdf.change-annotation")


def test_an_annotation_removed(world: World, form: forge.Opened) -> None:
    forbidden(world, form.append({ANNOTS: forge.write([Ref(OFFICE, 0)])}), "pdf.change-annotation")


def test_an_unsigned_signature_field_as_overlay(world: World, valid: forge.Opened) -> None:
    field = {**FIELD, "Rect": [0, 600, 612, 792], "AP": {"N": Ref(91, 0)}, "T": b"Cover"}
    (old,) = valid.fields()
    form = {"Fields": [Ref(old, 0), Ref(90, 0)], "SigFlags": 3}
    annots = [*(valid.get(PAGE).get("Annots") or []), Ref(90, 0)]  # type: ignore[union-attr]
    reference = valid.catalog["AcroForm"]
    change = {reference.number: forge.write(form)} if isinstance(reference, Ref) else {}
    change = change or {valid.root: valid.changed(valid.root, AcroForm=form)}
    objects = {**change, PAGE: valid.changed(PAGE, Annots=annots), 90: forge.write(field), 91: forge.stream(b"0 g")}
    forbidden(world, valid.append(objects), "pdf.change-form")


# --- the form


def test_a_form_value_changed(world: World, form: forge.Opened) -> None:
    found = forbidden(world, form.append({TEXT: form.changed(TEXT, V=b"999")}), "pdf.change-form")
    status = validate_pdf_signature(
        PdfFileReader(io.BytesIO(form.data)).embedded_signatures[0],
        ValidationContext(trust_roots=[], allow_fetching=False),
    )
    assert status.intact
    assert "Amount" in "".join(f.text for f in found.findings)


def test_the_appearance_of_a_form_field_changed(world: World, form: forge.Opened) -> None:
    data = form.append({TEXT: form.changed(TEXT, AP={"N": Ref(90, 0)}), 90: forge.stream(b"BT (999) Tj ET")})
    forbidden(world, data, "pdf.change-form")


def test_an_empty_signature_field_moved(world: World, form: forge.Opened) -> None:
    forbidden(world, form.append({OFFICE: form.changed(OFFICE, Rect=[0, 0, 612, 792])}), "pdf.change-form")


def test_an_empty_signature_field_given_an_appearance_without_a_signature(world: World, form: forge.Opened) -> None:
    data = form.append({OFFICE: form.changed(OFFICE, AP={"N": Ref(90, 0)}), 90: forge.stream(b"0 g")})
    forbidden(world, data, "pdf.change-form")


def test_an_empty_signature_field_filled_with_something_else(world: World, form: forge.Opened) -> None:
    old = form.get(form.fields()[-1])["V"]  # type: ignore[index]
    for value in (old, b"signed", {"Type": "Sig"}):
        data = form.append({OFFICE: form.changed(OFFICE, V=value)})
        assert examine_pdf(data, trust=world.pki.trust()).verdict is Verdict.INVALID


def test_need_appearances_switched_on(world: World, form: forge.Opened) -> None:
    reference = form.catalog["AcroForm"]
    value = {**form.file.dictionary(reference, form.file.last), "NeedAppearances": True}
    change = {reference.number: forge.write(value)} if isinstance(reference, Ref) else {}
    change = change or {form.root: form.changed(form.root, AcroForm=value)}
    forbidden(world, form.append(change), "pdf.change-form")


def test_an_appearance_of_a_signed_field_changed(world: World, samples: Samples) -> None:
    opened = forge.Opened(samples.visible)
    (field,) = opened.fields()
    data = opened.append({field: opened.changed(field, AP={"N": Ref(990, 0)}), 990: forge.stream(b"0 g")})
    forbidden(world, data, "pdf.change-signature")
    stream = opened.get(field)["AP"]["N"]  # type: ignore[index]
    forbidden(world, opened.append({stream.number: forge.stream(b"0 g")}), "pdf.change-content")


# --- the document's own statements


@pytest.mark.parametrize(
    ("key", "value"),
    [("OpenAction", {"S": "JavaScript", "JS": b"app.alert(1)"}), ("Names", {}), ("OCProperties", {}), ("AA", {}),
     ("PageMode", "UseNone"), ("Perms", {}), ("ViewerPreferences", {}), ("StructTreeRoot", {})],
)  # fmt: skip
def test_a_catalog_entry_added(world: World, valid: forge.Opened, key: str, value: object) -> None:
    forbidden(world, valid.append({valid.root: valid.changed(valid.root, **{key: value})}), "pdf.change-catalog")


def test_another_catalog(world: World, valid: forge.Opened) -> None:
    """A new object may be the catalog, as some programs write it; it says what the old one said."""
    same = valid.append({90: valid.changed(valid.root)}, trailer={"Root": Ref(90, 0)})
    assert examine_pdf(same, trust=world.pki.trust()).verdict is Verdict.VALID
    other = {
        90: valid.changed(valid.root, Pages=Ref(91, 0)),
        91: forge.write({"Type": "Pages", "Kids": [], "Count": 0}),
    }
    forbidden(world, valid.append(other, trailer={"Root": Ref(90, 0)}), "pdf.change-catalog")
    known = valid.append({FONT: valid.changed(valid.root)}, trailer={"Root": Ref(FONT, 0)})
    forbidden(world, known, "pdf.change-catalog")


def test_dates_may_change_and_titles_may_not(world: World, samples: Samples) -> None:
    page = forge.page_document()
    page[6] = forge.write({"Title": b"Result", "ModDate": b"D:20260101000000Z"})
    data = forge.document(page, Info=Ref(6, 0))
    signed = forge.Opened(samples.sign(data, baseline=Baseline.B_LT))
    dated = signed.append({6: signed.changed(6, ModDate=b"D:20270101000000Z")})
    found = examine_pdf(dated, trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)
    assert "pdf.metadata-changed" in codes(found)
    forbidden(world, signed.append({6: signed.changed(6, Title=b"Other")}), "pdf.change-metadata")
    for harmless in ({"Title": b"\xfe\xff" + "Result".encode("utf-16-be")}, {"Title": None}):
        said = examine_pdf(signed.append({6: signed.changed(6, **harmless)}), trust=world.pki.trust())
        assert said.verdict is Verdict.VALID, codes(said)


def test_xmp_dates_may_change_and_titles_may_not(world: World, samples: Samples) -> None:
    def xmp(title: str, date: str) -> bytes:
        text = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
            f'xmp:ModifyDate="{date}"><dc:title>{title}</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>'
        )
        return forge.stream(text.encode(), Type="Metadata", Subtype="XML")

    objects = forge.page_document(Metadata=Ref(6, 0))
    objects[6] = xmp("Kết quả", "2026")
    signed = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    assert examine_pdf(signed.append({6: xmp("Kết quả", "2027")}), trust=world.pki.trust()).verdict is Verdict.VALID
    forbidden(world, signed.append({6: xmp("Khác", "2027")}), "pdf.change-metadata")
    root = signed.changed(signed.root, Metadata=Ref(90, 0))
    assert (
        examine_pdf(signed.append({signed.root: root, 90: xmp("Kết quả", "2027")})).signatures[0].changes_after
        == "permitted"
    )


def test_a_metadata_stream_that_is_also_the_pages_content(world: World, samples: Samples) -> None:
    objects = forge.page_document(Metadata=Ref(4, 0))
    objects[4] = forge.stream(b"<x/>", Type="Metadata", Subtype="XML")
    signed = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    data = signed.append({4: forge.stream(b"<x> BT (Forged) Tj ET </x>", Type="Metadata", Subtype="XML")})
    forbidden(world, data, "pdf.change-metadata")


def test_an_object_in_use_freed(world: World, valid: forge.Opened) -> None:
    forbidden(world, valid.append({}, free=[CONTENT]), "pdf.change-removed")


def test_freeing_and_adding_what_nobody_uses_is_harmless(world: World, samples: Samples) -> None:
    """pyHanko calls both suspicious."""
    objects = {**forge.page_document(), 6: b"(nobody needs me)"}
    signed = forge.Opened(samples.sign(forge.document(objects), baseline=Baseline.B_LT))
    for data in (
        signed.append({}, free=[6]),
        signed.append({90: b"(nor me)"}),
        signed.append({PAGE: signed.changed(PAGE)}),
    ):
        found = examine_pdf(data, trust=world.pki.trust())
        assert found.verdict is Verdict.VALID, codes(found)


def test_evidence_may_grow_and_be_rewritten(world: World, valid: forge.Opened) -> None:
    store = valid.catalog["DSS"]
    value = valid.file.dictionary(store, valid.file.last)
    grown = {
        **value,
        "CRLs": [*valid.file.array(value.get("CRLs"), valid.file.last), Ref(90, 0)],
        "VRI": {"A" * 40: {}},
    }
    change = {store.number: forge.write(grown)} if isinstance(store, Ref) else {}
    change = change or {valid.root: valid.changed(valid.root, DSS=grown)}
    found = examine_pdf(valid.append({**change, 90: forge.stream(b"0")}), trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)


def test_a_list_of_evidence_that_is_also_the_pages_content(world: World, samples: Samples) -> None:
    objects = forge.page_document(DSS=Ref(7, 0))
    objects[3] = objects[3].replace(b"/Contents 4 0 R", b"/Contents 6 0 R")
    objects[6] = forge.write([Ref(4, 0)])
    objects[7] = forge.write({"Certs": Ref(6, 0)})
    signed = forge.Opened(samples.sign(forge.document(objects)))
    data = signed.append({6: forge.write([Ref(4, 0), Ref(90, 0)]), 90: forge.stream(b"0 0 612 792 re f")})
    forbidden(world, data, "pdf.change-object")


def test_evidence_removed(world: World, valid: forge.Opened) -> None:
    forbidden(world, valid.append({valid.root: valid.changed(valid.root, DSS=None)}), "pdf.change-catalog")


# --- locks


def lock_document(lock: dict[str, object]) -> bytes:
    objects = forge.page_document(AcroForm={"Fields": [Ref(6, 0), Ref(7, 0)], "SigFlags": 1})
    objects[3] = objects[3][:-2] + b" /Annots [6 0 R 7 0 R]>>"
    objects[6] = forge.write({**FIELD, "T": b"Official", "Lock": {"Type": "SigFieldLock", **lock}})
    objects[7] = forge.write(FIELD)
    return forge.document(objects)


@pytest.mark.parametrize(
    ("lock", "allowed"),
    [
        ({"Action": "All"}, False),
        ({"Action": "Include", "Fields": [b"Office"]}, False),
        ({"Action": "Include", "Fields": [b"Other"]}, True),
        ({"Action": "Exclude", "Fields": [b"Office"]}, True),
        ({"Action": "Exclude", "Fields": [b"Other"]}, False),
        ({"Action": "Include", "Fields": [], "P": 1}, False),
        ({"Action": "Include", "Fields": [], "P": 2}, True),
    ],
)
def test_a_field_that_an_earlier_signature_locked(
    world: World, samples: Samples, lock: dict[str, object], allowed: bool
) -> None:
    unlocked = forge.Opened(lock_document(lock))
    first = samples.sign(unlocked.data, field="Official")
    second = pyhanko_signed(samples, first, "Office")
    found = examine_pdf(second, trust=world.pki.trust())
    assert found.signatures[0].intact is True
    assert found.signatures[0].changes_after == ("permitted" if allowed else "forbidden"), codes(found)
    assert ("pdf.change-locked" in codes(found)) is not allowed


def pyhanko_signed(samples: Samples, data: bytes, field: str) -> bytes:
    """Signed by pyHanko's own high-level signer, in an existing field."""
    key = samples.pki.signer("clerk")

    class Ours(signers.ExternalSigner):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            return bytes(512) if dry_run else key.sign(data)

    certificate = asn1_x509.Certificate.load(key.certificate.public_bytes(Encoding.DER))
    ours = Ours(signing_cert=certificate, cert_registry=SimpleCertificateStore(), signature_value=512)
    metadata = signers.PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    signers.PdfSigner(metadata, ours).sign_pdf(writer, output=out, existing_fields_only=True)
    return out.getvalue()


def test_a_signature_made_by_pyhanko_is_read_alike(world: World, samples: Samples) -> None:
    found = examine_pdf(pyhanko_signed(samples, samples.form, "Office"), trust=world.pki.trust())
    (signature,) = found.signatures
    assert (signature.intact, signature.coverage, signature.changes_after) == (True, "whole-file", "none"), codes(found)
