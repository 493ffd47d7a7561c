"""Malformed files that all readers understand alike are signed, under four judges; what is read in two ways is not."""

from __future__ import annotations

import re
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing.errors import MalformedError, SigningError
from signing.pdf import rebuild as room
from signing.pdf.sign import extend_pdf, sign_pdf
from signing.pdf.stamp import Stamp
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..patience import cost
from ..world import World
from . import pdf_shapes as shapes
from .pdf_shapes import VALID, hanko, one_page, pdfsig, render, with_stream, with_table
from .test_pdf import _OBJECTS

SAMPLES = Path(__file__).parents[1] / "vectors" / "pdf"
BASES: dict[str, Callable[[], bytes]] = {
    "plain": lambda: one_page("/Annots []"),
    "xref-stream": lambda: with_stream(_OBJECTS, predictor=12),
    "object-stream": lambda: with_stream({4: _OBJECTS[4]}, {k: _OBJECTS[k] for k in (1, 2, 3)}, predictor=12),
    "hybrid": shapes.hybrid,
    "libreoffice": lambda: (SAMPLES / "libreoffice.pdf").read_bytes(),
    "chromium": lambda: (SAMPLES / "chromium.pdf").read_bytes(),
    "qpdf": lambda: (SAMPLES / "qpdf-object-streams.pdf").read_bytes(),
}
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a-line-before": lambda pdf: b"\n" + pdf,
    "a-byte-order-mark-before": lambda pdf: b"\xef\xbb\xbf" + pdf,
    "headers-of-http-before": lambda pdf: b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n" + pdf,
    "zeros-behind": lambda pdf: pdf + bytes(4096),
    "a-page-of-html-behind": lambda pdf: pdf + b"<html>" + b"x" * 5000,
    "startxref-off": lambda pdf: re.sub(rb"startxref\s(\d+)", lambda m: b"startxref\n%d" % (int(m[1]) + 7), pdf),
    "startxref-zero": lambda pdf: re.sub(rb"startxref\s\d+", b"startxref\n0", pdf),
    "no-startxref": lambda pdf: pdf[: pdf.rfind(b"startxref")],
    "no-end-of-file": lambda pdf: pdf.replace(b"%%EOF", b""),
    "everything-moved": lambda pdf: pdf[:9] + b"% moved\n" + pdf[9:],
    "blanks-before-the-table": lambda pdf: pdf.replace(b"\nxref\n", b"\n  xref\n"),
    "offsets-off": lambda pdf: re.sub(rb"(\d{10}) 00000 n", lambda m: b"%010d 00000 n" % (int(m[1]) + 3), pdf),
    "offsets-before-the-objects": lambda pdf: re.sub(
        rb"(\d{10}) 00000 n", lambda m: b"%010d 00000 n" % (int(m[1]) - 1), pdf
    ),
    "numbers-from-one": lambda pdf: pdf.replace(b"xref\n0 ", b"xref\n1 "),
}


def sign(pdf: bytes, world: World, name: str = "official", **more: object) -> bytes:
    signed = sign_pdf(pdf, world.pki.signer(name), **more)  # type: ignore[arg-type]
    assert signed is not None
    return signed


def refused(pdf: bytes, world: World) -> str:
    """The reason, once we know that it is refused as malformed."""
    with pytest.raises(MalformedError) as e:
        sign(pdf, world)
    assert e.value.code == "pdf.malformed"
    return str(e.value)


def agreed(pdf: bytes, count: int, world: World, tmp_path: Path) -> None:
    """Poppler, pyHanko, qpdf and our own audit hold it in order, with that many valid signatures."""
    found = examine_pdf(pdf, trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, [f.code for f in found.findings]
    assert pdfsig(pdf, tmp_path) == [VALID] * count
    assert [v.bottom_line for v in hanko(pdf, world.pki)] == [True] * count
    checked = subprocess.run(["qpdf", "--check", tmp_path / "judged.pdf"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("base", BASES)
def test_a_damaged_file_is_signed_twice_and_shows_what_it_showed(
    base: str, damage: str, world: World, tmp_path: Path
) -> None:
    whole = BASES[base]()
    pdf = DAMAGE[damage](whole)
    services = {"tsa": world.pki.tsa(), "collect": world.pki.collect}
    once = sign(pdf, world)
    twice = sign(once, world, "clerk", baseline=Baseline.B_LT, **services)
    assert once.startswith(pdf[pdf.index(b"%PDF-") :])
    agreed(twice, 2, world, tmp_path)
    assert render(twice, tmp_path, dpi=36) == render(whole, tmp_path, dpi=36)


def test_the_last_update_wins_where_the_end_of_the_file_leads_to_it(world: World, tmp_path: Path) -> None:
    before = with_table(_OBJECTS)
    places, out = {}, bytearray(before)
    changed = shapes.stream(b"1 0 0 rg 50 50 200 200 re f")
    for number, value in ((4, changed),):
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, value)
    at = len(out)
    out += b"xref\n4 1\n%010d 00000 n \ntrailer\n<</Size 5 /Root 1 0 R /Prev 9>>\nstartxref\n%d\n%%%%EOF\n" % (
        places[4], at,
    )  # fmt: skip
    signed = sign(bytes(out), world, stamp=Stamp())
    assert signed.rfind(b"/Prev") < len(out)
    agreed(
        sign(signed, world, baseline=Baseline.B_LT, tsa=world.pki.tsa(), collect=world.pki.collect), 2, world, tmp_path
    )
    # … and not where it leads nearer to the one before
    for pointer in (before.index(b"xref\n") + 5, 11):
        assert "several objects 4" in refused(
            bytes(out).replace(b"startxref\n%d" % at, b"startxref\n%d" % pointer), world
        )


def broken(objects: dict[int, bytes], *, tail: bytes = b"trailer\n<</Root 1 0 R>>\n") -> bytes:
    """Objects with a trailer and no table."""
    return shapes.body(objects)[0] + tail


def plus(number: int, value: bytes) -> dict[int, bytes]:
    return {**_OBJECTS, number: value}


ELSE = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 100 100]>>"
TWOFOLD: dict[str, bytes] = {
    "two-of-one-number": broken(_OBJECTS) + b"3 0 obj\n%b\nendobj\n" % ELSE,
    "two-generations": broken(_OBJECTS) + b"%%EOF\n3 1 obj\n" + ELSE + b"\nendobj\n",
    "an-object-in-a-stream": broken(plus(5, shapes.stream(b"\n3 0 obj\n%b\nendobj\n" % ELSE))),
    "an-object-in-a-string": broken(plus(5, b"(\n3 0 obj\n" + ELSE + b"\nendobj\n)")),
    "an-object-in-a-comment": broken(plus(5, b"<</X 1 %\r3 0 obj\n >>")),
    "an-object-behind-a-comment": broken(_OBJECTS) + b"3 %c\n0 obj\n" + ELSE + b"\nendobj\n",
    "an-object-without-a-number": broken(_OBJECTS) + b"3 0%\robj\n" + ELSE,
    "a-trailer-in-a-stream": broken(plus(5, shapes.stream(b"\ntrailer\n<</Root 3 0 R>>\n"))),
    "two-catalogs-by-trailers": broken(_OBJECTS) + b"trailer\n<</Root 5 0 R>>\n",
    "two-catalogs-and-no-trailer": broken(plus(5, b"<</Type /Catalog /Pages 2 0 R>>"), tail=b""),
    "no-catalog": broken({2: _OBJECTS[2], 3: _OBJECTS[3]}, tail=b""),
    "a-deleted-object": broken(_OBJECTS) + b"xref\n0 4\n0000000000 65535 f \n0000000000 00000 n \n"
    b"0000000000 00000 n \n0000000000 00001 f \ntrailer\n<</Root 1 0 R>>\n",
    "a-stream-of-wrong-length": broken(plus(5, b"<</Length 3>>\nstream\nabcdef\nendstream")),
    "a-length-twice": broken(plus(5, b"<</Length 6 0 R>>\nstream\nabc\nendstream")) + 2 * b"6 0 obj 3 endobj ",
    "an-object-cut-off": broken(_OBJECTS) + b"5 0 obj <</X (",
    "a-packed-object-twice": broken(
        plus(5, shapes.stream(zlib.compress(b"3 0 " + ELSE), b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"))
    ),
    "a-linearized-front": b"",
}  # fmt: skip


def linearized() -> bytes:
    front = b"<</Linearized 1 /L %06d>>"
    pdf = broken({9: front % 0, **_OBJECTS})
    return pdf.replace(b"/L 000000", b"/L %06d" % len(pdf))


@pytest.mark.parametrize("trick", TWOFOLD)
def test_what_readers_may_take_in_two_ways_is_refused(trick: str, world: World) -> None:
    assert sign(broken(_OBJECTS), world)
    refused(TWOFOLD[trick] or linearized(), world)


@pytest.mark.parametrize("damage", [d for d in DAMAGE if "behind" not in d])
def test_a_damaged_file_with_a_signature_is_refused(damage: str, world: World) -> None:
    signed = sign(one_page(), world)
    harmed = DAMAGE[damage](signed)
    assert harmed != signed
    assert "sign" in refused(harmed, world)
    with pytest.raises(MalformedError):
        extend_pdf(harmed, baseline=Baseline.B_T, tsa=world.pki.tsa())


def test_a_signature_in_another_spelling_is_one_too(world: World) -> None:
    field = b"<</ByteR#61nge [0 1 2 3]>>"
    assert "signed" in refused(broken(plus(5, field)), world)
    packed = zlib.compress(b"5 0 " + field)
    container = shapes.stream(packed, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")
    assert "signed" in refused(broken(plus(6, container)), world)
    assert "signature" in refused(b"\n" + one_page(more={4: field}), world)


def test_an_encrypted_file_whose_table_is_gone_is_refused(world: World) -> None:
    pdf = (SAMPLES / "qpdf-encrypted-r6-no-password.pdf").read_bytes()
    refused(pdf.replace(b"startxref\n", b"startxref\n9"), world)


def test_a_header_too_far_back_or_none_at_all_is_refused(world: World, tmp_path: Path) -> None:
    assert sign(b" " * 1024 + one_page(), world).startswith(b"%PDF-")
    assert "%PDF-" in refused(b" " * 1025 + one_page(), world)
    assert "%PDF-" in refused(one_page().replace(b"%PDF-1.4", b"%FDF-1.4"), world)
    before = tmp_path / "before.pdf"
    before.write_bytes(b"\r\n" * 300 + one_page("/Annots []"))
    out = tmp_path / "out.pdf"
    sign_pdf(before, world.pki.signer("official"), out=out)
    assert out.read_bytes().startswith(one_page("/Annots []"))
    assert pdfsig(out.read_bytes(), tmp_path) == [VALID]


def test_what_our_audit_would_not_read_is_no_longer_signed_as_if_all_were_well(world: World) -> None:
    for spoilt in (
        one_page().replace(b"%%EOF", b"%%E0F"),
        one_page().replace(b"0000000000 65535 f \n0", b"0000000000 65535 f \nx0", 1),
        one_page().replace(b"xref\n0 4\n", b"xref\n0 2\n0000000000 65535 f \n0000000000 00000 n \n0 4\n", 1),
    ):
        signed = sign(spoilt, world)
        assert [f.code for f in examine_pdf(signed).findings] == []


@pytest.mark.parametrize(
    "bomb",
    [
        lambda: b"1 " * 2_000_000,
        lambda: b"1%" * 2_000_000,
        lambda: b"1 0 obj\n" * 300_000,
        lambda: b"".join(b"%d 0 obj 1 endobj\n" % n for n in range(1, 90_000)) + b"%%EOF\n" * 100_000,
        lambda: b"".join(b"7 0 obj %d endobj\n" % n for n in range(150_000)),
        lambda: b"trailer<<>>\n" * 300_000,
        lambda: b"xref\n0 1\n0000000000 65535 f\n" * 100_000,
        lambda: b"\n" * 4_000_000,
        lambda: b"9" * 4_000_000,
        lambda: b"<<" * 2_000_000,
    ],
    ids=[
        "numbers",
        "comments",
        "headers",
        "objects",
        "duplicates",
        "trailers",
        "tables",
        "lines",
        "digits",
        "brackets",
    ],
)
def test_hostile_files_are_answered_soon(bomb: Callable[[], bytes], world: World) -> None:
    pdf = b"%PDF-1.7\n" + bomb()
    with cost(30):
        refused(pdf, world)


def test_object_streams_share_one_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_INFLATED_BYTES", 10_000)
    streams = {}
    for number in range(10, 15):
        packed = zlib.compress(b"%d 0 null" % (number + 90) + b" " * 4000)
        streams[number] = shapes.stream(packed, b"/Type /ObjStm /N 1 /First 6 /Filter /FlateDecode")
    assert "limit" in refused(broken({**_OBJECTS, **streams}), world)


def test_a_large_file_is_not_searched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_REBUILT_BYTES", 100)
    assert "100 bytes" in refused(broken(_OBJECTS), world)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_spoilt_file_gives_our_errors_or_a_signature_that_our_audit_reads(data: st.DataObject, world: World) -> None:
    pdf = bytearray(BASES[data.draw(st.sampled_from(["plain", "xref-stream", "object-stream", "hybrid"]))]())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(pdf) - 1))
        token = st.sampled_from([b"", b"obj", b"endobj", b"1 0 obj", b"trailer", b"xref", b"%", b"stream", b">>", b"("])
        pdf[at : at + data.draw(st.integers(0, 8))] = data.draw(token)
    try:
        signed = sign(bytes(pdf), world)
    except SigningError:
        return
    found = examine_pdf(signed, trust=world.pki.trust())
    assert found.readable, [f.text for f in found.findings]
    assert found.verdict is not Verdict.INVALID, [f.text for f in found.findings]
