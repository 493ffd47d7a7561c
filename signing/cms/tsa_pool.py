"""Several timestamp authorities as one (RFC 3161): asked in order, those that failed lately last.

Which authority answers decides nothing about trust: each member checks its own tokens, and a token that does not hold
counts as a failure of its authority like no answer at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from ..errors import ServiceError, SigningError, UsageError
from .timestamp import TimestampAuthority, TimestampToken

MAX_MEMBERS = 16
MAX_REST_S = 600.0  # seconds an authority that keeps failing is passed over at most


class TimestampSource(Protocol):
    """Where timestamps come from: one authority (`TimestampAuthority`), or several as one (`TsaPool`)."""

    @property
    def url(self) -> str:
        """The address, or that of the preferred authority."""

    @property
    def digest(self) -> str:
        """What imprints are made with: `sha256`, `sha384` or `sha512`."""

    def using(self, digest: str) -> TimestampSource:
        """The same for imprints made with `digest`."""

    def timestamp(self, digest: bytes) -> TimestampToken:
        """A verified token for `digest`; see `TimestampAuthority.timestamp`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TsaPool:
    """Timestamp authorities in the order of preference; stands wherever one `TimestampAuthority` does.

    An authority that fails rests for `rest_s` seconds, doubled with each failure after another up to ten minutes;
    resting ones are asked only when the others failed too. No further one is begun after `total_s` seconds.
    Raises `UsageError` for an empty pool, one address twice, or members with different digests.
    """

    members: tuple[TimestampAuthority, ...]
    rest_s: float = 30.0
    total_s: float = 60.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False, compare=False)
    _rests: dict[str, tuple[int, float]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        urls = {m.url for m in self.members}
        if not 0 < len(self.members) <= MAX_MEMBERS or len(urls) != len(self.members):
            raise UsageError("usage.argument", why=f"members: 1 – {MAX_MEMBERS}, each once")
        if len({m.digest for m in self.members}) != 1:
            raise UsageError("usage.argument", why="members: digest")

    @property
    def url(self) -> str:
        """The address of the preferred authority; a name for the pool."""
        return self.members[0].url

    @property
    def digest(self) -> str:
        """What imprints are made with, by every member."""
        return self.members[0].digest

    def using(self, digest: str) -> TsaPool:
        """The same pool for imprints made with `digest`; what it remembers of failures is shared."""
        if digest == self.digest:
            return self
        pool = replace(self, members=tuple(m.using(digest) for m in self.members))
        object.__setattr__(pool, "_rests", self._rests)
        return pool

    def timestamp(self, digest: bytes) -> TimestampToken:
        """A verified token of the first authority that gives one.

        Raises `ServiceError` `timestamp.pool` with every reason when none does; `UsageError` for a wrong digest.
        """
        started, failures = self.clock(), list[SigningError]()
        for member in self._order(started):
            if failures and self.clock() - started >= self.total_s:
                break
            try:
                token = member.timestamp(digest)
            except UsageError:
                raise
            except SigningError as error:
                failures.append(error)
                self._failed(member.url)
            else:
                self._rests.pop(member.url, None)
                return token
        raise ServiceError("timestamp.pool", why=tuple(failures)) from failures[-1]

    def resting(self) -> tuple[str, ...]:
        """The addresses that are passed over now."""
        now = self.clock()
        return tuple(m.url for m in self.members if self._rest(m) > now)

    def _rest(self, member: TimestampAuthority) -> float:
        return self._rests.get(member.url, (0, 0.0))[1]

    def _order(self, now: float) -> list[TimestampAuthority]:
        """Those that are well in the order given, then the others, who rested longest first."""
        well = [m for m in self.members if self._rest(m) <= now]
        return well + sorted((m for m in self.members if m not in well), key=self._rest)

    def _failed(self, url: str) -> None:
        count = self._rests.get(url, (0, 0.0))[0] + 1
        rest = min(self.rest_s * 2 ** min(count - 1, 16), MAX_REST_S)
        self._rests[url] = (count, self.clock() + rest)
