"""Fixtures of the signing room's tests."""

from __future__ import annotations

import pytest

from signing.story.play import play

from ..world import World
from .demo_run import Demo
from .signed_pdfs import Samples


@pytest.fixture(scope="session")
def samples(world: World) -> Samples:
    """Signed PDFs, each made when first asked for."""
    return Samples(world)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """One run of the demo, read only; see `demo_run.py`."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    return Demo(folder, play(folder))
