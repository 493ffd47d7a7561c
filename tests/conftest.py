"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The development PKI, running; see `tests/world.py`."""
    with make_world(tmp_path_factory.mktemp("world")) as made:
        yield made
