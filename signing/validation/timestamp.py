"""Judging timestamp tokens (EN 319 102-1 §5.4; RFC 3161 §2.4.2, §4): what may count as a proof of existence.

A token counts only if all of this holds; one that does not is reported and otherwise ignored:

1. It can be read, its imprint is the digest of the data, and its own signature holds.
2. Its time is neither in the future nor later than the time at which the token itself is proven to have existed.
3. It is exact enough, and its algorithms are accepted.
4. Its certificate leads to an anchor for timestamps, is still valid (or was when the token was proven to exist), and
   was not revoked at the token's time, nor later for a reason that makes all its tokens doubtful.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from ..clock import shifted
from ..cms.timestamp import TimestampToken, check_timestamp, parse_timestamp
from ..errors import MalformedError, SigningError
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, Indication, SignatureReport
from ..trust.certificates import facts, signature_end
from ..trust.chain import ChainResult, Purpose
from ..trust.evidence import Evidence
from ..trust.names import signer_info
from ..trust.proofs import Proofs
from ..trust.revocation_check import stamp
from ..trust.store import TrustStore
from .trail import trail_of

DigestOf = Callable[[str], bytes]


class SignatureFacts(Protocol):
    """What of a signature, CMS or XML, its algorithms and key are judged by."""

    @property
    def signer_certificate(self) -> x509.Certificate | None: ...
    @property
    def digest_algorithm(self) -> str | None: ...
    @property
    def signature_scheme(self) -> str | None: ...
    @property
    def signature_oid(self) -> str: ...
    @property
    def scheme_digest(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One token after every check; `counts` says whether its time is proven."""

    token: TimestampToken | None
    intact: bool | None
    indication: Indication
    sub_indication: str | None
    chain: ChainResult | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether the token proves existence at its time."""
        return self.token is not None and self.indication is Indication.PASSED


def judge_token(
    der: bytes | TimestampToken,
    digest_of: DigestOf,
    *,
    trust: TrustStore,
    at: datetime,
    policy: Policy = DEFAULT_POLICY,
    evidence: Evidence = Evidence(),  # noqa: B008 - frozen and empty
    poe: datetime | None = None,
    proofs: Proofs = Proofs(),  # noqa: B008 - frozen and empty
) -> Judged:
    """Judge one token at `at`; never raises for bad bytes.

    `poe` is when the token itself was proven to exist, `proofs` say so of certificates and revocation answers.
    """
    try:
        token = parse_timestamp(der) if isinstance(der, bytes) else der
    except SigningError as e:
        return _judged(None, False, Indication.FAILED, "FORMAT_FAILURE", Finding.from_error(e))
    own = Evidence(token.cms.certificates, token.cms.crls, token.cms.ocsps)
    evidence = own + evidence
    token = replace(token, cms=token.cms.with_certificates(evidence.certificates))
    holds, findings = check_timestamp(token, digest_of)
    codes = {f.code for f in findings}
    intact = None if holds is None else not codes & {"timestamp.imprint", "timestamp.signature"}
    if holds is not True or token.certificate is None:
        return _judged(token, intact, *_why_not(codes), *findings)
    proven = min(poe, at) if poe is not None else at
    problem = _time_problem(token, at, poe, policy) or algorithm_problem(token.cms, proven, policy, token)
    if problem is not None:
        return _judged(token, intact, Indication.INDETERMINATE, *problem)
    # The token names its certificate by digest (`check_timestamp`): that is as old as the token, wherever it came from.
    own += Evidence((token.certificate,))
    chain = trust.validate(
        token.certificate,
        evidence.certificates,
        Purpose.TSA,
        at=token.time,
        now=at,
        evidence=evidence,
        policy=policy,
        proven=max(proven, token.time),
        proofs=proofs + Proofs.of_evidence(own, poe and proven),
    )
    return Judged(
        token=token,
        intact=intact,
        indication=chain.indication,
        sub_indication=chain.sub_indication,
        chain=chain,
        findings=chain.findings,
    )


def _judged(
    token: TimestampToken | None, intact: bool | None, indication: Indication, sub: str | None, *findings: Finding
) -> Judged:
    return Judged(token=token, intact=intact, indication=indication, sub_indication=sub, findings=findings)


def _why_not(codes: set[str]) -> tuple[Indication, str]:
    if "timestamp.imprint" in codes:
        return Indication.FAILED, "HASH_FAILURE"
    if "timestamp.signature" in codes:
        return Indication.FAILED, "SIG_CRYPTO_FAILURE"
    if "timestamp.certificate" in codes:
        return Indication.INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE"
    if "signature.no-certificate" in codes:
        return Indication.INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND"
    return Indication.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE"


_Problem = tuple[str, Finding]


def _time_problem(token: TimestampToken, at: datetime, poe: datetime | None, policy: Policy) -> _Problem | None:
    earliest = shifted(token.time, -token.accuracy)
    if earliest > shifted(at, policy.clock_skew):
        return "TIMESTAMP_ORDER_FAILURE", Finding.of("timestamp.future", time=stamp(token.time))
    if poe is not None and earliest > shifted(poe, policy.clock_skew):
        return "TIMESTAMP_ORDER_FAILURE", Finding.of("timestamp.order", time=stamp(token.time))
    if token.accuracy > policy.max_timestamp_accuracy:
        return "SIG_CONSTRAINTS_FAILURE", Finding.of(
            "timestamp.accuracy", accuracy=f"{token.accuracy.total_seconds()} s"
        )
    return None


def algorithm_problem(
    cms: SignatureFacts, proven: datetime, policy: Policy, token: TimestampToken | None = None
) -> _Problem | None:
    """What `policy` holds against the algorithms and key of a signature proven to exist at `proven`, or None."""
    scheme = cms.signature_scheme or cms.signature_oid
    ends = {"-".join(filter(None, (scheme, cms.scheme_digest))): _signature_end(cms, scheme, policy)}
    for digest in (cms.digest_algorithm, token.imprint_algorithm if token else None):
        if digest is not None:
            ends[digest] = policy.digest_ends(digest)
    for algorithm, end in ends.items():
        if end is None:
            return "CRYPTO_CONSTRAINTS_FAILURE", Finding.of("signature.weak", algorithm=algorithm)
        if proven >= end:
            finding = Finding.of("signature.ended", algorithm=algorithm, day=f"{end:%Y-%m-%d}")
            return "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", finding
    return None


def _signature_end(cms: SignatureFacts, scheme: str, policy: Policy) -> datetime | None:
    try:
        key = facts(cms.signer_certificate).key if cms.signer_certificate else None
    except MalformedError:
        return None
    return signature_end(policy, scheme, cms.scheme_digest, key) if key is not None else None


def validate_timestamp(
    *,
    id: str,  # noqa: A002 - the member's name in the contract
    token: bytes,
    digest_of: DigestOf | None,
    trust: TrustStore | None,
    at: datetime,
    policy: Policy = DEFAULT_POLICY,
    evidence: Evidence = Evidence(),  # noqa: B008 - frozen and empty
    poe: datetime | None = None,
    proofs: Proofs = Proofs(),  # noqa: B008 - frozen and empty
) -> SignatureReport:
    """The report of a timestamp that stands by itself: a PDF document timestamp, a `.tst` file.

    `digest_of(name)` is the digest of the data it covers, None when that is not at hand. The token's time is
    `timestamp` and, if it counts, `best_signature_time`. Never raises for bad bytes.
    """
    imprint = _own_imprint(token) if digest_of is None else digest_of
    found = judge_token(
        token,
        imprint,
        trust=trust or TrustStore(),
        at=at,
        policy=policy,
        evidence=evidence,
        poe=poe,
        proofs=proofs,
    )
    if digest_of is None and found.token is not None:
        found = _without_data(found)
    known = found.token
    if known is None:
        return SignatureReport(
            id=id,
            type="timestamp",
            format="RFC3161",
            indication=found.indication,
            sub_indication=found.sub_indication,
            intact=False,
            findings=found.findings,
        )
    return SignatureReport(
        id=id,
        type="timestamp",
        format="RFC3161",
        indication=found.indication,
        sub_indication=found.sub_indication,
        intact=found.intact,
        signer=signer_info(known.certificate) if known.certificate else None,
        timestamp=known.time,
        best_signature_time=known.time if found.counts else None,
        digest_algorithm=known.imprint_algorithm,
        signature_algorithm=known.cms.signature_scheme or known.cms.signature_oid,
        findings=found.findings,
        certificate_sha256=certificate_sha256(known.cms),
        signature_value_sha256=sha256(known.cms.signature_value).digest(),
        trail=trail_of(known.cms, found.chain, proven=found.counts, of=known),
    )


def _own_imprint(token: bytes) -> DigestOf:
    try:
        imprint = parse_timestamp(token).imprint
    except SigningError:
        imprint = b""
    return lambda _: imprint


def _without_data(found: Judged) -> Judged:
    """The same token, when the data that it should cover was not there to compare."""
    passed = found.indication is Indication.PASSED
    return replace(
        found,
        intact=None if found.intact else found.intact,
        indication=Indication.INDETERMINATE if passed else found.indication,
        sub_indication="SIGNED_DATA_NOT_FOUND" if passed else found.sub_indication,
        findings=(Finding.of("signature.content-missing"), *found.findings),
    )


def certificate_sha256(cms: SignatureFacts) -> bytes | None:
    """SHA-256 of the signer's certificate, if it is at hand."""
    return None if cms.signer_certificate is None else cms.signer_certificate.fingerprint(SHA256())
