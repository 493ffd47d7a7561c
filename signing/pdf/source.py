"""Where a PDF's bytes come from: memory, or a file of which only the places that are asked for are read."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

from ..errors import MalformedError, UsageError
from ..files import NotRegularError, open_regular

CHUNK_BYTES = 1 << 20
HEADER = b"%PDF-"
MAX_BYTES_BEFORE = 1024  # before the header; readers look for it there
_VERSION = re.compile(rb"%PDF-\d\.\d")
BYTE_RANGE = re.compile(rb"/" + b"".join(b"(?:%c|#(?i:%02x))" % (c, c) for c in b"ByteRange"))  # in any spelling
_BYTE_RANGE_MAX = 28  # bytes of its longest spelling


class Source(Protocol):
    """Random access to the bytes of one file."""

    @property
    def size(self) -> int:
        """Bytes in the file."""

    def window(self, at: int, length: int) -> tuple[bytes, int]:
        """A buffer and where byte `at` of the file stands in it; `length` bytes follow, if the file has them."""

    def chunks(self, end: int | None = None) -> Iterator[bytes]:
        """The file from its beginning up to `end`, a piece at a time."""


class MemorySource:
    """A file that is in memory; windows are the whole of it."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return len(self._data)

    def window(self, at: int, length: int) -> tuple[bytes, int]:  # noqa: ARG002  # the protocol's
        """See `Source`."""
        return self._data, at

    def chunks(self, end: int | None = None) -> Iterator[bytes]:
        """See `Source`."""
        yield self._data if end is None or end == len(self._data) else self._data[:end]


class FileSource:
    """A file on disk, read by position, so that memory stays flat however large it is."""

    __slots__ = ("_handle", "_size", "_skipped")

    def __init__(self, file: BinaryIO, skipped: int = 0) -> None:
        file.flush()
        self._handle = file.fileno()
        self._skipped = skipped  # bytes at its front that do not count
        self._size = max(0, os.fstat(self._handle).st_size - skipped)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._size

    def window(self, at: int, length: int) -> tuple[bytes, int]:
        """See `Source`."""
        return os.pread(self._handle, max(0, min(length, self._size - at)), at + self._skipped), 0

    def chunks(self, end: int | None = None) -> Iterator[bytes]:
        """See `Source`."""
        at, end = 0, self._size if end is None else end
        while at < end and (chunk := os.pread(self._handle, min(CHUNK_BYTES, end - at), at + self._skipped)):
            yield chunk
            at += len(chunk)


@contextmanager
def open_source(pdf: bytes | os.PathLike[str] | str) -> Iterator[Source]:
    """`pdf` as a source: bytes, or the path of a regular file, from its header on.

    Offsets count from the header (ISO 32000-2 §7.5.2) for some readers and from the first byte for others; so bytes
    before it are left out of what is signed, unless that would break a signature. Raises `UsageError`,
    `MalformedError`.
    """
    if isinstance(pdf, (bytes, bytearray, memoryview)):
        source = MemorySource(bytes(pdf))
        before = _bytes_before(source)
        yield MemorySource(bytes(pdf)[before:]) if before else source
        return
    try:
        file = open_regular(pdf)  # closed below; errors while using it are not errors of opening it
    except NotRegularError:
        raise UsageError("input.not-regular", path=pdf) from None
    except (OSError, ValueError) as e:  # ValueError: no path can be called that
        raise UsageError("input.unreadable", path=pdf, why=getattr(e, "strerror", None) or e) from None
    with file:
        yield FileSource(file, _bytes_before(FileSource(file)))


def _bytes_before(source: Source) -> int:
    """How many bytes stand before the header. Raises `MalformedError` where a signature covers them."""
    buffer, start = source.window(0, len(HEADER))
    if buffer.startswith(HEADER, start):
        return 0
    buffer, start = source.window(0, MAX_BYTES_BEFORE + 8)
    found = _VERSION.search(buffer, start, start + MAX_BYTES_BEFORE + 8)
    if found is None:
        return 0
    rest = b""
    for chunk in source.chunks():
        if BYTE_RANGE.search(rest + chunk):
            raise MalformedError("pdf.malformed", why="bytes before its header, and a signature that may cover them")
        rest = chunk[-_BYTE_RANGE_MAX:]
    return found.start() - start


class Sink(Protocol):
    """What a signed file is written to."""

    def write(self, data: bytes) -> None:
        """Append."""

    def source(self) -> Source:
        """What was written so far, to be read again."""


class MemorySink:
    """Collects the file in memory."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Append."""
        self._parts.append(data)

    def value(self) -> bytes:
        """Everything written."""
        if len(self._parts) > 1:
            self._parts = [b"".join(self._parts)]
        return self._parts[0] if self._parts else b""

    def source(self) -> Source:
        """See `Sink`."""
        return MemorySource(self.value())


class FileSink:
    """Writes to an open binary file that can also be read."""

    __slots__ = ("_file",)

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        """Append."""
        self._file.write(data)

    def source(self) -> Source:
        """See `Sink`."""
        return FileSource(self._file)


def copy_hashed(source: Source, sink: Sink | None, digest: str) -> hashlib._Hash:
    """Copy all of `source` to `sink` (when there is one) and return the running hash of it, one pass over the bytes."""
    running = hashlib.new(digest, usedforsecurity=True)
    for chunk in source.chunks():
        running.update(chunk)
        if sink is not None:
            sink.write(chunk)
    return running
