"""Passive authentication beside its bare operations: the signatures and hashes without which nothing is proven.

`python benchmarks/bench_chip.py` prints the table, in CPU time. Bare are always both signatures (the country's
over the document signer's certificate, the document signer's over the hashes) and all hashes. Beside them stands
`Chip.verify` with a document signer met for the first time, whose certificate and key are read; and with a known one,
as a desk that meets few signers has it: what the country signed was checked before and is remembered. Every document
is a different one.
"""

from __future__ import annotations

import gc
import hashlib
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from eid import Chip, CscaStore, Person
from eid.cards import certificate, signatures
from eid.cards.sod import Sod
from eid.cards.synthetic import PICTURE, SyntheticCountry
from eid.cards.synthetic_pki import SigningKey

ROUNDS, BATCH = 40, 10
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
SINCE = AT - timedelta(days=100)
FACE_BYTES = 18_000  # bytes of a face on a card
PERSON = Person(number="001090123456", full_name="Nguyễn Văn A", birth_date=date(1990, 1, 1), sex="male")


class World:
    """A country, and one document each of `BATCH` signers."""

    def __init__(self, country_key: SigningKey, make_signer_key: Callable[[], SigningKey]) -> None:
        self.country = SyntheticCountry(key=country_key, since=SINCE)
        signers = [self.country.signer(make_signer_key(), serial=100 + n) for n in range(BATCH)]
        picture = PICTURE + bytes(FACE_BYTES)
        self.chip_key = SigningKey.generate(ec.SECP256R1())
        cards = [signer.card(PERSON, picture=picture, chip_key=self.chip_key) for signer in signers]
        self.chips = [Chip.read(card.files) for card in cards]
        self.store = CscaStore([self.country.certificate])
        self.raw = [self._raw(signer, card.files) for signer, card in zip(signers, cards, strict=True)]

    def _raw(self, signer, files) -> Callable[[], None]:
        """The bare operations of one document."""
        sod, parsed = Sod.parse(files["EF.SOD"]), certificate.CardCertificate.parse(signer.certificate)
        above = operation(self.country.key, parsed.signature, parsed.tbs)
        own = operation(signer.key, sod.signed.signature, sod.signed.attributes)
        groups = [data for name, data in files.items() if name.startswith("DG")]

        def document() -> None:
            above()
            for data in groups:
                hashlib.sha256(data).digest()
            hashlib.sha256(sod.signed.content).digest()
            own()

        return document

    def forget(self) -> None:
        """Nothing of an earlier round is remembered."""
        self.store = CscaStore([self.country.certificate])
        certificate._parse.cache_clear()
        signatures.read_key.cache_clear()
        _ = self.store.anchors[0].public_key

    def subjects(self) -> dict[str, Callable[[int], object]]:
        """In this order: the first run of `eid` meets every signer for the first time, the second knows them."""
        return {
            "raw": lambda n: self.raw[n](),
            "signer new": lambda n: self.chips[n].verify(self.store, at=AT),
            "signer known": lambda n: self.chips[n].verify(self.store, at=AT),
        }


def operation(key: SigningKey, signature: bytes, data: bytes) -> Callable[[], None]:
    """One bare verification with a loaded key."""
    public = key.private.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        algorithm = ec.ECDSA(key.digest)
        return lambda: public.verify(signature, data, algorithm)
    return lambda: public.verify(signature, data, padding.PKCS1v15(), key.digest)


def worlds() -> dict[str, World]:
    """Keys as countries have them; P-256 throughout is the fastest that anybody could choose."""
    return {
        "brainpool": World(
            SigningKey.generate(ec.BrainpoolP512R1(), hashes.SHA512()),
            lambda: SigningKey.generate(ec.BrainpoolP256R1()),
        ),
        "RSA-4096/2048": World(SigningKey.generate(4096), lambda: SigningKey.generate(2048)),
        "P-256": World(SigningKey.generate(ec.SECP256R1()), lambda: SigningKey.generate(ec.SECP256R1())),
    }


def measure(world: World) -> dict[str, list[float]]:
    """CPU seconds a document of each subject, round by round; the subjects take turns within a round."""
    subjects = world.subjects()
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        world.forget()
        gc.collect()
        gc.disable()
        for name, run in subjects.items():
            start = time.process_time()
            for n in range(BATCH):
                run(n)
            times[name].append((time.process_time() - start) / BATCH)
        gc.enable()
    return times


def against(times: dict[str, list[float]], one: str, other: str) -> tuple[float, float]:
    """How many times as long `one` takes as `other`, and half the distance of the quartiles as a fraction."""
    within = [a / b for a, b in zip(times[one], times[other], strict=True)]
    low, middle, high = statistics.quantiles(within, n=4)
    return middle, (high - low) / 2 / middle


# what reading costs beside fast signatures is more than they cost: bounds of their own for a signer met first
TARGETS = {("P-256", "signer new"): 2.5, ("RSA-4096/2048", "signer new"): 3.5}
TARGET = 1.5


def ratios() -> list[tuple[str, float, float, float, str]]:
    """(subject, measured, target, spread, comparison)."""
    rows = []
    for name, world in worlds().items():
        times = measure(world)
        print(
            f"Chip.verify, {name}: " + ", ".join(f"{k} {statistics.median(v) * 1e6:.0f} µs" for k, v in times.items())
        )
        for known in ("signer new", "signer known"):
            measured, spread = against(times, known, "raw")
            target = TARGETS.get((name, known), TARGET)
            rows.append((f"Chip.verify, {name}, {known} / its signatures and hashes", measured, target, spread, "≤"))
    return rows


@pytest.fixture(scope="module")
def world() -> World:
    return World(SigningKey.generate(ec.SECP256R1()), lambda: SigningKey.generate(ec.SECP256R1()))


@pytest.mark.parametrize("name", ["raw", "signer known"])
def test_chip(benchmark, world, name):
    benchmark.pedantic(world.subjects()[name], args=(0,), rounds=50)


if __name__ == "__main__":
    for subject, measured, target, spread, comparison in ratios():
        print(f"{subject:70s} {measured:6.2f} {comparison} {target:4.2f}  (±{spread:.0%})")
