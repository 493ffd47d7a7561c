"""Many status lists at a verifier: opened once, kept while fresh, fetched by the caller's own function.

A token names its list by a URI (draft-ietf-oauth-status-list-17 §8.3). The cache asks `fetch` for lists under one
prefix that the caller trusts and for no other address; it opens no socket. A list that is missing, stale, older than
the caller allows, of another name, or that cannot be fetched answers nothing: `IndeterminateError`, never "valid".
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from math import inf
from typing import Final

from .arguments import check_entry, check_function, check_kind
from .errors import EidError, IndeterminateError, UsageError
from .keys import KeySet
from .status import MAX_TOKEN_CHARS, TTL_S, OpenedStatusList, Status
from .token import MAX_TEXT_CHARS

MAX_SHARDS = 64  # lists kept at once: at most 1 MB each, so 64 MB and 256 million entries
RETRY_S = 5.0  # seconds for which a list that could not be fetched is not asked for again
_DOORS = 16  # locks: lists are fetched beside one another, the same list by one thread only
_PREFIX: Final = re.compile(r"[!-~]+/")  # printable ASCII that ends in "/", so that no longer host begins with it
_REST: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")

Fetch = Callable[[str], bytes | str]


class StatusCache:
    """A `StatusSource` for the lists under `prefix` (a URI that ends in "/"), signed by one of `keys`. Thread-safe.

    `fetch(uri)` gives the text of a list, with the caller's own time limit; without it only lists given to `add` are
    known. `max_age_s` is how old a list may be, at most `TTL_S`: locks and revocations are seen at the latest then.
    `max_shards` lists are kept; when they are full the one that ends first leaves.
    """

    __slots__ = ("_doors", "_failed", "_fetch", "_keys", "_lists", "_lock", "_max_age_s", "_max_shards", "_prefix")

    def __init__(
        self,
        keys: KeySet,
        fetch: Fetch | None = None,
        *,
        prefix: str,
        max_age_s: float = TTL_S,
        max_shards: int = MAX_SHARDS,
    ) -> None:
        _check_arguments(keys, fetch, prefix)
        _check_limits(max_age_s, max_shards)
        self._keys, self._fetch, self._prefix = keys, fetch, prefix
        self._max_age_s, self._max_shards = max_age_s, max_shards
        self._lists: dict[str, OpenedStatusList] = {}
        self._failed: dict[str, float] = {}  # at which second a list could not be fetched
        self._doors = tuple(threading.Lock() for _ in range(_DOORS))
        self._lock = threading.Lock()

    def status(self, uri: str, index: int, now: float) -> Status:
        """The status of entry `index` of the list `uri` at second `now`; fetches the list when none is fresh.

        Raises `IndeterminateError`: `status.foreign`, `status.unknown`, `status.stale`, `status.early`,
        `status.untrusted`, `status.unavailable`.
        """
        check_entry(uri, index, now)
        held = self._lists.get(uri)
        if held is None or now >= held.expires or now - held.issued >= self._max_age_s:
            held = self._renewed(uri, now)
        return held.status(uri, index, now)

    def add(self, token: str) -> str:
        """Take in a list that came another way; its URI. An older list never takes the place of a newer one.

        Raises `IndeterminateError`: `status.untrusted`, `status.foreign`.
        """
        opened = OpenedStatusList.open(token, self._keys)
        self._check_uri(opened.uri)
        self._keep(opened)
        return opened.uri

    def __len__(self) -> int:
        """How many lists are kept."""
        return len(self._lists)

    def _renewed(self, uri: str, now: float) -> OpenedStatusList:
        """A fresh list, fetched by one thread while the others wait for it."""
        self._check_uri(uri)
        with self._doors[hash(uri) % _DOORS]:
            held = self._lists.get(uri)
            if held is not None and self._fresh(held, now):  # another thread has just fetched it
                return held
            if self._fetch is None:
                raise IndeterminateError("status.unknown" if held is None else "status.stale")
            if 0 <= now - self._failed.get(uri, -inf) < RETRY_S:
                why, why_vi = "it failed a moment ago", "vừa tải lỗi"
                raise IndeterminateError("status.unavailable", why=why, why_vi=why_vi)
            try:
                return self._fetched_now(self._fetch, uri, now)
            except IndeterminateError:
                self._note_failure(uri, now)
                raise

    def _fresh(self, held: OpenedStatusList, now: float) -> bool:
        return now < held.expires and now - held.issued < self._max_age_s

    def _fetched_now(self, fetch: Fetch, uri: str, now: float) -> OpenedStatusList:
        opened = OpenedStatusList.open(_fetched(fetch, uri), self._keys)
        if opened.uri != uri:  # the answer is another list, whatever its address
            raise IndeterminateError("status.unknown")
        kept = self._keep(opened)
        if not self._fresh(kept, now):
            raise IndeterminateError("status.stale")
        return kept

    def _keep(self, opened: OpenedStatusList) -> OpenedStatusList:
        """The list that is kept now under this name: the newer one."""
        with self._lock:
            self._failed.pop(opened.uri, None)
            held = self._lists.get(opened.uri)
            if held is not None and held.issued > opened.issued:
                return held
            if held is None and len(self._lists) >= self._max_shards:
                del self._lists[min(self._lists, key=lambda uri: self._lists[uri].expires)]
            self._lists[opened.uri] = opened
            return opened

    def _note_failure(self, uri: str, now: float) -> None:
        with self._lock:
            if len(self._failed) >= self._max_shards:
                self._failed.clear()
            self._failed[uri] = now

    def _check_uri(self, uri: str) -> None:
        rest = uri[len(self._prefix) :] if uri.startswith(self._prefix) and len(uri) <= MAX_TEXT_CHARS else ""
        if not _REST.fullmatch(rest):
            raise IndeterminateError("status.foreign", prefix=self._prefix)


def _check_limits(max_age_s: object, max_shards: object) -> None:
    if not (isinstance(max_age_s, int | float) and 0 < max_age_s <= TTL_S):  # also for NaN
        raise UsageError("usage.argument", why=f"max_age_s must be above 0 and at most {TTL_S} seconds")
    if type(max_shards) is not int or max_shards < 1:
        raise UsageError("usage.argument", why="max_shards must be a whole number above 0")


def _check_arguments(keys: object, fetch: object, prefix: object) -> None:
    check_kind("keys", keys, KeySet)
    if fetch is not None:
        check_function("fetch", fetch)
    if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix) or len(prefix) > MAX_TEXT_CHARS:
        raise UsageError("usage.argument", why="prefix must be a short URI that ends in '/'")


def _fetched(fetch: Fetch, uri: str) -> str:
    """What the caller's function gives, as text. Whatever it raises means that the status is not known."""
    try:
        answer: object = fetch(uri)
    except EidError as e:
        raise IndeterminateError("status.unavailable", why=e.code, why_vi=e.code) from e
    except Exception as e:
        name = type(e).__name__
        raise IndeterminateError("status.unavailable", why=name, why_vi=name) from e
    if not isinstance(answer, bytes | str) or len(answer) > MAX_TOKEN_CHARS:
        why, why_vi = (
            f"not a text of at most {MAX_TOKEN_CHARS} characters",
            f"không phải văn bản tối đa {MAX_TOKEN_CHARS} ký tự",
        )
        raise IndeterminateError("status.unavailable", why=why, why_vi=why_vi)
    text = answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer
    return text.rstrip("\r\n")
