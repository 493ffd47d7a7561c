"""A document made ready for a key elsewhere: EN 319 102-1 §4.2.7, the data to be signed apart from the signing.

A prepared document is a value and a file. Nothing in it is secret, and nothing in it is believed: what is to be
signed is computed anew from its bytes whenever it is asked for, so a changed document asks for another signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from .cms.attributes import SigningDetails
from .cms.build import CmsTemplate
from .confirmation import verification_code
from .errors import MalformedError, RefusedError, SigningError, UsageError
from .files import MAX_READ_BYTES, read_file, write_file
from .pdf.hole import Hole, digest_around, is_open
from .prepared_details import details_from_json, details_to_json
from .signer import (
    CERTIFICATE_ERRORS,
    MAX_CHAIN,
    SignatureAlgorithm,
    check_key,
    check_signable,
    default_algorithm,
    load_certificate,
    order_chain,
    subject_of,
)

MAX_HEADER_BYTES = 4 * 1024 * 1024  # bytes; nine certificates of the largest size
MAX_NAME_CHARS = 255
MAX_CERTIFICATES_BYTES = 1024 * 1024  # bytes of a file with a certificate and its issuers
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\s(.*?)-----END CERTIFICATE-----", re.DOTALL)
DIGEST_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}
_NO_HOLE = Hole(0, 0)
_MAGIC = b"EID-SIGNING-PREPARED 1 "
_FIRST_BYTES = 2048  # where the document begins at the earliest: a PDF is looked for in a file's first 1024 bytes

Kind = Literal["PAdES", "CAdES"]


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Holder:
    """Whoever holds the key elsewhere: a `Signer` that has to be asked in another way."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    algorithm: SignatureAlgorithm

    def sign(self, data: bytes) -> bytes:  # noqa: ARG002  # the protocol's
        """Raises `UsageError` `external.answer`: the value comes from outside."""
        raise UsageError("external.answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A document ready to be signed elsewhere: a PDF with room for its signature, or the digest of any file.

    `name` is the document's, for people. `at` is the claimed time, whole seconds. A PDF is in `document` whole; of
    other files there is only `file_digest`. `details` is what the signer says beside the
    signature. `holder` is None as long as the certificate is not known.
    """

    kind: Kind
    name: str
    at: datetime
    digest_algorithm: str
    document: bytes = field(default=b"", repr=False)
    hole: Hole = _NO_HOLE
    file_digest: bytes = b""
    details: SigningDetails | None = None
    holder: Holder | None = field(default=None, repr=False)

    @property
    def content_digest(self) -> bytes:
        """The digest of the document: for a device that makes a whole CMS signature itself."""
        if self.kind == "CAdES":
            return self.file_digest
        return digest_around(self.document, self.hole, self.digest_algorithm)

    @property
    def to_sign(self) -> bytes:
        """The bytes over which the signature value is wanted. `UsageError` `external.certificate-needed`."""
        return self.template().signed_attributes(self.content_digest, signing_time=self.at)

    @property
    def digest(self) -> bytes:
        """The digest of `to_sign` by `digest_algorithm`: for a key that signs digests."""
        return hashlib.new(self.digest_algorithm, self.to_sign).digest()

    @property
    def code(self) -> str:
        """The verification code of what is signed; shown here and, by good services, on the person's device."""
        return verification_code(self.digest)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything in here, hexadecimal: equal only for the same preparation."""
        whole = hashlib.sha256(self._header())
        whole.update(self.document)
        return whole.hexdigest()

    def template(self) -> CmsTemplate:
        """The signature without its value. Raises `UsageError` `external.certificate-needed`."""
        if self.holder is None:
            raise UsageError("external.certificate-needed")
        return CmsTemplate.for_signer(self.holder, signing_time=self.kind == "CAdES", details=self.details)

    def for_certificate(
        self,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...] = (),
        algorithm: SignatureAlgorithm | None = None,
    ) -> Prepared:
        """The same for this certificate (`chain`: its issuers, nearest first): now `to_sign` is known.

        The document stays as it is. Raises `RefusedError` (`certificate.*`, `signature.algorithm`), `UsageError`
        (`external.certificate` if it was prepared for another one, `external.algorithm`).
        """
        if self.holder is not None and self.holder.certificate != certificate:
            raise UsageError("external.certificate", subject=subject_of(self.holder.certificate))
        check_signable(certificate, self.at)
        known = self.holder.algorithm if self.holder else None
        fitting = fitting_algorithm(certificate, self.digest_algorithm, algorithm or known)
        issuers = tuple(chain) or (self.holder.chain if self.holder else ())
        return replace(self, holder=Holder(certificate=certificate, chain=issuers[:MAX_CHAIN], algorithm=fitting))

    def to_json(self) -> dict[str, Any]:
        """What a script needs of it: digests in hexadecimal, `to_sign` in base64, None for what is not yet known."""
        holder, content = self.holder, self.content_digest
        to_sign = self.template().signed_attributes(content, signing_time=self.at) if holder else None
        digest = hashlib.new(self.digest_algorithm, to_sign).digest() if to_sign is not None else None
        return {
            "kind": self.kind,
            "name": self.name,
            "at": self.at.isoformat(),
            "digest_algorithm": self.digest_algorithm,
            "content_digest": content.hex(),
            "signer": subject_of(holder.certificate) if holder else None,
            "algorithm": str(holder.algorithm) if holder else None,
            "to_sign": base64.b64encode(to_sign).decode() if to_sign is not None else None,
            "digest": digest.hex() if digest is not None else None,
            "code": verification_code(digest) if digest is not None else None,
            "fingerprint": self.fingerprint,
        }

    # --- as a file ---------------------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The form for storage; it names its own digest, so that damage is noticed."""
        return b"%b%b\n%b%b" % (_MAGIC, self.fingerprint.encode(), self._header(), self.document)

    @classmethod
    def from_bytes(cls, data: bytes) -> Prepared:
        """The reverse of `to_bytes`. Raises `MalformedError` `external.malformed`, and as `for_certificate`."""
        if not data.startswith(_MAGIC):
            raise MalformedError("external.malformed", why="EID-SIGNING-PREPARED")
        start = len(_MAGIC) + 65  # the digest in hexadecimal, and the end of the line
        if data[len(_MAGIC) : start] != hashlib.sha256(memoryview(data)[start:]).hexdigest().encode() + b"\n":
            raise MalformedError("external.malformed", why="SHA-256")
        end = data.find(b"\n", start, start + MAX_HEADER_BYTES)
        try:
            return _parsed(json.loads(data[start:end].decode()), data[end + 1 :])
        except SigningError:
            raise
        except (*CERTIFICATE_ERRORS, KeyError, AttributeError, binascii.Error, RecursionError):
            raise MalformedError("external.malformed", why="JSON") from None

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the file, whole or not at all. Raises `UsageError`."""
        write_file(path, self.to_bytes(), overwrite=overwrite)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Prepared:
        """Read the file again. Raises `UsageError` `input.unreadable`, and as `from_bytes`."""
        return cls.from_bytes(read_file(path, max_bytes=MAX_READ_BYTES + MAX_HEADER_BYTES))

    def _header(self) -> bytes:
        holder = self.holder
        held = (holder.certificate, *holder.chain) if holder else ()
        header: dict[str, Any] = {
            "algorithm": str(holder.algorithm) if holder else None,
            "at": self.at.astimezone(UTC).isoformat(),
            "certificates": [base64.b64encode(c.public_bytes(Encoding.DER)).decode() for c in held],
            "details": details_to_json(self.details),
            "digest": self.digest_algorithm,
            "file": self.file_digest.hex(),
            "hole": list(self.hole),
            "kind": self.kind,
            "name": self.name,
        }
        text = json.dumps(header, sort_keys=True).encode()  # ASCII, on one line
        return text.ljust(_FIRST_BYTES) + b"\n"


def fitting_algorithm(
    certificate: x509.Certificate, digest: str, wanted: SignatureAlgorithm | None
) -> SignatureAlgorithm:
    """`wanted`, or the usual algorithm of the certificate's key with that digest.

    Raises `UsageError` `external.algorithm` if it fits neither key nor digest, `RefusedError` (`signature.algorithm`
    for a weak key, `certificate.malformed`).
    """
    public = _public_key(certificate)
    check_key(public)
    family = "ecdsa" if isinstance(public, ec.EllipticCurvePublicKey) else "rsa"
    chosen = wanted or SignatureAlgorithm(f"{'ecdsa' if family == 'ecdsa' else 'rsassa-pss'}-{digest}")
    if chosen.digest != digest or not chosen.startswith(family):
        raise UsageError("external.algorithm", algorithm=chosen, subject=subject_of(certificate), digest=digest)
    return chosen


def usual_digest(certificate: x509.Certificate) -> str:
    """The digest of the usual algorithm of the certificate's key. Raises as `fitting_algorithm`."""
    return default_algorithm(_public_key(certificate)).digest


def _public_key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except CERTIFICATE_ERRORS as e:
        raise RefusedError("certificate.malformed", why=e) from None


def _parsed(header: Any, document: bytes) -> Prepared:
    """A prepared document from what its file holds; raises what Python raises for a wrong form."""
    kind, digest, at = header["kind"], header["digest"], datetime.fromisoformat(header["at"])
    if at.tzinfo is None:
        raise ValueError
    start, end = (int(place) for place in header["hole"])
    made = Prepared(
        kind=kind,
        name=str(header["name"])[:MAX_NAME_CHARS],
        at=at.astimezone(UTC),  # OverflowError at the ends of the calendar
        digest_algorithm=digest,
        document=document,
        hole=Hole(start, end),
        file_digest=bytes.fromhex(header["file"]),
        details=details_from_json(header["details"]),
    )
    whole = is_open(document, made.hole) if kind == "PAdES" else len(made.file_digest) == DIGEST_SIZES[digest]
    if kind not in {"PAdES", "CAdES"} or digest not in DIGEST_SIZES or not whole:
        raise ValueError
    held = [load_certificate(base64.b64decode(text, validate=True)) for text in header["certificates"][: MAX_CHAIN + 1]]
    if not held:
        return made
    return made.for_certificate(held[0], tuple(held[1:]), SignatureAlgorithm(header["algorithm"]))


def named(path: str | os.PathLike[str] | bytes) -> str:
    """The name to show for a document that is a path; nothing for bytes."""
    return "" if isinstance(path, bytes) else Path(path).name[:MAX_NAME_CHARS]


def read_certificates(path: str | os.PathLike[str]) -> tuple[x509.Certificate, ...]:
    """The certificates in a file, PEM or DER: a signer's, then its issuers in order, whatever the file's order.

    The first is the signer's. Raises `UsageError` `input.unreadable`, `key.malformed`.
    """
    data = read_file(path, max_bytes=MAX_CERTIFICATES_BYTES)
    try:
        blocks = _PEM.findall(data)
        found = [load_certificate(base64.b64decode(b"".join(block.split()))) for block in blocks]
        if not found:
            found = [load_certificate(data)]
    except (*CERTIFICATE_ERRORS, binascii.Error):
        raise UsageError("key.malformed", where=path, why="CERTIFICATE") from None
    return order_chain(found[0], found[1:])
