"""ISO 32000-2 §7.3.10 and §7.5.5: what stands at a byte of a file — an object, a value, the end of a revision.

As strict as our audit: what it would not read must not be signed as if all were well.
"""

from __future__ import annotations

import re

from .raw import PdfSyntaxError, blank_end, value_end
from .source import Source

FIRST_WINDOW_BYTES = 8192
MAX_OBJECT_BYTES = 16 * 1024 * 1024  # one object without its stream
_TAIL_WINDOW_BYTES = 4096  # comments before a startxref included

_OBJECT = re.compile(rb"(\d{1,10})[\x00\t\n\x0c\r ]++(\d{1,5})[\x00\t\n\x0c\r ]++obj(?![0-9A-Za-z])")
_STREAM_END = re.compile(rb"(?:\r\n|\n|\r)?endstream(?![0-9A-Za-z])")
_TAIL = re.compile(rb"startxref[\x00\t\n\x0c\r ]++(\d{1,12})[\x00\t\n\x0c\r ]++%%EOF")


def value_at(source: Source, at: int) -> tuple[bytes, int]:
    """The value from byte `at` (blanks skipped) and the byte after it; the window grows until it fits."""
    length = FIRST_WINDOW_BYTES
    while True:
        buffer, start = source.window(at, length)
        whole = at + len(buffer) - start >= source.size
        try:
            begin = blank_end(buffer, start)
            end = value_end(buffer, begin)
        except PdfSyntaxError:
            if whole or length >= MAX_OBJECT_BYTES:
                raise
        else:
            if end - begin > MAX_OBJECT_BYTES:
                raise PdfSyntaxError("object larger than the limit")
            if whole or end < len(buffer):
                return buffer[begin:end], at + end - start
        length *= 8


def object_at(source: Source, at: int) -> tuple[bytes, int, int, int | None]:
    """The object at byte `at`: value, number, generation, and the byte where its stream data begins."""
    if not 0 <= at < source.size:
        raise PdfSyntaxError("object outside the file")
    buffer, start = source.window(at, 64)
    head = _OBJECT.match(buffer, start)
    if head is None:
        raise PdfSyntaxError(f"no object at byte {at}")
    raw, end = value_at(source, at + head.end() - start)
    buffer, start = source.window(end, 64)
    after = blank_end(buffer, start)
    if buffer[after : after + 6] == b"endobj":
        return raw, int(head[1]), int(head[2]), None
    if buffer[after : after + 6] != b"stream":
        raise PdfSyntaxError(f"object at byte {at} does not end")
    line = buffer[after + 6 : after + 8]
    if line != b"\r\n" and line[:1] != b"\n":
        raise PdfSyntaxError(f"the stream at byte {at} does not begin on a line of its own")
    return raw, int(head[1]), int(head[2]), end + after + (8 if line == b"\r\n" else 7) - start


def stream_end(source: Source, at: int) -> int:
    """The byte after the `endobj` of a stream whose data end at byte `at`."""
    buffer, start = source.window(at, 64)
    word = _STREAM_END.match(buffer, start)
    end = blank_end(buffer, word.end()) if word else start
    if word is None or buffer[end : end + 6] != b"endobj":
        raise PdfSyntaxError("a stream does not end where its /Length says")
    return at + end + 6 - start


def check_tails(source: Source, sections: list[tuple[int, int]]) -> None:
    """Whether each section, newest first as (first byte, byte after it), is named by a startxref that follows it.

    Otherwise nobody can say where a revision ends, and with that what a signature of it covers. Of a linearized file
    the last two sections belong to one revision, which the first of them begins.
    """
    waiting, limit = list(sections), source.size
    while waiting:
        first, end = waiting.pop(0)
        tail = _tail(source, end)
        if (tail is None or tail[0] != first) and len(waiting) == 1 and waiting[0][0] > first:
            tail = _tail(source, waiting.pop()[1])
        if tail is None or tail[0] != first or tail[1] > limit:
            raise PdfSyntaxError(f"the cross-reference section at byte {first} has no startxref")
        limit = first


def _tail(source: Source, at: int) -> tuple[int, int] | None:
    """What `startxref N %%EOF` from byte `at` on names, and where it ends; comments but %%EOF may stand before."""
    buffer, start = source.window(at, _TAIL_WINDOW_BYTES)
    word = blank_end(buffer, start)
    found = None if b"%%EOF" in buffer[start:word] else _TAIL.match(buffer, word)
    return None if found is None else (int(found[1]), at + found.end() - start)
