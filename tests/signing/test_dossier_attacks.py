"""Attacks on dossiers that pass every single check and fail only where two things are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from cryptography.hazmat.primitives import hashes

from signing.asice.container import Container
from signing.asice.manifest import write_manifest
from signing.audit import audit_file
from signing.cms import build
from signing.cms.cades import sign_detached, to_b_lt
from signing.dossier.dossier import Dossier
from signing.dossier.file import manifest_name, signature_name
from signing.dossier.rules import Decision, Step
from signing.errors import IndeterminateError, RefusedError
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
def office(world: World, tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office.make(world, tmp_path_factory.mktemp("attacks"))


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
        ("META-INF/ASiCArchiveManifest1.xml", Verdict.INDETERMINATE),
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
