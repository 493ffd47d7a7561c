"""Attacks on XML signatures (McIntosh and Austel 2005, Somorovsky 2012, CVE-2018-0489 …): none is called valid."""

from __future__ import annotations

import base64
import copy
import hashlib
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from signing.audit import audit_bytes
from signing.report import Indication
from signing.xades import document
from signing.xades.names import DSIG, XADES_132

from ..patience import cost
from .authority import NOW
from .xml_makers import ENVELOPING, INVOICE, Desk, answer, codes, signature_in, tree

DS, XADES = f"{{{DSIG}}}", f"{{{XADES_132}}}"
HD = "{urn:hd}"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def by_id(desk: Desk) -> bytes:
    """The invoice's data signed by their identifier, as Vietnamese invoices are."""
    return desk.sign(uri="data")


@pytest.fixture(scope="module")
def whole(desk: Desk) -> bytes:
    return desk.sign()


def forged(data: Any) -> Any:
    """A copy of the signed data that says something else."""
    fake = copy.deepcopy(data)
    fake.find(f"{HD}Tien").text = "900"
    return fake


# --- wrapping --------------------------------------------------------------------------------------------------------


def into_object(root: Any) -> None:
    """The signed element moves into an Object of its signature; a forged one takes its place."""
    data = root.find(f"{HD}DLHDon")
    fake = forged(data)
    fake.attrib.pop("Id")
    root.replace(data, fake)
    holder = etree.SubElement(signature_in(root), f"{DS}Object")
    holder.append(data)


def into_wrapper(root: Any) -> None:
    """The signed element moves into an element that nobody reads."""
    data = root.find(f"{HD}DLHDon")
    fake = forged(data)
    fake.set("Id", "other")
    root.replace(data, fake)
    etree.SubElement(root, f"{HD}Wrapper").append(data)


def before_it(root: Any) -> None:
    """A forged element stands before the signed one."""
    fake = forged(root.find(f"{HD}DLHDon"))
    fake.attrib.pop("Id")
    root.insert(0, fake)


def behind_it(root: Any) -> None:
    """A forged element stands behind it, with an identifier of its own."""
    fake = forged(root.find(f"{HD}DLHDon"))
    fake.set("Id", "data2")
    root.append(fake)


def around_it(root: Any) -> None:
    """The forged element holds the signed one, deep inside."""
    data = root.find(f"{HD}DLHDon")
    fake = forged(data)
    fake.attrib.pop("Id")
    root.replace(data, fake)
    etree.SubElement(fake, f"{HD}Ext").append(data)


def inside_it(root: Any) -> None:
    """The forged one stands beside the signature, inside an unsigned element of its own."""
    fake = forged(root.find(f"{HD}DLHDon"))
    fake.attrib.pop("Id")
    etree.SubElement(root, f"{HD}DSCKS").append(fake)


WRAPPINGS: list[Callable[[Any], None]] = [into_object, into_wrapper, before_it, behind_it, around_it, inside_it]


@pytest.mark.parametrize("wrap", WRAPPINGS)
def test_a_signed_element_moved_aside_is_not_valid(desk: Desk, by_id: bytes, wrap: Callable[[Any], None]) -> None:
    root = tree(by_id)
    wrap(root)
    report = desk.judge_one(etree.tostring(root))
    assert report.indication is Indication.INDETERMINATE, report.findings
    if wrap is into_object:  # the enveloped-signature transform would take the signed element away with the signature
        assert report.intact is None
    else:
        assert report.intact is True  # which is the point of the attack
        assert "xades.wrapping" in codes(report, "error")


def test_two_elements_with_the_signed_identifier_are_a_format_failure(desk: Desk, by_id: bytes) -> None:
    for name in ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"):
        root = tree(by_id)
        fake = forged(root.find(f"{HD}DLHDon"))
        fake.attrib.pop("Id")
        fake.set(name, "data")
        root.insert(0, fake)
        report = desk.judge_one(etree.tostring(root))
        assert answer(report) == ("TOTAL-FAILED", "FORMAT_FAILURE", False)
        assert "xades.duplicate-id" in codes(report)


def test_the_whole_signed_document_inside_a_forged_one_is_not_valid(desk: Desk, whole: bytes) -> None:
    root = tree(INVOICE)
    root.find(f".//{HD}Tien").text = "900"
    root.append(tree(whole))
    assert desk.judge_one(etree.tostring(root)).indication is Indication.FAILED


def test_a_forged_document_hidden_in_the_signature_is_told(desk: Desk, whole: bytes) -> None:
    root = tree(whole)
    holder = etree.SubElement(signature_in(root), f"{DS}Object")
    holder.append(tree(INVOICE))
    report = desk.judge_one(etree.tostring(root))
    assert report.indication is Indication.INDETERMINATE
    assert {"xades.wrapping", "xades.unsigned-object"} <= codes(report)


def test_a_second_object_beside_the_enveloped_one_is_told(desk: Desk) -> None:
    root = tree(desk.sign(method=ENVELOPING))
    etree.SubElement(root, f"{DS}Object").text = "khac"
    assert "xades.unsigned-object" in codes(desk.judge_one(etree.tostring(root)), "warning")
    fake = etree.SubElement(root, f"{DS}Object")
    fake.append(tree(INVOICE))
    assert desk.judge_one(etree.tostring(root)).indication is Indication.INDETERMINATE


def test_content_that_is_no_part_of_a_signature_is_not_taken_inside_one(desk: Desk, whole: bytes) -> None:
    root = tree(whole)
    etree.SubElement(signature_in(root), "{urn:evil}Note").text = "khac"
    assert answer(desk.judge_one(etree.tostring(root)))[:2] == ("TOTAL-FAILED", "FORMAT_FAILURE")


def test_signed_properties_of_another_signature_are_not_believed(desk: Desk, whole: bytes) -> None:
    """The referenced SignedProperties move aside; the signature shows others, with another time and certificate."""
    root = tree(whole)
    holder = next(root.iter(f"{XADES}QualifyingProperties"))
    signed = holder.find(f"{XADES}SignedProperties")
    fake = copy.deepcopy(signed)
    fake.set("Id", "fake")
    next(fake.iter(f"{XADES}SigningTime")).text = "2020-01-01T00:00:00Z"
    holder.replace(signed, fake)
    etree.SubElement(signature_in(root), f"{DS}Object").append(signed)
    report = desk.judge_one(etree.tostring(root))
    assert report.indication is not Indication.PASSED
    assert report.signing_time is None
    assert "xades.properties-unsigned" in codes(report)


@pytest.mark.parametrize("target", [None, "", "#other"])
def test_properties_that_name_another_signature_are_a_format_failure(
    desk: Desk, whole: bytes, target: str | None
) -> None:
    root = tree(whole)
    holder = next(root.iter(f"{XADES}QualifyingProperties"))
    holder.attrib.pop("Target")
    if target is not None:
        holder.set("Target", target)
    report = desk.judge_one(etree.tostring(root))
    assert answer(report)[:2] == ("TOTAL-FAILED", "FORMAT_FAILURE")


# --- references ------------------------------------------------------------------------------------------------------


def _resigned(desk: Desk, change: Callable[[Any], None], **how: Any) -> bytes:
    """A signature whose SignedInfo was changed by somebody who has the key: what is left is what references say."""
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    root = tree(desk.sign(**how))
    element = signature_in(root)
    change(element)
    doc = document.Document.parse(etree.tostring(root))
    element = signature_in(doc.root)
    info = element.find(f"{DS}SignedInfo")
    octets = doc.canonical(info, info.find(f"{DS}CanonicalizationMethod").get("Algorithm"))
    r, s = utils.decode_dss_signature(desk.person().key.sign(octets, ec.ECDSA(SHA256())))  # type: ignore[union-attr]
    value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    element.find(f"{DS}SignatureValue").text = base64.b64encode(value).decode()
    return etree.tostring(doc.root)


def test_a_signature_over_nothing_but_itself_signs_nothing(desk: Desk) -> None:
    def change(element: Any) -> None:
        info = element.find(f"{DS}SignedInfo")
        info.remove(info.findall(f"{DS}Reference")[0])

    report = desk.judge_one(_resigned(desk, change))
    assert answer(report)[:2] == ("INDETERMINATE", "SIG_CONSTRAINTS_FAILURE")
    assert "xades.nothing-signed" in codes(report, "error")


@pytest.mark.parametrize("behind", [False, True])
def test_an_unsigned_stylesheet_beside_a_signed_root_is_told(desk: Desk, behind: bool) -> None:
    instruction = b'<?xml-stylesheet type="text/xsl" href="evil.xsl"?>'
    signed = desk.sign(b'<HDon xmlns="urn:hd" Id="all"><So>1</So></HDon>', uri="#all")
    assert "xades.instructions" not in codes(desk.judge_one(signed))
    report = desk.judge_one(signed + instruction if behind else instruction + signed)
    assert "xades.instructions" in codes(report, "warning")


def test_a_stylesheet_that_is_signed_with_all_of_the_document_is_not_told_and_cannot_be_added(desk: Desk) -> None:
    def change(element: Any) -> None:
        reference = next(element.iter(f"{DS}Reference"))
        reference.set("URI", "")
        root = copy.deepcopy(element.getroottree())
        root.getroot().remove(next(root.iter(f"{DS}Signature")))
        octets = etree.tostring(root, method="c14n")
        reference.find(f"{DS}DigestValue").text = base64.b64encode(hashlib.sha256(octets).digest()).decode()

    signed = _resigned(desk, change)
    assert desk.judge_one(signed).indication is Indication.PASSED
    assert desk.judge_one(b"<?xml-stylesheet href='evil.xsl'?>" + signed).sub_indication == "HASH_FAILURE"


@pytest.mark.parametrize(
    ("digest", "expected"),
    [
        ("http://www.w3.org/2001/04/xmldsig-more#md5", "CRYPTO_CONSTRAINTS_FAILURE"),
        ("http://www.w3.org/2000/09/xmldsig#sha1", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"),
        ("http://www.w3.org/2001/04/xmlenc#sha256", None),
    ],
)
def test_a_weak_digest_does_not_hide_behind_a_strong_manifest(desk: Desk, digest: str, expected: str | None) -> None:
    content, name = b"hoa don", digest.rpartition("#")[2]

    def change(element: Any) -> None:
        listed = base64.b64encode(hashlib.new(name, content).digest()).decode()
        holder = etree.SubElement(element, f"{DS}Object")
        holder.append(
            etree.fromstring(
                f'<Manifest xmlns="{DSIG}" Id="listed"><Reference URI="a.txt"><DigestMethod Algorithm="{digest}"/>'
                f"<DigestValue>{listed}</DigestValue></Reference></Manifest>"
            )
        )
        octets = etree.tostring(holder[0], method="c14n")
        reference = element.find(f"{DS}SignedInfo").find(f"{DS}Reference")
        reference.set("URI", "#listed")
        reference.remove(reference.find(f"{DS}Transforms"))
        reference.find(f"{DS}DigestValue").text = base64.b64encode(hashlib.sha256(octets).digest()).decode()

    report = desk.judge_one(_resigned(desk, change), lambda uri: content if uri == "a.txt" else None)
    indication = Indication.INDETERMINATE if expected else Indication.PASSED
    assert (report.indication, report.sub_indication, report.intact) == (indication, expected, True)
    assert report.digest_algorithm == name


@pytest.mark.parametrize(
    "uri", ["#nowhere", "http://127.0.0.1:9/x", "file:///etc/passwd", "../secret", "/etc/passwd", "a.xml#b", "ftp://x"]
)
def test_a_reference_to_what_is_not_at_hand_is_never_fetched_nor_valid(desk: Desk, uri: str) -> None:
    def change(element: Any) -> None:
        next(element.iter(f"{DS}Reference")).set("URI", uri)

    report = desk.judge_one(_resigned(desk, change))
    assert answer(report) == ("INDETERMINATE", "SIGNED_DATA_NOT_FOUND", None)


@pytest.mark.parametrize(
    "transform",
    [
        '<Transform xmlns="{0}" Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x:stylesheet '
        'xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/></Transform>',
        '<Transform xmlns="{0}" Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>'
        "count(//. | //@* | //namespace::*)</XPath></Transform>",
        '<Transform xmlns="{0}" Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"><XPath '
        'xmlns="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">//Tien</XPath></Transform>',
        '<Transform xmlns="{0}" Algorithm="urn:made-up"/>',
        '<Transform xmlns="{0}"/>',
    ],
)
def test_transforms_outside_the_closed_list_are_refused(desk: Desk, transform: str) -> None:
    def change(element: Any) -> None:
        holder = next(element.iter(f"{DS}Transforms"))
        holder.insert(1, etree.fromstring(transform.replace("{0}", DSIG)))

    report = desk.judge_one(_resigned(desk, change))
    assert answer(report) == ("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE", None)
    assert "signature.unsupported" in codes(report)


def test_a_thousand_transforms_or_references_are_refused(desk: Desk) -> None:
    def transforms(element: Any) -> None:
        holder = next(element.iter(f"{DS}Transforms"))
        for _ in range(1000):
            etree.SubElement(holder, f"{DS}Transform").set("Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#")

    def references(element: Any) -> None:
        info = element.find(f"{DS}SignedInfo")
        info.extend(copy.deepcopy(info.find(f"{DS}Reference")) for _ in range(1000))

    for change in (transforms, references):
        assert desk.judge_one(_resigned(desk, change)).indication is Indication.FAILED


def test_the_work_of_all_references_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_WORK_BYTES", 20_000)

    def change(element: Any) -> None:
        info = element.find(f"{DS}SignedInfo")
        info.extend(copy.deepcopy(info.find(f"{DS}Reference")) for _ in range(100))

    monkeypatch.setattr(document, "MAX_WORK_BYTES", 10_000_000)
    data = _resigned(desk, change)
    monkeypatch.setattr(document, "MAX_WORK_BYTES", 20_000)
    report = desk.judge_one(data)
    assert answer(report) == ("INDETERMINATE", "GENERIC", None)
    assert "input.too-large" in codes(report)


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_signature_by_a_bare_key_has_no_signer(desk: Desk) -> None:
    root = tree(desk.sign(xades=False))
    for holder in list(root.iter(f"{DS}X509Data")):
        holder.getparent().remove(holder)
    report = desk.judge_one(etree.tostring(root))
    assert answer(report) == ("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND", None)


def test_an_hmac_keyed_with_a_public_key_is_refused(desk: Desk) -> None:
    root = tree(desk.sign(xades=False))
    next(root.iter(f"{DS}SignatureMethod")).set("Algorithm", f"{DSIG}hmac-sha1")
    report = desk.judge_one(etree.tostring(root))
    assert report.indication is Indication.INDETERMINATE
    assert "signature.unsupported" in codes(report)


def test_another_s_certificate_in_key_info_does_not_pass(desk: Desk) -> None:
    signer, other = desk.person(), desk.person("Người khác")
    for xades in (True, False):
        signed = desk.sign(xades=xades)
        swapped = signed.replace(*(base64.b64encode(h.der) for h in (signer, other)))
        assert swapped != signed or b"\n" in signed
        root = tree(signed)
        next(root.iter(f"{DS}X509Certificate")).text = base64.b64encode(other.der).decode()
        report = desk.judge_one(etree.tostring(root))
        assert report.indication is not Indication.PASSED


def test_a_twin_certificate_for_the_same_key_breaks_the_binding(desk: Desk) -> None:
    from .authority import make

    key = desk.person().key
    twin = make("Người ký giả", desk.people["issuing"], key=key)
    root = tree(_without_signed_key_info(desk))
    next(root.iter(f"{DS}X509Certificate")).text = base64.b64encode(twin.der).decode()
    report = desk.judge_one(etree.tostring(root))
    assert report.indication is not Indication.PASSED
    assert "signature.certificate-binding" in codes(report)


def _without_signed_key_info(desk: Desk) -> bytes:
    """signxml signs KeyInfo too; most others do not."""

    def change(element: Any) -> None:
        info = element.find(f"{DS}SignedInfo")
        info.remove(info.findall(f"{DS}Reference")[2])

    return _resigned(desk, change)


# --- the document ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE HDon [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE HDon SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE HDon [<!ATTLIST DLHDon Id ID #FIXED "data">]>',
        '<?xml version="1.0"?><!-- x --><!DOCTYPE HDon>',
    ],
)
@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_a_document_type_is_not_followed(desk: Desk, whole: bytes, prolog: str, coding: str) -> None:
    data = (prolog + whole.decode()).encode(coding)
    report = desk.judge_one(data)
    assert answer(report) == ("INDETERMINATE", "GENERIC", None)


def test_comments_cannot_cut_a_text_unseen(desk: Desk, whole: bytes) -> None:
    data = whole.replace(b">100<", b">1<!-- -->00<")
    report = desk.judge_one(data)
    assert report.intact is True
    assert "xades.comments" in codes(report, "warning")


def test_deep_or_wide_documents_are_answered_in_time(desk: Desk) -> None:
    sig = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'
    spaces = b"".join(b' xmlns:n%d="urn:%d"' % (i, i) for i in range(5000))
    cases = [
        b"<a>" * 100_000 + sig + b"</a>" * 100_000,
        b"<r" + spaces + b">" + b"<a/>" * 50_000 + sig + b"</r>",
        b"<r>" + sig * 2000 + b"</r>",
        b"<r " + b" ".join(b'a%d="1"' % i for i in range(100_000)) + b">" + sig + b"</r>",
        b"<r>" + b"<a Id='x'/>" * 200_000 + sig + b"</r>",
    ]
    for data in cases:
        with cost(10):
            assert all(r.indication is not Indication.PASSED for r in desk.judge(data))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 3))
def test_a_valid_file_with_other_bytes_is_never_valid_unless_it_says_the_same(seed: int, count: int) -> None:
    desk = _DESK
    data, rng = bytearray(_SIGNED), random.Random(seed)
    for _ in range(count):
        data[rng.randrange(len(data))] = rng.choice(b"<>/=\"'& aA01x\n\xc3\xa1")
    report = audit_bytes(bytes(data), desk.scene.trust, name="x.xml", at=NOW, policy=desk.conditions().policy)
    if report.verdict == "valid":
        kept = [etree.tostring(e, method="c14n") for e in tree(bytes(data)) if e.tag != f"{DS}Signature"]
        assert kept == [etree.tostring(e, method="c14n") for e in tree(_SIGNED) if e.tag != f"{DS}Signature"]


_DESK = Desk()
_SIGNED = _DESK.sign()
