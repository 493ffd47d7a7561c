"""What a signed file has reached and what it lacks (EN 319 122-1 §6, EN 319 142-1 §6), and until when that lasts.

`level_of` tells of every signature its baseline, what is missing for the next one, and the day on which the newest
proof of it ends; `due` names those that have to be renewed within a time (`extend` to B-LTA renews).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

from .audit import audit_bytes, audit_file, shown_path
from .audit.judges import Judged, beside
from .clock import moment, shifted
from .cms.cades import digest_file
from .cms.pem import unwrapped
from .files import is_file, read_file
from .holdings import DigestOf, Holding, digests_of, holdings
from .policy import DEFAULT_POLICY, Baseline, Policy
from .recognize import Shape, shape_of
from .report import Finding, Indication, SignatureReport, iso, json_line, verdict_of
from .trust.chain import Purpose
from .trust.store import TrustStore
from .validation.file import validate_file_signatures
from .validation.lifetime import Grounds, answers_end

_FORMATS = frozenset({"PAdES", "CAdES"})  # what has baselines here
_BELOW = frozenset(
    {
        "signature.content-type",
        "signature.no-binding",
        "signature.no-signing-time",
        "signature.cms-signing-time",
        "pdf.not-baseline",
    }
)


class How(TypedDict, total=False):
    """`content`: the bytes that a detached signature signs, where they do not lie beside it. Others as in an audit."""

    at: datetime | None
    policy: Policy
    password: Callable[[str], str] | None
    content: bytes | None


class _Rules(TypedDict):
    at: datetime
    policy: Policy
    password: Callable[[str], str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureLevel:
    """One signature: the `baseline` reached, the `next` one and what it lacks for that.

    `ends` is when the newest proof of the signature ends, `why` says what ends then; `ends` is None where that is not
    known. `indication` is the audit's answer: a baseline does not make a signature valid.
    """

    id: str
    format: str
    indication: Indication
    baseline: Baseline | None
    next: Baseline | None
    missing: tuple[Finding, ...]
    ends: datetime | None
    why: Finding | None

    def to_dict(self) -> dict[str, Any]:
        """JSON members."""
        return {
            "id": self.id,
            "format": self.format,
            "indication": str(self.indication),
            "baseline": self.baseline,
            "next": self.next,
            "missing": [f.to_dict() for f in self.missing],
            "ends": iso(self.ends),
            "why": self.why.to_dict() if self.why else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelReport:
    """The levels of a file's signatures; `findings` are the document's own, of its audit."""

    path: str
    kind: str
    signatures: tuple[SignatureLevel, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def baseline(self) -> Baseline | None:
        """What every signature of the file has reached at least; None if one is below B-B, or there is none."""
        reached = [s.baseline for s in self.signatures]
        known = [b for b in reached if b is not None]
        return min(known, key=lambda b: b.rank) if known and len(known) == len(reached) else None

    @property
    def ends(self) -> datetime | None:
        """When the first proof ends; None if that of one is not known, or there is none."""
        ends = [s.ends for s in self.signatures]
        known = [e for e in ends if e is not None]
        return min(known) if known and len(known) == len(ends) else None

    def to_dict(self) -> dict[str, Any]:
        """JSON members."""
        return {
            "path": self.path,
            "kind": self.kind,
            "baseline": self.baseline,
            "ends": iso(self.ends),
            "signatures": [s.to_dict() for s in self.signatures],
            "findings": [f.to_dict() for f in self.findings],
        }

    def to_json(self) -> str:
        """One line of JSON, diacritics kept."""
        return json_line(self.to_dict())


def level_of(file: str | os.PathLike[str] | bytes, trust: TrustStore | None = None, **how: Unpack[How]) -> LevelReport:
    """The levels of the signatures of a PDF, a CMS signature or a container; a path, or the bytes.

    With `trust` only proofs that lead to its anchors count. A file without signatures has none; a bad one is
    reported. Raises `UsageError` (`input.unreadable`, times without a zone) and `LimitError` alone.
    """
    now, policy, password = moment(how.get("at")), how.get("policy", DEFAULT_POLICY), how.get("password")
    content = how.get("content")
    path = None if isinstance(file, bytes) else Path(file)
    data = file if isinstance(file, bytes) else read_file(file)
    shape = shape_of(path.name if path else "-", data)
    data = unwrapped(data) if shape is Shape.CMS else data
    if shape is Shape.CMS and content is not None:
        kind, signatures = validate_file_signatures(data, content, trust=trust, at=now, policy=policy)
        seen = Judged(kind=kind, verdict=verdict_of(signatures, ()), signatures=signatures)
    else:
        rules: _Rules = {"at": now, "policy": policy, "password": password}
        report = audit_file(path, trust, **rules) if path else audit_bytes(data, trust, **rules)
        seen = Judged(kind=report.kind, verdict=report.verdict, signatures=report.signatures, findings=report.findings)
    digests = digests_of(content) if content is not None else _digests_beside(path)
    reports = {s.id: s for s in seen.signatures}
    held = {h.id: h for h in holdings(shape, data, reports, content=digests, password=password)}
    levels = tuple(_measured(s, held.get(s.id), trust, policy, now) for s in seen.signatures if s.type == "signature")
    return LevelReport(
        path=shown_path(path) if path else "-", kind=seen.kind, signatures=levels, findings=seen.findings
    )


def _digests_beside(signature: Path | None) -> DigestOf | None:
    """Digests of the file that a detached signature signs by its name, each made once; None where none lies there."""
    signed = beside(signature) if signature is not None else None
    return cache(partial(digest_file, signed)) if signed is not None and is_file(signed) else None


def due(
    file: str | os.PathLike[str] | bytes,
    within: timedelta,
    trust: TrustStore | None = None,
    **how: Unpack[How],
) -> tuple[SignatureLevel, ...]:
    """The signatures of a file whose newest proof ends within that time from `at`, or ended already.

    One whose end cannot be told is among them, unless the audit found it broken: then there is nothing to keep.
    Arguments and errors as for `level_of`.
    """
    now = moment(how.get("at"))
    how["at"] = now
    limit = shifted(now, within)
    return tuple(
        level
        for level in level_of(file, trust, **how).signatures
        if (level.ends is None or level.ends <= limit) and level.indication is not Indication.FAILED
    )


def _measured(
    signature: SignatureReport, holding: Holding | None, trust: TrustStore | None, policy: Policy, now: datetime
) -> SignatureLevel:
    """The level of one signature; `holding` is None where it cannot be read, and then its end is not known."""
    life = None if holding is None else _grounds(holding, trust, policy).longest(holding.cms, holding.tokens)
    reached = Baseline(signature.baseline) if signature.baseline else None
    if holding is not None and reached is Baseline.B_LT:
        ended = answers_end(holding.answers)
        life = ended if life is not None and ended is not None and ended.ends < life.ends else life
    following, missing = _missing(signature, reached)
    return SignatureLevel(
        id=signature.id,
        format=signature.format,
        indication=signature.indication,
        baseline=reached,
        next=following,
        missing=missing,
        ends=life.ends if life else None,
        why=life.finding(now) if life else Finding.of("level.end-unknown"),
    )


def _grounds(holding: Holding, trust: TrustStore | None, policy: Policy) -> Grounds:
    if trust is None:
        return Grounds(pool=holding.pool, policy=policy)
    return Grounds(
        pool=holding.pool,
        signers=trust.anchors(Purpose.SIGNER),
        authorities=trust.anchors(Purpose.TSA),
        trusted=True,
        policy=policy,
    )


def _missing(signature: SignatureReport, reached: Baseline | None) -> tuple[Baseline | None, tuple[Finding, ...]]:
    """The next baseline, and what it lacks; none above B-LTA, nor for a counter-signature above B-LT, which the
    archive timestamps of the signature above it cover."""
    if signature.format not in _FORMATS:
        return None, ()
    if reached is None:
        lacks = tuple(f for f in signature.findings if f.code in _BELOW)
        return Baseline.B_B, (*lacks, Finding.of("level.needs-signing"))
    if reached is Baseline.B_B:
        return Baseline.B_T, (Finding.of("level.needs-timestamp"),)
    if reached is Baseline.B_T:
        lacks = tuple(f for f in signature.findings if f.code == "signature.no-evidence")
        return Baseline.B_LT, lacks or (Finding.of("level.needs-evidence"),)
    if reached is Baseline.B_LT and "/counter-" not in signature.id:
        return Baseline.B_LTA, (Finding.of("level.needs-archive"),)
    return None, ()
