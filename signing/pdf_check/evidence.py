"""The document security store (ISO 32000-2 §12.8.4.3, EN 319 142-1 §5.4): certificates, CRLs, OCSP responses."""

from __future__ import annotations

from typing import Any

from cryptography import x509

from ..errors import SigningError
from ..signer import CERTIFICATE_ERRORS, load_certificate
from ..trust.evidence import Evidence
from .file import PdfFile
from .filters import decode_stream
from .objects import PdfStream

MAX_ITEMS = 500  # certificates, CRLs or OCSP responses in one store
MAX_STORE_BYTES = 128 * 1024 * 1024


def read_store(file: PdfFile, revision: int) -> Evidence:
    """What /DSS holds as of `revision`; items that cannot be read are left out. Nothing in it is verified."""
    store = file.dictionary(file.catalog(revision).get("DSS"), revision)
    if not store:
        return Evidence()
    certificates = [c for der in _items(file, store.get("Certs"), revision) if (c := _certificate(der)) is not None]
    return Evidence(
        certificates=tuple(dict.fromkeys(certificates)),
        crls=tuple(dict.fromkeys(_items(file, store.get("CRLs"), revision))),
        ocsps=tuple(dict.fromkeys(_items(file, store.get("OCSPs"), revision))),
    )


def has_store(file: PdfFile, revision: int) -> bool:
    """Whether there is a /DSS as of `revision`."""
    return bool(file.dictionary(file.catalog(revision).get("DSS"), revision))


def _items(file: PdfFile, value: Any, revision: int) -> list[bytes]:
    found, total = [], 0
    for item in file.array(value, revision)[:MAX_ITEMS]:
        try:
            stream = file.resolve(item, revision)
            body = decode_stream(stream) if isinstance(stream, PdfStream) else b""
        except SigningError:
            continue  # other evidence may still suffice; what is missing is said where it is needed
        total += len(body)
        if total > MAX_STORE_BYTES:
            break
        if body:
            found.append(body)
    return found


def _certificate(der: bytes) -> x509.Certificate | None:
    try:
        return load_certificate(der)
    except CERTIFICATE_ERRORS:
        return None
