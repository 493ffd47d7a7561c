"""Certification paths (RFC 5280 §6.1, EN 319 102-1 §5.2.6): built from signatures, never from names alone, and checked.

1. Build (`path_search`): every certificate at hand that has the issuer's name is tried, and taken if its key verifies.
2. Structure: no unknown critical extension; issuers are authorities with room below them (path length), may sign
   certificates, and permit the names below; the leaf fits the purpose and is no authority.
3. Time: every certificate, the anchor too, is valid at the time that counts, and the anchor may be trusted then.
4. Algorithms: the signature on each certificate below the anchor is accepted by the policy at the time at which that
   certificate is proven to exist.
5. Revocation, from the anchor down: each certificate is proven good at that time, by answers which, like the
   certificate itself, are proven to be older than a later revocation of the authority above.

The first path that passes is the answer; of several that fail, the one that came furthest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from ..clock import shifted
from ..errors import MalformedError
from ..policy import Policy
from ..report import Finding, Indication
from ..signer import SIGNER_USAGES
from .answer import State
from .certificates import Facts, facts, signature_end
from .evidence import Evidence
from .name_constraints import within
from .path_search import MAX_TRIALS, PathSearch
from .periods import ALWAYS, Period, Periods
from .revocation_check import RevocationStatus, Times, revocation_at, stamp

_TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING.dotted_string
_ANY_USAGE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string


class Purpose(StrEnum):
    """What a chain is for; the value is the folder of its anchors. Purposes never mix."""

    SIGNER = "ca"
    TSA = "tsa"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainResult:
    """The answer for one certificate. `path` runs from the leaf to the anchor, or as far up as it could be followed.

    `indication` is PASSED or INDETERMINATE; whether a revocation makes a signature FAILED depends on proven times
    (`revoked_at`, of the leaf), which is for the caller to judge. `fetched`: evidence was used that no file held.
    """

    indication: Indication
    sub_indication: str | None = None
    path: tuple[x509.Certificate, ...] = ()
    anchored: bool = False
    revoked_at: datetime | None = None
    fetched: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the chain holds, revocation included."""
        return self.indication is Indication.PASSED


_Problem = tuple[str, Finding]  # sub-indication and finding
# How far a failed path came: later in this list is further.
_ANCHOR_ENDED = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
_STAGES = (
    _ANCHOR_ENDED,
    "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "CHAIN_CONSTRAINTS_FAILURE",
    "CRYPTO_CONSTRAINTS_FAILURE",
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    "OUT_OF_BOUNDS_NO_POE",
    "REVOKED_CA_NO_POE",
    "REVOKED_NO_POE",
    "REVOCATION_OUT_OF_BOUNDS_NO_POE",
    "TRY_LATER",
)
# What a fresh revocation answer may settle.
ASK_AGAIN = frozenset({"REVOCATION_OUT_OF_BOUNDS_NO_POE", "TRY_LATER"})


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where chains may end, and when; see `periods`."""

    certificates: tuple[x509.Certificate, ...]
    periods: Periods = field(default_factory=lambda: ALWAYS)


def check_chain(
    leaf: x509.Certificate,
    anchors: Anchors,
    pool: Iterable[x509.Certificate],
    purpose: Purpose,
    times: Times,
    evidence: Evidence,
    policy: Policy,
) -> ChainResult:
    """Find a path from `leaf` to one of `anchors` and check it; never raises for bad certificates."""
    try:
        start = facts(leaf)
    except MalformedError as e:
        return _nothing("NO_CERTIFICATE_CHAIN_FOUND", (), Finding.from_error(e))
    search = PathSearch(start, anchors.certificates, (*pool, *evidence.certificates), anchors.periods)
    best: ChainResult | None = None
    for path in search.paths():
        periods = anchors.periods.get(path[-1].sha256)
        result = _check_path(path, purpose, times, evidence, policy, periods)
        if result.passed:
            return result
        if best is None or _stage(result) > _stage(best):
            best = result
    return best if best is not None else _missing(start, search)


def _stage(result: ChainResult) -> int:
    return _STAGES.index(result.sub_indication) if result.sub_indication in _STAGES else -1


def _nothing(sub_indication: str, path: tuple[x509.Certificate, ...], *findings: Finding) -> ChainResult:
    return ChainResult(indication=Indication.INDETERMINATE, sub_indication=sub_indication, path=path, findings=findings)


def _missing(leaf: Facts, search: PathSearch) -> ChainResult:
    """No path reached an anchor: say which certificate is missing."""
    end = search.longest[-1]
    findings = [Finding.of("trust.no-anchor", subject=leaf.label, issuer=end.issuer_label)]
    if search.namesake and not end.self_issued:
        findings.append(Finding.of("trust.wrong-key", subject=end.label, issuer=end.issuer_label))
    if search.stopped:
        findings.append(Finding.of("trust.limit", subject=leaf.label, limit=MAX_TRIALS))
    return _nothing("NO_CERTIFICATE_CHAIN_FOUND", tuple(f.certificate for f in search.longest), *findings)


# --- checking --------------------------------------------------------------------------------------------------


def _check_path(
    path: tuple[Facts, ...],
    purpose: Purpose,
    times: Times,
    evidence: Evidence,
    policy: Policy,
    periods: tuple[Period, ...] | None,
) -> ChainResult:
    certificates = tuple(f.certificate for f in path)
    problems = [*_structure(path, purpose), *_validity(path, times), *_algorithms(path, times, policy)]
    if periods is not None and not any(period.holds(times.control, times.proven) for period in periods):
        problems.append((_ANCHOR_ENDED, Finding.of("trust.anchor-period", subject=path[-1].label)))
    if problems:
        worst = min(problems, key=lambda p: _STAGES.index(p[0]))
        return ChainResult(
            indication=Indication.INDETERMINATE,
            sub_indication=worst[0],
            path=certificates,
            anchored=True,
            findings=tuple(finding for _, finding in problems),
        )
    return _revocations(path, certificates, times, evidence, policy)


def _structure(path: tuple[Facts, ...], purpose: Purpose) -> Iterator[_Problem]:
    for known in path:
        if known.unknown_critical is not None:
            finding = Finding.of("trust.critical-extension", subject=known.label, oid=known.unknown_critical)
            yield "CHAIN_CONSTRAINTS_FAILURE", finding
    yield from (("CHAIN_CONSTRAINTS_FAILURE", f) for f in _leaf_problems(path[0], purpose))
    below = 0  # authorities below, not counting those that certify their own name again
    for depth, issuer in enumerate(path[1:], 1):
        yield from (("CERTIFICATE_CHAIN_GENERAL_FAILURE", f) for f in _issuer_problems(issuer, below))
        if not _usage_fits(issuer, purpose):
            yield "CHAIN_CONSTRAINTS_FAILURE", Finding.of("trust.extended-key-usage", subject=issuer.label)
        for known in path[:depth] if issuer.name_constraints is not None else ():
            renewed = known.self_issued and known is not path[0]
            if issuer.name_constraints is not None and not renewed and not within(issuer.name_constraints, known):
                finding = Finding.of("trust.name-constraints", subject=known.label, issuer=issuer.label)
                yield "CHAIN_CONSTRAINTS_FAILURE", finding
        below += not issuer.self_issued


def _issuer_problems(issuer: Facts, below: int) -> Iterator[Finding]:
    if not issuer.is_ca:
        yield Finding.of("trust.not-a-ca", subject=issuer.label)
    elif issuer.path_length is not None and below > issuer.path_length:
        yield Finding.of("trust.path-length", subject=issuer.label)
    if issuer.key_usage is not None and not issuer.key_usage.key_cert_sign:
        yield Finding.of("trust.key-usage", subject=issuer.label)


def _leaf_problems(leaf: Facts, purpose: Purpose) -> Iterator[Finding]:
    usage = leaf.key_usage
    if leaf.is_ca:
        yield Finding.of("trust.is-a-ca", subject=leaf.label)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        yield Finding.of("trust.key-usage", subject=leaf.label)
    if purpose is Purpose.TSA:
        # RFC 3161 §2.3: exactly one usage, and critical
        fits = leaf.extended_key_usage == frozenset({_TIME_STAMPING}) and leaf.extended_key_usage_critical
    else:
        fits = _usage_fits(leaf, purpose)
    if not fits:
        yield Finding.of("trust.extended-key-usage", subject=leaf.label)


def _usage_fits(known: Facts, purpose: Purpose) -> bool:
    """No extended key usage, or one that the purpose can live with."""
    if known.extended_key_usage is None:
        return True
    fitting = {_TIME_STAMPING, _ANY_USAGE} if purpose is Purpose.TSA else SIGNER_USAGES
    return not known.extended_key_usage.isdisjoint(fitting)


def _validity(path: tuple[Facts, ...], times: Times) -> Iterator[_Problem]:
    for known in path:
        begin = times.control if known is path[0] else times.proven  # an authority's certificate may be a renewed one
        early = not begin.reached(known.not_before)
        # a certificate holds through its last second (RFC 5280 §4.1.2.5)
        if early or times.proven.reached(shifted(known.not_after, timedelta(seconds=1))):
            yield (
                "OUT_OF_BOUNDS_NO_POE",
                Finding.of(
                    "trust.outside-validity",
                    subject=known.label,
                    start=stamp(known.not_before),
                    end=stamp(known.not_after),
                ),
            )


def _algorithms(path: tuple[Facts, ...], times: Times, policy: Policy) -> Iterator[_Problem]:
    for known, issuer in pairwise(path):
        end = signature_end(policy, known.scheme, known.digest, issuer.key)
        if end is not None and not times.existed(known.sha256).reached(end):
            continue
        algorithm = "-".join(filter(None, (known.scheme, known.digest, str(issuer.key_bits))))
        finding = Finding.of("trust.algorithm", subject=known.label, algorithm=algorithm)
        yield "CRYPTO_CONSTRAINTS_FAILURE" + ("_NO_POE" if end is not None else ""), finding


def _revocations(
    path: tuple[Facts, ...],
    certificates: tuple[x509.Certificate, ...],
    times: Times,
    evidence: Evidence,
    policy: Policy,
) -> ChainResult:
    findings: list[Finding] = []
    for depth, status, late in reversed(_statuses(path, times, evidence, policy)):
        known = path[depth]
        findings += status.findings
        revoked = status.state is State.REVOKED
        if late:
            findings.append(Finding.of("trust.no-poe", subject=known.label, issuer=path[depth + 1].label))
        elif status.state is State.GOOD:
            continue
        elif status.state is State.UNKNOWN and not policy.require_revocation:
            findings = [f for f in findings if f.code != "revocation.unknown"]
            findings.append(Finding.of("revocation.unknown", severity="warning", subject=known.label))
            continue
        sub_indication = "TRY_LATER"
        if revoked and depth == 0:
            sub_indication = "REVOKED_NO_POE"
        elif revoked or late or any(f.code == "revocation.no-poe" for f in status.findings):
            sub_indication = "REVOKED_CA_NO_POE"
        elif any(f.code == "revocation.responder-expired" for f in status.findings):
            sub_indication = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
        return ChainResult(
            indication=Indication.INDETERMINATE,
            sub_indication=sub_indication,
            path=certificates,
            anchored=True,
            revoked_at=status.time if revoked and depth == 0 else None,
            findings=tuple(findings),
        )
    return ChainResult(indication=Indication.PASSED, path=certificates, anchored=True, findings=tuple(findings))


def _statuses(
    path: tuple[Facts, ...], times: Times, evidence: Evidence, policy: Policy
) -> list[tuple[int, RevocationStatus, bool]]:
    """Depth and state of each certificate, from the anchor down (EN 319 102-1 §5.6.2.2), and whether it came too late.

    What an authority signed, certificates and answers, is believed only if it is proven to have existed before that
    authority was revoked: afterwards whoever has its key can date things back.
    """
    found = []
    limit: datetime | None = None
    for depth in range(len(path) - 2, -1, -1):
        known = path[depth]
        status = revocation_at(known, path[depth + 1], evidence, times, policy, limit=limit)
        found.append((depth, status, limit is not None and times.existed(known.sha256).reached(limit)))
        if status.time is not None and status.state is State.GOOD:  # revoked afterwards
            limit = status.time if limit is None else min(limit, status.time)
    return found
