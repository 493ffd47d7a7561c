"""Audit of files that one did not make and does not trust: a Report for each, never an exception for a bad document.

The verdict of a document is the worst of its signatures (EN 319 102-1 §5.1.3), made worse by what is found about the
document as a whole. `audit_folder` is a stream: one Report at a time, over several processes when asked.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from .clock import moment
from .dossier import examine_container
from .errors import SigningError
from .files import MAX_READ_BYTES, read_file
from .pdf_examination import PdfExamination
from .pdf_verify import examine_pdf
from .policy import DEFAULT_POLICY, Policy
from .report import DossierReport, Finding, Report, SealReport, SignatureReport, Verdict, verdict_of
from .seal_check import check_seal_in_pdf
from .trust import TrustStore
from .validation import validate_file_signature

Path_ = str | os.PathLike[str]

_PDF_HEADER_WINDOW = 1024  # bytes in which %PDF- may start (ISO 32000-1 annex H)
_PENDING_PER_JOB = 4  # files handed to the workers ahead of the reader, so that memory stays flat


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """What one audit is judged by; sent once to each worker process."""

    trust: TrustStore | None
    at: datetime | None
    policy: Policy
    register: str | None
    password: Callable[[str], str] | None
    show_ids: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a room answers about one document."""

    kind: str
    signatures: tuple[SignatureReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    dossier: DossierReport | None = None
    seals: tuple[SealReport, ...] = ()
    unsigned: bool = False


def audit_file(
    path: Path_,
    trust: TrustStore | None = None,
    *,
    at: datetime | None = None,
    policy: Policy = DEFAULT_POLICY,
    register: str | None = None,
    password: Callable[[str], str] | None = None,
    show_ids: bool = False,
) -> Report:
    """The Report of one file: PDF, dossier, ASiC container, detached CMS signature (`F.p7s` beside `F`), timestamp.

    `register` is the URL of the office's register (SQLAlchemy form); `password(name)` opens an encrypted PDF; personal
    numbers are masked unless `show_ids`. A bad document never raises; a register that cannot be opened does.
    """
    return _audit(
        Path(path), _Rules(trust=trust, at=at, policy=policy, register=register, password=password, show_ids=show_ids)
    )


def audit_folder(
    path: Path_,
    trust: TrustStore | None = None,
    *,
    jobs: int = 1,
    at: datetime | None = None,
    policy: Policy = DEFAULT_POLICY,
    register: str | None = None,
    password: Callable[[str], str] | None = None,
    show_ids: bool = False,
) -> Iterator[Report]:
    """The Reports of every file under a folder, in order of path, as they are ready; links are not followed.

    With `jobs` > 1 that many processes share the work (then `password` has to be picklable).
    """
    rules = _Rules(trust=trust, at=at, policy=policy, register=register, password=password, show_ids=show_ids)
    return audit_paths(_files(Path(path)), rules, jobs)


def audit_paths(paths: Iterable[Path], rules: _Rules, jobs: int = 1) -> Iterator[Report]:
    """The Reports of `paths`, in their order."""
    if jobs <= 1:
        for path in paths:
            yield _audit(path, rules)
        return
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(rules,)
    ) as pool:
        waiting: list[tuple[Path, Future[Report]]] = []
        for path in paths:
            waiting.append((path, pool.submit(_audit_in_worker, path)))
            if len(waiting) > jobs * _PENDING_PER_JOB:
                yield _finished(*waiting.pop(0), rules)
        for path, future in waiting:
            yield _finished(path, future, rules)


_worker_rules: _Rules | None = None


def _start_worker(rules: _Rules) -> None:
    global _worker_rules  # one per process, set once by the pool
    _worker_rules = rules


def _audit_in_worker(path: Path) -> Report:
    if _worker_rules is None:
        raise RuntimeError("the pool did not start this worker")
    return _audit(path, _worker_rules)


def _finished(path: Path, future: Future[Report], rules: _Rules) -> Report:
    try:
        return future.result()
    except BrokenProcessPool:
        # a worker died (out of memory, killed): its files are not judged, the audit goes on to say so for each
        return _unjudged(path, None, rules, Finding.of("document.internal"), Verdict.INDETERMINATE, 0.0)


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        yield folder
        return
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            yield Path(parent, name)


def _audit(path: Path, rules: _Rules) -> Report:
    started = time.perf_counter()
    digest = None
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise OSError("not a regular file")
        data = read_file(path, max_bytes=MAX_READ_BYTES)
        digest = hashlib.sha256(data).hexdigest()
        judged = _judge(path, data, rules)
    except OSError as error:
        finding = Finding.of("document.unreadable", why=error.strerror or error)
        return _unjudged(path, digest, rules, finding, Verdict.INDETERMINATE, started)
    except SigningError as error:
        if error.exit_status == 2 and error.code.startswith("register."):
            raise  # the caller's register, not the document, is at fault
        verdict = Verdict.INVALID if error.exit_status == 1 else Verdict.INDETERMINATE
        return _unjudged(path, digest, rules, Finding.from_error(error), verdict, started)
    except Exception:  # the last line of defence: one hostile file must not stop an archive's audit
        return _unjudged(path, digest, rules, Finding.of("document.internal"), Verdict.INDETERMINATE, started)
    verdict = Verdict.UNSIGNED if judged.unsigned else verdict_of(judged.signatures, judged.findings)
    return _report(path, digest, rules, judged, verdict, started)


def _judge(path: Path, data: bytes, rules: _Rules) -> _Judged:
    at = moment(rules.at)
    if data.startswith(b"PK\x03\x04"):
        return _judge_container(data, at, rules)
    if b"%PDF-" in data[:_PDF_HEADER_WINDOW]:
        return _judge_pdf(data, at, rules)
    if data[:1] == b"\x30" and path.suffix.lower() in {".p7s", ".p7m", ".tst", ".tsr"}:
        return _judge_cms(path, data, at, rules)
    return _Judged("unknown", findings=(Finding.of("document.unsigned"),), unsigned=True)


def _judge_pdf(data: bytes, at: datetime, rules: _Rules) -> _Judged:
    found = examine_pdf(
        data, trust=rules.trust, at=at, policy=rules.policy, password=rules.password, show_ids=rules.show_ids
    )
    return _judge_examined(data, found, at, rules)


def _judge_examined(data: bytes, found: PdfExamination, at: datetime, rules: _Rules) -> _Judged:
    seals, seal_findings = check_seal_in_pdf(data, found, trust=rules.trust, at=at)
    findings = found.findings + seal_findings
    unsigned = not found.signatures and not any(f.severity == "error" for f in findings)
    if unsigned:
        findings += (Finding.of("document.unsigned"),)
    return _Judged("pdf", found.signatures, findings, seals=seals, unsigned=unsigned)


def _judge_container(data: bytes, at: datetime, rules: _Rules) -> _Judged:
    found = examine_container(
        data, trust=rules.trust, at=at, policy=rules.policy, register=rules.register, show_ids=rules.show_ids
    )
    judged = _Judged(found.kind, found.signatures, found.findings, dossier=found.dossier)
    for name, examined in found.examined.items():
        inner = _judge_examined(found.results[name], examined, at, rules)
        judged = replace(
            judged,
            signatures=judged.signatures + tuple(replace(s, id=f"{name}#{s.id}") for s in inner.signatures),
            findings=judged.findings + inner.findings,
            seals=judged.seals + inner.seals,
        )
    return judged


def _judge_cms(path: Path, data: bytes, at: datetime, rules: _Rules) -> _Judged:
    beside = path.with_suffix("") if path.suffix.lower() == ".p7s" else None
    content = beside if beside is not None and beside.is_file() else None
    kind, signature = validate_file_signature(
        data, content, trust=rules.trust, at=at, policy=rules.policy, show_ids=rules.show_ids
    )
    return _Judged(kind, (signature,))


def _unjudged(
    path: Path, digest: str | None, rules: _Rules, finding: Finding, verdict: Verdict, started: float
) -> Report:
    return _report(path, digest, rules, _Judged("unknown", findings=(finding,)), verdict, started)


def _report(path: Path, digest: str | None, rules: _Rules, judged: _Judged, verdict: Verdict, started: float) -> Report:
    return Report(
        path=clean_path(path),
        sha256=digest,
        kind=judged.kind,
        verdict=verdict,
        validated_at=moment(rules.at),
        policy=rules.policy.name,
        signatures=judged.signatures,
        dossier=judged.dossier,
        seals=judged.seals,
        findings=judged.findings,
        elapsed_ms=(time.perf_counter() - started) * 1000 if started else 0.0,
    )


def clean_path(path: Path) -> str:
    """A path that can be printed and put into JSON whatever bytes its name has."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
