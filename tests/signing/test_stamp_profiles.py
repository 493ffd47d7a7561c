"""What NĐ 30/2020 prescribes for the looks of signatures, and that a stamp which deviates is refused."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from signing.errors import UsageError
from signing.pdf import stamp_profiles
from signing.pdf.prepare import prepare_result
from signing.pdf.sign import sign_pdf
from signing.pdf.stamp import Stamp
from signing.pdf.stamp_profiles import profile_names, profiled_stamp, stamp_profile

from ..world import World
from .pdf_shapes import VALID, extent, one_page, pdfsig, render
from .test_stamp import POINT, SEAL, png

CLEAR = b"\x00\x00\x00\x00"
INK = png(6, [b"\x00\x00\xc0\xff" * 30 + CLEAR * 10 for _ in range(20)], 40)
RED = png(6, [CLEAR + b"\xd0\x00\x00\xff" * 19 for _ in range(20)], 20)
SAID = {"attachment": "12/GP-UBND", "copy": "Sao y"}


def refused(code: str, name: str, **more: object) -> str:
    with pytest.raises(UsageError) as e:
        profiled_stamp(name, **more)  # type: ignore[arg-type]
    assert e.value.code == code
    return e.value.text


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_signs_and_shows_the_time_with_its_zone(name: str, world: World, tmp_path: Path) -> None:
    stamp = profiled_stamp(name, said=SAID.get(name))
    at = datetime.now(UTC)
    signed = sign_pdf(one_page(), world.pki.signer("official"), stamp=stamp, at=at) or b""
    assert pdfsig(signed, tmp_path) == [VALID]
    assert extent(render(signed, tmp_path), "dark" if stamp.colour == "black" else stamp.colour)
    if stamp.text is not None:
        assert "{time}" in stamp.text


@pytest.mark.parametrize("name", ["attachment", "copy", "digitised"])
def test_texts_are_black_of_size_ten_top_right_of_the_first_page(name: str, world: World, tmp_path: Path) -> None:
    stamp = profiled_stamp(name, said=SAID.get(name))
    assert (stamp.page, stamp.colour, stamp.corner) == (0, "black", "top-right")
    signed = sign_pdf(one_page(), world.pki.signer("receiver"), stamp=stamp) or b""
    assert re.findall(rb"/F0 ([\d.]+) Tf", signed) == [b"10"]
    left, top, right, _ = extent(render(signed, tmp_path), "dark") or (0, 0, 0, 0)
    assert left > 595 / 3
    assert top < 842 / 10
    assert right == pytest.approx(595 - 15 * POINT, abs=4)


def test_a_text_that_does_not_fit_at_size_ten_is_refused_and_not_made_smaller(world: World) -> None:
    stamp = profiled_stamp("attachment", said="số " * 60)
    with pytest.raises(UsageError) as e:
        sign_pdf(one_page(), world.pki.signer("receiver"), stamp=stamp)
    assert e.value.code == "stamp.too-small"
    assert "10 points" in e.value.text


def test_the_seal_lies_over_the_left_third_in_its_real_size(world: World, tmp_path: Path) -> None:
    official, office = profiled_stamp("official", image=INK), profiled_stamp("office", image=RED)
    assert (office.width_mm, office.height_mm) == (36, 36)
    assert office.x_mm + office.width_mm - official.x_mm == pytest.approx(official.width_mm / 3)
    once = sign_pdf(one_page(), world.pki.signer("official"), stamp=official) or b""
    twice = sign_pdf(once, world.pki.signer("clerk"), stamp=office) or b""
    assert pdfsig(twice, tmp_path) == [VALID, VALID]
    red = extent(render(twice, tmp_path), "red") or (0, 0, 0, 0)
    assert red[3] - red[1] == pytest.approx(36 * POINT, abs=2)


def test_what_must_stay_clear_is_not_covered_and_touching_is_no_covering(world: World) -> None:
    place = {"x_mm": 50.0, "y_mm": 50.0, "width_mm": 40.0, "height_mm": 20.0}
    beside = (90.0, 50.0, 120.0, 70.0), (50.0, 70.0, 90.0, 80.0), (0.0, 0.0, 50.0, 300.0), (0.0, 0.0, 200.0, 50.0)
    sign_pdf(one_page(), world.pki.signer("receiver"), stamp=Stamp(**place, clear_of_mm=beside))  # type: ignore[arg-type]
    for covered in ((89.0, 50.0, 120.0, 70.0), (60.0, 60.0, 61.0, 61.0), (0.0, 0.0, 200.0, 51.0)):
        with pytest.raises(UsageError) as e:
            sign_pdf(one_page(), world.pki.signer("receiver"), stamp=Stamp(**place, clear_of_mm=(covered,)))  # type: ignore[arg-type]
        assert e.value.code == "stamp.overlap"


def test_without_an_image_the_agencys_text_stands_beside_the_signature_and_not_over_it() -> None:
    official, office = profiled_stamp("official"), profiled_stamp("office")
    assert office.x_mm + office.width_mm == pytest.approx(official.x_mm)


@pytest.mark.parametrize("profiled", [True, False])
def test_on_a_prepared_result_neither_signers_words_cover_the_others(
    profiled: bool, world: World, tmp_path: Path
) -> None:
    """The office's field lies over a third of the official's; where both show words, that third has one of them."""
    prepared = prepare_result(one_page(), "VS1:ABC")
    official, office = Stamp.official(), Stamp.office(Stamp.official())
    if profiled:
        official, office = profiled_stamp("official"), profiled_stamp("office")
    once = sign_pdf(prepared, world.pki.signer("official"), field="Official", stamp=official) or b""
    twice = sign_pdf(once, world.pki.signer("clerk"), field="Office", stamp=office) or b""
    red, blue = (extent(render(twice, tmp_path), colour) or (0, 0, 0, 0) for colour in ("red", "blue"))
    assert 0 < red[2] < blue[0]


def test_the_red_seal_is_an_appearance_and_never_drawn_into_the_page(world: World) -> None:
    before = one_page()
    after = sign_pdf(before, world.pki.signer("clerk"), stamp=profiled_stamp("office", image=RED)) or b""
    assert after.startswith(before)
    assert b"/Contents" not in re.sub(rb"/Contents <", b"", after[len(before) :])


@pytest.mark.parametrize("name", ["official", "office"])
def test_an_image_that_hides_what_is_below_is_refused(name: str) -> None:
    for opaque in (SEAL, png(2, [b"\xff\x00\x00"] * 2, 1)):
        assert "transparent" in refused("stamp.opaque", name, image=opaque)


@pytest.mark.parametrize("name", ["attachment", "copy", "digitised"])
def test_where_no_image_is_shown_none_is_taken(name: str) -> None:
    assert "NĐ 30/2020" in refused("stamp.profile-image", name, image=INK, said=SAID.get(name)) or name == "digitised"


@pytest.mark.parametrize("said", [None, "", "  ", "x" * 201, "a\nb", "{name}", "a\x07"])
def test_words_that_are_missing_or_no_line_are_refused(said: str | None) -> None:
    refused("stamp.profile-text", "attachment", said=said)
    refused("stamp.profile-text", "copy", said=said)


def test_a_copy_names_one_of_the_three_kinds() -> None:
    for typed in ("TRÍCH SAO", unicodedata.normalize("NFD", "Trích sao"), " Trích\u00a0 sao "):
        assert "Trích sao" in (profiled_stamp("copy", said=typed).text or "")
    assert "Sao lục" in refused("stamp.profile-text", "copy", said="Bản chụp")


@pytest.mark.parametrize("name", ["official", "office", "digitised"])
def test_words_of_ones_own_are_refused_where_the_rule_gives_them(name: str) -> None:
    refused("stamp.profile-words", name, said="Duyệt")


def test_a_profile_counts_from_its_day_on_and_the_day_is_vietnams() -> None:
    first = datetime(2020, 3, 4, 17, 0, tzinfo=UTC)  # midnight in Hà Nội
    assert stamp_profile("official", at=first).since.isoformat() == "2020-03-05"
    refused("stamp.profile", "official", at=first - timedelta(seconds=1))
    refused("stamp.profile", "digitised", at=first)
    assert "official" in refused("stamp.profile", "unknown")


def test_the_next_rule_takes_over_on_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.loads(files("signing").joinpath("data", "stamps.json").read_text("utf-8"))
    old = data["profiles"][0]
    new = {**old, "since": "2030-01-01", "stamp": {**old["stamp"], "width_mm": 60}}
    both = tuple(stamp_profiles._profile(entry) for entry in ({**old, "until": "2030-01-01"}, new))
    monkeypatch.setattr(stamp_profiles, "_profiles", lambda: both)
    day = datetime(2029, 12, 31, 16, 59, 59, tzinfo=UTC)
    assert profiled_stamp("official", at=day).width_mm == 50
    assert profiled_stamp("official", at=day + timedelta(seconds=1)).width_mm == 60


def test_every_profile_says_its_source_and_what_it_is_in_both_languages() -> None:
    for name in profile_names():
        profile = stamp_profile(name)
        assert profile.source
        assert set(profile.what) == {"en", "vi"}
    assert profiled_stamp("official").text is None
    assert isinstance(profiled_stamp("official"), Stamp)


def test_a_day_beyond_the_calendar_is_a_mistake_in_the_arguments() -> None:
    with pytest.raises(UsageError) as e:
        stamp_profile("official", at=datetime.max.replace(tzinfo=UTC))
    assert e.value.code == "usage.argument"
