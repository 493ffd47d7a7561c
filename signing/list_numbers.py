"""Which number a trusted list must have at least (TS 119 612 §5.3.2): an old list, put in the place of a newer one.

    lists/numbers.json   [{"territory": "VN", "operator": "…", "sequence": 12}…]

An old list is signed as well as a new one, and knows of no later withdrawal; until its next update nothing in it says
so. Whoever fetches lists writes down the highest number seen; a lower one is refused. `operator`, one of the names of
who issues the list, may be left out where the country has one list only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .errors import MalformedError, VerificationError
from .files import read_file

NUMBERS = "numbers.json"  # beside the lists
MAX_NUMBERS_BYTES = 1 << 20  # bytes
_MEMBERS = {"territory", "operator", "sequence"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """The least number of the lists of one country, or of one operator in it."""

    territory: str
    operator: str | None
    sequence: int

    def is_of(self, territory: str, operator: Iterable[str]) -> bool:
        """Whether it is for that list."""
        return self.territory == territory and (self.operator is None or self.operator in operator)


class Numbered(Protocol):
    """A list, as far as its number goes."""

    @property
    def territory(self) -> str: ...
    @property
    def operator(self) -> frozenset[str]: ...
    @property
    def sequence(self) -> int: ...


def read_numbers(folder: Path) -> tuple[Least, ...]:
    """What `numbers.json` in `folder` asks for; nothing where there is none. Raises `MalformedError`, `LimitError`."""
    path = folder / NUMBERS
    if not path.exists():
        return ()
    try:
        entries = json.loads(read_file(path, max_bytes=MAX_NUMBERS_BYTES), object_pairs_hook=_once)
        if not isinstance(entries, list):
            raise ValueError("not a list")
        return tuple(_least(entry) for entry in entries)
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise MalformedError("trust.malformed", path=path, why=e) from None


def refuse_rolled_back(folder: Path, lists: Iterable[Numbered]) -> None:
    """Raise `VerificationError` `trust.list-rolled-back` for a list with a lower number, and where one is missing."""
    held = tuple(lists)
    for least in read_numbers(folder):
        got = [one.sequence for one in held if least.is_of(one.territory, one.operator)]
        if not got or min(got) < least.sequence:
            about = {"territory": least.territory, "least": least.sequence, "got": ", ".join(map(str, got)) or "-"}
            raise VerificationError("trust.list-rolled-back", path=folder, **about)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member occurs twice")
    return dict(pairs)


def _least(entry: Any) -> Least:
    if not isinstance(entry, dict) or set(entry) - _MEMBERS:
        raise ValueError("an entry has territory, operator, sequence, and nothing else")
    territory, operator, sequence = entry["territory"], entry.get("operator"), entry["sequence"]
    if not isinstance(territory, str) or not isinstance(operator, str | None):
        raise ValueError("territory and operator are texts")
    if type(sequence) is not int or sequence < 0:  # a bool is no number
        raise ValueError("sequence is a whole number")
    return Least(territory=territory, operator=operator, sequence=sequence)
