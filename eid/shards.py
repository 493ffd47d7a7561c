"""Shards: the status of more tokens than one list holds, as many lists (draft-ietf-oauth-status-list-17 §13.2, §13.4).

An issuer keeps one `Shards`: the list that a new token gets its entry in has room, and when none has, another list is
opened. Entries are drawn at random within a list. Everything is in memory; an issuer whose tokens outlive its process
keeps what it issued elsewhere and marks the entries again with `adopt`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from .errors import IndeterminateError, RefusedError, UsageError
from .keys import Key
from .status import MAX_ENTRIES, TTL_S, Status, StatusList
from .token import MAX_TEXT_CHARS

MAX_SHARDS = 256  # lists of one issuer: a thousand million entries, 384 MB
_NUMBER_CHARS = len(str(MAX_SHARDS))
_BASE: Final = re.compile(r"[!-~]+/")  # printable ASCII that ends in "/"


class Shards:
    """The status lists of one issuer, mutable; named `base_uri`1, `base_uri`2 and so on, each of `shard_size` entries.

    `base_uri` ends in "/". It serves a verifier in the same process as a status source. Threads may share it.
    """

    __slots__ = ("_free", "_lists", "_lock", "base_uri", "shard_size")

    def __init__(self, base_uri: str, shard_size: int = MAX_ENTRIES) -> None:
        if type(base_uri) is not str or not _BASE.fullmatch(base_uri) or len(base_uri) > MAX_TEXT_CHARS - _NUMBER_CHARS:
            raise UsageError("usage.argument", why="the base of status lists is a short URI that ends in '/'")
        if type(shard_size) is not int or not 0 < shard_size <= MAX_ENTRIES:
            raise UsageError("usage.argument", why=f"a status list has 1 to {MAX_ENTRIES} entries")
        self.base_uri, self.shard_size = base_uri, shard_size
        self._lists: dict[str, StatusList] = {}
        self._free: dict[str, int] = {}  # free entries of the lists that have any
        self._lock = threading.Lock()

    def allocate(self) -> tuple[str, int]:
        """The list and a free random index in it, for a new token. `RefusedError` (`status.full`) at the last limit."""
        with self._lock:
            uri = next(iter(self._free)) if self._free else self._open()
            self._take(uri)
            return uri, self._lists[uri].allocate()

    def adopt(self, uri: str, index: int, status: Status = Status.VALID) -> None:
        """Note that an entry is in use, when what was issued is read back; opens the lists up to its number."""
        with self._lock:
            while uri not in self._lists and self._is_ours(uri):
                self._open()
            shard = self._shard(uri)
            shard.set(index, status)
            if shard.mark(index):
                self._take(uri)

    def release(self, uri: str, index: int) -> None:
        """Give an entry back. Only for a token that expired longer ago than a list may be used (`TTL_S`)."""
        with self._lock:
            if self._shard(uri).release(index):
                self._free[uri] = self._free.get(uri, 0) + 1

    def set(self, uri: str, index: int, status: Status) -> None:
        """Set the status of one entry. `UsageError` (`status.no-shard`)."""
        self._shard(uri).set(index, status)

    def get(self, uri: str, index: int) -> Status:
        """The status of one entry. `UsageError` (`status.no-shard`)."""
        return self._shard(uri).get(index)

    def status(self, uri: str, index: int, now: float) -> Status:
        """The status of one entry, for a verifier beside the issuer. `IndeterminateError` (`status.unknown`)."""
        shard = self._lists.get(uri)
        if shard is None:
            raise IndeterminateError("status.unknown")
        return shard.status(uri, index, now)

    @property
    def uris(self) -> tuple[str, ...]:
        """The names of the lists, oldest first."""
        return tuple(self._lists)

    def token(self, uri: str, key: Key, *, at: datetime | None = None, ttl_s: int = TTL_S) -> str:
        """One list as a signed `statuslist+jwt`; see `StatusList.token`. `UsageError` (`status.no-shard`)."""
        return self._shard(uri).token(key, at=at, ttl_s=ttl_s)

    def tokens(self, key: Key, *, at: datetime | None = None, ttl_s: int = TTL_S) -> Iterator[tuple[str, str]]:
        """Every list's name and signed token, one at a time: publish each at its name."""
        for uri in self.uris:
            yield uri, self.token(uri, key, at=at, ttl_s=ttl_s)

    def _open(self) -> str:
        """A new list, empty; under the lock."""
        if len(self._lists) >= MAX_SHARDS:
            raise RefusedError("status.full")
        uri = f"{self.base_uri}{len(self._lists) + 1}"
        self._lists[uri] = StatusList(uri, self.shard_size)
        self._free[uri] = self.shard_size
        return uri

    def _take(self, uri: str) -> None:
        """Count one free entry less; under the lock."""
        self._free[uri] -= 1
        if not self._free[uri]:
            del self._free[uri]

    def _is_ours(self, uri: str) -> bool:
        number = uri.removeprefix(self.base_uri) if uri.startswith(self.base_uri) else ""
        return re.fullmatch(f"[1-9][0-9]{{0,{_NUMBER_CHARS - 1}}}", number) is not None and int(number) <= MAX_SHARDS

    def _shard(self, uri: str) -> StatusList:
        try:
            return self._lists[uri]
        except (KeyError, TypeError):
            raise UsageError("status.no-shard", uri=uri) from None
