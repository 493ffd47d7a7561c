"""One act on one account as one transaction: locked, read again, judged, entered; and whoever must know is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypedDict

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ..accounts import Account, Act, Asker, Event, Link, Rules, State, decide
from ..accounts.events import number_of
from ..clock import moment
from ..errors import IndeterminateError, RefusedError, UsageError
from ..keys import KeySet
from ..status import Status
from .accounts_schema import accounts, numbers, personal
from .database import Database
from .rows import Held, create, enter_epoch, hold, read_one, write

StatusHook = Callable[[sa.Connection, str, Status], None]
Keyed = Callable[[str], str]
MAX_NOTE_CHARS = 500
STATUS = {State.ACTIVE: Status.VALID, State.LOCKED: Status.SUSPENDED, State.CANCELLED: Status.REVOKED}


class Also(TypedDict, total=False):
    """Who acts, where the role alone does not say it, and why."""

    actor: str  # the representative's account, needed with `Asker.REPRESENTATIVE`
    note: str  # a short text such as the number of a decision; personal data


class Who(Also, total=False):
    """In what role someone asks (default: `Asker.MANAGER`), who, and why."""

    by: Asker


class Writer:
    """Writes acts. `tell` is called inside the transaction when the account's state has changed."""

    def __init__(
        self, database: Database, keys: KeySet, now: Callable[[], float], rules: Rules, tell: StatusHook | None
    ) -> None:
        self.database, self.rules = database, rules
        self._keys, self._now, self._tell = keys, now, tell

    def now(self) -> int:
        """The second."""
        return int(self._now())

    def keyed(self, number: str) -> str:
        """A number under the set's secret: how it is looked up."""
        return keyed_number(self._keys, number)

    def open(
        self, account_id: str, representative: str | None, decided: Callable[[Account | None, int], Event], who: Who
    ) -> Account:
        """A new account. `decided` judges with the representative's account, which must be able to act for others."""
        _check_role(who)
        with self._writing() as connection:
            epoch, now, acting = enter_epoch(connection), self.now(), None
            if representative is not None:
                acting = hold(connection, representative, share=True).account
                decide.check_representative(acting, now, self.rules)
            event = decided(acting, now)
            made = create(connection, epoch, account_id, _asked(event, who))
            self._take_number(connection, made.account)
            return made.account

    def act(
        self, account_id: str, decided: Callable[[Account, int], Event], who: Who, *, representative: str | None = None
    ) -> Account:
        """An account after one more act. `representative` is an account that begins to act for it."""
        _check_role(who)
        also = [each for each in (who.get("actor"), representative) if each is not None]
        with self._writing() as connection:
            epoch = enter_epoch(connection)
            held, now = hold(connection, account_id, also=also), self.now()
            self._check_actor(connection, held.account, who, now)
            if representative is not None:
                self._check_representative(connection, held.account, representative, now)
            event = _asked(decided(held.account, now), who)
            after = write(connection, epoch, held, event).account
            self._follow_up(connection, held, after, event)
            return after

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        try:
            with self.database.writing() as connection:
                yield connection
        except IntegrityError as e:  # somebody wrote beside us, without our locks
            raise IndeterminateError("registry.unavailable", why=type(e).__name__) from None

    def _follow_up(self, connection: sa.Connection, held: Held, after: Account, event: Event) -> None:
        """What an act brings with it in other tables."""
        if event.act is Act.NUMBER:
            connection.execute(numbers.update().where(numbers.c.account == after.id).values(current=False))
            self._take_number(connection, after)
        if event.act is Act.PURGE:
            connection.execute(personal.delete().where(personal.c.account == after.id))
        if self._tell is not None and after.state is not held.account.state:
            self._tell(connection, after.id, STATUS[after.state])

    def _take_number(self, connection: sa.Connection, account: Account) -> None:
        """Let the account's number lead to it. A number that was ever another's is refused, unless that account was
        cancelled on a ground after which its holder may open one again."""
        assert account.holder is not None  # noqa: S101 - it was just given
        keyed = self.keyed(number_of(account.holder))
        taken = connection.execute(sa.select(numbers).where(numbers.c.keyed == keyed).with_for_update()).one_or_none()
        if taken is None:
            try:
                connection.execute(numbers.insert().values(keyed=keyed, account=account.id, current=True))
            except IntegrityError:  # another process took it a moment ago
                raise RefusedError("account.number-used") from None
            return
        former = read_one(connection, taken.account)
        if not taken.current or former is None or former.state is not State.CANCELLED or not former.again:
            raise RefusedError("account.number-used")
        connection.execute(numbers.update().where(numbers.c.keyed == keyed).values(account=account.id))

    def _check_actor(self, connection: sa.Connection, account: Account, who: Who, now: int) -> None:
        """A representative names the account that acts, and its link must hold."""
        actor = who.get("actor")
        if (actor is not None) is not (who.get("by") is Asker.REPRESENTATIVE):
            raise UsageError(
                "usage.argument",
                why="a representative, and nobody else, names the account that acts",
                why_vi="chỉ người đại diện mới nêu tài khoản thực hiện",
            )
        if actor is not None:
            check_acting(read_one(connection, actor), account, now)

    def _check_representative(self, connection: sa.Connection, account: Account, other: str, now: int) -> None:
        if other == account.id:
            raise UsageError(
                "usage.argument",
                why="nobody is the representative of himself",
                why_vi="không ai là người đại diện của chính mình",
            )
        found = read_one(connection, other)
        if found is None:
            raise RefusedError("account.unknown")
        decide.check_representative(found, now, self.rules)


def keyed_number(keys: KeySet, number: str) -> str:
    """A number under the secret of `keys`: how the accounts of a registry are looked up."""
    if not isinstance(number, str):
        raise UsageError("usage.argument", why="a number is a text")
    return keys.mac(f"\naccount-number\0{number}").hex()


def check_acting(actor: Account | None, account: Account, now: int) -> Link:
    """The link by which `actor` acts for `account` now; `RefusedError` (`account.not-representative`, `.locked` …)."""
    at = moment(now)
    link = next((k for k in account.links if actor is not None and k.account == actor.id and k.holds(at)), None)
    if actor is None or link is None:
        raise RefusedError("account.not-representative")
    actor.check_active()
    return link


def _check_role(who: Who) -> None:
    if not isinstance(who.get("by", Asker.MANAGER), Asker):
        raise UsageError("usage.argument", why=f"by is one of {', '.join(Asker)}")


def _asked(event: Event, who: Who) -> Event:
    """The event with who asked, and with what stands beside it as personal data."""
    by = who.get("by", Asker.MANAGER)
    given = {"actor": who.get("actor"), "note": who.get("note")}
    extra = {name: _short(name, value) for name, value in given.items() if value is not None}
    personal_data = event.personal if not extra else {**(event.personal or {}), **extra}
    return replace(event, facts={**event.facts, "by": by.value}, personal=personal_data)


def _short(name: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NOTE_CHARS or not value.isprintable():
        raise UsageError("usage.argument", why=f"{name} is a short text", why_vi=f"{name} phải là một văn bản ngắn")
    return value


def due(connection: sa.Connection, column: sa.Column[int], before: int) -> list[str]:
    """The accounts whose time in `column` has come at second `before`, and whose data was not purged."""
    query = sa.select(accounts.c.id).where(column <= before, accounts.c.purged.is_(None)).order_by(accounts.c.id)
    return [str(each) for each in connection.execute(query).scalars()]
