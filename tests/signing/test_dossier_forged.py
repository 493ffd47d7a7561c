"""Forged dossiers: by people with an editor, and by insiders with real keys who pass by the program's checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from eid import AuthenticationLevel, Level
from signing.asice.container import Container
from signing.asice.manifest import write_manifest
from signing.cms.cades import sign_detached, to_b_lt
from signing.cms.timestamp import TimestampAuthority
from signing.dev.tsa import TimestampService
from signing.dossier.check import Examination
from signing.dossier.dossier import Dossier, examine_container
from signing.dossier.file import DossierFile, manifest_name, proof_name, signature_name, statement_name
from signing.dossier.people import nonce_of
from signing.dossier.receipt import Receipt
from signing.dossier.rules import Decision, Step
from signing.dossier.statement import RECORD, Added, Statement
from signing.dossier.structure import previous_of
from signing.errors import SigningError
from signing.policy import Baseline
from signing.report import Verdict, verdict_of
from signing.trust.store import TrustStore

from ..world import World
from .office import RESULT, Office

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def office(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.make(world, tmp_path_factory.mktemp("forged")) as made:
        yield made


@pytest.fixture(scope="module")
def finished(office: Office) -> Dossier:
    return office.five_steps().extend(collect=office.world.collect)


@pytest.fixture(scope="module")
def another(office: Office) -> Dossier:
    """A second dossier of the same office."""
    made = office.new(code="H26.19-261121-0002", name="another.asice", papers={"Tờ khai.pdf": b"%PDF-1.7 other"})
    return office.five_steps(made).extend(collect=office.world.collect)


@dataclass
class Judged:
    found: Examination

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.found.signatures, self.found.findings)

    @property
    def codes(self) -> set[str]:
        inner = [f for s in self.found.signatures for f in s.findings]
        return {f.code for f in (*inner, *self.found.findings) if f.severity != "info"}


def judge(
    files: Mapping[str, bytes] | Container, office: Office, *, register: bool = False, receipt: Receipt | None = None,
    trust: TrustStore | None = None,
) -> Judged:  # fmt: skip
    container = files if isinstance(files, Container) else Container(MappingProxyType(dict(files)))
    found = examine_container(
        container.to_bytes(),
        trust=trust or office.world.pki.trust(),
        register=office.register if register else None,
        receipt=receipt,
    )
    return Judged(found)


def files_of(dossier: Dossier) -> Files:
    return dict(dossier.file.container.files)


def entries(seq: int, event: str) -> list[str]:
    return [statement_name(seq, event), proof_name(seq, event), manifest_name(seq), signature_name(seq)]


EVENTS = ["receive", "appraise", "approve", "sign", "return"]


def without(files: Files, *numbers: int) -> Files:
    gone = {name for n in numbers for name in entries(n, EVENTS[n - 1])}
    return {k: v for k, v in files.items() if k not in gone}


def test_the_untouched_dossier_is_valid(finished: Dossier, office: Office) -> None:
    judged = judge(finished.file.container, office, register=True)
    assert judged.verdict is Verdict.VALID
    assert judged.codes == set()


# --- with an editor ---------------------------------------------------------------------------------------------------


def test_one_byte_of_a_paper(finished: Dossier, office: Office) -> None:
    files = files_of(finished)
    files["papers/anh.png"] = files["papers/anh.png"][:-1] + b"X"
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert "asice.reference-digest" in judged.codes


def test_the_result_changed_after_signing(finished: Dossier, office: Office) -> None:
    files = files_of(finished)
    changed = bytearray(files[RESULT])
    changed[changed.find(b"/MediaBox") + 12] ^= 1
    judged = judge({**files, RESULT: bytes(changed)}, office)
    assert judged.verdict is Verdict.INVALID
    assert {"asice.reference-digest", "dossier.result-unsigned"} <= judged.codes


def test_a_result_may_not_even_be_extended_inside(finished: Dossier, office: Office) -> None:
    judged = judge({**files_of(finished), RESULT: finished.read(RESULT) + b"\n%% comment\n"}, office)
    assert judged.verdict is Verdict.INVALID


def test_two_steps_swapped(finished: Dossier, office: Office) -> None:
    files = files_of(finished)
    swapped = dict(files)
    for a, b in zip(entries(2, "appraise"), entries(3, "approve"), strict=True):
        swapped[a], swapped[b] = files[b], files[a]
    judged = judge(swapped, office)
    assert judged.verdict is Verdict.INVALID
    assert {"dossier.step-mismatch", "dossier.chain"} <= judged.codes


def test_two_steps_swapped_with_their_names(finished: Dossier, office: Office) -> None:
    files = without(files_of(finished), 2, 3)
    pairs = {2: "approve", 3: "appraise"}
    for number, event in pairs.items():
        for old, new in zip(entries(EVENTS.index(event) + 1, event), entries(number, event), strict=True):
            files[new] = finished.read(old)
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert {"dossier.order-broken", "dossier.chain"} <= judged.codes


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_middle_step_removed(finished: Dossier, office: Office, number: int) -> None:
    judged = judge(without(files_of(finished), number), office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.step-missing" in judged.codes


def test_a_middle_step_removed_and_the_rest_renumbered(finished: Dossier, office: Office) -> None:
    files = without(files_of(finished), 3, 4, 5)
    for number, event in ((4, "sign"), (5, "return")):
        for old, new in zip(entries(number, event), entries(number - 1, event), strict=True):
            files[new] = finished.read(old)
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert {"dossier.step-mismatch", "dossier.chain", "dossier.order-broken"} <= judged.codes


@pytest.mark.parametrize("part", range(4))
def test_one_entry_of_a_step_removed(finished: Dossier, office: Office, part: int) -> None:
    files = files_of(finished)
    del files[entries(5, "return")[part]]
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.step-missing" in judged.codes


def test_the_last_step_removed_is_found_by_register_and_receipt_and_else_not_excluded(
    finished: Dossier, office: Office
) -> None:
    files = without(files_of(finished), 5)
    with_register = judge(files, office, register=True)
    assert with_register.verdict is Verdict.INVALID
    assert "dossier.truncated" in with_register.codes
    slip = finished.receipt
    assert slip is not None
    with_slip = judge(files, office, receipt=Receipt.from_json(slip.to_json()))
    assert with_slip.verdict is Verdict.INVALID
    assert "dossier.truncated" in with_slip.codes
    alone = judge(files, office)
    assert alone.verdict is Verdict.VALID
    assert alone.codes == {"dossier.head-unproven"}
    assert alone.found.dossier is not None
    assert not alone.found.dossier.complete


def test_a_receipt_proves_the_head_only_when_it_is_of_the_last_step(finished: Dossier, office: Office) -> None:
    last = finished.receipt
    older = finished.steps[-1].statement
    assert last is not None
    assert older is not None
    assert older.receipt is not None
    proven = judge(finished.file.container, office, receipt=last).found.dossier
    assert proven is not None
    assert proven.complete
    unproven = judge(finished.file.container, office, receipt=older.receipt)
    assert unproven.codes == {"dossier.head-unproven"}
    forked = judge(finished.file.container, office, receipt=replace(last, signature="0" * 64))
    assert "dossier.forked" in forked.codes


def test_a_step_replayed_from_another_dossier(finished: Dossier, another: Dossier, office: Office) -> None:
    files = without(files_of(finished), 5)
    files |= {name: another.read(name) for name in entries(5, "return")}
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.other-dossier" in judged.codes


def test_all_steps_replayed_over_other_papers(finished: Dossier, another: Dossier, office: Office) -> None:
    files = files_of(finished) | {
        RECORD: another.read(RECORD),
        "papers/Tờ khai.pdf": another.read("papers/Tờ khai.pdf"),
    }
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.other-dossier" in judged.codes


def test_dossier_json_changed(finished: Dossier, office: Office) -> None:
    files = files_of(finished)
    files[RECORD] = files[RECORD].replace(b"1.001193", b"1.001194")
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert {"dossier.step-mismatch", "asice.reference-digest"} <= judged.codes


def test_a_statement_changed(finished: Dossier, office: Office) -> None:
    files, name = files_of(finished), statement_name(2, "appraise")
    files[name] = files[name].replace("đủ điều kiện".encode(), "đủ điều kiệm".encode())
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert {"asice.reference-digest", "dossier.chain", "dossier.proof"} <= judged.codes


@pytest.mark.parametrize("name", ["papers/thêm.pdf", "results/KQ-0002.pdf"])
def test_a_file_added_after_the_last_step(finished: Dossier, office: Office, name: str) -> None:
    judged = judge({**files_of(finished), name: b"%PDF-1.7"}, office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.uncovered" in judged.codes


@pytest.mark.parametrize("name", ["readme.txt", "META-INF/manifest.xml", "META-INF/signatures.xml", "steps/note.txt"])
def test_a_stray_file(finished: Dossier, office: Office, name: str) -> None:
    judged = judge({**files_of(finished), name: b"x"}, office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.stray-file" in judged.codes


def test_an_unsigned_step_at_the_end(finished: Dossier, office: Office) -> None:
    judged = judge({**files_of(finished), statement_name(6, "stop"): b"{}"}, office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.step-missing" in judged.codes


def test_two_statements_for_one_step(finished: Dossier, office: Office) -> None:
    judged = judge(
        {**files_of(finished), statement_name(3, "send-back"): finished.read(statement_name(3, "approve"))}, office
    )
    assert judged.verdict is Verdict.INVALID
    assert "dossier.step-mismatch" in judged.codes


def test_signatures_swapped(finished: Dossier, office: Office) -> None:
    files = files_of(finished)
    files[signature_name(2)], files[signature_name(3)] = files[signature_name(3)], files[signature_name(2)]
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert "signature.digest" in judged.codes


def test_a_proof_of_another_step(finished: Dossier, office: Office) -> None:
    files = files_of(finished)
    files[proof_name(5, "return")] = files[proof_name(1, "receive")]
    judged = judge(files, office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.proof" in judged.codes


def test_an_archive_timestamp_that_is_not_judged_is_reported(finished: Dossier, office: Office) -> None:
    judged = judge({**files_of(finished), "META-INF/timestamp001.tst": b"0"}, office)
    assert judged.verdict is Verdict.INDETERMINATE
    assert "META-INF/timestamp001.tst" in [s.id for s in judged.found.signatures]


# --- with real keys ---------------------------------------------------------------------------------------------------


@dataclass
class Insider:
    """Signs a step with a real key, past every check of the program."""

    office: Office
    signer: str = "receiver"
    proven_for: str | None = None
    tsa: TimestampAuthority | None = None
    role: str = "receiver"
    event: str = "return"
    step: Step = Step.RETURN
    decision: Decision = Decision.DELIVERED
    note: str = "giả mạo"
    files: Mapping[str, bytes] = field(default_factory=dict)
    unlisted: tuple[str, ...] = ()
    auth_level: AuthenticationLevel = AuthenticationLevel.TWO
    change: Callable[[Statement], Statement] = lambda s: s

    def _receipt(self, code: str, seq: int) -> Receipt | None:
        """Insiders can read the register."""
        return self.office.register.receipt(code, seq) if self.office.register else None

    def sign(self, base: Files) -> Files:
        file = DossierFile.of(Container(MappingProxyType(base)))
        before = file.steps[-1] if file.steps else None
        seq = len(file.steps) + 1
        assert file.record is not None
        statement = Statement(
            code=file.record.code,
            record=file.container.sha256(RECORD).hex(),
            seq=seq,
            step=self.step,
            event=self.event,
            decision=self.decision,
            note=self.note,
            office=file.record.office,
            role=self.role,
            time=datetime.now(UTC).replace(microsecond=0),
            files=tuple(Added.of(n, c) for n, c in self.files.items()),
            previous=previous_of(before) if before else None,
            register=before.statement.register if before and before.statement else None,
            receipt=self._receipt(file.record.code, seq - 1),
        )
        text = self.change(statement).to_bytes()
        signer = self.office.signer(self.signer)
        proven = self.office.world.pki.certificate(self.proven_for or self.signer)
        fingerprint = proven.fingerprint(hashes.SHA256())
        proof = self.office.issuer.prove_step(
            level=Level.TWO, auth_level=self.auth_level, audience=statement.office, nonce=nonce_of(text),
            certificate_sha256=fingerprint,
        )  # fmt: skip
        names = entries(seq, self.event)
        container = file.container.with_files({**self.files, names[0]: text, names[1]: proof.encode()})
        listed = [n for n in container.payload() if n not in self.unlisted] + (
            [manifest_name(seq - 1)] if before else []
        )
        body = write_manifest(names[3], [(n, container.sha256(n)) for n in listed], root=names[0])
        pki = self.office.world.pki
        cms = sign_detached(body, signer, baseline=Baseline.B_T, tsa=self.tsa or pki.tsa())
        cms = to_b_lt(cms, self.office.world.collect)
        return dict(container.with_files({names[2]: body, names[3]: cms}).files)


def test_a_fork_by_a_real_official(finished: Dossier, office: Office) -> None:
    fork = Insider(office).sign(without(files_of(finished), 5))
    with_register = judge(fork, office, register=True)
    assert with_register.verdict is Verdict.INVALID
    assert "dossier.forked" in with_register.codes
    alone = judge(fork, office)
    assert alone.verdict is Verdict.VALID
    assert alone.codes == {"dossier.head-unproven"}


def test_a_step_that_was_never_registered(finished: Dossier, another: Dossier, office: Office) -> None:
    base = without(files_of(finished), 4, 5)
    del base[RESULT]
    unknown = {**base, RECORD: finished.read(RECORD)}
    more = Insider(office, event="stop", step=Step.RECEIVE, decision=Decision.WITHDRAWN).sign(unknown)
    assert "dossier.forked" in judge(more, office, register=True).codes
    longer = Insider(office).sign(files_of(another))
    assert {"dossier.not-registered", "dossier.order-broken"} <= judge(longer, office, register=True).codes


def test_the_wrong_person_with_a_role_of_their_own(finished: Dossier, office: Office) -> None:
    for name in ("appraiser", "stranger", "citizen", "clerk"):
        judged = judge(Insider(office, signer=name).sign(without(files_of(finished), 5)), office)
        assert judged.verdict is Verdict.INVALID
        assert "dossier.role" in judged.codes


def test_the_wrong_person_claiming_their_own_role(finished: Dossier, office: Office) -> None:
    judged = judge(Insider(office, signer="appraiser", role="appraiser").sign(without(files_of(finished), 5)), office)
    assert "dossier.role" in judged.codes


def test_a_proof_of_someone_else(finished: Dossier, office: Office) -> None:
    """The right certificate signed, but the identity issuer proved another person."""
    judged = judge(Insider(office, proven_for="stranger").sign(without(files_of(finished), 5)), office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.proof" in judged.codes


def test_a_login_too_weak(finished: Dossier, office: Office) -> None:
    weak = Insider(office, auth_level=AuthenticationLevel.ONE).sign(without(files_of(finished), 5))
    assert "dossier.proof" in judge(weak, office).codes


def test_a_step_out_of_order_by_insiders(finished: Dossier, office: Office) -> None:
    base = without(files_of(finished), 2, 3, 4, 5)
    del base[RESULT]
    judged = judge(
        Insider(
            office, signer="approver", role="approver", event="approve", step=Step.APPROVE, decision=Decision.ELIGIBLE
        ).sign(base),
        office,
    )
    assert judged.verdict is Verdict.INVALID
    assert "dossier.order-broken" in judged.codes


def test_a_manifest_that_leaves_a_paper_out(finished: Dossier, office: Office) -> None:
    judged = judge(Insider(office, unlisted=("papers/anh.png",)).sign(without(files_of(finished), 5)), office)
    assert judged.verdict is Verdict.INVALID
    assert {"dossier.manifest-mismatch", "dossier.uncovered"} <= judged.codes


def test_a_file_smuggled_in_without_a_statement(finished: Dossier, office: Office) -> None:
    base = without(files_of(finished), 5) | {"papers/lậu.pdf": b"%PDF-1.7"}
    judged = judge(Insider(office).sign(base), office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.manifest-mismatch" in judged.codes


def test_a_paper_brought_in_by_a_step_that_may_not(finished: Dossier, office: Office) -> None:
    judged = judge(Insider(office, files={"papers/lậu.pdf": b"%PDF-1.7"}).sign(without(files_of(finished), 5)), office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.step-mismatch" in judged.codes


def test_an_unfinished_result_issued_by_the_official(finished: Dossier, office: Office) -> None:
    base = without(files_of(finished), 4, 5)
    del base[RESULT]
    act = {"signer": "official", "role": "official", "event": "sign", "step": Step.SIGN, "decision": Decision.ISSUED}
    pdf = office.result(office=None)
    judged = judge(Insider(office, files={RESULT: pdf}, **act).sign(base), office)  # type: ignore[arg-type]
    assert judged.verdict is Verdict.INVALID
    assert "dossier.result-unsigned" in judged.codes


def test_a_statement_that_names_another_step_before_it(finished: Dossier, office: Office) -> None:
    def lie(statement: Statement) -> Statement:
        assert statement.previous is not None
        return replace(statement, previous=replace(statement.previous, signature="0" * 64))

    judged = judge(Insider(office, change=lie).sign(without(files_of(finished), 5)), office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.chain" in judged.codes


def test_a_statement_that_leaves_the_register(finished: Dossier, office: Office) -> None:
    def lie(statement: Statement) -> Statement:
        return replace(statement, register=None, receipt=None)

    judged = judge(Insider(office, change=lie).sign(without(files_of(finished), 5)), office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.chain" in judged.codes


class _Clock:
    """The development TSA at another hour."""

    def __init__(self, office: Office, at: datetime) -> None:
        store = office.world.pki._store
        self._service = TimestampService(certificate=office.world.pki.certificate("tsa"), key=store.key("tsa"))  # type: ignore[arg-type]
        self._at = at

    def get(self, url: str, *, max_bytes: int = 0, accept: str = "") -> bytes:
        raise AssertionError(url)

    def post(self, url: str, body: bytes, *, content_type: str, max_bytes: int = 0) -> bytes:
        return self._service.answer(body, self._at)


def test_a_timestamp_before_the_step_before(finished: Dossier, office: Office) -> None:
    early = TimestampAuthority(url="http://tsa", http=_Clock(office, datetime.now(UTC) - timedelta(hours=3)))
    judged = judge(Insider(office, tsa=early).sign(without(files_of(finished), 5)), office)
    assert judged.verdict is Verdict.INVALID
    assert "timestamp.contradiction" in judged.codes
    assert "dossier.proof" in judged.codes


def test_a_proof_older_than_the_timestamp(finished: Dossier, office: Office) -> None:
    """The proof lives ten minutes; a signature that is proven only an hour later is not covered by it."""
    late = TimestampAuthority(url="http://tsa", http=_Clock(office, datetime.now(UTC) + timedelta(hours=1)))
    forged = Insider(office, tsa=late).sign(without(files_of(finished), 5))
    found = examine_container(
        Container(MappingProxyType(forged)).to_bytes(),
        trust=office.world.pki.trust(),
        at=datetime.now(UTC) + timedelta(hours=2),
    )
    assert "dossier.proof" in Judged(found).codes


# --- without knowledge ------------------------------------------------------------------------------------------------


def test_without_trust_nothing_is_valid_and_nothing_is_called_forged(finished: Dossier, office: Office) -> None:
    found = Judged(examine_container(finished.file.container.to_bytes(), trust=None))
    assert found.verdict is Verdict.INDETERMINATE


def test_without_identity_issuers_or_roles_it_is_indeterminate(finished: Dossier, office: Office) -> None:
    full = office.world.pki.trust()
    no_issuer = TrustStore(ca=full.ca, tsa=full.tsa, roles=full.roles)
    judged = judge(finished.file.container, office, trust=no_issuer)
    assert judged.verdict is Verdict.INDETERMINATE
    assert "dossier.proof-untrusted" in judged.codes
    no_roles = TrustStore(ca=full.ca, tsa=full.tsa, identity=full.identity)
    judged = judge(finished.file.container, office, trust=no_roles)
    assert judged.verdict is Verdict.INDETERMINATE
    assert "dossier.role-unknown" in judged.codes


def test_a_register_that_does_not_answer_leaves_the_head_unproven(finished: Dossier, office: Office) -> None:
    data = finished.file.container.to_bytes()
    url = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    pytest.importorskip("psycopg")
    judged = Judged(examine_container(data, trust=office.world.pki.trust(), register=url))
    assert judged.codes == {"dossier.register-unavailable"}
    assert judged.found.dossier is not None
    assert not judged.found.dossier.complete


def test_any_other_asice_container(finished: Dossier, office: Office) -> None:
    made = Container(MappingProxyType({"a.txt": b"a"}))
    body = write_manifest(signature_name(1), [("a.txt", made.sha256("a.txt"))], root="a.txt")
    cms = to_b_lt(
        sign_detached(body, office.signer("citizen"), baseline=Baseline.B_T, tsa=office.world.pki.tsa()),
        office.world.collect,
    )
    whole = made.with_files({manifest_name(1): body, signature_name(1): cms})
    judged = judge(whole, office)
    assert judged.found.kind == "asice"
    assert judged.verdict is Verdict.VALID
    assert "asice.uncovered" in judge(whole.with_files({"b.txt": b"b"}), office).codes
    assert "asice.reference-digest" in judge(whole.with_files({"a.txt": b"b"}), office).codes
    assert "asice.manifest-missing" in judge(whole.with_files({"META-INF/signature9.p7s": b"0"}), office).codes


# --- any bytes --------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_never_raises_foreign_errors_and_never_passes(
    finished: Dossier, office: Office, data: st.DataObject
) -> None:
    files = files_of(finished)
    name = data.draw(st.sampled_from(sorted(n for n in files if not n.endswith(".pdf"))))
    content = bytearray(files[name])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        judged = judge({**files, name: bytes(content)}, office)
    except SigningError:
        return
    # only the unsigned rest of a signature file may change without anyone noticing
    assert judged.verdict is not Verdict.VALID or name.endswith(".p7s") or bytes(content) == files[name]


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=400), kind=st.sampled_from([*entries(5, "return"), RECORD, RESULT]))
def test_any_bytes_in_any_entry(finished: Dossier, office: Office, raw: bytes, kind: str) -> None:
    judged = judge({**files_of(finished), kind: raw}, office)
    assert judged.verdict is not Verdict.VALID


def test_paths(tmp_path: Path) -> None:
    with pytest.raises(SigningError):
        Dossier.open(tmp_path / "none.asice")
