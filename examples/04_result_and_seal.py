"""Print a seal onto a result, sign it by official and office, and check the QR code that a citizen scans."""

import secrets
import tempfile
from pathlib import Path

from signing import Baseline, SealBook, TrustStore, confirm_result, make_result, sign_office, sign_official, verify_seal
from signing.dev.people import OFFICE
from signing.dev.pki import DevPki
from signing.seal.scan import scan

RESULT = Path(__file__).parent / "inputs" / "result.pdf"

with tempfile.TemporaryDirectory() as folder:
    pki = DevPki.create(Path(folder) / "pki", password=secrets.token_urlsafe(), port=0)
    trust = TrustStore.load(pki.trust_folder)
    key = pki.seal_keys().active
    services = {"baseline": Baseline.B_LT, "tsa": pki.tsa(), "collect": pki.collect}
    with pki.serve(), SealBook.open(Path(folder) / "seals.db", office=OFFICE) as book:
        prepared = make_result(
            RESULT.read_bytes(),
            key=key,
            book=book,
            official=pki.certificate("official"),
            office_seal=pki.certificate("clerk"),
            dossier=f"{OFFICE}-261121-0001",
            procedure="1.001193",
            number="0001/2026-GKS",
            holder="N. T. NGHIỆM",
        )
        by_official = sign_official(prepared.pdf, pki.signer("official"), **services)
        result = sign_office(by_official, pki.signer("clerk"), trust=trust, **services)
        confirm_result(result, trust=trust, book=book)
        book.publish_to(pki.trust_folder / "seals", key)

    (code,) = scan(result)
    seal = verify_seal(code.text, TrustStore.load(pki.trust_folder))
    print(len(code.text), "characters:", seal.number, seal.holder, seal.issued)
