"""Times that a document may name: never out of the calendar, and as people in Vietnam read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


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
    """ISO 8601 in Vietnam's time, to the second: 2026-11-21T16:30:00+07:00; years 1 and 9999 too."""
    local = shifted(in_utc(time), timedelta(hours=7)).replace(tzinfo=None)
    return f"{local.isoformat(timespec='seconds')}+07:00"
