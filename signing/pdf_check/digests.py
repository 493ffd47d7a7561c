"""Digests of byte ranges and revisions of one PDF, each byte hashed about once however many signatures there are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

Range = tuple[int, int, int]  # gap start, gap end, end: bytes [0, gap start) and [gap end, end) are covered


class RangeDigests:
    """Digests of the given ranges of `data`, computed when first asked for."""

    def __init__(self, data: bytes, ranges: Iterable[Range]) -> None:
        self._data = memoryview(data)
        self._ranges = sorted(set(ranges))
        self._known: dict[str, dict[Range, bytes]] = {}

    def of(self, algorithm: str, wanted: Range) -> bytes:
        """The digest of one range; `algorithm` as `hashlib` names it."""
        if algorithm not in self._known:
            self._known[algorithm] = self._compute(algorithm)
        return self._known[algorithm][wanted]

    def over(self, algorithm: str, ranges: tuple[int, ...]) -> bytes:
        """The digest of any ranges, as pairs of offset and length; nothing is kept."""
        running = hashlib.new(algorithm, usedforsecurity=False)
        for at, length in zip(ranges[0::2], ranges[1::2], strict=True):
            running.update(self._data[at : at + length])
        return running.digest()

    def _compute(self, algorithm: str) -> dict[Range, bytes]:
        running = hashlib.new(algorithm, usedforsecurity=False)
        at = 0
        found = {}
        for gap_start, gap_end, end in self._ranges:  # prefixes of each other up to their gaps
            running.update(self._data[at:gap_start])
            at = gap_start
            one = running.copy()
            one.update(self._data[gap_end:end])
            found[gap_start, gap_end, end] = one.digest()
        return found


def prefix_sha256(data: bytes, end: int) -> bytes:
    """SHA-256 of the first `end` bytes."""
    return hashlib.sha256(memoryview(data)[:end]).digest()
