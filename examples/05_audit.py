"""Audit a folder that somebody else filled: one report a document, three verdicts, nothing raised."""

import secrets
import tempfile
from pathlib import Path

from signing import TrustStore, audit_folder, sign_file, sign_pdf
from signing.dev.pki import DevPki

INPUTS = Path(__file__).parent / "inputs"

with tempfile.TemporaryDirectory() as folder:
    pki = DevPki.create(Path(folder) / "pki", password=secrets.token_urlsafe(), port=0)
    archive = Path(folder) / "archive"
    archive.mkdir()
    signer = pki.signer("official")
    sign_pdf(INPUTS / "form.pdf", signer, out=archive / "signed.pdf")
    changed = bytearray((archive / "signed.pdf").read_bytes())
    changed[len(changed) // 3] ^= 1
    (archive / "changed.pdf").write_bytes(changed)
    (archive / "photo.png").write_bytes((INPUTS / "anh-the.png").read_bytes())
    sign_file(archive / "photo.png", signer, out=archive / "photo.png.p7s")

    for report in audit_folder(archive, TrustStore.load(pki.trust_folder)):
        print(Path(report.path).name, report.kind, report.verdict)
        for finding in report.all_findings():
            print("   ", finding)
