"""Judging archive timestamps of CAdES (EN 319 102-1 §5.6.2.3, EN 319 122-1 §5.5): what each one proves to be old.

The newest is judged first, as of now; each that counts is a proof of existence for the signature and for exactly the
timestamps and the evidence that its index lists, older archive timestamps among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..cms import names
from ..cms.archive import HashIndex, Listing, content_digests, imprint_digests, read_index
from ..cms.layout import layout
from ..cms.parse import PARSER_ERRORS
from ..cms.signed_data import CmsSignature
from ..cms.timestamp import TimestampToken, parse_timestamp
from ..cms.values import read_revocation
from ..errors import SigningError
from ..policy import Policy
from ..report import Finding, Indication
from ..signer import load_certificate
from ..trust.evidence import Evidence
from ..trust.proofs import Proofs, earliest
from ..trust.store import TrustStore
from .timestamp import DigestOf, Judged, judge_token

MAX_ARCHIVES = 32  # archive timestamps judged in one signature; more are passed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """One archive timestamp after every check; `covered` is the evidence that its index lists."""

    judged: Judged
    index: HashIndex | None = None
    held: Listing | None = None
    covered: Evidence = Evidence()  # noqa: RUF009 - frozen and empty

    def covers(self, oid: str, token: bytes) -> bool:
        """Whether the index lists this timestamp, a value of the unsigned attribute `oid`."""
        return self.index is not None and self.held is not None and self.index.lists_unsigned(self.held, oid, token)

    @property
    def time(self) -> datetime | None:
        """What it proves, if it counts."""
        return self.judged.token.time if self.judged.token and self.judged.counts else None


@dataclass(frozen=True, slots=True)
class Archives:
    """The archive timestamps of one signature, the newest first."""

    found: tuple[Archive, ...] = ()

    def proof(self, poe: datetime | None = None) -> datetime | None:
        """When the signature existed at the latest: the earliest that counts, or `poe`."""
        return min((t for t in (poe, *(a.time for a in self.found)) if t is not None), default=None)

    def proofs(self) -> Proofs:
        """Since when the certificates and answers that they cover exist."""
        found = Proofs()
        for archive in self.found:
            found += Proofs.of_evidence(archive.covered, archive.time)
        return found

    def proof_of(self, oid: str, token: bytes, poe: datetime | None = None) -> datetime | None:
        """When that timestamp existed at the latest."""
        return Archives(tuple(a for a in self.found if a.covers(oid, token))).proof(poe)


def judge_archives(
    cms: CmsSignature,
    content: DigestOf | None,
    *,
    trust: TrustStore,
    at: datetime,
    policy: Policy,
    evidence: Evidence,
    poe: datetime | None,
    proofs: Proofs = Proofs(),  # noqa: B008 - frozen and empty
) -> Archives:
    """Every archive timestamp of `cms` judged; none without the signed content, which their imprints cover.

    `poe` is when all of `cms` was proven to exist; `proofs` say so of single things, the timestamps among them.
    """
    digests = content_digests(cms, content)
    if digests is None or not cms.archive_tokens:
        return Archives()
    held = Listing(layout(cms.der))
    read = [(raw, _read(raw)) for raw in cms.archive_tokens[:MAX_ARCHIVES]]
    found: list[Archive] = [Archive(judged=token) for _, token in read if isinstance(token, Judged)]
    own = Evidence(cms.certificates, cms.crls, cms.ocsps)
    outside = proofs + Proofs.of_evidence(own, poe)
    fitting = [(raw, token) for raw, token in read if isinstance(token, TimestampToken)]
    for raw, token in sorted(fitting, key=lambda pair: pair[1].time, reverse=True):
        newer = Archives(tuple(found))
        proven = newer.proof_of(names.ARCHIVE_TIMESTAMP_V3, raw, earliest(poe, proofs.of_thing(raw)))
        found.append(_judge(token, held, digests, trust, at, policy, evidence, proven, outside + newer.proofs()))
    return Archives(tuple(found))


def _read(raw: bytes) -> TimestampToken | Judged:
    try:
        return parse_timestamp(raw)
    except SigningError as e:
        return _refused(None, "FORMAT_FAILURE", Finding.from_error(e))


def _refused(token: TimestampToken | None, sub_indication: str, finding: Finding) -> Judged:
    failed = sub_indication == "FORMAT_FAILURE"
    return Judged(
        token=token,
        intact=False,
        indication=Indication.FAILED if failed else Indication.INDETERMINATE,
        sub_indication=sub_indication,
        findings=(finding,),
    )


def _judge(
    token: TimestampToken,
    held: Listing,
    digests: DigestOf,
    trust: TrustStore,
    at: datetime,
    policy: Policy,
    evidence: Evidence,
    poe: datetime | None,
    proofs: Proofs,
) -> Archive:
    try:
        index = read_index(token.cms)
        whole = index.names_only_what_is_in(held)
    except PARSER_ERRORS:
        return Archive(judged=_refused(token, "FORMAT_FAILURE", Finding.of("archive.index")))
    if not whole or index.algorithm is None:
        return Archive(judged=_refused(token, "HASH_FAILURE", Finding.of("archive.index")))
    judged = judge_token(
        token,
        imprint_digests(held.parts, digests, index),
        trust=trust,
        at=at,
        policy=policy,
        evidence=evidence,
        poe=poe,
        proofs=proofs,
    )
    end = policy.digest_ends(index.algorithm)
    if judged.intact and (end is None or (poe or at) >= end):
        # What the index lists is tied to the timestamp by this digest alone.
        return Archive(judged=_refused(token, "CRYPTO_CONSTRAINTS_FAILURE", _weak(index.algorithm)))
    return Archive(judged=judged, index=index, held=held, covered=_covered(held, index, index.algorithm))


def _weak(algorithm: str) -> Finding:
    return Finding.of("signature.weak", algorithm=algorithm)


def _covered(held: Listing, index: HashIndex, algorithm: str) -> Evidence:
    certificates = []
    for digest, item in held.certificates(algorithm).items():
        if digest not in index.certificates:
            continue
        try:
            certificates.append(load_certificate(item))
        except PARSER_ERRORS:
            continue  # no certificate that validation could use
    listed = (item for digest, item in held.revocation(algorithm).items() if digest in index.revocation)
    crls, ocsps = read_revocation(listed)
    return Evidence(tuple(certificates), crls, ocsps)
