"""XAdES signatures in an ASiC container (EN 319 162-1 §4.3.3, §4.4.3.2): each names the entries that it signs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..errors import MalformedError, SigningError
from ..report import SignatureReport
from ..validation.file import malformed_report
from ..xades.file import Conditions, examine_xml
from ..xades.reference import Outside
from .container import Container
from .manifest import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInContainer:
    """The reports of one file of signatures, and the entries that its intact references lead to.

    `readable`: every signature of it could be read, so that nothing else is covered by them.
    """

    reports: tuple[SignatureReport, ...]
    covered: frozenset[str]
    readable: bool


def examine_in_container(
    container: Container, name: str, conditions: Conditions, poe: datetime | None = None
) -> SignedInContainer:
    """Judge the signatures in the entry `name`, proven to exist at `poe`; they are named by it. Never raises."""
    found = examine_xml(container[name], conditions, files_in(container), poe=poe)
    if not found.reports:
        error = MalformedError("signature.malformed", why="no Signature")
        return SignedInContainer(reports=(malformed_report(name, "XAdES", error),), covered=frozenset(), readable=False)
    reports = tuple(replace(r, id=name if len(found.reports) == 1 else f"{name}#{r.id}") for r in found.reports)
    references = (c.reference.uri for form in found.forms for c in form.checked if c.holds)
    covered = (entry for uri in references if uri and (entry := _entry(uri)) in container)
    return SignedInContainer(
        reports=reports,
        covered=frozenset(entry for entry in covered if entry is not None),
        readable=len(found.forms) == len(found.reports),
    )


def files_in(container: Container) -> Outside:
    """What a relative URI names in the container."""

    def outside(uri: str | None) -> bytes | None:
        entry = _entry(uri) if uri else None
        return container[entry] if entry is not None and entry in container else None

    return outside


def _entry(uri: str) -> str | None:
    try:
        return name_of(uri.removeprefix("./"))
    except SigningError:
        return None
