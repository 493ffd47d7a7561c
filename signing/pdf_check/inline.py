"""References inside of content streams (ISO 32000-2 §7.8.2): the standard forbids them, and some viewers follow them.

An inline image or a replacement text that takes its value from object 90 becomes another when that object comes later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..errors import LimitError, MalformedError
from .file import PLAIN, PdfFile
from .objects import PdfDict, PdfStream, Ref
from .undo import undone

MAX_CONTENT_BYTES = 128 * 1024 * 1024  # decoded, of all content of a document

_GAP = rb"(?:[\x00\t\n\x0c\r \x80\xff]|%[^\r\n]*+[\r\n])"
_END = re.compile(rb"R(?![A-Za-z0-9'\"*])")
_BEFORE = frozenset(b"\x00\t\n\x0c\r \x80\xff0123456789")
_REFERENCE = re.compile(rb"(\d++)" + _GAP + rb"++\d++" + _GAP + rb"*+\Z")
_REACH = 256  # bytes before an `R` in which a reference stands
_VISIT_COST = 16  # bytes of the file's budget that following one reference counts as
_UPWARDS = frozenset({"Parent", "P"})
_FONT_PROGRAMS = frozenset({"FontFile", "FontFile2", "FontFile3"})
_DRAWN = "XObject"  # by an operator that asks what an object calls itself


def content_mentions(file: PdfFile, revision: int) -> set[int]:
    """The numbers that content shown as of `revision` refers to. Raises `MalformedError` or `LimitError`."""
    found = set[int]()
    for stream in _streams(file, revision):
        key = id(stream)
        if key not in file.inline:
            file.inline[key] = frozenset(_mentioned(_decoded(file, stream)))
        found |= file.inline[key]
    return found


def _mentioned(body: bytes) -> Iterator[int]:
    for end in _END.finditer(body):
        at = end.start()
        if at and body[at - 1] in _BEFORE:
            reference = _REFERENCE.search(body, max(0, at - _REACH), at)
            if reference is not None:
                yield int(reference[1][-10:])


def _streams(file: PdfFile, revision: int) -> Iterator[PdfStream]:
    """Everything that may be content; all streams, where not every object on the way can be read."""
    try:
        yield from _reached(file, revision)
    except MalformedError:
        yield from _every(file, revision)


def _every(file: PdfFile, revision: int) -> Iterator[PdfStream]:
    for number in {number for r in file.revisions[: revision + 1] for number in r.entries}:
        entry = file.entry(number, revision)
        try:
            value = file.get(number, revision)
        except MalformedError:
            at = entry[1] if entry is not None and entry[0] == PLAIN else 0
            if b"stream" not in file.data[at : file.data.find(b"endobj", at)]:
                continue
            head = file.data[at : file.data.find(b"stream", at)]
            if not at or file.decryptor or b"/F" in head or b"#" in head:
                raise
            # Nothing has to be undone, so it can be sought where it stands, wherever a viewer says that it ends.
            end = file.revisions[file.introduced(number, revision) or 0].end
            value = PdfStream(PdfDict(), file.data[at:end])
        if isinstance(value, PdfStream):
            yield value


def _reached(file: PdfFile, revision: int) -> Iterator[PdfStream]:
    """The streams that pages lead to, but for pictures, fonts and colours that are used as such."""
    waiting: list[tuple[str, Any]] = [("Pages", file.catalog(revision).get("Pages"))]
    seen = set[tuple[str, int]]()
    while waiting:
        role, value = waiting.pop()
        if isinstance(value, Ref):
            if (role, value.number) in seen:
                continue
            seen.add((role, value.number))
            file.spend(_VISIT_COST)
            value = file.get(value.number, revision)
        if isinstance(value, list):
            if role == "Contents" or value[:1] != ["ICCBased"]:
                waiting += ((role, item) for item in value)
        elif isinstance(value, PdfDict):
            waiting += _entries(file, value, revision, "")
        elif isinstance(value, PdfStream):
            picture = role == _DRAWN and value.dict.get("Subtype") == "Image"
            if not picture:
                yield value
            waiting += _entries(file, value.dict, revision, _DRAWN if picture else "")


def _entries(file: PdfFile, value: PdfDict, revision: int, usual: str) -> Iterator[tuple[str, Any]]:
    """The values of a dictionary, each with its role where that matters."""
    for key, held in value.items():
        if key in ("XObject", "FontDescriptor"):
            found = file.resolve(held, revision)
            parts = found.items() if isinstance(found, PdfDict) else ((key, held),)
            role = _DRAWN if key == "XObject" and isinstance(found, PdfDict) else ""
            yield from ((role, part) for name, part in parts if role or name not in _FONT_PROGRAMS)
        elif key not in _UPWARDS:
            yield "Contents" if key == "Contents" else usual, held


def _decoded(file: PdfFile, stream: PdfStream) -> bytes:
    body = undone(stream)
    file.content += len(body)
    if file.content > MAX_CONTENT_BYTES:
        raise LimitError("input.too-large", what="a content stream", limit=f"{MAX_CONTENT_BYTES} bytes")
    return body
