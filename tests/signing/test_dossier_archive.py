"""Dossiers kept for long: archive timestamps over everything, renewed, never broken by what comes later."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

import pytest

from signing import cli
from signing.asice.container import Container
from signing.asice.manifest import parse_manifest
from signing.dossier.archive import NEWEST
from signing.dossier.dossier import Dossier, examine_container
from signing.dossier.rules import Step
from signing.errors import RefusedError, SigningError, UsageError
from signing.policy import Baseline
from signing.report import Verdict, verdict_of

from ..world import World
from .office import Office

FIRST, SECOND = "META-INF/timestamp001.tst", "META-INF/timestamp002.tst"


@pytest.fixture(scope="module")
def office(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.make(world, tmp_path_factory.mktemp("archive")) as made:
        yield made


@pytest.fixture(scope="module")
def kept(office: Office) -> Dossier:
    return office.five_steps().extend(Baseline.B_LTA, collect=office.world.collect)


def judged(files: dict[str, bytes], office: Office) -> tuple[Verdict, set[str | None], set[str]]:
    """Verdict, levels of the steps, codes of errors."""
    container = Container(MappingProxyType(files))
    found = examine_container(container.to_bytes(), trust=office.world.pki.trust(), register=office.register)
    levels = {s.baseline for s in found.signatures if s.id.startswith("META-INF/signature")}
    return verdict_of(found.signatures, found.findings), levels, {f.code for f in found.errors}


def test_every_step_reaches_b_lta_and_the_manifest_lists_every_entry(kept: Dossier, office: Office) -> None:
    files = dict(kept.file.container.files)
    assert judged(files, office) == (Verdict.VALID, {"B-LTA"}, set())
    manifest = parse_manifest(files[NEWEST], NEWEST)
    assert (manifest.signature, manifest.signature_type) == (FIRST, "application/vnd.etsi.timestamp-token")
    assert set(manifest.digests()) == set(files) - {NEWEST, FIRST}


def test_a_renewal_keeps_the_one_before_with_evidence_for_its_authority(kept: Dossier, office: Office) -> None:
    twice = kept.extend(Baseline.B_LTA, collect=office.world.collect)
    files = dict(twice.file.container.files)
    assert judged(files, office) == (Verdict.VALID, {"B-LTA"}, set())
    older = "META-INF/ASiCArchiveManifest001.xml"
    assert files[older] == kept.file.container[NEWEST]
    assert len(files[FIRST]) > len(kept.file.container[FIRST])
    manifest = parse_manifest(files[NEWEST], NEWEST)
    assert (manifest.signature, manifest.root) == (SECOND, older)
    assert {older, FIRST} <= set(manifest.digests())
    for step in range(1, 6):
        name = f"META-INF/signature{step:03}.p7s"
        assert files[name] == kept.file.container[name]


def test_what_an_archive_timestamp_covers_is_never_touched_again(office: Office) -> None:
    made = office.five_steps(office.new(code="H26.19-261121-0031", name="later.asice"), until=1)
    early = made.extend(Baseline.B_LTA, collect=office.world.collect)
    name = "META-INF/signature001.p7s"
    assert early.extend(collect=office.world.collect).file.container[name] == early.file.container[name]


def test_steps_go_on_after_an_archive_timestamp(office: Office) -> None:
    made = office.five_steps(office.new(code="H26.19-261121-0032", name="on.asice"), until=1)
    early = made.extend(Baseline.B_LTA, collect=office.world.collect)
    done = office.five_steps(early).extend(Baseline.B_LTA, collect=office.world.collect)
    assert [s.statement.step for s in done.steps if s.statement] == list(Step)
    assert judged(dict(done.file.container.files), office) == (Verdict.VALID, {"B-LTA"}, set())


@pytest.mark.parametrize("name", ["papers/anh.png", "steps/001-receive.json", NEWEST, FIRST])
def test_a_byte_of_what_is_kept(kept: Dossier, office: Office, name: str) -> None:
    files = dict(kept.file.container.files)
    data = bytearray(files[name])
    data[len(data) // 2] ^= 1
    assert judged({**files, name: bytes(data)}, office)[0] is not Verdict.VALID


def test_a_broken_archive_manifest_is_not_renewed(kept: Dossier, office: Office) -> None:
    broken = kept.file.container.with_files({"papers/anh.png": b"other"})
    path = office.folder / "broken.asice"
    path.write_bytes(broken.to_bytes())
    with pytest.raises(RefusedError) as caught:
        office.open(path).extend(Baseline.B_LTA, collect=office.world.collect)
    assert caught.value.code == "dossier.not-sound"


def test_b_lta_needs_a_timestamp_authority(kept: Dossier, office: Office) -> None:
    with pytest.raises(UsageError) as caught:
        Dossier.open(kept.path).extend(Baseline.B_LTA, collect=office.world.collect)
    assert caught.value.code == "timestamp.needed"
    with pytest.raises(SigningError):
        Dossier.open(kept.path).extend(Baseline.B_T, collect=office.world.collect)


def test_the_command_archives_in_place(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    made = office.five_steps(office.new(code="H26.19-261121-0033", name="command.asice"), until=1)
    pki = office.world.pki
    flags = ["--allow", pki.base_url, "--baseline", "B-LTA", "--tsa", pki.tsa_url]
    assert cli.main(["dossier", "extend", str(made.path), *flags]) == 0
    assert "1 × B-LTA" in capsys.readouterr().err
    assert judged(dict(Dossier.open(made.path).file.container.files), office)[:2] == (Verdict.VALID, {"B-LTA"})
    assert cli.main(["dossier", "extend", str(made.path), "--allow", pki.base_url, "--baseline", "B-LTA"]) == 2
