"""Pictures of what changed after signing: pages then and now, frames around what differs, and hostile pages."""

from __future__ import annotations

import base64
import io
import os
import re
from pathlib import Path

import pytest
from PIL import Image

from signing import pictures
from signing.audit import audit_bytes
from signing.pdf.stamp import Stamp
from signing.pdf_check.objects import Ref
from signing.pictures import end_drawing, with_pictures
from signing.pictures_child import _differences, _groups
from signing.report import Finding, Report

from ..vectors.forgeries.pdf_prepared import ATTACKS, page, signed
from ..world import World
from . import pdf_forge as forge
from .cli_run import assert_told, process, run
from .signed_pdfs import Samples

RED = (214, 0, 0)
_PLACE = Stamp(page=0, x_mm=20, y_mm=30, width_mm=60, height_mm=20, text="Đã ký số")


def drawn(world: World, data: bytes, folder: Path, name: str = "văn bản.pdf") -> tuple[Report, dict[str, str]]:
    """The report, and the findings about pictures by code."""
    report = with_pictures(audit_bytes(data, world.pki.trust(), name=name), data, folder)
    return report, {f.code: f.text for f in report.findings if f.code.startswith("pictures.")}


def pngs(folder: Path) -> dict[str, Image.Image]:
    return {path.name: Image.open(io.BytesIO(path.read_bytes())) for path in sorted(folder.glob("*.png"))}


def has_frame(picture: Image.Image) -> bool:
    return RED in {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or []}


# --- what is shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", [ATTACKS[0], ATTACKS[5]])
def test_a_shadow_attack_is_seen(world: World, samples: Samples, tmp_path: Path, attack: object) -> None:
    _, forged = attack(world, samples)  # type: ignore[operator]
    report, told = drawn(world, forged, tmp_path)
    assert report.verdict == "invalid"
    assert "1 pages" in told["pictures.made"]
    then, now = pngs(tmp_path).values()
    assert (then.size, has_frame(then), has_frame(now)) == (now.size, True, True)
    assert then.tobytes() != now.tobytes()


def test_a_further_visible_signature_is_framed(world: World, samples: Samples, tmp_path: Path) -> None:
    once = samples.sign(samples.page)
    twice = samples.sign(once, "receiver", stamp=_PLACE)
    _, told = drawn(world, twice, tmp_path)
    assert set(told) == {"pictures.made"}
    names = list(pngs(tmp_path))
    assert [name.split(".", 2)[2] for name in names] == [
        "1-Signature1.page-1.now.png",
        "1-Signature1.page-1.signed.png",
    ]
    assert all(name.startswith("văn_bản.") for name in names)


def test_the_page_is_self_contained(world: World, samples: Samples, tmp_path: Path) -> None:
    _, forged = ATTACKS[0](world, samples)
    drawn(world, forged, tmp_path, name='"><script>alert(1)</script>.pdf')
    (html,) = tmp_path.glob("*.html")
    text = html.read_text()
    assert text.index("Trang khi ký") < text.index("Pages when signed")
    assert "default-src &#x27;none&#x27;; img-src data:" in text
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?!data:image/png;base64,)', text)
    inside = re.findall(r'src="data:image/png;base64,([^"]+)"', text)
    assert [base64.b64decode(one) for one in inside] == [
        path.read_bytes() for path in sorted(tmp_path.glob("*.png"), reverse=True)
    ]


def test_changes_that_nobody_sees_make_no_pictures(world: World, samples: Samples, tmp_path: Path) -> None:
    _, told = drawn(world, samples.twice, tmp_path)
    assert set(told) == {"pictures.same"}
    assert not list(tmp_path.iterdir())


def test_an_unchanged_or_unsigned_file_is_not_drawn(world: World, samples: Samples, tmp_path: Path) -> None:
    for data in (samples.simple, samples.page, b"text"):
        assert drawn(world, data, tmp_path)[1] == {}
    assert not list(tmp_path.iterdir())


def test_pages_that_came_stand_alone(world: World, samples: Samples, tmp_path: Path) -> None:
    opened = signed(world, samples, page())
    (old,), new = opened.pages(), opened.size
    kids = opened.changed(2, Kids=[Ref(new, 0), Ref(old, 0)], Count=2)
    content = forge.stream(b"0 0 300 300 re f")
    first = opened.changed(old, Contents=Ref(new + 1, 0))
    _, told = drawn(world, opened.append({2: kids, new: first, new + 1: content}), tmp_path)
    assert set(told) == {"pictures.made"}
    assert [name.split(".", 2)[2] for name in pngs(tmp_path)] == ["1-Signature1.page-1-new.now.png"]
    assert "Không có trang này" in next(tmp_path.glob("*.html")).read_text()


def test_verify_and_audit_draw_when_asked(world: World, samples: Samples, tmp_path: Path) -> None:
    _, forged = ATTACKS[0](world, samples)
    path, folder = tmp_path / "in" / "công văn.pdf", tmp_path / "in" / "pictures"
    path.parent.mkdir()
    path.write_bytes(forged)
    trust = ("--trust", world.pki.trust_folder, "--pictures", folder, "--json")
    ran = run("verify", path, *trust)
    assert (ran.status, len(pngs(folder))) == (1, 2), ran.err
    assert "pictures.made" in {f["code"] for f in ran.json["findings"]}
    for file in folder.iterdir():
        file.unlink()
    (folder / "x.txt").write_text("not audited: outputs are no inputs")
    ran = run("audit", path.parent, *trust)
    assert (ran.status, ran.json["path"], len(pngs(folder))) == (1, str(path), 2)
    piped = process("verify", "-", *map(str, trust), stdin=forged)
    assert (piped.returncode, len(pngs(folder))) == (1, 4), piped.stderr


def test_a_folder_that_cannot_be_is_told_first(samples: Samples, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(samples.twice)
    ran = run("verify", tmp_path / "x.pdf", "--pictures", tmp_path / "x.pdf")
    assert_told(ran, 2, "output.unwritable")


# --- what is hostile -------------------------------------------------------------------------------------------------


def shows_itself(world: World, samples: Samples) -> bytes:
    """A signed page, exchanged for one whose form shows the next form several times, and so on."""
    opened = signed(world, samples, page())
    first = opened.size

    def form(place: int) -> bytes:
        below = {"XObject": {"X": Ref(first + place, 0)}}
        entries = {"Type": "XObject", "Subtype": "Form", "BBox": [0, 0, 99, 99], "Resources": below}
        return forge.stream(b"0 0 m 9 9 l S " + b"/X Do " * 12, **entries)

    objects = {first + n: form(n + 1) for n in range(12)} | {first + 12: form(12)}
    changed = opened.changed(opened.pages()[0], Contents=Ref(first, 0), Resources={"XObject": {"X": Ref(first + 1, 0)}})
    return opened.append(objects | {opened.pages()[0]: changed})


def test_a_page_without_end_is_given_up(
    world: World, samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MAX_SECONDS", 0.5)
    report, told = drawn(world, shows_itself(world, samples), tmp_path)
    assert (report.verdict, set(told)) == ("invalid", {"pictures.limit"})
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    _, forged = ATTACKS[0](world, samples)
    assert "pictures.made" in drawn(world, forged, tmp_path)[1]  # the next file is drawn


def test_a_process_taken_over_by_a_file_gives_out_pictures_alone(
    world: World, samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Taken:
        def ask(self, *_: object, **__: object) -> object:
            evil = base64.b64encode(b"<svg onload=alert(1)>").decode()
            one = {"old": 0, "new": 0, "before": evil, "after": "%%%"}
            return {"pages": [one], "more": 0, "unseen": 0, "counts": [1, 1]}

    monkeypatch.setattr(pictures, "_task", Taken())
    drawn(world, samples.twice, tmp_path)
    assert not list(tmp_path.glob("*.png"))
    assert "svg" not in next(tmp_path.glob("*.html")).read_text()


def test_a_file_exchanged_meanwhile_is_not_drawn(world: World, samples: Samples, tmp_path: Path) -> None:
    report = audit_bytes(samples.twice, world.pki.trust(), name="x.pdf")
    later = with_pictures(report, samples.valid, tmp_path)
    assert Finding.of("pictures.other-file") in later.findings


def test_drawing_leaves_no_descriptor_open(world: World, samples: Samples, tmp_path: Path) -> None:
    drawn(world, samples.twice, tmp_path)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(3):
        drawn(world, samples.twice, tmp_path)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    end_drawing()


# --- frames ----------------------------------------------------------------------------------------------------------


def test_differences_that_lie_apart_have_frames_of_their_own() -> None:
    assert len(list(_groups({(0, 0), (1, 1), (2, 0), (20, 20)}))) == 2
    old = Image.new("RGB", (400, 400), "white")
    new = old.copy()
    new.putpixel((10, 10), (254, 255, 255))
    new.putpixel((399, 399), (0, 0, 0))
    assert sorted(_differences(old, new)) == [(8, 8, 16, 16), (392, 392, 400, 400)]


def test_pages_of_two_sizes_are_laid_on_each_other() -> None:
    old, new = Image.new("RGB", (100, 100), "white"), Image.new("RGB", (100, 160), "white")
    ((left, top, right, bottom),) = _differences(old, new)
    assert (left, right, bottom) == (0, 100, 160)
    assert top <= 100
