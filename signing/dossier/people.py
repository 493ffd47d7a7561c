"""Who may take a step: the step proof binds a proven person to a certificate, the roles bind the certificate to an act.

Neither the proof nor the roles say who the person is; that stays with the identity issuer (NĐ 69/2024 Đ19).
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime
from functools import lru_cache

from eid import AuthenticationLevel, EidError, KeySet, Level, verify_step_proof

from ..errors import VerificationError
from ..trust.store import RoleGrant, TrustStore
from .rules import CLERK, Step

STEP_LEVEL = Level.TWO  # a step needs an account of level 2
STEP_AUTH_LEVEL = AuthenticationLevel.TWO  # and a login with two different factors (NĐ 69/2024 Đ20)


def nonce_of(statement: bytes) -> str:
    """What the issuer signs for: base64url of the SHA-256 of the statement, without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(statement).digest()).rstrip(b"=").decode()


def check_proof(
    proof: str, trust: TrustStore, *, seq: int, office: str, nonce: str, certificate_sha256: bytes, at: datetime
) -> None:
    """Whether a trusted issuer proved, for this statement and office, the holder of this certificate as of `at`.

    Raises `VerificationError` (`dossier.proof`).
    """
    why, why_vi = "no issuer is trusted", "không có nơi cấp tin cậy"
    for issuer, jwks in trust.identity.items():
        try:
            verify_step_proof(
                proof,
                _key_set(json.dumps(jwks, sort_keys=True)),
                issuer=issuer,
                audience=office,
                nonce=nonce,
                certificate_sha256=certificate_sha256,
                level=STEP_LEVEL,
                auth_level=STEP_AUTH_LEVEL,
                at=at,
            )
        except EidError as e:
            why, why_vi = f"{e.text} [{e.code}]", f"{e.text_vi} [{e.code}]"
        else:
            return
    raise VerificationError("dossier.proof", seq=seq, why=why, why_vi=why_vi)


@lru_cache(maxsize=64)
def _key_set(jwks: str) -> KeySet:
    """Keys are loaded once a process, not once a step."""
    return KeySet.from_jwks(json.loads(jwks))


def grants(trust: TrustStore, certificate_sha256: bytes, office: str, at: datetime) -> tuple[RoleGrant, ...]:
    """What the roles grant to a certificate at an office at a time."""
    return tuple(
        g for g in trust.roles if g.certificate_sha256 == certificate_sha256 and g.office == office and g.holds_at(at)
    )


def may_take(trust: TrustStore, certificate_sha256: bytes, *, office: str, role: str, step: Step, at: datetime) -> bool:
    """Whether the roles entitle this certificate to this step; the office's own key never takes one."""
    found = grants(trust, certificate_sha256, office, at)
    return role != CLERK and any(g.role == role and step in g.steps for g in found)


def is_office(trust: TrustStore, certificate_sha256: bytes, office: str, at: datetime) -> bool:
    """Whether this is the certificate of the office itself, held by its clerk."""
    return any(g.role == CLERK for g in grants(trust, certificate_sha256, office, at))


def role_for(trust: TrustStore | None, office: str, step: Step, usual: str) -> str:
    """The role in which a step is taken: the only one that the roles grant it to, else the usual one."""
    granted = {g.role for g in trust.roles if g.office == office and step in g.steps} if trust else set()
    return granted.pop() if len(granted) == 1 else usual
