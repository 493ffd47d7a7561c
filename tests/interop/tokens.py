"""Papers signed with keys on a PKCS #11 token, every key type, every algorithm and level, for the judges.

Nothing in the signature says where its key was; what is judged is what the token's mechanisms make, and the padding
that is made here for tokens that know raw RSA alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from judges import Case  # beside this file
from kinds import PAPERS
from matrix import keys_for, services

from signing.dev.people import Holder
from signing.dev.pki import DevPki
from signing.pdf.sign import sign_pdf
from signing.policy import Baseline
from signing.signer import SignatureAlgorithm, open_signer
from tests.signing.softhsm import MODULE, PIN, Faults, SoftHsm, uri

PAPER = PAPERS / "Giấy chứng sinh.pdf"
TOKEN = "Thiết bị ký"
RAW_RSA_ALONE = ("hide D", "hide 43", "hide 44", "hide 45")  # CKM_RSA_PKCS_PSS, CKM_SHA…_RSA_PKCS_PSS
KIND = "token (PKCS #11)"


def make(pki: DevPki, folder: Path) -> list[Case]:
    """Signed papers in `folder`. `pki` has to be served; needs SoftHSM2, OpenSC and a C compiler."""
    folder.mkdir()
    cases = []
    with tempfile.TemporaryDirectory() as made:
        hsm, faults = SoftHsm.create(Path(made)), Faults.build(Path(made))
        hsm.token(TOKEN)
        ids = {name: _put(pki, hsm, name, number) for number, name in enumerate(KEYS)}
        levels = cycle(Baseline)
        for key, algorithm, rules in _tries():
            faults.set(*rules)
            baseline = next(levels)
            where = uri(TOKEN, f"id=%{ids[key]}", module=faults.module)
            signer = open_signer(where, lambda _: PIN, algorithm=algorithm)
            path = folder / f"{key}-{algorithm}{'-padded-here' if rules else ''}-{baseline}.pdf"
            sign_pdf(PAPER, signer, out=path, **services(pki, baseline))
            cases.append(Case(path=path, kind=KIND, baseline=baseline))
    return cases


KEYS: dict[str, Any] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa3072": lambda: rsa.generate_private_key(65537, 3072),
    "rsa4096": lambda: rsa.generate_private_key(65537, 4096),
}


def _tries() -> Iterator[tuple[str, SignatureAlgorithm, tuple[str, ...]]]:
    for algorithm in SignatureAlgorithm:
        for key in keys_for(algorithm):
            yield key, algorithm, ()
        if algorithm.scheme == "rsassa-pss":
            yield "rsa3072", algorithm, RAW_RSA_ALONE


def _put(pki: DevPki, hsm: SoftHsm, name: str, number: int) -> str:
    """A new key and its certificate on the token; its CKA_ID."""
    key, key_id = KEYS[name](), f"{number + 1:02}"
    holder = Holder(common_name=f"Nguyễn Thẻ {name}", uid=f"CCCD:00109029893{number}")
    leaf, *issuers = pki.certify(f"token-{name}", holder, key)
    hsm.key(TOKEN, key, key_id)
    hsm.certificate(TOKEN, leaf, key_id)
    if number == 0:
        for above, issuer in enumerate(issuers):
            hsm.certificate(TOKEN, issuer, f"f{above}")
    return key_id


def available() -> bool:
    """Whether there is a token to sign with."""
    return MODULE.exists()
