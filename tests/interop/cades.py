"""CAdES signatures: B-LT and B-LTA, with what signers say, inside and beside the content, of several signers and
counter-signed, renewed. Keys and algorithms are tried by the matrix.

A name ends in the baseline to be found:
`two-B-LTA.txt.p7s`; a detached signature's content lies beside it under the name without `.p7s`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from judges import Case  # beside this file
from matrix import CONTENT

from signing.cms.attributes import Commitment, SignaturePolicyId, SignerLocation, SigningDetails
from signing.cms.cades import extend_detached, sign_detached
from signing.cms.multi import add_signer, counter_sign, sign_attached
from signing.cms.tsa_pool import TsaPool
from signing.dev.pki import DevPki
from signing.policy import Baseline

SAID = SigningDetails(
    commitments=(Commitment.PROOF_OF_APPROVAL,),
    location=SignerLocation(country="VN", locality="Hà Nội"),
    claimed_roles=("Chủ tịch",),
    policy=SignaturePolicyId(oid="1.2.3.4.5", digest=hashlib.sha256(b"policy").digest()),
)
SAID_TO_DSS = f"{Commitment.PROOF_OF_APPROVAL} | VN | Hà Nội | Chủ tịch | 1.2.3.4.5"
_LONG = (Baseline.B_LT, Baseline.B_LTA)


def make(pki: DevPki, folder: Path) -> list[Case]:
    """Everything, in `folder`. `pki` has to be served."""
    folder.mkdir()
    cases = []
    for name, cms in _signatures(pki):
        path = folder / f"{name}.txt.p7s"
        path.write_bytes(cms)
        if "attached" not in name:
            path.with_suffix("").write_bytes(CONTENT)
        said = SAID_TO_DSS if name.startswith(("said-", "attached-")) else None
        baseline = Baseline(f"B-{name.rpartition('-B-')[2]}")
        cases.append(Case(path=path, kind="CAdES, several signers", baseline=baseline, said=said))
    return cases


def _digest(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


def _signatures(pki: DevPki) -> Iterator[tuple[str, bytes]]:
    person, rsa, clerk = (pki.signer(name) for name in ("receiver", "official", "clerk"))

    def to(baseline: Baseline) -> dict[str, Any]:
        tsa = TsaPool(members=(pki.tsa(),))
        return {"baseline": baseline, "tsa": tsa, "collect": pki.collect}

    for baseline in _LONG:
        yield f"said-{baseline}", sign_detached(CONTENT, person, details=SAID, **to(baseline))
        yield f"attached-{baseline}", sign_attached(CONTENT, rsa, details=SAID, **to(baseline))
        one = sign_detached(CONTENT, person, **to(baseline))
        two = add_signer(one, rsa, content=_digest, **to(baseline))
        yield f"two-{baseline}", two
        yield f"counter-{baseline}", counter_sign(one, clerk, **to(Baseline.B_LT))
        yield f"two-counter-{baseline}", counter_sign(two, clerk, index=1, **to(Baseline.B_LT))
        inside = add_signer(sign_attached(CONTENT, person, **to(baseline)), rsa, **to(baseline))
        yield f"two-attached-{baseline}", inside
    yield "grown-B-LTA", extend_detached(sign_detached(CONTENT, rsa), **to(Baseline.B_LTA))
    once = sign_detached(CONTENT, person, **to(Baseline.B_LTA))
    stronger = {**to(Baseline.B_LTA), "tsa": pki.tsa().using("sha512")}
    yield "renewed-B-LTA", extend_detached(once, **stronger, content=_digest)
    yield "renewed-two-B-LTA", extend_detached(two, **to(Baseline.B_LTA))
    counter = counter_sign(sign_detached(CONTENT, person, **to(Baseline.B_LT)), clerk, **to(Baseline.B_LT))
    yield "counter-archived-B-LTA", extend_detached(counter, **to(Baseline.B_LTA))
