"""Every profile looks as it did when a person looked at it: renders beside ones that are kept, within a tolerance.

`python -m tests.signing.test_stamp_golden` draws the kept ones anew; look at each before it is committed.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from signing.pdf.stamp_profiles import profiled_stamp

from ..world import World, make_world
from .pdf_shapes import VALID, pdfsig
from .stamp_scenes import GOLDEN, SCENES, Office, paper, picture, signed

SHRINK = 4  # pixels a block: renderers differ in how they smooth an edge, not in what a block holds
TOLERANCE = 24  # of 255, for one block


@pytest.fixture(scope="module")
def office(world: World) -> Office:
    return Office(world.pki)


def difference(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of a block, 0 – 255; 255 for pictures of different size."""
    if one.size != other.size:
        return 255
    size = (one.width // SHRINK, one.height // SHRINK)
    small = (image.convert("RGB").resize(size, Image.Resampling.BOX) for image in (one, other))
    return max(int(band[1]) for band in ImageChops.difference(*small).getextrema())  # type: ignore[index]


@pytest.mark.parametrize("name", SCENES)
def test_each_profile_looks_as_it_was_approved(name: str, office: Office, tmp_path: Path) -> None:
    pdf = SCENES[name](office)
    assert set(pdfsig(pdf, tmp_path)) == {VALID}
    kept = Image.open(GOLDEN / f"{name}.png")
    assert difference(kept, picture(pdf, tmp_path)) <= TOLERANCE


@pytest.mark.parametrize(
    "change", [{"x_mm": 16.0}, {"text": "12/GP-UBNB; {time}"}, {"colour": "red"}, {"align": "left"}]
)
def test_a_stamp_that_moved_or_lost_a_letter_is_seen(change: dict[str, object], office: Office, tmp_path: Path) -> None:
    stamp = replace(profiled_stamp("attachment", said="12/GP-UBND"), **change)  # type: ignore[arg-type]
    drawn = picture(signed(paper(), office.office, stamp), tmp_path)
    assert difference(Image.open(GOLDEN / "attachment.png"), drawn) > TOLERANCE


def main() -> None:
    """Draw all scenes anew."""
    with tempfile.TemporaryDirectory() as folder, make_world(Path(folder)) as world:
        office = Office(world.pki)
        for name, scene in SCENES.items():
            picture(scene(office), Path(folder)).save(GOLDEN / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
