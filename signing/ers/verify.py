"""Verifying evidence records (RFC 4998 §4.3, §5.3; EN 319 102-1 §5.6.2.3.3): since when documents are proven to exist.

1. The first archive timestamp covers the documents: their digests stand together in the first list of its tree.
2. The first of each later chain covers the documents and all chains before; any other, the timestamp before it.
3. Within a chain one digest is used, and times go forward.
4. The newest is judged as of now, each older one by the time of the next: it had to hold when it was renewed, its
   tree's digest too. One that does not count breaks the record: nothing older is proven.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from ..errors import LimitError, SigningError
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding, Indication, SignatureReport
from ..trust.evidence import Evidence
from ..trust.names import signer_info
from ..trust.revocation_check import stamp
from ..trust.store import TrustStore
from ..validation.file import malformed_report
from ..validation.timestamp import DigestOf, Judged, certificate_sha256, judge_token
from ..validation.trail import trail_of
from .record import ArchiveTimestamp, EvidenceRecord, parse_record
from .tree import digest, root

MAX_OBJECTS = 100_000  # documents of one record


def validate_record(
    *,
    id: str,  # noqa: A002 - the member's name in the contract
    record: bytes,
    objects: Sequence[DigestOf] | None,
    trust: TrustStore | None,
    at: datetime,
    policy: Policy = DEFAULT_POLICY,
    evidence: Evidence = Evidence(),  # noqa: B008 - frozen and empty
) -> SignatureReport:
    """The report of an evidence record over `objects`, each given by its digests; None if they are not at hand.

    `timestamp` is the time of the first archive timestamp; it is `best_signature_time` too if all of the record
    counts: then the objects existed at that time. Never raises for bad bytes.
    """
    try:
        parsed = parse_record(record)
        if objects is not None and len(objects) > MAX_OBJECTS:
            raise LimitError("input.too-large", what="evidence record", limit=f"{MAX_OBJECTS} documents")
    except SigningError as e:
        return malformed_report(id, "ERS", e, type="evidence-record")
    links = list(_links(parsed, objects))
    judged = _judge_all(links, trust or TrustStore(), at, policy, evidence)
    return _report(id, links, judged, objects is None)


@dataclass(frozen=True, slots=True)
class _Link:
    """One archive timestamp with the digest that its token has to be for; None where it cannot be made."""

    stamp: ArchiveTimestamp
    expected: bytes | None
    problem: Finding | None = None

    def digest_of(self, name: str) -> bytes:
        return self.expected or b"" if name == self.stamp.algorithm else b""


def _links(record: EvidenceRecord, objects: Sequence[DigestOf] | None) -> Iterator[_Link]:
    """The archive timestamps from the oldest on."""
    previous: ArchiveTimestamp | None = None
    for number, chain in enumerate(record.chains):
        algorithm = chain.stamps[0].algorithm
        for place, one in enumerate(chain.stamps):
            if one.algorithm is None:
                yield _Link(one, None, Finding.of("signature.unsupported", why="digest of a hash tree"))
            elif one.algorithm != algorithm:
                yield _Link(one, None, Finding.of("ers.chain", why=f"{algorithm}, {one.algorithm}"))
            elif previous is not None and one.token.time < previous.token.time:
                yield _Link(one, None, Finding.of("ers.chain", why=stamp(one.token.time)))
            else:
                yield _link(record, number, place, one.algorithm, objects)
            previous = one


def _link(record: EvidenceRecord, number: int, place: int, algorithm: str, objects: Sequence[DigestOf] | None) -> _Link:
    one = record.chains[number].stamps[place]
    if place:
        leaves = [digest(algorithm, record.chains[number].stamps[place - 1].encoded)]
    elif objects is None:
        # Without the documents: what the tree leads to still has to be what was timestamped.
        return _Link(one, _root(one, algorithm) if one.lists else one.token.imprint)
    else:
        leaves = [of(algorithm) for of in objects]
        if number:
            before = digest(algorithm, record.before(number))
            leaves = [digest(algorithm, leaf, before) for leaf in leaves]
    if one.lists:
        if not leaves or not set(leaves) <= set(one.lists[0]):
            return _Link(one, None, Finding.of("ers.not-covered", time=stamp(one.token.time)))
        return _Link(one, _root(one, algorithm))
    if leaves != [one.token.imprint] and (place == 0 or len(leaves) != 1):
        return _Link(one, None, Finding.of("ers.not-covered", time=stamp(one.token.time)))
    return _Link(one, leaves[0])


def _root(one: ArchiveTimestamp, algorithm: str) -> bytes:
    found = root(algorithm, one.lists)
    return found if found == one.token.imprint else root(algorithm, one.lists, once=True)


def _judge_all(links: list[_Link], trust: TrustStore, at: datetime, policy: Policy, evidence: Evidence) -> list[Judged]:
    """Each link judged, in the order of `links`; the newest first, each a proof for the one before."""
    found: list[Judged] = []
    proven: datetime | None = None
    unbroken = True
    for link in reversed(links):
        one = _judge(link, trust, at, policy, evidence, proven)
        if not unbroken and one.counts:
            one = replace(one, indication=Indication.INDETERMINATE, sub_indication="NO_POE")
        unbroken = unbroken and one.counts
        proven = link.stamp.token.time if one.counts else None
        found.append(one)
    return found[::-1]


def _judge(
    link: _Link, trust: TrustStore, at: datetime, policy: Policy, evidence: Evidence, poe: datetime | None
) -> Judged:
    token = link.stamp.token
    if link.problem is not None:
        unknown = link.problem.code == "signature.unsupported"
        return Judged(
            token=token,
            intact=None if unknown else False,
            indication=Indication.INDETERMINATE if unknown else Indication.FAILED,
            sub_indication="CRYPTO_CONSTRAINTS_FAILURE" if unknown else "HASH_FAILURE",
            findings=(link.problem,),
        )
    # The tree is made with the digest of the imprint (`digest_of`), so the policy judges both at once.
    return judge_token(token, link.digest_of, trust=trust, at=at, policy=policy, evidence=evidence, poe=poe)


def _report(id: str, links: list[_Link], judged: list[Judged], blind: bool) -> SignatureReport:  # noqa: A002
    first, newest = links[0].stamp, links[-1].stamp.token
    intact, indication, sub_indication = _conclusion(judged)
    findings = [finding for one in judged for finding in one.findings]
    if blind:
        findings.append(Finding.of("signature.content-missing"))
        intact = None if intact else intact
        if indication is Indication.PASSED:
            indication, sub_indication = Indication.INDETERMINATE, "SIGNED_DATA_NOT_FOUND"
    if len(links) > 1:
        findings.append(Finding.of("ers.renewed", count=len(links) - 1, time=stamp(newest.time)))
    certificate = newest.certificate
    return SignatureReport(
        id=id,
        type="evidence-record",
        format="ERS",
        indication=indication,
        sub_indication=sub_indication,
        intact=intact,
        signer=signer_info(certificate) if certificate is not None else None,
        timestamp=first.token.time,
        best_signature_time=first.token.time if indication is Indication.PASSED else None,
        digest_algorithm=first.algorithm,
        signature_algorithm=newest.cms.signature_scheme or newest.cms.signature_oid,
        findings=tuple(dict.fromkeys(findings)),
        certificate_sha256=certificate_sha256(newest.cms),
        signature_value_sha256=sha256(newest.cms.signature_value).digest(),
        trail=trail_of(
            newest.cms, judged[-1].chain, proven=indication is Indication.PASSED, stamps=judged, of=first.token
        ),
    )


def _conclusion(judged: list[Judged]) -> tuple[bool | None, Indication, str | None]:
    """Failed if any link failed; passed only if each counts; otherwise what the newest that does not count lacks."""
    intact: bool | None = True
    if any(one.intact is not True for one in judged):
        intact = False if any(one.intact is False for one in judged) else None
    failed = next((one for one in judged if one.indication is Indication.FAILED), None)
    lacking = failed or next((one for one in reversed(judged) if not one.counts), None)
    if lacking is None:
        return intact, Indication.PASSED, None
    return intact, lacking.indication, lacking.sub_indication
