"""The personal identification number (số định danh cá nhân): Luật Căn cước 2023 Đ12; TT 59/2021/TT-BCA Đ4.

`PPP G YY RRRRRR`: place of birth registration, century and sex, birth year, six random digits. There is no check
digit, so a well-formed number says nothing about whether it was ever issued. A foreigner's number is another series of
twelve digits (NĐ 69/2024 Đ5 k2) whose parts are not published: nothing that is read out of it may be relied on.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .errors import MalformedError
from .notice import Notice, notice
from .places import PROVINCES

DIGITS = 12


class Sex(StrEnum):
    """`male` or `female` (OIDC Core 1.0 §5.1); also found as Nam, Nữ, M, F, in capitals or not."""

    MALE = "male"
    FEMALE = "female"

    @classmethod
    def _missing_(cls, value: object) -> Sex | None:
        words = {"male": cls.MALE, "nam": cls.MALE, "m": cls.MALE}
        words |= {"female": cls.FEMALE, "nữ": cls.FEMALE, "f": cls.FEMALE}
        return words.get(unicodedata.normalize("NFC", value).casefold()) if isinstance(value, str) else None

    @property
    def vietnamese(self) -> str:
        """Nam or Nữ."""
        return "Nam" if self is Sex.MALE else "Nữ"


@dataclass(frozen=True, slots=True, order=True, repr=False)
class PersonalNumber:
    """Twelve ASCII digits, taken apart. `repr` hides most of them; `str` and `value` give them all.

    Raises `MalformedError` (`number.malformed`) for anything but exactly twelve digits.
    """

    value: str

    def __post_init__(self) -> None:
        text: object = self.value
        if not isinstance(text, str):
            raise MalformedError("number.malformed", why="not text")
        if len(text) != DIGITS:
            raise MalformedError("number.malformed", why=f"{len(text)} characters")
        if not (text.isascii() and text.isdigit()):
            raise MalformedError("number.malformed", why="other characters than 0-9")

    @classmethod
    def parse(cls, text: str) -> PersonalNumber:
        """The number in `text`; surrounding white space is not forgiven."""
        return cls(text)

    @property
    def place_code(self) -> str:
        """Three digits: the province, or country, where the birth was registered."""
        return self.value[:3]

    @property
    def place(self) -> str | None:
        """The province's name before the mergers of 2025; None for a country or a later code."""
        return PROVINCES.get(self.place_code)

    @property
    def century(self) -> int:
        """The first year of the birth century: 1900, 2000 … 2300."""
        return 1900 + 100 * (int(self.value[3]) // 2)

    @property
    def sex(self) -> Sex:
        """Even century digits are male, odd ones female."""
        return Sex.FEMALE if int(self.value[3]) % 2 else Sex.MALE

    @property
    def birth_year(self) -> int:
        """Four digits, from the century digit and the two year digits."""
        return self.century + int(self.value[4:6])

    @property
    def masked(self) -> str:
        """First and last three digits, as reports show numbers."""
        return f"{self.value[:3]}******{self.value[-3:]}"

    def mismatches(self, sex: Sex, born: date) -> tuple[str, ...]:
        """What the number says otherwise about its holder: `sex`, `birth_date`.

        Meant for citizens. Never a refusal: numbers are not re-issued on every correction.
        """
        found = []
        if self.sex is not sex:
            found.append("sex")
        if self.birth_year != born.year:
            found.append("birth_date")
        return tuple(found)

    def notices(self, today: date) -> tuple[Notice, ...]:
        """What a person should know before relying on the number: `number.place`, `number.future`."""
        found = []
        if self.place is None:
            found.append(notice("number.place"))
        if self.birth_year > today.year:
            found.append(notice("number.future"))
        return tuple(found)

    def __str__(self) -> str:
        return self.value

    def __repr__(self) -> str:
        return f"PersonalNumber({self.masked!r})"
