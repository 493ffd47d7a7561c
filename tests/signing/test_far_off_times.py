"""Documents that name the first and the last year of the calendar: judged like any other, never an `OverflowError`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from signing.cli import main
from signing.clock import moment, shifted
from signing.cms import der
from signing.cms import names as cms_names
from signing.cms.parse import parse_cms
from signing.cms.signed_data import _joined, _layout
from signing.cms.values import attribute
from signing.dev.tsa import TimestampRequest, TimestampService
from signing.dossier.file import signature_name
from signing.errors import UsageError
from signing.report import Indication, Verdict
from signing.seal.facts import mint_seal
from signing.seal.verify import SealVerifier

from ..world import World
from .authority import DAY, HOUR, NOW, TIME_STAMPING, make, usage
from .office import Office
from .scene import Scene, all_lists, judge, sign, stamped
from .test_dossier_forged import judge as judge_dossier
from .test_seal import KEYS, facts
from .test_seal import trust as seal_trust

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_times_are_shifted_up_to_the_ends_of_the_calendar() -> None:
    assert shifted(NOW, HOUR) == NOW + HOUR
    assert shifted(FIRST, -DAY) == datetime.min.replace(tzinfo=UTC)
    assert shifted(LAST, DAY) == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(("time", "hours"), [(FIRST, 14), (LAST, -12)])
def test_a_time_that_utc_has_no_date_for_is_refused(time: datetime, hours: int) -> None:
    with pytest.raises(UsageError):
        moment(time.replace(tzinfo=timezone(timedelta(hours=hours))))
    assert main(["verify", __file__, "--at", f"{time:%Y-%m-%dT%H:%M:%S}{hours:+03d}:00".rjust(25, "0")]) == 2


def test_certificates_without_a_known_end_are_good() -> None:
    """99991231235959Z says that there is no good expiration date (RFC 5280 §4.1.2.5)."""
    scene = Scene()
    issuing = scene.issuing(end=LAST)
    cms = stamped(sign(make("Signer", issuing, end=LAST), [issuing]), scene.tsa(end=LAST))
    assert judge(cms, scene.trust, evidence=all_lists(scene, issuing)).indication is Indication.PASSED


@pytest.mark.parametrize("at", [FIRST, LAST, LAST.replace(microsecond=999_999)])
def test_judging_as_of_those_years_is_an_answer(at: datetime) -> None:
    scene = Scene()
    issuing = scene.issuing()
    cms = stamped(sign(make("Signer", issuing), [issuing]), scene.tsa())
    lists = all_lists(scene, issuing)
    assert judge(cms, scene.trust, evidence=lists, at=at).indication is Indication.INDETERMINATE
    assert judge(cms, scene.trust, evidence=lists, poe=at).timestamp in {None, NOW - HOUR}


@pytest.fixture(scope="module")
def office(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.make(world, tmp_path_factory.mktemp("times")) as made:
        yield made


@pytest.mark.parametrize("seq", [1, 2])
@pytest.mark.parametrize("time", [FIRST, LAST])
def test_timestamps_of_those_years_on_steps(office: Office, seq: int, time: datetime) -> None:
    new = office.new(code=f"H26.19-261121-{seq}0{time.year:04d}", name=f"{seq}-{time.year}.asice")
    dossier = office.five_steps(new, until=2)
    files = dict(dossier.file.container.files)
    own = make("TSA", eku=[TIME_STAMPING], eku_critical=True, key_usage=usage("digital_signature"))
    cms = parse_cms(files[signature_name(seq)])
    digest = der.octets(hashlib.sha256(cms.signature_value).digest())
    imprint = der.seq(der.seq(der.oid("2.16.840.1.101.3.4.2.1")), digest)
    request = TimestampRequest(imprint=imprint, policy=None, nonce=None, certificate_wanted=True)
    token = TimestampService(certificate=own.certificate, key=own.key).token(request, time)  # type: ignore[arg-type]
    parts = _layout(files[signature_name(seq)])
    stamp = attribute(cms_names.SIGNATURE_TIMESTAMP, token)
    for unsigned in ((stamp,), (*parts.unsigned, stamp)):
        odd = _joined(parts, parts.certificates, parts.revocation, unsigned)
        assert judge_dossier({**files, signature_name(seq): odd}, office).verdict is not Verdict.VALID


@pytest.mark.parametrize("at", [datetime(2026, 11, 21, 9, tzinfo=UTC), LAST])
def test_seals_that_never_expire_and_seals_judged_on_the_last_day(at: datetime) -> None:
    text = mint_seal(facts(expires=LAST.date()), KEYS.active)
    assert SealVerifier(seal_trust()).check(text, at=at).report.fresh is True
