"""ISO 32000-2 §12.8.1: a PDF whose newest revision holds a signature field and room for a signature yet to come."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from ..errors import LimitError
from ..files import MAX_READ_BYTES
from ..signer import Signer
from .place import place_signature
from .request import NOTHING_MORE, SignatureRequest
from .revision import Update
from .source import MemorySink, copy_hashed, open_source
from .stamp import Stamp
from .stamp_anchor import settled
from .update import parsing, updated

_RANGE_KEY = b"/ByteRange"


class Hole(NamedTuple):
    """Where the string of /Contents stands in a file, its brackets included."""

    start: int
    end: int

    @property
    def room(self) -> int:
        """Bytes of the signature that fits."""
        return (self.end - self.start - 2) // 2


def open_hole(
    pdf: bytes | os.PathLike[str],
    signer: Signer,
    *,
    at: datetime,
    room: int,
    stamp: Stamp | None = None,
    field: str | None = None,
    password: Callable[[str], str] | None = None,
    request: SignatureRequest = NOTHING_MORE,
) -> tuple[bytes, Hole]:
    """`pdf` and a revision with a signature field, `room` bytes long its empty signature; and where that stands.

    Of `signer` only the certificate is looked at. Raises as `sign_pdf`, and `LimitError` `input.too-large`.
    """

    stamp = settled(stamp, pdf, password)

    def edit(update: Update) -> None:
        place_signature(update, signer, stamp, field, at, request)

    with open_source(pdf) as source:
        if source.size > MAX_READ_BYTES:
            raise LimitError("input.too-large", what="PDF", limit=f"{MAX_READ_BYTES} bytes")
        update = updated(source, edit, password)
        sink = MemorySink()
        copy_hashed(source, sink, "sha256")
        with parsing():
            revision = update.revision(room)
        start, end = revision.hole or (0, 0)
        sink.write(bytes(revision.body))
        return sink.value(), Hole(source.size + start, source.size + end)


def is_open(document: bytes, hole: Hole) -> bool:
    """Whether `hole` is an empty string in `document` and the byte range beside it covers everything else."""
    start, end = hole
    if not 0 < start < end - 2 < end < len(document) or (end - start) % 2:
        return False
    if document[start : start + 1] != b"<" or document.count(b"0", start + 1, end - 1) != end - start - 2:
        return False
    named = document.rfind(_RANGE_KEY, 0, start)
    wanted = b"[0 %d %d %d]" % (start, end, len(document) - end)
    return named >= 0 and document[named + len(_RANGE_KEY) : start].lstrip().startswith(wanted)


def digest_around(document: bytes, hole: Hole, algorithm: str) -> bytes:
    """The digest of everything but the hole: what the signature signs."""
    running, view = hashlib.new(algorithm), memoryview(document)
    running.update(view[: hole.start])
    running.update(view[hole.end :])
    return running.digest()


def fill(document: bytes, hole: Hole, cms: bytes) -> bytes:
    """`document` with the signature in the hole, which must have room for it."""
    digits = cms.hex().encode().ljust(2 * hole.room, b"0")
    return b"%b<%b>%b" % (document[: hole.start], digits, document[hole.end :])
