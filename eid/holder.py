"""Holder keys and proofs of holding them (RFC 7800 `cnf`; RFC 9901 §4.3, §7.3 `kb+jwt`).

A token or credential with `cnf` is good only in the hands of whoever holds the private half of the key named there.
The holder shows it by signing a proof over the token's text, for one audience and one nonce. The same kind of proof
serves identity tokens and presentations of credentials: `over` is the text that goes before it.

 1. The proof is one JWS of bounded length in one spelling, with exactly the header members `alg` and `typ`.
 2. Its kind is `kb+jwt`, and its algorithm is that of the holder's key.
 3. The holder's key verifies the signature; nothing behind the header is read before this.
 4. The claims are strict JSON, and each has its type before any is compared.
 5. It was made at most `MAX_AGE_S` seconds ago, and has not ended by its own word.
 6. Audience and nonce are ours.
 7. It is about exactly this token: `sd_hash` is the digest of its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from .clock import seconds
from .encoding import b64url_text, dump_json, load_json
from .errors import EidError, MalformedError, UsageError, VerificationError
from .jws import Profile, header_segment, open_with, sign_compact
from .keys import Key
from .token import MAX_TEXT_CHARS, SKEW_S

KEY_BINDING = "kb+jwt"
MAX_PROOF_CHARS = 8192  # characters of one proof; the longest honest one is an RSA signature and two long texts
MAX_AGE_S = 300  # seconds for which a proof is good after it was made
PROFILE = Profile(typ=KEY_BINDING, members=frozenset({"alg", "typ"}), max_chars=MAX_PROOF_CHARS)
# of a public key, what says which key it is; the issuer's own `iat`, `use`, `kid` of it are nobody's business
_KEY_MEMBERS = ("kty", "crv", "x", "y", "n", "e", "alg")
_KID = "cnf"  # holder keys are found by the claim that names them; this saves computing a thumbprint
_MAX_SECONDS = 1 << 40


class Holder(Enum):
    """Whether a token has to be bound to a holder's key. Policy says so; the token is never asked."""

    FORBIDDEN = "forbidden"  # a token with `cnf` is refused: it was never meant to be carried by just anyone
    REQUIRED = "required"  # a token without `cnf`, or without a good proof, is refused


def cnf_claim(key: Key) -> dict[str, Any]:
    """The `cnf` claim that binds a token to `key`: its public members and its algorithm (RFC 7800 §3.2)."""
    if not isinstance(key, Key):
        raise UsageError("usage.argument", why="the holder's key must be a Key")
    public = key.to_jwk()
    return {"jwk": {name: public[name] for name in _KEY_MEMBERS if name in public}}


def holder_key(cnf: Any) -> Key:
    """The key of a `cnf` claim: `{"jwk": {…}}` with one public key of a known kind, and nothing beside it.

    Raises `VerificationError` (`holder.key`).
    """
    jwk = cnf.get("jwk") if type(cnf) is dict and len(cnf) == 1 else None
    if type(jwk) is not dict:
        raise VerificationError(
            "holder.key",
            why="cnf is not one public key as a JWK",
            why_vi="cnf không phải đúng một khóa công khai dạng JWK",
        )
    try:
        key = Key.from_jwk({**jwk, "kid": _KID})
    except EidError as e:
        raise VerificationError("holder.key", why=e.text, why_vi=e.text_vi) from None
    if key is None:
        raise VerificationError(
            "holder.key",
            why="the key is of an unknown kind or for another use",
            why_vi="loại khóa không được hỗ trợ hoặc dùng cho mục đích khác",
        )
    return key


def make_proof(key: Key, *, audience: str, nonce: str, over: str, at: datetime | None = None) -> str:
    """The holder's proof (`kb+jwt`) over the text `over`, for one `audience` and its `nonce`, made at `at` (now).

    `over` is the identity token, or an SD-JWT with its disclosures up to and including the last tilde. Raises
    `UsageError` (`usage.argument`, `key.public-only`).
    """
    _check_expectations(key, audience, nonce)
    try:
        digest = _digest(over)
    except (UnicodeEncodeError, AttributeError):
        raise UsageError("usage.argument", why="over must be a token's text") from None
    try:
        body = dump_json({"iat": seconds(at), "aud": audience, "nonce": nonce, "sd_hash": digest})
    except TypeError:  # half characters, as odd bytes on a command line become
        raise UsageError(
            "usage.argument",
            why="audience and nonce must be Unicode text",
            why_vi="bên nhận và nonce phải là văn bản Unicode",
        ) from None
    return sign_compact(key, header_segment(key, PROFILE), body)


def check_proof(
    proof: str, key: Key, *, audience: str, nonce: str, over: str, now: float, max_age_s: float = MAX_AGE_S
) -> int:
    """The second at which the holder of `key` signed `proof` over `over`, for exactly this audience and nonce.

    `now` is in seconds since 1970; `max_age_s` may only shorten the proof's life. Raises `MalformedError` and
    `VerificationError`, each with a code of its own: `holder.malformed`, `holder.type`, `holder.algorithm`,
    `holder.signature`, `holder.claim`, `holder.too-old`, `holder.not-yet-valid`, `holder.audience`, `holder.nonce`,
    `holder.other-token`.
    """
    _check_expectations(key, audience, nonce)
    limit = max_age_s if max_age_s < MAX_AGE_S else MAX_AGE_S  # also for NaN
    claims = _open(proof, key)  # 1-4
    made = _time(claims, "iat")
    if made > now + SKEW_S or ("nbf" in claims and _time(claims, "nbf") > now + SKEW_S):  # 5
        raise VerificationError("holder.not-yet-valid")
    if now - made >= limit or ("exp" in claims and now >= _time(claims, "exp")):
        raise VerificationError("holder.too-old", limit=limit)
    if _claim(claims, "aud") != audience:  # 6
        raise VerificationError("holder.audience")
    if _claim(claims, "nonce") != nonce:
        raise VerificationError("holder.nonce")
    try:
        expected = _digest(over)
    except (UnicodeEncodeError, AttributeError):
        raise VerificationError("holder.other-token") from None
    if _claim(claims, "sd_hash") != expected:  # 7
        raise VerificationError("holder.other-token")
    return made


def _digest(over: str) -> str:
    """SHA-256 of the token's text as it is sent."""
    return b64url_text(hashlib.sha256(over.encode("ascii")).digest())


def _open(proof: str, key: Key) -> dict[str, Any]:
    """The claims of a proof whose signature holds."""
    try:
        claims = load_json(open_with(proof, PROFILE, key))
    except EidError as e:
        raise _refusal(e) from None
    except (ValueError, RecursionError):
        claims = None
    if type(claims) is not dict:
        raise MalformedError(
            "holder.malformed", why="the claims are not strict JSON", why_vi="nội dung không phải JSON đúng chuẩn"
        )
    return claims


def _refusal(e: EidError) -> EidError:
    """What is wrong with a token, said of a proof: beside the token itself nobody could tell which is meant."""
    if e.code == "token.type":
        return VerificationError("holder.type")
    if e.code == "token.algorithm":
        return VerificationError("holder.algorithm")
    if e.code == "token.signature":
        return VerificationError("holder.signature")
    return MalformedError("holder.malformed", why=e.text, why_vi=e.text_vi)


def _claim(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if type(value) is not str or not 0 < len(value) <= MAX_TEXT_CHARS:
        raise VerificationError("holder.claim", claim=name)
    return value


def _time(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value < _MAX_SECONDS:
        raise VerificationError("holder.claim", claim=name)
    return value


def _check_expectations(key: object, audience: object, nonce: object) -> None:
    """An expectation that is empty or of another type would match what it must not."""
    if not isinstance(key, Key):
        raise UsageError("usage.argument", why="the holder's key must be a Key")
    for name, value in (("audience", audience), ("nonce", nonce)):
        if type(value) is not str or not 0 < len(value) <= MAX_TEXT_CHARS:
            raise UsageError(
                "usage.argument", why=f"{name} must be a short text", why_vi=f"{name} phải là một văn bản ngắn"
            )
