"""Where a PDF's bytes come from: memory, or a file of which only the places that are asked for are read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

from ..errors import UsageError
from ..files import NotRegularError, open_regular

CHUNK_BYTES = 1 << 20


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

    __slots__ = ("_handle", "_size")

    def __init__(self, file: BinaryIO) -> None:
        file.flush()
        self._handle = file.fileno()
        self._size = os.fstat(self._handle).st_size

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._size

    def window(self, at: int, length: int) -> tuple[bytes, int]:
        """See `Source`."""
        return os.pread(self._handle, max(0, min(length, self._size - at)), at), 0

    def chunks(self, end: int | None = None) -> Iterator[bytes]:
        """See `Source`."""
        at, end = 0, self._size if end is None else end
        while at < end and (chunk := os.pread(self._handle, min(CHUNK_BYTES, end - at), at)):
            yield chunk
            at += len(chunk)


@contextmanager
def open_source(pdf: bytes | os.PathLike[str] | str) -> Iterator[Source]:
    """`pdf` as a source: bytes, or the path of a regular file. Raises `UsageError`."""
    if isinstance(pdf, (bytes, bytearray, memoryview)):
        yield MemorySource(bytes(pdf))
        return
    try:
        file = open_regular(pdf)  # closed below; errors while using it are not errors of opening it
    except NotRegularError:
        raise UsageError("input.not-regular", path=pdf) from None
    except (OSError, ValueError) as e:  # ValueError: no path can be called that
        raise UsageError("input.unreadable", path=pdf, why=getattr(e, "strerror", None) or e) from None
    with file:
        yield FileSource(file)


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
