"""RFC 5652 §5.4, EN 319 102-1 §4.2: the answer of a key elsewhere, proven to be over a prepared document."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, utils

from .cms import names
from .cms.parse import CmsSignature, parse_cms
from .cms.signed_data import check_cms
from .errors import LimitError, RefusedError, UsageError, VerificationError
from .prepared import DIGEST_SIZES, Holder, Kind, Prepared, fitting_algorithm, usual_digest
from .signer import SignatureAlgorithm, check_key, check_signable, order_chain, subject_of, verify_value

MAX_ANSWER_BYTES = 1024 * 1024  # bytes of a signature value or CMS signature from outside
_SCHEMES = ("ecdsa", "rsassa-pss", "rsa-pkcs1-v1_5")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2})+", re.ASCII)
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}", re.ASCII)
_ARMOUR = re.compile(rb"-----(?:BEGIN|END) [A-Z0-9 ]{1,40}-----")


def read_answer(data: bytes) -> bytes:
    """A signature value or CMS signature as services hand it out: DER or raw bytes, base64, hexadecimal or PEM."""
    text = b"".join(_ARMOUR.sub(b"", data).split())
    try:
        if _HEX.fullmatch(text):
            return bytes.fromhex(text.decode())
        return base64.b64decode(text, validate=True) if _BASE64.fullmatch(text) else data
    except (ValueError, binascii.Error):
        return data


def signature_of(
    prepared: Prepared,
    value: bytes | None,
    cms: bytes | None,
    certificate: x509.Certificate | None,
    chain: Sequence[x509.Certificate],
    algorithm: SignatureAlgorithm | None,
    at: datetime | None = None,
) -> bytes:
    """The CMS signature that the answer makes, proven to be over the prepared bytes and by that certificate.

    The certificate has to be valid at the prepared time and still at `at`, now unless given: an answer that comes when
    it has expired can no longer be timestamped in time. Raises `UsageError` (`external.answer`), `VerificationError`
    (`external.value`, `external.cms`), `RefusedError`.
    """
    if (value is None) == (cms is None):
        raise UsageError("external.answer")
    if len(value or cms or b"") > MAX_ANSWER_BYTES:
        raise LimitError("input.too-large", what="CMS", limit=f"{MAX_ANSWER_BYTES} bytes")
    if certificate is not None:
        prepared = prepared.for_certificate(certificate, tuple(chain), algorithm)
    if value is not None:
        check_signable(prepared.template().signer.certificate, at)
        return _from_value(prepared, value)
    return _from_cms(prepared, cms or b"", at)


def holder_of(cms: bytes) -> Holder | None:
    """Whose CMS signature it says it is, for the checks of a certificate; None if it does not hold that certificate."""
    sig = parse_cms(cms)
    if sig.signer_certificate is None:
        return None
    chain = order_chain(sig.signer_certificate, sig.certificates)
    digest = usual_digest(chain[0])
    return Holder(certificate=chain[0], chain=chain[1:], algorithm=fitting_algorithm(chain[0], digest, None))


def _from_value(prepared: Prepared, value: bytes) -> bytes:
    template, attributes = prepared.template(), prepared.to_sign
    signer = template.signer
    for form in (value, as_der(value, signer.certificate)):
        if form and verify_value(signer.certificate, signer.algorithm, form, attributes):
            return template.finish(attributes, form)
    raise VerificationError("external.value", subject=subject_of(signer.certificate), algorithm=signer.algorithm)


def as_der(value: bytes, certificate: x509.Certificate) -> bytes:
    """An ECDSA value r‖s (IEEE P1363), as most devices answer, in the form of CMS; nothing if it is not one."""
    public = certificate.public_key()
    size = (public.curve.key_size + 7) // 8 if isinstance(public, ec.EllipticCurvePublicKey) else 0
    if not size or len(value) != 2 * size:
        return b""
    return utils.encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))


def _from_cms(prepared: Prepared, cms: bytes, at: datetime | None) -> bytes:
    """A foreign CMS signature, checked in full: over these bytes, by this certificate, in the form of the baseline."""
    sig = parse_cms(cms)
    digest = prepared.content_digest

    def digest_of(algorithm: str) -> bytes:
        if algorithm != prepared.digest_algorithm:
            raise RefusedError("external.cms", why=f"{algorithm}, {prepared.digest_algorithm}")
        return digest

    holds, findings = check_cms(sig, digest_of)
    if not holds:
        why = findings[0]
        raise (RefusedError if holds is None else VerificationError)("external.cms", why=why)
    certificate = sig.signer_certificate
    if certificate is None:
        raise RefusedError("signature.no-certificate")
    if prepared.holder is not None and prepared.holder.certificate != certificate:
        raise RefusedError("external.certificate", subject=subject_of(prepared.holder.certificate))
    for time in (prepared.at, at):
        check_signable(certificate, time)
    check_key(certificate.public_key())
    wrong = _not_baseline(sig, prepared.kind)
    if wrong:
        raise RefusedError("external.cms", why=wrong)
    return sig.der


def _not_baseline(sig: CmsSignature, kind: Kind) -> str | None:
    """What keeps a CMS signature that holds from being a baseline signature (EN 319 142-1 §6.3, 319 122-1 §6.3)."""
    if sig.content is not None or sig.content_type != names.DATA:
        return "eContent"
    if not sig.signing_certificate_hashes:
        return "signing-certificate-v2"
    if (sig.signing_time is None) != (kind == "PAdES"):
        return "signing-time"
    if sig.signature_scheme not in _SCHEMES or sig.scheme_digest not in DIGEST_SIZES:
        return f"{sig.signature_scheme}, {sig.scheme_digest}"
    return None
