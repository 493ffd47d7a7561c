"""Data group 13 of Vietnamese cards (optional details, ICAO 9303-10 §4.7.13; TT 16/2024/TT-BCA Đ6 leaves the encoding
to the agency): fields by number, as they are met on cards.

    6D { SEQUENCE { INTEGER 1, OID 1.0.10646.1.0.8 (UTF-8), SET OF SEQUENCE { INTEGER number, value } } }

A field that a person does not have is absent. Field 16 (16 hexadecimal digits) is kept, its meaning is not published.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..number import Sex
from .der import PRINTABLE, SEQUENCE, SET, UTF8, DerError, Node, inside, oid, read_oid, read_small, sole
from .lds import group, malformed, text

MAX_FIELDS = 64  # fields; cards have 16
MAX_PARTS = 8  # texts inside one field

NAMES = {
    1: "number",
    2: "full_name",
    3: "birth_date",
    4: "sex",
    5: "nationality",
    6: "ethnicity",
    7: "religion",
    8: "place_of_origin",
    9: "residence",
    10: "identifying_features",
    11: "card_issued",
    12: "card_expires",
    13: "parents",
    14: "spouse",
    15: "old_number",
}
_UTF8_CODING = oid("1.0.10646.1.0.8")
_DAY = re.compile(r"(\d{2})[/.-]?(\d{2})[/.-]?((?:1[89]|2[01])\d{2})", re.ASCII)  # as cards print days
_ISO_DAY = re.compile(r"((?:1[89]|2[01])\d{2})-?(\d{2})-?(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VietnameseDetails:
    """The fields by number, each as its texts (NFC): one, or several for parents (father, mother). `repr` shows nothing
    but the numbers of the fields."""

    fields: Mapping[int, tuple[str, ...]]

    def text(self, number: int) -> str | None:
        """The one text of field `number`; None when it is absent, empty or has several."""
        texts = self.fields.get(number, ())
        return texts[0] if len(texts) == 1 and texts[0] else None

    def day(self, number: int) -> date | None:
        """The date in field `number`; None when it is absent or incomplete (old papers have years alone)."""
        value = self.text(number) or ""
        found = _DAY.fullmatch(value)
        if found is not None:
            year, month, day = found[3], found[2], found[1]
        elif (found := _ISO_DAY.fullmatch(value)) is not None:
            year, month, day = found[1], found[2], found[3]
        else:
            return None
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            return None

    @property
    def sex(self) -> Sex | None:
        """Field 4: Nam or Nữ."""
        try:
            return Sex(self.text(4) or "")
        except ValueError:
            return None

    def named(self) -> dict[str, str | list[str]]:
        """The fields by name, `field-N` for one without; several texts as a list."""
        return {
            NAMES.get(number, f"field-{number}"): texts[0] if len(texts) == 1 else list(texts)
            for number, texts in sorted(self.fields.items())
        }

    def __repr__(self) -> str:
        return f"VietnameseDetails(fields {', '.join(str(number) for number in sorted(self.fields))})"


def read_vietnamese(data: bytes) -> VietnameseDetails:
    """The fields of data group 13, whose file is `data`. Raises `MalformedError` (`chip.malformed`)."""
    try:
        return VietnameseDetails(fields=_fields(data))
    except DerError as e:
        raise malformed(13, e) from None


def _fields(data: bytes) -> dict[int, tuple[str, ...]]:
    parts = inside(data, sole(group(data, 13)))
    if len(parts) != 3 or read_small(data, parts[0]) != 1 or read_oid(data, parts[1]) != _UTF8_CODING:
        raise DerError("not the structure of Vietnamese cards")
    entries = inside(data, parts[2], SET)
    if len(entries) > MAX_FIELDS:
        raise DerError("too many fields")
    found: dict[int, tuple[str, ...]] = {}
    for entry in entries:
        number, *values = inside(data, entry) or [(0, 0, 0, 0)]
        key = read_small(data, number)
        if key in found or len(values) > 1:
            raise DerError("a field stands twice or has several values")
        if values:
            found[key] = _texts(data, values[0])
    return found


def _texts(data: bytes, node: Node) -> tuple[str, ...]:
    nodes = inside(data, node) if node[0] == SEQUENCE else [node]
    if len(nodes) > MAX_PARTS or any(child[0] not in (UTF8, PRINTABLE) for child in nodes):
        raise DerError("a field is not text")
    return tuple(unicodedata.normalize("NFC", text(data, child)) for child in nodes)
