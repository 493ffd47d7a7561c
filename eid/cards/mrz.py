"""Machine-readable zone of a travel document or card: ICAO Doc 9303-3 §4.2–4.9, -4 (TD3), -5 (TD1), -6 (TD2).

Every check digit is computed before a field is believed. It finds misreadings, not forgeries: anyone can compute it.
Only a chip whose data group 1 repeats these lines proves them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ..clock import moment, seconds
from ..errors import LimitError, MalformedError
from ..number import PersonalNumber, Sex

MAX_CHARS = 200  # characters of the text, line ends included; the longest zone has 90 characters
OLDEST_EXPIRY_YEARS = 20  # years before `at` in which a document may have expired; older ones are read as to come

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = bytes.maketrans(_ALPHABET + b"<", bytes((*range(36), 0)))  # characters to their values, all at once
_WEIGHTS = (7, 3, 1)
_TEXT = re.compile(r"[A-Z0-9<]+")
_STATE = re.compile(r"[A-Z]<<|[A-Z]{2}<|[A-Z]{3}")
_NAME = re.compile(r"[A-Z][A-Z<]*")
_DAY = re.compile(r"(?:[0-9]{2}|<<){3}")
_LONG_REST = re.compile(r"([A-Z0-9]+)([0-9])(?:<(.*))?")  # rest of a long number, its digit, what follows
_TWELVE_DIGITS = re.compile(r"([0-9]{12})(?:<|$)")


_YearOf = Callable[[int, int, int, date], int]  # two digits of a year, month, day, today → year


class MrzFormat(StrEnum):
    """Size of the document: TD1 is a card (three lines of 30), TD2 is 2 × 36, TD3 is a passport page (2 × 44)."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"


_SHAPES = {90: (MrzFormat.TD1, 30), 72: (MrzFormat.TD2, 36), 88: (MrzFormat.TD3, 44)}  # all characters: format, line
_CODES = {MrzFormat.TD1: "ACI", MrzFormat.TD2: "ACI", MrzFormat.TD3: "P"}  # first letter of the document code


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Mrz:
    """The fields of one machine-readable zone, fillers taken off. `repr` shows the format and the state alone.

    `birth_date` is None where a part of it is unknown (`birth_text` keeps the six characters), `expires` where the
    document states no end, `sex` where it is unspecified. `given_names` is empty where there is one name only.
    """

    format: MrzFormat
    document_code: str
    issuing_state: str
    document_number: str
    nationality: str
    surname: str
    given_names: str
    birth_text: str
    birth_date: date | None
    sex: Sex | None
    expires: date | None
    optional_data: tuple[str, ...]
    name_may_be_cut: bool
    lines: tuple[str, ...]

    @classmethod
    def parse(cls, text: str, *, at: datetime | None = None) -> Mrz:
        """The zone in `text`: its lines, or all characters without line ends, as data group 1 holds them.

        Years have two digits: a birth lies in the last hundred years before `at` (now), an expiry not more than
        `OLDEST_EXPIRY_YEARS` before `at`. Raises `MalformedError` (`mrz.malformed`, `mrz.check-digit` naming the field)
        and `LimitError` (`mrz.too-large`).
        """
        kind, lines = _lines_of(text)
        parts = _FIELDS[kind](lines)
        _check_digits(kind, parts)
        today = moment(seconds(at)).date()
        surname, given_names = _names(parts.names)
        return cls(
            format=kind,
            document_code=_document_code(kind, lines[0][:2]),
            issuing_state=_state(lines[0][2:5], "issuing state", "quốc gia cấp"),
            document_number=_document_number(parts),
            nationality=_state(parts.nationality, "nationality", "quốc tịch"),
            surname=surname,
            given_names=given_names,
            birth_text=parts.birth,
            birth_date=_date(parts.birth, _birth_year, today, "date of birth", "ngày sinh"),
            sex=_sex(parts.sex),
            expires=_date(parts.expiry, _expiry_year, today, "date of expiry", "ngày hết hạn"),
            optional_data=tuple(_optional(parts)),
            name_may_be_cut=not parts.names.endswith("<"),
            lines=lines,
        )

    @property
    def full_name(self) -> str:
        """Surname and given names, as Vietnamese names are written; the zone has no diacritics."""
        return f"{self.surname} {self.given_names}".rstrip()

    @property
    def personal_number(self) -> PersonalNumber | None:
        """The twelve digits that Vietnam writes first into the optional data; None elsewhere or without them."""
        found = _TWELVE_DIGITS.match(self.optional_data[0]) if self.issuing_state == "VNM" else None
        return None if found is None else PersonalNumber(found[1])

    def __repr__(self) -> str:
        return f"Mrz({self.format.value}, {self.issuing_state})"


def check_digit(text: str) -> str:
    """The digit over `text` (ICAO 9303-3 §4.9): weights 7 3 1, letters count from 10, fillers count 0.

    Raises `MalformedError` (`mrz.malformed`) for another character.
    """
    if text and not _TEXT.fullmatch(text):
        raise _malformed("characters other than A-Z, 0-9 and <", "có ký tự ngoài A-Z, 0-9 và <")
    values = text.encode("ascii").translate(_VALUES)
    return str(sum(weight * sum(values[place::3]) for place, weight in enumerate(_WEIGHTS)) % 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """The fields as printed, with fillers and check digits; `composed` is what the composite digit covers."""

    number: str
    number_digit: str
    birth: str
    birth_digit: str
    sex: str
    expiry: str
    expiry_digit: str
    nationality: str
    optional: tuple[str, ...]
    optional_digit: str | None
    composed: str
    composite_digit: str
    names: str


def _td1(lines: tuple[str, ...]) -> _Fields:
    """ICAO 9303-5 §4.2.2."""
    upper, middle, lower = lines
    return _Fields(
        number=upper[5:14],
        number_digit=upper[14],
        birth=middle[:6],
        birth_digit=middle[6],
        sex=middle[7],
        expiry=middle[8:14],
        expiry_digit=middle[14],
        nationality=middle[15:18],
        optional=(upper[15:30], middle[18:29]),
        optional_digit=None,
        composed=upper[5:30] + middle[:7] + middle[8:15] + middle[18:29],
        composite_digit=middle[29],
        names=lower,
    )


def _two_lines(lines: tuple[str, ...]) -> _Fields:
    """ICAO 9303-6 §4.2.2 and 9303-4 §4.2.2: alike but for the optional data, which has a digit of its own in TD3."""
    upper, lower = lines
    passport = len(lower) == 44
    return _Fields(
        number=lower[:9],
        number_digit=lower[9],
        birth=lower[13:19],
        birth_digit=lower[19],
        sex=lower[20],
        expiry=lower[21:27],
        expiry_digit=lower[27],
        nationality=lower[10:13],
        optional=(lower[28:42] if passport else lower[28:35],),
        optional_digit=lower[42] if passport else None,
        composed=lower[:10] + lower[13:20] + lower[21:-1],
        composite_digit=lower[-1],
        names=upper[5:],
    )


_FIELDS = {MrzFormat.TD1: _td1, MrzFormat.TD2: _two_lines, MrzFormat.TD3: _two_lines}


def _lines_of(text: str) -> tuple[MrzFormat, tuple[str, ...]]:
    given: object = text
    if not isinstance(given, str):
        raise _malformed("not text", "không phải văn bản")
    if len(text) > MAX_CHARS:
        raise LimitError("mrz.too-large", limit=MAX_CHARS)
    lines = [line.strip(" \t") for line in text.strip("\r\n").replace("\r\n", "\n").split("\n")]
    joined = "".join(lines)
    if joined and not _TEXT.fullmatch(joined):
        raise _malformed("characters other than A-Z, 0-9 and <", "có ký tự ngoài A-Z, 0-9 và <")
    kind, width = _SHAPES.get(len(joined), (None, 0))
    if kind is None or (len(lines) > 1 and any(len(line) != width for line in lines)):
        raise _malformed("neither 3 lines of 30, 2 of 36 nor 2 of 44", "không phải 3 dòng 30, 2 dòng 36 hay 2 dòng 44")
    return kind, tuple(joined[start : start + width] for start in range(0, len(joined), width))


def _check_digits(kind: MrzFormat, parts: _Fields) -> None:
    number, digit = _number_and_digit(kind, parts)
    _check(number, digit, "document number", "số giấy tờ")
    _check(parts.birth, parts.birth_digit, "date of birth", "ngày sinh")
    _check(parts.expiry, parts.expiry_digit, "date of expiry", "ngày hết hạn")
    if parts.optional_digit is not None and not (parts.optional_digit == "<" and not parts.optional[0].strip("<")):
        _check(parts.optional[0], parts.optional_digit, "optional data", "dữ liệu tùy chọn")
    _check(parts.composed, parts.composite_digit, "whole zone", "toàn bộ vùng")


def _check(field: str, digit: str, which: str, which_vi: str) -> None:
    if check_digit(field) != digit:
        raise MalformedError("mrz.check-digit", which=which, which_vi=which_vi)


def _number_and_digit(kind: MrzFormat, parts: _Fields) -> tuple[str, str]:
    """The document number with its fillers, and its digit: a filler in the digit's place means that the number goes on
    in the optional data and that the digit follows it there (ICAO 9303-5 and -6, §4.2.2 note on long numbers)."""
    if parts.number_digit != "<" or kind is MrzFormat.TD3:
        return parts.number, parts.number_digit
    rest = _LONG_REST.fullmatch(parts.optional[0])
    if rest is None or parts.number.endswith("<"):
        raise MalformedError("mrz.check-digit", which="document number", which_vi="số giấy tờ")
    return parts.number + rest[1], rest[2]


def _document_number(parts: _Fields) -> str:
    long = parts.number_digit == "<"
    rest = _LONG_REST.fullmatch(parts.optional[0]) if long else None
    number = parts.number.rstrip("<") + (rest[1] if rest else "")
    if not number:
        raise _malformed("the document number is empty", "số giấy tờ bị bỏ trống")
    return number


def _optional(parts: _Fields) -> list[str]:
    """The optional data without trailing fillers, and without what a long document number took of it."""
    texts = list(parts.optional)
    rest = _LONG_REST.fullmatch(texts[0]) if parts.number_digit == "<" else None
    if rest is not None:
        texts[0] = rest[3] or ""
    return [text.rstrip("<") for text in texts]


def _document_code(kind: MrzFormat, code: str) -> str:
    if code[0] not in _CODES[kind] or code[1].isdigit():
        raise _malformed(f"not the document code of a {kind.value}", f"mã loại giấy tờ không thuộc {kind.value}")
    return code.rstrip("<")


def _state(field: str, what: str, what_vi: str) -> str:
    if not _STATE.fullmatch(field):
        raise _malformed(f"the {what} is not a code of letters", f"mã {what_vi} không gồm các chữ cái")
    return field.rstrip("<")


def _names(field: str) -> tuple[str, str]:
    """Primary and secondary identifier (ICAO 9303-3 §4.6): two fillers part them, one filler stands for a space."""
    if not _NAME.fullmatch(field):
        raise _malformed("the name is empty or has digits", "họ tên bị bỏ trống hoặc có chữ số")
    primary, _, secondary = field.rstrip("<").partition("<<")
    if "<<" in secondary or secondary.startswith("<"):
        raise _malformed("the name has more than two parts", "họ tên có nhiều hơn hai phần")
    return primary.replace("<", " "), secondary.replace("<", " ")


def _sex(letter: str) -> Sex | None:
    if letter not in "MF<":
        raise _malformed("the sex is not M, F or <", "giới tính không phải M, F hoặc <")
    return {"M": Sex.MALE, "F": Sex.FEMALE}.get(letter)


def _date(field: str, year_of: _YearOf, today: date, what: str, what_vi: str) -> date | None:
    """YYMMDD; None where a part is unknown (fillers, ICAO 9303-3 §4.8)."""
    if not _DAY.fullmatch(field):
        raise _malformed(f"the {what} is not YYMMDD", f"{what_vi} không ở dạng YYMMDD (năm, tháng, ngày)")
    if "<" in field:
        return None
    two_digits, month, day = int(field[:2]), int(field[2:4]), int(field[4:])
    try:
        return date(year_of(two_digits, month, day, today), month, day)
    except ValueError:
        raise _malformed(f"the {what} does not exist in the calendar", f"{what_vi} không có trong lịch") from None


def _birth_year(two_digits: int, month: int, day: int, today: date) -> int:
    year = today.year - (today.year - two_digits) % 100
    return year - 100 if (year, month, day) > (today.year, today.month, today.day) else year


def _expiry_year(two_digits: int, _month: int, _day: int, today: date) -> int:
    oldest = today.year - OLDEST_EXPIRY_YEARS
    return oldest + (two_digits - oldest) % 100


def _malformed(why: str, why_vi: str) -> MalformedError:
    return MalformedError("mrz.malformed", why=why, why_vi=why_vi)
