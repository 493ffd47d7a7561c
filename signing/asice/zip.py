"""A reader and a deterministic writer of ZIP archives (PKWARE APPNOTE 6.3; EN 319 162-1 Annex A.1).

The reader takes only archives that every program unpacks in the same way: entries lie one behind the other from the
first byte to the central directory, both descriptions of an entry agree, names stay different on systems that fold
them, and nothing that could be read as an entry stands before, between or behind. `read_zip` takes nothing else;
`read_any_zip` takes what other programs add and none reads differently, and tells of it. The writer stores entries
uncompressed with a fixed date, so that equal content gives equal bytes with every version of zlib.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from ..errors import LimitError, MalformedError
from ..messages.reasons import why
from ..report import Finding
from .directory import (
    CENTRAL,
    DEFLATED,
    DESCRIPTOR,
    END,
    MAX_ENTRIES,
    RECORD,
    STORED,
    UTF8,
    Directory,
    Entry,
    Oddities,
    read_directory,
    wide_values,
    widened,
)
from .names import check_distinct, check_name, fold

MAX_ARCHIVE_BYTES = 512 * 1024 * 1024  # bytes of the archive, and of everything in it when unpacked

_LOCAL = struct.Struct("<4s5H3L2H")
_UNIX = 3
_DATE = (1 << 5) | 1  # 1980-01-01, the first date that the format knows


def read_zip(data: bytes) -> dict[str, bytes]:
    """Every entry of `data` by name, in the order of the file. Raises `MalformedError` or `LimitError`."""
    return _read(data, Oddities(strict=True))


def read_any_zip(data: bytes) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The same of an archive that another program wrote, and what is unusual in it.

    Errors among the findings are names that programs read, show or write in different ways. Raises as `read_zip`
    where programs may find different entries or contents.
    """
    odd = Oddities(strict=False)
    return _read(data, odd), odd.findings


def _read(data: bytes, odd: Oddities) -> dict[str, bytes]:
    if len(data) > MAX_ARCHIVE_BYTES:
        raise LimitError("asice.too-large", what="ASiC", limit=MAX_ARCHIVE_BYTES)
    try:
        directory = read_directory(data, odd)
        _check_names(directory.entries)
        if sum(e.size for e in directory.entries) > MAX_ARCHIVE_BYTES:
            raise LimitError("asice.too-large", what="ASiC (unzip)", limit=MAX_ARCHIVE_BYTES)
        return _contents(data, directory, odd)
    except struct.error:
        raise MalformedError("asice.malformed", **why("zip-header-cut")) from None


def _check_names(entries: tuple[Entry, ...]) -> None:
    check_distinct(e.name for e in entries if not e.is_folder)
    folders = {fold(e.name) for e in entries if e.is_folder}
    if both := next((e.name for e in entries if not e.is_folder and fold(e.name) in folders), None):
        raise MalformedError("asice.duplicate", name=both)


def _contents(data: bytes, directory: Directory, odd: Oddities) -> dict[str, bytes]:
    """The contents, while walking from the first byte to the central directory."""
    contents = {}
    at = 0
    for entry in directory.entries:
        _check_gap(data, at, entry.offset, entry.name, odd)
        start, wide = _local_header(data, entry, odd)
        end = start + entry.packed
        if end > directory.offset:
            raise MalformedError("asice.overlap", name=entry.name)
        content = _unpack(data[start:end], entry)
        if not entry.is_folder:
            contents[entry.name] = content
        at = _after_descriptor(data, entry, end, wide=wide, odd=odd)
    _check_gap(data, at, directory.offset, "", odd)
    return contents


def _check_gap(data: bytes, at: int, following: int, name: str, odd: Oddities) -> None:
    """Refuse what lies before an entry, or behind the last one but for zeros.

    Between entries even zeros hide what follows from who reads the archive as a stream.
    """
    if following < at:
        raise MalformedError("asice.overlap", name=name)
    if following > at:
        if name or data.count(0, at, following) != following - at:
            raise MalformedError("asice.gap", **why("gap-before", name=name or "central directory"))
        odd.note("asice.gap", **why("gap-zeros"))


def _local_header(data: bytes, entry: Entry, odd: Oddities) -> tuple[int, bool]:
    """Where the content begins, and whether the header has zip64 sizes, after it was compared with the central one."""
    magic, _, flags, method, _, _, crc, packed, size, n, extra = _LOCAL.unpack_from(data, entry.offset)
    if magic != b"PK\x03\x04":
        raise MalformedError("asice.header", name=entry.name, **why("zip-no-local"))
    start: int = entry.offset + _LOCAL.size
    if data[start : start + n] != entry.raw_name:
        raise MalformedError("asice.header", name=entry.name, **why("zip-name"))
    if (flags, method) != (entry.flags, entry.method):
        raise MalformedError("asice.header", name=entry.name, **why("zip-flags"))
    wide = wide_values(data[start + n : start + n + extra], entry.name, entry.raw_name, odd)
    size, packed = widened((size, packed), wide)
    stated, known = (crc, packed, size), (entry.crc, entry.packed, entry.size)
    later = bool(flags & DESCRIPTOR)  # what is not known yet is zero
    if stated != known and not (later and stated == (0, 0, 0)):
        if not later or any(s not in (0, k) for s, k in zip(stated, known, strict=True)):
            raise MalformedError("asice.header", name=entry.name, **why("zip-checksum"))
        odd.note("asice.header", name=entry.name, **why("zip-partly"))
    end: int = start + n + extra
    return end, wide is not None


def _after_descriptor(data: bytes, entry: Entry, end: int, *, wide: bool, odd: Oddities) -> int:
    """Where the next entry begins: behind the data descriptor, if the flags announce one."""
    if not entry.flags & DESCRIPTOR:
        return end
    if entry.method == STORED:
        _check_streamed(data, entry, end, odd)
    forms = ("<LQQ", "<3L") if wide else ("<3L",)
    for form in forms:
        wanted = struct.pack(form, entry.crc, entry.packed, entry.size)
        for descriptor in (b"PK\x07\x08" + wanted, wanted):
            if data.startswith(descriptor, end):
                return end + len(descriptor)
    raise MalformedError("asice.header", name=entry.name, **why("zip-descriptor"))


def _check_streamed(data: bytes, entry: Entry, end: int, odd: Oddities) -> None:
    """Who reads the archive as a stream has to look for the end of a stored entry by what follows it."""
    if RECORD.search(data, end - entry.packed, end) or not data.startswith(b"PK\x07\x08", end):
        raise MalformedError("asice.header", name=entry.name, **why("zip-descriptor"))
    odd.note("asice.header", name=entry.name, **why("zip-streamed"))


def _unpack(packed: bytes, entry: Entry) -> bytes:
    content = packed
    if entry.method == DEFLATED:
        inflater = zlib.decompressobj(-15)
        try:
            content = inflater.decompress(packed, entry.size + 1)
        except zlib.error:
            raise MalformedError("asice.content", name=entry.name) from None
        if not inflater.eof or inflater.unused_data:
            raise MalformedError("asice.content", name=entry.name)
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise MalformedError("asice.content", name=entry.name)
    return content


def write_zip(contents: Mapping[str, bytes]) -> bytes:
    """The archive with these entries in this order, each stored. Raises `MalformedError` or `LimitError`."""
    if len(contents) > MAX_ENTRIES:
        raise LimitError("asice.too-many", what="ASiC-E", limit=MAX_ENTRIES)
    if sum(map(len, contents.values())) > MAX_ARCHIVE_BYTES:
        raise LimitError("asice.too-large", what="ASiC-E", limit=MAX_ARCHIVE_BYTES)
    check_distinct(contents)
    parts: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, content in contents.items():
        check_name(name)
        raw = name.encode()
        flags = 0 if name.isascii() else UTF8
        common = (flags, STORED, 0, _DATE, zlib.crc32(content), len(content), len(content), len(raw), 0)
        local = _LOCAL.pack(b"PK\x03\x04", 20, *common) + raw
        made_by = _UNIX << 8 | 20
        mode = 0o100644 << 16
        directory.append(CENTRAL.pack(b"PK\x01\x02", made_by, 20, *common, 0, 0, 0, mode, offset) + raw)
        parts += (local, content)
        offset += len(local) + len(content)
    listing = b"".join(directory)
    end = END.pack(b"PK\x05\x06", 0, 0, len(contents), len(contents), len(listing), offset, 0)
    return b"".join((*parts, listing, end))
