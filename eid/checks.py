"""The checks of a token whose signature holds, one function each, and the lists in which they are made.

They are numbered as in `verifier.py`. A list is run from the top; the first check that raises has decided.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from math import inf
from typing import Any

from .encoding import b64url_text
from .errors import IndeterminateError, UsageError, VerificationError
from .holder import Holder, check_proof, holder_key
from .keys import Key
from .level import AuthenticationLevel, Level
from .replay import ReplayStore
from .status import Status, StatusSource
from .token import (
    MAX_LIFE_S,
    MAX_TEXT_CHARS,
    SKEW_S,
    check_common_claims,
    check_identity_claims,
    claim,
    evidence_time,
    level_claim,
    object_claim,
    time_claim,
)

_NUMBERS = (int, float)


class Check(IntEnum):
    """The numbers and names of the checks, as a journal shows them."""

    FORMAT = 1
    KIND = 2
    ALGORITHM = 3
    KEY = 4
    SIGNATURE = 5
    CLAIMS = 6
    ISSUER = 7
    AUDIENCE = 8
    TIMES = 9
    LEVEL = 10
    AUTHENTICATION = 11
    EVIDENCE = 12
    HOLDER = 13
    STATUS = 14
    REPLAY = 15

    @property
    def rule(self) -> str:
        """The name in small letters."""
        return self.name.lower()


class Asked:
    """What a relying party asks of a token; a demand that could never refuse is `UsageError`."""

    __slots__ = ("auth_level", "holder", "level", "max_age_s", "max_evidence_age_s", "nonce", "proof")

    def __init__(
        self,
        level: Level,
        auth_level: AuthenticationLevel | None,
        nonce: str | None,
        max_age_s: float | None,
        max_evidence_age_s: float | None = None,
        holder: Holder = Holder.FORBIDDEN,
        proof: str | None = None,
    ) -> None:
        if type(level) is not Level or (auth_level is not None and type(auth_level) is not AuthenticationLevel):
            raise UsageError("usage.argument", why="level and auth_level must be a Level and an AuthenticationLevel")
        if max_age_s is not None:
            _check_seconds("max_age_s", max_age_s)
        if max_evidence_age_s is not None:
            _check_seconds("max_evidence_age_s", max_evidence_age_s)
        if nonce is not None and (type(nonce) is not str or not 0 < len(nonce) <= MAX_TEXT_CHARS):
            raise UsageError("usage.argument", why="nonce must be a short text")
        if holder is not Holder.FORBIDDEN:
            _check_holder(holder, nonce)
        self.level, self.auth_level, self.nonce, self.max_age_s = level, auth_level, nonce, max_age_s
        self.max_evidence_age_s, self.holder, self.proof = max_evidence_age_s, holder, proof


def _check_holder(holder: object, nonce: str | None) -> None:
    if type(holder) is not Holder:
        raise UsageError("usage.argument", why="holder must be a Holder")
    if holder is Holder.REQUIRED and nonce is None:
        raise UsageError(
            "usage.argument",
            why="a holder's proof needs the nonce of your request",
            why_vi="bằng chứng của người giữ cần có nonce trong yêu cầu của bạn",
        )


def _check_seconds(name: str, value: object) -> None:
    if not (isinstance(value, _NUMBERS) and 0 <= value < inf):  # also for NaN
        raise UsageError("usage.argument", why=f"{name} must be a number of seconds", why_vi=f"{name} phải là số giây")


class Case:
    """One token before its checks. `actual` and `auth` are set by the check of the claims."""

    __slots__ = (
        *("actual", "asked", "audience", "auth", "certificate", "claims", "issuer", "key"),
        *("now", "replay", "status", "token"),
    )
    claims: dict[str, Any]
    key: Key
    actual: Level
    auth: AuthenticationLevel
    certificate: bytes

    def __init__(
        self,
        token: str,
        now: float,
        asked: Asked,
        issuer: str,
        audience: str,
        status: StatusSource | None = None,
        replay: ReplayStore | None = None,
    ) -> None:
        self.token, self.now, self.asked = token, now, asked
        self.issuer, self.audience = issuer, audience
        self.status, self.replay = status, replay


Rule = Callable[[Case], None]


def identity_claims(case: Case) -> None:
    """6. Every claim of an identity token is there and has its type; both levels are known ones."""
    case.auth = check_common_claims(case.claims)
    case.actual = check_identity_claims(case.claims)


def step_claims(case: Case) -> None:
    """6. Every claim of a step proof is there and has its type; both levels are known ones."""
    case.auth = check_common_claims(case.claims)
    case.actual = level_claim(case.claims, "assurance_level")


def issuer(case: Case) -> None:
    """7. The issuer is the expected one."""
    if case.claims["iss"] != case.issuer:
        raise VerificationError("token.issuer")


def audience(case: Case) -> None:
    """8. The audience is exactly ours."""
    if case.claims["aud"] != case.audience:
        raise VerificationError("token.audience")


def times(case: Case) -> None:
    """9. The token has not ended, has begun, and does not live longer than its kind may."""
    if case.now >= case.claims["exp"]:
        raise VerificationError("token.expired")
    begun(case, MAX_LIFE_S)


def begun(case: Case, limit: int) -> None:
    """A token, of a kind that lives at most `limit` seconds, has begun and does not live longer."""
    claims, now = case.claims, case.now
    iat, exp = claims["iat"], claims["exp"]
    if iat > now + SKEW_S or ("nbf" in claims and time_claim(claims, "nbf") > now + SKEW_S):
        raise VerificationError("token.not-yet-valid")
    if not 0 < exp - iat <= limit:
        raise VerificationError("token.lifetime", limit=limit)


def active_key(case: Case) -> None:
    """4. The key was active when the token was made, and is not revoked."""
    if not case.key.was_active(case.claims["iat"], case.now, SKEW_S):
        raise VerificationError("token.key-inactive")


def level(case: Case) -> None:
    """10. The identity level is at least the one asked for."""
    if case.actual.number < case.asked.level.number:
        raise VerificationError("token.level", actual=case.actual, needed=case.asked.level)


def authentication(case: Case) -> None:
    """11. The login has at least the level asked for; it is not after the token, nor older than allowed (RFC 9470)."""
    auth_time = case.claims["auth_time"]
    if auth_time > case.claims["iat"] + SKEW_S:
        raise VerificationError("token.claim", claim="auth_time", why="after the token was made")
    if case.asked.max_age_s is not None and case.now - auth_time > case.asked.max_age_s:
        raise VerificationError("token.auth-too-old", limit=case.asked.max_age_s)
    if case.asked.auth_level is not None and case.auth.number < case.asked.auth_level.number:
        raise VerificationError("token.auth-level", actual=case.auth, needed=case.asked.auth_level)


def evidence(case: Case) -> None:
    """12. The evidence behind the level is not older than allowed, nor dated after the token."""
    if case.asked.max_evidence_age_s is None:
        return
    gathered = evidence_time(case.claims)
    if gathered > case.claims["iat"] + SKEW_S:
        raise VerificationError("token.claim", claim="verification.time", why="after the token was made")
    if case.now - gathered > case.asked.max_evidence_age_s:
        raise VerificationError("token.evidence-too-old", limit=case.asked.max_evidence_age_s)


def holder(case: Case) -> None:
    """13. The token is bound to a holder's key exactly if policy asks for it, and the holder has proved it."""
    held(case, case.asked.proof, case.token)


def held(case: Case, proof: str | None, over: str) -> int | None:
    """The second at which the holder made `proof` over `over`; None for what policy wants bound to nobody."""
    bound = "cnf" in case.claims
    if case.asked.holder is not Holder.REQUIRED:
        if bound:
            raise VerificationError("holder.bound")
        if proof is not None:
            raise VerificationError("holder.unexpected")
        return None
    if not bound:
        raise VerificationError("holder.unbound")
    if proof is None or case.asked.nonce is None:
        raise VerificationError("holder.proof-missing")
    key = holder_key(case.claims["cnf"])
    return check_proof(proof, key, audience=case.audience, nonce=case.asked.nonce, over=over, now=case.now)


def nonce(case: Case) -> None:
    """13. The nonce is the caller's; a token with a nonce that nobody asked for is not for us.

    A holder's proof carries the nonce itself, so that a bound token need not.
    """
    if "nonce" in case.claims:
        if case.asked.nonce is None or case.claims["nonce"] != case.asked.nonce:
            raise VerificationError("token.nonce")
    elif case.asked.nonce is not None and case.asked.holder is not Holder.REQUIRED:
        raise VerificationError("token.nonce")


def step_nonce(case: Case) -> None:
    """13. The nonce is the digest of the statement, and the certificate is the one that signs."""
    if claim(case.claims, "nonce") != case.asked.nonce:
        raise VerificationError("token.nonce")
    if claim(object_claim(case.claims, "cnf"), "x5t#S256") != b64url_text(case.certificate):
        raise VerificationError("token.binding")


def status(case: Case) -> None:
    """14. The entry that the token names is valid; not being able to ask is not the same."""
    try:
        entry = case.claims["status"]["status_list"]
        uri, index = entry["uri"], entry["idx"]
    except (KeyError, TypeError):
        raise VerificationError("token.claim-missing", claim="status") from None
    if type(uri) is not str or type(index) is not int:
        raise VerificationError("token.claim", claim="status", why="not an index in a list")
    if case.status is None:
        raise IndeterminateError("status.unknown")
    found = case.status.status(uri, index, case.now)
    if found is not Status.VALID:
        raise VerificationError("token.suspended" if found is Status.SUSPENDED else "token.revoked")


def replay(case: Case) -> None:
    """15. The token has not been used before; only a token that passed everything else is remembered."""
    if case.replay is not None and not case.replay.use(case.issuer, case.claims["jti"], case.claims["exp"], case.now):
        raise VerificationError("token.replayed")


IDENTITY_RULES: tuple[tuple[Check, Rule], ...] = (
    (Check.CLAIMS, identity_claims),
    (Check.ISSUER, issuer),
    (Check.AUDIENCE, audience),
    (Check.TIMES, times),
    (Check.KEY, active_key),
    (Check.LEVEL, level),
    (Check.AUTHENTICATION, authentication),
    (Check.EVIDENCE, evidence),
    (Check.HOLDER, nonce),
    (Check.HOLDER, holder),
    (Check.STATUS, status),
    (Check.REPLAY, replay),
)
PAST_RULES = IDENTITY_RULES[:-1]  # a second look at the past is not a second use
STEP_RULES: tuple[tuple[Check, Rule], ...] = (
    (Check.CLAIMS, step_claims),
    *IDENTITY_RULES[1:7],
    (Check.HOLDER, step_nonce),
)
_OPENING = {
    "token.header": Check.KIND,
    "token.type": Check.KIND,
    "token.algorithm": Check.ALGORITHM,
    "token.signature": Check.SIGNATURE,
}


def opening_check(code: str) -> Check:
    """Which check refused a token before its claims were read, by the code of the refusal."""
    return _OPENING.get(code, Check.KEY if code.startswith("token.key") else Check.FORMAT)
