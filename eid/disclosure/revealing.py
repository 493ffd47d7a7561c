"""What a verifier or holder does with disclosures: the claims that they reveal (RFC 9901 §7.1 steps 3 to 5).

The caller has checked the signature over the payload, and checks the claims that come out (step 6). Refused are:
a disclosure that is malformed, given twice, or that no digest refers to; a digest that occurs twice; a disclosure that
would write over a claim or use a reserved name; a member where an element belongs, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import MalformedError, VerificationError
from .disclosures import (
    DIGESTS,
    ELEMENT,
    ELEMENT_PARTS,
    HASH,
    HASH_NAME,
    MAX_DEPTH,
    MEMBER_PARTS,
    digests_of,
    read_disclosures,
    too_deep,
)

_TEXT = frozenset({str})


def reveal(payload: dict[str, Any], disclosures: Sequence[str]) -> dict[str, Any]:
    """The processed payload: disclosed claims in their places, no digest left. `payload` is not changed.

    Raises `VerificationError` (`disclosure.hash`, `.repeated`, `.digest-repeated`, `.unreferenced`, `.overwrites`,
    `.reserved-name`), `MalformedError` (`disclosure.malformed`), `LimitError`.
    """
    if payload.get(HASH_NAME, HASH) != HASH:
        raise VerificationError("disclosure.hash", known=HASH)
    found = dict(zip(digests_of(disclosures), read_disclosures(disclosures), strict=True))
    if len(found) != len(disclosures):
        raise VerificationError("disclosure.repeated")
    revealer = _Revealer(found)
    claims = revealer.members(payload, 1)
    if revealer.used != len(found):
        raise VerificationError("disclosure.unreferenced")
    claims.pop(HASH_NAME, None)
    return claims


class _Revealer:
    """One run over one payload."""

    __slots__ = ("_found", "_seen", "used")

    def __init__(self, found: dict[str, list[Any]]) -> None:
        self._found = found
        self._seen: set[str] = set()
        self.used = 0

    def _value(self, value: Any, depth: int) -> Any:
        if type(value) is dict:
            return self.members(value, depth)
        return self._elements(value, depth) if type(value) is list else value

    def members(self, node: dict[str, Any], depth: int) -> dict[str, Any]:
        if depth > MAX_DEPTH:
            raise too_deep()
        claims = dict(node)
        digests = claims.pop(DIGESTS, None)
        for name, value in claims.items():
            if type(value) is dict or type(value) is list:
                claims[name] = self._value(value, depth + 1)
        if ELEMENT in claims or (digests is None and DIGESTS in node):
            raise _misplaced()
        if digests is not None:
            self._insert(digests, claims, depth)
        return claims

    def _insert(self, digests: Any, claims: dict[str, Any], depth: int) -> None:
        if type(digests) is not list:
            raise _misplaced()
        self._see(digests)
        for digest in digests:
            contents = self._found.get(digest)
            if contents is None:  # a claim that is not disclosed, or a decoy
                continue
            if len(contents) != MEMBER_PARTS:
                raise _mixed_up()
            _, name, value = contents
            if name in claims:
                raise VerificationError("disclosure.overwrites", name=name)
            nested = type(value) is dict or type(value) is list
            claims[name] = self._value(value, depth + 1) if nested else value
            self.used += 1

    def _elements(self, node: list[Any], depth: int) -> list[Any]:
        if depth > MAX_DEPTH:
            raise too_deep()
        elements = []
        for value in node:
            if type(value) is dict and ELEMENT in value:
                if len(value) != 1:
                    raise _misplaced()
                digest = value[ELEMENT]
                self._see([digest])
                contents = self._found.get(digest)
                if contents is None:
                    continue
                if len(contents) != ELEMENT_PARTS:
                    raise _mixed_up()
                elements.append(self._value(contents[1], depth + 1))
                self.used += 1
            else:
                elements.append(self._value(value, depth + 1))
        return elements

    def _see(self, digests: list[Any]) -> None:
        """Each is a text, and none has occurred before, disclosed or not."""
        if not _TEXT.issuperset(map(type, digests)):
            raise _misplaced()
        fresh = set(digests)
        if len(fresh) != len(digests) or not self._seen.isdisjoint(fresh):
            raise VerificationError("disclosure.digest-repeated")
        self._seen |= fresh


def _mixed_up() -> MalformedError:
    return MalformedError(
        "disclosure.malformed",
        why="a member stands where an element belongs, or an element where a member does",
        why_vi="phần công bố của đối tượng và của mảng bị đặt lẫn chỗ",
    )


def _misplaced() -> MalformedError:
    return MalformedError(
        "disclosure.malformed",
        why="a reserved name ('_sd', '...') does not hold digests",
        why_vi="tên dành riêng ('_sd', '...') không chứa giá trị băm",
    )
