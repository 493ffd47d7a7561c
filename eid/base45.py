"""Base45 (RFC 9285): bytes as text that a QR code keeps in its alphanumeric mode.

Two bytes become three characters, one byte becomes two. Decoding is strict: one text for each byte string.
"""

from __future__ import annotations

import struct

from .errors import LimitError, MalformedError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MAX_CHARS = 4_296  # characters; the largest alphanumeric QR code (ISO/IEC 18004, version 40-L)

# The low two digits of a group, least significant first: 2,025 pairs, so that encoding a group costs two look-ups.
_PAIRS = [low + high for high in ALPHABET for low in ALPHABET]
_FOREIGN = 255
_VALUES = bytes(ALPHABET.find(chr(code)) if chr(code) in ALPHABET else _FOREIGN for code in range(256))


def encode(data: bytes) -> str:
    """`data` in Base45, least significant digit first as RFC 9285 §4 has it."""
    pairs, third = _PAIRS, ALPHABET
    words = struct.unpack(f">{len(data) // 2}H", data[: len(data) & ~1])
    text = "".join([pairs[word % 2025] + third[word // 2025] for word in words])
    return text + pairs[data[-1]] if len(data) & 1 else text


def decode(text: str) -> bytes:
    """The bytes of a Base45 text.

    Raises `LimitError` (`base45.too-large`) above 4,296 characters and `MalformedError` (`base45.malformed`) for a
    character outside the alphabet, a length that no byte string has, or a group above its largest value.
    """
    given: object = text
    if not isinstance(given, str):
        raise MalformedError("base45.malformed")
    if len(text) > MAX_CHARS:
        raise LimitError("base45.too-large", limit=MAX_CHARS)
    try:
        digits = text.encode("ascii").translate(_VALUES)
        if _FOREIGN in digits:
            raise ValueError("alphabet")
        words = [a + 45 * b + 2025 * c for a, b, c in zip(digits[0::3], digits[1::3], digits[2::3], strict=False)]
        data = struct.pack(f">{len(words)}H", *words)
        rest = digits[3 * len(words) :]
        if len(rest) == 1:
            raise ValueError("length")
        return data + struct.pack("B", rest[0] + 45 * rest[1]) if rest else data
    except (ValueError, struct.error):  # a foreign character, one left over, or a value above 65535 (or 255)
        raise MalformedError("base45.malformed") from None
