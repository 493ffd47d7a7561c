"""`--certify`, `--new-field`, `--field-lock` and `--lock`: the fields of later signers from the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from signing.cli.fields import add_field_flags, field_of, fields_from, lock_of
from signing.errors import UsageError
from signing.pdf.request import FieldLock, FieldSpec
from signing.pdf.stamp import Stamp
from signing.pdf_check.file import PdfFile
from signing.pdf_check.form import read_fields
from signing.report import Verdict

from ..world import World
from .cli_run import Ran, assert_told, leaving_nothing, run
from .pdf_shapes import VALID, one_page, pdfsig
from .test_cli_sign import Desk


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Desk:
    return Desk(world, tmp_path)


def sign(desk: Desk, source: Path, target: Path, who: str, *more: str) -> Ran:
    return run("sign", source, "-o", target, *desk.key(who), *desk.at("B-LT"), "--allow", desk.pki.base_url, *more)


def test_an_author_certifies_and_leaves_fields_that_later_signers_fill_and_lock(desk: Desk, tmp_path: Path) -> None:
    first, second, third = (desk.out / f"{n}.pdf" for n in range(3))
    fields = ["--new-field", "Official:last,120,40,50,25", "--new-field", "Office", "--field-lock", "Office=all"]
    assert sign(desk, desk.letter, first, "receiver", "--certify", "2", *fields).status == 0
    file = PdfFile(first.read_bytes())
    made = {f.name: f for f in read_fields(file, file.last)}
    assert {"Official", "Office"} <= set(made)
    assert [round(v) for v in made["Official"].value["Rect"]] == [340, 113, 482, 184]
    assert sign(desk, first, second, "official", "--field", "Official", "--stamp-text", "Duyệt").status == 0
    assert sign(desk, second, third, "clerk", "--field", "Office").status == 0
    assert_told(sign(desk, third, desk.out / "x.pdf", "official", "--field", "Official"), 1, "pdf.field-signed")
    report = desk.report(third)
    assert report.verdict is Verdict.VALID, report.to_json()
    assert pdfsig(third.read_bytes(), tmp_path) == [VALID] * 3


def test_a_lock_of_the_signers_own_keeps_others_out(desk: Desk) -> None:
    fields = ["--new-field", "A", "--new-field", "B", "--lock", "include:A"]
    assert desk.sign(*fields).status == 0
    assert_told(run("sign", desk.signed, "-o", desk.out / "a.pdf", *desk.key(), "--field", "A"), 1, "pdf.field-locked")
    assert run("sign", desk.signed, "-o", desk.out / "b.pdf", *desk.key(), "--field", "B").status == 0


def test_fields_for_nobody_and_locks_of_nothing_are_refused(desk: Desk) -> None:
    with leaving_nothing(desk.out):
        assert_told(desk.sign("--certify", "1", "--new-field", "A"), 2, "pdf.certify-fields")
        assert_told(desk.sign("--lock", "include:Nobody"), 2, "pdf.lock-unknown")
        assert_told(desk.sign("--field-lock", "A=all"), 2, "usage.argument")
        assert_told(desk.sign("--new-field", "A", "--new-field", "A"), 2, "pdf.field-exists")
        assert_told(desk.sign("--new-field", "a.b"), 2, "pdf.field-name")
    for wrong in ("include:", "exclude", "all:A", "some:A", ""):
        assert desk.sign("--lock", wrong).status == 2
    assert desk.sign("--new-field", "A:0,x,2").status == 2
    assert desk.sign("--new-field", "A", "--field-lock", "A").status == 2


def test_fields_come_with_the_first_signature_or_not_at_all(desk: Desk) -> None:
    assert desk.sign().status == 0
    again = run("sign", desk.signed, "-o", desk.out / "x.pdf", *desk.key("official"), "--new-field", "A")
    assert_told(again, 1, "pdf.already-signed")


def test_a_folder_is_signed_with_fields_by_several_processes(desk: Desk) -> None:
    folder = desk.folder / "letters"
    folder.mkdir()
    for n in range(4):
        (folder / f"{n}.pdf").write_bytes(one_page())
    done = run("sign", folder, "-o", desk.out, *desk.key(), "--jobs", "2", "--certify", "2", "--new-field", "Office")
    assert done.status == 0, done.err
    assert all(b"(Office)" in (desk.out / f"{n}.pdf").read_bytes() for n in range(4))


def test_a_document_for_a_key_elsewhere_gets_them_too(desk: Desk) -> None:
    kept = desk.out / "kept"
    flags = ["--certify", "2", "--new-field", "Office:0,10,10,36,36", "--field-lock", "Office=exclude:Note"]
    assert run("external", "prepare", desk.letter, "-o", kept, "--new-field", "Note", *flags).status == 0
    assert b"(Office)" in kept.read_bytes()
    assert b"/SigFieldLock" in kept.read_bytes()
    text = desk.folder / "a.txt"
    text.write_text("x")
    told = run("external", "prepare", text, "-o", desk.out / "x", "--lock", "all")
    assert_told(told, 2, "external.pdf-only")


def test_what_the_flags_mean() -> None:
    parser = argparse.ArgumentParser()
    add_field_flags(parser)
    given = ["--new-field", "Ký: duyệt", "--new-field", "B:1,2.5,3", "--field-lock", "B=include: A , Ký: duyệt"]
    assert fields_from(parser.parse_args(given)) == (
        FieldSpec(name="Ký: duyệt"),
        FieldSpec(
            name="B",
            place=Stamp(page=1, x_mm=2.5, y_mm=3, corner="bottom-left"),
            lock=FieldLock(action="include", names=("A", "Ký: duyệt")),
        ),
    )
    assert fields_from(parser.parse_args([])) == ()
    assert field_of("A:B").name == "A:B"
    assert lock_of("all") == FieldLock()
    twice = parser.parse_args(["--new-field", "A", "--field-lock", "A=all", "--field-lock", "A=all"])
    with pytest.raises(UsageError):
        fields_from(twice)
