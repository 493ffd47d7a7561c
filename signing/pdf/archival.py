"""ISO 19005 (PDF/A): what a signature adds must leave an archival file archival.

All parts want an appearance for every widget that has a size, and colours that do not depend on a device (§6.2.4.3 of
part 2). Part 1 wants an appearance for hidden widgets too (§6.9), a /CIDSet in font descriptors (§6.3.5), and no
soft masks (§6.4): a picture's transparency is then all or nothing.
"""

from __future__ import annotations

import re
import zlib

from .font import Add, stamp_font
from .pages import Geometry
from .raw import (
    Dict,
    PdfSyntaxError,
    Ref,
    as_array,
    as_dict,
    as_int,
    as_number,
    as_ref,
    read_dict,
    write_dict,
    write_numbers,
)
from .revision import Update
from .sections import inflate

_PART = re.compile(rb"pdfaid:part\s*(?:=\s*[\"']|>)\s*(\d)")
_OPAQUE = 128  # of 255: from here on a pixel shows
_STENCIL = bytes(0x31 if level < _OPAQUE else 0x30 for level in range(256))  # 1 is left out (ISO 32000-2 §8.9.6.3)
# sRGB as far as a calibrated space can say it (IEC 61966-2-1), and grey of the same white
_DEVICE_FREE = (
    b"<</DefaultRGB [/CalRGB <</WhitePoint [0.9505 1 1.089] /Gamma [2.2 2.2 2.2]"
    b" /Matrix [0.4124 0.2126 0.0193 0.3576 0.7152 0.1192 0.1805 0.0722 0.9505]>>]"
    b" /DefaultGray [/CalGray <</WhitePoint [0.9505 1 1.089] /Gamma 2.2>>]>>"
)


def archival_part(update: Update) -> int | None:
    """The part of PDF/A that the document's metadata claim, or None."""
    place = as_ref(update.entries(update.root).get(b"/Metadata"))
    if place is None:
        return None
    try:
        found = _PART.search(update.stream(place)) if update.has_stream(place) else None
    except PdfSyntaxError:
        return None  # metadata that cannot be read claim nothing
    return int(found[1]) if found else None


def empty_look(update: Update, rectangle: bytes, part: int | None, geometry: Geometry | None = None) -> Dict:
    """The entry /AP of a field that shows nothing yet, where the document must have one.

    Its box is the one that a stamp will have: EU DSS takes another box, once the field is signed, for forbidden.
    """
    left, bottom, right, top = map(as_number, as_array(rectangle))
    width, height = right - left, top - bottom
    if part is None or not (part == 1 or (width and height)):
        return {}
    if geometry is not None:
        width, height = width * geometry.unit, height * geometry.unit
        if geometry.rotation in {90, 270}:
            width, height = height, width
    box = b"[0 0 %b]" % write_numbers(width or 1, height or 1)
    look = update.add(b"<</Type /XObject /Subtype /Form /BBox %b /Resources <<>>>>" % box, b"")
    return {b"/AP": b"<</N %b>>" % look.raw()}


def archival_add(update: Update, part: int | None) -> Add:
    """`update.add` for the parts of an appearance, each made to fit the document's part of PDF/A."""
    return update.add if part is None else _Fitting(update, part).add


class _Fitting:
    """Remembers streams until it is known whether they are soft masks: a mask is added before its picture."""

    def __init__(self, update: Update, part: int) -> None:
        self._update, self._part = update, part
        self._pictures: dict[Ref, tuple[Dict, bytes]] = {}

    def add(self, value: bytes, stream: bytes | None = None) -> Ref:
        """As `Update.add`."""
        entries = read_dict(value)[0]
        kind, subtype = entries.get(b"/Type"), entries.get(b"/Subtype")
        if subtype == b"/Form":
            resources = as_dict(entries.get(b"/Resources"))
            entries[b"/Resources"] = write_dict({**resources, b"/ColorSpace": _DEVICE_FREE})
        elif kind == b"/FontDescriptor" and self._part == 1:
            entries[b"/CIDSet"] = self._update.add(b"<</Filter /FlateDecode>>", _all_glyphs()).raw()
        elif b"/SMask" in entries and self._part == 1:
            self._harden(entries)
        ref = self._update.add(write_dict(entries), stream)
        if subtype == b"/Image" and stream is not None:
            self._pictures[ref] = (entries, stream)
        return ref

    def _harden(self, entries: Dict) -> None:
        """Replace the soft mask of a picture by a stencil; the soft one stays behind unused."""
        soft = as_ref(entries.pop(b"/SMask"))
        if soft not in self._pictures:
            raise PdfSyntaxError("no soft mask")
        about, packed = self._pictures[soft]
        width, height = as_int(about.get(b"/Width"), 0), as_int(about.get(b"/Height"), 0)
        levels = inflate(packed, width * height)
        rows = (levels[at : at + width].translate(_STENCIL) for at in range(0, width * height, width))
        padding = -width % 8
        bits = b"".join((int(row, 2) << padding).to_bytes((width + 7) // 8, "big") for row in rows)
        size = b"/Width %d /Height %d" % (width, height)
        head = b"<</Type /XObject /Subtype /Image %b /ImageMask true /BitsPerComponent 1 /Filter /FlateDecode>>" % size
        entries[b"/Mask"] = self._update.add(head, zlib.compress(bits)).raw()


def _all_glyphs() -> bytes:
    """A deflated /CIDSet (ISO 32000-2 Table 122): every glyph of the embedded font."""
    count = len(stamp_font().widths)
    bits = ((1 << count) - 1) << (-count % 8)
    return zlib.compress(bits.to_bytes((count + 7) // 8, "big"))
