"""A result from PDF to confirmed seal, and every way of putting a seal where it does not belong."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest

from signing import cli
from signing.dev.people import OFFICE
from signing.errors import RefusedError, SigningError, UsageError, VerificationError
from signing.pdf.prepare import QrPlace, prepare_result, qr_modules
from signing.pdf.sign import sign_pdf
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Verdict
from signing.seal.book import SealBook, SealState
from signing.seal.check import check_seal_in_pdf, stored_seals
from signing.seal.facts import MAX_TEXT_CHARS, THUMBPRINT_BYTES
from signing.seal.result import confirm_result, make_result, mint_for, sign_office, sign_official
from signing.seal.scan import scan
from signing.seal.verify import SealVerifier

from . import pdf_forge as forge

INPUTS = Path(__file__).parents[2] / "examples" / "inputs"
BASE = (INPUTS / "result.pdf").read_bytes()
OTHER = (INPUTS / "Giấy chứng sinh.pdf").read_bytes()


class Office:
    """The office of the shared world, with a book of its own."""

    def __init__(self, world, folder: Path) -> None:
        self.pki = world.pki
        self.book = SealBook.open(folder / "seals.db", office=OFFICE)
        self.trust = self.pki.trust()
        self.key = self.pki.seal_keys().active

    def make(self, pdf=BASE, number="123/GKS", **changes):
        values = {
            "key": self.key,
            "book": self.book,
            "official": self.pki.certificate("official"),
            "office_seal": self.pki.certificate("clerk"),
            "dossier": f"{OFFICE}-261121-0001",
            "procedure": "1.001193",
            "number": number,
            "holder": "Nguyễn Văn An",
        } | changes
        return make_result(pdf, **values)

    def official(self, pdf, name="official"):
        return sign_official(pdf, self.pki.signer(name), **self._level())

    def office(self, pdf, name="clerk"):
        return sign_office(pdf, self.pki.signer(name), trust=self.trust, **self._level())

    def sign(self, pdf, name, field=None):
        """A signature as any other program would put it, nothing checked."""
        return sign_pdf(pdf, self.pki.signer(name), field=field, **self._level())

    def _level(self):
        return {"baseline": Baseline.B_LT, "tsa": self.pki.tsa(), "collect": self.pki.collect}

    def lists(self):
        return tuple(self.book.publish(self.key).values())

    def audit(self, pdf, **options):
        """Verdict of the document with its seals' findings, seal reports, and the codes of those findings."""
        found = examine_pdf(pdf, trust=self.trust)
        seals, findings = check_seal_in_pdf(pdf, found, trust=self.trust, status=self.lists(), **options)
        errors = [f.code for f in findings if f.severity == "error"]
        verdict = Verdict.INVALID if errors else found.verdict
        return verdict, seals, [f.code for f in findings]


@pytest.fixture(scope="module")
def office(world, tmp_path_factory):
    made = Office(world, tmp_path_factory.mktemp("office"))
    yield made
    made.book.close()


@pytest.fixture(scope="module")
def prepared(office):
    return office.make()


@pytest.fixture(scope="module")
def half(office, prepared):
    return office.official(prepared.pdf)


@pytest.fixture(scope="module")
def whole(office, half):
    return office.office(half)


# --- the way of a result ----------------------------------------------------------------------------------------------


def test_a_seal_is_pending_until_both_have_signed_and_then_valid(office):
    result = office.make(number="7/GKS")
    verdict, (seal,), codes = office.audit(result.pdf)
    assert (seal.signature, seal.status, seal.matches_document) == (True, "pending", None)
    assert codes == ["seal.pending", "seal.not-signed-yet", "seal.not-signed-yet"]
    with pytest.raises(VerificationError) as early:
        confirm_result(result.pdf, trust=office.trust, book=office.book)
    assert early.value.code == "result.not-valid"
    signed = office.office(office.official(result.pdf))
    verdict, (seal,), codes = office.audit(signed)
    assert (verdict, seal.status, seal.matches_document) == (Verdict.VALID, "pending", True)
    assert codes == ["seal.pending"]
    assert confirm_result(signed, trust=office.trust, book=office.book) == result.seal
    verdict, (seal,), codes = office.audit(signed)
    assert (verdict, seal.decoded, seal.signature, seal.fresh, seal.status, seal.matches_document, codes) == (
        Verdict.VALID, True, True, True, "valid", True, [],
    )  # fmt: skip
    office.book.set((result.seal.status_list, result.seal.status_index), SealState.REVOKED)
    verdict, (seal,), codes = office.audit(signed)
    assert (verdict, seal.status, codes) == (Verdict.INVALID, "revoked", ["seal.revoked"])
    with pytest.raises(RefusedError):
        confirm_result(signed, trust=office.trust, book=office.book)


def test_the_seal_names_the_file_that_it_was_printed_on(prepared):
    assert prepared.pdf.startswith(BASE)
    assert prepared.seal.revision_sha256 == hashlib.sha256(BASE).digest()[: len(prepared.seal.revision_sha256)]
    assert len(prepared.text) <= MAX_TEXT_CHARS


def test_the_printed_code_is_the_stored_seal_and_checks_offline(office, whole, prepared):
    (seen,) = scan(whole)
    assert seen.text == prepared.text
    (stored,) = stored_seals(whole, examine_pdf(whole).revisions)
    assert stored.text == prepared.text
    assert SealVerifier(office.trust, status=office.lists()).check(seen.text).report.status == "pending"


def test_a_second_reader_reads_the_printed_code(whole, prepared):
    pyzbar = pytest.importorskip("pyzbar.pyzbar", exc_type=ImportError)
    image = pypdfium2.PdfDocument(whole)[0].render(scale=300 / 72).to_pil()
    assert [code.data.decode() for code in pyzbar.decode(image)] == [prepared.text]


def test_both_signatures_are_baseline_lt_and_nothing_else_was_changed(office, whole):
    found = examine_pdf(whole, trust=office.trust)
    assert [s.baseline for s in found.signatures] == ["B-LT", "B-LT"]
    assert [s.id for s in found.signatures] == ["Official", "Office"]
    assert found.verdict is Verdict.VALID


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_pdfsig_calls_both_signatures_valid(whole, tmp_path):
    path = tmp_path / "result.pdf"
    path.write_bytes(whole)
    said = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, timeout=60).stdout
    assert said.count("Signature is Valid") == 2


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n", b"\r", b"\n\n \n"], ids=["none", "LF", "CRLF", "CR", "blanks"])
def test_line_ends_behind_the_file_do_not_matter(office, tail):
    result = office.make(pdf=BASE.rstrip() + tail, number="9/GKS")
    signed = office.office(office.official(result.pdf))
    verdict, (seal,), codes = office.audit(signed)
    assert (verdict, seal.matches_document) == (Verdict.VALID, True), codes


def test_the_seal_can_stand_elsewhere_and_end_some_day(office):
    result = office.make(
        pdf=OTHER, number="8", qr=QrPlace(page=0, x_mm=10, y_mm=10, corner="top-right"), expires=date(2031, 1, 1)
    )
    _, (seal,), codes = office.audit(result.pdf)
    assert "seal.not-printed" not in codes
    assert seal.facts["expires"] == "2031-01-01"


# --- who may sign, and when (NĐ 30/2020 Điều 32) ---------------------------------------------------------------------


def refusal(call, *arguments):
    with pytest.raises(SigningError) as refused:
        call(*arguments)
    return refused.value.code


def test_the_office_does_not_sign_before_the_official(office, prepared):
    assert refusal(office.office, prepared.pdf) == "result.official-missing"


def test_the_office_does_not_sign_over_an_officials_signature_that_is_not_valid(office, half):
    at = half.rindex(b"/M (D:") + len("/M (D:")  # the claimed year, in the revision that the official signed
    forged = half[:at] + b"1999" + half[at + 4 :]
    assert refusal(office.office, forged) == "result.official-missing"


def test_the_office_does_not_sign_over_a_changed_document(office, half):
    assert refusal(office.office, half.replace(b"/Title", b"/Titel", 1)) == "seal.wrong-document"


def test_the_office_does_not_sign_when_it_cannot_tell(office, half):
    from signing.trust.store import TrustStore

    nobody = TrustStore()
    with pytest.raises(RefusedError) as refused:
        sign_office(half, office.pki.signer("clerk"), trust=nobody)
    assert refused.value.code == "result.official-missing"


def test_the_office_does_not_sign_when_somebody_else_signed_as_official(office, prepared):
    wrong = office.sign(prepared.pdf, "stranger", "Official")
    assert refusal(office.office, wrong) == "result.official-missing"


def test_only_the_named_certificates_sign(office, prepared, half):
    assert refusal(office.official, prepared.pdf, "approver") == "result.wrong-signer"
    assert refusal(office.office, half, "official") == "result.wrong-signer"


def test_nobody_signs_twice(office, half, whole):
    assert refusal(office.official, half) == "result.already-signed"
    assert refusal(office.office, whole) == "result.already-signed"


def test_what_holds_no_seal_is_not_a_result(office):
    assert refusal(office.official, BASE) == "result.not-a-result"
    assert refusal(office.official, b"not a PDF") == "result.not-a-result"


def test_a_seal_made_for_another_document_is_not_signed(office, prepared):
    swapped = prepare_result(OTHER, prepared.text)
    assert refusal(office.official, swapped) == "seal.wrong-document"


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7\n%%EOF\n", b"not a PDF", BASE + b"\nmore"])
def test_only_readable_documents_become_results(office, pdf):
    assert refusal(office.make, pdf) == "result.not-a-result"


def test_a_signed_document_does_not_become_a_result(office, whole):
    assert refusal(office.make, whole) == "pdf.already-signed"


def test_a_layout_that_does_not_fit_spends_no_place_in_the_book(office, monkeypatch):
    monkeypatch.setattr(SealBook, "allocate", lambda *a, **k: pytest.fail("a place was spent"))
    with pytest.raises(UsageError):
        office.make(qr=QrPlace(x_mm=5000, y_mm=0))


def test_another_offices_book_does_not_confirm(office, whole, tmp_path):
    with SealBook.open(tmp_path / "other.db", office="H99") as other, pytest.raises(UsageError) as refused:
        confirm_result(whole, trust=office.trust, book=other)
    assert refused.value.code == "seal.book"


# --- seals where they do not belong -----------------------------------------------------------------------------------


def overprinted(pdf, text, place=(60, 60)):
    """`pdf` with a QR code drawn on its first page in one more revision, as any editor could."""
    from signing.pdf.pages import find_page
    from signing.pdf.raw import as_array, as_dict, as_ref, write_array, write_dict
    from signing.pdf.source import MemorySource
    from signing.pdf.update import updated

    modules = qr_modules(text)[0]
    x, y = place
    drawing = [f"q 1 0 0 -1 0 792 cm 1 g {x - 6} {y - 6} {len(modules) * 1.5 + 12} {len(modules) * 1.5 + 12} re f 0 g"]
    for row, line in enumerate(modules):
        drawing += [f"{x + column * 1.5} {y + row * 1.5} 1.5 1.5 re f" for column, dark in enumerate(line) if dark]

    def draw(update):
        page = find_page(update, 0)
        entries = as_dict(update.load(page.ref))
        contents = entries[b"/Contents"]
        single = as_ref(contents) is not None and update.has_stream(as_ref(contents))
        streams = [contents] if single else as_array(update.resolve(contents))
        start = update.add(b"<<>>", b"q\n")
        end = update.add(b"<<>>", "\n".join(["\nQ", *drawing, "Q"]).encode())
        update.put(page.ref, write_dict({**entries, b"/Contents": write_array([start.raw(), *streams, end.raw()])}))

    return pdf + bytes(updated(MemorySource(pdf), draw).revision().body)


def test_a_seal_printed_onto_another_result_before_its_signing(office, prepared):
    """A real official and a real office sign another document that carries this result's seal."""
    forged = prepare_result(OTHER, prepared.text)
    forged = office.sign(office.sign(forged, "official", "Official"), "clerk", "Office")
    assert examine_pdf(forged, trust=office.trust).verdict is Verdict.VALID
    verdict, (seal,), codes = office.audit(forged)
    assert (verdict, seal.signature, seal.matches_document) == (Verdict.INVALID, True, False)
    assert "seal.wrong-document" in codes


def test_a_seal_drawn_by_another_program_before_the_signing(office, prepared):
    forged = office.sign(office.sign(overprinted(OTHER, prepared.text), "official"), "clerk")
    verdict, (seal,), codes = office.audit(forged)
    assert (verdict, seal.id, seal.matches_document) == (Verdict.INVALID, "page 1", False)
    assert "seal.wrong-document" in codes


def test_a_seal_printed_onto_another_signed_result(office, prepared):
    """A valid result with its own seal, and another result's seal drawn over it after the signing."""
    mine = office.office(office.official(office.make(pdf=OTHER, number="44/GKS").pdf))
    forged = overprinted(mine, prepared.text, place=(250, 500))
    verdict, seals, codes = office.audit(forged)
    assert verdict is Verdict.INVALID
    assert [(s.id, s.matches_document) for s in seals] == [("revision 2", False), ("page 1", False)]
    assert {"seal.printed-differs", "seal.wrong-document"} <= set(codes)


def test_a_seal_drawn_over_the_right_one_before_the_signing(office, prepared):
    """The stored seal is right; what people see and scan is another result's."""
    mine = office.make(pdf=OTHER, number="45/GKS")
    forged = office.sign(
        office.sign(overprinted(mine.pdf, prepared.text, place=(250, 500)), "official", "Official"), "clerk", "Office"
    )
    verdict, _, codes = office.audit(forged)
    assert verdict is Verdict.INVALID
    assert "seal.printed-differs" in codes


def test_the_right_seal_on_the_right_document_but_with_something_added_beside_it(office):
    """The text was made for this file, but the revision that prints it was not made by `prepare_result`."""
    _, text = mint_for(
        BASE, key=office.key, book=office.book, official=office.pki.certificate("official"),
        office_seal=office.pki.certificate("clerk"), dossier=f"{OFFICE}-261121-0009", procedure="1.001193",
        number="5", holder="An",
    )  # fmt: skip
    forged = office.sign(office.sign(overprinted(BASE, text), "official"), "clerk")
    verdict, (seal,), codes = office.audit(forged)
    assert (verdict, seal.matches_document) == (Verdict.INVALID, False)
    assert "seal.revision-mismatch" in codes


def test_a_change_between_the_document_and_its_seal(office, prepared):
    """The seal names the untouched file; a revision with other content was slipped in between."""
    changed = overprinted(BASE, "HTTPS://EXAMPLE.VN/", place=(300, 300))
    forged = prepare_result(changed, prepared.text)
    verdict, (seal,), codes = office.audit(office.sign(forged, "official", "Official"))
    assert (verdict, seal.matches_document) == (Verdict.INVALID, False)
    assert "seal.revision-mismatch" in codes


def test_one_byte_of_the_prepared_revision_changed(office, prepared):
    at = prepared.pdf.index(b"EidSigning") + 40
    forged = prepared.pdf[:at] + bytes([prepared.pdf[at] ^ 1]) + prepared.pdf[at + 1 :]
    _, seals, codes = office.audit(office.sign(forged, "official"))
    assert all(s.matches_document is False for s in seals)
    assert not seals or "seal.revision-mismatch" in codes


def test_signed_by_somebody_whom_the_seal_does_not_name(office, prepared):
    forged = office.sign(office.sign(prepared.pdf, "approver", "Official"), "clerk", "Office")
    verdict, (seal,), codes = office.audit(forged)
    assert (verdict, seal.matches_document) == (Verdict.INVALID, False)
    assert "seal.signer-mismatch" in codes


def test_signed_by_the_office_before_the_official(office, prepared):
    forged = office.sign(office.sign(prepared.pdf, "clerk", "Office"), "official", "Official")
    verdict, (seal,), codes = office.audit(forged)
    assert (verdict, seal.matches_document) == (Verdict.INVALID, False)
    assert "seal.office-first" in codes


def test_one_signature_is_missing_still(office, half):
    verdict, (seal,), codes = office.audit(half)
    assert (verdict, seal.matches_document) == (Verdict.VALID, None)
    assert codes == ["seal.pending", "seal.not-signed-yet"]


def test_without_trusted_signers_the_seal_does_not_match_and_does_not_differ(office, whole):
    from signing.trust.store import TrustStore

    only_seals = TrustStore(seals=office.trust.seals)
    found = examine_pdf(whole, trust=only_seals)
    (seal,), findings = check_seal_in_pdf(whole, found, trust=only_seals, status=office.lists())
    assert (seal.signature, seal.matches_document) == (True, None)
    assert "seal.signer-unproven" in [f.code for f in findings]


def test_without_trust_nothing_is_said_about_the_document(whole):
    (seal,), findings = check_seal_in_pdf(whole, examine_pdf(whole), trust=None)
    assert (seal.decoded, seal.signature, seal.matches_document) == (True, None, None)
    assert [f.code for f in findings] == ["seal.unknown-office"]


def test_a_tampered_signed_result_does_not_match(office, whole):
    at = whole.index(b"stream") + 30
    forged = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    verdict, seals, _ = office.audit(forged)
    assert verdict is Verdict.INVALID
    assert all(s.matches_document is not True for s in seals)


def test_two_seals_on_one_result(office, prepared):
    second = mint_for(
        prepared.pdf, key=office.key, book=office.book, official=office.pki.certificate("official"),
        office_seal=office.pki.certificate("clerk"), dossier=f"{OFFICE}-261121-0002", procedure="1.001193",
        number="6", holder="Bình",
    )[1]  # fmt: skip
    place = QrPlace(x_mm=80, y_mm=150)
    twice = prepare_result(prepared.pdf, second, qr=place, official_field="Official2", office_field="Office2")
    verdict, seals, codes = office.audit(office.sign(office.sign(twice, "official"), "clerk"))
    assert (verdict, len(seals)) == (Verdict.INVALID, 2)
    assert "seal.several" in codes


def long_document(pages):
    """A document of that many blank pages."""
    kids = [forge.Ref(10 + i, 0) for i in range(pages)]
    objects = {1: b"<</Type /Catalog /Pages 2 0 R>>", 2: forge.write({"Type": "Pages", "Kids": kids, "Count": pages})}
    objects[4] = forge.stream(b"0 g 9 9 9 9 re f")
    blank = {"Type": "Page", "Parent": forge.Ref(2, 0), "MediaBox": [0, 0, 612, 792], "Contents": forge.Ref(4, 0)}
    return forge.document(objects | {kid.number: forge.write(blank) for kid in kids})


def test_a_seal_printed_onto_a_document_too_long_to_scan_whole(office, prepared):
    forged = office.sign(overprinted(long_document(21), prepared.text), "official")
    verdict, (seal,), codes = office.audit(forged)
    assert (verdict, seal.matches_document) == (Verdict.INVALID, False)
    assert {"seal.wrong-document", "seal.not-scanned"} <= set(codes)
    other = overprinted(long_document(21), "no seal")
    assert office.audit(office.sign(other, "official"))[2] == ["seal.not-scanned"]
    assert office.audit(office.sign(long_document(21), "official"))[2] == []  # no page has anything to scan


def test_a_seal_printed_over_the_right_one_of_a_long_result(office, prepared):
    mine = overprinted(office.make(pdf=long_document(21), number="46/GKS").pdf, prepared.text, place=(250, 500))
    verdict, _, codes = office.audit(office.sign(office.sign(mine, "official", "Official"), "clerk", "Office"))
    assert verdict is Verdict.INVALID
    assert "seal.printed-differs" in codes


def test_a_seal_among_many_other_codes(office, prepared):
    """Readers of codes overlook one among many, and a document may hold only so many otherwise."""
    forged = overprinted(OTHER, prepared.text)
    for number in range(72):
        forged = overprinted(forged, str(number), place=(200 + 46 * (number % 8), 40 + 46 * (number // 8)))
    verdict, seals, _ = office.audit(office.sign(forged, "official"))
    assert (verdict, [s.matches_document for s in seals]) == (Verdict.INVALID, [False])


def test_one_certificate_for_both_signatures(office):
    with pytest.raises(RefusedError) as refused:
        office.make(number="47/GKS", office_seal=office.pki.certificate("official"))
    assert refused.value.code == "seal.fact"


def test_signed_beside_the_fields_so_that_a_stranger_fills_them(office):
    """Both named certificates sign in other fields; the prepared ones wait for a stranger's picture of a seal."""
    beside = office.sign(office.sign(office.make(number="48/GKS").pdf, "official"), "clerk")
    for forged in (beside, office.sign(beside, "approver", "Office")):
        assert examine_pdf(forged, trust=office.trust).verdict is Verdict.VALID
        verdict, (seal,), codes = office.audit(forged)
        assert (verdict, seal.matches_document) == (Verdict.INVALID, False)
        assert "seal.signer-mismatch" in codes


def test_the_audit_says_when_pages_were_not_scanned(office, whole, monkeypatch):
    monkeypatch.setattr("signing.seal.check.MAX_SCANNED_PAGES", 0)
    assert "seal.not-scanned" in office.audit(whole)[2]
    monkeypatch.setattr("signing.seal.check.can_scan", lambda: False)
    assert "seal.not-scanned" in office.audit(whole)[2]
    assert "seal.not-scanned" not in office.audit(whole, scan_pages=False)[2]


def bomb():
    """A page with a form that shows itself twice: whoever draws it needs all memory there is."""
    form = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 9, 9]}
    shown = {"XObject": {"X": forge.Ref(10, 0)}}
    page = {"Type": "Page", "Parent": forge.Ref(2, 0), "MediaBox": [0, 0, 612, 792], "Contents": forge.Ref(9, 0)}
    return forge.document(
        {
            1: b"<</Type /Catalog /Pages 2 0 R>>",
            2: forge.write({"Type": "Pages", "Kids": [forge.Ref(3, 0)], "Count": 1}),
            3: forge.write(page | {"Resources": shown}),
            9: forge.stream(b"0 0 9 9 re " * 100 + b"f /X Do"),
            10: forge.stream(b"/X Do /X Do", **form, Resources=shown),
        }
    )


def test_a_result_whose_page_nobody_can_draw_has_no_proven_seal(office, tmp_path, capsys):
    """The process that audits lives; what the page shows is unknown, so the seal is not said to fit."""
    result = office.make(pdf=bomb(), number="52/GKS").pdf
    whole = office.office(office.official(result))
    verdict, (seal,), codes = office.audit(whole)
    assert (verdict, seal.signature, seal.matches_document) == (Verdict.VALID, True, None)
    assert "seal.not-scanned" in codes
    assert office.audit(office.sign(bomb(), "official"))[2] == ["seal.not-scanned"]
    path = tmp_path / "bomb.pdf"
    path.write_bytes(whole)
    assert cli.main(["seal", "scan", str(path)]) == 1
    assert "scan.too-large" in capsys.readouterr().err


def test_a_document_without_seal_has_none(office):
    assert office.audit(OTHER, scan_pages=True)[1:] == ((), [])
    assert office.audit(b"junk", scan_pages=True)[1:] == ((), [])


def test_a_seal_does_not_outlive_its_last_day(office):
    result = office.make(number="3", expires=datetime.now(UTC).date() + timedelta(days=30))
    found = examine_pdf(result.pdf, trust=office.trust)
    later = datetime.now(UTC) + timedelta(days=40)
    (seal,), findings = check_seal_in_pdf(result.pdf, found, trust=office.trust, at=later)
    assert seal.fresh is False
    assert "seal.expired" in [f.code for f in findings]
    assert THUMBPRINT_BYTES == 16


def test_pictures_of_results_scan_too(prepared, tmp_path):
    picture = tmp_path / "photo.png"
    pypdfium2.PdfDocument(prepared.pdf)[0].render(scale=250 / 72).to_pil().convert("RGB").save(picture)
    assert scan(picture)[0].text == prepared.text
