"""Where on the page of a PDF a QR code can be (ISO 32000-2 §8), asked of PDFium, which draws it (see `scan_child`).

A file of its own, run by its neighbour: it imports nothing of this package.
"""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_float, c_int
from importlib import import_module
from typing import Any

MIN_SEGMENTS = 200  # of lines and areas: the smallest symbol (21 × 21 modules) drawn by its dark runs has more
MAX_PIECE_POINTS = 200.0  # of a side of one run of a code; what is longer is a line of a table
MAX_PLACES = 200  # on one page; where there are more, all of it is looked at
MARGIN_POINTS, MARGIN = 12.0, 0.12  # around a place, and as a part of its longer side: a code needs a quiet zone
MAX_SHARE = 0.5  # of a page; where places are more, all of it is looked at
_PARTS = 10_000
_FAR = 1e6  # points: beyond every page
_UNSCALED = 8 | 16  # flags of annotations that keep their size, or do not turn, with the page

Box = tuple[float, float, float, float]  # left, bottom, right, top in points; as parts of the page it counts downwards


def places(page: Any) -> list[Box] | None:
    """Where codes can be: at images, and at lines and areas if there are enough; None for the whole page.

    Each place is left, top, right and bottom as parts of the page as it is shown.
    """
    raw: Any = import_module("pypdfium2.raw")
    found, pieces, segments = list[Box](), list[Box](), 0
    for item, around in _drawn_on(page, raw):
        if item is None:
            return None
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            many = raw.FPDFPath_CountSegments(item)
            segments += many
            left, bottom, right, top = box = around or _bounds(item, raw)
            if many >= MIN_SEGMENTS or max(right - left, top - bottom) <= MAX_PIECE_POINTS:
                pieces.append(box)
        elif kind != raw.FPDF_PAGEOBJ_TEXT:
            found.append(around or _bounds(item, raw))
    if segments >= MIN_SEGMENTS and pieces:
        found.append(_around(pieces))
    if len(found) > MAX_PLACES:
        return None
    merged = _merged([_on_page(page, box, raw) for box in found])
    return None if sum((b[2] - b[0]) * (b[3] - b[1]) for b in merged) > MAX_SHARE else merged


def _drawn_on(page: Any, raw: Any) -> Iterator[tuple[Any, Box | None]]:
    """The objects of a page, and those of its annotations with the annotation's rectangle; None for one that stands
    elsewhere."""
    for number in range(raw.FPDFPage_CountObjects(page)):
        yield raw.FPDFPage_GetObject(page, number), None
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        if annotation := raw.FPDFPage_GetAnnot(page, number):
            box = raw.FS_RECTF()
            known = raw.FPDFAnnot_GetRect(annotation, box) and not raw.FPDFAnnot_GetFlags(annotation) & _UNSCALED
            for item in range(raw.FPDFAnnot_GetObjectCount(annotation)):
                drawn = raw.FPDFAnnot_GetObject(annotation, item) if known else None
                yield drawn, (box.left, box.bottom, box.right, box.top)
            raw.FPDFPage_CloseAnnot(annotation)


def _bounds(item: Any, raw: Any) -> Box:
    sides = [c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(item, *sides):
        return -_FAR, -_FAR, _FAR, _FAR
    left, bottom, right, top = (side.value for side in sides)
    return left, bottom, right, top


def _around(boxes: list[Box]) -> Box:
    a, b, c, d = zip(*boxes, strict=True)
    return min(a), min(b), max(c), max(d)


def _on_page(page: Any, box: Box, raw: Any) -> Box:
    """A box in points of the page, with its margin, as parts of the page as it is shown."""
    (left, right), (bottom, top) = sorted(box[::2]), sorted(box[1::2])
    margin = MARGIN_POINTS + MARGIN * max(right - left, top - bottom)
    corners = list[Box]()
    for x, y in ((left - margin, bottom - margin), (right + margin, top + margin)):
        across, down = c_int(), c_int()
        raw.FPDF_PageToDevice(page, 0, 0, _PARTS, _PARTS, 0, x, y, across, down)
        a, b = (min(max(part.value / _PARTS, 0.0), 1.0) for part in (across, down))
        corners.append((a, b, a, b))
    return _around(corners)


def _merged(boxes: list[Box]) -> list[Box]:
    """The boxes from top to bottom; those that touch are one, and those outside the page none."""
    found = list[Box]()
    for one in sorted(boxes, key=lambda b: b[1]):
        box = one
        while touching := [b for b in found if b[0] <= box[2] and box[0] <= b[2] and b[1] <= box[3] and box[1] <= b[3]]:
            found = [b for b in found if b not in touching]
            box = _around([box, *touching])
        if box[0] < box[2] and box[1] < box[3]:
            found.append(box)
    return sorted(found, key=lambda b: b[1])
