"""From a chip's data groups to a `Person`: data group 13 of Vietnam first, then 11, then the machine-readable zone."""

from __future__ import annotations

from ..errors import MalformedError
from ..number import DIGITS, PersonalNumber
from ..person import Person
from .countries import two_letters
from .dg11 import PersonalDetails
from .dg13 import VietnameseDetails
from .mrz import Mrz

_EMPTY = VietnameseDetails(fields={})


def person_of(mrz: Mrz, vietnamese: VietnameseDetails | None, details: PersonalDetails | None) -> Person:
    """The person of these data groups. Raises `MalformedError` (`chip.person`, `number.malformed`)."""
    more = vietnamese or _EMPTY
    number = more.text(1) or _number(details) or (mrz.personal_number and mrz.personal_number.value)
    birth_date = more.day(3) or mrz.birth_date
    sex = more.sex or mrz.sex
    if not number:
        raise _missing("personal number", "số định danh")
    if birth_date is None:
        raise _missing("date of birth", "ngày sinh")
    if sex is None:
        raise _missing("sex", "giới tính")
    return Person(
        number=PersonalNumber(number),
        full_name=more.text(2) or mrz.full_name,
        birth_date=birth_date,
        sex=sex,
        nationality=two_letters(mrz.nationality) or mrz.nationality,
        residence=more.text(9),
        place_of_origin=more.text(8),
        old_number=more.text(15),
        card_issued=more.day(11),
        card_expires=more.day(12) or mrz.expires,
    )


def mismatches(mrz: Mrz, vietnamese: VietnameseDetails | None) -> tuple[str, ...]:
    """The fields that data group 13 and the machine-readable zone both have, and that differ."""
    if vietnamese is None:
        return ()
    number = vietnamese.text(1)
    stated = PersonalNumber(number) if number is not None and len(number) == DIGITS and number.isdigit() else number
    pairs: dict[str, tuple[object, object]] = {
        "number": (stated, mrz.personal_number),
        "birth_date": (vietnamese.day(3), mrz.birth_date),
        "sex": (vietnamese.sex, mrz.sex),
        "card_expires": (vietnamese.day(12), mrz.expires),
    }
    return tuple(name for name, (one, other) in pairs.items() if None not in (one, other) and one != other)


def _number(details: PersonalDetails | None) -> str | None:
    number = None if details is None else details.personal_number
    return number if number is not None and len(number) == DIGITS and number.isascii() and number.isdigit() else None


def _missing(which: str, which_vi: str) -> MalformedError:
    return MalformedError("chip.person", which=which, which_vi=which_vi)
