"""What an audit of many files comes to: counts by verdict, kind, reason, signer and month. Its memory is bounded.

Signers and months are those of signatures (not of timestamps); a month is that of the best signature time, which is
proven, never claimed. Personal numbers are masked as they are in the Reports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..clock import vietnam_time
from ..messages import general
from ..report import Finding, Indication, Report, SignatureReport, Verdict
from ..report.law import is_proven
from ..rfc4514 import name_parts

MAX_SIGNERS = 20_000  # counted by name; the signatures of others are counted together
MAX_REASONS = 2_000  # codes; ours are some hundreds
SHOWN_SIGNERS = 1_000  # in the JSON, the most frequent
_VERDICTS = {Indication.PASSED: "valid", Indication.FAILED: "invalid", Indication.INDETERMINATE: "indeterminate"}
_SEVERITIES = ("error", "warning")

Signer = tuple[str, str]  # name and organisation
Counts = Counter[str]  # by verdict


def reason_of(report: Report) -> Finding | None:
    """The finding that decided against a document; None for one that is valid or not signed.

    The first error about the document, else the first error, or warning, of a signature with the document's verdict.
    """
    if report.verdict not in {Verdict.INVALID, Verdict.INDETERMINATE}:
        return None
    worst = [s for s in report.signatures if _VERDICTS[s.indication] == report.verdict]
    for severity in _SEVERITIES:
        for findings in (report.findings, *(s.findings for s in worst)):
            for finding in findings:
                if finding.severity == severity:
                    return finding
    return next(iter(report.all_findings()), None)


def reason_code(report: Report) -> str:
    """The code of `reason_of`, or the sub-indication where no finding tells; empty where nothing has to be told."""
    if report.verdict not in {Verdict.INVALID, Verdict.INDETERMINATE}:
        return ""
    found = reason_of(report)
    return found.code if found else next((s.sub_indication for s in report.signatures if s.sub_indication), "")


def signer_of(signature: SignatureReport) -> Signer:
    """Name and organisation of who signed, as the certificate says; empty where it does not."""
    if signature.signer is None:
        return ("", "")
    name = name_parts(signature.signer.subject)
    return name.get("CN", signature.signer.subject), name.get("O", "")


@dataclass(slots=True)
class Summary:
    """The counts so far."""

    verdicts: Counts = field(default_factory=Counter)
    signatures: Counts = field(default_factory=Counter)
    kinds: dict[str, Counts] = field(default_factory=dict)
    months: dict[str, Counts] = field(default_factory=dict)
    reasons: dict[str, Counts] = field(default_factory=dict)
    signers: dict[Signer, Counts] = field(default_factory=dict)
    other_signers: Counts = field(default_factory=Counter)
    policies: Counts = field(default_factory=Counter)
    elapsed_ms: float = 0.0

    @property
    def files(self) -> int:
        """How many files there were."""
        return self.verdicts.total()

    def add(self, report: Report) -> None:
        """Count one more."""
        verdict = str(report.verdict)
        self.verdicts[verdict] += 1
        self.policies[report.policy] += 1
        self.elapsed_ms += report.elapsed_ms
        self.kinds.setdefault(report.kind, Counter())[verdict] += 1
        if (code := reason_code(report)) and (code in self.reasons or len(self.reasons) < MAX_REASONS):
            self.reasons.setdefault(code, Counter())[verdict] += 1
        for signature in report.signatures:
            if signature.type == "signature":
                self._signature(signature)

    def _signature(self, signature: SignatureReport) -> None:
        verdict, signer = _VERDICTS[signature.indication], signer_of(signature)
        self.signatures[verdict] += 1
        if signer in self.signers or len(self.signers) < MAX_SIGNERS:
            self.signers.setdefault(signer, Counter())[verdict] += 1
        else:
            self.other_signers[verdict] += 1
        when = signature.best_signature_time if is_proven(signature) else None
        self.months.setdefault(vietnam_time(when)[:7] if when else "", Counter())[verdict] += 1

    def top_signers(self, limit: int) -> list[tuple[Signer, Counts]]:
        """The most frequent signers, then by name."""
        return sorted(self.signers.items(), key=lambda item: (-item[1].total(), item[0]))[:limit]

    def top_reasons(self) -> list[tuple[str, Counts]]:
        """Codes, the most frequent first."""
        return sorted(self.reasons.items(), key=lambda item: (-item[1].total(), item[0]))

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values."""
        shown = self.top_signers(SHOWN_SIGNERS)
        rest = self.other_signers + sum((c for _, c in self.top_signers(MAX_SIGNERS)[len(shown) :]), Counter())
        return {
            "files": self.files,
            "verdicts": dict(self.verdicts),
            "signatures": dict(self.signatures),
            "kinds": _sorted(self.kinds),
            "reasons": [{"code": code, **_sentence(code), **c} for code, c in self.top_reasons()],
            "months": _sorted({month or "unknown": counts for month, counts in self.months.items()}),
            "signers": [{"name": name, "organisation": where, **c} for (name, where), c in shown],
            "other_signers": dict(rest),
            "policies": sorted(self.policies),
            "elapsed_ms": round(self.elapsed_ms, 3),
        }


def _sorted(counts: Mapping[str, Counts]) -> dict[str, dict[str, int]]:
    return {name: dict(counts[name]) for name in sorted(counts)}


def _sentence(code: str) -> dict[str, str]:
    told = general(code)
    return {"text": told.text, "text_vi": told.text_vi} if told else {}
