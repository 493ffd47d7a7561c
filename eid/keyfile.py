"""A key set in one file: PEM blocks (RFC 7468), private ones encrypted, each after a line that says what it is.

`openssl pkey -in FILE` opens the active key, because it stands first and text between PEM blocks is ignored. The
secret behind pairwise subjects is kept as the 32 bytes of an Ed25519 key, so that it is encrypted the same way. Of a
key that a device holds, the public half is kept, marked `external`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from .algorithms import FaultError, PrivateKey, names
from .arguments import check_function
from .encoding import load_json
from .errors import MalformedError, UsageError
from .files import KEY_MARK, PRIVATE, read_file, write_file
from .jwk import Key, Purpose
from .jwk_members import MAX_SECONDS
from .jws import MAX_KID_CHARS
from .pkcs8 import decrypt_pem, encrypt_pem

SECRET_BYTES = 32
MAX_FILE_BYTES = 4 * 1024 * 1024  # bytes; a thousand retired keys are 0.4 MB, 3.3 MB with the longest names
MAX_KEYS = 1000  # keys in one set
MAX_PRIVATE = 4  # encrypted blocks in one file: active, next, pairwise secret; each costs 0.1 s to open
_PAIRWISE = "pairwise"
_TIMES = ("iat", "exp", "revoked", "published")
_ENTRY = re.compile(
    rf"^{KEY_MARK} (\{{[^\n]{{0,3000}}\}})\n"
    r"(-----BEGIN ([A-Z ]{3,40})-----\n[A-Za-z0-9+/=\n]{1,4000}-----END \3-----)$",
    re.MULTILINE,
)


def write_keys(
    path: str | os.PathLike[str],
    keys: Iterable[Key],
    secret: bytes | None,
    ask: Callable[[str], str],
    *,
    overwrite: bool = True,
) -> None:
    """The keys and the pairwise secret into `path`, mode 0600. Raises `UsageError`."""
    password = _password(path, ask)
    parts = [_entry(key, password) for key in keys]
    if secret is not None:
        pem = encrypt_pem(ed25519.Ed25519PrivateKey.from_private_bytes(secret), password)
        parts.append(_line({"use": _PAIRWISE}) + pem)
    write_file(path, "\n".join(parts).encode("ascii"), overwrite=overwrite, mode=PRIVATE)


def read_keys(path: str | os.PathLike[str], ask: Callable[[str], str]) -> tuple[list[Key], bytes | None]:
    """The keys, in order, and the pairwise secret.

    Raises `UsageError` (`key.password`), `MalformedError` (`key.malformed`).
    """
    data = read_file(path, max_bytes=MAX_FILE_BYTES)
    try:
        entries = _ENTRY.findall(data.decode("ascii"))
        if not entries:
            raise FaultError("no key written by 'eid keys new'", "không có khóa do 'eid keys new' tạo")
        if data.count(b"-----BEGIN ") != len(entries):
            raise FaultError("a key in it is damaged", "có khóa bị hỏng")
        if sum(label == "ENCRYPTED PRIVATE KEY" for _, _, label in entries) > MAX_PRIVATE:
            raise FaultError("too many private keys", "quá nhiều khóa bí mật")
        if len(entries) > MAX_KEYS + 1:  # the pairwise secret is one more
            raise FaultError(f"over {MAX_KEYS} keys", f"quá {MAX_KEYS} khóa")
        return _read(path, entries, _password(path, ask))
    except FaultError as e:
        raise MalformedError("key.malformed", where=Path(path).name, why=e.why, why_vi=e.why_vi) from None
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        why, why_vi = "not what 'eid keys new' writes", "không đúng dạng do 'eid keys new' ghi"
        raise MalformedError("key.malformed", where=Path(path).name, why=why, why_vi=why_vi) from None


def _read(
    path: str | os.PathLike[str], entries: list[tuple[str, str, str]], password: str
) -> tuple[list[Key], bytes | None]:
    keys: list[Key] = []
    secret = None
    for text, pem, label in entries:
        about = load_json(text.encode("ascii"))
        if label not in ("PUBLIC KEY", "ENCRYPTED PRIVATE KEY"):
            raise FaultError("a private key that is not encrypted", "có khóa bí mật chưa mã hóa")
        if label == "PUBLIC KEY":
            keys.append(_key(about, load_pem_public_key(pem.encode("ascii")), None))
            continue
        private = decrypt_pem(pem, password)
        if private is None:
            raise UsageError("key.password", where=Path(path).name)
        if about.get("use") != _PAIRWISE:
            keys.append(_key(about, private.public_key(), private))
        elif isinstance(private, ed25519.Ed25519PrivateKey) and secret is None:
            secret = private.private_bytes_raw()
        else:
            raise FaultError("a pairwise secret that is not one", "bí mật tạo định danh theo bên nhận không hợp lệ")
    if not keys:
        raise FaultError("no key written by 'eid keys new'", "không có khóa do 'eid keys new' tạo")
    return keys, secret


def _key(about: Any, public: Any, private: PrivateKey | None) -> Key:
    """The key of one entry; it states the key's thumbprint, so that entries cannot be swapped."""
    alg, kid, purpose, external = (about.get(name) for name in ("alg", "kid", "purpose", "external"))
    if alg not in names(public):
        raise FaultError("not a key for the algorithm that it states", "khóa không đúng với thuật toán đã ghi")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID_CHARS:
        raise FaultError("a key without a name", "khóa không có tên")
    times = {name: about.get(name) for name in _TIMES}
    if not all(value is None or (type(value) is int and 0 <= value < MAX_SECONDS) for value in times.values()):
        raise FaultError("a time is not in seconds", "thời điểm không tính bằng giây")
    key = Key(
        public,
        private,
        alg=alg,
        kid=kid,
        purpose=None if purpose is None else Purpose(purpose),
        in_device=external is True and private is None,
        **times,
    )
    if about.get("thumbprint", kid) != key.thumbprint:
        raise FaultError("a key stands under another key's name", "khóa mang tên của khóa khác")
    return key


def _entry(key: Key, password: str) -> str:
    about: dict[str, Any] = {"kid": key.kid, "alg": key.alg}
    if key.thumbprint != key.kid:
        about["thumbprint"] = key.thumbprint
    if key.purpose is not None:
        about["purpose"] = key.purpose.value
    if key.in_device:
        about["external"] = True
    line = _line(about | {name: s for name in _TIMES if (s := getattr(key, name)) is not None})
    private = key.private_key
    if private is not None:
        return line + encrypt_pem(private, password)
    pem = key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return line + pem.decode("ascii")


def _line(about: dict[str, Any]) -> str:
    return f"{KEY_MARK} {json.dumps(about, separators=(',', ':'))}\n"


def _password(path: str | os.PathLike[str], ask: Callable[[str], str]) -> str:
    check_function("ask", ask)
    if not isinstance(path, str | os.PathLike):
        raise UsageError("usage.argument", why="a key set lies at a path")
    name = Path(path).name
    password: object = ask(f"password for {name}")
    try:
        if isinstance(password, str) and password.encode("utf-8", "surrogateescape"):
            return password
    except UnicodeEncodeError:
        pass
    raise UsageError("key.password", where=name)
