"""Algorithms that are checked here and not signed with: SHA-3, Ed25519, PKCS #1 v1.5 with SHA-384 and SHA-512.

The CMS comes from asn1crypto and `cryptography` alone, the PDF from pyHanko, so that nothing judged was made by us;
then `extend` raises each to B-LTA, as it has to with other makers' signatures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from judges import Case  # beside this file
from kinds import PAPERS, by_pyhanko
from matrix import CONTENT, services

from signing.cms.cades import extend_detached
from signing.dev.people import Holder
from signing.dev.pki import DevPki
from signing.pdf.sign import extend_pdf
from signing.policy import Baseline

HASHES: dict[str, Any] = {
    "sha1": hashes.SHA1(),  # to be refused
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}
PKCS1_OIDS = {
    "sha1": "1.2.840.113549.1.1.5",
    "sha224": "1.2.840.113549.1.1.14",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
    "sha3_256": "2.16.840.1.101.3.4.3.14",
    "sha3_384": "2.16.840.1.101.3.4.3.15",
    "sha3_512": "2.16.840.1.101.3.4.3.16",
}
ECDSA_OIDS = {
    "sha1": "1.2.840.10045.4.1",
    "sha224": "1.2.840.10045.4.3.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha3_256": "2.16.840.1.101.3.4.3.10",
    "sha3_384": "2.16.840.1.101.3.4.3.11",
    "sha3_512": "2.16.840.1.101.3.4.3.12",
}
SHA3 = ("sha3_256", "sha3_384", "sha3_512")
ED25519_OID = "1.3.101.112"
KIND = "only checked"


@dataclass(frozen=True, slots=True)
class Maker:
    """Somebody else's way to sign: a key, a scheme and a digest."""

    scheme: str
    digest: str
    key: Any
    chain: Sequence[x509.Certificate]
    without: frozenset[str] = frozenset()  # signed attributes that are left out
    named: x509.Certificate | None = None  # whom signing-certificate-v2 names, if not the signer
    salt: int | None = None  # bytes of salt for PSS, if not those of the digest
    mask: str | None = None  # the digest of MGF1, if not the same

    def value(self, data: bytes) -> bytes:
        """The signature value."""
        digest = HASHES[self.digest]
        if self.scheme == "ed25519":
            return bytes(self.key.sign(data))
        if self.scheme == "ecdsa":
            return bytes(self.key.sign(data, ec.ECDSA(digest)))
        pss = padding.PSS(padding.MGF1(HASHES[self.mask or self.digest]), self.salt_bytes)
        return bytes(self.key.sign(data, pss if self.scheme == "pss" else padding.PKCS1v15(), digest))

    @property
    def name(self) -> str:
        """Scheme and digest, and what is unusual about them."""
        salt = "" if self.salt is None else f"-salt{self.salt}"
        return f"{self.scheme}-{self.digest}{salt}{f'-mgf1-{self.mask}' if self.mask else ''}"

    @property
    def salt_bytes(self) -> int:
        """Bytes of salt for PSS."""
        return int(HASHES[self.digest].digest_size) if self.salt is None else self.salt

    def algorithm(self) -> algos.SignedDigestAlgorithm:
        """signatureAlgorithm with its parameters."""
        if self.scheme == "pss":
            mask = {"algorithm": "mgf1", "parameters": {"algorithm": self.mask or self.digest}}
            parameters = {
                "hash_algorithm": {"algorithm": self.digest},
                "mask_gen_algorithm": mask,
                "salt_length": self.salt_bytes,
            }
            return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
        if self.scheme == "pkcs1":
            return algos.SignedDigestAlgorithm({"algorithm": PKCS1_OIDS[self.digest], "parameters": core.Null()})
        oid = ED25519_OID if self.scheme == "ed25519" else ECDSA_OIDS[self.digest]
        return algos.SignedDigestAlgorithm({"algorithm": oid})

    def detached(self, content: bytes) -> bytes:
        """A CAdES B-B signature beside `content` (EN 319 122-1 §6.3)."""
        leaf = asn1_x509.Certificate.load(self.chain[0].public_bytes(Encoding.DER))
        named = (self.named or self.chain[0]).fingerprint(hashes.SHA256())
        attributes = cms.CMSAttributes(
            {"type": kind, "values": [value]}
            for kind, value in {
                "content_type": "data",
                "message_digest": hashlib.new(self.digest, content).digest(),
                "signing_time": cms.Time({"utc_time": datetime.now(UTC).replace(microsecond=0)}),
                "signing_certificate_v2": tsp.SigningCertificateV2({"certs": [{"cert_hash": named}]}),
            }.items()
            if kind not in self.without
        )
        by = {"issuer": leaf.issuer, "serial_number": leaf.serial_number}
        signer = {
            "version": "v1",
            "sid": {"issuer_and_serial_number": by},
            "digest_algorithm": {"algorithm": self.digest},
            "signed_attrs": attributes,
            "signature_algorithm": self.algorithm(),
            "signature": self.value(attributes.untag().dump()),
        }
        certificates = [asn1_x509.Certificate.load(c.public_bytes(Encoding.DER)) for c in self.chain]
        signed = {
            "version": "v1",
            "digest_algorithms": [{"algorithm": self.digest}],
            "encap_content_info": {"content_type": "data"},
            "certificates": certificates,
            "signer_infos": [signer],
        }
        return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump())


def makers(pki: DevPki) -> list[Maker]:
    """Every scheme and digest that only others sign with."""
    held = {
        "ecdsa": ec.generate_private_key(ec.SECP384R1()),
        "pkcs1": rsa.generate_private_key(65537, 3072),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    chains = {
        name: pki.certify(name, Holder(common_name=f"Nguyễn Thử {name}", uid="CCCD:001090299921"), key)  # type: ignore[arg-type]
        for name, key in held.items()
    }
    held["pss"], chains["pss"] = held["pkcs1"], chains["pkcs1"]
    ways = [(scheme, digest) for scheme in ("ecdsa", "pkcs1", "pss") for digest in SHA3]
    ways += [("pkcs1", "sha384"), ("pkcs1", "sha512"), ("ed25519", "sha512")]
    plain = [Maker(scheme, digest, held[scheme], chains[scheme]) for scheme, digest in ways]
    odd = Maker("pss", "sha256", held["pss"], chains["pss"])
    return [*plain, replace(odd, salt=20), replace(odd, salt=0), replace(odd, mask="sha1"), replace(odd, mask="sha512")]


def make(pki: DevPki, folder: Path) -> list[Case]:
    """Everything, at B-B as made and at B-LTA as raised by us. `pki` has to be served."""
    folder.mkdir()
    cases = []
    for maker in makers(pki):
        first = maker.detached(CONTENT)
        raised = extend_detached(first, **services(pki, Baseline.B_LTA), content=_digest)
        for baseline, made in ((Baseline.B_B, first), (Baseline.B_LTA, raised)):
            path = folder / f"{maker.name}-{baseline}.txt.p7s"
            path.write_bytes(made)
            path.with_suffix("").write_bytes(CONTENT)
            cases.append(Case(path=path, kind=KIND, baseline=baseline))
        if maker.scheme == "ed25519":
            cases += _pdfs(pki, folder, maker)
    return cases


def _digest(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


def _pdfs(pki: DevPki, folder: Path, maker: Maker) -> list[Case]:
    """A PDF that pyHanko signed, and the same raised by us."""
    plain = (PAPERS / "Giấy chứng sinh.pdf").read_bytes()
    first = by_pyhanko(plain, maker.key, maker.chain, maker.digest)
    raised = extend_pdf(first, **services(pki, Baseline.B_LTA)) or b""
    cases = []
    for baseline, made in ((Baseline.B_B, first), (Baseline.B_LTA, raised)):
        path = folder / f"{maker.scheme}-{baseline}.pdf"
        path.write_bytes(made)
        cases.append(Case(path=path, kind=KIND, baseline=baseline))
    return cases
