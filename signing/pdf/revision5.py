"""Adobe Supplement to ISO 32000, Extension Level 3 §3.5.2: passwords of encryption revision 5, which ISO replaced by 6.

Files of Acrobat 9 have it. It differs from revision 6 (ISO 32000-2 §7.6.4.3.3) in its hash alone: one SHA-256.
"""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pyhanko.pdf_utils.crypt import AuthStatus

_MOST_BYTES = 127  # of a password
_HASH, _SALT = 32, 8


def open_revision5(handler: Any, revision: object) -> None:
    """Let pyHanko's security handler open a file whose /Encrypt says /R 5; any other is left as it is."""
    if revision != 5:
        return

    def authenticate(password: str | bytes) -> tuple[AuthStatus, bytes | None]:
        given = (password.encode() if isinstance(password, str) else password)[:_MOST_BYTES]
        user, owner = bytes(handler.udata), bytes(handler.odata)
        for status, entry, sealed, more in (
            (AuthStatus.OWNER, owner, handler.oeseed, user),
            (AuthStatus.USER, user, handler.ueseed, b""),
        ):
            check, key_salt = entry[_HASH : _HASH + _SALT], entry[_HASH + _SALT :]
            if hashlib.sha256(given + check + more).digest() == entry[:_HASH]:
                return status, _unseal(hashlib.sha256(given + key_salt + more).digest(), sealed)
        return AuthStatus.FAILED, None

    handler._authenticate_r6 = authenticate  # noqa: SLF001  # pyHanko's one place for it; version bounded


def _unseal(key: bytes, sealed: bytes) -> bytes:
    """AES-256-CBC without padding, initialisation vector zero."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()
