"""What the look of a field may hide of the page below it (ISO 32000-2 §12.5.5): areas, light colours, huge letters.

Whoever prepared the file chose the field's rectangle, which may be the page, and the drawings that a box to tick shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .content import Operation, operations
from .file import PdfFile
from .filters import decode_stream
from .objects import PdfDict, PdfStream

MAX_LOOK_BYTES = 256 * 1024  # bytes of one field's appearance, decoded
MAX_LETTER_POINTS = 144.0  # a larger letter covers what stands below it

_MARKERS = frozenset(b"BMC BDC EMC ET".split())
_BEFORE_COVER = frozenset(b"BMC q g rg k G RG K w".split())
_MARGIN = 2.0  # points at the edges of a field that its background may leave out
_SHOWS = frozenset(b"Tj TJ ' \"".split())
_FILLS = frozenset(b"f F f* B B* b b*".split())
_PATHS = frozenset(b"m l c v y h re".split())
_LIGHT = 0.5  # from which part of white on a colour hides dark letters rather than joining them
_STROKES = frozenset(b"S s B B* b b*".split())
_LETTERING = _SHOWS | frozenset(b"BT Tf Td TD Tm T* Tc Tw Tz TL Ts g rg k G RG K".split())
_DEFAULT_OPERATORS = _LETTERING - _SHOWS - {b"BT"} | {b"w"}  # no outlines: who draws them draws as wide as it likes
_TICK_OPERATORS = _MARKERS | _LETTERING | _FILLS | _PATHS | frozenset(b"q Q cm w W W* n S s d j J M i".split())
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def operations_of(look: PdfStream) -> list[Operation]:
    """Its operations. Raises `MalformedError` or `LimitError`."""
    return list(operations(decode_stream(look)[: MAX_LOOK_BYTES + 1], MAX_LOOK_BYTES))


def frame_of(look: PdfStream) -> list[Operation]:
    """What a look draws around its text."""
    frame, inside = list[Operation](), False
    for operation in operations_of(look):
        inside = operation.operator == b"BT" or (inside and operation.operator != b"ET")
        if operation.operator not in _MARKERS and not (inside and operation.operator in _LETTERING):
            frame.append(operation)
    return frame


def covers(file: PdfFile, look: PdfStream, revision: int) -> bool:
    """Whether the first thing that a look does is to paint all of its box."""
    box = numbers_of(file, look.dict.get("BBox"), revision)
    if len(box) != 4 or "Matrix" in look.dict:
        return False
    left, bottom, right, top = box
    area: tuple[Any, ...] = ()
    for operation in operations_of(look):
        if operation.operator == b"re":
            area = operation.operands
        elif operation.operator in _FILLS:
            if len(area) != 4 or not all(type(number) in (int, float) for number in area):
                return False
            x, y, width, height = area
            near = x <= left + _MARGIN and y <= bottom + _MARGIN
            return bool(near and x + width >= right - _MARGIN and y + height >= top - _MARGIN)
        elif operation.operator not in _BEFORE_COVER:
            return False
    return False


def numbers_of(file: PdfFile, value: Any, revision: int) -> list[float]:
    """An array of numbers; empty for anything else."""
    found = [file.resolve(item, revision) for item in file.array(value, revision)]
    return found if all(type(item) in (int, float) for item in found) else []


def scale_of(rectangle: list[float], box: list[float], *, turned: bool) -> float:
    """How much larger than in its own box a look is drawn in a rectangle; infinite where that cannot be told."""
    if len(rectangle) != 4 or len(box) != 4:
        return float("inf")
    wide, high = abs(box[2] - box[0]), abs(box[3] - box[1])
    width, height = abs(rectangle[2] - rectangle[0]), abs(rectangle[3] - rectangle[1])
    if not wide or not high:
        return float("inf")
    return max(width / high, height / wide) if turned else max(width / wide, height / high)


def is_modest_text(drawn: Iterable[Operation], scale: float, *, light: bool) -> bool:
    """Whether letters are of a size that hides nothing, and dark unless they may be `light`."""
    size, wide, matrix, outer, pale = 0.0, 1.0, 1.0, 1.0, False
    kept: list[tuple[float, bool]] = []
    for operation in drawn:
        name, operands = operation.operator, operation.operands
        if name == b"Tf":
            size = _largest(operands[1:])
        elif name == b"Tz":
            wide = max(1.0, _largest(operands) / 100)
        elif name in (b"g", b"rg", b"k"):
            pale = _is_light(operands)
        elif name in (b"BT", b"Tm"):
            matrix = _largest(operands[:4]) if name == b"Tm" else 1.0
        elif name == b"cm":
            outer *= _largest(operands[:4])
        elif name == b"q":
            kept.append((outer, pale))
        elif name == b"Q" and kept:
            outer, pale = kept.pop()
        elif name in _SHOWS and ((pale and not light) or size * wide * matrix * outer * scale > MAX_LETTER_POINTS):
            return False
    return True


def is_modest_default(drawn: Iterable[Operation]) -> bool:
    """Whether a default appearance (§12.7.4.3), by which viewers draw a value, is of dark letters of usual size."""
    drawn = list(drawn)
    usual = {o.operator for o in drawn} <= _DEFAULT_OPERATORS
    return usual and is_modest_text([*drawn, Operation(b"Tj", ())], 1.0, light=False)


def is_tick(new: PdfStream, old: PdfStream | None) -> bool:
    """Whether the look of a box that is ticked is one sign at most, and hides no more than the look before."""
    drawn = operations_of(new)
    texts = [item for o in drawn if o.operator in _SHOWS for item in _letters(o)]
    if not {o.operator for o in drawn} <= _TICK_OPERATORS or sum(map(len, texts)) > 1:
        return False
    if not is_modest_text(drawn, 1.0, light=False):
        return False
    return set(_light_areas(drawn)) <= set(_light_areas(operations_of(old)) if old is not None else ())


def letters_are_usual(file: PdfFile, font: PdfDict, revision: int) -> bool:
    """Whether the codes of a font are letters as every viewer has them, neither drawn in the file nor exchanged."""
    described = file.dictionary(font.get("FontDescriptor"), revision)
    if not described.keys().isdisjoint({"FontFile", "FontFile2", "FontFile3"}):
        return False
    code = -1
    for item in file.array(file.dictionary(font.get("Encoding"), revision).get("Differences"), revision):
        if isinstance(item, str):
            char = chr(code) if 0 < code < 128 else " "
            if char.isalnum() and item != (_DIGITS[int(char)] if char.isdigit() else char):
                return False
            code += 1
        else:
            code = item if type(item) is int else -1
    return font.get("BaseFont") not in ("Symbol", "ZapfDingbats")


def _letters(operation: Operation) -> Iterator[bytes]:
    last = operation.operands[-1] if operation.operands else b""
    for item in last if isinstance(last, list) else [last]:
        if isinstance(item, bytes):
            yield item


def _largest(operands: Iterable[Any]) -> float:
    return max((abs(v) if type(v) in (int, float) else float("inf") for v in operands), default=float("inf"))


def _is_light(operands: tuple[Any, ...]) -> bool:
    """Whether a colour is light; one that cannot be read is."""
    if not operands or not all(type(v) in (int, float) for v in operands):
        return True
    if len(operands) == 4:
        return bool(operands[3] < _LIGHT and sum(operands[:3]) / 3 < _LIGHT)
    return bool(sum(operands) / len(operands) >= _LIGHT)


def _light_areas(drawn: Iterable[Operation]) -> Iterator[str]:
    """The areas that are painted in a light colour, each with how it came about."""
    pale, kept, path = (False, False), list[tuple[bool, bool]](), list[Operation]()
    for operation in drawn:
        name = operation.operator
        if name in (b"g", b"rg", b"k"):
            pale = (_is_light(operation.operands), pale[1])
        elif name in (b"G", b"RG", b"K"):
            pale = (pale[0], _is_light(operation.operands))
        elif name == b"q":
            kept.append(pale)
        elif name == b"Q" and kept:
            pale = kept.pop()
        elif name in _PATHS or name in (b"cm", b"w"):
            path.append(operation)
        elif name in _FILLS or name in _STROKES or name == b"n":
            if (pale[0] and name in _FILLS) or (pale[1] and name in _STROKES):
                yield repr(path)
            path.clear()
