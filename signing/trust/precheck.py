"""Checks before something is signed: the signer's own certificate and chain (NĐ 23/2025 Đ15), and the timestamp's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from cryptography import x509

from ..clock import moment, shifted
from ..cms.timestamp import TimestampToken
from ..errors import IndeterminateError, RefusedError, ServiceError, SigningError, VerificationError
from ..http import Http
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding
from ..signer import Signer
from .chain import ASK_AGAIN, ChainResult, Purpose
from .evidence import Evidence
from .revocation import collect_evidence
from .revocation_check import stamp
from .store import TrustStore

# Which problems of a chain are a refusal: what is proven against the certificate. Everything else could not be told.
_REFUSED = frozenset(
    {
        "REVOKED_NO_POE",
        "REVOKED_CA_NO_POE",
        "OUT_OF_BOUNDS_NO_POE",
        "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
        "CHAIN_CONSTRAINTS_FAILURE",
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "CRYPTO_CONSTRAINTS_FAILURE",
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    }
)


def assert_not_revoked(
    signer: Signer,
    *,
    trust: TrustStore,
    http: Http | None = None,
    evidence: Evidence = Evidence(),  # noqa: B008 - frozen and empty
    at: datetime | None = None,
    policy: Policy = DEFAULT_POLICY,
) -> Evidence:
    """Refuse to sign unless the signer's certificate and every issuer of it is proven good now; the proof is returned.

    `evidence` is tried first; with `http` what is missing is fetched from the addresses in the certificates. Raises
    `RefusedError` (`certificate.revoked`, `certificate.suspended`, `trust.*`) for what is proven against it and
    `IndeterminateError` (`revocation.unknown`, `trust.no-anchor`) for what cannot be told.
    """
    time = moment(at)
    pool, purpose = signer.chain, Purpose.SIGNER
    result, proof = _prove(trust, signer.certificate, pool, purpose, time, time, http, evidence, policy)
    if result.passed:
        return proof
    suspended = any(f.code == "certificate.suspended" for f in result.findings)
    refused = result.sub_indication in _REFUSED or suspended
    raise _error(RefusedError if refused else IndeterminateError, result)


def tsa_checker(
    trust: TrustStore,
    *,
    http: Http | None = None,
    evidence: Evidence = Evidence(),  # noqa: B008 - frozen and empty
    at: datetime | None = None,
    policy: Policy = DEFAULT_POLICY,
) -> Callable[[TimestampToken], None]:
    """A check for `TimestampAuthority`: raises unless the token's certificate leads to an anchor for timestamps.

    With `http` or `evidence` it must also be proven not revoked; what was fetched is used again while it holds.
    Without either, revocation is left to the validation of the signature. Raises `VerificationError`
    (`certificate.revoked`, `trust.*`) or `IndeterminateError` (`revocation.unknown`, `trust.no-anchor`).
    """
    offline = http is None and not evidence
    rules = replace(policy, require_revocation=False) if offline else policy
    kept = [evidence]

    def check(token: TimestampToken) -> None:
        if token.certificate is None:
            raise VerificationError("signature.no-certificate")
        now = moment(at)
        if shifted(token.time, -token.accuracy) > shifted(now, policy.clock_skew):
            raise VerificationError("timestamp.future", time=stamp(token.time))
        result, kept[0] = _prove(
            trust, token.certificate, token.cms.certificates, Purpose.TSA, token.time, now, http, kept[0], rules
        )
        if not result.passed:
            raise _error(VerificationError if result.sub_indication in _REFUSED else IndeterminateError, result)

    return check


def _prove(
    trust: TrustStore,
    certificate: x509.Certificate,
    pool: Iterable[x509.Certificate],
    purpose: Purpose,
    time: datetime,
    now: datetime,
    http: Http | None,
    evidence: Evidence,
    policy: Policy,
) -> tuple[ChainResult, Evidence]:
    """The chain's result with the evidence at hand or, where that does not settle it, with what `http` fetches."""
    pool = tuple(pool)

    def judge() -> ChainResult:
        # An answer fetched now may be dated a little after `now`; only answers from the future are refused.
        seen = max(now, datetime.now(UTC)) if http is not None else now
        return trust.validate(
            certificate,
            pool,
            purpose,
            at=time,
            now=seen,
            evidence=evidence,
            policy=policy,
            proven=max(now, time),
        )

    result = judge()
    if http is not None and result.sub_indication in ASK_AGAIN and result.anchored:
        try:
            evidence = collect_evidence([result.path], http, time, policy=policy)
        except ServiceError:
            return result, evidence
        result = judge()
    return result, evidence


def _error(kind: type[SigningError], result: ChainResult) -> SigningError:
    """The finding that decided, as an error of `kind`."""
    errors = [f for f in result.findings if f.severity == "error"]
    decided: Finding = (errors or list(result.findings))[-1] if result.anchored else result.findings[0]
    error = kind.__new__(kind)
    Exception.__init__(error, f"{decided.text} [{decided.code}]")
    error.code, error.details, error.severity = decided.code, {}, decided.severity
    error.text, error.text_vi = decided.text, decided.text_vi
    return error
