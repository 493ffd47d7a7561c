"""What a personal number says otherwise than its holder's papers; foreigners' numbers are another series."""

from __future__ import annotations

from datetime import date

import pytest

from eid import Person, PersonalNumber, Sex

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("sex", "born", "expected"),
    [
        (Sex.MALE, date(1990, 1, 1), ()),
        (Sex.FEMALE, date(1990, 1, 1), ("sex",)),
        (Sex.MALE, date(1991, 1, 1), ("birth_date",)),
        (Sex.FEMALE, date(2090, 1, 1), ("sex", "birth_date")),
    ],
)
def test_what_the_number_says_otherwise(sex, born, expected):
    assert PersonalNumber("001090123456").mismatches(sex, born) == expected


def test_a_foreigners_number_is_not_compared_nor_refused_for_its_parts():
    known = {"full_name": "Kiểm Thử", "birth_date": date(1985, 5, 5), "sex": "female"}
    for nationality in ("KR", "KOR"):
        person = Person(number="900123456789", nationality=nationality, **known)
        assert person.mismatches == ()
    assert Person(number="900123456789", **known).mismatches == ("birth_date",)


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("001090123456", set()),
        ("001226123456", set()),
        ("001227123456", {"number.future"}),
        ("999090123456", {"number.place"}),
        ("999990123456", {"number.place", "number.future"}),
    ],
)
def test_notices_tell_what_the_digits_do_not(number, codes):
    notices = PersonalNumber(number).notices(TODAY)
    assert {each.code for each in notices} == codes
    assert all(number not in each.text + each.text_vi for each in notices)
    assert all(set(each.to_dict()) == {"code", "text", "text_vi"} for each in notices)
