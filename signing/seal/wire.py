"""The errors of `eid`'s Base45, CBOR and COSE as errors of seals."""

from __future__ import annotations

from eid import errors as eid_errors
from eid.messages.phrases import in_vietnamese

from ..errors import LimitError, MalformedError, SigningError

_CODES = {
    "base45.malformed": "seal.base45",
    "base45.too-large": "seal.too-large",
    "cbor.malformed": "seal.cbor",
    "cose.malformed": "seal.cose",
    "cose.inflate": "seal.inflate",
}


def ours(error: eid_errors.MalformedError) -> SigningError:
    """The error of this package that says the same."""
    kind = LimitError if isinstance(error, eid_errors.LimitError) else MalformedError
    other = {f"{name}_vi": in_vietnamese(str(value)) for name, value in error.details.items()}
    return kind(_CODES[error.code], **error.details, **other)
