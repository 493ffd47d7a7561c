"""An identity account as its history leaves it: whose it is, in what state, at which level, who acts for it.

Values only; how one state becomes another stands in `events.py`, what is allowed in `decide.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..consent import Consent
from ..errors import RefusedError
from ..evidence import Evidence
from ..level import Level
from ..person import Person
from ..rules import HolderKind
from .organisation import Organisation

Holder = Person | Organisation


class State(StrEnum):
    """What may be done with an account. A cancelled one never comes back."""

    ACTIVE = "active"
    LOCKED = "locked"
    CANCELLED = "cancelled"


class LinkKind(StrEnum):
    """In what right one account acts for another."""

    GUARDIAN = "guardian"
    PROXY = "proxy"
    LEGAL = "legal-representative"

    @property
    def vietnamese(self) -> str:
        """As officials write it."""
        return {"guardian": "người giám hộ", "proxy": "người được ủy quyền"}.get(self, "người đại diện theo pháp luật")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One ground on which the account is locked now; `until` is when it ends by itself, None when it does not."""

    ground: str
    text: str
    text_vi: str
    by: str
    since: datetime
    until: datetime | None = None
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`account` acts for this one; `until` None means until it is ended."""

    kind: LinkKind
    account: str
    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the link is in force at `at`."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identifier:
    """A number that the holder has, or had until `until`. `repr` hides it."""

    value: str
    since: datetime
    until: datetime | None = None

    def __repr__(self) -> str:
        return f"Identifier({mask(self.value)!r})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Account:
    """One account. `seq` counts the acts in its history; `holder` is None after the purge. `repr` names nobody."""

    id: str
    kind: HolderKind
    state: State
    level: Level | None
    rule_set: str | None
    opened: datetime
    seq: int
    holder: Holder | None
    evidence: tuple[Evidence, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    locks: tuple[Lock, ...] = ()
    links: tuple[Link, ...] = ()
    consents: tuple[Consent, ...] = ()
    cancelled: datetime | None = None
    again: bool = False
    purged: datetime | None = None

    @property
    def person(self) -> Person | None:
        """The holder, where it is a person whose data was not purged."""
        return self.holder if isinstance(self.holder, Person) else None

    def check_active(self) -> None:
        """Refuse an account that is locked or cancelled: `RefusedError` (`account.locked`, `account.cancelled`)."""
        if self.state is State.CANCELLED:
            raise RefusedError("account.cancelled")
        if self.state is State.LOCKED:
            grounds = ", ".join(lock.text for lock in self.locks)
            raise RefusedError("account.locked", grounds=grounds, grounds_vi=", ".join(k.text_vi for k in self.locks))

    def consent_for(self, audience: str, claims: Collection[str], now: int) -> Consent | None:
        """The recorded consent by which `audience` may be told all of `claims` at second `now`."""
        return next((consent for consent in self.consents if consent.covers(audience, claims, now)), None)

    def to_json(self, *, show_numbers: bool = False) -> dict[str, Any]:
        """All there is, as JSON values; numbers are masked unless asked for. Times as ISO 8601."""
        shown = (lambda value: value) if show_numbers else mask
        return {
            "id": self.id,
            "kind": self.kind.value,
            "state": self.state.value,
            "level": None if self.level is None else self.level.text,
            "rule_set": self.rule_set,
            "opened": self.opened.isoformat(),
            "cancelled": _iso(self.cancelled),
            "purged": _iso(self.purged),
            "holder": _holder_json(self.holder, show_numbers=show_numbers),
            "evidence": [item.to_claim() for item in self.evidence],
            "identifiers": [
                {"value": shown(i.value), "since": _iso(i.since), "until": _iso(i.until)} for i in self.identifiers
            ],
            "locks": [
                {"ground": k.ground, "by": k.by, "since": _iso(k.since), "until": _iso(k.until)} for k in self.locks
            ],
            "representatives": [
                {"kind": k.kind.value, "account": k.account, "since": _iso(k.since), "until": _iso(k.until)}
                for k in self.links
            ],
            "consents": [
                {"audience": c.audience, "claims": sorted(c.claims), "given": _iso(c.given), "by": c.by}
                for c in self.consents
            ],
            "acts": self.seq,
        }

    def __repr__(self) -> str:
        return f"Account({self.id}, {self.kind.value}, {self.state.value}, {self.level})"


def mask(number: str) -> str:
    """A number as reports show it."""
    return f"{number[:3]}******{number[-3:]}"


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _holder_json(holder: Holder | None, *, show_numbers: bool) -> dict[str, Any] | None:
    if holder is None:
        return None
    if isinstance(holder, Organisation):
        return holder.to_json()
    claims = holder.to_claims()
    hidden = () if show_numbers else ("personal_number", "old_number")
    return {name: mask(value) if name in hidden else value for name, value in claims.items()}
