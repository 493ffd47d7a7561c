"""signing.levels: what a file has reached, what it lacks, and when its newest proof ends."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.audit import audit_bytes
from signing.cms.archive import add_archive_timestamp
from signing.cms.cades import extend_detached, sign_detached
from signing.cms.multi import add_signer, counter_sign, sign_attached
from signing.errors import UsageError
from signing.holdings import Holding, holdings
from signing.levels import LevelReport, due, level_of
from signing.pdf.sign import extend_pdf
from signing.policy import DEFAULT_POLICY, Baseline, Policy
from signing.recognize import Shape
from signing.report import Indication
from signing.trust.store import TrustStore

from ..world import World
from .authority import DAY, NOW, Holder, make
from .cms_makers import digest_of
from .demo_run import Demo
from .scene import CONTENT, Scene, all_lists, sign, stamped, with_lists
from .signed_pdfs import Samples
from .test_archive import Authority
from .test_multi import services

TEXT = "Thông báo".encode()


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=2)


def codes(report: LevelReport, which: int = 0) -> list[str]:
    return [f.code for f in report.signatures[which].missing]


# --- what is reached and what is missing -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("baseline", "following", "lacks"),
    [
        (Baseline.B_B, Baseline.B_T, ["level.needs-timestamp"]),
        (Baseline.B_T, Baseline.B_LT, ["signature.no-evidence"]),
        (Baseline.B_LT, Baseline.B_LTA, ["level.needs-archive"]),
        (Baseline.B_LTA, None, []),
    ],
)
def test_every_baseline_and_what_the_next_one_wants(
    baseline: Baseline, following: Baseline | None, lacks: list[str], world: World, samples: Samples, tmp_path: Path
) -> None:
    trust = world.pki.trust()
    pdf = samples.sign(samples.page, baseline=baseline)
    cms = sign_detached(TEXT, world.pki.signer("official"), **services(world, baseline))
    (tmp_path / "a.txt").write_bytes(TEXT)
    (tmp_path / "a.txt.p7s").write_bytes(cms)
    reports = [
        level_of(pdf, trust, at=soon()),
        level_of(cms, trust, at=soon(), content=TEXT),
        level_of(tmp_path / "a.txt.p7s", trust, at=soon()),
        level_of(sign_attached(TEXT, world.pki.signer("official"), **services(world, baseline)), trust, at=soon()),
    ]
    for report in reports:
        assert report.baseline == baseline, report
        assert report.signatures[0].next == following
        assert codes(report) == lacks
        assert report.ends is not None
    assert {r.kind for r in reports} == {"pdf", "cades"}


def test_raising_a_file_by_what_it_lacks_ends_at_b_lta(world: World, samples: Samples) -> None:
    pdf, cms = samples.simple, sign_detached(TEXT, world.pki.signer("receiver"))
    for _ in range(3):
        wanted = level_of(pdf, world.pki.trust(), at=soon()).signatures[0].next
        assert wanted == level_of(cms, world.pki.trust(), at=soon(), content=TEXT).signatures[0].next
        assert wanted is not None
        pdf = extend_pdf(pdf, **services(world, wanted)) or b""
        cms = extend_detached(cms, **services(world, wanted))
    assert level_of(pdf, world.pki.trust(), at=soon()).baseline is Baseline.B_LTA
    assert level_of(cms, world.pki.trust(), at=soon(), content=TEXT).baseline is Baseline.B_LTA


def test_a_file_is_as_good_as_its_worst_signature(world: World) -> None:
    pki = world.pki
    made = sign_attached(TEXT, pki.signer("official"), **services(world, Baseline.B_LTA))
    made = add_signer(made, pki.signer("receiver"), **services(world, Baseline.B_T))
    made = counter_sign(made, pki.signer("clerk"), **services(world, Baseline.B_LT))
    report = level_of(made, pki.trust(), at=soon())
    assert [(s.id, s.baseline) for s in report.signatures] == [
        ("signature-1", Baseline.B_LTA),
        ("signature-1/counter-1", Baseline.B_LT),
        ("signature-2", Baseline.B_T),
    ]
    assert report.baseline is Baseline.B_T
    assert report.signatures[1].next is None
    assert all(s.ends for s in report.signatures)


def test_what_is_below_b_b_has_to_be_signed_again() -> None:
    scene = Scene()
    issuing = scene.issuing()
    cms = sign(make("Người ký", issuing), [issuing], cades=False)
    report = level_of(cms, content=CONTENT, at=NOW)
    assert (report.baseline, report.signatures[0].next) == (None, Baseline.B_B)
    assert codes(report) == ["signature.no-signing-time", "level.needs-signing"]


def test_a_dossier_and_its_steps(demo: Demo) -> None:
    path = next(p for p in sorted(demo.folder.rglob("*.asice")) if p.parent.name != "forged")
    report = level_of(path, demo.trust)
    assert report.kind in {"dossier", "asice"}
    assert len(report.signatures) >= 5
    assert {s.baseline for s in report.signatures} == {Baseline.B_LT}
    assert all(s.ends for s in report.signatures)
    assert any("#" in s.id for s in report.signatures)  # the results in it too


def test_files_without_signatures_have_no_level(samples: Samples) -> None:
    for data in (samples.page, b"text", b""):
        report = level_of(data)
        assert (report.signatures, report.baseline, report.ends) == ((), None, None)


def test_the_json_says_the_same(samples: Samples, world: World) -> None:
    report = level_of(samples.valid, world.pki.trust(), at=soon())
    told = json.loads(report.to_json())
    assert (told["kind"], told["baseline"]) == ("pdf", "B-LT")
    (one,) = told["signatures"]
    assert (one["baseline"], one["next"], one["indication"]) == ("B-LT", "B-LTA", "TOTAL-PASSED")
    assert one["missing"][0]["code"] == "level.needs-archive"
    assert one["why"]["text_vi"].startswith("bằng chứng")
    assert one["ends"] == told["ends"]


# --- when it ends ----------------------------------------------------------------------------------------


class Parts:
    """A signer and authorities that end one after the other."""

    def __init__(self) -> None:
        far = NOW + 9000 * DAY
        self.scene = Scene(root=make("Root", ca=True, end=far), tsa_root=make("TSA root", ca=True, end=far))
        self.issuing = self.scene.issuing(end=NOW + 800 * DAY)
        self.leaf = make("Người ký", self.issuing, end=NOW + 100 * DAY)
        self.first, self.second = self.scene.tsa(end=NOW + 300 * DAY), self.scene.tsa(end=NOW + 2000 * DAY)
        self.b_b = sign(self.leaf, [self.issuing, self.scene.root])
        lists = all_lists(self.scene, self.issuing, NOW).crls
        held = [self.scene.root, self.issuing, self.scene.tsa_root]
        self.b_lt = with_lists(stamped(self.b_b, self.first), *lists, certificates=held)

    def archived(self, by: Holder) -> bytes:
        return add_archive_timestamp(self.b_lt, Authority(by, NOW + DAY), digest_of(CONTENT))

    def ends(self, cms: bytes, trust: TrustStore | None = None, policy: Policy = DEFAULT_POLICY) -> int | None:
        """Days from NOW."""
        report = level_of(cms, trust, content=CONTENT, at=NOW + 2 * DAY, policy=policy)
        return None if report.ends is None else (report.ends - NOW).days


@pytest.fixture(scope="module")
def parts() -> Parts:
    return Parts()


def test_the_newest_proof_decides(parts: Parts) -> None:
    for trust in (None, parts.scene.trust):
        assert parts.ends(parts.b_b, trust) == 100  # the signer's certificate
        assert parts.ends(parts.b_lt, trust) == 300  # the authority of the timestamp
        assert parts.ends(parts.archived(parts.second), trust) == 2000  # that of the archive timestamp


def test_the_first_certificate_of_the_chain_to_end_decides() -> None:
    scene = Scene(root=make("Root", ca=True, end=NOW + 50 * DAY))
    issuing = scene.issuing(end=NOW + 40 * DAY)
    cms = sign(make("Người ký", issuing, end=NOW + 45 * DAY), [issuing, scene.root])
    report = level_of(cms, scene.trust, content=CONTENT, at=NOW)
    assert report.ends == NOW + 40 * DAY
    why = report.signatures[0].why
    assert why is not None
    assert (why.code, "Issuing" in why.text) == ("level.ends-certificate", True)


def test_a_sunset_of_an_algorithm_decides_where_it_is_earlier(parts: Parts) -> None:
    digests = {**DEFAULT_POLICY.digests, "sha256": NOW + 30 * DAY}
    policy = replace(DEFAULT_POLICY, digests=digests)
    assert parts.ends(parts.b_lt, policy=policy) == 30
    report = level_of(parts.b_lt, content=CONTENT, at=NOW, policy=policy)
    why = report.signatures[0].why
    assert why is not None
    assert why.code == "level.ends-algorithm"
    assert "sha256" in why.text


def test_a_timestamp_of_a_stranger_protects_nothing_where_trust_is_given(parts: Parts) -> None:
    alien = Scene().tsa(end=NOW + 3000 * DAY)
    made = parts.archived(alien)
    assert parts.ends(made, parts.scene.trust) == 300


def test_without_a_trusted_chain_the_end_is_not_known_and_that_is_due(parts: Parts) -> None:
    stranger = Scene().trust
    assert parts.ends(parts.b_lt, stranger) is None
    report = level_of(parts.b_lt, stranger, content=CONTENT, at=NOW)
    why = report.signatures[0].why
    assert why is not None
    assert why.code == "level.end-unknown"
    assert len(due(parts.b_lt, DAY, stranger, content=CONTENT, at=NOW)) == 1


def test_an_archive_timestamp_over_other_content_does_not_count(parts: Parts) -> None:
    made = parts.archived(parts.second)
    report = level_of(made, content=CONTENT + b".", at=NOW + 2 * DAY)
    assert report.signatures[0].ends == NOW + 300 * DAY
    assert report.signatures[0].indication is Indication.FAILED
    assert due(made, 5000 * DAY, content=CONTENT + b".", at=NOW + 2 * DAY) == ()  # nothing there to keep


def test_due_are_those_that_end_in_time_or_have_ended(parts: Parts) -> None:
    def is_due(cms: bytes, days: int, at: datetime = NOW + 2 * DAY) -> bool:
        return bool(due(cms, timedelta(days=days), parts.scene.trust, content=CONTENT, at=at))

    assert not is_due(parts.b_lt, 200)
    assert is_due(parts.b_lt, 298)
    assert not is_due(parts.archived(parts.second), 298)
    assert is_due(parts.b_lt, 0, at=NOW + 400 * DAY)
    (level,) = due(parts.b_lt, DAY, parts.scene.trust, content=CONTENT, at=NOW + 400 * DAY)
    assert level.why is not None
    assert (level.why.code, level.why.severity) == ("level.ended-certificate", "warning")


def test_a_pdf_that_is_renewed_is_due_later(world: World, samples: Samples) -> None:
    renewed = extend_pdf(samples.valid, **services(world, Baseline.B_LTA))
    assert renewed is not None
    for data in (samples.valid, renewed):
        trust = world.pki.trust()
        assert due(data, timedelta(days=30), trust, at=soon()) == ()
        assert len(due(data, timedelta(days=5000), trust, at=soon())) == 1


def test_a_document_timestamp_that_was_damaged_protects_nothing(world: World, samples: Samples) -> None:
    """A broken timestamp in the file must not put a renewal off."""
    renewed = extend_pdf(samples.simple, **services(world, Baseline.B_T)) or b""
    imprint = next(p for p in holdings_of(renewed) if len(p.tokens) == 1).tokens[0].imprint.hex().encode()
    place = renewed.find(imprint)
    assert place > 0
    damaged = renewed[:place] + bytes(reversed(imprint)) + renewed[place + len(imprint) :]
    whole, broken = (level_of(d, world.pki.trust(), at=soon()) for d in (renewed, damaged))
    signer_end = world.pki.certificate("official").not_valid_after_utc
    assert whole.signatures[0].ends is not None
    assert whole.signatures[0].ends > signer_end
    assert broken.signatures[0].ends == signer_end


def holdings_of(data: bytes) -> list[Holding]:
    return holdings(Shape.PDF, data, {s.id: s for s in audit_bytes(data).signatures})


# --- hostile ---------------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(st.integers(0, 100_000), st.binary(min_size=1, max_size=4))
def test_damaged_files_are_told_never_raised(parts: Parts, where: int, junk: bytes) -> None:
    for whole in (parts.b_lt, parts.archived(parts.second)):
        place = where % len(whole)
        data = whole[:place] + junk + whole[place + len(junk) :]
        assert isinstance(level_of(data, parts.scene.trust, content=CONTENT, at=NOW), LevelReport)
        due(data, DAY, content=CONTENT, at=NOW)


def test_only_the_caller_is_told_by_errors(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        level_of(tmp_path / "none.pdf")
    with pytest.raises(UsageError):
        level_of(b"x", at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_a_document_timestamp_nobody_trusts_makes_b_t_and_no_more(world: World, samples: Samples) -> None:
    """A baseline is what a file holds; whom to trust is another question, and B-LT needs the authority's evidence."""
    stamped_once = extend_pdf(samples.simple, **services(world, Baseline.B_T)) or b""
    report = level_of(stamped_once, TrustStore(), at=soon())
    assert report.baseline is Baseline.B_T
    assert codes(report) == ["level.needs-evidence"]
    assert report.signatures[0].indication is Indication.INDETERMINATE
