"""A development time-stamping authority: RFC 3161 answers as EN 319 422 narrows them (ESSCertIDv2 of RFC 5816).

Times are whole seconds, rounded down, so that a status answer asked for afterwards is never older than the timestamp.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..cms import der

POLICY = "2.25.291450834416342690177240398714625530207"  # made from a random UUID: the development TSA's policy
ACCURACY_S = 1  # seconds
MAX_NONCE_BYTES = 64  # bytes; longer nonces are refused
_DIGEST_BYTES = {
    "2.16.840.1.101.3.4.2.1": 32,  # SHA-256
    "2.16.840.1.101.3.4.2.2": 48,
    "2.16.840.1.101.3.4.2.3": 64,
    "2.16.840.1.101.3.4.2.8": 32,  # SHA3-256
    "2.16.840.1.101.3.4.2.9": 48,
    "2.16.840.1.101.3.4.2.10": 64,
}
_SIGNED_DATA, _TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
_SHA256 = der.seq(der.oid("2.16.840.1.101.3.4.2.1"))
_ECDSA_SHA256 = der.seq(der.oid("1.2.840.10045.4.3.2"))
# PKIFailureInfo bits (RFC 3161 §2.4.2)
_BAD_ALGORITHM, _BAD_REQUEST, _BAD_DATA_FORMAT, _UNACCEPTED_POLICY, _UNACCEPTED_EXTENSION = 0, 2, 5, 15, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampRequest:
    """A parsed TimeStampReq. `imprint` is the MessageImprint as it came, DER; the answer repeats it."""

    imprint: bytes
    policy: str | None
    nonce: int | None
    certificate_wanted: bool


class _RefusedRequestError(Exception):
    """The request gets a rejection with this PKIFailureInfo bit."""

    def __init__(self, bit: int) -> None:
        self.bit = bit
        super().__init__(bit)


def parse_request(body: bytes) -> TimestampRequest:
    """The request in `body` (RFC 3161 §2.4.1); a request that cannot be served raises an error naming a failure bit."""
    try:
        version, imprint, *rest = der.children(body, der.whole(body, der.SEQUENCE), limit=6)
        if der.to_int(body, version) != 1:
            raise _RefusedRequestError(_BAD_REQUEST)
        _check_imprint(body, imprint)
        policy = nonce = None
        wanted = False
        for value in rest:
            if value.tag == der.OID:
                policy = der.to_oid(body, value)
            elif value.tag == der.INTEGER:
                nonce = der.to_int(body, value)
                if value.stop - value.start > MAX_NONCE_BYTES:
                    raise _RefusedRequestError(_BAD_REQUEST)
            elif value.tag == der.BOOLEAN:
                wanted = value.content(body) == b"\xff"
            else:
                raise _RefusedRequestError(_UNACCEPTED_EXTENSION)
    except ValueError:
        raise _RefusedRequestError(_BAD_DATA_FORMAT) from None
    if policy not in {None, POLICY}:
        raise _RefusedRequestError(_UNACCEPTED_POLICY)
    return TimestampRequest(imprint=imprint.raw(body), policy=policy, nonce=nonce, certificate_wanted=wanted)


def _check_imprint(body: bytes, imprint: der.Value) -> None:
    """The digest is one that we know, and as long as its algorithm says."""
    algorithm, digest = der.children(body, der.need(imprint, der.SEQUENCE), limit=2)
    name, *_ = der.children(body, der.need(algorithm, der.SEQUENCE), limit=2)
    wanted = _DIGEST_BYTES.get(der.to_oid(body, name))
    if wanted is None:
        raise _RefusedRequestError(_BAD_ALGORITHM)
    if len(der.need(digest, der.OCTET_STRING).content(body)) != wanted:
        raise _RefusedRequestError(_BAD_DATA_FORMAT)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampService:
    """Signs timestamps with a P-256 key. `chain` goes into the token, after the certificate, when one is asked for."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    chain: Sequence[x509.Certificate] = ()

    def answer(self, body: bytes, now: datetime) -> bytes:
        """The TimeStampResp to a request of any content: a token, or a rejection with its reason."""
        try:
            request = parse_request(body)
        except _RefusedRequestError as refused:
            bits = (1 << (31 - refused.bit)).to_bytes(4, "big")[: refused.bit // 8 + 1]
            failure = der.tlv(der.BIT_STRING, bytes([7 - refused.bit % 8]) + bits)
            return der.seq(der.seq(der.integer(2), failure))
        return der.seq(der.seq(der.integer(0)), self.token(request, now))

    def token(self, request: TimestampRequest, now: datetime) -> bytes:
        """The TimeStampToken, a ContentInfo, for `request`."""
        info = der.seq(
            der.integer(1),
            der.oid(POLICY),
            request.imprint,
            der.integer(secrets.randbits(127) | 1 << 127),
            der.generalized_time(now),
            der.seq(der.integer(ACCURACY_S)),
            *([] if request.nonce is None else [der.integer(request.nonce)]),
        )
        signed = [
            _attribute("1.2.840.113549.1.9.3", der.oid(_TST_INFO)),
            _attribute("1.2.840.113549.1.9.4", der.octets(hashlib.sha256(info).digest())),
            _attribute("1.2.840.113549.1.9.16.2.47", self._certificate_id()),
        ]
        value = self.key.sign(der.set_of(signed), ec.ECDSA(hashes.SHA256()))
        signer_info = der.seq(
            der.integer(1),
            der.seq(self.certificate.issuer.public_bytes(), der.integer(self.certificate.serial_number)),
            _SHA256,
            der.set_of(signed, tag=0xA0),
            _ECDSA_SHA256,
            der.octets(value),
        )
        embedded = [c.public_bytes(serialization.Encoding.DER) for c in (self.certificate, *self.chain)]
        signed_data = der.seq(
            der.integer(3),
            der.set_of([_SHA256]),
            der.seq(der.oid(_TST_INFO), der.tlv(0xA0, der.octets(info))),
            *([der.set_of(embedded, tag=0xA0)] if request.certificate_wanted else []),
            der.set_of([signer_info]),
        )
        return der.seq(der.oid(_SIGNED_DATA), der.tlv(0xA0, signed_data))

    def _certificate_id(self) -> bytes:
        """SigningCertificateV2 with SHA-256, which is the default and therefore left out, and issuer and serial."""
        issuer = der.seq(der.tlv(0xA4, self.certificate.issuer.public_bytes()))
        serial = der.integer(self.certificate.serial_number)
        digest = der.octets(self.certificate.fingerprint(hashes.SHA256()))
        return der.seq(der.seq(der.seq(digest, der.seq(issuer, serial))))


def _attribute(kind: str, value: bytes) -> bytes:
    return der.seq(der.oid(kind), der.set_of([value]))
