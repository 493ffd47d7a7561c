"""When an anchor may be trusted (TS 119 612 §5.5.4, §5.5.5; EN 319 102-1 §5.2.6): from the status it had, and until.

    ca/periods.json, tsa/periods.json   [{"certificate_sha256", "not_before", "not_after"}…]

An anchor without any is trusted for as long as its certificate is; one with several, in each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from .answer import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start` on, until before `end`; None: without such a bound."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, control: Moment, proven: Moment) -> bool:
        """Whether it covers the time that counts, with misuse possible until `proven`."""
        begun = self.start is None or control.reached(self.start)
        return begun and not (self.end is not None and proven.reached(self.end))


Periods = Mapping[bytes, tuple[Period, ...]]  # by SHA-256 of the anchor
ALWAYS: Periods = MappingProxyType({})


def joined(known: Iterable[tuple[bytes, Period]]) -> dict[bytes, tuple[Period, ...]]:
    """The periods of each anchor."""
    found: dict[bytes, tuple[Period, ...]] = {}
    for digest, period in known:
        found[digest] = (*found.get(digest, ()), period)
    return found
