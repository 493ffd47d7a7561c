"""Growth: a PAdES B-B signature from path to path, beside `openssl dgst -sha256` and a durable copy of the same file.

`python benchmarks/run.py growth` prints the ratios. One pass over the bytes is what a signature cannot do without, and
so is bringing the signed file to disk: both sides synchronise the new file and its folder. The copy leaves the bytes to
the kernel (`sendfile`). Subjects take turns; the median over the rounds of the ratio within a round is compared.
Memory is the most that a process of its own held, that signed a file of 500 MB, over one that signed a file of 1 MB.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bench_cms import make_signer
from bench_pdf import Row, ratio
from papers import MB, write_pages

from signing.pdf.sign import sign_pdf

TARGET = 1.5
MEMORY_TARGET = 1.1
FREE_MB = 2500  # on disk, for the largest file, its copy and its signed twin
PAGES = (1, 50, 500)
SIZES_MB = {1: 15, 10: 9, 100: 4, 500: 3}  # and rounds
_PEAK = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from bench_cms import make_signer
from signing.pdf.sign import sign_pdf
sign_pdf(Path(sys.argv[2]), make_signer("P-256"), out=Path(sys.argv[2]).with_name("peak.pdf"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def digest_and_copy(paper: Path, out: Path) -> None:
    """What signing is measured against."""
    subprocess.run(["openssl", "dgst", "-sha256", paper], check=True, stdout=subprocess.DEVNULL)
    shutil.copyfile(paper, out)
    for path in (out, out.parent):
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)


def timed(call: Callable[[], object]) -> float:
    """Seconds."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def compare(subject: str, paper: Path, rounds: int) -> Row:
    """The row of one file; what was written is removed again before the next is measured."""
    signer, out = make_signer("P-256"), paper.with_name("out.pdf")
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds + 1):
        for call, times in (
            (lambda: sign_pdf(paper, signer, out=out), ours),
            (lambda: digest_and_copy(paper, out), theirs),
        ):
            times.append(timed(call))
            out.unlink()
    middle, spread = ratio(ours[1:], theirs[1:])
    took_ms = statistics.median(ours[1:]) * 1000
    return (
        f"PAdES B-B to disk / openssl dgst and a durable copy: {subject}, {took_ms:.0f} ms",
        middle,
        TARGET,
        spread,
        "≤",
    )


def peak(paper: Path) -> float:
    """The most that a process held which signed `paper`, in the platform's unit."""
    command = [sys.executable, "-c", _PEAK, str(Path(__file__).parent), str(paper)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    paper.with_name("peak.pdf").unlink()
    return float(said.stdout)


def ratios() -> list[Row]:
    """All rows; sizes for which the disk has no room are left out, and a line says so."""
    rows: list[Row] = []
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        paper = Path(name) / "paper.pdf"
        for count in PAGES:
            with paper.open("wb") as file:
                write_pages(file, count)
            rows.append(compare(f"{count} page{'s' * (count > 1)}", paper, 15))
        for size, rounds in SIZES_MB.items():
            if shutil.disk_usage(name).free < min(FREE_MB, 5 * size) * MB:
                print(f"growth: {size} MB left out, the disk has no room for it")
                continue
            with paper.open("wb") as file:
                write_pages(file, 1, size)
            rows.append(compare(f"{size} MB", paper, rounds))
            if size in (min(SIZES_MB), max(SIZES_MB)):
                peaks.append(peak(paper))
    if len(peaks) > 1:
        rows.append(("memory of signing 500 MB / 1 MB", peaks[1] / peaks[0], MEMORY_TARGET, 0.02, "≤"))
    return rows


@pytest.mark.parametrize("count", PAGES)
def test_sign_pages(benchmark, tmp_path, count):
    paper, signer = tmp_path / "paper.pdf", make_signer("P-256")
    with paper.open("wb") as file:
        write_pages(file, count)
    benchmark(lambda: sign_pdf(paper, signer, out=tmp_path / "out.pdf"))
