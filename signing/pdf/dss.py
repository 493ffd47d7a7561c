"""EN 319 142-1 §5.4.2: the document security store, and the signatures whose evidence it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..cms.cades import chains_of
from ..cms.signed_data import CmsSignature, parse_cms
from ..cms.timestamp import parse_timestamp
from ..errors import RefusedError
from .fields import as_name, fields
from .raw import Dict, PdfSyntaxError, as_array, as_bytes, as_dict, as_int, as_ref, write_array, write_dict
from .revision import Update

if TYPE_CHECKING:
    from ..trust.evidence import Evidence

MAX_SIGNATURES = 500
_TIMESTAMP = b"/DocTimeStamp"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature or document timestamp in the file, parsed and not verified; `end` is where its byte range ends."""

    cms: CmsSignature
    is_timestamp: bool
    end: int


def signatures(update: Update) -> list[Signed]:
    """Everything signed in the document's form, oldest first. Raises `MalformedError` for a broken signature."""
    found: list[Signed] = []
    for field in fields(update):
        if not field.signed:
            continue
        if len(found) >= MAX_SIGNATURES:
            raise PdfSyntaxError("too many signatures")
        value = as_dict(update.resolve(field.entries[b"/V"]))
        ranges = [as_int(update.resolve(v)) for v in as_array(update.resolve(value.get(b"/ByteRange")))]
        if len(ranges) != 4:
            raise PdfSyntaxError("byte range")
        der = as_bytes(update.resolve(value.get(b"/Contents")))
        stamp = as_name(update, value.get(b"/Type")) == _TIMESTAMP
        stamp = stamp or as_name(update, value.get(b"/SubFilter")) == b"/ETSI.RFC3161"
        cms = parse_timestamp(_trimmed(der)).cms if stamp else parse_cms(der, allow_trailing_zeros=True)
        found.append(Signed(cms, stamp, ranges[2] + ranges[3]))
    return sorted(found, key=lambda s: s.end)


def _trimmed(der: bytes) -> bytes:
    """A DER value without the zeros that fill its hole."""
    if len(der) < 2 or der[1] == 0x80:
        return der
    size = der[1]
    if size < 0x80:
        return der[: 2 + size]
    length = size & 0x7F
    return der[: 2 + length + int.from_bytes(der[2 : 2 + length], "big")]


def chains(found: Iterable[Signed]) -> list[tuple[x509.Certificate, ...]]:
    """The chains that need evidence: signers', their timestamps', and document timestamps', each once."""
    every: dict[tuple[x509.Certificate, ...], None] = {}
    for signed in found:
        every.update(dict.fromkeys(chains_of(signed.cms)))
    if not every:
        raise RefusedError("pdf.unsigned")
    return list(every)


def write_store(update: Update, evidence: Evidence, known: Iterable[tuple[x509.Certificate, ...]]) -> bool:
    """Add certificates, CRLs and OCSP responses to /DSS, each once; False when nothing was missing."""
    catalog = update.entries(update.root)
    raw = catalog.get(b"/DSS")
    store: Dict = as_dict(update.resolve(raw)) or {b"/Type": b"/DSS"}
    certificates = dict.fromkeys([*(c for chain in known for c in chain), *evidence.certificates])
    changed = [
        _merge(update, store, b"/Certs", [c.public_bytes(Encoding.DER) for c in certificates]),
        _merge(update, store, b"/CRLs", evidence.crls),
        _merge(update, store, b"/OCSPs", evidence.ocsps),
    ]
    if not any(changed):
        return False
    place = as_ref(raw)
    if place is not None and update.resolve(raw) is not None:
        update.put(place, write_dict(store))
    else:
        added = update.add(write_dict(store))
        update.put(update.root, write_dict({**catalog, b"/DSS": added.raw()}))
    return True


def _merge(update: Update, store: Dict, key: bytes, wanted: Iterable[bytes]) -> bool:
    """Add to one array of the store what is not there yet."""
    listed = as_array(update.resolve(store.get(key)))
    present: set[bytes] = set()
    for raw in listed:
        ref = as_ref(raw)
        if ref is None:
            raise PdfSyntaxError("document security store")
        present.add(sha256(update.stream(ref)).digest())
    fresh = [der for der in wanted if sha256(der).digest() not in present]
    if not fresh:
        return False
    store[key] = write_array([*listed, *(update.add(b"<<>>", der).raw() for der in dict.fromkeys(fresh))])
    return True
