"""The whole registry looked over: every chain followed, compared with its account's row, and held against checkpoints.

One pass over all rows in order, in one state of the database that hinders no writer; memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import sqlalchemy as sa

from ..accounts import Account
from ..accounts.account import State
from ..errors import VerificationError
from ..status import Status
from .accounts_schema import ID_CHARS, accounts, history, numbers, registry
from .checkpoints import Checkpoint
from .history import JOINED, Replay, Row, replayed
from .merkle import Tree, leaf
from .rows import compare
from .writer import STATUS, Keyed

BATCH = 1_000  # rows read at once
MAX_FINDINGS = 1_000  # kept; all are counted
_ROW = [column.label(f"account_{column.name}") for column in accounts.c]
_ALL = (
    JOINED.add_columns(*_ROW)
    .outerjoin(accounts, accounts.c.id == history.c.account)
    .order_by(history.c.account, history.c.seq)
)
_WITHOUT_HISTORY = sa.select(accounts.c.id).where(~sa.exists().where(history.c.account == accounts.c.id))


@dataclass(slots=True)
class Audit:
    """What was found: `count` findings, at most `MAX_FINDINGS` of them in `found`; `held` are the checkpoints that the
    histories were held against, `trees` the Merkle trees over the histories before each epoch that was asked for."""

    accounts: int = 0
    rows: int = 0
    count: int = 0
    found: list[VerificationError] = field(default_factory=list)
    held: tuple[Checkpoint, ...] = ()
    trees: dict[int, Tree] = field(default_factory=dict, repr=False)

    def add(self, found: Sequence[VerificationError]) -> None:
        """Note what does not hold."""
        self.count += len(found)
        self.found += found[: MAX_FINDINGS - len(self.found)]

    def require_whole(self) -> None:
        """Return if nothing was found; else `VerificationError` (`history.broken`)."""
        if self.count:
            first = self.found[0]
            raise VerificationError("history.broken", count=self.count, why=first.text, why_vi=first.text_vi)


Statuses = Callable[[sa.Connection, Collection[str]], Mapping[str, int]]


def audit(
    connection: sa.Connection, keyed: Keyed | None, epochs: Sequence[int], statuses: Statuses | None = None
) -> Audit:
    """Follow every history that `connection` sees; build the trees of `epochs` on the way.

    Without `keyed` it is not asked whether numbers lead to their accounts: that takes the issuer's secret. `statuses`
    says what holds for the tokens of accounts: it must be what their histories say.
    """
    result = Audit(trees={epoch: Tree() for epoch in sorted(set(epochs))})
    expected: dict[str, tuple[Account, bool]] = {}
    states: dict[str, Status] = {}
    epoch = int(connection.execute(sa.select(registry.c.epoch)).scalar_one())
    for account_id, records in _grouped(connection):
        account = _one(result, account_id, records, epoch)
        if account is not None and keyed is not None:
            expected |= _numbers_of(account, keyed)
        if account is not None and statuses is not None:
            states[account_id] = STATUS[account.state]
        if max(len(expected), len(states)) >= BATCH:
            result.add(_check_numbers(connection, expected) + _check_tokens(connection, states, statuses))
            expected.clear()
            states.clear()
    result.add(_check_numbers(connection, expected) + _check_tokens(connection, states, statuses))
    for missing in connection.execute(_WITHOUT_HISTORY).scalars():
        result.add([VerificationError("history.row-missing", account=missing, seq=1)])
    return result


def compare_checkpoint(result: Audit, checkpoint: Checkpoint, name: str) -> list[VerificationError]:
    """What a checkpoint says that the histories do not; `name` is the registry's own."""
    if checkpoint.registry != name:
        return [VerificationError("checkpoint.other", number=checkpoint.number)]
    tree = result.trees[checkpoint.number]
    if tree.count != checkpoint.accounts:
        counts = {"wanted": checkpoint.accounts, "found": tree.count}
        return [VerificationError("checkpoint.accounts", number=checkpoint.number, **counts)]
    if tree.root() != checkpoint.root:
        return [VerificationError("checkpoint.history", number=checkpoint.number)]
    return []


def name_of(connection: sa.Connection) -> str:
    """The registry's random name."""
    return str(connection.execute(sa.select(registry.c.name)).scalar_one())


def _grouped(connection: sa.Connection) -> Iterator[tuple[str, Iterator[sa.RowMapping]]]:
    streaming = connection.execution_options(yield_per=BATCH)
    return groupby(streaming.execute(_ALL).mappings(), key=lambda record: str(record["account"]))


def _one(result: Audit, account_id: str, records: Iterator[sa.RowMapping], present: int) -> Account | None:
    """Follow one account's rows; its last row before each epoch becomes a leaf of that epoch's tree. A row of an epoch
    after the present one has not been written by us."""
    replay, last, ends = Replay(account_id), None, dict[int, Row]()
    for record in records:
        last, row = record, replay.next(record)
        result.rows += 1
        if row is not None:
            ends |= {epoch: row for epoch in result.trees if row.epoch < epoch}
            if row.epoch > present:
                result.add([VerificationError("history.row-changed", account=account_id, seq=row.seq)])
    replay.end()
    result.accounts += 1
    for epoch, row in ends.items():
        try:
            result.trees[epoch].add(leaf(account_id, row.seq, row.digest))
        except (ValueError, OverflowError):
            result.add([VerificationError("history.row-changed", account=account_id, seq=row.seq)])
    result.add(_against_row(last, replay))
    return replay.account


def _against_row(record: sa.RowMapping | None, replay: Replay) -> list[VerificationError]:
    if record is None or record["account_id"] is None:
        return [*replay.found, VerificationError("history.account-missing", account=replay.id)]
    return compare({column.name: record[f"account_{column.name}"] for column in accounts.c}, replay)


def _numbers_of(account: Account, keyed: Keyed) -> dict[str, tuple[Account, bool]]:
    """How each of the account's numbers is looked up, and whether it is the present one."""
    return {keyed(each.value): (account, each.until is None) for each in account.identifiers}


def _check_numbers(connection: sa.Connection, expected: Mapping[str, tuple[Account, bool]]) -> list[VerificationError]:
    """Numbers that do not lead to the account that has them. One of a cancelled account may have been taken over."""
    rows = connection.execute(sa.select(numbers).where(numbers.c.keyed.in_(list(expected)))).all()
    told = {row.keyed: (row.account, row.current) for row in rows}
    found = []
    for keyed, (account, current) in expected.items():
        owner = told.get(keyed)
        passed_on = owner is not None and account.state is State.CANCELLED and account.again and current
        if passed_on and owner is not None and owner[0] != account.id:
            passed_on = _has(connection, owner[0], account)
        if owner != (account.id, current) and not passed_on:
            found.append(VerificationError("history.number", account=account.id))
    return found


def _check_tokens(
    connection: sa.Connection, states: Mapping[str, Status], statuses: Statuses | None
) -> list[VerificationError]:
    """Accounts whose tokens are valid, suspended or revoked against what the history says."""
    told = {} if statuses is None else statuses(connection, [each for each in states if _is_id(each)])
    wrong = [each for each, status in states.items() if told.get(each, Status.VALID) != status]
    return [VerificationError("history.tokens", account=each) for each in wrong]


def _is_id(text: str) -> bool:
    return len(text) == ID_CHARS and set(text) <= set("0123456789abcdef")


def _has(connection: sa.Connection, account_id: str, former: Account) -> bool:
    """Whether the account that a number was passed on to has, or had, a number of `former`, or was purged since."""
    replay = replayed(connection, [account_id]).get(account_id)
    if replay is None or replay.account is None:
        return False
    held = {each.value for each in replay.account.identifiers}
    return replay.account.purged is not None or not held.isdisjoint(each.value for each in former.identifiers)
