"""Counter codes: a CWT (RFC 8392) in a COSE_Sign1 (RFC 9052), as a QR code that one counter reads within a minute.

    EC1: + Base45 of   COSE_Sign1( alg )( the issuer's CWT )      signed by the holder's device over the counter's
                                                                  challenge as well (RFC 8747 `cnf`)
    EU1: + Base45 of   the issuer's CWT                           unbound: a screenshot of it does as well
    the issuer's CWT   COSE_Sign1( alg, kid )( claims )           aud is one counter, exp at most 60 s after iat

Claims are the least that a counter needs. Labels below -65,536 are private (RFC 8392 §9.1); `status` has the label
of the IETF Token Status List. Making codes stands here; checking them in `counter_check`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

from . import base45, cbor, cose
from .arguments import check_kind
from .clock import seconds
from .encoding import b64url_text, unb64url
from .errors import EidError, MalformedError, UsageError
from .keys import Key, KeySet, Purpose
from .level import AuthenticationLevel, Level

LIFE_S = 60  # seconds from iat to exp, at most
CHALLENGE_BYTES = 16  # bytes of a fresh challenge
MIN_CHALLENGE_BYTES, MAX_CHALLENGE_BYTES = 8, 64
MAX_TEXT_CHARS = 300  # characters of one text claim
PREFIX, UNBOUND_PREFIX = "EC1:", "EU1:"

ISS, SUB, AUD, EXP, IAT, CTI, CNF, STATUS = 1, 2, 3, 4, 6, 7, 8, 65_535
LEVEL, AUTH_LEVEL, NAME = -65_538, -65_539, -65_540  # private use
REQUIRED_CLAIMS = frozenset({ISS, SUB, AUD, EXP, IAT, CTI, LEVEL, AUTH_LEVEL})
_TEXT_CLAIMS = {ISS: "iss", SUB: "sub", AUD: "aud", NAME: "name"}
_CTI_BYTES = 16
_MAX_SECONDS = 1 << 40
_LEVELS = MappingProxyType({level.number: level for level in Level})
_AUTH_LEVELS = MappingProxyType({level.number: level for level in AuthenticationLevel})

CWT = cose.Profile(tagged=True)  # RFC 8392 §7.1: a CWT is tagged
HOLDER = cose.Profile(tagged=True, max_kid_bytes=0)  # the holder's key is known from the CWT

_KTY, _CRV, _X, _Y = 1, -1, -2, -3  # members of a COSE_Key (RFC 9053 §7.1)
_CURVES = {(2, 1): ("EC", "P-256"), (2, 2): ("EC", "P-384"), (1, 6): ("OKP", "Ed25519")}
_CURVE_NUMBERS = {curve: number for number, curve in _CURVES.items()}


class Binding(Enum):
    """Whether a counter asks for the proof of the holder's device. Policy says so; the code is never asked."""

    REQUIRED = "required"
    UNBOUND = "unbound"  # spelt out: whoever photographs the screen can show the code too


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class UnverifiedCounterCode:
    """What a code says, before any proof. `unverified` has the claims by label; `holder` is
    the outer COSE_Sign1 of the bound kind, which needs the counter's challenge to be checked.
    """

    unverified: Mapping[int, Any]
    credential: bytes
    issued_by: cose.Sign1
    holder: bytes | None

    @property
    def bound(self) -> bool:
        """Whether the code is of the bound kind."""
        return self.holder is not None

    def __repr__(self) -> str:
        return f"UnverifiedCounterCode(bound={self.bound})"


def new_challenge() -> bytes:
    """What a counter shows before each code: 16 random bytes, used once."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def make_counter_credential(
    keys: KeySet,
    *,
    issuer: str,
    counter: str,
    subject: str,
    level: Level,
    auth_level: AuthenticationLevel,
    holder: Key | None,
    name: str | None = None,
    status: tuple[str, int] | None = None,
    code_id: bytes | None = None,
    life_s: int = LIFE_S,
    at: datetime | None = None,
) -> bytes:
    """The issuer's CWT for one `counter`, signed by the active key at `at` (now), good for `life_s` ≤ 60 seconds.

    `counter_issue` makes it about a person, by the rules of the levels and entered in the registry; here nothing is
    judged. `code_id` (16 bytes) is drawn if it is not given.
    `subject` is pairwise (`KeySet.pseudonym`); `holder` is the public key of the person's device, None for a code that
    a screenshot replays; `status` is URI and index in a status list. Raises `UsageError`.
    """
    if type(life_s) is not int or not 0 < life_s <= LIFE_S:
        raise UsageError(
            "usage.argument",
            why=f"a counter code lives 1 to {LIFE_S} seconds",
            why_vi=f"mã tại quầy có thời hạn từ 1 đến {LIFE_S} giây",
        )
    given: tuple[object, object] = (level, auth_level)
    if not isinstance(given[0], Level) or not isinstance(given[1], AuthenticationLevel):
        raise UsageError("usage.argument", why="level and auth_level must be levels")
    _check_key(holder)
    now = seconds(at)
    claims: dict[int, Any] = {ISS: issuer, SUB: subject, AUD: counter, EXP: now + life_s, IAT: now}
    claims |= {
        CTI: secrets.token_bytes(_CTI_BYTES) if code_id is None else code_id,
        LEVEL: level.number,
        AUTH_LEVEL: auth_level.number,
    }
    if name is not None:
        claims[NAME] = name
    if holder is not None:
        claims[CNF] = {1: cose_key(holder)}
    if status is not None:
        uri, index = _pair(status)
        claims[STATUS] = {"status_list": {"idx": index, "uri": uri}}
    check_kind("keys", keys, KeySet)
    key = keys.active
    if not key.serves(Purpose.TOKEN):
        raise UsageError("usage.argument", why="counter codes are signed by keys for tokens")
    try:
        check_claims(claims)
    except MalformedError as e:
        raise UsageError("usage.argument", why=e.details["why"]) from None
    return _sign(cbor.encode(claims), key, CWT, kid=key.kid.encode())


def present_at_counter(credential: bytes, *, holder: Key | None, challenge: bytes | None) -> str:
    """The QR text: `credential` signed by the device's key `holder` over the counter's `challenge` (8 to 64 bytes).

    With neither, the unbound form. Raises `UsageError` (`counter.holder` where the credential names another key or
    none), `MalformedError`.
    """
    claims = _read_credential(credential)[0]
    _check_key(holder)
    if (CNF in claims) != (holder is not None) or (holder is None) != (challenge is None):
        raise UsageError("counter.holder")
    if holder is None or challenge is None:
        return UNBOUND_PREFIX + base45.encode(credential)
    if holder_key(claims[CNF]).thumbprint != holder.thumbprint:
        raise UsageError("counter.holder")
    return PREFIX + base45.encode(_sign(credential, holder, HOLDER, aad=holder_aad(challenge)))


def _check_key(holder: object) -> None:
    if not isinstance(holder, Key | None):
        raise UsageError("usage.argument", why="holder must be a Key, or None for an unbound code")


def _pair(status: object) -> tuple[Any, Any]:
    if not isinstance(status, tuple) or len(status) != 2:
        raise UsageError("usage.argument", why="status is a URI and an index")
    return status


def looks_like_counter_code(text: str) -> bool:
    """Whether `text` begins as a counter code does; says nothing about whether it is good."""
    return text.startswith((PREFIX, UNBOUND_PREFIX))


def decode_unverified(text: str) -> UnverifiedCounterCode:
    """What the text says, before any proof: one text for each code, known labels only, every claim of its type.

    Raises `MalformedError` or `LimitError` (`counter.malformed`, `base45.…`, `cbor.…`, `cose.…`).
    """
    given: object = text
    if not isinstance(given, str) or not looks_like_counter_code(text):
        raise malformed(f"it begins with neither {PREFIX} nor {UNBOUND_PREFIX}", "phần đầu không đúng")
    data = base45.decode(text[len(PREFIX) :])
    if text.startswith(UNBOUND_PREFIX):
        claims, issued_by = _read_credential(data)
        return UnverifiedCounterCode(unverified=claims, credential=data, issued_by=issued_by, holder=None)
    credential = cose.parse_sign1(data, profile=HOLDER).payload
    claims, issued_by = _read_credential(credential)
    return UnverifiedCounterCode(unverified=claims, credential=credential, issued_by=issued_by, holder=data)


def holder_aad(challenge: bytes) -> bytes:
    """What the holder's device signs beside the CWT: prefix ‖ challenge. Raises `UsageError` for its length."""
    if type(challenge) is not bytes or not MIN_CHALLENGE_BYTES <= len(challenge) <= MAX_CHALLENGE_BYTES:
        raise UsageError(
            "usage.argument",
            why=f"a challenge has {MIN_CHALLENGE_BYTES} to {MAX_CHALLENGE_BYTES} bytes, used once",
            why_vi=f"thử thách dài từ {MIN_CHALLENGE_BYTES} đến {MAX_CHALLENGE_BYTES} byte, dùng một lần",
        )
    return PREFIX.encode() + challenge


def cose_key(key: Key) -> dict[int, int | bytes]:
    """The public COSE_Key (RFC 9053 §7) of an EC or Ed25519 key; another is `UsageError` (`key.algorithm`)."""
    jwk = key.to_jwk()
    numbers = _CURVE_NUMBERS.get((jwk["kty"], jwk.get("crv", "")))
    if numbers is None:
        raise UsageError("key.algorithm", alg=key.alg, known="ES256, ES384, EdDSA, Ed25519")
    members: dict[int, int | bytes] = {_KTY: numbers[0], _CRV: numbers[1], _X: unb64url(jwk["x"].encode())}
    return members | {_Y: unb64url(jwk["y"].encode())} if "y" in jwk else members


def holder_key(cnf: Any) -> Key:
    """The key of a `cnf` claim with one COSE_Key (RFC 8747 §3.2). Raises `MalformedError` (`counter.malformed`)."""
    jwk = _jwk(cnf)
    try:
        key = None if jwk is None else Key.from_jwk(jwk)
    except EidError:  # not a point of its curve
        key = None
    if key is None:
        raise _bad_holder()
    return key


def _jwk(cnf: Any) -> dict[str, str] | None:
    """The JWK of one public COSE_Key with exactly the members of its kind; None for anything else."""
    members = cnf.get(1) if isinstance(cnf, dict) and cnf.keys() == {1} else None
    if not isinstance(members, dict):
        return None
    numbers = members.get(_KTY), members.get(_CRV)
    curve = _CURVES.get((numbers[0], numbers[1])) if all(type(n) is int for n in numbers) else None  # type: ignore[arg-type]
    if curve is None:
        return None
    coordinates = {_X: "x", _Y: "y"} if curve[0] == "EC" else {_X: "x"}
    if members.keys() != {_KTY, _CRV, *coordinates} or not all(isinstance(members[c], bytes) for c in coordinates):
        return None
    named = {name: b64url_text(members[label]) for label, name in coordinates.items()}
    return {"kty": curve[0], "crv": curve[1], "kid": "cnf", **named}


def _bad_holder() -> MalformedError:
    return malformed(
        "the holder's key is not one public COSE_Key", "khóa của người giữ không phải một COSE_Key công khai"
    )


def check_claims(claims: Any) -> None:
    """Every claim there, known and of its type. Raises `MalformedError` (`counter.malformed`)."""
    if not isinstance(claims, dict) or not REQUIRED_CLAIMS <= claims.keys() <= REQUIRED_CLAIMS | {CNF, STATUS, NAME}:
        raise malformed("a claim is missing or unknown", "thiếu trường hoặc có trường không rõ")
    for label, name in _TEXT_CLAIMS.items():
        text = claims.get(label, "-")
        if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT_CHARS or not text.isprintable():
            raise malformed(f"{name} is not a short text", f"trường {name} không phải văn bản ngắn")
    if not all(type(claims[label]) is int and 0 <= claims[label] < _MAX_SECONDS for label in (IAT, EXP)):
        raise malformed("a time is not in whole seconds", "thời điểm không tính bằng giây nguyên")
    if not isinstance(claims[CTI], bytes) or len(claims[CTI]) != _CTI_BYTES:
        raise malformed(f"cti does not have {_CTI_BYTES} bytes", f"cti không đủ {_CTI_BYTES} byte")
    known = type(claims[LEVEL]) is type(claims[AUTH_LEVEL]) is int
    if not known or claims[LEVEL] not in _LEVELS or claims[AUTH_LEVEL] not in _AUTH_LEVELS:
        raise malformed("a level is unknown", "mức độ không xác định")
    if CNF in claims and _jwk(claims[CNF]) is None:
        raise _bad_holder()
    if STATUS in claims:
        status_of(claims)


def levels_of(claims: Mapping[int, Any]) -> tuple[Level, AuthenticationLevel]:
    """Both levels of checked claims."""
    return _LEVELS[claims[LEVEL]], _AUTH_LEVELS[claims[AUTH_LEVEL]]


def status_of(claims: Mapping[int, Any]) -> tuple[str, int] | None:
    """URI and index of the `status` claim; None without one. Raises `MalformedError` (`counter.malformed`)."""
    if STATUS not in claims:
        return None
    claim = claims[STATUS]
    entry = claim.get("status_list") if isinstance(claim, dict) and claim.keys() == {"status_list"} else None
    if isinstance(entry, dict) and entry.keys() == {"idx", "uri"}:
        uri, index = entry["uri"], entry["idx"]
        if isinstance(uri, str) and 0 < len(uri) <= MAX_TEXT_CHARS and type(index) is int and index >= 0:
            return uri, index
    raise malformed("the status is not a URI and an index", "trạng thái không gồm URI và vị trí")


def malformed(why: str, why_vi: str) -> MalformedError:
    """The error of a text that is no counter code."""
    return MalformedError("counter.malformed", why=why, why_vi=why_vi)


def _read_credential(data: bytes) -> tuple[Mapping[int, Any], cose.Sign1]:
    message = cose.parse_sign1(data, profile=CWT)
    claims = cbor.decode(message.payload, text_labels=True)
    check_claims(claims)
    return MappingProxyType(claims), message  # type: ignore[arg-type]  # check_claims has seen a dict


def _sign(payload: bytes, key: Key, profile: cose.Profile, *, kid: bytes = b"", aad: bytes = b"") -> bytes:
    if key.cose_alg not in profile.algs:
        raise UsageError("key.algorithm", alg=key.alg, known="ES256, ES384, EdDSA, Ed25519")
    return cose.sign1(payload, alg=key.cose_alg, kid=kid, aad=aad, sign=key.sign_raw, profile=profile)
