"""PDF: PAdES B-B, invisible, beside EU DSS and Apache PDFBox in a warmed loop of their own virtual machines.

`python benchmarks/run.py jvm` prints the ratios. Each peer keeps one virtual machine with its key loaded and its
certificates parsed once, room reserved, and signs from memory to memory; it signs every file for a while before
anything is measured, and times itself inside, so that neither starting nor talking counts. Its compiler and collector
may use a second core, ours has one. Ours verifies each signature value inside the time; the peers do not. Subjects take
turns; what is compared is the median over the rounds of the ratio within a round. Without Java or Maven, or where Maven
cannot build, the rows are left out and one line says so.
"""

from __future__ import annotations

import contextlib
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench_cms import make_signer
from bench_pdf import Row, chromium_page, form, ratio, timed, with_xref_stream
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from papers import pages, with_object_streams

from signing.pdf.sign import sign_pdf
from signing.signer import LocalSigner

PROJECT = Path(__file__).parent / "jvm"
PEERS = {"dss": "EU DSS", "pdfbox": "Apache PDFBox"}
ROUNDS, BATCH = 11, 5
FIRST_S, FURTHER_S = 4.0, 1.0  # warming up: a machine that just started, and each further file
BUILD_S = 120
AHEAD = 1.0  # ours has to be ahead of every peer on every kind of file
_PASSWORD = "benchmark"


def build() -> str | None:
    """The class path, compiled by Maven; otherwise nothing, and one line that says why."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        print(f"EU DSS and Apache PDFBox are left out: no {' and no '.join(missing)} (a JDK of 17 or newer and Maven)")
        return None
    command = ["mvn", "-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"]
    try:
        subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, timeout=BUILD_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as e:
        print(f"EU DSS and Apache PDFBox are left out: Maven could not build benchmarks/jvm ({type(e).__name__})")
        return None
    return f"{PROJECT / 'target/classes'}:{(PROJECT / 'target/classpath').read_text().strip()}"


class Machine:
    """One virtual machine that is told what to do by lines."""

    def __init__(self, class_path: str, *program: str) -> None:
        command = ["java", "-Xms512m", "-Xmx1g", "-cp", class_path, *program]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.warm_s = FIRST_S

    def tell(self, *words: object) -> int:
        """One command, one answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the virtual machine ended over {words}; what it said is above")
        return int(answer)

    def open(self, file: Path) -> None:
        """Sign `file` from now on, warmed up."""
        self.tell("open", file)
        self.tell("warm", self.warm_s)
        self.warm_s = FURTHER_S

    def seconds(self) -> float:
        """Seconds a signature."""
        return self.tell("time", BATCH) / 1e9

    def close(self) -> None:
        """End of input ends it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it ended by itself: told already
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=30)


@contextlib.contextmanager
def machines(class_path: str, signer: LocalSigner, folder: Path) -> Iterator[dict[str, Machine]]:
    """A machine of each peer, all with the key of `signer`."""
    key = folder / "key.p12"
    protection = BestAvailableEncryption(_PASSWORD.encode())
    key.write_bytes(
        pkcs12.serialize_key_and_certificates(b"key", signer.key, signer.certificate, signer.chain, protection)
    )
    made = {peer: Machine(class_path, "bench.Peers", peer, str(key), _PASSWORD) for peer in PEERS}
    try:
        yield made
    finally:
        for machine in made.values():
            machine.close()


def compare(subject: str, signer: LocalSigner, made: dict[str, Machine], data: bytes, folder: Path) -> list[Row]:
    """The rows of one file."""
    file = folder / "paper.pdf"
    file.write_bytes(data)
    for machine in made.values():
        machine.open(file)
    rounds: dict[str, list[float]] = {"ours": [], **{peer: [] for peer in made}}
    sign_pdf(data, signer)
    for _ in range(ROUNDS):
        rounds["ours"].append(timed(lambda pdf: sign_pdf(pdf, signer) and None, data, BATCH))
        for peer, machine in made.items():
            rounds[peer].append(machine.seconds())
    rows: list[Row] = []
    for peer in made:
        middle, spread = ratio(rounds[peer], rounds["ours"])
        took_ms = statistics.median(rounds[peer]) * 1000
        rows.append((f"PAdES B-B against {PEERS[peer]} ({took_ms:.1f} ms): {subject}", middle, AHEAD, spread, "≥"))
    return rows


def ratios() -> list[Row]:
    """All rows."""
    class_path = build()
    if class_path is None:
        return []
    page = chromium_page()
    files = {
        "P-256": {
            "Chromium page": page, "LibreOffice form": form(), "cross-reference stream": with_xref_stream(),
            "object streams": with_object_streams(page), "50 pages": pages(50), "500 pages": pages(500),
        },
        "RSA-2048 PSS": {"Chromium page": page},
        "RSA-3072 PSS": {"Chromium page": page},
    }  # fmt: skip
    rows: list[Row] = []
    for kind, papers in files.items():
        signer = make_signer(kind)
        with tempfile.TemporaryDirectory() as name, machines(class_path, signer, Path(name)) as made:
            for subject, data in papers.items():
                rows += compare(f"{subject}, {kind}", signer, made, data, Path(name))
    return rows
