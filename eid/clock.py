"""The clock as an argument: aware datetimes outside, seconds since 1970 inside (RFC 7519 §2 NumericDate)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from .arguments import check_function
from .errors import UsageError

Clock = Callable[[], datetime]

# a day from both ends of the calendar, so that a time can be told in every zone
_FIRST, _END = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def seconds(at: datetime | None) -> int:
    """`at` in whole seconds since 1970, or now; a naive datetime, or one at the calendar's ends, is a `UsageError`."""
    return int(time.time()) if at is None else _seconds(at)


def _seconds(at: object) -> int:
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise UsageError("usage.argument", why="a time needs its time zone", why_vi="thời điểm phải kèm múi giờ")
    if not _FIRST <= at < _END:
        raise UsageError(
            "usage.argument",
            why="a time is not in the first or last days of the calendar",
            why_vi="thời điểm nằm ở những ngày đầu hoặc cuối cùng của lịch",
        )
    return int(at.timestamp())


def moment(s: int) -> datetime:
    """The aware UTC datetime of `s` seconds since 1970."""
    return datetime.fromtimestamp(s, UTC)


def reader(clock: Clock | None) -> Callable[[], float]:
    """A function that gives the seconds since 1970 by `clock`, or by the system's clock for None."""
    if clock is None:
        return time.time
    check_function("clock", clock)
    return lambda: _seconds(clock())
