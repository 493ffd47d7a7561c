"""Examining any ASiC-E container: a dossier, or what another program made."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..asice.container import META, Container, check_manifests, is_plain_mimetype, read_manifest
from ..asice.longterm import PLAIN, is_long_term, names_proof
from ..asice.xades import SignedInContainer, examine_in_container
from ..clock import moment
from ..errors import MalformedError, ServiceError
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, SignatureReport
from ..trust.store import TrustStore
from ..xades.file import Conditions
from .check import Examination, Judge, examine
from .file import DossierFile
from .head import HeadQuestion
from .receipt import Receipt
from .statement import RECORD

if TYPE_CHECKING:
    from .register import Register

_SIGNATURE = re.compile(r"signature|\.p7s$", re.IGNORECASE)
_XADES = re.compile(rf"{META}[^/]*signatures[^/]*\.xml", re.IGNORECASE)  # EN 319 162-1 §4.4.3.2


def examine_container(
    data: bytes,
    *,
    trust: TrustStore | None,
    at: datetime | None = None,
    policy: Policy = DEFAULT_POLICY,
    register: Register | str | None = None,
    receipt: Receipt | None = None,
    show_ids: bool = False,
) -> Examination:
    """Everything about an ASiC-E container, a dossier or any other; `register` is open, or the URL of one.

    Raises `MalformedError` or `LimitError` when `data` is not an acceptable container, `UsageError` for a register
    that is not there; never for what a container holds.
    """
    container = Container.read(data, strict=False)
    judge = Judge(trust=trust, at=moment(at), policy=policy, show_ids=show_ids)
    if RECORD not in container and not any(name.startswith("steps/") for name in container):
        found = examine_asice(container, judge)
        odd = () if is_plain_mimetype(data) else (Finding.of("asice.mimetype", severity="warning"),)
        return replace(found, findings=found.findings + odd)
    if not is_plain_mimetype(data):
        raise MalformedError("asice.mimetype")
    opened: Register | None = None
    unavailable = False
    if isinstance(register, str):
        from .register import Register as Open  # the database is loaded where one is asked for

        try:
            register = opened = Open.open(register, create=False)
        except ServiceError:
            register, unavailable = None, True
    try:
        head = HeadQuestion(register=register, receipt=receipt, unavailable=unavailable)
        return examine(DossierFile.of(container), replace(judge, head=head))
    finally:
        if opened is not None:
            opened.close()


def examine_asice(container: Container, judge: Judge) -> Examination:
    """Any other ASiC-E container, of CAdES or XAdES: every manifest, every signature, every file that none covers.

    Beside a XAdES signature that cannot be read no file is called uncovered. Timestamps cover files only where nobody
    signed: anyone can have a timestamp beside the signatures of others.
    """
    check_manifests(container)
    findings: list[Finding] = []
    reports: list[SignatureReport] = []
    covered: set[str] = set()
    signed: set[str] = set()
    manifests = {name: read_manifest(container, name) for name in container if PLAIN.fullmatch(name)}
    stamped = {name for name, (manifest, _) in manifests.items() if manifest is not None and names_proof(manifest)}
    long_term = judge.long_term(container, [name for name in container if is_long_term(name) or name in stamped])
    for name, (manifest, wrong) in manifests.items():
        if name in stamped:
            continue
        findings += wrong
        if manifest is not None and manifest.signature in container:
            covered |= set(manifest.digests())
            signed.add(manifest.signature)
            entry = manifest.signature
            report = judge.signature(container, entry, name, long_term.proven.get(entry))
            reports.append(long_term.raised(report, entry))
    xades = {
        name: _xades(container, name, judge, long_term.proven.get(name)) for name in container if _XADES.fullmatch(name)
    }
    for found in xades.values():
        reports += found.reports
        covered |= found.covered
    signed.update(xades)
    unread = not all(found.readable for found in xades.values())
    covered |= long_term.listed if not reports else set()
    for name in container:
        if not name.startswith(META):
            if name not in covered and not unread:
                findings.append(Finding.of("asice.uncovered", name=name))
        elif name not in signed and not is_long_term(name) and _SIGNATURE.search(name):
            findings.append(Finding.of("asice.manifest-missing", name=name))
    return Examination(kind="asice", signatures=(*reports, *long_term.reports), findings=tuple(findings))


def _xades(container: Container, name: str, judge: Judge, poe: datetime | None) -> SignedInContainer:
    conditions = Conditions(trust=judge.trust, at=judge.at, policy=judge.policy, show_ids=judge.show_ids)
    return examine_in_container(container, name, conditions, poe)
