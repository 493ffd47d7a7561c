"""Evidence records of many files (RFC 4998 §4.2, §5.2, §5.3): made, renewed and rehashed, thousands by one timestamp.

A record belongs beside its document, as `NAME.ers`: there `signing audit` finds both. Each output is written whole or
not at all; what cannot be done with one file is part of its outcome, while a timestamp that is refused ends the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from ..clock import moment
from ..cms.cades import digest_file
from ..cms.tsa_pool import TimestampSource
from ..errors import LimitError, SigningError, UsageError, VerificationError
from ..ers.make import each_record, rehash_records, renew_records
from ..ers.record import MAX_RECORD_BYTES, MAX_STAMPS, EvidenceRecord, parse_record
from ..ers.verify import validate_record
from ..files import exists, open_regular, read_file, write_file
from ..trust.revocation_check import stamp
from . import assert_writable
from .plan import Item
from .stage import Outcome

SUFFIX = ".ers"
TOGETHER = 16_384  # documents under one timestamp; of each only digests are kept
AGAIN_TOGETHER = 1024  # records that one timestamp renews; all of them are in memory


def record_beside(path: Path) -> Path:
    """The name of a document's evidence record."""
    return path.with_name(path.name + SUFFIX)


def make_all(items: Iterable[Item], tsa: TimestampSource, *, overwrite: bool, resume: bool) -> Iterator[Outcome]:
    """The outcome of each item, whose document gets a record. Raises as `TimestampSource.timestamp`."""
    for some in _portions(items, TOGETHER):
        digests: dict[Path, bytes] = {}
        ready: list[Item] = []
        for item in some:
            if resume and exists(item.output):
                yield Outcome(source=item.source, output=item.output, skipped=True, reason="kept")
                continue
            try:
                _check(item, overwrite=overwrite)
                _assert_regular(item.source)
                digests[item.output] = digest_file(item.source, tsa.digest)
                ready.append(item)
            except SigningError as error:
                yield _failed(item, error)
        if ready:
            made = each_record([digests[item.output] for item in ready], tsa)
            for item, record in zip(ready, made, strict=True):
                yield _written(item, record, overwrite=overwrite)


def renew_all(
    items: Iterable[Item], tsa: TimestampSource, *, overwrite: bool, due: timedelta | None = None
) -> Iterator[Outcome]:
    """The outcome of each item, a record, renewed by a new timestamp; an output may be its own input.

    With `due` only records whose newest timestamp ends within that time, by its authority's certificate. Raises as
    `TimestampSource.timestamp`.
    """
    until = None if due is None else moment(None) + due
    for some in _portions(items, AGAIN_TOGETHER):
        groups: dict[str, list[tuple[Item, bytes]]] = {}
        for item in some:
            try:
                data, record = _record(item, overwrite=overwrite)
                newest = record.chains[-1].stamps[-1]
                if newest.algorithm is None:
                    raise UsageError("signature.unsupported", why="digest of a hash tree")
            except SigningError as error:
                yield _failed(item, error)
                continue
            if until is not None and _end(record) > until:
                yield Outcome(source=item.source, output=item.output, skipped=True, reason="not-due")
            else:
                groups.setdefault(newest.algorithm, []).append((item, data))
        for group in groups.values():
            for (item, _), renewed in zip(group, renew_records([data for _, data in group], tsa), strict=True):
                yield _written(item, renewed, overwrite=overwrite)


def rehash_all(items: Iterable[Item], tsa: TimestampSource, *, overwrite: bool) -> Iterator[Outcome]:
    """The outcome of each item, a record beside its document, with a new chain made with `tsa.digest`.

    A document that its record does not cover is refused: its new chain would prove nothing. Raises as
    `TimestampSource.timestamp`.
    """
    for some in _portions(items, AGAIN_TOGETHER):
        ready: list[tuple[Item, bytes, Callable[[str], bytes]]] = []
        for item in some:
            try:
                data, _ = _record(item, overwrite=overwrite)
                value = digest_file(_covered_document(item.source, data), tsa.digest)
                ready.append((item, data, partial(_known, value)))
            except SigningError as error:
                yield _failed(item, error)
        if ready:
            made = rehash_records([data for _, data, _ in ready], [of for _, _, of in ready], tsa)
            for (item, _, _), record in zip(ready, made, strict=True):
                yield _written(item, record, overwrite=overwrite)


def _portions(items: Iterable[Item], count: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while some := list(islice(rest, count)):
        yield some


def _check(item: Item, *, overwrite: bool) -> None:
    """Refuse an item that cannot be worked on, before a timestamp is asked for it. A record may replace itself."""
    if item.error is not None:
        raise item.error
    if item.output == item.source:
        return
    assert_writable(item.source, item.output, overwrite=overwrite)
    try:
        item.output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise UsageError("output.unwritable", path=item.output, why=e.strerror or e) from None


def _assert_regular(path: Path) -> None:
    """A pipe would never end."""
    try:
        open_regular(path).close()
    except (OSError, ValueError) as e:
        raise UsageError("input.unreadable", path=path, why=getattr(e, "strerror", None) or e) from None


def _record(item: Item, *, overwrite: bool) -> tuple[bytes, EvidenceRecord]:
    _check(item, overwrite=overwrite)
    _assert_regular(item.source)
    data = read_file(item.source, max_bytes=MAX_RECORD_BYTES)
    record = parse_record(data)
    if sum(len(chain.stamps) for chain in record.chains) >= MAX_STAMPS:
        raise LimitError("input.too-large", what=item.source.name, limit=f"{MAX_STAMPS} archive timestamps")
    return data, record


def _end(record: EvidenceRecord) -> datetime:
    """When the newest timestamp of a record stops proving anything by itself; at once if that cannot be told."""
    token = record.chains[-1].stamps[-1].token
    return token.time if token.certificate is None else token.certificate.not_valid_after_utc


def _covered_document(path: Path, record: bytes) -> Path:
    """The document beside a record, which covers it."""
    document = path.with_suffix("")
    if path.suffix.lower() != SUFFIX:
        raise UsageError("ers.name", path=path)
    _assert_regular(document)
    found = validate_record(
        id=path.name, record=record, objects=[partial(digest_file, document)], trust=None, at=moment(None)
    )
    if found.intact is not True:
        time = stamp(found.timestamp) if found.timestamp else "?"
        raise VerificationError("ers.not-covered", time=time)
    return document


def _known(value: bytes, _name: str) -> bytes:
    return value


def _written(item: Item, record: bytes, *, overwrite: bool) -> Outcome:
    try:
        write_file(item.output, record, overwrite=overwrite or item.output == item.source)
    except SigningError as error:
        return _failed(item, error)
    return Outcome(source=item.source, output=item.output)


def _failed(item: Item, error: SigningError) -> Outcome:
    return Outcome(source=item.source, output=item.output, error=error)
