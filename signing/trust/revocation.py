"""Fetching revocation evidence while it can be had (RFC 6960 app. A, RFC 5280 §4.2.1.13; what B-LT embeds).

What the evidence proves is judged in `revocation_check`.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..clock import moment
from ..errors import IndeterminateError, MalformedError, ServiceError, SigningError
from ..http import Http
from ..policy import DEFAULT_POLICY, Policy
from .answer import State
from .certificates import Facts, facts, signed_by
from .crl import MAX_CRL_BYTES
from .evidence import Evidence
from .ocsp import MAX_OCSP_BYTES, ocsp_request
from .revocation_check import RevocationStatus, Times, check_revocation, revocation_at

__all__ = ["Collector", "Evidence", "RevocationStatus", "State", "check_revocation", "collect_evidence"]

MAX_URLS = 4  # addresses tried for one certificate and kind of answer

Chain = tuple[x509.Certificate, ...]  # from the leaf upwards


def collect_evidence(
    chains: Iterable[Sequence[x509.Certificate]],
    http: Http,
    at: datetime,
    cache: MutableMapping[str, bytes] | None = None,
    *,
    anchors: Iterable[x509.Certificate] = (),
    policy: Policy = DEFAULT_POLICY,
    unsettled: list[ServiceError] | None = None,
) -> Evidence:
    """Fetch what proves, for `at`, the state of every certificate of `chains` but the last of each, the anchor.

    A chain runs from the leaf to its anchor; one that stops short is led on to one of `anchors` if that issued its
    last certificate. Leaves are asked for by OCSP first, authorities by CRL first. `cache`
    (URL → DER CRL) saves a batch from fetching the same list again; entries are used only while they settle the
    question. Addresses come from the certificates; what may be reached is the business of `http`. An answer is kept
    only if it settles the state, be it good or not. Raises `ServiceError` (`revocation.unknown`) if none does; with
    `unsettled` that certificate is left out and the error noted there.
    """
    fetch = _Fetch(http, at, cache if cache is not None else {}, policy)
    total, done, ends = Evidence(), set(), tuple(anchors)
    for short in chains:
        chain = _completed(tuple(short), ends)
        total += Evidence(certificates=tuple(chain))
        for depth, (certificate, issuer) in enumerate(pairwise(chain)):
            if certificate not in done:
                done.add(certificate)
                try:
                    total += fetch.settle(facts(certificate), facts(issuer), online_first=depth == 0)
                except ServiceError as error:
                    if unsettled is None:
                        raise
                    unsettled.append(error)
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """`collect_evidence` as a callable for the rooms that sign; one collector serves a batch and remembers its CRLs."""

    http: Http
    at: datetime | None = None
    anchors: tuple[x509.Certificate, ...] = ()
    policy: Policy = DEFAULT_POLICY
    cache: MutableMapping[str, bytes] = field(default_factory=dict, repr=False)

    def __call__(self, chains: Iterable[Sequence[x509.Certificate]]) -> Evidence:
        """Evidence for `chains` at `at`, or now; each must lead to one of `anchors` or to a self-signed certificate.

        Raises `ServiceError` (`revocation.unknown`) and `IndeterminateError` (`trust.no-anchor`): nothing can prove the
        state of a certificate whose issuer is not there, and the signature would not be B-LT.
        """
        time, found = moment(self.at), [tuple(chain) for chain in chains]
        roots = (chain[-1] for chain in found if chain and signed_by(chain[-1], chain[-1]))
        ends = tuple(dict.fromkeys((*self.anchors, *roots)))
        for chain in found:
            _assert_complete(chain, ends)
        return collect_evidence(found, self.http, time, self.cache, anchors=ends, policy=self.policy)


def _as_der(crl: bytes) -> bytes:
    """The list as DER; some services answer with PEM, against RFC 5280 §4.2.1.13."""
    if not crl.lstrip().startswith(b"-----BEGIN"):
        return crl
    try:
        return x509.load_pem_x509_crl(crl).public_bytes(Encoding.DER)
    except ValueError:
        return crl  # it will settle nothing


def _completed(chain: tuple[x509.Certificate, ...], anchors: tuple[x509.Certificate, ...]) -> Chain:
    if not chain or chain[-1] in anchors or signed_by(chain[-1], chain[-1]):
        return chain
    return (*chain, *(a for a in anchors if signed_by(chain[-1], a)))[: len(chain) + 1]


def _assert_complete(chain: Chain, ends: tuple[x509.Certificate, ...]) -> None:
    whole = _completed(chain, ends)
    if whole and whole[-1] not in ends:
        last = facts(whole[-1])
        raise IndeterminateError("trust.no-anchor", subject=facts(chain[0]).label, issuer=last.issuer_label)


@dataclass(frozen=True, slots=True)
class _Fetch:
    http: Http
    at: datetime
    cache: MutableMapping[str, bytes]
    policy: Policy

    def settle(self, subject: Facts, issuer: Facts, *, online_first: bool) -> Evidence:
        """Evidence that settles the state of `subject`, or `ServiceError`."""
        failure: SigningError | None = None
        ways = (self._by_ocsp, self._by_crl) if online_first else (self._by_crl, self._by_ocsp)
        for way in ways:
            try:
                found = way(subject, issuer)
            except (ServiceError, MalformedError) as e:
                failure = e
                continue
            if found is not None:
                return found
        raise ServiceError("revocation.unknown", subject=subject.label) from failure

    def _settles(self, subject: Facts, issuer: Facts, evidence: Evidence) -> bool:
        # An answer fetched now may be newer than `at`; only answers from our own future are refused.
        now = max(self.at, datetime.now(UTC))
        status = revocation_at(subject, issuer, evidence, Times.of(self.at, now), self.policy)
        return status.state is not State.UNKNOWN

    def _by_crl(self, subject: Facts, issuer: Facts) -> Evidence | None:
        failure: ServiceError | None = None
        for url in subject.crl_urls[:MAX_URLS]:
            known = self.cache.get(url)
            if known is not None and self._settles(subject, issuer, Evidence(crls=(known,))):
                return Evidence(crls=(known,))
            try:
                der = _as_der(self.http.get(url, max_bytes=MAX_CRL_BYTES, accept="application/pkix-crl"))
            except ServiceError as e:
                failure = e
                continue
            if self._settles(subject, issuer, Evidence(crls=(der,))):
                self.cache[url] = der
                return Evidence(crls=(der,))
        if failure is not None:
            raise failure
        return None

    def _by_ocsp(self, subject: Facts, issuer: Facts) -> Evidence | None:
        failure: ServiceError | None = None
        request = ocsp_request(subject.certificate, issuer.certificate)
        for url in subject.ocsp_urls[:MAX_URLS]:
            try:
                der = self.http.post(url, request, content_type="application/ocsp-request", max_bytes=MAX_OCSP_BYTES)
            except ServiceError as e:
                failure = e
                continue
            evidence = Evidence(ocsps=(der,))
            evidence += self._for_responders(evidence, issuer)
            if self._settles(subject, issuer, evidence):
                return evidence
        if failure is not None:
            raise failure
        return None

    def _for_responders(self, evidence: Evidence, issuer: Facts) -> Evidence:
        """The responder's certificate, and a CRL for it unless it says that none is needed (ocsp-nocheck)."""
        total = Evidence()
        for response in evidence.read()[1]:
            for certificate in response.certificates[:MAX_URLS]:
                if not signed_by(certificate, issuer.certificate):
                    continue
                responder = facts(certificate)
                total += Evidence(certificates=(certificate,))
                if not responder.no_check:
                    total += self._by_crl(responder, issuer) or Evidence()
        return total
