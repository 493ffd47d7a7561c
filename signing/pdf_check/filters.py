"""Stream decoding that cross-reference and object streams need (ISO 32000-2 §7.4.4): Flate with PNG predictors."""

from __future__ import annotations

import itertools
import operator
import zlib
from typing import Any

from ..errors import LimitError
from .objects import PdfDict, PdfStream, bad

# An external file's (§7.3.8.2), and short names of inline images that some viewers take in every stream.
_OTHER_DATA = frozenset({"F", "FFilter", "FDecodeParms", "DP"})
MAX_DECODED_BYTES = 32 * 1024 * 1024  # bytes a single stream may decode to


def inflate(raw: bytes) -> bytes:
    """zlib data decoded, at most `MAX_DECODED_BYTES`. Raises `MalformedError` or `LimitError`."""
    engine = zlib.decompressobj()
    try:
        body = engine.decompress(raw, MAX_DECODED_BYTES + 1)
    except zlib.error:
        raise bad("a compressed stream is damaged") from None
    if len(body) > MAX_DECODED_BYTES:
        raise LimitError("input.too-large", what="a compressed stream", limit=f"{MAX_DECODED_BYTES} bytes")
    if not engine.eof:
        raise bad("a compressed stream is cut short")
    return body


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def decode_stream(stream: PdfStream) -> bytes:
    """The decoded bytes of a cross-reference, object or metadata stream. Raises `MalformedError`."""
    if not _OTHER_DATA.isdisjoint(stream.dict):
        raise bad("a stream of the file's structure has data that viewers seek in different places")
    kind = _single(stream.dict.get("Filter"))
    if kind is None or kind == []:
        return stream.raw
    if kind not in ("FlateDecode", "Fl"):
        raise bad("a stream of the file's structure uses a filter other than FlateDecode")
    body = inflate(stream.raw)
    parameters = _single(stream.dict.get("DecodeParms"))
    if parameters is None:
        return body
    if not isinstance(parameters, PdfDict):
        raise bad("a stream of the file's structure has parameters that stand elsewhere")
    predictor = parameters.get("Predictor", 1)
    if predictor == 1:
        return body
    columns = parameters.get("Columns", 1)
    plain = parameters.get("Colors", 1) == 1 and parameters.get("BitsPerComponent", 8) == 8
    if not plain or type(predictor) is not int or predictor < 10 or type(columns) is not int or not 0 < columns < 65536:
        raise bad("a stream of the file's structure uses an unknown predictor")
    return _unpredict(body, columns)


def _unpredict(body: bytes, columns: int) -> bytes:
    """PNG predictors undone (RFC 2083 §6), one byte a component."""
    step = columns + 1
    rows, rest = divmod(len(body), step)
    if rest:
        raise bad("a predicted stream has an incomplete row")
    if body[::step].count(2) == rows:  # all rows "Up", as every writer does: sums down the columns
        out = bytearray(rows * columns)
        for column in range(columns):
            sums = itertools.accumulate(body[column + 1 :: step], operator.add)
            out[column::columns] = bytes(s & 255 for s in sums)
        return bytes(out)
    above = bytes(columns)
    parts = []
    for at in range(0, len(body), step):
        above = _row(body[at], body[at + 1 : at + step], above)
        parts.append(above)
    return b"".join(parts)


def _row(kind: int, row: bytes, above: bytes) -> bytes:
    if kind == 0:
        return row
    if kind == 2:
        return bytes((a + b) & 255 for a, b in zip(row, above, strict=True))
    if kind not in (1, 3, 4):
        raise bad("a predicted stream has an unknown row type")
    out = bytearray(len(row))
    left = corner = 0
    for i, value in enumerate(row):
        up = above[i]
        guess = left if kind == 1 else (left + up) // 2 if kind == 3 else _paeth(left, up, corner)
        left = out[i] = (value + guess) & 255
        corner = up
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    distances = ((abs(guess - left), left), (abs(guess - up), up), (abs(guess - corner), corner))
    return min(distances, key=operator.itemgetter(0))[1]
