"""NĐ 30/2020/NĐ-CP Phụ lục I: what people see of a signature on the page (ISO 32000-2 §12.5.5 appearance streams).

The competent person's signature is a blue image between title and name; the agency's seal is a red image in its
real size that covers about a third of the signature, to its left; an attachment in a file of its own shows number
and time in black, size 10, at the top right. Without an image a stamp is text. Positions are measured on the page
as it is shown (crop box, rotation and user unit are accounted for), from the corner that `corner` names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import count
from operator import index
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from ..errors import RefusedError, UsageError
from ..signer import CERTIFICATE_ERRORS
from .anchor import Anchor
from .font import Add, Font, compose, stamp_font, wrap
from .qr import MAX_QR_CHARS, QUIET_MODULES, SMALLEST_MODULE_MM, is_qr_text, modules_path, qr_modules
from .raw import Dict, Ref, write_dict, write_numbers
from .stamp_image import read_image

VIETNAM = timezone(timedelta(hours=7))
POINTS_PER_MM = 72 / 25.4
MAX_TEXT_CHARS = 2000
LARGEST_PT, SMALLEST_PT = 12.0, 5.0
LEAST_PT, MOST_PT = 1.0, 144.0  # that can be asked for: each half step down to what fits is tried
LEADING = 1.15  # line distance in font sizes
PADDING_PT = 2.0
OFFICE_SEAL_MM = 36.0  # the usual diameter of an agency's round seal

Colour = Literal["black", "blue", "red"]
Align = Literal["left", "centre", "right"]
Corner = Literal["bottom-left", "bottom-right", "top-left", "top-right"]
_COLOURS: dict[str, tuple[float, float, float]] = {"black": (0, 0, 0), "blue": (0, 0, 0.7), "red": (0.8, 0, 0)}
_ALIGNED = {"left": 0.0, "centre": 0.5, "right": 1.0}  # share of the free room that stands before a line
_CORNERS = ("bottom-left", "bottom-right", "top-left", "top-right")
_PLACEHOLDER = re.compile(r"\{(name|title|organization|time)\}")
DEFAULT_TEXT = "Người ký: {name}\nThời gian ký: {time}"
OFFICE_TEXT = "Cơ quan: {name}\nThời gian ký: {time}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Where and how a signature shows.

    `page` counts from 0, or from the end with -1; lengths are millimetres. `text` may hold `{name}`, `{title}`,
    `{organization}` (from the certificate) and `{time}` (ISO 8601, Vietnam time); with neither text nor image the
    signer's name and the time are shown. `image` is a PNG or a JPEG. `font_size_pt` is the largest size; text is set
    smaller, down to `smallest_pt`, until it fits. `anchor` places the stamp by words or a field of the page instead of
    page, x and y; `seal_over_mm` says that what stands there is a signature of that size, and this the seal over it.
    `clear_of_mm` are boxes (left, bottom, right, top from the page's lower left corner) that it must not touch.
    `qr` is shown as a QR code at the left, as high as the stamp; its best mask is searched for (15 ms) unless `qr_mask`
    names one of the eight. Text leaves the share `indent` of the width free at its left. Raises `UsageError` for sizes
    or colours that make no sense.
    """

    page: int = -1
    x_mm: float = 115.0
    y_mm: float = 30.0
    width_mm: float = 70.0
    height_mm: float = 25.0
    text: str | None = None
    image: bytes | None = field(default=None, repr=False)
    colour: Colour = "black"
    font_size_pt: float = LARGEST_PT
    smallest_pt: float = SMALLEST_PT
    border: bool = False
    align: Align = "left"
    corner: Corner = "bottom-left"
    anchor: Anchor | None = None
    seal_over_mm: tuple[float, float] | None = None
    clear_of_mm: tuple[tuple[float, float, float, float], ...] = ()
    qr: str | None = None
    qr_mask: int | None = None
    indent: float = 0.0

    def __post_init__(self) -> None:
        self._check_place()
        if self.colour not in _COLOURS or self.corner not in _CORNERS or self.align not in _ALIGNED:
            raise UsageError("usage.argument", why=f"stamp: {self.colour}, {self.corner}, {self.align}")
        mask_known = self.qr_mask is None or self.qr_mask in range(8)
        if self.qr is not None and not (is_qr_text(self.qr) and mask_known and self.image is None):
            raise UsageError("usage.argument", why=f"QR code: 1 – {MAX_QR_CHARS} characters, mask 0 – 7, no image")
        if self.text is not None and len(self.text) > MAX_TEXT_CHARS:
            raise UsageError("usage.argument", why=f"a stamp's text has at most {MAX_TEXT_CHARS} characters")

    def _check_place(self) -> None:
        """Numbers that can be a place and a size; NaN is none, and would pass every later comparison."""
        numbers = (self.width_mm, self.height_mm, self.x_mm, self.y_mm, self.font_size_pt, self.smallest_pt)
        try:
            index(self.page)
            fits = all(0 < size < 5000 for size in numbers[:2]) and all(abs(v) < 10000 for v in numbers[2:4])
            fits = fits and all(LEAST_PT <= size <= MOST_PT for size in numbers[4:]) and 0 <= self.indent < 1
            clear = all(
                -10000 < left < right and -10000 < bottom < top for left, bottom, right, top in self.clear_of_mm
            )
        except (TypeError, ValueError):  # no numbers at all, or not four
            fits, clear = False, True
        if not fits:
            raise UsageError("usage.argument", why="a stamp's size must be positive and its place on the page")
        if not clear:
            raise UsageError("usage.argument", why="what must stay clear: left, bottom, right, top in millimetres")

    @classmethod
    def official(cls, image: bytes | None = None, *, page: int = -1, x_mm: float = 120.0, y_mm: float = 40.0) -> Stamp:
        """The competent person's: a blue signature image of 50 × 25 mm, or a text block of that size."""
        return cls(
            page=page, x_mm=x_mm, y_mm=y_mm, width_mm=50, height_mm=25, image=image, colour="blue", align="centre",
            indent=1 / 3,  # the seal comes there, and what it says in words over other words could not be read
        )  # fmt: skip

    @classmethod
    def office(cls, official: Stamp, image: bytes | None = None, *, diameter_mm: float = OFFICE_SEAL_MM) -> Stamp:
        """The agency's: its red seal in real size, over the left third of the official's signature."""
        if not official.corner.endswith("left"):
            raise UsageError("usage.argument", why="the official's stamp must be placed from the left")
        return replace(
            official,
            x_mm=official.x_mm + official.width_mm / 3 - diameter_mm,
            y_mm=official.y_mm + (official.height_mm - diameter_mm) / 2,
            width_mm=diameter_mm,
            height_mm=diameter_mm,
            text=None if image else OFFICE_TEXT,
            image=image,
            colour="red",
            align="centre",
            indent=0.0,
            seal_over_mm=(official.width_mm, official.height_mm) if official.anchor is not None else None,
        )

    @classmethod
    def attachment(cls, number: str) -> Stamp:
        """For an attachment in a file of its own: document number and signing time, top right of the first page."""
        return cls(
            page=0, x_mm=15, y_mm=10, width_mm=95, height_mm=6, corner="top-right",
            text=f"{number}; {{time}}", font_size_pt=10, align="right",
        )  # fmt: skip

    def place(self, width_pt: float, height_pt: float) -> tuple[float, float, float, float]:
        """Left, bottom, width, height in points on a page shown in this size.

        Raises `UsageError` where it lies outside (`stamp.place`) or on what must stay clear (`stamp.overlap`).
        """
        x, y, w, h = (v * POINTS_PER_MM for v in (self.x_mm, self.y_mm, self.width_mm, self.height_mm))
        left = width_pt - x - w if self.corner.endswith("right") else x
        bottom = height_pt - y - h if self.corner.startswith("top") else y
        if left < -0.5 or bottom < -0.5 or left + w > width_pt + 0.5 or bottom + h > height_pt + 0.5:
            shown = f"{width_pt / POINTS_PER_MM:.0f} × {height_pt / POINTS_PER_MM:.0f} mm"
            raise UsageError("stamp.place", page=shown)
        for box in self.clear_of_mm:
            other = [v * POINTS_PER_MM for v in box]
            if left < other[2] and other[0] < left + w and bottom < other[3] and other[1] < bottom + h:
                raise UsageError("stamp.overlap", box=", ".join(f"{v:g}" for v in box))
        return left, bottom, w, h

    def appearance(self, add: Add, width_pt: float, height_pt: float, rotation: int, values: Mapping[str, str]) -> Ref:
        """The appearance stream for a box of this size on a page turned by `rotation` degrees."""
        text = self.text if self.text is not None or self.image is not None else DEFAULT_TEXT
        parts, resources, left = [], [], width_pt * self.indent
        if self.image is not None:
            share = 0.4 if text else 1.0
            picture = read_image(self.image)
            resources.append(b"/XObject <</Im0 %b>>" % picture.write(add).raw())
            parts.append(_draw_image(picture.width / picture.height, width_pt * share, height_pt))
            left = width_pt * share if text else 0.0
        if self.qr is not None:
            left = min(width_pt, height_pt)
            parts.append(_draw_qr(self.qr, self.qr_mask, left, height_pt))
        if self.border:
            box = write_numbers(0.5, 0.5, width_pt - 1, height_pt - 1)
            parts.append(b"%b RG 0.75 w %b re S" % (write_numbers(*_COLOURS[self.colour]), box))
        if text:
            font = stamp_font()
            filled = _PLACEHOLDER.sub(lambda m: _value(values, m[1]), text)
            resources.append(b"/Font <</F0 %b>>" % font.write(add).raw())
            parts.append(self._draw_text(compose(filled), font, left, width_pt, height_pt))
        return write_form(add, b"\n".join(parts), b" ".join(resources), width_pt, height_pt, rotation)

    def _draw_text(self, text: str, font: Font, left: float, right: float, height: float) -> bytes:
        room = right - left - 2 * PADDING_PT
        size, lines = fit_text(text, font, room, height - 2 * PADDING_PT, self.font_size_pt, self.smallest_pt)
        top = (height + len(lines) * size * LEADING) / 2
        return draw_lines(lines, font, size, (left + PADDING_PT, top, room), self.align, self.colour)


def fit_text(
    text: str, font: Font, room: float, height: float, largest: float, smallest: float = SMALLEST_PT
) -> tuple[float, list[str]]:
    """The largest size in points (half steps) at which wrapped `text` fits; raises `UsageError` (`stamp.too-small`)."""
    for step in count():
        size = largest - step / 2
        if size < min(smallest, largest):
            raise UsageError("stamp.too-small", smallest=f"{min(smallest, largest):g}")
        if room <= 0:
            continue
        lines = wrap(text, room * 1000 / size, font)
        fits = all(font.width(line) * size / 1000 <= room for line in lines)
        if fits and len(lines) * size * LEADING <= height:
            return size, lines
    raise AssertionError("count() has no end")


def draw_lines(
    lines: list[str], font: Font, size: float, room: tuple[float, float, float], align: Align, colour: Colour
) -> bytes:
    """Operators for lines in `room`: its left edge, its top, its width, in points. The font is /F0."""
    left, top, width = room
    rows = [b"BT %b rg /F0 %b Tf" % (write_numbers(*_COLOURS[colour]), write_numbers(size))]
    y = top - (font.ascent / 1000) * size - (LEADING - 1) * size / 2
    for line in lines:
        indent = _ALIGNED[align] * (width - font.width(line) * size / 1000)
        if line:
            rows.append(b"1 0 0 1 %b Tm %b" % (write_numbers(left + indent, y), font.show(line)))
        y -= size * LEADING
    return b"\n".join([*rows, b"ET"])


def _draw_qr(text: str, mask: int | None, side: float, height: float) -> bytes:
    """A QR code at the left, halfway up. Raises `UsageError` (`stamp.qr`) when a phone could not read it."""
    try:
        modules, _ = qr_modules(text, mask)
    except UsageError:
        modules = ()
    if not modules or side / (len(modules) + 2 * QUIET_MODULES) < SMALLEST_MODULE_MM * POINTS_PER_MM:
        raise UsageError("stamp.qr", side=f"{side / POINTS_PER_MM:.0f}")
    return b"q %b Q" % modules_path(modules, (height - side) / 2, side)


def _draw_image(ratio: float, width: float, height: float) -> bytes:
    """The image as large as fits, in the middle."""
    w, h = (width, width / ratio) if width / ratio <= height else (height * ratio, height)
    return b"q %b 0 0 %b %b cm /Im0 Do Q" % (
        write_numbers(w),
        write_numbers(h),
        write_numbers((width - w) / 2, (height - h) / 2),
    )


_UPRIGHT: dict[int, Dict] = {
    0: {},
    90: {b"/Matrix": b"[0 1 -1 0 0 0]"},
    180: {b"/Matrix": b"[-1 0 0 -1 0 0]"},
    270: {b"/Matrix": b"[0 -1 1 0 0 0]"},
}


def write_form(
    add: Add,
    content: bytes,
    resources: bytes,
    width: float,
    height: float,
    rotation: int = 0,
    extra: Dict | None = None,
) -> Ref:
    """A form XObject of this size; on a turned page its matrix turns it back, so that it stands upright."""
    entries: Dict = {
        b"/Type": b"/XObject",
        b"/Subtype": b"/Form",
        b"/BBox": b"[0 0 %b]" % write_numbers(width, height),
        **_UPRIGHT[rotation],
        b"/Resources": b"<<%b>>" % resources,
        **(extra or {}),
    }
    return add(write_dict(entries), content)


def _value(values: Mapping[str, str], name: str) -> str:
    """What a placeholder stands for. Raises `UsageError` (`stamp.value`): a gap would pass for the signer's word."""
    if not values.get(name):
        raise UsageError("stamp.value", name=name)
    return values[name]


def certificate_values(certificate: x509.Certificate, at: datetime) -> dict[str, str]:
    """What the placeholders of a stamp stand for: name (of the organization where it has no other), title,
    organization, time; each a single line. Raises `RefusedError` (`certificate.malformed`).
    """
    try:
        subject = certificate.subject
    except CERTIFICATE_ERRORS as e:
        raise RefusedError("certificate.malformed", why=e) from None

    def first(oid: x509.ObjectIdentifier) -> str:
        found = subject.get_attributes_for_oid(oid)
        return " ".join(str(found[0].value).split()) if found else ""

    return {
        "name": first(NameOID.COMMON_NAME) or first(NameOID.ORGANIZATION_NAME),
        "title": first(NameOID.TITLE),
        "organization": first(NameOID.ORGANIZATION_NAME),
        "time": at.astimezone(VIETNAM).isoformat(timespec="seconds"),
    }
