"""One byte changed anywhere in what is valid: never valid once a signed byte differs, and never an error of others."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from signing.asice.container import Container
from signing.audit import audit_bytes, audit_file
from signing.cms.cades import sign_detached
from signing.cms.parse import parse_cms
from signing.dossier.dossier import Dossier
from signing.pdf_check.file import PdfFile
from signing.policy import Baseline
from signing.report import Report, Verdict
from signing.trust.store import TrustStore

from ..world import World
from .office import Office
from .signed_pdfs import Samples

VECTORS = Path(__file__).parent.parent / "vectors" / "xades"
MADE = datetime.fromisoformat(json.loads((VECTORS / "made.json").read_text())["made"])
ROOT = x509.load_pem_x509_certificate((VECTORS / "root.pem").read_bytes())
DSS_TRUST = TrustStore(ca=(ROOT,), tsa=(ROOT,))
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
XADES = "{http://uri.etsi.org/01903/v1.3.2#}"


@pytest.fixture(scope="module")
def trust(world: World) -> TrustStore:
    return replace(world.pki.trust(), seals={})  # so that no page is drawn to look for one


def change(data: st.DataObject, whole: bytes, places: st.SearchStrategy[int] | None = None) -> tuple[int, bytes]:
    """A place, and `whole` with another byte there."""
    place = data.draw(places if places is not None else st.integers(0, len(whole) - 1), label="place")
    other = data.draw(st.integers(1, 255), label="change")
    return place, whole[:place] + bytes([whole[place] ^ other]) + whole[place + 1 :]


def sound(report: Report) -> Report:
    """No mistake of ours was caught by the last line of defence."""
    assert "document.internal" not in {f.code for f in report.all_findings()}
    return report


# --- PDF ------------------------------------------------------------------------------------------------------------


def hole(pdf: bytes) -> range:
    """Where the only signature's value stands, which nothing signs."""
    found = re.search(rb"/Contents\s*<[0-9a-fA-F]+>", pdf)
    assert found
    return range(found.start() + len(b"/Contents"), found.end())


@pytest.mark.parametrize("name", ["valid", "valid_form"])
@settings(max_examples=200)
@given(data=st.data())
def test_a_signed_pdf(samples: Samples, trust: TrustStore, name: str, data: st.DataObject) -> None:
    whole = getattr(samples, name)
    assert audit_bytes(whole, trust).verdict is Verdict.VALID
    signed = PdfFile(whole).revisions[-2].end  # the last revision holds the evidence
    place, changed = change(data, whole)
    report = sound(audit_bytes(changed, trust, name="x.pdf"))
    if place < signed and place not in hole(whole):
        assert report.verdict is not Verdict.VALID


@settings(max_examples=60)
@given(data=st.data())
def test_a_byte_put_into_or_taken_out_of_a_signed_pdf(samples: Samples, trust: TrustStore, data: st.DataObject) -> None:
    whole = samples.valid
    place = data.draw(st.integers(0, hole(whole).start))
    changed = data.draw(st.sampled_from([whole[:place] + b" " + whole[place:], whole[:place] + whole[place + 1 :]]))
    assert sound(audit_bytes(changed, trust, name="x.pdf")).verdict is not Verdict.VALID


# --- CMS ------------------------------------------------------------------------------------------------------------

CONTENT = "Giấy khai sinh".encode() * 20


@pytest.fixture(scope="module")
def detached(world: World) -> bytes:
    pki = world.pki
    return sign_detached(CONTENT, pki.signer("official"), baseline=Baseline.B_LT, tsa=pki.tsa(), collect=pki.collect)


@settings(max_examples=200)
@given(data=st.data())
def test_a_detached_signature(
    trust: TrustStore, detached: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place, changed = change(data, detached)
    report = beside(tmp_path_factory, CONTENT, changed, trust)
    if any(place in part for part in signed_parts(detached)):
        assert report.verdict is not Verdict.VALID


def signed_parts(cms: bytes) -> list[range]:
    """Where the signature value and the signed attributes stand."""
    parsed = parse_cms(cms)
    assert parsed.signed_attributes_der is not None
    parts = []
    for part in (parsed.signature_value, parsed.signed_attributes_der[2:]):  # behind the tag and the length
        begin = cms.index(part)
        parts.append(range(begin, begin + len(part)))
    return parts


@settings(max_examples=40)
@given(data=st.data())
def test_what_a_detached_signature_signs(
    trust: TrustStore, detached: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    assert beside(tmp_path_factory, CONTENT, detached, trust).verdict is Verdict.VALID
    _, changed = change(data, CONTENT)
    assert beside(tmp_path_factory, changed, detached, trust).verdict is Verdict.INVALID


def beside(folders: pytest.TempPathFactory, content: bytes, signature: bytes, trust: TrustStore) -> Report:
    folder = folders.getbasetemp()
    (folder / "mutated.bin").write_bytes(content)
    (folder / "mutated.bin.p7s").write_bytes(signature)
    return sound(audit_file(folder / "mutated.bin.p7s", trust))


# --- dossiers and other containers ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.make(world, tmp_path_factory.mktemp("mutations"), register=False) as made:
        yield made


@pytest.fixture(scope="module")
def dossier(office: Office) -> bytes:
    made: Dossier = office.five_steps(until=2).extend(collect=office.world.collect)
    return made.file.container.to_bytes()


def unpacked(container: bytes) -> dict[str, bytes]:
    """The entries that signatures cover; the mimetype is a label, and a signature grows."""
    with zipfile.ZipFile(io.BytesIO(container)) as opened:
        every = {name: opened.read(name) for name in opened.namelist()}
    return {name: data for name, data in every.items() if name != "mimetype" and "signature" not in name}


@settings(max_examples=150)
@given(data=st.data())
def test_a_byte_of_a_dossier_s_archive(trust: TrustStore, dossier: bytes, data: st.DataObject) -> None:
    _, changed = change(data, dossier)
    report = sound(audit_bytes(changed, trust, name="x.asice"))
    if report.verdict is Verdict.VALID:
        assert unpacked(changed) == unpacked(dossier)


@settings(max_examples=150)
@given(data=st.data())
def test_a_byte_of_a_dossier_s_entries(trust: TrustStore, dossier: bytes, data: st.DataObject) -> None:
    files = Container.read(dossier).files
    name = data.draw(st.sampled_from(sorted(unpacked(dossier))))
    _, changed = change(data, files[name])
    packed = Container({**files, name: changed}).to_bytes()  # type: ignore[arg-type]
    assert sound(audit_bytes(packed, trust, name="x.asice")).verdict is not Verdict.VALID


@pytest.mark.parametrize("name", ["asic-cades-B-LT.asics", "asic-xades-B-LT.asice", "asic-xades-B-LTA.asics"])
@settings(max_examples=80)
@given(data=st.data())
def test_a_container_of_eu_dss(name: str, data: st.DataObject) -> None:
    whole = (VECTORS / name).read_bytes()
    assert by_dss(whole, name).verdict is Verdict.VALID
    _, changed = change(data, whole)
    if by_dss(changed, name).verdict is Verdict.VALID:
        assert unpacked(changed) == unpacked(whole)


def by_dss(data: bytes, name: str) -> Report:
    return sound(audit_bytes(data, DSS_TRUST, name=name, at=MADE + timedelta(minutes=5)))


# --- XML ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["enveloped-B-LT.xml", "enveloping-B-LT.xml", "content-timestamp-B-LT.xml"])
@settings(max_examples=120)
@given(data=st.data())
def test_a_signed_xml_document(name: str, data: st.DataObject) -> None:
    whole = (VECTORS / name).read_bytes()
    assert by_dss(whole, name).verdict is Verdict.VALID
    _, changed = change(data, whole)
    if by_dss(changed, name).verdict is Verdict.VALID:
        assert [part(etree.fromstring(changed)) for part in PARTS] == [part(etree.fromstring(whole)) for part in PARTS]


def canonical(element: Any) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def signed_content(root: Any) -> bytes:
    """All but signatures, as it is signed; of an enveloping signature what lies in its objects."""
    inside = [canonical(e) for e in root.iter(f"{DSIG}Object") if e.find(f"{XADES}QualifyingProperties") is None]
    if root.tag == f"{DSIG}Signature":
        return b"".join(inside)
    for signature in list(root.iter(f"{DSIG}Signature")):
        signature.getparent().remove(signature)
    return canonical(root)


def first(tag: str) -> Callable[[Any], bytes]:
    return lambda root: canonical(next(root.iter(tag)))


PARTS = (first(f"{DSIG}SignedInfo"), first(f"{XADES}SignedProperties"), signed_content)
