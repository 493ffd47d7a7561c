"""The acts in an account's history, and the account that follows from them.

An `Event` has public facts, which stay for ever and say nothing of the person, and personal data, which can be erased.
`follow` gives the account after one more event. It judges by no decree: what was allowed was decided when the event
was made (`decide.py`). It refuses what can never be, such as an act after the cancellation, so that a forged history
is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ..clock import moment, seconds
from ..consent import Consent
from ..errors import EidError, MalformedError
from ..evidence import Evidence
from ..level import Level
from ..person import Person
from ..rules import HolderKind
from .account import Account, Holder, Identifier, Link, LinkKind, Lock, State
from .organisation import Organisation


class Act(StrEnum):
    """What was done."""

    REGISTER = "register"
    RAISE = "raise"
    RENEW = "renew"
    CORRECT = "correct"
    NUMBER = "number"
    LOCK = "lock"
    UNLOCK = "unlock"
    CANCEL = "cancel"
    REPRESENT = "represent"
    END = "end"
    CONSENT = "consent"
    WITHDRAW = "withdraw"
    PURGE = "purge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One act at second `time`; `facts` and `personal` are JSON objects, `personal` None when there is none."""

    act: Act
    time: int
    facts: Mapping[str, Any]
    personal: Mapping[str, Any] | None = None


def follow(account_id: str, account: Account | None, event: Event) -> Account:
    """The account after `event`; None before the first. Raises `MalformedError` (`account.malformed`)."""
    try:
        if account is None:
            return _register(account_id, event)
        return replace(_FOLLOW[event.act](account, event), seq=account.seq + 1)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, EidError) as e:
        raise MalformedError("account.malformed", why=f"{event.act}: {type(e).__name__}") from None


def holder_json(holder: Holder) -> dict[str, Any]:
    """The holder as personal data of an event."""
    if isinstance(holder, Organisation):
        return {"organisation": holder.to_json()}
    return {"person": holder.to_claims()}


def number_of(holder: Holder) -> str:
    """The identifier that a holder's account is found by."""
    return holder.code if isinstance(holder, Organisation) else holder.number.value


def link_json(link: Link) -> dict[str, Any]:
    """A link as personal data of an event; times in seconds."""
    return {
        "kind": link.kind.value,
        "account": link.account,
        "since": seconds(link.since),
        "until": None if link.until is None else seconds(link.until),
    }


def _register(account_id: str, event: Event) -> Account:
    if event.act is not Act.REGISTER:
        raise ValueError(event.act)
    facts, opened = event.facts, moment(event.time)
    level = None if facts["level"] is None else Level.parse(facts["level"])
    account = Account(
        id=account_id,
        kind=HolderKind(facts["kind"]),
        state=State.ACTIVE,
        level=level,
        rule_set=facts["rule_set"],
        opened=opened,
        seq=1,
        holder=None,
    )
    if (level is None) is not (account.kind is HolderKind.ORGANISATION):
        raise ValueError("level")
    if event.personal is None:
        return account
    holder = _holder(event.personal)
    return replace(
        account,
        holder=holder,
        evidence=_evidence(event.personal),
        identifiers=(Identifier(value=number_of(holder), since=opened),),
        links=tuple(map(_link, event.personal["links"])),
    )


def _raise(account: Account, event: Event) -> Account:
    level = Level.parse(event.facts["level"])
    if account.level is None or level <= account.level:
        raise ValueError("level")
    return replace(_renew(account, event), level=level)


def _renew(account: Account, event: Event) -> Account:
    if account.state is not State.ACTIVE:
        raise ValueError("state")
    evidence = () if event.personal is None else _evidence(event.personal)
    return replace(account, rule_set=event.facts["rule_set"], evidence=evidence)


def _correct(account: Account, event: Event) -> Account:
    _check_open(account)
    return account if event.personal is None else replace(account, holder=_holder(event.personal))


def _number(account: Account, event: Event) -> Account:
    corrected = _correct(account, event)
    if corrected.holder is None or event.personal is None:
        return corrected
    at = moment(event.time)
    past = tuple(replace(i, until=at) if i.until is None else i for i in account.identifiers)
    return replace(corrected, identifiers=(*past, Identifier(value=number_of(corrected.holder), since=at)))


def _lock(account: Account, event: Event) -> Account:
    _check_open(account)
    facts = event.facts
    if any(lock.ground == facts["ground"] for lock in account.locks):
        raise ValueError("ground")
    lock = Lock(
        ground=facts["ground"],
        text=facts["text"],
        text_vi=facts["text_vi"],
        by=facts["by"],
        since=moment(event.time),
        until=None if facts["until"] is None else moment(facts["until"]),
        final=facts["final"],
    )
    return replace(account, state=State.LOCKED, locks=(*account.locks, lock))


def _unlock(account: Account, event: Event) -> Account:
    (gone,) = (lock for lock in account.locks if lock.ground == event.facts["ground"])
    if gone.final:
        raise ValueError("final")
    rest = tuple(lock for lock in account.locks if lock is not gone)
    return replace(account, locks=rest, state=State.LOCKED if rest else State.ACTIVE)


def _cancel(account: Account, event: Event) -> Account:
    _check_open(account)
    return replace(
        account,
        state=State.CANCELLED,
        cancelled=moment(event.time),
        again=event.facts["again"] is True,
        locks=(),
        links=(),
        consents=(),
    )


def _represent(account: Account, event: Event) -> Account:
    _check_open(account)
    if event.personal is None:
        return account
    return replace(account, links=(*account.links, _link(event.personal["link"])))


def _end(account: Account, event: Event) -> Account:
    _check_open(account)
    if event.personal is None:
        return account
    rest = tuple(link for link in account.links if link.account != event.personal["account"])
    if len(rest) == len(account.links):
        raise ValueError("account")
    return replace(account, links=rest)


def _consent(account: Account, event: Event) -> Account:
    _check_open(account)
    if event.personal is None:
        return account
    consent = Consent.from_json(event.personal["consent"])
    return replace(account, consents=(*_without(account, consent.audience), consent))


def _withdraw(account: Account, event: Event) -> Account:
    _check_open(account)
    if event.personal is None:
        return account
    return replace(account, consents=_without(account, event.personal["audience"]))


def _purge(account: Account, event: Event) -> Account:
    if account.state is not State.CANCELLED or account.purged is not None:
        raise ValueError("state")
    return replace(account, purged=moment(event.time), holder=None, evidence=(), identifiers=())


_FOLLOW: Mapping[Act, Callable[[Account, Event], Account]] = MappingProxyType(
    {
        Act.RAISE: _raise,
        Act.RENEW: _renew,
        Act.CORRECT: _correct,
        Act.NUMBER: _number,
        Act.LOCK: _lock,
        Act.UNLOCK: _unlock,
        Act.CANCEL: _cancel,
        Act.REPRESENT: _represent,
        Act.END: _end,
        Act.CONSENT: _consent,
        Act.WITHDRAW: _withdraw,
        Act.PURGE: _purge,
    }
)


def _check_open(account: Account) -> None:
    if account.state is State.CANCELLED:
        raise ValueError("state")


def _without(account: Account, audience: str) -> tuple[Consent, ...]:
    return tuple(consent for consent in account.consents if consent.audience != audience)


def _holder(personal: Mapping[str, Any]) -> Holder:
    if "organisation" in personal:
        return Organisation.from_json(personal["organisation"])
    return Person.from_claims(personal["person"])


def _evidence(personal: Mapping[str, Any]) -> tuple[Evidence, ...]:
    return tuple(map(Evidence.from_claim, personal["evidence"]))


def _link(value: Mapping[str, Any]) -> Link:
    until = value["until"]
    return Link(
        kind=LinkKind(value["kind"]),
        account=value["account"],
        since=moment(value["since"]),
        until=None if until is None else moment(until),
    )
