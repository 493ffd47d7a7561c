"""Claims path pointers (OpenID for Verifiable Presentations 1.0 §7): which claims are meant.

A path is a tuple: a text names a member of an object, an integer an element of an array, None every element. A bare
text is the path of one top-level claim.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from ..errors import UsageError

Path = tuple[str | int | None, ...]
MAX_PATHS = 256  # paths in one choice
MAX_PARTS = 16  # parts of one path


class Mark:
    """One place in the tree of chosen paths: whether a path ends here, and where others go on."""

    __slots__ = ("children", "chosen")

    def __init__(self) -> None:
        self.chosen = False
        self.children: dict[str | int | None, Mark] = {}


def paths_of(chosen: Iterable[str | Path]) -> tuple[Path, ...]:
    """The paths in `chosen`, checked. `UsageError` for anything that is not a path."""
    if isinstance(chosen, str) or not isinstance(chosen, Iterable):
        raise UsageError("usage.argument", why="the claims to disclose must be a list of names or paths")
    named = tuple(islice(chosen, MAX_PATHS + 1))
    if len(named) > MAX_PATHS:
        raise UsageError("usage.argument", why=f"more than {MAX_PATHS} claims to disclose")
    paths = tuple((each,) if isinstance(each, str) else _parts(each) for each in named)
    for path in paths:
        good = 0 < len(path) <= MAX_PARTS and all(map(_is_part, path)) and type(path[0]) is str
        if not good:
            raise UsageError(
                "usage.argument",
                why="a path is a few names, indexes or None, and starts with a name",
                why_vi="đường dẫn gồm vài tên, chỉ số hoặc None, và bắt đầu bằng một tên",
            )
    return paths


@lru_cache(maxsize=128)
def tree_of(paths: tuple[Path, ...]) -> Mark:
    """The tree of `paths`, shared between calls with the same ones; nobody changes it."""
    root = Mark()
    for path in paths:
        place = root
        for part in path:
            place = place.children.setdefault(part, Mark())
        place.chosen = True
    return root


def shown(path: Iterable[str | int | None]) -> str:
    """A path as people write it: `address.street`, `age_equal_or_over.18`, `nationalities.#0`, `nationalities.*`."""
    return ".".join("*" if part is None else part if isinstance(part, str) else f"#{part}" for part in path)


def parse_path(text: str) -> Path:
    """The path that `shown` wrote. A part of digits alone is a name, because ages are more common than indexes."""
    return tuple(_part(part) for part in text.split("."))


def _part(text: str) -> str | int | None:
    if text == "*":
        return None
    if text.startswith("#") and text[1:].isascii() and text[1:].isdecimal():
        return int(text[1:])
    return text


def _parts(path: object) -> Path:
    """The parts of a path as a caller or a request's JSON gives it; none, which is no path, for anything else."""
    return tuple(path) if isinstance(path, tuple | list) else ()


def _is_part(part: object) -> bool:
    return part is None or type(part) is str or (type(part) is int and part >= 0)
