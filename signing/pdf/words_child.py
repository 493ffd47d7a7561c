"""ISO 32000-2 §9.10: words of a page and where they stand, read by PDFium in a process of its own (see `words`).

A file of its own: `eid.limited_child` runs it, and it imports nothing of this package.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from typing import Any

Box = tuple[float, float, float, float]

MAX_PAGES_SEARCHED = 50  # from the end; reading the words of a page takes a few milliseconds
MAX_CHARS_SORTED = 20_000  # letters of a page that are put in order by their place


def search(document: Any, pages: range, text: str, until: str | None) -> dict[str, Any]:
    """The answer for one document: the last page with the words, their box, that of the words below."""
    blank = True
    for index in pages:
        with closing(document[index]) as page, closing(page.get_textpage()) as words:
            blank = blank and not words.count_chars()
            shown = page.get_bbox()
            boxes = _occurrences(words, text, shown)
            below = _occurrences(words, until, shown) if boxes and until is not None else []
            if boxes and (until is None or below):
                return {"page": index, "box": boxes[-1], "until": below[-1] if below else None}
    return {"error": "stamp.no-text" if blank else "stamp.no-words", "pages": len(pages)}


def _occurrences(page: Any, text: str, shown: Box) -> list[Box]:
    """Where the words show on a page, in the order of its text; programs write letters composed or in parts."""
    hits: set[tuple[int, int]] = set()
    for form in dict.fromkeys(unicodedata.normalize(kind, text) for kind in ("NFC", "NFD")):
        with closing(page.search(form, match_case=True)) as search:
            while (hit := search.get_next()) is not None:
                hits.add(hit)
    found = [box for first, count in sorted(hits) if (box := _around(page, range(first, first + count), shown))]
    return found or [box for run in _by_place(page, text) if (box := _around(page, run, shown))]


def _around(page: Any, letters: range | list[int], shown: Box) -> Box | None:
    """The box around letters with ink; None for those that are not on the page as shown."""
    boxes = [page.get_charbox(i) for i in letters]
    inked = [box for box in boxes if box[0] < box[2] and box[1] < box[3]]
    if not inked:
        return None
    left, bottom, right, top = zip(*inked, strict=True)
    x, y = (min(left) + max(right)) / 2, (min(bottom) + max(top)) / 2
    if not (shown[0] <= x <= shown[2] and shown[1] <= y <= shown[3]):
        return None
    return min(left), min(bottom), max(right), max(top)


def _by_place(page: Any, text: str) -> Iterator[list[int]]:
    """Letters that make the words when read along their line, blanks aside: some programs write a line's letters by
    font, those that one font lacks after all others."""
    wanted = _bare(text)
    lines: dict[int, list[tuple[float, int, str]]] = {}
    for i in range(min(page.count_chars(), MAX_CHARS_SORTED)):
        letter = _bare(page.get_text_range(i, 1))
        if letter:
            x, y = _origin(page, i)
            lines.setdefault(round(y), []).append((x, i, letter))
    for y in sorted(lines, reverse=True):
        placed = sorted(lines[y] + lines.get(y - 1, []))
        line = "".join(letter for _, _, letter in placed)
        owner = [i for _, i, letter in placed for _ in letter]
        at = line.find(wanted)
        while at >= 0:
            yield owner[at : at + len(wanted)]
            at = line.find(wanted, at + 1)


def _bare(text: str) -> str:
    """Decomposed, without blanks and what does not print."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not c.isspace() and (c.isprintable()))


def _origin(page: Any, index: int) -> tuple[float, float]:
    import ctypes

    import pypdfium2.raw as raw

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page, index, x, y)
    return x.value, y.value


def answer(file: int, question: dict[str, Any]) -> dict[str, Any]:
    """What is asked of the document behind the file descriptor, which is closed."""
    import pypdfium2 as pdfium

    with os.fdopen(file, "rb") as stream:
        try:
            document = pdfium.PdfDocument(stream, password=question["password"])
        except pdfium.PdfiumError as e:
            locked = getattr(e, "err_code", None) == pdfium.raw.FPDF_ERR_PASSWORD
            return {"error": "password" if locked else "pdf.malformed"}
        except (ValueError, OverflowError, RuntimeError):
            return {"error": "pdf.malformed"}
        with closing(document):
            try:
                return _searched(document, question)
            except (pdfium.PdfiumError, ValueError, OverflowError, RuntimeError, MemoryError):
                return {"error": "pdf.malformed"}


def _searched(document: Any, question: dict[str, Any]) -> dict[str, Any]:
    count, page = len(document), question["page"]
    if page is None:
        pages = range(count - 1, max(-1, count - 1 - MAX_PAGES_SEARCHED), -1)
    else:
        index = page if page >= 0 else count + page
        if not 0 <= index < count:
            return {"error": "pdf.page"}
        pages = range(index, index + 1)
    return search(document, pages, question["text"], question["until"])
