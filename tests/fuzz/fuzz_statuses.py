"""Status lists: the token, its claims, the compressed bits, and the cache that takes them in."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

from eid import KeySet, OpenedStatusList, Status, StatusList
from eid.encoding import b64url, dump_json
from eid.jws import sign_compact, unverified_claims
from eid.status import inflate
from eid.status_cache import StatusCache

from .target import Target, text

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
KEYS = KeySet.generate(at=NOW)
BASE = "https://id.example.vn/status/"
LIST = StatusList(f"{BASE}1", 1000)
LIST.set(7, Status.REVOKED)
TOKEN = LIST.token(KEYS.active, at=NOW)
HEADER = TOKEN.split(".")[0].encode()
CLAIMS = dump_json(unverified_claims(TOKEN))
PACKED = zlib.compress(bytes(1000), 9)


def read(token: str) -> object:
    return OpenedStatusList.open(token, KEYS).status(f"{BASE}1", 7, NOW_S)


def cached(data: bytes) -> object:
    """The bytes are what a fetch brings, and the name that a token asks for."""
    cache = StatusCache(KEYS, lambda _: data, prefix=BASE)
    return cache.status(f"{BASE}1", 7, NOW_S)


def add(token: str) -> object:
    return StatusCache(KEYS, prefix=BASE).add(token)


TARGETS = (
    Target("list", lambda data: read(text(data)), (TOKEN.encode(),)),
    Target("claims", lambda data: read(sign_compact(KEYS.active, HEADER, data)), (CLAIMS, b"{}")),
    Target("bits", lambda data: inflate(text(data)), (b64url(PACKED), b64url(PACKED[:-2]))),
    Target("stream", lambda data: inflate(b64url(data).decode()), (PACKED, PACKED + b"x", zlib.compress(b""))),
    Target("fetched", cached, (TOKEN.encode(), TOKEN.encode() + b"\n", b"\xff")),
    Target("added", lambda data: add(text(data)), (TOKEN.encode(),)),
    Target("address", lambda data: StatusCache(KEYS, prefix=BASE).status(text(data), 7, NOW_S), (BASE.encode(),)),
)
