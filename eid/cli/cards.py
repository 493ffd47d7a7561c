"""`eid card-qr`: what the QR code of an identity card says, which proves nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..cards.card_qr import CardQR
from ..console import emit, read_input, say, text_of, write_text
from .common import Verbs, table, verb

_EXAMPLE = """\
  eid card-qr '001090123456|123456789|Nguyễn Văn A|01011990|Nam|Số 1, phường Cửa Nam, Hà Nội|15102021'
  eid card-qr card.jpg"""


def add_parser(verbs: Verbs) -> None:
    """Add the verb."""
    about = "what the QR code of an identity card says; it is unsigned and proves nothing"
    parser = verb(verbs, "card-qr", card_qr, about, _EXAMPLE)
    parser.add_argument("card", metavar="TEXT|IMAGE", help="the code's text, a picture or PDF of it, or - for stdin")
    parser.add_argument("--show-numbers", action="store_true", help="write personal numbers in full")


def card_qr(args: argparse.Namespace) -> int:
    """Read one card's code."""
    card = _card(args.card)
    facts = card.to_dict(show_number=args.show_numbers)
    if args.json:
        emit(facts)
        return 0
    shown = {name: value for name, value in facts.items() if name not in ("warnings", "proves", "signed")}
    write_text("-", table(shown))
    for each in (*card.warnings, card.proves):
        say(f"{each.text} [{each.code}]\n{each.text_vi}")
    return 0


def _card(given: str) -> CardQR:
    if given != "-":  # a name holds no bar, a card's text does
        return CardQR.parse(given) if "|" in given else CardQR.scan(Path(given))
    data = read_input(given)
    is_file = data.startswith((b"\x89PNG", b"\xff\xd8", b"II*\0", b"MM\0*", b"%PDF-"))
    return CardQR.scan(data) if is_file else CardQR.parse(text_of(data, "the card's text"))
