"""Visible stamps: PAdES B-B with a stamp in Vietnamese, beside pyHanko used well with the same text.

`python benchmarks/run.py stamp` prints the ratios. pyHanko has its style and its font ready; it subsets and shapes the
font at each call, ours was subset once. With a QR code both draw payloads of one length with the same mask, the search
for the best mask being left out on both sides; each signature shows another payload, so that no cache helps. Ours
verifies each signature value inside the time. Subjects take turns; what is compared is the median over the rounds of
the ratio within a round.
"""

from __future__ import annotations

import functools
import logging
import statistics
from dataclasses import replace
from itertools import count
from pathlib import Path
from unittest import mock

import qrcode
from bench_pdf import RESERVED, Peers, Row, chromium_page, ratio, timed
from pyhanko.pdf_utils.font.opentype import GlyphAccumulatorFactory
from pyhanko.pdf_utils.text import TextBoxStyle
from pyhanko.sign import fields, signers
from pyhanko.stamp import QRStampStyle, TextStampStyle

from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp

# whole fonts with the metrics of Times New Roman, as people have them; ours is the first one's Vietnamese subset
FONTS = (
    Path("/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf"),
    Path("/usr/share/fonts/truetype/liberation/LiberationSerif-Regular.ttf"),
)
ROUNDS, BATCH, MASK = 9, 5, 3
TEXT = "Người ký: Nguyễn Văn Ký\nĐơn vị: Ủy ban nhân dân phường\nThời gian: 2026-11-21T09:00:00+07:00"
LINK = "https://example.vn/ket-qua/H26.19-261121-{:06d}"
BOX = fields.SigFieldSpec("Peer", on_page=0, box=(320, 80, 520, 150))
STATED = {"text": 60.0, "text and a QR code": 40.0}


def theirs(peers: Peers, style: TextStampStyle, link: str, data: bytes) -> None:
    """pyHanko with its key loaded and room reserved."""
    peers._theirs(data, peers.loaded, RESERVED)
    meta = signers.PdfSignatureMetadata(
        field_name="Peer", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    signer = signers.PdfSigner(meta, peers.loaded, stamp_style=style, new_field_spec=BOX)
    made = signer.async_sign_pdf(peers.writer, bytes_reserved=RESERVED, appearance_text_params={"url": link})
    peers.loop.run_until_complete(made)


def ratios() -> list[Row]:
    """All rows."""
    font = next((path for path in FONTS if path.is_file()), None)
    if font is None:
        print("stamps are left out: no Tinos or Liberation Serif for pyHanko (fonts-croscore or fonts-liberation)")
        return []
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of each table that it leaves out
    return _ratios(GlyphAccumulatorFactory(str(font)))


def _ratios(accumulator: GlyphAccumulatorFactory) -> list[Row]:
    peers, page = Peers("P-256"), chromium_page()
    box = TextBoxStyle(font=accumulator, font_size=10)
    styles = {
        "text": (TextStampStyle(stamp_text=TEXT, text_box_style=box), Stamp(page=0, text=TEXT)),
        "text and a QR code": (
            QRStampStyle(stamp_text=TEXT, text_box_style=box),
            Stamp(page=0, text=TEXT, qr=LINK.format(0), qr_mask=MASK),
        ),
    }
    with mock.patch("qrcode.QRCode", functools.partial(qrcode.QRCode, mask_pattern=MASK)):
        return [row(peers, page, subject, *pair) for subject, pair in styles.items()]


def row(peers: Peers, page: bytes, subject: str, style: TextStampStyle, stamp: Stamp) -> Row:
    """One stamp's row."""
    numbers = count(1)

    def ours(data: bytes) -> None:
        link = LINK.format(next(numbers))
        sign_pdf(data, peers.ours, stamp=stamp if stamp.qr is None else replace(stamp, qr=link))

    def other(data: bytes) -> None:
        theirs(peers, style, LINK.format(next(numbers)), data)

    ours(page)
    other(page)
    mine, found = [], []
    for _ in range(ROUNDS):
        mine.append(timed(ours, page, BATCH))
        found.append(timed(other, page, 1))
    middle, spread = ratio(found, mine)
    took_ms = statistics.median(mine) * 1000
    return f"visible stamp against pyHanko: {subject}, {took_ms:.2f} ms", middle, STATED[subject], spread, "≥"
