"""An XML document that has to be signed as a whole by a key given beforehand: trusted lists (TS 119 612 §5.7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509

from ..errors import IndeterminateError, VerificationError
from ..policy import DEFAULT_POLICY, Policy
from ..report import Finding
from ..validation.timestamp import algorithm_problem
from .document import Document
from .file import nothing_outside
from .form import XmlForm
from .names import SIGNATURE
from .signature import read_signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Enveloped:
    """What was proven: `content` is what was signed, canonical, without the signature; read that and nothing else."""

    content: bytes
    certificate: x509.Certificate
    signing_time: datetime | None


def verify_enveloped(
    xml: bytes, certificates: Iterable[x509.Certificate], *, at: datetime, policy: Policy = DEFAULT_POLICY
) -> Enveloped:
    """The content of `xml`, whose root holds one enveloped signature over all of it by one of `certificates`.

    Chains, validity and revocation are not asked: the certificates are trusted as they are. `policy` judges the
    algorithms at the time `at`. Raises `VerificationError` (`xades.not-signed`, `xades.not-by-these`, or the code of
    the check that failed), `IndeterminateError` where it cannot be told, `MalformedError`, `LimitError`.
    """
    document = Document.parse(xml)
    found = document.root.findall(SIGNATURE)
    if len(found) != 1 or len(list(document.root.iter(SIGNATURE))) != 1:
        raise VerificationError("xades.not-signed")
    sig = read_signature(found[0], document)
    certificate = next((c for c in certificates if sig.is_by(c)), None)
    if certificate is None:
        raise VerificationError("xades.not-by-these")
    sig = replace(sig, signer_certificate=certificate)
    form = XmlForm.of(sig, nothing_outside)
    intact, findings = form.check()
    _require(intact, findings)
    weak = algorithm_problem(sig, at, policy)
    if weak is not None:
        _require(False, (weak[1],))
    whole = [c.found for c in form.signed if c.found is not None and c.found.whole and c.found.without]
    if not whole:
        raise VerificationError("xades.not-signed")
    return Enveloped(content=whole[0].octets, certificate=certificate, signing_time=sig.signing_time)


def _require(intact: bool | None, findings: tuple[Finding, ...]) -> None:
    wrong = [f for f in findings if f.severity == "error"]
    if intact is True and not wrong:
        return
    kind = IndeterminateError if intact is None else VerificationError
    raise kind("xades.not-intact", why=wrong[0].text if wrong else "?", why_vi=wrong[0].text_vi if wrong else "?")
