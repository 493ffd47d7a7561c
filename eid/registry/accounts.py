"""The book of accounts: every act is decided on the account as it is under its row's lock, and entered in its history.

An account is read by following its own history, so that a row that was changed is noticed by whoever reads it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Unpack

import sqlalchemy as sa

from ..accounts import Account, Asker, Event, Holder, Link, LinkKind, Organisation, Rules, decide
from ..accounts.grounds import account_rules_at
from ..clock import Clock, moment, reader
from ..consent import Consent
from ..errors import RefusedError, VerificationError
from ..evidence import Evidence
from ..keys import KeySet
from ..level import Level
from .accounts_schema import ID_CHARS, accounts, history, numbers
from .audit import Audit, Statuses
from .checkpoints import Checkpoint
from .database import Database
from .history import JOINED, Entry, entry
from .rows import read_one
from .verifying import Auditor, Whole
from .writer import Also, StatusHook, Who, Writer, check_acting, due

_SHORTEST_YEAR_S = 365 * 86_400


class AccountBook:
    """The accounts of a registry. `keys` finds them by number; `on_status` is told in the same transaction when an
    account's tokens become suspended, valid again or revoked, and `statuses` says what they are, for the audit.

    Acts take `by`, in what role someone asks (default: `Asker.MANAGER`); `actor`, the representative's account when
    `by` is `Asker.REPRESENTATIVE`; and `note`, a short text such as the number of a decision, which is personal data.
    They give the account afterwards. All raise `RefusedError` when a rule forbids the act, `IndeterminateError` when
    the database does not answer, and `VerificationError` (`history.broken`) when the history does not hold.
    """

    def __init__(
        self,
        database: Database,
        keys: KeySet,
        *,
        clock: Clock | None = None,
        rules: Rules | None = None,
        on_status: StatusHook | None = None,
        statuses: Statuses | None = None,
    ) -> None:
        self.rules = Rules() if rules is None else rules
        self._database = database
        self._writer = Writer(database, keys, reader(clock), self.rules, on_status)
        self._auditor = Auditor(database, keys, self._writer.now, self._writer.keyed, statuses)

    def register(
        self,
        holder: Holder,
        level: Level | None = None,
        *,
        evidence: Sequence[Evidence] = (),
        representative: str | None = None,
        link: LinkKind | None = None,
        **who: Unpack[Who],
    ) -> Account:
        """Open an account for a person (with a level) or an organisation (without).

        `representative` is the account of the guardian or legal representative, who must be active and at level 2;
        `link` says which (default: guardian of a person, legal representative of an organisation). Raises
        `account.number-used`, and what `decide.register` raises.
        """
        usual = LinkKind.LEGAL if isinstance(holder, Organisation) else LinkKind.GUARDIAN
        kind = usual if link is None else link

        def decided(acting: Account | None, now: int) -> Event:
            links = [] if acting is None else [Link(kind=kind, account=acting.id, since=moment(now))]
            return decide.register(holder, level, evidence, links, now, self.rules)

        return self._writer.open(secrets.token_hex(ID_CHARS // 2), representative, decided, who)

    def raise_level(
        self, account_id: str, level: Level, *, evidence: Sequence[Evidence], **who: Unpack[Who]
    ) -> Account:
        """Raise the account to `level` on new evidence."""
        return self._writer.act(
            account_id, lambda account, now: decide.raise_level(account, level, evidence, now, self.rules), who
        )

    def renew(self, account_id: str, *, evidence: Sequence[Evidence], **who: Unpack[Who]) -> Account:
        """Prove the present level again: relying parties may ask how old the evidence is."""
        return self._writer.act(account_id, lambda account, now: decide.renew(account, evidence, now, self.rules), who)

    def correct(self, account_id: str, holder: Holder, **who: Unpack[Who]) -> Account:
        """Correct what is known of the holder; the number stays."""
        return self._writer.act(account_id, lambda account, now: decide.correct(account, holder, now), who)

    def replace_number(self, account_id: str, holder: Holder, **who: Unpack[Who]) -> Account:
        """Give the account the new number of `holder`. The old one is never given to another account.

        Raises `account.number-used`, and `account.holder` for a number that it had before.
        """
        return self._writer.act(account_id, lambda account, now: decide.replace_number(account, holder, now), who)

    def lock(
        self, account_id: str, ground: str, *, by: Asker, until: datetime | None = None, **also: Unpack[Also]
    ) -> Account:
        """Lock on one ground; several may hold at once. Its tokens are suspended in the same transaction."""
        return self._writer.act(
            account_id,
            lambda account, now: decide.lock(account, ground, by, until, now, self.rules),
            {"by": by, **also},
        )

    def unlock(self, account_id: str, ground: str, *, by: Asker, **also: Unpack[Also]) -> Account:
        """Take one ground away; `by=Asker.SYSTEM` when an automatic ground has ended. Never after death."""
        return self._writer.act(
            account_id,
            lambda account, now: decide.unlock(account, ground, by, now, self.rules),
            {"by": by, **also},
        )

    def cancel(self, account_id: str, ground: str, *, by: Asker, **also: Unpack[Also]) -> Account:
        """Cancel for good. Its tokens are revoked in the same transaction."""
        return self._writer.act(
            account_id,
            lambda account, now: decide.cancel(account, ground, by, now, self.rules),
            {"by": by, **also},
        )

    def represent(
        self,
        account_id: str,
        representative: str,
        link: LinkKind,
        *,
        until: datetime | None = None,
        **who: Unpack[Who],
    ) -> Account:
        """Let the account `representative` act for this one, from now until `until`."""

        def decided(account: Account, now: int) -> Event:
            new = Link(kind=link, account=representative, since=moment(now), until=until)
            return decide.represent(account, new, now)

        return self._writer.act(account_id, decided, who, representative=representative)

    def end_representation(self, account_id: str, representative: str, **who: Unpack[Who]) -> Account:
        """End what `represent` began."""
        return self._writer.act(account_id, lambda account, now: decide.end(account, representative, now), who)

    def consent(self, account_id: str, consent: Consent, **who: Unpack[Who]) -> Account:
        """Record a consent; it takes the place of an earlier one for the same audience."""
        return self._writer.act(account_id, lambda account, now: decide.consent(account, consent, now), who)

    def withdraw(self, account_id: str, audience: str, **who: Unpack[Who]) -> Account:
        """Withdraw the consent for `audience`."""
        return self._writer.act(account_id, lambda account, now: decide.withdraw(account, audience, now), who)

    def purge(self, account_id: str) -> Account:
        """Erase the personal data of an account cancelled longer ago than the retention time; its chain still holds.

        What stays is the chain of acts, and the number under the set's secret, so that it is not given away again.
        """
        purged = self._purge(account_id)
        self._database.forget_deleted()
        return purged

    def purge_due(self) -> tuple[str, ...]:
        """Purge every account whose retention time has passed; gives their identifiers."""
        now = self._writer.now()
        years = account_rules_at(now, self.rules.accounts).retention_years
        kept = {"account.retention", "account.purged"}  # it is decided by the day, account by account
        purged = self._each(accounts.c.cancelled, now - years * _SHORTEST_YEAR_S, self._purge, kept)
        if purged:
            self._database.forget_deleted()
        return purged

    def review(self) -> tuple[str, ...]:
        """Take away every lock whose stated end has passed; gives the accounts concerned."""
        gone = {"account.not-locked", "account.final"}
        return self._each(accounts.c.review, self._writer.now(), self._review, gone)

    def show(self, account_id: str) -> Account:
        """The account as it is now. Raises `RefusedError` (`account.unknown`)."""
        with self._database.reading() as connection:
            return _known(read_one(connection, account_id))

    def find(self, number: str) -> Account:
        """The account that has, or had, this personal number or organisation code. `account.unknown` for none, and
        `VerificationError` (`history.broken`) when the account never had it."""
        query = sa.select(numbers.c.account).where(numbers.c.keyed == self._writer.keyed(number))
        with self._database.reading() as connection:
            account_id = str(connection.execute(query).scalar())
            account = _known(read_one(connection, account_id))
        if account.purged is None and all(each.value != number for each in account.identifiers):
            wrong = VerificationError("history.number", account=account_id)
            raise VerificationError("history.broken", count=1, why=wrong.text, why_vi=wrong.text_vi)
        return account

    def history(self, account_id: str) -> tuple[Entry, ...]:
        """All acts, oldest first. Raises `RefusedError` (`account.unknown`), `VerificationError`."""
        with self._database.reading() as connection:
            account = _known(read_one(connection, account_id))
            query = JOINED.where(history.c.account == account.id).order_by(history.c.seq)
            return tuple(map(entry, connection.execute(query).mappings()))

    def acting(self, representative: str, account_id: str) -> Link:
        """In what right one account acts for another now, both active. `account.not-representative` otherwise."""
        with self._database.reading() as connection:
            account, acting = _known(read_one(connection, account_id)), read_one(connection, representative)
        account.check_active()
        return check_acting(acting, account, self._writer.now())

    def verify_history(self, checkpoints: Iterable[str] = ()) -> Whole:
        """Follow every history and hold it against the newest checkpoint in the database and those given as tokens.

        Give checkpoints that were kept elsewhere: whoever writes to the database can remove its own. Raises
        `VerificationError` (`history.broken`) when a row was changed or removed, a tail cut, an account removed, a
        chain made anew, personal data changed, or an account's row does not follow from its history.
        """
        return self._auditor.verify(checkpoints)

    def audit_history(self, checkpoints: Iterable[str] = ()) -> Audit:
        """Everything that `verify_history` would refuse; raises only where the database does not answer.

        With public keys alone it is not asked whether numbers lead to their accounts.
        """
        return self._auditor.audit(checkpoints)

    def checkpoint(self) -> Checkpoint:
        """Verify all of the history, sign its state and keep the token. Export it: see `Checkpoint.token`.

        Raises what `verify_history` raises, and `UsageError` (`key.public-only`); nothing broken is signed.
        """
        return self._auditor.checkpoint()

    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """All checkpoints that are kept here, oldest first; their signatures hold."""
        return self._auditor.checkpoints()

    def _purge(self, account_id: str) -> Account:
        return self._writer.act(
            account_id, lambda account, now: decide.purge(account, now, self.rules), {"by": Asker.SYSTEM}
        )

    def _review(self, account_id: str) -> None:
        now = moment(self._writer.now())
        for lock in self.show(account_id).locks:
            if lock.until is not None and lock.until <= now:
                self.unlock(account_id, lock.ground, by=Asker.SYSTEM)

    def _each(
        self, column: sa.Column[Any], until: int, run: Callable[[str], object], passed_over: Collection[str]
    ) -> tuple[str, ...]:
        """Run an act on each account whose time in `column` is at most `until`; `passed_over` are no failures."""
        done = []
        with self._database.reading() as connection:
            ids = due(connection, column, until)
        for account_id in ids:
            try:
                run(account_id)
            except RefusedError as e:
                if e.code not in passed_over:
                    raise
            else:
                done.append(account_id)
        return tuple(done)


def _known(account: Account | None) -> Account:
    if account is None:
        raise RefusedError("account.unknown")
    return account
