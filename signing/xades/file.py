"""Every XML signature of one file (EN 319 132-1 §4), enveloped, enveloping or detached, with its counter-signatures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..errors import LimitError, SigningError
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, SignatureReport
from ..trust.proofs import Proofs
from ..trust.store import TrustStore
from ..validation.archive import Archives
from ..validation.file import malformed_report
from ..validation.signature import validate_form
from .archive import XmlArchive
from .coverage import Coverage, findings_for
from .document import Document
from .form import XmlForm
from .names import DS, SIGNATURE, XADES
from .reference import Outside
from .signature import read_signature, signatures_in

MAX_SIGNATURES = 256  # signatures of one document, counter-signatures among them
MAX_ID_CHARS = 80
_SIGNATURE_TAG = re.compile(rb"<(?:[\w.-]+:)?Signature[\s/>]")  # with its NUL bytes taken out, in UTF-16 too


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What signatures are judged by."""

    trust: TrustStore | None
    at: datetime
    policy: Policy = DEFAULT_POLICY
    show_ids: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The reports of one document's signatures, and its forms where they could be read."""

    reports: tuple[SignatureReport, ...]
    forms: tuple[XmlForm, ...] = ()
    findings: tuple[Finding, ...] = ()


def nothing_outside(_: str | None) -> bytes | None:
    """No file is at hand."""
    return None


def examine_xml(
    data: bytes,
    conditions: Conditions,
    outside: Outside = nothing_outside,
    *,
    prefix: str = "",
    poe: datetime | None = None,
) -> Examined:
    """Every signature of the XML document `data`; `outside(uri)` gives the bytes of a file that a reference names.

    Reports are named by the signature's Id, or `signature`, `signature-1` …, behind `prefix`. `poe` is a proven time
    before which `data` existed as it is. Never raises for bad bytes.
    """
    try:
        document = Document.parse(data)
    except SigningError as e:
        if not _SIGNATURE_TAG.search(data.replace(b"\0", b"")):  # a page that speaks of signatures is none
            return Examined(reports=())
        return Examined(reports=(malformed_report(prefix + "signature", "XAdES", e),))
    elements = signatures_in(document.root)
    if len(elements) > MAX_SIGNATURES:
        error = LimitError("input.too-large", what="XML", limit=f"{MAX_SIGNATURES} signatures")
        return Examined(reports=(malformed_report(prefix + "signature", "XAdES", error),))
    names = dict(zip(elements, _names(elements, prefix), strict=True))
    read = {element: _read(element, document, outside, names[element]) for element in elements}
    forms = {element: form for element, form in read.items() if isinstance(form, XmlForm)}
    coverage = Coverage.of(document.root, [f for f in forms.values() if _intact(f)])
    forms = {e: replace(f, more=findings_for(f, coverage)) for e, f in forms.items()}
    desk = _Desk(conditions, names, read, forms)
    tops = [element for element in elements if _countersigned(element) is None]
    reports = [report for element in tops for report in desk.judge(element, poe)]
    return Examined(reports=tuple(reports), forms=tuple(forms.values()))


def _read(element: Any, document: Document, outside: Outside, name: str) -> XmlForm | SignatureReport:
    try:
        return XmlForm.of(read_signature(element, document), outside)
    except SigningError as e:
        return malformed_report(name, "XAdES", e)


def _intact(form: XmlForm) -> bool:
    return form.check()[0] is True


def _names(elements: list[Any], prefix: str) -> Iterator[str]:
    """The Id of each where it is fit to be shown and its own; else a number."""
    given = [e.get("Id") for e in elements]
    for number, name in enumerate(given, 1):
        if name and len(name) <= MAX_ID_CHARS and name.isprintable() and given.count(name) == 1:
            yield prefix + name
        else:
            yield prefix + ("signature" if len(elements) == 1 else f"signature-{number}")


def _countersigned(element: Any) -> Any:
    """The signature in whose CounterSignature property this one stands, if any."""
    holder = element.getparent()
    if holder is None or holder.tag != f"{XADES}CounterSignature":
        return None
    return next(holder.iterancestors(SIGNATURE), None)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the signatures of one document are judged, each followed by those that counter-signed it."""

    conditions: Conditions
    names: dict[Any, str]
    read: dict[Any, XmlForm | SignatureReport]
    forms: dict[Any, XmlForm]

    def judge(self, element: Any, poe: datetime | None) -> Iterator[SignatureReport]:
        form = self.forms.get(element)
        if form is None:
            found = self.read[element]
            if isinstance(found, SignatureReport):
                yield found
        else:
            yield self._report(element, form, poe)
        for inner in self.read:
            if _countersigned(inner) is element:
                yield from self.judge(inner, self._proof(form, inner, poe))

    def _report(self, element: Any, form: XmlForm, poe: datetime | None) -> SignatureReport:
        parent = _countersigned(element)
        if parent is not None:
            form = replace(form, more=(*_about_countersignature(form, parent), *_but_partial(form.more)))
        rules = self.conditions
        return validate_form(
            form,
            id=self.names[element],
            format="XAdES",
            trust=rules.trust,
            at=rules.at,
            policy=rules.policy,
            poe=poe,
            show_ids=rules.show_ids,
        )

    def _proof(self, form: XmlForm | None, inner: Any, poe: datetime | None) -> datetime | None:
        """When a counter-signature existed at the latest: archive timestamps behind it cover it."""
        if form is None or form.parts.properties is None:
            return poe
        rules = self.conditions
        archives = form.archives(
            trust=rules.trust or TrustStore(),
            at=rules.at,
            policy=rules.policy,
            evidence=form.evidence,
            poe=poe,
            proofs=Proofs(),
        )
        holder = inner.getparent()
        later = (a for a in archives.found if isinstance(a, XmlArchive) and holder in a.before)
        return Archives(tuple(later)).proof(poe)


def _about_countersignature(form: XmlForm, parent: Any) -> tuple[Finding, ...]:
    """A counter-signature signs the value of the signature that it stands in, or it is one only by its place."""
    value = parent.findall(f"{DS}SignatureValue")
    signs = any(c.holds and c.found is not None and c.found.target in value for c in form.checked)
    return () if signs else (Finding.of("xades.not-countersigned"),)


def _but_partial(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(f for f in findings if f.code != "xades.partial")
