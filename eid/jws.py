"""Compact JWS with fixed algorithms (RFC 7515 §3.1, §7.1): each kind of token is a profile, and nothing else passes.

The key carries its one algorithm (`eid.algorithms`) and the caller names the profile: nothing of the token chooses
either, no member but those of the profile is allowed in the header, so neither `crit` nor a key inside the token is
ever looked at, and nothing behind the header is read before the signature holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from .encoding import b64url, dump_json, load_json, unb64url
from .errors import LimitError, MalformedError, UsageError, VerificationError

MAX_TOKEN_CHARS = 16 * 1024  # characters of one token; a status list has its own limit
MAX_HEADER_CHARS = 1024  # characters of the encoded header
MAX_KID_CHARS = 200
PARTS = 3  # header, payload, signature
MAX_KNOWN_HEADERS = 1024  # encoded headers remembered by one verifier
MEMBERS = ("alg", "typ", "kid")  # what a header may have, in the order in which it is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one kind of token looks like: its `typ`, exactly which header members it has, how long it may be.

    `members` are some of `MEMBERS`, with `alg`; a profile without the member `typ` has `typ` None.
    """

    typ: str | None
    members: frozenset[str] = frozenset(MEMBERS)
    max_chars: int = MAX_TOKEN_CHARS

    def __post_init__(self) -> None:
        if not {"alg"} <= self.members <= set(MEMBERS) or (self.typ is None) == ("typ" in self.members):
            raise UsageError("usage.argument", why="a profile has the header member alg, and typ where it names one")


@lru_cache(maxsize=64)
def _usual(typ: str) -> Profile:
    return Profile(typ=typ)


class SigningKey(Protocol):
    """What signing a token needs of a key."""

    @property
    def kid(self) -> str: ...
    @property
    def alg(self) -> str: ...
    def sign_raw(self, data: bytes) -> bytes: ...


class VerifyingKey(Protocol):
    """What verifying a token needs of a key."""

    @property
    def alg(self) -> str: ...
    def verify_raw(self, data: bytes, signature: bytes) -> None: ...


K = TypeVar("K", bound=VerifyingKey)


def header_segment(key: SigningKey, profile: Profile | str) -> bytes:
    """The encoded header of every token of one kind that `key` signs; a text is the `typ` of a usual profile."""
    kind = _usual(profile) if isinstance(profile, str) else profile
    values = {"alg": key.alg, "typ": kind.typ, "kid": key.kid}
    return b64url(dump_json({name: values[name] for name in MEMBERS if name in kind.members}))


def sign_compact(key: SigningKey, header: bytes, payload: bytes) -> str:
    """The token over `payload` with an encoded `header` made by `header_segment` for the same key."""
    signing_input = header + b"." + b64url(payload)
    return (signing_input + b"." + b64url(key.sign_raw(signing_input))).decode("ascii")


def open_compact(
    token: str,
    profile: Profile | str,
    find: Callable[[str], K | None],
    *,
    known: dict[bytes, K],
    max_chars: int = MAX_TOKEN_CHARS,
) -> tuple[bytes, K]:
    """The payload of a token of one kind whose signature holds, and the key that made it.

    A text as `profile` is the `typ` of a usual profile of at most `max_chars` characters. `find` gives the key of a
    `kid`; `known` maps encoded headers to their keys, so that a header that was seen before is not read again; it
    belongs to one kind and one `find`, and grows with good signatures only. Raises `MalformedError` (`token.malformed`,
    `token.too-large`) and `VerificationError` (`token.header`, `.type`, `.key-unknown`, `.algorithm`, `.signature`).
    """
    if type(token) is not str:
        raise MalformedError("token.malformed", why="not text")
    limit = max_chars if isinstance(profile, str) else profile.max_chars
    if len(token) > limit:
        raise LimitError("token.too-large", limit=limit)
    try:
        text = token.encode("ascii")
        header, payload, encoded = text.split(b".", PARTS)
        signature = unb64url(encoded)
    except ValueError:
        raise MalformedError("token.malformed", why="not three parts of canonical base64url") from None
    key = known.get(header)
    fresh = key is None
    if key is None:
        key = _key_of(header, _usual(profile) if isinstance(profile, str) else profile, find)
    try:
        key.verify_raw(text[: -len(encoded) - 1], signature)
    except VerificationError:
        raise VerificationError("token.signature") from None
    try:
        content = unb64url(payload)
    except ValueError:
        raise MalformedError("token.malformed", why="the payload is not canonical base64url") from None
    if fresh and len(known) < MAX_KNOWN_HEADERS:
        known[header] = key
    return content, key


def open_with(token: str, profile: Profile, key: VerifyingKey) -> bytes:
    """The payload of a token of one kind whose signature is that of `key`, which the caller knows from elsewhere.

    A `kid`, where the profile has one, only has to be a short text. Raises as `open_compact`.
    """
    usual = {} if "kid" in profile.members else {_usual_header(key.alg, profile): key}
    return open_compact(token, profile, lambda _: key, known=usual)[0]


@lru_cache(maxsize=64)
def _usual_header(alg: str, profile: Profile) -> bytes:
    """The encoded header of a profile without `kid` as we write it; one that is the same need not be read."""
    return b64url(dump_json({"alg": alg} if profile.typ is None else {"alg": alg, "typ": profile.typ}))


def _key_of(segment: bytes, profile: Profile, find: Callable[[str], K | None]) -> K:
    """The key that a header of exactly the profile's members names."""
    header = read_header(segment)
    if header.keys() != profile.members:
        odd = sorted(header.keys() ^ profile.members)
        raise VerificationError("token.header", why=f"member {odd[0]} is missing or not allowed")
    kid = header.get("kid", "")
    if profile.typ is not None and header["typ"] != profile.typ:
        raise VerificationError("token.type", expected=profile.typ)
    if not isinstance(kid, str) or len(kid) > MAX_KID_CHARS:
        raise VerificationError("token.header", why="kid is not a short text")
    key = find(kid)
    if key is None:
        raise VerificationError("token.key-unknown")
    if header["alg"] != key.alg:
        raise VerificationError("token.algorithm")
    return key


def unverified_claims(token: str) -> dict[str, Any]:
    """The claims of a token whose signature nobody has checked: good for finding one's own record, for nothing else.

    Raises `MalformedError`.
    """
    if len(token) > MAX_TOKEN_CHARS:
        raise LimitError("token.too-large", limit=MAX_TOKEN_CHARS)
    parts = token.encode("utf-8", "replace").split(b".")
    if len(parts) != PARTS:
        raise MalformedError("token.malformed", why="not three parts")
    return read_object(parts[1], "payload")


def read_header(segment: bytes) -> dict[str, Any]:
    """The JSON object of an encoded header. Raises `MalformedError`; nothing in it is proven."""
    if len(segment) > MAX_HEADER_CHARS:
        raise LimitError("token.malformed", why=f"the header is longer than {MAX_HEADER_CHARS} characters")
    return read_object(segment, "header")


def read_object(segment: bytes, what: str) -> dict[str, Any]:
    """The JSON object that an encoded segment holds. Raises `MalformedError` (`token.malformed`)."""
    try:
        value = load_json(unb64url(segment))
    except (ValueError, RecursionError):
        raise MalformedError("token.malformed", why=f"the {what} is not strict JSON in base64url") from None
    if type(value) is not dict:
        raise MalformedError("token.malformed", why=f"the {what} is not a JSON object")
    return value
