"""A PDF as a row of revisions, and its objects as of any of them (ISO 32000-2 §7.5); parsed once, when asked for."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, Protocol

from ..errors import LimitError, MalformedError
from .filters import decode_stream
from .objects import PdfDict, PdfStream, Ref, bad, parse_indirect, parse_value
from .rebuild import rebuild
from .xref import COMPRESSED, FREE, MAX_OBJECTS, PLAIN, Entry, Revision, Section, read_revisions

__all__ = ["COMPRESSED", "FREE", "MAX_OBJECTS", "PLAIN", "Decryptor", "Entry", "PdfFile", "Revision", "Section"]

MAX_PARSED_BYTES = 64 * 1024 * 1024  # bytes of object syntax read, streams not counted
MAX_REFERENCES = 32  # references to references


class Decryptor(Protocol):
    """What an encrypted file needs; see `crypt`."""

    def string(self, value: bytes, number: int, generation: int) -> bytes:
        """A decrypted string."""

    def stream(self, value: bytes, number: int, generation: int, about: Mapping[str, Any]) -> bytes:
        """A stream's decrypted bytes."""


class PdfFile:
    """The objects of a file as of any revision; revisions count from 0, -1 is the last.

    `rebuilt` says why the revisions had to be found without the cross-reference chain, if they had to be; who gives it
    has found that the chain misleads.
    """

    def __init__(self, data: bytes, *, rebuilt: MalformedError | None = None) -> None:
        self.data = data
        self.rebuilt = rebuilt
        self.revisions = self._read() if rebuilt is None else rebuild(data)
        self.decryptor: Decryptor | None = None
        self.locked = False  # encrypted, and not opened: strings and streams are noise
        self.mentions: dict[int, int] | None = None  # kept for `mentions`
        self.strays: list[tuple[int, int]] | None = None  # kept for `strays`
        self.inline: dict[int, tuple[PdfStream, frozenset[int]]] = {}  # kept for `inline`, as are the next two
        self.held: dict[tuple[str, int], tuple[Any, Any]] = {}
        self.content = 0
        self.fields: dict[int, Any] = {}  # kept for `pdf_form`
        self.ends: dict[int, int] = {}  # offset of an object that was read → after its endobj
        self._objects: dict[tuple[int, int, int], Any] = {}
        self._containers: dict[int, tuple[bytes, list[int], int]] = {}
        self._loading: set[int] = set()
        self._left = MAX_PARSED_BYTES

    def _read(self) -> list[Revision]:
        try:
            found = read_revisions(self.data)
        except MalformedError as e:
            self.rebuilt = e
            return rebuild(self.data)
        if not self.data.startswith(b"%PDF-"):  # some viewers count offsets from there, and then mend what they find
            self.rebuilt = bad("something stands before %PDF-")
        return found

    @property
    def last(self) -> int:
        """The number of the last revision."""
        return len(self.revisions) - 1

    def entry(self, number: int, revision: int) -> Entry | None:
        """Where the object stands as of `revision`; None when it was never mentioned."""
        for index in range(revision, -1, -1):
            found = self.revisions[index].entries.get(number)
            if found is not None:
                return found
        return None

    def introduced(self, number: int, revision: int) -> int | None:
        """The revision whose table names the object's place as of `revision`."""
        return next((i for i in range(revision, -1, -1) if number in self.revisions[i].entries), None)

    def get(self, number: int, revision: int) -> Any:
        """The object's value as of `revision`; None when it is free or unknown, as the standard says."""
        entry = self.entry(number, revision)
        if entry is None or entry[0] == FREE:
            return None
        return self.at(number, entry, revision)

    def at(self, number: int, entry: Entry, revision: int) -> Any:
        """The object of that number at that place. Raises `MalformedError` when another one stands there."""
        key = (number, *entry[1:]) if entry[0] == PLAIN else (number, -1 - self._offset(entry[1], revision), entry[2])
        if key not in self._objects:
            if number in self._loading:
                raise bad(f"object {number} needs itself")
            self._loading.add(number)
            try:
                load = self._load_plain if entry[0] == PLAIN else self._load_compressed
                self._objects[key] = load(number, entry, revision)
            finally:
                self._loading.discard(number)
        return self._objects[key]

    def resolve(self, value: Any, revision: int) -> Any:
        """`value`, or what it refers to as of `revision`."""
        for _ in range(MAX_REFERENCES):
            if not isinstance(value, Ref):
                return value
            value = self.get(value.number, revision)
        raise bad("references lead in a circle")

    def dictionary(self, value: Any, revision: int) -> PdfDict:
        """`value` resolved as a dictionary; empty when it is something else."""
        found = self.resolve(value, revision)
        return found if isinstance(found, PdfDict) else PdfDict()

    def array(self, value: Any, revision: int) -> list[Any]:
        """`value` resolved as an array; empty when it is something else."""
        found = self.resolve(value, revision)
        return found if isinstance(found, list) else []

    def catalog(self, revision: int) -> PdfDict:
        """The document catalog as of `revision`. Raises `MalformedError`."""
        root = self.revisions[revision].trailer.get("Root")
        if not isinstance(root, Ref) or not isinstance(found := self.resolve(root, revision), PdfDict):
            raise bad("the trailer names no catalog")
        return found

    def spend(self, amount: int) -> None:
        """Count work; raises `LimitError` when the file asks for too much."""
        self._left -= amount
        if self._left < 0:
            raise LimitError("input.too-large", what="the objects of the PDF", limit=f"{MAX_PARSED_BYTES} bytes")

    def _offset(self, container: int, revision: int) -> int:
        entry = self.entry(container, revision)
        if entry is None or entry[0] != PLAIN:
            raise bad(f"object stream {container} does not exist")
        return entry[1]

    def _load_plain(self, number: int, entry: Entry, revision: int) -> Any:
        found = parse_indirect(self.data, entry[1], lambda ref: self.get(ref.number, revision))
        if found.number != number or found.generation != entry[2]:
            raise bad(f"object {number} is not where the cross-reference table says")
        value = found.value
        self.ends[entry[1]] = found.end
        self.spend(found.end - entry[1] - (len(value.raw) if isinstance(value, PdfStream) else 0))
        return self._decrypt(value, number, entry[2]) if self.decryptor else value

    def _decrypt(self, value: Any, number: int, generation: int) -> Any:
        crypt = self.decryptor
        if crypt is None or (isinstance(value, PdfStream) and value.dict.get("Type") == "XRef"):
            return value
        if isinstance(value, bytes):
            return crypt.string(value, number, generation)
        if isinstance(value, list):
            return [self._decrypt(item, number, generation) for item in value]
        if isinstance(value, PdfDict):
            # The hexadecimal string of a signature is never encrypted (ISO 32000-2 §7.6.2).
            signed = "ByteRange" in value
            plain = {
                k: v if signed and k == "Contents" else self._decrypt(v, number, generation) for k, v in value.items()
            }
            return PdfDict(plain, value.start)
        if isinstance(value, PdfStream):
            about = self._decrypt(value.dict, number, generation)
            return PdfStream(about, crypt.stream(value.raw, number, generation, about), stored=value.raw)
        return value

    def _load_compressed(self, number: int, entry: Entry, revision: int) -> Any:
        body, header, first = self._container(entry[1], revision)
        index = entry[2]
        if index * 2 + 1 >= len(header) or header[index * 2] != number:
            raise bad(f"object {number} is not in its object stream")
        start = first + header[index * 2 + 1]
        value, end = parse_value(body, start)
        if index * 2 + 3 < len(header) and end > first + header[index * 2 + 3]:
            raise bad(f"object {number} is not in its object stream")
        self.spend(end - start)
        return value

    def _container(self, container: int, revision: int) -> tuple[bytes, list[int], int]:
        offset = self._offset(container, revision)
        if offset not in self._containers:
            stream = self.get(container, revision)
            if not isinstance(stream, PdfStream) or stream.dict.get("Type") != "ObjStm":
                raise bad(f"object {container} is not an object stream")
            count, first = stream.dict.get("N"), stream.dict.get("First")
            if type(count) is not int or type(first) is not int or count < 0 or first < 0:
                raise bad(f"object stream {container} has no usable /N and /First")
            body = decode_stream(stream)
            self.spend(len(body) // 8)
            words = body[:first].partition(b"%")[0].split()  # some write comments behind the numbers
            plain = b"\x0b" not in body[:first] and all(w.isdigit() and len(w) <= 10 for w in words)
            header = [int(w) for w in words[: 2 * count]] if plain else []
            # To some viewers each object ends where the next begins.
            in_order = all(map(operator.lt, header[1::2], header[3::2]))
            if len(header) < 2 * count or not in_order or len(set(header[::2])) < count:
                raise bad(f"object stream {container} has no usable header")
            self._containers[offset] = (body, header, first)
        return self._containers[offset]

    def container_bytes(self, container: int, revision: int) -> bytes:
        """The decoded body of an object stream."""
        return self._container(container, revision)[0]
