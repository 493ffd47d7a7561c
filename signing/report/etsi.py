"""Reports as XML for other programs: the validation report of ETSI TS 119 102-2 V1.4.1.

One `SignatureValidationReport` a signature, timestamp, evidence record and seal, and one more of the document as a
whole where there is something to tell of it (spoofed or stripped signatures, changes) or nothing else to tell: whoever
wants the verdict takes the worst. The law's seven items and our findings in both languages stand in elements of our own
namespace, where the schema has a place for them. Certificates and timestamps are told by their digests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from lxml import etree

from . import Finding, Indication, Report, SealReport, SignatureReport, Verdict, worst
from .etsi_objects import (
    ALGORITHMS,
    NAMESPACES,
    VR,
    Objects,
    digest_of,
    other_id,
    own,
    policy_implied,
    signature_value,
    sub,
    time_text,
)
from .law import LawItem, law_items, seal_law_items

_CODE = "urn:x-eid-signing:finding:"
_MAIN = "urn:etsi:019102:mainindication:"
_SUB = "urn:etsi:019102:subindication:"
_PROCESS = "urn:etsi:019102:validationprocess:"
_APPLIED = "urn:etsi:019102:constraintStatus:applied"
_INDICATIONS = {
    Indication.PASSED: "total-passed",
    Indication.FAILED: "total-failed",
    Indication.INDETERMINATE: "indeterminate",
}
_OF_VERDICT = {
    Verdict.VALID: Indication.PASSED,
    Verdict.INVALID: Indication.FAILED,
    Verdict.INDETERMINATE: Indication.INDETERMINATE,
    Verdict.UNSIGNED: Indication.INDETERMINATE,
}
_OF_SEVERITY = {"error": "failed", "warning": "indeterminate", "info": "passed"}
_NAME = re.compile(r"[A-Z_]{1,80}", re.ASCII)


def validation_report(report: Report) -> bytes:
    """The XML of one document, UTF-8, with its declaration."""
    root = etree.Element(f"{VR}ValidationReport", nsmap=NAMESPACES)
    objects = Objects(report)
    for number, signature in enumerate(report.signatures, 1):
        _signature(root, f"S-{number}", report, signature, objects)
    for number, seal in enumerate(report.seals, 1):
        _seal(root, f"Q-{number}", report, seal)
    told = [*(_OF_VERDICT_BACK[s.indication] for s in report.signatures), *map(_seal_verdict, report.seals)]
    if not len(root) or report.findings or worst(told) is not report.verdict:
        _document(root, report)
    objects.write(root)
    _validator(root)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


_OF_VERDICT_BACK = {indication: verdict for verdict, indication in _OF_VERDICT.items() if verdict != Verdict.UNSIGNED}


def _begin(root: etree._Element, id: str, name: str, value: bytes = b"") -> etree._Element:  # noqa: A002 - the attribute's name
    """A `SignatureValidationReport` with what it is about."""
    one = sub(root, "SignatureValidationReport")
    identifier = sub(one, "SignatureIdentifier", id=id)
    if value:
        signature_value(identifier, value)
    sub(identifier, "HashOnly", "false")
    sub(identifier, "DocHashOnly", "false")
    sub(identifier, "DAIdentifier", name)
    return one


def _signature(root: etree._Element, id: str, report: Report, signature: SignatureReport, objects: Objects) -> None:  # noqa: A002
    trail = signature.trail
    one = _begin(root, id, signature.id, trail.signature_value if trail is not None else b"")
    _constraints(one, report, signature.findings)
    _times(one, report, signature, objects)
    if trail is not None and trail.content is not None and trail.content[0] in ALGORITHMS:
        document = sub(one, "SignersDocument")
        digest_of(document, *trail.content)
        if objects.file_id is not None:
            sub(document, "SignersDocumentRef", VOReference=objects.file_id)
    _attributes(one, signature, objects)
    chain = objects.chain_of(signature)
    if chain and signature.signer is not None:
        signer = sub(one, "SignerInformation")
        sub(signer, "SignerCertificate", VOReference=chain[0])
        sub(signer, "Signer", signature.signer.subject)
    _process(one, signature)
    status = _status(one, "SignatureValidationStatus", signature.indication, signature.sub_indication)
    _associated(status, signature, objects)
    _others(one, signature.format, signature.baseline, law_items(signature))


def _seal(root: etree._Element, id: str, report: Report, seal: SealReport) -> None:  # noqa: A002
    """A seal is a COSE signature over facts; the key is published by its office, there is no certificate."""
    one = _begin(root, id, seal.id)
    _constraints(one, report, [f for f in report.findings if f.code.startswith("seal.")])
    indication = _OF_VERDICT[_seal_verdict(seal)]
    _status(one, "SignatureValidationStatus", indication, _seal_sub_indication(seal))
    _others(one, "COSE", None, seal_law_items(seal))


def _seal_verdict(seal: SealReport) -> Verdict:
    if seal.signature is False or seal.matches_document is False or (seal.signature and seal.status == "revoked"):
        return Verdict.INVALID
    holds = seal.signature is True and seal.fresh is True and seal.status == "valid" and seal.matches_document is True
    return Verdict.VALID if holds else Verdict.INDETERMINATE


def _seal_sub_indication(seal: SealReport) -> str | None:
    if seal.signature is False:
        return "SIG_CRYPTO_FAILURE"
    if seal.signature and seal.status == "revoked":
        return "REVOKED"
    if seal.matches_document is False:
        return "HASH_FAILURE"
    return None if _seal_verdict(seal) is Verdict.VALID else "GENERIC"


def _document(root: etree._Element, report: Report) -> None:
    """What speaks of the document as a whole, when no signature says it."""
    one = _begin(root, "D-1", report.path)
    _constraints(one, report, report.findings)
    indication = _OF_VERDICT[report.verdict]
    failed = "FORMAT_FAILURE" if indication is Indication.FAILED else "GENERIC"
    sub_indication = None if indication is Indication.PASSED else failed
    _status(one, "SignatureValidationStatus", indication, sub_indication)
    other = sub(one, "OtherInformation")
    own(other, "Document", verdict=str(report.verdict), kind=report.kind)


# --- parts -----------------------------------------------------------------------------------------------------------


def _status(parent: etree._Element, name: str, indication: Indication, sub_indication: str | None) -> etree._Element:
    status = sub(parent, name)
    sub(status, "MainIndication", _MAIN + _INDICATIONS[indication])
    if sub_indication is not None and indication is not Indication.PASSED:
        sub(status, "SubIndication", _SUB + (sub_indication if _NAME.fullmatch(sub_indication) else "GENERIC"))
    return status


def _constraints(one: etree._Element, report: Report, findings: Iterable[Finding]) -> None:
    """The policy, and each finding as a constraint with what it came to."""
    evaluated = sub(one, "ValidationConstraintsEvaluationReport")
    policy = sub(evaluated, "SignatureValidationPolicy")
    policy_implied(sub(policy, "SignaturePolicyIdentifier"))
    sub(policy, "PolicyName", report.policy)
    for finding in dict.fromkeys(findings):
        constraint = sub(evaluated, "ValidationConstraint")
        sub(constraint, "ValidationConstraintIdentifier", _CODE + re.sub(r"[^a-z0-9.-]", "_", finding.code))
        sub(sub(constraint, "ConstraintStatus"), "Status", _APPLIED)
        told = sub(constraint, "ValidationStatus")
        sub(told, "MainIndication", _MAIN + _OF_SEVERITY.get(finding.severity, "indeterminate"))
        texts = sub(constraint, "Indications")
        own(texts, "Text", finding.text_vi, lang="vi")
        own(texts, "Text", finding.text, lang="en")


def _times(one: etree._Element, report: Report, signature: SignatureReport, objects: Objects) -> None:
    info = sub(one, "ValidationTimeInfo")
    sub(info, "ValidationTime", time_text(report.validated_at))
    best = signature.best_signature_time or report.validated_at
    objects.poe(sub(info, "BestSignatureTime"), best, signature)


def _attributes(one: etree._Element, signature: SignatureReport, objects: Objects) -> None:
    """What is known of the attributes: claimed time, and timestamps."""
    found = etree.Element(f"{VR}SignatureAttributes")
    if signature.signing_time is not None:
        signed = {"Signed": "true"} if signature.format in {"CAdES", "XAdES"} else {}
        sub(sub(found, "SigningTime", **signed), "Time", time_text(signature.signing_time))
    for stamp in signature.trail.stamps if signature.trail is not None and signature.type == "signature" else ():
        name = "ArchiveTimeStamp" if stamp.archive else "SignatureTimeStamp"
        attribute = sub(found, name, Signed="false")
        sub(attribute, "AttributeObject", VOReference=objects.stamp_id(stamp))
        sub(attribute, "TimeStampValue", time_text(stamp.time))
    if len(found):
        one.append(found)


def _process(one: etree._Element, signature: SignatureReport) -> None:
    """Which of the processes of EN 319 102-1 judged it: archived data, long-term material, or neither."""
    trail = signature.trail
    archives = trail is not None and any(stamp.archive for stamp in trail.stamps)
    name = "LTA" if archives or signature.baseline == "B-LTA" else "LTVM" if trail and trail.proven else "Basic"
    sub(sub(one, "SignatureValidationProcess"), "SignatureValidationProcessID", _PROCESS + name)


def _associated(status: etree._Element, signature: SignatureReport, objects: Objects) -> None:
    """The chain on which the status rests."""
    chain = objects.chain_of(signature)
    if not chain or signature.trail is None:
        return
    data = sub(status, "AssociatedValidationReportData")
    anchor = chain[-1] if signature.trail.anchored else None
    if anchor is not None:
        sub(data, "TrustAnchor", VOReference=anchor)
    told = sub(data, "CertificateChain")
    sub(told, "SigningCertificate", VOReference=chain[0])
    for certificate in chain[1 : -1 if anchor is not None else None]:
        sub(told, "IntermediateCertificate", VOReference=certificate)
    if anchor is not None and len(chain) > 1:
        sub(told, "TrustAnchor", VOReference=anchor)


def _others(one: etree._Element, format: str, baseline: str | None, items: Sequence[LawItem]) -> None:  # noqa: A002
    """Format, level, and the items of TT 15/2025/TT-BKHCN Đ6."""
    other = sub(one, "OtherInformation")
    own(other, "Format", " ".join(filter(None, (format, baseline))))
    every = own(other, "Items")
    for item in items:
        told = own(every, "Item", key=item.key, state=str(item.state))
        for language, number in (("vi", 0), ("en", 1)):
            own(told, "Label", item.label[number], lang=language)
            own(told, "Value", item.value[number], lang=language)


def _validator(root: etree._Element) -> None:
    """This program; it has no certificate, so it names itself."""
    who = sub(root, "SignatureValidator")
    own(other_id(sub(who, "DigitalId")), "Validator", name="eid-signing", version=version("eid-signing"))
