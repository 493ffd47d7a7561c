"""A wrong table is undone only where that is proven; names agree without their accents."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.cards.mojibake import _TABLES, _VIETNAMESE, _characters, is_vietnamese, plain_name, repair, same_name

TEXT = "Nguyễn Văn Đạt – Số 1, phường Cửa Nam, Hà Nội; ẽ ỹ ợ Ỡ"
LETTERS = "".join(sorted(c for c in _VIETNAMESE if not unicodedata.combining(c)))


def misread(text: str, table: str) -> str:
    return "".join(_characters(table)[byte] for byte in text.encode())


@pytest.mark.parametrize("table", _TABLES)
def test_utf_8_read_with_a_table_is_put_right(table):
    assert repair(misread(TEXT, table)) == (TEXT, table)


@pytest.mark.parametrize("table", _TABLES)
def test_a_reader_that_composed_the_characters_afterwards_is_undone_too(table):
    assert repair(unicodedata.normalize("NFC", misread(TEXT, table)))[0] == TEXT


@pytest.mark.parametrize("table", ["windows-1252", "iso-8859-1"])
def test_what_pythons_own_codecs_misread_is_put_right(table):
    text = "Trần Thị Kiểm Thử, Hà Nội"
    assert repair(text.encode().decode(table))[0] == text


def test_text_in_its_right_form_or_decomposed_is_not_called_repaired():
    assert repair(TEXT) == (TEXT, None)
    assert repair(unicodedata.normalize("NFD", TEXT)) == (TEXT, None)
    assert repair("NGUYEN VAN A") == ("NGUYEN VAN A", None)


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Ç",  # a letter that is not Vietnamese, and no bytes behind it
        "Nguyá»…n VÄƒn Ç",  # bytes that are not UTF-8
        misread("Müller", "windows-1252"),  # provable, but not Vietnamese
        misread(TEXT, "windows-1252").replace("»", "?"),  # what a reader replaced is gone
        misread(TEXT, "windows-1252") + "漢",
    ],
)
def test_what_is_not_proven_stays_as_it_is(text):
    assert repair(text) == (unicodedata.normalize("NFC", text), None)


def test_minority_names_are_vietnamese():
    assert is_vietnamese("Y Krŏng Niê, H'Bĭa Kpă")
    assert repair(misread("Y Krŏng Niê", "windows-1252")) == ("Y Krŏng Niê", "windows-1252")


@given(st.text(alphabet=LETTERS + "abc ,|", max_size=40), st.sampled_from(_TABLES))
def test_every_vietnamese_text_comes_back_from_every_table(text, table):
    meant = unicodedata.normalize("NFC", text)
    repaired, found = repair(misread(meant, table))
    assert repaired == meant
    assert (found is None) == meant.isascii()


@given(st.text(max_size=60))
def test_any_text_stays_or_becomes_vietnamese(text):
    repaired, table = repair(text)
    if table is None:
        assert repaired == unicodedata.normalize("NFC", text)
    else:
        assert is_vietnamese(repaired)
        assert unicodedata.normalize("NFC", misread(repaired, table)) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Nguyễn Đình Ánh", "NGUYEN DINH ANH"),
        ("Nguyễn Đình Ánh", "NGUYEN<<DINH<ANH<<<"),
        ("H’Bĭa Kpă", "H'BIA  KPA"),
        ("Trần Thị Kiểm-Thử", unicodedata.normalize("NFD", "trần thị kiểm thử")),
    ],
)
def test_names_agree_without_accents(first, second):
    assert same_name(first, second)


def test_other_names_do_not_agree():
    assert not same_name("Nguyễn Văn A", "Nguyễn Văn B")
    assert not same_name("Nguyễn Văn A", "Nguyễn VănA")
    assert plain_name("") == ""
