"""A PDF's document timestamps prove the age of the store below them (EN 319 142-1 §5.4, EN 319 102-1 §5.6.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from cryptography.x509 import ReasonFlags as Reason

from signing.pdf.sign import sign_pdf
from signing.pdf_check.verify import examine_pdf
from signing.policy import Baseline
from signing.report import Indication, SignatureReport
from signing.signer import LocalSigner, default_algorithm
from signing.trust.chain import ChainResult
from signing.trust.evidence import Evidence
from signing.trust.store import TrustStore

from .authority import DAY, HOUR, NOW, Holder, crl, make
from .pdf_forge import document, page_document
from .scene import Scene
from .test_archive import Authority

SIGNED = NOW - 30 * DAY
FAR = NOW + 4000 * DAY


class Informed(TrustStore):
    """Trust that has learnt something since."""

    def validate(self, *given: Any, evidence: Evidence = Evidence(), **more: Any) -> ChainResult:  # noqa: B008
        return TrustStore.validate(self, *given, evidence=evidence + NEWS[0], **more)


NEWS = [Evidence()]


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(root=make("Root", ca=True, end=FAR), tsa_root=make("TSA root", ca=True, end=FAR))


@pytest.fixture(scope="module")
def issuing(scene: Scene) -> Holder:
    return scene.issuing(end=FAR)


@pytest.fixture(scope="module")
def archived(scene: Scene, issuing: Holder) -> bytes:
    leaf = make("Người ký", issuing, end=FAR)
    signer = LocalSigner(
        certificate=leaf.certificate,
        key=leaf.key,  # type: ignore[arg-type]
        chain=(issuing.certificate, scene.root.certificate),
        algorithm=default_algorithm(leaf.key.public_key()),
    )
    holders = (scene.root, issuing, scene.tsa_root)
    held = Evidence(
        certificates=tuple(h.certificate for h in holders), crls=tuple(crl(h, at=SIGNED + HOUR) for h in holders)
    )
    tsa = Authority(scene.tsa(end=FAR), SIGNED)
    made = sign_pdf(document(page_document()), signer, baseline=Baseline.B_LTA, tsa=tsa, collect=lambda _chains: held)
    assert made is not None
    return made


def judged(pdf: bytes, scene: Scene, issuing: Holder, leaked: datetime) -> SignatureReport:
    """The signature's report when the issuing authority was found out to be robbed at `leaked`."""
    NEWS[0] = Evidence(crls=(crl(scene.root, (issuing, leaked, Reason.ca_compromise)), crl(scene.tsa_root)))
    trust = Informed(ca=scene.trust.ca, tsa=scene.trust.tsa)
    return examine_pdf(pdf, trust=trust, at=NOW).signatures[0]


def test_the_store_below_a_document_timestamp_outlives_the_theft_of_its_authoritys_key(
    archived: bytes, scene: Scene, issuing: Holder
) -> None:
    report = judged(archived, scene, issuing, SIGNED + DAY)
    assert report.indication is Indication.PASSED, report.findings
    assert report.baseline == Baseline.B_LTA


def test_a_theft_before_the_document_timestamp_leaves_it_unproven(
    archived: bytes, scene: Scene, issuing: Holder
) -> None:
    report = judged(archived, scene, issuing, SIGNED - HOUR)
    assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "REVOKED_CA_NO_POE")


def test_without_the_document_timestamp_the_store_may_be_the_thiefs(
    archived: bytes, scene: Scene, issuing: Holder
) -> None:
    found = examine_pdf(archived)
    ends = [end for end in found.revisions if end < len(archived)]
    report = judged(archived[: ends[-1]], scene, issuing, SIGNED + DAY)
    assert report.timestamp is not None
    assert (report.indication, report.sub_indication) == (Indication.INDETERMINATE, "REVOKED_CA_NO_POE")
    assert replace(report, findings=()).baseline != Baseline.B_LTA
