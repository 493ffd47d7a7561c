"""The prepared result: one revision with QR code and two empty fields, which later signatures fill and nothing more."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.errors import MalformedError, RefusedError, SigningError, UsageError
from signing.pdf.prepare import Prepared, QrPlace, prepare_result, qr_modules, read_prepared
from signing.pdf.raw import write_text
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.policy import Baseline

from ..patience import cost
from ..world import World
from . import pdf_forge as forge
from .pdf_shapes import A4, INPUTS, PAPERS, VALID, extent, hanko, one_page, pages, pdfsig, render, stream
from .test_stamp import SEAL

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
TEXT = "VS1:" + "".join(random.Random(7).choices(ALPHABET, k=346))
AT = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)


def read_qr(pdf: bytes, folder: Path, page: int = 1, dpi: int = 150) -> list[str]:
    """What a scanner reads off a rendered page."""
    width, height, data = render(pdf, folder, page, dpi)
    return [found.text for found in zxingcpp.read_barcodes(memoryview(data).cast("B", (height, width, 3)))]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda p: p.stem)
def test_the_code_is_read_back_from_the_page_and_the_fields_are_there(paper: Path, tmp_path: Path) -> None:
    before = paper.read_bytes()
    after = prepare_result(before, TEXT, at=AT)
    assert after.startswith(before)
    assert after[len(before) :].count(b"%%EOF") == 1
    reader = PdfFileReader(io.BytesIO(after), strict=False)
    assert reader.xrefs.total_revisions == PdfFileReader(io.BytesIO(before), strict=False).xrefs.total_revisions + 1
    pages_count = int(reader.root["/Pages"]["/Count"])
    assert read_qr(after, tmp_path, pages_count) == [TEXT]
    names = {f.get_object()["/T"] for f in reader.root["/AcroForm"]["/Fields"]}
    assert {"Official", "Office"} <= names
    assert len(after) - len(before) < 60_000


@pytest.mark.parametrize("baseline", [Baseline.B_B, Baseline.B_LT])
def test_both_signatures_fill_their_fields_and_nobody_calls_it_a_change(
    baseline: Baseline, world: World, tmp_path: Path
) -> None:
    more = {"baseline": baseline}
    if baseline is Baseline.B_LT:
        more |= {"tsa": world.pki.tsa(), "collect": world.pki.collect}  # type: ignore[dict-item]
    official = Stamp.official(SEAL)
    prepared = prepare_result((INPUTS / "result.pdf").read_bytes(), TEXT)
    once = sign_pdf(prepared, world.pki.signer("official"), field="Official", stamp=official, **more)
    twice = sign_pdf(once or b"", world.pki.signer("clerk"), field="Office", stamp=Stamp.office(official, SEAL), **more)
    assert twice is not None
    first, second = hanko(twice, world.pki)
    assert (first.field, first.bottom_line, first.level) == ("Official", True, "FORM_FILLING")
    assert (second.field, second.bottom_line) == ("Office", True)
    assert second.level == ("NONE" if baseline is Baseline.B_B else "LTA_UPDATES")
    assert pdfsig(twice, tmp_path) == [VALID, VALID]
    assert read_qr(twice, tmp_path) == [TEXT]
    assert extent(render(twice, tmp_path), "red") is not None


def test_the_later_revisions_touch_only_the_field_and_the_form(world: World) -> None:
    prepared = prepare_result((INPUTS / "result.pdf").read_bytes(), TEXT)
    once = sign_pdf(prepared, world.pki.signer("official"), field="Official", stamp=Stamp.official()) or b""
    touched = set(map(int, re.findall(rb"(\d+) 0 obj\n", once[len(prepared) :])))
    old = {n for n in touched if b"\n%d 0 obj" % n in prepared}
    fields = PdfFileReader(io.BytesIO(prepared)).root["/AcroForm"]["/Fields"]
    assert old == {fields.raw_get(0).idnum}


def test_text_stamps_stand_in_where_there_is_no_image(world: World, tmp_path: Path) -> None:
    prepared = prepare_result((INPUTS / "result.pdf").read_bytes(), TEXT)
    once = sign_pdf(prepared, world.pki.signer("official"), field="Official", stamp=Stamp.official()) or b""
    assert extent(render(once, tmp_path, dpi=100), "blue") is not None
    twice = sign_pdf(once, world.pki.signer("clerk"), field="Office", stamp=Stamp.office(Stamp.official())) or b""
    assert extent(render(twice, tmp_path, dpi=100), "red") is not None


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_code_and_fields_stand_right_on_turned_and_moved_pages(rotation: int, world: World, tmp_path: Path) -> None:
    before = pages(
        f"/MediaBox [-50 30 545 872] /Rotate {rotation} /Contents 9 0 R", more={9: stream(b"q 9 0 0 9 0 0 cm")}
    )
    official = Stamp.official(SEAL, x_mm=100, y_mm=100)
    prepared = prepare_result(before, TEXT, official=official, qr=QrPlace(x_mm=20, y_mm=20, size_mm=30))
    after = sign_pdf(prepared, world.pki.signer("official"), field="Official", stamp=official) or b""
    assert read_qr(after, tmp_path) == [TEXT]
    assert pdfsig(after, tmp_path) == [VALID]
    picture = render(after, tmp_path)
    left, _, right, bottom = extent(picture, "red") or (0, 0, 0, 0)
    point = 72 / 25.4
    assert (left + right) / 2 == pytest.approx(125 * point, abs=2)
    assert picture[1] - bottom == pytest.approx(100 * point, abs=2)


def test_the_page_may_keep_its_parts_wherever_it_likes(tmp_path: Path) -> None:
    shapes: list[tuple[str, dict[int, bytes]]] = [
        ("", {}),
        ("/Contents 4 0 R", {4: b"[5 0 R]", 5: stream(b"0 g")}),
        ("/Contents [4 0 R]", {4: stream(b"q q q 0 g")}),
        (
            "/Contents 4 0 R /Resources 5 0 R",
            {4: stream(b"/A Do"), 5: b"<</XObject 6 0 R /ProcSet [/PDF]>>", 6: b"<<>>"},
        ),
        (
            "/Resources <</XObject <</EidQr 4 0 R>>>>",
            {4: stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 1 1]")},
        ),
    ]
    for extra, more in shapes:
        after = prepare_result(one_page(extra, more=more), TEXT)
        assert read_qr(after, tmp_path) == [TEXT]
    assert b"/EidQr1" in after


def test_a_note_is_printed_in_vietnamese_and_can_be_searched(tmp_path: Path) -> None:
    import subprocess

    note = Stamp(x_mm=20, y_mm=200, width_mm=120, height_mm=12, text="Bản điện tử, lập lúc {time}, phường Đống Đa")
    after = prepare_result(one_page(), TEXT, note=note, at=AT)
    (tmp_path / "a.pdf").write_bytes(after)
    text = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "Bản điện tử, lập lúc 2026-11-21T20:00:00+07:00, phường Đống Đa" in text.replace("\n", " ")
    assert "Quét mã để kiểm tra kết quả" in text


# the code itself


def test_the_code_is_as_small_as_its_alphabet_allows() -> None:
    modules, mask = qr_modules(TEXT)
    assert len(modules) == 61  # version 11 holds 366 alphanumeric characters at level M
    assert qr_modules(TEXT, mask)[0] == modules
    assert len(qr_modules("https://kiểm-tra.example/")[0]) < 61


@pytest.mark.parametrize(("text", "size"), [(TEXT, 15), (TEXT, 17), ("", None), ("A" * 1001, None), (TEXT * 2, 20)])
def test_a_code_that_no_phone_reads_is_refused(text: str, size: float | None) -> None:
    with pytest.raises(UsageError) as e:
        prepare_result(one_page(), text, qr=QrPlace(size_mm=size))
    assert e.value.code == "seal.qr-size"


# refusals


def test_nothing_is_prepared_after_the_first_signature(world: World) -> None:
    once = sign_pdf(one_page(), world.pki.signer("official")) or b""
    with pytest.raises(RefusedError) as e:
        prepare_result(once, TEXT)
    assert e.value.code == "pdf.already-signed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"official_field": "Office"}, "pdf.field-name"),
        ({"official_field": "a.b"}, "pdf.field-name"),
        ({"qr": QrPlace(page=3)}, "pdf.page"),
        ({"qr": QrPlace(x_mm=200)}, "stamp.place"),
        ({"official": Stamp.official(x_mm=300)}, "stamp.place"),
        ({"note": Stamp(text="中")}, "stamp.glyph"),
        ({"note": Stamp(image=SEAL)}, "usage.argument"),
        ({"qr": QrPlace(caption="dài " * 100)}, "stamp.too-small"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(SigningError) as e:
        prepare_result(one_page(), TEXT, **change)  # type: ignore[arg-type]
    assert e.value.code == code


@pytest.mark.parametrize(
    "odd", [one_page().replace(b"startxref\n", b"startxref\n9"), b"\n" + one_page()], ids=["rebuilt", "bytes-before"]
)
def test_a_file_whose_tables_mislead_is_refused(odd: bytes) -> None:
    """What is made of it could not be made again by an auditor."""
    with pytest.raises(MalformedError) as e:
        prepare_result(odd, TEXT)
    assert e.value.code == "pdf.malformed"


def test_a_field_of_that_name_is_not_used_twice() -> None:
    with pytest.raises(RefusedError) as e:
        prepare_result(prepare_result(one_page(), TEXT), TEXT)
    assert e.value.code == "pdf.field-exists"


# making it again


def test_an_auditor_can_make_the_revision_again() -> None:
    for paper in PAPERS:
        before = paper.read_bytes()
        note = Stamp(
            x_mm=20, y_mm=200, width_mm=120, height_mm=12, text="Số 12/GKS {time}", align="right", colour="red"
        )
        after = prepare_result(before, TEXT, at=AT, note=note, official_field="Lãnh đạo", office_field="Con dấu")
        assert prepare_result(
            before, TEXT, at=AT, note=note, official_field="Lãnh đạo", office_field="Con dấu"
        ) == after  # fmt: skip
        assert read_prepared(before, after) == Prepared(TEXT, "Lãnh đạo", "Con dấu")


FORGERIES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "another text in the code": lambda b, a: a.replace(b"\n12 ", b"\n13 ", 1),
    "a module turned": lambda b, a: re.sub(rb"\n\d+ (\d+) \d+ 1 re", rb"\n30 \1 1 1 re", a, count=1),
    "something more drawn": lambda b, a: a.replace(b"\nQ\nq ", b" Q q ", 1),
    "a field elsewhere": lambda b, a: a.replace(b"/T (Office)", b"/T (Offic3)"),
    "only the code's text changed": lambda b, a: a.replace(b"0022005600530031", b"0022005600530032"),
    "bytes behind": lambda b, a: a + b"\n",
    "bytes missing": lambda b, a: a[:-1],
    "nothing added": lambda b, a: b,
    "another file": lambda b, a: one_page("/Lang (vi)") + a[len(b) :],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_revision_that_did_anything_else_is_not_taken_for_ours(forgery: str) -> None:
    before = one_page()
    after = prepare_result(before, TEXT, at=AT)
    forged = FORGERIES[forgery](before, after)
    assert forged != after
    assert read_prepared(before, forged) is None


@pytest.mark.parametrize(
    "greed",
    [
        {"qr": {"caption": "a " * 1_000_000}},
        {"qr": {"caption": "a" * 1_000_000}},
        {"note": {"page": 0, "text": "a " * 1000, "width_mm": 100, "height_mm": 50, "font_size_pt": 4999}},
    ],
)
def test_a_revision_whose_parameters_ask_for_long_work_is_not_made_again(greed: dict[str, dict[str, object]]) -> None:
    before = one_page()
    private = re.search(rb"/Private <([0-9A-F]+)>", prepare_result(before, TEXT, at=AT))
    assert private is not None
    parameters = json.loads(bytes.fromhex(private[1].decode())[2:].decode("utf-16-be"))
    for part, more in greed.items():
        parameters[part] = {**(parameters[part] or {}), **more}
    opened = forge.Opened(before)
    asked = b"<</PieceInfo <</EidSigning <</Private %b>>>>>>" % write_text(json.dumps(parameters))
    with cost(10):
        assert read_prepared(before, opened.append({opened.size: asked})) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_garbled_revisions_are_none_and_never_an_error(data: st.DataObject) -> None:
    before = one_page()
    after = bytearray(prepare_result(before, TEXT, at=AT))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(len(before), len(after)))
        after[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(min_size=0, max_size=3))
    if bytes(after) != prepare_result(before, TEXT, at=AT):
        assert read_prepared(before, bytes(after)) is None
    assert A4
