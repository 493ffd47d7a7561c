"""Algorithms and signature values of remote services (CSC API v1.0.4 §11.9, v2.0 §11.10; RFC 8017, RFC 5480)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ..cms import der
from ..cms.build import signature_identifier
from ..cms.names import DIGEST_OIDS, EC_PUBLIC_KEY, RSA_ENCRYPTION, RSASSA_PSS
from ..errors import ServiceError, UsageError, VerificationError
from ..signer import SignatureAlgorithm, default_algorithm, verify_value
from .csc_credential import Credential
from .csc_wire import Line

MAX_VALUE_BYTES = 2048  # bytes of a signature; RSA-16384 is that long

# What may stand in key.algo for each of our algorithms, the one that says most first.
_OIDS: Mapping[SignatureAlgorithm, tuple[str, ...]] = MappingProxyType(
    {
        SignatureAlgorithm.ECDSA_SHA256: ("1.2.840.10045.4.3.2", EC_PUBLIC_KEY),
        SignatureAlgorithm.ECDSA_SHA384: ("1.2.840.10045.4.3.3", EC_PUBLIC_KEY),
        SignatureAlgorithm.ECDSA_SHA512: ("1.2.840.10045.4.3.4", EC_PUBLIC_KEY),
        SignatureAlgorithm.RSA_PSS_SHA256: (RSASSA_PSS,),
        SignatureAlgorithm.RSA_PSS_SHA384: (RSASSA_PSS,),
        SignatureAlgorithm.RSA_PSS_SHA512: (RSASSA_PSS,),
        SignatureAlgorithm.RSA_PKCS1_SHA256: ("1.2.840.113549.1.1.11", RSA_ENCRYPTION),
        SignatureAlgorithm.RSA_PKCS1_SHA384: ("1.2.840.113549.1.1.12", RSA_ENCRYPTION),
        SignatureAlgorithm.RSA_PKCS1_SHA512: ("1.2.840.113549.1.1.13", RSA_ENCRYPTION),
    }
)
_NO_DIGEST = frozenset({EC_PUBLIC_KEY, RSA_ENCRYPTION, RSASSA_PSS})  # identifiers that leave the digest open


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How to ask for an algorithm: identifier, parameters (Base64, DER) or None, and the digest's OID.

    `says_digest` is False where the identifier says the digest already.
    """

    algorithm: SignatureAlgorithm
    oid: str
    parameters: str | None
    digest_oid: str
    says_digest: bool


def request_for(line: Line, credential: Credential, wanted: SignatureAlgorithm | None) -> Request:
    """How to ask for `wanted`, or for the best that key and service can do: RSASSA-PSS before PKCS#1 v1.5.

    Raises `UsageError` `csc.algorithm`.
    """
    own = default_algorithm(credential.certificate.public_key())
    tries = [wanted] if wanted else [own, *([SignatureAlgorithm.RSA_PKCS1_SHA256] if own.startswith("rsa") else [])]
    for algorithm in tries:
        oid = next((o for o in _OIDS[algorithm] if o in credential.algorithms), None)
        if oid is not None and algorithm.scheme.startswith("rsa") == own.startswith("rsa"):
            return _request(algorithm, oid)
    raise UsageError(
        "csc.algorithm",
        credential=line.secrets.scrub(credential.id),
        algorithm=" / ".join(tries),
        offered=line.secrets.scrub(", ".join(credential.algorithms)) or "-",
    )


def _request(algorithm: SignatureAlgorithm, oid: str) -> Request:
    parameters = None
    if oid == RSASSA_PSS:
        identifier = signature_identifier(algorithm)
        inside = der.children(identifier, der.read(identifier), 2)[1].raw(identifier)
        parameters = base64.b64encode(inside).decode()
    return Request(
        algorithm=algorithm,
        oid=oid,
        parameters=parameters,
        digest_oid=DIGEST_OIDS[algorithm.digest],
        says_digest=oid in _NO_DIGEST,
    )


def checked_values(
    line: Line, credential: Credential, request: Request, encoded: Sequence[str], data: Sequence[bytes]
) -> list[bytes]:
    """The signature values over `data` as CMS wants them, each verified with the certificate before it is returned.

    Raises `ServiceError` `csc.count`, `VerificationError` `csc.signature`.
    """
    service = line.address.host
    if len(encoded) != len(data):
        raise ServiceError("csc.count", service=service, got=len(encoded), wanted=len(data))
    values = []
    for index, (text, signed) in enumerate(zip(encoded, data, strict=True), 1):
        value = _verified(credential, request.algorithm, _decoded(text), signed)
        if value is None:
            raise VerificationError("csc.signature", service=service, index=index, count=len(data))
        values.append(value)
    return values


def _decoded(text: str) -> bytes:
    """Base64, in lines or not; nothing for what is not Base64 or longer than any signature."""
    if len(text) > 2 * MAX_VALUE_BYTES:
        return b""
    try:
        return base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (ValueError, binascii.Error):
        return b""


def _verified(credential: Credential, algorithm: SignatureAlgorithm, value: bytes, data: bytes) -> bytes | None:
    """`value` if it verifies; ECDSA values that are r‖s (as some services answer) are brought into DER first."""
    if verify_value(credential.certificate, algorithm, value, data):
        return value
    public = credential.certificate.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey) or len(value) != 2 * ((public.curve.key_size + 7) // 8):
        return None
    half = len(value) // 2
    joined = encode_dss_signature(int.from_bytes(value[:half]), int.from_bytes(value[half:]))
    return joined if verify_value(credential.certificate, algorithm, joined, data) else None
