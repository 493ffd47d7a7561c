"""Ordinary signed PDFs: what is reported of them, and that outside judges agree."""

from __future__ import annotations

import hashlib
import io
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from signing.errors import IndeterminateError, UsageError, VerificationError
from signing.pdf.sign import extend_pdf
from signing.pdf.stamp import Stamp
from signing.pdf_check.verify import PdfExamination, examine_pdf, verify_pdf
from signing.policy import Baseline
from signing.report import Verdict
from signing.trust.evidence import Evidence
from signing.trust.store import TrustStore

from ..world import World
from . import pdf_forge as forge
from .signed_pdfs import INPUTS, Samples


def codes(found: PdfExamination) -> set[str]:
    return {f.code for f in found.findings} | {f.code for s in found.signatures for f in s.findings}


def test_a_long_term_signature_is_valid(world: World, samples: Samples) -> None:
    found = examine_pdf(samples.valid, trust=world.pki.trust())
    (signature,) = found.signatures
    assert found.verdict is Verdict.VALID, codes(found)
    assert (signature.format, signature.baseline, signature.type) == ("PAdES", "B-LT", "signature")
    assert (signature.intact, signature.coverage, signature.changes_after) == (True, "revision", "permitted")
    assert signature.signing_time is not None
    assert verify_pdf(samples.valid, world.pki.trust()) == found.signatures


def test_two_signatures_are_both_valid_after_evidence_was_added(world: World, samples: Samples) -> None:
    found = examine_pdf(samples.sign(samples.valid, "clerk", Baseline.B_LT), trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)
    assert [s.changes_after for s in found.signatures] == ["permitted", "permitted"]
    assert len(found.revisions) == 5


def test_the_archive_level_is_recognised(world: World, samples: Samples) -> None:
    archived = extend_pdf(samples.valid, baseline=Baseline.B_LTA, tsa=world.pki.tsa(), collect=world.pki.collect)
    found = examine_pdf(archived or b"", trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)
    assert [(s.type, s.format, s.baseline) for s in found.signatures] == [
        ("signature", "PAdES", "B-LTA"),
        ("timestamp", "RFC3161", None),
    ]
    assert found.signatures[1].coverage == "whole-file"


def test_a_document_timestamp_proves_existence(world: World, samples: Samples) -> None:
    stamped = extend_pdf(samples.simple, baseline=Baseline.B_T, tsa=world.pki.tsa())
    found = examine_pdf(stamped or b"", trust=world.pki.trust())
    assert [s.type for s in found.signatures] == ["signature", "timestamp"]
    assert found.signatures[0].changes_after == "permitted"


def test_without_trust_nothing_is_valid_but_everything_is_intact(samples: Samples) -> None:
    found = examine_pdf(samples.valid)
    assert found.verdict is Verdict.INDETERMINATE
    assert [s.intact for s in found.signatures] == [True]


def test_an_unsigned_file_is_unsigned(samples: Samples) -> None:
    found = examine_pdf(samples.page, trust=None)
    assert (found.verdict, found.signatures, found.findings) == (Verdict.UNSIGNED, (), ())
    with pytest.raises(VerificationError) as caught:
        verify_pdf(samples.page, None)
    assert caught.value.code == "document.unsigned"


def test_verify_raises_what_the_examination_found(world: World, samples: Samples, tmp_path: Path) -> None:
    with pytest.raises(IndeterminateError) as caught:
        verify_pdf(samples.valid, TrustStore())
    assert caught.value.code == "trust.no-anchor"
    assert "[trust.no-anchor]" in str(caught.value)
    broken = tmp_path / "hỏng.pdf"
    broken.write_bytes(samples.valid + b"tail")
    with pytest.raises(VerificationError) as failed:
        verify_pdf(broken, world.pki.trust())
    assert failed.value.code == "pdf.trailing-bytes"


def test_a_naive_time_is_a_usage_error(samples: Samples) -> None:
    with pytest.raises(UsageError):
        examine_pdf(samples.page, at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_check_has_no_clock_of_its_own(world: World, samples: Samples) -> None:
    later = datetime.now(UTC) + timedelta(days=365 * 40)
    assert examine_pdf(samples.valid, trust=world.pki.trust(), at=later).verdict is not Verdict.VALID


@pytest.mark.parametrize("name", ["result.pdf", "form.pdf", "giay-ket-hon-scan.pdf"])
def test_five_signatures_on_real_files_are_intact_and_pyhanko_agrees(samples: Samples, name: str) -> None:
    data = (INPUTS / name).read_bytes()
    for person in ("receiver", "appraiser", "approver", "official", "clerk"):
        data = samples.sign(data, person)
    found = examine_pdf(data)
    assert [s.changes_after for s in found.signatures] == ["permitted"] * 4 + ["none"]
    assert [s.coverage for s in found.signatures] == ["revision"] * 4 + ["whole-file"]
    theirs_all = PdfFileReader(io.BytesIO(data), strict=False).embedded_signatures
    for ours, theirs in zip(found.signatures, theirs_all, strict=True):
        status = validate_pdf_signature(theirs, ValidationContext(trust_roots=[], allow_fetching=False))
        assert ours.id == theirs.field_name
        assert ours.intact == (status.intact and status.valid)
        assert ours.digest_algorithm == status.md_algorithm
        assert status.docmdp_ok
        assert (status.coverage.name == "ENTIRE_FILE") == (ours.coverage == "whole-file")


@pytest.mark.parametrize("name", ["simple", "valid", "twice", "visible"])
def test_pdfsig_agrees(samples: Samples, tmp_path: Path, name: str) -> None:
    data = getattr(samples, name)
    path = tmp_path / "signed.pdf"
    path.write_bytes(data)
    text = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    found = examine_pdf(data)
    assert text.count("Signature is Valid.") == len(found.signatures)
    assert text.count("Total document signed") == sum(s.coverage == "whole-file" for s in found.signatures)


def test_a_cross_reference_stream_and_object_streams_are_read(world: World, samples: Samples) -> None:
    signed = samples.sign(forge.compressed_document(), baseline=Baseline.B_LT)
    found = examine_pdf(signed, trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)


def test_a_visible_second_signature_is_permitted_and_pointed_out(samples: Samples) -> None:
    data = samples.sign(samples.visible, "clerk", stamp=Stamp(page=-1, x_mm=110, y_mm=30))
    found = examine_pdf(data)
    assert found.signatures[0].changes_after == "permitted"
    assert "pdf.visible-after" in codes(found)


def test_filling_an_empty_field_within_its_rectangle_is_permitted(world: World, samples: Samples) -> None:
    data = samples.sign(
        samples.valid_form, "clerk", Baseline.B_LT, field="Office", stamp=Stamp.office(Stamp.official())
    )
    found = examine_pdf(data, trust=world.pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)
    assert [s.changes_after for s in found.signatures] == ["permitted", "permitted"]
    assert "pdf.visible-after" not in codes(found)


def test_a_plain_pkcs7_signature_is_no_baseline_signature(samples: Samples) -> None:
    data = samples.simple.replace(b"/ETSI.CAdES.detached", b"/adbe.pkcs7.detached")
    (signature,) = examine_pdf(data).signatures
    assert (signature.format, signature.baseline) == ("PKCS7", None)


def test_revisions_are_told_with_their_digests_and_contents(samples: Samples) -> None:
    found = examine_pdf(samples.twice)
    assert found.readable
    assert len(found.revisions) == 4
    assert found.revisions[-1] == len(samples.twice)
    assert found.revision_sha256(0) == hashlib.sha256(samples.page).digest()
    assert found.revision_named(hashlib.sha256(samples.page).digest()) == 0
    assert found.revision_named(hashlib.sha256(samples.page[:-1]).digest()) == 0
    assert found.revision_named(hashlib.sha256(samples.simple).digest()) == 1
    assert found.revision_named(bytes(32)) is None
    assert [found.revision_adds_only(n) for n in range(4)] == [{"document"}, {"signature"}, {"signature"}, {"dss"}]
    assert [p.revision for p in found.placements] == [1, 2]
    assert found.signed_in(2) == (1,)
    a, b, end = found.placements[0].byte_range
    assert samples.twice[a : a + 1] + samples.twice[b - 1 : b] == b"<>"
    assert end == len(samples.simple)


def test_what_a_preparing_revision_drew_is_told(samples: Samples) -> None:
    opened = forge.Opened(samples.page)
    content = forge.stream(b"0 0 10 10 re f")
    page = opened.changed(3, Contents=[forge.Ref(4, 0), forge.Ref(6, 0)], Annots=[forge.Ref(7, 0)])
    form = opened.changed(1, AcroForm={"Fields": [forge.Ref(7, 0)], "SigFlags": 1})
    field = forge.write({"Type": "Annot", "Subtype": "Widget", "FT": "Sig", "T": b"Official", "Rect": [9, 9, 99, 99]})
    prepared = opened.append({1: form, 3: page, 6: content, 7: field})
    assert examine_pdf(prepared).revision_adds_only(1) == {"page-content", "empty-signature-field"}
    swapped = opened.append({4: content})
    assert examine_pdf(swapped).revision_adds_only(1) == {"other"}


def test_personal_numbers_are_masked_unless_asked_for(samples: Samples) -> None:
    data = samples.sign(samples.page, "citizen")
    masked, shown = (examine_pdf(data, show_ids=ids).signatures[0].signer for ids in (False, True))
    assert masked is not None
    assert shown is not None
    assert masked.ids != shown.ids


def test_an_encrypted_file_is_checked_with_its_password(world: World, samples: Samples) -> None:
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO((INPUTS / "result.pdf").read_bytes())))
    writer.encrypt("owner", "user", pdf_mac=False)
    out = io.BytesIO()
    writer.write(out)
    signed = samples.sign(out.getvalue(), baseline=Baseline.B_LT, password=lambda _: "user")
    opened = examine_pdf(signed, trust=world.pki.trust(), password=lambda _: "user")
    assert opened.verdict is Verdict.VALID, codes(opened)
    for password in (None, lambda _: "wrong"):
        closed = examine_pdf(signed, trust=world.pki.trust(), password=password)
        assert closed.verdict is Verdict.INDETERMINATE
        assert [s.intact for s in closed.signatures] == [True]
        assert [s.changes_after for s in closed.signatures] == ["unknown"]
        assert "pdf.unopened" in codes(closed)


def test_evidence_that_came_after_the_document_timestamp_is_not_archived(world: World, samples: Samples) -> None:
    """A store of nothing before the timestamp, and all evidence after it: that outlives no algorithm."""
    pki = world.pki

    def nothing(_: object) -> Evidence:
        return Evidence()

    timed = samples.sign(samples.page, baseline=Baseline.B_T)
    early = extend_pdf(timed, baseline=Baseline.B_LTA, tsa=pki.tsa(), collect=nothing)
    late = extend_pdf(early or b"", baseline=Baseline.B_LT, collect=pki.collect)
    found = examine_pdf(late or b"", trust=pki.trust())
    assert found.verdict is Verdict.VALID, codes(found)
    assert [(s.type, s.baseline) for s in found.signatures] == [("signature", "B-LT"), ("timestamp", None)]
    again = extend_pdf(late or b"", baseline=Baseline.B_LTA, tsa=pki.tsa(), collect=pki.collect)
    assert examine_pdf(again or b"", trust=pki.trust()).signatures[0].baseline == "B-LTA"
