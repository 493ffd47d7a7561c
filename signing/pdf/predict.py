"""RFC 2083 §6: the predictors of PNG undone, a row at a time and as much as possible in one step."""

from __future__ import annotations

from itertools import accumulate


def rows_without(data: bytes, columns: int, pixel: int) -> list[bytes]:
    """Rows of `columns` bytes, each behind the number of its predictor (0 – 4); `pixel` bytes lie between neighbours.

    Raises `ValueError` for another number, and for rows that hold nothing.
    """
    if not 0 < pixel <= columns:
        raise ValueError("PNG predictor")
    rows, above = [], bytes(columns)
    for at in range(0, len(data) - columns, columns + 1):
        above = _row(data[at], data[at + 1 : at + 1 + columns], above, pixel)
        rows.append(above)
    return rows


def _row(kind: int, row: bytes, above: bytes, pixel: int) -> bytes:
    if kind == 0:
        return row
    if kind == 2:
        return _up(row, above)
    if kind == 1:
        return _woven([_sums(row[c::pixel]) for c in range(pixel)], len(row))
    if kind not in {3, 4}:
        raise ValueError("PNG predictor")
    if not any(row) and not any(above):
        return row
    undo = _average if kind == 3 else _paeth
    return _woven([undo(row[c::pixel], above[c::pixel]) for c in range(pixel)], len(row))


def _woven(channels: list[bytes], length: int) -> bytes:
    """The samples of each channel in turn."""
    if len(channels) == 1:
        return channels[0]
    out = bytearray(length)
    for number, samples in enumerate(channels):
        out[number :: len(channels)] = samples
    return bytes(out)


def _sums(samples: bytes) -> bytes:
    return bytes([total & 0xFF for total in accumulate(samples)])


def _up(row: bytes, above: bytes) -> bytes:
    """All bytes added at once: without their highest bits there is no carry between them, and those are added after."""
    length = len(row)
    a, b = int.from_bytes(row, "big"), int.from_bytes(above, "big")
    low = int.from_bytes(b"\x7f" * length, "big")
    return (((a & low) + (b & low)) ^ ((a ^ b) & ~low & ((1 << 8 * length) - 1))).to_bytes(length, "big")


def _average(samples: bytes, above: bytes) -> bytes:
    left, out = 0, bytearray()
    add = out.append
    for value, up in zip(samples, above, strict=True):
        left = (value + ((left + up) >> 1)) & 0xFF
        add(left)
    return bytes(out)


def _paeth(samples: bytes, above: bytes) -> bytes:
    left, corner, out = 0, 0, bytearray()
    add = out.append
    for value, up in zip(samples, above, strict=True):
        if up == corner:
            left = (value + left) & 0xFF  # the distance to the left is 0, and it wins ties
        elif left == corner:
            left = (value + up) & 0xFF
        else:
            x, y = up - corner, left - corner
            z = x + y
            x, y, z = x if x > 0 else -x, y if y > 0 else -y, z if z > 0 else -z
            left = (value + (left if x <= y and x <= z else up if y <= z else corner)) & 0xFF
        corner = up
        add(left)
    return bytes(out)
