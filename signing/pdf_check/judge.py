"""One PDF signature or document timestamp judged (EN 319 142-1 §6.3, EN 319 102-1 §5), changes after it not counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from ..cms import der
from ..cms.signed_data import parse_cms
from ..errors import MalformedError, SigningError
from ..policy import Policy
from ..report import Finding, Indication, SignatureReport
from ..trust.evidence import Evidence
from ..trust.store import TrustStore
from ..validation.file import malformed_report, validate_signature, validate_timestamp
from .dates import parse_date
from .digests import RangeDigests
from .objects import Ref
from .scan import Place

PADES = "ETSI.CAdES.detached"
_DETACHED = frozenset({PADES, "adbe.pkcs7.detached"})
_SHA1 = frozenset({"adbe.pkcs7.sha1", "adbe.x509.rsa_sha1", "adbe.x509.rsa.sha1"})
_COMMITMENT = "1.2.840.113549.1.9.16.2.16"
_SIGNATURE_POLICY = "1.2.840.113549.1.9.16.2.15"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every signature of one document is judged with."""

    digests: RangeDigests = field(repr=False)
    trust: TrustStore | None
    at: datetime
    policy: Policy
    evidence: Evidence
    show_ids: bool = False


def unpadded(contents: bytes) -> bytes:
    """The one DER value at the start of /Contents; what follows must be zeros. Raises `MalformedError`."""
    if not contents.strip(b"\0"):
        raise MalformedError("pdf.signature-missing")
    try:
        try:
            length = der.read(contents).stop
        except der.IndefiniteLengthError:
            length = der.to_der(contents)[1]
    except der.DerError as e:
        raise MalformedError("signature.malformed", why=e) from None
    if contents[length:].strip(b"\0"):
        raise MalformedError("pdf.padding")
    return contents[:length]


def judge(place: Place, bench: Bench, poe: datetime | None, *, covered: bool = False) -> SignatureReport:
    """The report of the signature at `place`; `poe` is when it was proven to exist, if it was. Never raises.

    `covered`: a later document timestamp holds for it, be it counted or not.
    """
    name = place.value.get("SubFilter")
    report = _blank(place)
    if not place.contents:
        return failed(report, place.problem or Finding.of("pdf.signature-missing"))
    if isinstance(name, Ref) or (place.kind == "signature" and name not in _DETACHED):
        why = str(name) if isinstance(name, str) else "SubFilter"
        sub = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" if name in _SHA1 else None
        unsupported = Finding.of("signature.unsupported", why=why)
        report = replace(report, sub_indication=sub, findings=(unsupported,))
        return failed(report, place.problem) if place.problem else report
    ranges = (place.gap_start, place.gap_end, place.end)
    try:
        signature = unpadded(place.contents)
        if place.kind == "timestamp":
            report = validate_timestamp(
                id=place.id,
                token=signature,
                digest_of=lambda algorithm: bench.digests.of(algorithm, ranges),
                trust=bench.trust,
                at=bench.at,
                policy=bench.policy,
                evidence=bench.evidence,
                poe=poe,
            )
        else:
            report = _signature(place, signature, bench, poe, covered=covered)
    except SigningError as e:
        report = replace(
            malformed_report(place.id, report.format, e, type=place.kind), signing_time=report.signing_time
        )
    report = replace(report, coverage=place.coverage)
    return failed(report, place.problem) if place.problem else report


def _signature(place: Place, signature: bytes, bench: Bench, poe: datetime | None, *, covered: bool) -> SignatureReport:
    ranges = (place.gap_start, place.gap_end, place.end)
    cms = parse_cms(signature)
    pades = place.value.get("SubFilter") == PADES
    claimed = parse_date(place.value.get("M"))
    report = validate_signature(
        id=place.id,
        format="PAdES" if pades else "PKCS7",
        cms=cms,
        content_digest=lambda algorithm: bench.digests.of(algorithm, ranges),
        trust=bench.trust,
        at=bench.at,
        policy=bench.policy,
        evidence=bench.evidence,
        evidence_embedded=True,
        poe=poe,
        covered=covered,
        claimed_time=claimed or cms.signing_time,
        require_signing_time=False,
        show_ids=bench.show_ids,
    )
    if not pades:
        return replace(report, baseline=None)
    why = None
    if cms.signing_time is not None:
        why = "signing-time"
    elif claimed is None:
        why = "/M"
    elif "Cert" in place.value:
        why = "/Cert"
    elif "Reason" in place.value and {_COMMITMENT, _SIGNATURE_POLICY} & cms.attributes.keys():
        why = "/Reason"
    elif cms.content is not None:
        why = "eContent"
    if why is None:
        return report
    return replace(report, baseline=None, findings=(*report.findings, Finding.of("pdf.not-baseline", why=why)))


def _blank(place: Place) -> SignatureReport:
    name = place.value.get("SubFilter")
    form = "RFC3161" if place.kind == "timestamp" else "PAdES" if name == PADES else "PKCS7"
    return SignatureReport(
        id=place.id,
        type=place.kind,
        format=form,
        indication=Indication.INDETERMINATE,
        coverage=place.coverage,
        signing_time=parse_date(place.value.get("M")),
    )


def failed(report: SignatureReport, *why: Finding) -> SignatureReport:
    """`report` as failed for its form; a failure that it has already stays the reason."""
    kept = report.sub_indication if report.indication is Indication.FAILED else "FORMAT_FAILURE"
    return replace(
        report,
        indication=Indication.FAILED,
        sub_indication=kept,
        findings=tuple(dict.fromkeys((*report.findings, *why))),
    )
