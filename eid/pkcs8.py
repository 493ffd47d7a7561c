"""Private keys encrypted at rest: PKCS #8 EncryptedPrivateKeyInfo (RFC 5958), PBES2 with scrypt (RFC 7914 §7).

Written here because `cryptography` writes PBKDF2 with 2,048 rounds, which guesses a password in hours. What is
written opens with `openssl pkey` and with `cryptography`, which reads it back for us.
"""

from __future__ import annotations

import base64
import os
import textwrap

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 14, 8, 1  # 16 MB a guess; OpenSSL opens no more than 32 MB
SALT_BYTES = 16
KEY_BYTES = 32  # AES-256
BLOCK_BYTES = 16

# DER object identifiers: 1.2.840.113549.1.5.13, 1.3.6.1.4.1.11591.4.11, 2.16.840.1.101.3.4.1.42
_PBES2_OID = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT_OID = bytes.fromhex("06092b06010401da47040b")
_AES256_CBC_OID = bytes.fromhex("060960864801650304012a")

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def encrypt_pem(key: PrivateKey, password: str) -> str:
    """The PEM block `ENCRYPTED PRIVATE KEY` of `key`; `password` is not empty."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, iv = os.urandom(SALT_BYTES), os.urandom(BLOCK_BYTES)
    secret = Scrypt(salt=salt, length=KEY_BYTES, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(password.encode())
    padder = PKCS7(8 * BLOCK_BYTES).padder()
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    data = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    costs = b"".join(_integer(n) for n in (SCRYPT_N, SCRYPT_R, SCRYPT_P))
    kdf = _sequence(_SCRYPT_OID, _sequence(_octets(salt), costs))
    cipher = _sequence(_AES256_CBC_OID, _octets(iv))
    info = _sequence(_sequence(_PBES2_OID, _sequence(kdf, cipher)), _octets(data))
    body = "\n".join(textwrap.wrap(base64.b64encode(info).decode("ascii"), 64))
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----\n"


def decrypt_pem(pem: str, password: str) -> PrivateKey | None:
    """The key in an encrypted PEM block; None if it does not open. `ValueError` for anything but our two kinds.

    A wrong password and damaged bytes cannot be told apart: one in 256 leaves a padding that looks right.
    """
    try:
        key = load_pem_private_key(pem.encode("ascii"), password.encode())
    except (TypeError, ValueError, MemoryError):
        return None
    except UnsupportedAlgorithm:
        raise ValueError("an encryption that is not supported") from None
    if isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        return key
    raise ValueError("not a P-256 key")


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    length = bytes([size]) if size < 0x80 else bytes([0x82]) + size.to_bytes(2, "big")
    if size in range(0x80, 0x100):
        length = bytes([0x81, size])
    return bytes([tag]) + length + body


def _sequence(*parts: bytes) -> bytes:
    return _tlv(0x30, b"".join(parts))


def _octets(body: bytes) -> bytes:
    return _tlv(0x04, body)


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))
