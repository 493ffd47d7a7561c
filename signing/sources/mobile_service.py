"""One mobile signature service (ETSI TS 102 204): transactions begun, followed and believed only when they are ours."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from secrets import token_hex

from cryptography import x509

from ..errors import MalformedError, RefusedError, ServiceError, SigningError, VerificationError
from ..http import HttpClient, HttpExchange, client_tls
from ..signer import CERTIFICATE_ERRORS, Ask, load_certificate, order_chain, password_of
from .mobile_soap import (
    MAX_ANSWER_BYTES,
    Answer,
    assert_same,
    certificate_request,
    headers,
    parse_answer,
    signature_request,
    status_request,
)
from .mobile_status import Stage, Status, status_of
from .mobile_uri import MobileAddress

EXCHANGE_S = 30.0  # seconds for one question and its answer, beside the person's own time
MAX_LOST_POLLS = 3  # questions in a row that may go unanswered while the person confirms
MAX_TRANSACTION_CHARS = 256  # characters of the service's identifier
_UNDER_WAY = {Stage.ACCEPTED, Stage.PENDING}
_SPOKEN = (200, 400, 500)  # HTTP statuses whose body is SOAP: an answer or a fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A signature under way: the service's identifier; or, from a service that answers at once, the signature."""

    mssp_transaction: str
    signature: bytes | None = field(default=None, repr=False)


class Transactions:
    """Identifiers of ours (NCNames, so they begin with a letter) that nobody can foresee; one serves `shared_s`."""

    __slots__ = ("_made", "_name", "_shared_s")

    def __init__(self, shared_s: float) -> None:
        self._shared_s, self._name, self._made = shared_s, "", 0.0

    def next(self) -> str:
        """The identifier of the next request."""
        now = time.monotonic()
        if not self._name or now - self._made >= self._shared_s:
            self._name, self._made = f"T{token_hex(12)}", now
        return self._name


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileService:
    """A connection's data: the address, who we are, and the client that reaches nothing else."""

    address: MobileAddress
    http: HttpExchange = field(repr=False)
    password: str = field(repr=False)
    transactions: Transactions = field(repr=False)

    @classmethod
    def connect(cls, address: MobileAddress, password: str, ask: Ask | None) -> MobileService:
        """The service at `address`; nothing is sent yet. Raises `UsageError` (`http.*`, `key.password`)."""
        tls = None
        if address.client is not None or address.ca is not None:
            where = address.key or address.client
            secret = (lambda: password_of(str(where), ask).decode()) if ask is not None else None
            tls = client_tls(certificate=address.client, key=address.key, ca=address.ca, ask=secret)
        waits = address.wait_s if address.mode == "synch" else 0.0
        allow = tuple(address.base + path for path in (address.signature, address.status, address.registration))
        http = HttpClient(allow=allow, timeout_s=EXCHANGE_S + waits, tls=tls)
        return cls(address=address, http=http, password=password, transactions=Transactions(address.shared_s))

    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The signer's certificate and its issuers, as the service knows them. Raises `ServiceError`."""
        transaction = self.transactions.next()
        request = certificate_request(self.address, transaction, self.password)
        kind = "Registration" if self.address.lookup == "registration" else "Profile"
        action = "MSS_Registration" if kind == "Registration" else "MSS_ProfileQuery"
        answer = self._exchange(self.address.registration, action, request, f"MSS_{kind}Resp")
        assert_same(answer, self.address, transaction)
        self._assert_stage(answer, {Stage.REGISTERED, Stage.ACCEPTED})
        try:
            found = [load_certificate(encoded) for encoded in answer.certificates]
            leaves = [c for c in found if not _is_authority(c)]
        except CERTIFICATE_ERRORS:
            raise MalformedError("mobile.answer", why="X509Certificate") from None
        if not leaves:
            raise ServiceError("mobile.no-certificate", phone=self.address.phone)
        return order_chain(leaves[0], [c for c in found if c != leaves[0]])

    def begin(self, data: bytes, shown: str) -> Transaction:
        """Send `data` to the phone, with the text that it shows. Raises `ServiceError`, `VerificationError`."""
        transaction = self.transactions.next()
        request = signature_request(self.address, transaction, self.password, data, shown)
        try:
            answer = self._exchange(self.address.signature, "MSS_Signature", request, "MSS_SignatureResp")
        except ServiceError as error:
            if error.code == "http.timeout" and self.address.mode == "synch":  # it was the person who took too long
                raise self._late() from error
            raise
        assert_same(answer, self.address, transaction)
        signature = self._signature(answer)
        if signature is not None:
            return Transaction(mssp_transaction="", signature=signature)
        if self.address.mode == "synch":
            raise self._failure(answer)
        named = answer.mssp_transaction or ""
        if not 0 < len(named) <= MAX_TRANSACTION_CHARS or not named.isprintable():
            raise MalformedError("mobile.answer", why="MSSP_TransID")
        return Transaction(mssp_transaction=named)

    def collect(self, begun: Transaction) -> bytes | None:
        """The signature of a transaction, or None while it is with the person. Raises as `begin`, `RefusedError`."""
        if begun.signature is not None:
            return begun.signature
        transaction = self.transactions.next()
        request = status_request(self.address, transaction, self.password, begun.mssp_transaction)
        answer = self._exchange(self.address.status, "MSS_StatusQuery", request, "MSS_StatusResp")
        assert_same(answer, self.address, transaction, begun.mssp_transaction)
        return self._signature(answer)

    def wait(self, begun: Transaction) -> bytes:
        """The signature, asked for until it is there; `ServiceError` `mobile.timeout` when the person's time is over.

        A few questions in a row may fail on their way: the person should not have to sign again for that.
        """
        until, lost = time.monotonic() + self.address.wait_s, 0
        while True:
            try:
                signature, lost = self.collect(begun), 0
            except ServiceError as error:
                lost += 1
                if not error.code.startswith("http.") or lost > MAX_LOST_POLLS:
                    raise
                signature = None
            if signature is not None:
                return signature
            left = until - time.monotonic()
            if left <= 0:
                raise self._late()
            time.sleep(min(self.address.poll_s, left))

    def _late(self) -> ServiceError:
        return ServiceError("mobile.timeout", phone=self.address.phone, seconds=f"{self.address.wait_s:g}")

    def _exchange(self, path: str, action: str, request: bytes, expected: str) -> Answer:
        url = self.address.base + path
        reply = self.http.exchange(url, request, headers=headers(self.address, action), max_bytes=MAX_ANSWER_BYTES)
        if reply.status in {401, 403}:
            raise ServiceError("mobile.access", ap=self.address.ap, status=f"HTTP {reply.status}")
        if reply.status not in _SPOKEN:
            raise ServiceError("http.status", url=url, status=reply.status)
        try:
            answer = parse_answer(reply.body)
        except MalformedError:
            if reply.status == 200:
                raise
            raise ServiceError("http.status", url=url, status=reply.status) from None
        if answer.kind == "Fault":
            raise self._failure(answer)
        if answer.kind != expected:
            raise VerificationError("mobile.transaction", what=answer.kind)
        return answer

    def _signature(self, answer: Answer) -> bytes | None:
        """The signature in an answer, None while there is none yet.

        Some services say REGISTRATION_OK for a signature too: what counts is that none of their failures came with it.
        """
        status = self._assert_stage(answer, {Stage.SIGNED, Stage.REGISTERED, *_UNDER_WAY})
        if not answer.signature and status.stage not in _UNDER_WAY:
            raise MalformedError("mobile.answer", why="Base64Signature")
        return answer.signature

    def _assert_stage(self, answer: Answer, allowed: set[Stage]) -> Status:
        """The status of an answer, which must be one of `allowed`; a failure becomes its own error."""
        if answer.status is None:
            raise MalformedError("mobile.answer", why="StatusCode")
        status = status_of(answer.status)
        if status.stage not in allowed:
            raise self._failure(answer)
        return status

    def _failure(self, answer: Answer) -> SigningError:
        """What an answer that is none means. The service's own words are left out: they may repeat what we sent."""
        number = answer.status
        status = status_of(number) if number is not None else Status("Fault", Stage.FAILED, "mobile.service")
        code = status.code or "mobile.service"  # a success that comes where it means nothing
        kind: type[SigningError] = ServiceError
        if code in {"mobile.declined", "mobile.revoked"}:
            kind = RefusedError
        elif code == "mobile.value":
            kind = VerificationError
        shown = f"{number} {status.name}" if number is not None else status.name
        return kind(code, phone=self.address.phone, ap=self.address.ap, status=shown, subject=self.address.phone)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return bool(constraints.value.ca)
