"""The matrix: key × algorithm × level × kind of PDF × look, and the same keys on detached and attached CAdES.

On a plain page every key, algorithm and level stand with each other. On every other kind of PDF every algorithm is
tried, with keys, levels and looks that turn from kind to kind, so that each two values of the five meet somewhere:
`missing_pairs` is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from judges import Case  # beside this file
from kinds import PASSWORD, Kind, kinds, looks

from signing.cms.cades import sign_detached
from signing.cms.multi import sign_attached
from signing.dev.people import Holder
from signing.dev.pki import DevPki
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.policy import Baseline
from signing.signer import LocalSigner, SignatureAlgorithm

CONTENT = "Biên bản số 12/BB-UBND\n".encode() * 20
CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
RSA_BITS = {"rsa2048": 2048, "rsa3072": 3072, "rsa4096": 4096}
PLAIN = "plain"
CHANGED = "one byte changed: refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One signature to make."""

    kind: str
    key: str
    algorithm: SignatureAlgorithm
    baseline: Baseline
    look: str = "unseen"

    def __str__(self) -> str:
        return f"{self.kind}~{self.look}-{self.key}-{self.algorithm}-{self.baseline}"

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """Each two of its values."""
        return set(combinations((self.kind, self.key, str(self.algorithm), str(self.baseline), self.look), 2))


def keys_for(algorithm: SignatureAlgorithm) -> list[str]:
    """The keys that an algorithm works with."""
    return list(CURVES if algorithm.scheme == "ecdsa" else RSA_BITS)


def everything(kind: str) -> Iterator[Row]:
    """Every key with every algorithm that it has and every level."""
    for algorithm, baseline in product(SignatureAlgorithm, Baseline):
        for key in keys_for(algorithm):
            yield Row(kind, key, algorithm, baseline)


def covering(names: list[str], shown: list[str]) -> Iterator[Row]:
    """Everything on the plain page, and every algorithm on each other kind with a key, level and look in turn."""
    for i, row in enumerate(everything(PLAIN)):
        yield replace(row, look=shown[i % len(shown)])
    levels = list(Baseline)
    for i, kind in enumerate(name for name in names if name != PLAIN):
        for j, algorithm in enumerate(SignatureAlgorithm):
            keys = keys_for(algorithm)
            look = shown[(i + 3 * j) % len(shown)]
            yield Row(kind, keys[(i + j) % len(keys)], algorithm, levels[(i + j) % len(levels)], look)


def missing_pairs(names: list[str], shown: list[str]) -> set[tuple[str, str]]:
    """The pairs of values that can meet and do not."""
    wanted = {
        pair for name in names for row in everything(name) for look in shown for pair in replace(row, look=look).pairs
    }
    return wanted - {pair for row in covering(names, shown) for pair in row.pairs}


def make(pki: DevPki, folder: Path) -> list[Case]:
    """Every PDF and every CAdES signature of the matrix in `folder`. `pki` has to be served."""
    folder.mkdir()
    signers = {key: _signer(pki, key, number) for number, key in enumerate((*CURVES, *RSA_BITS))}
    known, shown = kinds(pki), looks()
    missing = missing_pairs(list(known), list(shown))
    if missing:
        raise RuntimeError(f"the matrix leaves out {sorted(missing)[:3]}")
    rows = covering(list(known), list(shown))
    cases = [_pdf(pki, folder, row, known[row.kind], shown[row.look], signers) for row in rows]
    for name in ("detached", "attached"):
        cases += [_cades(pki, folder, row, signers) for row in everything(name)]
    return cases + [_changed(folder, case) for case in {case.kind: case for case in cases}.values()]


def _changed(folder: Path, case: Case) -> Case:
    """A copy of a signed file, one byte of what is signed changed so that every program still opens it."""
    data = bytearray(case.path.read_bytes())
    path = folder / f"changed-{case.path.name}"
    if "attached" in case.kind:
        data[data.index(CONTENT)] ^= 1
    elif case.path.suffix == ".pdf":
        data[data.index(b"%", 1) + 2] ^= 1  # in the comment below the header (ISO 32000-2 §7.5.2)
    else:
        path.with_suffix("").write_bytes(CONTENT[1:])
    path.write_bytes(data)
    return replace(case, path=path, kind=CHANGED, baseline=None, forged=True)


def _signer(pki: DevPki, name: str, number: int) -> LocalSigner:
    curve = CURVES.get(name)
    key: Any = ec.generate_private_key(curve) if curve else rsa.generate_private_key(65537, RSA_BITS[name])
    holder = Holder(common_name=f"Nguyễn Thử {name}", uid=f"CCCD:00109029900{number}")
    leaf, *chain = pki.certify(f"matrix-{name}", holder, key)
    algorithm = SignatureAlgorithm.ECDSA_SHA256 if name in CURVES else SignatureAlgorithm.RSA_PSS_SHA256
    return LocalSigner(certificate=leaf, key=key, chain=tuple(chain), algorithm=algorithm)


def services(pki: DevPki, baseline: Baseline) -> dict[str, Any]:
    """What a signature of this level needs."""
    given: dict[str, Any] = {"baseline": baseline}
    if baseline >= Baseline.B_T:
        given["tsa"] = pki.tsa()
    if baseline >= Baseline.B_LT:
        given["collect"] = pki.collect
    return given


def _pdf(pki: DevPki, folder: Path, row: Row, kind: Kind, stamp: Stamp | None, signers: dict[str, LocalSigner]) -> Case:
    signer = replace(signers[row.key], algorithm=row.algorithm)
    given: dict[str, Any] = {**kind.options, **services(pki, row.baseline), "password": lambda _: PASSWORD}
    signed = sign_pdf(kind.pdf, signer, stamp=stamp, **given)
    path = folder / f"{row}.pdf"
    path.write_bytes(signed or b"")
    password = PASSWORD if kind.locked else None
    return Case(path=path, kind=row.kind, baseline=row.baseline, password=password, mixed=kind.signed)


def _cades(pki: DevPki, folder: Path, row: Row, signers: dict[str, LocalSigner]) -> Case:
    signer = replace(signers[row.key], algorithm=row.algorithm)
    path = folder / f"{row}.txt.p7s"
    if row.kind == "detached":
        path.with_suffix("").write_bytes(CONTENT)
        path.write_bytes(sign_detached(CONTENT, signer, **services(pki, row.baseline)))
    else:
        path.write_bytes(sign_attached(CONTENT, signer, **services(pki, row.baseline)))
    return Case(path=path, kind=f"CAdES {row.kind}", baseline=row.baseline)
