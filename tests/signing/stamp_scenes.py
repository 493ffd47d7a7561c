"""The pages on which every profile is looked at: fixed names, time and images.

Words of the page are there to be found and not drawn (§9.3.6, mode 3), as below a scan that was read: no font of the
machine shows. Grey rules stand where title and name are.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from signing.dev.people import Holder
from signing.dev.pki import DevPki
from signing.pdf.anchor import FieldAnchor, TextAnchor
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.pdf.stamp_profiles import profiled_stamp
from signing.signer import Signer

from .pdf_shapes import INPUTS, render
from .test_stamp_anchor import NAME, TITLE, words, written

AT = datetime(2026, 3, 14, 2, 5, 7, tzinfo=UTC)
DPI = 80
GOLDEN = Path(__file__).parent.parent / "vectors" / "stamps"
INK = (INPUTS / "chu-ky-mau.png").read_bytes()
SEAL = (INPUTS / "con-dau-mau.png").read_bytes()
BETWEEN = TextAnchor(text=TITLE, until=NAME)
PAGE = "/MediaBox [0 0 420 298]"
RULES = b"0.6 g 40 250 100 4 re 270 200 32 8 re 255 90 80 8 re f 3 Tr\n"
LINES = RULES + words((270, 200, TITLE), (255, 90, NAME))


class Office:
    """An official and an office whose certificates hold at `AT`."""

    def __init__(self, pki: DevPki) -> None:
        person = Holder(common_name="Trần Quốc Đạt", uid="CCCD:001090299990")
        agency = Holder(common_name="Ủy ban nhân dân phường Thử Nghiệm", uid="MST:0100000001")
        self.official = self._signer(pki, "golden-official", person)
        self.office = self._signer(pki, "golden-office", agency)

    @staticmethod
    def _signer(pki: DevPki, name: str, holder: Holder) -> Signer:
        pki.issue(name, holder, begin=datetime(2025, 1, 1, tzinfo=UTC), end=datetime(2035, 1, 1, tzinfo=UTC))
        return pki.signer(name)


def paper(extra: str = "") -> bytes:
    return written(f"{PAGE} {extra}", LINES)


def signed(pdf: bytes, signer: Signer, stamp: Stamp, field: str | None = None) -> bytes:
    return sign_pdf(pdf, signer, stamp=stamp, field=field, at=AT) or b""


def both(office: Office, ink: bytes | None, seal: bytes | None, extra: str = "") -> bytes:
    """The official's signature between title and name, the office's seal over its left third."""
    once = signed(paper(extra), office.official, profiled_stamp("official", image=ink, anchor=BETWEEN), "Official")
    over = profiled_stamp("office", image=seal, anchor=FieldAnchor(field="Official"))
    return signed(once, office.office, over)


def photo() -> bytes:
    """The signature image on white, as a JPEG."""
    drawn = Image.open(io.BytesIO(INK)).convert("RGBA")
    ground = Image.new("RGBA", drawn.size, "white")
    ground.alpha_composite(drawn)
    out = io.BytesIO()
    ground.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def turned(office: Office) -> bytes:
    """A landscape view of a page stored upright and cropped: words and stamp are placed as the reader sees them."""
    box = "/MediaBox [0 0 400 500] /CropBox [30 40 330 460] /Rotate 90"
    stamp = replace(profiled_stamp("official", image=INK), x_mm=80, y_mm=10)
    once = signed(written(box, b""), office.official, stamp, "Official")
    return signed(once, office.office, profiled_stamp("office", image=SEAL, anchor=FieldAnchor(field="Official")))


SCENES: dict[str, Callable[[Office], bytes]] = {
    "images": lambda o: both(o, INK, SEAL),
    "texts": lambda o: both(o, None, None),
    "attachment": lambda o: signed(paper(), o.office, profiled_stamp("attachment", said="12/GP-UBND")),
    "copy": lambda o: signed(paper(), o.office, profiled_stamp("copy", said="Sao y")),
    "digitised": lambda o: signed(paper(), o.office, profiled_stamp("digitised")),
    "jpeg": lambda o: signed(
        paper(), o.official, Stamp(image=photo(), width_mm=40, height_mm=20, x_mm=20, y_mm=20, border=True)
    ),
    "turned-and-cropped": turned,
}


def picture(pdf: bytes, folder: Path) -> Image.Image:
    width, height, data = render(pdf, folder, dpi=DPI)
    return Image.frombytes("RGB", (width, height), data)
