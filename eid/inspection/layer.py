"""One layer of something inspected: what it says, marked unverified, and what lies inside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from ..errors import EidError
from ..notice import Notice
from ..number import DIGITS

MAX_SHOWN_CHARS = 300  # characters of one text that are shown
MAX_SHOWN_BYTES = 32  # bytes of one value that are shown, in hexadecimal
MAX_SHOWN_ITEMS = 64  # elements or members of one value that are shown
MAX_SHOWN_DEPTH = 16  # objects and arrays inside each other that are shown

_NUMBER_NAMES = frozenset({"personal_number", "old_number", "document_number", "number"})
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{12}|[0-9]{9})(?![0-9A-Za-z])")  # a personal number, or one of before
_KEPT = 3  # digits at either end of a masked number

Reader = Callable[[], Any]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Inspection:
    """What something says, layer by layer. Nothing of it is proven: `unverified` is always True.

    `kind` is a stable word, `title` the same in both languages; `facts` are JSON values, long ones cut; `problem` is
    why a part could not be read; `layers` are what lies inside. `repr` shows kinds alone.
    """

    unverified: ClassVar[bool] = True

    title: Notice
    facts: Mapping[str, Any] = field(default_factory=dict)
    problem: Notice | None = None
    layers: tuple[Inspection, ...] = ()

    @property
    def kind(self) -> str:
        """`identity`, `credential`, `disclosure`, `status-list`, `counter-code`, `card-qr`, `unknown` and so on."""
        return self.title.code.removeprefix("inspect.")

    def to_dict(self) -> dict[str, Any]:
        """The answer of `eid inspect --json`."""
        return {
            "kind": self.kind,
            "text": self.title.text,
            "text_vi": self.title.text_vi,
            "unverified": self.unverified,
            "facts": dict(self.facts),
            "problem": None if self.problem is None else self.problem.to_dict(),
            "layers": [layer.to_dict() for layer in self.layers],
        }

    def __repr__(self) -> str:
        return f"Inspection({self.kind!r}, layers={list(self.layers)!r}, unverified=True)"


def build(
    title: Notice, readers: Mapping[str, Reader], layers: tuple[Inspection, ...] = (), *, show_numbers: bool
) -> Inspection:
    """A layer of what `readers` give by name; the first that fails is its problem, the others still count."""
    facts, problem = {}, None
    for name, read in readers.items():
        try:
            value = read()
        except EidError as e:
            problem = problem or problem_of(e)
        else:
            if value is not None and value != () and value != {}:
                facts[name] = shown(value, name=name, show_numbers=show_numbers)
    return Inspection(title=title, facts=facts, problem=problem, layers=layers)


def problem_of(error: EidError) -> Notice:
    """What an error says, as a remark."""
    return Notice(error.code, error.text, error.text_vi)


def shown(value: Any, *, name: str = "", show_numbers: bool, depth: int = 0) -> Any:
    """`value` as bounded JSON: long texts cut, bytes in hexadecimal, personal numbers masked unless asked for."""
    if isinstance(value, str):
        return _text(value, name, show_numbers)
    if value is None or isinstance(value, bool | int | float):
        hidden = name in _NUMBER_NAMES and isinstance(value, int) and not show_numbers
        return _text(str(value), name, show_numbers) if hidden else value
    if isinstance(value, bytes):
        return value[:MAX_SHOWN_BYTES].hex() + (f"… ({len(value)} bytes)" if len(value) > MAX_SHOWN_BYTES else "")
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if not isinstance(value, Mapping | list | tuple):
        return str(value)
    if depth >= MAX_SHOWN_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        items = list(value.items())[:MAX_SHOWN_ITEMS]
        members = {
            _text(str(k), "", show_numbers): shown(v, name=str(k), show_numbers=show_numbers, depth=depth + 1)
            for k, v in items
        }
        return members | ({"…": len(value)} if len(value) > MAX_SHOWN_ITEMS else {})
    elements = [shown(v, name=name, show_numbers=show_numbers, depth=depth + 1) for v in value[:MAX_SHOWN_ITEMS]]
    return elements + ([f"… ({len(value)})"] if len(value) > MAX_SHOWN_ITEMS else [])


def _text(text: str, name: str, show_numbers: bool) -> str:
    if not show_numbers:
        text = mask(text) if name in _NUMBER_NAMES else _NUMBER.sub(lambda found: mask(found[0]), text)
    if len(text) > MAX_SHOWN_CHARS:
        text = f"{text[:MAX_SHOWN_CHARS]}… ({len(text)} characters)"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def mask(number: str) -> str:
    """The last three characters of a number, of a personal number also the first three; a short one disappears."""
    if len(number) <= _KEPT:
        return "*" * len(number)
    first = number[:_KEPT] if len(number) == DIGITS else "***"
    return f"{first}******{number[-_KEPT:]}"
