"""On what the answer about a signature rests: chain, timestamps, value and digest (ETSI TS 119 102-2 §4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A timestamp that belongs to a signature: SHA-256 of its token, its time, and whether it proves that time."""

    sha256: bytes
    time: datetime
    counts: bool
    archive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """On what the answer about a signature rests, for reports in full; not part of the JSON.

    `chain` holds the SHA-256 of each certificate, the signer's first; the last is a trust anchor if `anchored`.
    `chain_passed` is None where no chain was judged. `proven`: the best signature time rests on a proof, and is
    not only the time of the check. `content`: digest algorithm and digest of what is signed.
    """

    chain: tuple[bytes, ...] = ()
    anchored: bool = False
    chain_passed: bool | None = None
    chain_sub_indication: str | None = None
    proven: bool = False
    stamps: tuple[Stamp, ...] = ()
    signature_value: bytes = b""
    content: tuple[str, bytes] | None = None
