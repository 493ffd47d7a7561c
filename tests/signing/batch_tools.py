"""What the tests of batches share: folders of letters, a run, and what became of it."""

from __future__ import annotations

from pathlib import Path

from signing.batch import Order
from signing.batch.plan import Filters
from signing.batch.run import plan_batch, run_batch
from signing.batch.stage import Outcome

from ..world import World
from .pdf_shapes import one_page, stream

PAGE = one_page()


def make_letters(folder: Path, count: int, size: int = 0) -> Path:
    """PDFs of one page, and of `size` more bytes."""
    folder.mkdir()
    page = one_page(more={9: stream(bytes(size))}) if size else PAGE
    for number in range(count):
        (folder / f"{number:03}.pdf").write_bytes(page)
    return folder


def order(world: World, **more: object) -> Order:
    return Order(key=world.pki.key_uri("receiver"), **more)  # type: ignore[arg-type]


def run(
    world: World, source: Path | list[Path], out: Path, *, jobs: int = 1, filters: Filters | None = None, **more: object
) -> list[Outcome]:
    sources, how = source if isinstance(source, list) else [source], order(world, **more)
    with (
        plan_batch(sources, out, how, filters) as plan,
        run_batch(plan, how, world.pki.ask, jobs=jobs) as outcomes,
    ):
        return list(outcomes)


def codes(outcomes: list[Outcome]) -> dict[str, str]:
    """By the input's name: the error's code, or why nothing was made; empty for what was."""
    return {o.source.name: o.error.code if o.error else o.reason for o in outcomes}
