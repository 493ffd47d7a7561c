"""The clock as an argument: aware datetimes only, the system's time when none is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from .errors import UsageError

VIETNAM = timezone(timedelta(hours=7))
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def moment(at: datetime | None) -> datetime:
    """`at` in UTC, or now; a naive datetime, or one that UTC has no date for, is a `UsageError`."""
    if at is None:
        return datetime.now(UTC)
    if at.tzinfo is None:
        raise UsageError("usage.argument", why="a time needs its time zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise UsageError("usage.argument", why=f"{at} lies outside the calendar in UTC") from None


def shifted(time: datetime, by: timedelta) -> datetime:
    """`time + by`, held at the ends of the calendar: documents name the years 1 and 9999 and mean it."""
    try:
        return time + by
    except OverflowError:
        return _FIRST if by < timedelta(0) else _LAST


def in_utc(time: datetime) -> datetime:
    """`time` in UTC, held at the ends of the calendar: +14:00 in the year 1 has no date there."""
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return _FIRST if time.year == 1 else _LAST


def vietnam_time(time: datetime) -> str:
    """As it is written in Vietnam, in its time and to the second: 21/11/2026 16:30:00; years 1 and 9999 too."""
    local = shifted(in_utc(time), timedelta(hours=7))
    return f"{local:%d/%m}/{local.year:04} {local:%H:%M:%S}"
