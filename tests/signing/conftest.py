"""Fixtures of the signing room's tests."""

from __future__ import annotations

import pytest

from ..world import World
from .signed_pdfs import Samples


@pytest.fixture(scope="session")
def samples(world: World) -> Samples:
    """Signed PDFs, each made when first asked for."""
    return Samples(world)
