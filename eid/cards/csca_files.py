"""Certificates and revocation lists in the files of a folder: DER, or PEM (RFC 7468 §5, §7)."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..errors import EidError, UsageError
from ..files import read_file
from .certificate import CardCertificate
from .crl import MAX_BYTES, Crl

_Kind = TypeVar("_Kind", CardCertificate, Crl)

MAX_FILES = 8192  # files of one folder

_PEM = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL)-----([A-Za-z0-9+/=\s]+)-----END \1-----")


@dataclass(frozen=True, slots=True)
class Skipped:
    """What could not be used of what was given: its file or place, and why."""

    where: str
    why: str


def read_folder(folder: str | os.PathLike[str]) -> tuple[list[CardCertificate], list[Crl], list[Skipped]]:
    """What the files of `folder` hold, and what could not be read. Raises `UsageError` (`input.unreadable`)."""
    found: dict[bool, list[tuple[str, bytes]]] = {False: [], True: []}
    skipped: list[Skipped] = []
    for path in _files(folder):
        try:
            blocks = list(_blocks(read_file(path, max_bytes=MAX_BYTES)))
        except (EidError, ValueError) as e:
            skipped.append(Skipped(path.name, e.text if isinstance(e, EidError) else str(e)))
            continue
        for is_crl, der in blocks:
            found[is_crl].append((path.name, der))
    return _parse_all(CardCertificate, found[False], skipped), _parse_all(Crl, found[True], skipped), skipped


def _files(folder: str | os.PathLike[str]) -> list[Path]:
    try:
        paths = sorted(path for path in Path(folder).iterdir() if path.is_file() and not path.name.startswith("."))
    except (OSError, ValueError, TypeError) as e:
        raise UsageError("input.unreadable", path=folder, why=getattr(e, "strerror", None) or e) from None
    if len(paths) > MAX_FILES:
        raise UsageError("input.unreadable", path=folder, why=f"more than {MAX_FILES} files")
    return paths


def _blocks(data: bytes) -> Iterator[tuple[bool, bytes]]:
    """(is a CRL, DER) for every PEM block, or for the file itself; `ValueError` for text without a block."""
    if data[:1] == b"\x30":
        yield _looks_like_a_list(data), data
        return
    found = list(_PEM.finditer(data))
    if not found:
        raise ValueError("neither PEM nor DER")
    for block in found:
        try:
            yield block[1] == b"X509 CRL", base64.b64decode(b"".join(block[2].split()), validate=True)
        except binascii.Error:
            raise ValueError("broken PEM") from None


def _looks_like_a_list(der: bytes) -> bool:
    try:
        Crl.parse(der)
    except EidError:
        return False
    return True


def _parse_all(kind: type[_Kind], given: list[tuple[str, bytes]], skipped: list[Skipped]) -> list[_Kind]:
    """Parsed ones; the rest is told with the file's name."""
    parsed = []
    for name, der in given:
        try:
            parsed.append(kind.parse(der))
        except EidError as e:
            skipped.append(Skipped(name, e.text))
    return parsed
