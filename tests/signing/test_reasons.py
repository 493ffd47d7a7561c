"""Reasons in messages: each that the code gives is there, in both languages, and each that is there is given."""

from __future__ import annotations

import re
from pathlib import Path

from signing.messages.reasons import REASONS, why

SOURCES = "".join(p.read_text() for p in (Path(__file__).parents[2] / "signing").rglob("*.py"))


def test_reasons_and_code_agree() -> None:
    given = set(re.findall(r'(?:why|_gap)\(\s*"([a-z0-9-]+)"', SOURCES))
    given |= set(re.findall(r'^ +"(no-[a-z]+)":', SOURCES, re.MULTILINE))
    given |= set(re.findall(r'(?:return|else) "(name-[a-z]+)"', SOURCES))
    assert given == set(REASONS)


def test_both_languages_name_the_same_details() -> None:
    for english, vietnamese in REASONS.values():
        assert set(re.findall(r"{(\w+)}", english)) == set(re.findall(r"{(\w+)}", vietnamese))
        assert english != vietnamese


def test_details_are_filled_in() -> None:
    assert why("member", member="seq") == {"why": "the member 'seq'", "why_vi": "thành phần 'seq'"}
