"""Validation of one signature (EN 319 102-1 §5.3, §5.5), shared by PAdES, CAdES, plain CMS, XAdES and plain XML ones.

The standard's building blocks, and where they stand:

1. Validation context, with all timestamps judged (§5.2.4, §5.4, §5.5.4): `context`, `timestamp`, `archive`.
2. Format, identification of the signing certificate, cryptographic verification (§5.2.2, §5.2.3, §5.2.7): `Form.check`.
   Digest and value alone make a signature FAILED whatever else is known. The certificate must be at hand and be the one
   that the signature names.
3. X.509 certificate validation with revocation freshness (§5.2.5, §5.2.6) and past validation (§5.6.2):
   `Context.certificate_validation`, that is `trust.chain` and `trust.revocation_check`. The chain leads to an anchor
   for signers and was good at the best signature time, by evidence older than whatever took its own worth away.
4. Acceptance: algorithms and key by the policy at the best signature time (§5.2.8), and what all of it comes to
   (§5.3.4, §5.5.4, §5.6.3.4): `conclusion`. A revocation leaves a signature INDETERMINATE that is not proven to be
   older, and makes one FAILED that is proven to be younger.
5. The baseline reached is what the file itself holds: it does not depend on trust: `baseline`.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Unpack

from ..cms.signed_data import CmsSignature
from ..report import Finding, SignatureReport
from ..trust.chain import ChainResult
from ..trust.names import signer_info
from ..trust.store import TrustStore
from .baseline import baseline_of
from .conclusion import Conclusion, conclude
from .context import Context, How
from .form import Answer, CmsForm, Form
from .notes import claim_notes, stamp_notes
from .timestamp import DigestOf, certificate_sha256

__all__ = ["How", "validate_form", "validate_signature"]


def validate_signature(
    *,
    id: str,  # noqa: A002 - the member's name in the contract
    format: str,  # noqa: A002
    cms: CmsSignature,
    content_digest: DigestOf | None,
    trust: TrustStore | None,
    at: datetime,
    require_signing_time: bool = False,
    **how: Unpack[How],
) -> SignatureReport:
    """The report of one CMS signature, judged at `at`; never raises for bad bytes.

    `content_digest(name)` is the digest of the signed content, None when there is none at hand.
    `require_signing_time` refuses a signature without the signing-time attribute, as dossiers do.
    """
    form = CmsForm(cms, content_digest, require_signing_time)
    return validate_form(form, id=id, format=format, trust=trust, at=at, **how)


def validate_form(
    form: Form,
    *,
    id: str,  # noqa: A002
    format: str,  # noqa: A002
    trust: TrustStore | None,
    at: datetime,
    **how: Unpack[How],
) -> SignatureReport:
    """The report of a signature in whatever form; everything else as for `validate_signature`."""
    context = Context.of(form, trust or TrustStore(), at, how)
    verified = context.form.check()
    lacks = context.form.lacks(format, how.get("claimed_time"))
    chain = context.certificate_validation(bound=not any(f.code == "signature.no-binding" for f in lacks))
    conclusion = conclude(context.form.parts, context.known, context.policy, verified[1], chain)
    return _report(context, id, format, verified, chain, conclusion)


def _report(
    context: Context,
    id: str,  # noqa: A002
    format: str,  # noqa: A002
    verified: Answer,
    chain: ChainResult | None,
    conclusion: Conclusion,
) -> SignatureReport:
    """All answers as one report, with the baseline and what is told."""
    form, sig, how = context.form, context.form.parts, context.how
    intact, findings = verified
    indication, sub_indication, more = conclusion
    baseline, lacks = baseline_of(format, form, how.get("claimed_time"), context.held(chain))
    certificate = sig.signer_certificate
    return SignatureReport(
        id=id,
        type="signature",
        format=format,
        indication=indication,
        sub_indication=sub_indication,
        baseline=baseline,
        intact=intact,
        signer=signer_info(certificate, show_ids=how.get("show_ids", False)) if certificate else None,
        signing_time=context.known.claimed,
        timestamp=context.timestamp,
        best_signature_time=context.best,
        digest_algorithm=sig.digest_algorithm or sig.digest_oid,
        signature_algorithm=sig.signature_scheme or sig.signature_oid,
        findings=tuple(dict.fromkeys((*findings, *more, *_told(context), *form.said(), *lacks))),
        certificate_sha256=certificate_sha256(sig),
        signature_value_sha256=sha256(sig.signature_value).digest(),
        trail=context.trail(chain),
    )


def _told(context: Context) -> tuple[Finding, ...]:
    """What is told about its times, and makes nothing worse."""
    certificate, stamps = context.form.parts.signer_certificate, context.every_stamp
    claims = claim_notes(context.known.claimed, certificate, context.at, stamps, context.policy)
    return (*context.notes, *stamp_notes(stamps), *claims)
