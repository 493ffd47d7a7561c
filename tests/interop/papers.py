"""PDFs of other programs (tests/vectors/pdf) for EU DSS and veraPDF: certified, signed in a field made before, B-LT.

`make(folder)` writes them with a development PKI of their own (`folder/pki`). Encrypted and unreadable samples are left
out: EU DSS asks for passwords by other ways.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from signing.cms.attributes import SignerLocation, SigningDetails
from signing.dev.pki import DevPki
from signing.pdf.request import FieldSpec, Permission
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.policy import Baseline

SAMPLES = Path(__file__).parents[1] / "vectors" / "pdf"
VERAPDF = Path(__file__).parent / "verapdf"
_LEFT_OUT = ("qpdf-encrypted", "no-table", "table-at", "bytes-before")
_PLACE = Stamp(page=0, x_mm=10, y_mm=10, width_mm=50, height_mm=20)
_SAID = SigningDetails(location=SignerLocation(country="VN", locality="Hà Nội"))


def make(folder: Path) -> Path:
    """Everything, under `folder`; the root that EU DSS has to trust."""
    pki = DevPki.create(folder / "pki", password="thử nghiệm", port=0)
    with pki.serve():
        for sample in sorted(SAMPLES.glob("*.pdf")):
            if not sample.name.startswith(_LEFT_OUT):
                (folder / sample.name).write_bytes(_signed(pki, sample.read_bytes()))
    return pki.trust_folder / "ca" / "root.pem"


def _signed(pki: DevPki, pdf: bytes) -> bytes:
    """Certified by one person, signed visibly by another in the field made for it."""
    long: dict[str, Any] = {"baseline": Baseline.B_LT, "tsa": pki.tsa(), "collect": pki.collect}
    office = FieldSpec(name="Office", place=_PLACE)
    person, clerk = pki.signer("official"), pki.signer("clerk")
    first = sign_pdf(pdf, person, certify=Permission.SIGN, fields=[office], details=_SAID, reason="Thử", **long)
    second = sign_pdf(first or b"", clerk, field="Office", stamp=_PLACE, **long)
    return second or b""


def archival(files: list[Path]) -> list[dict[str, Any]]:
    """veraPDF's answers about those of `files` that claim to be PDF/A: path, flavour, compliant, what is broken."""
    claim = [str(path) for path in files if b"pdfaid" in path.read_bytes()]
    subprocess.run(
        ["mvn", "-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath"],
        cwd=VERAPDF,
        check=True,
    )
    class_path = f"{VERAPDF / 'target/classes'}:{(VERAPDF / 'target/classpath').read_text().strip()}"
    printed = subprocess.run(
        ["java", "-cp", class_path, "interop.Archival", *claim], check=True, capture_output=True, text=True
    ).stdout
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
