"""A keyed permutation of the places of one status list: a Feistel network with cycle walking (NIST SP 800-38G, idea).

Counters are given away in order, because that is cheap to do safely from many processes; the index in the published
list must not tell that order. The key lies in the registry. The round functions are tables, because the domain is
small: six rounds cost a microsecond.
"""

from __future__ import annotations

import hashlib
import struct
from functools import lru_cache

KEY_BYTES = 32
_ROUNDS = 6
_MAX_SIZE = 1 << 32
_KEPT = 64  # permutations kept ready, at most 50 kB each


class Permutation:
    """Maps `range(size)` onto itself; `invert` undoes it."""

    __slots__ = ("_half", "_mask", "_tables", "size")

    def __init__(self, key: bytes, size: int) -> None:
        if not 0 < size <= _MAX_SIZE:
            raise ValueError("size")
        self.size = size
        self._half = max(1, ((size - 1).bit_length() + 1) // 2)
        self._mask = (1 << self._half) - 1
        self._tables = [_table(key, number, self._half) for number in range(_ROUNDS)]

    def index(self, counter: int) -> int:
        """The place of a counter."""
        half, mask, value = self._half, self._mask, counter
        while True:  # at most four times as many values as places: a few turns
            left, right = value >> half, value & mask
            for table in self._tables:
                left, right = right, left ^ table[right]
            value = left << half | right
            if value < self.size:
                return value

    def invert(self, index: int) -> int:
        """The counter whose place this is."""
        half, mask, value = self._half, self._mask, index
        while True:
            left, right = value >> half, value & mask
            for table in reversed(self._tables):
                left, right = right ^ table[left], left
            value = left << half | right
            if value < self.size:
                return value


def _table(key: bytes, number: int, half: int) -> tuple[int, ...]:
    """A random function from `half` bits to `half` bits, drawn from SHAKE-256 under the key."""
    entries = 1 << half
    drawn = hashlib.shake_256(b"eid-status-1" + bytes([number]) + key).digest(2 * entries)
    return tuple(value & (entries - 1) for value in struct.unpack(f">{entries}H", drawn))


@lru_cache(_KEPT)
def permutation(key: bytes, size: int) -> Permutation:
    """The permutation of a list, built once."""
    return Permutation(key, size)
