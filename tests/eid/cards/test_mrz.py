"""ICAO 9303: its own examples, every check digit, the two-digit years, and nothing but our errors for other text."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid import EidError, MalformedError, PersonalNumber, Sex
from eid.cards.mrz import MAX_CHARS, Mrz, MrzFormat, check_digit

from .made_mrz import td1, td1_long, td3

AT = datetime(2026, 11, 21, tzinfo=UTC)

# the examples of ICAO 9303-4 appendix B, -5 appendix B (a usual and a long number) and -6 appendix B
ICAO_TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
ICAO_LONG = "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<"
ICAO_TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
ICAO_TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


def refusal(text: str, at: datetime = AT) -> MalformedError:
    with pytest.raises(MalformedError) as refused:
        Mrz.parse(text, at=at)
    return refused.value


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        (ICAO_TD1, MrzFormat.TD1, "D23145890"),
        (ICAO_TD2, MrzFormat.TD2, "D23145890"),
        (ICAO_TD3, MrzFormat.TD3, "L898902C3"),
    ],
)
def test_the_examples_of_icao_9303(text, kind, number):
    mrz = Mrz.parse(text, at=AT)
    assert (mrz.format, mrz.document_number, mrz.issuing_state, mrz.nationality) == (kind, number, "UTO", "UTO")
    assert (mrz.surname, mrz.given_names, mrz.full_name) == ("ERIKSSON", "ANNA MARIA", "ERIKSSON ANNA MARIA")
    assert (mrz.birth_date, mrz.sex, mrz.expires) == (date(1974, 8, 12), Sex.FEMALE, date(2012, 4, 15))
    assert mrz == Mrz.parse(text.replace("\n", ""), at=AT) == Mrz.parse(text.replace("\n", "\r\n") + "\n", at=AT)


def test_a_long_document_number_of_td1_goes_on_in_the_optional_data():
    mrz = Mrz.parse(ICAO_LONG, at=AT)
    assert (mrz.document_number, mrz.optional_data) == ("D23145890734", ("", ""))
    assert Mrz.parse(td1_long("D23145890734", rest="AB<C"), at=AT).optional_data[0] == "AB<C"
    assert refusal(ICAO_LONG.replace("7349", "7348")).details["which"] == "document number"


def test_a_filler_for_the_digit_without_a_rest_is_no_long_number():
    upper, middle, lower = td1(state="UTO", optional="").split("\n")
    broken = "\n".join((upper[:14] + "<" + upper[15:], middle, lower))
    assert refusal(broken).code == "mrz.check-digit"


def test_a_vietnamese_card_has_its_personal_number_in_the_optional_data():
    mrz = Mrz.parse(td1(), at=AT)
    assert mrz.personal_number == PersonalNumber("001090123456")
    assert (mrz.full_name, mrz.document_code, mrz.expires) == ("NGUYEN VAN A", "ID", date(2030, 1, 1))
    assert Mrz.parse(td3(), at=AT).personal_number == PersonalNumber("001190654321")
    assert Mrz.parse(td3(optional="123456789"), at=AT).personal_number is None  # an older passport
    assert Mrz.parse(td3(state="UTO"), at=AT).personal_number is None


@pytest.mark.parametrize(
    ("line", "place", "which"),
    [
        (0, 5, "document number"),
        (0, 14, "document number"),
        (1, 0, "date of birth"),
        (1, 6, "date of birth"),
        (1, 8, "date of expiry"),
        (1, 14, "date of expiry"),
        (0, 17, "whole zone"),
        (1, 29, "whole zone"),
    ],
)
def test_the_error_says_which_check_digit_failed(line, place, which):
    lines = td1().split("\n")
    digit = "1" if lines[line][place] != "1" else "2"
    lines[line] = lines[line][:place] + digit + lines[line][place + 1 :]
    refused = refusal("\n".join(lines))
    assert (refused.code, refused.details["which"]) == ("mrz.check-digit", which)
    assert which in refused.text
    assert refused.text_vi != refused.text


def test_the_optional_data_of_a_passport_has_a_digit_of_its_own():
    assert refusal(ICAO_TD3.replace("<<<<<10", "<<<<<20")).details["which"] == "optional data"
    empty = td3(optional="")
    assert Mrz.parse(empty[:-2] + "<" + empty[-1], at=AT).optional_data == ("",)  # a filler for 0, 9303-4 §4.2.2
    assert Mrz.parse(empty, at=AT).optional_data == ("",)


@given(st.integers(0, 88), st.sampled_from("0123456789"), st.sampled_from([td1(), td3(), ICAO_TD2]))
def test_one_digit_read_as_another_is_always_found(place, digit, text):
    if place >= len(text) or not text[place].isdigit() or text[place] == digit:
        return
    assert refusal(text[:place] + digit + text[place + 1 :]).code in {"mrz.check-digit", "mrz.malformed"}


@pytest.mark.parametrize(
    ("birth", "at", "year"),
    [
        ("261121", AT, 2026),  # born today
        ("261122", AT, 1926),  # tomorrow is a hundred years ago
        ("270101", AT, 1927),
        ("000229", AT, 2000),
        ("900101", datetime(2126, 1, 1, tzinfo=UTC), 2090),
    ],
)
def test_a_birth_lies_in_the_last_hundred_years(birth, at, year):
    born = Mrz.parse(td1(birth=birth), at=at).birth_date
    assert born is not None
    assert born.year == year


@pytest.mark.parametrize(("expiry", "year"), [("991231", 2099), ("060101", 2006), ("051231", 2105), ("300101", 2030)])
def test_an_expiry_lies_at_most_twenty_years_back(expiry, year):
    expires = Mrz.parse(td1(expiry=expiry), at=AT).expires
    assert expires is not None
    assert expires.year == year


@pytest.mark.parametrize("birth", ["900230", "901301", "900001", "290229"])
def test_a_day_that_does_not_exist_is_refused(birth):
    assert refusal(td1(birth=birth)).code == "mrz.malformed"


@pytest.mark.parametrize("birth", ["85<<<<", "8510<<", "<<<<<<"])
def test_an_unknown_part_of_the_birth_is_kept_as_printed(birth):
    mrz = Mrz.parse(td1(birth=birth), at=AT)
    assert (mrz.birth_date, mrz.birth_text) == (None, birth)


def test_sex_may_be_unspecified_and_a_card_without_end():
    mrz = Mrz.parse(td1(sex="<", expiry="<<<<<<"), at=AT)
    assert (mrz.sex, mrz.expires) == (None, None)


@pytest.mark.parametrize(
    ("name", "surname", "given", "cut"),
    [
        ("SUKARNO", "SUKARNO", "", False),
        ("NGUYEN<<VAN<A", "NGUYEN", "VAN A", False),
        ("VAN<DER<MUELLEN<<HENDRIKUS<JOH", "VAN DER MUELLEN", "HENDRIKUS JOH", True),
    ],
)
def test_names(name, surname, given, cut):
    mrz = Mrz.parse(td1(name=name), at=AT)
    assert (mrz.surname, mrz.given_names, mrz.name_may_be_cut) == (surname, given, cut)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        ICAO_TD1.lower(),
        ICAO_TD1[:-1],
        ICAO_TD1 + "<",
        ICAO_TD1.replace("\n", "\n\n"),
        ICAO_TD1.replace("\n", ""),  # taken apart below: line breaks at other places
        td1(code="V<"),
        td1(code="P<"),
        td1(code="I1"),
        td1(code="<I"),
        td1(state="V2M"),
        td1(nationality="<<<"),
        td1(sex="X"),
        td1(number="<<<<<<<<<", state="UTO", optional=""),
        td1(name="<<NGUYEN"),
        td1(name=""),
        td1(name="NGUYEN<<VAN<<A"),
        td1(name="NGUYEN<<VAN<<<A"),
        td1(name="NGUY3N<<VAN"),
        td3(code="V<"),
        td3(code="ID"),
        ICAO_TD3.replace("8", "\u0668"),
    ],
)
def test_other_texts_are_refused(text):
    if text == ICAO_TD1.replace("\n", ""):
        text = text[:31] + "\n" + text[31:]
    assert refusal(text).code == "mrz.malformed"


def test_length_is_bounded_before_any_work():
    assert refusal("<" * (MAX_CHARS + 1)).code == "mrz.too-large"


def test_the_check_digit_takes_the_alphabet_alone():
    assert check_digit("520727") == "3"  # ICAO 9303-3 §4.9, example 1
    assert check_digit("AB2134<<<") == "5"  # example 2
    with pytest.raises(MalformedError):
        check_digit("ab")


def test_repr_and_errors_show_nobody():
    mrz = Mrz.parse(td1(), at=AT)
    assert repr(mrz) == "Mrz(TD1, VNM)"
    assert "090123456" not in str(refusal(td1()[:-40] + "1" * 40))


@given(st.text(max_size=MAX_CHARS + 5) | st.text(alphabet="<AIPV019\n", min_size=72, max_size=92))
def test_any_text_gives_a_zone_or_our_error(text):
    try:
        mrz = Mrz.parse(text, at=AT)
    except EidError:
        return
    assert "".join(mrz.lines) == "".join(text.split())


@pytest.mark.parametrize("date", [{"birth": "9A0101"}, {"expiry": "30O101"}, {"birth": "90<101"}])
def test_letters_in_a_date_are_refused_though_their_check_digit_is_right(date):
    assert refusal(td1(**date)).code == "mrz.malformed"
    assert refusal(td3(**date)).code == "mrz.malformed"


@pytest.mark.parametrize(("digit", "good"), [("<", True), ("0", True), ("5", False)])
def test_empty_optional_data_have_a_filler_or_a_nought_for_their_digit(digit, good):
    upper, lower = td3(optional="").split("\n")
    lower = lower[:42] + digit
    lower += check_digit(lower[:10] + lower[13:20] + lower[21:43])
    if good:
        assert Mrz.parse(f"{upper}\n{lower}", at=AT).optional_data == ("",)
    else:
        assert refusal(f"{upper}\n{lower}").code == "mrz.check-digit"
