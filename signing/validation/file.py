"""Validation in the words of EN 319 102-1: what the rooms above call, and signatures that are files of their own."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from ..cms.names import TST_INFO
from ..cms.parse import are_signed_attributes, parse_cms
from ..errors import MalformedError, SigningError, UsageError
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, Indication, SignatureReport
from ..trust.precheck import assert_not_revoked, tsa_checker
from ..trust.store import TrustStore
from .signature import validate_signature
from .timestamp import DigestOf, validate_timestamp

__all__ = [
    "assert_not_revoked",
    "malformed_report",
    "tsa_checker",
    "validate_file_signature",
    "validate_signature",
    "validate_timestamp",
]

MAX_ATTRIBUTES_BYTES = 1 << 20  # bytes; signed attributes are hundreds


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
    """The kind (`cades` or `timestamp`) and the report of a CMS signature or timestamp token that is its own file.

    `content` is the signed file or its bytes; without it, content inside the CMS is used. Never raises for bad bytes;
    `UsageError` if the content cannot be read.
    """
    try:
        cms = parse_cms(data)
    except SigningError as e:
        return "cades", malformed_report("signature", "CAdES", e)
    digest_of = None if content is None else _digests(content)
    if cms.content_type == TST_INFO:
        report = validate_timestamp(id="timestamp", token=data, digest_of=digest_of, trust=trust, at=at, policy=policy)
        return "timestamp", report
    if digest_of is None and cms.content is not None:
        content, digest_of = cms.content, _digests(cms.content)
    if content is not None and cms.signed_attributes_der is None and are_signed_attributes(_beginning(content)):
        # What was signed may be another document: these may be its attributes (RFC 5652 §11).
        error = MalformedError("signature.unsupported", why="signed attributes in the place of the document")
        return "cades", malformed_report("signature", "PKCS7", error)
    report = validate_signature(
        id="signature",
        format="CAdES" if cms.signing_certificate_hashes else "PKCS7",
        cms=cms,
        content_digest=digest_of,
        trust=trust,
        at=at,
        policy=policy,
        show_ids=show_ids,
    )
    return "cades", report


def _digests(content: Path | bytes) -> DigestOf:
    """Digests of `content` by algorithm, each made once; a file is read in pieces."""
    known: dict[str, bytes] = {}

    def digest_of(name: str) -> bytes:
        if name not in known:
            known[name] = _digest(content, name)
        return known[name]

    return digest_of


def _beginning(content: Path | bytes) -> bytes:
    """All of a small document; of a large one too little to be a whole value."""
    if isinstance(content, bytes):
        return content[:MAX_ATTRIBUTES_BYTES]
    try:
        with content.open("rb") as source:
            return source.read(MAX_ATTRIBUTES_BYTES)
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
