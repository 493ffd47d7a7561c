"""Validation reports in XML (ETSI TS 119 102-2): what they say, and that no document breaks or steers them.

The schema comes with EU DSS from Maven; where it is not at hand `make interop` checks against it.
"""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from signing.audit import audit_bytes, audit_folder
from signing.report import Indication, Report, Verdict
from signing.report.etsi import validation_report
from signing.report.law import LABELS

from .cli_run import run
from .demo_run import Demo
from .test_html import everything_from, report, signature

NS = {
    "vr": "http://uri.etsi.org/19102/v1.4.1#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "own": "urn:x-eid-signing:report:1",
}
MAIN = "urn:etsi:019102:mainindication:"
MAVEN = Path.home() / ".m2/repository/eu/europa/ec/joinup/sd-dss"
SCHEMAS = {
    "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd": "xmldsig-core-schema.xsd",
    "http://uri.etsi.org/01903/v1.3.2/XAdES.xsd": "XAdES.xsd",
    "http://uri.etsi.org/19612/v2.2.1/ts_119612v020201_201601xsd.xsd": "ts_119612v020101_xsd.xsd",
}
VECTORS = Path(__file__).parents[1] / "vectors"


class _FromMaven(etree.Resolver):
    """The schemas that import each other by address, from the files of EU DSS."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def resolve(self, url, public, context):
        name = SCHEMAS.get(url, url.rsplit("/", 1)[-1])
        return self.resolve_filename(str(self._folder / name), context)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    folder = tmp_path_factory.mktemp("xsd")
    for name in ("specs-validation-report", "specs-xades", "specs-trusted-list-v211", "specs-xmldsig"):
        jars = sorted(MAVEN.glob(f"{name}/*/{name}-*.jar"))
        if not jars:
            pytest.skip("the schema comes with EU DSS: make interop")
        with zipfile.ZipFile(jars[-1]) as jar:
            for entry in jar.namelist():
                if entry.endswith(".xsd"):
                    (folder / Path(entry).name).write_bytes(jar.read(entry))
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_FromMaven(folder))
    return etree.XMLSchema(etree.parse(str(folder / "1910202xmlSchema.xsd"), parser))


def read(one: Report) -> etree._Element:
    return etree.fromstring(validation_report(one), etree.XMLParser(resolve_entities=False))


def mains(root: etree._Element) -> list[str]:
    path = "vr:SignatureValidationReport/vr:SignatureValidationStatus/vr:MainIndication/text()"
    return [found.removeprefix(MAIN) for found in root.xpath(path, namespaces=NS)]


# --- what is said ----------------------------------------------------------------------------------------------------


def test_every_report_of_demo_and_vectors_is_valid_by_the_schema(schema: etree.XMLSchema, demo: Demo) -> None:
    reports = [*demo.reports.values(), *audit_folder(VECTORS / "xades", demo.trust)]
    assert len(reports) > 20
    for one in reports:
        assert schema.validate(read(one)), (one.path, schema.error_log)


def test_one_report_a_signature_and_one_of_the_document(demo: Demo) -> None:
    one = demo.reports["forged/result-changed.pdf"]
    root = read(one)
    ids = root.xpath("vr:SignatureValidationReport/vr:SignatureIdentifier/@id", namespaces=NS)
    assert [i for i in ids if i[0] == "S"] == ["S-1", "S-2"]
    assert ids[-1] == "D-1"
    assert mains(root)[:2] == ["total-failed"] * 2
    (codes,) = [
        r.xpath("vr:ValidationConstraintsEvaluationReport//vr:ValidationConstraintIdentifier/text()", namespaces=NS)
        for r in root[:1]
    ]
    assert "urn:x-eid-signing:finding:pdf.changed-after" in codes


def test_signer_chain_times_and_digests(demo: Demo) -> None:
    one = demo.reports["result.pdf"]
    root, signed = read(one), one.signatures[0]
    assert signed.trail is not None
    first = root[0]
    chain = first.xpath(".//vr:CertificateChain/*/@VOReference", namespaces=NS)
    assert [c.removeprefix("C-").lower() for c in chain] == [digest.hex() for digest in signed.trail.chain]
    assert first.xpath("string(.//vr:SignerCertificate/@VOReference)", namespaces=NS) == chain[0]
    known = set(root.xpath("//vr:ValidationObject/@id", namespaces=NS))
    assert set(root.xpath("//@VOReference")) <= known
    assert first.xpath("string(.//vr:POEObject/@VOReference)", namespaces=NS).startswith("T-")
    assert first.xpath("string(.//vr:SignersDocument//ds:DigestValue)", namespaces=NS)
    assert first.xpath("string(.//vr:SignatureValidationProcessID)", namespaces=NS).endswith(":LTVM")
    assert root.xpath("string(//vr:SignatureValidator//own:Validator/@name)", namespaces=NS) == "eid-signing"


def test_the_law_s_seven_items_stand_beside_each_signature_in_both_languages(demo: Demo) -> None:
    for first in read(demo.reports["result.pdf"]).xpath("vr:SignatureValidationReport[position()<3]", namespaces=NS):
        assert first.xpath(".//own:Item/@key", namespaces=NS) == list(LABELS)
        assert set(first.xpath(".//own:Item/@state", namespaces=NS)) == {"ok"}
        assert len(first.xpath(".//own:Value[@xml:lang='vi']", namespaces=NS)) == 7


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_worst_indication_is_never_better_than_the_verdict(verdict: Verdict) -> None:
    """A document can be worse than all of its signatures; whoever reads the XML alone has to learn it."""
    for indication in Indication:
        root = read(report(verdict=verdict, signatures=(signature(indication=indication),)))
        worst = {"total-passed": 0, "indeterminate": 1, "total-failed": 2}
        wanted = {"valid": 0, "unsigned": 1, "indeterminate": 1, "invalid": 2}[str(verdict)]
        assert max(worst[main] for main in mains(root)) >= wanted


def test_a_file_without_signature_is_indeterminate(schema: etree.XMLSchema) -> None:
    root = read(audit_bytes(b"not signed", name="x.txt"))
    assert mains(root) == ["indeterminate"]
    assert schema.validate(root)


# --- what documents may not do ---------------------------------------------------------------------------------------

HOSTILE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;]]>\x00\x1b[2J\u202e\ud800"\'</ValidationReport>'


def test_hostile_texts_stay_text(schema: etree.XMLSchema) -> None:
    root = read(everything_from(HOSTILE))
    clean = read(everything_from("x"))
    assert [e.tag for e in root.iter()] == [e.tag for e in clean.iter()]
    assert schema.validate(root), schema.error_log
    written = validation_report(everything_from(HOSTILE))
    assert b"<!DOCTYPE" not in written
    assert b"\x1b" not in written
    assert not re.search("[\u202e\x00]", written.decode())


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_no_text_breaks_the_report(schema: etree.XMLSchema, value: str) -> None:
    assert schema.validate(read(everything_from(value))), schema.error_log


@pytest.mark.parametrize(
    "time",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=12))),
        datetime(500, 1, 1, tzinfo=UTC),
    ],
)
def test_times_at_the_ends_of_the_calendar(schema: etree.XMLSchema, time: datetime) -> None:
    one = report(signatures=(signature(signing_time=time, timestamp=time, best_signature_time=time),))
    assert schema.validate(read(one)), schema.error_log


# --- commands --------------------------------------------------------------------------------------------------------


def test_verify_and_audit_write_the_same_report(demo: Demo, tmp_path: Path) -> None:
    trust = ["--trust", demo.trust_folder, "--at", "2027-01-01T00:00:00+07:00"]
    run("verify", demo.result, "--etsi", tmp_path / "one.xml", *trust)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "paper.txt").write_text("not signed")
    ran = run("audit", demo.result, tmp_path / "in", "--etsi", tmp_path / "etsi", *trust)
    (made,) = (tmp_path / "etsi").iterdir()
    assert made.name.startswith("result.pdf-")
    assert str(tmp_path / "etsi") in ran.err
    assert made.read_bytes() == (tmp_path / "one.xml").read_bytes()


def test_a_resumed_audit_writes_the_same_reports(demo: Demo, tmp_path: Path) -> None:
    folders = []
    for name in ("first", "again"):
        flags = ["--journal", tmp_path / "journal", "--trust", demo.trust_folder, "--at", "2027-01-01T00:00:00+07:00"]
        run("audit", demo.result, demo.folder / "forged", "--etsi", tmp_path / name, *flags)
        folders.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert len(folders[0]) > 5
    assert folders[0] == folders[1]


def test_a_folder_that_cannot_be_made_is_told_first(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("audit", demo.result, "--etsi", tmp_path / "file" / "x")
    assert (ran.status, "output.unwritable" in ran.err, ran.out) == (2, True, "")
