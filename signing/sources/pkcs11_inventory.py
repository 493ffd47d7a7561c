"""What tokens hold, for a person who has to choose a key (OASIS PKCS #11 v2.40 §5.5–5.7).

Certificates are public on most tokens; whether a private key is there is seen after the login alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..signer import CERTIFICATE_ERRORS, Ask
from .pkcs11_keys import HeldCertificate, HeldKey, belongs, held_certificates, held_keys
from .pkcs11_login import Login, Secret, log_in
from .pkcs11_mechanisms import algorithms_of
from .pkcs11_module import (
    Module,
    TokenName,
    binding,
    choose_token,
    lenient_attributes,
    load_module,
    matching,
    signing_mechanisms,
)
from .pkcs11_uri import Pkcs11Uri, format_uri, parse_uri

if TYPE_CHECKING:
    import pkcs11


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A certificate with its key, or one without the other. `key` is None when only a login would tell."""

    id: bytes
    label: str
    certificate: x509.Certificate | None
    key: bool | None
    algorithms: tuple[str, ...]
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenContent:
    """One token. `pin` is `ok`, `low`, `final-try`, `locked`, `unset`, `keypad` or `none` (no login needed)."""

    slot: int
    slot_description: str
    name: TokenName
    pin: str
    logged_in: bool
    entries: tuple[Entry, ...]


def inventory(where: str, ask: Ask | None = None) -> list[TokenContent]:
    """What the tokens hold that the URI `pkcs11:` + `where` fits; all tokens of the module without attributes.

    There is a login only if there is a PIN (`ask`, `pin-source`) and one token alone fits: a PIN is not tried on
    strange tokens. Raises `UsageError` `pkcs11.token-missing` when the URI names a token that is not there, and what
    loading the module and the login raise.
    """
    uri = parse_uri(where)
    module = load_module(uri)
    tokens, secret = matching(module, uri), Secret(uri, ask)
    if uri.wanted and not tokens:
        choose_token(module, uri)  # says what is there instead
    if len(tokens) == 1 and secret.available:
        login = log_in(module, tokens[0], secret)
        try:
            with login.turn:
                return [_content(tokens[0], login.session(secret), uri, logged_in=True)]
        except binding().PKCS11Error as e:
            raise login.failure(e) from None
    return [_seen(module, token, uri) for token in tokens]


def _seen(module: Module, token: pkcs11.Token, uri: Pkcs11Uri) -> TokenContent:
    """What is to be seen without a login."""
    try:
        with token.open(attribute_mapper=lenient_attributes()) as session:
            return _content(token, session, uri, logged_in=_pin_state(token) == "none")
    except binding().PKCS11Error as e:
        raise Login(module, TokenName.of(token), token.slot.slot_id).failure(e) from None


def _content(token: pkcs11.Token, session: pkcs11.Session, uri: Pkcs11Uri, *, logged_in: bool) -> TokenContent:
    offered = signing_mechanisms(token.slot)
    certificates, keys = held_certificates(session), held_keys(session)
    entries, paired = [], set[HeldKey]()
    for held in certificates:
        own = [key for key in keys if belongs(key, held)]
        paired.update(own)
        there = True if own else False if logged_in else None
        entries.append(_certified(held, there, token, uri, offered))
    entries += [_bare(key, token, uri) for key in keys if key not in paired]
    entries = [entry for entry in entries if uri.id in (None, entry.id)]
    return TokenContent(
        slot=token.slot.slot_id,
        slot_description=token.slot.slot_description,
        name=TokenName.of(token),
        pin=_pin_state(token),
        logged_in=logged_in,
        entries=tuple(sorted(entries, key=lambda entry: entry.id)),
    )


def _certified(
    held: HeldCertificate, key: bool | None, token: pkcs11.Token, uri: Pkcs11Uri, offered: set[str]
) -> Entry:
    name, digest = TokenName.of(token), sha256(held.certificate.public_bytes(Encoding.DER)).hexdigest()
    return Entry(
        id=held.id,
        label=held.label,
        certificate=held.certificate,
        key=key,
        algorithms=tuple(algorithms_of(_public(held.certificate), offered)),
        uri=format_uri(uri, token=name.label, serial=name.serial, key_id=held.id, cert_sha256=digest),
    )


def _bare(key: HeldKey, token: pkcs11.Token, uri: Pkcs11Uri) -> Entry:
    name = TokenName.of(token)
    named = format_uri(uri, token=name.label, serial=name.serial, key_id=key.id)
    return Entry(id=key.id, label=key.label, certificate=None, key=True, algorithms=(), uri=named)


def _public(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except CERTIFICATE_ERRORS:
        return None


def _pin_state(token: pkcs11.Token) -> str:
    flag = binding().TokenFlag
    if not token.flags & flag.LOGIN_REQUIRED:
        return "none"
    if not token.flags & flag.USER_PIN_INITIALIZED:
        return "unset"
    states = (
        ("locked", flag.USER_PIN_LOCKED),
        ("final-try", flag.USER_PIN_FINAL_TRY),
        ("low", flag.USER_PIN_COUNT_LOW),
        ("keypad", flag.PROTECTED_AUTHENTICATION_PATH),
    )
    return next((name for name, bit in states if token.flags & bit), "ok")
