"""What is told about the times of a signature, none of which makes it worse (EN 319 102-1 §5.5.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from cryptography import x509

from ..clock import shifted
from ..policy import Policy
from ..report import Finding
from ..trust.revocation_check import stamp
from .conclusion import known_facts
from .timestamp import Judged


def stamp_notes(stamps: Iterable[Judged]) -> list[Finding]:
    """Why timestamps do not count.

    None of that makes the signature itself worse than it is without them, so nothing of it is an error.
    """
    findings: list[Finding] = []
    for judged in stamps:
        if judged.counts:
            findings += [f for f in judged.findings if f.severity != "error"]
            continue
        if judged.token is not None:
            findings.append(Finding.of("timestamp.untrusted", time=stamp(judged.token.time)))
        findings += [f if f.severity == "info" else replace(f, severity="warning") for f in judged.findings]
    if not any(judged.counts for judged in stamps):
        findings.append(Finding.of("signature.not-timestamped"))
    return findings


def claim_notes(
    claimed: datetime | None,
    certificate: x509.Certificate | None,
    at: datetime,
    stamps: Iterable[Judged],
    policy: Policy,
) -> list[Finding]:
    """Where the claimed signing time contradicts what is known."""
    if claimed is None:
        return []
    skew, findings = policy.clock_skew, []
    if claimed > shifted(at, skew):
        findings.append(Finding.of("time.claimed-future", time=stamp(claimed)))
    for token in (j.token for j in stamps if j.token and j.counts):
        if claimed > shifted(token.time, token.accuracy + skew):
            times = {"time": stamp(claimed), "timestamp": stamp(token.time)}
            findings.append(Finding.of("time.claimed-after-timestamp", **times))
            break
    known = known_facts(certificate)
    if known is not None and not shifted(known.not_before, -skew) <= claimed <= shifted(known.not_after, skew):
        findings.append(Finding.of("time.claimed-outside-validity", time=stamp(claimed)))
    return findings
