"""Dossiers: the happy path, loops, refusals when a step is taken, and outside judges on every signature."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from eid import AuthenticationLevel, Level
from signing.dossier.dossier import Dossier, Draft
from signing.dossier.rules import Decision, State, Step
from signing.errors import IndeterminateError, RefusedError, SigningError, UsageError, VerificationError
from signing.policy import Baseline
from signing.report import Indication

from ..world import World
from .office import CODE, RESULT, Office, now


@pytest.fixture
def office(world: World, tmp_path: Path) -> Iterator[Office]:
    with Office.make(world, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def finished(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dossier]:
    """Five steps, each raised to B-LT."""
    with Office.make(world, tmp_path_factory.mktemp("finished")) as office:
        yield office.five_steps().extend(collect=world.collect)


def code_of(action: object) -> str:
    with pytest.raises(SigningError) as caught:
        action()  # type: ignore[operator]
    assert caught.value.text_vi
    return caught.value.code


# --- the happy path ---------------------------------------------------------------------------------------------------


def test_five_steps_end_in_a_complete_valid_dossier(finished: Dossier) -> None:
    report = finished.verify()
    assert report.complete
    assert report.state == State.RETURNED
    assert [s.event for s in report.steps] == ["receive", "appraise", "approve", "sign", "return"]
    assert all(s.time is not None for s in report.steps)
    assert report.code == CODE


def test_every_signature_is_b_lt_and_passed(finished: Dossier) -> None:
    for signature in finished.examine().signatures:
        assert signature.indication is Indication.PASSED
        assert signature.baseline == Baseline.B_LT
        assert all(f.severity == "info" for f in signature.findings)


def test_entries_are_those_of_the_contract(finished: Dossier) -> None:
    names = set(finished.file.container)
    for seq, event in enumerate(["receive", "appraise", "approve", "sign", "return"], 1):
        assert f"steps/{seq:03d}-{event}.json" in names
        assert f"steps/{seq:03d}-{event}.proof.jwt" in names
        assert f"META-INF/ASiCManifest{seq:03d}.xml" in names
        assert f"META-INF/signature{seq:03d}.p7s" in names
    assert {"dossier.json", "papers/Tờ khai.pdf", "papers/anh.png", RESULT} <= names
    assert finished.path.read_bytes()[30:38] == b"mimetype"


def test_neither_names_nor_numbers_of_officials_are_in_statements_and_proofs(finished: Dossier) -> None:
    """NĐ 69/2024 Đ19: an authentication result is not passed on."""
    for step in finished.steps:
        for name in step.names:
            text = finished.read(name).decode()
            assert "001" not in json.dumps(json.loads(text).get("actor")) if name.endswith("json") else True
            assert "Nguyễn" not in text


def test_openssl_verifies_every_signature_over_its_manifest(finished: Dossier, world: World, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(b"".join(world.pki.certificate(n).public_bytes(Encoding.PEM) for n in ("root", "issuing")))
    for step in finished.steps:
        signature, manifest = tmp_path / "s.p7s", tmp_path / "m.xml"
        signature.write_bytes(finished.read(f"META-INF/signature{step.seq:03d}.p7s"))
        manifest.write_bytes(finished.read(f"META-INF/ASiCManifest{step.seq:03d}.xml"))
        command = [
            "openssl",
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            str(signature),
            "-content",
            str(manifest),
        ]
        done = subprocess.run(
            [*command, "-CAfile", str(root), "-purpose", "any", "-out", "/dev/null"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        manifest.write_bytes(manifest.read_bytes() + b" ")
        again = subprocess.run(
            [*command, "-CAfile", str(root), "-purpose", "any", "-out", "/dev/null"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert again.returncode != 0


def test_manifests_are_cumulative(finished: Dossier) -> None:
    before: set[str] = set()
    for step in finished.steps:
        assert step.manifest is not None
        listed = set(step.manifest.digests())
        assert before <= listed
        assert step.manifest.root == step.names[0]
        assert (f"META-INF/ASiCManifest{step.seq - 1:03d}.xml" in listed) == (step.seq > 1)
        before = {n for n in listed if not n.startswith("META-INF/")}
    assert before == set(finished.file.container.payload())


def test_each_statement_carries_the_receipt_of_the_step_before(finished: Dossier) -> None:
    for step in finished.steps[1:]:
        assert step.statement is not None
        assert step.statement.receipt is not None
        assert step.statement.receipt.seq == step.seq - 1
    assert finished.receipt is not None
    assert finished.receipt.seq == 5


def test_raising_to_b_lt_changes_neither_statements_nor_register(office: Office) -> None:
    dossier = office.five_steps(until=2)
    grown = dossier.extend(collect=office.world.collect)
    for before, after in zip(dossier.steps, grown.steps, strict=True):
        assert before.statement_bytes == after.statement_bytes
        assert before.signature_digest == after.signature_digest
        assert before.timestamp_digest == after.timestamp_digest
    more = office.take(grown, Step.APPROVE, decision=Decision.ELIGIBLE)
    assert more.extend(collect=office.world.collect).verify().complete


def test_writing_is_deterministic(finished: Dossier) -> None:
    assert finished.file.container.to_bytes() == finished.path.read_bytes()


# --- loops and other ends --------------------------------------------------------------------------------------------


def test_supplement_and_send_back_add_events(office: Office) -> None:
    dossier = office.five_steps(until=1)
    dossier = office.take(dossier, Step.APPRAISE, decision=Decision.SUPPLEMENT, note="thiếu giấy chứng sinh")
    assert dossier.state is State.AWAITING
    dossier = office.take(dossier.add(b"%PDF-1.7 chung sinh", "Giấy chứng sinh.pdf"), Step.RECEIVE)
    dossier = office.take(dossier, Step.APPRAISE, decision=Decision.ELIGIBLE)
    dossier = office.take(dossier, Step.APPROVE, decision=Decision.SENT_BACK, note="làm rõ nơi sinh")
    dossier = office.take(dossier, Step.APPRAISE, decision=Decision.ELIGIBLE)
    dossier = office.take(dossier, Step.APPROVE, decision=Decision.ELIGIBLE)
    dossier = office.take(dossier, Step.SIGN, decision=Decision.SENT_BACK, note="sai số")
    dossier = office.take(dossier, Step.APPROVE, decision=Decision.INELIGIBLE)
    assert dossier.state is State.REJECTED
    dossier = office.take(dossier.add(office.result(), RESULT), Step.SIGN)
    assert dossier.steps[-1].statement is not None
    assert dossier.steps[-1].statement.decision is Decision.REFUSED
    dossier = office.take(dossier, Step.RETURN).extend(collect=office.world.collect)
    report = dossier.verify()
    assert [s.event for s in report.steps] == [
        "receive", "request-supplement", "supplement", "appraise", "send-back", "appraise", "approve", "send-back",
        "approve", "sign", "return",
    ]  # fmt: skip


def test_declined_and_withdrawn_dossiers_are_closed(office: Office) -> None:
    declined = office.take(office.new(), Step.RECEIVE, decision=Decision.DECLINED, note="không thuộc thẩm quyền")
    assert code_of(lambda: declined.prepare(Step.RECEIVE)) == "dossier.order"
    other = office.five_steps(office.new(code="H26.19-261121-0002", name="b.asice"), until=2)
    stopped = office.take(other, Step.RECEIVE, decision=Decision.WITHDRAWN, note="theo yêu cầu của người nộp")
    assert stopped.state is State.STOPPED
    assert code_of(lambda: stopped.prepare(Step.APPROVE, decision=Decision.ELIGIBLE)) == "dossier.order"


# --- what prepare refuses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [Step.APPRAISE, Step.APPROVE, Step.SIGN, Step.RETURN])
def test_a_step_out_of_order_is_refused(office: Office, step: Step) -> None:
    decision = Decision.ELIGIBLE if step in (Step.APPRAISE, Step.APPROVE) else None
    assert code_of(lambda: office.new().prepare(step, decision=decision)) == "dossier.order"


def test_a_decision_must_be_named_where_there_is_a_choice(office: Office) -> None:
    dossier = office.five_steps(until=1)
    with pytest.raises(UsageError, match=r"dossier\.decision-needed"):
        dossier.prepare(Step.APPRAISE)


def test_notes_and_files_that_a_step_needs(office: Office) -> None:
    dossier = office.five_steps(until=1)
    assert code_of(lambda: dossier.prepare(Step.APPRAISE, decision=Decision.SUPPLEMENT)) == "dossier.note-needed"
    stray = dossier.add(b"x", "them.txt")
    assert code_of(lambda: stray.prepare(Step.APPRAISE, decision=Decision.ELIGIBLE)) == "dossier.files-forbidden"
    approved = office.five_steps(dossier, until=3)
    assert code_of(lambda: approved.prepare(Step.SIGN)) == "dossier.files-needed"


def test_files_never_change(office: Office) -> None:
    dossier = office.new().add(b"more", "ảnh thẻ.png")
    assert "papers/ảnh thẻ.png" in dossier.file.container
    assert [p.title for p in dossier.record.papers][-1] == "ảnh thẻ"
    assert code_of(lambda: dossier.add(b"other", "ảnh thẻ.png")) == "dossier.file-exists"
    assert code_of(lambda: dossier.add(b"other", "ẢNH THẺ.png")) == "asice.duplicate"
    assert code_of(lambda: dossier.add(b"other", "../x")) == "asice.name"
    received = office.five_steps(dossier, until=1)
    assert "papers/y.txt" not in received.add(b"y", "y.txt").file.container


def test_a_new_dossier_does_not_replace_a_file(office: Office) -> None:
    office.new()
    assert code_of(office.new) == "usage.output-exists"


@pytest.mark.parametrize(
    "code", ["", "H26", "H26.19-261399-0001", "../x-261121-0001", "H26.19-261121-1", "h26-261121-0001"]
)
def test_bad_codes_are_refused(office: Office, code: str) -> None:
    assert code_of(lambda: office.new(code=code)) == "dossier.code"


# --- who may sign ----------------------------------------------------------------------------------------------------


def test_the_wrong_official_is_refused(office: Office) -> None:
    draft = office.five_steps(until=1).prepare(Step.APPRAISE, decision=Decision.ELIGIBLE)
    for name in ("approver", "stranger", "citizen", "clerk"):
        signer = office.signer(name)
        assert code_of(lambda s=signer: draft.sign(s, office.proof(draft, s))) == "dossier.role"
    assert len(office.open(draft.dossier.path).steps) == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("expired", "certificate.expired"),
        ("not-yet-valid", "certificate.not-yet-valid"),
        ("revoked", "certificate.revoked"),
        ("suspended", "certificate.suspended"),
    ],
)
def test_unusable_certificates_are_refused(office: Office, name: str, code: str) -> None:
    draft = office.new().prepare(Step.RECEIVE)
    signer = office.signer(name)
    assert code_of(lambda: draft.sign(signer, office.proof(draft, signer))) == code
    assert not office.open(draft.dossier.path).steps


def test_a_certificate_of_an_unknown_authority_is_refused(office: Office) -> None:
    draft = office.new().prepare(Step.RECEIVE)
    signer = office.signer("impostor")
    with pytest.raises(IndeterminateError, match=r"trust\.no-anchor"):
        draft.sign(signer, office.proof(draft, signer))


def test_a_proof_for_another_certificate_statement_office_or_level_is_refused(office: Office) -> None:
    dossier = office.new()
    draft = dossier.prepare(Step.RECEIVE)
    signer = office.signer("receiver")
    other = dossier.prepare(Step.RECEIVE, note="khác")
    wrong = [
        office.proof(draft, office.signer("approver")),
        office.proof(other, signer),
        office.proof(draft, signer, audience="H26.20"),
        office.proof(draft, signer, level=Level.ONE),
        office.proof(draft, signer, auth_level=AuthenticationLevel.ONE),
        "", "x.y.z", "é", "a" * 100_000,
    ]  # fmt: skip
    for proof in wrong:
        assert code_of(lambda p=proof: draft.sign(signer, p)) == "dossier.proof"
    assert not office.open(dossier.path).steps
    assert len(draft.sign(signer, office.proof(draft, signer)).steps) == 1


def test_an_expired_proof_is_refused(office: Office) -> None:
    draft = office.new().prepare(Step.RECEIVE)
    signer = office.signer("receiver")
    proof = office.proof(draft, signer)
    assert code_of(lambda: draft.sign(signer, proof, at=now() + timedelta(minutes=11))) == "dossier.proof"


def test_without_trust_or_timestamps_nothing_is_signed(office: Office) -> None:
    path = office.new().path
    bare = Dossier.open(path).prepare(Step.RECEIVE)
    signer = office.signer("receiver")
    assert code_of(lambda: bare.sign(signer, office.proof(bare, signer))) == "dossier.trust-needed"
    untimed = Dossier.open(path, trust=office.world.pki.trust()).prepare(Step.RECEIVE)
    assert code_of(lambda: untimed.sign(signer, office.proof(untimed, signer))) == "timestamp.needed"


# --- results ---------------------------------------------------------------------------------------------------------


def test_the_result_must_be_signed_by_the_official_and_then_by_the_office(office: Office) -> None:
    approved = office.five_steps(until=3)
    unsigned = (Path(__file__).parents[2] / "examples/inputs/result.pdf").read_bytes()
    bad = {
        "unsigned": unsigned,
        "official only": office.result(office=None, baseline=Baseline.B_B),
        "office first": office.result(official="clerk", office="official", baseline=Baseline.B_B),
        "another official": office.result(official="approver", baseline=Baseline.B_B),
        "not the office": office.result(office="stranger", baseline=Baseline.B_B),
        "not a pdf": b"hello",
    }
    for what, content in bad.items():
        draft = approved.add(content, RESULT).prepare(Step.SIGN)
        signer = office.signer("official")
        found = code_of(lambda d=draft, s=signer: d.sign(s, office.proof(d, s)))
        assert found == "dossier.result-unsigned", what


def test_a_result_changed_after_signing_is_refused(office: Office) -> None:
    approved = office.five_steps(until=3)
    changed = bytearray(office.result(baseline=Baseline.B_B))
    changed[changed.find(b"/MediaBox") + 12] ^= 1
    draft = approved.add(bytes(changed), RESULT).prepare(Step.SIGN)
    signer = office.signer("official")
    assert code_of(lambda: draft.sign(signer, office.proof(draft, signer))) == "dossier.result-unsigned"


# --- two phases ------------------------------------------------------------------------------------------------------


def test_a_draft_can_be_saved_and_signed_elsewhere(office: Office, tmp_path: Path) -> None:
    dossier = office.five_steps(until=1)
    dossier = office.take(dossier, Step.APPRAISE, decision=Decision.SUPPLEMENT, note="thiếu")
    draft = dossier.add(b"%PDF-1.7", "Bổ sung.pdf").prepare(Step.RECEIVE)
    draft.save(tmp_path / "draft.json")
    assert (tmp_path / "draft.json").stat().st_mode & 0o777 == 0o600
    loaded = Draft.load(tmp_path / "draft.json", office.open(dossier.path))
    assert loaded.nonce == draft.nonce
    signer = office.signer("receiver")
    assert loaded.sign(signer, office.proof(draft, signer)).state is State.RECEIVED


def test_a_draft_that_was_overtaken_or_changed_is_refused(office: Office, tmp_path: Path) -> None:
    dossier = office.new()
    draft = dossier.prepare(Step.RECEIVE)
    draft.save(tmp_path / "d.json")
    after = office.five_steps(dossier, until=1)
    assert code_of(lambda: Draft.load(tmp_path / "d.json", after)) == "dossier.moved-on"
    signer = office.signer("receiver")
    with pytest.raises(RefusedError):
        draft.sign(signer, office.proof(draft, signer))
    for text in (b"", b"[]", b"{}", b'{"version":1,"base":"zz"}', b"[" * 100_000):
        (tmp_path / "d.json").write_bytes(text)
        assert code_of(lambda: Draft.load(tmp_path / "d.json", after)) == "dossier.draft-malformed"


def test_nothing_is_built_on_a_dossier_that_does_not_hold(office: Office) -> None:
    dossier = office.five_steps(until=2)
    container = dossier.file.container.with_files({"papers/anh.png": b"\x89PNX"})
    dossier.path.write_bytes(container.to_bytes())
    damaged = office.open(dossier.path)
    assert code_of(lambda: damaged.prepare(Step.APPROVE, decision=Decision.ELIGIBLE)) == "dossier.not-sound"


def test_a_timestamp_service_that_fails_leaves_the_dossier_as_it_was(office: Office) -> None:
    dossier = office.new()
    before = dossier.path.read_bytes()
    tsa = office.world.pki.tsa()
    broken = type(tsa)(url=tsa.url + "nowhere", http=tsa.http)
    draft = Dossier.open(dossier.path, trust=office.world.pki.trust(), register=office.register, tsa=broken).prepare(
        Step.RECEIVE
    )
    signer = office.signer("receiver")
    assert code_of(lambda: draft.sign(signer, office.proof(draft, signer))).startswith("http.")
    assert dossier.path.read_bytes() == before
    assert office.register is not None
    assert office.register.rows(CODE) == ()
    assert sorted(p.name for p in dossier.path.parent.iterdir() if "asice" in p.name) == [dossier.path.name]


def test_before_b_lt_a_dossier_is_indeterminate_and_not_invalid(office: Office) -> None:
    dossier = office.five_steps(until=1)
    with pytest.raises(IndeterminateError, match=r"dossier\.indeterminate"):
        dossier.verify()


def test_a_dossier_without_steps_is_not_valid(office: Office) -> None:
    with pytest.raises(IndeterminateError):
        office.new().verify()


def test_verify_raises_for_a_bad_dossier(finished: Dossier, tmp_path: Path) -> None:
    changed = finished.file.container.with_files({"papers/anh.png": b"other"})
    (tmp_path / "x.asice").write_bytes(changed.to_bytes())
    with pytest.raises(VerificationError, match=r"dossier\.invalid"):
        Dossier.open(tmp_path / "x.asice", trust=finished.desk.trust).verify()
