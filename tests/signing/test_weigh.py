"""signing.trust.weigh: a key that the evidence for its own signature calls revoked signs nothing, whoever calls."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from signing import Collector
from signing.cms.cades import sign_detached, sign_file
from signing.cms.multi import add_signer, counter_sign, sign_attached
from signing.errors import RefusedError
from signing.external import complete_detached, complete_pdf, prepare_detached, prepare_pdf
from signing.pdf.sign import sign_pdf
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.signer import Signer
from signing.trust.evidence import Evidence
from signing.trust.weigh import weighed

from ..world import World
from .authority import DAY, NOW, crl, make
from .pdf_shapes import one_page

CONTENT = b"record"


def _completed(complete: Any, prepare: Any, content: bytes, signer: Signer, how: dict[str, Any], out: Path) -> None:
    waiting = prepare(content, certificate=signer.certificate, chain=signer.chain)
    complete(waiting, signer.sign(waiting.to_sign), out=out, **how)


_with_room = partial(prepare_pdf, baseline=Baseline.B_LT)


def _by_cms(signer: Signer, how: dict[str, Any], out: Path) -> None:
    """The answer is a whole signature, and nothing but that says whose it is."""
    complete_detached(prepare_detached(CONTENT), cms=sign_detached(CONTENT, signer), out=out, **how)


def _file(signer: Signer, how: dict[str, Any], out: Path) -> None:
    out.with_name("record").write_bytes(CONTENT)
    sign_file(out.with_name("record"), signer, out=out, **how)


def _digests(name: str) -> bytes:
    return hashlib.new(name, CONTENT).digest()


Way = Callable[[Signer, dict[str, Any], Path], object]
WAYS: dict[str, Way] = {
    "sign_pdf": lambda s, how, out: sign_pdf(one_page(), s, out=out, **how),
    "sign_pdf as bytes": lambda s, how, _: sign_pdf(one_page(), s, **how),
    "sign_file": _file,
    "sign_attached": lambda s, how, _: sign_attached(CONTENT, s, **how),
    "complete_pdf": lambda s, how, out: _completed(complete_pdf, _with_room, one_page(), s, how, out),
    "complete_detached": lambda s, how, out: _completed(complete_detached, prepare_detached, CONTENT, s, how, out),
    "complete_detached with a CMS": _by_cms,
}


@pytest.fixture
def services(world: World) -> dict[str, Any]:
    return {"baseline": Baseline.B_LT, "tsa": world.pki.tsa(), "collect": world.pki.collect}


@pytest.fixture
def revoked(world: World) -> Signer:
    """Revoked, and nobody asked beforehand."""
    name = world.newcomer()
    world.pki.revoke(name, "key_compromise")
    return world.pki.signer(name)


@pytest.mark.parametrize("way", WAYS)
def test_a_key_revoked_by_its_own_evidence_writes_nothing(
    way: str, revoked: Signer, services: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(RefusedError) as e:
        WAYS[way](revoked, services, tmp_path / "out")
    assert e.value.code == "certificate.revoked"
    assert {p.name for p in tmp_path.iterdir()} <= {"record"}


@pytest.mark.parametrize("add", [lambda cms, s, **how: add_signer(cms, s, content=_digests, **how), counter_sign])
def test_a_revoked_key_neither_signs_beside_others_nor_over_them(
    add: Callable[..., bytes], world: World, revoked: Signer, services: dict[str, Any]
) -> None:
    before = sign_detached(CONTENT, world.pki.signer("official"))
    with pytest.raises(RefusedError) as e:
        add(before, revoked, **services)
    assert e.value.code == "certificate.revoked"
    assert len(add(before, world.pki.signer("clerk"), **services)) > len(before)


def test_a_suspended_key_is_told_so(world: World, services: dict[str, Any]) -> None:
    name = world.newcomer()
    world.pki.revoke(name, "certificate_hold")
    with pytest.raises(RefusedError) as e:
        sign_pdf(one_page(), world.pki.signer(name), **services)
    assert e.value.code == "certificate.suspended"


def test_another_signer_s_revocation_is_evidence_to_keep(world: World, services: dict[str, Any]) -> None:
    """Signed and timestamped, then revoked: the next signer brings the proof of when that was."""
    name = world.newcomer()
    first = sign_pdf(one_page(), world.pki.signer(name), baseline=Baseline.B_T, tsa=services["tsa"])
    world.pki.revoke(name, "cessation_of_operation")
    second = sign_pdf(first or b"", world.pki.signer("clerk"), **services)
    assert len(examine_pdf(second or b"").signatures) == 2


def test_an_issuer_s_revocation_refuses_too_though_the_evidence_alone_brings_it() -> None:
    """The key file holds no issuer: `collect` found it, and a list that revokes it."""
    root = make("Root", ca=True)
    issuing = make("Issuing", root, ca=True)
    signer = make("Official", issuing)
    against = crl(root, (issuing, NOW - DAY, None), at=NOW, until=NOW + timedelta(days=36500))
    evidence = Evidence(certificates=(root.certificate, issuing.certificate), crls=(against,))
    collect = weighed(lambda _: evidence, signer.certificate)
    assert collect is not None
    with pytest.raises(RefusedError) as e:
        collect([(signer.certificate,)])
    assert e.value.code == "certificate.revoked"
    assert "Issuing" in e.value.text
    assert collect([(issuing.certificate,)]) is evidence  # somebody else's chain


def test_evidence_that_says_nothing_stands(world: World) -> None:
    signer = world.pki.signer("official")
    collect = weighed(lambda _: Evidence(), signer.certificate)
    assert collect is not None
    assert collect([(signer.certificate,), ()]) == Evidence()
    assert weighed(None, signer.certificate) is None


def test_the_collector_in_public_refuses_as_well(world: World, revoked: Signer) -> None:
    collect = Collector(http=world.pki.http(), anchors=world.pki.trust().ca + world.pki.trust().tsa)
    with pytest.raises(RefusedError):
        sign_pdf(one_page(), revoked, baseline=Baseline.B_LT, tsa=world.pki.tsa(), collect=collect)
