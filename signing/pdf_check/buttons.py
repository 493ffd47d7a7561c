"""Whether a box was ticked as the form meant it (ISO 32000-2 §12.7.5.2): with one of the looks that it had before."""

from __future__ import annotations

from typing import Any

from ..errors import SigningError
from .ledger import Ledger, differing
from .looks import is_tick
from .objects import PdfDict, PdfStream

MAX_SWITCH_POINTS = 72.0  # points a side of a box to tick: a larger one may be a page prepared to appear later

_COLOURS = frozenset(
    {"DeviceGray", "DeviceRGB", "DeviceCMYK", "Pattern", "G", "RGB", "CMYK"}
)  # a page's colours may bear these names


def switches(ledger: Ledger, a: PdfDict, b: PdfDict) -> bool:
    """A box ticked, a choice made: another of the looks that the button had before."""
    if "AP" in differing(a, b) or "I" in differing(a, b) or not _is_small(ledger, a):
        return False
    states = _states(ledger, a) - _COLOURS
    return all(name is None or name == "Off" or _is_one_of(states, name) for name in (b.get("AS"), b.get("V")))


def ticks(ledger: Ledger, a: PdfDict, b: PdfDict) -> bool:
    """Whether the look that is shown now is a sign in a box, which hides nothing that was seen before."""
    looks = ledger.file.dictionary(ledger.file.dictionary(a.get("AP"), ledger.old).get("N"), ledger.old)
    states = [part.get("AS", "Off") for part in (a, b)]
    if not all(isinstance(state, str) for state in states):
        return False
    before, now = (ledger.file.resolve(looks.get(state), ledger.old) for state in states)
    if now is before or not isinstance(now, PdfStream):
        return True
    try:
        return is_tick(now, before if isinstance(before, PdfStream) else None)
    except SigningError:
        return False


def _is_one_of(states: set[str], name: Any) -> bool:
    return isinstance(name, str) and name in states


def _is_small(ledger: Ledger, widget: PdfDict) -> bool:
    """Whether a button is no larger than what people tick; one without a rectangle is only a group of others."""
    file, revision = ledger.file, ledger.old
    corners = [file.resolve(corner, revision) for corner in file.array(widget.get("Rect"), revision)]
    if not corners:
        return "Rect" not in widget
    if len(corners) != 4 or not all(type(corner) in (int, float) for corner in corners):
        return False
    left, bottom, right, top = corners
    return bool(max(abs(right - left), abs(top - bottom)) <= MAX_SWITCH_POINTS)


def _states(ledger: Ledger, widget: PdfDict) -> set[str]:
    """The names of a button's looks, those of its other widgets included."""
    file, revision = ledger.file, ledger.old
    kids = [file.dictionary(kid, revision) for kid in file.array(widget.get("Kids"), revision)]
    found = set[str]()
    for part in (widget, *kids):
        found |= file.dictionary(file.dictionary(part.get("AP"), revision).get("N"), revision).keys()
    return found
