"""What of a document its signatures cover, seen as a reader sees it: against wrapping (McIntosh and Austel, 2005).

A signature over "#id" holds wherever that element stands. Who moves it aside and puts another in its place shows an
unsigned text under a signature that is intact. So what is signed has to be the document as a whole, or it is said what
alone is signed; and where an element of the same name stands unsigned beside it, nobody can tell which is meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lxml import etree

from ..report import Finding
from .form import XmlForm, describes
from .names import DS, OBJECT, SIGNATURE, XADES
from .values import children, local

_ALL = frozenset({"", "#xpointer(/)"})  # references to all of the document, with what stands beside its root
MAX_SHOWN = 5  # names in one finding; unsigned elements of one name that are looked at


@dataclass(slots=True)
class Coverage:
    """The subtrees of one document that its intact signatures cover."""

    root: Any
    whole: bool = False
    roots: set[Any] = field(default_factory=set)
    _unsigned: dict[str, list[Any]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, root: Any, forms: Iterable[XmlForm]) -> Coverage:
        """What the references of intact signatures lead to."""
        coverage = cls(root)
        found = (c.found for form in forms for c in form.checked if c.holds and c.found is not None)
        for one in found:
            if one.target is not None:
                coverage.roots.add(one.target)
                coverage.whole |= one.whole
        return coverage

    def covers(self, element: Any) -> bool:
        """Whether some signature covers it. A signature's own parts are covered only where a reference names them."""
        for one in (element, *element.iterancestors()):
            if one in self.roots:
                return True
            if one.tag == SIGNATURE:
                return False
        return self.whole

    def unsigned(self, tag: str) -> list[Any]:
        """Some of the elements of that name that no signature covers."""
        if tag not in self._unsigned:
            found = (element for element in self.root.iter(tag) if not self.covers(element))
            self._unsigned[tag] = list(islice(found, MAX_SHOWN))
        return self._unsigned[tag]


def findings_for(form: XmlForm, coverage: Coverage) -> tuple[Finding, ...]:
    """What has to be said about what this signature covers, and what stands around it."""
    signature = form.parts.element
    targets = [c.found for c in form.signed if c.holds and c.found is not None and c.found.target is not None]
    found: list[Finding] = []
    twins = {local(top) for one in targets for top in _tops(one.target) if _has_twin(top, coverage)}
    if twins:
        found.append(Finding.of("xades.wrapping", names=_shown(twins)))
    if targets and not any(one.whole for one in targets) and signature is not coverage.root:
        found.append(Finding.of("xades.partial", names=_shown({local(one.target) for one in targets})))
    if targets and _instructed(coverage.root) and not any(c.holds and c.reference.uri in _ALL for c in form.signed):
        found.append(Finding.of("xades.instructions"))
    if any(not describes(o, signature) and not _covered(o, coverage) for o in signature.findall(OBJECT)):
        found.append(Finding.of("xades.unsigned-object"))
    if any(one.commented for one in targets):
        found.append(Finding.of("xades.comments"))
    return tuple(found)


def _instructed(root: Any) -> bool:
    """Whether instructions stand beside the root: a signature over that element, be it the whole of it, misses them."""
    beside = (*root.itersiblings(preceding=True), *root.itersiblings())
    return any(one.tag is etree.ProcessingInstruction for one in beside)


def _covered(holder: Any, coverage: Coverage) -> bool:
    """Whether an Object, or everything in it, is signed."""
    if coverage.covers(holder):
        return True
    bare = (holder.text or "").strip() or any((child.tail or "").strip() for child in holder)
    return not bare and all(coverage.covers(child) for child in children(holder))


def _tops(target: Any) -> list[Any]:
    """What a reader looks for by its name: the element, or what stands in an Object."""
    return children(target) if target.tag == OBJECT else [target]


def _has_twin(top: Any, coverage: Coverage) -> bool:
    """Whether an unsigned element has the name of a signed one."""
    if top.tag.startswith((DS, XADES)):
        return False  # parts of signatures, of which each has its own
    return any(element is not top for element in coverage.unsigned(top.tag))


def _shown(names: set[str]) -> str:
    some = sorted(names)
    return ", ".join(some[:MAX_SHOWN]) + (" …" if len(some) > MAX_SHOWN else "")
