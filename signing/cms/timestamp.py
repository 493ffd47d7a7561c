"""Trusted timestamps (RFC 3161, RFC 5816; EN 319 422): ask for them, read them, check them.

A token proves that its imprint existed at `time` if its own signature holds, its certificate may make timestamps and
leads to a trusted authority. The last is asked by the caller: `TimestampAuthority.check`, or the token's validation.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from ..errors import LimitError, MalformedError, ServiceError, SigningError, UsageError, VerificationError
from ..report import Finding
from . import der, names
from .parse import PARSER_ERRORS
from .signed_data import CmsSignature, check_cms, parse_cms
from .values import read_algorithm

if TYPE_CHECKING:
    from ..http import Http

MAX_ANSWER_BYTES = 1 << 20  # bytes; tokens with their chain are 3-8 kB
MAX_STATUS_CHARS = 200
NONCE_BITS = 64

# TimeStampResp: SEQUENCE, then PKIStatusInfo with the status, then its text, its bits, or the token's ContentInfo
_SEQUENCE = rb"\x30(?:[\0-\x80]|\x81.|\x82..|\x83.{3}|\x84.{4})"
_RESPONSE = re.compile(
    rb"%b%b\x02\x01[\0-\5](?:%b\x0c|\x03|%b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07|\Z)" % ((_SEQUENCE,) * 4), re.DOTALL
)
_GRANTED = {0, 1}  # granted, grantedWithMods
_FAILURES = {
    0: "badAlg",
    2: "badRequest",
    5: "badDataFormat",
    14: "timeNotAvailable",
    15: "unacceptedPolicy",
    16: "unacceptedExtension",
    17: "addInfoNotAvailable",
    25: "systemFailure",
}

Answer = tuple[bool | None, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampToken:
    """A timestamp token, parsed and **not verified**.

    `time` ± `accuracy` is when the authority saw `imprint` (a digest made with `imprint_algorithm`, None if unknown);
    an accuracy that is not stated is zero. `der` is the token as ContentInfo.
    """

    der: bytes = field(repr=False)
    time: datetime
    accuracy: timedelta
    policy: str
    serial: int
    imprint_algorithm: str | None
    imprint: bytes
    nonce: int | None
    cms: CmsSignature = field(repr=False)

    @property
    def certificate(self) -> x509.Certificate | None:
        """The authority's certificate, if the token brings it."""
        return self.cms.signer_certificate


def parse_timestamp(token: bytes) -> TimestampToken:
    """The timestamp token in `token` (DER or BER ContentInfo). Raises `MalformedError` `timestamp.malformed`."""
    try:
        cms = parse_cms(token)
        if cms.content_type != names.TST_INFO or cms.content is None:
            raise der.DerError("not TSTInfo")
        return _tst_info(cms, cms.content)
    except LimitError:
        raise
    except SigningError as e:
        raise MalformedError("timestamp.malformed", why=e.details.get("why", e.code)) from None
    except PARSER_ERRORS as e:
        why = str(e) if isinstance(e, der.DerError) else "TSTInfo"
        raise MalformedError("timestamp.malformed", why=why) from None


def _tst_info(cms: CmsSignature, data: bytes) -> TimestampToken:
    fields = der.children(data, der.whole(data, der.SEQUENCE), 10)
    version, policy, imprint, serial, moment, *rest = fields
    if der.to_int(data, version) != 1:
        raise der.DerError("TSTInfo version")
    algorithm, hashed = der.children(data, der.need(imprint, der.SEQUENCE), 2)
    der.need(moment, der.GENERALIZED_TIME)
    optional = {value.tag: value for value in rest}
    order = [t for t in (der.SEQUENCE, der.BOOLEAN, der.INTEGER, 0xA0, 0xA1) if t in optional]
    if [value.tag for value in rest] != order:
        raise der.DerError("unknown fields in TSTInfo")
    for extension in der.children(data, optional[0xA1]) if 0xA1 in optional else ():
        if der.boolean(True) in [part.raw(data) for part in der.children(data, der.need(extension, der.SEQUENCE), 3)]:
            raise der.DerError("an unknown critical extension")  # none is known here (RFC 3161 §2.4.2)
    nonce = optional.get(der.INTEGER)
    return TimestampToken(
        der=cms.der,
        time=der.to_time(data, moment),
        accuracy=_accuracy(data, optional.get(der.SEQUENCE)),
        policy=der.to_oid(data, policy),
        serial=der.to_int(data, serial),
        imprint_algorithm=names.DIGESTS.get(read_algorithm(algorithm.raw(data)).oid),
        imprint=der.need(hashed, der.OCTET_STRING).content(data),
        nonce=der.to_int(data, nonce) if nonce else None,
        cms=cms,
    )


def _accuracy(data: bytes, value: der.Value | None) -> timedelta:
    if value is None:
        return timedelta(0)
    found = {der.INTEGER: 0, 0x80: 0, 0x81: 0}
    for part in der.children(data, value, 3):
        if part.tag not in found:
            raise der.DerError("a broken accuracy")
        found[part.tag] = der.to_int(data, part, part.tag)
    seconds, millis, micros = found[der.INTEGER], found[0x80], found[0x81]
    if seconds < 0 or not 0 <= millis < 1000 or not 0 <= micros < 1000:
        raise der.DerError("a broken accuracy")
    return timedelta(seconds=seconds, milliseconds=millis, microseconds=micros)


def check_timestamp(token: TimestampToken, digest_of: Callable[[str], bytes]) -> Answer:
    """Whether the token is for the data whose digest `digest_of` gives by algorithm name, and holds in itself.

    Checked: imprint, own signature, binding to its certificate, and that the certificate is for timestamps alone.
    Not checked: chain, revocation, policy. None where it cannot be told.
    """
    findings: list[Finding] = []
    unknown = token.imprint_algorithm is None
    if token.imprint_algorithm is None:
        findings.append(Finding.of("signature.unsupported", why="imprint"))
    elif digest_of(token.imprint_algorithm) != token.imprint:
        findings.append(Finding.of("timestamp.imprint"))
    intact, own = check_cms(token.cms, lambda name: hashlib.new(name, token.cms.content or b"").digest())
    if intact is False:
        findings.append(Finding.of("timestamp.signature"))
    elif intact is None:
        findings += own
        unknown = True
    if token.certificate is not None:
        why = _unfit(token.cms, token.certificate)
        if why:
            findings.append(Finding.of("timestamp.certificate", why=why))
    if any(f.code.startswith("timestamp.") for f in findings):
        return False, tuple(findings)
    return None if unknown else True, tuple(findings)


def _unfit(cms: CmsSignature, certificate: x509.Certificate) -> str | None:
    """Why the certificate may not make timestamps (RFC 3161 §2.3, §2.4.2), or None."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return "extKeyUsage"
    except PARSER_ERRORS:
        return "extensions"
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        return "extKeyUsage: critical, timeStamping"
    return None if cms.signing_certificate_hashes else "signing-certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampAuthority:
    """A timestamp service at `url`, reached through `http`.

    `policy` is the OID to ask for and insist on. `digest` names what imprints are made with. `check` is called with
    each token before it is given out and raises if its authority is not trusted.
    """

    url: str
    http: Http
    policy: str | None = None
    digest: str = "sha256"
    check: Callable[[TimestampToken], None] | None = None

    def __post_init__(self) -> None:
        if self.digest not in {"sha256", "sha384", "sha512"}:
            raise UsageError("usage.argument", why=f"digest: {self.digest}")
        try:
            der.oid(self.policy or "1.2")
        except der.DerError:
            raise UsageError("usage.argument", why=f"policy: {self.policy}") from None

    def using(self, digest: str) -> TimestampAuthority:
        """The same authority, asked for imprints made with `digest`."""
        return self if digest == self.digest else replace(self, digest=digest)

    def timestamp(self, digest: bytes) -> TimestampToken:
        """A verified token for `digest`, which was made with the algorithm `self.digest`.

        Raises `ServiceError` (`http.*`, `timestamp.refused`, `timestamp.malformed`) or `VerificationError`
        (`timestamp.imprint`, `.nonce`, `.policy`, `.signature`, `.certificate`).
        """
        if len(digest) != hashlib.new(self.digest).digest_size:
            raise UsageError("usage.argument", why=f"digest: {self.digest}")
        nonce = secrets.randbits(NONCE_BITS)
        request = encode_request(digest, self.digest, nonce, self.policy)
        answer = self.http.post(
            self.url, request, content_type="application/timestamp-query", max_bytes=MAX_ANSWER_BYTES
        )
        token = self._token(answer)
        if token.nonce != nonce:
            raise VerificationError("timestamp.nonce")
        if self.policy is not None and token.policy != self.policy:
            raise VerificationError("timestamp.policy", got=token.policy, wanted=self.policy)
        if token.imprint_algorithm != self.digest:
            raise VerificationError("timestamp.imprint")
        holds, findings = check_timestamp(token, lambda _: digest)
        if holds is not True:
            raise _failure(token, findings)
        if self.check is not None:
            self.check(token)
        return token

    def _token(self, answer: bytes) -> TimestampToken:
        try:
            return parse_timestamp(read_response(answer))
        except ServiceError:
            raise
        except SigningError as e:
            raise ServiceError("timestamp.malformed", why=e.details.get("why", e.code)) from None


def _failure(token: TimestampToken, findings: tuple[Finding, ...]) -> VerificationError:
    """The first failed check as an error; what could not be checked counts as the token's signature not holding."""
    codes = [f.code for f in findings]
    if "timestamp.imprint" in codes:
        return VerificationError("timestamp.imprint")
    if codes == ["timestamp.certificate"] and token.certificate is not None:
        return VerificationError("timestamp.certificate", why=_unfit(token.cms, token.certificate))
    return VerificationError("timestamp.signature")


def encode_request(digest: bytes, algorithm: str, nonce: int, policy: str | None = None) -> bytes:
    """TimeStampReq that asks for the authority's certificate (RFC 3161 §2.4.1)."""
    imprint = der.seq(der.seq(der.oid(names.DIGEST_OIDS[algorithm]), der.null()), der.octets(digest))
    wanted = der.oid(policy) if policy else b""
    return der.seq(der.integer(1), imprint, wanted, der.integer(nonce), der.boolean(True))


def is_response(data: bytes) -> bool:
    """Whether `data` begins as a TimeStampResp, granted or not; a token does not, nor a certificate or a CRL."""
    return _RESPONSE.match(data) is not None


def read_response(answer: bytes) -> bytes:
    """The token in a TimeStampResp (RFC 3161 §2.4.2), encoded.

    Raises `ServiceError` `timestamp.refused` with the authority's reason, or `timestamp.malformed`.
    """
    try:
        try:
            fields = der.children(answer, der.whole(answer, der.SEQUENCE), 2)
        except der.IndefiniteLengthError:
            answer = der.to_der(answer)[0]
            fields = der.children(answer, der.whole(answer, der.SEQUENCE), 2)
        info = der.children(answer, der.need(fields[0], der.SEQUENCE), 3)
        status = der.to_int(answer, info[0])
        if status not in _GRANTED:
            raise ServiceError("timestamp.refused", why=_reason(answer, status, info[1:]))
        if len(fields) != 2:
            raise der.DerError("no token")
        return fields[1].raw(answer)
    except PARSER_ERRORS as e:
        why = str(e) if isinstance(e, der.DerError) else "TimeStampResp"
        raise ServiceError("timestamp.malformed", why=why) from None


def _reason(answer: bytes, status: int, info: list[der.Value]) -> str:
    """What the authority says, as far as it can be read."""
    reasons = [f"status {status}"]
    for value in info:
        if value.tag == der.SEQUENCE:
            texts = der.children(answer, value, 8)
            reasons += [t.content(answer)[:MAX_STATUS_CHARS].decode(errors="replace") for t in texts]
        elif value.tag == der.BIT_STRING:
            bits = value.content(answer)[1:5]
            reasons += [
                name for bit, name in _FAILURES.items() if bit // 8 < len(bits) and bits[bit // 8] >> (7 - bit % 8) & 1
            ]
    return ", ".join(reasons)
