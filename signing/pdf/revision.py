"""ISO 32000-2 §7.5.6 and §12.8.1: one incremental update as bytes with its byte range, and how updates are driven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .raw import Dict, PdfSyntaxError, Ref

BYTE_RANGE_WIDTH = 40  # a zero, three numbers of ten digits and their separators


@dataclass(slots=True)
class Revision:
    """The bytes of one update. `hole` is where the string of /Contents stands in `body`, its brackets included."""

    body: bytearray
    base: int
    hole: tuple[int, int] | None = None

    def fill_byte_range(self, at: int) -> None:
        """Write the byte range at position `at` of `body`, where blanks were left for it."""
        if self.hole is None:
            raise PdfSyntaxError("no signature in this revision")
        start, end = self.hole
        text = b"[0 %d %d %d]" % (self.base + start, self.base + end, len(self.body) - end)
        self.body[at : at + len(text)] = text

    def fill_contents(self, der: bytes) -> bool:
        """Write `der` into the hole, padded with zeros; False when it does not fit."""
        if self.hole is None or 2 * len(der) > self.hole[1] - self.hole[0] - 2:
            return False
        digits = der.hex().encode("ascii")
        self.body[self.hole[0] + 1 : self.hole[0] + 1 + len(digits)] = digits
        return True


class Update(Protocol):
    """An update being made. Values are raw PDF; references count from the file that is updated."""

    @property
    def root(self) -> Ref:
        """The catalog."""

    def load(self, ref: Ref) -> bytes:
        """The value of an object, with what this update already changed."""

    def entries(self, ref: Ref) -> Dict:
        """An object that is a dictionary (or stream), as a dictionary that may be changed."""

    def resolve(self, raw: bytes | None) -> bytes | None:
        """A value with references followed; None for null."""

    def stream(self, ref: Ref) -> bytes:
        """The decoded data of a stream object of the file."""

    def has_stream(self, ref: Ref) -> bool:
        """Whether an object of the file is a stream."""

    def put(self, ref: Ref, value: bytes) -> None:
        """Replace an object that is not a stream."""

    def add(self, value: bytes, stream: bytes | None = None) -> Ref:
        """A new object; for a stream, `value` is its dictionary without /Length."""

    def add_signature(self, entries: bytes) -> Ref:
        """The signature dictionary: `entries` and, at writing, /ByteRange and /Contents."""

    def revision(self, reserve: int = 0) -> Revision:
        """The update as bytes, with `reserve` bytes kept for the signature; may be called again with another size."""
