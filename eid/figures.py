"""Whether the pages of a PDF can show a QR code at all, told from its bytes (ISO 32000-2 §8): most letters cannot.

A code is an image or is drawn from a hundred pieces and more. The streams of the file are searched for such, whether a
page seems to show them or not, so that no two readers can differ about it. Nothing is drawn, so it costs a hundredth of
what drawing does. Letters of a font are not pieces: a code set in letters, by a font made for it, is not looked for.
"""

from __future__ import annotations

import re
import zlib
from enum import IntEnum

MAX_BYTES = 16 * 1024 * 1024  # bytes of a file that are searched; in a larger one anything may be
MAX_DECODED_BYTES = 8 * 1024 * 1024  # of all its streams together
MIN_PIECES = 100  # the dark runs of the smallest symbol (ISO/IEC 18004: 21 × 21 modules) are more
MAX_DICTIONARY_BYTES = 4096  # bytes of the dictionary of a stream

_STREAM = re.compile(rb">>[\x00\t\n\x0c\r ]*stream(?:\r\n|\n|\r)?")
_IMAGE = re.compile(rb"/Image(?![A-Za-z])")  # not /ImageB, a procedure set
_FILTERS = re.compile(rb"/(?:Filter|F)(?![A-Za-z0-9])\s*(\[\s*)?(/\w+)?(\s*\])?")
_FONT_PROGRAM = re.compile(rb"/Length1(?!\d)|/Subtype\s*/(?:Type1C|CIDFontType0C|OpenType)(?!\w)")
_FONT_BEGINS = (b"\0\1\0\0", b"true\0", b"OTTO", b"\1\0")
_DASHES = re.compile(rb"\[[-+.\d ]{24,}\] *[-+.\d]+ +d ")
# Streams of cells, meshes and functions that are painted with, and names that are not written plainly.
_UNUSUAL = re.compile(rb"/(?:Pattern|Shading|Function)Type|/[A-Za-z0-9#]*#[4-7]")
_BLANKS = bytes.maketrans(blanks := b"\x00\t\n\x0c\r()<>{}/%", b" " * len(blanks))
_PIECES = (b" re ", b" l ", b" c ", b" v ", b" y ", b" Do ")
_LETTERS_DRAWN = (b" d0 ", b" d1 ")  # how the letters of a Type 3 font begin
_MARKS_DRAWN = (b"InkList", b"QuadPoints", b"Square", b"Circle")  # annotations that viewers draw by themselves


class Figures(IntEnum):
    """What the pages may show besides letters of fonts and a few lines."""

    NONE = 0
    OBJECTS = 1  # images, and lines and areas that are drawn
    ANY = 2  # what cannot be told from the objects of a page


def figures_of(pdf: bytes) -> Figures:
    """What the pages of a PDF may show; too little only for letters of a font, and where content passes for a font.

    A stream that calls itself a font program and begins as one is not looked into, whatever else refers to it.
    """
    if len(pdf) > MAX_BYTES or b"/Encrypt" in pdf or any(b"/" + word in pdf for word in _MARKS_DRAWN):
        return Figures.ANY
    found, pieces, left = Figures.NONE, 0, MAX_DECODED_BYTES
    for start in _STREAM.finditer(pdf):
        about = pdf[max(pdf.rfind(b"obj", 0, start.start()), 0) : start.start()]
        if len(about) > MAX_DICTIONARY_BYTES or _UNUSUAL.search(about):
            return Figures.ANY
        if _IMAGE.search(about):
            found = Figures.OBJECTS
            continue
        body = _decoded(pdf, start.end(), about, left)
        if body is None:
            return Figures.ANY
        left -= len(body)
        drawn = b" " + body.translate(_BLANKS) + b" "
        if _DASHES.search(drawn) or any(word in drawn for word in _LETTERS_DRAWN + _MARKS_DRAWN):
            return Figures.ANY
        pieces += sum(map(drawn.count, _PIECES))
        if pieces >= MIN_PIECES or b" BI " in drawn:
            found = Figures.OBJECTS
    return found


def _decoded(pdf: bytes, start: int, about: bytes, most: int) -> bytes | None:
    """What a stream may draw, at most `most` bytes; None where that cannot be told."""
    end = pdf.find(b"endstream", start)
    if end < 0:
        return None
    filters = _FILTERS.search(about)
    if filters is None:
        return pdf[start:end] if end - start <= most else None
    if filters[2] != b"/FlateDecode" or (filters[1] is None) != (filters[3] is None):
        return None
    if b"/DecodeParms" in about and b"/XRef" not in about and b"/ObjStm" not in about:
        return None
    engine = zlib.decompressobj()
    try:
        body = engine.decompress(pdf[start:end], 16)
        if _FONT_PROGRAM.search(about) and body.startswith(_FONT_BEGINS):
            return b""
        body += engine.decompress(engine.unconsumed_tail, most)
    except zlib.error:
        return None
    return body if engine.eof else None
