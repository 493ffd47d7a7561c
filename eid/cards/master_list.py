"""Master lists (ICAO 9303-12 §9.3): the country signing certificates that one publisher has seen, signed by him.

A list proves who published it, not that a certificate in it is a country's: it becomes trust only when the caller makes
a `CscaStore` of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..clock import moment, seconds
from ..errors import EidError, IndeterminateError, LimitError, MalformedError, VerificationError
from .certificate import MASTER_LIST_SIGNER, CardCertificate
from .cms import Signed, check_signed, find_signer, read_signed
from .csca import CscaStore
from .csca_files import Skipped
from .der import SET, DerError, inside, octets, oid, only, raw, read_small

MAX_BYTES = 8 << 20  # bytes; the German list of 2026 has 1 MB
MAX_CERTIFICATES = 4096

_CONTENT = oid("2.23.136.1.1.2")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MasterList:
    """The certificates of one list. `signer` is None unless the list's own signature was verified against an anchor.

    `skipped` are certificates that cannot be read.
    """

    certificates: tuple[CardCertificate, ...]
    skipped: tuple[Skipped, ...]
    signer: CardCertificate | None

    @property
    def verified(self) -> bool:
        """Whether the publisher's signature was checked."""
        return self.signer is not None

    @classmethod
    def read_unverified(cls, data: bytes) -> MasterList:
        """The list in `data`, its signature not looked at. Raises `MalformedError` (`csca.malformed`), `LimitError`."""
        _, certificates, skipped = _read(data)
        return cls(certificates=certificates, skipped=skipped, signer=None)

    @classmethod
    def verify(cls, data: bytes, anchors: CscaStore, *, at: datetime | None = None) -> MasterList:
        """The list in `data`, signed by a master list signer below one of `anchors` that is valid `at` (now).

        Raises also `VerificationError` (`chip.digest`, `chip.signature`, `chip.certificate-…`, `chip.revoked`) and
        `IndeterminateError` (`chip.no-signer`, `chip.no-anchor`, `chip.crl-stale`).
        """
        now = moment(seconds(at))
        signed, certificates, skipped = _read(data)
        try:
            signer = find_signer(signed)
            if signer is None:
                raise IndeterminateError("chip.no-signer", what="master list", what_vi="danh sách gốc (master list)")
            _check_signer(signer, now)
            anchors.check_revocations(signer, anchors.chain(signer, now), now)
            check_signed(signed, signer, "master list", "danh sách gốc (master list)")
        except DerError as e:
            raise MalformedError(
                "csca.malformed", what="master list", what_vi="danh sách gốc (master list)", why=e
            ) from None
        return cls(certificates=certificates, skipped=skipped, signer=signer)

    def __iter__(self) -> Iterator[CardCertificate]:
        return iter(self.certificates)

    def __len__(self) -> int:
        return len(self.certificates)

    def __repr__(self) -> str:
        return f"MasterList({len(self.certificates)} certificates, {'verified' if self.verified else 'unverified'})"


def _check_signer(signer: CardCertificate, at: datetime) -> None:
    if MASTER_LIST_SIGNER not in signer.extended_key_usage or signer.is_ca or signer.critical:
        raise VerificationError("chip.certificate-use", what="master list", what_vi="danh sách gốc (master list)")
    if not signer.not_before <= at <= signer.not_after:
        raise VerificationError("chip.certificate-expired", which="master list signer", which_vi="bên ký danh sách")


def _read(data: bytes) -> tuple[Signed, tuple[CardCertificate, ...], tuple[Skipped, ...]]:
    try:
        file = octets(data)
        if len(file) > MAX_BYTES:
            raise LimitError(
                "chip.too-large", what="master list", what_vi="danh sách gốc (master list)", limit=f"{MAX_BYTES} bytes"
            )
        signed = read_signed(file, _CONTENT)
        content = signed.content
        fields = inside(content, only(content, 0x30))
        if len(fields) != 2:
            raise DerError("not a version and certificates")
        read_small(content, fields[0])
        nodes = inside(content, fields[1], SET)
    except DerError as e:
        raise MalformedError(
            "csca.malformed", what="master list", what_vi="danh sách gốc (master list)", why=e
        ) from None
    if len(nodes) > MAX_CERTIFICATES:
        raise LimitError(
            "chip.too-large",
            what="master list",
            what_vi="danh sách gốc (master list)",
            limit=f"{MAX_CERTIFICATES} certificates",
        )
    certificates, skipped = [], []
    for number, node in enumerate(nodes):
        try:
            certificates.append(CardCertificate.parse(raw(content, node)))
        except EidError as e:
            skipped.append(Skipped(f"certificate {number + 1}", e.text))
    return signed, tuple(certificates), tuple(skipped)
