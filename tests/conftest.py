"""Fixtures that all tests share, and how properties are tested.

By default hypothesis repeats the same cases in every run, without a time limit for one or for making them;
`HYPOTHESIS_PROFILE=explore` looks for new ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from .databases import postgres, url
from .world import World, make_world

__all__ = ["postgres", "url"]  # fixtures

# a loaded machine makes cases slowly; what fixtures a property shares is its own matter
_UNWATCHED = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile("repeat", derandomize=True, deadline=None, suppress_health_check=_UNWATCHED)
settings.register_profile("explore", deadline=None, max_examples=1000, suppress_health_check=_UNWATCHED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The development PKI, running; see `tests/world.py`."""
    with make_world(tmp_path_factory.mktemp("world")) as made:
        yield made
