"""The QR code on the back of a Vietnamese identity card, as seen in practice (TT 16/2024/TT-BCA names its contents).

    number | old number | full name | born DDMMYYYY | Nam/Nữ | residence | issued DDMMYYYY      chip CCCD, from 2021
    … and four fields more, empty on an adult's card                                            căn cước, from 1/7/2024

The text is unsigned and has no check digit: it proves nothing, however well it reads. Fields are kept by their place,
empty ones too. What stands in fields 8 to 11 is published nowhere: a cancelled number and the parents' names occur.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import IntEnum
from typing import Any, ClassVar

from ..clock import moment, seconds
from ..errors import EidError, LimitError, MalformedError
from ..notice import Notice, notice
from ..number import PersonalNumber, Sex
from ..person import MAX_TEXT_CHARS, Person
from ..scan import ScannedCode, scan, scan_frame
from .mojibake import repair, same_name

MAX_CHARS = 2_953  # characters of the text; the bytes of the largest QR code (ISO/IEC 18004, version 40-L)

_VIETNAM = timezone(timedelta(hours=7))
_NAMES = ("number", "old_number", "full_name", "birth_date", "sex", "residence", "issued")
_OLD_DIGITS = 9  # of a CMND
_OLD_NUMBER = re.compile(r"(?:[0-9]{9}|[0-9]{12})?")
_DDMMYYYY = re.compile(r"[0-9]{8}")
_SEXES = {"nam": Sex.MALE, "nữ": Sex.FEMALE}


class CardForm(IntEnum):
    """Which card the code stands on, by the number of its fields."""

    CCCD_2021 = 7
    CAN_CUOC_2024 = 11


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CardQR:
    """What a card's QR code says, unproven. `repr` shows form and masked number alone.

    `old_number` and `residence` are "" where the card leaves them empty; `tail` is fields 8 to 11 as they stand.
    `repaired_from` names the table that a reader had decoded the text with (None: nothing was repaired).
    """

    signed: ClassVar[bool] = False

    form: CardForm
    number: PersonalNumber
    old_number: str
    full_name: str
    birth_date: date
    sex: Sex
    residence: str
    issued: date
    tail: tuple[str, ...] = ()
    repaired_from: str | None = None
    warnings: tuple[Notice, ...] = field(default=(), compare=False)

    @classmethod
    def parse(cls, text: str, *, at: datetime | None = None) -> CardQR:
        """The card of a QR code's text; `at` (now) is what the dates are compared with, in Vietnam's time.

        Raises `MalformedError` (`card.malformed`, `card.field`, `number.malformed`), `LimitError` (`card.too-large`).
        """
        given: object = text
        if not isinstance(given, str):
            raise _malformed("not text", "không phải văn bản")
        if len(text) > MAX_CHARS:
            raise LimitError("card.too-large", limit=MAX_CHARS)
        meant, table = repair(text.rstrip("\r\n"))
        if not meant.isprintable():
            raise _malformed("control characters or half a character", "có ký tự điều khiển hoặc ký tự hỏng")
        fields = meant.split("|")
        if len(fields) not in (CardForm.CCCD_2021, CardForm.CAN_CUOC_2024):
            raise _malformed(
                f"{len(fields)} fields instead of 7 or 11", f"có {len(fields)} trường, không phải 7 hoặc 11"
            )
        values = _values(fields)
        today = moment(seconds(at)).astimezone(_VIETNAM).date()
        return cls(**values, repaired_from=table, warnings=tuple(_warnings(values, table, today)))

    @classmethod
    def scan(
        cls,
        source: Any,
        *,
        size: tuple[int, int] | None = None,
        password: str | None = None,
        at: datetime | None = None,
    ) -> CardQR:
        """The one card whose QR code stands on a picture or PDF (path or bytes) or a camera frame (extra `scan`).

        A frame is an array of 8-bit pixels, height × width or height × width × 3 or 4, or bytes with `size` = (width,
        height). Raises as `eid.scan.scan` and `parse` do, and `MalformedError`: `card.not-found`, `card.several`.
        """
        is_file = isinstance(source, str | os.PathLike) or (isinstance(source, bytes) and size is None)
        codes = scan(source, password=password) if is_file else scan_frame(source, size=size)
        return cls.choose(codes, at=at)

    @classmethod
    def choose(cls, codes: tuple[ScannedCode, ...], *, at: datetime | None = None) -> CardQR:
        """The one card among scanned codes; a card printed on both sides of a copy counts once."""
        found: dict[str, CardQR] = {}
        broken: list[EidError] = []
        for code in codes:
            try:
                found[code.text.rstrip("\r\n")] = cls.parse(code.text, at=at)
            except MalformedError as e:
                broken.append(e)
        if len(set(found.values())) > 1:
            raise MalformedError("card.several")
        if found:
            return next(iter(found.values()))
        if len(broken) == 1:
            raise broken[0]
        raise MalformedError("card.not-found", count=len(codes))

    @property
    def proves(self) -> Notice:
        """That the code proves nothing (`card.unsigned`), to be shown beside whatever it says."""
        return notice("card.unsigned")

    @property
    def repaired(self) -> bool:
        """Whether the text had been decoded with a wrong table and was put right."""
        return self.repaired_from is not None

    def to_person(self) -> Person:
        """The fields as a `Person`, as unproven as they were. Raises `MalformedError` (`person.malformed`)."""
        return Person(
            number=self.number,
            full_name=self.full_name,
            birth_date=self.birth_date,
            sex=self.sex,
            residence=self.residence.strip() or None,
            old_number=self.old_number or None,
            card_issued=self.issued,
        )

    def is_named(self, name: str) -> bool:
        """Whether `name` is the card's but for accents, case, apostrophes and spaces, as a chip or bank writes it."""
        return same_name(self.full_name, name)

    def guesses(self) -> dict[str, str]:
        """Names for fields 8 to 11 by what they look like: a guess, to be shown as one and to decide nothing."""
        numbers = [text for text in self.tail if text.isascii() and text.isdigit()]
        names = [text for text in self.tail if text and text not in numbers]
        guessed = dict(zip(("cancelled_number",), numbers, strict=False))
        return guessed | dict(zip(("father", "mother"), names, strict=False))

    def to_dict(self, *, show_number: bool = False) -> dict[str, Any]:
        """The fields for JSON, dates as YYYY-MM-DD; the numbers are masked unless asked for."""
        return {
            "signed": self.signed,
            "form": self.form.name.lower(),
            "number": self.number.value if show_number else self.number.masked,
            "old_number": self.old_number if show_number else _masked(self.old_number),
            "full_name": self.full_name,
            "birth_date": self.birth_date.isoformat(),
            "sex": self.sex.value,
            "residence": self.residence,
            "issued": self.issued.isoformat(),
            "tail": [text if show_number or not text.isdigit() else _masked(text) for text in self.tail],
            "repaired_from": self.repaired_from,
            "warnings": [each.to_dict() for each in self.warnings],
            "proves": self.proves.to_dict(),
        }

    def __repr__(self) -> str:
        return f"CardQR({self.form.name}, {self.number.masked!r})"


def _values(fields: list[str]) -> dict[str, Any]:
    number, old_number, full_name, born, sex, residence, issued = fields[: len(_NAMES)]
    for name, text in zip(_NAMES, fields, strict=False):
        if len(text) > MAX_TEXT_CHARS:
            raise _field(name, f"longer than {MAX_TEXT_CHARS} characters", f"dài quá {MAX_TEXT_CHARS} ký tự")
    if not full_name.strip():
        raise _field("full_name", "empty", "bị bỏ trống")
    if sex.casefold() not in _SEXES:
        raise _field("sex", "neither Nam nor Nữ", "không phải Nam hoặc Nữ")
    return {
        "form": CardForm(len(fields)),
        "number": PersonalNumber(number),
        "old_number": old_number,
        "full_name": full_name,
        "birth_date": _date("birth_date", born),
        "sex": _SEXES[sex.casefold()],
        "residence": residence,
        "issued": _date("issued", issued),
        "tail": tuple(fields[len(_NAMES) :]),
    }


def _date(name: str, text: str) -> date:
    try:
        if _DDMMYYYY.fullmatch(text):
            return date(int(text[4:]), int(text[2:4]), int(text[:2]))
    except ValueError:
        pass
    raise _field(name, "not a date DDMMYYYY", "không phải ngày ở dạng DDMMYYYY (ngày, tháng, năm)")


def _warnings(values: dict[str, Any], table: str | None, today: date) -> list[Notice]:
    number: PersonalNumber = values["number"]
    born, issued = values["birth_date"], values["issued"]
    differ = number.mismatches(values["sex"], born)
    rules = (
        (table is not None, notice("card.repaired", table=table)),
        (not _OLD_NUMBER.fullmatch(values["old_number"]), notice("card.old-number")),
        ("sex" in differ, notice("card.number-sex")),
        ("birth_date" in differ, notice("card.number-birth")),
        (born > today, notice("card.birth-future")),
        (issued < born, notice("card.issued-before-birth")),
        (issued > today, notice("card.issued-future")),
    )
    return [*number.notices(today), *(each for holds, each in rules if holds)]


def _masked(number: str) -> str:
    """The first and last two characters; nothing of a number that is shorter than the old ones were."""
    return f"{number[:2]}******{number[-2:]}" if len(number) >= _OLD_DIGITS else "*" * len(number)


def _malformed(why: str, why_vi: str) -> MalformedError:
    return MalformedError("card.malformed", why=why, why_vi=why_vi)


def _field(name: str, why: str, why_vi: str) -> MalformedError:
    return MalformedError("card.field", field=name, why=why, why_vi=why_vi)
