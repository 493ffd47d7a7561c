"""Private keys encrypted at rest: PKCS #8 EncryptedPrivateKeyInfo (RFC 5958), PBES2 with scrypt (RFC 7914 §7).

Written here because `cryptography` writes PBKDF2 with 2,048 rounds, which guesses a password in hours. What is
written opens with `openssl pkey` and with `cryptography`, which reads it back for us.
"""

from __future__ import annotations

import base64
import os
import re
import textwrap

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from .algorithms import FaultError, PrivateKey

SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 14, 8, 1  # 16 MB a guess; OpenSSL opens no more than 32 MB
MAX_MEMORY, MAX_P = 32 * 1024 * 1024, 4  # what opening a file may cost us, whatever the file says
SALT_BYTES = 16
KEY_BYTES = 32  # AES-256
BLOCK_BYTES = 16

# DER object identifiers: 1.2.840.113549.1.5.13, 1.3.6.1.4.1.11591.4.11, 2.16.840.1.101.3.4.1.42
_PBES2_OID = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT_OID = bytes.fromhex("06092b06010401da47040b")
_AES256_CBC_OID = bytes.fromhex("060960864801650304012a")

# everything before the three cost parameters, as `encrypt_pem` writes it; tags and lengths are those of DER
_BEFORE_COSTS = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x30."
    + re.escape(_PBES2_OID)
    + rb"\x30.\x30."
    + re.escape(_SCRYPT_OID)
    + rb"\x30.\x04\x10.{%d}" % SALT_BYTES,
    re.DOTALL,
)


def encrypt_pem(key: PrivateKey, password: str) -> str:
    """The PEM block `ENCRYPTED PRIVATE KEY` of `key`; `password` is not empty."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, iv = os.urandom(SALT_BYTES), os.urandom(BLOCK_BYTES)
    secret = Scrypt(salt=salt, length=KEY_BYTES, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P).derive(_bytes(password))
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
    """The key in an encrypted PEM block; None if it does not open. `FaultError` for anything but our two kinds, and for
    other encryptions or costs than ours: the file says how long opening it takes, and files may be hostile.

    A wrong password and damaged bytes cannot be told apart: one in 256 leaves a padding that looks right.
    """
    der = base64.b64decode("".join(pem.split("\n")[1:-1]), validate=True)
    _check_costs(der)
    try:
        key = load_der_private_key(der, _bytes(password))
    except (TypeError, ValueError, MemoryError, InternalError):
        return None
    except UnsupportedAlgorithm:
        raise FaultError("an encryption that is not supported", "cách mã hóa không được hỗ trợ") from None
    if isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        return key
    raise FaultError("not a key for ES256, ES384 or Ed25519", "không phải khóa cho ES256, ES384 hoặc Ed25519")


def _check_costs(der: bytes) -> None:
    before = _BEFORE_COSTS.match(der)
    if before is None:
        raise FaultError("an encryption that is not supported", "cách mã hóa không được hỗ trợ")
    costs, at = [], before.end()
    for _ in range(3):
        tag, size = der[at : at + 1], int.from_bytes(der[at + 1 : at + 2], "big")
        if tag != b"\x02" or not 0 < size < BLOCK_BYTES:
            raise FaultError("an encryption that is not supported", "cách mã hóa không được hỗ trợ")
        costs.append(int.from_bytes(der[at + 2 : at + 2 + size], "big"))
        at += 2 + size
    n, r, p = costs
    if 128 * n * r > MAX_MEMORY or p > MAX_P:
        raise FaultError("it would take too long to open", "mở khóa sẽ tốn quá nhiều thời gian")


def _bytes(password: str) -> bytes:
    """The password as the environment or terminal gave it, odd bytes included."""
    return password.encode("utf-8", "surrogateescape")


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
