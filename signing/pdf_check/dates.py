"""Dates as PDF writes them (ISO 32000-2 §7.9.4): `D:20261121093000+07'00'`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from .form import text_of

_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z|[+-])(?:(\d\d)'?(?:(\d\d)'?)?)?)?")


def parse_date(value: object) -> datetime | None:
    """The moment, in UTC where no zone is given; None when it is no date."""
    found = _DATE.fullmatch(text_of(value).strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = UTC if sign in (None, "Z") else timezone(-shift if sign == "-" else shift)
        return datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone
        )
    except ValueError:
        return None
