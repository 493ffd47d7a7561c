"""Verifying identity tokens and step proofs: every check, in this order, and nothing is an option.

 1. Format: the text is one token of bounded length in one spelling (RFC 7515 §7.1).
 2. Kind: the header has exactly the members of its kind, and is of the kind asked for (RFC 8725 §3.11).
 3. Algorithm: it is the key's own.
 4. Key: the token names a known key, made for tokens, which was active then and is not revoked.
 5. Signature: it holds; nothing behind the header is read before this.
 6. Claims: strict JSON, every one that the kind needs, each of its type before any is compared.
 7. Issuer: the expected one.
 8. Audience: exactly ours.
 9. Times: the token has not ended, has begun, and does not live longer than its kind may.
10. Level: the identity level is at least the one that the caller states.
11. Authentication: the login is of the level asked for, not after the token, not older than allowed (RFC 9470).
12. Evidence: what the level rests on is not older than the caller allows.
13. Holder: the nonce is the caller's; bound to a holder's key exactly if policy says so, and proved (RFC 7800).
14. Status: known and valid (Token Status List).
15. Replay: not used before; only a token that passed everything else is remembered.

Clocks may differ by `SKEW_S` where a time must not lie in the future; nothing is added to the end of a token. Nothing
is fetched here. With a journal, each verdict is written before it is given.
"""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType

from .arguments import check_part
from .checks import IDENTITY_RULES, PAST_RULES, STEP_RULES, Asked, Case, Check, Rule, opening_check
from .clock import Clock, moment, reader, seconds
from .encoding import load_json
from .errors import EidError, IndeterminateError, UsageError
from .holder import Holder
from .journal import Journal, JournalEntry
from .jws import open_compact
from .keys import Key, KeySet, Purpose
from .level import AuthenticationLevel, Level
from .replay import ReplayStore
from .status import UNCHECKED, StatusSource
from .token import IDENTITY, MAX_TEXT_CHARS, STEP_PROOF, Identity, StepProof, claims_object

SHA256_BYTES = 32
STEP_AUTH_MAX_AGE_S = 3600  # seconds between a login and the step that it proves


class Verifier:
    """Verifies identity tokens of one issuer for one audience.

    `status` answers whether a token was revoked: a status list, or `UNCHECKED` to decide not to ask; with None every
    token that has a status is `status.unknown`. `replay` remembers used tokens; None means that they may be reused.
    `journal` is told every verdict, and no verdict is given that it could not write.
    """

    def __init__(
        self,
        keys: KeySet,
        *,
        issuer: str,
        audience: str,
        status: StatusSource | None,
        replay: ReplayStore | None,
        clock: Clock | None = None,
        journal: Journal | None = None,
    ) -> None:
        _check_expectations(keys, issuer, audience)
        check_part("status", status, "status")
        check_part("replay", replay, "use")
        check_part("journal", journal, "record")
        self._find, self._issuer, self._audience = keys.finder(Purpose.TOKEN), issuer, audience
        self._status, self._replay, self._journal = status, replay, journal
        self._now = reader(clock)
        self._headers: dict[bytes, Key] = {}

    def verify(
        self,
        token: str,
        *,
        level: Level,
        auth_level: AuthenticationLevel | None = None,
        nonce: str | None = None,
        max_age_s: float | None = None,
        max_evidence_age_s: float | None = None,
        holder: Holder = Holder.FORBIDDEN,
        proof: str | None = None,
    ) -> Identity:
        """The identity that `token` proves now, at least of `level` (and of `auth_level`, if stated).

        `nonce` is the one sent with the request; `max_age_s` bounds the age of the login, `max_evidence_age_s` that of
        the evidence behind the level. With `Holder.REQUIRED` the token must be bound to a key, and `proof` must be its
        holder's over this token, our audience and `nonce`; otherwise a bound token is refused. Raises `MalformedError`,
        `VerificationError`, and `IndeterminateError` when the status cannot be learnt or the journal not written.
        """
        asked = Asked(level, auth_level, nonce, max_age_s, max_evidence_age_s, holder, proof)
        case = Case(token, self._now(), asked, self._issuer, self._audience, self._status, self._replay)
        return self._judge(case, IDENTITY_RULES, None)

    def verify_past(
        self,
        token: str,
        *,
        proven_at: datetime,
        level: Level,
        auth_level: AuthenticationLevel | None = None,
        nonce: str | None = None,
        max_age_s: float | None = None,
        max_evidence_age_s: float | None = None,
        holder: Holder = Holder.FORBIDDEN,
        proof: str | None = None,
        status: StatusSource | None = None,
    ) -> Identity:
        """What `token` proved at `proven_at`, for a record that is looked at later; it lets nobody in.

        `proven_at` must come from a verified timestamp over the token: the token must have been good then and its key
        active then. Uses are not counted. The status is judged by `status`, a list that was in force then, and else
        not at all: the `status_checked` of the identity says which, its `proven_at` repeats the moment. The other
        arguments and the errors are those of `verify`.
        """
        asked = Asked(level, auth_level, nonce, max_age_s, max_evidence_age_s, holder, proof)
        check_part("status", status, "status")
        then, source = _past(proven_at, self._now()), UNCHECKED if status is None else status
        case = Case(token, then, asked, self._issuer, self._audience, source)
        return self._judge(case, PAST_RULES, moment(then))

    def _judge(self, case: Case, rules: tuple[tuple[Check, Rule], ...], proven_at: datetime | None) -> Identity:
        """Run the checks in their order, and write the verdict down."""
        check: Check | None = None
        try:
            payload, case.key = open_compact(case.token, IDENTITY, self._find, known=self._headers)  # 1-5
            check = Check.CLAIMS
            case.claims = claims_object(payload, load_json)
            for check, rule in rules:  # noqa: B007  # what the journal says decided
                rule(case)
        except EidError as refusal:
            if self._journal is not None:
                self._record(case, check or opening_check(refusal.code), refusal, proven_at)
            raise
        if self._journal is not None:
            self._record(case, None, None, proven_at)
        return Identity(
            level=case.actual,
            auth_level=case.auth,
            token_claims=MappingProxyType(case.claims),
            status_checked=case.status is not UNCHECKED,
            proven_at=proven_at,
        )

    def _record(self, case: Case, check: Check | None, refusal: EidError | None, proven_at: datetime | None) -> None:
        """Write the verdict; one that cannot be written is not given. `IndeterminateError` (`journal.unavailable`)."""
        claims = getattr(case, "claims", {})
        entry = JournalEntry(
            time=moment(int(self._now())),
            accepted=refusal is None,
            check=None if check is None else check.value,
            rule=None if check is None else check.rule,
            code=None if refusal is None else refusal.code,
            issuer=self._issuer,
            audience=self._audience,
            token_id=_short(claims.get("jti")),
            subject=_short(claims.get("sub")),
            proven_at=proven_at,
        )
        try:
            self._journal.record(entry)  # type: ignore[union-attr]  # both callers have looked
        except EidError:
            raise
        except Exception as e:  # a journal of the caller's own, and whatever it raises
            raise IndeterminateError("journal.unavailable", why=type(e).__name__) from e


def verify_step_proof(
    token: str,
    keys: KeySet,
    *,
    issuer: str,
    audience: str,
    nonce: str,
    certificate_sha256: bytes,
    level: Level,
    auth_level: AuthenticationLevel,
    at: datetime | None,
    max_age_s: float = STEP_AUTH_MAX_AGE_S,
) -> StepProof:
    """The step proof for exactly this nonce, audience and signing certificate, good at `at`.

    `at` is now (None), or a past moment that a verified timestamp proves: the proof must have been good then and its
    key active then. Replay is excluded by the nonce, which is the digest of one statement. Raises `MalformedError`,
    `VerificationError`.
    """
    _check_expectations(keys, issuer, audience)
    asked = Asked(level, auth_level, nonce, max_age_s)
    if None in (auth_level, nonce, max_age_s):
        raise UsageError("usage.argument", why="a step proof needs auth_level, nonce and max_age_s")
    if type(certificate_sha256) is not bytes or len(certificate_sha256) != SHA256_BYTES:
        raise UsageError("usage.argument", why="certificate_sha256 must be 32 bytes")
    case = Case(token, seconds(at), asked, issuer, audience)
    case.certificate = certificate_sha256
    payload, case.key = open_compact(token, STEP_PROOF, keys.finder(Purpose.TOKEN), known={})
    case.claims = claims = claims_object(payload, load_json)
    for _, rule in STEP_RULES:
        rule(case)
    return StepProof(
        issuer=issuer,
        audience=audience,
        token_id=claims["jti"],
        nonce=nonce,
        certificate_sha256=certificate_sha256,
        level=case.actual,
        auth_level=case.auth,
        auth_time=moment(claims["auth_time"]),
        issued=moment(claims["iat"]),
        expires=moment(claims["exp"]),
    )


def _short(value: object) -> str | None:
    """An identifier for the journal, of a claim whose type may not have been checked."""
    return value if type(value) is str and len(value) <= MAX_TEXT_CHARS else None


def _check_expectations(keys: object, issuer: object, audience: object) -> None:
    """An expectation that is empty or of another type would match what it must not."""
    if not isinstance(keys, KeySet):
        raise UsageError("usage.argument", why="keys must be a KeySet")
    for name, value in (("issuer", issuer), ("audience", audience)):
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT_CHARS:
            raise UsageError(
                "usage.argument", why=f"{name} must be a short text", why_vi=f"{name} phải là một văn bản ngắn"
            )


def _past(value: object, now: float) -> int:
    if not isinstance(value, datetime) or seconds(value) > now:
        raise UsageError("usage.argument", why="proven_at must be a time in the past")
    return seconds(value)
