"""PKCS #11 URIs (RFC 7512 §2): which module, which token, which key; a PIN never stands in one.

    pkcs11:token=V%C4%83n%20ph%C3%B2ng;id=%01?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/pin

Beside the standard's attributes, `cert-sha256` and `cert-serial` (hexadecimal) name the key by its certificate, and
`cert-file` in the query names a PEM file with certificates that are not on the token, as is usual with HSMs.
Letters outside ASCII may stand as they are, without percent-encoding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from ..errors import UsageError

MAX_URI_CHARS = 4096  # characters
MAX_SLOT_ID = (1 << 64) - 1

# What the path may say of the module, the slot and the token; `slot-id` is compared as a number.
MODULE_ATTRIBUTES = ("library-manufacturer", "library-description", "library-version")
SLOT_ATTRIBUTES = ("slot-id", "slot-description", "slot-manufacturer")
TOKEN_ATTRIBUTES = ("token", "serial", "manufacturer", "model")
_KEY_ATTRIBUTES = ("id", "object", "type", "cert-sha256", "cert-serial")
_PATH = {*MODULE_ATTRIBUTES, *SLOT_ATTRIBUTES, *TOKEN_ATTRIBUTES, *_KEY_ATTRIBUTES}
_QUERY = {"module-path", "module-name", "pin-source", "cert-file"}

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MODULE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkcs11Uri:
    """One URI, taken apart. `wanted` are the attributes of module, slot and token, as text (NFC)."""

    wanted: tuple[tuple[str, str], ...] = ()
    id: bytes | None = None
    object: str | None = None
    cert_sha256: bytes | None = None
    cert_serial: int | None = None
    module_path: str | None = None
    module_name: str | None = None
    pin_file: str | None = None
    cert_file: str | None = None

    @property
    def names_certificate(self) -> bool:
        """Whether the URI says which certificate the key must have."""
        return self.cert_sha256 is not None or self.cert_serial is not None


def parse_uri(where: str) -> Pkcs11Uri:
    """The URI whose part after `pkcs11:` is `where`.

    Raises `UsageError`: `pkcs11.uri`, or `pkcs11.pin-value` for a PIN in it. No message holds a value of the URI.
    """
    if len(where) > MAX_URI_CHARS:
        raise _wrong(f"> {MAX_URI_CHARS} characters")
    path, _, query = where.partition("?")
    found = {**_attributes(path, ";", _PATH), **_attributes(query, "&", _QUERY)}
    if found.get("type", b"private") not in (b"private", b"cert"):
        raise _wrong("type: private, cert")
    texts = {name: _text(name, value) for name, value in found.items() if name not in ("id", "type")}
    return Pkcs11Uri(
        wanted=tuple(_wanted(texts)),
        id=found.get("id"),
        object=texts.get("object"),
        cert_sha256=_sha256(texts.get("cert-sha256")),
        cert_serial=_serial(texts.get("cert-serial")),
        module_path=_module_path(texts.get("module-path")),
        module_name=_module_name(texts.get("module-name")),
        pin_file=_pin_file(texts.get("pin-source")),
        cert_file=texts.get("cert-file"),
    )


def comparable(text: str) -> str:
    """A label as it is compared: NFC, without padding, and without the half letter in which a label of 32 bytes of
    UTF-8 may end."""
    return unicodedata.normalize("NFC", text).rstrip("\N{REPLACEMENT CHARACTER}").strip(" \0")


def format_uri(like: Pkcs11Uri, *, token: str, serial: str, key_id: bytes, cert_sha256: str = "") -> str:
    """A URI that names this key of this token and nothing else, in the module that `like` names.

    The key is named by its CKA_ID; without one by its certificate's SHA-256, in hexadecimal.
    """
    path = {"token": token.rstrip("\N{REPLACEMENT CHARACTER}"), "serial": serial}
    path["cert-sha256"] = "" if key_id else cert_sha256
    parts = [f"{name}={quote(value, safe='')}" for name, value in path.items() if value]
    parts += [f"id={percent(key_id)}"] if key_id else []
    query = {"module-path": like.module_path, "module-name": like.module_name}
    asked = [f"{name}={quote(value)}" for name, value in query.items() if value]
    return "pkcs11:" + ";".join(parts) + ("?" + "&".join(asked) if asked else "")


def percent(value: bytes) -> str:
    """Every byte percent-encoded, as CKA_ID is usually written."""
    return "".join(f"%{byte:02X}" for byte in value)


def _wrong(why: str) -> UsageError:
    return UsageError("pkcs11.uri", why=why)


def _attributes(text: str, separator: str, known: set[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name.lower().strip() == "pin-value":
            raise UsageError("pkcs11.pin-value")
        if not equals or not _NAME.fullmatch(name):  # never shown: it may be a PIN in the wrong place
            raise _wrong("NAME=VALUE")
        if name not in known:
            raise _wrong(f"{name}: unknown")
        if name in found:
            raise _wrong(f"{name}: twice")
        if _BROKEN_PERCENT.search(value):
            raise _wrong(f"{name}: %")
        try:
            found[name] = unquote_to_bytes(value)
        except UnicodeEncodeError:
            raise _wrong(f"{name}: UTF-8") from None
    return found


def _text(name: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise _wrong(f"{name}: UTF-8") from None
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise _wrong(f"{name}: control character")
    return text


def _wanted(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name in (*MODULE_ATTRIBUTES, *SLOT_ATTRIBUTES, *TOKEN_ATTRIBUTES):
        if name not in texts:
            continue
        text = comparable(texts[name])
        if name == "slot-id":
            if not text.isascii() or not text.isdigit() or len(text) > 20 or int(text) > MAX_SLOT_ID:
                raise _wrong("slot-id: 0 … 2⁶⁴-1")
            text = str(int(text))
        yield name, text


def _sha256(text: str | None) -> bytes | None:
    if text is None:
        return None
    digits = text.replace(":", "")
    if len(digits) != 64 or not _HEXADECIMAL.fullmatch(digits):
        raise _wrong("cert-sha256: 64 hexadecimal digits")
    return bytes.fromhex(digits)


def _serial(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.replace(":", "")
    if len(digits) > 64 or not _HEXADECIMAL.fullmatch(digits):
        raise _wrong("cert-serial: hexadecimal")
    return int(digits, 16)


def _module_path(text: str | None) -> str | None:
    if text is not None and not Path(text).is_absolute():  # code is never loaded from wherever we happen to stand
        raise _wrong("module-path: absolute")
    return text


def _module_name(text: str | None) -> str | None:
    if text is not None and not _MODULE_NAME.fullmatch(text):
        raise _wrong("module-name: a name without folder")
    return text


def _pin_file(text: str | None) -> str | None:
    """The path in `file:/path` or `file:///path` (RFC 8089); a program to run (`|…`) is refused."""
    if text is None:
        return None
    scheme, colon, path = text.partition(":")
    if path.startswith("//"):
        path = path.removeprefix("//").removeprefix("localhost")
    if not colon or scheme.lower() != "file" or not Path(path).is_absolute():
        raise _wrong("pin-source: file:/path")
    return path
