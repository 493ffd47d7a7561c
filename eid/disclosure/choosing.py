"""What a holder does: choose which disclosures go along (RFC 9901 §7.2).

A claim goes along with everything beneath it, and with the disclosures that it is nested in, without which a verifier
could not place it. The holder reads its own SD-JWT, so nothing here proves anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import LimitError, UsageError
from .compact import SdJwt, combine
from .disclosures import DIGESTS, ELEMENT, MAX_DEPTH, MEMBER_PARTS, digest_of, digests_of, read_disclosures, too_deep
from .paths import Path, paths_of, shown

MAX_STEPS = 200_000  # members, elements and digests looked at for one choice; an honest one needs a few hundred


def choose(sd_jwt: SdJwt, payload: dict[str, Any], disclose: Iterable[str | Path]) -> str:
    """The SD-JWT with only those disclosures that show the claims in `disclose`, ending in a tilde.

    `payload` is that of the issuer-signed JWT. A path may name a claim that is always shown. Raises `UsageError`
    (`disclosure.no-claim`), `MalformedError` for an SD-JWT that is not one or that takes too long to choose from.
    """
    chooser = _Chooser(sd_jwt.disclosures)
    for path in paths_of(disclose):
        chooser.choose(payload, path)
    return combine(sd_jwt.token, [sd_jwt.disclosures[place] for place in sorted(chooser.chosen)])


class _Chooser:
    """One choice. Digests are computed when they are asked for: most disclosures are found by their name.

    An issuer may have let digests refer to each other many times: what one part of a path leads to is entered once.
    """

    __slots__ = (
        *("_contents", "_digests", "_disclosures", "_entered", "_named", "_places", "_shown_whole", "_steps"),
        "chosen",
    )

    def __init__(self, disclosures: tuple[str, ...]) -> None:
        self._disclosures = disclosures
        self._contents = read_disclosures(disclosures)
        self._named: dict[str, list[int]] = {}
        for place, contents in enumerate(self._contents):
            if len(contents) == MEMBER_PARTS:
                self._named.setdefault(contents[1], []).append(place)
        self._digests: dict[int, str] = {}  # of the disclosures in these places
        self._places: dict[str, int] | None = None
        self.chosen: set[int] = set()
        self._shown_whole: set[int] = set()
        self._entered: set[tuple[int, int]] = set()
        self._steps = 0

    def choose(self, payload: dict[str, Any], path: Path) -> None:
        """Choose what shows the part of `payload` that `path` names."""
        self._entered.clear()
        self._follow(payload, path, 0)

    def _follow(self, node: Any, path: Path, at: int) -> None:
        """Choose what shows the part of `node` that `path` names from its part `at` on."""
        if at == len(path):
            self._all_beneath(node, 0)
            return
        part = path[at]
        if type(part) is str and type(node) is dict:
            found = [self._member(node, part, path)]
        elif type(part) is str or type(node) is not list:
            raise UsageError("disclosure.no-claim", path=shown(path))
        else:
            found = self._elements(node)
            if isinstance(part, int):
                found = found[part : part + 1]
                if not found:
                    raise UsageError("disclosure.no-claim", path=shown(path))
        for place, value in found:
            if place is None:
                self._follow(value, path, at + 1)
            elif (place, at) not in self._entered:
                self._entered.add((place, at))
                self.chosen.add(place)
                self._follow(value, path, at + 1)

    def _member(self, node: dict[str, Any], name: str, path: Path) -> tuple[int | None, Any]:
        """The member of that name, with the place of its disclosure if it has one."""
        if name in node and name != DIGESTS:
            return None, node[name]
        digests = _digests(node)
        for place in self._named.get(name, ()):
            self._step(len(digests))
            if place not in self._digests:
                self._digests[place] = digest_of(self._disclosures[place])
            if self._digests[place] in digests:
                return place, self._contents[place][2]
        raise UsageError("disclosure.no-claim", path=shown(path))

    def _elements(self, node: list[Any]) -> list[tuple[int | None, Any]]:
        """The elements that can be shown, each with the place of its disclosure."""
        self._step(len(node))
        elements: list[tuple[int | None, Any]] = []
        for value in node:
            if type(value) is dict and ELEMENT in value:
                place = self._place(value[ELEMENT])
                if place is not None:
                    elements.append((place, self._contents[place][-1]))
            else:
                elements.append((None, value))
        return elements

    def _all_beneath(self, node: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise too_deep()
        if type(node) is dict:
            self._step(len(node))
            for name, value in node.items():
                if name != DIGESTS:
                    self._all_beneath(value, depth + 1)
            digests = _digests(node)
            self._step(len(digests))
            for digest in digests:
                self._take(self._place(digest), depth)
        elif type(node) is list:
            for place, value in self._elements(node):
                if place is None:
                    self._all_beneath(value, depth + 1)
                else:
                    self._take(place, depth)

    def _take(self, place: int | None, depth: int) -> None:
        if place is not None and place not in self._shown_whole:  # once, whatever refers to it how often
            self.chosen.add(place)
            self._shown_whole.add(place)
            self._all_beneath(self._contents[place][-1], depth + 1)

    def _place(self, digest: object) -> int | None:
        if self._places is None:
            self._places = {digest: place for place, digest in enumerate(digests_of(self._disclosures))}
        return self._places.get(digest) if type(digest) is str else None

    def _step(self, count: int) -> None:
        self._steps += count
        if self._steps > MAX_STEPS:
            raise LimitError(
                "disclosure.malformed",
                why=f"choosing takes more than {MAX_STEPS} steps",
                why_vi=f"việc chọn trường cần hơn {MAX_STEPS} bước",
            )


def _digests(node: dict[str, Any]) -> list[Any]:
    digests = node.get(DIGESTS)
    return digests if type(digests) is list else []
