"""The kinds of token and the claims in them (RFC 7519; OpenID Connect for Identity Assurance 1.0).

| kind | `typ` | life |
|---|---|---|
| identity token, for one relying party | `eid+jwt` | at most 10 minutes |
| step proof, for one step of one dossier: no name, no number | `eid-step+jwt` | at most 10 minutes |
| status list | `statuslist+jwt` | `ttl` at most 15 minutes |

The kind is named by whoever verifies, never guessed from the token. Numbers in claims are integers, times are whole
seconds; `True`, `1.0` and `"1"` are not 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from .clock import moment
from .errors import MalformedError, VerificationError
from .evidence import CLAIM_KINDS, MAX_EVIDENCE, Evidence
from .level import MAX_METHODS, AuthenticationLevel, Level

IDENTITY = "eid+jwt"
STEP_PROOF = "eid-step+jwt"
STATUS_LIST = "statuslist+jwt"
COUNTER_CODE = "counter+cwt"  # our name for it; a CWT in a QR code has no `typ`

MAX_LIFE_S = 600  # seconds from iat to exp of identity tokens and step proofs
SKEW_S = 30  # seconds by which iat may lie in our future; nothing is added to exp
MAX_TEXT_CHARS = 500  # characters of one identifier: iss, sub, aud, jti, nonce, uri
_MAX_SECONDS = 1 << 40
_COMMON_TEXTS = ("iss", "aud", "jti", "acr")
_COMMON_TIMES = ("iat", "exp", "auth_time")
_LEVELS = {level.value: level for level in Level}
_AUTH_LEVELS = {level.value: level for level in AuthenticationLevel}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identity:
    """A proven identity: every check of `Verifier.verify` has passed. `repr` shows no claims of the person.

    `token_claims` are all claims of the token, read-only; the other members are read from them. `status_checked` says
    whether the issuer's status was asked for. `proven_at` is None for a token judged when it was used; else the past
    moment for which alone it was judged (`Verifier.verify_past`).
    """

    level: Level
    auth_level: AuthenticationLevel
    token_claims: Mapping[str, Any]
    status_checked: bool
    proven_at: datetime | None = None

    @property
    def issuer(self) -> str:
        """Who vouches."""
        return str(self.token_claims["iss"])

    @property
    def audience(self) -> str:
        """For whom the token was made."""
        return str(self.token_claims["aud"])

    @property
    def subject(self) -> str:
        """The person's name at this audience: the same at each login, another elsewhere."""
        return str(self.token_claims["sub"])

    @property
    def token_id(self) -> str:
        """The token's own identifier (`jti`)."""
        return str(self.token_claims["jti"])

    @property
    def auth_time(self) -> datetime:
        """When the person logged in."""
        return moment(self.token_claims["auth_time"])

    @property
    def methods(self) -> tuple[str, ...]:
        """How the person logged in (`amr`, RFC 8176)."""
        return tuple(self.token_claims["amr"])

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the issuer has verified about the person; see `Person.from_claims`."""
        return MappingProxyType(self.token_claims["verified_claims"]["claims"])

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The evidence behind the level. `MalformedError` if the issuer wrote details that cannot be read."""
        return tuple(map(Evidence.from_claim, self.token_claims["verified_claims"]["verification"]["evidence"]))

    @property
    def rule_set(self) -> str:
        """The rules that the evidence was judged by."""
        return str(self.token_claims["verified_claims"]["verification"]["rule_set"])

    @property
    def proven_time(self) -> datetime:
        """When the level's last evidence was gathered. `VerificationError` if the issuer wrote no time."""
        return moment(evidence_time(self.token_claims))

    @property
    def holder_bound(self) -> bool:
        """Whether the token is good only with a proof of its holder's key, which was checked."""
        return "cnf" in self.token_claims

    @property
    def issued(self) -> datetime:
        """When the token was made."""
        return moment(self.token_claims["iat"])

    @property
    def expires(self) -> datetime:
        """When it ends."""
        return moment(self.token_claims["exp"])

    def to_dict(self) -> dict[str, Any]:
        """The `identity` member of `eid verify --json`."""
        return {
            "subject": self.subject,
            "level": self.level.text,
            "auth_level": self.auth_level.text,
            "auth_time": self.auth_time.isoformat(),
            "claims": dict(self.claims),
            "evidence": list(self.token_claims["verified_claims"]["verification"]["evidence"]),
            "expires": self.expires.isoformat(),
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Identities cross process pools, with all claims of the person."""
        return _identity, (self.level, self.auth_level, dict(self.token_claims), self.status_checked, self.proven_at)

    def __repr__(self) -> str:
        return f"Identity(subject={self.subject!r}, level={self.level.text!r}, auth_level={self.auth_level.text!r})"


def _identity(
    level: Level, auth_level: AuthenticationLevel, claims: dict[str, Any], checked: bool, proven_at: datetime | None
) -> Identity:
    return Identity(
        level=level,
        auth_level=auth_level,
        token_claims=MappingProxyType(claims),
        status_checked=checked,
        proven_at=proven_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProof:
    """A proven step proof: its issuer vouches that the holder of this certificate authenticated for this nonce."""

    issuer: str
    audience: str
    token_id: str
    nonce: str
    certificate_sha256: bytes
    level: Level
    auth_level: AuthenticationLevel
    auth_time: datetime
    issued: datetime
    expires: datetime


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """A required claim; missing is `VerificationError` (`token.claim-missing`)."""
    try:
        return claims[name]
    except KeyError:
        raise VerificationError("token.claim-missing", claim=name) from None


def text_claim(claims: Mapping[str, Any], name: str) -> str:
    """A required claim that is a short text, not empty."""
    value = claim(claims, name)
    if type(value) is not str or not 0 < len(value) <= MAX_TEXT_CHARS:
        raise VerificationError("token.claim", claim=name, why="not a short text")
    return value


def time_claim(claims: Mapping[str, Any], name: str) -> int:
    """A required claim that is a time in whole seconds."""
    value = claim(claims, name)
    if type(value) is not int or not 0 <= value < _MAX_SECONDS:
        raise VerificationError("token.claim", claim=name, why="not a time in whole seconds")
    return value


def object_claim(claims: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A required claim that is a JSON object."""
    value = claim(claims, name)
    if type(value) is not dict:
        raise VerificationError("token.claim", claim=name, why="not a JSON object")
    return value


def level_claim(claims: Mapping[str, Any], name: str) -> Level:
    """A required claim that is exactly one of the identity levels."""
    value = claim(claims, name)
    level = _LEVELS.get(value) if type(value) is str else None
    if level is None:
        raise VerificationError("token.claim", claim=name, why="not a known identity level")
    return level


def check_common_claims(claims: Mapping[str, Any]) -> AuthenticationLevel:
    """What identity tokens and step proofs share: every claim is there, each has its type, and the authentication
    level is a known one. Written without the helpers above, because every token passes here.
    """
    try:
        for name in _COMMON_TEXTS:
            value = claims[name]
            if type(value) is not str or not 0 < len(value) <= MAX_TEXT_CHARS:
                raise VerificationError("token.claim", claim=name, why="not a short text")
        for name in _COMMON_TIMES:
            value = claims[name]
            if type(value) is not int or not 0 <= value < _MAX_SECONDS:
                raise VerificationError("token.claim", claim=name, why="not a time in whole seconds")
    except KeyError as missing:
        raise VerificationError("token.claim-missing", claim=missing.args[0]) from None
    auth_level = _AUTH_LEVELS.get(claims["acr"])
    if auth_level is None:
        raise VerificationError("token.claim", claim="acr", why="not a known authentication level")
    return auth_level


def check_identity_claims(claims: Mapping[str, Any]) -> Level:
    """The identity level in `verified_claims`; the shape of what `Identity` reads is checked.

    One look for good tokens; what is wrong with another is worked out by `_identity_fault`.
    """
    try:
        both = claims["verified_claims"]
        verification = both["verification"]
        level = _LEVELS[verification["assurance_level"]]
        methods, evidence = claims["amr"], verification["evidence"]
        texts = claims["sub"], verification["trust_framework"], verification["rule_set"], verification["time"]
        good = type(both["claims"]) is dict and type(methods) is list and type(evidence) is list
        if good and 0 < len(methods) <= MAX_METHODS and 0 < len(evidence) <= MAX_EVIDENCE:
            for value in (*texts, *methods):
                if type(value) is not str or not 0 < len(value) <= MAX_TEXT_CHARS:
                    raise _identity_fault(claims)
            for item in evidence:
                member, kinds = CLAIM_KINDS[item["type"]]
                if item[member]["type"] not in kinds:
                    raise _identity_fault(claims)
            return level
    except (KeyError, TypeError):
        pass
    raise _identity_fault(claims)


def _identity_fault(claims: Mapping[str, Any]) -> VerificationError:
    """Which claim of an identity token is missing or of the wrong shape."""
    try:
        text_claim(claims, "sub")
        both = object_claim(claims, "verified_claims")
        object_claim(both, "claims")
        verification = object_claim(both, "verification")
        for name in ("trust_framework", "rule_set", "time"):
            text_claim(verification, name)
        level_claim(verification, "assurance_level")
        claim(claims, "amr")
        claim(verification, "evidence")
    except VerificationError as e:
        return e
    return VerificationError("token.claim", claim="amr, evidence", why="not lists of known methods and evidence")


def evidence_time(claims: Mapping[str, Any]) -> int:
    """The second at which the last evidence was gathered (`verification.time`), of claims whose shape is checked."""
    text = claims["verified_claims"]["verification"]["time"]
    try:
        time = datetime.fromisoformat(text)
        if time.utcoffset() is not None:
            return int(time.timestamp())
    except (ValueError, OverflowError):
        pass
    raise VerificationError("token.claim", claim="verification.time", why="not a time with its time zone")


def claims_object(payload: bytes, load: Any) -> dict[str, Any]:
    """The claims of a payload whose signature holds; `load` is the strict JSON reader."""
    try:
        value = load(payload)
    except (ValueError, RecursionError):
        raise MalformedError("token.malformed", why="the claims are not strict JSON") from None
    if type(value) is not dict:
        raise MalformedError("token.malformed", why="the claims are not a JSON object")
    return value
