"""What all checks of one signature come to (EN 319 102-1 §5.3.4, §5.5.4, §5.6.3.4): indication and sub-indication.

Digest and value alone make a signature FAILED whatever else is known. What chain and algorithms lack is judged by when
the signature is proven to have existed: no later than the best signature time, not before a timestamp inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from ..errors import MalformedError
from ..policy import Policy
from ..report import Finding, Indication
from ..trust.certificates import Facts, facts
from ..trust.chain import ChainResult
from ..trust.revocation_check import stamp
from .form import Parts
from .timestamp import algorithm_problem

Conclusion = tuple[Indication, str | None, tuple[Finding, ...]]

# Findings of the cryptographic checks in the order in which they decide.
_DECIDING: tuple[tuple[str, Indication, str], ...] = (
    ("signature.malformed", Indication.FAILED, "FORMAT_FAILURE"),
    ("xades.duplicate-id", Indication.FAILED, "FORMAT_FAILURE"),
    ("signature.digest", Indication.FAILED, "HASH_FAILURE"),
    ("xades.reference-digest", Indication.FAILED, "HASH_FAILURE"),
    ("signature.value", Indication.FAILED, "SIG_CRYPTO_FAILURE"),
    ("signature.no-certificate", Indication.INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND"),
    ("signature.certificate-binding", Indication.INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND"),
    ("signature.content-missing", Indication.INDETERMINATE, "SIGNED_DATA_NOT_FOUND"),
    ("xades.not-found", Indication.INDETERMINATE, "SIGNED_DATA_NOT_FOUND"),
    ("signature.unsupported", Indication.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE"),
    ("signature.no-signing-time", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    ("xades.wrapping", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    ("xades.nothing-signed", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    ("xades.properties-unsigned", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
    ("xades.not-countersigned", Indication.INDETERMINATE, "SIG_CONSTRAINTS_FAILURE"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """When a signature was made, as far as it is proven: at `best` at the latest, not before `earliest`.

    `proven`: `best` rests on a proof, and is not only the time of validation. `claimed` is the signer's word.
    """

    best: datetime
    proven: bool
    earliest: datetime | None = None
    claimed: datetime | None = None


def conclude(
    sig: Parts, known: Known, policy: Policy, findings: tuple[Finding, ...], chain: ChainResult | None
) -> Conclusion:
    """Indication, sub-indication, and the findings of chain, algorithms and times; `findings` are those of `check`."""
    codes = {f.code for f in findings}
    more = chain.findings if chain is not None else ()
    decided = next(((i, sub) for code, i, sub in _DECIDING if code in codes), None)
    weak = algorithm_problem(sig, known.best, policy) if "signature.unsupported" not in codes else None
    if weak is not None and sig.signer_certificate is not None:
        more = (weak[1], *more)
    if decided is not None:
        return *decided, more
    if weak is not None or chain is None:
        return Indication.INDETERMINATE, weak[0] if weak else "NO_SIGNING_CERTIFICATE_FOUND", more
    indication, sub_indication, why = _by_chain(sig, known, chain)
    return indication, sub_indication, (*more, *why)


def _by_chain(sig: Parts, known: Known, chain: ChainResult) -> Conclusion:
    certificate = known_facts(sig.signer_certificate)
    if chain.sub_indication == "REVOKED_NO_POE" and chain.revoked_at is not None:
        made = _not_before(known)
        if made is not None and made >= chain.revoked_at:
            why = Finding.of("time.signed-after-revocation", time=stamp(made), revoked=stamp(chain.revoked_at))
            return Indication.FAILED, "REVOKED", (why,)
    if chain.sub_indication == "OUT_OF_BOUNDS_NO_POE" and certificate is not None:
        if known.proven and known.best < certificate.not_before:
            return Indication.FAILED, "NOT_YET_VALID", ()
        if known.earliest is not None and known.earliest > certificate.not_after:
            times = {"time": stamp(known.earliest), "expired": stamp(certificate.not_after)}
            return Indication.FAILED, "EXPIRED", (Finding.of("time.signed-after-expiry", **times),)
    return chain.indication, chain.sub_indication, ()


def _not_before(known: Known) -> datetime | None:
    """Before when the signature was not made: a timestamp inside it says so, or its signer against himself.

    A timestamp around it says only until when. A signing time that the signer claims proves nothing for him; where a
    timestamp has confirmed that the signature came no later, nothing speaks for an earlier one either.
    """
    if known.earliest is not None:
        return known.earliest
    return known.claimed if known.proven and known.claimed is not None and known.claimed <= known.best else None


def known_facts(certificate: x509.Certificate | None) -> Facts | None:
    """What can be read of a certificate; None if there is none, or nothing."""
    try:
        return None if certificate is None else facts(certificate)
    except MalformedError:
        return None
