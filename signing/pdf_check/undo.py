"""The filters of content streams undone as viewers do it, who take what there is of damaged data (ISO 32000-2 §7.4)."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from .filters import decode_stream
from .objects import PdfStream, bad

MAX_UNDONE_BYTES = 32 * 1024 * 1024  # bytes that one filter may give

_WHITE = b"\x00\t\n\x0c\r "
_PICTURES = ("DCTDecode", "DCT", "JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode")
_NOT_BASE_85 = re.compile(rb"[^!-uz]")
_CLEAR, _END = 256, 257  # codes of LZW


def undone(stream: PdfStream) -> bytes:
    """The bytes of a stream; none of a picture. Raises `MalformedError` for a filter or predictor that is not known."""
    filters, parameters = stream.dict.get("Filter"), stream.dict.get("DecodeParms")
    names = list(filters) if isinstance(filters, list) else [filters] if filters is not None else []
    given = parameters if isinstance(parameters, list) else [parameters]
    if any(isinstance(about, Mapping) and about.get("Predictor", 1) != 1 for about in given):
        return decode_stream(stream)
    body = stream.raw
    if names[:1] == ["Crypt"] and stream.dict.get("Type") == "Metadata":
        del names[0]  # of content, viewers do not agree how it is decrypted
    for name in names:
        if name in _PICTURES:
            return b""
        undo = _FILTERS.get(name) if isinstance(name, str) else None
        if undo is None:
            raise bad("a content stream has a filter that is not known")
        body = undo(body)
    return body


def _inflated(body: bytes) -> bytes:
    engine, parts = zlib.decompressobj(), list[bytes]()
    left = MAX_UNDONE_BYTES
    try:
        for at in range(0, len(body), 4096):
            parts.append(engine.decompress(body[at : at + 4096], left + 1))
            left -= len(parts[-1])
            if left < 0 or engine.unconsumed_tail:
                raise bad("a content stream is too long")
    except zlib.error:
        pass
    return b"".join(parts)


def _from_hex(body: bytes) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", body.partition(b">")[0])
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _from_base_85(body: bytes) -> bytes:
    digits = _NOT_BASE_85.sub(b"", body.strip(_WHITE).removeprefix(b"<~").partition(b"~")[0])
    try:
        return base64.a85decode(digits)
    except ValueError:
        raise bad("a content stream is damaged") from None


def _run_lengths(body: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(body) and body[at] != 128:
        length = body[at]
        if length < 128:
            out += body[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            out += body[at + 1 : at + 2] * (257 - length)
            at += 2
    return bytes(out)


def _from_lzw(body: bytes) -> bytes:
    out, table, before = bytearray(), dict[int, bytes](), b""
    bits = held = 0
    for byte in body:
        held, bits = held << 8 | byte, bits + 8
        width = min(12, max(9, (257 + len(table) + 2).bit_length()))
        if bits < width:
            continue
        bits -= width
        code, held = held >> bits, held & ((1 << bits) - 1)
        if code == _END or len(out) > MAX_UNDONE_BYTES:
            break
        if code == _CLEAR:
            table, before = {}, b""
            continue
        word = bytes([code]) if code < _CLEAR else table.get(code, before + before[:1])
        if before and len(table) < 4096 - 258:
            table[258 + len(table)] = before + word[:1]
        out += word
        before = word
    return bytes(out)


_FILTERS: Mapping[Any, Callable[[bytes], bytes]] = {
    **dict.fromkeys(("FlateDecode", "Fl"), _inflated),
    **dict.fromkeys(("ASCIIHexDecode", "AHx"), _from_hex),
    **dict.fromkeys(("ASCII85Decode", "A85"), _from_base_85),
    **dict.fromkeys(("RunLengthDecode", "RL"), _run_lengths),
    **dict.fromkeys(("LZWDecode", "LZW"), _from_lzw),
}
