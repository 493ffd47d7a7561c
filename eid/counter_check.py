"""Checking a counter code: every check, in this order, and four separate facts of it, whatever the verdict.

 1. Form: Base45, COSE_Sign1 and CWT in their one spelling, only known members (fact: decoded).
 2. Binding: of the kind that the counter's policy asks for, never "if present".
 3. Key: known, made for tokens, its own algorithm.
 4. Signature of the issuer; the claims count from here on.
 5. Key active when the code was made, and not revoked.
 6. Signature of the holder's device over this counter's challenge (fact: signature, of both).
 7. Issuer and counter: exactly the expected ones.
 8. Times: begun, not ended, at most a minute long.
 9. Level, and authentication level if one is asked for.
10. Status: known and valid (fact: status).
11. Replay: not used before; only a code that passed everything else is remembered (fact: fresh, with the times).

Clocks may differ by `SKEW_S` where the code must not come from the future. Nothing is fetched here. With a journal,
each verdict is written before it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import cose
from .arguments import check_kind, check_part
from .clock import moment, seconds
from .counter import (
    AUD,
    CNF,
    CTI,
    EXP,
    HOLDER,
    IAT,
    ISS,
    LIFE_S,
    NAME,
    SUB,
    Binding,
    UnverifiedCounterCode,
    decode_unverified,
    holder_aad,
    holder_key,
    levels_of,
    status_of,
)
from .counter_result import Check, CounterCode, CounterFacts, CounterReport
from .errors import EidError, IndeterminateError, UsageError, VerificationError
from .journal import Journal, JournalEntry
from .keys import Key, KeySet, Purpose
from .level import AuthenticationLevel, Level
from .notice import notice
from .replay import ReplayStore
from .status import UNCHECKED, Status, StatusSource
from .token import SKEW_S


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPolicy:
    """What one counter expects. Raises `UsageError` for an expectation that would match what it must not.

    `challenge` is what the counter showed just before, used once; None with `Binding.UNBOUND` only, which needs a
    replay memory instead. `status` None means that every code is `status.unknown`; `UNCHECKED` decides not to ask.
    `journal` is told every verdict, and no verdict is given that it could not write.
    """

    keys: KeySet
    issuer: str
    counter: str
    challenge: bytes | None
    level: Level
    auth_level: AuthenticationLevel | None
    binding: Binding
    status: StatusSource | None
    replay: ReplayStore | None
    journal: Journal | None = None

    def __post_init__(self) -> None:
        for name, kind in (("keys", KeySet), ("issuer", str), ("counter", str), ("level", Level), ("binding", Binding)):
            value = getattr(self, name)
            if not isinstance(value, kind) or value == "":
                raise UsageError("usage.argument", why=f"{name} must be a {kind.__name__}")
        for name, method in (("status", "status"), ("replay", "use"), ("journal", "record")):
            check_part(name, getattr(self, name), method)
        if not isinstance(self.auth_level, AuthenticationLevel | None):
            raise UsageError("usage.argument", why="auth_level must be an AuthenticationLevel")
        if (self.challenge is not None) is not (self.binding is Binding.REQUIRED):
            raise UsageError(
                "usage.argument",
                why="a challenge goes with Binding.REQUIRED, and with it alone",
                why_vi="thử thách phải đi với mã gắn thiết bị, và chỉ với loại mã đó",
            )
        if self.challenge is not None:
            holder_aad(self.challenge)
        elif self.replay is None:
            raise UsageError(
                "usage.argument",
                why="unbound codes need a replay memory",
                why_vi="mã không gắn thiết bị cần bộ nhớ chống dùng lại",
            )


def verify_counter_code(
    text: str,
    keys: KeySet,
    *,
    issuer: str,
    counter: str,
    challenge: bytes | None,
    level: Level,
    auth_level: AuthenticationLevel | None = None,
    binding: Binding = Binding.REQUIRED,
    status: StatusSource | None,
    replay: ReplayStore | None,
    journal: Journal | None = None,
    at: datetime | None = None,
) -> CounterCode:
    """The person at the counter, proven at `at` (now) by the QR text `text`; see `CounterPolicy` for the rest.

    With `Binding.UNBOUND` the result carries the notice `counter.unbound`. Raises `MalformedError`,
    `VerificationError` (`counter.…`), and `IndeterminateError` when the status cannot be learnt.
    """
    policy = CounterPolicy(
        keys=keys,
        issuer=issuer,
        counter=counter,
        challenge=challenge,
        level=level,
        auth_level=auth_level,
        binding=binding,
        status=status,
        replay=replay,
        journal=journal,
    )
    report = examine_counter_code(text, policy, at=at)
    if report.code is None:
        raise report.error or IndeterminateError("status.unknown")
    return report.code


def examine_counter_code(text: str, policy: CounterPolicy, *, at: datetime | None = None) -> CounterReport:
    """The verdict on `text` with its four facts; never raises for a bad code.

    Raises `IndeterminateError` (`journal.unavailable`) where the verdict cannot be written down.
    """
    check_kind("policy", policy, CounterPolicy)
    now, facts = seconds(at), CounterFacts()
    claims: Mapping[int, Any] = {}
    error: EidError | None = None
    proven: CounterCode | None = None
    try:
        code = decode_unverified(text)
        facts.decoded = True
        claims = code.unverified
        proven = _judge(code, policy, now, facts)
    except EidError as e:
        error = e
    if policy.journal is not None:
        _record(policy.journal, policy, facts, error, claims, now)
    return CounterReport(facts=facts, code=proven, error=error)


def _judge(code: UnverifiedCounterCode, policy: CounterPolicy, now: int, facts: CounterFacts) -> CounterCode:
    claims = code.unverified
    facts.check = Check.BINDING
    _check_binding(code, policy)
    facts.check = Check.KEY
    key = _key_of(code, policy)
    facts.check, facts.signature = Check.SIGNATURE, False
    if not _holds(key, code.issued_by):
        raise VerificationError("counter.signature")
    facts.check = Check.KEY_ACTIVE
    if not key.was_active(claims[IAT], now, SKEW_S):
        raise VerificationError("counter.key-inactive")
    facts.check = Check.HOLDER
    _check_holder(code, policy)
    facts.check, facts.signature = Check.ADDRESS, True
    if claims[ISS] != policy.issuer:
        raise VerificationError("counter.issuer")
    if claims[AUD] != policy.counter:
        raise VerificationError("counter.other-counter")
    facts.check, facts.fresh = Check.TIMES, False
    _check_times(claims, now)
    facts.check, facts.fresh = Check.LEVEL, True
    _check_levels(claims, policy)
    facts.check = Check.STATUS
    _check_status(claims, policy, now, facts)
    facts.check = Check.REPLAY
    if policy.replay is not None and not policy.replay.use(claims[ISS], claims[CTI].hex(), claims[EXP], now):
        facts.fresh = False
        raise VerificationError("counter.replayed")
    return _proven(code, policy)


def _proven(code: UnverifiedCounterCode, policy: CounterPolicy) -> CounterCode:
    claims = code.unverified
    level, auth_level = levels_of(claims)
    return CounterCode(
        issuer=claims[ISS],
        counter=claims[AUD],
        subject=claims[SUB],
        code_id=claims[CTI].hex(),
        level=level,
        auth_level=auth_level,
        name=claims.get(NAME),
        issued=moment(claims[IAT]),
        expires=moment(claims[EXP]),
        holder_bound=code.bound,
        status_checked=policy.status is not UNCHECKED,
        notices=() if code.bound else (notice("counter.unbound"),),
    )


def _record(
    journal: Journal,
    policy: CounterPolicy,
    facts: CounterFacts,
    error: EidError | None,
    claims: Mapping[int, Any],
    now: int,
) -> None:
    """Write the verdict; identifiers of the code only once its signature held."""
    known = claims if facts.check > Check.SIGNATURE else {}
    entry = JournalEntry(
        time=moment(now),
        accepted=error is None,
        check=None if error is None else facts.check.value,
        rule=None if error is None else facts.check.rule,
        code=None if error is None else error.code,
        issuer=policy.issuer,
        audience=policy.counter,
        token_id=known[CTI].hex() if known else None,
        subject=known[SUB] if known else None,
    )
    try:
        journal.record(entry)
    except EidError:
        raise
    except Exception as e:  # a journal of the caller's own, and whatever it raises
        raise IndeterminateError("journal.unavailable", why=type(e).__name__) from e


def _check_binding(code: UnverifiedCounterCode, policy: CounterPolicy) -> None:
    """A code with `cnf` is good with the device's signature alone; without `cnf` there is no device to ask."""
    bound = CNF in code.unverified
    if not code.bound and (policy.binding is Binding.REQUIRED or bound):
        raise VerificationError("counter.binding-missing")
    if code.bound and not bound:
        raise VerificationError("counter.binding-missing")
    if code.bound and policy.binding is Binding.UNBOUND:
        raise VerificationError("counter.binding-unexpected")


def _key_of(code: UnverifiedCounterCode, policy: CounterPolicy) -> Key:
    key = policy.keys.finder(Purpose.TOKEN)(code.issued_by.kid.decode("utf-8", "replace"))
    if key is None or key.cose_alg != code.issued_by.alg:
        raise VerificationError("counter.key-unknown")
    return key


def _holds(key: Key, message: cose.Sign1) -> bool:
    try:
        key.verify_raw(message.signed, message.signature)
    except VerificationError:
        return False
    return True


def _check_holder(code: UnverifiedCounterCode, policy: CounterPolicy) -> None:
    if code.holder is None or policy.challenge is None:
        return
    message = cose.parse_sign1(code.holder, profile=HOLDER, aad=holder_aad(policy.challenge))
    key = holder_key(code.unverified[CNF])
    # a COSE_Key of Ed25519 without `alg` may sign under both names (RFC 9864)
    same = message.alg == key.cose_alg or {message.alg, key.cose_alg} == {cose.EDDSA, cose.ED25519}
    if not same or not _holds(key, message):
        raise VerificationError("counter.holder-signature")


def _check_times(claims: Mapping[int, Any], now: int) -> None:
    if claims[IAT] > now + SKEW_S:
        raise VerificationError("counter.not-yet-valid")
    if claims[EXP] - claims[IAT] > LIFE_S:
        raise VerificationError("counter.lifetime", limit=LIFE_S)
    if now >= claims[EXP]:
        raise VerificationError("counter.expired")


def _check_levels(claims: Mapping[int, Any], policy: CounterPolicy) -> None:
    level, auth_level = levels_of(claims)
    if level < policy.level:
        raise VerificationError("counter.level", actual=level, needed=policy.level)
    if policy.auth_level is not None and auth_level < policy.auth_level:
        raise VerificationError("counter.auth-level", actual=auth_level, needed=policy.auth_level)


def _check_status(claims: Mapping[int, Any], policy: CounterPolicy, now: int, facts: CounterFacts) -> None:
    if policy.status is UNCHECKED:
        return
    entry = status_of(claims)
    if entry is None or policy.status is None:
        raise IndeterminateError("status.unknown")
    facts.status = policy.status.status(*entry, now)
    if facts.status is Status.REVOKED:
        raise VerificationError("counter.revoked")
    if facts.status is not Status.VALID:
        raise VerificationError("counter.suspended")
