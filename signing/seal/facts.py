"""The verification seal: facts that an office signs into a QR code (RFC 9052, RFC 8949, RFC 9285).

Text = `VS1:` + Base45(COSE_Sign1(deterministic CBOR)), at most 350 characters, all of a QR code's alphanumeric mode.
The prefix names format and version, and is under the signature as external authenticated data.

    protected = {1: -7 (ES256), 4: kid, ? -65537: 1 (payload deflated)}      unprotected = {}
    kid       = first 4 bytes of SHA-256(JWK kid)                           external_aad = "VS1:"
    payload   = {1: dossier, 2: procedure, ? 3: office, 4: number, 5: issued, 6: holder, 7: revision_sha256,
                 8: official ‖ office_seal, 9: minted_at, 10: [status_list, status_index], ? 11: expires}
    days count from 1970-01-01, minted_at is Unix time; the office is left out when the dossier's code begins with it

The seal is printed inside a PDF, so it cannot cover the bytes that hold it: it names the revision before it
(`revision_sha256`) and the two certificates that will sign (`official`, `office_seal`). Nothing read from a seal
is believed before its signature was checked with a key that trust, not the seal, provides: see `seal_verify`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from ..errors import LimitError, MalformedError, RefusedError, SigningError, UsageError
from . import base45, cbor, cose

if TYPE_CHECKING:
    from eid.keys import Key

PREFIX: Final = "VS1:"
MAX_TEXT_CHARS = 350  # characters of the whole text: QR version 11 at level M, which a phone still scans at 20 mm
THUMBPRINT_BYTES = 16  # leading bytes of a certificate's SHA-256: a second certificate costs 2^128 work
REVISION_BYTES = 32  # SHA-256 of the revision before the seal …
SHORT_REVISION_BYTES = 24  # … or its leading bytes where the whole would not fit: a collision costs 2^96 work
KID_BYTES = 4  # leading bytes of the SHA-256 of the key's JWK `kid`: a hint among one office's few keys
MAX_FACT_BYTES = 96  # UTF-8 bytes of one text

_DOSSIER, _PROCEDURE, _OFFICE, _NUMBER, _ISSUED, _HOLDER, _REVISION, _SIGNERS, _MINTED, _STATUS, _EXPIRES = range(1, 12)
_REQUIRED = frozenset(range(1, 11)) - {_OFFICE}
_EPOCH = date(1970, 1, 1)
_LAST_DAY = (date(9999, 12, 31) - _EPOCH).days
_LAST_SECOND = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
_TOO_EARLY = {"why": "times before 1970 are not stored", "why_vi": "không lưu thời điểm trước năm 1970"}
_TEXTS = ("dossier", "procedure", "office", "number", "holder")


def thumbprint(certificate: x509.Certificate) -> bytes:
    """How a seal names a certificate: the first 16 bytes of the SHA-256 of its DER."""
    return certificate.fingerprint(hashes.SHA256())[:THUMBPRINT_BYTES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The facts of one result. `holder` is the name as the office chooses to mask it.

    `revision_sha256` is the SHA-256 (32 bytes, or its first 24) of the PDF that the seal was printed on; `official`
    and `office_seal` are `thumbprint`s of the certificates that will sign; `status_list` and `status_index` say
    where the office publishes whether the seal is valid, revoked or pending; `expires` is its last good day.
    """

    dossier: str
    procedure: str
    office: str
    number: str
    issued: date
    holder: str
    revision_sha256: bytes = field(repr=False)
    official: bytes = field(repr=False)
    office_seal: bytes = field(repr=False)
    minted_at: datetime
    status_list: int
    status_index: int
    expires: date | None = None

    def __post_init__(self) -> None:
        for name in _TEXTS:
            _check_text(name, getattr(self, name))
        if not SHORT_REVISION_BYTES <= len(self.revision_sha256) <= REVISION_BYTES:
            raise RefusedError("seal.fact", name="revision_sha256", why="24 to 32 bytes are needed")
        if len(self.official) != THUMBPRINT_BYTES or len(self.office_seal) != THUMBPRINT_BYTES:
            raise RefusedError("seal.fact", name="official, office_seal", why="16 bytes are needed")
        if self.official == self.office_seal:
            why = "one certificate cannot sign for both"
            raise RefusedError("seal.fact", name="official, office_seal", why=why)
        if self.minted_at.tzinfo is None:
            raise UsageError("usage.argument", why="a time needs its time zone")
        if self.minted_at.timestamp() < 0 or min(self.issued, self.expires or self.issued) < _EPOCH:
            raise RefusedError("seal.fact", name="minted_at, issued, expires", **_TOO_EARLY)
        if not (0 <= self.status_list < 1 << 32 and 0 <= self.status_index < 1 << 32):
            raise RefusedError("seal.fact", name="status", why="32-bit numbers are needed")

    def facts(self) -> dict[str, Any]:
        """The facts for JSON: dates as ISO 8601, digests in hexadecimal."""
        return {
            "dossier": self.dossier,
            "procedure": self.procedure,
            "office": self.office,
            "number": self.number,
            "issued": self.issued.isoformat(),
            "holder": self.holder,
            "revision_sha256": self.revision_sha256.hex(),
            "signers": {"official": self.official.hex(), "office": self.office_seal.hex()},
            "minted_at": self.minted_at.isoformat(),
            "expires": self.expires.isoformat() if self.expires else None,
            "status": {"list": self.status_list, "index": self.status_index},
        }

    def to_cbor(self, revision_bytes: int = REVISION_BYTES) -> bytes:
        """The payload; an office that the dossier's code begins with is not said twice."""
        payload: dict[int, object] = {
            _DOSSIER: self.dossier,
            _PROCEDURE: self.procedure,
            _NUMBER: self.number,
            _ISSUED: (self.issued - _EPOCH).days,
            _HOLDER: self.holder,
            _REVISION: self.revision_sha256[:revision_bytes],
            _SIGNERS: self.official + self.office_seal,
            _MINTED: int(self.minted_at.timestamp()),
            _STATUS: [self.status_list, self.status_index],
        }
        if office_in(self.dossier) != self.office:
            payload[_OFFICE] = self.office
        if self.expires is not None:
            payload[_EXPIRES] = (self.expires - _EPOCH).days
        return cbor.encode(payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSeal:
    """What a seal's text says, its signature not checked: `unverified` facts, key hint, signed bytes, signature."""

    unverified: Seal
    kid: bytes
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def mint_seal(seal: Seal, key: Key) -> str:
    """The text of the QR code: `seal` signed with the office's ES256 `key`.

    The digest keeps 32 bytes, or 24 where only that fits. Raises `RefusedError`: `seal.too-long` when even then the
    text would pass 350 characters, `seal.key` for another kind of key.
    """
    text = ""
    for revision_bytes in (REVISION_BYTES, SHORT_REVISION_BYTES):
        text = _mint(seal.to_cbor(revision_bytes), key)
        if len(text) <= MAX_TEXT_CHARS:
            return text
    over = len(text) - MAX_TEXT_CHARS
    raise RefusedError("seal.too-long", chars=len(text), over=over, limit=MAX_TEXT_CHARS)


def _mint(payload: bytes, key: Key) -> str:
    if key.alg != "ES256" or not key.private or key.purpose not in (None, "seal"):
        raise RefusedError("seal.key")
    data = cose.sign1(payload, kid=key_hint(key), aad=PREFIX.encode(), sign=key.sign_raw)
    return PREFIX + base45.encode(data)


def key_hint(key: Key) -> bytes:
    """The `kid` of a seal: the first 4 bytes of the SHA-256 of the key's JWK `kid`."""
    return hashlib.sha256(key.kid.encode()).digest()[:KID_BYTES]


def looks_like_seal(text: str) -> bool:
    """Whether `text` begins as a seal does; says nothing about whether it is good."""
    return text.startswith(PREFIX)


def decode_unverified(text: str) -> UnverifiedSeal:
    """What the text says, before any proof. Strict: one text for each seal, only known labels.

    Raises `MalformedError` or `LimitError` with a `seal.…` code.
    """
    given: object = text
    if not isinstance(given, str) or not looks_like_seal(text):
        raise MalformedError("seal.prefix", prefix=PREFIX)
    if len(text) > MAX_TEXT_CHARS:
        raise LimitError("seal.too-large", limit=MAX_TEXT_CHARS)
    message = cose.parse_sign1(base45.decode(text[len(PREFIX) :]), aad=PREFIX.encode())
    payload = cbor.decode(message.payload)
    if not isinstance(payload, dict):
        raise MalformedError("seal.facts", why="they are not a map")
    return UnverifiedSeal(
        unverified=_seal_of(payload), kid=message.kid, signed=message.signed, signature=message.signature
    )


def office_in(dossier: str) -> str | None:
    """The office that a dossier's code begins with: `H26.19` of `H26.19-261121-0001`; None for other codes."""
    office, *date_and_number = dossier.rsplit("-", 2)
    return office if len(date_and_number) == 2 else None


def _seal_of(payload: Mapping[int, cbor.Cbor]) -> Seal:
    if not _REQUIRED <= payload.keys() <= _REQUIRED | {_OFFICE, _EXPIRES}:
        raise MalformedError("seal.facts", why="a label is missing or unknown")
    dossier = _text(payload, _DOSSIER)
    signers = _octets(payload, _SIGNERS)
    status = payload[_STATUS]
    if not (isinstance(status, list) and len(status) == 2 and all(isinstance(n, int) for n in status)):
        raise MalformedError("seal.facts", why="the status place is not two numbers")
    expires = _number(payload, _EXPIRES, _LAST_DAY) if _EXPIRES in payload else None
    try:
        return Seal(
            dossier=dossier,
            procedure=_text(payload, _PROCEDURE),
            office=_office(payload, dossier),
            number=_text(payload, _NUMBER),
            issued=_EPOCH + timedelta(days=_number(payload, _ISSUED, _LAST_DAY)),
            holder=_text(payload, _HOLDER),
            revision_sha256=_octets(payload, _REVISION),
            official=signers[:THUMBPRINT_BYTES],
            office_seal=signers[THUMBPRINT_BYTES:],
            minted_at=datetime.fromtimestamp(_number(payload, _MINTED, _LAST_SECOND), UTC),
            status_list=status[0],  # type: ignore[arg-type]  # checked to be int above
            status_index=status[1],  # type: ignore[arg-type]
            expires=None if expires is None else _EPOCH + timedelta(days=expires),
        )
    except MalformedError:
        raise
    except SigningError as e:
        raise MalformedError("seal.facts", why=e) from None


def _office(payload: Mapping[int, cbor.Cbor], dossier: str) -> str:
    """The office, which stands in the dossier's code unless it is spelt out."""
    implied = office_in(dossier)
    office = _text(payload, _OFFICE) if _OFFICE in payload else implied
    if office is None:
        raise MalformedError("seal.facts", why="the office is missing")
    if _OFFICE in payload and office == implied:
        raise MalformedError("seal.facts", why="the office is said twice")
    return office


def _text(payload: Mapping[int, cbor.Cbor], label: int) -> str:
    value = payload[label]
    if not isinstance(value, str):
        raise MalformedError("seal.facts", why=f"label {label} is not a text")
    return value


def _octets(payload: Mapping[int, cbor.Cbor], label: int) -> bytes:
    value = payload[label]
    if not isinstance(value, bytes):
        raise MalformedError("seal.facts", why=f"label {label} is not a byte string")
    return value


def _number(payload: Mapping[int, cbor.Cbor], label: int, most: int) -> int:
    value = payload[label]
    if not isinstance(value, int) or not 0 <= value <= most:
        raise MalformedError("seal.facts", why=f"label {label} is not a day or time that a seal can have")
    return value


def _check_text(name: str, value: str) -> None:
    """Texts are short, printable and NFC, so that one name has one spelling and hides nothing."""
    if not value or value != value.strip():
        why = "it is empty or begins or ends with a space"
    elif not value.isprintable():  # lone surrogates too, so that the text can be encoded
        why = "it has characters that cannot be shown"
    elif not unicodedata.is_normalized("NFC", value):
        why = "it is not in Unicode form NFC"
    elif len(value.encode()) > MAX_FACT_BYTES:
        why = f"it is longer than {MAX_FACT_BYTES} bytes"
    else:
        return
    raise RefusedError("seal.fact", name=name, why=why)
