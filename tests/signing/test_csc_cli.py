"""Remote keys on the command line and in bulk: few authorisations, no secret in what is said or kept, no lock-out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .cli_run import Ran, run
from .csc_loopback import refuse, running
from .csc_person import SECRETS
from .csc_server import PASSWORD, PIN, CscService
from .pdf_shapes import VALID, one_page, pdfsig


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Seven PDFs, an empty folder, and the secrets in files."""
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    for i in range(7):
        (tmp_path / "in" / f"{i}.pdf").write_bytes(one_page(extra=f"/X {i}"))
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "pin").write_text(PIN)
    return tmp_path


def sign(service: CscService, desk: Path, *more: str) -> Ran:
    uri = service.uri(**{"password-file": desk / "password", "pin-file": desk / "pin"})
    return run("sign", *sorted((desk / "in").glob("*.pdf")), "-o", desk / "out", "--key", uri, *more)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_a_folder_is_signed_with_one_authorisation_a_group(desk: Path, jobs: str) -> None:
    with running(CscService(multisign=4)) as service:
        ran = sign(service, desk, "--jobs", jobs)
        assert ran.status == 0, ran.err
        assert service.methods().count("credentials/authorize") == 2
    for i in range(7):
        assert pdfsig((desk / "out" / f"{i}.pdf").read_bytes(), desk) == [VALID]
    kept = b"".join(p.read_bytes() for p in (desk / "out").iterdir())
    assert not any(secret in ran.out + ran.err or secret.encode() in kept for secret in SECRETS)


def test_a_wrong_pin_costs_one_try_for_a_whole_folder(desk: Path) -> None:
    (desk / "pin").write_text("000000")
    with running(CscService(multisign=1)) as service:
        ran = sign(service, desk)
        assert ran.status != 0
        assert service.methods().count("credentials/authorize") == 1
    assert "csc.pin" in ran.err
    assert "000000" not in ran.out + ran.err
    assert not list((desk / "out").glob("*.pdf"))


def test_a_service_that_fails_once_costs_its_group_and_the_next_run_signs_the_rest(desk: Path) -> None:
    with running(CscService(multisign=4)) as service:
        service.faults["signatures/signHash"] = [refuse(500)]
        assert sign(service, desk).status == 1
        assert len(list((desk / "out").glob("*.pdf"))) == 3
        assert sign(service, desk, "--resume").status == 0
    assert len(list((desk / "out").glob("*.pdf"))) == 7


def test_keys_shows_what_the_service_holds(desk: Path) -> None:
    with running(CscService(kind="rsa2048", mode="implicit")) as service:
        ran = run("keys", service.uri(**{"password-file": desk / "password"}), "--json")
    assert ran.json["subject"] == "Nguyễn Văn Ký"
    assert ran.json["algorithm"] == "rsassa-pss-sha256"
