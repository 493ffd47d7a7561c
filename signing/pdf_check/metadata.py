"""Metadata that a signing program may touch (ISO 32000-2 §14.3): dates and tool names, never title or author."""

from __future__ import annotations

from typing import Any

from lxml import etree

from ..errors import SigningError
from .filters import decode_stream
from .objects import PdfStream

INFO_TOOLS = frozenset({"ModDate", "Producer"})
INFO_FIRST = INFO_TOOLS | {"Creator", "CreationDate"}
MAX_XMP_BYTES = 4 * 1024 * 1024

_STATED = frozenset(
    {
        *("{http://purl.org/dc/elements/1.1/}" + name for name in ("title", "creator", "description", "subject")),
        "{http://ns.adobe.com/pdf/1.3/}Keywords",
    }
)


def _statement(stream: Any) -> dict[str, list[str]] | None:
    """What an XMP packet says about the document itself; None when it cannot be read."""
    if stream is None:
        return {}
    if not isinstance(stream, PdfStream):
        return None
    try:
        body = decode_stream(stream)
        if len(body) > MAX_XMP_BYTES:
            return None
        root = etree.fromstring(body.strip(), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (SigningError, etree.XMLSyntaxError, ValueError):
        return None
    found: dict[str, list[str]] = {}
    for element in root.iter(etree.Element):
        if element.tag in _STATED:
            found.setdefault(str(element.tag), []).append("".join(t for t in element.itertext()).strip())
        for name, value in element.attrib.items():
            if name in _STATED:
                found.setdefault(str(name), []).append(str(value))
    return {k: v for k, v in found.items() if any(v)}


def same_statement(old: Any, new: Any) -> bool:
    """Whether two XMP streams give the document the same title, authors, description and keywords."""
    a, b = _statement(old), _statement(new)
    return a is not None and b is not None and a.items() <= b.items() and (not a or a == b)
