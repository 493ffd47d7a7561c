"""On what the answer about a signature rests, told so that a report in full can name it (ETSI TS 119 102-2 §4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256

from ..cms.timestamp import TimestampToken
from ..report.trail import Stamp, Trail
from ..trust.chain import ChainResult

MAX_VALUE_BYTES = 2048  # of a signature value that is kept; RSA with 16,384 bits fits


class _Signed(Protocol):
    @property
    def digest_algorithm(self) -> str | None: ...
    @property
    def signature_value(self) -> bytes: ...


class _Judged(Protocol):
    @property
    def token(self) -> TimestampToken | None: ...
    @property
    def counts(self) -> bool: ...


def trail_of(
    signed: _Signed,
    chain: ChainResult | None,
    *,
    proven: bool,
    stamps: Iterable[_Judged] = (),
    archives: Iterable[_Judged] = (),
    of: TimestampToken | None = None,
) -> Trail:
    """The `Trail` of a signature, or of a timestamp, which tells by its imprint what it is `of`; nothing is judged."""
    digest, algorithm = getattr(signed, "message_digest", None), signed.digest_algorithm
    if of is not None:
        digest, algorithm = of.imprint, of.imprint_algorithm
    return Trail(
        chain=tuple(c.fingerprint(SHA256()) for c in chain.path) if chain is not None else (),
        anchored=chain is not None and chain.anchored,
        chain_passed=chain.passed if chain is not None else None,
        chain_sub_indication=chain.sub_indication if chain is not None else None,
        proven=proven,
        stamps=(*_stamps(stamps, archive=False), *_stamps(archives, archive=True)),
        signature_value=signed.signature_value if len(signed.signature_value) <= MAX_VALUE_BYTES else b"",
        content=(algorithm, digest) if digest and algorithm else None,
    )


def _stamps(judged: Iterable[_Judged], *, archive: bool) -> Iterator[Stamp]:
    for one in judged:
        if (token := one.token) is not None:
            yield Stamp(sha256=sha256(token.der).digest(), time=token.time, counts=one.counts, archive=archive)
