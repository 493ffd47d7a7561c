"""Stamps on the command line: profiles, images, words, places."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..world import World
from .cli_run import Ran, run
from .pdf_shapes import VALID, extent, one_page, pdfsig, render
from .test_stamp_anchor import NAME, TITLE, written
from .test_stamp_profiles import INK, RED


@pytest.fixture
def sign(world: World, tmp_path: Path):
    (tmp_path / "ink.png").write_bytes(INK)
    (tmp_path / "seal.png").write_bytes(RED)
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(one_page())

    def ask(*flags: str, source: Path = letter, who: str = "receiver") -> Ran:
        key = ["--key", world.pki.key_uri(who), "--pass-file", world.pki.password_file]
        named = [str(tmp_path / flag) if flag.endswith((".png", ".jpg")) else flag for flag in flags]
        return run("sign", source, "-o", tmp_path / "out.pdf", "--force", *key, *named)

    return ask


def shown(folder: Path, colour: str) -> tuple[float, float, float, float]:
    data = (folder / "out.pdf").read_bytes()
    assert VALID in pdfsig(data, folder)
    return extent(render(data, folder), colour) or (0, 0, 0, 0)


def test_official_and_office_sign_with_their_images(sign, tmp_path: Path) -> None:
    assert sign("--stamp-profile", "official", "--stamp-image", "ink.png", who="official").status == 0
    once = tmp_path / "once.pdf"
    (tmp_path / "out.pdf").rename(once)
    assert sign("--stamp-profile", "office", "--stamp-image", "seal.png", source=once, who="clerk").status == 0
    red, blue = shown(tmp_path, "red"), shown(tmp_path, "blue")
    assert red[0] < red[2] <= blue[0] + 1 < blue[2]


def test_a_copy_and_an_attachment_say_their_line(sign, tmp_path: Path) -> None:
    for profile, said in (("copy", "sao y"), ("attachment", "12/GP-UBND")):
        assert sign("--stamp-profile", profile, "--stamp-text", said).status == 0
        assert shown(tmp_path, "dark")[1] < 842 / 10


def test_a_place_moves_a_profile_and_an_image_stands_alone(sign, tmp_path: Path) -> None:
    assert sign("--stamp-profile", "official", "--stamp-image", "ink.png", "--stamp", "0,10,10").status == 0
    assert shown(tmp_path, "blue")[2] < 200
    assert sign("--stamp-image", "seal.png", "--stamp", "0,10,10,20,20").status == 0
    assert shown(tmp_path, "red")[2] < 100


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["--stamp-profile", "copy"], "stamp.profile-text"),
        (["--stamp-profile", "copy", "--stamp-text", "Sao y", "--stamp-image", "ink.png"], "stamp.profile-image"),
        (["--stamp-image", "none.png"], "input.unreadable"),
        (["--stamp", "0,400,10"], "stamp.place"),
        (["--stamp-anchor", "text:TITLE"], "stamp.no-text"),
        (["--stamp-anchor", "field:Nowhere"], "stamp.no-field"),
        (["--stamp-anchor", "text:TITLE", "--stamp", "0,10,10"], "usage.argument"),
    ],
)
def test_what_cannot_be_shown_is_said_and_nothing_is_written(flags: list[str], code: str, sign, tmp_path: Path) -> None:
    ran = sign(*flags)
    assert ran.status == 2
    assert code in ran.err
    assert not (tmp_path / "out.pdf").exists()


def test_words_of_the_page_place_the_signature_and_its_field_the_seal(sign, tmp_path: Path) -> None:
    paper, once = tmp_path / "paper.pdf", tmp_path / "once.pdf"
    paper.write_bytes(written())
    official = ["--stamp-profile", "official", "--stamp-image", "ink.png", "--stamp-anchor", f"text:{TITLE}|{NAME}"]
    assert sign(*official, "--field", "Official", source=paper, who="official").status == 0
    (tmp_path / "out.pdf").rename(once)
    office = ["--stamp-profile", "office", "--stamp-image", "seal.png", "--stamp-anchor", "field:Official"]
    assert sign(*office, source=once, who="clerk").status == 0
    red, blue = shown(tmp_path, "red"), shown(tmp_path, "blue")
    assert red[0] < red[2] <= blue[0] + 1 < blue[2]
    assert (red[1] + red[3]) / 2 == pytest.approx((blue[1] + blue[3]) / 2, abs=2)


@pytest.mark.parametrize("wrong", ["TITLE", "text:", "field:", "page:3", "text:a|", "text:|b"])
def test_an_anchor_that_makes_no_sense_is_told_by_the_parser(wrong: str, sign) -> None:
    assert sign("--stamp-anchor", wrong).status == 2


def test_an_unknown_profile_or_place_is_told_by_the_parser(sign) -> None:
    for flags in (["--stamp-profile", "nd30"], ["--stamp", "0,1"], ["--stamp", "0,1,2,0,5"]):
        assert sign(*flags).status == 2
