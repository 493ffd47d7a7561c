"""Status lists: 100 million entries in 25 shards at one verifier, one in a hundred revoked or suspended.

Loading is opening the published token: signature, strict claims, inflation. Peak memory is what Python allocates while
one shard is opened, with the token's text, over the megabyte of its bits; what all shards hold is printed beside it. A
look-up is `StatusCache.status` of a random entry of a random shard, with its freshness.
"""

from __future__ import annotations

import random
import statistics
import time
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, datetime

from eid import KeySet, OpenedStatusList, Status
from eid.shards import Shards
from eid.status import MAX_BYTES, MAX_ENTRIES
from eid.status_cache import StatusCache

SHARDS = 25
CHANGED = 0.01  # of the entries
BASE = "https://id.example.vn/status/"
ROUNDS = 15
LOOKUPS = 100_000  # in one round


@dataclass
class World:
    """The published tokens of one issuer, and its public keys."""

    keys: KeySet
    tokens: dict[str, str]
    now: int


def make_world() -> World:
    """25 full shards; every entry is in use, so none needs drawing."""
    now = datetime.now(UTC)
    keys, shards, draw = KeySet.generate(at=now), Shards(BASE, MAX_ENTRIES), random.Random(11)
    tokens = {}
    for number in range(1, SHARDS + 1):
        uri = f"{BASE}{number}"
        shards.adopt(uri, 0)
        for index in draw.sample(range(MAX_ENTRIES), round(CHANGED * MAX_ENTRIES)):
            shards.set(uri, index, draw.choice((Status.REVOKED, Status.SUSPENDED)))
        tokens[uri] = shards.token(uri, keys.active, at=now)
    return World(keys=KeySet.from_jwks(keys.public_jwks()), tokens=tokens, now=int(now.timestamp()))


def peak_ratio(world: World) -> float:
    """Memory at the worst moment of opening one shard, its token included, over its bits."""
    worst = 0
    for token in world.tokens.values():
        tracemalloc.start()
        OpenedStatusList.open(token, world.keys)
        worst = max(worst, tracemalloc.get_traced_memory()[1] + len(token))
        tracemalloc.stop()
    return worst / MAX_BYTES


def load(world: World) -> tuple[StatusCache, list[float]]:
    """A cache that holds every shard, and the seconds that each took."""
    cache, took = StatusCache(world.keys, prefix=BASE), []
    for token in world.tokens.values():
        start = time.perf_counter()
        cache.add(token)
        took.append(time.perf_counter() - start)
    return cache, took


def held_mb(world: World) -> float:
    """Megabytes that a cache of all shards holds."""
    tracemalloc.start()
    held = load(world)
    current, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del held
    return current / 1e6


def lookup_us(cache: StatusCache, world: World) -> list[float]:
    """Microseconds of one look-up, round by round."""
    uris, draw, rounds = list(world.tokens), random.Random(12), []
    for _ in range(ROUNDS):
        asked = [(draw.choice(uris), draw.randrange(MAX_ENTRIES)) for _ in range(LOOKUPS)]
        start = time.perf_counter()
        for uri, index in asked:
            cache.status(uri, index, world.now)
        rounds.append((time.perf_counter() - start) / LOOKUPS * 1e6)
    return rounds


def ratios() -> list[tuple[str, float, float, float, str]]:
    """(subject, measured, target, spread, comparison) rows."""
    world = make_world()
    cache, took = load(world)
    low, middle, high = statistics.quantiles(lookup_us(cache, world), n=4)
    size = statistics.mean(map(len, world.tokens.values()))
    print(
        f"status lists: {SHARDS} shards of {MAX_ENTRIES:,} entries, {CHANGED:.0%} set: token {size / 1000:.0f} kB, "
        f"opened in {statistics.median(took) * 1000:.1f} ms each, {held_mb(world):.0f} MB held for all"
    )
    million = f"{SHARDS * MAX_ENTRIES // 1_000_000} million entries ({SHARDS} shards)"
    return [
        (f"status look-up in {million}, microseconds", middle, 1.0, (high - low) / 2 / middle, "≤"),
        ("peak memory while a shard is opened / its bits", peak_ratio(world), 2.5, 0.0, "≤"),
    ]


if __name__ == "__main__":
    for subject, measured, target, spread, comparison in ratios():
        print(f"{subject:70s} {measured:6.2f} {comparison} {target:4.2f}  (±{spread:.0%})")
