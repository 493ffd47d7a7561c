"""What is printed on cards: the QR code in both forms, the machine-readable zone."""

from __future__ import annotations

from datetime import UTC, datetime

from eid.cards.card_qr import CardQR
from eid.cards.mojibake import plain_name, repair, same_name
from eid.cards.mrz import Mrz

from .target import Target, text

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SEVEN = "001090123456|012345678|Nguyễn Văn A|01011990|Nam|Số 1, phường Cửa Nam, Hà Nội|15102021"
ELEVEN = SEVEN + "||Nguyễn Văn B|Trần Thị C|"
TD1 = "IDVNM0901234561001090123456<<4\n9001011M3001018VNM<<<<<<<<<<<4\nNGUYEN<<VAN<A<<<<<<<<<<<<<<<<<"
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"


def card(data: bytes) -> object:
    read = CardQR.parse(text(data), at=NOW)
    return read.to_person(), read.warnings, repr(read)


def zone(data: bytes) -> object:
    return repr(Mrz.parse(text(data), at=NOW))


MISREAD = SEVEN.encode().decode("cp1252", "replace").encode()
TARGETS = (
    Target("card QR", card, (SEVEN.encode(), ELEVEN.encode(), MISREAD, b"||||||", b"")),
    Target("mrz", zone, (TD1.encode(), TD2.encode(), TD3.encode(), b"", b"<" * 90)),
    Target("mojibake", lambda data: repair(text(data)), (MISREAD, "Nguyễn".encode(), b"")),
    Target("names", lambda data: (plain_name(text(data)), same_name(text(data), "Đỗ Thị Ơ")), ("Đỗ".encode(), b"")),
)
