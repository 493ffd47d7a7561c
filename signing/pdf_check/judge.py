"""One PDF signature or document timestamp judged (EN 319 142-1 §6.3, EN 319 102-1 §5), changes after it not counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from ..cms.layout import views
from ..cms.parse import CmsSignature, parse_cms, parse_frame
from ..cms.signed_data import DigestOf
from ..errors import SigningError
from ..policy import Policy
from ..report import Finding, Indication, SignatureReport
from ..trust.evidence import Evidence
from ..trust.proofs import Proofs
from ..trust.store import TrustStore
from ..validation.file import malformed_report, validate_signature, validate_timestamp
from .dates import parse_date
from .digests import RangeDigests
from .kinds import KNOWN, PADES, RAW, Signed, count_signers, is_padded, read_signed, unpadded
from .scan import Place

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
    proofs: Proofs = field(default_factory=Proofs)
    show_ids: bool = False


def judge(place: Place, bench: Bench, poe: datetime | None, *, covered: bool = False) -> SignatureReport:
    """The report of the signature at `place`; `poe` is when it was proven to exist, if it was. Never raises.

    `covered`: a later document timestamp holds for it, be it counted or not.
    """
    report = _blank(place)
    if not place.contents:
        return failed(report, place.problem or Finding.of("pdf.signature-missing"))
    try:
        signature = unpadded(place.contents)
        if place.kind == "timestamp":
            report = validate_timestamp(
                id=place.id,
                token=signature,
                digest_of=covered_digests(place, bench),
                trust=bench.trust,
                at=bench.at,
                policy=bench.policy,
                evidence=bench.evidence,
                poe=poe,
                proofs=bench.proofs,
            )
        elif place.value.get("SubFilter") in KNOWN:
            report = _signature(place, signature, bench, poe, covered=covered)
        else:
            report = _unknown(place, signature, bench)
        if not is_padded(place.contents, signature):
            report = replace(report, findings=(*report.findings, Finding.of("pdf.padding")))
    except SigningError as e:
        report = replace(
            malformed_report(place.id, report.format, e, type=place.kind), signing_time=report.signing_time
        )
    report = replace(report, coverage=place.coverage)
    return failed(report, place.problem) if place.problem else report


def covered_digests(place: Place, bench: Bench) -> DigestOf:
    """Digests of the bytes that the signature at `place` covers."""
    if place.odd:
        return lambda algorithm: bench.digests.over(algorithm, place.odd)
    return lambda algorithm: bench.digests.of(algorithm, (place.gap_start, place.gap_end, place.end))


def _unknown(place: Place, signature: bytes, bench: Bench) -> SignatureReport:
    """A signature of a kind that is not known: it may still be seen to be intact, and is never counted as valid."""
    name = place.value.get("SubFilter")
    unsupported = Finding.of("signature.unsupported", why=name if isinstance(name, str) else "SubFilter")
    report = replace(_blank(place), findings=(unsupported,))
    try:
        seen = _validated(
            place, Signed(parse_cms(signature), covered_digests(place, bench)), bench, None, covered=False
        )
    except SigningError:
        return report
    if not seen.intact:
        return report
    unknown = replace(seen, indication=Indication.INDETERMINATE, sub_indication="GENERIC", baseline=None)
    return replace(unknown, findings=(unsupported, *seen.findings))


def _signature(place: Place, signature: bytes, bench: Bench, poe: datetime | None, *, covered: bool) -> SignatureReport:
    kind = place.value.get("SubFilter")
    digest_of = covered_digests(place, bench)
    if kind not in RAW and count_signers(signature) > 1:
        return _several(place, signature, bench)
    signed = read_signed(kind, signature, place.certificates, digest_of)
    report = _validated(place, signed, bench, poe, covered=covered)
    if not signed.holds:
        wrong = replace(report, intact=False, indication=Indication.FAILED, sub_indication="HASH_FAILURE")
        return replace(wrong, baseline=None, findings=(Finding.of("signature.digest"), *report.findings))
    if signed.extra is not None:
        report = _weakened(report, signed.extra, bench)
    return _held_to_pades(report, signed.cms, place) if kind == PADES else replace(report, baseline=None)


def _several(place: Place, signature: bytes, bench: Bench) -> SignatureReport:
    """One dictionary with many signers (EN 319 142-1 §6.3 forbids it): intact if all are; who signed cannot be said."""
    unsupported = Finding.of("signature.unsupported", why="several signerInfos")
    found = [
        _validated(place, Signed(parse_cms(view), covered_digests(place, bench)), bench, None, covered=False)
        for view in views(parse_frame(signature))
    ]
    worst = next((r for r in found if r.intact is False), None) or next((r for r in found if not r.intact), found[0])
    if worst.intact is False:
        return replace(worst, baseline=None, findings=(unsupported, *worst.findings))
    report = replace(worst, indication=Indication.INDETERMINATE, sub_indication="GENERIC", baseline=None)
    return replace(report, findings=(unsupported, *worst.findings))


def _weakened(report: SignatureReport, digest: str, bench: Bench) -> SignatureReport:
    """`report` with what the policy holds against a digest that the signature itself does not name."""
    end, best = bench.policy.digest_ends(digest), report.best_signature_time or bench.at
    if end is not None and best < end:
        return report
    weak = Finding.of("signature.weak", algorithm=digest)
    if end is not None:
        weak = Finding.of("signature.ended", algorithm=digest, day=f"{end:%Y-%m-%d}")
    report = replace(report, findings=tuple(dict.fromkeys((*report.findings, weak))))
    if report.indication is Indication.FAILED:
        return report
    sub = "CRYPTO_CONSTRAINTS_FAILURE" + ("_NO_POE" if end is not None else "")
    return replace(report, indication=Indication.INDETERMINATE, sub_indication=sub)


def _validated(place: Place, signed: Signed, bench: Bench, poe: datetime | None, *, covered: bool) -> SignatureReport:
    return validate_signature(
        id=place.id,
        format="PAdES" if place.value.get("SubFilter") == PADES else "PKCS7",
        cms=signed.cms,
        content_digest=signed.digest_of,
        trust=bench.trust,
        at=bench.at,
        policy=bench.policy,
        evidence=bench.evidence,
        evidence_embedded=True,
        poe=poe,
        proofs=bench.proofs,
        covered=covered,
        claimed_time=parse_date(place.value.get("M")) or signed.cms.signing_time,
        require_signing_time=False,
        show_ids=bench.show_ids,
    )


def _held_to_pades(report: SignatureReport, cms: CmsSignature, place: Place) -> SignatureReport:
    """`report` without its level where the dictionary is not as PAdES wants it."""
    why = None
    if place.locked:
        return replace(report, baseline=None)  # /M cannot be read
    if cms.signing_time is not None:
        why = "signing-time"
    elif parse_date(place.value.get("M")) is None:
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
