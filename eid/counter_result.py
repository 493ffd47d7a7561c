"""What checking a counter code gives: the proven code, or why not, and four facts that are told apart either way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from .errors import EidError
from .level import AuthenticationLevel, Level
from .notice import Notice
from .status import Status


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CounterCode:
    """A proven counter code: every check has passed. `repr` shows neither name nor subject."""

    issuer: str
    counter: str
    subject: str
    code_id: str
    level: Level
    auth_level: AuthenticationLevel
    name: str | None
    issued: datetime
    expires: datetime
    holder_bound: bool
    status_checked: bool
    notices: tuple[Notice, ...]

    def to_dict(self) -> dict[str, Any]:
        """The `holder` member of `eid counter check --json`."""
        return {
            "subject": self.subject,
            "name": self.name,
            "level": self.level.text,
            "auth_level": self.auth_level.text,
            "issued": self.issued.isoformat(),
            "expires": self.expires.isoformat(),
            "holder_bound": self.holder_bound,
            "status_checked": self.status_checked,
            "notices": [each.to_dict() for each in self.notices],
        }

    def __repr__(self) -> str:
        return f"CounterCode(counter={self.counter!r}, level={self.level.text!r}, holder_bound={self.holder_bound})"


class Check(IntEnum):
    """The checks in their order, as `counter_check` numbers them."""

    FORM = 1
    BINDING = 2
    KEY = 3
    SIGNATURE = 4
    KEY_ACTIVE = 5
    HOLDER = 6
    ADDRESS = 7
    TIMES = 8
    LEVEL = 9
    STATUS = 10
    REPLAY = 11

    @property
    def rule(self) -> str:
        """The name of the check in a journal."""
        return self.name.lower().replace("_", " ")


@dataclass(slots=True, kw_only=True)
class CounterFacts:
    """Four facts that are told apart; None: it was not come to, or could not be told.

    `signature` is of the issuer and of the holder's device, if the code is bound; `fresh` is of the times and of use.
    """

    decoded: bool = False
    signature: bool | None = None
    fresh: bool | None = None
    status: Status | None = None
    check: Check = Check.FORM  # the one that was under way last: it decided, where the code was refused

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the status by its name, `unknown` for None."""
        status = "unknown" if self.status is None else self.status.name.lower()
        return {"decoded": self.decoded, "signature": self.signature, "fresh": self.fresh, "status": status}


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReport:
    """What became of one code: the facts, and either the proven `code` or the `error` that decided."""

    facts: CounterFacts
    code: CounterCode | None
    error: EidError | None

    def __bool__(self) -> bool:
        return self.code is not None
