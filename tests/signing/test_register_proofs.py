"""A register's timestamped heads as proofs of existence for a dossier's steps: only with every link between them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signing.dossier.check import Examination
from signing.dossier.dossier import Dossier, examine_container
from signing.dossier.register import Register
from signing.report import Indication, SignatureReport, Verdict, verdict_of
from signing.trust.store import TrustStore

from ..world import World
from .authority import DAY, TIME_STAMPING, Holder, make, usage
from .office import CODE, Office
from .test_archive import Authority
from .test_register import fill, tamper

OTHER = "H26.19-261121-0099"


@dataclass(frozen=True, slots=True)
class Kept:
    """A dossier after two steps and a register with entries of others around them; its head is timestamped last."""

    data: bytes
    register: Path
    head: datetime
    trust: TrustStore  # its authorities did not make the timestamps of the steps

    def judged(self, register: Path, *, trust: TrustStore | None = None) -> Examination:
        with Register.open(register) as opened:
            at = datetime.now(UTC) + timedelta(seconds=2)
            return examine_container(self.data, trust=trust or self.trust, register=opened, at=at)


@pytest.fixture(scope="module")
def authority() -> Holder:
    now = datetime.now(UTC)
    root = make("TSA khác", ca=True, begin=now - DAY, end=now + 900 * DAY)
    signing = usage("digital_signature")
    members = {"eku": [TIME_STAMPING], "eku_critical": True, "begin": now - DAY, "end": now + 300 * DAY}
    return make("Đóng dấu đầu sổ", root, key_usage=signing, **members)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def kept(world: World, authority: Holder, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    office = Office.make(world, tmp_path_factory.mktemp("heads"))
    assert office.register is not None
    fill(office.register, 2, dossier="H26.19-261121-0098")
    dossier: Dossier = office.five_steps(until=2).extend(collect=world.collect)
    fill(office.register, 3, dossier=OTHER)
    head = datetime.now(UTC)
    office.register.timestamp_head(Authority(authority, head))
    trust = replace(world.pki.trust(), tsa=(authority.certificate,))
    office.register.close()
    return Kept(dossier.file.container.to_bytes(), office.folder / "register.sqlite", head, trust)


@contextmanager
def copied(kept: Kept, folder: Path) -> Iterator[Path]:
    yield Path(shutil.copy(kept.register, folder / "copy.sqlite"))


def steps(found: Examination) -> list[SignatureReport]:
    return [report for report in found.signatures if report.format == "CAdES"]


def proven(found: Examination, kept: Kept) -> list[bool]:
    """Which steps are proven to be no younger than the head."""
    times = [report.best_signature_time for report in steps(found)]
    return [time is not None and abs(time - kept.head) < timedelta(seconds=1) for time in times]


def test_a_timestamped_head_proves_the_steps_that_were_entered_before_it(kept: Kept) -> None:
    found = kept.judged(kept.register)
    assert proven(found, kept) == [True, True]
    assert {report.timestamp for report in steps(found)} == {None}
    assert {report.indication for report in steps(found)} == {Indication.PASSED}
    assert verdict_of(found.signatures, found.findings) is Verdict.VALID


def test_without_the_register_nothing_proves_them(kept: Kept) -> None:
    found = examine_container(kept.data, trust=kept.trust, at=datetime.now(UTC) + timedelta(seconds=2))
    assert proven(found, kept) == [False, False]
    assert {report.indication for report in steps(found)} == {Indication.INDETERMINATE}


def test_an_authority_that_nobody_trusts_proves_nothing(kept: Kept) -> None:
    found = kept.judged(kept.register, trust=replace(kept.trust, tsa=()))
    assert proven(found, kept) == [False, False]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE register_entries SET recorded = '2020-01-01T00:00:00+00:00' WHERE number = 3", False),
        ("UPDATE register_entries SET recorded = '2020-01-01T00:00:00+00:00' WHERE number = 6", False),
        ("DELETE FROM register_entries WHERE number = 6", False),
        ("DELETE FROM register_entries WHERE number = 7", False),
        ("UPDATE register_entries SET digest = previous WHERE number = 4", False),
        ("UPDATE register_timestamps SET digest = (SELECT digest FROM register_entries WHERE number = 6)", False),
        ("UPDATE register_timestamps SET number = 6", False),
        ("UPDATE register_timestamps SET number = 3", False),
        ("UPDATE register_timestamps SET digest = 7", False),
        ("UPDATE register_timestamps SET token = 'x'", False),
        ("UPDATE register_entries SET timestamp = '' WHERE number = 4", False),
        # the second step names the first, and is proven by itself
        ("UPDATE register_entries SET signature = upper(signature) WHERE number = 3", True),
    ],
)
def test_a_head_to_which_a_link_is_missing_proves_nothing(
    kept: Kept, tmp_path: Path, statement: str, expected: bool
) -> None:
    with copied(kept, tmp_path) as path:
        tamper(path, statement)
        assert proven(kept.judged(path), kept) == [expected, expected]


def test_the_first_head_that_counts_proves_a_step(kept: Kept, authority: Holder, tmp_path: Path) -> None:
    """An earlier one says nothing of later steps, a later one does not make an earlier step younger."""
    with copied(kept, tmp_path) as path:
        with Register.open(path) as opened:
            (first, _) = opened.rows(CODE)
        early = kept.head - timedelta(minutes=1)
        token = Authority(authority, early).timestamp(hashlib.sha256(first.digest.encode()).digest()).der.hex()
        made = f"INSERT INTO register_timestamps (number, digest, token) VALUES (3, '{first.digest}', x'{token}')"
        tamper(path, made)
        times = [report.best_signature_time for report in steps(kept.judged(path))]
    assert [time is not None and abs(time - early) < timedelta(seconds=1) for time in times] == [True, False]
    assert times[1] is not None
    assert abs(times[1] - kept.head) < timedelta(seconds=1)
