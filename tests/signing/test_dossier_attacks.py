"""Attacks on dossiers that pass every single check and fail only where two things are compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest
from cryptography.hazmat.primitives import hashes

from signing.asice.container import Container
from signing.asice.manifest import write_manifest
from signing.audit import audit_file
from signing.cli import main
from signing.cms import build
from signing.cms.cades import sign_detached, to_b_lt
from signing.dossier.dossier import Dossier
from signing.dossier.file import manifest_name, signature_name, statement_name
from signing.dossier.rules import Decision, Step
from signing.dossier.statement import RECORD, Added
from signing.errors import IndeterminateError, LimitError, MalformedError, RefusedError, UsageError, VerificationError
from signing.pdf.prepare import prepare_result
from signing.pdf.sign import sign_pdf
from signing.policy import Baseline
from signing.report import Verdict
from signing.trust.roles import RoleGrant

from ..world import World
from .office import INPUTS, OFFICE, RESULT, Office
from .test_dossier_forged import Insider, files_of, judge, without
from .test_result import Office as SealingOffice


@pytest.fixture(scope="module")
def office(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.make(world, tmp_path_factory.mktemp("attacks")) as made:
        yield made


@pytest.fixture(scope="module")
def finished(office: Office) -> Dossier:
    return office.five_steps().extend(collect=office.world.collect)


@pytest.fixture(scope="module")
def sealing(world: World, tmp_path_factory: pytest.TempPathFactory) -> SealingOffice:
    return SealingOffice(world, tmp_path_factory.mktemp("seals"))


def sealed(sealing: SealingOffice, dossier: str) -> bytes:
    """A finished result whose seal names that dossier."""
    return sealing.office(sealing.official(sealing.make(dossier=dossier).pdf))


def forged_sign_step(finished: Dossier, office: Office, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The sign step by the real official, past every check of the program."""
    base = without(files_of(finished), 4, 5)
    del base[RESULT]
    act = {"signer": "official", "role": "official", "event": "sign", "step": Step.SIGN, "decision": Decision.ISSUED}
    return Insider(office, files=files, **act).sign(base)  # type: ignore[arg-type]


# --- results ----------------------------------------------------------------------------------------------------------


def test_the_result_of_another_dossier(finished: Dossier, office: Office, sealing: SealingOffice) -> None:
    own, other = sealed(sealing, finished.code), sealed(sealing, "H26.19-261121-0077")
    assert judge(forged_sign_step(finished, office, {RESULT: own}), office).verdict is Verdict.VALID
    judged = judge(forged_sign_step(finished, office, {RESULT: other}), office)
    assert judged.verdict is Verdict.INVALID
    assert "dossier.result-other" in judged.codes
    dossier = office.five_steps(office.new(code="H26.19-261121-0101", name="101.asice"), until=3)
    with pytest.raises(RefusedError, match=r"dossier\.result-other"):
        office.take(dossier.add(own, RESULT), Step.SIGN)


def test_a_result_signed_with_the_clerks_revoked_key(office: Office) -> None:
    """Whoever verifies the dossier learns what the audit of the result says."""
    pki, name = office.world.pki, office.world.newcomer()
    clerk = RoleGrant(
        certificate_sha256=pki.certificate(name).fingerprint(hashes.SHA256()), office=OFFICE, role="clerk"
    )
    trust = replace(pki.trust(), roles=(*pki.trust().roles, clerk))
    services = {"tsa": pki.tsa(), "collect": office.world.collect}
    pdf = prepare_result((INPUTS / "result.pdf").read_bytes(), "SEAL TEXT FOR TESTS 0123456789")
    pdf = sign_pdf(pdf, office.signer("official"), field="Official", baseline=Baseline.B_LT, **services) or b""  # type: ignore[arg-type]
    signer = office.signer(name)
    pki.revoke(name)
    pdf = sign_pdf(pdf, signer, field="Office") or b""
    new = office.new(code="H26.19-261121-0102", name="102.asice")
    dossier = office.five_steps(replace(new, desk=replace(new.desk, trust=trust)), until=4, result=pdf)
    dossier = dossier.extend(collect=office.world.collect)
    with pytest.raises(IndeterminateError):
        dossier.verify()
    assert audit_file(dossier.path, trust).verdict is not Verdict.VALID


def test_a_result_that_a_stranger_signed_too(office: Office, tmp_path: Path) -> None:
    from .authority import make
    from .scene import LocalSigner, default_algorithm

    own = make("Stranger")
    stranger = LocalSigner(
        certificate=own.certificate,
        key=own.key,
        chain=(),
        algorithm=default_algorithm(own.key.public_key()),  # type: ignore[arg-type]
    )
    pdf = sign_pdf(office.result(), stranger, field="Third") or b""
    dossier = office.five_steps(office.new(code="H26.19-261121-0103", name="103.asice"), until=3)
    with pytest.raises(RefusedError, match=r"dossier\.result-unsigned"):
        office.take(dossier.add(pdf, RESULT), Step.SIGN)


# --- the file ---------------------------------------------------------------------------------------------------------


def test_a_dossier_opened_through_a_link_grows_behind_it(office: Office, tmp_path: Path) -> None:
    """Otherwise link and file would be two dossiers, each continued by itself."""
    real = office.new(code="H26.19-261121-0104", name="104.asice").path
    link = tmp_path / "link.asice"
    link.symlink_to(real)
    office.take(office.open(link), Step.RECEIVE)
    assert link.is_symlink()
    assert len(office.open(real).steps) == 1


def test_a_paper_that_the_applicant_filed_left_out(office: Office) -> None:
    new = office.new(code="H26.19-261121-0105", name="105.asice")
    files = files_of(new)
    del files["papers/anh.png"]
    new.path.write_bytes(Container(MappingProxyType(files)).to_bytes())
    with pytest.raises(RefusedError, match=r"dossier\.not-sound"):
        office.take(office.open(new.path), Step.RECEIVE)
    act = {"event": "receive", "step": Step.RECEIVE, "decision": Decision.ACCEPTED}
    brought = {"papers/Tờ khai.pdf": files.pop("papers/Tờ khai.pdf")}
    judged = judge(Insider(office, files=brought, **act).sign(files), office)  # type: ignore[arg-type]
    assert judged.verdict is Verdict.INVALID
    assert "dossier.step-mismatch" in judged.codes


def test_a_step_without_the_binding_that_makes_it_cades(
    finished: Dossier, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = build._Constants.of
    monkeypatch.setattr(build, "_constants", lambda s: replace(real(s), attributes=real(s).attributes[1:]))
    forged = Insider(office).sign(without(files_of(finished), 5))
    judged = judge(forged, office)
    assert judged.verdict is Verdict.INVALID
    assert "signature.no-binding" in judged.codes


def test_a_step_of_another_office_is_told(office: Office) -> None:
    pki, name = office.world.pki, office.world.newcomer()
    approver = RoleGrant(
        certificate_sha256=pki.certificate(name).fingerprint(hashes.SHA256()),
        office="H99",
        role="approver",
        steps=("approve",),
    )
    trust = replace(pki.trust(), roles=(*pki.trust().roles, approver))
    new = office.new(code="H26.19-261121-0106", name="106.asice")
    dossier = office.five_steps(replace(new, desk=replace(new.desk, trust=trust)), until=2)
    dossier = office.take(dossier, Step.APPROVE, who=name, decision=Decision.ELIGIBLE, office="H99")
    found = dossier.examine().findings
    assert [(f.code, f.severity) for f in found] == [("dossier.other-office", "warning")]


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("META-INF/evil.p7s", Verdict.INVALID),
        ("META-INF/Signature2.p7s", Verdict.INVALID),
        ("META-INF/a-timestamp.tst", Verdict.INDETERMINATE),
        ("META-INF/evidencerecord.ers", Verdict.INDETERMINATE),
        ("META-INF/ASiCArchiveManifest1.xml", Verdict.INVALID),
        ("META-INF/second-ASiCManifest.xml", Verdict.INVALID),
    ],
)
def test_no_signature_of_any_other_container_is_passed_over(office: Office, name: str, verdict: Verdict) -> None:
    made = Container(MappingProxyType({"a.txt": b"a"}))
    body = write_manifest(signature_name(1), [("a.txt", made.sha256("a.txt"))], root="a.txt")
    signed = sign_detached(body, office.signer("citizen"), baseline=Baseline.B_T, tsa=office.world.pki.tsa())
    whole = made.with_files({manifest_name(1): body, signature_name(1): to_b_lt(signed, office.world.collect)})
    assert judge(whole, office).verdict is Verdict.VALID
    assert judge(whole.with_files({name: b"0"}), office).verdict is verdict


def test_a_supplement_that_brings_in_nothing_new(office: Office) -> None:
    new = office.new(code="H26.19-261121-0107", name="107.asice")
    dossier = office.take(office.take(new, Step.RECEIVE), Step.APPRAISE, decision=Decision.SUPPLEMENT, note="thiếu")
    act = {"event": "supplement", "step": Step.RECEIVE, "decision": Decision.ACCEPTED}
    old = {"papers/anh.png": dossier.read("papers/anh.png")}
    judged = judge(Insider(office, files=old, **act).sign(files_of(dossier)), office)  # type: ignore[arg-type]
    assert judged.verdict is Verdict.INVALID
    assert "dossier.manifest-mismatch" in judged.codes


@pytest.mark.parametrize("lie", [lambda f: (*f, f[0]), lambda f: (replace(f[0], size=1), *f[1:])])
def test_a_statement_that_miscounts_its_files(office: Office, lie: Callable[[tuple[Added, ...]], object]) -> None:
    files = files_of(office.new(code="H26.19-261121-0108", name=f"108-{id(lie)}.asice"))
    papers = {name: files.pop(name) for name in list(files) if name.startswith("papers/")}
    act = {"event": "receive", "step": Step.RECEIVE, "decision": Decision.ACCEPTED, "files": papers}
    honest = judge(Insider(office, **act).sign(files), office)  # type: ignore[arg-type]
    assert honest.verdict is Verdict.VALID
    judged = judge(Insider(office, change=lambda s: replace(s, files=lie(s.files)), **act).sign(files), office)  # type: ignore[arg-type]
    assert judged.verdict is Verdict.INVALID
    assert "dossier.manifest-mismatch" in judged.codes


@pytest.mark.parametrize("late", ["official", "clerk"])
def test_a_result_signed_before_its_signer_had_the_role(finished: Dossier, office: Office, late: str) -> None:
    """The roles held when the step was taken, but not when the result was signed."""
    pdf = office.result()
    time.sleep(1.1)  # timestamps have whole seconds
    trust, since = office.world.pki.trust(), datetime.now(UTC)
    roles = tuple(replace(g, not_before=since) if g.role == late else g for g in trust.roles)
    files = forged_sign_step(finished, office, {RESULT: pdf})
    assert judge(files, office).verdict is Verdict.VALID
    judged = judge(files, office, trust=replace(trust, roles=roles))
    assert judged.verdict is Verdict.INVALID
    assert "dossier.result-unsigned" in judged.codes


def test_a_thousand_manifests_that_list_thousands_of_files(office: Office) -> None:
    """A few megabytes when packed: either read in seconds or refused."""
    names = [(f"p{i}", bytes(32)) for i in range(4000)]
    body = write_manifest(signature_name(1), names, root="p0")
    few = Container(MappingProxyType({"dossier.json": b"{}", **{manifest_name(n): body for n in range(1, 11)}}))
    assert len(judge(few, office).found.findings) < 2000
    many = Container(MappingProxyType({"dossier.json": b"{}", **{manifest_name(n): body for n in range(1, 500)}}))
    for made in (many, Container(MappingProxyType({f"META-INF/ASiCManifest-{n}.xml": body for n in range(500)}))):
        with pytest.raises(LimitError, match=r"asice\.too-large"):
            judge(made, office)


def test_what_a_dossier_says_cannot_steer_the_terminal(
    finished: Dossier, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = files_of(finished)
    files[RECORD] = files[RECORD].replace(b'"1.001193"', b'"\\u001b[2J\\u001b]0;x\\u0007"')
    name = statement_name(2, "appraise")
    note = "x\\n003 approve: eligible\u009b31m\u202e"
    files[name] = files[name].replace("đủ điều kiện".encode(), note.encode())
    path = tmp_path / "hostile.asice"
    path.write_bytes(Container(MappingProxyType(files)).to_bytes())
    assert main(["dossier", "show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == 6 + 2 + 5 + 1  # the facts, the papers, the steps, and what may follow
    assert all(c.isprintable() or c == "\n" for c in shown)


@pytest.mark.parametrize(
    "bad", [{"procedure": "\udcff"}, {"papers": {"\udcff.pdf": b""}}, {"applicant": {"\udcff": "x"}}]
)
def test_names_in_no_known_encoding_are_refused_and_leave_nothing(
    office: Office, tmp_path: Path, bad: dict[str, object]
) -> None:
    given: dict[str, object] = {"procedure": "1", "papers": {}, "applicant": {}} | bad
    with pytest.raises(MalformedError):
        Dossier.new(tmp_path / "x.asice", code="H26.19-261121-0109", office=OFFICE, **given)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
    with pytest.raises(MalformedError):
        office.new(code="H26.19-261121-0109", name=f"109-{min(bad)}.asice").prepare(Step.RECEIVE, note="\udcff")


def test_a_path_that_no_file_can_have() -> None:
    with pytest.raises(UsageError, match=r"input\.unreadable"):
        Dossier.open("a\0b")


@pytest.mark.parametrize("jwks", [{}, {"keys": 5}, {"keys": []}, {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA"}]}])
def test_an_issuer_with_broken_keys_proves_nothing_and_stops_nobody(
    finished: Dossier, office: Office, jwks: dict[str, object]
) -> None:
    trust = office.world.pki.trust()
    both = replace(trust, identity={"https://broken.example": jwks, **trust.identity})
    assert judge(files_of(finished), office, trust=both).verdict is Verdict.VALID
    alone = replace(trust, identity={"https://broken.example": jwks})
    assert "dossier.proof" in judge(files_of(finished), office, trust=alone).codes


@pytest.mark.parametrize("register", [False, True])
def test_every_step_removed_and_the_genuine_result_left(
    finished: Dossier, office: Office, sealing: SealingOffice, tmp_path: Path, register: bool
) -> None:
    """The result's own signatures are good, but no step brought it in."""
    files = {RECORD: finished.read(RECORD), RESULT: sealed(sealing, finished.code)}
    path, trust = tmp_path / "bare.asice", office.world.pki.trust()
    path.write_bytes(Container(MappingProxyType(files)).to_bytes())
    url = str(office.folder / "register.sqlite") if register else None
    report = audit_file(path, trust, register=url)
    assert report.verdict is Verdict.INVALID
    assert "dossier.uncovered" in {f.code for f in report.findings}
    with pytest.raises(VerificationError):
        Dossier.open(path, trust=trust).verify()


def test_every_step_removed(finished: Dossier, office: Office) -> None:
    files = {RECORD: finished.read(RECORD), "papers/anh.png": finished.read("papers/anh.png")}
    assert judge(files, office).verdict is Verdict.UNSIGNED
    assert judge(files, office, register=True).codes == {"dossier.truncated"}
    assert judge(files, office, receipt=finished.receipt).codes == {"dossier.truncated"}
