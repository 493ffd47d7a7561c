"""Seals: minting and checking beside the bare ECDSA operation, the length of the QR text, and scanning a page.

`python benchmarks/bench_seal.py` prints the table. Subjects take turns in short batches, so that a busy machine slows
them alike; what is compared is the median over the rounds of the ratio within a round.
"""

from __future__ import annotations

import gc
import hashlib
import io
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import cbor2
import pypdfium2
import pytest
import qrcode
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from PIL import Image

from eid import KeySet, StatusList
from eid.scan import DPI
from signing.seal.book import LIST_ENTRIES
from signing.seal.facts import MAX_TEXT_CHARS, Seal, decode_unverified, mint_seal
from signing.seal.scan import scan
from signing.seal.verify import SealVerifier, seal_status_uri
from signing.trust.store import TrustStore

ROUNDS, BATCH = 60, 40
ECDSA = ec.ECDSA(hashes.SHA256())
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
A4_MM, QR_MM = (210, 297), 22


def a_seal(**changes) -> Seal:
    values = {
        "dossier": "H26.19-261121-0001",
        "procedure": "1.001193",
        "office": "H26.19",
        "number": "123/GKS-UBND",
        "issued": date(2026, 11, 21),
        "holder": "Nguyễn Văn An",
        "revision_sha256": hashlib.sha256(b"revision").digest(),
        "official": hashlib.sha256(b"official").digest()[:16],
        "office_seal": hashlib.sha256(b"office").digest()[:16],
        "minted_at": AT,
        "status_list": 1,
        "status_index": 54_321,
    } | changes
    return Seal(**values)


class World:
    """One office's key, its seal, and the same signature for the bare operation."""

    def __init__(self) -> None:
        self.keys = KeySet.generate(at=AT - timedelta(days=1))
        self.seal = a_seal()
        self.text = mint_seal(self.seal, self.keys.active)
        status = StatusList(seal_status_uri("H26.19", 1), LIST_ENTRIES).token(self.keys.active, at=AT).encode()
        self.verifier = SealVerifier(TrustStore(seals={"H26.19": self.keys.public_jwks()}, seal_status=(status,)))
        message = decode_unverified(self.text)
        self.signed = message.signed
        raw = message.signature
        self.der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        self.private, self.public = self.keys.active.private_key, self.keys.active.public_key


def a_page(text: str) -> bytes:
    """An A4 page as a PDF with the seal 22 mm wide."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, box_size=4, border=4)
    code.add_data(text)
    code.make(fit=True)
    dots = 600 / 25.4
    page = Image.new("L", (round(A4_MM[0] * dots), round(A4_MM[1] * dots)), 255)
    side = round(QR_MM * dots)
    page.paste(code.make_image().convert("L").resize((side, side), Image.Resampling.NEAREST), (400, 400))
    out = io.BytesIO()
    page.save(out, "PDF", resolution=600)
    return out.getvalue()


def measure(
    subjects: dict[str, Callable[[], object]], batch: int = BATCH, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Seconds an operation of each subject, round by round."""
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        gc.collect()
        for name, run in subjects.items():
            start = time.perf_counter()
            for _ in range(batch):
                run()
            times[name].append((time.perf_counter() - start) / batch)
    return times


def against(times: dict[str, list[float]], one: str, other: str) -> tuple[float, float]:
    """How many times as long `one` takes as `other`, and half the distance of the quartiles as a fraction."""
    within = [a / b for a, b in zip(times[one], times[other], strict=True)]
    low, middle, high = statistics.quantiles(within, n=4)
    return middle, (high - low) / 2 / middle


def subjects(world: World) -> dict[str, Callable[[], object]]:
    """What takes turns."""
    return {
        "raw sign": lambda: world.private.sign(world.signed, ECDSA),
        "raw verify": lambda: world.public.verify(world.der, world.signed, ECDSA),
        "mint": lambda: mint_seal(world.seal, world.keys.active),
        "check": lambda: world.verifier.check(world.text, at=AT),
    }


def ratios() -> list[tuple[str, float, float, float, str]]:
    """(subject, measured, target, spread, comparison) as benchmarks/run.py wants them."""
    world = World()
    times = measure(subjects(world))
    page = a_page(world.text)
    scanning = measure({"scan": lambda: scan(page), "render": lambda: render(page)}, batch=1, rounds=15)
    rows = []
    for name, one, other, target in (
        ("Seal minted (COSE, CBOR, Base45) / raw ECDSA sign", "mint", "raw sign", 4.0),
        ("Seal checked, every check / raw ECDSA verify", "check", "raw verify", 2.5),
    ):
        measured, spread = against(times, one, other)
        rows.append((name, measured, target, spread, "≤"))
    measured, spread = against(scanning, "scan", "render")
    rows.append((f"Page rendered at {DPI} dpi and scanned / rendered alone", measured, 2.0, spread, "≤"))
    rows.append(("Characters of a seal's QR text", float(len(world.text)), float(MAX_TEXT_CHARS), 0.0, "≤"))
    return rows


def render(page: bytes) -> None:
    document = pypdfium2.PdfDocument(page)
    document[0].render(scale=DPI / 72, grayscale=True)
    document.close()


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize("name", ["raw sign", "raw verify", "mint", "check"])
def test_seal(benchmark, world, name):
    benchmark(subjects(world)[name])


def test_the_text_stays_readable(world):
    assert len(world.text) <= MAX_TEXT_CHARS
    assert cbor2.loads(world.seal.to_cbor())


if __name__ == "__main__":
    for subject, measured, target, spread, comparison in ratios():
        print(f"{subject:60s} {measured:6.2f} {comparison} {target:4.2f}  (±{spread:.0%})")
