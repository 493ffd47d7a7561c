"""Archive timestamps on CAdES: archive-time-stamp-v3 with ats-hash-index-v3 (EN 319 122-1 §5.5.2, §5.5.3).

The imprint covers the content's type and digest, the signerInfo but for its unsigned attributes, and a list of the
digests of every certificate, revocation answer and unsigned attribute value present. What is added later is not in that
list and does no harm; what the list names and is gone makes the timestamp worthless.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import RefusedError, UsageError
from . import der, names
from .layout import Layout, layout
from .signed_data import CmsSignature, add_unsigned, parse_cms
from .timestamp import TimestampToken, check_timestamp, parse_timestamp
from .tsa_pool import TimestampSource
from .values import attribute, read_algorithm

MAX_LISTED = 4096  # digests in one of the three lists

DigestOf = Callable[[str], bytes]
_FOR_IMPRINTS = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HashIndex:
    """ATSHashIndexV3: `algorithm` is None if unknown; `der` is the whole value, which the imprint covers."""

    algorithm: str | None
    certificates: frozenset[bytes]
    revocation: frozenset[bytes]
    unsigned: frozenset[bytes]
    der: bytes

    def lists_unsigned(self, held: Listing, oid: str, value: bytes) -> bool:
        """Whether this value of an unsigned attribute is covered."""
        return self.algorithm is not None and held.digest(self.algorithm, oid, value) in self.unsigned

    def names_only_what_is_in(self, held: Listing) -> bool:
        """Whether everything that the lists name is there; otherwise the timestamp proves nothing (§5.5.2)."""
        if self.algorithm is None:
            return False
        return (
            self.certificates <= held.certificates(self.algorithm).keys()
            and self.revocation <= held.revocation(self.algorithm).keys()
            and self.unsigned <= held.unsigned(self.algorithm)
        )


class Listing:
    """What a signature holds, by digest; each thing is digested once an algorithm, however many indexes list it."""

    def __init__(self, parts: Layout) -> None:
        self.parts = parts
        self._known: dict[tuple[str, ...], Any] = {}
        self._values: dict[tuple[str, str, bytes], bytes] = {}

    def certificates(self, algorithm: str) -> dict[bytes, bytes]:
        """Certificates, encoded, by digest."""
        return self._by_digest("certificates", algorithm, self.parts.certificates)

    def revocation(self, algorithm: str) -> dict[bytes, bytes]:
        """Revocation answers, encoded, by digest."""
        return self._by_digest("revocation", algorithm, self.parts.revocation)

    def _by_digest(self, what: str, algorithm: str, items: Iterable[bytes]) -> dict[bytes, bytes]:
        if (what, algorithm) not in self._known:
            self._known[what, algorithm] = {_digest(algorithm, item): item for item in items}
        found: dict[bytes, bytes] = self._known[what, algorithm]
        return found

    def unsigned(self, algorithm: str) -> frozenset[bytes]:
        """Digests of the unsigned attributes' values, each with its type."""
        if ("unsigned", algorithm) not in self._known:
            every = (_digest(algorithm, kind, value) for kind, value in _values(self.parts.unsigned))
            self._known["unsigned", algorithm] = frozenset(every)
        found: frozenset[bytes] = self._known["unsigned", algorithm]
        return found

    def digest(self, algorithm: str, oid: str, value: bytes) -> bytes:
        """The digest of one value of an unsigned attribute."""
        key = (algorithm, oid, value)
        if key not in self._values:
            self._values[key] = _digest(algorithm, der.oid(oid), value)
        return self._values[key]


def _digest(algorithm: str, *data: bytes) -> bytes:
    running = hashlib.new(algorithm, usedforsecurity=False)
    for part in data:
        running.update(part)
    return running.digest()


def _values(unsigned: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Type and value, encoded, of each value of the attributes."""
    found = []
    for item in unsigned:
        kind, values = der.children(item, der.whole(item, der.SEQUENCE), 2)
        found += [(kind.raw(item), v.raw(item)) for v in der.children(item, der.need(values, der.SET))]
    return found


def make_index(parts: Layout, algorithm: str) -> bytes:
    """ATSHashIndexV3 over everything that `parts` holds now, encoded."""

    def listed(items: Iterable[bytes]) -> bytes:
        return der.seq(*(der.octets(hashlib.new(algorithm, item).digest()) for item in items))

    return der.seq(
        der.seq(der.oid(names.DIGEST_OIDS[algorithm])),
        listed(parts.certificates),
        listed(parts.revocation),
        listed(kind + value for kind, value in _values(parts.unsigned)),
    )


def read_index(token: CmsSignature) -> HashIndex:
    """The index that an archive timestamp carries as an unsigned attribute of its own; `DerError` without one."""
    values = token.unsigned_attributes.get(names.ATS_HASH_INDEX_V3, ())
    if len(values) != 1:
        raise der.DerError("ats-hash-index-v3")
    value = values[0]
    fields = der.children(value, der.whole(value, der.SEQUENCE), 4)
    if len(fields) != 4:
        raise der.DerError("ats-hash-index-v3")
    lists = [
        frozenset(
            der.need(v, der.OCTET_STRING).content(value)
            for v in der.children(value, der.need(field, der.SEQUENCE), MAX_LISTED)
        )
        for field in fields[1:]
    ]
    return HashIndex(
        algorithm=names.DIGESTS.get(read_algorithm(fields[0].raw(value)).oid),
        certificates=lists[0],
        revocation=lists[1],
        unsigned=lists[2],
        der=value,
    )


def imprint_input(parts: Layout, content_digest: bytes, index: bytes) -> bytes:
    """What an archive timestamp's imprint is made of (§5.5.3); `content_digest` by the imprint's algorithm."""
    return b"".join((der.oid(parts.content_type), content_digest, *parts.info, index))


def content_digests(sig: CmsSignature, content: DigestOf | None) -> DigestOf | None:
    """Digests of the signed content by algorithm: of what is given, else of what is enclosed; None without either."""
    if content is not None or sig.content is None:
        return content
    enclosed = sig.content
    return lambda name: hashlib.new(name, enclosed).digest()


def add_archive_timestamp(cms: bytes, tsa: TimestampSource, content: DigestOf | None = None) -> bytes:
    """`cms` with an archive timestamp over all that it holds; evidence for older timestamps has to be in it already.

    `content(name)` is the digest of detached content. Without it the signature's own message digest is used, and the
    imprint is made with the same algorithm. Raises `MalformedError`, `UsageError` `archive.content-needed` where that
    algorithm is no longer good enough, `RefusedError` `timestamp.needed` without a signature timestamp, and as
    `TimestampAuthority.timestamp`.
    """
    sig = parse_cms(cms)
    if not sig.timestamp_tokens:
        raise RefusedError("timestamp.needed", baseline="B-LTA")
    digests, source = content_digests(sig, content), tsa
    if digests is None:
        held, algorithm = sig.message_digest, sig.digest_algorithm
        if held is None or algorithm not in _FOR_IMPRINTS:
            raise UsageError("archive.content-needed", algorithm=algorithm or sig.digest_oid)
        digests, source = (lambda _: held), tsa.using(algorithm)
    parts = layout(sig.der)
    index = make_index(parts, source.digest)
    imprint = hashlib.new(source.digest, imprint_input(parts, digests(source.digest), index)).digest()
    token = source.timestamp(imprint).der
    token = add_unsigned(token, attribute(names.ATS_HASH_INDEX_V3, index))
    return add_unsigned(sig.der, attribute(names.ARCHIVE_TIMESTAMP_V3, token))


def holding_archives(sig: CmsSignature, content: DigestOf) -> list[tuple[TimestampToken, HashIndex]]:
    """The archive timestamps that hold for this signature, each with its index; whom they are by is not asked.

    `content(name)` is the digest of the signed content. Raises `MalformedError` for one that cannot be read.
    """
    parts, found = layout(sig.der), list[tuple[TimestampToken, HashIndex]]()
    held = Listing(parts)
    for encoded in sig.archive_tokens:
        token = parse_timestamp(encoded)
        try:
            index = read_index(token.cms)
        except (der.DerError, IndexError):
            continue
        if not index.names_only_what_is_in(held):
            continue
        if check_timestamp(token, imprint_digests(parts, content, index))[0]:
            found.append((token, index))
    return found


def newest_archive(sig: CmsSignature, content: DigestOf) -> TimestampToken | None:
    """The youngest of `holding_archives`."""
    found = holding_archives(sig, content)
    return max((token for token, _ in found), key=lambda token: token.time, default=None)


def imprint_digests(parts: Layout, content: DigestOf, index: HashIndex) -> DigestOf:
    """Digests of what the archive timestamp with this index has to cover, by algorithm."""
    return lambda name: hashlib.new(
        name, imprint_input(parts, content(name), index.der), usedforsecurity=False
    ).digest()
