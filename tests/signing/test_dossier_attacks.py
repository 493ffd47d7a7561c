"""Attacks on dossiers that pass every single check and fail only where two things are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes

from signing.audit import audit_file
from signing.dossier.dossier import Dossier
from signing.dossier.rules import Step
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
    from signing.dossier.rules import Decision

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
