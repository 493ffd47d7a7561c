"""`signing ers`: records for folders of documents, renewed and rehashed, that `signing audit` finds beside them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signing.audit import audit_files, audit_folder
from signing.batch import records as batch_records
from signing.batch.plan import planned
from signing.batch.records import make_all, record_beside
from signing.errors import ServiceError
from signing.ers.record import parse_record
from signing.report import Report, Verdict

from ..world import World
from .cli_run import Ran, assert_told, leaving_nothing, run

NAMES = ["a.txt", "b.pdf", "nhóm/Quyết định 1.txt", "nhóm/empty"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "archive"
    (made / "nhóm").mkdir(parents=True)
    for name in NAMES:
        (made / name).write_bytes(b"" if name.endswith("empty") else name.encode())
    return made


def services(world: World) -> list[str | Path]:
    return ["--tsa", world.pki.tsa_url, "--trust", world.pki.trust_folder, "--allow", world.pki.base_url]


def ers(world: World, *arguments: str | Path) -> Ran:
    return run("ers", *arguments, *services(world))


def records(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.ers"))


def judged(world: World, *paths: Path) -> dict[str, Report]:
    """The reports of all evidence records in `paths`."""
    now = datetime.now(UTC) + timedelta(seconds=2)
    found = audit_files(paths, world.pki.trust(), at=now, online=(world.pki.base_url,))
    return {report.path: report for report in found if report.kind == "evidence-record"}


def assert_valid(world: World, *paths: Path, count: int) -> None:
    reports = judged(world, *paths)
    assert len(reports) == count
    assert {r.verdict for r in reports.values()} == {Verdict.VALID}, [r.to_json() for r in reports.values()]


# --- make ------------------------------------------------------------------------------------------------------------


def test_every_document_of_a_folder_gets_a_record_that_audit_finds(world: World, folder: Path) -> None:
    done = ers(world, "make", folder, "--json")
    assert done.status == 0, done.err
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert {line["source"]: line["output"] for line in lines} == {
        f"{folder / name}": f"{folder / name}.ers" for name in NAMES
    }
    stamps = {parse_record(path.read_bytes()).chains[0].stamps[0].encoded for path in records(folder)}
    assert len(stamps) == 1
    assert_valid(world, folder, count=4)


def test_a_changed_document_is_told(world: World, folder: Path) -> None:
    assert ers(world, "make", folder).status == 0
    (folder / "a.txt").write_bytes(b"khac")
    report = judged(world, folder)[str(folder / "a.txt.ers")]
    assert (report.verdict, report.signatures[0].sub_indication) == (Verdict.INVALID, "HASH_FAILURE")


def test_records_go_where_out_says(world: World, folder: Path, tmp_path: Path) -> None:
    assert ers(world, "make", folder, "-o", tmp_path / "out").status == 0
    assert [str(p.relative_to(tmp_path / "out")) for p in records(tmp_path / "out")] == sorted(
        f"{n}.ers" for n in NAMES
    )
    assert ers(world, "make", folder / "a.txt", "-o", tmp_path / "one.ers").status == 0
    assert (tmp_path / "one.ers").is_file()
    assert not records(folder)


def test_a_record_that_exists_is_kept_unless_told_otherwise(world: World, folder: Path) -> None:
    assert ers(world, "make", folder / "a.txt").status == 0
    first = (folder / "a.txt.ers").read_bytes()
    refused = ers(world, "make", folder, "--json")
    assert (refused.status, refused.err.count("[usage.output-exists]")) == (1, 1)
    assert len(records(folder)) == 4  # the others are made all the same
    (folder / "b.pdf.ers").unlink()
    kept = ers(world, "make", folder, "--resume", "--json")
    assert (kept.status, sum(json.loads(line)["skipped"] for line in kept.out.splitlines())) == (0, 3)
    assert (folder / "a.txt.ers").read_bytes() == first
    assert ers(world, "make", folder, "--force").status == 0
    assert (folder / "a.txt.ers").read_bytes() != first


def test_what_cannot_be_read_stops_no_other(world: World, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    done = ers(world, "make", folder)
    assert (done.status, "[input.unreadable]" in done.err) == (1, True)
    assert len(records(folder)) == 4


def test_no_record_without_a_timestamp(folder: Path) -> None:
    with leaving_nothing(folder):
        done = run("ers", "make", folder, "--tsa", "http://127.0.0.1:9/")
        assert (done.status, "[http.failed]" in done.err or "[http." in done.err) == (ServiceError.exit_status, True)


def test_a_timestamp_of_an_authority_that_is_not_trusted_is_refused(world: World, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "trust" / "tsa").mkdir(parents=True)
    with leaving_nothing(folder):
        done = run("ers", "make", folder, "--tsa", world.pki.tsa_url, "--trust", tmp_path / "trust")
        assert (done.status, "[trust." in done.err) == (3, True), done.err


def test_each_record_is_written_before_the_next_is_made(world: World, folder: Path) -> None:
    """So memory stays flat however many documents share a timestamp."""
    with planned([folder], Path(os.devnull), lambda path: f"{record_beside(path)}") as plan:
        outcomes = make_all(plan, world.pki.tsa(), overwrite=False, resume=False)
        assert not records(folder)
        for count, outcome in enumerate(outcomes, 1):
            assert outcome.output.is_file()
            assert len(records(folder)) == count


# --- renew -----------------------------------------------------------------------------------------------------------


def test_records_are_renewed_in_their_place(world: World, folder: Path) -> None:
    assert ers(world, "make", folder).status == 0
    done = ers(world, "renew", folder)
    assert done.status == 0, done.err
    assert {len(parse_record(p.read_bytes()).chains[0].stamps) for p in records(folder)} == {2}
    assert_valid(world, folder, count=4)
    reports = judged(world, folder).values()
    assert all("ers.renewed" in {f.code for f in r.signatures[0].findings} for r in reports)


def test_only_records_that_end_soon_are_renewed_if_asked(world: World, folder: Path) -> None:
    assert ers(world, "make", folder).status == 0
    before = [p.read_bytes() for p in records(folder)]
    done = ers(world, "renew", folder, "--due", "0", "--json")
    assert (done.status, {json.loads(line)["reason"] for line in done.out.splitlines()}) == (0, {"not-due"})
    assert [p.read_bytes() for p in records(folder)] == before
    assert ers(world, "renew", folder, "--due", "36500").status == 0
    assert [p.read_bytes() for p in records(folder)] != before


def test_records_of_several_digests_are_renewed_each_with_its_own(world: World, folder: Path, tmp_path: Path) -> None:
    assert ers(world, "make", folder / "a.txt").status == 0
    assert ers(world, "make", folder / "b.pdf", "--digest", "sha512").status == 0
    (folder / "broken.ers").write_bytes(b"not a record")
    done = ers(world, "renew", folder, "-o", tmp_path / "out")
    assert (done.status, done.err.count("[ers.malformed]")) == (1, 1)
    found = {p.name: parse_record(p.read_bytes()).chains[0].stamps[-1].algorithm for p in records(tmp_path / "out")}
    assert found == {"a.txt.ers": "sha256", "b.pdf.ers": "sha512"}


# --- rehash ----------------------------------------------------------------------------------------------------------


def test_records_are_rehashed_with_their_documents(world: World, folder: Path) -> None:
    assert ers(world, "make", folder).status == 0
    (folder / "b.pdf").unlink()
    (folder / "a.txt").write_bytes(b"khac")
    done = ers(world, "rehash", folder, "--digest", "sha512")
    assert done.status == 1
    assert (done.err.count("[ers.not-covered]"), done.err.count("[input.unreadable]")) == (1, 1)
    assert_valid(world, folder / "nhóm", count=2)
    for path in records(folder / "nhóm"):
        assert [c.stamps[0].algorithm for c in parse_record(path.read_bytes()).chains] == ["sha256", "sha512"]


def test_a_record_of_another_name_has_no_document(world: World, folder: Path) -> None:
    assert ers(world, "make", folder / "a.txt", "-o", folder / "bang-chung").status == 0
    done = ers(world, "rehash", folder / "bang-chung")
    assert (done.status, "[ers.name]" in done.err) == (1, True)


# --- arguments -------------------------------------------------------------------------------------------------------


def test_two_documents_for_one_record_are_refused(world: World, folder: Path, tmp_path: Path) -> None:
    (folder / "nhóm" / "a.txt").write_bytes(b"2")
    paths = folder / "a.txt", folder / "nhóm" / "a.txt"
    assert_told(ers(world, "make", *paths, "-o", tmp_path / "out"), 2, "usage.same-name")
    assert ers(world, "make", *paths).status == 0


def test_a_timestamp_authority_is_needed(folder: Path) -> None:
    assert run("ers", "make", folder).status == 2


def test_portions_share_a_timestamp_each(world: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_records, "TOGETHER", 3)
    assert ers(world, "make", folder).status == 0
    assert len({parse_record(p.read_bytes()).chains[0].stamps[0].token.der for p in records(folder)}) == 2
    assert len(list(audit_folder(folder))) == 8
