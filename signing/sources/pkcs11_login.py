"""Logins (OASIS PKCS #11 v2.40 §5.6): one login and one session a token and process, lost sessions, spent tries.

A login belongs to the process, not to a session (§5.6.8), so every signer on a token shares one `Login`; the last one
to go logs out. A wrong PIN is tried once and never again by itself: tokens count wrong tries and lock for good.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import weakref
from contextlib import AbstractContextManager
from threading import RLock
from typing import TYPE_CHECKING

from ..errors import ServiceError, SigningError, UsageError
from ..files import read_file
from ..messages import clean
from ..signer import Ask
from .pkcs11_module import Module, TokenName, binding, lenient_attributes, said
from .pkcs11_uri import Pkcs11Uri

if TYPE_CHECKING:
    import pkcs11

MAX_PIN_BYTES = 4096  # bytes of a PIN file; the PIN is its first line
_PIN = re.compile("[^\\0\\ud800-\\udfff]+")  # the binding would show what it cannot encode, and C ends a text at NUL
_PROCESS_SECRET = secrets.token_bytes(32)

# What the binding raises, by class name → our error. Everything else is `pkcs11.failed`.
_MEANINGS: dict[str, tuple[type[SigningError], str]] = {
    "PinIncorrect": (UsageError, "pkcs11.pin-wrong"),
    "PinInvalid": (UsageError, "pkcs11.pin-wrong"),
    "PinLenRange": (UsageError, "pkcs11.pin-length"),
    "PinLocked": (UsageError, "pkcs11.pin-locked"),
    "PinExpired": (UsageError, "pkcs11.pin-expired"),
    "UserPinNotInitialized": (UsageError, "pkcs11.pin-unset"),
    "TokenNotPresent": (ServiceError, "pkcs11.removed"),
    "TokenNotRecognised": (ServiceError, "pkcs11.removed"),
    "DeviceRemoved": (ServiceError, "pkcs11.removed"),
    "SlotIDInvalid": (ServiceError, "pkcs11.removed"),
    "SessionHandleInvalid": (ServiceError, "pkcs11.session-lost"),
    "SessionClosed": (ServiceError, "pkcs11.session-lost"),
    "UserNotLoggedIn": (ServiceError, "pkcs11.session-lost"),
    "KeyHandleInvalid": (ServiceError, "pkcs11.session-lost"),
    "ObjectHandleInvalid": (ServiceError, "pkcs11.session-lost"),
    "OperationActive": (ServiceError, "pkcs11.session-lost"),  # left over from a failure; no call ends it
    "SessionCount": (ServiceError, "pkcs11.sessions"),
    "FunctionCancelled": (ServiceError, "pkcs11.cancelled"),
    "FunctionRejected": (ServiceError, "pkcs11.cancelled"),
}
# What drivers answer when a token is pulled out of a running operation; whether it is gone is then looked up.
_PERHAPS_REMOVED = {"DeviceError", "GeneralError", "FunctionFailed", "SessionHandleInvalid", "ObjectHandleInvalid"}
_PERHAPS_REMOVED |= {"KeyHandleInvalid", "UserNotLoggedIn", "SessionClosed"}


class Secret:
    """Where a token's PIN comes from; asked each time it is needed, and kept nowhere."""

    __slots__ = ("_ask", "_file")

    def __init__(self, uri: Pkcs11Uri, ask: Ask | None) -> None:
        self._file, self._ask = uri.pin_file, ask

    @property
    def available(self) -> bool:
        """Whether there is anything to ask."""
        return self._file is not None or self._ask is not None

    def __call__(self, token: TokenName) -> str:
        """The PIN. Raises `UsageError` (`pkcs11.pin-needed`, `pkcs11.pin-malformed`) and what `ask` raises."""
        answer = self._given(token)
        if isinstance(answer, str) and _PIN.fullmatch(answer):
            return answer
        del answer  # tracebacks may be shown with the variables of their frames
        raise UsageError("pkcs11.pin-malformed", token=token)

    def _given(self, token: TokenName) -> object:
        if self._file is not None:
            lines = read_file(self._file, max_bytes=MAX_PIN_BYTES).decode("utf-8", "surrogateescape").splitlines()
            return lines[0] if lines else ""
        if self._ask is not None:
            return self._ask(f"PIN for {clean(token)}: ")
        raise UsageError("pkcs11.pin-needed", token=token)


_logins: weakref.WeakValueDictionary[tuple[str, TokenName], Login] = weakref.WeakValueDictionary()
_lock = RLock()


def log_in(module: Module, token: pkcs11.Token, secret: Secret) -> Login:
    """The login with this token, shared with every other signer on it. Each asks for the PIN, the first one uses it.

    Raises `UsageError` `pkcs11.pin-…`, `ServiceError`.
    """
    key = (module.path, TokenName.of(token))
    with _lock:
        known = _logins.get(key)
        if known is not None and known.is_open:
            known.check(secret)
            return known
        login = known or Login(module, key[1], token.slot.slot_id)
        login.enter(secret)
        _logins[key] = login
        return login


class Login:
    """A session with one token, logged in. Made by `log_in`."""

    __slots__ = ("__weakref__", "_closer", "_module", "_proof", "_session", "_slot", "_turn", "name")

    def __init__(self, module: Module, name: TokenName, slot: int) -> None:
        self._module, self.name, self._slot = module, name, slot
        self._session: pkcs11.Session | None = None
        self._closer: weakref.finalize[..., Login] | None = None
        self._proof = b""
        self._turn = (os.getpid(), RLock())

    @property
    def turn(self) -> AbstractContextManager[object]:
        """Held while the session is used: it does one thing at a time (PKCS #11 §5.2), whoever asks."""
        if self._turn[0] != os.getpid():  # who held it before a fork is not here to let it go
            self._turn = (os.getpid(), RLock())
        return self._turn[1]

    @property
    def is_open(self) -> bool:
        """Whether there is a session, made in this process."""
        return self._session is not None and self._module.process == os.getpid() and self in self._module.open

    def session(self, secret: Secret) -> pkcs11.Session:
        """The session; a new one after a fork or a loss, for which the PIN is asked again."""
        if self._session is None or not self.is_open:
            with _lock:
                if not self.is_open:
                    self.enter(secret)
        if self._session is None:
            raise ServiceError("pkcs11.session-lost", token=self.name)
        return self._session

    def enter(self, secret: Secret) -> None:
        """Open a session and log in: once, whatever the answer."""
        self.leave()
        token = self.present()
        try:
            session, self._proof = _opened(token, self._pin(token, secret))
        except binding().PKCS11Error as e:
            raise self._not_entered(e) from None
        self._session = session
        self._module.open.add(self)
        self._closer = weakref.finalize(self, _close, session, os.getpid())

    def _not_entered(self, error: Exception) -> SigningError:
        """Why; and the session that a failed login leaves open is closed."""
        told = self.failure(error)
        self._module.release()
        return told

    def _pin(self, token: pkcs11.Token, secret: Secret) -> object:
        """What the binding wants as PIN: None when there is no login, its own sign when the token has a keypad."""
        library, flags = binding(), token.flags
        if not flags & library.TokenFlag.LOGIN_REQUIRED:
            return None
        if not flags & library.TokenFlag.USER_PIN_INITIALIZED:
            raise UsageError("pkcs11.pin-unset", token=self.name)
        if flags & library.TokenFlag.USER_PIN_LOCKED:
            raise UsageError("pkcs11.pin-locked", token=self.name)
        if flags & library.TokenFlag.PROTECTED_AUTHENTICATION_PATH:
            keypad: object = library.PROTECTED_AUTH
            return keypad
        if flags & library.TokenFlag.USER_PIN_FINAL_TRY:  # a program does not spend what only the issuer gives back
            raise UsageError("pkcs11.pin-final-try", token=self.name)
        return secret(self.name)

    def check(self, secret: Secret) -> None:
        """Compare the PIN of another signer with the one that logged in; no try is spent."""
        if self._proof and not hmac.compare_digest(self._proof, _proof(secret(self.name))):
            raise UsageError("pkcs11.pin-differs", token=self.name)

    def present(self) -> pkcs11.Token:
        """The same token, in its slot or in another. Raises `ServiceError` `pkcs11.removed`."""
        same = self._module.here().find(lambda token: TokenName.of(token) == self.name)
        same.sort(key=lambda token: token.slot.slot_id != self._slot)
        if not same:
            raise ServiceError("pkcs11.removed", token=self.name)
        return same[0]

    def leave(self) -> None:
        """Log out and close the session, if there is one."""
        self._session = None
        self._module.open.discard(self)
        if self._closer is not None:
            self._closer()
            self._closer = None
            self._module.here().release()

    def failure(self, error: Exception) -> SigningError:
        """What an exception of the binding means for a person; a look at the token tells removed from broken, and how
        many tries are left."""
        name = type(error).__name__
        kind, code = _MEANINGS.get(name, (ServiceError, "pkcs11.failed"))
        token = self._glance()
        if name in _PERHAPS_REMOVED and token is None:
            code = "pkcs11.removed"
        if code == "pkcs11.removed" and token is not None:  # it is back, or in another slot
            code = "pkcs11.session-lost"
        if code == "pkcs11.pin-wrong" and token is not None:
            code = _tries(token)
        details = {"why": said(error)} if code == "pkcs11.failed" else {}
        return kind(code, token=self.name, **details)

    def _glance(self) -> pkcs11.Token | None:
        try:
            return self.present()
        except SigningError:
            return None


def _tries(token: pkcs11.Token) -> str:
    flag = binding().TokenFlag
    states = (("locked", flag.USER_PIN_LOCKED), ("last", flag.USER_PIN_FINAL_TRY), ("low", flag.USER_PIN_COUNT_LOW))
    return next((f"pkcs11.pin-{name}" for name, bit in states if token.flags & bit), "pkcs11.pin-wrong")


def _opened(token: pkcs11.Token, pin: object) -> tuple[pkcs11.Session, bytes]:
    """A session that is logged in, and the proof of the PIN if the token has judged it."""
    mapper = lenient_attributes()
    try:
        return token.open(user_pin=pin, attribute_mapper=mapper), _proof(pin)
    except binding().UserAlreadyLoggedIn:  # by another library in this process; logins are the process's
        return token.open(attribute_mapper=mapper), b""


def _proof(pin: object) -> bytes:
    """Tells equal PINs from others without keeping them; empty for none and for keypads."""
    return hashlib.blake2b(pin.encode(), key=_PROCESS_SECRET).digest() if isinstance(pin, str) else b""


def _close(session: pkcs11.Session, process: int) -> None:
    if process != os.getpid():  # a copy of another process's session
        return
    try:
        session.close()
    except binding().PKCS11Error:  # lost already
        pass
