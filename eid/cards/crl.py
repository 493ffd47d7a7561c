"""Revocation lists of countries (ICAO 9303-12 §7.1.4; RFC 5280 §5): which document signers a country disowns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..errors import LimitError, MalformedError
from .der import (
    BIT_STRING,
    BOOLEAN,
    GENERALIZED_TIME,
    INTEGER,
    SEQUENCE,
    UTC_TIME,
    DerError,
    Node,
    children,
    content,
    inside,
    octets,
    only,
    raw,
    read_bits,
    read_integer,
    read_time,
)
from .names import Name, read_name

MAX_BYTES = 4 << 20  # bytes of one list; countries revoke few document signers


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Crl:
    """One CertificateList, parsed and not verified; `serials` are the revoked certificates' serial numbers."""

    tbs: bytes
    issuer: Name
    this_update: datetime
    next_update: datetime | None
    serials: frozenset[int]
    algorithm: bytes
    signature: bytes

    @classmethod
    def parse(cls, der: bytes) -> Crl:
        """The list that `der` is. Raises `MalformedError` (`csca.malformed`), `LimitError` (`chip.too-large`).

        A partial list (a critical extension) is refused: a certificate that it leaves out may still be revoked.
        """
        try:
            data = octets(der)
            if len(data) > MAX_BYTES:
                raise LimitError(
                    "chip.too-large", what="CRL", what_vi="danh sách thu hồi (CRL)", limit=f"{MAX_BYTES} bytes"
                )
            return _parse(data)
        except DerError as e:
            raise MalformedError("csca.malformed", what="CRL", what_vi="danh sách thu hồi (CRL)", why=e) from None

    def __repr__(self) -> str:
        return f"Crl({str(self.issuer)!r}, {self.this_update:%Y-%m-%d})"


def _parse(der: bytes) -> Crl:
    fields = inside(der, only(der, SEQUENCE))
    if len(fields) != 3 or fields[2][0] != BIT_STRING:
        raise DerError("not content, algorithm and signature")
    tbs = inside(der, fields[0])
    if tbs and tbs[0][0] == INTEGER:
        tbs = tbs[1:]
    if len(tbs) < 3 or raw(der, tbs[0]) != raw(der, fields[1]):
        raise DerError("fields are missing, or its two algorithms differ")
    algorithm, issuer, this_update, *rest = tbs
    next_update = rest.pop(0) if rest and rest[0][0] in (UTC_TIME, GENERALIZED_TIME) else None
    revoked = inside(der, rest.pop(0)) if rest and rest[0][0] == SEQUENCE else []
    _refuse_partial(der, rest)
    return Crl(
        tbs=raw(der, fields[0]),
        issuer=read_name(der, issuer),
        this_update=read_time(der, this_update),
        next_update=None if next_update is None else read_time(der, next_update),
        serials=frozenset(_serial(der, entry) for entry in revoked),
        algorithm=raw(der, algorithm),
        signature=read_bits(der, fields[2]),
    )


def _serial(der: bytes, entry: Node) -> int:
    fields = inside(der, entry)
    if not fields:
        raise DerError("an entry is empty")
    return read_integer(der, fields[0])


def _refuse_partial(der: bytes, rest: list[Node]) -> None:
    for node in rest:
        for outer in children(der, node[2], node[3]):
            for extension in inside(der, outer):
                parts = inside(der, extension)
                if len(parts) == 3 and content(der, parts[1], BOOLEAN) != b"\0":
                    raise DerError("a list for some certificates only")
