"""What /Contents of a signature dictionary holds, by its /SubFilter (ISO 32000-2 §12.8.3, table 260; DOC-ICP-15.03).

`ETSI.CAdES.detached`, `adbe.pkcs7.detached` and `PBAD.PAdES` sign the byte range itself, `adbe.pkcs7.sha1` its SHA-1 as
enclosed content. `adbe.x509.rsa_sha1` has no CMS: a PKCS #1 signature over the byte range, certificates in /Cert.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ..cms import der, names
from ..cms.build import certificate_parts
from ..cms.parse import PARSER_ERRORS, CmsSignature, parse_cms, parse_frame
from ..cms.signed_data import DigestOf
from ..cms.values import Algorithm, SignerId, read_algorithm
from ..errors import MalformedError
from ..signer import load_certificate

PADES = "ETSI.CAdES.detached"
DETACHED = frozenset({PADES, "adbe.pkcs7.detached", "PBAD.PAdES"})
ENCLOSED = "adbe.pkcs7.sha1"
RAW = frozenset({"adbe.x509.rsa_sha1", "adbe.x509.rsa.sha1"})
KNOWN = DETACHED | RAW | {ENCLOSED}
MAX_CERTIFICATES = 32  # in /Cert


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature with the digests of what it signs.

    `holds` is false where the enclosed digest is not that of the byte range; `extra` is the algorithm of that digest.
    """

    cms: CmsSignature
    digest_of: DigestOf
    holds: bool = True
    extra: str | None = None


def unpadded(contents: bytes) -> bytes:
    """The one DER or BER value at the start of /Contents. Raises `MalformedError`."""
    if not contents.strip(b"\0"):
        raise MalformedError("pdf.signature-missing")
    try:
        try:
            length = der.read(contents).stop
        except der.IndefiniteLengthError:
            length = der.to_der(contents)[1]
    except der.DerError as e:
        raise MalformedError("signature.malformed", why=e) from None
    return contents[:length]


def is_padded(contents: bytes, signature: bytes) -> bool:
    """Whether nothing but zeros follows the signature."""
    return not contents[len(signature) :].strip(b"\0")


def read_signed(kind: Any, signature: bytes, certificates: tuple[bytes, ...], digest_of: DigestOf) -> Signed:
    """The signature in /Contents of a dictionary with that /SubFilter (`KNOWN`). Raises `MalformedError`, `LimitError`.

    `certificates` are those of /Cert, DER, the signer's first; `digest_of(name)` digests the byte range.
    """
    if kind in RAW:
        return Signed(_raw(signature, certificates), digest_of)
    cms = parse_cms(signature)
    content = cms.content
    if kind != ENCLOSED:
        # Where content stands inside nevertheless (no program should put it there), it has to be what the PDF says.
        return Signed(cms, digest_of, holds=not content or _digests(content)("sha256") == digest_of("sha256"))
    if content is None:
        raise MalformedError("signature.malformed", why="no content")
    return Signed(cms, _digests(content), holds=content == digest_of("sha1"), extra="sha1")


def count_signers(signature: bytes) -> int:
    """How many signerInfos a CMS has. Raises `MalformedError` or `LimitError`."""
    return len(parse_frame(signature).infos)


def _digests(content: bytes) -> DigestOf:
    return lambda name: hashlib.new(name, content, usedforsecurity=False).digest()


def _raw(signature: bytes, certificates: tuple[bytes, ...]) -> CmsSignature:
    """A bare PKCS #1 signature as the CMS signature without signed attributes that it amounts to."""
    try:
        value = der.whole(signature, der.OCTET_STRING).content(signature)
        chain = tuple(load_certificate(item) for item in certificates[:MAX_CERTIFICATES])
        issuer, serial = certificate_parts(chain[0].public_bytes(Encoding.DER)) if chain else (None, None)
        digest = _digest_in(value, chain[0].public_key()) if chain else None
    except PARSER_ERRORS as e:
        raise MalformedError("signature.malformed", why=str(e) or "structure") from None
    name = names.DIGESTS.get(digest.oid) if digest else "sha1"
    empty: Any = MappingProxyType({})
    return CmsSignature(
        der=signature,
        version=1,
        content_type=names.DATA,
        content=None,
        signer_id=SignerId(issuer, serial, None),
        digest_oid=digest.oid if digest else names.DIGEST_OIDS["sha1"],
        digest_algorithm=name,
        signature_oid=names.RSA_ENCRYPTION,
        signature_scheme="rsa-pkcs1-v1_5",
        scheme_digest=name,
        pss=None,
        signer_certificate=chain[0] if chain else None,
        certificates=chain,
        unparsable_certificates=0,
        crls=(),
        ocsps=(),
        archival_crls=(),
        archival_ocsps=(),
        signed_attributes_der=None,
        attributes=empty,
        unsigned_attributes=empty,
        attribute_content_type=None,
        message_digest=None,
        signing_time=None,
        signing_certificate_hashes=(),
        algorithm_protection=None,
        algorithms=(digest or Algorithm(names.DIGEST_OIDS["sha1"]), Algorithm(names.RSA_ENCRYPTION)),
        signature_value=value,
        timestamp_tokens=(),
    )


def _digest_in(value: bytes, key: Any) -> Algorithm | None:
    """The digest that a PKCS #1 signature names within (RFC 8017 §9.2); None where key and value do not fit."""
    if not isinstance(key, rsa.RSAPublicKey):
        return None
    try:
        info = key.recover_data_from_signature(value, padding.PKCS1v15(), None)
    except InvalidSignature:
        return None
    fields = der.children(info, der.whole(info, der.SEQUENCE), 2)
    return read_algorithm(fields[0].raw(info))
