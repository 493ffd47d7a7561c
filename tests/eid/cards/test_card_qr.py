"""The QR code of a card: both forms, empty fields in their place, what is odd is told, and it never proves anything."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eid import CardQR, EidError, LimitError, MalformedError, PersonalNumber, Sex, UsageError, qr
from eid.cards.card_qr import MAX_CHARS, CardForm
from eid.scan import MAX_PIXELS, scan_frame

from .test_mojibake import misread

AT = datetime(2026, 11, 21, tzinfo=UTC)
SEVEN = "001090123456|123456789|Nguyễn Văn A|01011990|Nam|Số 1, Phường X, Quận Y, Hà Nội|15102021"
ELEVEN = "001190654321||Trần Thị Kiểm Thử|31121990|Nữ|Thôn 2, xã Z, Hà Nội|04102024||||"
CHILD = "001220654321||Trần Văn Bé|01022020|Nam|Hà Nội|04102024|001220111111|Trần Văn Ba|Nguyễn Thị Má|"


def parse(text: str, at: datetime = AT) -> CardQR:
    return CardQR.parse(text, at=at)


def changed(place: int, value: str, text: str = SEVEN) -> str:
    fields = text.split("|")
    fields[place] = value
    return "|".join(fields)


def refusal(text: str) -> MalformedError:
    with pytest.raises(MalformedError) as refused:
        parse(text)
    return refused.value


def codes(text: str, at: datetime = AT) -> set[str]:
    return {each.code for each in parse(text, at).warnings}


def test_seven_fields_of_2021():
    card = parse(SEVEN)
    assert (card.form, card.number, card.old_number) == (
        CardForm.CCCD_2021,
        PersonalNumber("001090123456"),
        "123456789",
    )
    assert (card.full_name, card.birth_date, card.sex) == ("Nguyễn Văn A", date(1990, 1, 1), Sex.MALE)
    assert (card.residence, card.issued) == ("Số 1, Phường X, Quận Y, Hà Nội", date(2021, 10, 15))
    assert (card.tail, card.warnings, card.repaired) == ((), (), False)


def test_eleven_fields_of_2024_keep_the_last_four_as_they_stand():
    card = parse(ELEVEN)
    assert (card.form, card.sex, card.tail, card.warnings) == (CardForm.CAN_CUOC_2024, Sex.FEMALE, ("",) * 4, ())
    assert parse(CHILD).tail == ("001220111111", "Trần Văn Ba", "Nguyễn Thị Má", "")


def test_names_for_the_last_four_are_guessed_on_request_only():
    guessed = parse(CHILD).guesses()
    assert guessed == {"cancelled_number": "001220111111", "father": "Trần Văn Ba", "mother": "Nguyễn Thị Má"}
    assert parse(ELEVEN).guesses() == parse(SEVEN).guesses() == {}
    assert "father" not in parse(CHILD).to_dict()


def test_an_empty_old_number_shifts_nothing():
    card = parse(changed(1, ""))
    assert (card.old_number, card.full_name) == ("", "Nguyễn Văn A")
    assert card.to_person().old_number is None


@pytest.mark.parametrize("count", [1, 2, 6, 8, 9, 10, 12])
def test_another_number_of_fields_is_refused(count):
    assert refusal("|".join(((SEVEN + "|||||").split("|"))[:count])).code == "card.malformed"


def test_a_card_qr_proves_nothing_and_says_so():
    card = parse(SEVEN)
    assert card.signed is CardQR.signed is False
    assert card.proves.code == "card.unsigned"
    assert "proves nothing" in card.proves.text
    assert "không chứng minh" in card.proves.text_vi
    shown = card.to_dict()
    assert (shown["signed"], shown["proves"]["code"]) == (False, "card.unsigned")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (changed(4, "Nữ"), "card.number-sex"),
        (changed(3, "01011991"), "card.number-birth"),
        (changed(6, "31121989"), "card.issued-before-birth"),
        (changed(6, "23112026"), "card.issued-future"),
        (changed(3, "01012030"), "card.birth-future"),
        (changed(1, "12345"), "card.old-number"),
        (changed(0, "999090123456"), "number.place"),
        (changed(0, "001490123456"), "number.future"),
    ],
)
def test_what_does_not_fit_is_a_warning_never_a_refusal(text, code):
    assert code in codes(text)
    assert all(each.text and each.text_vi for each in parse(text).warnings)


def test_today_is_vietnams():
    issued = changed(6, "21112026")
    assert "card.issued-future" in codes(issued, datetime(2026, 11, 20, 16, 59, tzinfo=UTC))
    assert codes(issued, datetime(2026, 11, 20, 17, 0, tzinfo=UTC)) == set()  # midnight in Hà Nội


@pytest.mark.parametrize("table", ["windows-1252", "iso-8859-1", "windows-1258"])
def test_a_misread_text_is_repaired_and_says_so(table):
    card = parse(misread(SEVEN, table))
    assert (card.full_name, card.repaired, card.repaired_from) == ("Nguyễn Văn A", True, table)
    assert "card.repaired" in {each.code for each in card.warnings}


def test_what_cannot_be_repaired_is_not_guessed():
    assert refusal(misread(SEVEN, "iso-8859-1").replace("»", "?")).code in {"card.malformed", "card.field"}
    broken = parse(changed(2, "Nguy?n V?n A"))
    assert broken.full_name == "Nguy?n V?n A"
    assert not broken.is_named("Nguyễn Văn A")


def test_decomposed_text_is_composed():
    assert parse(unicodedata.normalize("NFD", SEVEN)) == parse(SEVEN)


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        (0, "00109012345", "number.malformed"),
        (0, "", "number.malformed"),
        (2, "", "card.field"),
        (2, " ", "card.field"),
        (2, "x" * 301, "card.field"),
        (3, "1990", "card.field"),
        (3, "31021990", "card.field"),
        (3, "٠١٠١١٩٩٠", "card.field"),
        (3, "01010000", "card.field"),
        (4, "M", "card.field"),
        (4, "", "card.field"),
        (6, "", "card.field"),
        (2, "A\u202eB", "card.malformed"),
        (2, "A\nB", "card.malformed"),
        (2, "A\0B", "card.malformed"),
        (2, "\ud800", "card.malformed"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(place, value, code):
    assert refusal(changed(place, value)).code == code


def test_length_is_bounded_before_any_work():
    with pytest.raises(LimitError):
        parse("|" * (MAX_CHARS + 1))


def test_sex_is_read_in_any_case():
    assert parse(changed(4, "NAM")).sex is Sex.MALE
    assert parse(changed(4, "nữ", ELEVEN)).sex is Sex.FEMALE


def test_to_person():
    person = parse(SEVEN).to_person()
    assert (person.number.value, person.full_name, person.card_issued) == (
        "001090123456",
        "Nguyễn Văn A",
        date(2021, 10, 15),
    )
    assert (person.residence, person.nationality, person.mismatches) == ("Số 1, Phường X, Quận Y, Hà Nội", "VN", ())
    assert parse(changed(5, "")).to_person().residence is None


def test_comparison_without_accents():
    assert parse(SEVEN).is_named("NGUYEN VAN A")
    assert not parse(SEVEN).is_named("NGUYEN VAN B")


def test_numbers_and_names_hide_in_repr_and_errors():
    for shown in (repr(parse(SEVEN)), repr([parse(CHILD)]), str(refusal(changed(3, "001090123456")))):
        assert not any(part in shown for part in ("001090123456", "Nguyễn", "123456789", "Bé"))
    assert "001090123456" not in str(parse(SEVEN).to_dict())
    assert "001220111111" not in str(parse(CHILD).to_dict())
    assert parse(changed(1, "12345")).to_dict()["old_number"] == "*****"
    assert parse(SEVEN).to_dict(show_number=True)["number"] == "001090123456"


# pictures, pages and frames


def frame_of(*texts: str, mode: str = "L") -> tuple[bytes, int, int]:
    """Pixels, width and height of a picture with codes one below the other."""
    pictures = [Image.open(io.BytesIO(qr.png(text, module_px=4))).convert("L") for text in texts]
    sheet = Image.new("L", (max(p.width for p in pictures) + 40, sum(p.height + 40 for p in pictures)), 255)
    top = 20
    for picture in pictures:
        sheet.paste(picture, (20, top))
        top += picture.height + 40
    return sheet.convert(mode).tobytes(), *sheet.size


def test_from_a_picture_and_a_pdf_page(tmp_path):
    assert CardQR.scan(qr.png(SEVEN), at=AT) == parse(SEVEN)
    path = tmp_path / "card.pdf"
    Image.open(io.BytesIO(qr.png(ELEVEN))).convert("RGB").save(path, "PDF")
    assert CardQR.scan(path, at=AT) == CardQR.scan(str(path), at=AT) == parse(ELEVEN)


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("RGBA", 4)])
def test_from_a_camera_frame(mode, channels):
    pixels, width, height = frame_of(SEVEN, mode=mode)
    shape = [height, width] if channels == 1 else [height, width, channels]
    assert CardQR.scan(pixels, size=(width, height), at=AT) == parse(SEVEN)
    assert CardQR.scan(memoryview(pixels).cast("B", shape=shape), at=AT) == parse(SEVEN)
    assert CardQR.scan(bytearray(pixels), size=(width, height), at=AT) == parse(SEVEN)


def test_the_order_of_the_colours_does_not_matter():
    grey, width, height = frame_of(SEVEN)
    blue_last = b"".join(bytes((255, value, 0)) for value in grey)
    blue_first = b"".join(bytes((0, value, 255)) for value in grey)
    assert CardQR.scan(blue_last, size=(width, height)) == CardQR.scan(blue_first, size=(width, height))


@pytest.mark.parametrize(
    ("frame", "size"),
    [
        (b"", (1, 1)),
        (b"abc", (2, 2)),
        (b"abcd", (0, 4)),
        (b"abcd", (-2, -2)),
        (b"ab", (1, 1)),
        (b"abcd", (2.0, 2.0)),
        (b"abcd", (2,)),
        (b"abcd", "22"),
        (memoryview(b"abcd"), None),
        (memoryview(bytes(16)).cast("I", shape=[2, 2]), None),
        (memoryview(bytes(8)).cast("B", shape=[2, 2, 2]), None),
        (memoryview(bytes(16)).cast("B", shape=[2, 2, 2, 2]), None),
        (memoryview(b"a").cast("B", shape=[]), None),
        (None, None),
        (42, (1, 1)),
        ([[0, 1]], None),
    ],
)
def test_what_is_no_frame_is_a_usage_error(frame, size):
    with pytest.raises(UsageError) as refused:
        scan_frame(frame, size=size)
    assert refused.value.code == "qr.frame"


def test_a_frame_is_bounded_in_pixels():
    with pytest.raises(LimitError):
        scan_frame(bytes(MAX_PIXELS + 1), size=(MAX_PIXELS + 1, 1))


def test_a_frame_without_a_code_or_with_another_one():
    with pytest.raises(MalformedError) as refused:
        CardQR.scan(bytes(10_000), size=(100, 100))
    assert refused.value.code == "card.not-found"
    pixels, width, height = frame_of("HTTPS://EXAMPLE.VN", "12345")
    with pytest.raises(MalformedError) as refused:
        CardQR.scan(pixels, size=(width, height))
    assert (refused.value.code, refused.value.details["count"]) == ("card.not-found", 2)


def test_two_cards_in_one_picture_are_never_mixed_up():
    pixels, width, height = frame_of(SEVEN, ELEVEN)
    with pytest.raises(MalformedError) as refused:
        CardQR.scan(pixels, size=(width, height))
    assert refused.value.code == "card.several"


def test_one_card_seen_twice_or_beside_other_codes_is_one_card():
    pixels, width, height = frame_of(SEVEN, "HTTPS://EXAMPLE.VN", SEVEN)
    assert CardQR.scan(pixels, size=(width, height), at=AT) == parse(SEVEN)


def test_one_code_that_is_nearly_a_cards_says_why():
    with pytest.raises(MalformedError) as refused:
        CardQR.scan(qr.png(changed(3, "31021990")))
    assert refused.value.code == "card.field"


@given(st.text(max_size=200) | st.lists(st.text(max_size=12), min_size=7, max_size=11).map("|".join))
def test_any_text_gives_a_card_or_our_error(text):
    try:
        card = parse(text)
    except EidError:
        return
    assert not card.signed


@given(st.integers(0, len(CHILD) - 1), st.characters())
def test_a_changed_character_gives_a_card_or_our_error(place, character):
    try:
        card = parse(CHILD[:place] + character + CHILD[place + 1 :])
    except EidError:
        return
    assert card.form in CardForm


@given(st.binary(max_size=60), st.integers(-2, 9), st.integers(-2, 9))
def test_any_bytes_and_size_give_codes_or_our_error(data, width, height):
    try:
        assert scan_frame(data, size=(width, height)) == ()
    except EidError:
        return
