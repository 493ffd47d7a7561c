"""The folder of the development PKI: PKCS#12 keys (RFC 7292), certificates, what was issued and revoked.

pki.json                      port, issued and revoked serial numbers of each CA
development-password.txt      the one password of every key in keys/
certs/NAME.pem                certificates
keys/NAME.p12                 key, certificate and its issuers, encrypted, mode 0600
keys/identity.pem, seal.pem   key sets of the identity issuer and of the seals, likewise
trust/                        what `--trust` wants
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from ..errors import MalformedError, UsageError
from ..files import read_file, write_file
from .certs import PrivateKey
from .status import CertificateStates, Revocation

PASSWORD_FILE = "development-password.txt"  # noqa: S105  # a file name
DATABASE_FILE = "pki.json"
MAX_DATABASE_BYTES = 4 * 1024 * 1024
MAX_KEY_BYTES = 256 * 1024
_KDF_ROUNDS = 20_000  # PBKDF2; the password lies beside the keys, so more would only cost time


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Reads and writes the folder. Names are ours (`[a-z0-9-]`); `password` stays out of the repr."""

    folder: Path
    password: str = field(repr=False)

    def key_path(self, name: str) -> Path:
        """Where the key of `name` is."""
        return self.folder / "keys" / f"{name}.p12"

    def certificate_path(self, name: str) -> Path:
        """Where the certificate of `name` is."""
        return self.folder / "certs" / f"{name}.pem"

    def write(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """A new file with its folders, with `mode` from its first moment."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as out:
            out.write(data)

    def put(self, name: str, key: PrivateKey, chain: Sequence[x509.Certificate]) -> None:
        """Keep a key with its certificate and issuers, nearest first."""
        encryption = (
            serialization.PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(_KDF_ROUNDS)
            .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
            .hmac_hash(hashes.SHA256())
            .build(self.password.encode())
        )
        data = pkcs12.serialize_key_and_certificates(name.encode(), key, chain[0], chain[1:], encryption)
        self.write(f"keys/{name}.p12", data, mode=0o600)
        self.write(f"certs/{name}.pem", pem(chain[0]))

    def key(self, name: str) -> PrivateKey:
        """The private key of `name`. Raises `UsageError` for a wrong password or a key that is not ours."""
        path = self.key_path(name)
        try:
            key, _, _ = pkcs12.load_key_and_certificates(
                read_file(path, max_bytes=MAX_KEY_BYTES), self.password.encode()
            )
        except (ValueError, TypeError):
            raise UsageError("key.password", where=path) from None
        if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
            raise UsageError("key.malformed", where=path, why="another kind of key")
        return key

    def certificate(self, name: str) -> x509.Certificate:
        """The certificate of `name`. Raises `UsageError` when there is none, `MalformedError` when it is broken."""
        path = self.certificate_path(name)
        if not path.is_file():
            raise UsageError("devpki.unknown-name", name=name)
        try:
            return x509.load_pem_x509_certificate(read_file(path, max_bytes=MAX_KEY_BYTES))
        except ValueError as e:
            raise MalformedError("devpki.malformed", path=path, why=e) from None

    def database(self) -> dict[str, Any]:
        """The whole database. Raises `MalformedError`."""
        path = self.folder / DATABASE_FILE
        try:
            data = json.loads(read_file(path, max_bytes=MAX_DATABASE_BYTES))
            _states(data, "root")
            _states(data, "issuing")
            if isinstance(data["port"], int) and 0 < data["port"] < 65536:
                return dict(data)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as e:
            raise MalformedError("devpki.malformed", path=path, why=type(e).__name__) from None
        raise MalformedError("devpki.malformed", path=path, why="port")

    def states(self, authority: str) -> CertificateStates:
        """What the CA `authority` issued and revoked, as of now."""
        return _states(self.database(), authority)

    def change(self, edit: Callable[[dict[str, Any]], None]) -> None:
        """Edit the database; the file changes in one step."""
        data = self.database()
        edit(data)
        write_file(self.folder / DATABASE_FILE, to_json(data))


def _states(data: dict[str, Any], authority: str) -> CertificateStates:
    known = data["authorities"][authority]
    return CertificateStates(
        issued=frozenset(int(serial, 16) for serial in known["issued"]),
        revoked={
            int(serial, 16): Revocation(
                time=datetime.fromisoformat(entry["time"]), reason=x509.ReasonFlags[entry["reason"]]
            )
            for serial, entry in known["revoked"].items()
        },
    )


def to_json(value: object) -> bytes:
    """JSON for people: indented, diacritics kept."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates in PEM, in order."""
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


def der_of(certificate: x509.Certificate) -> bytes:
    """A certificate in DER."""
    return certificate.public_bytes(serialization.Encoding.DER)
