"""Keys from PKCS#12 files (RFC 7292): the private key with its certificate and issuers, under one password."""

from __future__ import annotations

import warnings

from asn1crypto.pkcs12 import Pfx
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from ..errors import UsageError
from ..files import read_file
from ..signer import Ask, LocalSigner, SignatureAlgorithm, local_signer, password_of

MAX_BYTES = 1 << 20  # bytes


def load(where: str, ask: Ask | None = None, algorithm: SignatureAlgorithm | None = None) -> LocalSigner:
    """The signer in the file `where`; `ask` is called once. Raises as `open_signer` does."""
    data = read_file(where, max_bytes=MAX_BYTES)
    if not _is_pfx(data):
        raise UsageError("key.malformed", where=where, why="PKCS#12")
    password = password_of(where, ask) if ask else b""
    found = _open(where, data, password)
    if found.key is None:
        raise UsageError("key.not-found", where=where)
    if not isinstance(found.key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise UsageError("key.malformed", where=where, why="RSA, ECDSA")
    own = [found.cert.certificate] if found.cert else []
    return local_signer(where, [found.key], own + [c.certificate for c in found.additional_certs], algorithm)


def _open(where: str, data: bytes, password: bytes) -> pkcs12.PKCS12KeyAndCertificates:
    # No password and the empty one are two different things, and both are met in files.
    tries = [password] if password else [b"", None]
    for secret in tries:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return pkcs12.load_pkcs12(data, secret)
        except (ValueError, TypeError):
            continue
        except UnsupportedAlgorithm:
            raise UsageError("key.malformed", where=where, why="PKCS#12") from None
    raise UsageError("key.password", where=where)


def _is_pfx(data: bytes) -> bool:
    try:
        return bool(Pfx.load(data, strict=True)["version"].native == "v3")
    except (ValueError, TypeError, KeyError):
        return False
