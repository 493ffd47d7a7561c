"""Which baseline a signature has reached, from what its file holds (EN 319 122-1 §6.3, EN 319 142-1 §6.3).

Reaching a baseline does not mean being trusted: a timestamp of an unknown authority still makes B-T.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from cryptography import x509

from ..errors import MalformedError
from ..policy import Baseline, Policy
from ..report import Finding
from ..trust.answer import State
from ..trust.certificates import facts, signed_by
from ..trust.chain import ChainResult
from ..trust.evidence import Evidence
from ..trust.revocation_check import check_revocation
from .form import Form
from .timestamp import Judged


@dataclass(frozen=True, slots=True)
class Kept:
    """What one archive timestamp covers: signature timestamps that hold, and evidence."""

    timestamps: Sequence[Judged]
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a file holds beside the signature: timestamps that fit it, evidence, and what was found out with them.

    `covered`: a later timestamp that holds covers the whole; `proven`: it counts. `alone`: nothing but `embedded` was
    used to judge the chains.
    `archives`: archive timestamps that hold.
    """

    timestamps: Sequence[Judged]
    archives: Sequence[Kept] = ()
    covered: bool
    proven: bool = True
    embedded: Evidence
    alone: bool
    chain: ChainResult | None
    best: datetime
    now: datetime
    policy: Policy


def baseline_of(
    format: str,  # noqa: A002 - the member's name in the contract
    form: Form,
    claimed: datetime | None,
    held: Held,
) -> tuple[str | None, list[Finding]]:
    """The baseline, None below B-B and for formats that have none, and what is missing for it or the next one."""
    if format not in {"CAdES", "PAdES", "XAdES"}:
        return None, []
    lacks = form.lacks(format, claimed)
    if lacks or form.parts.signer_certificate not in form.parts.certificates:
        return None, lacks
    if not held.timestamps and not held.covered:
        return str(Baseline.B_B), []
    if not held.timestamps and not held.proven:
        return str(Baseline.B_T), [Finding.of("level.needs-evidence")]  # that later timestamp's own, to begin with
    missing = _without_evidence(held)
    if missing:
        return str(Baseline.B_T), [Finding.of("signature.no-evidence", subjects=", ".join(missing))]
    kept = format in {"CAdES", "XAdES"} and any(_is_kept(archive, held) for archive in held.archives)
    return str(Baseline.B_LTA if kept else Baseline.B_LT), []


def _is_kept(archive: Kept, held: Held) -> bool:
    """Whether what one archive timestamp covers would by itself make B-LT: only that outlives its algorithms."""
    if not archive.timestamps:
        return False
    covered = replace(held, timestamps=archive.timestamps, embedded=archive.evidence, alone=False, archives=())
    return not _without_evidence(covered)


def _without_evidence(held: Held) -> list[str]:
    """The certificates whose state the file itself does not settle."""
    missing = _unsettled(held.chain, held.embedded, held.best, held)
    for judged in held.timestamps:
        if judged.token is not None:
            own = judged.token.cms
            embedded = held.embedded + Evidence(own.certificates, own.crls, own.ocsps)
            missing += _unsettled(judged.chain, embedded, judged.token.time, held)
    return list(dict.fromkeys(missing))


def _unsettled(chain: ChainResult | None, embedded: Evidence, at: datetime, held: Held) -> list[str]:
    if chain is None or not chain.path:
        return ["?"]
    if chain.passed and held.alone and not chain.fetched and held.policy.require_revocation:
        return []
    missing = [
        facts(certificate).label
        for certificate, issuer in pairwise(chain.path)
        if not _settled(certificate, issuer, embedded, at, held)
    ]
    last = chain.path[-1]
    if not chain.anchored and not signed_by(last, last):
        missing.append(facts(last).label)
    needed = chain.path[:-1] if chain.anchored else chain.path  # the anchor comes from whoever validates
    return missing + [facts(c).label for c in needed if c not in embedded.certificates]


def _settled(
    certificate: x509.Certificate, issuer: x509.Certificate, embedded: Evidence, at: datetime, held: Held
) -> bool:
    try:
        status = check_revocation(certificate, issuer, embedded, control_time=at, now=held.now, policy=held.policy)
    except MalformedError:
        return False
    # An answer whose responder has ended since is in the file nevertheless.
    return status.state is not State.UNKNOWN or any(f.code == "revocation.responder-expired" for f in status.findings)
