"""Papers signed with keys on a PKCS #11 token, every algorithm at B-LT, for EU DSS to judge.

Nothing in the signature says where its key was; what is judged is what the token's mechanisms make, and the padding
that is made here for tokens that know raw RSA alone.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.serialization import pkcs12

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from signing.dev.pki import DevPki
from signing.pdf.sign import sign_pdf
from signing.policy import Baseline
from signing.signer import SignatureAlgorithm, open_signer
from tests.signing.softhsm import MODULE, PIN, Faults, SoftHsm, uri

PAPER = Path(__file__).parents[2] / "examples" / "inputs" / "Giấy chứng sinh.pdf"
TOKEN = "Thiết bị ký"
RAW_RSA_ALONE = ("hide D", "hide 43", "hide 44", "hide 45")  # CKM_RSA_PKCS_PSS, CKM_SHA…_RSA_PKCS_PSS
RSA = [algorithm for algorithm in SignatureAlgorithm if algorithm.scheme != "ecdsa"]
ECDSA = [algorithm for algorithm in SignatureAlgorithm if algorithm.scheme == "ecdsa"]


def sign_with_tokens(pki: DevPki, out: Path) -> None:
    """Signed papers in `out`, with keys of `pki` moved into a token. Needs SoftHSM2, OpenSC and a C compiler."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, pki.serve():
        hsm, faults = SoftHsm.create(Path(made)), Faults.build(Path(made))
        hsm.token(TOKEN)
        for name, key_id in (("official", "01"), ("clerk", "02")):
            file = Path(pki.key_uri(name).removeprefix("pkcs12:"))
            key, certificate, issuers = pkcs12.load_key_and_certificates(file.read_bytes(), pki.ask(name).encode())
            hsm.key(TOKEN, key, key_id)
            for number, one in enumerate([certificate, *issuers]):
                hsm.certificate(TOKEN, one, key_id if number == 0 else f"f{number}")
        for key_id, algorithm, rules in [
            *(("01", algorithm, ()) for algorithm in RSA),
            *(("02", algorithm, ()) for algorithm in ECDSA),
            *(("01", algorithm, RAW_RSA_ALONE) for algorithm in RSA if algorithm.scheme == "rsassa-pss"),
        ]:
            faults.set(*rules)
            signer = open_signer(uri(TOKEN, f"id=%{key_id}", module=faults.module), lambda _: PIN, algorithm=algorithm)
            signed = out / f"{algorithm}{'-padded-here' if rules else ''}.pdf"
            sign_pdf(PAPER, signer, out=signed, baseline=Baseline.B_LT, tsa=pki.tsa(), collect=pki.collect)


def available() -> bool:
    """Whether there is a token to sign with."""
    return MODULE.exists()
