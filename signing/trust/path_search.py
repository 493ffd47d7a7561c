"""Building certification paths (RFC 4158, RFC 5280 §6.1): followed by signatures, never by names alone.

From the leaf upwards every certificate at hand that has the issuer's name is tried, anchors first, and taken only if
its key verifies; cross certificates and several keys of one name are therefore no difficulty. Searching is bounded, so
a signature that carries a thousand certificates of one name costs no more than `MAX_TRIALS` signature checks.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from cryptography import x509

from ..errors import MalformedError
from .certificates import Facts, facts, signed_by

MAX_DEPTH = 8  # certificates from leaf to anchor
MAX_POOL = 2_000  # certificates at hand that are looked at
MAX_TRIALS = 100  # signatures between certificates checked in one search
MAX_PATHS = 8  # complete paths checked


class PathSearch:
    """A depth-first search for paths, bounded in every direction."""

    def __init__(
        self,
        leaf: Facts,
        anchors: Iterable[x509.Certificate],
        pool: Iterable[x509.Certificate],
        limited: Container[bytes] = (),
    ) -> None:
        """`limited`: SHA-256 of anchors that are not always trusted; paths may lead on from them to another one."""
        self.leaf = leaf
        self.limited = limited
        self.anchors = frozenset(anchors)
        self.trials = 0
        self.stopped = False
        self.longest: tuple[Facts, ...] = (leaf,)
        self.namesake = False  # at the end of the longest path stood a certificate of the right name, wrong key
        self._by_subject: dict[bytes, list[Facts]] = {}
        for certificate in (*self.anchors, *_first(pool, MAX_POOL, self.anchors)):
            try:
                known = facts(certificate)
            except MalformedError:
                continue
            self._by_subject.setdefault(known.subject, []).append(known)

    def paths(self) -> Iterator[tuple[Facts, ...]]:
        """Paths from the leaf to an anchor, at most `MAX_PATHS`; each signature on the way verifies."""
        for count, path in enumerate(self._extend((self.leaf,)), 1):
            yield path
            if count == MAX_PATHS:
                return

    def _extend(self, path: tuple[Facts, ...]) -> Iterator[tuple[Facts, ...]]:
        end = path[-1]
        if end.certificate in self.anchors:
            yield path
            if end.sha256 not in self.limited:
                return
        if len(path) == MAX_DEPTH:
            return
        namesake = False
        for issuer in self._candidates(end):
            if any(issuer.subject == f.subject and issuer.key == f.key for f in path):
                continue  # a loop, or the same authority under another certificate
            if self.trials >= MAX_TRIALS:
                self.stopped = True
                break
            self.trials += 1
            if signed_by(end.certificate, issuer.certificate):
                longer = (*path, issuer)
                if len(longer) > len(self.longest):
                    self.longest, self.namesake = longer, False
                yield from self._extend(longer)
            else:
                namesake = True
        if path == self.longest:
            self.namesake = namesake

    def _candidates(self, end: Facts) -> list[Facts]:
        """Certificates of the issuer's name: anchors first, then those whose key identifier fits."""

        def likeliness(issuer: Facts) -> tuple[bool, bool]:
            fits = end.authority_key_id is not None and issuer.key_id == end.authority_key_id
            return issuer.certificate not in self.anchors, not fits

        return sorted(self._by_subject.get(end.issuer, ()), key=likeliness)


def _first(
    pool: Iterable[x509.Certificate], count: int, known: frozenset[x509.Certificate]
) -> Iterator[x509.Certificate]:
    seen = set(known)
    for certificate in pool:
        if len(seen) - len(known) >= count:
            return
        if certificate not in seen:
            seen.add(certificate)
            yield certificate
