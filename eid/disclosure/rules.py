"""The checks of a presented credential whose signature holds, one function each, and the order in which they are made.

They are numbered as in `checking.py`. The list is run from the top; the first check that raises has decided.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import IntEnum
from typing import Any

from .. import checks
from ..checks import Case
from ..errors import VerificationError
from ..holder import MAX_AGE_S
from ..token import SKEW_S, level_claim, object_claim, text_claim, time_claim
from .compact import SdJwt
from .credential import MAX_LIFE_S, PROTECTED, VERIFICATION
from .paths import Path
from .result import find_shown
from .revealing import reveal

_MISSING = object()


class CredentialCheck(IntEnum):
    """The numbers and names of the checks, as a journal shows them."""

    FORMAT = 1
    KIND = 2
    ALGORITHM = 3
    KEY = 4
    SIGNATURE = 5
    CLAIMS = 6
    ISSUER = 7
    TYPE = 8
    TIMES = 9
    LEVEL = 10
    DISCLOSURES = 11
    HOLDER = 12
    SHOWN = 13
    STATUS = 14
    REPLAY = 15

    @property
    def rule(self) -> str:
        """The name in small letters."""
        return self.name.lower()


class CredentialCase(Case):
    """One presentation before its checks. `claims` are what the issuer signed, `revealed` with disclosures in place."""

    __slots__ = ("made", "require", "revealed", "sd_jwt", "vct")
    sd_jwt: SdJwt
    revealed: dict[str, Any]
    vct: str
    require: tuple[Path, ...]
    made: int | None  # the second at which the holder made the proof


def _claims(case: CredentialCase) -> None:
    """6. Every claim of a credential is there and has its type; the level is a known one, and not disclosed."""
    claims = case.claims
    for name in ("iss", "vct"):
        text_claim(claims, name)
    for name in ("iat", "exp"):
        time_claim(claims, name)
    if "jti" in claims:
        text_claim(claims, "jti")
    if "aud" in claims:
        raise VerificationError("token.claim", claim="aud", why="a credential is made for no one recipient")
    verification = object_claim(claims, VERIFICATION)
    for name in ("trust_framework", "rule_set"):
        text_claim(verification, name)
    case.actual = level_claim(verification, "assurance_level")


def _type(case: CredentialCase) -> None:
    """8. The type is exactly the expected one."""
    if case.claims["vct"] != case.vct:
        raise VerificationError("credential.type", expected=case.vct)


def _times(case: CredentialCase) -> None:
    """9. The credential has not ended, has begun, and does not live longer than its kind may."""
    if case.now >= case.claims["exp"]:
        raise VerificationError("credential.expired")
    checks.begun(case, MAX_LIFE_S)


def _disclosures(case: CredentialCase) -> None:
    """11. The disclosures belong to what was signed, and none adds or changes what was checked, or will be."""
    signed, revealed = case.claims, reveal(case.claims, case.sd_jwt.disclosures)
    for name in PROTECTED:
        if revealed.get(name, _MISSING) != signed.get(name, _MISSING):
            raise VerificationError("credential.protected", claim=name)
    case.revealed = revealed


def _holder(case: CredentialCase) -> None:
    """12. Bound to a holder's key exactly if policy asks for it, and the holder has proved it."""
    case.made = checks.held(case, case.sd_jwt.proof, case.sd_jwt.over)


def _shown(case: CredentialCase) -> None:
    """13. What the caller requires was shown; the evidence is a list, not older than allowed, nor dated ahead of us."""
    if type(case.revealed[VERIFICATION].get("evidence", [])) is not list:
        raise VerificationError("token.claim", claim="verification.evidence", why="not a list")
    for path in case.require:
        find_shown(case.revealed, path)
    limit = case.asked.max_evidence_age_s
    if limit is None:
        return
    text = find_shown(case.revealed, (VERIFICATION, "time"))
    try:
        gathered = datetime.fromisoformat(text).timestamp() if text.endswith("Z") else None
    except (ValueError, OverflowError, AttributeError):
        gathered = None
    if gathered is None:
        raise VerificationError("token.claim", claim="verification.time", why="not a time in UTC")
    if gathered > case.now + SKEW_S:
        raise VerificationError("token.claim", claim="verification.time", why="in the future")
    if case.now - gathered > limit:
        raise VerificationError("token.evidence-too-old", limit=limit)


def _replay(case: CredentialCase) -> None:
    """15. The nonce has not been answered before, by whatever presentation."""
    nonce = case.asked.nonce
    if case.replay is None or nonce is None or case.made is None:
        return
    if not case.replay.use(case.issuer, f"nonce {nonce}", case.made + MAX_AGE_S + SKEW_S, case.now):
        raise VerificationError("credential.replayed")


RULES: tuple[tuple[CredentialCheck, Callable[[CredentialCase], None]], ...] = (
    (CredentialCheck.CLAIMS, _claims),
    (CredentialCheck.ISSUER, checks.issuer),
    (CredentialCheck.KEY, checks.active_key),
    (CredentialCheck.TYPE, _type),
    (CredentialCheck.TIMES, _times),
    (CredentialCheck.LEVEL, checks.level),
    (CredentialCheck.DISCLOSURES, _disclosures),
    (CredentialCheck.HOLDER, _holder),
    (CredentialCheck.SHOWN, _shown),
    (CredentialCheck.STATUS, checks.status),
    (CredentialCheck.REPLAY, _replay),
)
