"""Papers and CAdES signatures whose key is elsewhere: in the cloud (CSC API), on a SIM (TS 102 204), at a person who is
asked in two phases. The services are those of the tests, over real HTTP, with certificates of the PKI that is judged.

Nothing in a signature says where its key was; what is judged is what each protocol carries.
"""

from __future__ import annotations

import base64
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from judges import Case  # beside this file
from kinds import PAPERS
from matrix import CONTENT, services

from signing.cms.cades import sign_detached
from signing.dev.people import Holder
from signing.dev.pki import DevPki
from signing.external import complete_detached, complete_pdf, prepare_detached, prepare_pdf
from signing.pdf.sign import sign_pdf
from signing.policy import Baseline
from signing.signer import LocalSigner, SignatureAlgorithm, Signer, default_algorithm, open_signer
from tests.signing.cms_makers import make_key
from tests.signing.csc_loopback import running
from tests.signing.csc_person import Person
from tests.signing.csc_server import CscService
from tests.signing.mobile_server import PASSWORD as MOBILE_PASSWORD
from tests.signing.mobile_server import Mobile, serving

PAPER = PAPERS / "Giấy chứng sinh.pdf"
CLOUD_KEYS = ("p256", "p384", "rsa2048", "rsa3072")
DIGESTS = ("sha256", "sha384", "sha512")
Chain = tuple[x509.Certificate, ...]


@dataclass(kw_only=True)
class Cloud(CscService):
    """The remote signing service, with a certificate that others can judge."""

    issuers: Chain = ()

    def credentials_info(self, values: dict[str, Any]) -> dict[str, Any]:
        answer = super().credentials_info(values)
        chain = [c.public_bytes(Encoding.DER) for c in (self.leaf, *self.issuers)]
        answer["cert"]["certificates"] = [base64.b64encode(der).decode() for der in chain]
        return answer


def make(pki: DevPki, folder: Path) -> list[Case]:
    """Everything, in `folder`; each file with the next level in turn. `pki` has to be served."""
    folder.mkdir()
    levels = cycle(Baseline)
    cases: list[Case] = []
    for kind, name, opened in _remote(pki):
        with opened as signer:
            cases += _both(pki, folder, kind, name, signer, next(levels))
    for number, digest in enumerate(DIGESTS):
        for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 3072)):
            cases += _two_phases(pki, folder, _local(pki, key), digest, list(Baseline)[number:])
    return cases


def _certified(pki: DevPki, key: Any, who: str) -> Chain:
    return pki.certify(who, Holder(common_name=f"Nguyễn Thử {who}", uid="CCCD:001090299911"), key)


def _local(pki: DevPki, key: Any) -> LocalSigner:
    leaf, *chain = _certified(pki, key, "elsewhere")
    algorithm = default_algorithm(key.public_key())
    return LocalSigner(certificate=leaf, key=key, chain=tuple(chain), algorithm=algorithm)


# --- services --------------------------------------------------------------------------------------------------------


def _remote(pki: DevPki) -> Iterator[tuple[str, str, AbstractContextManager[Signer]]]:
    for version in (1, 2):
        for kind in CLOUD_KEYS:
            yield "cloud (CSC)", f"cloud-v{version}-{kind}", _cloud(pki, kind, version)
    for mode in ("synch", "asynch"):
        for key in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)):
            name = f"sim-{mode}-{'ec' if isinstance(key, ec.EllipticCurvePrivateKey) else 'rsa'}"
            yield "SIM (TS 102 204)", name, _sim(pki, key, mode=mode)
    key = rsa.generate_private_key(65537, 3072)
    yield "SIM (TS 102 204)", "sim-pss", _sim(pki, key, SignatureAlgorithm.RSA_PSS_SHA256, data="digest")


@contextmanager
def _cloud(pki: DevPki, kind: str, version: int) -> Iterator[Signer]:
    leaf, *issuers = _certified(pki, make_key(kind), f"cloud-{kind}")
    service = Cloud(kind=kind, version=version, certificate=leaf, issuers=tuple(issuers))
    with running(service):
        yield open_signer(service.uri(), Person())


@contextmanager
def _sim(pki: DevPki, key: Any, algorithm: SignatureAlgorithm | None = None, **options: str) -> Iterator[Signer]:
    with serving(Mobile(signer=_local(pki, key))) as mobile:
        yield open_signer(mobile.uri(**options), lambda _: MOBILE_PASSWORD, algorithm=algorithm)


def _both(pki: DevPki, folder: Path, kind: str, name: str, signer: Signer, baseline: Baseline) -> Iterator[Case]:
    """A PDF and a detached CAdES signature."""
    path = folder / f"{name}-{baseline}.pdf"
    sign_pdf(PAPER, signer, out=path, **services(pki, baseline))
    yield Case(path=path, kind=kind, baseline=baseline)
    cms = sign_detached(CONTENT, signer, **services(pki, baseline))
    yield _beside(folder, kind, f"{name}-{baseline}", cms, baseline)


def _beside(folder: Path, kind: str, name: str, cms: bytes, baseline: Baseline) -> Case:
    path = folder / f"{name}.txt.p7s"
    path.write_bytes(cms)
    path.with_suffix("").write_bytes(CONTENT)
    return Case(path=path, kind=kind, baseline=baseline)


# --- two phases ------------------------------------------------------------------------------------------------------


def _two_phases(pki: DevPki, folder: Path, signer: LocalSigner, digest: str, levels: list[Baseline]) -> Iterator[Case]:
    """The certificate known beforehand; known in between; and an answer that is a whole CMS signature by openssl."""
    family = "ecdsa" if signer.algorithm.scheme == "ecdsa" else "rsassa-pss"
    algorithm = SignatureAlgorithm(f"{family}-{digest}")
    signer = replace(signer, algorithm=algorithm)
    who: dict[str, Any] = {"certificate": signer.certificate, "chain": signer.chain}
    kind = "two phases"
    for baseline in levels:
        name = f"phases-{algorithm}-{baseline}"
        given = services(pki, baseline)
        before = prepare_pdf(PAPER, **who, algorithm=algorithm, baseline=baseline)
        path = folder / f"{name}-before.pdf"
        path.write_bytes(complete_pdf(before, signer.sign(before.to_sign), **given) or b"")
        yield Case(path=path, kind=kind, baseline=baseline)
        later = prepare_pdf(PAPER, digest=digest, baseline=baseline)
        path = folder / f"{name}-later.pdf"
        bound = later.for_certificate(signer.certificate, signer.chain, algorithm)
        path.write_bytes(complete_pdf(bound, signer.sign(bound.to_sign), **given) or b"")
        yield Case(path=path, kind=kind, baseline=baseline)
        beside = prepare_detached(CONTENT, **who, algorithm=algorithm)
        cms = complete_detached(beside, signer.sign(beside.to_sign), content=CONTENT, **given)
        yield _beside(folder, kind, name, cms or b"", baseline)
        cms = complete_detached(prepare_detached(CONTENT, digest=digest), cms=_openssl(signer, digest), **given)
        yield _beside(folder, kind, f"{name}-openssl", cms or b"", baseline)


def _openssl(signer: LocalSigner, digest: str) -> bytes:
    """A detached CAdES signature by openssl."""
    key = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    issuers = b"".join(c.public_bytes(Encoding.PEM) for c in signer.chain)
    command = ["openssl", "cms", "-sign", "-binary", "-cades", "-md", digest, "-outform", "DER"]
    pss = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"]
    more = pss if signer.algorithm.scheme == "rsassa-pss" else []
    held = key + signer.certificate.public_bytes(Encoding.PEM)
    with _written(held) as own, _written(issuers) as above, _written(CONTENT) as content:
        files = map(str, ["-in", content, "-signer", own, "-certfile", above, *more])
        return subprocess.run([*command, *files], check=True, capture_output=True).stdout


@contextmanager
def _written(data: bytes) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        yield Path(file.name)
