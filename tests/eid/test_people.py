"""Personal numbers, persons, levels and the evidence behind them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import pytest

from eid import (
    AuthenticationLevel,
    EidError,
    Evidence,
    Level,
    MalformedError,
    Person,
    PersonalNumber,
    RefusedError,
    Sex,
    UsageError,
)
from eid.evidence import RULES, VIETNAM, check_evidence, rules_at
from eid.level import check_factors
from eid.places import PROVINCES

from .made import LEVEL_ONE, LEVEL_TWO, NOW, NOW_S, PERSON


def test_number_taken_apart() -> None:
    number = PersonalNumber.parse("001301123456")
    assert (number.place_code, number.place) == ("001", "Hà Nội")
    assert (number.century, number.sex, number.birth_year) == (2000, Sex.FEMALE, 2001)
    assert str(number) == "001301123456"


@pytest.mark.parametrize(
    ("digit", "sex", "year"),
    [("0", "male", 1990), ("1", "female", 1990), ("2", "male", 2090), ("5", "female", 2190), ("9", "female", 2390)],
)
def test_century_and_sex(digit: str, sex: str, year: int) -> None:
    number = PersonalNumber(f"001{digit}90123456")
    assert (number.sex.value, number.birth_year) == (sex, year)


def test_63_provinces_and_no_refusal_for_other_codes() -> None:
    assert len(PROVINCES) == 63
    assert PROVINCES["096"] == "Cà Mau"
    assert PersonalNumber("999090123456").place is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "00109012345",
        "0010901234567",
        " 001090123456",
        "001090123456\n",
        "00109012345x",
        "٠٠١٠٩٠١٢٣٤٥٦",
        "²" * 12,
        None,
        1090123456,
        b"001090123456",
    ],
)
def test_what_is_no_number(text: Any) -> None:
    with pytest.raises(MalformedError) as caught:
        PersonalNumber(text)
    assert caught.value.code == "number.malformed"


def test_number_and_person_hide_in_repr() -> None:
    for shown in (repr(PERSON), repr(PERSON.number), str(PERSON), f"{PERSON}", repr([PERSON])):
        assert "001090123456" not in shown
        assert "Nguyễn" not in shown
        assert "Cửa Nam" not in shown
    with pytest.raises(MalformedError) as caught:
        PersonalNumber("0010901234567")
    assert "0010901234567" not in str(caught.value)


def test_the_claims_of_an_identity_make_a_person_again() -> None:
    """They are a read-only mapping, no dict."""
    assert Person.from_claims(MappingProxyType(PERSON.to_claims())) == PERSON


def test_person_claims_come_back() -> None:
    assert Person.from_claims(PERSON.to_claims()) == PERSON
    assert PERSON.to_claims()["nationalities"] == ["VN"]


def test_person_normalises_to_nfc() -> None:
    person = Person(number="001090123456", full_name="Nguyê\u0303n", birth_date=date(1990, 1, 1), sex="Nam")
    assert person.full_name == "Nguyễn"
    assert person.sex is Sex.MALE
    assert person.sex.vietnamese == "Nam"


@pytest.mark.parametrize(
    "fields",
    [
        {"full_name": ""},
        {"full_name": "  "},
        {"full_name": "A\nB"},
        {"full_name": "A\u202eB"},
        {"full_name": "A" * 400},
        {"full_name": 5},
        {"full_name": "\ud800"},
        {"sex": "x"},
        {"sex": None},
        {"birth_date": "1990-01-01"},
        {"birth_date": datetime(1990, 1, 1, tzinfo=UTC)},
        {"nationality": "vn"},
        {"nationality": "Việt Nam"},
        {"nationality": None},
        {"number": 5},
        {"residence": ""},
        {"card_issued": "yesterday"},
    ],
)
def test_what_is_no_person(fields: dict[str, Any]) -> None:
    good: dict[str, Any] = {"number": "001090123456", "full_name": "A", "birth_date": date(1990, 1, 1), "sex": "male"}
    Person(**good)
    with pytest.raises(MalformedError):
        Person(**{**good, **fields})


@pytest.mark.parametrize(
    "change",
    [
        {"birthdate": "1990-1-1"},
        {"birthdate": "19900101"},
        {"nationalities": []},
        {"nationalities": ["VN", "US"]},
        {"admin": True},
        {"name": ...},
    ],
)
def test_claims_that_are_no_person(change: dict[str, Any]) -> None:
    claims = {k: v for k, v in {**PERSON.to_claims(), **change}.items() if v is not ...}
    with pytest.raises(MalformedError):
        Person.from_claims(claims)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"birthdate": ...}, "birthdate of the person is not usable: missing"),
        ({"birthdate": "17/05/1990"}, "birthdate of the person is not usable: not a date YYYY-MM-DD"),
        ({"birth_date": "1990-05-17"}, "birth_date of the person is not usable: not one of name, birthdate, gender"),
    ],
)
def test_an_error_names_the_member_as_the_file_does(change: dict[str, Any], said: str) -> None:
    claims = {k: v for k, v in {**PERSON.to_claims(), **change}.items() if v is not ...}
    with pytest.raises(MalformedError) as caught:
        Person.from_claims(claims)
    assert caught.value.text.startswith(said)
    assert "not one of" not in caught.value.text_vi


def test_a_number_that_disagrees_is_a_warning() -> None:
    assert PERSON.mismatches == ()
    other = Person(number="001190123456", full_name="A", birth_date=date(1991, 1, 1), sex="male")
    assert other.mismatches == ("sex", "birth_date")


def test_levels_are_closed_sets_in_total_order() -> None:
    for kind in (Level, AuthenticationLevel):
        members = list(kind)
        assert all(a < b and b > a and a <= b and b >= a and not b < a for a, b in pairwise(members))
        assert [kind.parse(m.value) for m in members] == members
        assert [kind.numbered(n) for n in range(1, len(members) + 1)] == members
        assert sorted(set(members)) == members
    assert str(Level.TWO) == "level-2"


def test_the_two_kinds_of_level_do_not_compare() -> None:
    with pytest.raises(TypeError):
        _ = Level.ONE < AuthenticationLevel.TWO  # type: ignore[operator]
    assert Level.ONE != AuthenticationLevel.ONE
    assert Level.ONE != 1


@pytest.mark.parametrize("text", ["level-3", "Level-1", "1", 1, True, None, "", "auth-level-1", "level-1 "])
def test_unknown_levels(text: Any) -> None:
    for parse in (Level.parse, Level.numbered):
        if not (parse == Level.numbered and text == 1 and text is not True):
            with pytest.raises(MalformedError) as caught:
                parse(text)
            assert caught.value.code == "level.unknown"


def evidence(*kinds: str, method: str = "in-person", time: datetime = NOW) -> list[Evidence]:
    return [Evidence(kind=kind, method=method, time=time) for kind in kinds]


def test_what_each_level_needs() -> None:
    rules, last = check_evidence(Level.TWO, LEVEL_TWO, NOW_S)
    assert rules.name == "nd-69-2024"
    assert last is LEVEL_TWO[0]
    check_evidence(Level.ONE, LEVEL_ONE, NOW_S)
    check_evidence(Level.TWO, evidence("passport", "face", "fingerprint"), NOW_S)
    check_evidence(Level.TWO, evidence("card", "face", "fingerprint", "iris", "voice"), NOW_S)


@pytest.mark.parametrize(
    ("level", "kinds"),
    [
        (Level.ONE, ()),
        (Level.ONE, ("number", "sim")),
        (Level.ONE, ("number", "face")),
        (Level.ONE, ("sim", "face")),
        (Level.TWO, ()),
        (Level.TWO, ("number", "sim", "face")),
        (Level.TWO, ("chip", "face")),
        (Level.TWO, ("chip", "fingerprint")),
        (Level.TWO, ("face", "fingerprint")),
        (Level.TWO, ("chip", "iris", "voice")),
    ],
)
def test_evidence_that_is_not_enough(level: Level, kinds: tuple[str, ...]) -> None:
    with pytest.raises(RefusedError) as caught:
        check_evidence(level, evidence(*kinds), NOW_S)
    assert caught.value.code == "evidence.missing"


def test_level_two_is_in_person() -> None:
    near = evidence("chip", "face")
    with pytest.raises(RefusedError) as caught:
        check_evidence(Level.TWO, [*near, *evidence("fingerprint", method="app")], NOW_S)
    assert caught.value.code == "evidence.remote"
    check_evidence(Level.ONE, evidence("number", "sim", "face", method="app"), NOW_S)


def test_rules_are_chosen_by_the_day_in_vietnam() -> None:
    last_day = datetime(2024, 6, 30, 23, 59, 59, tzinfo=VIETNAM)
    assert rules_at(int(last_day.timestamp())).name == "nd-59-2022"
    assert rules_at(int(last_day.timestamp()) + 1).name == "nd-69-2024"
    old = evidence("chip", "face", "fingerprint", time=last_day)
    assert check_evidence(Level.TWO, old, NOW_S)[0].name == "nd-59-2022"
    with pytest.raises(RefusedError) as caught:
        check_evidence(Level.TWO, evidence("chip", "face", "fingerprint", time=datetime(2020, 1, 1, tzinfo=UTC)), NOW_S)
    assert caught.value.code == "evidence.no-rule"


def test_rules_do_not_overlap_and_have_no_gap() -> None:
    for newer, older in pairwise(RULES):
        assert newer.from_s == older.until_s


def test_evidence_of_tomorrow() -> None:
    with pytest.raises(RefusedError) as caught:
        check_evidence(Level.TWO, evidence("chip", "face", "fingerprint", time=NOW + timedelta(days=1)), NOW_S)
    assert caught.value.code == "evidence.future"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "dna"},
        {"kind": None},
        {"kind": "FACE"},
        {"method": ""},
        {"method": 5},
        {"method": "x" * 100},
        {"method": "a\0b"},
        {"time": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"time": "2026-01-01"},
        {"time": datetime.max.replace(tzinfo=VIETNAM.__class__(timedelta(hours=-5)))},
        {"office": ""},
    ],
)
def test_what_is_no_evidence(fields: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        Evidence(**{"kind": "face", "method": "in-person", "time": NOW, **fields})


def test_evidence_claims_come_back() -> None:
    for item in LEVEL_TWO:
        assert Evidence.from_claim(item.to_claim()) == item


@pytest.mark.parametrize("given", ["face", [1], LEVEL_TWO * 8, {"a": 1}, None])
def test_evidence_is_a_list_of_evidence(given: Any) -> None:
    with pytest.raises(UsageError):
        check_evidence(Level.TWO, given, NOW_S)


@pytest.mark.parametrize(
    ("level", "methods", "enough"),
    [
        (1, ("pwd",), True),
        (1, (), False),
        (1, ("geo",), False),
        (2, ("pwd", "otp"), True),
        (2, ("pwd", "pin"), False),
        (3, ("pwd", "face"), True),
        (3, ("pwd", "otp"), False),
        (3, ("face", "fpt"), False),
        (4, ("pin", "hwk", "face"), True),
        (4, ("pin", "hwk"), False),
        (4, ("hwk", "face"), False),
        (4, ("qr", "sc", "iris"), True),
    ],
)
def test_factors_of_a_login(level: int, methods: tuple[str, ...], enough: bool) -> None:
    wanted = AuthenticationLevel.numbered(level)
    if enough:
        assert check_factors(wanted, methods) == methods
        return
    with pytest.raises(RefusedError) as caught:
        check_factors(wanted, methods)
    assert caught.value.code == "factors.insufficient"


@pytest.mark.parametrize("methods", [[1], [None], [["pwd"]], ["x" * 99], ["pwd"] * 11, ["\n"]])
def test_methods_that_are_no_words(methods: list[Any]) -> None:
    with pytest.raises(EidError):
        check_factors(AuthenticationLevel.ONE, methods)
