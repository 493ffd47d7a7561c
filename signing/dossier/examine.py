"""Examining any ASiC-E container: a dossier, or what another program made."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..asice.container import META, Container, read_manifest
from ..clock import moment
from ..errors import ServiceError
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, SignatureReport
from ..trust.store import TrustStore
from .check import Examination, Judge, examine
from .file import DossierFile
from .head import HeadQuestion
from .receipt import Receipt
from .statement import RECORD

if TYPE_CHECKING:
    from .register import Register


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
    container = Container.read(data)
    judge = Judge(trust=trust, at=moment(at), policy=policy, show_ids=show_ids)
    if RECORD not in container and not any(name.startswith("steps/") for name in container):
        return examine_asice(container, judge)
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
    """Any other ASiC-E container with CAdES signatures: every manifest, every signature, every uncovered file."""
    findings: list[Finding] = []
    reports: list[SignatureReport] = []
    covered: set[str] = set()
    signed: set[str] = set()
    for name in container:
        if not name.startswith(f"{META}ASiCManifest") or not name.endswith(".xml"):
            continue
        manifest, wrong = read_manifest(container, name)
        findings += wrong
        if manifest is not None and manifest.signature in container:
            covered |= set(manifest.digests())
            signed.add(manifest.signature)
            reports.append(judge.signature(container, manifest.signature, name, None))
    for name in container:
        if name.startswith(META) and "signature" in name and name not in signed:
            findings.append(Finding.of("asice.manifest-missing", name=name))
        elif not name.startswith(META) and name not in covered:
            findings.append(Finding.of("asice.uncovered", name=name))
    return Examination(kind="asice", signatures=tuple(reports), findings=tuple(findings))
