"""The finer rules of what may change after signing, and files built in unusual but lawful ways."""

from __future__ import annotations

import re

import pytest

from signing.errors import SigningError
from signing.pdf.sign import extend_pdf
from signing.pdf_check.dates import parse_date
from signing.pdf_check.file import PdfFile
from signing.pdf_check.form import read_fields, text_of
from signing.pdf_check.objects import PdfStream, Ref, parse_indirect, parse_value
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import FIELD, TEXT_FIELD, Samples
from .test_pdf_attacks import forbidden, refused
from .test_pdf_verify import codes

PAGE, CONTENT, ANNOTS = 3, 4, 8


def signed(samples: Samples, objects: dict[int, bytes], **trailer: object) -> forge.Opened:
    """A document of these objects, signed B-B in a new field."""
    return forge.Opened(samples.sign(forge.document(objects, **trailer)))


def permitted(data: bytes) -> set[str]:
    found = examine_pdf(data)
    assert found.signatures[0].changes_after == "permitted", codes(found)
    assert found.signatures[0].intact is True
    return codes(found)


# --- one object with two meanings: a rule for one of them must not excuse what it does to the other


def test_a_page_that_is_also_the_evidence(world: World, samples: Samples) -> None:
    opened = signed(samples, forge.page_document(DSS=Ref(PAGE, 0)))
    forbidden(world, opened.append({PAGE: opened.changed(PAGE, Type="DSS")}), "pdf.change-page")


def test_the_information_dictionary_moved_onto_an_annotation(world: World, samples: Samples) -> None:
    note = {"Type": "Annot", "Subtype": "FreeText", "Rect": [0, 0, 9, 9], "Contents": b"Refused"}
    objects = {**forge.page_document(), 6: forge.write(note), 7: forge.write({"Title": b"T"})}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    opened = signed(samples, objects, Info=Ref(7, 0))
    data = opened.append({6: forge.write({"Title": b"T"})}, trailer={"Info": Ref(6, 0)})
    forbidden(world, data, "pdf.change-annotation")


def test_the_form_moved_onto_the_content_array(world: World, samples: Samples) -> None:
    objects = {**forge.page_document(), 6: b"[4 0 R]"}
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents 6 0 R")
    opened = signed(samples, objects)
    fields = opened.fields()
    form = {"Fields": Ref(6, 0), "SigFlags": 3}
    reference = opened.catalog["AcroForm"]
    change = {reference.number: forge.write(form)} if isinstance(reference, Ref) else {}
    change = change or {opened.root: opened.changed(opened.root, AcroForm=form)}
    forbidden(world, opened.append({**change, 6: forge.write([Ref(f, 0) for f in fields])}), "pdf.change-object")


def test_the_form_moved_onto_the_resources(world: World, samples: Samples) -> None:
    objects = {**forge.page_document(), 6: forge.write({"Font": {"F1": Ref(5, 0)}})}
    objects[PAGE] = objects[PAGE].replace(b"/Resources <</Font <</F1 5 0 R>>>>", b"/Resources 6 0 R")
    assert b"/Resources 6 0 R" in objects[PAGE]
    opened = signed(samples, objects)
    form = opened.file.dictionary(opened.catalog["AcroForm"], opened.file.last)
    root = opened.changed(opened.root, AcroForm=Ref(6, 0))
    forbidden(world, opened.append({opened.root: root, 6: forge.write(form)}), "pdf.change-object")


def test_a_content_array_that_is_also_the_list_of_fields(world: World, samples: Samples) -> None:
    form = {"Fields": Ref(6, 0), "SigFlags": 1}
    objects = {**forge.page_document(AcroForm=form), 6: b"[4 0 R]"}
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents 6 0 R")
    opened = forge.Opened(samples.sign(forge.document(objects)))
    items = [*opened.get(6), Ref(90, 0)]  # type: ignore[misc]
    data = opened.append({6: forge.write(items), 90: forge.stream(b"0 0 612 792 re f")})
    forbidden(world, data, "pdf.change-form")


# --- the form


def test_a_field_moved_under_a_new_parent(world: World, samples: Samples) -> None:
    opened = forge.Opened(samples.sign(samples.form))
    reference = opened.catalog["AcroForm"]
    form = opened.file.dictionary(reference, opened.file.last)
    for parent in ({"T": b"x"}, {"V": b"999"}, {"FT": "Ch"}):
        node = forge.write({**parent, "Kids": [Ref(6, 0)]})
        value = {**form, "Fields": [Ref(90, 0), *opened.file.array(form["Fields"], opened.file.last)]}
        change = {reference.number: forge.write(value)} if isinstance(reference, Ref) else {}
        change = change or {opened.root: opened.changed(opened.root, AcroForm=value)}
        forbidden(world, opened.append({**change, 90: node}), "pdf.change-form")


def test_an_empty_field_that_says_so_may_be_filled(samples: Samples) -> None:
    objects = forge.page_document(AcroForm={"Fields": [Ref(6, 0)], "SigFlags": 1})
    objects[6] = forge.write({**FIELD, "V": None})
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    opened = signed(samples, objects)
    assert [s.id for s in examine_pdf(opened.data).signatures] == ["Signature1"]


def test_a_field_in_two_parts_may_be_signed(samples: Samples) -> None:
    """Field and widget as two objects, as some programs write them."""
    objects = forge.page_document(AcroForm={"Fields": [Ref(6, 0), Ref(8, 0)], "SigFlags": 1})
    objects[6] = forge.write({"FT": "Sig", "T": b"Office", "Kids": [Ref(7, 0)]})
    objects[7] = forge.write({**{k: v for k, v in FIELD.items() if k not in ("FT", "T")}, "Parent": Ref(6, 0)})
    objects[8] = forge.write({**FIELD, "T": b"Official"})
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [7 0 R 8 0 R]>>"
    first = samples.sign(forge.document(objects), field="Official")
    fields = {f.name: f for f in read_fields(PdfFile(first), 1)}
    assert fields["Office"].widgets == (7,)
    permitted(samples.sign(first, "clerk", field="Office"))


def test_default_resources_may_grow_and_not_change(world: World, samples: Samples) -> None:
    form = {"Fields": [], "SigFlags": 1, "DR": {"Font": {"Helv": Ref(5, 0)}}, "DA": b"/Helv 0 Tf"}
    opened = signed(samples, {**forge.page_document(AcroForm=Ref(6, 0)), 6: forge.write(form)})
    grown = opened.changed(6, DR={"Font": {"Helv": Ref(5, 0), "F2": Ref(5, 0)}, "XObject": {}})
    permitted(opened.append({6: grown}))
    for change in (
        {"DR": {"Font": {"Helv": Ref(2, 0)}}},
        {"DR": None},
        {"DA": b"/Helv 9 Tf"},
        {"XFA": Ref(CONTENT, 0)},
    ):
        forbidden(world, opened.append({6: opened.changed(6, **change)}), "pdf.change-form")


def test_annotations_that_are_no_objects_of_their_own_stay(samples: Samples) -> None:
    objects = forge.page_document()
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [<</Type/Annot/Subtype/Link/Rect [0 0 9 9]>>]>>"
    first = samples.sign(forge.document(objects))
    permitted(samples.sign(first, "clerk"))


# --- tables


def test_a_smaller_size_makes_objects_vanish(world: World, samples: Samples) -> None:
    opened = forge.Opened(samples.simple)
    for size in (3, 0, -1, None, 1.5, b"9"):
        forbidden(world, opened.append({}, trailer={"Size": size}), "pdf.xref")


def test_a_freed_number_used_again_behind_an_old_reference(world: World, samples: Samples) -> None:
    objects = forge.page_document()
    objects[PAGE] = objects[PAGE].replace(b"4 0 R", b"[4 0 R 7 0 R]")
    objects[8] = b"null"  # so that 6 and 7 are free entries
    opened = signed(samples, objects)
    number = 7 if opened.file.entry(7, 0) == (0, 0, 0) else 6
    assert number == 7
    forbidden(world, opened.append({7: forge.stream(b"0 0 612 792 re f")}), "pdf.change-surfacing")


def test_an_object_freed_before_signing_and_filled_after(world: World, samples: Samples) -> None:
    objects = forge.page_document()
    objects[PAGE] = objects[PAGE].replace(b"4 0 R", b"[4 0 R 6 0 R]")
    objects[6] = forge.stream(b"")
    opened = forge.Opened(samples.sign(forge.Opened(forge.document(objects)).append({}, free=[6])))
    forbidden(world, opened.append({6: forge.stream(b"0 0 612 792 re f")}), "pdf.change-surfacing")


def test_a_trap_among_very_many_new_objects(world: World, samples: Samples) -> None:
    objects = forge.page_document()
    objects[PAGE] = objects[PAGE].replace(b"4 0 R", b"[4 0 R 690 0 R]")
    opened = signed(samples, objects)
    many = dict.fromkeys(range(100, 800), b"null")
    forbidden(world, opened.append(many), "pdf.change-surfacing")
    permitted(opened.append({n: b"null" for n in many if n != 690}))


def test_the_container_of_objects_replaced_or_freed(world: World, samples: Samples) -> None:
    opened = forge.Opened(samples.sign(forge.compressed_document()))
    container = opened.get(6)
    assert isinstance(container, PdfStream)
    other = forge.stream(container.raw, **{**container.dict, "Extends": Ref(7, 0)})
    forbidden(world, opened.append({6: other}), "pdf.change-content")
    forbidden(world, opened.append({}, free=[6]), "pdf.change-removed")


def test_a_linearized_file_is_one_revision(world: World, samples: Samples) -> None:
    objects = forge.page_document()
    out = bytearray(b"%PDF-1.7\n")
    places: dict[int, int] = {}

    def put(number: int) -> None:
        places[number] = len(out)
        out.extend(b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n")

    objects[6] = b"<</Linearized 1 /L 0000000000>>"
    put(6)
    first_xref = len(out)
    ending = b"trailer\n<</Size 7 /Root 1 0 R /Prev %010d>>\nstartxref\n0\n%%%%EOF\n"
    room = len(b"xref\n3 4\n") + 20 * 4 + len(ending % 0)
    out.extend(bytes(room))
    for number in (3, 4, 5, 1, 2):
        put(number)
    main_xref = len(out)
    rows = {n: b"%010d 00000 n\r\n" % places[n] for n in places}
    out.extend(b"xref\n0 3\n0000000000 65535 f\r\n" + rows[1] + rows[2] + b"trailer\n<</Size 3>>\n")
    out.extend(b"startxref\n%d\n%%%%EOF\n" % first_xref)
    first = b"xref\n3 4\n" + b"".join(rows[n] for n in (3, 4, 5, 6))
    first += ending % main_xref
    out[first_xref : first_xref + room] = first
    data = bytes(out).replace(b"/L 0000000000", b"/L %010d" % len(out))
    assert len(examine_pdf(data).revisions) == 1
    twice = samples.sign(samples.sign(data), "clerk", Baseline.B_LT)
    found = examine_pdf(twice, trust=world.pki.trust())
    assert [s.changes_after for s in found.signatures] == ["permitted", "permitted"]


def test_a_hybrid_original_is_read(samples: Samples) -> None:
    """As MS Office writes: a table for old readers, hidden objects in a stream that /XRefStm names."""
    objects = forge.page_document()
    out = bytearray(b"%PDF-1.5\n")
    places = {}
    for number in (1, 2, 3, 4):
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n"
    packed = b"5 0 " + objects[5]
    places[6] = len(out)
    out += b"6 0 obj\n" + forge.stream(packed, Type="ObjStm", N=1, First=4) + b"\nendobj\n"
    places[7] = len(out)
    row = b"\x02\x00\x06\x00"
    out += b"7 0 obj\n" + forge.stream(row, Type="XRef", W=[1, 2, 1], Index=[5, 1], Size=8) + b"\nendobj\n"
    at = len(out)
    rows = [places.get(n) for n in range(8)]
    out += b"xref\n0 8\n" + b"".join(
        b"%010d 00000 n\r\n" % o if o is not None else b"0000000000 65535 f\r\n" for o in rows
    )
    out += b"trailer\n<</Size 8 /Root 1 0 R /XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n" % (places[7], at)
    file = PdfFile(bytes(out))
    assert file.get(5, 0)["BaseFont"] == "Helvetica"
    (signature,) = examine_pdf(samples.sign(bytes(out))).signatures
    assert signature.intact is True
    assert signature.changes_after == "none"


def test_lines_of_a_table_one_byte_short_are_read_where_nothing_is_signed_yet(samples: Samples) -> None:
    data = samples.page.replace(b" n\r\n", b" n\n").replace(b" f\r\n", b" f\n")
    at = data.rindex(b"xref\n", 0, data.rindex(b"startxref"))
    head, _, _ = data.rpartition(b"startxref")
    short = head + b"startxref\n%d\n%%%%EOF\n" % at
    assert PdfFile(short).get(5, 0)["BaseFont"] == "Helvetica"


# --- more kinds of signatures


def test_a_document_timestamp_without_its_type(world: World, samples: Samples) -> None:
    """pyHanko raises on it; the subfilter says what it is."""
    stamped = extend_pdf(samples.simple, baseline=Baseline.B_T, tsa=world.pki.tsa()) or b""
    for spelling in (b"/Type /DocTimeStamp", b"/Type/DocTimeStamp"):
        stamped_without = stamped.replace(spelling, b"/Typo" + spelling[5:])
        if stamped_without != stamped:
            found = examine_pdf(stamped_without, trust=world.pki.trust())
            assert [s.type for s in found.signatures] == ["signature", "timestamp"]
            assert found.signatures[1].sub_indication == "HASH_FAILURE"
            return
    pytest.fail("the timestamp's type was not found")


def test_a_document_timestamp_over_changed_bytes(world: World, samples: Samples) -> None:
    stamped = extend_pdf(samples.simple, baseline=Baseline.B_T, tsa=world.pki.tsa()) or b""
    data = stamped.replace(b"(Hello)", b"(Hallo)")
    found = refused(world, data, "timestamp.imprint")
    assert [s.intact for s in found.signatures] == [False, False]


def test_usage_rights_of_a_reader_are_no_signature(samples: Samples) -> None:
    rights = {
        "Type": "Sig", "Filter": "Adobe.PPKLite", "ByteRange": [0, 1, 2, 3], "Contents": b"\0",
        "Reference": [{"TransformMethod": "UR3"}],
    }  # fmt: skip
    by_reference = forge.page_document(Perms={"UR3": Ref(6, 0)})
    by_reference[6] = forge.write(rights)
    for objects in (by_reference, forge.page_document(Perms={"UR3": rights})):  # the last is copied by each revision
        found = examine_pdf(samples.sign(samples.sign(forge.document(objects)), "clerk"))
        assert len(found.signatures) == 2
        assert "pdf.usage-rights" in codes(found)
        assert "pdf.signature-hidden" not in codes(found)


def test_a_signature_that_a_later_catalog_calls_usage_rights_is_not_hidden_by_that(
    world: World, samples: Samples
) -> None:
    signed, value = forge.Opened(samples.valid), re.search(rb"/V (\d+) 0 R", samples.valid)
    assert value is not None
    catalog = signed.changed(signed.root, AcroForm=None, Perms={"UR3": Ref(int(value[1]), 0)})
    found = refused(world, signed.append({signed.root: catalog}), "pdf.signature-hidden")
    assert [s.intact for s in found.signatures] == [True]


def test_a_signed_pdf_inside_a_pdf_is_not_a_hidden_signature(world: World, samples: Samples) -> None:
    objects = {**forge.page_document(), 6: forge.stream(samples.simple, Type="EmbeddedFile")}
    data = samples.sign(forge.document(objects), baseline=Baseline.B_LT)
    found = examine_pdf(data, trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)
    assert len(found.signatures) == 1


def test_a_text_that_mentions_a_byte_range_is_not_a_signature(samples: Samples) -> None:
    objects = {**forge.page_document(), 6: b"(about /ByteRange [0 1 2 3] in general)"}
    assert len(examine_pdf(samples.sign(forge.document(objects))).signatures) == 1


def test_junk_before_the_header_is_refused(samples: Samples) -> None:
    found = examine_pdf(b"\n" + samples.simple)
    assert found.verdict is Verdict.INVALID
    assert "pdf.byte-range" in codes(found)
    assert len(found.signatures) == 1


def test_a_signature_in_bytes_without_structure_is_still_reported(samples: Samples) -> None:
    found = examine_pdf(samples.simple[: samples.simple.rindex(b"endobj")])
    assert not found.readable
    (signature,) = found.signatures
    assert signature.changes_after == "unknown"
    assert found.revision_named(bytes(32)) is None
    assert found.revision_adds_only(0) == {"unknown"}
    with pytest.raises(IndexError):
        found.revision_sha256(0)


# --- syntax


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"12", 12), (b"-7", -7), (b"+7", 7), (b"1.5", 1.5), (b"-.5", -0.5), (b"4.", 4.0), (b"true", True),
        (b"null", None), (b"/Name", "Name"), (b"/A#20B", "A B"), (b"/", ""), (b"(a)", b"a"), (b"(a(b)c)", b"a(b)c"),
        (b"(\\))", b")"), (b"(\\101\\n\\\nx)", b"A\nx"), (b"(a\r\nb)", b"a\nb"), (b"<48 6>", b"H`"), (b"<>", b""),
        (b"[1 0 R 2]", [Ref(1, 0), 2]), (b"[1 % c\n0 R]", [Ref(1, 0)]), (b"<</A<</B 1>>>>", {"A": {"B": 1}}),
    ],
)  # fmt: skip
def test_objects_are_read(text: bytes, value: object) -> None:
    assert parse_value(text, 0) == (value, len(text))


@pytest.mark.parametrize(
    "text",
    [
        b"[1 0 Rx]",
        b"<</A>>",
        b"<<1 2>>",
        b"[1",
        b"]",
        b"<4G>",
        b"(a",
        b"tru",
        b"<</A 1/A 2>>",
        b"<</A 1/#41 2>>",
        b"[1 2>>",
    ],
)
def test_objects_that_viewers_would_guess_at_are_refused(text: bytes) -> None:
    with pytest.raises(SigningError):
        parse_value(text, 0)


@pytest.mark.parametrize(
    "text",
    [
        b"1 0 obj null",
        b"1 0 obj <</Length 5>>\nstream\nabc\nendstream endobj",
        b"1 0 obj <</Length -1>>\nstream\n\nendstream endobj",
        b"1 0 obj <<>>\nstream\n\nendstream endobj",
        b"1 0 obj <</Length 3>>stream abc\nendstream endobj",
        b"x 0 obj null endobj",
    ],
)
def test_indirect_objects_are_refused_where_viewers_would_guess(text: bytes) -> None:
    with pytest.raises(SigningError):
        parse_indirect(text, 0, lambda _: 0)


def test_text_strings_and_dates() -> None:
    assert text_of("Đồng ý".encode("utf-16-be").join((b"\xfe\xff", b""))) == "Đồng ý"
    assert text_of(b"\xef\xbb\xbf" + "Đồng ý".encode()) == "Đồng ý"
    assert text_of(b"plain") == "plain"
    assert text_of(None) == ""
    assert str(parse_date(b"D:20261121093000+07'00'")) == "2026-11-21 09:30:00+07:00"
    assert str(parse_date(b"D:20261121093000Z")) == "2026-11-21 09:30:00+00:00"
    assert str(parse_date(b"D:2026")) == "2026-01-01 00:00:00+00:00"
    for bad in (b"", b"D:20261321", b"D:20261121096000", b"D:20261121093000+99'00'", b"yesterday", 5, None):
        assert parse_date(bad) is None


def test_a_text_field_beside_a_signature_keeps_its_value(samples: Samples) -> None:
    fields = read_fields(PdfFile(samples.form), 0)
    assert [(f.name, f.kind, f.is_signature) for f in fields] == [("Amount", "Tx", False), ("Office", "Sig", True)]
    assert fields[0].value["V"] == TEXT_FIELD["V"]
