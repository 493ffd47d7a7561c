"""What an auditor does with a registry: verify all of its history, make a checkpoint and read those that were made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ..errors import EidError, IndeterminateError, UsageError, VerificationError
from ..keys import KeySet
from .accounts_schema import checkpoints
from .audit import Audit, Statuses, audit, compare_checkpoint, name_of
from .checkpoints import Checkpoint
from .database import Database
from .rows import next_epoch
from .writer import Keyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A history that holds: how many accounts and rows there are, and the checkpoints that it was held against."""

    accounts: int
    rows: int
    checkpoints: tuple[Checkpoint, ...]


class Auditor:
    """Verifies and signs the state of a registry. `keys` verify checkpoints; their active key signs new ones."""

    def __init__(
        self, database: Database, keys: KeySet, now: Callable[[], int], keyed: Keyed, statuses: Statuses | None
    ) -> None:
        self._database, self._keys, self._now, self._statuses = database, keys, now, statuses
        self._keyed = keyed if _has_secret(keys) else None

    def verify(self, tokens: Iterable[str] = ()) -> Whole:
        """See `AccountBook.verify_history`."""
        result = self.audit(tokens)
        result.require_whole()
        return Whole(accounts=result.accounts, rows=result.rows, checkpoints=result.held)

    def audit(self, tokens: Iterable[str] = ()) -> Audit:
        """See `AccountBook.audit_history`."""
        now = self._now()
        with self._database.reading() as connection:
            newest = connection.execute(sa.select(checkpoints).order_by(checkpoints.c.number.desc()).limit(1)).first()
            opened, bad = [], []
            for token in dict.fromkeys([*tokens, *([] if newest is None else [newest.token])]):
                try:
                    opened.append(Checkpoint.open(token, self._keys, now))
                except EidError as e:
                    bad.append(VerificationError("checkpoint.untrusted", why=e.text, why_vi=e.text_vi))
            return self._audited(connection, opened, bad)

    def checkpoint(self) -> Checkpoint:
        """See `AccountBook.checkpoint`."""
        with self._database.writing() as connection:
            name, number = next_epoch(connection)
        with self._database.reading() as connection:
            before = self._newest(connection)
            result = self._audited(connection, [] if before is None else [before], [], number)
        result.require_whole()
        tree = result.trees[number]
        made = Checkpoint.sign(name, number, tree.count, tree.root(), self._now(), self._keys)
        try:
            with self._database.writing() as connection:
                connection.execute(checkpoints.insert().values(number=number, token=made.token))
        except IntegrityError as e:  # somebody has set the count of epochs back
            raise IndeterminateError("registry.unavailable", why=type(e).__name__) from None
        return made

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """See `AccountBook.checkpoints`."""
        with self._database.reading() as connection:
            tokens = connection.execute(sa.select(checkpoints.c.token).order_by(checkpoints.c.number)).scalars().all()
        return tuple(Checkpoint.open(token, self._keys, self._now()) for token in tokens)

    def _newest(self, connection: sa.Connection) -> Checkpoint | None:
        """The newest stored checkpoint whose signature still counts; that of a key revoked since does not."""
        query = sa.select(checkpoints.c.token).order_by(checkpoints.c.number.desc())
        for token in connection.execute(query).scalars():
            try:
                return Checkpoint.open(token, self._keys, self._now())
            except EidError:
                continue
        return None

    def _audited(
        self, connection: sa.Connection, held: list[Checkpoint], bad: list[VerificationError], *epochs: int
    ) -> Audit:
        name = name_of(connection)
        result = audit(connection, self._keyed, [*epochs, *(c.number for c in held)], self._statuses)
        result.held = tuple(held)
        result.add(bad)
        for checkpoint in held:
            result.add(compare_checkpoint(result, checkpoint, name))
        return result


def _has_secret(keys: KeySet) -> bool:
    try:
        keys.mac("")
    except UsageError:
        return False
    return True
