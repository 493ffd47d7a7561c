"""The compact serialisation of SD-JWT and SD-JWT+KB (RFC 9901 §4): `<JWT>~<Disclosure>~…~` with or without a proof.

The JSON serialisations of §8 are not read and not written: nobody in this house asks for them, and one spelling is
one parser. Nothing is proven by reading; `reveal` and the signature checks come after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import LimitError, MalformedError

MAX_CHARS = 64 * 1024  # characters of one SD-JWT with all its disclosures and its proof
MAX_DISCLOSURES = 256  # disclosures in one SD-JWT

_TILDE = "~"
_LEAST_PARTS = 2  # the issuer-signed JWT and what follows its tilde


@dataclass(frozen=True, slots=True, repr=False)
class SdJwt:
    """An SD-JWT taken apart: the issuer-signed JWT, the disclosures as they were encoded, the proof or None.

    `over` is what a proof signs the digest of: everything up to and with the last tilde.
    """

    token: str
    disclosures: tuple[str, ...]
    proof: str | None
    over: str

    @classmethod
    def parse(cls, text: str) -> SdJwt:
        """The parts of `text`, unproven. Raises `MalformedError` (`disclosure.malformed`), `LimitError`."""
        if type(text) is not str or not text.isascii():
            raise MalformedError("disclosure.malformed", why="not ASCII text", why_vi="không phải văn bản ASCII")
        if len(text) > MAX_CHARS:
            raise LimitError("token.too-large", limit=MAX_CHARS)
        parts = text.split(_TILDE, MAX_DISCLOSURES + _LEAST_PARTS)
        if len(parts) < _LEAST_PARTS:
            raise MalformedError(
                "disclosure.malformed",
                why="no tilde ends the issuer-signed JWT",
                why_vi="thiếu dấu ~ sau phần JWT do bên cấp ký",
            )
        if len(parts) > MAX_DISCLOSURES + _LEAST_PARTS:
            raise LimitError(
                "disclosure.malformed",
                why=f"more than {MAX_DISCLOSURES} disclosures",
                why_vi=f"có hơn {MAX_DISCLOSURES} phần công bố",
            )
        last = parts.pop()
        over = text[: len(text) - len(last)]
        return cls(parts[0], tuple(parts[1:]), last or None, over)

    def __repr__(self) -> str:
        return f"SdJwt({len(self.disclosures)} disclosures, proof={self.proof is not None})"


def combine(token: str, disclosures: Iterable[str]) -> str:
    """The SD-JWT of an issuer-signed JWT and encoded disclosures, ending in a tilde; a proof may be appended."""
    return _TILDE.join((token, *disclosures, ""))
