"""PAdES signatures on every kind of PDF, judged by poppler and pyHanko; and every way in which one is refused."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields as hanko_fields

from signing.cms.signed_data import parse_cms
from signing.cms.timestamp import TimestampAuthority
from signing.errors import MalformedError, RefusedError, ServiceError, SigningError, UsageError
from signing.pdf.sign import _token_bytes, extend_pdf, sign_pdf
from signing.pdf.stamp import Stamp
from signing.policy import Baseline

from ..world import World
from . import pdf_shapes as shapes
from .pdf_shapes import A4, INPUTS, PAPERS, VALID, hanko, one_page, pages, pdfsig

SHAPES: dict[str, Callable[[], bytes]] = {
    "plain": one_page,
    "no-final-newline": lambda: one_page().rstrip(b"\n"),
    "bytes-after-the-end": lambda: one_page() + b"\r\n" + b"\0" * 300,
    "annotations-in-an-object": lambda: one_page("/Annots 4 0 R", more={4: b"[]"}),
    "form-in-the-catalog": lambda: one_page(catalog="/AcroForm <</Fields []>>"),
    "form-with-array-object": lambda: one_page(catalog="/AcroForm <</Fields 4 0 R>>", more={4: b"[]"}),
    "form-object": lambda: one_page(catalog="/AcroForm 4 0 R", more={4: b"<</Fields [] /SigFlags 1>>"}),
    "identified": lambda: shapes.with_table(
        {1: b"<</Type /Catalog /Pages 2 0 R>>", 2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
         3: b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>>"},
        b"/ID [<00112233445566778899AABBCCDDEEFF> (\\(x\\)\\053)]",
    ),
    "comments-and-odd-spacing": lambda: one_page("% a comment >> here\n /Lang (a\\)b(c)d) /X#41 <4 1>"),
    "xref-stream": lambda: shapes.with_stream(_OBJECTS),
    "xref-stream-up": lambda: shapes.with_stream(_OBJECTS, predictor=12),
    "xref-stream-png": lambda: shapes.with_stream(_OBJECTS, predictor=15),
    "object-stream": lambda: shapes.with_stream({4: _OBJECTS[4]}, {k: _OBJECTS[k] for k in (1, 2, 3)}, predictor=12),
    "hybrid": shapes.hybrid,
    "entries-of-19-bytes": lambda: one_page().replace(b" n \n", b" n\n").replace(b" f \n", b" f\n"),
    "size-too-small": lambda: one_page().replace(b"/Size 4", b"/Size 2"),
}  # fmt: skip
_OBJECTS = {
    1: b"<</Type /Catalog /Pages 2 0 R>>",
    2: f"<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox {A4}>>".encode(),
    3: b"<</Type /Page /Parent 2 0 R /Contents 4 0 R>>",
    4: shapes.stream(b"0 g 10 10 20 20 re f"),
}


def signed(pdf: bytes, world: World, name: str = "receiver", **more: object) -> bytes:
    result = sign_pdf(pdf, world.pki.signer(name), **more)  # type: ignore[arg-type]
    assert result is not None
    return result


def contents(pdf: bytes) -> list[bytes]:
    """The CMS of each signature, by its raw hexadecimal string."""
    return [bytes.fromhex(m[1].decode()) for m in re.finditer(rb"/Contents <([0-9a-f]+)>", pdf)]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: p.stem)
def test_real_papers_are_signed_and_outside_judges_agree(paper: Path, world: World, tmp_path: Path) -> None:
    before = paper.read_bytes()
    for name in ("receiver", "official"):  # P-256, RSA-PSS
        after = signed(before, world, name)
        assert after.startswith(before)
        assert pdfsig(after, tmp_path) == [VALID]
        (verdict,) = hanko(after, world.pki)
        assert verdict.bottom_line, verdict
        assert (verdict.coverage, verdict.level) == ("ENTIRE_FILE", "NONE")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_file_is_signed_twice(shape: str, world: World, tmp_path: Path) -> None:
    before = SHAPES[shape]()
    after = signed(signed(before, world), world, "approver", stamp=Stamp(page=0))
    assert after.startswith(before)
    assert pdfsig(after, tmp_path) == [VALID, VALID]
    if shape == "xref-stream-png":
        return  # pyHanko does not know all predictors
    first, second = hanko(after, world.pki)
    assert first.bottom_line, first
    assert second.bottom_line, second
    assert first.level == "FORM_FILLING"
    assert (first.field, second.field) == ("Signature1", "Signature2")


def test_the_signature_dictionary_is_what_the_baseline_wants(world: World) -> None:
    at = datetime(2026, 11, 21, 13, 5, 7, tzinfo=UTC)
    world_at = world.pki.certificate("receiver").not_valid_before_utc + timedelta(hours=1)
    after = signed(one_page(), world, at=world_at)
    assert b"/SubFilter /ETSI.CAdES.detached" in after
    assert re.search(rb"/M \(D:\d{14}\+07'00'\)", after)
    assert b"/Reason" not in after
    (der,) = contents(after)
    cms = parse_cms(der, allow_trailing_zeros=True)
    assert cms.signing_time is None
    assert cms.signing_certificate_hashes
    assert at.tzinfo is UTC


def test_the_digest_of_the_signer_is_used_over_the_whole_file_but_the_hole(world: World) -> None:
    after = signed(one_page(), world)
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", after)
    assert found is not None
    a, b, c = map(int, found.groups())
    assert after[a : a + 1] + after[b - 1 : b] == b"<>"
    assert b + c == len(after)
    cms = parse_cms(contents(after)[0], allow_trailing_zeros=True)
    assert cms.message_digest == hashlib.sha256(after[:a] + after[b:]).digest()


def test_to_a_file_and_from_a_file_gives_the_same_as_bytes(world: World, tmp_path: Path) -> None:
    source, out = INPUTS / "form.pdf", tmp_path / "Đã ký.pdf"
    before = source.read_bytes()
    assert sign_pdf(source, world.pki.signer("receiver"), out=out) is None
    after = out.read_bytes()
    assert source.read_bytes() == before
    assert after.startswith(before)
    assert pdfsig(after, tmp_path) == [VALID]
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".tmp"] == []


def test_signing_a_file_onto_itself_replaces_it_whole_or_not_at_all(world: World, tmp_path: Path) -> None:
    file = tmp_path / "same.pdf"
    file.write_bytes(one_page())
    with pytest.raises(RefusedError):
        sign_pdf(file, world.pki.signer("expired"), out=file)
    assert file.read_bytes() == one_page()
    sign_pdf(file, world.pki.signer("receiver"), out=file)
    assert file.read_bytes().startswith(one_page())
    assert pdfsig(file.read_bytes(), tmp_path) == [VALID]


def test_a_form_keeps_showing_its_values_and_otherwise_loses_its_redraw_flag(world: World) -> None:
    assert (
        b"/NeedAppearances true" in signed((INPUTS / "form.pdf").read_bytes(), world).rpartition(b"/SigFlags")[0][-400:]
    )
    drawn = "<</FT /Tx /T (a) /V (x) /AP <</N 5 0 R>> /Type /Annot /Subtype /Widget /Rect [0 0 9 9]>>"
    catalog = "/AcroForm <</Fields [4 0 R] /NeedAppearances true>>"
    look = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]"
    for content, kept in ((b"BT (x) Tj ET", False), (b"/Tx BMC EMC", True)):
        before = one_page(catalog=catalog, more={4: drawn.encode(), 5: shapes.stream(content, look)})
        assert (b"/NeedAppearances" in signed(before, world)[len(before) :]) == kept


def test_a_name_for_a_new_field_is_kept_whatever_its_letters(world: World) -> None:
    after = signed(one_page(), world, field="Chữ ký của Đặng (1)")
    assert hanko(after, world.pki)[0].field == "Chữ ký của Đặng (1)"


# baselines


def test_baseline_t_holds_a_timestamp_over_the_signature_value(world: World, tmp_path: Path) -> None:
    after = signed(one_page(), world, baseline=Baseline.B_T, tsa=world.pki.tsa())
    cms = parse_cms(contents(after)[0], allow_trailing_zeros=True)
    assert len(cms.timestamp_tokens) == 1
    assert pdfsig(after, tmp_path) == [VALID]
    assert hanko(after, world.pki)[0].timestamped


def test_baseline_lt_keeps_the_evidence_in_the_document(world: World, tmp_path: Path) -> None:
    tsa, collect = world.pki.tsa(), world.pki.collect
    after = signed(one_page(), world, "official", baseline=Baseline.B_LT, tsa=tsa, collect=collect)
    store = PdfFileReader(io.BytesIO(after)).root["/DSS"]
    held = {key: [entry.get_object().data for entry in store.get(key, ())] for key in ("/Certs", "/CRLs", "/OCSPs")}
    assert len(held["/Certs"]) >= 4
    assert held["/CRLs"] or held["/OCSPs"]
    assert len(set(held["/Certs"])) == len(held["/Certs"])
    (verdict,) = hanko(after, world.pki)
    assert verdict.bottom_line
    assert verdict.level == "LTA_UPDATES"
    assert pdfsig(after, tmp_path) == [VALID]


def test_the_store_is_brought_up_to_date_after_the_last_signature(world: World, tmp_path: Path) -> None:
    more = {"baseline": Baseline.B_LT, "tsa": world.pki.tsa(), "collect": world.pki.collect}
    first = signed(INPUTS.joinpath("result.pdf").read_bytes(), world, "official", **more)
    after = signed(first, world, "clerk", **more)
    assert after.startswith(first)
    store = PdfFileReader(io.BytesIO(after)).root["/DSS"]
    certificates = [entry.get_object().data for entry in store["/Certs"]]
    assert len(set(certificates)) == len(certificates)
    for name in ("official", "clerk"):
        der = world.pki.certificate(name).public_bytes(shapes.Encoding.DER)
        assert der in certificates
    assert all(v.bottom_line for v in hanko(after, world.pki))
    assert pdfsig(after, tmp_path) == [VALID, VALID]


def test_baseline_lta_ends_in_a_document_timestamp_over_the_evidence(world: World) -> None:
    more = {"baseline": Baseline.B_LTA, "tsa": world.pki.tsa(), "collect": world.pki.collect}
    after = signed(one_page(), world, **more)
    signature, timestamp = hanko(after, world.pki)
    assert signature.bottom_line
    assert signature.level == "LTA_UPDATES"
    assert timestamp.bottom_line
    assert timestamp.coverage == "ENTIRE_FILE"


@pytest.mark.parametrize("baseline", [Baseline.B_T, Baseline.B_LT, Baseline.B_LTA])
def test_a_plain_signature_is_extended_by_later_revisions(baseline: Baseline, world: World, tmp_path: Path) -> None:
    first = signed(one_page(), world)
    out = tmp_path / "extended.pdf"
    extend_pdf(first, out=out, baseline=baseline, tsa=world.pki.tsa(), collect=world.pki.collect)
    after = out.read_bytes()
    assert after.startswith(first)
    verdicts = hanko(after, world.pki)
    assert all(v.bottom_line for v in verdicts)
    assert len(verdicts) == (3 if baseline is Baseline.B_LTA else 2)
    assert (b"/DSS" in after) == (baseline > Baseline.B_T)


def test_extending_what_is_already_extended_adds_nothing(world: World) -> None:
    more = {"tsa": world.pki.tsa(), "collect": world.pki.collect}
    once = signed(one_page(), world, baseline=Baseline.B_LT, **more)
    kept = world.pki.collect([])
    again = extend_pdf(once, tsa=more["tsa"], collect=lambda _: kept)  # type: ignore[arg-type]
    assert again == once


def test_a_file_without_a_signature_cannot_be_extended(world: World) -> None:
    with pytest.raises(RefusedError) as e:
        extend_pdf(one_page(), tsa=world.pki.tsa(), collect=world.pki.collect)
    assert e.value.code == "pdf.unsigned"


@pytest.mark.parametrize(
    ("baseline", "code"),
    [(Baseline.B_T, "timestamp.needed"), (Baseline.B_LT, "timestamp.needed"), (Baseline.B_LTA, "timestamp.needed")],
)
def test_a_baseline_without_its_services_is_refused_first(baseline: Baseline, code: str, world: World) -> None:
    with pytest.raises(UsageError) as e:
        signed(b"not even a PDF", world, baseline=baseline)
    assert e.value.code == code
    with pytest.raises(UsageError, match="evidence"):
        signed(b"not even a PDF", world, baseline=Baseline.B_LT, tsa=world.pki.tsa())


def test_a_timestamp_larger_than_the_room_grows_the_room(world: World, tmp_path: Path) -> None:
    tsa = world.pki.tsa()
    _token_bytes[tsa.url] = 100  # as if an authority had begun to send a longer chain
    after = signed(one_page(), world, baseline=Baseline.B_T, tsa=tsa)
    assert pdfsig(after, tmp_path) == [VALID]
    assert _token_bytes[tsa.url] > 1000
    room = len(contents(after)[0])
    assert room < 2 * _token_bytes[tsa.url] + 3000


def test_an_authority_that_fails_leaves_no_file(world: World, tmp_path: Path) -> None:
    tsa = TimestampAuthority(url=world.pki.base_url + "nothing-here", http=world.pki.http())
    out = tmp_path / "out.pdf"
    with pytest.raises(ServiceError):
        sign_pdf(one_page(), world.pki.signer("receiver"), out=out, baseline=Baseline.B_T, tsa=tsa)
    assert list(tmp_path.iterdir()) == []


# who may sign


@pytest.mark.parametrize(
    ("name", "code"), [("expired", "certificate.expired"), ("not-yet-valid", "certificate.not-yet-valid")]
)
def test_a_certificate_out_of_its_time_does_not_sign(name: str, code: str, world: World, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    with pytest.raises(RefusedError) as e:
        sign_pdf(one_page(), world.pki.signer(name), out=out)
    assert e.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_time_without_its_zone_is_refused(world: World) -> None:
    with pytest.raises(UsageError):
        signed(one_page(), world, at=datetime(2026, 1, 1))  # noqa: DTZ001


class _Broken:
    """A key source that answers with another signature."""

    def __init__(self, real: object) -> None:
        self._real = real

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def sign(self, data: bytes) -> bytes:
        return self._real.sign(data + b"!")  # type: ignore[attr-defined,no-any-return]


def test_a_signature_that_does_not_verify_is_never_written(world: World, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    with pytest.raises(SigningError) as e:
        sign_pdf(one_page(), _Broken(world.pki.signer("receiver")), out=out)  # type: ignore[arg-type]
    assert e.value.code == "signature.self-check"
    assert list(tmp_path.iterdir()) == []


# fields


def _with_field(lock: str = "", field_type: str = "/Sig", extra: str = "", rect: str = "[100 100 300 160]") -> bytes:
    field = f"<</Type /Annot /Subtype /Widget /FT {field_type} /T (Duyet) /Rect {rect} /P 3 0 R /F 4 {lock} {extra}>>"
    return one_page("/Annots [4 0 R]", catalog="/AcroForm <</Fields [4 0 R] /SigFlags 1>>", more={4: field.encode()})


def test_an_empty_field_is_filled_and_takes_the_stamp_in_its_own_place(world: World, tmp_path: Path) -> None:
    after = signed(_with_field(), world, field="Duyet", stamp=Stamp(colour="red", border=True, x_mm=1, y_mm=1))
    assert hanko(after, world.pki)[0].bottom_line
    assert pdfsig(after, tmp_path) == [VALID]
    left, top, right, bottom = shapes.extent(shapes.render(after, tmp_path), "red") or (0, 0, 0, 0)
    assert (left, 842 - bottom, right, 842 - top) == pytest.approx((100, 100, 300, 160), abs=2.5)


def test_an_empty_field_with_its_widget_apart(world: World) -> None:
    before = one_page(
        "/Annots [5 0 R]",
        catalog="/AcroForm <</Fields [4 0 R]>>",
        more={
            4: b"<</T (Nhom) /Kids [6 0 R]>>",
            5: b"<</Type /Annot /Subtype /Widget /Parent 6 0 R /Rect [10 10 200 60] /P 3 0 R /F 4>>",
            6: b"<</FT /Sig /T (Duyet) /Parent 4 0 R /Kids [5 0 R]>>",
        },
    )
    after = signed(before, world, field="Nhom.Duyet", stamp=Stamp())
    (verdict,) = hanko(after, world.pki)  # poppler looks for values in widgets alone and sees an empty field
    assert (verdict.field, verdict.bottom_line) == ("Nhom.Duyet", True)


def test_a_signed_field_is_not_signed_again(world: World) -> None:
    once = signed(_with_field(), world, field="Duyet")
    with pytest.raises(RefusedError) as e:
        signed(once, world, field="Duyet")
    assert e.value.code == "pdf.field-signed"


@pytest.mark.parametrize(
    ("before", "code"),
    [
        (lambda: _with_field(field_type="/Tx"), "pdf.field-unusable"),
        (lambda: _with_field(extra="/SV <</Type /SV /Ff 2 /SubFilter [/adbe.pkcs7.detached]>>"), "pdf.seed"),
    ],
    ids=["text", "seed-values"],
)
def test_a_field_that_is_not_for_this_signature_is_refused(
    before: Callable[[], bytes], code: str, world: World
) -> None:
    with pytest.raises(RefusedError) as e:
        signed(before(), world, field="Duyet")
    assert e.value.code == code


@pytest.mark.parametrize("name", ["", "a.b", "x" * 201, "a\nb"])
def test_a_name_that_no_new_field_can_have_is_refused(name: str, world: World) -> None:
    with pytest.raises(UsageError) as e:
        signed(one_page(), world, field=name)
    assert e.value.code == "pdf.field-name"


def test_a_field_with_a_lock_is_signed_with_its_reference(world: World) -> None:
    before = _with_field("/Lock <</Type /SigFieldLock /Action /Include /Fields [(Khac)]>>")
    after = signed(before, world, field="Duyet")
    assert b"/TransformMethod /FieldMDP" in after
    assert hanko(after, world.pki)[0].bottom_line


def test_a_field_that_an_earlier_signature_locks_is_refused(world: World) -> None:
    objects = {
        4: b"<</Type /Annot /Subtype /Widget /FT /Sig /T (Mot) /Rect [0 0 0 0] /P 3 0 R"
        b" /Lock <</Type /SigFieldLock /Action /Include /Fields [(Hai)]>>>>",
        5: b"<</Type /Annot /Subtype /Widget /FT /Sig /T (Hai) /Rect [0 0 0 0] /P 3 0 R>>",
    }
    before = one_page("/Annots [4 0 R 5 0 R]", catalog="/AcroForm <</Fields [4 0 R 5 0 R]>>", more=objects)
    once = signed(before, world, field="Mot")
    with pytest.raises(RefusedError) as e:
        signed(once, world, field="Hai")
    assert e.value.code == "pdf.field-locked"
    assert all(v.bottom_line for v in hanko(signed(once, world, field="Ba"), world.pki))


def _certified(permission: int) -> bytes:
    """Certified with DocMDP; an empty visible field is there already."""
    value = (
        f"<</Type /Sig /Filter /Adobe.PPKLite /Reference [<</Type /SigRef /TransformMethod /DocMDP"
        f" /TransformParams <</Type /TransformParams /V /1.2 /P {permission}>>>>]>>"
    )
    objects = {
        4: b"<</Type /Annot /Subtype /Widget /FT /Sig /T (Tac gia) /Rect [0 0 0 0] /P 3 0 R /V 5 0 R>>",
        5: value.encode(),
        6: b"<</Type /Annot /Subtype /Widget /FT /Sig /T (Duyet) /Rect [100 100 200 150] /P 3 0 R>>",
    }
    catalog = "/AcroForm <</Fields [4 0 R 6 0 R] /SigFlags 3>> /Perms <</DocMDP 5 0 R>>"
    return one_page("/Annots [4 0 R 6 0 R]", catalog=catalog, more=objects)


def test_a_document_certified_against_changes_is_not_signed(world: World) -> None:
    for field in (None, "Duyet"):
        with pytest.raises(RefusedError) as e:
            signed(_certified(1), world, field=field)
        assert e.value.code == "pdf.certified"


def test_a_certified_document_takes_signatures_only_where_its_author_left_room(world: World) -> None:
    with pytest.raises(RefusedError) as e:
        signed(_certified(2), world, stamp=Stamp())
    assert e.value.code == "pdf.certified-new-field"
    signed(_certified(2), world, field="Duyet", stamp=Stamp())
    signed(_certified(2), world)


def test_a_field_of_pyhanko_is_signed_like_our_own(world: World, tmp_path: Path) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO((INPUTS / "result.pdf").read_bytes()))
    hanko_fields.append_signature_field(writer, hanko_fields.SigFieldSpec("Ngoai", box=(20, 20, 120, 70)))
    out = io.BytesIO()
    writer.write(out)
    after = signed(out.getvalue(), world, field="Ngoai", stamp=Stamp())
    assert hanko(after, world.pki)[0].bottom_line
    assert pdfsig(after, tmp_path) == [VALID]


# encryption


def _encrypted(password: str, *, mac: bool = False) -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO((INPUTS / "result.pdf").read_bytes())))
    writer.encrypt(owner_pass="chủ", user_pass=password, pdf_mac=mac)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_an_encrypted_file_asks_for_its_password_and_is_signed(world: World, tmp_path: Path) -> None:
    before = _encrypted("mật khẩu")
    more = {"baseline": Baseline.B_LT, "tsa": world.pki.tsa(), "collect": world.pki.collect}
    after = signed(before, world, password=lambda _: "mật khẩu", stamp=Stamp(), **more)
    assert after.startswith(before)
    (verdict,) = hanko(after, world.pki, "mật khẩu")
    assert verdict.bottom_line, verdict
    assert verdict.timestamped
    assert pdfsig(after, tmp_path, "-upw", "mật khẩu") == [VALID]
    twice = signed(after, world, "approver", password=lambda _: "mật khẩu")
    assert all(v.bottom_line for v in hanko(twice, world.pki, "mật khẩu"))


def test_a_file_that_opens_without_a_password_needs_none(world: World) -> None:
    assert hanko(signed(_encrypted(""), world), world.pki, "")[0].bottom_line


def test_a_file_with_an_authentication_code_is_refused(world: World) -> None:
    with pytest.raises(RefusedError) as e:
        signed(_encrypted("x", mac=True), world, password=lambda _: "x")
    assert e.value.code == "pdf.mac"


def test_an_encrypted_file_without_its_password_is_refused(world: World) -> None:
    before = _encrypted("mật khẩu")
    with pytest.raises(UsageError) as e:
        signed(before, world)
    assert e.value.code == "pdf.encrypted"
    for wrong in ("sai", "sai\0", "\u0627a"):  # the last two no password can hold (RFC 4013)
        with pytest.raises(UsageError) as e:
            signed(before, world, password=lambda _, wrong=wrong: wrong)
        assert e.value.code == "pdf.password"
        assert wrong not in str(e.value).split()


# bad input


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"%PDF-1.7\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\nstartxref\n99999999999\n%%EOF",
        b"%PDF-1.7\nxref\n0 1\ntrailer\n<</Root 1 0 R /Prev 9>>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<<" + b"/A[" * 5000 + b"\nstartxref\n9\n%%EOF",
        one_page("/UserUnit 0"),
        pages(f"/MediaBox {A4}").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
        pages(f"/MediaBox {A4}").replace(b"/Kids [3 0 R]", b"/Kids 3 0 R  "),
    ],
    ids=lambda d: repr(d[:24]),
)
def test_what_is_no_pdf_is_malformed_and_leaves_no_file(data: bytes, world: World, tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    with pytest.raises(SigningError):
        sign_pdf(data, world.pki.signer("receiver"), out=out, stamp=Stamp(page=0))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_page_and_a_missing_file_say_so(world: World, tmp_path: Path) -> None:
    for page in (1, -2, 99):
        with pytest.raises(UsageError) as e:
            signed(one_page(), world, stamp=Stamp(page=page))
        assert e.value.code == "pdf.page"
    for path in (tmp_path / "missing.pdf", Path("no\0path.pdf")):
        with pytest.raises(UsageError) as e:
            sign_pdf(path, world.pki.signer("receiver"))
        assert e.value.code == "input.unreadable"


BASES = [p.read_bytes() for p in PAPERS if p.stat().st_size < 60_000] + [
    SHAPES[name]() for name in ("object-stream", "hybrid", "form-object", "xref-stream-png")
]


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_truncated_and_garbled_files_give_our_errors_or_a_signature(data: st.DataObject, world: World) -> None:
    base = bytearray(data.draw(st.sampled_from(BASES)))
    if data.draw(st.booleans()):
        del base[data.draw(st.integers(0, len(base))) :]
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(max(0, len(base) - 1500), len(base)) | st.integers(0, len(base)))
        base[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    try:
        after = signed(bytes(base), world, stamp=data.draw(st.sampled_from([None, Stamp(page=0)])))
    except SigningError:
        return
    header = re.search(rb"\A%PDF-|%PDF-\d\.\d", base)  # what stands before it is left out
    assert header is not None
    assert after.startswith(bytes(base[header.start() :]))
    assert signed(after, world).startswith(after)  # what we wrote, we can read


@pytest.mark.parametrize(
    "token", [b"/Kids", b"/Count", b"/Root", b"/Size", b"/Type", b"/MediaBox", b" 0 R", b"/W", b"/Index"]
)
def test_each_entry_that_is_read_may_be_anything(token: bytes, world: World) -> None:
    for shape in ("plain", "object-stream", "form-object"):
        before = SHAPES[shape]()
        for wrong in (b"/Nonsense", b"(x)", b"<</A 1>>", b"[[[", b"-1", b"1e9", b"999999999999999999999"):
            changed = before.replace(token, token + b" " + wrong, 1)
            try:
                signed(changed, world, stamp=Stamp(page=0))
            except SigningError as e:
                assert e.code in {"pdf.malformed", "pdf.page", "stamp.place", "stamp.too-small"}, (e.code, wrong)


def test_an_error_names_no_library(world: World) -> None:
    with pytest.raises(MalformedError) as e:
        signed(b"%PDF-1.7 nothing", world)
    assert "pyhanko" not in str(e.value).lower()


def test_a_bomb_in_a_cross_reference_stream_is_not_inflated(world: World) -> None:
    import zlib

    bomb = zlib.compress(bytes(200_000_000), 9)
    head = b"/Type /XRef /Size 3 /W [1 3 2] /Root 1 0 R /Filter /FlateDecode"
    data = b"%PDF-1.7\n1 0 obj\n" + shapes.stream(bomb, head) + b"\nendobj\nstartxref\n9\n%%EOF\n"
    with pytest.raises(SigningError):
        signed(data, world)


# size


@pytest.mark.parametrize("make", [lambda p: os.mkfifo(p), lambda p: p.mkdir(), lambda p: p.symlink_to("/dev/zero")])
def test_a_pipe_a_folder_or_a_device_in_place_of_a_pdf_is_refused_and_stalls_nothing(
    make, world: World, tmp_path: Path
) -> None:
    make(tmp_path / "odd.pdf")
    with pytest.raises(UsageError) as e:
        sign_pdf(tmp_path / "odd.pdf", world.pki.signer("receiver"))
    assert e.value.code == "input.not-regular"


def test_memory_stays_flat_for_120_megabytes(world: World, tmp_path: Path) -> None:
    big, out = tmp_path / "big.pdf", tmp_path / "signed.pdf"
    big.write_bytes(one_page("/Contents 4 0 R", more={4: shapes.stream(bytes(120_000_000))}))
    script = """
        import sys
        from pathlib import Path
        from signing.dev.pki import DevPki
        from signing.pdf.sign import sign_pdf
        signer = DevPki.open(Path(sys.argv[1]), lambda _: sys.argv[4]).signer("receiver")
        def peak():  # not ru_maxrss, which begins with what the process was forked from
            return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
        before = peak()
        sign_pdf(Path(sys.argv[2]), signer, out=Path(sys.argv[3]))
        print(peak() - before)
    """
    arguments = [str(world.pki.folder), str(big), str(out), world.pki.ask("")]
    run = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    grown_kb = int(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
    assert grown_kb < 16_000
    assert out.stat().st_size - big.stat().st_size < 20_000
    found = subprocess.run(["pdfsig", "-nocert", out], capture_output=True, text=True, check=True).stdout
    assert VALID in found


def test_a_page_far_back_in_a_deep_tree_is_found(world: World, tmp_path: Path) -> None:
    objects = {1: b"<</Type /Catalog /Pages 2 0 R>>", 2: b"<</Type /Pages /Kids [3 0 R 4 0 R] /Count 5 /Rotate 90>>"}
    objects[3] = b"<</Type /Pages /Parent 2 0 R /Kids [5 0 R 6 0 R] /Count 2 /MediaBox [0 0 200 300]>>"
    objects[4] = b"<</Type /Pages /Parent 2 0 R /Kids [7 0 R 8 0 R 9 0 R] /Count 3 /MediaBox [0 0 400 300]>>"
    for number in range(5, 10):
        parent = 3 if number < 7 else 4
        objects[number] = f"<</Type /Page /Parent {parent} 0 R /Contents [] >>".encode()
    before = shapes.with_table(objects)
    for page, number in ((0, 5), (1, 6), (2, 7), (4, 9), (-1, 9), (-3, 7), (-4, 6), (-5, 5)):
        stamp = Stamp(page=page, x_mm=1, y_mm=1, width_mm=50, height_mm=20)
        after = signed(before, world, stamp=stamp)
        assert b"/P %d 0 R" % number in after[len(before) :], page
    assert pdfsig(after, tmp_path) == [VALID]
    assert replace(stamp, page=0).page == 0
