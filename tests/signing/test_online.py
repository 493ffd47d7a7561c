"""Services asked beside what a file brings: a revocation dated back is found, and a dead service is waited for once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from signing import online
from signing.errors import ServiceError
from signing.http import MAX_ANSWER_BYTES
from signing.online import OnlineTrust
from signing.report import Indication, SignatureReport
from signing.trust.evidence import MAX_ANSWERS, Evidence

from .authority import DAY, HOUR, NOW, Holder, crl, make
from .scene import Scene, all_lists, judge, sign, stamped

LIST = "http://crl.example/issuing.crl"


@dataclass
class Service:
    """An `Http` that gives one list, or fails; `asked` counts."""

    answer: bytes | ServiceError
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, max_bytes: int = MAX_ANSWER_BYTES, accept: str = "") -> bytes:
        self.asked.append(url)
        if isinstance(self.answer, ServiceError):
            raise self.answer
        return self.answer

    def post(self, url: str, body: bytes, *, content_type: str, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        return self.get(url)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def issuing(scene: Scene) -> Holder:
    return scene.issuing()


def signer(issuing: Holder) -> Holder:
    return make("Signer", issuing, crl_url=LIST)


def unreachable() -> ServiceError:
    return ServiceError("http.unreachable", url=LIST, why="-")


def answer(report: SignatureReport) -> tuple[Indication, str | None]:
    return report.indication, report.sub_indication


def asked(scene: Scene, service: Service) -> OnlineTrust:
    return OnlineTrust.around(scene.trust, service)


@pytest.mark.parametrize("junk", [0, MAX_ANSWERS])
def test_a_revocation_dated_back_is_found_though_the_file_brings_evidence(
    scene: Scene, issuing: Holder, junk: int
) -> None:
    """The file's own list was issued before anyone knew; nor do lists of no meaning crowd out the service's."""
    holder = signer(issuing)
    cms = stamped(sign(holder, [issuing]), scene.tsa())
    held = all_lists(scene, issuing) + Evidence(crls=tuple(b"%d" % n for n in range(junk)))
    revoked = crl(issuing, (holder, NOW - DAY, None), at=NOW)
    assert judge(cms, scene.trust, evidence=held).indication is Indication.PASSED
    report = judge(cms, asked(scene, Service(revoked)), evidence=held, evidence_embedded=True)
    assert answer(report) == (Indication.FAILED, "REVOKED")


def test_what_services_say_later_takes_nothing_from_what_a_file_proves(scene: Scene, issuing: Holder) -> None:
    holder = signer(issuing)
    cms = stamped(sign(holder, [issuing]), scene.tsa())
    held = all_lists(scene, issuing)
    offline = judge(cms, scene.trust, evidence=held, evidence_embedded=True)
    services = (crl(issuing, at=NOW), crl(issuing, (holder, NOW - HOUR / 2, None), at=NOW), unreachable(), b"junk")
    for said in services:
        service = Service(said)
        report = judge(cms, asked(scene, service), evidence=held, evidence_embedded=True)
        assert (answer(report), report.baseline) == (answer(offline), offline.baseline)
        assert service.asked


def test_a_dead_service_is_waited_for_once_and_asked_again_later(
    scene: Scene, issuing: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("signing.online.time.monotonic", lambda: now[0])
    service = Service(unreachable())
    trust = asked(scene, service)
    held = Evidence(crls=(crl(scene.root, at=NOW), crl(scene.tsa_root, at=NOW)))
    signed = [stamped(sign(signer(issuing), [issuing]), scene.tsa()) for _ in range(3)]
    for cms in signed:
        report = judge(cms, trust, evidence=held)
        assert answer(report) == (Indication.INDETERMINATE, "TRY_LATER")
        assert [(f.severity, LIST in f.text) for f in report.findings if f.code == "http.unreachable"] == [
            ("warning", True)
        ]
    assert service.asked == [LIST]
    service.answer = crl(issuing, at=NOW)
    now[0] = online.KEEP_S
    for cms in signed:
        assert judge(cms, trust, evidence=held).indication is Indication.PASSED


@pytest.mark.parametrize("code", ["http.unreachable", "http.forbidden"])
def test_a_service_that_failed_is_told_although_the_file_s_own_evidence_suffices(
    scene: Scene, issuing: Holder, code: str
) -> None:
    """Not so one that the caller did not list, unless its answer is missed."""
    failing = asked(scene, Service(ServiceError(code, url=LIST, why="-")))
    cms = stamped(sign(signer(issuing), [issuing]), scene.tsa())
    report = judge(cms, failing, evidence=all_lists(scene, issuing))
    assert report.indication is Indication.PASSED
    assert (code in {f.code for f in report.findings}) == (code == "http.unreachable")
    missed = judge(cms, failing, evidence=Evidence(crls=(crl(scene.root, at=NOW), crl(scene.tsa_root, at=NOW))))
    assert [f.severity for f in missed.findings if f.code == code] == ["warning"]


def test_a_watch_of_weeks_hears_of_a_new_revocation(
    scene: Scene, issuing: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("signing.online.time.monotonic", lambda: now[0])
    holder = signer(issuing)
    service = Service(crl(issuing, at=NOW))
    trust = asked(scene, service)
    held = Evidence(crls=(crl(scene.root, at=NOW),))

    def found(at: datetime) -> tuple[Indication, str | None]:
        return answer(judge(sign(holder, [issuing], at=at), trust, at=at, evidence=held))

    assert found(NOW)[0] is Indication.PASSED
    service.answer = crl(issuing, (holder, NOW + HOUR, None), at=NOW + HOUR)
    now[0] = online.KEEP_S
    assert found(NOW + 2 * HOUR) == (Indication.INDETERMINATE, "REVOKED_NO_POE")
