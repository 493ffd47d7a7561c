"""What an audit says: findings, verdicts and reports, all frozen (EN 319 102-1 §5.1.3 for the three answers).

`Report.to_json()` is one line of `signing audit --json`; its members and their order are a contract.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..errors import SigningError
from ..messages import message
from .trail import Trail


class Verdict(StrEnum):
    """The answer for one document; `UNSIGNED` documents do not count in a folder."""

    VALID = "valid"
    INVALID = "invalid"
    INDETERMINATE = "indeterminate"
    UNSIGNED = "unsigned"


class Indication(StrEnum):
    """The answer for one signature, in the words of EN 319 102-1."""

    PASSED = "TOTAL-PASSED"
    FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


_VERDICT_OF = {
    Indication.PASSED: Verdict.VALID,
    Indication.FAILED: Verdict.INVALID,
    Indication.INDETERMINATE: Verdict.INDETERMINATE,
}
_BADNESS = {Verdict.UNSIGNED: 0, Verdict.VALID: 1, Verdict.INDETERMINATE: 2, Verdict.INVALID: 3}

# errors that lie in this program, or beyond what it knows
NOT_JUDGED = frozenset({"document.internal", "input.too-large", "asice.other-format"})


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; `UNSIGNED` when there are none."""
    return max(verdicts, key=_BADNESS.__getitem__, default=Verdict.UNSIGNED)


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation: a stable code, `error` / `warning` / `info`, and the sentence in both languages."""

    code: str
    severity: str
    text: str
    text_vi: str

    @classmethod
    def of(cls, code: str, *, severity: str | None = None, **details: object) -> Finding:
        """The finding `code` with its details filled in; `severity` overrides the catalogue's."""
        found = message(code, **details)
        return cls(code, severity or found.severity, found.text, found.text_vi)

    @classmethod
    def from_error(cls, error: SigningError) -> Finding:
        """The same observation, met as an exception."""
        return cls(error.code, error.severity, error.text, error.text_vi)

    def __str__(self) -> str:
        return f"{self.severity}: {self.text} [{self.code}]"

    def to_dict(self) -> dict[str, Any]:
        """JSON members in the order of the contract."""
        return {"code": self.code, "severity": self.severity, "text": self.text, "text_vi": self.text_vi}


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with offset, or None."""
    return None if moment is None else moment.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInfo:
    """Who signed, as the certificate says; personal numbers in `ids` are masked unless asked for.

    The other fields are not part of the JSON: when the certificate is valid, and the unit that manages its holder,
    as the subject or, where that names none, the issuer (`unit_from`) says.
    """

    subject: str
    issuer: str
    serial: str
    ids: tuple[tuple[str, str], ...] = ()
    valid_from: datetime | None = field(default=None, compare=False, repr=False)
    valid_until: datetime | None = field(default=None, compare=False, repr=False)
    managing_unit: str | None = field(default=None, compare=False, repr=False)
    unit_from: str | None = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON members in the order of the contract."""
        return {"subject": self.subject, "issuer": self.issuer, "serial": self.serial, "ids": dict(self.ids)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """Everything found out about one signature or timestamp; see the contract for the JSON members.

    `intact` is None when it could not be checked. The last three fields are for the rooms above (dossier, seal,
    reports) and are not part of the JSON: SHA-256 of the signing certificate and of the signature value, and on what
    the answer rests.
    """

    id: str
    type: str
    format: str
    indication: Indication
    sub_indication: str | None = None
    baseline: str | None = None
    intact: bool | None = None
    coverage: str | None = None
    changes_after: str | None = None
    signer: SignerInfo | None = None
    signing_time: datetime | None = None
    timestamp: datetime | None = None
    best_signature_time: datetime | None = None
    digest_algorithm: str | None = None
    signature_algorithm: str | None = None
    findings: tuple[Finding, ...] = ()
    certificate_sha256: bytes | None = field(default=None, repr=False)
    signature_value_sha256: bytes | None = field(default=None, repr=False)
    trail: Trail | None = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON members in the order of the contract."""
        return {
            "id": self.id,
            "type": self.type,
            "format": self.format,
            "baseline": self.baseline,
            "indication": str(self.indication),
            "sub_indication": self.sub_indication,
            "intact": self.intact,
            "coverage": self.coverage,
            "changes_after": self.changes_after,
            "signer": self.signer.to_dict() if self.signer else None,
            "signing_time": iso(self.signing_time),
            "timestamp": iso(self.timestamp),
            "best_signature_time": iso(self.best_signature_time),
            "digest_algorithm": self.digest_algorithm,
            "signature_algorithm": self.signature_algorithm,
            "findings": [f.to_dict() for f in self.findings],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """One step of a dossier as its statement tells it, after checking."""

    seq: int
    step: str
    event: str
    decision: str | None
    office: str
    role: str
    signature: str
    time: datetime | None

    def to_dict(self) -> dict[str, Any]:
        """JSON members in the order of the contract."""
        return {
            "seq": self.seq,
            "step": self.step,
            "event": self.event,
            "decision": self.decision,
            "office": self.office,
            "role": self.role,
            "signature": self.signature,
            "time": iso(self.time),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierReport:
    """A dossier as a whole; `complete` is true only when a register or newer receipt proves the head."""

    code: str
    procedure: str
    state: str
    complete: bool
    head: str | None
    steps: tuple[StepReport, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON members in the order of the contract."""
        return {
            "code": self.code,
            "procedure": self.procedure,
            "state": self.state,
            "complete": self.complete,
            "head": self.head,
            "steps": [s.to_dict() for s in self.steps],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SealReport:
    """A seal's four separate facts, and whether it fits the document that it was found in."""

    id: str
    facts: dict[str, Any]
    decoded: bool
    signature: bool | None
    fresh: bool | None
    status: str
    matches_document: bool | None

    def to_dict(self) -> dict[str, Any]:
        """JSON members in the order of the contract."""
        return {
            "id": self.id,
            "facts": self.facts,
            "decoded": self.decoded,
            "signature": self.signature,
            "fresh": self.fresh,
            "status": self.status,
            "matches_document": self.matches_document,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The audit of one document. `bool(report)` is true only for `valid`."""

    path: str
    sha256: str | None
    kind: str
    verdict: Verdict
    validated_at: datetime
    policy: str
    signatures: tuple[SignatureReport, ...] = ()
    dossier: DossierReport | None = None
    seals: tuple[SealReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    elapsed_ms: float = 0.0

    def __bool__(self) -> bool:
        return self.verdict is Verdict.VALID

    def all_findings(self) -> tuple[Finding, ...]:
        """The document's findings, then those of each signature."""
        return self.findings + tuple(f for s in self.signatures for f in s.findings)

    def to_dict(self) -> dict[str, Any]:
        """JSON members in the order of the contract."""
        return {
            "path": self.path,
            "sha256": self.sha256,
            "kind": self.kind,
            "verdict": str(self.verdict),
            "signatures": [s.to_dict() for s in self.signatures],
            "dossier": self.dossier.to_dict() if self.dossier else None,
            "seals": [s.to_dict() for s in self.seals],
            "validated_at": iso(self.validated_at),
            "policy": self.policy,
            "findings": [f.to_dict() for f in self.findings],
            "elapsed_ms": round(self.elapsed_ms, 3),
        }

    def to_json(self) -> str:
        """One line of JSON, diacritics kept; see `json_line`."""
        return json_line(self.to_dict())


# What JSON may hold as it is, though it ends a line, steers a terminal or cannot be encoded: control characters of
# ISO 6429, marks of line, direction and width, halves of surrogate pairs.
_ESCAPED = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]")


def json_line(value: Any) -> str:
    """`value` as one line of JSON that can be encoded and shown whatever a document put into it."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def verdict_of(signatures: Iterable[SignatureReport], findings: Iterable[Finding]) -> Verdict:
    """The worst indication, made worse by document findings: an `error` among them makes it invalid.

    An error of ours, or a limit of ours, says nothing about the document: indeterminate.
    """
    verdicts = [_VERDICT_OF[s.indication] for s in signatures]
    errors = [f.code for f in findings if f.severity == "error"]
    return worst((*verdicts, *(Verdict.INDETERMINATE if code in NOT_JUDGED else Verdict.INVALID for code in errors)))
