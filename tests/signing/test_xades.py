"""XML signatures of EU DSS, signxml and xmlsec1 (EN 319 132-1): every packaging, level and algorithm is recognised."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from signxml import CanonicalizationMethod

from signing.audit import audit_bytes, audit_file
from signing.errors import SigningError, VerificationError
from signing.report import Indication, Report, Verdict
from signing.trust.store import TrustStore
from signing.xades.enveloped import verify_enveloped
from signing.xades.names import DSIG

from .authority import NOW
from .xml_makers import DETACHED, ENVELOPED, ENVELOPING, INVOICE, Desk, answer, codes

VECTORS = Path(__file__).parent.parent / "vectors" / "xades"
MADE = datetime.fromisoformat(json.loads((VECTORS / "made.json").read_text())["made"])
ROOT = x509.load_pem_x509_certificate((VECTORS / "root.pem").read_bytes())
XML_SAMPLES = sorted(p.name for p in VECTORS.glob("*-B-*.xml"))
PASSED = ("TOTAL-PASSED", None, True)


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


def audited(path: Path) -> Report:
    return audit_file(path, TrustStore(ca=(ROOT,), tsa=(ROOT,)), at=MADE + timedelta(minutes=5))


# --- EU DSS ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", XML_SAMPLES)
def test_every_packaging_and_level_of_eu_dss_is_recognised(name: str) -> None:
    report = audited(VECTORS / name)
    first = report.signatures[0]
    baseline = "B-" + name.removesuffix(".xml").rpartition("-B-")[2]
    assert (report.kind, first.format, first.baseline, first.intact) == ("xades", "XAdES", baseline, True)
    complete = baseline in {"B-LT", "B-LTA"}
    assert report.verdict is (Verdict.VALID if complete else Verdict.INDETERMINATE), report.to_json()
    assert first.sub_indication == (None if complete else "TRY_LATER")
    assert (first.timestamp is not None) == complete  # without revocation answers no timestamp is trusted either
    assert first.signer is not None and first.digest_algorithm == "sha256"


@pytest.mark.parametrize("name", XML_SAMPLES)
def test_what_eu_dss_signed_is_no_longer_valid_once_a_letter_differs(name: str, tmp_path: Path) -> None:
    shutil.copy(VECTORS / "to-trinh.txt", tmp_path)
    data = (VECTORS / name).read_bytes()
    changed = data.replace("Mẫu".encode(), "Mạu".encode())
    if changed == data:  # base64 or a file beside it
        (tmp_path / "to-trinh.txt").write_bytes(b"khac")
        changed = data.replace(b">VOG7", b">VOG8")
    (tmp_path / "x.xml").write_bytes(changed)
    first = audited(tmp_path / "x.xml").signatures[0]
    assert answer(first) == ("TOTAL-FAILED", "HASH_FAILURE", False)


def test_a_detached_signature_without_its_file_cannot_be_told(tmp_path: Path) -> None:
    shutil.copy(VECTORS / "detached-B-LTA.xml", tmp_path)
    report = audited(tmp_path / "detached-B-LTA.xml")
    assert answer(report.signatures[0]) == ("INDETERMINATE", "SIGNED_DATA_NOT_FOUND", None)
    in_memory = audit_bytes((VECTORS / "detached-B-LTA.xml").read_bytes(), name="detached-B-LTA.xml")
    assert in_memory.signatures[0].sub_indication == "SIGNED_DATA_NOT_FOUND"


def test_a_counter_signature_has_its_own_report() -> None:
    first, counter = audited(VECTORS / "counter-signed-B-T.xml").signatures
    assert (first.baseline, counter.baseline, counter.intact) == ("B-T", "B-B", True)
    assert first.certificate_sha256 != counter.certificate_sha256
    assert "xades.partial" not in codes(counter)


def test_what_the_signer_says_is_told() -> None:
    report = audited(VECTORS / "enveloped-B-LT.xml").signatures[0]
    assert [f.text for f in report.findings if f.code == "said.role"] and "Chủ tịch" in str(report.findings)


@pytest.mark.parametrize(
    ("space", "name"),
    [("v1.3.2", "ArchiveTimeStamp"), ("v1.3.2", "RefsOnlyTimeStamp"), ("v1.4.1", "SigAndRefsTimeStampV2")],
)
def test_timestamps_of_older_forms_are_told(space: str, name: str) -> None:
    """An auditor has to know of a proof that was not looked at; it makes nothing better or worse."""
    place = VECTORS / "detached-B-T.xml"
    document = etree.fromstring(place.read_bytes())
    (unsigned,) = document.iter("{http://uri.etsi.org/01903/v1.3.2#}UnsignedSignatureProperties")
    etree.SubElement(unsigned, f"{{http://uri.etsi.org/01903/{space}#}}{name}")
    (before,), (report,) = audit_file(place).signatures, audit_bytes(etree.tostring(document)).signatures
    told = {f.code for f in report.findings} - {f.code for f in before.findings}
    assert "timestamp.not-judged" in told


def test_after_the_certificates_end_only_the_archived_signature_lives_on() -> None:
    store = TrustStore(ca=(ROOT,), tsa=(ROOT,))
    later = MADE + timedelta(days=3)  # revocation answers have aged, certificates live
    for name in ("enveloped-B-LT.xml", "enveloped-B-LTA.xml"):
        report = audit_file(VECTORS / name, store, at=later)
        assert report.signatures[0].intact is True


# --- signxml and xmlsec1 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [ENVELOPED, ENVELOPING])
@pytest.mark.parametrize("xades", [True, False])
@pytest.mark.parametrize(
    "c14n",
    [
        CanonicalizationMethod.CANONICAL_XML_1_0,
        CanonicalizationMethod.CANONICAL_XML_1_0_WITH_COMMENTS,
        CanonicalizationMethod.CANONICAL_XML_1_1,
        CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0_WITH_COMMENTS,
    ],
)
def test_signatures_of_signxml_in_every_canonical_form(desk: Desk, method, xades, c14n) -> None:
    report = desk.judge_one(desk.sign(method=method, xades=xades, c14n=c14n))
    if xades and "exc-c14n" in c14n.value:
        # signxml digests the properties in the exclusive form and does not say so: xmlsec1 finds the same
        assert answer(report) == ("TOTAL-FAILED", "HASH_FAILURE", False)
        return
    assert answer(report) == PASSED
    assert report.baseline == ("B-B" if xades else None)


@pytest.mark.parametrize(
    ("algorithm", "digest", "key"),
    [
        ("rsa-sha256", "sha256", "rsa"),
        ("rsa-sha512", "sha512", "rsa"),
        ("sha256-rsa-MGF1", "sha256", "rsa"),
        ("sha384-rsa-MGF1", "sha384", "rsa"),
        ("sha3-256-rsa-MGF1", "sha3-256", "rsa"),
        ("ecdsa-sha384", "sha3-384", "p384"),
        ("ecdsa-sha512", "sha512", "p521"),
    ],
)
def test_every_algorithm_of_signxml(desk: Desk, algorithm: str, digest: str, key: str) -> None:
    keys = {
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    }
    if key not in desk.people:
        desk.person(key, key=keys[key]())
    report = desk.judge_one(desk.sign(by=desk.person(key), algorithm=algorithm, digest=digest))
    assert answer(report) == PASSED, report.findings
    assert report.digest_algorithm == digest.replace("-", "_")


def test_an_invoice_signed_in_part_is_recognised_and_the_rest_is_told(desk: Desk) -> None:
    report = desk.judge_one(desk.sign(uri="data"))
    assert answer(report) == PASSED
    assert "xades.partial" in codes(report, "warning")


def test_a_detached_signature_finds_its_file_by_the_name_it_states(desk: Desk, tmp_path: Path) -> None:
    content = INVOICE
    signer_input = etree.fromstring(content)
    signed = desk.sign(signer_input, method=DETACHED, uri="hoa%20don.xml", xades=False)
    (tmp_path / "chu-ky.xml").write_bytes(signed)
    (tmp_path / "hoa don.xml").write_bytes(etree.tostring(signer_input, method="c14n", exclusive=True))
    trust = desk.scene.trust
    report = audit_file(tmp_path / "chu-ky.xml", trust, at=NOW, policy=desk.conditions().policy)
    assert report.verdict is Verdict.VALID, report.to_json()
    (tmp_path / "hoa don.xml").write_bytes(b"<khac/>")
    report = audit_file(tmp_path / "chu-ky.xml", trust, at=NOW, policy=desk.conditions().policy)
    assert report.signatures[0].sub_indication == "HASH_FAILURE"


TEMPLATE = """<?xml version="1.0"?><HDon xml:lang="vi"><!-- a --><So>1 &amp; 2</So><Signature xmlns="{ds}"><SignedInfo>
<CanonicalizationMethod Algorithm="{c14n}"/><SignatureMethod Algorithm="{method}"/><Reference URI="{uri}"><Transforms>
{transforms}</Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference>
</SignedInfo><SignatureValue/><KeyInfo><X509Data/></KeyInfo></Signature><Duoi>x</Duoi></HDon>"""
_ENVELOPED = '<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
_XPATH = (
    '<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath xmlns:d="{}">'
    "not(ancestor-or-self::d:Signature)</XPath></Transform>"
).format("http://www.w3.org/2000/09/xmldsig#")
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


def xmlsec1(desk: Desk, folder: Path, template: str, *options: str) -> bytes:
    """What xmlsec1 makes of a template with our signer's key."""
    holder = desk.person()
    (folder / "key.pem").write_bytes(holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "cert.pem").write_bytes(holder.pem)
    (folder / "issuing.pem").write_bytes(desk.people["issuing"].pem)
    (folder / "in.xml").write_text(template)
    keys = ",".join(str(folder / name) for name in ("key.pem", "cert.pem", "issuing.pem"))
    command = ["xmlsec1", "--sign", *options, "--privkey-pem", keys, "--output", "out.xml", "in.xml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return (folder / "out.xml").read_bytes()


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 is not installed")
@pytest.mark.parametrize("uri", ["", "#xpointer(/)"])
@pytest.mark.parametrize(
    "transforms", [_ENVELOPED, _XPATH, _ENVELOPED + f'<Transform Algorithm="{C14N}#WithComments"/>']
)
@pytest.mark.parametrize("c14n", [C14N, "http://www.w3.org/2006/12/xml-c14n11"])
def test_signatures_of_xmlsec1(desk: Desk, tmp_path: Path, uri: str, transforms: str, c14n: str) -> None:
    values = {"ds": DSIG, "c14n": c14n, "uri": uri, "transforms": transforms}
    method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    data = xmlsec1(desk, tmp_path, TEMPLATE.format(method=method, **values))
    report = desk.judge_one(data)
    assert answer(report) == PASSED, report.findings
    commented = data.replace(b"<!-- a -->", b"<!-- b -->")
    counts = uri != "" and (transforms.endswith('#WithComments"/>'))
    assert (desk.judge_one(commented).intact is True) == (not counts)
    assert desk.judge_one(data.replace(b">x</Duoi>", b">y</Duoi>")).indication is Indication.FAILED


# --- trusted lists ---------------------------------------------------------------------------------------------------


def test_an_enveloped_document_gives_what_was_signed_and_by_whom(desk: Desk) -> None:
    signed = desk.sign()
    found = verify_enveloped(signed, [desk.person("khác").certificate, desk.person().certificate], at=NOW)
    assert found.content == etree.tostring(etree.fromstring(INVOICE), method="c14n")
    assert found.certificate == desk.person().certificate


@pytest.mark.parametrize("case", ["other-key", "changed", "part", "unsigned", "enveloping", "broken"])
def test_an_enveloped_document_that_is_not_signed_as_a_whole_by_that_key_is_refused(desk: Desk, case: str) -> None:
    signed, by = desk.sign(), desk.person().certificate
    if case == "other-key":
        by = desk.person("khác").certificate
    data = {
        "changed": signed.replace(b">100<", b">900<"),
        "part": desk.sign(uri="data"),
        "unsigned": INVOICE,
        "enveloping": desk.sign(method=ENVELOPING),
        "broken": signed[:-20],
    }.get(case, signed)
    with pytest.raises(SigningError) as caught:
        verify_enveloped(data, [by], at=NOW)
    assert isinstance(caught.value, VerificationError) or case == "broken"


def test_a_timestamp_over_the_content_says_when_the_signature_was_not_yet_made() -> None:
    report = audited(VECTORS / "content-timestamp-B-LT.xml").signatures[0]
    assert "time.content-timestamp" in codes(report)
    data = (VECTORS / "content-timestamp-B-LT.xml").read_bytes()
    changed = audit_bytes(data.replace("Mẫu".encode(), "Mạu".encode()), name="x.xml")
    assert "time.content-timestamp" not in codes(changed.signatures[0])


def test_every_file_that_a_signed_manifest_lists_has_to_be_there_unchanged(tmp_path: Path) -> None:
    for name in ("manifest-B-LT.xml", "to-trinh.txt", "giay-xac-nhan.xml"):
        shutil.copy(VECTORS / name, tmp_path)
    assert audited(tmp_path / "manifest-B-LT.xml").verdict is Verdict.VALID
    (tmp_path / "giay-xac-nhan.xml").write_bytes(b"<khac/>")
    assert audited(tmp_path / "manifest-B-LT.xml").signatures[0].sub_indication == "HASH_FAILURE"
    (tmp_path / "giay-xac-nhan.xml").unlink()
    assert audited(tmp_path / "manifest-B-LT.xml").signatures[0].sub_indication == "SIGNED_DATA_NOT_FOUND"


VIETNAMESE = """<HDon><DLHDon Id="data"><TToan>100</TToan></DLHDon><MCCQT>00A</MCCQT><DSCKS><NBan>
<Signature xmlns="http://www.w3.org/2000/09/xmldsig#" Id="seller"><SignedInfo>
<CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>
<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>
<Reference URI="#data"><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
</Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference>
<Reference URI="#SigningTime"><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference>
</SignedInfo><SignatureValue/><KeyInfo><X509Data/></KeyInfo><Object Id="SigningTime"><SignatureProperties>
<SignatureProperty Target="#seller"><SigningTime>2026-06-01T14:00:00</SigningTime></SignatureProperty>
</SignatureProperties></Object></Signature></NBan></DSCKS></HDon>"""


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 is not installed")
def test_a_vietnamese_invoice_is_recognised_with_its_signing_time(desk: Desk, tmp_path: Path) -> None:
    data = xmlsec1(desk, tmp_path, VIETNAMESE, "--id-attr:Id", "DLHDon", "--id-attr:Id", f"{DSIG}:Object")
    report = desk.judge_one(data)
    assert answer(report) == PASSED, report.findings
    assert report.signing_time == datetime(2026, 6, 1, 7, tzinfo=UTC)
    assert "xades.partial" in codes(report, "warning")
    assert desk.judge_one(data.replace(b"14:00:00", b"13:00:00")).sub_indication == "HASH_FAILURE"


def test_a_page_that_speaks_of_signatures_is_not_signed() -> None:
    page = b"<!DOCTYPE html><p>see http://www.w3.org/2000/09/xmldsig# <br> &lt;ds:Signature&gt;"
    schema = b'<x xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'
    for data in (page, schema):
        assert audit_bytes(data, name="x.html").verdict is Verdict.UNSIGNED
