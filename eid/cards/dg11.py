"""Data group 11, additional personal details (ICAO 9303-10 §4.7.11). Vietnamese cards have none: see `dg13`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .der import DerError, Node, children
from .lds import group, malformed, text

MAX_NAMES = 16  # other names

_OTHER_NAMES, _OTHER_NAME, _TAG_LIST = 0xA0, 0x5F0F, 0x5C
_FIELDS = {
    0x5F0E: "full_name",
    0x5F10: "personal_number",
    0x5F2B: "birth",
    0x5F11: "birth_place",
    0x5F42: "address",
    0x5F12: "telephone",
    0x5F13: "profession",
    0x5F14: "title",
    0x5F15: "summary",
    0x5F18: "custody",
}
_DAY = re.compile(r"(?:1[89]|2[01])[0-9]{2}(?:0[0-9]|1[0-2])(?:[0-2][0-9]|3[01])")  # 00 where a part is unknown
_SKIPPED = frozenset({_TAG_LIST, 0x5F16, 0x5F17})  # tag list, picture of a proof of citizenship, other documents


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PersonalDetails:
    """What stands there, as text; None for what does not. `birth` is YYYYMMDD, `full_name` as in the machine-readable
    zone (fillers kept) but with every letter that the issuer chose. `repr` shows nothing."""

    full_name: str | None = None
    personal_number: str | None = None
    birth: str | None = None
    birth_place: str | None = None
    address: str | None = None
    telephone: str | None = None
    profession: str | None = None
    title: str | None = None
    summary: str | None = None
    custody: str | None = None
    other_names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "PersonalDetails()"


def read_details(data: bytes) -> PersonalDetails:
    """The details in data group 11, whose file is `data`. Raises `MalformedError` (`chip.malformed`)."""
    try:
        found: dict[str, str] = {}
        others: tuple[str, ...] = ()
        for node in group(data, 11):
            if node[0] in _SKIPPED:
                continue
            if node[0] == _OTHER_NAMES:
                others = _names(data, node)
                continue
            name = _FIELDS.get(node[0])
            if name is None or name in found:
                raise DerError("a field is unknown or stands twice")
            found[name] = _birth(data, node) if name == "birth" else text(data, node)
    except DerError as e:
        raise malformed(11, e) from None
    return PersonalDetails(**found, other_names=others)


def _birth(data: bytes, node: Node) -> str:
    """Eight digits, or the same packed into four bytes, as older chips have it."""
    packed = data[node[2] : node[3]]
    value = packed.hex() if len(packed) == 4 else text(data, node)
    if not _DAY.fullmatch(value):
        raise DerError("the date of birth is not YYYYMMDD")
    return value


def _names(data: bytes, node: Node) -> tuple[str, ...]:
    found = [child for child in children(data, node[2], node[3]) if child[0] == _OTHER_NAME]
    if len(found) > MAX_NAMES:
        raise DerError("too many other names")
    return tuple(text(data, child) for child in found)
