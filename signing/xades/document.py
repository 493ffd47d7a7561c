"""An XML document that is somebody else's: parsed without entities or network, bounded, canonicalised (XMLDSig §8.1).

A document type is refused: it can define entities, default attributes and what an identifier is, so that two readers
see two documents. Bounds hold for bytes, elements, namespaces in scope, and for the work of all references together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from ..errors import LimitError, MalformedError
from .names import CANONICAL, XML

MAX_XML_BYTES = 64 * 1024 * 1024  # bytes of one document
MAX_ELEMENTS = 2_000_000
MAX_SCOPE_WORK = (
    200_000_000  # sum over all elements of (namespaces in scope)², what canonicalisation may have to compare
)
MAX_WORK_BYTES = 512 * 1024 * 1024  # bytes parsed and canonicalised for all signatures of one document
_HUGE_BYTES = 8_000_000  # above: text of more than libxml2's 10 MB may be in it
_DOCTYPE = tuple("<!DOCTYPE".encode(coding) for coding in ("ascii", "utf-16-le", "utf-16-be"))
# Names of attributes, in whatever namespace, that some program takes for identifiers.
_ID_NAMES = frozenset({"Id", "ID", "id", "iD", "AssertionID", "RequestID", "ResponseID"})
_WITH_ID = etree.XPath("//*[@*[" + " or ".join(f"local-name() = '{name}'" for name in sorted(_ID_NAMES)) + "]]")


def parse_xml(data: bytes) -> Any:
    """The root element.

    Raises `MalformedError` (`xades.xml`; `signature.unsupported` for a document type) or `LimitError`.
    """
    if len(data) > MAX_XML_BYTES:
        raise LimitError("input.too-large", what="XML", limit=f"{MAX_XML_BYTES} bytes")
    if any(mark in data for mark in _DOCTYPE):
        _refuse_doctype(data)
    root = _parse(data)
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedError("signature.unsupported", why="DOCTYPE")
    _check_size(root, data)
    return root


def _refuse_doctype(data: bytes) -> None:
    """A document type stands before the root; the same letters in a CDATA section or comment are text."""
    head = data[: max(data.find(mark) for mark in _DOCTYPE) + 64]
    without = re.sub(rb"<!--.*?-->|<\?.*?\?>", b"", head.replace(b"\0", b""), flags=re.DOTALL)
    if re.match(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<!DOCTYPE", without):
        raise MalformedError("signature.unsupported", why="DOCTYPE")


def _parse(data: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=len(data) > _HUGE_BYTES,
        strip_cdata=False,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError, LookupError) as e:
        raise MalformedError("xades.xml", why=str(e).partition("(")[0].strip() or "XML") from None


def _check_size(root: Any, data: bytes) -> None:
    if data.count(b"<") > MAX_ELEMENTS and sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise LimitError("input.too-large", what="XML", limit=f"{MAX_ELEMENTS} elements")
    if data.count(b"xmlns") + data.count("xmlns".encode("utf-16-le")) < 64:
        return
    scope = work = 0
    for event, _ in etree.iterwalk(root, events=("start", "start-ns", "end-ns")):
        scope += (event == "start-ns") - (event == "end-ns")
        work += scope * scope if event == "start" else 0
        if work > MAX_SCOPE_WORK:
            raise LimitError("input.too-large", what="XML", limit="namespaces")


def _local(name: str) -> str:
    return name.rpartition("}")[2]


@dataclass(slots=True)
class Document:
    """One parsed document with its identifiers; `spent` counts the bytes that checking has cost so far."""

    data: bytes
    root: Any
    spent: int = 0
    _ids: dict[str, list[Any]] | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, data: bytes) -> Document:
        """Raises as `parse_xml`."""
        return cls(data, parse_xml(data), len(data))

    def spend(self, count: int) -> None:
        """Count the work of `count` bytes. Raises `LimitError` where it is too much."""
        self.spent += count
        if self.spent > MAX_WORK_BYTES:
            raise LimitError("input.too-large", what="XML", limit=f"{MAX_WORK_BYTES} bytes of references")

    def copy(self) -> Any:
        """The root of another tree of the same document."""
        self.spend(len(self.data))
        return _parse(self.data)

    def with_id(self, name: str) -> list[Any]:
        """Every element that some program would take for the one with this identifier."""
        if self._ids is None:
            self._ids = {}
            for element in _WITH_ID(self.root):
                for value in {v for name, v in element.attrib.items() if _local(name) in _ID_NAMES}:
                    self._ids.setdefault(value, []).append(element)
        return self._ids.get(name, [])

    def canonical(
        self, node: Any, method: str, prefixes: tuple[str, ...] = (), *, comments: bool = True, whole: bool = False
    ) -> bytes:
        """`node` (with what stands around the root, if `whole`) in canonical form; `method` is known to `CANONICAL`.

        Without `comments` there are none whatever the method says. Raises `LimitError`, `MalformedError`.
        """
        exclusive, with_comments, later = CANONICAL[method]
        apex = node if whole else _taken_out(node, exclusive, later)
        try:
            octets: bytes = etree.tostring(
                apex.getroottree() if whole else apex,
                method="c14n",
                exclusive=exclusive,
                with_comments=with_comments and comments,
                inclusive_ns_prefixes=list(prefixes) or None,
            )
        except (etree.LxmlError, ValueError) as e:
            raise MalformedError("xades.xml", why=f"c14n: {e}") from None
        self.spend(len(octets))
        return octets


def _taken_out(node: Any, exclusive: bool, later: bool) -> Any:
    """A copy of a subtree, with what canonical forms take from above: namespaces in scope, `xml:` attributes.

    In its tree lxml gives a subtree whose default namespace comes from above an empty one below the apex, and a copy
    in memory lacks namespaces that are not used; written out and read again it has all.
    Canonical XML 1.1 leaves out `xml:id` and joins `xml:base`; a base from above is refused there.
    """
    apex = _parse(etree.tostring(node, encoding="utf-8", with_tail=False))
    found: dict[str, str] = {}
    for above in () if exclusive else node.iterancestors():
        for name, value in above.attrib.items():
            if name.startswith(f"{{{XML}}}") and name not in node.attrib:
                found.setdefault(name, value)
    if later:
        found.pop(f"{{{XML}}}id", None)
        if any(f"{{{XML}}}base" in e.attrib for e in node.iterancestors()):
            raise MalformedError("signature.unsupported", why="xml:base, Canonical XML 1.1")
    for name, value in found.items():
        apex.set(name, value)
    return apex
