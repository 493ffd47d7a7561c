"""Audit: signatures a second beside pyHanko, EU DSS and pdfsig, a folder of 20,000 files, and five months of dossiers.

`python benchmarks/run.py audit` prints the table. Everyone reads the files from disk, offline, with the same root. Ours
does what `signing audit` does: kind by content, EN 319 102-1 with timestamps, revocation evidence and dated policy,
every later revision explained. pyHanko is used well: one process, one validation context for all files, its difference
analysis on, timestamps and revocation data of B-LT files not looked at (that would cost it more). EU DSS runs in one
warmed virtual machine with its own policy, parsed once; its compiler and collector may use a second core. `pdfsig`, of
C++, knows no folders: it is started once a file, and what it takes for the same page unsigned is taken off.

Peers that take long judge a sample: every n-th file of the same folder, all kinds in their shares.
"""

from __future__ import annotations

import asyncio
import io
import logging
import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bench_dossier
import pytest
from asn1crypto import cms
from audit_folder import FIVE, Office, links, signed_files
from bench_cms import as_asn1
from bench_jvm import Machine, build
from bench_pdf import Row, chromium_page
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_detached_cms, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from signing.audit import audit_bytes, audit_file, audit_folder
from signing.report import Report

FILES, PARTS, EVERY = 2_000, 10, 10  # files of the mixed folder, in so many parts; peers judge every tenth
MANY, JOBS, CORES = 20_000, 2, 2
DOSSIERS, FIVE_MONTHS = 10, 466_772  # measured; Hà Nội's
ROUNDS = 9
WARM_S = 15.0
FIVE_TARGET, FOLDER_TARGET, AHEAD, LESS_START = 6.0, 8.0, 1.0, 0.6
MEMORY_TARGET, SEALS_TARGET = 1.15, 1.5


class PyHanko:
    """pyHanko with one validation context and one event loop."""

    def __init__(self, office: Office) -> None:
        for name in ("pyhanko", "pyhanko_certvalidator"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.context = ValidationContext(trust_roots=[as_asn1(c) for c in office.trust().ca], allow_fetching=False)
        self.loop = asyncio.Runner()

    def pdf(self, data: bytes) -> int:
        """How many signatures of a PDF it calls valid."""
        found = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures
        return sum(bool(validate_pdf_signature(s, self.context).bottom_line) for s in found)

    def file(self, path: Path) -> int:
        """The same of a PDF or a detached signature."""
        if path.suffix == ".pdf":
            return self.pdf(path.read_bytes())
        signed = cms.ContentInfo.load(path.read_bytes())["content"]
        content = path.with_suffix("").read_bytes()
        checked = async_validate_detached_cms(content, signed, signer_validation_context=self.context)
        return int(self.loop.run(checked).bottom_line)


def intact(report: Report) -> int:
    """How many signatures hold; without evidence they are not settled, for us."""
    assert all(s.intact and s.changes_after != "forbidden" for s in report.signatures), report
    return len([s for s in report.signatures if s.type == "signature"])


def seconds(call: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def compared(subject: str, ours: list[float], theirs: list[float], target: float) -> Row:
    """The median of the ratios within a round."""
    found = [t / o for o, t in zip(ours, theirs, strict=True)]
    middle = statistics.median(found)
    quartiles = statistics.quantiles(found, n=4)
    return subject, middle, target, (quartiles[2] - quartiles[0]) / 2 / middle, "≥"


@contextmanager
def machine(office: Office, folder: Path) -> Iterator[Machine | None]:
    """EU DSS validating, or None where it cannot be built."""
    class_path = build()
    if class_path is None:
        yield None
        return
    root = folder / "root.pem"
    root.write_bytes(office.trust().ca[0].public_bytes(Encoding.PEM))
    made = Machine(class_path, "bench.Validators", str(root))
    try:
        yield made
    finally:
        made.close()


def told(made: Machine, files: list[Path], folder: Path) -> None:
    """Have EU DSS take these files, warmed up."""
    (folder / "list").write_text("\n".join(map(str, files)))
    made.tell("files", folder / "list")
    made.tell("warm", WARM_S)


def pdfsig(path: Path) -> float:
    """Seconds of one start of pdfsig over a file; its answer about trust is left out, as it has no root to trust."""
    command = ["pdfsig", "-nocert", str(path)]
    return seconds(lambda: subprocess.run(command, check=False, capture_output=True, timeout=60))


def five_signatures(office: Office, dss: Machine | None, folder: Path) -> list[Row]:
    """One PDF with five signatures, validated again and again."""
    path, blank = folder / "five.pdf", folder / "blank.pdf"
    path.write_bytes(office.signed(0, FIVE))
    blank.write_bytes(chromium_page())
    data, trust, pyhanko = path.read_bytes(), office.trust(), PyHanko(office)
    assert pyhanko.pdf(data) == intact(audit_bytes(data, trust)) == FIVE
    if dss is not None:
        told(dss, [path], folder)
    has_pdfsig = shutil.which("pdfsig") is not None
    ours, hanko, java, whole, less = [], [], [], [], []
    for _ in range(ROUNDS):
        ours.append(statistics.median(seconds(lambda: audit_file(path, trust)) for _ in range(5)))
        hanko.append(seconds(lambda: pyhanko.pdf(path.read_bytes())))
        java.append(dss.tell("time", 5) / 1e9 if dss is not None else 0.0)
        whole.append(pdfsig(path) if has_pdfsig else 0.0)
        less.append(max(whole[-1] - pdfsig(blank), 0.0) if has_pdfsig else 0.0)
    took = statistics.median(ours) * 1e3
    rows = [compared(f"audit of five signatures in a PDF, {took:.1f} ms, against pyHanko", ours, hanko, FIVE_TARGET)]
    if dss is not None:
        rows.append(compared("audit of five signatures in a PDF against EU DSS", ours, java, AHEAD))
    if has_pdfsig:
        rows.append(compared("audit of five signatures in a PDF against pdfsig, a process a file", ours, whole, AHEAD))
        # What is left is digests and signature values in C++: it looks at no certificate and at no change.
        rows.append(compared("… against pdfsig less its start, which checks no certificate", ours, less, LESS_START))
    return rows


def mixed_folder(office: Office, dss: Machine | None, folder: Path) -> list[Row]:
    """The mixed folder in one process, a tenth at a time: all of it for us, every n-th file of it for the peers.

    What is compared are signatures a second. Our first tenth meets every certificate for the first time.
    """
    trust, pyhanko, files = office.trust(), PyHanko(office), signed_files(folder / "mixed")
    ours, hanko, java, held = [], [], [], 0
    if dss is not None:
        told(dss, files[::EVERY], folder)
    for start in range(0, len(files), len(files) // PARTS):
        part = files[start : start + len(files) // PARTS]
        sample = part[::EVERY]
        signatures, took = counted(lambda part=part: sum(intact(audit_file(p, trust)) for p in part))
        ours.append(took / signatures)
        held += signatures
        in_sample = sum(intact(audit_file(p, trust)) for p in sample)
        found, took = counted(lambda sample=sample: sum(map(pyhanko.file, sample)))
        assert found == in_sample, sample
        hanko.append(took / found)
        java.append(dss.tell("time", len(sample)) / 1e9 * len(sample) / in_sample if dss is not None else 0.0)
    rate = 1 / statistics.median(ours)
    print(f"mixed folder: {len(files)} files, {held} signatures; {rate:.0f} signatures a second in one process")
    rows = [compared("audit of mixed files, signatures a second and core, against pyHanko", ours, hanko, FOLDER_TARGET)]
    if dss is not None:
        rows.append(compared("audit of mixed files, signatures a second, against EU DSS", ours, java, AHEAD))
    return rows


def seals_trusted(office: Office, folder: Path) -> Row:
    """What it costs that keys of seals are trusted, so that every page of a signed PDF is searched for printed ones."""
    files, every, plain = signed_files(folder / "mixed")[::EVERY], office.pki.trust(), office.trust()
    assert every.seals and not plain.seals
    found = []
    for start in range(PARTS):
        part = files[start::PARTS]
        without, within = (seconds(lambda t=t, p=part: [audit_file(path, t) for path in p]) for t in (plain, every))
        found.append(within / without)
    middle, quartiles = statistics.median(found), statistics.quantiles(found, n=4)
    spread = (quartiles[2] - quartiles[0]) / 2 / middle
    return "audit of mixed files with keys of seals trusted / without", middle, SEALS_TARGET, spread, "≤"


def counted(call: Callable[[], int]) -> tuple[int, float]:
    """What a call counts, and the seconds it takes."""
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def resident_mb() -> float:
    """Memory of the processes that audit, this one and its children, in MB."""
    processes = [multiprocessing.current_process().pid, *(p.pid for p in multiprocessing.active_children())]
    total = 0
    for pid in processes:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total / 1024


def many_files(office: Office, mixed: Path, folder: Path) -> list[Row]:
    """20,000 files with two processes: the rate, and memory at a quarter and at the end."""
    target = folder / "many"
    names = links(mixed, target, MANY // FILES)
    memory, done, start = [], 0, time.perf_counter()
    for report in audit_folder(target, office.trust(), jobs=JOBS):
        done += bool(report.signatures)
        if done in (names // 4, names) and report.signatures:
            memory.append(resident_mb())
    took = time.perf_counter() - start
    print(f"{names} signed files on {JOBS} processes: {names / took:.0f} files a second, memory {memory[-1]:.0f} MB")
    return [
        (
            "memory of an audit of 20,000 files, at the end / at a quarter",
            memory[-1] / memory[0],
            MEMORY_TARGET,
            0.02,
            "≤",
        )
    ]


def five_months(folder: Path) -> None:
    """Print how long the dossiers of five months would take, from a few that are measured."""
    with bench_dossier.running_office() as office:
        papers = {"papers/to-khai.pdf": chromium_page()}
        result = office.result()
        for number in range(DOSSIERS):
            bench_dossier.play(office, number, result, papers)
        trust = office.world.pki.trust()
        paths = sorted(office.folder.glob("d*.asice"))
        audit_file(paths[0], trust)
        took = [seconds(lambda p=p: audit_file(p, trust)) for p in paths]
    each = statistics.median(took)
    hours = each * FIVE_MONTHS / CORES / 3600
    print(
        f"a dossier of five steps, its result with two signatures: {each * 1e3:.1f} ms; {FIVE_MONTHS:,} of them on"
        f" {CORES} cores: {hours:.1f} hours (multiplied up from {len(paths)})"
    )


def ratios() -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office = Office.make(folder / "pki")
        with office.pki.serve():
            office.fill(folder / "mixed", FILES)
        with machine(office, folder) as dss:
            rows = five_signatures(office, dss, folder)
            rows += mixed_folder(office, dss, folder)
        rows.append(seals_trusted(office, folder))
        rows += many_files(office, folder / "mixed", folder)
        five_months(folder)
    return rows


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office.make(tmp_path_factory.mktemp("office") / "pki")


def test_audit_five_signatures(benchmark, office):
    data, trust = office.signed(0, FIVE), office.trust()
    benchmark(lambda: audit_bytes(data, trust))


if __name__ == "__main__":
    sys.exit(print(ratios()))
