"""Signatures that cannot be read, or of which nobody can say what they sign: what is reported instead of an answer."""

from __future__ import annotations

from ..cms.parse import CmsSignature, are_signed_attributes
from ..errors import MalformedError, SigningError
from ..report import Finding, Indication, SignatureReport

ATTRIBUTES_SIGNED = MalformedError("signature.unsupported", why="signed attributes in the place of the document")


def malformed_report(id: str, format: str, error: SigningError, *, type: str = "signature") -> SignatureReport:  # noqa: A002
    """The report of a signature or timestamp that could not be parsed: FAILED if malformed, else INDETERMINATE."""
    failed = isinstance(error, MalformedError) and error.code != "signature.unsupported"
    return SignatureReport(
        id=id,
        type=type,
        format=format,
        indication=Indication.FAILED if failed else Indication.INDETERMINATE,
        sub_indication="FORMAT_FAILURE" if failed else "GENERIC",
        findings=(Finding.from_error(error),),
    )


def may_be_of_another(cms: CmsSignature, content: bytes) -> bool:
    """Whether what was signed may be another document: `content` may be its signed attributes (RFC 5652 §11)."""
    return cms.signed_attributes_der is None and are_signed_attributes(content)
