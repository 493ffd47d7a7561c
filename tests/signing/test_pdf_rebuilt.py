"""Files that viewers have to repair: their signatures are found, and what came after them is never guessed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.errors import MalformedError, SigningError
from signing.pdf_check import rebuild as room
from signing.pdf_check.file import PdfFile
from signing.pdf_check.objects import PdfDict, Ref
from signing.pdf_check.rebuild import rebuild
from signing.pdf_check.verify import examine_pdf
from signing.pdf_check.xref import read_revisions
from signing.policy import Baseline
from signing.report import Indication, Verdict

from ..patience import cost
from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import Samples
from .test_pdf_attacks import fake_page
from .test_pdf_kinds import detached, examined, signed
from .test_pdf_verify import codes


def moved(data: bytes, by: int) -> bytes:
    """The last startxref off by some bytes, the length kept."""
    at = data.rindex(b"startxref\n") + 10
    end = data.index(b"\n", at)
    return data[:at] + b"%0*d" % (end - at, int(data[at:end]) + by) + data[end:]


def broken_then_signed(by: int) -> bytes:
    """A page whose startxref was wrong when it was signed."""
    with pytest.MonkeyPatch.context() as patch:
        original = forge.document
        patch.setattr(forge, "document", lambda objects: moved(original(objects), by))
        return signed("adbe.pkcs7.detached", detached)


def test_an_offset_that_names_the_white_space_before_is_right() -> None:
    data = broken_then_signed(-1)
    found, signature = examined(data)
    assert (found.verdict, signature.intact) == (Verdict.VALID, True)
    assert "pdf.rebuilt" not in codes(found)


@pytest.mark.parametrize("by", [-8, 2, 5, 400_000])
def test_a_file_signed_with_a_wrong_startxref_is_what_its_signer_saw(by: int) -> None:
    found, signature = examined(broken_then_signed(by))
    assert (signature.intact, signature.coverage, signature.changes_after) == (True, "whole-file", "none")
    assert found.verdict is Verdict.VALID, codes(found)
    assert "pdf.rebuilt" in codes(found)


@pytest.mark.parametrize("by", [-8, 2, 400_000])
def test_nothing_that_is_appended_to_it_is_ever_called_harmless(by: int) -> None:
    data = broken_then_signed(by)
    nothing = b"\n9 0 obj\n<</Type /Nothing>>\nendobj\nxref\n9 1\n"
    row = b"%010d 00000 n\r\n" % (len(data) + 1)
    tail = nothing + row + b"trailer\n<</Size 10 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(data) + 40)
    found = examine_pdf(data + moved(tail, 9))
    assert [s.intact for s in found.signatures] == [True]
    assert found.verdict is not Verdict.VALID
    assert found.signatures[0].changes_after in ("unknown", "forbidden")


@pytest.mark.parametrize("how", ["nowhere", "cut", "off", "word"])
def test_a_fake_page_behind_a_chain_that_leads_nowhere(world: World, samples: Samples, how: str) -> None:
    valid = forge.Opened(samples.valid)
    good = valid.append(fake_page(valid))
    at = good.rindex(b"startxref")
    data = {
        "nowhere": good[: at + 10] + b"99999999\n%%EOF\n",
        "cut": good[:at],
        "off": moved(good, 7),
        "word": good[:at] + b"startxref\nz1\n%%EOF\n",
    }[how]
    found = examine_pdf(data, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)
    assert (found.signatures[0].intact, found.signatures[0].indication) == (True, Indication.FAILED)


def test_a_harmless_revision_behind_a_broken_end_is_not_guessed_at(world: World, samples: Samples) -> None:
    """/DSS is permitted where viewers agree on the file; here they follow /Prev, or their own search."""
    found = examine_pdf(moved(samples.valid, 4), trust=world.pki.trust())
    assert found.verdict is Verdict.INDETERMINATE, codes(found)
    (signature,) = found.signatures
    assert (signature.intact, signature.changes_after) == (True, "unknown")


def test_a_hidden_table_that_only_followers_of_prev_see(world: World, samples: Samples) -> None:
    """The chain leads into a stream with a table of its own: to those who search for objects there is nothing."""
    data = samples.valid
    at = data.rindex(b"/Prev ")
    assert examine_pdf(data, trust=world.pki.trust()).verdict is Verdict.VALID
    for target in (0, 17, 300, len(data) - 40):
        wrong = data[:at] + re.sub(rb"/Prev \d+", lambda m, t=target: b"/Prev %0*d" % (len(m[0]) - 6, t), data[at:])
        found = examine_pdf(wrong, trust=world.pki.trust())
        assert found.verdict is not Verdict.VALID
        assert len(found.signatures) == 1


def test_unsigned_files_without_a_usable_table_are_unsigned() -> None:
    page = forge.document(forge.page_document())
    for data in (moved(page, 9), page[: page.rindex(b"startxref")], page.replace(b"xref\n0 6", b"xref\n0 9")):
        found = examine_pdf(data)
        assert found.verdict is Verdict.UNSIGNED, codes(found)
        assert found.readable


def test_objects_are_found_packed_and_with_lengths_that_stand_elsewhere() -> None:
    packed = forge.compressed_document()
    file = PdfFile(moved(packed, 3))
    assert file.rebuilt is not None
    assert file.catalog(0)["Pages"] == Ref(2, 0)
    assert isinstance(file.get(3, 0), PdfDict)
    objects = forge.page_document()
    objects[4] = b"<</Length 6 0 R>>\nstream\n5 0 obj\nendstream"
    objects[6] = b"7"
    file = PdfFile(moved(forge.document(objects), 3))
    assert file.get(4, 0).raw == b"5 0 obj"
    assert file.get(5, 0)["Type"] == "Font"


def plus(more: bytes) -> bytes:
    data = forge.document(forge.page_document())
    at = data.rindex(b"xref\n0 6")
    return data[:at] + more + data[at:]


AMBIGUOUS = {
    "twice": b"5 0 obj\n<</Type /Other>>\nendobj\n",
    "no end": b"6 0 obj\n<</A 1>>\n",
    "no value": b"6 0 obj\nendobj\n",
    "a wrong length": b"6 0 obj\n<</Length 3>>\nstream\nabcdef\nendstream\nendobj\n",
    "a length without object": b"6 0 obj\n<</Length 9 0 R>>\nstream\nabcdef\nendstream\nendobj\n",
    "two lengths": b"6 0 obj\n<</Length 9 0 R>>\nstream\nabc\nendstream\nendobj\n9 0 obj 3 endobj\n%9 0 obj 4 endobj\n",
    "two catalogs": b"trailer\n<</Root 5 0 R>>\n",
    "a key twice": b"6 0 obj\n<</A 1 /A 2>>\nendobj\n",
    "linearized": b"6 0 obj\n<</Linearized 1>>\nendobj\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_not_repaired(name: str) -> None:
    data = plus(AMBIGUOUS[name])
    with pytest.raises(SigningError):
        rebuild(data)
    with pytest.raises(SigningError):
        PdfFile(data)  # its table stands elsewhere than startxref says


def test_bombs_and_crowds_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with cost(30):
        for data in (
            b"%PDF-1.7\n" + b"1 0 obj " * 100_000,
            b"%PDF-1.7\n" + b"1 " * 500_000,
            b"%PDF-1.7\n" + b"".join(b"%d 0 obj\nnull\nendobj\n" % n for n in range(30_000)) + b"%%EOF\n" * 9000,
            b"%PDF-1.7\n" + b"xref trailer <<>> " * 20_000,
        ):
            with pytest.raises(SigningError):
                rebuild(data)
    monkeypatch.setattr(room, "MAX_REBUILT_BYTES", 100)
    with pytest.raises(SigningError) as caught:
        rebuild(forge.document(forge.page_document()))
    assert caught.value.code == "input.too-large"


SNIPPETS = (
    *(b"1 0 obj\n", b"<</Root 1 0 R>>", b"endobj\n", b"trailer ", b"xref\n0 1\n", b"startxref\n9\n", b"%%EOF\n"),
    *(b"2 0 obj <</Type /ObjStm /N 1 /First 4>>\nstream\n3 0 1\nendstream\n", b"stream\n", b"7 ", b"(", b">>"),
)


@given(st.lists(st.sampled_from(SNIPPETS), max_size=24))
def test_any_bytes_raise_only_our_errors(parts: list[bytes]) -> None:
    try:
        for revision in rebuild(b"%PDF-1.7\n" + b"".join(parts)):
            assert revision.start <= revision.eof <= revision.end
    except SigningError:
        pass


@pytest.mark.parametrize("front", [b"\n", b"From: mail\r\n\r\n", b"\xef\xbb\xbf"])
def test_bytes_before_the_header_are_part_of_what_was_signed(front: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        original = forge.document
        patch.setattr(forge, "document", lambda objects: front + original(objects))
        data = signed("adbe.pkcs7.detached", detached)
    found, signature = examined(data)
    assert (found.verdict, signature.intact) == (Verdict.VALID, True)
    assert "pdf.rebuilt" in codes(found)
    found, signature = examined(b"X" + data)
    assert signature.intact is not True
    assert found.verdict is Verdict.INVALID


def test_bytes_put_before_the_header_of_a_signed_file(world: World, samples: Samples) -> None:
    for front in (b"\n", b"PK\x03\x04", b"%PDF-1.4\n", b"x" * 1030):
        found = examine_pdf(front + samples.valid, trust=world.pki.trust())
        assert found.verdict is Verdict.INVALID, codes(found)
        assert found.signatures


@pytest.mark.parametrize(("comment", "readable"), [(b"% 2\n", True), (b"%% Object stream\n", True), (b"junk\n", False)])
def test_a_comment_behind_the_numbers_of_an_object_stream(comment: bytes, readable: bool) -> None:
    header = b"6 0\n" + comment
    body = header + b"<</A 1>>"
    objects = {**forge.page_document(), 7: forge.stream(body, Type="ObjStm", N=1, First=len(header))}
    file = PdfFile(forge.document(objects))
    entry = (2, 7, 0)
    if readable:
        assert file.at(6, entry, 0)["A"] == 1
    else:
        with pytest.raises(SigningError):
            file.at(6, entry, 0)


def with_wrong_rows(made: bytes) -> bytes:
    at = made.rindex(b"xref\n", 0, made.rindex(b"startxref"))
    return made[:at] + re.sub(rb"\d{10} 00000 n", b"0000000019 00000 n", made[at:])


def test_a_table_whose_rows_lead_nowhere(world: World, samples: Samples) -> None:
    with pytest.MonkeyPatch.context() as patch:
        original = forge.document
        patch.setattr(forge, "document", lambda objects: with_wrong_rows(original(objects)))
        data = signed("adbe.pkcs7.detached", detached)
    found, signature = examined(data)
    assert (found.verdict, signature.intact, signature.changes_after) == (Verdict.VALID, True, "none")
    assert "pdf.rebuilt" in codes(found)
    valid = forge.Opened(samples.valid)
    good = valid.append(fake_page(valid))
    assert examine_pdf(with_wrong_rows(good), trust=world.pki.trust()).verdict is Verdict.INVALID


HYBRID = Path(__file__).parents[1] / "vectors" / "pdf" / "hybrid-reference.pdf"


def test_later_tables_of_a_hybrid_file_may_repeat_what_its_first_stream_says(world: World, samples: Samples) -> None:
    plain = HYBRID.read_bytes()
    data = samples.sign(plain, baseline=Baseline.B_LT)
    assert examine_pdf(data, trust=world.pki.trust()).verdict is Verdict.VALID
    offset = re.findall(rb"/XRefStm (\d+)", plain)[-1]
    at = data.rindex(b"trailer")
    again = data[:at] + data[at:].replace(b"<<", b"<</XRefStm " + offset + b" ", 1)
    found = examine_pdf(again, trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)


def test_a_later_table_whose_stream_says_something_new(world: World, samples: Samples) -> None:
    """Viewers of /XRefStm would see another object than those that know tables alone."""
    data = samples.sign(HYBRID.read_bytes(), baseline=Baseline.B_LT)
    at = data.rindex(b"xref\n", 0, data.rindex(b"startxref"))
    rows = b"\1" + (at + 9).to_bytes(4, "big") + b"\0"
    stream = b"90 0 obj\n" + forge.stream(rows, Type="XRef", W=[1, 4, 1], Index=[3, 1], Size=91) + b"\nendobj\n"
    tail = data[at:].replace(b"<<", b"<</XRefStm %d " % at, 1)
    start = data.rindex(b"startxref\n") + 10
    moved_to = b"%d" % (at + len(stream))
    tail = tail.replace(data[start : data.index(b"\n", start)] + b"\n%%EOF", moved_to + b"\n%%EOF")
    found = examine_pdf(data[:at] + stream + tail, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)
    assert found.signatures[0].intact is True


def test_the_hidden_table_of_a_revision_that_stands_behind_its_end() -> None:
    """Whatever it says: a signature over the first revision does not cover what its viewers read."""
    first = forge.document(forge.page_document(), XRefStm=10**9)
    first = first.replace(b"/XRefStm 1000000000", b"/XRefStm %010d" % len(first))
    row = b"\1" + first.index(b"4 0 obj").to_bytes(4, "big") + b"\0"
    out = first + b"90 0 obj\n" + forge.stream(row, Type="XRef", W=[1, 4, 1], Index=[91, 1], Size=92) + b"\nendobj\n"
    trailer = forge.write({"Size": 92, "Root": Ref(1, 0), "Prev": first.rindex(b"xref\n0 ")})
    table = b"xref\n90 1\n%010d 00000 n\r\ntrailer\n%b" % (len(first), trailer)
    with pytest.raises(MalformedError, match="overlap"):
        read_revisions(out + table + b"\nstartxref\n%d\n%%%%EOF\n" % len(out))
