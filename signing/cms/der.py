"""Distinguished Encoding Rules (ITU-T X.690 §8, §10): a tag-length-value writer, a strict bounded reader, BER made DER.

Everything here raises `DerError`, a `ValueError`, for bytes that are not what they claim to be; parsers built on it
turn that into `MalformedError` at their own border.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

MAX_DEPTH = 48  # nested constructed values, BER only; DER is never read recursively
MAX_BER_VALUES = 1_000_000  # values in all, BER only; a revocation list of 5 MB inside has half as many
MAX_CHILDREN = 65_536  # values inside one SEQUENCE or SET
MAX_INTEGER_BYTES = 2_100  # bytes; a 16,384-bit modulus fits
MAX_OID_BYTES = 64  # bytes

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
ENUMERATED, UTF8_STRING, IA5_STRING, UTC_TIME, GENERALIZED_TIME = 0x0A, 0x0C, 0x16, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31


class DerError(ValueError):
    """The bytes break X.690."""


class IndefiniteLengthError(DerError):
    """The bytes may be BER: `to_der` may still read them."""


# --- writing ---------------------------------------------------------------------------------------------------------


def tlv(tag: int, content: bytes) -> bytes:
    """One value: tag byte, shortest length, content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def seq(*parts: bytes) -> bytes:
    """SEQUENCE of encoded values."""
    return tlv(SEQUENCE, b"".join(parts))


def set_of(parts: Iterable[bytes], tag: int = SET) -> bytes:
    """SET OF: the encodings sorted (X.690 §11.6); `tag` for an implicit tag."""
    return tlv(tag, b"".join(sorted(parts)))


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(OCTET_STRING, content)


def integer(value: int, tag: int = INTEGER) -> bytes:
    """INTEGER, two's complement in the fewest bytes."""
    bits = (value if value >= 0 else ~value).bit_length()  # -128 fits one byte, as 127 does
    return tlv(tag, value.to_bytes(bits // 8 + 1, "big", signed=True))


def boolean(value: bool) -> bytes:
    """BOOLEAN."""
    return b"\x01\x01\xff" if value else b"\x01\x01\x00"


def null() -> bytes:
    """NULL."""
    return b"\x05\x00"


@lru_cache(maxsize=256)
def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER from its dotted form; `DerError` if that is not one."""
    if not re.fullmatch(r"[012](\.(0|[1-9][0-9]{0,38})){1,30}", dotted):
        raise DerError("not an object identifier")
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    if first < 2 and second > 39:
        raise DerError("not an object identifier")
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        out += bytes(reversed(septets))
    return tlv(OID, bytes(out))


def time(moment: datetime) -> bytes:
    """`Time` of RFC 5280 §4.1.2.5, whole seconds: UTCTime through 2049, GeneralizedTime after."""
    utc = moment.astimezone(UTC)
    if 1950 <= utc.year <= 2049:
        return tlv(UTC_TIME, utc.strftime("%y%m%d%H%M%SZ").encode())
    return generalized_time(utc)


def generalized_time(moment: datetime) -> bytes:
    """GeneralizedTime in UTC, whole seconds."""
    utc = moment.astimezone(UTC)
    return tlv(GENERALIZED_TIME, f"{utc.year:04}{utc:%m%d%H%M%SZ}".encode())


# --- reading ---------------------------------------------------------------------------------------------------------


class Value(NamedTuple):
    """One value inside a buffer: its tag byte, where it begins, and where its content starts and stops."""

    tag: int
    begin: int
    start: int
    stop: int

    def content(self, data: bytes) -> bytes:
        """The content's bytes."""
        return data[self.start : self.stop]

    def raw(self, data: bytes) -> bytes:
        """Tag, length and content."""
        return data[self.begin : self.stop]


def read(data: bytes, begin: int = 0, end: int | None = None) -> Value:
    """The value that begins at `begin` and must stop at or before `end`; DER lengths and one-byte tags only."""
    if end is None:
        end = len(data)
    if begin + 2 > end:
        raise DerError("it ends too early")
    tag, length = data[begin], data[begin + 1]
    start = begin + 2
    if tag & 0x1F == 0x1F:
        raise DerError("a tag number above 30")
    if length >= 0x80:
        count = length & 0x7F
        start += count
        if count == 0:
            raise IndefiniteLengthError("a length is not given")
        if count > 4 or start > end:
            raise DerError("a length is too large")
        length = int.from_bytes(data[begin + 2 : start], "big")
        if length < 0x80 or length >> (8 * count - 8) == 0:
            raise IndefiniteLengthError("a length is longer than needed")
    if start + length > end:
        raise DerError("it ends too early")
    return Value(tag, begin, start, start + length)


def expect(data: bytes, tag: int, begin: int = 0, end: int | None = None) -> Value:
    """As `read`, and the tag must be `tag`."""
    value = read(data, begin, end)
    if value.tag != tag:
        if value.tag == tag | 0x20:  # a string in pieces is BER
            raise IndefiniteLengthError("a string in pieces")
        raise DerError(f"tag {value.tag:#04x} stands where {tag:#04x} belongs")
    return value


def whole(data: bytes, tag: int) -> Value:
    """The one value that fills `data`."""
    value = expect(data, tag)
    if value.stop != len(data):
        raise DerError("something follows the end")
    return value


def children(data: bytes, parent: Value, limit: int = MAX_CHILDREN) -> list[Value]:
    """The values that fill the content of `parent`, at most `limit`."""
    found: list[Value] = []
    position, end = parent.start, parent.stop
    while position < end:
        if len(found) >= limit:
            raise DerError(f"more than {limit} values")
        value = read(data, position, end)
        found.append(value)
        position = value.stop
    return found


def need(value: Value, tag: int) -> Value:
    """`value`, whose tag must be `tag`."""
    if value.tag != tag:
        if value.tag == tag | 0x20 and tag in {OCTET_STRING, BIT_STRING, UTF8_STRING}:
            raise IndefiniteLengthError("a string in pieces")
        raise DerError(f"tag {value.tag:#04x} stands where {tag:#04x} belongs")
    return value


def to_int(data: bytes, value: Value, tag: int = INTEGER) -> int:
    """The number in an INTEGER (or ENUMERATED, or implicit tag)."""
    content = need(value, tag).content(data)
    if not content or len(content) > MAX_INTEGER_BYTES:
        raise DerError("an integer of no or too many bytes")
    return int.from_bytes(content, "big", signed=True)


def to_oid(data: bytes, value: Value) -> str:
    """The dotted form of an OBJECT IDENTIFIER."""
    return _dotted(need(value, OID).content(data))


@lru_cache(maxsize=512)
def _dotted(content: bytes) -> str:
    if not content or len(content) > MAX_OID_BYTES or content[-1] & 0x80:
        raise DerError("a broken object identifier")
    arcs, arc, fresh = [], 0, True
    for byte in content:
        if fresh and byte == 0x80:
            raise DerError("a broken object identifier")
        arc = arc << 7 | byte & 0x7F
        fresh = not byte & 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(a) for a in (first, arcs[0] - 40 * first, *arcs[1:]))


_CLOCK = rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?"
_ZONE = rb"(Z|[+-]\d{4})"
_TIMES = {
    UTC_TIME: re.compile(rb"(\d\d)" + _CLOCK + rb"()" + _ZONE),
    GENERALIZED_TIME: re.compile(rb"(\d{4})" + _CLOCK + rb"([.,]\d{1,9})?" + _ZONE),
}


def to_time(data: bytes, value: Value) -> datetime:
    """The moment of a UTCTime or GeneralizedTime, in UTC; also the forms with an offset or without seconds."""
    form = _TIMES.get(value.tag)
    match = form.fullmatch(value.content(data)) if form else None
    if not match:
        raise DerError("a broken time")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    full_year = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 50 else 2000)
    micros = int((fraction or b".0")[1:].ljust(6, b"0")[:6])
    moment = datetime(full_year, int(month), int(day), int(hour), int(minute), int(second or 0), micros, tzinfo=UTC)
    if zone != b"Z":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
        moment += offset if zone[:1] == b"-" else -offset
    return moment


# --- BER -------------------------------------------------------------------------------------------------------------


def to_der(data: bytes, begin: int = 0) -> tuple[bytes, int]:
    """The BER value at `begin` with definite shortest lengths and whole strings, and where it ended in `data`.

    What is already so is copied byte for byte, so signatures over certificates and attributes inside keep holding.
    The elements of a SET stay in their order.
    """
    return _definite(data, begin, len(data), MAX_DEPTH, iter(range(MAX_BER_VALUES)))


def _definite(data: bytes, begin: int, end: int, depth: int, values: Iterator[int]) -> tuple[bytes, int]:
    if depth == 0:
        raise DerError("nested too deeply")
    if next(values, None) is None:
        raise DerError(f"more than {MAX_BER_VALUES} values")
    if begin + 2 > end:
        raise DerError("it ends too early")
    tag, first = data[begin], data[begin + 1]
    if tag & 0x1F == 0x1F:
        raise DerError("a tag number above 30")
    start = begin + 2 + (first & 0x7F if first > 0x80 else 0)
    if first == 0x80:
        if not tag & 0x20:
            raise DerError("a primitive value without a length")
        parts, position = [], start
        while data[position : min(position + 2, end)] != b"\0\0":
            part, position = _definite(data, position, end, depth - 1, values)
            parts.append(part)
        return _joined(tag, parts), position + 2
    length = int.from_bytes(data[begin + 2 : start], "big") if first > 0x80 else first
    stop = start + length
    if first > 0x84 or stop > end:
        raise DerError("a length is too large")
    if not tag & 0x20:
        return tlv(tag, data[start:stop]), stop
    parts, position = [], start
    while position < stop:
        part, position = _definite(data, position, stop, depth - 1, values)
        parts.append(part)
    return _joined(tag, parts), stop


def _joined(tag: int, parts: list[bytes]) -> bytes:
    if tag == OCTET_STRING | 0x20:
        return octets(b"".join(whole(part, OCTET_STRING).content(part) for part in parts))
    if tag in {BIT_STRING | 0x20, UTF8_STRING | 0x20}:
        raise DerError("a string in pieces")
    return tlv(tag, b"".join(parts))
