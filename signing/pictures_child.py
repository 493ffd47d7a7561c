"""ISO 32000-2 §12.8: pages as they were when they were signed and as they are now, drawn by PDFium (see `pictures`).

A file of its own: `eid.limited_child` runs it, and it imports nothing of this package.
"""

from __future__ import annotations

import base64
import hashlib
import io
import math
import os
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from difflib import SequenceMatcher
from typing import Any

DPI = 96.0
MAX_PIXELS = 1_500_000  # of one page; larger pages are drawn smaller
MAX_SIDE = 4000  # pixels
MAX_PAGES = 200  # that are compared
MAX_PAIRS = 20  # of pages that are given out
MAX_PICTURES_BYTES = 20 * 1024 * 1024  # of all pictures together, as PNG
COMPARE_SECONDS = 5.0  # processor time after which no further pages are compared
DRAW_SECONDS = 8.0  # and no further pairs drawn
CELL = 8  # pixels: differences are gathered in squares of this side
MAX_FRAMES = 40  # on one page; more are one frame around all
NEAR = 2  # squares between two differences that share a frame
ROOM = 4  # pixels between a difference and its frame
_RED = (214, 0, 0)

Box = tuple[int, int, int, int]


class Prefix(io.RawIOBase):
    """The first bytes of a file, as a file that can be read."""

    def __init__(self, file: int, size: int) -> None:
        self._file, self._size, self._at = file, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, (0, self._at, self._size)[whence] + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        data = os.pread(self._file, max(0, min(len(buffer), self._size - self._at)), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def answer(file: int, question: dict[str, Any]) -> dict[str, Any]:
    """The pages that differ between the first `end` bytes of the file behind the descriptor and all of it."""
    import pypdfium2 as pdfium

    wrong = (pdfium.PdfiumError, ValueError, OverflowError, RuntimeError, OSError)
    try:
        size, password = os.fstat(file).st_size, question["password"]
        try:
            before = pdfium.PdfDocument(Prefix(file, question["end"]), password=password)
        except wrong:
            return {"error": "signed"}
        with closing(before):
            before.init_forms()  # what stands in form fields is drawn with the forms alone, signatures among it
            try:
                after = pdfium.PdfDocument(Prefix(file, size), password=password)
            except wrong:
                return {"error": "now"}
            with closing(after):
                after.init_forms()
                return _compared(before, after)
    except wrong as e:
        return {"error": f"draw: {type(e).__name__}"}
    finally:
        with suppress(OSError):
            os.close(file)


def _compared(before: Any, after: Any) -> dict[str, Any]:
    begun = time.process_time()
    old, new = len(before), len(after)
    seen = [(_shown(before, i), _shown(after, i)) for i in _within(min(max(old, new), MAX_PAGES), begun)]
    first, second = [one for one, _ in seen[:old]], [two for _, two in seen[:new]]
    pairs = list(_pairs(first, second))
    told: list[dict[str, Any]] = []
    room = MAX_PICTURES_BYTES
    for one, two in pairs[:MAX_PAIRS]:
        if time.process_time() - begun > DRAW_SECONDS or room <= 0:
            break
        told.append(_drawn(before, after, one, two))
        room -= sum(len(told[-1][side] or "") * 3 // 4 for side in ("before", "after"))
    return {
        "pages": told,
        "more": len(pairs) - len(told),
        "unseen": max(old, new) - len(seen),
        "counts": [old, new],
    }


def _within(count: int, begun: float) -> Iterator[int]:
    for index in range(count):
        if time.process_time() - begun > COMPARE_SECONDS:
            return
        yield index


def _shown(document: Any, index: int) -> bytes:
    """What stands for the looks of a page; nothing for a page that is not there."""
    if index >= len(document):
        return b""
    picture = _picture(document, index)
    return hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).digest()


def _pairs(first: list[bytes], second: list[bytes]) -> Iterator[tuple[int | None, int | None]]:
    """Pages that differ, the old beside the new; None where a page came or went."""
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for place in range(max(b - a, d - c)):
            yield (a + place if a + place < b else None, c + place if c + place < d else None)


def _picture(document: Any, index: int) -> Any:
    with closing(document[index]) as page:
        width, height = page.get_size()
        if not (0 < width < math.inf and 0 < height < math.inf):
            raise ValueError
        scale = min(DPI / 72, math.sqrt(MAX_PIXELS / (width * height)), MAX_SIDE / max(width, height))
        bitmap = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True)
        with closing(bitmap):
            return bitmap.to_pil().convert("RGB")


def _drawn(before: Any, after: Any, one: int | None, two: int | None) -> dict[str, Any]:
    old = _picture(before, one) if one is not None else None
    new = _picture(after, two) if two is not None else None
    boxes = _differences(old, new) if old is not None and new is not None else []
    sides = {"before": _framed(old, boxes), "after": _framed(new, boxes)}
    return {"old": one, "new": two, "places": len(boxes), **sides}


def _differences(old: Any, new: Any) -> list[Box]:
    """Frames around what differs, in pixels."""
    from PIL import ImageChops

    width, height = max(old.width, new.width), max(old.height, new.height)
    if old.size != new.size:
        old, new = (_on_grey(one, width, height) for one in (old, new))
    bands = ImageChops.difference(old, new).split()
    mask = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2]).point(lambda v: 255 if v else 0)
    cells = mask.reduce(CELL)  # the mean of a square: one pixel of 64 leaves 4 of 255
    across = cells.width
    found = {(at % across, at // across) for at, value in enumerate(cells.tobytes()) if value}
    groups = [tuple(side * CELL for side in one) for one in _groups(found)]
    if len(groups) > MAX_FRAMES:
        left, top, right, bottom = zip(*groups, strict=True)
        groups = [(min(left), min(top), max(right), max(bottom))]
    return [(g[0], g[1], min(g[2], width), min(g[3], height)) for g in groups]


def _on_grey(picture: Any, width: int, height: int) -> Any:
    from PIL import Image

    paper = Image.new("RGB", (width, height), (128, 128, 128))
    paper.paste(picture, (0, 0))
    return paper


def _groups(cells: set[tuple[int, int]]) -> Iterator[Box]:
    """Boxes around squares that lie near each other."""
    near = [(x, y) for x in range(-NEAR, NEAR + 1) for y in range(-NEAR, NEAR + 1)]
    while cells:
        waiting = [cells.pop()]
        left, top = right, bottom = waiting[0]
        while waiting:
            x, y = waiting.pop()
            left, top, right, bottom = min(left, x), min(top, y), max(right, x), max(bottom, y)
            beside = {(x + dx, y + dy) for dx, dy in near} & cells
            cells -= beside
            waiting += beside
        yield left, top, right + 1, bottom + 1


def _framed(picture: Any, boxes: list[Box]) -> str | None:
    """The picture with its frames as PNG, base64."""
    if picture is None:
        return None
    from PIL import ImageDraw

    pen = ImageDraw.Draw(picture)
    for box in boxes:
        left, top = max(0, box[0] - ROOM), max(0, box[1] - ROOM)
        right, bottom = min(picture.width - 1, box[2] + ROOM), min(picture.height - 1, box[3] + ROOM)
        if left < right and top < bottom:
            pen.rectangle((left, top, right, bottom), outline=_RED, width=3)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()
