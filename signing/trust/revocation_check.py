"""Revocation at a given time (RFC 5280 §6.3, RFC 6960, EN 319 102-1 §5.2.5, §5.2.9): evidence, and what it proves.

The rules, for a signature that existed at the proven time T:

1. Only answers whose signature holds count, and only while their algorithm is accepted.
2. A permanent revocation counts from its date on, in whichever answer it stands, however old. After T it does no harm.
3. Otherwise the newest answer that speaks for T decides: one made at T or later (while the certificate had not yet
   expired), or one made before T whose next update lies after T.
4. A suspension counts only while the newest answer says so. No answer means unknown, and unknown is never good.

For timestamps the two times differ: the token says T, but its key might have been misused until the token was seen to
exist. A revocation in between that names a harmless reason does not hurt; any other does (RFC 3161 §4, 1).

Answers are signed too, and whoever holds a key that was given up can date one back. An answer counts only if it is
proven to have existed before its algorithm ended, before its responder's key was revoked or the certificate for that
key ended, and before the authority that it comes from was revoked (EN 319 102-1 §5.6.2.2, validation time sliding).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography import x509

from ..clock import shifted, vietnam_time
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding
from .answer import Answer, Moment, State
from .certificates import Facts, facts, signature_end
from .crl import crl_answer
from .evidence import Evidence
from .ocsp import ocsp_answer
from .proofs import Proofs

NO_NEXT_UPDATE = timedelta(minutes=10)  # how long an OCSP answer that names no next update speaks for later times

_HARMLESS = frozenset({"unspecified", "affiliationChanged", "superseded", "cessationOfOperation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationStatus:
    """The state of one certificate at one time; `used` is the SHA-256 of the CRL or OCSP response that decided."""

    state: State
    time: datetime | None = None
    reason: str | None = None
    used: bytes | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Times:
    """`control`: when the certificate must have been good; `proven`: until when misuse is possible; `now`.

    `proofs` say since when certificates and answers exist; `pieces` are the moments of those that were asked about.
    """

    control: Moment
    proven: Moment
    now: Moment
    proofs: Proofs = field(default_factory=Proofs)
    pieces: dict[bytes, Moment] = field(default_factory=dict)

    @classmethod
    def of(
        cls, control: datetime, now: datetime, proven: datetime | None = None, proofs: Proofs | None = None
    ) -> Times:
        """Fresh moments; `proven` is `control` unless given."""
        return cls(Moment(control), Moment(proven or control), Moment(now), proofs or Proofs())

    def existed(self, digest: bytes) -> Moment:
        """When the certificate or answer with this SHA-256 existed at the latest: now, if nothing proves more."""
        if digest not in self.pieces:
            self.pieces[digest] = Moment(_existed(self.proofs, digest, self.now.at))
        return self.pieces[digest]

    def cover(self, control: datetime, proven: datetime, now: datetime, proofs: Proofs) -> bool:
        """Whether everything decided so far would have been the same at these times."""
        return (
            self.control.covers(control)
            and self.proven.covers(proven)
            and self.now.covers(now)
            and all(moment.covers(_existed(proofs, digest, now)) for digest, moment in self.pieces.items())
        )


def _existed(proofs: Proofs, digest: bytes, now: datetime) -> datetime:
    proven = proofs.time_of(digest)
    return now if proven is None else min(proven, now)


def check_revocation(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    evidence: Evidence,
    *,
    control_time: datetime,
    now: datetime,
    proven_time: datetime | None = None,
    policy: Policy = DEFAULT_POLICY,
) -> RevocationStatus:
    """The state of `certificate` at `control_time`, judged at `now`; never raises for bad evidence.

    `issuer` is the certificate whose key signed `certificate` (the chain has proven it). `proven_time` is when the
    signature was first seen to exist, if later than `control_time` (timestamps). Raises `MalformedError` only for
    certificates that cannot be read.
    """
    return revocation_at(facts(certificate), facts(issuer), evidence, Times.of(control_time, now, proven_time), policy)


def revocation_at(
    subject: Facts,
    issuer: Facts,
    evidence: Evidence,
    times: Times,
    policy: Policy,
    *,
    online: bool = True,
    limit: datetime | None = None,
) -> RevocationStatus:
    """As `check_revocation`, narrowing `times`; with `online=False` only CRLs are looked at.

    `limit` is when the issuer's key stopped to be believed: answers not proven older only count against `subject`.
    """
    answers: list[Answer] = []
    doubts: dict[str, None] = {}
    for answer in _answers(subject, issuer, evidence, online=online):
        doubt = answer if isinstance(answer, str) else _doubt(answer, issuer, evidence, times, policy)
        if isinstance(answer, Answer) and not doubt and _too_young(answer, subject, times, limit):
            doubt = "revocation.no-poe"
        elif isinstance(answer, Answer) and not doubt and _too_young(answer, subject, times, answer.until):
            doubt = "revocation.responder-expired"
        if doubt:
            doubts[doubt] = None
        elif isinstance(answer, Answer):
            answers.append(answer)
    revoked = sorted((a for a in answers if a.state is State.REVOKED and a.time), key=_revoked_at)
    if revoked:
        # The earliest that hurts decides: a harmless reason given first takes nothing from a worse one given later.
        judged = [_judge_revoked(answer, subject, times) for answer in revoked]
        return next((status for status in judged if status.state is State.REVOKED), judged[0])
    speaking = [a for a in answers if not _silent(a, subject, times, doubts)]
    newest = max(speaking, key=lambda a: (a.this_update, a.state is not State.GOOD), default=None)
    if newest is None:
        why = (Finding.of(code, subject=subject.label) for code in doubts)
        unknown = Finding.of("revocation.unknown", subject=subject.label)
        return RevocationStatus(state=State.UNKNOWN, findings=(unknown, *why, *evidence.read()[2]))
    return _judge_newest(newest, subject, times)


def _answers(subject: Facts, issuer: Facts, evidence: Evidence, *, online: bool) -> Iterator[Answer | str]:
    crls, ocsps, _ = evidence.read()
    found: list[Answer | str | None] = [crl_answer(crl, subject, issuer) for crl in crls]
    if online:
        found += [ocsp_answer(response, subject, issuer, evidence.certificates) for response in ocsps]
    return (a for a in found if a is not None)


def _doubt(answer: Answer, issuer: Facts, evidence: Evidence, times: Times, policy: Policy) -> str | None:
    """The code that tells why an authentic answer does not count, or None."""
    if not times.now.reached(shifted(answer.this_update, -policy.clock_skew)):
        return "revocation.future"
    for scheme, digest, key in answer.signatures:
        end = signature_end(policy, scheme, digest, key)
        if end is None or times.existed(answer.digest).reached(end):
            return "revocation.algorithm"
    if answer.responder is not None:
        # As with timestamps: good when it answered, and not misused until the answer was seen to exist.
        own = replace(times, control=Moment(answer.this_update), proven=times.existed(answer.digest))
        status = revocation_at(answer.responder, issuer, evidence, own, policy, online=False)
        if status.state is not State.GOOD:
            return "revocation.responder"
    return None


def _too_young(answer: Answer, subject: Facts, times: Times, limit: datetime | None) -> bool:
    """Whether the answer may be forged by who got the key after `limit`; what it says against `subject` is kept."""
    if limit is None or not times.existed(answer.digest).reached(limit):
        return False
    hurts = answer.state is State.REVOKED and answer.time is not None
    return not (hurts and _judge_revoked(answer, subject, times).state is State.REVOKED)


def _silent(answer: Answer, subject: Facts, times: Times, doubts: dict[str, None]) -> bool:
    """Whether an authentic answer says nothing about the control time (rule 3)."""
    if answer.this_update > subject.not_after:
        doubts["revocation.late"] = None
        return True
    if not times.control.passed(answer.this_update):
        return False
    until = answer.next_update
    if until is None:
        until = shifted(answer.this_update, NO_NEXT_UPDATE if answer.kind == "OCSP" else timedelta(0))
    if times.control.reached(until):
        doubts["revocation.stale"] = None
        return True
    return False


def _revoked_at(answer: Answer) -> datetime:
    assert answer.time is not None  # noqa: S101 - the caller has filtered
    return answer.time


def _judge_revoked(answer: Answer, subject: Facts, times: Times) -> RevocationStatus:
    time = _revoked_at(answer)
    hurts = times.control.reached(time)
    if not hurts and answer.reason not in _HARMLESS:
        hurts = times.proven.reached(time)
    code, state = ("certificate.revoked", State.REVOKED) if hurts else ("revocation.after-time", State.GOOD)
    findings = [Finding.of(code, subject=subject.label, time=stamp(time))]
    since = answer.invalid_since
    if not hurts and since is not None and times.control.reached(since):
        findings.append(Finding.of("revocation.invalid-since", subject=subject.label, time=stamp(since)))
    return RevocationStatus(state=state, time=time, reason=answer.reason, used=answer.digest, findings=tuple(findings))


def _judge_newest(answer: Answer, subject: Facts, times: Times) -> RevocationStatus:
    if answer.state is State.SUSPENDED and answer.time is not None:
        if times.control.reached(answer.time) or times.proven.reached(answer.time):
            finding = Finding.of("certificate.suspended", subject=subject.label, time=stamp(answer.time))
            return RevocationStatus(
                state=State.SUSPENDED, time=answer.time, reason=answer.reason, used=answer.digest, findings=(finding,)
            )
        finding = Finding.of("revocation.after-time", subject=subject.label, time=stamp(answer.time))
        return RevocationStatus(state=State.GOOD, used=answer.digest, findings=(finding,))
    before = times.control.passed(answer.this_update)
    findings = (Finding.of("revocation.before-time", subject=subject.label),) if before else ()
    return RevocationStatus(state=State.GOOD, used=answer.digest, findings=findings)


def stamp(time: datetime) -> str:
    """A time as findings show it."""
    return vietnam_time(time)
