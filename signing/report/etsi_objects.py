"""The validation objects of a report in XML: certificates, timestamps, the file (ETSI TS 119 102-2 V1.4.1 §4.4)."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from hashlib import sha256

from lxml import etree

from ..clock import in_utc
from . import Report, SignatureReport
from .trail import Stamp

NAMESPACES = {
    None: "http://uri.etsi.org/19102/v1.4.1#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xades": "http://uri.etsi.org/01903/v1.3.2#",
    "tsl": "http://uri.etsi.org/02231/v2#",
    "own": "urn:x-eid-signing:report:1",
}
VR = "{http://uri.etsi.org/19102/v1.4.1#}"
_DS, _XADES, _OWN = (f"{{{NAMESPACES[prefix]}}}" for prefix in ("ds", "xades", "own"))
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_OBJECT = "urn:etsi:019102:validationObject:"
_POE = "urn:etsi:019102:poetype:validation"

ALGORITHMS = {  # RFC 6931, RFC 9231
    "md5": "http://www.w3.org/2001/04/xmldsig-more#md5",
    "sha1": "http://www.w3.org/2000/09/xmldsig#sha1",
    "sha224": "http://www.w3.org/2001/04/xmldsig-more#sha224",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
    "sha3_224": "http://www.w3.org/2007/05/xmldsig-more#sha3-224",
    "sha3_256": "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
    "sha3_384": "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
    "sha3_512": "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
}


def xml_text(value: str) -> str:
    """`value` as XML may hold it, and as no terminal or page is steered by it (XML 1.0 §2.2)."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)


def sub(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    """A new child in the namespace of the report."""
    child = etree.SubElement(parent, VR + tag, {key: xml_text(value) for key, value in attributes.items()})
    child.text = None if text is None else xml_text(text)
    return child


def own(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    """A new child in our own namespace; `lang` becomes xml:lang."""
    given = {_XML_LANG if key == "lang" else key: xml_text(value) for key, value in attributes.items()}
    child = etree.SubElement(parent, _OWN + tag, given)
    child.text = None if text is None else xml_text(text)
    return child


def digest_of(parent: etree._Element, algorithm: str, digest: bytes) -> None:
    """A `DigestAlgAndValue`; the algorithm is one of `ALGORITHMS`."""
    told = sub(parent, "DigestAlgAndValue")
    etree.SubElement(told, f"{_DS}DigestMethod", Algorithm=ALGORITHMS[algorithm])
    etree.SubElement(told, f"{_DS}DigestValue").text = b64encode(digest).decode()


def policy_implied(parent: etree._Element) -> None:
    """That the policy is the validator's own."""
    etree.SubElement(parent, f"{_XADES}SignaturePolicyImplied")


def signature_value(parent: etree._Element, value: bytes) -> None:
    """A `ds:SignatureValue`."""
    etree.SubElement(parent, f"{_DS}SignatureValue").text = b64encode(value).decode()


def other_id(parent: etree._Element) -> etree._Element:
    """A `tsl:Other` for whom no certificate stands."""
    return etree.SubElement(parent, f"{{{NAMESPACES['tsl']}}}Other")


def time_text(value: datetime) -> str:
    """xs:dateTime in UTC, to the second."""
    utc = in_utc(value)
    return f"{utc.year:04}-{utc:%m-%dT%H:%M:%S}Z"


class Objects:
    """Every object of a report, once each; its id is made of its digest."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._certificates: dict[bytes, str] = {}
        self._stamps: dict[str, Stamp] = {}
        for signature in report.signatures:
            for digest in self._chain(signature):
                self._certificates.setdefault(digest, f"C-{digest.hex().upper()}")
            for stamp in self._own_stamps(signature):
                self._stamps.setdefault(f"T-{stamp.sha256.hex().upper()}", stamp)
        known = report.sha256 is not None and len(report.sha256) == sha256().digest_size * 2
        self.file_id = f"F-{report.sha256.upper()}" if known and report.sha256 is not None else None

    @staticmethod
    def _chain(signature: SignatureReport) -> tuple[bytes, ...]:
        if signature.trail is not None and signature.trail.chain:
            return signature.trail.chain
        return (signature.certificate_sha256,) if signature.certificate_sha256 is not None else ()

    @staticmethod
    def _own_stamps(signature: SignatureReport) -> tuple[Stamp, ...]:
        return signature.trail.stamps if signature.trail is not None else ()

    def chain_of(self, signature: SignatureReport) -> list[str]:
        """The ids of its chain, the signer's first."""
        return [self._certificates[digest] for digest in self._chain(signature)]

    def stamp_id(self, stamp: Stamp) -> str:
        """The id of a timestamp."""
        return f"T-{stamp.sha256.hex().upper()}"

    def poe(self, parent: etree._Element, time: datetime, signature: SignatureReport) -> None:
        """The proof of existence at `time`: by the timestamp of that time, or by the validation itself."""
        sub(parent, "POETime", time_text(time))
        sub(parent, "TypeOfProof", _POE)
        by = next((s for s in self._own_stamps(signature) if s.counts and s.time == time), None)
        if by is not None:
            sub(parent, "POEObject", VOReference=self.stamp_id(by))

    def write(self, root: etree._Element) -> None:
        """All of them; nothing where there is none."""
        every = etree.Element(f"{VR}SignatureValidationObjects")
        if self.file_id is not None and self._report.sha256 is not None:
            self._object(every, self.file_id, "signedData", bytes.fromhex(self._report.sha256))
        for digest, id_ in self._certificates.items():
            self._object(every, id_, "certificate", digest)
        for id_, stamp in self._stamps.items():
            made = self._object(every, id_, "timestamp", stamp.sha256)
            if stamp.counts:
                sub(sub(made, "POEProvisioning"), "POETime", time_text(stamp.time))
        if len(every):
            root.append(every)

    def _object(self, every: etree._Element, id_: str, kind: str, digest: bytes) -> etree._Element:
        made = sub(every, "ValidationObject", id=id_)
        sub(made, "ObjectType", _OBJECT + kind)
        digest_of(sub(made, "ValidationObjectRepresentation"), "sha256", digest)
        poe = sub(made, "POE")
        sub(poe, "POETime", time_text(self._report.validated_at))
        sub(poe, "TypeOfProof", _POE)
        return made
