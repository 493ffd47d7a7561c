"""The timestamp authorities of a batch (RFC 3161): one, or several of which the next is asked when one fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..cms.timestamp import TimestampAuthority, TimestampToken
from ..cms.tsa_pool import TimestampSource, TsaPool
from ..http import HttpClient


def authorities(first: str | None, spare: Sequence[str]) -> tuple[str, ...]:
    """Addresses in the order of preference."""
    return (first, *spare) if first is not None else tuple(spare)


def timestamp_source(
    urls: Sequence[str], http: HttpClient, check: Callable[[TimestampToken], None] | None
) -> TimestampSource | None:
    """Where timestamps come from; None without an address. Raises `UsageError` for one address twice."""
    members = tuple(TimestampAuthority(url=url, http=http, check=check) for url in urls)
    if len(members) > 1:
        return TsaPool(members=members)
    return members[0] if members else None
