"""Tag-length-value as chips and certificates write it (ITU-T X.690 §8, ISO/IEC 7816-4 §5.2.2): reader and writer.

Definite lengths alone, tags of one or two bytes; nothing here recurses. Lengths may be longer than needed, because
chips in the field write `82 00 7F`; what is hashed or signed is always the bytes as they came. Everything raises
`DerError`, a `ValueError`: the parsers built on it say in their own words what was malformed.
"""

from __future__ import annotations

from datetime import UTC, datetime

MAX_CHILDREN = 65_536  # values inside one constructed value: a large revocation list has as many entries
MAX_INTEGER_BYTES = 1_056  # bytes: an 8,192-bit modulus fits
MAX_OID_BYTES = 32  # bytes

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
ENUMERATED, UTF8, PRINTABLE, UTC_TIME, GENERALIZED_TIME = 0x0A, 0x0C, 0x13, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31

Node = tuple[int, int, int, int]  # tag; where the value begins; where its content starts; where it stops


class DerError(ValueError):
    """The bytes break X.690, or what the parser expects."""


def children(data: bytes, at: int, end: int) -> list[Node]:
    """The values that fill `data[at:end]` exactly, in order."""
    found: list[Node] = []
    many = end - at > 2 * MAX_CHILDREN  # a value has two bytes at least, so fewer bytes need no counting
    while at < end:
        begin = at
        tag = data[at]
        if tag & 0x1F == 0x1F:
            tag, at = _long_tag(data, at, end)
        if at + 1 >= end:
            raise DerError("it ends too early")
        length = data[at + 1]
        at += 2
        if length == 0x81 and at < end:
            length = data[at]
            at += 1
        elif length >= 0x80:
            length, at = _long_length(data, at, end, length & 0x7F)
        stop = at + length
        if stop > end:
            raise DerError("a length reaches beyond the end")
        found.append((tag, begin, at, stop))
        at = stop
        if many and len(found) > MAX_CHILDREN:
            raise DerError("too many values")
    return found


def _long_tag(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A tag of two bytes, and where its second byte stands."""
    # the second byte may be below 1F, which X.690 would put into the first: ICAO's own tags are 5F01, 5F0E …
    if at + 1 >= end or data[at + 1] >= 0x80:
        raise DerError("a tag of more than two bytes")
    return data[at] << 8 | data[at + 1], at + 1


def _long_length(data: bytes, at: int, end: int, count: int) -> tuple[int, int]:
    if not 1 <= count <= 4 or at + count > end:
        raise DerError("an indefinite or overlong length")
    return int.from_bytes(data[at : at + count], "big"), at + count


def octets(given: object) -> bytes:
    """The bytes that a caller gave."""
    if not isinstance(given, bytes | bytearray | memoryview):
        raise DerError("not bytes")
    return bytes(given)


def only(data: bytes, tag: int) -> Node:
    """The one value with `tag` that `data` is; nothing may follow it."""
    return expect(data, tag, 0, len(data))


def expect(data: bytes, tag: int, start: int, stop: int) -> Node:
    """The one value with `tag` that fills `data[start:stop]`."""
    found = children(data, start, stop)
    if len(found) != 1 or found[0][0] != tag:
        raise DerError(f"not one value with tag {tag:02X}")
    return found[0]


def sole(nodes: list[Node]) -> Node:
    """The one value in `nodes`."""
    if len(nodes) != 1:
        raise DerError("not exactly one value")
    return nodes[0]


def inside(data: bytes, node: Node, tag: int = SEQUENCE) -> list[Node]:
    """The values inside `node`, which must have `tag`."""
    if node[0] != tag:
        raise DerError(f"tag {node[0]:02X} where {tag:02X} is expected")
    return children(data, node[2], node[3])


def content(data: bytes, node: Node, tag: int) -> bytes:
    """The content of `node`, which must have `tag`."""
    if node[0] != tag:
        raise DerError(f"tag {node[0]:02X} where {tag:02X} is expected")
    return data[node[2] : node[3]]


def raw(data: bytes, node: Node) -> bytes:
    """Tag, length and content of `node`."""
    return data[node[1] : node[3]]


def read_integer(data: bytes, node: Node) -> int:
    """INTEGER."""
    size = node[3] - node[2]
    if node[0] != INTEGER or not 1 <= size <= MAX_INTEGER_BYTES:
        raise DerError("not an INTEGER of a bounded size")
    return int.from_bytes(data[node[2] : node[3]], "big", signed=True)


def read_small(data: bytes, node: Node, largest: int = 255) -> int:
    """INTEGER from 0 to `largest`."""
    number = read_integer(data, node)
    if not 0 <= number <= largest:
        raise DerError("an INTEGER out of its range")
    return number


def read_oid(data: bytes, node: Node) -> bytes:
    """The content of an OBJECT IDENTIFIER: known ones are compared by their bytes, see `oid`."""
    if node[0] != OID or not 1 <= node[3] - node[2] <= MAX_OID_BYTES:
        raise DerError("not an OBJECT IDENTIFIER of a bounded size")
    return data[node[2] : node[3]]


def read_bits(data: bytes, node: Node) -> bytes:
    """BIT STRING of whole bytes."""
    if node[0] != BIT_STRING or node[3] <= node[2] or data[node[2]] != 0:
        raise DerError("not a BIT STRING of whole bytes")
    return data[node[2] + 1 : node[3]]


def read_time(data: bytes, node: Node) -> datetime:
    """UTCTime or GeneralizedTime in UTC with seconds (RFC 5280 §4.1.2.5)."""
    text = data[node[2] : node[3]]
    if node[0] == UTC_TIME:
        text = (b"20" if text[:2] < b"50" else b"19") + text
    elif node[0] != GENERALIZED_TIME:
        raise DerError("not a time in UTC")
    if len(text) != 15 or not text[:14].isdigit() or text[14] != ord("Z"):
        raise DerError("not a time in UTC")
    try:
        month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(4, 14, 2))
        return datetime(int(text[:4]), month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise DerError("not a time in UTC") from None


# --- writing ---------------------------------------------------------------------------------------------------------


def tlv(tag: int, *parts: bytes) -> bytes:
    """One value: tag of one or two bytes, shortest length, the parts as its content."""
    body = b"".join(parts)
    size = len(body)
    head = tag.to_bytes(1 if tag < 0x100 else 2, "big")
    if size < 0x80:
        return head + bytes((size,)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return head + bytes((0x80 | len(length),)) + length + body


def oid(dotted: str) -> bytes:
    """The content of an OBJECT IDENTIFIER from its dotted form, which our own code gives."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | arc & 0x7F)
        out += bytes(reversed(septets))
    return bytes(out)


def dotted(identifier: bytes) -> str:
    """The dotted form of an OBJECT IDENTIFIER's content, for people."""
    arcs, value = [], 0
    for byte in identifier:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            arcs.append(value)
            value = 0
    if not arcs or identifier[-1] >= 0x80:
        return identifier.hex()
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))
