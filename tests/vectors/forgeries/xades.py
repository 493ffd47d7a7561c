"""XML signatures (EN 319 132-1) made by signxml, with their evidence, and what is wrapped around or cut out of them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml import SignatureConstructionMethod
from signxml.xades import XAdESSigner

from signing.xades.names import DSIG, XADES_132
from tests.signing.authority import Holder
from tests.signing.test_xades_attacks import WRAPPINGS
from tests.signing.xml_makers import INVOICE, signature_in

from .case import Answer, Case
from .pdf_bases import Bench
from .stories import FORGED, GENUINE, UNPROVEN

DS = f"{{{DSIG}}}"


def signed(b: Bench, uri: str | None, by: Holder | None = None, xml: bytes = INVOICE) -> bytes:
    """The invoice signed by signxml, with certificates and lists of everybody as unsigned properties."""
    holder = by or b.person
    maker = XAdESSigner(method=SignatureConstructionMethod.enveloped, signature_algorithm="ecdsa-sha256")
    chain = [h.certificate.public_bytes(Encoding.PEM).decode() for h in (holder, b.issuing)]
    root = maker.sign(etree.fromstring(xml), key=holder.key, cert=chain, reference_uri=uri)
    crls = "".join(
        f"<EncapsulatedCRLValue>{base64.b64encode(crl).decode()}</EncapsulatedCRLValue>" for crl in b.lists()
    )
    values = (
        f'<UnsignedProperties xmlns="{XADES_132}"><UnsignedSignatureProperties><RevocationValues><CRLValues>'
        f"{crls}</CRLValues></RevocationValues></UnsignedSignatureProperties></UnsignedProperties>"
    )
    root.find(f".//{{{XADES_132}}}QualifyingProperties").append(etree.fromstring(values))
    return etree.tostring(root)


def cases(bench: Bench) -> Iterator[Case]:
    """Signed as a whole and in part, and forged."""
    whole, part = signed(bench, None), signed(bench, "data")
    yield _case("whole", "genuine", GENUINE, "the whole invoice is signed", whole)
    yield _case("part", "genuine", GENUINE, "the invoice's data are signed, by their identifier", part)
    for wrap in WRAPPINGS:
        why = (wrap.__doc__ or "").rstrip(".")
        yield _case(f"part-{wrap.__name__}", "wrapping", UNPROVEN, why, _edited(part, wrap))
    for name, xml in (("whole", whole), ("part", part)):
        yield from _changed(bench, name, xml)


def _case(name: str, class_name: str, answer: Answer, why: str, xml: bytes) -> Case:
    return Case(
        name=f"xades-{name.replace('_', '-')}", group="xades", class_name=class_name, answer=answer, why=why, data=xml,
        suffix=".xml",
    )  # fmt: skip


def _edited(xml: bytes, edit: Callable[[etree._Element], None]) -> bytes:
    root = etree.fromstring(xml)
    edit(root)
    return etree.tostring(root)


def _flipped(text: str) -> str:
    return text[:9] + ("A" if text[9] != "A" else "B") + text[10:]


def _changed(b: Bench, name: str, xml: bytes) -> Iterator[Case]:
    def forged(label: str, why: str, data: bytes, answer: Answer = FORGED) -> Case:
        return _case(f"{name}-{label}", "changed", answer, why, data)

    def element(path: str, change: Callable[[etree._Element], None]) -> bytes:
        return _edited(xml, lambda root: change(root.find(path)))

    def flip(found: etree._Element) -> None:
        found.text = _flipped(found.text)

    yield forged("amount", "the amount was changed", xml.replace(b"<Tien>100", b"<Tien>900"))
    yield forged("digest", "the digest in a reference was changed", element(f".//{DS}DigestValue", flip))
    yield forged("value", "the signature value was changed", element(f".//{DS}SignatureValue", flip))
    signer = b.leaf("Kẻ giả mạo")
    theirs = etree.fromstring(signed(b, None if name == "whole" else "data", signer))
    value = theirs.find(f".//{DS}SignatureValue").text
    swapped = element(f".//{DS}SignatureValue", lambda found: setattr(found, "text", value))
    yield forged("value-of-another", "the value is another person's", swapped)
    time = b"xades:SigningTime>"
    at = xml.index(time) + len(time)
    yield forged("time", "the signing time was changed", xml[:at] + b"1999" + xml[at + 4 :])
    certificate = base64.b64encode(signer.der).decode()
    key = element(f".//{DS}X509Certificate", lambda found: setattr(found, "text", certificate))
    yield forged("key-swapped", "the certificate is another person's", key)
    doctype = b'<!DOCTYPE HDon [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + xml
    yield forged("doctype", "a document type brings entities", doctype, UNPROVEN)
    bare = _edited(xml, lambda root: signature_in(root).getparent().remove(signature_in(root)))
    yield forged("no-signature", "the signature was removed", bare, UNPROVEN)
    moved = etree.fromstring(INVOICE.replace(b"100", b"900"))
    moved.append(signature_in(etree.fromstring(xml)))
    yield forged("moved", "the signature was moved to another invoice", etree.tostring(moved))
    references = _edited(xml, _without_references)
    yield forged("no-references", "the references were removed", references)


def _without_references(root: etree._Element) -> None:
    info = root.find(f".//{DS}SignedInfo")
    for reference in info.findall(f"{DS}Reference"):
        info.remove(reference)
