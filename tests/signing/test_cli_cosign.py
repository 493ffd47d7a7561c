"""`signing cosign`, and the flags for what signers say."""

from __future__ import annotations

import argparse
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signing.audit import audit_file
from signing.cli.details import add_detail_flags, details_from
from signing.cms.attributes import Commitment, SignerLocation, SigningDetails
from signing.cms.attributes_read import read_details
from signing.cms.layout import views
from signing.cms.multi import content_of
from signing.cms.parse import parse_cms, parse_frame
from signing.errors import UsageError
from signing.report import Report, Verdict

from ..world import PASSWORD, World
from .cli_run import run

CONTENT = "Biên bản họp\n".encode()


class Table:
    """A paper signed by one person, and the flags for the next."""

    def __init__(self, world: World, folder: Path) -> None:
        self.pki, self.folder = world.pki, folder
        self.paper, self.signed = folder / "minutes.txt", folder / "minutes.txt.p7s"
        self.paper.write_bytes(CONTENT)
        (folder / "pass").write_text(PASSWORD)
        assert run("sign", self.paper, "-o", self.signed, *self.key("official"), *self.kept()).status == 0

    def key(self, who: str) -> list[str | Path]:
        return ["--key", self.pki.key_uri(who), "--pass-file", self.folder / "pass"]

    def kept(self) -> list[str | Path]:
        return ["--baseline", "B-LT", "--tsa", self.pki.tsa_url, "--allow", self.pki.base_url]

    def judge(self, path: Path) -> Report:
        return audit_file(path, self.pki.trust(), at=datetime.now(UTC) + timedelta(seconds=2))


@pytest.fixture
def table(world: World, tmp_path: Path) -> Table:
    return Table(world, tmp_path)


def test_a_second_person_signs_beside_the_first(table: Table) -> None:
    both = table.folder / "both" / "minutes.txt.p7s"
    both.parent.mkdir()
    (both.parent / "minutes.txt").write_bytes(CONTENT)
    said = ["--commitment", "approval", "--role", "Thư ký", "--location", "Hà Nội,VN"]
    done = run("cosign", table.signed, "-o", both, *table.key("receiver"), *table.kept(), *said)
    assert done.status == 0, done.err
    report = table.judge(both)
    assert report.verdict is Verdict.VALID, report.all_findings()
    assert [s.baseline for s in report.signatures] == ["B-LT", "B-LT"]
    second = views(parse_frame(both.read_bytes()))[1]
    assert read_details(parse_cms(second).attributes) == SigningDetails(
        commitments=(Commitment.PROOF_OF_APPROVAL,),
        claimed_roles=("Thư ký",),
        location=SignerLocation(locality="Hà Nội", country="VN"),
    )


def test_the_content_can_be_named_and_has_to_be_that(table: Table) -> None:
    away = table.folder / "away.p7s"
    table.signed.rename(away)
    named = run("cosign", away, "-o", table.folder / "o.p7s", *table.key("receiver"), "--content", table.paper)
    assert named.status == 0, named.err
    missing = run("cosign", away, "-o", table.folder / "p.p7s", *table.key("receiver"))
    assert (missing.status, "content.needed" in missing.err) == (2, True)
    table.paper.write_bytes(CONTENT + b".")
    other = run("cosign", away, "-o", table.folder / "p.p7s", *table.key("receiver"), "--content", table.paper)
    assert (other.status, "signer.unsound" in other.err) == (1, True)
    assert not (table.folder / "p.p7s").exists()


def test_a_signature_is_counter_signed(table: Table) -> None:
    out = table.folder / "minutes2.txt.p7s"
    (table.folder / "minutes2.txt").write_bytes(CONTENT)
    done = run("cosign", table.signed, "-o", out, "--counter", "1", *table.key("clerk"), *table.kept())
    assert done.status == 0, done.err
    report = table.judge(out)
    assert report.verdict is Verdict.VALID
    assert [s.id for s in report.signatures] == ["signature", "signature/counter-1"]
    wrong = run("cosign", table.signed, "-o", table.folder / "x", "--counter", "2", *table.key("clerk"))
    assert (wrong.status, "signer.index" in wrong.err) == (2, True)


def test_content_goes_inside_and_others_sign_with_it(table: Table) -> None:
    inside, both = table.folder / "inside.p7m", table.folder / "both.p7m"
    assert run("cosign", table.paper, "--enclose", "-o", inside, *table.key("official"), *table.kept()).status == 0
    assert content_of(inside.read_bytes()) == CONTENT
    assert run("cosign", inside, "-o", both, *table.key("receiver"), *table.kept()).status == 0
    report = table.judge(both)
    assert report.verdict is Verdict.VALID, report.all_findings()
    assert len(report.signatures) == 2


def test_what_is_there_stays_and_what_is_no_signature_is_refused(table: Table) -> None:
    before = table.signed.read_bytes()
    for force in ([], ["--force"]):
        again = run("cosign", table.signed, "-o", table.signed, *force, *table.key("receiver"))
        assert (again.status, "usage.output-is-input" in again.err) == (2, True)
    other = run("cosign", table.signed, "-o", table.paper, *table.key("receiver"))
    assert (other.status, "usage.output-exists" in other.err) == (2, True)
    assert table.signed.read_bytes() == before
    plain = run("cosign", table.paper, "-o", table.folder / "x", *table.key("receiver"))
    assert (plain.status, "cosign.kind" in plain.err) == (2, True)
    assert run("cosign", table.signed, "-o", "x", "--counter", "0", *table.key("receiver")).status == 2
    twice = run("cosign", table.signed, "-o", table.folder / "x", *table.key("official"))
    assert (twice.status, "signer.twice" in twice.err) == (2, True)


# --- flags -----------------------------------------------------------------------------------------------


def details(*flags: str | Path) -> SigningDetails | None:
    parser = argparse.ArgumentParser()
    add_detail_flags(parser)
    return details_from(parser.parse_args([str(f) for f in flags]))


def test_flags_say_what_the_library_says(tmp_path: Path) -> None:
    (tmp_path / "policy.pdf").write_bytes(b"policy")
    assert details() is None
    said = details(
        "--commitment", "origin", "--commitment", "1.2.3.4", "--role", "Chủ tịch", "--role", "Trưởng ban",
        "--policy-oid", "1.2.3", "--policy-file", tmp_path / "policy.pdf", "--policy-uri", "https://example.vn/p",
    )  # fmt: skip
    assert said is not None
    assert said.commitments == (Commitment.PROOF_OF_ORIGIN, "1.2.3.4")
    assert said.claimed_roles == ("Chủ tịch", "Trưởng ban")
    assert said.policy is not None
    assert said.policy.digest == hashlib.sha256(b"policy").digest()


@pytest.mark.parametrize(
    ("text", "locality", "country"),
    [
        ("Hà Nội,VN", "Hà Nội", "VN"),
        ("Hà Nội, VN", "Hà Nội", "VN"),
        ("Số 1, Hà Nội", "Số 1, Hà Nội", None),
        ("Huế", "Huế", None),
        (",VN", None, "VN"),
    ],
)
def test_a_place_and_its_country(text: str, locality: str | None, country: str | None) -> None:
    said = details("--location", text)
    assert said is not None
    assert said.location == SignerLocation(locality=locality, country=country)


@pytest.mark.parametrize(
    "flags", [["--commitment", "love"], ["--role", ""], ["--location", ""], ["--policy-oid", "1.2.3"]]
)
def test_flags_that_say_nothing_are_refused(flags: list[str]) -> None:
    with pytest.raises(UsageError):
        details(*flags)
