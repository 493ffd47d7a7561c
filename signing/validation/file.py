"""Validation in the words of EN 319 102-1: what the rooms above call, and signatures that are files of their own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ..cms.der import SET, DerError
from ..cms.layout import MAX_SIGNERS, Layout, counter_frame, counter_infos, join, layout, views
from ..cms.names import COUNTER_SIGNATURE, TST_INFO
from ..cms.parse import MAX_BYTES, CmsSignature, are_signed_attributes, parse_cms, parse_frame
from ..errors import LimitError, MalformedError, SigningError, UsageError
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, Indication, SignatureReport
from ..trust.evidence import Evidence
from ..trust.precheck import assert_not_revoked, tsa_checker
from ..trust.store import TrustStore
from .archive import Archives, judge_archives
from .signature import validate_signature
from .timestamp import DigestOf, validate_timestamp

__all__ = [
    "assert_not_revoked",
    "malformed_report",
    "tsa_checker",
    "validate_file_signature",
    "validate_file_signatures",
    "validate_signature",
    "validate_timestamp",
]

MAX_COUNTER_DEPTH = 4  # counter-signatures of counter-signatures


def malformed_report(id: str, format: str, error: SigningError, *, type: str = "signature") -> SignatureReport:  # noqa: A002
    """The report of a signature or timestamp that could not be parsed: FAILED if malformed, else INDETERMINATE."""
    failed = isinstance(error, MalformedError) and error.code != "signature.unsupported"
    return SignatureReport(
        id=id,
        type=type,
        format=format,
        indication=Indication.FAILED if failed else Indication.INDETERMINATE,
        sub_indication="FORMAT_FAILURE" if failed else "GENERIC",
        findings=(Finding.from_error(error),),
    )


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


_ATTRIBUTES_SIGNED = MalformedError("signature.unsupported", why="signed attributes in the place of the document")


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
        self.content, self.trust, self.at, self.policy, self.show_ids = content, trust, at, policy, show_ids
        self.poe = poe
        self.digest_of = None if content is None else _digests(content)
        self.left = MAX_SIGNERS  # counter-signatures that are still judged

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
        if content is not None and _may_be_of_another(cms, content):
            return "cades", [malformed_report(id, "PKCS7", _ATTRIBUTES_SIGNED)]
        digest_of = _agreeing(cms, self.digest_of)
        report = self._signature(id, cms, digest_of, self.poe)
        return "cades", [report, *self._counters(id, cms, digest_of, MAX_COUNTER_DEPTH, self.poe)]

    def _signature(
        self,
        id: str,  # noqa: A002
        cms: CmsSignature,
        digest_of: DigestOf | None,
        poe: datetime | None = None,
    ) -> SignatureReport:
        return validate_signature(
            id=id,
            format="CAdES" if cms.signing_certificate_hashes else "PKCS7",
            cms=cms,
            content_digest=digest_of,
            trust=self.trust,
            at=self.at,
            policy=self.policy,
            poe=poe,
            show_ids=self.show_ids,
        )

    def _counters(
        self,
        id: str,  # noqa: A002
        cms: CmsSignature,
        digest_of: DigestOf | None,
        depth: int,
        poe: datetime | None = None,
    ) -> list[SignatureReport]:
        """Reports of the counter-signatures of `cms`, and of theirs; a malformed one has its entry too.

        `poe` is when `cms` was proven to exist, with all that is in it.
        """
        if COUNTER_SIGNATURE not in cms.unsigned_attributes:
            return []
        parts = layout(cms.der)
        try:
            infos = counter_infos(parts.unsigned)
            if len(infos) > self.left or depth == 0:
                raise LimitError("input.too-large", what="counter-signatures", limit=str(MAX_SIGNERS))
        except SigningError as e:
            return [malformed_report(f"{id}/counter", "CAdES", e)]
        self.left -= len(infos)
        archives = self._archives(cms, digest_of, poe)
        found = []
        for number, info in enumerate(infos, 1):
            name = f"{id}/counter-{number}"
            try:
                counter = replace(parse_cms(_counter_view(parts, info)), countersignature=True)
            except SigningError as e:
                found.append(malformed_report(name, "CAdES", e))
                continue
            if _may_be_of_another(counter, cms.signature_value):
                found.append(malformed_report(name, "PKCS7", _ATTRIBUTES_SIGNED))
                continue
            value = _digests(cms.signature_value)
            proven = archives.proof_of(COUNTER_SIGNATURE, info, poe)
            found.append(self._signature(name, counter, value, proven))
            found += self._counters(name, counter, value, depth - 1, proven)
        return found

    def _archives(self, cms: CmsSignature, digest_of: DigestOf | None, poe: datetime | None) -> Archives:
        return judge_archives(
            cms,
            digest_of,
            trust=self.trust or TrustStore(),
            at=self.at,
            policy=self.policy,
            evidence=Evidence(cms.certificates, cms.crls, cms.ocsps),
            poe=poe,
        )


def _counter_view(parts: Layout, info: bytes) -> bytes:
    try:
        return join(counter_frame(parts, info))
    except DerError as e:
        raise MalformedError("signature.malformed", why=e) from None


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


def _may_be_of_another(cms: CmsSignature, content: Path | bytes) -> bool:
    """Whether what was signed may be another document: `content` may be its signed attributes (RFC 5652 §11)."""
    return cms.signed_attributes_der is None and are_signed_attributes(_set_in(content))


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
