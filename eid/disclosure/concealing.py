"""What an issuer does: claims become digests, and disclosures that reveal them one by one (RFC 9901 §4.2, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import SystemRandom
from typing import Any

from ..encoding import dump_json
from ..errors import UsageError
from .disclosures import DIGESTS, ELEMENT, HASH, HASH_NAME, MAX_DEPTH, RESERVED, decoy, make_disclosure
from .paths import Mark, Path, paths_of, shown, tree_of

MAX_DECOYS = 64  # decoys in one object or array
_RANDOM = SystemRandom()
_RESERVED_JSON = tuple(b'"%b":' % name.encode() for name in sorted(RESERVED))


def conceal(
    claims: Mapping[str, Any], selective: Iterable[str | Path], *, decoys: Mapping[Path, int] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """The payload in which every claim that a path in `selective` names is a digest, and the disclosures, encoded.

    A path may end inside what another path names: both are then disclosed apart, the inner one only together with
    the outer. `decoys` gives, for the path of an object or array (`()` is the payload), how many digests without a
    disclosure it gets besides. Raises `UsageError` when a path names no claim, or a claim has a reserved name.
    """
    check_names(claims)
    return conceal_checked(dict(claims), tree_of(paths_of(selective)), {} if decoys is None else decoys)


def conceal_checked(claims: dict[str, Any], tree: Mark, decoys: Mapping[Path, int]) -> tuple[dict[str, Any], list[str]]:
    """`conceal` for claims whose names are known to be free, and the tree of the selective ones."""
    added = dict(decoys)
    maker = _Concealer(added)
    payload = maker.hide_members(claims, tree, ())
    if added:
        raise UsageError("disclosure.no-claim", path=shown(next(iter(added))))
    if maker.hid:
        payload[HASH_NAME] = HASH
    return payload, maker.disclosures


class _Concealer:
    """One run over one set of claims, from the leaves up, so that a disclosure holds the digests of those in it."""

    __slots__ = ("_decoys", "disclosures", "hid")

    def __init__(self, decoys: dict[Path, int]) -> None:
        self.disclosures: list[str] = []
        self.hid = False
        self._decoys = decoys

    def hide(self, value: Any, mark: Mark, path: Path) -> Any:
        if isinstance(value, dict):
            return self.hide_members(value, mark, path)
        if isinstance(value, (list, tuple)):
            return self._hide_elements(list(value), mark, path)
        if mark.children:
            raise UsageError("disclosure.no-claim", path=shown((*path, next(iter(mark.children)))))
        return value

    def hide_members(self, members: dict[str, Any], mark: Mark, path: Path) -> dict[str, Any]:
        plain: dict[str, Any] = dict(members)
        digests = self._decoys_for(path)
        for name, below in mark.children.items():
            if type(name) is not str or name not in members:
                raise UsageError("disclosure.no-claim", path=shown((*path, name)))
            value = members[name]
            if below.children or self._decoys:
                value = plain[name] = self.hide(value, below, (*path, name))
            if below.chosen:
                del plain[name]
                digests.append(self._disclose(name, value))
        if digests:
            digests.sort()  # §4.2.4.1: the order of the claims is hidden
            plain[DIGESTS] = digests
            self.hid = True
        return plain

    def _hide_elements(self, elements: list[Any], mark: Mark, path: Path) -> list[Any]:
        every = mark.children.get(None)
        named = sum(1 for part in mark.children if part is not None)
        for place in range(len(elements)):
            below = mark.children.get(place, every)
            named -= place in mark.children
            if below is None:
                continue
            value = elements[place] = self.hide(elements[place], below, (*path, place))
            if below.chosen:
                elements[place] = {ELEMENT: self._disclose(value)}
                self.hid = True
        if named:
            raise UsageError("disclosure.no-claim", path=shown((*path, *mark.children)))
        for digest in self._decoys_for(path):
            elements.insert(_RANDOM.randrange(len(elements) + 1), {ELEMENT: digest})
            self.hid = True
        return elements

    def _disclose(self, *contents: Any) -> str:
        encoded, digest = make_disclosure(*contents)
        self.disclosures.append(encoded)
        return digest

    def _decoys_for(self, path: Path) -> list[str]:
        count = self._decoys.pop(path, 0)
        if type(count) is not int or not 0 <= count <= MAX_DECOYS:
            raise UsageError("usage.argument", why=f"an object or array gets 0 to {MAX_DECOYS} decoys")
        return [decoy() for _ in range(count)]


def check_names(claims: Mapping[str, Any]) -> None:
    """The reserved names are free, and nothing is nested deeper than verifiers read.

    Both are looked for in the JSON first, because hardly any claims hold such names even as text, or so many objects.
    """
    try:
        text = dump_json(dict(claims))
    except (TypeError, ValueError):
        raise UsageError("usage.argument", why="the claims cannot be written as JSON") from None
    if text.count(b"{") + text.count(b"[") > MAX_DEPTH or any(name in text for name in _RESERVED_JSON):
        _check_names(claims, 1)


def _check_names(value: Any, depth: int) -> None:
    if not isinstance(value, (Mapping, list, tuple)):
        return
    if depth > MAX_DEPTH:
        raise UsageError("usage.argument", why=f"claims are nested deeper than {MAX_DEPTH}")
    if isinstance(value, Mapping):
        taken = RESERVED.intersection(value)
        if taken:
            raise UsageError("usage.argument", why=f"no claim may be called {min(taken)}")
    for inner in value.values() if isinstance(value, Mapping) else value:
        _check_names(inner, depth + 1)
