"""Any bytes in: one examination out, in bounded time, never an exception, never valid when a covered byte differs."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.errors import SigningError
from signing.pdf_check import file as pdf_file
from signing.pdf_check import filters as pdf_filters
from signing.pdf_check import scan as pdf_scan
from signing.pdf_check import xref as pdf_xref
from signing.pdf_check.file import PdfFile
from signing.pdf_check.objects import Ref, parse_value
from signing.pdf_check.verify import PdfExamination, examine_pdf
from signing.report import Verdict

from ..patience import cost
from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import Samples
from .test_pdf_verify import codes

FUZZ = settings(max_examples=120, deadline=None)
MAX_SECONDS = 30.0  # of computing


def examined(data: bytes, world: World | None = None) -> PdfExamination:
    """The examination, in time and without an internal failure."""
    with cost(MAX_SECONDS):
        found = examine_pdf(data, trust=world.pki.trust() if world else None)
    assert "document.internal" not in codes(found)
    return found


# --- mutations


def unsigned_gap(samples: Samples) -> tuple[int, int]:
    """The only bytes of the valid sample that its signature does not cover, its own padding and certificates."""
    a, b, _ = examine_pdf(samples.valid).placements[0].byte_range
    return a, b


@FUZZ
@given(data=st.data())
def test_no_changed_byte_is_ever_valid(world: World, samples: Samples, data: st.DataObject) -> None:
    made = bytearray(samples.valid)
    a, b = unsigned_gap(samples)
    end = examine_pdf(samples.valid).revisions[1]
    covered = st.one_of(st.integers(0, a - 1), st.integers(b, end - 1))
    for at in data.draw(st.lists(covered, min_size=1, max_size=4, unique=True)):
        made[at] ^= data.draw(st.integers(1, 255))
    found = examined(bytes(made), world)
    assert found.verdict is not Verdict.VALID
    assert not any(s.type == "signature" and s.intact for s in found.signatures)


@FUZZ
@given(data=st.data())
def test_no_changed_byte_anywhere_raises(world: World, samples: Samples, data: st.DataObject) -> None:
    made = bytearray(samples.twice)
    for at in data.draw(st.lists(st.integers(0, len(made) - 1), min_size=1, max_size=4, unique=True)):
        made[at] ^= data.draw(st.integers(1, 255))
    examined(bytes(made), world)


@FUZZ
@given(cut=st.integers(0, 40000))
def test_no_truncated_file_is_ever_valid(world: World, samples: Samples, cut: int) -> None:
    end = cut % len(samples.valid)
    found = examined(samples.valid[:end], world)
    if found.verdict is Verdict.VALID:  # only where a whole earlier revision is left, and then with what it had
        assert end in examine_pdf(samples.valid).revisions


@FUZZ
@given(at=st.integers(0, 40000), extra=st.binary(min_size=1, max_size=12))
def test_no_file_with_inserted_bytes_is_ever_valid(world: World, samples: Samples, at: int, extra: bytes) -> None:
    place = at % (len(samples.valid) + 1)
    found = examined(samples.valid[:place] + extra + samples.valid[place:], world)
    assert found.verdict is not Verdict.VALID


@FUZZ
@given(at=st.integers(0, 40000), length=st.integers(1, 300), to=st.integers(0, 40000))
def test_no_file_with_moved_bytes_is_ever_valid(world: World, samples: Samples, at: int, length: int, to: int) -> None:
    data = samples.valid
    at, to = at % len(data), to % len(data)
    piece, rest = data[at : at + length], data[:at] + data[at + length :]
    made = rest[:to] + piece + rest[to:]
    a, b = unsigned_gap(samples)
    found = examined(made, world)
    if (made[:a], made[b:]) != (data[:a], data[b:]):
        assert found.verdict is not Verdict.VALID


TOKENS = st.sampled_from(
    [b"<<", b">>", b"[", b"]", b"(", b")", b"<", b">", b"/ByteRange", b"/Contents", b"1 0 R", b"0", b"-1", b"obj",
     b"endobj", b"stream\n", b"endstream", b"xref\n", b"trailer", b"startxref\n", b"%%EOF", b"%", b"null", b"/Prev 9"]
)  # fmt: skip


@FUZZ
@given(parts=st.lists(st.one_of(TOKENS, st.binary(max_size=6)), max_size=40))
def test_no_soup_of_tokens_raises(parts: list[bytes]) -> None:
    examined(b"%PDF-1.7\n" + b" ".join(parts))
    examined(b"%PDF-1.7\n" + b"".join(parts) + b"\nstartxref\n9\n%%EOF")


@FUZZ
@given(data=st.data())
def test_no_damaged_structure_raises(samples: Samples, data: st.DataObject) -> None:
    """Numbers, names and keywords exchanged for others of the same file, the signature left alone."""
    source = data.draw(st.sampled_from([samples.page, samples.form, forge.compressed_document()]))
    made = bytearray(source)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(9, len(made) - 1))
        made[at : at + data.draw(st.integers(0, 4))] = data.draw(st.one_of(TOKENS, st.binary(max_size=3)))
    found = examined(bytes(made))
    for revision in range(len(found.revisions)):
        found.revision_adds_only(revision)


# --- loops, depth, bombs, floods


def test_a_chain_of_tables_that_never_ends(samples: Samples) -> None:
    opened = forge.Opened(samples.simple)
    data = opened.append({}, trailer={"Prev": 0})
    at = data.rindex(b"xref\n", 0, data.rindex(b"startxref"))
    digits = b"%d" % at
    looped = data.replace(b"/Prev 0", b"/Prev " + digits)
    assert "pdf.rebuilt" in codes(examined(looped))
    assert examined(looped).verdict is not Verdict.VALID
    for value in (b"/Prev -1", b"/Prev 999999999999", b"/Prev (x)", b"/Prev 1.5", b"/Prev 5 0 R", b"/Prev []"):
        assert "pdf.rebuilt" in codes(examined(data.replace(b"/Prev 0", value)))


def test_too_many_revisions(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_xref, "MAX_REVISIONS", 3)
    data = samples.simple
    for _ in range(3):
        data = forge.Opened(data).append({}) if len(PdfFile(data).revisions) < 3 else data
    assert not examined(data).findings
    opened = forge.Opened(data)
    assert "input.too-large" in codes(examined(opened.append({})))


def test_too_many_signatures(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_scan, "MAX_SIGNATURES", 1)
    assert len(examined(samples.simple).signatures) == 1
    assert "input.too-large" in codes(examined(samples.twice))


def test_a_million_byte_ranges_are_counted_and_not_read(samples: Samples) -> None:
    flood = b"<</ByteRange [0 1 2 3]>>\n" * 200_000
    found = examined(samples.page + flood)
    assert "input.too-large" in codes(found)


def test_nesting_a_hundred_thousand_deep(samples: Samples) -> None:
    for opening, closing in ((b"[", b"]"), (b"<</A ", b">>")):
        deep = opening * 100_000 + b"0" + closing * 100_000
        with pytest.raises(SigningError):
            parse_value(deep, 0)
        opened = forge.Opened(samples.simple)
        root = opened.changed(opened.root)[:-2] + b" /Names " + deep + b">>"
        found = examined(opened.append({opened.root: root}))
        assert found.verdict is Verdict.INDETERMINATE


def test_references_in_a_circle(samples: Samples) -> None:
    opened = forge.Opened(samples.simple)
    circle = {90: b"91 0 R", 91: b"90 0 R"}
    root = opened.changed(opened.root, AcroForm=Ref(90, 0))
    assert examined(opened.append({opened.root: root, **circle})).verdict is Verdict.INVALID
    stream = b"<</Length 90 0 R>>\nstream\nx\nendstream"
    assert examined(opened.append({90: stream, 4: stream})).verdict is Verdict.INVALID


def test_fields_and_pages_in_a_circle(samples: Samples) -> None:
    objects = forge.page_document(AcroForm={"Fields": [Ref(6, 0)]})
    objects[6] = forge.write({"T": b"a", "FT": "Sig", "Kids": [Ref(6, 0), Ref(7, 0)]})
    objects[7] = forge.write({"T": b"b", "Kids": [Ref(6, 0)], "Parent": Ref(7, 0)})
    objects[2] = forge.write({"Type": "Pages", "Kids": [Ref(2, 0), Ref(3, 0)], "Count": 2})
    objects[3] = objects[3][:-2] + b" /Annots 8 0 R>>"
    objects[8] = b"[]"
    document = forge.document(objects)
    examined(document)
    changed = forge.Opened(document).append({8: b"[6 0 R]"})
    assert examined(changed).revision_adds_only(1) == {"annotation"}


def test_a_form_with_more_fields_than_any(samples: Samples) -> None:
    objects = forge.page_document(AcroForm={"Fields": Ref(6, 0)})
    objects[6] = b"[" + b"<</FT/Tx/T(a)>>" * 60_000 + b"]"
    assert "input.too-large" in codes(examined(forge.document(objects)))


def bomb(size: int) -> bytes:
    """zlib data that inflates to `size` zeros."""
    engine = zlib.compressobj(9)
    return b"".join([engine.compress(bytes(1 << 20)) for _ in range(size >> 20)]) + engine.flush()


def test_thousands_of_fields_and_annotations_that_are_no_objects_of_their_own(samples: Samples) -> None:
    """Each is compared with its like, not with all others."""
    fields = [{"T": b"%d" % number} for number in range(20_000)]
    objects = forge.page_document(AcroForm={"Fields": fields})
    objects[3] = objects[3][:-2] + b" /Annots " + forge.write(fields) + b">>"
    opened = forge.Opened(samples.sign(forge.document(objects)))
    form = opened.catalog["AcroForm"]
    more = [{"T": b"x%d" % number} for number in range(5_000)]
    changed = {
        1: opened.changed(1, AcroForm={**form, "Fields": [*more, *form["Fields"]]}),
        3: opened.changed(3, Annots=[*more, *opened.get(3)["Annots"]]),  # type: ignore[index]
    }
    found = examined(opened.append(changed))
    assert found.signatures[0].changes_after == "forbidden"


def test_decompression_bombs() -> None:
    packed = bomb(256 << 20)
    xref = forge.stream(packed, Type="XRef", W=[1, 2, 1], Size=9, Root=Ref(1, 0), Filter="FlateDecode")
    data = b"%PDF-1.7\n1 0 obj\n" + xref + b"\nendobj\nstartxref\n9\n%%EOF\n"
    assert "input.too-large" in codes(examined(data))
    objects = forge.page_document()
    objects[6] = forge.stream(packed, Type="ObjStm", N=1, First=4, Filter="FlateDecode")
    base = forge.Opened(forge.document(objects))
    row = b"\x02" + (6).to_bytes(4, "big") + b"\0"
    at = len(base.data)
    xref = forge.stream(row, Type="XRef", W=[1, 4, 1], Index=[1, 1], Size=9, Root=Ref(1, 0), Prev=base.startxref())
    data = base.data + b"9 0 obj\n" + xref + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at
    assert "input.too-large" in codes(examined(data))


def test_many_small_bombs_share_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_file, "MAX_PARSED_BYTES", 1 << 20)
    packed = bomb(4 << 20)
    objects = forge.page_document()
    for number in range(6, 12):
        objects[number] = forge.stream(packed, Type="ObjStm", N=0, First=0, Filter="FlateDecode")
    file = PdfFile(forge.document(objects))
    with pytest.raises(SigningError) as caught:
        for number in range(6, 12):
            file.container_bytes(number, 0)
    assert caught.value.code == "input.too-large"


@pytest.mark.parametrize(
    "predictor", [{"Predictor": 15, "Columns": 4}, {"Predictor": 12, "Columns": 0}, {"Predictor": 2}]
)
def test_predictors_are_undone_or_refused(predictor: dict[str, int]) -> None:
    rows = b"".join(bytes([kind, 1, 2, 3, 4]) for kind in range(5))
    found = parse_value(forge.write({"Filter": "FlateDecode", "DecodeParms": predictor}), 0)[0]
    stream = pdf_filters.PdfStream(found, zlib.compress(rows))
    if predictor.get("Columns") == 4:
        assert pdf_filters.decode_stream(stream) == bytes(
            [1, 2, 3, 4, 1, 3, 6, 10, 2, 5, 9, 14, 2, 5, 10, 16, 3, 7, 13, 20]
        )
    else:
        with pytest.raises(SigningError):
            pdf_filters.decode_stream(stream)


def test_tables_that_announce_more_than_they_hold(samples: Samples) -> None:
    for head in (b"0 999999999", b"0 99999", b"4294967295 2"):
        data = samples.page.replace(b"xref\n0 6", b"xref\n" + head)
        assert codes(examined(data)) & {"pdf.rebuilt", "pdf.malformed", "input.too-large"}


def test_a_number_of_five_thousand_digits() -> None:
    for text in (b"9" * 5000, b"-" + b"9" * 5000, b"1." + b"0" * 5000):
        with pytest.raises(SigningError):
            parse_value(text, 0)


def test_a_string_without_end_does_not_take_quadratic_time() -> None:
    with cost(MAX_SECONDS):
        for text in (
            b"(" * 200_000,
            b"(\\" * 100_000,
            b"<" * 100_000,
            b"%" * 100_000 + b"\n" * 100_000,
            b"1 " * 100_000,
        ):
            with pytest.raises(SigningError):
                parse_value(b"[" + text, 0)


@pytest.mark.parametrize("front", [b"", b"6 0 obj\n("])
def test_a_crowd_of_byte_ranges_that_are_none(front: bytes) -> None:
    crowd = front + b"/ByteRange [0 0 0 0] " * 200_000
    for data in (b"%PDF-1.7\n" + crowd, forge.document({**forge.page_document(), 6: b"(" + crowd + b")"})):
        assert "input.too-large" in codes(examined(data))


def test_a_large_scan_takes_little_time(samples: Samples) -> None:
    """Fifty megabytes of image data around a signature."""
    objects = {**forge.page_document(), 6: forge.stream(bytes(range(256)) * 200_000)}
    found = examined(samples.sign(forge.document(objects)))
    assert found.signatures[0].intact is True
