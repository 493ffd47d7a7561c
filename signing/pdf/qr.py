"""ISO/IEC 18004: a QR code as vector modules on a PDF page, sharp at every resolution."""

from __future__ import annotations

import re
from functools import lru_cache

import qrcode
from qrcode.exceptions import DataOverflowError
from qrcode.util import MODE_ALPHA_NUM, QRData

from ..errors import UsageError
from .raw import write_numbers

Modules = tuple[tuple[bool, ...], ...]
QUIET_MODULES = 4  # ISO/IEC 18004 §6.3.8
MODULE_MM = 0.42  # width of one module when no size is given: five dots of a 300 dpi printer
SMALLEST_MODULE_MM = 0.25
SMALLEST_QR_MM = 18.0
MAX_QR_CHARS = 1000
MAX_QR_VERSION = 20
_DARK = re.compile(b"\x01+").finditer
_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def is_qr_text(text: str) -> bool:
    """Whether a code could hold it: neither empty nor too long, and every character exists."""
    return 0 < len(text) <= MAX_QR_CHARS and not any("\ud800" <= c <= "\udfff" for c in text)


@lru_cache(maxsize=32)  # the mask search takes 15 ms; a result is prepared, and checked, more than once
def qr_modules(text: str, mask: int | None = None) -> tuple[Modules, int]:
    """The modules of a QR code (level M, without quiet zone) and its mask; the best mask unless one is given."""
    if not is_qr_text(text):
        raise UsageError("seal.qr-size", size=0)
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    data = text.encode("utf-8")
    code.add_data(QRData(data, mode=MODE_ALPHA_NUM) if _ALPHANUMERIC.issuperset(text) else QRData(data), optimize=0)
    try:
        fits = code.best_fit() <= MAX_QR_VERSION
    except (DataOverflowError, ValueError):  # more than any version holds
        fits = False
    if not fits:
        raise UsageError("seal.qr-size", size=0)
    mask = code.best_mask_pattern() if mask is None else mask
    code.mask_pattern = mask
    code.make(fit=False)
    return tuple(tuple(bool(m) for m in row) for row in code.modules), mask


def modules_path(modules: Modules, below: float, side: float) -> bytes:
    """A white square with the dark modules of each row as rectangles, joined where they touch."""
    across = len(modules) + 2 * QUIET_MODULES
    rows = [b"1 g 0 %b re f" % write_numbers(below, side, side), b"q %b cm 0 g" % _scale(side / across, below)]
    for y, row in enumerate(modules):
        up = across - QUIET_MODULES - 1 - y
        rows += [b"%d %d %d 1 re" % (m.start() + QUIET_MODULES, up, m.end() - m.start()) for m in _DARK(bytes(row))]
    return b"\n".join([*rows, b"f Q"])


def _scale(unit: float, below: float) -> bytes:
    text = f"{unit:.6f}".encode("ascii")
    return b"%b 0 0 %b 0 %b" % (text, text, write_numbers(below))
