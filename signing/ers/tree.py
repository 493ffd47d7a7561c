"""Hash trees of evidence records (RFC 4998 §4.2, §4.3): a node is the digest of its children, sorted and joined."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


def digest(algorithm: str, *parts: bytes) -> bytes:
    """The digest of the parts, joined."""
    return hashlib.new(algorithm, b"".join(parts), usedforsecurity=False).digest()


def node(algorithm: str, children: Iterable[bytes]) -> bytes:
    """The value of a node; a single child stands for itself."""
    found = sorted(children)
    return found[0] if len(found) == 1 else digest(algorithm, *found)


def root(algorithm: str, lists: Sequence[Sequence[bytes]], *, once: bool = False) -> bytes:
    """The root of a reduced tree, whose lists run from the leaf up; each node joins the list above it.

    A digest that stands in a list twice counts twice, or `once`: programs differ, and either proves that it was there.
    """
    value = b""
    for place, above in enumerate(lists):
        children = (*above, value) if place else above
        value = node(algorithm, set(children) if once else children)
    return value


def reduced(algorithm: str, leaves: Sequence[bytes]) -> tuple[bytes, dict[bytes, list[list[bytes]]]]:
    """The root of a tree over distinct `leaves`, and the lists that lead to it from each; none for a single leaf.

    Nodes have two children. Of an odd number of leaves the last three stand together, so that no list holds a leaf
    alone; of an odd number of nodes the last is carried up. So all readings of the rules agree: some programs hash a
    list of several siblings before they join the node to it.
    """
    lists: dict[bytes, list[list[bytes]]] = {leaf: [] for leaf in leaves}
    level = [(leaf, [leaf]) for leaf in lists]
    first = True
    while len(level) > 1:
        joined = []
        for group in _groups(level, first):
            if len(group) == 1:
                joined.append(group[0])
                continue
            values = [value for value, _ in group]
            for value, below in group:
                others = values if first else [other for other in values if other != value]
                for leaf in below:
                    lists[leaf].append(others)
            joined.append((node(algorithm, values), [leaf for _, below in group for leaf in below]))
        level, first = joined, False
    return level[0][0], lists


def _groups(level: list[tuple[bytes, list[bytes]]], leaves: bool) -> list[list[tuple[bytes, list[bytes]]]]:
    pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
    if leaves and len(pairs[-1]) == 1:
        last = pairs.pop()
        pairs[-1] = pairs[-1] + last
    return pairs
