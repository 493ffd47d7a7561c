"""Files that are odd and not broken: what they mention in vain, how they spell names, what they claim of themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from signing.errors import RefusedError, SigningError
from signing.pdf.request import Permission
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..world import World
from . import pdf_shapes as shapes
from .pdf_shapes import VALID, hanko, one_page, pdfsig, with_stream

WIDGET = "<</Type /Annot /Subtype /Widget /FT %s /T (S) /Rect [0 0 0 0] /P 3 0 R /F 4 %s>>"
FORM = "/AcroForm <</Fields [4 0 R] /SigFlags 1>>"


def sign(pdf: bytes, world: World, name: str = "official", **more: object) -> bytes:
    signed = sign_pdf(pdf, world.pki.signer(name), **more)  # type: ignore[arg-type]
    assert signed is not None
    return signed


def refusal(pdf: bytes, world: World, **more: object) -> str:
    with pytest.raises(SigningError) as e:
        sign(pdf, world, **more)
    return e.value.code


@pytest.mark.parametrize("number", range(4, 10))
@pytest.mark.parametrize(
    ("page", "catalog"),
    [
        ("/Annots {} 0 R", ""),
        ("/Annots [{} 0 R]", ""),
        ("/Contents {} 0 R", ""),
        ("", "/AcroForm {} 0 R"),
        ("", "/AcroForm <</Fields {} 0 R>>"),
        ("", "/AcroForm <</Fields [{} 0 R]>>"),
        ("", "/Perms {} 0 R"),
        ("", "/Lang {} 0 R"),
    ],
)
def test_what_a_file_mentions_in_vain_is_not_filled_by_a_new_object(
    page: str, catalog: str, number: int, world: World, tmp_path: Path
) -> None:
    services = {"tsa": world.pki.tsa(), "collect": world.pki.collect}
    pdf = one_page(page.format(number), catalog=catalog.format(number))
    once = sign(pdf, world, stamp=Stamp(text="Duyệt"))
    assert b"\n%d 0 obj" % number not in once[len(pdf) :] or "Fields {}" in catalog or "Annots {}" in page
    twice = sign(once, world, "clerk", baseline=Baseline.B_LTA, **services)
    found = examine_pdf(twice, trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, [f.text for f in found.findings]
    assert pdfsig(twice, tmp_path)[:2] == [VALID] * 2
    assert max(int(n) for n in re.findall(rb"(\d+) 0 obj", twice)) < int(re.findall(rb"/Size (\d+)", twice)[-1])


def test_a_number_mentioned_in_a_file_with_a_cross_reference_stream_stays_free(world: World) -> None:
    for number in range(5, 14):
        page = f"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /X {number} 0 R>>".encode()
        objects = {1: b"<</Type /Catalog /Pages 2 0 R>>", 2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>", 3: page}
        pdf = with_stream(objects)
        signed = sign(pdf, world)
        assert number < 5 or b"\n%d 0 obj" % number not in signed[len(pdf) :]
        assert hanko(signed, world.pki)[0].bottom_line


@pytest.mark.parametrize("value", ["/V 99 0 R", "/V null", "/V 5 0 R"])
def test_a_field_whose_value_is_nothing_is_empty(value: str, world: World) -> None:
    pdf = one_page("/Annots [4 0 R]", catalog=FORM, more={4: (WIDGET % ("/Sig", value)).encode(), 5: b"null"})
    signed = sign(pdf, world, field="S", certify=Permission.SIGN)
    assert [v.field for v in hanko(signed, world.pki)] == ["S"]


@pytest.mark.parametrize("kind", ["/Sig", "/S#69g", "6 0 R"])
def test_a_signature_is_known_however_its_names_are_spelt(kind: str, world: World) -> None:
    reference = b"/Reference [<</TransformMethod /Doc#4dDP /TransformParams <</P 1>>>>]"
    value = b"<</Type /Sig /ByteRange [0 1 2 3] /Contents <00> %b>>" % reference
    more = {4: (WIDGET % (kind, "/V 5 0 R")).encode(), 5: value, 6: b"/Sig"}
    pdf = one_page("/Annots [4 0 R]", catalog=FORM, more=more)
    assert refusal(pdf, world, certify=Permission.SIGN) == "pdf.certify-late"
    certified = one_page("/Annots [4 0 R]", catalog=FORM + " /P#65rms <</DocMDP 5 0 R>>", more=more)
    assert refusal(certified, world) == "pdf.certified"


def test_a_lock_is_known_however_its_names_are_spelt(world: World) -> None:
    lock = b"<</Type /SigFieldLock /Action /#41ll>>"
    signed = b"<</Type /Sig /ByteRange [0 1 2 3] /Contents <00>>>"
    more = {
        4: b"<</FT /Sig /T (S) /V 5 0 R /Lock 6 0 R>>", 5: signed, 6: lock,
        7: b"<</Type /Annot /Subtype /Widget /FT /Sig /T (Next) /Rect [0 0 0 0] /P 3 0 R>>",
    }  # fmt: skip
    pdf = one_page("/Annots [7 0 R]", catalog="/AcroForm <</Fields [4 0 R 7 0 R]>>", more=more)
    assert refusal(pdf, world, field="Next") == "pdf.field-locked"


def test_a_signature_field_that_is_no_object_of_its_own_is_refused(world: World) -> None:
    field = "<</FT /Sig /T (a) /V 4 0 R>>"
    pdf = one_page(catalog=f"/AcroForm <</Fields [{field}]>>", more={4: b"<</Type /Sig /ByteRange [0 1 2 3]>>"})
    assert refusal(pdf, world, certify=Permission.SIGN) == "pdf.malformed"


@pytest.mark.parametrize(
    "catalog",
    ["/MarkInfo <</Markednull>>", "/MarkInfo <</Marked true /Marked false>>", "/A [<</B <</C 1 /#43 2>>>>]"],
)
def test_what_an_audit_would_not_read_inside_an_entry_is_not_copied_and_signed(catalog: str, world: World) -> None:
    pdf = one_page(catalog=catalog)
    assert examine_pdf(pdf).verdict is not Verdict.UNSIGNED
    assert refusal(pdf, world) == "pdf.malformed"


@pytest.mark.parametrize("size", [2, 8_388_607, 99_999_999_999, 999_999_999_999_999])
def test_a_size_that_lies_leaves_room_for_further_signatures(size: int, world: World) -> None:
    pdf = one_page().replace(b"/Size 4", b"/Size %d" % size)
    for name in ("official", "clerk", "receiver"):
        pdf = sign(pdf, world, name)
    assert len(hanko(pdf, world.pki)) == 3
    assert examine_pdf(pdf, trust=world.pki.trust()).findings == ()


def test_encryption_by_nothing_is_none(world: World, tmp_path: Path) -> None:
    signed = sign(one_page().replace(b"/Root", b"/Encrypt null /Root"), world)
    assert pdfsig(signed, tmp_path) == [VALID]
    assert examine_pdf(signed, trust=world.pki.trust()).findings == ()


@pytest.mark.parametrize("head", [b"1_0 0 ", b"+10 0 ", b"10\x0b0 "])
def test_an_object_stream_whose_head_readers_take_differently_is_refused(head: bytes, world: World) -> None:
    packed = shapes.stream(head + b"<<>>", b"/Type /ObjStm /N 1 /First %d" % len(head))
    pdf = shapes.body(
        {1: b"<</Type /Catalog /Pages 2 0 R>>", 2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
         3: b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 9 9]>>", 4: packed}
    )[0]  # fmt: skip
    assert refusal(pdf, world) == "pdf.malformed"


def test_certification_is_refused_where_it_comes_too_late(world: World) -> None:
    once = sign(one_page(), world)
    with pytest.raises(RefusedError):
        sign(once, world, certify=Permission.SIGN)
