"""Machine-readable zones of synthetic people, with the check digits that they need."""

from __future__ import annotations

from eid.cards.mrz import check_digit


def fill(text: str, width: int) -> str:
    assert len(text) <= width
    return text + "<" * (width - len(text))


def with_digit(field: str) -> str:
    return field + check_digit(field)


def td1(
    *,
    code: str = "ID",
    state: str = "VNM",
    number: str = "090123456",
    optional: str = "001090123456<<2",
    birth: str = "900101",
    sex: str = "M",
    expiry: str = "300101",
    nationality: str = "VNM",
    optional2: str = "",
    name: str = "NGUYEN<<VAN<A",
) -> str:
    """A card's three lines; the defaults have the layout of a Vietnamese chip card."""
    upper = code + fill(state, 3) + with_digit(fill(number, 9)) + fill(optional, 15)
    middle = with_digit(birth) + sex + with_digit(expiry) + fill(nationality, 3) + fill(optional2, 11)
    composed = upper[5:30] + middle[:7] + middle[8:15] + middle[18:29]
    return "\n".join((upper, middle + check_digit(composed), fill(name, 30)))


def td1_long(number: str, *, rest: str = "") -> str:
    """A card whose document number is longer than nine characters; `rest` follows it in the optional data."""
    whole = td1(number=number[:9], optional=with_digit(number)[9:] + "<" + rest, state="UTO", nationality="UTO")
    upper, middle, lower = whole.split("\n")
    upper = upper[:14] + "<" + upper[15:]
    composed = upper[5:30] + middle[:7] + middle[8:15] + middle[18:29]
    return "\n".join((upper, middle[:29] + check_digit(composed), lower))


def td3(
    *,
    code: str = "P<",
    state: str = "VNM",
    number: str = "C01234567",
    birth: str = "900101",
    sex: str = "F",
    expiry: str = "300101",
    optional: str = "001190654321",
    name: str = "TRAN<<THI<KIEM<THU",
) -> str:
    """A passport's two lines."""
    lower = with_digit(fill(number, 9)) + fill(state, 3) + with_digit(birth) + sex + with_digit(expiry)
    lower += with_digit(fill(optional, 14))
    composed = lower[:10] + lower[13:20] + lower[21:43]
    return "\n".join((fill(code + fill(state, 3) + name, 44), lower + check_digit(composed)))
