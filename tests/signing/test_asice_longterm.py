"""Archive manifests and evidence records in ASiC containers: they keep signatures alive, and prove no more."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pytest
from cryptography.x509 import ReasonFlags as Reason

from signing.asice.container import MEDIA_TYPE, Container
from signing.asice.manifest import write_manifest
from signing.asice.simple import MEDIA_TYPE as SIMPLE_TYPE
from signing.asice.simple import examine_simple
from signing.cms.signed_data import add_long_term
from signing.dossier.check import Examination
from signing.dossier.examine import examine_container
from signing.ers.make import make_records
from signing.report import Indication, SignatureReport
from signing.trust.evidence import Evidence
from signing.trust.store import TrustStore
from signing.xades.file import Conditions

from .authority import DAY, HOUR, NOW, Holder, crl, make
from .scene import Scene, sign, stamped
from .test_archive import Authority
from .test_drills_pdf import NEWS, Informed

FAR = NOW + 4000 * DAY
SIGNED = NOW - 30 * DAY
LATE = NOW + 500 * DAY
PAPER, MANIFEST, SIGNATURE = "giay-xac-nhan.txt", "META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s"
ARCHIVE, TOKEN = "META-INF/ASiCArchiveManifest.xml", "META-INF/timestamp001.tst"
RECORD_MANIFEST, RECORD = "META-INF/ASiCEvidenceRecordManifest001.xml", "META-INF/evidencerecord001.ers"
PASSED, FAILED, INDETERMINATE = Indication.PASSED, Indication.FAILED, Indication.INDETERMINATE


@dataclass(frozen=True, slots=True)
class Archive:
    """A container with one B-LT signature, whose timestamp's authority ends in a hundred days."""

    scene: Scene
    files: Mapping[str, bytes]
    young: Holder

    def with_archive(self, at: datetime, **changed: bytes) -> dict[str, bytes]:
        manifest = write_manifest(TOKEN, digests(self.files), root=PAPER)
        token = Authority(self.young, at).timestamp(hashlib.sha256(manifest).digest()).der
        return {**self.files, ARCHIVE: manifest, TOKEN: token, **changed}

    def with_record(self, at: datetime, *names: str) -> dict[str, bytes]:
        covered = {name: self.files[name] for name in names}
        value = [hashlib.sha256(data).digest() for data in covered.values()]
        manifest = write_manifest(RECORD, digests(covered), root=names[0])
        made = make_records(value, Authority(self.young, at))
        return {**self.files, RECORD_MANIFEST: manifest, RECORD: made[0]}

    def judge(self, files: Mapping[str, bytes], *, at: datetime = LATE, news: Evidence | None = None) -> Examination:
        NEWS[0] = news or Evidence(crls=(crl(self.scene.tsa_root, at=at - HOUR),))
        trust = Informed(ca=self.scene.trust.ca, tsa=self.scene.trust.tsa)
        return examine_container(zipped(files), trust=trust, at=at)


def digests(files: Mapping[str, bytes]) -> list[tuple[str, bytes]]:
    return [(name, hashlib.sha256(data).digest()) for name, data in files.items()]


def zipped(files: Mapping[str, bytes], media_type: str = MEDIA_TYPE) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", media_type)
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def by_id(found: Examination, name: str) -> SignatureReport:
    return next(report for report in found.signatures if report.id == name)


def codes(report: SignatureReport) -> set[str]:
    return {f.code for f in report.findings}


def signed(scene: Scene, manifest: bytes) -> bytes:
    """A B-LT signature over the manifest, with its issuer's and its authority's lists."""
    issuing = scene.issuing(end=FAR)
    leaf = make("Người ký", issuing, end=NOW + 90 * DAY)
    cms = sign(leaf, [issuing, scene.root], at=SIGNED, content=manifest)
    cms = stamped(cms, scene.tsa(end=NOW + 100 * DAY), at=SIGNED)
    lists = [crl(h, at=SIGNED + HOUR) for h in (scene.root, issuing, scene.tsa_root)]
    return add_long_term(cms, [scene.root.certificate, scene.tsa_root.certificate], lists, [])


@pytest.fixture(scope="module")
def archive() -> Archive:
    scene = Scene(root=make("Root", ca=True, end=FAR), tsa_root=make("TSA root", ca=True, end=FAR))
    paper = "Giấy xác nhận".encode()
    manifest = write_manifest(SIGNATURE, digests({PAPER: paper}), root=PAPER)
    files = {PAPER: paper, MANIFEST: manifest, SIGNATURE: signed(scene, manifest)}
    return Archive(scene, files, scene.tsa(end=FAR))


def test_an_archive_manifest_keeps_the_signature_when_all_its_certificates_expired(archive: Archive) -> None:
    assert by_id(archive.judge(archive.files), SIGNATURE).indication is INDETERMINATE
    found = archive.judge(archive.with_archive(NOW + DAY))
    report = by_id(found, SIGNATURE)
    assert report.indication is PASSED, report.findings
    assert (report.baseline, report.best_signature_time) == ("B-LTA", SIGNED)
    stamp = by_id(found, TOKEN)
    assert (stamp.type, stamp.indication, stamp.timestamp) == ("timestamp", PASSED, NOW + DAY)
    assert not found.findings


def test_one_made_too_late_keeps_nothing(archive: Archive) -> None:
    found = archive.judge(archive.with_archive(NOW + 200 * DAY))
    assert by_id(found, SIGNATURE).indication is INDETERMINATE
    assert by_id(found, TOKEN).indication is PASSED


@pytest.mark.parametrize("name", [PAPER, MANIFEST, SIGNATURE])
def test_an_archive_manifest_over_other_files_proves_nothing(archive: Archive, name: str) -> None:
    files = archive.with_archive(NOW + DAY)
    changed = {**files, name: files[name] + b" "}
    missing = {n: d for n, d in files.items() if n != name}
    for held, code, said in (
        (changed, "asice.reference-digest", (FAILED, "HASH_FAILURE", False)),
        (missing, "asice.reference-missing", (INDETERMINATE, "SIGNED_DATA_NOT_FOUND", None)),
    ):
        found = archive.judge(held)
        report = by_id(found, TOKEN)
        assert (report.indication, report.sub_indication, report.intact) == said
        assert code in codes(report)
        assert all(r.indication is not PASSED for r in found.signatures if r.id == SIGNATURE)


def test_an_archive_manifest_changed_after_its_timestamp_proves_nothing(archive: Archive) -> None:
    files = archive.with_archive(NOW + DAY)
    found = archive.judge({**files, ARCHIVE: files[ARCHIVE].replace(b"?>", b"?> ", 1)})
    assert (by_id(found, TOKEN).indication, by_id(found, TOKEN).sub_indication) == (FAILED, "HASH_FAILURE")
    assert by_id(found, SIGNATURE).indication is INDETERMINATE


def test_archive_manifests_renew_each_other(archive: Archive) -> None:
    """The newest is always `ASiCArchiveManifest.xml`; it lists the ones before, and their timestamps."""
    short = Archive(archive.scene, archive.files, archive.scene.tsa(end=NOW + 300 * DAY))
    files = short.with_archive(NOW + DAY)
    old, older = "META-INF/ASiCArchiveManifest001.xml", {n: d for n, d in files.items() if n != ARCHIVE}
    moved = {**older, old: files[ARCHIVE]}
    assert by_id(archive.judge(moved), SIGNATURE).indication is INDETERMINATE
    newest = "META-INF/timestamp002.tst"
    manifest = write_manifest(newest, digests(moved), root=old)
    token = Authority(archive.young, NOW + 200 * DAY).timestamp(hashlib.sha256(manifest).digest()).der
    renewed = {**moved, ARCHIVE: manifest, newest: token}
    news = Evidence(crls=(crl(archive.scene.tsa_root, at=NOW + DAY), crl(archive.scene.tsa_root, at=LATE - HOUR)))
    found = archive.judge(renewed, news=news)
    assert {r.id: r.indication for r in found.signatures} == dict.fromkeys((SIGNATURE, TOKEN, newest), PASSED)


@pytest.mark.parametrize("names", [(SIGNATURE,), (PAPER, MANIFEST, SIGNATURE)], ids=["alone", "in a group"])
def test_an_evidence_record_keeps_the_signature_too(archive: Archive, names: tuple[str, ...]) -> None:
    for at, expected in ((NOW + DAY, PASSED), (NOW + 200 * DAY, INDETERMINATE)):
        found = archive.judge(archive.with_record(at, *names))
        record = by_id(found, RECORD)
        assert (record.type, record.format, record.indication) == ("evidence-record", "ERS", PASSED)
        assert by_id(found, SIGNATURE).indication is expected
    assert by_id(found, SIGNATURE).best_signature_time != SIGNED


def test_a_record_of_another_file_is_told(archive: Archive) -> None:
    files = archive.with_record(NOW + DAY, SIGNATURE)
    other = archive.with_record(NOW + DAY, PAPER)[RECORD]
    report = by_id(archive.judge({**files, RECORD: other}), RECORD)
    assert (report.indication, report.sub_indication) == (FAILED, "HASH_FAILURE")
    assert "ers.not-covered" in codes(report)


def test_proofs_that_no_manifest_names_and_manifests_without_proof_are_told(archive: Archive) -> None:
    files = archive.with_archive(NOW + DAY)
    alone = by_id(archive.judge({n: d for n, d in files.items() if n != ARCHIVE}), TOKEN)
    assert (alone.indication, codes(alone)) == (INDETERMINATE, {"asice.manifest-missing"})
    empty = by_id(archive.judge({n: d for n, d in files.items() if n != TOKEN}), ARCHIVE)
    assert (empty.indication, codes(empty)) == (FAILED, {"asice.signature-missing"})
    broken = by_id(archive.judge({**files, ARCHIVE: b"<a/>"}), ARCHIVE)
    assert broken.indication is FAILED
    junk = by_id(archive.judge({**files, TOKEN: b"junk"}), TOKEN)
    assert junk.indication is FAILED


def test_a_leaked_authoritys_key_is_outlived_inside_a_container(archive: Archive) -> None:
    issuing = Container.read(zipped(archive.files))
    assert SIGNATURE in issuing
    scene = archive.scene
    held = Evidence(crls=(crl(scene.tsa_root, at=NOW - HOUR),))
    for at, expected in ((NOW - 20 * DAY, PASSED), (NOW - DAY, INDETERMINATE)):
        files = archive.with_archive(at)
        gone = crl(scene.root, (leaked_issuer(archive), NOW - 10 * DAY, Reason.ca_compromise), at=NOW - HOUR)
        found = archive.judge(files, at=NOW, news=held + Evidence(crls=(gone,)))
        assert by_id(found, SIGNATURE).indication is expected


def leaked_issuer(archive: Archive) -> Holder:
    """The issuing authority of the signature, as far as a list needs it."""
    from signing.cms.parse import parse_cms

    certificates = parse_cms(archive.files[SIGNATURE]).certificates
    (issuing,) = [c for c in certificates if "Issuing" in c.subject.rfc4514_string()]
    return Holder(issuing, archive.scene.root.key)


def test_a_record_over_the_one_file_of_a_simple_container(archive: Archive) -> None:
    paper = archive.files[PAPER]
    record = make_records([hashlib.sha256(paper).digest()], Authority(archive.young, NOW - DAY))[0]
    NEWS[0] = Evidence(crls=(crl(archive.scene.tsa_root, at=NOW - HOUR),))
    trust = Informed(ca=archive.scene.trust.ca, tsa=archive.scene.trust.tsa)
    rules = Conditions(trust=trust, at=NOW)
    for content, expected in ((paper, PASSED), (paper + b".", FAILED)):
        data = zipped({PAPER: content, "META-INF/evidencerecord.ers": record}, SIMPLE_TYPE)
        (report,) = examine_simple(data, rules).reports
        assert (report.indication, report.format) == (expected, "ERS")
    assert isinstance(trust, TrustStore)


# --- what a signature over a manifest covers -------------------------------------------------------------------------


def judged_now(archive: Archive, files: Mapping[str, bytes]) -> Examination:
    return examine_container(zipped(files), trust=archive.scene.trust, at=SIGNED + HOUR)


def test_a_signature_over_a_manifest_is_one_over_its_files(archive: Archive) -> None:
    changed = {**archive.files, PAPER: b"another"}
    missing = {n: d for n, d in archive.files.items() if n != PAPER}
    for held, code, said in (
        (archive.files, None, (PASSED, None, True)),
        (changed, "asice.reference-digest", (FAILED, "HASH_FAILURE", False)),
        (missing, "asice.reference-missing", (INDETERMINATE, "SIGNED_DATA_NOT_FOUND", None)),
    ):
        found = judged_now(archive, held)
        report = by_id(found, SIGNATURE)
        assert (report.indication, report.sub_indication, report.intact) == said, report.findings
        assert code is None or (code in codes(report) and code in {f.code for f in found.findings})


def test_a_signature_without_its_manifest_has_an_entry(archive: Archive) -> None:
    found = judged_now(archive, {n: d for n, d in archive.files.items() if n != MANIFEST})
    report = by_id(found, SIGNATURE)
    assert (report.intact, report.signer is not None) == (None, True)
    assert {f.code for f in found.findings} == {"asice.manifest-missing", "asice.uncovered"}


@pytest.mark.parametrize("name", ["e\u0301.txt", "a?.txt", " a.txt", "a."])
def test_an_unusual_name_that_every_program_reads_is_only_told(archive: Archive, name: str) -> None:
    scene, paper = archive.scene, archive.files[PAPER]
    manifest = write_manifest(SIGNATURE, digests({name: paper}), root=name)
    files = {name: paper, MANIFEST: manifest, SIGNATURE: signed(scene, manifest)}
    found = judged_now(archive, files)
    assert by_id(found, SIGNATURE).indication is PASSED, found
    assert [(f.code, f.severity) for f in found.findings] == [("asice.name-unusual", "warning")]
