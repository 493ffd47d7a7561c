"""Keys of remote signing services: the Cloud Signature Consortium API, versions 1.0.4 and 2.0 (ETSI TS 119 432).

The service holds the key and gets nothing but hashes; every value that it returns is verified here with the certificate
before anyone sees it.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography import x509

from ..errors import SigningError
from ..signer import Ask, SignatureAlgorithm, subject_of
from . import csc_vnpt
from .csc_authorize import Authorizer, documents
from .csc_credential import Credential, choose, read_credential
from .csc_login import Service, login, read_service
from .csc_secrets import Secrets
from .csc_uri import CscAddress
from .csc_values import Request, checked_values, request_for
from .csc_wire import Line

POLLING = "signatures/signPolling"
MAX_VALUES = 4096  # signatures in an answer that are counted; nobody asks for as many


class Hand(Protocol):
    """Has hashes signed, whatever the service calls that."""

    def sign(self, hashes: Sequence[str]) -> list[str]:
        """The values (Base64) for `hashes` (Base64), in their order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class CscSigner:
    """A signer whose key is held by a service. `sign_many` needs one authorisation for up to `multisign` documents."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    algorithm: SignatureAlgorithm
    multisign: int
    _line: Line = field(repr=False)
    _hand: Hand = field(repr=False)
    _credential: Credential = field(repr=False)
    _request: Request = field(repr=False)

    def __repr__(self) -> str:
        return f"CscSigner({subject_of(self.certificate)!r}, {self.algorithm.value}, {self._line.address.host!r})"

    def sign(self, data: bytes) -> bytes:
        """The signature value over `data`; see `sign_many` for errors."""
        return self.sign_many((data,))[0]

    def sign_many(self, data: Sequence[bytes]) -> list[bytes]:
        """A signature value for each of `data`, in groups of at most `multisign`; a person may be asked once a group.

        Raises `ServiceError` and `RefusedError` with codes `csc.*` and `http.*`, `UsageError` for wrong secrets,
        `VerificationError` `csc.signature`. After an error nothing of the group is returned.
        """
        values: list[bytes] = []
        for start in range(0, len(data), self.multisign):
            group = data[start : start + self.multisign]
            hashes = [base64.b64encode(hashlib.new(self.algorithm.digest, d).digest()).decode() for d in group]
            values += checked_values(self._line, self._credential, self._request, self._hand.sign(hashes), group)
        return values


def load(where: str, ask: Ask | None = None, algorithm: SignatureAlgorithm | None = None) -> CscSigner:
    """The signer at the address `where`. Passwords and PINs are asked for now, one-time passwords at each signing.

    Raises `UsageError` (`csc.address`, `csc.authorization`, `csc.unauthorized`, `csc.several`, `csc.algorithm`,
    `csc.factors`, `key.password`, `key.not-found`), `RefusedError` (`csc.key-status`, `signature.algorithm`),
    `VerificationError` `csc.certificate`, and `ServiceError`.
    """
    address = CscAddress.parse(where)
    line = Line(address, Secrets(ask, dict(address.files)))
    service = read_service(line)
    login(line, service)
    credential = read_credential(line, choose(line))
    request = request_for(line, credential, algorithm)
    hand: Hand
    if address.dialect.authorize is None:
        hand, most = csc_vnpt.Transactions(line, credential), csc_vnpt.MAX_HASHES
    else:
        authorizer = Authorizer(line, service, credential, request.digest_oid)
        authorizer.ask_first()
        hand, most = _SignHash(line, service, credential, request, authorizer), credential.multisign
    return CscSigner(
        certificate=credential.certificate,
        chain=credential.chain,
        algorithm=request.algorithm,
        multisign=min(most, credential.multisign),
        _line=line,
        _hand=hand,
        _credential=credential,
        _request=request,
    )


@dataclass(frozen=True, slots=True)
class _SignHash:
    """`signatures/signHash` with the SAD of an authorisation, at once or by asking again for the outcome."""

    line: Line
    service: Service
    credential: Credential
    request: Request
    authorizer: Authorizer

    def sign(self, hashes: Sequence[str]) -> list[str]:
        """See `Hand.sign`. An error ends the transaction, too."""
        try:
            return self._signed(hashes, self.authorizer.sad(hashes))
        except SigningError:
            self.authorizer.drop()
            raise

    def _signed(self, hashes: Sequence[str], sad: str) -> list[str]:
        line, method = self.line, self.line.address.dialect.sign
        began = time.monotonic()
        values = line.call(method, self._values(hashes, sad), wait_s=line.address.wait_s).values
        if "signatures" not in values and "responseID" in values:
            response = line.text(method, values, "responseID")
            method, values = POLLING, self._outcome(response, line.address.wait_s - (time.monotonic() - began))
        return line.texts(method, values, "signatures", MAX_VALUES)

    def _values(self, hashes: Sequence[str], sad: str) -> dict[str, Any]:
        dialect, request = self.line.address.dialect, self.request
        values: dict[str, Any] = {
            dialect.credential: self.credential.id,
            "SAD": sad,
            dialect.hashes: list(hashes),
            "signAlgo": request.oid,
        }
        if request.says_digest or dialect.documents:
            values[dialect.hash_algorithm] = request.digest_oid
        if request.parameters is not None:
            values["signAlgoParams"] = request.parameters
        if dialect.documents:
            values["documents"] = documents(hashes)
        if self.service.asynchronous and POLLING in self.service.methods:
            values |= {"operationMode": "A", "validity_period": int(self.line.address.wait_s * 1000)}
        return values

    def _outcome(self, response: str, seconds: float) -> dict[str, Any]:
        """Ask for the outcome of an asynchronous request until it is there."""
        for reply in self.line.poll(POLLING, {"requestID": response}, seconds):
            if "signatures" in reply.values:
                return reply.values
            if not reply.pending and "responseID" not in reply.values:
                break
        raise self.line.malformed(POLLING, "signatures")
