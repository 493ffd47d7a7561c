"""A strict reader and a deterministic writer of ZIP archives (PKWARE APPNOTE 6.3; EN 319 162-1 Annex A.1).

The reader takes only archives that every program unpacks in the same way: entries lie one behind the other from the
first byte to the central directory, both descriptions of an entry agree, names are plain relative paths in NFC that
stay different on systems that fold case, and nothing stands before, between or behind. The writer stores entries
uncompressed with a fixed date, so that equal content gives equal bytes with every version of zlib.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import LimitError, MalformedError
from ..messages.reasons import why

MAX_ARCHIVE_BYTES = 512 * 1024 * 1024  # bytes of the archive, and of everything in it when unpacked
MAX_ENTRIES = 4096  # entries in one archive
MAX_NAME_BYTES = 512  # bytes of one name in UTF-8
MAX_RATIO = 200  # unpacked size : packed size, for entries above RATIO_FREE_BYTES
RATIO_FREE_BYTES = 1024 * 1024  # bytes; smaller entries may have any ratio

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _DESCRIPTOR, _STRONG, _UTF8, _MASKED = 0x0001, 0x0008, 0x0040, 0x0800, 0x2000
_UNIX = 3
_DATE = (1 << 5) | 1  # 1980-01-01, the first date that the format knows
_ZIP64_EXTRA, _UNICODE_PATH_EXTRA = 0x0001, 0x7075
_RESERVED = frozenset('<>:"|?*')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
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


def check_name(name: str) -> None:
    """Refuse a name that is not a plain relative path in NFC. Raises `MalformedError` (`asice.name`)."""
    parts = name.split("/")
    reason = None
    if not name or len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        reason = why("name-length", most=MAX_NAME_BYTES)
    elif "\\" in name or name.startswith("/"):
        reason = why("name-absolute")
    elif any(p in ("", ".", "..") or p != p.strip() or p.endswith(".") for p in parts):
        reason = why("name-segment")
    elif not all(c.isprintable() or c == " " for c in name) or _RESERVED & set(name):
        reason = why("name-character")
    elif not unicodedata.is_normalized("NFC", name):
        reason = why("name-nfc")
    if reason:
        raise MalformedError("asice.name", name=name, **reason)


def fold(name: str) -> str:
    """The form under which two names are one on systems that ignore case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def check_distinct(names: Iterable[str]) -> None:
    """Refuse names that fall together, or of which one is a folder of another. Raises `MalformedError`."""
    seen: set[str] = set()
    folded = []
    for name in names:
        key = fold(name)
        if key in seen:
            raise MalformedError("asice.duplicate", name=name)
        seen.add(key)
        folded.append(key)
    for key in folded:
        cut = key.find("/")
        while cut >= 0:
            if key[:cut] in seen:
                raise MalformedError("asice.duplicate", name=key[:cut])
            cut = key.find("/", cut + 1)


def read_zip(data: bytes) -> dict[str, bytes]:
    """Every entry of `data` by name, in the order of the file. Raises `MalformedError` or `LimitError`."""
    if len(data) > MAX_ARCHIVE_BYTES:
        raise LimitError("asice.too-large", what="ASiC-E", limit=MAX_ARCHIVE_BYTES)
    try:
        entries = sorted(_central_directory(data), key=lambda e: e.offset)
        check_distinct(e.name for e in entries if not e.is_folder)
        folders = {fold(e.name.removesuffix("/")) for e in entries if e.is_folder}
        if both := next((e.name for e in entries if not e.is_folder and fold(e.name) in folders), None):
            raise MalformedError("asice.duplicate", name=both)
        if sum(e.size for e in entries) > MAX_ARCHIVE_BYTES:
            raise LimitError("asice.too-large", what="ASiC-E (unzip)", limit=MAX_ARCHIVE_BYTES)
        return _contents(data, entries)
    except struct.error:
        raise MalformedError("asice.malformed", **why("zip-header-cut")) from None


def _end_record(data: bytes) -> tuple[int, int, int]:
    """(entries, offset of the central directory, its size), from an end record that ends the file."""
    at = len(data) - _END.size
    if at < 0 or data[at : at + 4] != b"PK\x05\x06":
        if data.rfind(b"PK\x05\x06") >= 0:
            raise MalformedError("asice.gap", where="behind the end record, or a comment")
        raise MalformedError("asice.malformed", **why("zip-no-end"))
    _, disk, first_disk, here, total, size, offset, comment = _END.unpack_from(data, at)
    if 0xFFFF in (here, total) or 0xFFFFFFFF in (size, offset) or data[at - 20 : at - 16] == b"PK\x06\x07":
        raise MalformedError("asice.zip64")
    if disk or first_disk or here != total or comment:
        raise MalformedError("asice.malformed", **why("zip-disks"))
    if total > MAX_ENTRIES:
        raise LimitError("asice.too-many", what="ASiC-E", limit=MAX_ENTRIES)
    if offset + size != at:
        raise MalformedError("asice.gap", where="around the central directory")
    return total, offset, size


def _central_directory(data: bytes) -> list[_Entry]:
    """All entries that the central directory lists, each checked by itself."""
    total, at, size = _end_record(data)
    end = at + size
    entries = []
    for _ in range(total):
        head = _CENTRAL.unpack_from(data, at)
        if head[0] != b"PK\x01\x02":
            raise MalformedError("asice.malformed", **why("zip-directory"))
        _, _, _, flags, method, _, _, crc, packed, unpacked, n, extra, comment, disk, _, attributes, offset = head
        start = at + _CENTRAL.size
        at = start + n + extra + comment
        if at > end:
            raise MalformedError("asice.malformed", **why("zip-directory-cut"))
        raw = data[start : start + n]
        name = _name(raw, flags)
        _check_extra(data[start + n : start + n + extra], name)
        if disk or comment:
            raise MalformedError("asice.malformed", **why("zip-entry-disk"))
        entry = _Entry(
            name=name, raw_name=raw, flags=flags, method=method, crc=crc, packed=packed, size=unpacked, offset=offset
        )
        _check_entry(entry, attributes >> 16)
        entries.append(entry)
    if at != end:
        raise MalformedError("asice.gap", where="in the central directory")
    return entries


def _name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError:
        shown = raw.decode("latin-1")
        raise MalformedError("asice.name", name=shown, **why("zip-not-utf8")) from None
    check_name(name.removesuffix("/"))
    return name


def _check_extra(extra: bytes, name: str) -> None:
    """Extra fields may hold times and the like, never another size or another name."""
    at = 0
    while at < len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == _ZIP64_EXTRA:
            raise MalformedError("asice.zip64")
        if kind == _UNICODE_PATH_EXTRA:
            raise MalformedError("asice.header", name=name, **why("zip-second-name"))
        at += 4 + length
    if at != len(extra):
        raise MalformedError("asice.header", name=name, **why("zip-extra"))


def _check_entry(entry: _Entry, mode: int) -> None:
    name = entry.name
    if entry.flags & (_ENCRYPTED | _STRONG | _MASKED):
        raise MalformedError("asice.encrypted", name=name)
    if entry.method not in (_STORED, _DEFLATED):
        raise MalformedError("asice.compression", name=name)
    if entry.is_folder and entry.size:
        raise MalformedError("asice.name", name=name, **why("name-segment"))
    if mode & 0o170000 not in (
        0,
        0o040000 if entry.is_folder else 0o100000,
    ):  # whatever system is stated: programs differ in whose modes they believe
        raise MalformedError("asice.link", name=name)
    if 0xFFFFFFFF in (entry.packed, entry.size, entry.offset):
        raise MalformedError("asice.zip64")
    if entry.method == _STORED and entry.flags & _DESCRIPTOR:
        # who reads the archive as a stream has to guess where such an entry ends
        raise MalformedError("asice.header", name=name, **why("zip-descriptor"))
    if entry.method == _STORED and entry.packed != entry.size:
        raise MalformedError("asice.header", name=name, **why("zip-sizes"))
    if entry.size > RATIO_FREE_BYTES and entry.size > MAX_RATIO * entry.packed:
        raise LimitError("asice.ratio", name=name, limit=MAX_RATIO)


def _contents(data: bytes, entries: list[_Entry]) -> dict[str, bytes]:
    """The contents, while walking from the first byte to the central directory without a gap."""
    _, directory, _ = _end_record(data)
    contents = {}
    at = 0
    for entry in entries:
        if entry.offset < at:
            raise MalformedError("asice.overlap", name=entry.name)
        if entry.offset > at:
            raise MalformedError("asice.gap", where=f"before '{entry.name}'")
        start = _local_header(data, entry)
        end = start + entry.packed
        if end > directory:
            raise MalformedError("asice.overlap", name=entry.name)
        content = _unpack(data[start:end], entry)
        if not entry.is_folder:
            contents[entry.name] = content
        at = _after_descriptor(data, entry, end)
    if at != directory:
        raise MalformedError("asice.gap" if at < directory else "asice.overlap", where="at the end", name="at the end")
    return contents


def _local_header(data: bytes, entry: _Entry) -> int:
    """Where the content begins, after the local header was compared with the central one."""
    magic, _, flags, method, _, _, crc, packed, size, n, extra = _LOCAL.unpack_from(data, entry.offset)
    if magic != b"PK\x03\x04":
        raise MalformedError("asice.header", name=entry.name, **why("zip-no-local"))
    start: int = entry.offset + _LOCAL.size
    if data[start : start + n] != entry.raw_name:
        raise MalformedError("asice.header", name=entry.name, **why("zip-name"))
    if (flags, method) != (entry.flags, entry.method):
        raise MalformedError("asice.header", name=entry.name, **why("zip-flags"))
    later = bool(flags & _DESCRIPTOR) and (crc, packed, size) == (0, 0, 0)
    if not later and (crc, packed, size) != (entry.crc, entry.packed, entry.size):
        raise MalformedError("asice.header", name=entry.name, **why("zip-checksum"))
    _check_extra(data[start + n : start + n + extra], entry.name)
    end: int = start + n + extra
    return end


def _after_descriptor(data: bytes, entry: _Entry, end: int) -> int:
    """Where the next entry begins: behind the data descriptor, if the flags announce one."""
    if not entry.flags & _DESCRIPTOR:
        return end
    wanted = struct.pack("<3L", entry.crc, entry.packed, entry.size)
    for prefix in (b"PK\x07\x08", b""):
        descriptor = prefix + wanted
        if data[end : end + len(descriptor)] == descriptor:
            return end + len(descriptor)
    raise MalformedError("asice.header", name=entry.name, **why("zip-descriptor"))


def _unpack(packed: bytes, entry: _Entry) -> bytes:
    content = packed
    if entry.method == _DEFLATED:
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
        flags = 0 if name.isascii() else _UTF8
        common = (flags, _STORED, 0, _DATE, zlib.crc32(content), len(content), len(content), len(raw), 0)
        local = _LOCAL.pack(b"PK\x03\x04", 20, *common) + raw
        made_by = _UNIX << 8 | 20
        mode = 0o100644 << 16
        directory.append(_CENTRAL.pack(b"PK\x01\x02", made_by, 20, *common, 0, 0, 0, mode, offset) + raw)
        parts += (local, content)
        offset += len(local) + len(content)
    listing = b"".join(directory)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(contents), len(contents), len(listing), offset, 0)
    return b"".join((*parts, listing, end))
