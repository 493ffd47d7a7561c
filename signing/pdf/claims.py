"""ISO 32000-2 §7.5.4 and §7.5.8: which objects a misleading cross-reference section says to be there or deleted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from .raw import PdfSyntaxError
from .reader import PdfFile
from .sections import FREE, StreamTable, UnusualPdf
from .source import Source


def rows_of_table(table: bytes) -> Iterator[tuple[int, bool]]:
    """What a table says of each object: whether it is there. Rows are told from heads by the letter at their end."""
    words = table.split()[1:]
    at, number = 0, 0
    while at + 1 < len(words):
        if at + 2 < len(words) and words[at + 2] in {b"n", b"f"}:
            if words[at : at + 3] != [b"0000000000", b"65535", b"f"]:  # of object 0, which some writers number 1
                yield number, words[at + 2] == b"n"
            number, at = number + 1, at + 3
        else:
            number, at = int(words[at]), at + 2


def rows_of_stream(source: Source, at: int, limit: int) -> Iterator[tuple[int, bool]]:
    """The same of a cross-reference stream; nothing of one that nobody can read."""
    probe = PdfFile(source)
    try:
        probe.read_stream_section(at)
    except (PdfSyntaxError, UnusualPdf, ValueError):
        return
    (table,) = probe.sections
    runs = table.runs if isinstance(table, StreamTable) else []
    numbers = chain.from_iterable(range(first, first + count) for first, count, _ in runs)
    for number in islice(numbers, limit):
        try:
            found = table.find(number)
        except IndexError:
            return
        if found is not None:
            yield number, found is not FREE
