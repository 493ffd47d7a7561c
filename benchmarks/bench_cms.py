"""CMS: a CAdES B-B signature beside the bare key operation it cannot do without, and beside pyHanko used well.

`python benchmarks/bench_cms.py` prints the table. The bare operation is one signature and one verification, because
every signature value is verified before it is returned, here and inside every time stated. pyHanko used well has its
key loaded and its certificates parsed once; it does not verify what it signed. Subjects take turns in short batches, so
that a busy machine slows them alike; what is compared is the median over the rounds of the ratio within a round.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.cms.build import signature_identifier
from signing.cms.signed_data import CmsTemplate, check_cms, parse_cms
from signing.signer import LocalSigner, default_algorithm, verify_value

ROUNDS, BATCH = 40, 20
CONTENT = "Quyết định".encode() * 1000
AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
KINDS: dict[str, Callable[[], ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey]] = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RSA-2048 PSS": lambda: rsa.generate_private_key(65537, 2048),
    "RSA-3072 PSS": lambda: rsa.generate_private_key(65537, 3072),
}


def make_signer(kind: str) -> LocalSigner:
    """A signer with a certificate and one issuer."""
    key, issuer_key = KINDS[kind](), ec.generate_private_key(ec.SECP256R1())

    def certificate(subject: str, issuer: str, public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        names = [
            x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, text)])
            for text in (subject, issuer)
        ]
        begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
        builder = x509.CertificateBuilder(names[1], names[0], public, x509.random_serial_number(), begin, end)
        return builder.sign(issuer_key, hashes.SHA256())

    leaf = certificate("Nguyễn Văn Ký", "CA thử nghiệm", key.public_key())
    issuer = certificate("CA thử nghiệm", "CA thử nghiệm", issuer_key.public_key())
    return LocalSigner(certificate=leaf, key=key, chain=(issuer,), algorithm=default_algorithm(key.public_key()))


class LoadedSigner(SimpleSigner):
    """pyHanko's signer with its key kept loaded, instead of parsed from DER at each signature."""

    def __init__(self, signer: LocalSigner) -> None:
        self._primitive = signer.sign
        key = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        store = SimpleCertificateStore()
        store.register_multiple([as_asn1(c) for c in signer.chain])
        super().__init__(
            signing_cert=as_asn1(signer.certificate),
            signing_key=asn1_keys.PrivateKeyInfo.load(key),
            cert_registry=store,
            signature_mechanism=SignedDigestAlgorithm.load(signature_identifier(signer.algorithm)),
        )

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        return self._primitive(data)


def as_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


class World:
    """One signer, ours and pyHanko's, over the same digest."""

    def __init__(self, kind: str) -> None:
        self.signer = make_signer(kind)
        self.pyhanko = LoadedSigner(self.signer)
        self.loop = asyncio.new_event_loop()
        self.digest = hashlib.sha256(CONTENT).digest()
        self.attributes = CmsTemplate.for_signer(self.signer, signing_time=True).signed_attributes(self.digest)
        self.made = self.ours()
        for made in (self.made, self.theirs()):
            holds, findings = check_cms(parse_cms(made), lambda name: hashlib.new(name, CONTENT).digest())
            assert holds, findings

    def raw(self) -> None:
        value = self.signer.sign(self.attributes)
        assert verify_value(self.signer.certificate, self.signer.algorithm, value, self.attributes)

    def ours(self) -> bytes:
        return CmsTemplate.for_signer(self.signer, signing_time=True).build(self.digest, signing_time=AT)

    def theirs(self) -> bytes:
        settings = PdfCMSSignedAttributes(signing_time=AT)
        made = self.pyhanko.async_sign(
            self.digest, "sha256", use_pades=True, is_pdf_sig=False, signed_attr_settings=settings
        )
        return self.loop.run_until_complete(made).dump()

    def checked(self) -> None:
        check_cms(parse_cms(self.made), lambda _: self.digest)

    def close(self) -> None:
        self.loop.close()


def measure(subjects: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Seconds an operation of each subject, round by round."""
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(ROUNDS):
        gc.collect()
        for name, run in subjects.items():
            start = time.perf_counter()
            for _ in range(BATCH):
                run()
            times[name].append((time.perf_counter() - start) / BATCH)
    return times


def against(times: dict[str, list[float]], one: str, other: str) -> tuple[float, float]:
    """How many times as long `one` takes as `other`, and half the distance of the quartiles as a fraction."""
    within = [a / b for a, b in zip(times[one], times[other], strict=True)]
    low, middle, high = statistics.quantiles(within, n=4)
    return middle, (high - low) / 2 / middle


# (kind, target over the bare operation, target against pyHanko)
STATED = (("P-256", 1.3, 40.0), ("RSA-3072 PSS", 1.06, 8.0))


def ratios() -> list[tuple[str, float, float, float, str]]:
    """(subject, measured, target, spread, comparison) as benchmarks/run.py wants them."""
    rows = []
    for kind, over_raw, over_pyhanko in STATED:
        world = World(kind)
        times = measure({"raw": world.raw, "ours": world.ours, "pyHanko": world.theirs})
        world.close()
        measured, spread = against(times, "ours", "raw")
        rows.append((f"CAdES B-B, {kind} / raw sign and verify", measured, over_raw, spread, "≤"))
        measured, spread = against(times, "pyHanko", "ours")
        rows.append((f"pyHanko used well, CMS alone / CAdES B-B, {kind}", measured, over_pyhanko, spread, "≥"))
    return rows


@pytest.fixture(scope="module", params=KINDS)
def world(request):
    made = World(request.param)
    yield made
    made.close()


@pytest.mark.parametrize("name", ["raw", "ours", "theirs", "checked"])
def test_cms(benchmark, world, name):
    benchmark(getattr(world, name))


if __name__ == "__main__":
    for subject, measured, target, spread, comparison in ratios():
        print(f"{subject:60s} {measured:6.2f} {comparison} {target:4.2f}  (±{spread:.0%})")
