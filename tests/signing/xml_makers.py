"""XML signatures of a small PKI with every time under control, made by signxml, and judged by us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml import CanonicalizationMethod, SignatureConstructionMethod, XMLSigner
from signxml.xades import XAdESSigner

from signing.policy import DEFAULT_POLICY, Policy
from signing.report import SignatureReport
from signing.xades.file import Conditions, examine_xml, nothing_outside
from signing.xades.reference import Outside

from .authority import HOUR, NOW, Holder, make
from .scene import Scene

DS = "http://www.w3.org/2000/09/xmldsig#"
INVOICE = b'<HDon xmlns="urn:hd"><DLHDon Id="data"><So>1</So><Tien>100</Tien></DLHDon></HDon>'
NO_REVOCATION = replace(DEFAULT_POLICY, require_revocation=False)
ENVELOPED = SignatureConstructionMethod.enveloped
ENVELOPING = SignatureConstructionMethod.enveloping
DETACHED = SignatureConstructionMethod.detached


@dataclass(frozen=True, slots=True)
class Desk:
    """A signer below an issuing CA; `sign` gives XML, `judge` our reports with nobody revoked."""

    scene: Scene = field(default_factory=Scene)
    people: dict[str, Holder] = field(default_factory=dict)

    def person(self, name: str = "Người ký", **given: Any) -> Holder:
        """A signer, the same for the same name."""
        if "issuing" not in self.people:
            self.people["issuing"] = self.scene.issuing()
        if name not in self.people:
            self.people[name] = make(name, self.people["issuing"], **given)
        return self.people[name]

    def sign(
        self,
        xml: bytes | Any = INVOICE,
        *,
        by: Holder | None = None,
        xades: bool = True,
        method: SignatureConstructionMethod = ENVELOPED,
        uri: str | None = None,
        at: datetime = NOW - HOUR,
        algorithm: str = "ecdsa-sha256",
        c14n: CanonicalizationMethod = CanonicalizationMethod.CANONICAL_XML_1_0,
        digest: str = "sha256",
        chain: Sequence[Holder] | None = None,
        **more: Any,
    ) -> bytes:
        """A signed document; `uri` is `#id` or nothing for all of it."""
        holder = by or self.person()
        kind = XAdESSigner if xades else XMLSigner
        signer = kind(method=method, signature_algorithm=algorithm, digest_algorithm=digest, c14n_algorithm=c14n)
        certificates = [
            h.certificate.public_bytes(Encoding.PEM).decode() for h in chain or (holder, self.people["issuing"])
        ]
        root = etree.fromstring(xml) if isinstance(xml, bytes) else xml
        signed = signer.sign(root, key=holder.key, cert=certificates, reference_uri=uri, **more)
        return etree.tostring(signed)

    def conditions(self, policy: Policy = NO_REVOCATION, at: datetime | None = None) -> Conditions:
        """Our roots, at a time at which all is valid: signxml dates signatures by the clock."""
        return Conditions(trust=self.scene.trust, at=at or NOW, policy=policy)

    def judge(self, xml: bytes, outside: Outside = nothing_outside, **how: Any) -> tuple[SignatureReport, ...]:
        """Our reports of every signature in `xml`."""
        return examine_xml(xml, self.conditions(**how), outside).reports

    def judge_one(self, xml: bytes, outside: Outside = nothing_outside, **how: Any) -> SignatureReport:
        """Our report of the only signature."""
        (report,) = self.judge(xml, outside, **how)
        return report


def codes(report: SignatureReport, severity: str | None = None) -> set[str]:
    """The codes of its findings."""
    return {f.code for f in report.findings if severity in (None, f.severity)}


def answer(report: SignatureReport) -> tuple[str, str | None, bool | None]:
    """Indication, sub-indication and whether it is intact."""
    return str(report.indication), report.sub_indication, report.intact


def tree(xml: bytes) -> Any:
    """The root element."""
    return etree.fromstring(xml)


def signature_in(root: Any) -> Any:
    """The first ds:Signature."""
    return next(root.iter(f"{{{DS}}}Signature"))
