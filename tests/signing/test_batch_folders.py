"""Folders as inputs: their shape is kept, links and names lead nobody astray, nothing is lost in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from signing.batch.extend import ExtendOrder
from signing.batch.plan import Filters
from signing.batch.run import plan_batch
from signing.errors import UsageError
from signing.journal import NAME

from ..world import World
from .batch_crash import finished
from .batch_tools import PAGE, codes, make_letters, run


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return make_letters(tmp_path / "in", 5)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_a_folder_keeps_its_shape_hidden_files_stay_out_and_filters_choose(
    world: World, letters: Path, out: Path
) -> None:
    for name in ("a/b/deep.pdf", "a/note.txt", ".hidden.pdf", "a/.hidden/x.pdf", "tạm/nháp.pdf"):
        (letters / name).parent.mkdir(parents=True, exist_ok=True)
        (letters / name).write_bytes(PAGE)
    deep = {"a/.hidden/x.pdf", "a/b/deep.pdf", "a/note.txt", "tạm/nháp.pdf"}
    top = {f"{n:03}.pdf" for n in range(5)}
    assert set(listed(letters, out, Filters())) == top | deep
    assert set(listed(letters, out, Filters(include=("*.txt", ".hid*")))) == {"a/note.txt", ".hidden.pdf"}
    assert set(listed(letters, out, Filters(include=("a/*",)))) == {n for n in deep if n.startswith("a/")}
    assert set(listed(letters, out, Filters(exclude=("0*.pdf", "a/*")))) == {"tạm/nháp.pdf"}
    run(world, letters, out)
    assert set(finished(out)) == top | deep


def listed(source: Path, out: Path, filters: Filters) -> list[str]:
    how = ExtendOrder()
    with plan_batch([source], out, how, filters) as plan:
        items = list(plan)
        assert len(items) == plan.total
        return [os.fspath(item.output.relative_to(out)) for item in items]


def test_the_output_folder_inside_the_input_is_no_input_and_a_folder_never_goes_into_itself(
    world: World, letters: Path
) -> None:
    inside = letters / "signed"
    inside.mkdir()
    for _ in range(2):
        assert set(codes(run(world, letters, inside, resume=True)).values()) <= {"", "kept"}
        assert len(finished(inside)) == 5
    with pytest.raises(UsageError) as e:
        run(world, letters, letters)
    assert e.value.code == "usage.output-is-input"
    assert not (letters / NAME).exists()


def test_links_are_followed_inside_the_folder_only_and_others_are_told(
    world: World, letters: Path, out: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("outside")
    (tmp_path / "outside").mkdir()
    (letters / "sub").mkdir()
    for name, target in {
        "inside.pdf": "000.pdf", "leads-out.txt": secret, "up.txt": "../secret.txt", "nowhere": "gone", "loop": "loop",
        "out-folder": tmp_path / "outside", "in-folder": "sub", "self": ".",
    }.items():  # fmt: skip
        (letters / name).symlink_to(target)
    os.mkfifo(letters / "pipe")
    found = codes(run(world, letters, out))
    told = dict.fromkeys(("leads-out.txt", "up.txt", "nowhere", "loop", "out-folder"), "bulk.link")
    assert found == {f"{n:03}.pdf": "" for n in range(5)} | {"inside.pdf": ""} | told | {"pipe": "input.not-regular"}
    assert sorted(finished(out)) == [*(f"{n:03}.pdf" for n in range(5)), "inside.pdf"]


def test_two_inputs_for_one_output_are_told_before_anything_is_touched(
    world: World, letters: Path, out: Path, tmp_path: Path
) -> None:
    other = make_letters(tmp_path / "more", 1)
    for sources in ([letters, other], [letters, letters / "000.pdf"], [letters, letters]):
        with pytest.raises(UsageError) as e:
            run(world, sources, out)
        assert e.value.code == "usage.same-name"
    (other / "a").write_bytes(b"x")
    (other / "a.p7s").write_bytes(PAGE)  # a PDF, which keeps its name
    with pytest.raises(UsageError) as clash:
        run(world, other, out)
    assert clash.value.code == "usage.same-name"
    assert list(out.iterdir()) == []


def test_a_folder_in_the_way_of_an_output_and_names_too_long_are_told_before_the_key_is_used(
    world: World, letters: Path, out: Path
) -> None:
    (out / "000.pdf").mkdir()
    long = "x" * 253  # no room for .p7s
    (letters / long).write_bytes(b"x")
    (out / "sub").write_bytes(b"a file where a folder is needed")
    (letters / "sub").mkdir()
    (letters / "sub" / "x.pdf").write_bytes(PAGE)
    found = codes(run(world, letters, out))
    assert (found["000.pdf"], found[long], found["x.pdf"]) == (
        "usage.output-exists",
        "output.unwritable",
        "output.unwritable",
    )
    assert [found[f"{n:03}.pdf"] for n in range(1, 5)] == [""] * 4


def test_names_that_are_no_text_are_signed_and_resumed(world: World, tmp_path: Path, out: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for raw in (b"\xff\xfe.pdf", "Giấy đề nghị.pdf".encode(), b"new\nline.pdf", b'q"\\.pdf'):
        (source / os.fsdecode(raw)).write_bytes(PAGE)
    assert set(codes(run(world, source, out)).values()) == {""}
    assert set(codes(run(world, source, out, resume=True)).values()) == {"kept"}


@pytest.mark.parametrize("force", [False, True])
def test_an_input_named_like_our_own_files_is_told_and_costs_neither_output_nor_journal(
    world: World, letters: Path, out: Path, *, force: bool
) -> None:
    for name in (".signing-sign/0123456789abcdef.tmp", ".signing-extend/0123456789abcdef.tmp", NAME):
        (letters / name).parent.mkdir(exist_ok=True)
        (letters / name).write_bytes(PAGE)
    outcomes = run(world, letters, out, overwrite=force, filters=Filters(include=("*",)))
    told = {o.source.relative_to(letters).as_posix() for o in outcomes if o.error and o.error.code == "bulk.reserved"}
    assert told == {".signing-sign/0123456789abcdef.tmp", ".signing-extend/0123456789abcdef.tmp", NAME}
    assert all(o.output.is_file() for o in outcomes if o.error is None)
    assert (out / NAME).read_bytes().startswith(b'{"run"')


def test_a_link_among_the_outputs_leads_no_output_out_of_their_folder(
    world: World, letters: Path, out: Path, tmp_path: Path
) -> None:
    (letters / "sub").mkdir()
    (letters / "sub" / "x.pdf").write_bytes(PAGE)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.pdf").write_bytes(b"somebody's")
    (out / "sub").symlink_to(tmp_path / "elsewhere")
    assert codes(run(world, letters / "sub", out, overwrite=True)) == {"x.pdf": ""}
    assert codes(run(world, letters, out, overwrite=True))["x.pdf"] == "output.unwritable"
    assert (tmp_path / "elsewhere" / "x.pdf").read_bytes() == b"somebody's"
