"""Examining any ASiC-E container: a dossier, or what another program made."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..asice.cades import examine_cades, over_files
from ..asice.container import META, Container, check_manifests, read_manifest
from ..asice.longterm import PLAIN, LongTerm, is_long_term, names_proof
from ..asice.xades import examine_in_container
from ..clock import moment
from ..errors import ServiceError
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
# EN 319 162-1 §4.4.3.2; the folders are those of national formats that build on it
_XADES = re.compile(rf"{META}(?:[^/]+/)*[^/]*signatures[^/]*\.xml", re.IGNORECASE)


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
        return replace(found, findings=found.findings + container.oddities)
    if container.oddities:
        container = Container.read(data)  # a dossier is written by this program
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

    Beside a XAdES signature that cannot be read no file is called uncovered, nor where nothing says which files its
    timestamps and evidence records cover. Those cover files only where nobody signed: anyone can have a timestamp
    beside the signatures of others.
    """
    check_manifests(container)
    rules = Conditions(trust=judge.trust, at=judge.at, policy=judge.policy, show_ids=judge.show_ids)
    manifests = {name: read_manifest(container, name) for name in container if PLAIN.fullmatch(name)}
    stamped = {name for name, (manifest, _) in manifests.items() if manifest is not None and names_proof(manifest)}
    long_term = judge.long_term(container, [name for name in container if is_long_term(name) or name in stamped])
    found = _Found()
    for name, (manifest, wrong) in manifests.items():
        if name in stamped:
            continue
        found.findings += wrong
        if manifest is not None and (entry := manifest.signature) in container:
            found.covered |= set(manifest.digests())
            found.signed.add(entry)
            reports = examine_cades(container, entry, container[name], rules, long_term.proven.get(entry))
            found.reports += [over_files(long_term.raised(report, entry), wrong) for report in reports]
    for name in container:
        if _XADES.fullmatch(name):
            signed = examine_in_container(container, name, rules, long_term.proven.get(name))
            found.reports += signed.reports
            found.covered |= signed.covered
            found.signed.add(name)
            found.told = found.told and signed.readable
    found.check_rest(container, long_term, rules)
    return Examination(kind="asice", signatures=(*found.reports, *long_term.reports), findings=tuple(found.findings))


@dataclass(slots=True)
class _Found:
    """What has been met in a container: `told` while it is known what everything in it covers."""

    findings: list[Finding] = field(default_factory=list)
    reports: list[SignatureReport] = field(default_factory=list)
    covered: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)
    told: bool = True

    def check_rest(self, container: Container, long_term: LongTerm, rules: Conditions) -> None:
        """Files that nothing covers, and signatures of which nothing says what they cover."""
        if not self.reports:
            self.covered |= long_term.listed
            self.told = self.told and bool(long_term.listed or not long_term.reports)
        for name in container:
            if not name.startswith(META):
                if self.told and name not in self.covered:
                    self.findings.append(Finding.of("asice.uncovered", name=name))
            elif name not in self.signed and not is_long_term(name) and _SIGNATURE.search(name):
                self.findings.append(Finding.of("asice.manifest-missing", name=name))
                if name.lower().endswith(".p7s"):
                    self.reports += examine_cades(container, name, None, rules)
        if not container.payload():
            self.findings.append(Finding.of("asice.payload"))
