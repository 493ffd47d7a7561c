"""The files of a chip (ICAO 9303-10 §3, §4.6): their names, tags and numbers; EF.COM; data group 1.

What is read from a file here is not verified: `Chip.verify` compares the file with its hash first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import LimitError, MalformedError, UsageError
from ..files import read_file
from .der import DerError, Node, children, content, octets, only
from .mrz import Mrz

MAX_FILE_BYTES = 4 << 20  # bytes of one file; a face has 15 to 40 kB, 19 fingers some hundred
MAX_FILES = 64  # files of one folder
MAX_TEXT_CHARS = 4096  # characters of one text field

SOD, COM = "SOD", "COM"
TAGS = {
    1: 0x61,
    2: 0x75,
    3: 0x63,
    4: 0x76,
    5: 0x65,
    6: 0x66,
    7: 0x67,
    8: 0x68,
    9: 0x69,
    10: 0x6A,
    11: 0x6B,
    12: 0x6C,
    13: 0x6D,
    14: 0x6E,
    15: 0x6F,
    16: 0x70,
}
_NUMBERS = {tag: number for number, tag in TAGS.items()}
_NAME = re.compile(r"(?:EF[._-]?)?(SOD|COM|DG0?([1-9]|1[0-6]))(?:\.[A-Z0-9]{1,4})?", re.IGNORECASE)


def file_key(name: object) -> str | None:
    """`SOD`, `COM` or `DG1` … `DG16` for a file's name (`EF.SOD`, `dg01.bin`, `EF_DG13.dat` …); None for another."""
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    if found is None:
        return None
    return f"DG{found[2]}" if found[2] else found[1].upper()


def read_files(source: str | os.PathLike[str] | Mapping[str, bytes]) -> dict[str, bytes]:
    """The chip's files by `file_key`, from a folder or from names and bytes; other files are passed over.

    Raises `UsageError` (`input.unreadable`), `LimitError` (`chip.too-large`), `MalformedError` (`chip.file-twice`).
    """
    found: dict[str, bytes] = {}
    for name, data in source.items() if isinstance(source, Mapping) else _folder(source):
        key = file_key(name)
        if key is None:
            continue
        if not isinstance(data, bytes):
            raise UsageError("usage.argument", why=f"the file {key} is given as bytes")
        if key in found:
            raise MalformedError("chip.file-twice", file=key)
        if len(data) > MAX_FILE_BYTES:
            raise LimitError("chip.too-large", what=key, what_vi=key, limit=f"{MAX_FILE_BYTES} bytes")
        found[key] = data
    return found


def _folder(folder: str | os.PathLike[str]) -> list[tuple[str, bytes]]:
    try:
        paths = sorted(path for path in Path(folder).iterdir() if file_key(path.name) and path.is_file())
    except (OSError, ValueError, TypeError) as e:
        raise UsageError("input.unreadable", path=folder, why=getattr(e, "strerror", None) or e) from None
    if len(paths) > MAX_FILES:
        raise LimitError("chip.too-large", what=folder, what_vi=folder, limit=f"{MAX_FILES} files")
    return [(path.name, read_file(path, max_bytes=MAX_FILE_BYTES)) for path in paths]


def group(data: bytes, number: int) -> list[Node]:
    """The values inside data group `number`, whose file is `data`. Raises `DerError`."""
    _, _, start, stop = only(data, TAGS[number])
    return children(data, start, stop)


def malformed(number: int, why: object) -> MalformedError:
    """The error for data group `number`."""
    return MalformedError("chip.malformed", what=f"DG{number}", why=why)


def text(data: bytes, node: Node) -> str:
    """UTF-8 text of a field; printable characters only. Raises `DerError`."""
    if node[3] - node[2] > 4 * MAX_TEXT_CHARS:
        raise DerError("a text is too long")
    try:
        value = data[node[2] : node[3]].decode("utf-8").strip()
    except UnicodeDecodeError:
        raise DerError("a text is not UTF-8") from None
    if not value.isprintable():
        raise DerError("a text has control characters")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Com:
    """EF.COM: the versions and the data groups that the chip says it has. Nothing signs it: it proves nothing."""

    lds_version: str
    groups: tuple[int, ...]

    @classmethod
    def parse(cls, data: bytes) -> Com:
        """The file `data`. Raises `MalformedError` (`chip.malformed`)."""
        try:
            _, _, start, stop = only(octets(data), 0x60)
            fields = {node[0]: node for node in children(data, start, stop)}
            version = content(data, fields[0x5F01], 0x5F01)
            tags = content(data, fields[0x5C], 0x5C)
            if len(version) != 4 or not version.isdigit():
                raise DerError("its version is not four digits")
        except (DerError, KeyError) as e:
            why = "a field is missing" if isinstance(e, KeyError) else e
            raise MalformedError("chip.malformed", what="EF.COM", why=why) from None
        groups = tuple(_NUMBERS[tag] for tag in tags if tag in _NUMBERS)
        return cls(lds_version=f"{int(version[:2])}.{int(version[2:])}", groups=groups)


def read_mrz(data: bytes, *, at: datetime | None = None) -> Mrz:
    """The machine-readable zone in data group 1, whose file is `data` (ICAO 9303-10 §4.7.1).

    Raises `MalformedError` (`chip.malformed`, `mrz.malformed`, `mrz.check-digit`).
    """
    try:
        fields = group(data, 1)
        if len(fields) != 1:
            raise DerError("not one machine-readable zone")
        lines = content(data, fields[0], 0x5F1F).decode("ascii")
    except (DerError, UnicodeDecodeError) as e:
        raise malformed(1, e if isinstance(e, DerError) else "not ASCII") from None
    return Mrz.parse(lines, at=at)
