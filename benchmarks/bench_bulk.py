"""Batches: files a second with one and two processes, what the journal costs, and a city's peak day.

`python benchmarks/run.py bulk` prints the table. Every output is synchronised to disk and named in the journal before
it gets its name, every signature value is verified before it is written, and opening the key and starting the processes
is inside the time. One by one means `sign_pdf` from path to path, a file and its folder synchronised each time, without
journal. Subjects take turns; what is compared is the median over the rounds of the ratio within a round.

The peak day is Hà Nội's of 2022: 7,000 dossiers, five steps each, and 7,000 results with two signatures. Steps are
measured on whole dossiers with register, proofs, revocation and B-T timestamps (`bench_dossier.py`), results on two
passes of a batch, official and office, into prepared fields at B-B; both are multiplied up from the numbers that are
printed, which is fair as long as neither gets slower with the number of files (the first rows show it).
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bench_dossier
import pytest

from signing.batch import Order
from signing.batch.run import sign_files
from signing.dev.pki import DevPki
from signing.pdf.prepare import prepare_result
from signing.pdf.sign import sign_pdf
from signing.signer import open_signer

sys.path.insert(0, str(Path(__file__).parent.parent))

FEW, MANY, ROUNDS = 300, 4000, 3  # a second process takes half a second to start
DOSSIERS, STEPS, CORES = 7_000, 5, 2
RESULT = Path(__file__).parent.parent / "examples" / "inputs" / "result.pdf"
_PASSWORD = "benchmark"
Row = tuple[str, float, float, float, str]


class Ground:
    """A PKI and folders of results that are ready for both signatures."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pki = DevPki.create(folder / "pki", password=_PASSWORD, port=0)
        page = prepare_result(RESULT.read_bytes(), "VS1:" + "6A B9%" * 50)
        for count in (FEW, MANY):
            (folder / str(count)).mkdir()
            for number in range(count):
                (folder / str(count) / f"{number:05}.pdf").write_bytes(page)

    def batch(self, source: str, *, jobs: int, who: str = "receiver", field: str = "Official") -> float:
        """Seconds to sign a folder; its outputs stay in the folder `out`."""
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        order = Order(key=self.pki.key_uri(who), field_name=field)
        start = time.perf_counter()
        assert not [o for o in sign_files([self.folder / source], out, order, self.pki.ask, jobs=jobs) if o.error]
        return time.perf_counter() - start

    def one_by_one(self) -> float:
        """Seconds to sign the small folder without a batch."""
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        start = time.perf_counter()
        signer = open_signer(self.pki.key_uri("receiver"), self.pki.ask)
        for path in sorted((self.folder / str(FEW)).iterdir()):
            sign_pdf(path, signer, out=out / path.name, field="Official")
        return time.perf_counter() - start

    def both_signatures(self) -> float:
        """Seconds for two signatures on each result of the large folder, with a process a core."""
        first = self.batch(str(MANY), jobs=CORES, who="approver")
        shutil.rmtree(self.folder / "official", ignore_errors=True)
        (self.folder / "out").rename(self.folder / "official")
        return first + self.batch("official", jobs=CORES, who="clerk", field="Office")


@contextmanager
def ground() -> Iterator[Ground]:
    """Where results are signed."""
    with tempfile.TemporaryDirectory() as name:
        yield Ground(Path(name))


def measure(place: Ground) -> dict[str, list[float]]:
    """Seconds of each subject in each round."""
    subjects: dict[str, Callable[[], float]] = {
        "one by one": place.one_by_one,
        "few": lambda: place.batch(str(FEW), jobs=1),
        "many": lambda: place.batch(str(MANY), jobs=1),
        "many, 2": lambda: place.batch(str(MANY), jobs=CORES),
        "both": place.both_signatures,
    }
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        for name, run in subjects.items():
            times[name].append(run())
    return times


def steps_per_second() -> float:
    """On one core, from whole dossiers."""
    with bench_dossier.running_office() as office:
        result = office.result()
        bench_dossier.play(office, 999, result, {})
        return STEPS / statistics.median(sum(d) for d in bench_dossier.rounds(office, 100, result, {}))


def ratio(times: dict[str, list[float]], one: str, other: str, factor: float = 1.0) -> tuple[float, float]:
    """The median of one ÷ other × factor within rounds, and half the range of it as a fraction."""
    values = [factor * a / b for a, b in zip(times[one], times[other], strict=True)]
    middle = statistics.median(values)
    return middle, min((max(values) - min(values)) / 2 / middle, 0.5)


def ratios() -> list[Row]:
    """Rows for the table; prints files a second and the peak day."""
    with ground() as place:
        times = measure(place)
    rates = {name: (FEW if name in {"few", "one by one"} else MANY) / statistics.median(t) for name, t in times.items()}
    steps, results = steps_per_second(), MANY / statistics.median(times["both"])
    day = DOSSIERS * STEPS / steps / 60, DOSSIERS / results / 60
    print(f"results of {RESULT.stat().st_size / 1e3:.0f} kB on disk, P-256, PAdES B-B, files/s, median of {ROUNDS}:")
    print(
        f"  one by one {rates['one by one']:.0f}, batch {rates['many']:.0f}, with {CORES} jobs {rates['many, 2']:.0f};"
    )
    print(f"  two signatures on each result, {CORES} jobs: {results:.0f} results/s ({MANY:,} measured)")
    print(f"peak day: {DOSSIERS:,} dossiers × {STEPS} steps {day[0]:.1f} min on one core at {steps:.0f} steps/s,")
    print(f"  {DOSSIERS:,} results × 2 signatures {day[1]:.1f} min on {CORES} cores, an authority's timestamps on top")
    journal = ratio(times, "few", "one by one")
    growth = ratio(times, "many", "few", FEW / MANY)
    shared = ratio(times, "many", "many, 2")
    return [
        ("batch with journal / sign_pdf one by one, one process", journal[0], 1.2, journal[1], "≤"),
        (f"batch: time a file, {MANY} files / {FEW} files", growth[0], 1.1, growth[1], "≤"),
        (f"batch: {CORES} jobs against 1, on {CORES} cores", shared[0], 1.2, shared[1], "≥"),
    ]


@pytest.mark.parametrize("jobs", [1, CORES])
def test_a_batch(benchmark, jobs):
    with ground() as place:
        benchmark.pedantic(lambda: place.batch(str(FEW), jobs=jobs), rounds=1)


if __name__ == "__main__":
    print(ratios())
