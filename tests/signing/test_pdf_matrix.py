"""Files of other programs: each is signed twice, and poppler, pyHanko and our own audit hold both signatures valid."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from signing.errors import SigningError
from signing.pdf.request import FieldSpec, Permission
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.pdf_check.verify import PdfExamination, examine_pdf
from signing.policy import Baseline
from signing.report import Verdict

from ..world import World
from .pdf_shapes import VALID, extent, hanko, pdfsig, render

FOLDER = Path(__file__).parents[1] / "vectors" / "pdf"
SAMPLES = sorted(FOLDER.glob("*.pdf"))
PASSWORD = "mat khau"  # of the samples
NOT_FOR_PYHANKO = {"qpdf-encrypted-r5"}  # the extension of a maker that ISO never took up


def ask(_: str) -> str:
    return PASSWORD


def sign(pdf: bytes, world: World, name: str, **more: object) -> bytes:
    signed = sign_pdf(pdf, world.pki.signer(name), password=ask, **more)  # type: ignore[arg-type]
    assert signed is not None
    assert signed.startswith(pdf[pdf.index(b"%PDF-") :])  # what stands before the header is left out
    return signed


def agreed(sample: Path, pdf: bytes, world: World, tmp_path: Path) -> PdfExamination:
    """Our audit, after poppler and pyHanko agreed that everything is valid."""
    locked = "encrypted" in sample.stem and "no-password" not in sample.stem
    found = examine_pdf(pdf, trust=world.pki.trust(), password=ask)
    told = [f.text for f in found.findings] + [f.text for s in found.signatures for f in s.findings]
    assert found.verdict is Verdict.VALID, told
    signatures = [s for s in found.signatures if s.type == "signature"]
    assert pdfsig(pdf, tmp_path, *(["-upw", PASSWORD] if locked else [])) == [VALID] * len(signatures)
    if sample.stem not in NOT_FOR_PYHANKO:
        password = PASSWORD if locked else "" if "encrypted" in sample.stem else None
        verdicts = hanko(pdf, world.pki, password)
        assert all(v.bottom_line for v in verdicts), verdicts
    return found


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.stem)
def test_a_second_signature_never_breaks_the_first(sample: Path, world: World, tmp_path: Path) -> None:
    services = {"tsa": world.pki.tsa(), "collect": world.pki.collect}
    stamp = Stamp(page=0, x_mm=10, y_mm=10)
    once = sign(sample.read_bytes(), world, "official")
    twice = sign(once, world, "clerk", stamp=stamp, baseline=Baseline.B_LT, **services)
    found = agreed(sample, twice, world, tmp_path)
    assert [s.changes_after for s in found.signatures] == ["permitted", "permitted"]


@pytest.mark.parametrize("sample", SAMPLES[:: max(1, len(SAMPLES) // 8)], ids=lambda p: p.stem)
def test_the_official_and_the_office_sign_a_certified_file(sample: Path, world: World, tmp_path: Path) -> None:
    services = {"tsa": world.pki.tsa(), "collect": world.pki.collect}
    place = Stamp(page=-1, x_mm=10, y_mm=10, width_mm=50, height_mm=20)
    pdf = sign(
        sample.read_bytes(), world, "receiver", certify=Permission.SIGN, fields=[FieldSpec(name="Office", place=place)]
    )
    pdf = sign(pdf, world, "official", field="Office", stamp=place, baseline=Baseline.B_LT, **services)
    agreed(sample, pdf, world, tmp_path)


UNREADABLE = {"scan-image-only", "no-table-at-all"}  # no text; and what poppler opens only once it is signed


@pytest.mark.parametrize("sample", [p for p in SAMPLES if p.stem not in UNREADABLE], ids=lambda p: p.stem)
def test_every_sample_shows_a_page_as_people_see_it(sample: Path) -> None:
    """A program that was handed a document in a form that it did not know has printed the form's source."""
    password = [] if "no-password" in sample.stem else ["-upw", PASSWORD]
    told = subprocess.run(["pdftotext", *password, sample, "-"], capture_output=True, text=True, check=True)
    assert "01" in told.stdout
    assert "xml" not in told.stdout


@pytest.mark.parametrize("sample", [p for p in SAMPLES if "encrypted" in p.stem], ids=lambda p: p.stem)
def test_a_wrong_password_opens_nothing(sample: Path, world: World) -> None:
    if "no-password" in sample.stem:
        return
    for wrong, code in ((None, "pdf.encrypted"), (lambda _: "sai", "pdf.password")):
        with pytest.raises(SigningError) as e:
            sign_pdf(sample.read_bytes(), world.pki.signer("official"), password=wrong)
        assert e.value.code == code


@pytest.mark.parametrize("page", range(5))
def test_a_stamp_stands_upright_where_the_page_is_seen(page: int, world: World, tmp_path: Path) -> None:
    """10 mm from the left and 15 mm from the bottom of what is shown, turned, cropped or scaled as the page is."""
    stamp = Stamp(page=page, x_mm=10, y_mm=15, width_mm=60, height_mm=20, colour="red", border=True)
    after = sign((FOLDER / "rotated-and-cropped.pdf").read_bytes(), world, "official", stamp=stamp)
    picture = render(after, tmp_path, page + 1)
    left, top, right, bottom = extent(picture, "red") or (0, 0, 0, 0)
    unit = 2 if page == 3 else 1  # poppler draws in user units
    shown = [left * unit, (picture[1] - bottom) * unit, (right - left) * unit, (bottom - top) * unit]
    assert shown == pytest.approx([28.3, 42.5, 170.1, 56.7], abs=4 * unit)
