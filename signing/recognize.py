"""What a file may be, by its first bytes and its name, before anything is parsed.

A name can only make a file more suspect: `contract.pdf` is judged as a PDF even when its first bytes are damaged,
because a damaged signature must not pass as "no signature". What other programs would take for a signed document has
to be recognised too, whether it can be checked here or not.
"""

from __future__ import annotations

import re
import struct
from enum import Enum, auto
from pathlib import PurePath

from .asice.container import looks_like_asice
from .cms import der
from .cms.timestamp import is_response
from .seal.facts import PREFIX as SEAL_PREFIX

HEAD_BYTES = 1024  # bytes looked at first; also where %PDF- may start (ISO 32000-1 annex H)
MAX_TOKEN_BYTES = 8 * 1024 * 1024  # bytes; status lists are the largest tokens
MAX_SEAL_BYTES = 16_384  # bytes of a file that holds a seal's text


class Shape(Enum):
    """What kind of check a file needs. `FOREIGN` is signed in ways that are not checked here."""

    CONTAINER = auto()
    PDF = auto()
    CMS = auto()
    TOKEN = auto()
    SEAL = auto()
    XADES = auto()
    ASICS = auto()
    RECORD = auto()
    FOREIGN = auto()
    ARCHIVE = auto()
    OTHER = auto()

    @property
    def kind(self) -> str:
        """The `kind` of a report before anything was parsed."""
        return _KINDS.get(self, "unknown")


_KINDS = {
    Shape.CONTAINER: "asice",
    Shape.PDF: "pdf",
    Shape.CMS: "cades",
    Shape.TOKEN: "token",
    Shape.SEAL: "seal",
    Shape.XADES: "xades",
    Shape.ASICS: "asics",
    Shape.RECORD: "evidence-record",
}

_BY_SUFFIX = {
    **dict.fromkeys((".asice", ".sce"), Shape.CONTAINER),
    **dict.fromkeys((".asics", ".scs"), Shape.ASICS),
    **dict.fromkeys((".p7s", ".p7m", ".tst", ".tsr"), Shape.CMS),
    ".ers": Shape.RECORD,
    ".pdf": Shape.PDF,
    ".jwt": Shape.TOKEN,
}
_ASICS_TYPE = b"mimetypeapplication/vnd.etsi.asic-s"
_ZIP = b"PK\x03\x04"
_PDF = b"%PDF-"
# In a file that does not begin with %PDF-: what makes a reader open it as PDF all the same.
_PDF_BODY = re.compile(rb"startxref\s+\d+\s+%%EOF|/ByteRange\s*\[\s*\d")
_PDF_OBJECTS = re.compile(rb"%PDF-|startxref|\b\d{1,10}\s+\d{1,5}\s+obj\b")
# ContentInfo (RFC 5652 §3): SEQUENCE, definite or not, then the OID of its content, whose last arc says which
_CMS = re.compile(
    rb"\x30(?:[\0-\x80]|\x81.|\x82..|\x83.{3}|\x84.{4})\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07(.)", re.DOTALL
)
_SIGNED_DATA = b"\x02"
# EvidenceRecord (RFC 4998 §3.1): SEQUENCE, version 1, a list of algorithms; the same in XML (RFC 6283)
_LENGTH = rb"(?:[\0-\x7f]|\x81.|\x82..|\x83.{3}|\x84.{4})"
_RECORD = re.compile(rb"\x30%b\x02\x01\x01\x30%b\x30.\x06" % (_LENGTH, _LENGTH), re.DOTALL)
_XML_RECORD = b"urn:ietf:params:xml:ns:ers"
_CMS_PEM = re.compile(rb"\s*-----BEGIN (?:CMS|PKCS7)-----")
_XML = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")
_XML_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_XML_SIGNATURES = tuple(_XML_SIGNATURE.encode(e) for e in ("ascii", "utf-16-le", "utf-16-be"))
_TOKEN = re.compile(rb"eyJ[\w-]*\.[\w-]+\.[\w-]*(?:~[\w-]*)*\s*", re.ASCII)
# Names in a zip archive that only signed ones have: ASiC; office documents and programs, which are not checked here.
_ASIC_NAMES = re.compile(rb"META-INF/(?:[^/]*signature|ASiC|timestamp|evidencerecord)", re.IGNORECASE)
_FOREIGN_NAMES = re.compile(rb"_xmlsignatures/|META-INF/(?:documentsignatures\.xml|[\w-]+\.SF)", re.IGNORECASE)
_DOCUMENT_NAMES = (b"[Content_Types].xml", b"mimetype", b"META-INF/MANIFEST.MF")
_END_BYTES, _MAX_COMMENT = 22, 65_535


def is_suspect(name: str, head: bytes) -> bool:
    """Whether a file that begins with `head` may be anything but `OTHER`, so that all of it has to be read."""
    return (
        _suffix(name) in _BY_SUFFIX
        or head.startswith((_ZIP, b"eyJ", SEAL_PREFIX.encode()))
        or _PDF in head
        or is_response(head)
        or any(pattern.match(head) for pattern in (_CMS, _CMS_PEM, _RECORD, _XML))
    )


def shape_of(name: str, data: bytes) -> Shape:
    """The shape of a whole file."""
    by_name = _BY_SUFFIX.get(_suffix(name), Shape.OTHER)
    if data.startswith(_ZIP):
        return _shape_of_zip(data, by_name)
    cms = _CMS.match(data)
    front = _PDF in data[:HEAD_BYTES] and not (cms and _is_one_value(data))  # a CMS signature may enclose a PDF
    if data.startswith(_PDF) or (front and _PDF_BODY.search(data)):
        return Shape.PDF
    if is_response(data):
        return Shape.CMS
    if cms or _CMS_PEM.match(data):
        # .p7b and .p7c carry certificates alone; other contents are encrypted or plain
        certificates_alone = _suffix(name) in {".p7b", ".p7c"}
        return Shape.OTHER if certificates_alone or (cms and cms[1] != _SIGNED_DATA) else Shape.CMS
    if _RECORD.match(data) or (_XML.match(data) and _XML_RECORD in data[:HEAD_BYTES]):
        return Shape.RECORD
    if data.startswith(SEAL_PREFIX.encode()) and len(data) <= MAX_SEAL_BYTES:
        return Shape.SEAL
    if len(data) <= MAX_TOKEN_BYTES and _TOKEN.fullmatch(data):
        return Shape.TOKEN
    if _XML.match(data) and any(mark in data for mark in _XML_SIGNATURES):
        return Shape.XADES
    return by_name


def _is_one_value(data: bytes) -> bool:
    """Whether one DER or BER value fills the file; its inside is not looked at."""
    try:
        return der.read(data).stop == len(data)
    except der.IndefiniteLengthError:
        return data.endswith(b"\0\0")
    except (der.DerError, IndexError):
        return False


def _shape_of_zip(data: bytes, by_name: Shape) -> Shape:
    """By the media type in its first entry; then by the name; then by the names in it."""
    if data[30:].startswith(_ASICS_TYPE):
        return Shape.ASICS
    if by_name in {Shape.CONTAINER, Shape.ASICS}:
        return Shape.CONTAINER if looks_like_asice(data) else by_name
    names = _central_directory(data)
    if _FOREIGN_NAMES.search(names):
        return Shape.FOREIGN
    if looks_like_asice(data) or _ASIC_NAMES.search(names):
        return Shape.CONTAINER
    return Shape.OTHER if any(name in names for name in _DOCUMENT_NAMES) else Shape.ARCHIVE


def _central_directory(data: bytes) -> bytes:
    """The part of a zip archive that lists its names; all of the archive where that cannot be found."""
    end = data.rfind(b"PK\x05\x06")
    start: int = struct.unpack_from("<L", data, end + 16)[0] if 0 <= end <= len(data) - _END_BYTES else 0
    return data[start:] if data[start : start + 4] == b"PK\x01\x02" else data


def shows_as_pdf(name: str, shape: Shape, data: bytes) -> bool:
    """Whether a file that is something else opens as a PDF by its name: many programs search all of it for objects."""
    return _suffix(name) == ".pdf" and shape is not Shape.PDF and _PDF_OBJECTS.search(data) is not None


def is_polyglot(data: bytes) -> bool:
    """Whether a file that begins as a PDF ends as a zip archive, so that two programs show two documents."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - _END_BYTES - _MAX_COMMENT))
    while end >= 0:
        if len(data) - end >= _END_BYTES:
            entries, comment = struct.unpack_from("<H8xH", data, end + 10)
            if entries and end + _END_BYTES + comment == len(data):
                return True
        end = data.rfind(b"PK\x05\x06", max(0, len(data) - _END_BYTES - _MAX_COMMENT), end)
    return False


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()
