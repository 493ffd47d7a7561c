"""References inside of content streams (ISO 32000-2 §7.8.2): the standard forbids them, and some viewers follow them.

An inline image or a replacement text that takes its value from object 90 becomes another when that object comes later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

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
_NAMED = frozenset({"Contents", "XObject", "FontDescriptor"})  # keys that give what they hold their name as its role
_DRAWN, _PICTURE = "drawn", "picture"  # by an operator that asks what an object calls itself; what is one


_Reference = tuple[str, int]  # the role of what is referred to, and its number


class _Held(NamedTuple):
    """What an object holds by itself, whatever it refers to."""

    streams: list[PdfStream]
    references: list[_Reference]


def content_mentions(file: PdfFile, revision: int) -> set[int]:
    """The numbers that content shown as of `revision` refers to. Raises `MalformedError` or `LimitError`."""
    found = set[int]()
    for stream in _streams(file, revision):
        key = id(stream)
        if key not in file.inline:  # kept with the stream, whose id stays its own so
            file.inline[key] = stream, frozenset(_mentioned(_decoded(file, stream)))
        found |= file.inline[key][1]
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
    waiting, seen = _held("", file.catalog(revision).get("Pages")).references, set[_Reference]()
    while waiting:
        further: list[_Reference] = []
        for reference in waiting:
            if reference in seen:
                continue
            seen.add(reference)
            file.spend(_VISIT_COST)
            role, number = reference
            value = file.get(number, revision)
            key = role, id(value)
            if key not in file.held:
                file.held[key] = value, _held(role, value)  # with the value, whose id stays its own so
            held: _Held = file.held[key][1]
            yield from held.streams
            further += held.references
        waiting = further


def _held(role: str, value: Any) -> _Held:
    """The streams and references of `value`, which has that role."""
    held, waiting = _Held([], []), [(role, value)]
    while waiting:
        role, value = waiting.pop()
        if isinstance(value, Ref):
            held.references.append((role, value.number))
        elif isinstance(value, list):
            if role == "Contents" or value[:1] != ["ICCBased"]:
                waiting += ((role if role not in _NAMED else "", item) for item in value)
        elif isinstance(value, PdfDict):
            waiting += _entries(value, role)
        elif isinstance(value, PdfStream):
            picture = role == _DRAWN and value.dict.get("Subtype") == "Image"
            if not picture:
                held.streams.append(value)
            waiting += _entries(value.dict, _PICTURE if picture else "")
    return held


def _entries(value: PdfDict, role: str) -> Iterator[tuple[str, Any]]:
    """The values of a dictionary, each with its role where that matters."""
    if role == "XObject":
        yield from ((_DRAWN, held) for held in value.values())
    elif role == "FontDescriptor":
        yield from (("", held) for key, held in value.items() if key not in _FONT_PROGRAMS)
    else:
        usual = _DRAWN if role == _PICTURE else ""
        for key, held in value.items():
            if key not in _UPWARDS:
                yield key if key in _NAMED else usual, held


def _decoded(file: PdfFile, stream: PdfStream) -> bytes:
    body = undone(stream)
    file.content += len(body)
    if file.content > MAX_CONTENT_BYTES:
        raise LimitError("input.too-large", what="a content stream", limit=f"{MAX_CONTENT_BYTES} bytes")
    return body
