"""Stamps placed by words or fields of the page: the last place counts, on pages however turned, cropped and scaled."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

import pytest

from signing.errors import MissingExtraError, SigningError, UsageError
from signing.external import prepare_pdf
from signing.pdf.anchor import FieldAnchor, TextAnchor, find_spot
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.pdf.stamp_anchor import settled
from signing.pdf.stamp_profiles import profiled_stamp
from signing.pdf.words import end_reader

from ..world import World
from .pdf_shapes import INPUTS, VALID, extent, one_page, pages, pdfsig, render, stream
from .test_stamp import POINT, SEAL, png
from .test_stamp_profiles import INK, RED

RESULT = INPUTS / "result.pdf"
TITLE, NAME = "TITLE", "Name Surname"
PLACE = "NGƯỜI KÝ GIẤY KHAI SINH"
SAMPLES = INPUTS.parent.parent / "tests" / "vectors" / "pdf"
PASSWORD = "mat khau"
BAR = png(6, [b"\xd0\x00\x00\xff" * 200 for _ in range(60)], 200)


def words(*placed: tuple[float, float, str]) -> bytes:
    """A content stream with words in Helvetica 12 at (x, y)."""
    return b"\n".join(b"BT /F1 12 Tf 1 0 0 1 %g %g Tm (%b) Tj ET" % (x, y, t.encode()) for x, y, t in placed)


def written(entries: str = "/MediaBox [0 0 595 842]", content: bytes | None = None) -> bytes:
    content = content if content is not None else words((350, 300, TITLE), (350, 180, NAME))
    font = "/Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>"
    return pages(f"{entries} {font} /Contents 9 0 R", more={9: stream(content)})


def code_of(pdf: bytes | Path, anchor: TextAnchor | FieldAnchor) -> str:
    with pytest.raises(SigningError) as e:
        settled(Stamp(anchor=anchor), pdf)
    return e.value.code


def test_the_stamp_stands_centred_under_the_words(world: World, tmp_path: Path) -> None:
    stamp = Stamp(image=SEAL, width_mm=20, height_mm=20, anchor=TextAnchor(text=TITLE, gap_mm=2))
    signed = sign_pdf(written(), world.pki.signer("receiver"), stamp=stamp) or b""
    assert pdfsig(signed, tmp_path) == [VALID]
    left, top, right, _ = extent(render(signed, tmp_path), "red") or (0, 0, 0, 0)
    assert (left + right) / 2 == pytest.approx(350 + 16.3, abs=2)  # half of what TITLE takes
    assert top == pytest.approx(842 - 300 + 2 * POINT, abs=3)


def test_between_title_and_name_it_stands_in_the_middle(world: World, tmp_path: Path) -> None:
    stamp = profiled_stamp("official", image=INK, anchor=TextAnchor(text=TITLE, until=NAME))
    picture = render(sign_pdf(written(), world.pki.signer("official"), stamp=stamp) or b"", tmp_path)
    _, top, _, bottom = extent(picture, "blue") or (0, 0, 0, 0)
    assert (top + bottom) / 2 == pytest.approx(842 - (300 + 180 + 9) / 2, abs=3)


def test_where_title_and_name_are_too_close_nothing_is_covered() -> None:
    close = written(content=words((350, 300, TITLE), (350, 250, NAME)))
    assert code_of(close, TextAnchor(text=TITLE, until=NAME)) == "stamp.no-room"
    above = written(content=words((350, 100, TITLE), (350, 400, NAME)))
    assert code_of(above, TextAnchor(text=TITLE, until=NAME)) == "stamp.no-room"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("box", ["/MediaBox [0 0 842 842]", "/MediaBox [-50 -80 900 900] /CropBox [20 30 800 820]"])
def test_words_are_found_on_turned_and_cropped_pages_as_shown(
    rotation: int, box: str, world: World, tmp_path: Path
) -> None:
    """Where poppler shows the words themselves, there the stamp must be: it is laid right over them."""
    before = written(f"{box} /Rotate {rotation}", words((400, 420, "HHHHHH")))
    dark = extent(render(before, tmp_path), "dark") or (0, 0, 0, 0)
    spot = find_spot(before, TextAnchor(text="HHHHHH"))
    height = render(before, tmp_path)[1]
    left, bottom, right, top = spot.box
    assert (left, height - top, right, height - bottom) == pytest.approx(dark, abs=4)


def test_the_user_unit_counts() -> None:
    once = find_spot(written(), TextAnchor(text=TITLE)).box
    twice = find_spot(written("/MediaBox [0 0 595 842] /UserUnit 2"), TextAnchor(text=TITLE)).box
    assert twice == pytest.approx([2 * value for value in once], abs=0.5)


def test_the_last_place_counts_and_a_page_can_be_named() -> None:
    box = "/MediaBox [0 0 595 842] /Resources <</Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>"
    contents = {
        9: stream(words((50, 700, TITLE), (50, 500, TITLE))), 10: stream(words((60, 300, TITLE))), 11: stream(b""),
    }  # fmt: skip
    pdf = pages(*(f"{box} /Contents {n} 0 R" for n in (9, 10, 11)), more=contents)
    assert find_spot(pdf, TextAnchor(text=TITLE)).page == 1
    first = find_spot(pdf, TextAnchor(text=TITLE, page=0))
    assert first.page == 0
    assert first.box[1] == pytest.approx(500, abs=3)
    assert find_spot(pdf, TextAnchor(text=TITLE, page=-3)).page == 0
    assert code_of(pdf, TextAnchor(text=TITLE, page=3)) == "pdf.page"


@pytest.mark.parametrize("kind", ["NFC", "NFD"])
def test_vietnamese_words_of_a_browsers_page_are_found_however_typed(kind: str) -> None:
    text = unicodedata.normalize(kind, PLACE)
    assert find_spot(RESULT, TextAnchor(text=text)) == find_spot(RESULT.read_bytes(), TextAnchor(text=PLACE))


def test_a_scan_is_told_to_be_one_and_missing_words_are_named() -> None:
    assert code_of(one_page(), TextAnchor(text=TITLE)) == "stamp.no-text"
    assert code_of(written(), TextAnchor(text="title")) == "stamp.no-words"
    assert code_of(written(), TextAnchor(text=TITLE, until="Nobody")) == "stamp.no-words"


def test_a_place_outside_the_page_is_refused(world: World) -> None:
    low = written(content=words((350, 20, TITLE)))
    with pytest.raises(UsageError) as e:
        sign_pdf(low, world.pki.signer("receiver"), stamp=Stamp(anchor=TextAnchor(text=TITLE)))
    assert e.value.code == "stamp.place"


def test_the_seal_finds_the_signature_by_its_field_and_by_the_same_words(world: World, tmp_path: Path) -> None:
    anchor = TextAnchor(text=TITLE, until=NAME)
    official = profiled_stamp("official", image=INK, anchor=anchor)
    once = sign_pdf(written(), world.pki.signer("official"), stamp=official, field="Official") or b""
    by_field = settled(profiled_stamp("office", image=RED, anchor=FieldAnchor(field="Official")), once)
    by_words = settled(profiled_stamp("office", image=RED, anchor=anchor), once)
    assert by_field is not None
    assert by_words is not None
    assert (by_field.width_mm, by_field.height_mm) == (36, 36)
    assert (by_field.x_mm, by_field.y_mm) == pytest.approx((by_words.x_mm, by_words.y_mm), abs=0.1)
    twice = sign_pdf(once, world.pki.signer("clerk"), stamp=by_field) or b""
    assert pdfsig(twice, tmp_path) == [VALID, VALID]
    red, blue = (extent(render(twice, tmp_path), colour) or (0, 0, 0, 0) for colour in ("red", "blue"))
    assert red[0] < red[2] < blue[2]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_field_is_found_on_a_turned_page(rotation: int, world: World) -> None:
    before = pages("/MediaBox [0 0 600 800]", f"/MediaBox [0 0 600 800] /Rotate {rotation}", "/MediaBox [0 0 600 800]")
    stamp = Stamp(page=1, x_mm=30, y_mm=40, width_mm=50, height_mm=20)
    once = sign_pdf(before, world.pki.signer("official"), stamp=stamp, field="Here") or b""
    found = settled(Stamp(anchor=FieldAnchor(field="Here")), once)
    assert found is not None
    assert found.page == -2
    assert (found.x_mm, found.y_mm, found.width_mm, found.height_mm) == pytest.approx((30, 40, 50, 20), abs=0.01)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_stamp_in_a_field_that_names_no_page_stands_upright(rotation: int, world: World, tmp_path: Path) -> None:
    """/P of a widget is optional; the page that lists it says how it is turned."""
    wide = {"page": 0, "x_mm": 40, "y_mm": 50, "width_mm": 60, "height_mm": 20}
    rectangle = {0: "100 100 300 160", 90: "100 100 160 300", 180: "100 100 300 160", 270: "100 100 160 300"}[rotation]
    field = f"<</FT /Sig /T (Here) /Type /Annot /Subtype /Widget /F 4 /Rect [{rectangle}]>>".encode()
    before = pages(
        f"/MediaBox [0 0 600 800] /Rotate {rotation} /Annots [9 0 R]", "/MediaBox [0 0 600 800]",
        catalog="/AcroForm <</Fields [9 0 R]>>", more={9: field},
    )  # fmt: skip
    signed = sign_pdf(before, world.pki.signer("official"), stamp=Stamp(image=BAR, **wide), field="Here") or b""  # type: ignore[arg-type]
    left, top, right, bottom = extent(render(signed, tmp_path), "red") or (0, 0, 0, 0)
    assert (right - left) / (bottom - top) == pytest.approx(200 / 60, rel=0.05)
    assert find_spot(before, FieldAnchor(field="Here")).page == -2


def test_a_field_without_a_rectangle_is_told(world: World) -> None:
    field = b"<</FT /Sig /T (Here) /Type /Annot /Subtype /Widget /F 4 /Rect [1 2]>>"
    before = one_page("/Annots [9 0 R]", "/AcroForm <</Fields [9 0 R]>>", {9: field})
    with pytest.raises(SigningError) as e:
        sign_pdf(before, world.pki.signer("official"), stamp=Stamp(), field="Here")
    assert e.value.code == "pdf.malformed"


def test_a_field_that_is_missing_or_hidden_is_no_place(world: World) -> None:
    hidden = sign_pdf(one_page(), world.pki.signer("official"), field="Hidden") or b""
    assert code_of(hidden, FieldAnchor(field="Hidden")) == "stamp.no-field"
    assert code_of(hidden, FieldAnchor(field="Other")) == "stamp.no-field"


@pytest.mark.parametrize("hidden", [(350, 50), (3500, 50), (350, -40)])
def test_words_that_the_reader_does_not_see_do_not_move_the_stamp(hidden: tuple[int, int]) -> None:
    """The same words once more, later in the text, but cut off by the crop box or off the paper."""
    box = "/MediaBox [0 0 595 842] /CropBox [0 100 595 842]"
    once = find_spot(written(box, words((350, 300, TITLE))), TextAnchor(text=TITLE))
    assert find_spot(written(box, words((350, 300, TITLE), (*hidden, TITLE))), TextAnchor(text=TITLE)) == once
    assert code_of(written(box, words((*hidden, TITLE))), TextAnchor(text=TITLE)) == "stamp.no-words"


def test_words_are_found_in_a_line_whose_letters_are_written_by_font() -> None:
    """As LibreOffice writes letters that the chosen font lacks: after all others of the line."""
    whole = find_spot(SAMPLES / "chromium.pdf", TextAnchor(text="Giấy xác nhận"))
    found = find_spot(SAMPLES / "libreoffice.pdf", TextAnchor(text="Giấy xác nhận"))
    assert found.page == whole.page == 0
    assert found.box[0] == pytest.approx(203, abs=4)  # as pdftotext -bbox says
    assert found.box[2] == pytest.approx(323, abs=4)
    assert found.box[3] - found.box[1] < 25
    assert code_of(SAMPLES / "libreoffice.pdf", TextAnchor(text="Giấy xác nhẩn")) == "stamp.no-words"


def test_a_page_that_asks_for_all_memory_ends_the_reader_alone() -> None:
    """A form that shows itself twice; the process that signs lives, and the next document is read."""
    font = "/Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>"
    more = {
        9: stream(b"/X Do"),
        10: stream(b"/X Do /X Do", b"/Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</X 10 0 R>>>>"),
    }  # fmt: skip
    entries = f"/MediaBox [0 0 595 842] /Resources <</XObject <</X 10 0 R>> {font}>> /Contents 9 0 R"
    assert code_of(pages(entries, more=more), TextAnchor(text=TITLE)) == "pdf.malformed"
    assert find_spot(written(), TextAnchor(text=TITLE)).page == 0


def test_a_forked_process_and_one_whose_reader_ended_start_their_own() -> None:
    anchor = TextAnchor(text=TITLE)
    spot = find_spot(written(), anchor)
    child = os.fork()
    if child == 0:  # no exception may leave this branch
        try:
            same = find_spot(written(), anchor) == spot
            end_reader()
        finally:
            os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert find_spot(written(), anchor) == spot
    end_reader()
    assert find_spot(written(), anchor) == spot


def test_a_pipe_or_a_missing_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    for path in (tmp_path / "pipe.pdf", tmp_path / "missing.pdf", tmp_path):
        for anchor in (TextAnchor(text=TITLE), FieldAnchor(field="x")):
            assert code_of(path, anchor).startswith("input.")


def test_the_file_that_is_searched_is_the_one_that_is_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder called `~` is no home folder."""
    monkeypatch.chdir(tmp_path)
    Path("~").mkdir()
    Path("~/paper.pdf").write_bytes(written())
    assert find_spot(Path("~/paper.pdf"), TextAnchor(text=TITLE)) == find_spot(written(), TextAnchor(text=TITLE))


@pytest.mark.parametrize("name", ["qpdf-encrypted-r3", "qpdf-encrypted-r6"])
def test_an_encrypted_document_is_searched_with_its_password(name: str, world: World) -> None:
    pdf, anchor = (SAMPLES / f"{name}.pdf").read_bytes(), TextAnchor(text="Trang này chỉ dùng để thử")
    assert code_of(pdf, anchor) == "pdf.encrypted"
    for wrong in ("wrong", "", "a\0b", "\ud800"):
        with pytest.raises(UsageError) as e:
            settled(Stamp(anchor=anchor), pdf, lambda _, wrong=wrong: wrong)  # type: ignore[misc]
        assert e.value.code == "pdf.password"
    stamp = Stamp(width_mm=20, height_mm=10, image=SEAL, anchor=anchor)
    assert sign_pdf(pdf, world.pki.signer("receiver"), stamp=stamp, password=lambda _: PASSWORD)
    spot = find_spot(pdf, anchor, lambda _: PASSWORD)
    assert spot.box == pytest.approx(find_spot(SAMPLES / "libreoffice.pdf", anchor).box, abs=1)


def test_a_scanners_file_is_told_to_hold_no_text() -> None:
    assert code_of(SAMPLES / "scan-image-only.pdf", TextAnchor(text=TITLE)) == "stamp.no-text"


def test_a_scan_with_its_words_read_below_it_is_anchored() -> None:
    below = written(content=b"3 Tr " + words((350, 300, TITLE)))
    assert find_spot(below, TextAnchor(text=TITLE)).box == find_spot(written(), TextAnchor(text=TITLE)).box


@pytest.mark.parametrize("page", [0.5, "1"])
def test_a_page_that_is_no_number_is_a_mistake_in_the_arguments(page: object) -> None:
    with pytest.raises(UsageError) as e:
        TextAnchor(text=TITLE, page=page)  # type: ignore[arg-type]
    assert e.value.code == "usage.argument"


def test_a_prepared_document_is_anchored_too(world: World) -> None:
    stamp = Stamp(text="Đã duyệt", anchor=TextAnchor(text=TITLE))
    prepared = prepare_pdf(written(), stamp=stamp)
    settled_stamp = settled(Stamp(anchor=FieldAnchor(field="Signature1")), prepared.document or b"")
    assert settled_stamp is not None
    assert settled_stamp.width_mm == pytest.approx(70, abs=0.01)


def test_without_the_reader_of_words_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(MissingExtraError) as e:
        settled(Stamp(anchor=TextAnchor(text=TITLE)), written())
    assert "scan" in e.value.text
    assert settled(Stamp(), b"") == Stamp()


def test_bytes_that_are_no_pdf_give_our_errors() -> None:
    for bad in (b"", b"%PDF-1.7", written()[:300], bytes(1000)):
        for anchor in (TextAnchor(text=TITLE), FieldAnchor(field="x")):
            assert code_of(bad, anchor) in {"pdf.malformed", "stamp.no-field", "stamp.no-text"}


@pytest.mark.parametrize("wrong", [{"text": ""}, {"text": " "}, {"text": "x" * 201}, {"text": "a", "until": "\n"}])
def test_an_anchor_without_words_cannot_be_made(wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        TextAnchor(**wrong)  # type: ignore[arg-type]
