"""Keys, certificates and outside judges for the tests of CMS, signers, timestamps and CAdES; keys are made once."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing.signer import LocalSigner, SignatureAlgorithm, default_algorithm

BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
KINDS = {
    "p256": SignatureAlgorithm.ECDSA_SHA256,
    "p384": SignatureAlgorithm.ECDSA_SHA384,
    "p521": SignatureAlgorithm.ECDSA_SHA512,
    "pss256": SignatureAlgorithm.RSA_PSS_SHA256,
    "pss384": SignatureAlgorithm.RSA_PSS_SHA384,
    "pss512": SignatureAlgorithm.RSA_PSS_SHA512,
    "pkcs1": SignatureAlgorithm.RSA_PKCS1_SHA256,
    "pkcs1-384": SignatureAlgorithm.RSA_PKCS1_SHA384,
    "pkcs1-512": SignatureAlgorithm.RSA_PKCS1_SHA512,
}


@cache
def make_key(kind: str, which: int = 0) -> Any:
    """A private key, the same for the same arguments."""
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1(), "k256": ec.SECP256K1()}
    if kind in curves:
        return ec.generate_private_key(curves[kind])
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, {"rsa1024": 1024, "rsa3072": 3072}.get(kind, 2048))


def name(common_name: str) -> x509.Name:
    """A name in Vietnam."""
    return x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    )


def make_certificate(
    key: Any,
    subject: str,
    *,
    issuer: tuple[str, Any] | None = None,
    ca: bool = False,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    begin: datetime = BEGIN,
    end: datetime = END,
    serial: int | None = None,
) -> x509.Certificate:
    """A certificate signed by `issuer` (its name and key), or by itself."""
    issuer_name, issuer_key = issuer or (subject, key)
    builder = x509.CertificateBuilder(
        name(issuer_name), name(subject), key.public_key(), serial or x509.random_serial_number(), begin, end
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256())


def key_usage(**usages: bool) -> x509.KeyUsage:
    """keyUsage with exactly these bits."""
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    more = ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{n: usages.get(n, False) for n in names + more})


ROOT_NAME = "CA gốc thử nghiệm"
SIGNS = ((key_usage(content_commitment=True), True),)
STAMPS = ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),)


@cache
def root() -> x509.Certificate:
    """The root of everything here."""
    return make_certificate(make_key("p256", 100), ROOT_NAME, ca=True)


@cache
def make_leaf(kind: str, subject: str = "Nguyễn Văn Ký", purpose: str = "sign") -> x509.Certificate:
    """A certificate under the root, for signing or for timestamps."""
    extensions = SIGNS if purpose == "sign" else STAMPS
    return make_certificate(make_key(kind), subject, issuer=(ROOT_NAME, make_key("p256", 100)), extensions=extensions)


@cache
def make_signer(kind: str) -> LocalSigner:
    """A signer for each name in `KINDS`."""
    key = make_key(kind if kind in KINDS and kind.startswith("p") and kind[1:].isdigit() else "rsa2048")
    leaf = make_leaf(kind) if isinstance(key, ec.EllipticCurvePrivateKey) else make_leaf("rsa2048")
    algorithm = KINDS.get(kind, default_algorithm(key.public_key()))
    return LocalSigner(certificate=leaf, key=key, chain=(root(),), algorithm=algorithm)


def pem(thing: Any, password: bytes | None = None) -> bytes:
    """A certificate or a key (unencrypted PKCS#8) as PEM."""
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(Encoding.PEM)
    return thing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def digest_of(content: bytes) -> Callable[[str], bytes]:
    """What `check_cms` asks for."""
    return lambda algorithm: hashlib.new(algorithm, content).digest()


def openssl(*arguments: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """`openssl` with these arguments."""
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, timeout=60)


def openssl_accepts(cms: bytes, content: bytes, folder: Path) -> bool:
    """Whether `openssl cms -verify` accepts the detached signature under our root."""
    (folder / "c.p7s").write_bytes(cms)
    (folder / "c.bin").write_bytes(content)
    (folder / "root.pem").write_bytes(pem(root()))
    arguments = ["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-cades"]
    files = ["-in", folder / "c.p7s", "-content", folder / "c.bin", "-CAfile", folder / "root.pem", "-out", "/dev/null"]
    done = openssl(*arguments, *files)
    return done.returncode == 0 and b"CAdES Verification successful" in done.stderr


def openssl_signs(content: bytes, folder: Path, *arguments: str, kind: str = "rsa2048") -> bytes:
    """A CMS signature that openssl made over `content` with our leaf of that kind."""
    (folder / "o.bin").write_bytes(content)
    (folder / "o.pem").write_bytes(pem(make_leaf(kind)) + pem(make_key(kind)))
    (folder / "root.pem").write_bytes(pem(root()))
    base = ["cms", "-sign", "-binary", "-outform", "DER"]
    done = openssl(*base, "-in", folder / "o.bin", "-signer", folder / "o.pem", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


Reply = Callable[[bytes], tuple[int, bytes]]


@contextmanager
def service(reply: Reply, content_type: str = "application/timestamp-reply") -> Iterator[str]:
    """The URL of an HTTP service on loopback that answers each POST with `reply(body)` = (status, bytes)."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer = reply(body)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
