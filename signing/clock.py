"""The clock as an argument: aware datetimes only, the system's time when none is given."""

from __future__ import annotations

from datetime import UTC, datetime

from .errors import UsageError
from .times import VIETNAM, in_utc, shifted, vietnam_time

__all__ = ["VIETNAM", "in_utc", "moment", "shifted", "vietnam_time"]


def moment(at: datetime | None) -> datetime:
    """`at` in UTC, or now; what is no datetime, a naive one, or one that UTC has no date for, is a `UsageError`."""
    if at is None:
        return datetime.now(UTC)
    if not isinstance(at, datetime):
        raise UsageError("usage.argument", why="a time is a datetime")
    if at.tzinfo is None:
        raise UsageError("usage.argument", why="a time needs its time zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise UsageError("usage.argument", why=f"{at} lies outside the calendar in UTC") from None
