"""Validation in the words of EN 319 102-1: what the rooms above call, and signatures that are files of their own."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from ..cms.der import SET
from ..cms.layout import views
from ..cms.names import TST_INFO
from ..cms.parse import MAX_BYTES, CmsSignature, parse_cms, parse_frame
from ..errors import SigningError, UsageError
from ..policy import DEFAULT_POLICY, Policy
from ..report import SignatureReport
from ..trust.precheck import assert_not_revoked, tsa_checker
from ..trust.store import TrustStore
from .counters import Counters
from .signature import How, validate_signature
from .timestamp import DigestOf, validate_timestamp
from .unread import ATTRIBUTES_SIGNED, malformed_report, may_be_of_another

__all__ = [
    "assert_not_revoked",
    "malformed_report",
    "tsa_checker",
    "validate_file_signature",
    "validate_file_signatures",
    "validate_signature",
    "validate_timestamp",
]


def validate_file_signature(
    data: bytes,
    content: Path | bytes | None,
    *,
    trust: TrustStore | None,
    at: datetime,
    policy: Policy = DEFAULT_POLICY,
    show_ids: bool = False,
) -> tuple[str, SignatureReport]:
    """As `validate_file_signatures`, of a file with one signer; several are reported as unsupported.

    Counter-signatures are passed over.
    """
    kind, (report, *_) = _Desk(content, trust, at, policy, show_ids).judge("signature", data)
    return kind, report


def validate_file_signatures(
    data: bytes,
    content: Path | bytes | None,
    *,
    trust: TrustStore | None,
    at: datetime,
    policy: Policy = DEFAULT_POLICY,
    show_ids: bool = False,
    poe: datetime | None = None,
) -> tuple[str, tuple[SignatureReport, ...]]:
    """The kind (`cades` or `timestamp`) and the reports of a CMS signature or timestamp token that is its own file.

    `content` is the signed file or its bytes; content inside the CMS is used without it, and has to be the same beside
    it. Signers are `signature`, or `signature-1` … in the order of the file, each followed by its counter-signers
    (`signature/counter-1` …). `poe` is a proven time before which the file existed, with all that is in it. Never
    raises for bad bytes; `UsageError` if the content cannot be read.
    """
    desk = _Desk(content, trust, at, policy, show_ids, poe)
    try:
        parts = parse_frame(data)
        several = views(parts) if len(parts.infos) > 1 and parts.content_type != TST_INFO else ()
    except SigningError as e:
        return "cades", (malformed_report("signature", "CAdES", e),)
    if not several:
        kind, reports = desk.judge("signature", data)
        return kind, tuple(reports)
    found = [desk.judge(f"signature-{number}", view)[1] for number, view in enumerate(several, 1)]
    return "cades", tuple(report for reports in found for report in reports)


class _Desk:
    """Where the signatures of one file are judged, each with the same content and the same rules."""

    def __init__(
        self,
        content: Path | bytes | None,
        trust: TrustStore | None,
        at: datetime,
        policy: Policy,
        show_ids: bool,
        poe: datetime | None = None,
    ) -> None:
        self.content, self.trust, self.at, self.policy, self.poe = content, trust, at, policy, poe
        self.how: How = {"policy": policy, "show_ids": show_ids, "poe": poe}
        self.counters = Counters(trust, at, self.how)
        self.digest_of = None if content is None else _digests(content)

    def judge(self, id: str, data: bytes) -> tuple[str, list[SignatureReport]]:  # noqa: A002
        """The kind, and the reports of one signerInfo and of those that counter-signed it."""
        try:
            cms = parse_cms(data)
        except SigningError as e:
            return "cades", [malformed_report(id, "CAdES", e)]
        if cms.content_type == TST_INFO:
            return "timestamp", [
                validate_timestamp(
                    id="timestamp",
                    token=data,
                    digest_of=self.digest_of,
                    trust=self.trust,
                    at=self.at,
                    policy=self.policy,
                    poe=self.poe,
                )
            ]
        content = cms.content if self.content is None else self.content
        if content is not None and may_be_of_another(cms, _set_in(content)):
            return "cades", [malformed_report(id, "PKCS7", ATTRIBUTES_SIGNED)]
        digest_of = _agreeing(cms, self.digest_of)
        report = validate_signature(
            id=id,
            format="CAdES" if cms.signing_certificate_hashes else "PKCS7",
            cms=cms,
            content_digest=digest_of,
            trust=self.trust,
            at=self.at,
            **self.how,
        )
        return "cades", [report, *self.counters.reports(id, cms, digest_of, self.poe)]


def _agreeing(cms: CmsSignature, beside: DigestOf | None) -> DigestOf | None:
    """Digests of what was signed: inside, or beside; of nothing where both are there and differ."""
    enclosed = None if cms.content is None else _digests(cms.content)
    if beside is None or enclosed is None:
        return beside or enclosed
    same = beside("sha256") == enclosed("sha256")
    return enclosed if same else lambda _: b""


def _digests(content: Path | bytes) -> DigestOf:
    """Digests of `content` by algorithm, each made once; a file is read in pieces."""
    known: dict[str, bytes] = {}

    def digest_of(name: str) -> bytes:
        if name not in known:
            known[name] = _digest(content, name)
        return known[name]

    return digest_of


def _set_in(content: Path | bytes) -> bytes:
    """The content if it may be one SET, as signed attributes are; else nothing."""
    if isinstance(content, bytes):
        return content if content[:1] == bytes([SET]) and len(content) <= MAX_BYTES else b""
    try:
        with content.open("rb") as source:
            first = source.read(1)
            return first + source.read(MAX_BYTES) if first == bytes([SET]) else b""
    except OSError as e:
        raise UsageError("input.unreadable", path=content, why=e.strerror or e) from None


def _digest(content: Path | bytes, name: str) -> bytes:
    if isinstance(content, bytes):
        return hashlib.new(name, content, usedforsecurity=False).digest()
    try:
        with content.open("rb") as source:
            return hashlib.file_digest(source, lambda: hashlib.new(name, usedforsecurity=False)).digest()
    except OSError as e:
        raise UsageError("input.unreadable", path=content, why=e.strerror or e) from None
