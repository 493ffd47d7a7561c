"""Compromise drills of offices: keys of issuers, seals and timestamps leaked, a list of roles rolled back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from eid import KeySet
from signing.asice.container import Container
from signing.dev.people import IDENTITY_ISSUER, OFFICE
from signing.dossier.check import Examination
from signing.dossier.dossier import Dossier, examine_container
from signing.dossier.rules import Step
from signing.report import Indication, Verdict, verdict_of
from signing.seal.facts import Seal, mint_seal
from signing.seal.verify import SealVerifier
from signing.trust.store import TrustStore

from ..world import World
from .authority import make
from .office import Office

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def office(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.make(world, tmp_path_factory.mktemp("drills")) as made:
        yield made


@pytest.fixture(scope="module")
def finished(office: Office) -> Dossier:
    return office.five_steps().extend(collect=office.world.collect)


@pytest.fixture(scope="module")
def pair(office: Office) -> tuple[Dossier, Dossier]:
    """Two dossiers after their first step; the second is about something else."""
    other = office.new(code="H26.19-261121-0009", name="other.asice", papers={"Đơn.pdf": b"%PDF-1.7 other"})
    return office.five_steps(office.new(code="H26.19-261121-0007", name="first.asice"), until=1), office.five_steps(
        other, until=1
    )


def judged(dossier: Dossier, trust: TrustStore, *, at: datetime | None = None) -> Examination:
    return examine_container(dossier.file.container.to_bytes(), trust=trust, at=at)


def verdict(found: Examination) -> Verdict:
    return verdict_of(found.signatures, found.findings)


def codes(found: Examination) -> set[str]:
    return {f.code for f in found.findings if f.severity == "error"}


def times(dossier: Dossier, trust: TrustStore) -> list[datetime]:
    found = judged(dossier, trust).dossier
    assert found is not None
    return [step.time for step in found.steps if step.time is not None]


# --- the issuer of identity -----------------------------------------------------------------------------------------


def leaked_at(office: Office, moment: datetime) -> TrustStore:
    """What is trusted since the issuer has revoked its key as of that moment, and published another."""
    keys = KeySet.from_jwks(office.world.pki.identity_keys().public_jwks())
    revoked = keys.public_jwks()["keys"]
    jwks = {"keys": [{**key, "revoked": {"revoked_at": int(moment.timestamp())}} for key in revoked]}
    return _with(office.world.pki.trust(), identity=MappingProxyType({IDENTITY_ISSUER: jwks}))


def _with(trust: TrustStore, **changes: object) -> TrustStore:
    return replace(trust, **changes)  # type: ignore[arg-type]


def test_step_proofs_from_before_the_leak_hold_because_timestamps_prove_them(finished: Dossier, office: Office) -> None:
    last = times(finished, office.world.pki.trust())[-1]
    found = judged(finished, leaked_at(office, last + SECOND), at=datetime.now(UTC) + timedelta(hours=1))
    assert codes(found) == set()
    assert verdict(found) is Verdict.VALID


def test_step_proofs_after_the_leak_may_be_the_thiefs(finished: Dossier, office: Office) -> None:
    first = times(finished, office.world.pki.trust())[0]
    found = judged(finished, leaked_at(office, first - SECOND))
    assert verdict(found) is Verdict.INVALID
    assert codes(found) == {"dossier.proof"}


def test_a_proof_that_the_thief_dates_back_is_betrayed_by_the_steps_timestamp(office: Office) -> None:
    """The proof claims to be older than the leak; the step that it is for was timestamped after it."""
    draft = office.new(code="H26.19-261121-0008", name="thief.asice").prepare(Step.RECEIVE)
    signer = office.signer("receiver")
    proof, leak = office.proof(draft, signer), datetime.now(UTC).replace(microsecond=0) + SECOND
    time.sleep((leak + SECOND - datetime.now(UTC)).total_seconds())
    forged = draft.sign(signer, proof)
    assert codes(judged(forged, office.world.pki.trust())) == set()  # nobody knows of the leak yet
    found = judged(forged, leaked_at(office, leak))
    assert (verdict(found), codes(found)) == (Verdict.INVALID, {"dossier.proof"})


# --- the seal -------------------------------------------------------------------------------------------------------


def _seal(world: World, minted: datetime) -> Seal:
    names = ("official", "clerk")
    official, clerk = (world.pki.certificate(name).fingerprint(SHA256())[:16] for name in names)
    return Seal(
        dossier=f"{OFFICE}-261121-0001",
        procedure="1.001193",
        office=OFFICE,
        number="1/GKS",
        issued=minted.date(),
        holder="Trần Văn An",
        revision_sha256=bytes(32),
        official=official,
        office_seal=clerk,
        minted_at=minted,
        status_list=77,
        status_index=3,
    )


def test_a_seal_has_no_trusted_time_so_a_leaked_key_takes_all_its_seals_along(world: World) -> None:
    """Also those that say they are older: without the office's register nothing proves it."""
    keys = world.pki.seal_keys()
    old = mint_seal(_seal(world, datetime.now(UTC) - timedelta(hours=1)), keys.active)
    revoked = [
        {**key, "revoked": {"revoked_at": int(datetime.now(UTC).timestamp()) - 60}}
        for key in keys.public_jwks()["keys"]
    ]
    checked = SealVerifier(TrustStore(seals=MappingProxyType({OFFICE: {"keys": revoked}}))).check(old)
    assert (checked.report.signature, checked.verdict) == (False, Verdict.INVALID)
    assert [p.code for p in checked.problems] == ["seal.key-revoked"]


def test_a_seal_made_with_a_stolen_key_is_in_no_list_of_the_office(world: World) -> None:
    """Before anyone knows of the theft: the office's list does not know the seal, so it is never called good."""
    forged = mint_seal(_seal(world, datetime.now(UTC)), world.pki.seal_keys().active)
    checked = SealVerifier(world.pki.trust()).check(forged)
    assert checked.report.signature is True
    assert checked.report.status in {"unknown", "pending"}
    assert checked.verdict is Verdict.INDETERMINATE


# --- the timestamps -------------------------------------------------------------------------------------------------


def test_without_the_timestamp_authority_no_step_has_a_proven_time(finished: Dossier, office: Office) -> None:
    """Its key leaked and it is trusted no more: nothing is called forged, and nothing valid."""
    found = judged(finished, _with(office.world.pki.trust(), tsa=(make("another", ca=True).certificate,)))
    assert verdict(found) is Verdict.INDETERMINATE
    steps = [s for s in found.signatures if s.id.startswith("META-INF/")]
    assert len(steps) == 5
    assert {s.indication for s in steps} == {Indication.INDETERMINATE}
    assert found.dossier is not None
    assert {step.time for step in found.dossier.steps} == {None}


# --- the list of roles ----------------------------------------------------------------------------------------------


def test_an_older_list_of_roles_does_not_know_the_official(finished: Dossier, office: Office) -> None:
    trust = office.world.pki.trust()
    official = office.world.pki.certificate("official").fingerprint(SHA256())
    older = tuple(grant for grant in trust.roles if grant.certificate_sha256 != official)
    found = judged(finished, _with(trust, roles=older))
    assert verdict(found) is Verdict.INVALID
    assert codes(found) >= {"dossier.role"}


def test_a_role_that_ended_counts_for_what_was_done_before_and_not_after(finished: Dossier, office: Office) -> None:
    """Rolling back hides the end; the dates in the list are judged at the proven time of each step."""
    trust = office.world.pki.trust()
    proven = times(finished, trust)
    ended = tuple(replace(grant, not_after=proven[-1] + SECOND) for grant in trust.roles)
    assert verdict(judged(finished, _with(trust, roles=ended))) is Verdict.VALID
    early = tuple(replace(grant, not_after=proven[0] - SECOND) for grant in trust.roles)
    found = judged(finished, _with(trust, roles=early))
    assert verdict(found) is Verdict.INVALID
    assert "dossier.role" in codes(found)


# --- papers, results, proofs ----------------------------------------------------------------------------------------


def test_papers_results_and_proofs_of_two_dossiers_exchanged(pair: tuple[Dossier, Dossier], office: Office) -> None:
    first, second = (dict(dossier.file.container.files) for dossier in pair)
    trust = office.world.pki.trust()
    proof = "steps/001-receive.proof.jwt"
    exchanges = ({proof: second[proof]}, {"papers/Tờ khai.pdf": second["papers/Đơn.pdf"]})
    for swapped in exchanges:
        forged = Container(MappingProxyType(first | swapped)).to_bytes()
        found = examine_container(forged, trust=trust, register=office.register)
        assert verdict(found) is Verdict.INVALID
        assert codes(found)


def test_a_cut_tail_is_said_to_be_possible_without_the_register_and_found_with_it(
    finished: Dossier, office: Office
) -> None:
    cut = {name: data for name, data in finished.file.container.files.items() if "005" not in name}
    data = Container(MappingProxyType(cut)).to_bytes()
    alone = examine_container(data, trust=office.world.pki.trust())
    assert "dossier.head-unproven" in {f.code for f in alone.findings}
    assert alone.dossier is not None
    assert not alone.dossier.complete
    known = examine_container(data, trust=office.world.pki.trust(), register=office.register)
    assert "dossier.truncated" in codes(known)
