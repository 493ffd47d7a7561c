"""Files that are two things at once, or one thing inside another: judged as what people see, never valid as less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from signing.audit import audit_file
from signing.cms import der, names
from signing.cms.layout import join
from signing.cms.parse import parse_frame
from signing.policy import DEFAULT_POLICY
from signing.report import Report, Verdict

from .authority import NOW, Holder, make
from .scene import Scene, sign

POLICY = replace(DEFAULT_POLICY, require_revocation=False)
NOTE = b"Dong y."
OBJECTS = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n"
)
PDF = OBJECTS + b"startxref\n0\n%%EOF\n"


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def issuing(scene: Scene) -> Holder:
    return scene.issuing()


def attached(issuing: Holder, content: bytes, *more: bytes) -> bytes:
    """A signature with its content inside, and with `more` among the certificates, which nobody signs."""
    frame = parse_frame(sign(make("Signer", issuing), [issuing], content=content))
    inside = der.seq(der.oid(names.DATA), der.tlv(0xA0, der.octets(content)))
    return join(replace(frame, encapsulated=inside, certificates=(*more, *frame.certificates)))


def audited(path: Path, data: bytes, scene: Scene) -> Report:
    path.write_bytes(data)
    return audit_file(path, scene.trust, at=NOW, policy=POLICY)


@pytest.mark.parametrize("name", ["a.p7m", "a.pdf.p7s", "a"])
def test_a_signature_that_encloses_a_pdf_is_no_pdf(tmp_path: Path, scene: Scene, issuing: Holder, name: str) -> None:
    report = audited(tmp_path / name, attached(issuing, PDF), scene)
    assert (report.kind, report.verdict) == ("cades", Verdict.VALID)


@pytest.mark.parametrize("shown", [OBJECTS, PDF, PDF.removeprefix(b"%PDF-1.4\n")])
@pytest.mark.parametrize("name", ["contract.pdf", "contract.PDF"])
def test_pages_hidden_in_a_signature_over_a_note_are_not_valid_as_a_pdf(
    tmp_path: Path, scene: Scene, issuing: Holder, name: str, shown: bytes
) -> None:
    """Programs for PDF look for objects anywhere, also where the signature covers nothing."""
    other = der.tlv(0xA3, der.oid("1.2.3.4") + der.octets(shown))
    report = audited(tmp_path / name, attached(issuing, NOTE, other), scene)
    assert (report.verdict, [f.code for f in report.findings]) == (Verdict.INVALID, ["document.polyglot"])
    assert len(report.signatures) == 1


def test_a_signature_by_the_name_of_a_pdf_that_no_reader_opens_keeps_its_verdict(
    tmp_path: Path, scene: Scene, issuing: Holder
) -> None:
    assert audited(tmp_path / "a.pdf", attached(issuing, NOTE), scene).verdict is Verdict.VALID


def test_a_pdf_behind_the_beginning_of_a_signature_is_a_pdf(tmp_path: Path, scene: Scene, issuing: Holder) -> None:
    data = attached(issuing, NOTE)[:200] + PDF
    assert audited(tmp_path / "a", data, scene).kind == "pdf"
