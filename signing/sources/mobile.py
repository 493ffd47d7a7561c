"""Keys in SIM cards, asked for through a mobile signature service (ETSI TS 102 204): `mobile+https://…`.

The person confirms on the phone. Before that the same verification code is shown here and there, made from the digest
that is signed: whoever sees two different codes declines. Every value is verified with the certificate before use.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from ..answers import as_der
from ..cms import der, names
from ..cms.parse import parse_cms
from ..confirmation import Confirmation, Show, verification_code
from ..errors import RefusedError, UsageError, VerificationError
from ..messages import clean
from ..prepared import Prepared, fitting_algorithm, read_certificates, usual_digest
from ..signer import Ask, SignatureAlgorithm, password_of, subject_of, verify_value
from .mobile_service import MobileService, Transaction
from .mobile_soap import is_writable
from .mobile_uri import MobileAddress, parse_address

MAX_DISPLAY_CHARS = 120  # characters on the phone; longer texts are cut by many of them
_DISPLAY = {"vi": "Mã {code}. Ký: {name}", "en": "Code {code}. Sign: {name}"}
_NO_NAME = {"vi": "tài liệu", "en": "document"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A signature that the person has been asked for; `data` is what it will be over."""

    confirmation: Confirmation
    transaction: Transaction
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class MobileSigner:
    """A signer whose key is in a SIM. `for_document` says what is being signed and where to show the code."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    algorithm: SignatureAlgorithm
    service: MobileService = field(repr=False)
    document: str = ""
    show: Show | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"MobileSigner({subject_of(self.certificate)!r}, {self.service.address.phone}, {self.algorithm.value})"

    def for_document(self, name: str, show: Show | None = None) -> MobileSigner:
        """The same signer for a document of that name; `show` is called with the code before the phone rings."""
        return replace(self, document=name, show=show or self.show)

    def sign(self, data: bytes) -> bytes:
        """The signature value over `data`, once the person has confirmed.

        Raises `RefusedError` (`mobile.declined`, `mobile.revoked`), `ServiceError` (`mobile.*`, `http.*`),
        `VerificationError` (`mobile.value`, `mobile.transaction`, `mobile.certificate`).
        """
        return self._value(self.service.wait(self.begin(data).transaction), data)

    def begin(self, data: bytes) -> Pending:
        """Ask the person for a signature over `data`; for callers that come back later (`collect`)."""
        return self._begin(hashlib.new(self.algorithm.digest, data).digest(), data)

    def collect(self, pending: Pending) -> bytes | None:
        """The signature value, or None while the person has not answered. Raises as `sign`."""
        answer = self.service.collect(pending.transaction)
        return None if answer is None else self._value(answer, pending.data)

    def sign_cms(self, prepared: Prepared) -> bytes:
        """The service's own CMS signature over a prepared document (format=pkcs7), for `complete_*` to check."""
        signer = self.for_document(prepared.name) if prepared.name else self
        return self.service.wait(signer._begin(prepared.content_digest, b"").transaction)  # noqa: SLF001  # same class

    def _begin(self, digest: bytes, data: bytes) -> Pending:
        address = self.service.address
        confirmation = _confirmation(address, self.document, digest)
        if self.show is not None:
            self.show(confirmation)
        sent = _digest_info(self.algorithm.digest, digest) if address.data == "digestinfo" else digest
        return Pending(confirmation=confirmation, transaction=self.service.begin(sent, confirmation.text), data=data)

    def _value(self, answer: bytes, data: bytes) -> bytes:
        """The value in an answer, proven to be over `data` by the certificate."""
        phone, subject = self.service.address.phone, subject_of(self.certificate)
        if self.service.address.format == "pkcs7":
            found = parse_cms(answer)
            if found.signer_certificate not in {None, self.certificate}:
                raise VerificationError("mobile.certificate", phone=phone, subject=subject)
            if found.signed_attributes_der is not None:
                raise RefusedError("mobile.cms")
            answer = found.signature_value
        for form in (answer, as_der(answer, self.certificate)):
            if form and verify_value(self.certificate, self.algorithm, form, data):
                return form
        raise VerificationError("mobile.value", phone=phone, subject=subject)


def load(where: str, ask: Ask | None = None, algorithm: SignatureAlgorithm | None = None) -> MobileSigner:
    """The signer behind `where`, an address as in `mobile_uri`; the service is asked for the certificate.

    `ask` is called for the application's password and for that of the client key, if they have one. Raises
    `UsageError` (`mobile.address`, `mobile.password`, `key.password`, `external.algorithm`), `RefusedError`
    (`signature.algorithm`), `ServiceError` (`mobile.*`, `http.*`).
    """
    address = parse_address(where)
    service = MobileService.connect(address, _password(address, ask), ask)
    held = read_certificates(address.certificate) if address.certificate else service.certificates()
    chosen = fitting_algorithm(held[0], *_algorithm(held[0], address, algorithm))
    return MobileSigner(certificate=held[0], chain=held[1:], algorithm=chosen, service=service)


def _algorithm(
    certificate: x509.Certificate, address: MobileAddress, wanted: SignatureAlgorithm | None
) -> tuple[str, SignatureAlgorithm | None]:
    """Digest and algorithm to try: SIM cards pad a DigestInfo as PKCS#1 v1.5, so that is what RSA keys mean here."""
    if wanted is None and isinstance(certificate.public_key(), rsa.RSAPublicKey) and address.data == "digestinfo":
        wanted = SignatureAlgorithm.RSA_PKCS1_SHA256
    if wanted is not None and wanted.scheme == "rsassa-pss" and address.data == "digestinfo":
        raise UsageError("mobile.address", why=f"{wanted}: data=digest")
    return (wanted.digest if wanted else usual_digest(certificate)), wanted


def _password(address: MobileAddress, ask: Ask | None) -> str:
    """The application's password; nothing where the address says that there is none."""
    if not address.password:
        return ""
    if ask is None:
        raise UsageError("mobile.password", ap=address.ap, host=address.host)
    password = password_of(f"{address.ap}, {address.host}", ask).decode()
    if not is_writable(password):
        raise UsageError("mobile.password", ap=address.ap, host=address.host)
    return password


def _digest_info(digest: str, value: bytes) -> bytes:
    """DigestInfo (RFC 8017 §9.2 note 1)."""
    return der.seq(der.seq(der.oid(names.DIGEST_OIDS[digest]), der.null()), der.octets(value))


def _confirmation(address: MobileAddress, document: str, digest: bytes) -> Confirmation:
    """The code stands first: no document's name can push it off the screen, or show another before it."""
    code, language = verification_code(digest), address.language
    name = clean(document) if is_writable(document) else ""
    text = _DISPLAY[language].format(code=code, name=name or _NO_NAME[language])
    if len(text) > MAX_DISPLAY_CHARS:
        text = text[: MAX_DISPLAY_CHARS - 1] + "…"
    return Confirmation(document=document, code=code, text=text)
