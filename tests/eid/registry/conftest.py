"""A registry on either database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from eid.registry import Registry, open_registry

from ..made import KEYS, clock


@pytest.fixture
def registry(url: str) -> Iterator[Registry]:
    """An empty registry of the issuer's keys whose clock stands at `made.NOW`."""
    with open_registry(url, KEYS, clock=clock()) as opened:
        yield opened
