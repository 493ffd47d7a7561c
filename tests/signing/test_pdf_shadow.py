"""Shadow attacks: a document prepared before its signing, so that a harmless looking change shows other content."""

from __future__ import annotations

import zlib

import pytest

from signing.errors import MalformedError
from signing.pdf.stamp import Stamp
from signing.pdf_check.objects import PdfDict, Ref
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..vectors.forgeries.pdf_prepared import (
    ATTACKS,
    CONTENT,
    FORGED,
    NEW,
    PAGE,
    SPELLINGS,
    WHITE,
    Attack,
    page,
    shown,
    signed,
    stamped,
    two_faced,
)
from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import FIELD, TEXT_FIELD, Samples
from .test_pdf_attacks import forbidden
from .test_pdf_verify import codes


@pytest.mark.parametrize("attack", ATTACKS)
def test_prepared_content_is_swapped(world: World, samples: Samples, attack: Attack) -> None:
    opened, forged = attack(world, samples)
    assert shown(forged) != shown(opened.data), "no attack: nothing else is shown"
    found = examine_pdf(forged, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)
    assert found.signatures[0].changes_after == "forbidden"


def test_a_default_appearance_added_for_a_field_whose_own_is_empty(world: World, samples: Samples) -> None:
    """Some viewers take an empty appearance for none and draw the value themselves."""
    field = forge.write({**TEXT_FIELD, "AP": PdfDict()})
    objects = page(AcroForm=Ref(7, 0)) | {6: field, 7: b"<</Fields [6 0 R]>>"}
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    opened = signed(world, samples, objects)
    forbidden(world, opened.append({7: opened.changed(7, DA=b"/Helv 12 Tf 0 g")}), "pdf.change-form")


def test_a_page_is_turned_by_a_number_that_equals_another(world: World, samples: Samples) -> None:
    """One viewer turns a page by 90 only, another by 90.0 too."""
    objects = page()
    objects[PAGE] = objects[PAGE][:-2] + b" /Rotate 90>>"
    opened = signed(world, samples, objects)
    forbidden(world, opened.append({PAGE: opened.changed(PAGE, Rotate=90.0)}), "pdf.change-page")


def test_a_second_title_before_the_signed_one(world: World, samples: Samples) -> None:
    """Viewers show the first title, and the last is the one that was signed."""

    def xmp(*titles: str) -> bytes:
        told = "".join(f"<dc:title>{title}</dc:title>" for title in titles)
        text = f'<x xmlns:dc="http://purl.org/dc/elements/1.1/">{told}</x>'
        return forge.stream(text.encode(), Type="Metadata", Subtype="XML")

    opened = signed(world, samples, page(Metadata=Ref(6, 0)) | {6: xmp("Shown")})
    assert examine_pdf(opened.append({6: xmp("Shown") + b" "}), trust=world.pki.trust()).verdict is Verdict.VALID
    forbidden(world, opened.append({6: xmp("Forged", "Shown")}), "pdf.change-metadata")


# --- references that only some viewers see


@pytest.mark.parametrize("contents", SPELLINGS)
def test_a_dangling_reference_in_odd_spelling_is_filled(world: World, samples: Samples, contents: bytes) -> None:
    objects = page() | {6: contents}
    objects[PAGE] = objects[PAGE].replace(b"/Contents 4 0 R", b"/Contents 6 0 R")
    opened = signed(world, samples, objects)
    found = examine_pdf(opened.append({NEW: forge.stream(WHITE + FORGED)}), trust=world.pki.trust())
    assert found.verdict is not Verdict.VALID
    assert found.signatures[0].changes_after in {"unknown", "forbidden"}


def test_object_zero_is_filled(world: World, samples: Samples) -> None:
    objects = page()
    objects[PAGE] = objects[PAGE].replace(b"4 0 R", b"[4 0 R 0 0 R]")
    opened = signed(world, samples, objects)
    forbidden(world, opened.append({0: forge.stream(WHITE + FORGED)}), "pdf.xref")


def test_object_zero_leads_viewers_to_rebuild_the_table(world: World, samples: Samples) -> None:
    opened = forge.Opened(samples.valid)
    data = opened.append({95: b"null"}, offsets={0: len(opened.data)})
    forbidden(world, data, "pdf.xref")


def test_a_table_in_the_place_of_the_content(world: World, samples: Samples) -> None:
    """Some viewers take a cross-reference stream for the object whose number it has, though it does not list itself."""
    opened = forge.Opened(samples.valid)
    at = len(opened.data)
    rows = b"\x01" + at.to_bytes(4, "big") + b"\0"
    about = {"Type": "XRef", "W": [1, 4, 1], "Size": 97, "Index": [95, 1], "Prev": opened.startxref()}
    table = forge.stream(rows, **about, Root=opened.trailer["Root"])
    body = b"95 0 obj\nnull\nendobj\n"
    for number, allowed in ((CONTENT, False), (96, True)):
        place = b"startxref\n%d\n%%%%EOF\n" % (at + len(body))
        data = opened.data + body + b"%d 0 obj\n" % number + table + b"\nendobj\n" + place
        if allowed:
            found = examine_pdf(data, trust=world.pki.trust())
            assert found.verdict is Verdict.VALID, found.findings
        else:
            forbidden(world, data, "pdf.xref")


def with_container(opened: forge.Opened, container: bytes) -> bytes:
    """A revision whose catalog stands in an object stream, number 96, as `container` gives it."""
    at = len(opened.data)
    body = b"96 0 obj\n" + container + b"\nendobj\n"
    rows = [(2, 96, 0), (1, at, 0), (1, at + len(body), 0)]
    entries = b"".join(bytes([k]) + a.to_bytes(4, "big") + bytes([b]) for k, a, b in rows)
    about = {"Type": "XRef", "W": [1, 4, 1], "Size": 98, "Index": [opened.root, 1, 96, 2], "Prev": opened.startxref()}
    table = forge.stream(entries, **about, Root=opened.trailer["Root"])
    end = b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % (at + len(body))
    return opened.data + body + b"97 0 obj\n" + table + end


@pytest.mark.parametrize(
    "trick", ["none", "parameters elsewhere", "external file", "short names", "number twice", "odd blank"]
)
def test_an_object_stream_that_viewers_decode_differently(world: World, samples: Samples, trick: str) -> None:
    opened = forge.Opened(samples.valid)
    root = opened.changed(opened.root)
    head, count = b"%d 0 " % opened.root, 1
    more: dict[str, object] = {}
    match trick:
        case "parameters elsewhere":
            more["DecodeParms"] = Ref(5, 0)
        case "external file":
            more["F"] = b"objects.bin"
        case "short names":
            more["DP"] = {"Predictor": 12, "Columns": 4}
        case "number twice":
            head, count = head + b"%d %d " % (opened.root, len(root) + 1), 2
            root += b" " + opened.changed(opened.root, Pages=Ref(91, 0))
        case "odd blank":
            head = b"%d\x0b0 " % opened.root
    about = {"Type": "ObjStm", "N": count, "First": len(head), "Filter": "FlateDecode"}
    container = forge.stream(zlib.compress(head + root), **about, **more)
    found = examine_pdf(with_container(opened, container), trust=world.pki.trust())
    assert found.verdict is (Verdict.VALID if trick == "none" else Verdict.INVALID), codes(found)


# --- what later signatures show


def test_a_document_timestamp_that_covers_the_page(world: World, samples: Samples) -> None:
    """It needs no certificate: the authority stamps for everybody."""
    forged = stamped(samples, samples.valid)
    assert shown(forged) != shown(samples.valid)
    forbidden(world, forged, "pdf.change-form")
    hidden = stamped(samples, samples.valid, b"[0 0 0 0]")
    assert examine_pdf(hidden, trust=world.pki.trust()).signatures[0].changes_after == "permitted"


@pytest.mark.parametrize("box", [b"", b"/BBox null", b"/BBox [0 0 9]", b"/BBox 5 0 R"])
@pytest.mark.parametrize("rectangle", [b"[0 0 0 0]", b"[10 10 10 10]", b"[0 0 0 792]"])
def test_an_invisible_document_timestamp_whose_appearance_has_no_box(
    world: World, samples: Samples, rectangle: bytes, box: bytes
) -> None:
    """Browsers draw it all the same, in its own size."""
    forged = stamped(samples, samples.valid, rectangle, box=box)
    forbidden(world, forged, "pdf.change-form")


def test_a_document_timestamp_that_looks_like_the_office_seal(world: World, samples: Samples) -> None:
    forged = stamped(samples, samples.valid_form, field=7)
    assert shown(forged) != shown(samples.valid_form)
    forbidden(world, forged, "pdf.change-form")


@pytest.mark.parametrize("flags", [b"5", b"36", b"37", b"1", b"32"])
def test_a_visible_signature_that_says_it_is_invisible(
    world: World, samples: Samples, flags: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invisible is not for widgets, and what is hidden from the screen is printed: it is pointed out all the same."""
    monkeypatch.setattr("signing.pdf.fields._PRINT_LOCKED", flags)
    cover = Stamp(page=0, x_mm=5, y_mm=5, width_mm=200, height_mm=250, text="Forged")
    found = examine_pdf(samples.sign(samples.valid, "clerk", stamp=cover), trust=world.pki.trust())
    assert "pdf.visible-after" in codes(found)


def test_a_hidden_empty_field_that_appears_when_it_is_signed(world: World, samples: Samples) -> None:
    objects = page(AcroForm={"Fields": [Ref(6, 0)], "SigFlags": 1})
    objects[PAGE] = objects[PAGE][:-2] + b" /Annots [6 0 R]>>"
    objects[6] = forge.write({**FIELD, "F": 2, "Rect": [0, 0, 612, 792]})
    first = samples.sign(forge.document(objects))
    forged = samples.sign(first, "clerk", field="Office")
    assert b"/F 2\n" in forged
    shown_at_last = forged[: len(first)] + forged[len(first) :].replace(b"/F 2\n", b"/F 4\n")
    found = examine_pdf(shown_at_last, trust=world.pki.trust())
    assert found.signatures[0].changes_after == "permitted"
    assert "pdf.visible-after" in codes(found)


# --- a front that says how long the file is


def test_a_linearized_front_that_comes_true_when_something_harmless_is_appended(world: World, samples: Samples) -> None:
    signed_once = samples.sign(two_faced(0), baseline=Baseline.B_LT)
    length = len(signed_once) + 4000
    opened = forge.Opened(samples.sign(two_faced(length), baseline=Baseline.B_LT))
    harmless = opened.append({NEW: b"(x)"})
    assert examine_pdf(harmless, trust=world.pki.trust()).verdict is Verdict.VALID
    forged = opened.append({NEW: b"(" + b"x" * (length - len(harmless) + 1) + b")"})
    assert len(forged) == length
    found = examine_pdf(forged, trust=world.pki.trust())
    assert found.verdict is Verdict.INVALID, codes(found)


def test_a_linearized_front_that_is_no_longer_true_once_it_is_signed(world: World, samples: Samples) -> None:
    """Whoever signs it sees one document, whoever checks it another."""
    length = len(two_faced(0))
    assert examine_pdf(two_faced(length)).verdict is Verdict.INVALID
    with pytest.raises(MalformedError) as refused:
        samples.sign(two_faced(length))
    assert refused.value.code == "pdf.malformed"
    assert samples.sign(two_faced(length + 1))
