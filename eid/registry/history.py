"""The history of an account: a chain of rows, each naming the digest of the one before; personal data beside it.

digest = SHA-256 over the canonical JSON of the row's members, the previous digest among them; the first row's previous
is SHA-256("eid-account-1" ‖ 0x00 ‖ identifier). A row commits to its personal data by SHA-256(salt ‖ canonical JSON)
with 32 random bytes of salt, so that data and salt can be erased and the chain still holds, and nothing can be guessed
from what is left.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
import sqlalchemy as sa

from ..accounts import Account, Act, Event
from ..accounts.events import follow
from ..clock import moment
from ..encoding import load_json
from ..errors import EidError, VerificationError
from .accounts_schema import history, personal

SALT_BYTES = 32
MAX_JSON_CONTAINERS = 2_000  # objects and arrays in one row; evidence of 20 pieces has about 80

# a row with its personal data, if that is still there
JOINED = sa.select(history, personal.c.salt, personal.c.data).select_from(
    history.outerjoin(personal, sa.and_(personal.c.account == history.c.account, personal.c.seq == history.c.seq))
)


def canonical(value: Any) -> str:
    """Compact JSON with sorted members (RFC 8785 for the values used here: texts, integers, lists, objects)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def commitment_of(salt: bytes, data: str) -> str:
    """What a row says about its personal data."""
    return hashlib.sha256(salt + data.encode()).hexdigest()


def beginning(account_id: str) -> str:
    """The previous digest of an account's first row."""
    return hashlib.sha256(b"eid-account-1\0" + account_id.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it is stored; `facts` is canonical JSON, `time` in seconds since 1970."""

    account: str
    seq: int
    epoch: int
    act: str
    time: int
    facts: str
    commitment: str | None
    previous: str
    digest: str = ""

    @classmethod
    def read(cls, record: sa.RowMapping) -> Row | None:
        """A row of the database; None when a member is of another kind, which SQLite allows."""
        members: dict[str, Any] = {}
        for name in cls.__slots__:
            value, kind = record[name], int if name in ("seq", "epoch", "time") else str
            if type(value) is not kind and not (name == "commitment" and value is None):
                return None
            members[name] = value
        return cls(**members)

    def computed(self) -> str:
        """The digest that the members make."""
        members = {name: getattr(self, name) for name in self.__slots__ if name != "digest"}
        return hashlib.sha256(canonical(members).encode()).hexdigest()


class Replay:
    """Follows one account's rows in order; `found` collects what does not hold."""

    __slots__ = ("_epoch", "_missing", "_present", "account", "digest", "found", "id", "seq")

    def __init__(self, account_id: str) -> None:
        self.id, self.seq, self.digest = account_id, 0, beginning(account_id)
        self._epoch = 0
        self.account: Account | None = None
        self.found: list[VerificationError] = []
        self._missing: list[int] = []
        self._present: list[int] = []

    def next(self, record: sa.RowMapping) -> Row | None:
        """Check and follow one row of `JOINED`; None when it is no row."""
        row, expected = Row.read(record), self.seq + 1
        if row is None:
            self.found.append(VerificationError("history.row-changed", account=self.id, seq=expected))
            return None
        if row.seq != expected:
            self.found.append(VerificationError("history.row-missing", account=self.id, seq=expected))
        altered = row.digest != row.computed() or (row.seq == expected and row.previous != self.digest)
        if altered or row.epoch < self._epoch:  # a row ahead of its time would be in no checkpoint for long
            self.found.append(VerificationError("history.row-changed", account=self.id, seq=row.seq))
        self.seq, self.digest, self._epoch = row.seq, row.digest, row.epoch
        self._follow(row, self._personal(row, record["salt"], record["data"]))
        return row

    def end(self) -> None:
        """No row is left: what was erased must have been purged, and the other way round."""
        purged = self.account is not None and self.account.purged is not None
        if purged:
            left = [VerificationError("history.personal-left", account=self.id, seq=seq) for seq in self._present]
        else:
            left = [VerificationError("history.personal-missing", account=self.id, seq=seq) for seq in self._missing]
        self.found += left

    def _personal(self, row: Row, salt: object, data: object) -> dict[str, Any] | None:
        """The personal data of a row if it is what the row commits to."""
        if salt is None and data is None:
            if row.commitment is not None:
                self._missing.append(row.seq)
            return None
        self._present.append(row.seq)
        if type(salt) is bytes and type(data) is str and commitment_of(salt, data) == row.commitment:
            return _object(data)
        self.found.append(VerificationError("history.personal-changed", account=self.id, seq=row.seq))
        return None

    def _follow(self, row: Row, data: dict[str, Any] | None) -> None:
        facts = _object(row.facts)
        try:
            if facts is None:
                raise ValueError("facts")
            event = Event(act=Act(row.act), time=row.time, facts=facts, personal=data)
            self.account = follow(self.id, self.account, event)
        except (ValueError, EidError):
            self.found.append(VerificationError("history.act", account=self.id, seq=row.seq))


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = load_json(text.encode(), max_containers=MAX_JSON_CONTAINERS)
    except (ValueError, RecursionError):
        return None
    return value if type(value) is dict else None


def replayed(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Replay]:
    """The chains of these accounts, each followed to its end; an account without rows is left out."""
    found: dict[str, Replay] = {}
    query = JOINED.where(history.c.account.in_(list(ids))).order_by(history.c.account, history.c.seq)
    for record in connection.execute(query).mappings():
        account_id = str(record["account"])
        replay = found.get(account_id)
        if replay is None:
            replay = found[account_id] = Replay(account_id)
        replay.next(record)
    for replay in found.values():
        replay.end()
    return found


def append(connection: sa.Connection, epoch: int, account_id: str, last: tuple[int, str], event: Event) -> Row:
    """Add one row behind `last` (its seq and digest). The caller holds the account's row and has judged the event."""
    salt, data = secrets.token_bytes(SALT_BYTES), None if event.personal is None else canonical(event.personal)
    row = Row(
        account=account_id,
        seq=last[0] + 1,
        epoch=epoch,
        act=event.act.value,
        time=event.time,
        facts=canonical(event.facts),
        commitment=None if data is None else commitment_of(salt, data),
        previous=last[1],
    )
    row = replace(row, digest=row.computed())
    connection.execute(history.insert().values(**{name: getattr(row, name) for name in Row.__slots__}))
    if data is not None:
        connection.execute(personal.insert().values(account=account_id, seq=row.seq, salt=salt, data=data))
    return row


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Entry:
    """One act in an account's history, as people read it. `personal` is None when there was none, or it was purged."""

    seq: int
    act: str
    time: datetime
    facts: Mapping[str, Any]
    personal: Mapping[str, Any] | None
    digest: str


def entry(record: sa.RowMapping) -> Entry:
    """A row of `JOINED` that was followed already, for people to read."""
    data = record["data"]
    return Entry(
        seq=record["seq"],
        act=record["act"],
        time=moment(record["time"]),
        facts=_members(record["facts"]),
        personal=None if data is None else _members(data),
        digest=record["digest"],
    )


def _members(text: str) -> Mapping[str, Any]:
    """The members of a row that was followed already, so that they are known to be strict JSON."""
    return MappingProxyType(load_json(text.encode(), max_containers=MAX_JSON_CONTAINERS))
