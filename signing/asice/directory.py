"""The central directory of a ZIP archive and the records behind it (PKWARE APPNOTE 6.3 §4.3.12–16), zip64 included.

What programs may read in two ways is refused. What is unusual but the same to all of them is noted, and refused only
where `Oddities` are `strict`.

1. The end record is the last one, and the only one where programs look for it; a comment is text without records.
2. The zip64 end record lies before its locator, and says what the end record says where that says anything.
3. The directory ends where the end records begin, and its entries fill it.
4. A value of 64 bits is taken where the one of 32 bits refers to it; any other has to agree with it.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from ..errors import LimitError, MalformedError
from ..messages.reasons import why
from ..report import Finding
from .names import MAX_NAME_BYTES, UNUSUAL, name_reason

MAX_ENTRIES = 4096  # entries in one archive
MAX_RATIO = 200  # unpacked size : packed size, for entries above RATIO_FREE_BYTES
RATIO_FREE_BYTES = 1024 * 1024  # bytes; smaller entries may have any ratio

END = struct.Struct("<4s4H2LH")
CENTRAL = struct.Struct("<4s6H3L5H2L")
STORED, DEFLATED = 0, 8
DESCRIPTOR, UTF8 = 0x0008, 0x0800
_ENCRYPTED, _STRONG, _MASKED = 0x0001, 0x0040, 0x2000
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_END_MAGIC, _LOCATOR_MAGIC, _END64_MAGIC = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_MAX_COMMENT = 0xFFFF
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_DOS_FOLDER = 0x10
_DOS_KINDS = 0x0400 | 0x40 | _DOS_FOLDER | 0x08  # link, device, folder, label of a disk: no files to some programs
_ZIP64_EXTRA, _UNICODE_PATH_EXTRA = 0x0001, 0x7075
RECORD = re.compile(rb"PK(?:\x01\x02|\x03\x04|\x05[\x05\x06]|\x06[\x06-\x08]|\x07\x08)")  # what any record begins with


@dataclass(slots=True, kw_only=True)
class Oddities:
    """What is unusual in an archive: refused at once when `strict`, else one finding of each kind."""

    strict: bool
    _found: dict[tuple[str, object], Finding] = field(default_factory=dict)

    def note(self, code: str, *, severity: str = "warning", told: str | None = None, **details: object) -> None:
        """Refuse with `code` (`MalformedError`), or keep a finding: `told` if given, else the same code."""
        if self.strict:
            raise MalformedError(code, **details)
        key = (told or code, details.get("why"))
        if key not in self._found:
            self._found[key] = Finding.of(told or code, severity=severity, **details)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noted, in the order in which it was met."""
        return tuple(self._found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as the central directory describes it."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int

    @property
    def is_folder(self) -> bool:
        """Whether it only names a folder, as some programs write them; nothing can be signed there."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The entries of an archive in the order of their contents, and where the directory begins."""

    entries: tuple[Entry, ...]
    offset: int


def read_directory(data: bytes, odd: Oddities) -> Directory:
    """All entries that the central directory lists, each checked by itself.

    Raises `MalformedError`, `LimitError`, and `struct.error` for a record that is cut off.
    """
    total, offset, end = _end_records(data, odd)
    if total > MAX_ENTRIES:
        raise LimitError("asice.too-many", what="ASiC", limit=MAX_ENTRIES)
    at, entries = offset, []
    for _ in range(total):
        entry, at = _central_entry(data, at, end, odd)
        entries.append(entry)
    if at != end:
        raise _gap("gap-directory")
    return Directory(entries=tuple(sorted(entries, key=lambda entry: entry.offset)), offset=offset)


def _gap(reason: str) -> MalformedError:
    return MalformedError("asice.gap", **why(reason))


def _end_records(data: bytes, odd: Oddities) -> tuple[int, int, int]:
    """(entries, offset of the central directory, where it ends)."""
    at = _find_end(data, odd)
    _, disk, first_disk, here, total, size, offset, _ = END.unpack_from(data, at)
    if at >= _LOCATOR.size and data[at - _LOCATOR.size :].startswith(_LOCATOR_MAGIC):
        return _end64(data, at, odd)
    if _FULL16 in (here, total) or _FULL32 in (size, offset):
        raise MalformedError("asice.zip64")
    if disk or first_disk or here != total:
        raise MalformedError("asice.malformed", **why("zip-disks"))
    if offset + size != at:
        raise _gap("gap-around")
    return total, offset, at


def _find_end(data: bytes, odd: Oddities) -> int:
    """Where the end record begins that every program finds."""
    window = max(0, len(data) - END.size - _MAX_COMMENT)
    at = data.rfind(_END_MAGIC, window)
    if at < 0:
        raise _gap("gap-behind") if _END_MAGIC in data else MalformedError("asice.malformed", **why("zip-no-end"))
    start = at + END.size
    stop = start + END.unpack_from(data, at)[-1]
    comment, tail = data[start:stop], data[stop:]
    if stop > len(data) or RECORD.search(comment) or not _is_text(comment) or tail.strip(b"\0"):
        raise _gap("gap-behind")
    if comment:
        odd.note("asice.gap", **why("gap-comment"))
    if tail:
        if data.find(_END_MAGIC, window, at) >= 0:  # programs that want the comment to end the file take that one
            raise _gap("gap-behind")
        odd.note("asice.gap", **why("gap-zeros"))
    return at


def _is_text(comment: bytes) -> bool:
    try:
        return all(c.isprintable() or c in "\r\n\t" for c in comment.decode())
    except UnicodeDecodeError:
        return False


def _end64(data: bytes, at: int, odd: Oddities) -> tuple[int, int, int]:
    """The same from a zip64 end record, which the end record at `at` may leave to speak, but not contradict."""
    _, disk, start, disks = _LOCATOR.unpack_from(data, at - _LOCATOR.size)
    if disk or disks > 1 or start != at - _LOCATOR.size - _END64.size or data[start : start + 4] != _END64_MAGIC:
        raise MalformedError("asice.zip64")
    _, rest, _, _, disk, first_disk, *wide = _END64.unpack_from(data, start)
    here, total, size, offset = wide
    if rest != _END64.size - 12 or disk or first_disk or here != total:
        raise MalformedError("asice.zip64")
    narrow = END.unpack_from(data, at)[1:-1]
    limits = (_FULL16, _FULL16, _FULL16, _FULL16, _FULL32, _FULL32)
    if any(n not in (w, full) for n, w, full in zip(narrow, (0, 0, *wide), limits, strict=True)):
        raise MalformedError("asice.zip64")
    odd.note("asice.zip64")
    if offset + size != start:
        raise _gap("gap-around")
    return total, offset, start


def _central_entry(data: bytes, at: int, end: int, odd: Oddities) -> tuple[Entry, int]:
    """The entry whose central header is at `at`, and where the next one begins."""
    head = CENTRAL.unpack_from(data, at)
    if head[0] != b"PK\x01\x02":
        raise MalformedError("asice.malformed", **why("zip-directory"))
    _, _, _, flags, method, _, _, crc, packed, size, n, extra, comment, disk, _, attributes, offset = head
    start = at + CENTRAL.size
    after = start + n + extra + comment
    if after > end:
        raise MalformedError("asice.malformed", **why("zip-directory-cut"))
    raw = data[start : start + n]
    name = _name(raw, flags, odd)
    wide = wide_values(data[start + n : start + n + extra], name, raw, odd)
    if disk:
        raise MalformedError("asice.malformed", **why("zip-entry-disk"))
    if comment:
        _entry_comment(data[after - comment : after], odd)
    size, packed, offset = widened((size, packed, offset), wide)
    entry = Entry(name=name, raw_name=raw, flags=flags, method=method, crc=crc, packed=packed, size=size, offset=offset)
    _check_entry(entry, attributes)
    return entry, after


def _entry_comment(comment: bytes, odd: Oddities) -> None:
    if RECORD.search(comment):
        raise _gap("gap-directory")
    odd.note("asice.gap", **why("gap-comment"))


def _name(raw: bytes, flags: int, odd: Oddities) -> str:
    try:
        name = raw.decode("utf-8" if flags & UTF8 else "ascii")
    except UnicodeDecodeError:
        name = _guessed(raw, flags)
        odd.note("asice.name", severity="error", name=name, **why("zip-not-utf8"))
    reason = name_reason(name.removesuffix("/"))
    if reason == "name-length":
        raise MalformedError("asice.name", name=name, **why(reason, most=MAX_NAME_BYTES))
    if reason:
        told, severity = ("asice.name-unusual", "warning") if reason in UNUSUAL else (None, "error")
        odd.note("asice.name", told=told, severity=severity, name=name, **why(reason))
    return name


def _guessed(raw: bytes, flags: int) -> str:
    """A name that programs decode differently: as most of them do."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1" if flags & UTF8 else "cp437")


def wide_values(extra: bytes, name: str, raw: bytes, odd: Oddities) -> tuple[int, ...] | None:
    """The 64-bit values among extra fields, None without any. Others may hold times, never another name."""
    wide: tuple[int, ...] | None = None
    at = 0
    while at < len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        value = extra[at + 4 : at + 4 + length]
        if kind == _ZIP64_EXTRA:
            if wide is not None or length % 8 or len(value) != length:
                raise MalformedError("asice.zip64")
            odd.note("asice.zip64")
            wide = struct.unpack(f"<{length // 8}Q", value)
        elif kind == _UNICODE_PATH_EXTRA:
            if value[5:] != raw:
                raise MalformedError("asice.header", name=name, **why("zip-second-name"))
            odd.note("asice.header", name=name, **why("zip-second-name"))
        at += 4 + length
    if at != len(extra):
        raise MalformedError("asice.header", name=name, **why("zip-extra"))
    return wide


def widened(narrow: tuple[int, ...], wide: tuple[int, ...] | None) -> tuple[int, ...]:
    """The values of a header (size, packed size, …), each from the zip64 field where the 32-bit one refers to it.

    The zip64 field may hold just those, or a value for each member; then the two have to agree (`asice.zip64`).
    """
    wide = wide or ()
    full = narrow.count(_FULL32)
    if len(wide) == full:
        values = iter(wide)
        return tuple(next(values) if n == _FULL32 else n for n in narrow)
    if len(wide) > len(narrow) or any(n == _FULL32 for n in narrow[len(wide) :]):
        raise MalformedError("asice.zip64")
    both = (*wide, *narrow[len(wide) :])
    in_order = iter(wide)
    if any(b != (next(in_order) if n == _FULL32 else n) for b, n in zip(both, narrow, strict=True)):
        raise MalformedError("asice.zip64")
    return both


def _check_entry(entry: Entry, attributes: int) -> None:
    name = entry.name
    if entry.flags & (_ENCRYPTED | _STRONG | _MASKED):
        raise MalformedError("asice.encrypted", name=name)
    if entry.method not in (STORED, DEFLATED):
        raise MalformedError("asice.compression", name=name)
    if entry.is_folder and entry.size:
        raise MalformedError("asice.name", name=name, **why("name-segment"))
    # whatever system is stated: programs differ in whose attributes they believe
    kind = 0o040000 if entry.is_folder else 0o100000
    wrong = _DOS_KINDS & ~_DOS_FOLDER if entry.is_folder else _DOS_KINDS
    if attributes >> 16 & 0o170000 not in (0, kind) or attributes & wrong:
        raise MalformedError("asice.link", name=name)
    if entry.method == STORED and entry.packed != entry.size:
        raise MalformedError("asice.header", name=name, **why("zip-sizes"))
    if entry.size > RATIO_FREE_BYTES and entry.size > MAX_RATIO * entry.packed:
        raise LimitError("asice.ratio", name=name, limit=MAX_RATIO)
