"""Compact JWS with one fixed algorithm (RFC 7515 §3.1, §7.1; RFC 7518 §3.4 ES256): the only importer of python-jose.

python-jose's key object is built once per key from a loaded `cryptography` key and used for the signature primitive
alone. Everything above it is done here: nothing of the token chooses the key's algorithm, no member but those of the
token's kind is allowed in the header, and nothing behind the header is read before the signature holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk

from .encoding import b64url, dump_json, load_json, unb64url
from .errors import LimitError, MalformedError, VerificationError

MAX_TOKEN_CHARS = 16 * 1024  # characters of one token; a status list has its own limit
MAX_HEADER_CHARS = 1024  # characters of the encoded header
MAX_KID_CHARS = 200
PARTS = 3  # header, payload, signature
MAX_KNOWN_HEADERS = 1024  # encoded headers remembered by one verifier
SIGNATURE_BYTES = 64  # of ES256
_HEADER_MEMBERS = frozenset({"alg", "typ", "kid"})


class Es256:
    """ECDSA on P-256 with SHA-256; signatures are r‖s, `SIGNATURE_BYTES` long. Built once per key.

    `sign` and `verify_any_length` are python-jose's own. The latter answers a bool and takes any length;
    `Key.verify_raw` alone calls it, checks the length and raises.
    """

    __slots__ = ("sign", "verify_any_length")
    alg = "ES256"
    sign: Callable[[bytes], bytes] | None
    verify_any_length: Callable[[bytes, bytes], bool]

    def __init__(self, public: ec.EllipticCurvePublicKey, private: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.verify_any_length = jwk.construct(public, self.alg).verify
        self.sign = None if private is None else jwk.construct(private, self.alg).sign


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


def header_segment(key: SigningKey, typ: str) -> bytes:
    """The encoded header of every token of kind `typ` that `key` signs."""
    return b64url(dump_json({"alg": key.alg, "typ": typ, "kid": key.kid}))


def sign_compact(key: SigningKey, header: bytes, payload: bytes) -> str:
    """The token over `payload` with an encoded `header` made by `header_segment` for the same key."""
    signing_input = header + b"." + b64url(payload)
    return (signing_input + b"." + b64url(key.sign_raw(signing_input))).decode("ascii")


def open_compact(
    token: str,
    typ: str,
    find: Callable[[str], K | None],
    *,
    known: dict[bytes, K],
    max_chars: int = MAX_TOKEN_CHARS,
) -> tuple[bytes, K]:
    """The payload of a token of kind `typ` whose signature holds, and the key that made it.

    `find` gives the key of a `kid`; `known` maps encoded headers to their keys, so that a header that was seen
    before is not read again; it grows with good signatures only. Raises `MalformedError` and `VerificationError`.
    """
    if type(token) is not str:
        raise MalformedError("token.malformed", why="not text")
    if len(token) > max_chars:
        raise LimitError("token.too-large", limit=max_chars)
    try:
        text = token.encode("ascii")
        header, payload, encoded = text.split(b".", 3)
        signature = unb64url(encoded)
    except ValueError:
        raise MalformedError("token.malformed", why="not three parts of canonical base64url") from None
    key = known.get(header)
    fresh = key is None
    if key is None:
        key = _key_of(header, typ, find)
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


def _key_of(segment: bytes, typ: str, find: Callable[[str], K | None]) -> K:
    """The key that a header of exactly the members alg, typ, kid names."""
    header = read_header(segment)
    if header.keys() != _HEADER_MEMBERS:
        odd = sorted(header.keys() ^ _HEADER_MEMBERS)
        raise VerificationError("token.header", why=f"member {odd[0]} is missing or not allowed")
    kid = header["kid"]
    if header["typ"] != typ:
        raise VerificationError("token.type", expected=typ)
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
