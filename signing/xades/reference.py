"""References of XML signatures: what is signed, found and transformed (XMLDSig §4.4.3).

1. A reference leads to this document (`""`, `#id`, and their XPointer forms) or, by a plain name, to a file at hand;
   the network is never asked. An identifier has to be unique.
2. Transforms are a closed list: enveloped signature, canonical forms, base64, and the two filters that take away every
   signature. Anything else (XSLT, other XPath) can make the signed octets independent of what is seen, and is refused.
3. What comes out is octets; a node set is canonicalised.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lxml import etree

from ..errors import IndeterminateError, MalformedError
from .document import Document, parse_xml
from .names import BASE64, CANONICAL, DEFAULT_CANONICAL, DS, ENVELOPED, EXCLUSIVE, FILTER2, SIGNATURE, XPATH
from .values import Digest, children, digest_in, local, malformed, only, text

MAX_REFERENCES = 512  # references of one SignedInfo or Manifest
MAX_TRANSFORMS = 8  # transforms of one reference

# What a URI that leads outside this document names; None where it is not at hand.
Outside = Callable[[str | None], bytes | None]

_POINTER = re.compile(r"""#xpointer\((?:/|id\((['"])(.+)\1\))\)""")
_NO_SIGNATURES = re.compile(r"not\(\s*ancestor-or-self::([\w.-]+):Signature\s*\)")
_SUBTRACTED = re.compile(r"/descendant(?:-or-self)?::([\w.-]+):Signature|//([\w.-]+):Signature")


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform: its algorithm, and the prefixes that an exclusive canonical form treats as inclusive."""

    algorithm: str
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One ds:Reference, read; `uri` is None where it names nothing."""

    element: Any
    id: str | None
    uri: str | None
    type: str | None
    transforms: tuple[Transform, ...]
    digest: Digest

    @property
    def shown(self) -> str:
        """How findings name it."""
        return self.uri or self.id or "URI=''"


@dataclass(slots=True, kw_only=True)
class Nodes:
    """A node set: a subtree, or the whole document, of some parse of it."""

    document: Document
    apex: Any
    whole: bool
    comments: bool

    def octets(self, method: str, prefixes: tuple[str, ...] = ()) -> bytes:
        """The canonical form."""
        return self.document.canonical(self.apex, method, prefixes, comments=self.comments, whole=self.whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a reference leads to: `target` is the element in this document (the root, if `whole`), None outside.

    `octets` is what is digested. `without` are signatures taken away: `own`, `all` or none. `commented` says that
    texts have comments in them of which the octets tell nothing.
    """

    octets: bytes
    target: Any = None
    whole: bool = False
    without: str = ""
    commented: bool = False
    nodes: Nodes | None = None


def read_references(parent: Any) -> tuple[Reference, ...]:
    """The references of a SignedInfo or Manifest. Raises `MalformedError`."""
    found = parent.findall(f"{DS}Reference")
    if not 1 <= len(found) <= MAX_REFERENCES:
        raise malformed(f"{len(found)} × Reference")
    return tuple(_reference(element) for element in found)


def _reference(element: Any) -> Reference:
    holder = only(element, f"{DS}Transforms")
    listed = children(holder) if holder is not None else []
    if len(listed) > MAX_TRANSFORMS:
        raise malformed(f"{len(listed)} × Transform")
    return Reference(
        element=element,
        id=element.get("Id"),
        uri=element.get("URI"),
        type=element.get("Type"),
        transforms=tuple(_transform(one) for one in listed),
        digest=digest_in(element),
    )


def _transform(element: Any) -> Transform:
    """A transform of the closed list; filters that take away every signature go by the name of `SIGNATURE`."""
    algorithm = element.get("Algorithm", "")
    if algorithm in (XPATH, FILTER2) and _takes_signatures_away(element, algorithm):
        return Transform(SIGNATURE)
    return Transform(algorithm, prefix_list(element))


def prefix_list(element: Any) -> tuple[str, ...]:
    """The inclusive prefixes of an exclusive canonical form (Exclusive XML Canonicalization §3)."""
    found = element.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces")
    return tuple((found.get("PrefixList") or "").split()) if found is not None else ()


def _takes_signatures_away(element: Any, algorithm: str) -> bool:
    inner = children(element)
    if len(inner) != 1 or local(inner[0]) != "XPath":
        return False
    said = " ".join(text(inner[0]).split())
    if algorithm == FILTER2:
        match = _SUBTRACTED.fullmatch(said) if inner[0].get("Filter") == "subtract" else None
    else:
        match = _NO_SIGNATURES.fullmatch(said)
    prefix = next((p for p in match.groups() if p), None) if match else None
    return prefix is not None and inner[0].nsmap.get(prefix) == DS[1:-1]


# --- finding ---------------------------------------------------------------------------------------------------------


def resolve(reference: Reference, signature: Any, document: Document, outside: Outside) -> Found:
    """What `reference`, a part of `signature`, leads to.

    Raises `IndeterminateError` (`xades.not-found`), `MalformedError` (`signature.unsupported` for transforms and
    addresses that are not followed, `xades.duplicate-id`, `signature.malformed`), `LimitError`.
    """
    uri = reference.uri
    if uri is None or not (uri == "" or uri.startswith("#")):
        data = outside(uri)
        if data is None:
            raise IndeterminateError("xades.not-found", name=reference.shown)
        document.spend(len(data))
        return _transformed(reference, signature, document, data, Found(octets=b""))
    target, whole, comments = _target(uri, document)
    seen = Found(octets=b"", target=target, whole=whole or target is document.root)
    nodes = Nodes(document=document, apex=target, whole=whole, comments=comments)
    return _transformed(reference, signature, document, nodes, seen)


def _target(uri: str, document: Document) -> tuple[Any, bool, bool]:
    """The element, whether the whole document is meant, and whether comments count."""
    if uri == "":
        return document.root, True, False
    pointer = _POINTER.fullmatch(uri)
    if pointer and pointer[2] is None:
        return document.root, True, True
    name = pointer[2] if pointer else unquote(uri[1:])
    found = document.with_id(name)
    if not found and not pointer and uri.startswith("#xpointer("):
        raise MalformedError("signature.unsupported", why=f"reference {uri}")
    if not found:
        raise IndeterminateError("xades.not-found", name=uri)
    if len(found) > 1:
        raise MalformedError("xades.duplicate-id", name=name)
    return found[0], False, pointer is not None


def _transformed(reference: Reference, signature: Any, document: Document, data: Nodes | bytes, seen: Found) -> Found:
    without, last = "", None
    commented = False
    for transform in reference.transforms:
        if transform.algorithm in (ENVELOPED, SIGNATURE):
            if not isinstance(data, Nodes) or data.document is not document or without:
                raise MalformedError("signature.unsupported", why=f"transform {transform.algorithm}")
            without = "own" if transform.algorithm == ENVELOPED else "all"
            data = _without(data, signature, every=without == "all")
        elif transform.algorithm in CANONICAL:
            if isinstance(data, bytes):
                data = _parsed(data)
            commented = _cuts_text(data, transform.algorithm)
            data = data.octets(transform.algorithm, transform.prefixes)
        elif transform.algorithm == BASE64:
            data = _decoded(data)
        else:
            raise MalformedError("signature.unsupported", why=f"transform {transform.algorithm or '?'}")
    if isinstance(data, Nodes):
        last, commented = data, _cuts_text(data, DEFAULT_CANONICAL)
        data = data.octets(DEFAULT_CANONICAL)
    return Found(octets=data, target=seen.target, whole=seen.whole, without=without, commented=commented, nodes=last)


def _cuts_text(nodes: Nodes, method: str) -> bool:
    """Whether there are comments inside of texts that the canonical form leaves out: programs read such texts apart."""
    if CANONICAL[method][1] and nodes.comments:
        return False
    return any((one.tail or "").strip() or _text_before(one) for one in nodes.apex.iter(etree.Comment))


def _text_before(comment: Any) -> bool:
    before, parent = comment.getprevious(), comment.getparent()
    said = before.tail if before is not None else parent.text if parent is not None else None
    return bool((said or "").strip())


def _parsed(data: bytes) -> Nodes:
    inner = Document(data, parse_xml(data), len(data))
    return Nodes(document=inner, apex=inner.root, whole=True, comments=True)


def _decoded(data: Nodes | bytes) -> bytes:
    """Base64 of the text in a node set (XMLDSig §6.6.2), or of octets."""
    said = str(data.apex.xpath("string()")) if isinstance(data, Nodes) else data.decode("latin-1")
    try:
        return base64.b64decode("".join(said.split()), validate=True)
    except (binascii.Error, ValueError):
        raise malformed("base64") from None


def _without(nodes: Nodes, signature: Any, *, every: bool) -> Nodes:
    """The same nodes in another parse of the document, without this signature or without any."""
    document, tag = nodes.document, nodes.apex.tag
    place = _place(document.root, tag, nodes.apex)
    own = _place(document.root, SIGNATURE, signature)
    copy = document.copy()
    apex = _at(copy, tag, place)
    gone = list(copy.iter(SIGNATURE)) if every else [_at(copy, SIGNATURE, own)]
    for element in gone:
        if element.getparent() is None or element is apex or element in apex.iterancestors(SIGNATURE):
            raise MalformedError("signature.unsupported", why="enveloped-signature")
        _remove(element)
    return Nodes(document=document, apex=apex, whole=nodes.whole, comments=nodes.comments)


def _place(root: Any, tag: str, element: Any) -> int:
    return next(number for number, one in enumerate(root.iter(tag)) if one is element)


def _at(root: Any, tag: str, place: int) -> Any:
    return next(one for number, one in enumerate(root.iter(tag)) if number == place)


def _remove(element: Any) -> None:
    """Take an element out of its tree; the text behind it stays."""
    parent, before = element.getparent(), element.getprevious()
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
