"""The Merkle tree of all accounts' heads (RFC 6962 §2.1), computed while they pass by in order.

leaf = SHA-256(0x00 ‖ account ‖ seq ‖ digest), 16 + 8 + 32 bytes; node = SHA-256(0x01 ‖ left ‖ right).
"""

from __future__ import annotations

import hashlib


def leaf(account_id: str, seq: int, digest: str) -> bytes:
    """The data of one leaf: the end of one account's history. `ValueError` for what is no identifier or digest."""
    return bytes.fromhex(account_id) + seq.to_bytes(8, "big") + bytes.fromhex(digest)


class Tree:
    """Add leaves in order, then ask for the root; memory grows with the logarithm of their number."""

    __slots__ = ("_full", "count")

    def __init__(self) -> None:
        self.count = 0
        self._full: list[tuple[int, bytes]] = []  # roots of complete subtrees, with their heights, large ones first

    def add(self, data: bytes) -> None:
        """One leaf more."""
        height, digest = 0, hashlib.sha256(b"\x00" + data).digest()
        while self._full and self._full[-1][0] == height:
            digest = _node(self._full.pop()[1], digest)
            height += 1
        self._full.append((height, digest))
        self.count += 1

    def root(self) -> str:
        """The root in hex; that of no leaf is SHA-256 of nothing."""
        if not self._full:
            return hashlib.sha256(b"").hexdigest()
        rest = [digest for _, digest in self._full]
        root = rest.pop()
        while rest:
            root = _node(rest.pop(), root)
        return root.hex()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
