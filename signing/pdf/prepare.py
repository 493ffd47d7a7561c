"""The result before anyone signs: one incremental revision with the QR code, text, and both empty signature fields.

NĐ 30/2020 puts the official's signature and the agency's seal side by side; both fields must exist before the first
signature, because a new visible field afterwards would change what the official signed. The revision is a function
of the file and of its parameters, which it carries (/PieceInfo, ISO 32000-2 §14.5): `read_prepared` makes it again
and compares bytes, so an auditor knows that the revision added this and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ..clock import moment
from ..errors import MalformedError, RefusedError, SigningError, UsageError
from .fields import add_field, check_new_name, fields, settle_form
from .font import compose, stamp_font
from .pages import Geometry, Page, find_page
from .qr import MODULE_MM, QUIET_MODULES, SMALLEST_MODULE_MM, SMALLEST_QR_MM, modules_path
from .qr import qr_modules as qr_modules
from .raw import (
    Dict,
    PdfSyntaxError,
    Ref,
    as_array,
    as_dict,
    as_ref,
    as_text,
    write_array,
    write_date,
    write_dict,
    write_name,
    write_numbers,
    write_text,
)
from .reader import PdfFile
from .revision import Update
from .source import MemorySource
from .stamp import LEADING, POINTS_PER_MM, VIETNAM, Corner, Stamp, draw_lines, fit_text, write_form
from .update import PARSER_ERRORS, PdfUpdate, parsing, updated

CAPTION = "Quét mã để kiểm tra kết quả"
CAPTION_PT = 7.0
MAX_CAPTION_CHARS = 500
_CAPTION_LINES = 2
_DATA_KEY = b"/EidSigning"
_FORMAT = 1  # of the parameters, and of everything that is drawn from them


@dataclass(frozen=True, slots=True, kw_only=True)
class QrPlace:
    """Where the QR code stands, quiet zone included; as in `Stamp`, lengths are millimetres from `corner`.

    `size_mm` is the side of the code; without it a module is 0.42 mm wide and the side at least 18 mm. The caption
    stands below it, as wide as the code.
    """

    page: int = -1
    x_mm: float = 20.0
    y_mm: float = 20.0
    size_mm: float | None = None
    corner: Corner = "bottom-left"
    caption: str = CAPTION


class Prepared(NamedTuple):
    """What a prepared revision shows: the text of its QR code and the names of its two empty fields."""

    qr_text: str
    official_field: str
    office_field: str


def prepare_result(
    pdf: bytes,
    qr_text: str,
    *,
    qr: QrPlace | None = None,
    note: Stamp | None = None,
    official: Stamp | None = None,
    office: Stamp | None = None,
    official_field: str = "Official",
    office_field: str = "Office",
    at: datetime | None = None,
) -> bytes:
    """`pdf` with one more revision: QR code and caption, the text of `note`, and two empty signature fields.

    `official` and `office` say where the fields stand (their text and images come when they are signed; the office
    defaults to its seal over the left third of the official's). Nothing else is touched.

    Raises `RefusedError` (`pdf.already-signed`, `pdf.field-exists`), `UsageError` (`seal.qr-size`, `stamp.*`,
    `pdf.page`), `MalformedError` (`pdf.malformed`).
    """
    official = official or Stamp.official()
    office = office or Stamp.office(official)
    mask = qr_modules(qr_text)[1]
    parameters = _Parameters(
        qr_text, mask, qr or QrPlace(), note, official, office, (official_field, office_field),
        moment(at).astimezone(VIETNAM).replace(microsecond=0),
    )  # fmt: skip
    if note is not None and (note.image is not None or not note.text):
        raise UsageError("usage.argument", why="a note is text")
    if official_field == office_field:
        raise UsageError("pdf.field-name", field=office_field)
    for name in parameters.names:
        check_new_name(name)
    update = updated(MemorySource(pdf), parameters.apply)
    if not isinstance(update, PdfUpdate) or update.file.rebuilt:  # what is made of an odd file cannot be made again
        raise MalformedError("pdf.malformed", why="not as the standard wants it")
    with parsing():
        return pdf + bytes(update.revision().body)


def read_prepared(before: bytes, after: bytes) -> Prepared | None:
    """What the revision after `before` prepared, if `after` is exactly what `prepare_result` makes of it; else None."""
    if not after.startswith(before) or len(after) == len(before):
        return None
    try:
        parameters = _Parameters.find(before, after)
        if parameters is None:
            return None
        update = PdfUpdate(PdfFile.open(MemorySource(before)))
        parameters.apply(update)
        if after[len(before) :] != update.revision().body:
            return None
    except (SigningError, *PARSER_ERRORS):
        return None
    return Prepared(parameters.qr_text, *parameters.names)


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Everything that the revision depends on besides the file."""

    qr_text: str
    mask: int
    qr: QrPlace
    note: Stamp | None
    official: Stamp
    office: Stamp
    names: tuple[str, str]
    at: datetime

    def to_text(self) -> str:
        """As JSON; fields carry their place alone, since what they will show is not yet there."""
        return json.dumps(
            {
                "format": _FORMAT,
                "qr_text": self.qr_text,
                "mask": self.mask,
                "qr": asdict(self.qr),
                "note": _stamp_to_json(self.note) if self.note else None,
                "official": _place_to_json(self.official),
                "office": _place_to_json(self.office),
                "names": list(self.names),
                "at": self.at.isoformat(),
            },
            ensure_ascii=False,
            sort_keys=True,
        )

    @classmethod
    def from_text(cls, text: str) -> _Parameters:
        """The reverse. Raises `PdfSyntaxError` and what Python raises on wrong types."""
        found: dict[str, Any] = json.loads(text)
        if found.pop("format") != _FORMAT or not isinstance(found["qr_text"], str):
            raise PdfSyntaxError("parameters")
        official, office = (Stamp(**_numbers(found[key])) for key in ("official", "office"))
        note = Stamp(**_numbers(found["note"])) if found["note"] else None
        first, second = (str(name) for name in found["names"])
        return cls(
            found["qr_text"], int(found["mask"]), QrPlace(**_numbers(found["qr"])), note, official, office,
            (first, second), datetime.fromisoformat(found["at"]),
        )  # fmt: skip

    @classmethod
    def find(cls, before: bytes, after: bytes) -> _Parameters | None:
        """The parameters that the newest revision of `after` carries."""
        old, new = PdfFile.open(MemorySource(before)), PdfFile.open(MemorySource(after))
        for number in range(old.size(), min(new.size(), old.size() + 64)):
            raw = new.load(Ref(number))
            data = as_dict(as_dict(raw).get(b"/PieceInfo")) if raw[:2] == b"<<" else {}
            if _DATA_KEY in data:
                return cls.from_text(as_text(as_dict(data[_DATA_KEY]).get(b"/Private")))
        return None

    def apply(self, update: Update) -> None:
        """Make the revision."""
        known = fields(update)
        if any(f.signed for f in known):
            raise RefusedError("pdf.already-signed")
        for name in self.names:
            if any(f.name == name for f in known):
                raise RefusedError("pdf.field-exists", field=name)
        self._draw_qr(update)
        if self.note is not None:
            self._draw_note(update, self.note)
        for name, stamp in zip(self.names, (self.official, self.office), strict=True):
            page = find_page(update, stamp.page)
            geometry = Geometry.of(update, page)
            rectangle = geometry.rectangle(*stamp.place(*geometry.shown_pt))
            add_field(update, page, name, rectangle)
        settle_form(update, known)

    def _draw_qr(self, update: Update) -> None:
        modules, _ = qr_modules(self.qr_text, self.mask)
        across = len(modules) + 2 * QUIET_MODULES
        size_mm = self.qr.size_mm or max(SMALLEST_QR_MM, across * MODULE_MM)
        if size_mm < SMALLEST_QR_MM or size_mm / across < SMALLEST_MODULE_MM:
            raise UsageError("seal.qr-size", size=f"{size_mm:g}")
        side = size_mm * POINTS_PER_MM
        if len(self.qr.caption) > MAX_CAPTION_CHARS:
            raise UsageError("usage.argument", why=f"a caption has at most {MAX_CAPTION_CHARS} characters")
        caption = compose(self.qr.caption)
        below = _CAPTION_LINES * CAPTION_PT * LEADING if caption else 0.0
        box = Stamp(
            page=self.qr.page, x_mm=self.qr.x_mm, y_mm=self.qr.y_mm, corner=self.qr.corner,
            width_mm=size_mm, height_mm=(side + below) / POINTS_PER_MM,
        )  # fmt: skip
        page = find_page(update, box.page)
        geometry = Geometry.of(update, page)
        left, bottom, width, height = box.place(*geometry.shown_pt)
        content, resources = [modules_path(modules, below, side)], b""
        if caption:
            font = stamp_font()
            size, lines = fit_text(caption, font, width, below, CAPTION_PT)
            resources = b"/Font <</F0 %b>>" % font.write(update.add).raw()
            content.append(draw_lines(lines, font, size, (0, below, width), "centre", "black"))
        form = write_form(update.add, b"\n".join(content), resources, width, height, extra=self._piece_info())
        _draw_on_page(update, page, form, b"EidQr", geometry, left, bottom)

    def _draw_note(self, update: Update, note: Stamp) -> None:
        page = find_page(update, note.page)
        geometry = Geometry.of(update, page)
        left, bottom, width, height = note.place(*geometry.shown_pt)
        form = note.appearance(update.add, width, height, 0, {"time": self.at.isoformat()})
        _draw_on_page(update, page, form, b"EidNote", geometry, left, bottom)

    def _piece_info(self) -> Dict:
        date = write_date(self.at)
        data = b"<</LastModified %b /Private %b>>" % (date, write_text(self.to_text()))
        return {b"/LastModified": date, b"/PieceInfo": b"<<%b %b>>" % (_DATA_KEY, data)}


def _place_to_json(stamp: Stamp) -> dict[str, Any]:
    keys = ("page", "x_mm", "y_mm", "width_mm", "height_mm", "corner")
    return {key: getattr(stamp, key) for key in keys}


def _stamp_to_json(stamp: Stamp) -> dict[str, Any]:
    keys = ("text", "colour", "font_size_pt", "border", "align")
    return {**_place_to_json(stamp), **{key: getattr(stamp, key) for key in keys}}


def _numbers(found: dict[str, Any]) -> dict[str, Any]:
    """Members of an untrusted object, kept to plain values so that they cannot be anything but arguments."""
    if not all(v is None or type(v) in {int, float, str, bool} for v in found.values()):
        raise PdfSyntaxError("parameters")
    return found


def _draw_on_page(
    update: Update, page: Page, form: Ref, prefix: bytes, geometry: Geometry, left: float, bottom: float
) -> None:
    """Show a form on a page, over what is there; the page's own content is wrapped so that its state ends with it."""
    entries = update.entries(page.ref)
    resources = as_dict(update.resolve(entries.get(b"/Resources", page.inherited.get(b"/Resources"))))
    objects = as_dict(update.resolve(resources.get(b"/XObject")))
    title, count = b"/" + prefix, 0
    while title in objects:
        count += 1
        title = b"/%b%d" % (prefix, count)
    resources[b"/XObject"] = write_dict({**objects, title: form.raw()})
    matrix = write_numbers(*(round(v, 3) for v in geometry.matrix(left, bottom)))
    before = update.add(b"<<>>", b"q\n")
    drawing = update.add(b"<<>>", b"\nQ\nq %b cm %b Do Q\n" % (matrix, write_name(title)))
    contents = entries.get(b"/Contents")
    place = as_ref(contents)
    if update.resolve(contents) is None:
        streams: list[bytes] = []
    elif place is not None and update.has_stream(place):
        streams = [place.raw()]
    else:
        streams = as_array(update.resolve(contents))
    entries[b"/Contents"] = write_array([before.raw(), *streams, drawing.raw()])
    entries[b"/Resources"] = write_dict(resources)
    update.put(page.ref, write_dict(entries))
