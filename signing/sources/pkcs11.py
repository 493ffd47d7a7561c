"""Keys in tokens and HSMs, by PKCS #11 URI (OASIS PKCS #11 v2.40; RFC 7512).

A key is named by its CKA_ID or by its certificate; a label is no proof of anything and narrows the choice at most. The
certificate and its issuers come from the token. Needs the extra `pkcs11`, and the token's module in the URI
(`module-path`, `module-name`) or in `EID_PKCS11_MODULE`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import ServiceError, SigningError, UsageError
from ..signer import (
    CERTIFICATE_ERRORS,
    Ask,
    SignatureAlgorithm,
    check_key,
    default_algorithm,
    order_chain,
    subject_of,
)
from .pem import read_certificates
from .pkcs11_keys import HeldCertificate, HeldKey, choose_key, find_key, held_certificates, held_keys
from .pkcs11_login import Login, Secret, log_in
from .pkcs11_mechanisms import Plan, algorithms_of, plan_for
from .pkcs11_module import binding, choose_token, load_module, signing_mechanisms
from .pkcs11_uri import Pkcs11Uri, parse_uri

MAX_VALUE_BYTES = 1024  # bytes of an RSA signature with the longest key in use; the binding makes room for more

_SESSION_ENDED = {"pkcs11.removed", "pkcs11.session-lost"}
# After these nothing is tried again: a try was spent or there is none to spend. Some drivers say nothing clearer of a
# wrong PIN than that the login failed.
_PIN_SPENT = {f"pkcs11.pin-{name}" for name in ("wrong", "low", "last", "final-try", "locked", "expired", "length")}
_LOGIN_FAILED = {"pkcs11.failed", "pkcs11.cancelled"}


def load(where: str, ask: Ask | None = None, algorithm: SignatureAlgorithm | None = None) -> Pkcs11Signer:
    """The signer that `pkcs11:` + `where` names; logged in, its certificate and mechanism chosen.

    `ask` is called once for the PIN, and again only when a lost session has to be opened again. Without `algorithm`
    RSA keys sign RSASSA-PSS, or PKCS #1 v1.5 on tokens that can do nothing else.
    Raises `UsageError` (`pkcs11.…`, `input.unreadable` for pin-source), `MissingExtraError`, `ServiceError`
    (`pkcs11.removed`, `pkcs11.failed`, …), `RefusedError` (`signature.algorithm`).
    """
    uri = parse_uri(where)
    module = load_module(uri)
    token = choose_token(module, uri)
    secret = Secret(uri, ask)
    login = log_in(module, token, secret)
    try:
        with login.turn:
            session = login.session(secret)
            held = held_certificates(session), held_keys(session)
        certificates = [*held[0], *_beside(uri)]
        key, certificate = choose_key(login.name, uri, held[1], certificates)
        offered = signing_mechanisms(login.present().slot)
    except binding().PKCS11Error as e:
        raise login.failure(e) from None
    public = _public_key(certificate)
    chosen, plan = _planned(login, public, algorithm, offered)
    chain = order_chain(certificate, [one.certificate for one in certificates])[1:]
    return Pkcs11Signer(certificate, chain, chosen, login=login, secret=secret, key=key, plan=plan)


def _beside(uri: Pkcs11Uri) -> list[HeldCertificate]:
    """Certificates in a file; their public keys alone join them to keys of the token."""
    found = read_certificates(uri.cert_file) if uri.cert_file is not None else []
    return [HeldCertificate(id=b"", label="", certificate=certificate) for certificate in found]


def _public_key(certificate: x509.Certificate) -> object:
    try:
        public = certificate.public_key()
    except CERTIFICATE_ERRORS:
        raise UsageError("key.malformed", where=subject_of(certificate), why="RSA, ECDSA") from None
    check_key(public)
    return public


def _planned(
    login: Login, public: object, algorithm: SignatureAlgorithm | None, offered: set[str]
) -> tuple[SignatureAlgorithm, Plan]:
    """The algorithm asked for, else the key's default, else what else the token can do with an RSA key."""
    wanted = [algorithm or default_algorithm(public)]
    if algorithm is None and isinstance(public, rsa.RSAPublicKey):
        wanted.append(SignatureAlgorithm.RSA_PKCS1_SHA256)
    for one in wanted:
        plan = plan_for(one, public, offered)
        if plan is not None:
            return one, plan
    possible = ", ".join(algorithms_of(public, offered))
    raise UsageError("pkcs11.mechanism", token=login.name, algorithm=wanted[0], present=possible or "-")


class Pkcs11Signer:
    """A signer whose private key never leaves its token. Made by `open_signer`; `repr` shows token and subject."""

    __slots__ = (
        "__weakref__", "_found", "_key", "_login", "_options", "_plan", "_refused", "_secret",
        "algorithm", "certificate", "chain",
    )  # fmt: skip

    def __init__(
        self,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...],
        algorithm: SignatureAlgorithm,
        *,
        login: Login,
        secret: Secret,
        key: HeldKey,
        plan: Plan,
    ) -> None:
        self.certificate, self.chain, self.algorithm = certificate, chain, algorithm
        self._login, self._secret, self._key, self._plan = login, secret, key, plan
        self._options = _options(plan)
        self._found: tuple[object, Any] = (None, None)  # a session, and the key as an object of that session
        self._refused: tuple[type[SigningError], str, dict[str, Any]] | None = None  # and nothing is tried again

    def __repr__(self) -> str:
        return f"Pkcs11Signer({str(self._login.name)!r}, {subject_of(self.certificate)!r}, {self.algorithm.value})"

    def sign(self, data: bytes) -> bytes:
        """The signature value over `data`. A lost session is opened again once; a removed token is not waited for.

        Raises `ServiceError` (`pkcs11.removed`, `pkcs11.session-lost`, `pkcs11.failed`, …). When logging in again
        fails (`UsageError` `pkcs11.pin-…`, …), every further call fails the same way: no PIN is tried a second time.
        """
        prepared = self._plan.prepare(data)
        with self._login.turn:
            value = self._signed(prepared, again=True)
        try:
            return self._plan.finish(value)
        except ValueError as e:
            raise ServiceError("pkcs11.answer", token=self._login.name, why=e) from None

    def _signed(self, prepared: bytes, *, again: bool) -> bytes:
        if self._refused is not None:
            kind, code, details = self._refused
            raise kind(code, **details)
        try:
            return self._answer(prepared)
        except binding().PKCS11Error as e:
            told = self._noted(self._login.failure(e), _PIN_SPENT)
            if not again or told.code != "pkcs11.session-lost":
                raise told from None
        except SigningError as e:  # from a new login: whatever went wrong with it, a try may have been spent
            self._noted(e, _PIN_SPENT | _LOGIN_FAILED)
            raise
        return self._signed(prepared, again=False)

    def _answer(self, prepared: bytes) -> bytes:
        key = self._key_object()
        pin = {"pin": self._secret(self._login.name)} if self._key.asks_each_time else {}
        value: bytes = key.sign(prepared, **self._options, **pin)
        return value

    def _noted(self, error: SigningError, last: Collection[str]) -> SigningError:
        if error.code in _SESSION_ENDED:
            self._login.leave()
        if error.code in last:
            self._refused = type(error), error.code, error.details
        return error

    def _key_object(self) -> Any:
        """The key in the login's present session."""
        session = self._login.session(self._secret)
        if self._found[0] is not session:
            key = find_key(session, self._key)
            if key is None:
                raise UsageError("pkcs11.key-missing", token=self._login.name, present="-")
            self._found = (session, key)
        return self._found[1]


def _options(plan: Plan) -> dict[str, object]:
    library = binding()
    options: dict[str, object] = {"mechanism": library.Mechanism[plan.mechanism], "buffer_size": MAX_VALUE_BYTES}
    if plan.parameter is not None:
        digest, mask, salt = plan.parameter
        options["mechanism_param"] = (library.Mechanism[digest], library.MGF[mask], salt)
    return options
