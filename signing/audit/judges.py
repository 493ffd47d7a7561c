"""Which room judges which shape of file, and what its answer says about the whole document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from ..asice.simple import examine_simple
from ..cms.cades import digest_file
from ..cms.pem import unwrapped
from ..cms.timestamp import is_response, read_response
from ..dossier.dossier import examine_container
from ..errors import MalformedError, SigningError, UsageError
from ..ers.verify import validate_record
from ..files import MAX_DIGEST_BYTES, is_file_beside
from ..pdf_check.verify import examine_pdf
from ..policy import Policy
from ..recognize import Shape, is_polyglot
from ..report import DossierReport, Finding, Indication, SealReport, SignatureReport, Verdict, verdict_of
from ..seal.check import check_seal_in_pdf
from ..seal.verify import SealVerifier
from ..trust.store import TrustStore
from ..validation.file import malformed_report, validate_file_signatures
from ..xades.beside import examine_xml_file
from ..xades.file import Conditions, Examined
from .tokens import examine_token

_BESIDE = {".p7s", ".tst", ".tsr", ".ers"}  # names of detached signatures: what they sign is called the same without it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one audit is judged by; sent once to each worker process."""

    trust: TrustStore | None
    at: datetime | None
    policy: Policy
    register: str | None
    password: Callable[[str], str] | None = field(repr=False)
    show_ids: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The answer about one document."""

    kind: str
    verdict: Verdict
    signatures: tuple[SignatureReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    dossier: DossierReport | None = None
    seals: tuple[SealReport, ...] = ()


def fault(kind: str, finding: Finding, verdict: Verdict = Verdict.INDETERMINATE) -> Judged:
    """The answer about a file that could not be judged."""
    return Judged(kind=kind, verdict=verdict, findings=(finding,))


def judge(shape: Shape, path: Path | None, data: bytes, now: datetime, rules: Rules) -> Judged:
    """The answer about a file of that shape; `path` is where a detached signature's content is looked for, if at all.

    Raises `SigningError` for a document that cannot be read, and whatever else a mistake of ours lets out.
    """
    if shape is Shape.PDF:
        return _pdf(data, now, rules)
    if shape is Shape.CONTAINER:
        return _container(data, now, rules)
    if shape is Shape.CMS:
        return _cms(path, data, now, rules)
    if shape is Shape.SEAL:
        return _seal(data, now, rules)
    if shape is Shape.XADES:
        return _xml(path, data, now, rules)
    if shape is Shape.ASICS:
        return _simple(data, now, rules)
    if shape is Shape.RECORD:
        return _record(path, data, now, rules)
    if shape is Shape.FOREIGN:
        return _unsupported(shape)
    if shape is Shape.TOKEN:
        return _token(data, now, rules)
    told = "document.archive" if shape is Shape.ARCHIVE else "document.unsigned"
    return fault(shape.kind, Finding.of(told), Verdict.UNSIGNED)


def _pdf(data: bytes, now: datetime, rules: Rules) -> Judged:
    found = examine_pdf(
        data, trust=rules.trust, at=now, policy=rules.policy, password=rules.password, show_ids=rules.show_ids
    )
    seals, more = check_seal_in_pdf(data, found, trust=rules.trust, at=now)
    findings = found.findings + more
    if is_polyglot(data):
        findings += (Finding.of("document.polyglot"),)
    if found.signatures or any(f.severity == "error" for f in findings):
        verdict = verdict_of(found.entries, findings)
        return Judged(kind="pdf", verdict=verdict, signatures=found.entries, findings=findings, seals=seals)
    findings += (Finding.of("document.unsigned"),)
    return Judged(kind="pdf", verdict=Verdict.UNSIGNED, findings=findings, seals=seals)


def _container(data: bytes, now: datetime, rules: Rules) -> Judged:
    """The container's own signatures, and those of the results in it."""
    found = examine_container(
        data, trust=rules.trust, at=now, policy=rules.policy, register=rules.register, show_ids=rules.show_ids
    )
    findings = found.findings
    seals: tuple[SealReport, ...] = ()
    for name, examined in found.examined.items():
        inside, more = check_seal_in_pdf(found.results[name], examined, trust=rules.trust, at=now)
        seals += inside
        findings += more
    return Judged(
        kind=found.kind,
        verdict=verdict_of(found.signatures, findings),
        signatures=found.signatures,
        findings=findings,
        dossier=found.dossier,
        seals=seals,
    )


def beside(path: Path) -> Path | None:
    """Where the content of a detached signature is looked for, by its name; None for other files."""
    return path.with_suffix("") if path.suffix.lower() in _BESIDE else None


def _content(path: Path | None) -> Path | None:
    """The content of a detached proof, if it is there. Raises `UsageError` for one that is too large."""
    other = beside(path) if path is not None else None
    content = other if path is not None and other is not None and is_file_beside(other, path) else None
    if content is not None and content.stat().st_size > MAX_DIGEST_BYTES:
        raise UsageError("input.too-large", what=content.name, limit=f"{MAX_DIGEST_BYTES} bytes")
    return content


def _record(path: Path | None, data: bytes, now: datetime, rules: Rules) -> Judged:
    """An evidence record over the file beside it."""
    content = _content(path)
    objects = None if content is None else [partial(digest_file, content)]
    report = validate_record(
        id="evidence-record", record=data, objects=objects, trust=rules.trust, at=now, policy=rules.policy
    )
    return Judged(kind="evidence-record", verdict=verdict_of((report,), ()), signatures=(report,))


def _cms(path: Path | None, data: bytes, now: datetime, rules: Rules) -> Judged:
    content = _content(path)
    data = unwrapped(data)
    if is_response(data):
        try:
            data = read_response(data)
        except SigningError as error:
            wrong = MalformedError("timestamp.malformed", why=error.details.get("why", error.code))
            report = malformed_report("timestamp", "RFC3161", wrong, type="timestamp")
            return Judged(kind="timestamp", verdict=Verdict.INVALID, signatures=(report,))
    kind, signatures = validate_file_signatures(
        data, content, trust=rules.trust, at=now, policy=rules.policy, show_ids=rules.show_ids
    )
    return Judged(kind=kind, verdict=verdict_of(signatures, ()), signatures=signatures)


def _xml(path: Path | None, data: bytes, now: datetime, rules: Rules) -> Judged:
    found = examine_xml_file(path, data, _conditions(now, rules))
    if not found.reports:  # it speaks of signatures and holds none
        return fault("unknown", Finding.of("document.unsigned"), Verdict.UNSIGNED)
    return _examined("xades", found)


def _simple(data: bytes, now: datetime, rules: Rules) -> Judged:
    return _examined("asics", examine_simple(data, _conditions(now, rules)))


def _conditions(now: datetime, rules: Rules) -> Conditions:
    return Conditions(trust=rules.trust, at=now, policy=rules.policy, show_ids=rules.show_ids)


def _examined(kind: str, found: Examined) -> Judged:
    verdict = verdict_of(found.reports, found.findings)
    return Judged(kind=kind, verdict=verdict, signatures=found.reports, findings=found.findings)


def _seal(data: bytes, now: datetime, rules: Rules) -> Judged:
    """A seal without its document: at best its facts were signed, which proves nothing about any paper."""
    checked = SealVerifier(rules.trust).check(data.decode("utf-8", "replace").rstrip("\r\n"), at=now)
    findings = checked.findings + ((Finding.of("seal.paper-only"),) if checked.seal is not None else ())
    verdict = Verdict.INDETERMINATE if checked.verdict is Verdict.VALID else checked.verdict
    return Judged(kind="seal", verdict=verdict, findings=findings, seals=(checked.report,))


def _token(data: bytes, now: datetime, rules: Rules) -> Judged:
    """A token of identity, which is for its recipient; here at best its issuer did sign it and it lives."""
    signatures = examine_token(data, trust=rules.trust, at=now)
    findings = (Finding.of("document.token"),)
    return Judged(kind="token", verdict=verdict_of(signatures, ()), signatures=signatures, findings=findings)


def _unsupported(shape: Shape) -> Judged:
    """A document that is signed in a way that is not checked here: an entry for its signatures, and no verdict."""
    report = SignatureReport(
        id="signature",
        type="signature",
        format="XAdES",
        indication=Indication.INDETERMINATE,
        sub_indication="GENERIC",
        findings=(Finding.of("signature.unsupported", why="Office, ODF, JAR"),),
    )
    return Judged(kind=shape.kind, verdict=Verdict.INDETERMINATE, signatures=(report,))
