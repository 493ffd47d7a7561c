"""The clock as an argument: aware datetimes only, the system's time when none is given."""

from __future__ import annotations

from datetime import UTC, datetime

from .errors import UsageError


def moment(at: datetime | None) -> datetime:
    """`at` in UTC, or now; a naive datetime is a `UsageError`."""
    if at is None:
        return datetime.now(UTC)
    if at.tzinfo is None:
        raise UsageError("usage.argument", why="a time needs its time zone")
    return at.astimezone(UTC)
