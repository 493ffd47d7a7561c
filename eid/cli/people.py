"""`eid number`: what a personal number says."""

from __future__ import annotations

import argparse

from ..clock import moment, seconds
from ..console import emit, read_input, say, text_of, write_text
from ..number import PersonalNumber
from .common import Verbs, table, verb


def add_parser(verbs: Verbs) -> None:
    """Add the verb."""
    _add_number(verbs)


def _add_number(verbs: Verbs) -> None:
    about = "what a personal number says; there is no check digit, so never whether it was issued"
    parser = verb(verbs, "number", number, about, "  eid number 001090123456")
    parser.add_argument("number", metavar="NUMBER", help="twelve digits, or - for stdin")


def number(args: argparse.Namespace) -> int:
    """Take a personal number apart."""
    text = text_of(read_input(args.number), "the number") if args.number == "-" else args.number
    parsed = PersonalNumber.parse(text)
    facts = {
        "number": parsed.masked,
        "place_code": parsed.place_code,
        "place": parsed.place,
        "sex": parsed.sex.value,
        "birth_year": parsed.birth_year,
    }
    notices = parsed.notices(moment(seconds(None)).date())
    if args.json:
        emit({**facts, "notices": [each.to_dict() for each in notices]})
    else:
        write_text("-", table(facts))
        for each in notices:
            say(f"{each.text} [{each.code}]\n{each.text_vi}")
    return 0
