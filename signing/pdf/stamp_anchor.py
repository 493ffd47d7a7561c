"""NĐ 30/2020/NĐ-CP Phụ lục I: the place of an anchored stamp — between title and name, or over the left third of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from ..errors import UsageError
from .anchor import FieldAnchor, Spot, TextAnchor, find_spot
from .stamp import POINTS_PER_MM, Stamp


def settled(
    stamp: Stamp | None, pdf: bytes | os.PathLike[str], password: Callable[[str], str] | None = None
) -> Stamp | None:
    """The stamp with page and millimetres where its anchor is in `pdf`; one without an anchor as it is.

    Raises as `find_spot`, and `UsageError` `stamp.no-room` where title and name are too close for it.
    """
    if stamp is None or stamp.anchor is None:
        return stamp
    spot = find_spot(pdf, stamp.anchor, password)
    size = (stamp.width_mm, stamp.height_mm) if stamp.seal_over_mm is None else stamp.seal_over_mm
    if isinstance(stamp.anchor, FieldAnchor):
        left, bottom, right, top = (value / POINTS_PER_MM for value in spot.box)
        place, size = (left, bottom), (right - left, top - bottom)
    else:
        place = _below(stamp.anchor, spot, size)
    base = replace(stamp, anchor=None, seal_over_mm=None, page=spot.page, corner="bottom-left")
    if stamp.seal_over_mm is None:
        return replace(base, x_mm=place[0], y_mm=place[1], width_mm=size[0], height_mm=size[1])
    covered = size[0] / 3 if stamp.image is not None else 0  # text over text could not be read
    return replace(base, x_mm=place[0] + covered - stamp.width_mm, y_mm=place[1] + (size[1] - stamp.height_mm) / 2)


def _below(anchor: TextAnchor, spot: Spot, size: tuple[float, float]) -> tuple[float, float]:
    """Left and bottom in millimetres of a box of `size` under the words, or midway to those that follow."""
    left, bottom, right, _ = (value / POINTS_PER_MM for value in spot.box)
    x = (left + right) / 2 - size[0] / 2
    if spot.until is None:
        return x, bottom - anchor.gap_mm - size[1]
    room = bottom - spot.until[3] / POINTS_PER_MM
    if room < size[1]:
        raise UsageError("stamp.no-room", room=f"{max(room, 0):.0f}", height=f"{size[1]:.0f}")
    return x, bottom - (room + size[1]) / 2
