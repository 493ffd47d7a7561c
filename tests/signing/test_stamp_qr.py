"""QR codes in stamps: drawn as vectors, read back as they were given, refused where a phone could not read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing.errors import UsageError
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.seal.scan import scan

from ..world import World
from .pdf_shapes import VALID, one_page, pages, pdfsig

LINK = "HTTPS://DICHVUCONG.EXAMPLE.VN/T/0123456789ABCDEF"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("mask", [None, 3])
def test_the_code_reads_back_on_every_page(rotation: int, mask: int | None, world: World, tmp_path: Path) -> None:
    stamp = Stamp(x_mm=20, y_mm=20, qr=LINK, qr_mask=mask, border=True)
    pdf = pages(f"/MediaBox [0 0 600 800] /Rotate {rotation}")
    signed = sign_pdf(pdf, world.pki.signer("receiver"), stamp=stamp) or b""
    assert pdfsig(signed, tmp_path) == [VALID]
    assert [code.text for code in scan(signed)] == [LINK]
    assert b"/Image" not in signed


def test_a_code_alone_has_no_text(world: World) -> None:
    stamp = Stamp(x_mm=20, y_mm=20, width_mm=30, height_mm=30, qr="Đã ký số", text="")
    signed = sign_pdf(one_page(), world.pki.signer("receiver"), stamp=stamp) or b""
    assert [code.text for code in scan(signed)] == ["Đã ký số"]
    assert b"/FontFile2" not in signed


@pytest.mark.parametrize("stamp", [{"qr": "x" * 999}, {"qr": LINK, "height_mm": 6}, {"qr": "Ế" * 900}])
def test_a_code_that_no_phone_could_read_is_refused(stamp: dict[str, object], world: World) -> None:
    with pytest.raises(UsageError) as e:
        sign_pdf(one_page(), world.pki.signer("receiver"), stamp=Stamp(**stamp))  # type: ignore[arg-type]
    assert e.value.code == "stamp.qr"


@pytest.mark.parametrize(
    "wrong", [{"qr": ""}, {"qr": "x" * 1001}, {"qr": "x", "qr_mask": 8}, {"qr": "x", "image": b""}]
)
def test_a_code_that_makes_no_sense_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Stamp(**wrong)  # type: ignore[arg-type]
