"""What a signed file mentions before it exists: the quick search finds whatever the thorough one finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signing.pdf_check import mentions

NUMBERS = [3, 12, 45, 112, 7000]
_PIECES = [
    b"12", b"3", b"112", b"0", b"45", b"7000", b"00012", b" ", b"\n", b"\r", b"\x00", b"\x80", b"\xff", b"\t",
    b"%", b"% 9", b"+", b"-", b".", b"R", b" R", b"x", b"/Kids[", b"]",
    b"\n%c\n", b" 0 R", b" 0 R ", b"1 0 RG", b"+" * 63, b" " * 70,
]  # fmt: skip
BODIES = st.lists(st.sampled_from(_PIECES), max_size=24).map(b"".join)


def thorough(body: bytes) -> set[int]:
    """The numbers of all references that any viewer may see, found by a pattern for each number."""
    names = b"|".join(rb"[+.-]*+".join(b"%c" % digit for digit in b"%d" % n) for n in NUMBERS)
    reference = rb"(%b)(?:[+.-][\d+.-]*+)?%b[\d+.-]++(?:%bR|R(?=[\x00\t\n\r \x80\xff%%/\]]|\Z))" % (
        names,
        mentions.GAP,
        mentions.GAP,
    )
    return {mentions._whole_number(body, hit) for hit in re.finditer(reference, body)} & set(NUMBERS)


@settings(max_examples=500)
@given(BODIES)
@example(b"5 %a 12\n0 R")
@example(b"12 0 %c\nR")
@example(b"12 %c\n0 R")
@example(b"12" + b"+" * 70 + b" 0 R")
@example(b"12 0" + b" " * 100 + b"R")
@example(b"12\n0\nR")
@example(b"12 0R")
def test_no_reference_that_any_viewer_follows_is_overlooked(body: bytes) -> None:
    plain = mentions._plain_mentions(body)
    if plain is not None:
        assert thorough(body) <= {number for _, number in plain}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<</Kids[12 0 R 45 0 R]/Parent\n3 0 R>>", [12, 45, 3]),
        (b"x 1 0 0 RG y", [0]),
        (b"12 0 Q", []),
        (b"(a) R", []),
    ],
)
def test_references_written_plainly_are_found_by_their_ends(body: bytes, found: list[int]) -> None:
    plain = mentions._plain_mentions(body)
    assert plain is not None
    assert [number for _, number in plain] == found


@pytest.mark.parametrize(
    "body", [b"5 %a 12\n0 R", b"+12 0 R", b"12 0 %c\nR", b"1-2 0 R", b"12 0" + b" " * 100 + b"R", b"12 0R"]
)
def test_a_reference_that_only_some_viewers_follow_is_left_to_the_thorough_search(body: bytes) -> None:
    assert mentions._plain_mentions(body) is None
