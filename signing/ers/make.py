"""Making evidence records (RFC 4998 §4.2, §5.2): one timestamp for thousands of documents, and one to renew them all.

A record is made for each document; it holds the few digests that lead from it to the timestamp, and tells nothing of
the other documents. Renew with new timestamps before the authority's certificate ends, and with a stronger digest,
for which the documents are needed, before the digest does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..cms import der
from ..cms.cades import digest_file
from ..cms.tsa_pool import TimestampSource
from ..errors import MalformedError, UsageError
from .record import MAX_STAMPS, EvidenceRecord, encode_record, encode_stamp, parse_record
from .tree import digest, reduced

MAX_DOCUMENTS = 1_000_000  # under one timestamp; a tree of so many needs some 300 MB of memory


def make_records(digests: Sequence[bytes], tsa: TimestampSource) -> tuple[bytes, ...]:
    """An evidence record for each of `digests`, made of documents with the algorithm `tsa.digest`; one timestamp.

    Raises `UsageError`, and as `TimestampAuthority.timestamp`.
    """
    return tuple(each_record(digests, tsa))


def each_record(digests: Sequence[bytes], tsa: TimestampSource) -> Iterator[bytes]:
    """The same, one after the other, so that no more than one stands in memory; raises when the first is taken."""
    size = len(digest(tsa.digest))
    if not digests or len(digests) > MAX_DOCUMENTS or any(len(one) != size for one in digests):
        raise UsageError("usage.argument", why=f"1 … {MAX_DOCUMENTS} digests, {tsa.digest}")
    root, lists = reduced(tsa.digest, digests)
    token = tsa.timestamp(root).der
    for one in digests:
        yield encode_record([tsa.digest], [der.seq(encode_stamp(tsa.digest, lists[one], token))])


def record_files(paths: Iterable[str | os.PathLike[str]], tsa: TimestampSource) -> Mapping[Path, bytes]:
    """The evidence record of each file; see `make_records`. It belongs beside the file, as `NAME.ers`."""
    files = list(dict.fromkeys(Path(path) for path in paths))
    made = make_records([digest_file(path, tsa.digest) for path in files], tsa)
    return dict(zip(files, made, strict=True))


def renew_records(records: Sequence[bytes], tsa: TimestampSource) -> tuple[bytes, ...]:
    """The records, each renewed by the same new timestamp over its newest one (timestamp renewal).

    The digest stays that of each record's newest chain; all have to share it (`UsageError` otherwise). Raises
    `MalformedError` for a record that cannot be read. None is verified.
    """
    parsed = [_parsed(data) for data in records]
    algorithms = {record.chains[-1].stamps[-1].algorithm for record in parsed}
    if len(algorithms) != 1 or None in algorithms:
        raise UsageError("usage.argument", why="records of one digest algorithm")
    algorithm = str(algorithms.pop())
    leaves = [digest(algorithm, record.chains[-1].stamps[-1].encoded) for record in parsed]
    stamps = _stamped(tsa.using(algorithm), leaves)
    return tuple(
        _encoded(record, [*_chains(record)[:-1], _longer(_chains(record)[-1], stamps[leaf])], algorithm)
        for record, leaf in zip(parsed, leaves, strict=True)
    )


def rehash_records(
    records: Sequence[bytes], documents: Sequence[Callable[[str], bytes]], tsa: TimestampSource
) -> tuple[bytes, ...]:
    """The records, each with a new chain made with `tsa.digest` (hash tree renewal).

    `documents[i](name)` is the digest of the document of `records[i]`. Raises as `renew_records`.
    """
    if len(records) != len(documents):
        raise UsageError("usage.argument", why="a document for each record")
    parsed = [_parsed(data) for data in records]
    name = tsa.digest
    leaves = [
        digest(name, document(name), digest(name, record.before(len(record.chains))))
        for record, document in zip(parsed, documents, strict=True)
    ]
    stamps = _stamped(tsa, leaves)
    return tuple(
        _encoded(record, [*_chains(record), der.seq(stamps[leaf])], name)
        for record, leaf in zip(parsed, leaves, strict=True)
    )


def _stamped(tsa: TimestampSource, leaves: Sequence[bytes]) -> dict[bytes, bytes]:
    """The archive timestamp of each leaf, encoded; all by one token."""
    if not leaves:
        raise UsageError("usage.argument", why="no records")
    root, lists = reduced(tsa.digest, leaves)
    token = tsa.timestamp(root).der
    return {leaf: encode_stamp(tsa.digest, path, token) for leaf, path in lists.items()}


def _parsed(data: bytes) -> EvidenceRecord:
    record = parse_record(data)
    if sum(len(chain.stamps) for chain in record.chains) >= MAX_STAMPS:
        raise MalformedError("ers.malformed", why=f"{MAX_STAMPS} archive timestamps")
    return record


def _chains(record: EvidenceRecord) -> list[bytes]:
    return [chain.encoded for chain in record.chains]


def _longer(chain: bytes, stamp: bytes) -> bytes:
    return der.seq(der.whole(chain, der.SEQUENCE).content(chain), stamp)


def _encoded(record: EvidenceRecord, chains: list[bytes], algorithm: str) -> bytes:
    known = [stamp.algorithm for chain in record.chains for stamp in chain.stamps]
    return encode_record([*(name for name in known if name), algorithm], chains)
