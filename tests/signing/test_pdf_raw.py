"""The quick ways through dictionaries and brackets find exactly what the step-by-step ways find, or step aside."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.pdf.raw import PdfSyntaxError, _nested_end, _read_entries, as_dict, as_ref, read_dict, value_end

# pieces that matter to the grammar, so that most inputs are nearly right
PIECES = [
    b"<<", b">>", b"[", b"]", b"(", b")", b"<", b">", b"%", b"\\", b"\n", b" ", b"/", b"/A", b"/B#41", b"/FT /Sig",
    b"/T (a)", b"/T (a\\)b)", b"/K [1 0 R 2 0 R]", b"/D <</E 1>>", b"/R <</S <</U [1]>>>>", b"12", b"-0.5", b"true",
    b"null", b"7 0 R", b"<41 42>", b"R", b"7 0 Rx", b"trueish", b"\x00", b"\xff", b"/A 1", b"/A 2", b"% >>\n",
]  # fmt: skip


def outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except PdfSyntaxError:
        return PdfSyntaxError


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_a_dictionary_is_read_alike_at_once_and_entry_by_entry(inner: bytes) -> None:
    data = b"<<" + inner + b">>"
    quick, slow = outcome(lambda: read_dict(data)[0]), outcome(lambda: _read_entries(data, 0)[0])
    assert quick == slow
    if slow is not PdfSyntaxError:
        assert read_dict(data)[1] == _read_entries(data, 0)[1]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([(b"<<", b">>"), (b"[", b"]")]), st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_brackets_end_alike_at_once_and_step_by_step(pair: tuple[bytes, bytes], inner: bytes) -> None:
    data = pair[0] + inner + pair[1] + b" more ]>>"
    assert outcome(lambda: value_end(data, 0)) == outcome(lambda: _nested_end(data, len(pair[0]), pair[0]))


@pytest.mark.parametrize("data", [b"<</A 1 /A 2>>", b"<</A 1 /#41 2>>", b"<</A>>", b"<</A 1 x>>"])
def test_a_repeated_or_broken_entry_is_an_error(data: bytes) -> None:
    with pytest.raises(PdfSyntaxError):
        as_dict(data)


def test_a_reference_may_hold_a_comment() -> None:
    assert as_ref(as_dict(b"<</A 12 % or 13\n 0 R /B [1 0 R 90 %\r 0 R]>>")[b"/A"]) == (12, 0)


def test_what_follows_a_dictionary_is_not_taken_for_its_entries() -> None:
    assert as_dict(b"<</A 1>> /B 2>>") == {b"/A": b"1"}


def test_brackets_without_end_take_no_longer_than_their_length() -> None:
    for data in (b"<<" + b"[(" * 200_000, b"[" + b"<41>" * 200_000, b"<<" + b"<<>>" * 200_000):
        with pytest.raises(PdfSyntaxError):
            value_end(data, 0)


@pytest.mark.parametrize(
    "inside",
    [
        b"<</Markednull>>", b"<</Marked>>", b"<<true true>>", b"<</A 1 2>>", b"<</A /B /C>>", b"[1.2.3]", b"[1 R]",
        b"[+-1]", b"[.]", b"[trueish]", b"[/A x]", b"<</A [<</B>>]>>", b"<</A <</B <</C <</D>>>>>>>>", b"[<</A 1]>>",
    ],
)  # fmt: skip
def test_what_is_malformed_inside_a_value_is_an_error(inside: bytes) -> None:
    """Copied as it stood, it would be signed, and then refused by whoever reads it to the bottom."""
    for data in (b"<</K %b>>" % inside, b"<</K %b/L (\\()>>" % inside, b"[[[[%b]]]]" % inside):
        with pytest.raises(PdfSyntaxError):
            value_end(data, 0)
    with pytest.raises(PdfSyntaxError):
        as_dict(b"<</MarkInfo %b>>" % inside)
