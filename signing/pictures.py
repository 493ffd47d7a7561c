"""ISO 32000-2 §12.8.2.2: what later revisions did to the pages that a signature covers, as pictures for people.

A signature covers a prefix of its file: that prefix is the document as it was when it was signed. PDFium draws it and
the whole file, each page that looks different is kept twice with red frames around what differs. Hostile pages are
drawn in a process of its own within limits of time and memory (`pictures_child`, `eid.limited`). Pictures decide
nothing: what was permitted is told by the findings.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eid.limited import Ended, LimitedTask, NotStartedError

from . import pictures_child
from .errors import MissingExtraError, SigningError, UsageError
from .files import MAX_READ_BYTES, read_file, write_file
from .html.pictures import PagePair, SignaturePictures, render_pictures
from .pdf_check.examination import PdfExamination
from .pdf_check.verify import examine_pdf
from .report import Finding, Report, SignatureReport

MAX_SECONDS = 10.0  # processor time for the pages of one signature
MAX_SIGNATURES = 8  # of one file whose pages are drawn; the first ones
MAX_NAME_CHARS = 60  # of a file's or a signature's name in the name of a picture
_CHANGED = {"permitted", "forbidden", "unknown"}

_task = LimitedTask(Path(pictures_child.__file__))

Ask = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What was written, and what could not be drawn."""

    files: tuple[Path, ...] = ()
    findings: tuple[Finding, ...] = ()


def assert_can_draw(folder: str | os.PathLike[str]) -> Path:
    """The folder for pictures, made if need be; for those who have much to do before they draw.

    Raises `MissingExtraError` (`scan`) or `UsageError` (`output.unwritable`).
    """
    if any(importlib.util.find_spec(name) is None for name in ("pypdfium2", "PIL")):
        raise MissingExtraError("scan")
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as e:
        raise UsageError("output.unwritable", path=path, why=getattr(e, "strerror", None) or e) from None
    return path


def with_pictures(
    report: Report, pdf: bytes | str | os.PathLike[str], folder: str | os.PathLike[str], *, password: Ask | None = None
) -> Report:
    """The report, with findings about the pictures of what changed after each signature; these stand in `folder`.

    Nothing is drawn for a file that is no PDF, or was not changed after it was signed. Bad documents never raise; a
    folder that cannot be written does.
    """
    if report.kind != "pdf" or not any(s.changes_after in _CHANGED for s in report.signatures):
        return report
    try:
        data = pdf if isinstance(pdf, bytes) else read_file(pdf, max_bytes=MAX_READ_BYTES)
    except SigningError:
        data = b""
    if hashlib.sha256(data).hexdigest() != report.sha256:
        return replace(report, findings=(*report.findings, Finding.of("pictures.other-file")))
    drawn = draw_changes(data, report, assert_can_draw(folder), password=password)
    return replace(report, findings=(*report.findings, *drawn.findings))


def draw_changes(data: bytes, report: Report, folder: Path, *, password: Ask | None = None) -> Drawn:
    """The pages that look different since each signature of `report`, as PNGs, and a page of HTML that shows them."""
    found = examine_pdf(data, password=password)
    known = {s.id: s for s in report.signatures}
    todo = [
        (known[placed.id], placed.byte_range[2])
        for placed, examined in zip(found.placements, found.signatures, strict=True)
        if placed.id in known and examined.changes_after in _CHANGED and 0 < placed.byte_range[2] < len(data)
    ]
    findings = [Finding.of("pictures.left-out", what=str(s.id)) for s, _ in todo[MAX_SIGNATURES:]]
    word = _word(found, password)
    shown: list[SignaturePictures] = []
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        for signature, end in todo[:MAX_SIGNATURES]:
            told = _asked(file.fileno(), end, word)
            if isinstance(told, Finding):
                findings.append(told)
                break  # the next would fare alike, at the same cost
            shown.append(_pictures(signature, told))
            findings += _gaps(signature, told)
    files: list[Path] = []
    if any(one.pages for one in shown):
        files, pages = _written(report, shown, folder)
        findings.append(Finding.of("pictures.made", count=pages, path=files[-1]))
    elif todo and not findings:
        findings.append(Finding.of("pictures.same"))
    return Drawn(files=tuple(files), findings=tuple(dict.fromkeys(findings)))


def end_drawing() -> None:
    """End the process that draws, if there is one; the next file starts another."""
    _task.end()


def _word(found: PdfExamination, password: Ask | None) -> str | None:
    """The password, if it was needed to read the file."""
    return password("pdf") if password is not None and found.readable else None


def _asked(file: int, end: int, password: str | None) -> dict[str, Any] | Finding:
    try:
        told = _task.ask(file, {"end": end, "password": password}, seconds=MAX_SECONDS)
    except NotStartedError as e:
        raise UsageError("workers.unavailable", why=e) from None
    if isinstance(told, Ended):
        limit = f"{MAX_SECONDS:g} s" if told is Ended.SECONDS else "1 GiB"
        return Finding.of("pictures.limit", limit=limit)
    if not isinstance(told, dict) or "error" in told:
        return Finding.of("pictures.unreadable")
    return told


def _pictures(signature: SignatureReport, told: dict[str, Any]) -> SignaturePictures:
    pages = [
        PagePair(old=one["old"], new=one["new"], before=_png(one["before"]), after=_png(one["after"]))
        for one in told["pages"]
    ]
    return SignaturePictures(signature=signature, pages=tuple(pages), more=told["more"] + told["unseen"])


def _png(text: str | None) -> bytes | None:
    """Only what is a PNG: a hostile file may have taken over the process that drew it."""
    if text is None:
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return data if data.startswith(b"\x89PNG\r\n\x1a\n") else None


def _gaps(signature: SignatureReport, told: dict[str, Any]) -> list[Finding]:
    gaps = told["more"] + told["unseen"]
    return [Finding.of("pictures.more", count=gaps, what=signature.id)] if gaps else []


def _written(report: Report, shown: Sequence[SignaturePictures], folder: Path) -> tuple[list[Path], int]:
    """The files, the page of HTML last, and how many pages they show."""
    stem = f"{_safe(Path(report.path).stem)}.{(report.sha256 or '')[:8]}"
    files: list[Path] = []
    for number, one in enumerate(shown, 1):
        for pair in one.pages:
            page = pair.old if pair.old is not None else pair.new
            change = "" if pair.old is not None else "-new"
            for side, picture in (("signed", pair.before), ("now", pair.after)):
                if picture is not None:
                    name = f"{stem}.{number}-{_safe(one.signature.id)}.page-{(page or 0) + 1}{change}.{side}.png"
                    files.append(folder / name)
                    write_file(files[-1], picture)
    files.append(folder / f"{stem}.html")
    write_file(files[-1], render_pictures(report, shown).encode())
    return files, sum(len(one.pages) for one in shown)


def _safe(name: str) -> str:
    """A name without what has a meaning in paths, shells or terminals."""
    kept = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
    while len(kept.encode()) > MAX_NAME_CHARS:
        kept = kept[:-1]
    return kept or "_"
