"""Certificates of document signers and countries (ICAO 9303-12 §7.1; RFC 5280 §4), read without `cryptography`.

One reader for all of them: `cryptography` refuses explicit curve parameters, which ICAO demands, and encodings that
countries have signed for fifteen years. What is read here is not verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from ..errors import LimitError, MalformedError
from .der import (
    BIT_STRING,
    BOOLEAN,
    OCTET_STRING,
    SEQUENCE,
    DerError,
    Node,
    children,
    content,
    dotted,
    inside,
    octets,
    oid,
    only,
    raw,
    read_bits,
    read_integer,
    read_oid,
    read_time,
)
from .names import Name, read_name
from .signatures import PublicKey, Scheme, read_key, read_scheme

MAX_BYTES = 16_384  # bytes of one certificate; the largest in the German master list has 3 kB
MAX_EXTENSIONS = 32

_BASIC, _KEY_USAGE, _EXTENDED = oid("2.5.29.19"), oid("2.5.29.15"), oid("2.5.29.37")
_SUBJECT_KEY, _AUTHORITY_KEY = oid("2.5.29.14"), oid("2.5.29.35")
# read above, or without a say in whether a signature counts: names, CRL places, policies, key usage period, ICAO's own
_UNDERSTOOD = frozenset(
    {_BASIC, _KEY_USAGE, _EXTENDED, _SUBJECT_KEY, _AUTHORITY_KEY}
    | {oid(name) for name in ("2.5.29.16", "2.5.29.17", "2.5.29.18", "2.5.29.31", "2.5.29.32")}
    | {oid(name) for name in ("2.23.136.1.1.6.1", "2.23.136.1.1.6.2")}
)
MASTER_LIST_SIGNER = "2.23.136.1.1.3"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class CardCertificate:
    """One X.509 certificate, parsed and not verified. Equal when its bytes are equal.

    `is_ca` and `key_usage` (the bits of its first byte; 0x80 digitalSignature, 0x04 keyCertSign, 0x02 cRLSign) are
    None where the extension is absent. `critical` are OIDs of critical extensions that are not understood.
    """

    der: bytes
    tbs: bytes
    serial: int
    issuer: Name
    issuer_der: bytes
    subject: Name
    not_before: datetime
    not_after: datetime
    key_der: bytes
    algorithm: bytes
    signature: bytes
    subject_key_id: bytes | None
    authority_key_id: bytes | None
    is_ca: bool | None
    key_usage: int | None
    extended_key_usage: tuple[str, ...]
    critical: tuple[str, ...]

    @classmethod
    def parse(cls, der: bytes) -> CardCertificate:
        """The certificate that `der` is. Raises `MalformedError` (`csca.malformed`), `LimitError`."""
        try:
            data = octets(der)
            if len(data) > MAX_BYTES:
                raise LimitError("chip.too-large", what="certificate", what_vi="chứng thư", limit=f"{MAX_BYTES} bytes")
            return _parse(data)
        except DerError as e:
            raise MalformedError("csca.malformed", what="certificate", what_vi="chứng thư", why=e) from None

    @property
    def public_key(self) -> PublicKey:
        """The subject's key. Raises `MalformedError` (`csca.malformed`); never for a certificate in a `CscaStore`."""
        try:
            return key_of(self)
        except DerError as e:
            raise MalformedError("csca.malformed", what="certificate", what_vi="chứng thư", why=e) from None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate in hexadecimal."""
        return sha256(self.der).hexdigest()

    @property
    def country(self) -> str | None:
        """The subject's country in capitals."""
        return self.subject.country

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CardCertificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"CardCertificate({str(self.subject)!r}, serial {self.serial:x})"


def key_of(certificate: CardCertificate) -> PublicKey:
    """The subject's key, for those who tell weak from unknown. Raises `DerError` and its kinds."""
    return read_key(certificate.key_der)


def scheme_of(certificate: CardCertificate) -> Scheme:
    """The algorithm that signed the certificate. Raises `DerError` and its kinds."""
    return read_scheme(certificate.algorithm)


@lru_cache(maxsize=512)  # one document signer signs some hundred thousand chips
def _parse(der: bytes) -> CardCertificate:
    fields = inside(der, only(der, SEQUENCE))
    if len(fields) != 3 or fields[2][0] != BIT_STRING:
        raise DerError("not content, algorithm and signature")
    tbs = inside(der, fields[0])
    if tbs and tbs[0][0] == 0xA0:  # the version; without it there are no extensions either
        tbs = tbs[1:]
    if len(tbs) < 6:
        raise DerError("fields are missing")
    serial, algorithm, issuer, validity, subject, key, *rest = tbs
    if raw(der, algorithm) != raw(der, fields[1]):
        raise DerError("its two algorithms differ")
    times = inside(der, validity)
    if len(times) != 2:
        raise DerError("the validity is not two times")
    extensions = _extensions(der, rest)
    return CardCertificate(
        der=der,
        tbs=raw(der, fields[0]),
        serial=read_integer(der, serial),
        issuer=read_name(der, issuer),
        issuer_der=raw(der, issuer),
        subject=read_name(der, subject),
        not_before=read_time(der, times[0]),
        not_after=read_time(der, times[1]),
        key_der=raw(der, key),
        algorithm=raw(der, algorithm),
        signature=read_bits(der, fields[2]),
        subject_key_id=_subject_key_id(extensions),
        authority_key_id=_authority_key_id(extensions),
        is_ca=_is_ca(extensions),
        key_usage=_key_usage(extensions),
        extended_key_usage=_extended(extensions),
        critical=tuple(
            dotted(name) for name, (critical, _) in extensions.items() if critical and name not in _UNDERSTOOD
        ),
    )


_Extensions = dict[bytes, tuple[bool, bytes]]


def _extensions(der: bytes, rest: list[Node]) -> _Extensions:
    found: _Extensions = {}
    for node in rest:
        if node[0] != 0xA3:
            continue
        for outer in children(der, node[2], node[3]):
            for extension in inside(der, outer):
                name, critical, value = _extension(der, extension)
                if name in found or len(found) >= MAX_EXTENSIONS:
                    raise DerError("an extension stands twice, or there are too many")
                found[name] = critical, value
    return found


def _extension(der: bytes, node: Node) -> tuple[bytes, bool, bytes]:
    fields = inside(der, node)
    if len(fields) not in (2, 3):
        raise DerError("an extension is not a name and a value")
    critical = len(fields) == 3 and content(der, fields[1], BOOLEAN) != b"\0"
    return read_oid(der, fields[0]), critical, content(der, fields[-1], OCTET_STRING)


def _subject_key_id(extensions: _Extensions) -> bytes | None:
    if _SUBJECT_KEY not in extensions:
        return None
    value = extensions[_SUBJECT_KEY][1]
    try:
        return content(value, only(value, OCTET_STRING), OCTET_STRING)
    except DerError:  # some issuers forget to wrap it; it is a hint whose key to try, nothing depends on it
        return value


def _authority_key_id(extensions: _Extensions) -> bytes | None:
    if _AUTHORITY_KEY not in extensions:
        return None
    value = extensions[_AUTHORITY_KEY][1]
    for node in inside(value, only(value, SEQUENCE)):
        if node[0] == 0x80:
            return value[node[2] : node[3]]
    return None


def _is_ca(extensions: _Extensions) -> bool | None:
    if _BASIC not in extensions:
        return None
    value = extensions[_BASIC][1]
    fields = inside(value, only(value, SEQUENCE))
    return bool(fields) and fields[0][0] == BOOLEAN and content(value, fields[0], BOOLEAN) != b"\0"


def _key_usage(extensions: _Extensions) -> int | None:
    if _KEY_USAGE not in extensions:
        return None
    value = extensions[_KEY_USAGE][1]
    bits = content(value, only(value, BIT_STRING), BIT_STRING)
    return bits[1] if len(bits) > 1 else 0


def _extended(extensions: _Extensions) -> tuple[str, ...]:
    if _EXTENDED not in extensions:
        return ()
    value = extensions[_EXTENDED][1]
    return tuple(dotted(read_oid(value, node)) for node in inside(value, only(value, SEQUENCE)))
