"""ASiCManifest: which files one signature covers (EN 319 162-1 Annex A.4).

Written as fixed text, so that equal content gives equal bytes; read with a parser that knows neither document types
nor entities nor the network, and that takes nothing but the elements of the schema.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from lxml import etree

from ..errors import LimitError, MalformedError
from ..messages.reasons import why
from .directory import MAX_ENTRIES
from .names import MAX_NAME_BYTES, UNUSUAL, name_reason

MAX_MANIFEST_BYTES = 2 * 1024 * 1024  # bytes of one manifest
ASIC = "http://uri.etsi.org/02918/v1.2.1#"
DS = "http://www.w3.org/2000/09/xmldsig#"
XML = "{http://www.w3.org/XML/1998/namespace}"
SIGNATURE_TYPE = "application/x-pkcs7-signature"
DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_URI_OF = {name: uri for uri, name in DIGESTS.items()}
_ENCODING = re.compile(rb"""\s*<\?xml[^>]*encoding\s*=\s*["']([^"'>]*)["']""")
_ROOT = ' Rootfile="true"'
_TYPES = {
    "json": "application/json",
    "jwt": "application/jwt",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "txt": "text/plain",
    "xml": "text/xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One file that a manifest lists; `algorithm` is None when the digest algorithm is not accepted."""

    name: str
    algorithm: str | None
    digest: bytes
    root: bool = False
    media_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One manifest: the signature (or timestamp, or evidence record) and what it covers."""

    signature: str
    signature_type: str | None
    references: tuple[Reference, ...]

    @property
    def root(self) -> str | None:
        """The name of the reference marked `Rootfile`, if exactly one is."""
        roots = [r.name for r in self.references if r.root]
        return roots[0] if len(roots) == 1 else None

    def digests(self) -> dict[str, bytes]:
        """Name → digest of everything listed."""
        return {r.name: r.digest for r in self.references}


def media_type(name: str) -> str:
    """The media type to state for a file, from its extension."""
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def uri_of(name: str) -> str:
    """The relative URI of an entry: percent-encoded UTF-8, with `/` kept."""
    return quote(name, safe="/")


def name_of(uri: str) -> str:
    """The entry that a relative URI names. Raises `MalformedError`."""
    if any(c in uri for c in ":?#\\") or uri.startswith("/"):
        raise MalformedError("asice.name", name=uri, **why("zip-absolute"))
    try:
        name = unquote_to_bytes(uri).decode("utf-8")
    except UnicodeError:
        raise MalformedError("asice.name", name=uri, **why("zip-utf8")) from None
    reason = name_reason(name)
    if reason and reason not in UNUSUAL:  # of those the archive tells, if it has such an entry
        raise MalformedError("asice.name", name=name, **why(reason, most=MAX_NAME_BYTES))
    return name


def write_manifest(
    signature: str,
    files: Sequence[tuple[str, bytes]],
    *,
    root: str,
    digest: str = "sha256",
    signature_type: str = SIGNATURE_TYPE,
) -> bytes:
    """A manifest for `signature` over (name, digest) pairs, in this order; `root` is marked `Rootfile`."""
    algorithm = _URI_OF[digest]
    references = "".join(
        f'<asic:DataObjectReference URI="{uri_of(name)}" MimeType="{media_type(name)}"'
        f"{_ROOT if name == root else ''}>"
        f'<ds:DigestMethod Algorithm="{algorithm}"/>'
        f"<ds:DigestValue>{base64.b64encode(value).decode()}</ds:DigestValue>"
        "</asic:DataObjectReference>"
        for name, value in files
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><asic:ASiCManifest xmlns:asic="{ASIC}" xmlns:ds="{DS}">'
        f'<asic:SigReference URI="{uri_of(signature)}" MimeType="{signature_type}"/>{references}</asic:ASiCManifest>'
    ).encode()


def parse_xml(data: bytes, name: str) -> Any:
    """The root element of a small UTF-8 document without a document type. Raises `MalformedError` or `LimitError`."""
    if len(data) > MAX_MANIFEST_BYTES:
        raise LimitError("asice.too-large", what=name, limit=MAX_MANIFEST_BYTES)
    stated = _ENCODING.match(data)
    if stated is not None and stated[1].lower() not in {b"utf-8", b"us-ascii"}:
        raise MalformedError("asice.xml", name=name, **why("zip-utf8"))  # others would read other names
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise MalformedError("asice.xml", name=name, **why("xml-doctype"))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        raise MalformedError("asice.xml", name=name, **why("xml-form")) from None
    if root.getroottree().docinfo.doctype or any(not isinstance(e.tag, str) for e in root.iter()):
        raise MalformedError("asice.xml", name=name, **why("xml-comment"))
    return root


def parse_manifest(data: bytes, name: str) -> Manifest:
    """Read an ASiCManifest. Raises `MalformedError` or `LimitError`."""
    root = parse_xml(data, name)
    if root.tag != f"{{{ASIC}}}ASiCManifest" or len(root) < 2:
        raise MalformedError("asice.manifest", name=name, **why("manifest-root"))
    if len(root) > MAX_ENTRIES + 2:
        raise LimitError("asice.too-many", what=name, limit=MAX_ENTRIES)
    if any(attribute.startswith(XML) for element in root.iter() for attribute in element.attrib):
        raise MalformedError("asice.manifest", name=name, **why("manifest-element"))  # xml:base would move every URI
    head, *rest = root
    if head.tag != f"{{{ASIC}}}SigReference":
        raise MalformedError("asice.manifest", name=name, **why("manifest-signature"))
    if rest and rest[-1].tag == f"{{{ASIC}}}ASiCManifestExtensions":
        rest.pop()
    references = tuple(_reference(e, name) for e in rest)
    if len({r.name for r in references}) != len(references):
        raise MalformedError("asice.manifest", name=name, **why("manifest-twice"))
    return Manifest(signature=name_of(head.get("URI", "")), signature_type=head.get("MimeType"), references=references)


def _reference(element: Any, name: str) -> Reference:
    tags = [e.tag for e in element][:2]
    if element.tag != f"{{{ASIC}}}DataObjectReference" or tags != [f"{{{DS}}}DigestMethod", f"{{{DS}}}DigestValue"]:
        raise MalformedError("asice.manifest", name=name, **why("manifest-element"))
    method, value = element[0], element[1]
    try:
        digest = base64.b64decode("".join((value.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError("asice.manifest", name=name, **why("manifest-base64")) from None
    root = element.get("Rootfile", "false")
    if root not in ("true", "false", "1", "0") or len(method) or len(value):
        raise MalformedError("asice.manifest", name=name, **why("manifest-reference"))
    return Reference(
        name=name_of(element.get("URI", "")),
        algorithm=DIGESTS.get(method.get("Algorithm", "")),
        digest=digest,
        root=root in ("true", "1"),
        media_type=element.get("MimeType"),
    )
