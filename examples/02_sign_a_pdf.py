"""Sign a PDF with a visible stamp, raise it to B-LT, and check it; the keys and services are the development PKI's."""

import secrets
import tempfile
from pathlib import Path

from signing import Baseline, Stamp, TrustStore, open_signer, sign_pdf, verify_pdf
from signing.dev.pki import DevPki

PAPER = Path(__file__).parent / "inputs" / "Giấy chứng sinh.pdf"

with tempfile.TemporaryDirectory() as folder:
    pki = DevPki.create(Path(folder) / "pki", password=secrets.token_urlsafe(), port=0)
    with pki.serve():
        signer = open_signer(pki.key_uri("official"), ask=pki.ask)
        signed = sign_pdf(
            PAPER,
            signer,
            baseline=Baseline.B_LT,
            tsa=pki.tsa(),
            collect=pki.collect,
            stamp=Stamp(page=-1, x_mm=120, y_mm=30),
        )
    # the services are gone: what follows is proven from the file and the trust folder alone
    for signature in verify_pdf(signed or b"", TrustStore.load(pki.trust_folder)):
        print(signature.id, signature.indication, signature.baseline, signature.signer and signature.signer.subject)
