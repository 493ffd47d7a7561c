"""Vietnamese text that a QR reader decoded with the wrong table, and names compared without their accents.

UTF-8 read as Windows-1252, ISO 8859-1 or Windows-1258 is repaired only where that is proven: every character goes back
to one byte of the table, the bytes are strict UTF-8, the text in them is Vietnamese, what was there is not, and reading
the bytes with that table once more gives exactly what was there. Anything else is left as it is.
"""

from __future__ import annotations

import unicodedata
from functools import cache

_TABLES = ("windows-1252", "iso-8859-1", "windows-1258")
_BASES = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")  # none, huyền, sắc, ngã, hỏi, nặng
_MINORITIES = "ČčĔĕĬĭÑñŎŏŬŭɃƀ\u0306"  # letters of names in Ê Đê, Ba Na, Gia Rai, Mnông
_PUNCTUATION = "–—‘’“”…ʼ\u00a0"
_APOSTROPHES = str.maketrans(dict.fromkeys("'’‘ʼ`´", ""))
_LETTERS_WITHOUT_MARKS = str.maketrans("đĐƀɃ", "dDbB")  # Unicode does not decompose these

_VIETNAMESE = frozenset(
    "".join(unicodedata.normalize("NFC", base + tone) for base in _BASES for tone in _TONES)
    + "đĐ"
    + _MINORITIES
    + _PUNCTUATION
)


def is_vietnamese(text: str) -> bool:
    """Whether every character of `text` (NFC) is printable ASCII or occurs in Vietnamese names and addresses."""
    return all(c in _VIETNAMESE or " " <= c <= "~" for c in text)


def repair(text: str) -> tuple[str, str | None]:
    """`text` as it was meant, in NFC, and the table it had been read with; None where nothing was repaired."""
    given = unicodedata.normalize("NFC", text)
    if is_vietnamese(given):
        return given, None
    found = {meant: table for table in reversed(_TABLES) if (meant := _meant(given, table)) is not None}
    if len(found) != 1:  # two tables that lead to two texts prove neither
        return given, None
    return next(iter(found.items()))


def _meant(given: str, table: str) -> str | None:
    """The Vietnamese text whose UTF-8 bytes read as `given` with `table`."""
    data = _bytes_of(given, table)
    try:
        meant = unicodedata.normalize("NFC", (data or b"").decode("utf-8"))
    except UnicodeDecodeError:
        return None
    if not meant or not is_vietnamese(meant):
        return None
    again = "".join(map(_characters(table).__getitem__, data or b""))
    return meant if unicodedata.normalize("NFC", again) == given else None


def _bytes_of(text: str, table: str) -> bytes | None:
    """The bytes that `table` reads as `text`; characters that were composed since are taken apart again."""
    values, data = _values(table), bytearray()
    waiting = list(reversed(text))
    while waiting:
        character = waiting.pop()
        value = values.get(character)
        if value is not None:
            data.append(value)
            continue
        parts = unicodedata.decomposition(character)
        if not parts or parts.startswith("<"):
            return None
        waiting += [chr(int(part, 16)) for part in reversed(parts.split())]
    return bytes(data)


@cache
def _characters(table: str) -> tuple[str, ...]:
    """What each of the 256 bytes reads as; a byte without a character reads as the control of its number, as the
    WHATWG Encoding Standard has it."""
    return tuple(bytes([b]).decode(table, "ignore") or chr(b) for b in range(256))


@cache
def _values(table: str) -> dict[str, int]:
    return {character: byte for byte, character in enumerate(_characters(table))}


def plain_name(name: str) -> str:
    """`name` without accents, apostrophes and case, one space between words: NGUYEN VAN A for Nguyễn Văn A."""
    letters = unicodedata.normalize("NFD", name.translate(_LETTERS_WITHOUT_MARKS).translate(_APOSTROPHES))
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(plain.replace("-", " ").replace("<", " ").upper().split())


def same_name(first: str, second: str) -> bool:
    """Whether two spellings of a name agree but for accents, case, apostrophes and spaces.

    For texts without diacritics such as a machine-readable zone; two different people may agree so.
    """
    return plain_name(first) == plain_name(second)
