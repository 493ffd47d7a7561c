"""EF.SOD, the document security object (ICAO 9303-10 §4.6.2): signed hashes of the data groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import HashAlgorithm

from ..errors import IndeterminateError, LimitError, MalformedError, VerificationError
from .certificate import CardCertificate
from .cms import Signed, check_signed, find_signer, read_signed
from .der import (
    OCTET_STRING,
    SEQUENCE,
    DerError,
    Node,
    content,
    inside,
    octets,
    oid,
    only,
    raw,
    read_small,
)
from .signatures import UnsupportedError, WeakError, read_digest

MAX_BYTES = 65_536  # bytes of EF.SOD
TAG = 0x77
LAST_GROUP = 16  # data groups are numbered 1 to 16

_LDS_SECURITY_OBJECT = oid("2.23.136.1.1.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sod:
    """EF.SOD, parsed and not verified: the hash of every data group that the chip has, and who says so.

    `version` is the security object's (0 or 1), `lds_version` only told by version 1, as `1.8`.
    """

    version: int
    lds_version: str | None
    digest: bytes
    hashes: Mapping[int, bytes]
    signed: Signed

    @classmethod
    def parse(cls, data: bytes) -> Sod:
        """The security object in the file `data`. Raises `MalformedError` (`chip.malformed`), `LimitError`."""
        try:
            file = octets(data)
            if len(file) > MAX_BYTES:
                raise LimitError("chip.too-large", what="EF.SOD", what_vi="EF.SOD", limit=f"{MAX_BYTES} bytes")
            return _parse(file)
        except DerError as e:
            raise MalformedError("chip.malformed", what="EF.SOD", why=e) from None

    def check_signature(self) -> CardCertificate:
        """The document signer's certificate with which the signature holds; who issued it is not looked at.

        Raises `VerificationError` (`chip.digest`, `chip.signature`, `chip.algorithm-weak`), `IndeterminateError`
        (`chip.no-signer`, `chip.algorithm-unknown`), `MalformedError`.
        """
        try:
            signer = find_signer(self.signed)
            if signer is None:
                raise IndeterminateError("chip.no-signer", what="EF.SOD", what_vi="EF.SOD")
            check_signed(self.signed, signer, "EF.SOD", "EF.SOD")
        except DerError as e:
            raise MalformedError("chip.malformed", what="EF.SOD", why=e) from None
        return signer

    def hash_algorithm(self) -> HashAlgorithm:
        """The hash of the data groups. Raises as `check_signature` does."""
        try:
            return read_digest(self.digest)
        except WeakError as e:
            raise VerificationError("chip.algorithm-weak", what="EF.SOD", what_vi="EF.SOD", why=e) from None
        except UnsupportedError as e:
            raise IndeterminateError("chip.algorithm-unknown", what="EF.SOD", what_vi="EF.SOD", why=e) from None
        except DerError as e:
            raise MalformedError("chip.malformed", what="EF.SOD", why=e) from None


def _parse(data: bytes) -> Sod:
    _, _, start, stop = only(data, TAG)
    signed = read_signed(data[start:stop], _LDS_SECURITY_OBJECT)
    lds = signed.content
    fields = inside(lds, only(lds, SEQUENCE))
    if not 3 <= len(fields) <= 4:
        raise DerError("the security object's fields are not three or four")
    version = read_small(lds, fields[0], 1)
    return Sod(
        version=version,
        lds_version=_lds_version(lds, fields[3:], version),
        digest=raw(lds, fields[1]),
        hashes=_hashes(lds, fields[2]),
        signed=signed,
    )


def _hashes(lds: bytes, node: Node) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for entry in inside(lds, node):
        pair = inside(lds, entry)
        if len(pair) != 2:
            raise DerError("a data group's hash is not a number and a hash")
        number = read_small(lds, pair[0], LAST_GROUP)
        if number in found or not number:
            raise DerError("a data group stands twice or has no number")
        found[number] = content(lds, pair[1], OCTET_STRING)
    if not found:
        raise DerError("no data group is listed")
    return found


def _lds_version(lds: bytes, rest: list[Node], version: int) -> str | None:
    """LDSVersionInfo: `0108` becomes 1.8. Version 1 must have it, version 0 must not (ICAO 9303-10 §4.6.2.3)."""
    if not rest:
        if version:
            raise DerError("the version of the data structure is missing")
        return None
    texts = [lds[node[2] : node[3]] for node in inside(lds, rest[0])]
    if not version or len(texts) != 2 or len(texts[0]) != 4 or not texts[0].isdigit():
        raise DerError("the version of the data structure is malformed")
    return f"{int(texts[0][:2])}.{int(texts[0][2:])}"
