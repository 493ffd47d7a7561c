"""Keys from PEM files (RFC 7468): the private key, the certificate and its issuers in one file, in any order."""

from __future__ import annotations

import base64
import binascii
import re

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ..errors import UsageError
from ..files import read_file
from ..signer import Ask, LocalSigner, PrivateKey, SignatureAlgorithm, load_certificate, local_signer, password_of

MAX_BYTES = 1 << 20  # bytes
MAX_BLOCKS = 64  # PEM blocks

# The cipher of an encrypted key in OpenSSL's own format, and its initialization vector in full.
_CIPHER = re.compile(
    rb"^DEK-Info: ?(?:AES-(?:128|192|256)-CBC,[0-9A-F]{32}|DES-EDE3-CBC,[0-9A-F]{16})\r?$", re.I | re.M
)
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\s.*?-----END \1-----", re.DOTALL)


def load(where: str, ask: Ask | None = None, algorithm: SignatureAlgorithm | None = None) -> LocalSigner:
    """The signer in the file `where`; `ask` is called once if its key is encrypted. Raises as `open_signer` does."""
    blocks = [(m[1], m[0]) for m in _BLOCK.finditer(read_file(where, max_bytes=MAX_BYTES))]
    if len(blocks) > MAX_BLOCKS:
        raise UsageError("key.malformed", where=where, why=f"> {MAX_BLOCKS} PEM")
    secret = _Secret(where, ask)
    keys = [_key(where, block, secret) for label, block in blocks if label.endswith(b"PRIVATE KEY")]
    certificates = [_certificate(where, block) for label, block in blocks if label.endswith(b"CERTIFICATE")]
    return local_signer(where, keys, certificates, algorithm)


def read_certificates(path: str) -> list[x509.Certificate]:
    """Every certificate in the PEM file at `path`. Raises `UsageError` (`key.malformed`, `input.unreadable`)."""
    blocks = [(m[1], m[0]) for m in _BLOCK.finditer(read_file(path, max_bytes=MAX_BYTES))]
    if len(blocks) > MAX_BLOCKS:
        raise UsageError("key.malformed", where=path, why=f"> {MAX_BLOCKS} PEM")
    return [_certificate(path, block) for label, block in blocks if label.endswith(b"CERTIFICATE")]


class _Secret:
    """The password, asked for when first needed and not kept longer than the loading."""

    __slots__ = ("_ask", "_password", "_where")

    def __init__(self, where: str, ask: Ask | None) -> None:
        self._where, self._ask = where, ask
        self._password: bytes | None = None

    def __call__(self) -> bytes:
        if self._password is None:
            if self._ask is None:
                raise UsageError("key.password", where=self._where)
            self._password = password_of(self._where, self._ask)
        return self._password


def _key(where: str, block: bytes, secret: _Secret) -> PrivateKey:
    head = block.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
    encrypted = b"ENCRYPTED" in head
    if b"DEK-Info" in head and not _CIPHER.search(head):  # the library below does not survive too short a vector
        raise UsageError("key.malformed", where=where, why="DEK-Info")
    password = secret() if encrypted else None
    try:
        key = load_pem_private_key(block, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # A wrong password and damage look the same once the key is encrypted.
        if encrypted:
            raise UsageError("key.password", where=where) from None
        raise UsageError("key.malformed", where=where, why="PRIVATE KEY") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise UsageError("key.malformed", where=where, why="RSA, ECDSA")
    return key


def _certificate(where: str, block: bytes) -> x509.Certificate:
    try:
        return load_certificate(base64.b64decode(b"".join(block.splitlines()[1:-1]), validate=True))
    except (ValueError, binascii.Error):
        raise UsageError("key.malformed", where=where, why="CERTIFICATE") from None
