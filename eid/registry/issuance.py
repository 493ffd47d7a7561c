"""Issued tokens in the registry: each is entered, durably, before it leaves the issuer (RFC 7662; Token Status List).

A row holds what revoking and answering need; never the token, never a claim. A token's identifier names its place and
carries 64 random bits, so that it is found without an index. Whether an account is locked or cancelled is said once
for all its tokens: who locks it calls `set_account_status` in the transaction of the lock, and from then on nothing is
issued for it and none of its tokens is valid. Token and account are weighed together: a lock that ends leaves a token
revoked that was revoked.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ..arguments import check_entry
from ..clock import seconds
from ..errors import IndeterminateError, RefusedError, UsageError
from ..issuance import AccountFacts, IssuedToken, NewToken, Slot, audience_digest
from ..keys import Key
from ..level import Level
from ..status import MAX_ENTRIES, TTL_S, Status, StatusList
from .database import Database
from .issuance_schema import SALT_BYTES, account_status, issued, shards
from .lists import held_by_accounts, not_valid, status_of, worst
from .owners import owners_of
from .places import MAX_SHARDS, Places, Shard

KINDS = ("eid+jwt", "dc+sd-jwt", "counter+cwt")  # numbered from 1 in the table
_KINDS = dict(enumerate(KINDS, 1))
TOKEN_ID_CHARS = 32  # hexadecimal digits: shard, index, random
_NUMBER_BYTES = 4
_STRIPES = 64  # locks that all accounts share on PostgreSQL
_STRIPE_LOCKS = 5_903_200  # the first of them
_LEVELS = {level.number: level for level in Level}


class Issuance:
    """The registry's store of issued tokens, an `IssuanceStore` and a `StatusSource`; see `Registry.issuance`.

    `facts` gives the holder of an account (`Issuer.issue_for`), `keyed` is how accounts are found by number. Shards
    have `shard_size` entries.
    """

    def __init__(
        self,
        database: Database,
        *,
        facts: Callable[[str], AccountFacts] | None = None,
        keyed: Callable[[str], str] | None = None,
        shard_size: int = MAX_ENTRIES,
    ) -> None:
        if type(shard_size) is not int or not 0 < shard_size <= MAX_ENTRIES:
            raise UsageError("usage.argument", why=f"a status list has 1 to {MAX_ENTRIES} entries")
        self.database = database
        self._facts, self._keyed = facts, keyed
        self._places = Places(database, shard_size)

    def enter(self, new: NewToken) -> Slot:
        """Enter one token. Raises `RefusedError` (`account.locked`, `account.cancelled`, `account.other-person`,
        `status.full`), `IndeterminateError` (`registry.unavailable`): then nothing may be issued."""
        (answer,) = self.enter_many([new])
        if isinstance(answer, RefusedError):
            raise answer
        return answer

    def enter_many(
        self, new: Sequence[NewToken], also: Callable[[sa.Connection, list[tuple[int, int] | None]], None] | None = None
    ) -> list[Slot | RefusedError]:
        """Enter many tokens of one issuer in one transaction; in place of a slot stands why an account gets none.

        `also` writes in the same transaction; it is given the (shard, counter) of each. Raises `IndeterminateError`,
        and `RefusedError` (`bulk.taken`) when what `also` writes is there already.
        """
        if not new:
            return []
        base = f"{new[0].issuer.rstrip('/')}/status/"
        places = self._places.take(base, len(new), max(token.expires for token in new))
        try:
            with self.database.writing() as connection:
                accounts, strangers = owners_of(connection, new)
                blocked = self._blocked(connection, accounts)
                answers: list[Slot | RefusedError] = []
                rows = []
                for token, account, (shard, counter) in zip(new, accounts, places, strict=True):
                    if token in strangers:
                        answers.append(RefusedError("account.other-person"))
                        continue
                    if account in blocked:
                        answers.append(_refusal(blocked[account]))
                        continue
                    salt = os.urandom(SALT_BYTES)
                    rows.append(_row(token, account, shard.number, counter, salt))
                    answers.append(_slot(shard, counter, salt, account))
                if rows:
                    connection.execute(issued.insert(), rows)
                if also is not None:
                    also(connection, _kept_places(answers, places))
        except IntegrityError as e:
            if also is not None:
                raise RefusedError("bulk.taken") from None
            raise IndeterminateError("registry.unavailable", why=type(e).__name__) from None
        return answers

    def keyed(self, number: str) -> str | None:
        """See `IssuanceStore`."""
        return None if self._keyed is None else self._keyed(number)

    def _blocked(self, connection: sa.Connection, accounts: Sequence[bytes]) -> dict[bytes, Status]:
        """Those of the accounts that are locked or cancelled; none of them can be until this transaction ends."""
        if not self.database.is_sqlite:  # SQLite has one writer
            for stripe in sorted(set(map(_stripe, accounts))):
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(stripe)))
        query = sa.select(account_status.c.account, account_status.c.status)
        rows = connection.execute(
            query.where(account_status.c.account.in_(set(accounts)), account_status.c.status != 0)
        )
        return {bytes(account): status_of(status) for account, status in rows}

    def set_account_status(self, connection: sa.Connection, account: str, status: Status) -> None:
        """Let all tokens of an account be suspended (it is locked), revoked (cancelled), or what they are by
        themselves (`Status.VALID`); in the caller's transaction, which writes. Issuing waits for its end."""
        key = bytes.fromhex(account)
        if not self.database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_stripe(key))))
        connection.execute(account_status.delete().where(account_status.c.account == key))
        if status is not Status.VALID:
            query = sa.select(sa.func.max(issued.c.expires)).where(issued.c.account == key)
            ends = connection.execute(query).scalar() or 0
            connection.execute(account_status.insert().values(account=key, status=int(status), ends=ends))

    def account_statuses(self, connection: sa.Connection, accounts: Collection[str]) -> dict[str, int]:
        """What is said of all tokens of these accounts, as a `Status`; of the others nothing is: they are valid."""
        keys = [bytes.fromhex(account) for account in accounts]
        query = sa.select(account_status.c.account, account_status.c.status).where(account_status.c.account.in_(keys))
        return {bytes(account).hex(): status for account, status in connection.execute(query)}

    def find(self, token_id: str, now: int, claims: Mapping[str, Any] | None = None) -> IssuedToken:  # noqa: ARG002
        """What is kept of a token. Raises `RefusedError` (`token.unknown`)."""
        number, index, salt = _parse(token_id)
        with self.database.reading() as connection:
            found = self._read(connection, number, index)
        if found is None or found[1] != salt:
            raise RefusedError("token.unknown")
        return found[0]

    def _read(self, connection: sa.Connection, number: int, index: int) -> tuple[IssuedToken, bytes] | None:
        """The token at one place, and the random part of its identifier."""
        if number > MAX_SHARDS:
            return None
        row = connection.execute(sa.select(shards).where(shards.c.number == number)).one_or_none()
        if row is None or index >= row.size:
            return None
        shard = Shard.read(row)
        counter = shard.permutation.invert(index)
        query = (
            sa.select(issued, account_status.c.status.label("account_status"))
            .outerjoin(account_status, account_status.c.account == issued.c.account)
            .where(issued.c.shard == number, issued.c.counter == counter)
        )
        kept = connection.execute(query).one_or_none()
        if kept is None:
            return None
        if kept.kind not in _KINDS or kept.level not in _LEVELS:
            raise IndeterminateError("registry.row", what="kind or level", what_vi="loại hoặc mức độ")
        token = IssuedToken(
            token_id=token_id_of(number, index, bytes(kept.salt)),
            uri=shard.uri,
            index=index,
            expires=kept.expires,
            kind=_KINDS[kept.kind],
            level=_LEVELS[kept.level],
            account=bytes(kept.account).hex(),
            issued=kept.issued,
            status=status_of(kept.status),
            account_status=status_of(kept.account_status or 0),
            audience=None if kept.audience is None else bytes(kept.audience),
        )
        return token, bytes(kept.salt)

    def set_status(self, token: IssuedToken, status: Status) -> None:
        """Change a token's own status; a revocation is final (`RefusedError`, `token.revoked`)."""
        number, index, _ = _parse(token.token_id)
        with self.database.writing() as connection:
            row = connection.execute(sa.select(shards).where(shards.c.number == number)).one()
            here = (issued.c.shard == number, issued.c.counter == Shard.read(row).permutation.invert(index))
            held = connection.execute(sa.select(issued.c.status).where(*here).with_for_update()).scalar_one()
            if held == Status.REVOKED and status is not Status.REVOKED:
                raise RefusedError("token.revoked")
            connection.execute(issued.update().where(*here).values(status=int(status)))

    def facts(self, account: str) -> AccountFacts:
        """The holder of an account. Raises `RefusedError`: `account.unknown`, `account.locked`, `account.cancelled`."""
        if self._facts is None:
            raise UsageError("usage.argument", why="this registry was opened without accounts")
        return self._facts(account)

    def status(self, uri: str, index: int, now: float) -> Status:
        """The status at one place, for a verifier beside the registry. `IndeterminateError` (`status.unknown`)."""
        check_entry(uri, index, now)
        base, _, digits = uri.rpartition("/")
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
        with self.database.reading() as connection:
            found = self._read(connection, number, index) if index >= 0 else None
        if found is None or found[0].uri != f"{base}/{number}":
            raise IndeterminateError("status.unknown")
        return worst(found[0].status, found[0].account_status)

    def status_tokens(self, key: Key, *, at: datetime | None = None, ttl_s: int = TTL_S) -> Iterator[tuple[str, str]]:
        """The name of every list with tokens that have not ended, and the list as a signed token, one at a time.

        Only rows that are not valid are read; all lists show one state of the registry.
        """
        now = seconds(at)
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(shards).where(shards.c.ends >= now).order_by(shards.c.number)).all()
            by_account = held_by_accounts(connection, now)
            for row in rows:
                shard = Shard.read(row)
                entries = StatusList(shard.uri, row.size)
                for counter, status in not_valid(connection, shard.number, now, by_account.get(shard.number, [])):
                    entries.set(shard.permutation.index(counter), status)
                yield shard.uri, entries.token(key, at=at, ttl_s=ttl_s)


def _refusal(status: Status) -> RefusedError:
    if status is Status.REVOKED:
        return RefusedError("account.cancelled")
    return RefusedError("account.locked", grounds="see its history", grounds_vi="xem lịch sử tài khoản")


def _row(token: NewToken, account: bytes, shard: int, counter: int, salt: bytes) -> dict[str, Any]:
    return {
        "shard": shard,
        "counter": counter,
        "salt": salt,
        "account": account,
        "audience": None if token.audience is None else audience_digest(token.audience),
        "kind": KINDS.index(token.kind) + 1,
        "level": token.level.number,
        "issued": token.issued,
        "expires": token.expires,
        "status": 0,
    }


def _slot(shard: Shard, counter: int, salt: bytes, account: bytes) -> Slot:
    index = shard.permutation.index(counter)
    return Slot(token_id_of(shard.number, index, salt), shard.uri, index, account.hex())


def _kept_places(
    answers: Sequence[Slot | RefusedError], places: Sequence[tuple[Shard, int]]
) -> list[tuple[int, int] | None]:
    pairs = zip(answers, places, strict=True)
    return [None if isinstance(answer, RefusedError) else (shard.number, n) for answer, (shard, n) in pairs]


def token_id_of(number: int, index: int, salt: bytes) -> str:
    """The identifier of the token at one place of one shard."""
    return (number.to_bytes(_NUMBER_BYTES, "big") + index.to_bytes(_NUMBER_BYTES, "big") + salt).hex()


def _parse(token_id: str) -> tuple[int, int, bytes]:
    """Shard, index and random part of an identifier that this registry made; of another it is `token.unknown`."""
    given: object = token_id
    try:
        data = bytes.fromhex(given) if isinstance(given, str) and len(given) == TOKEN_ID_CHARS else b""
    except ValueError:
        data = b""
    if data.hex() != token_id or not data:
        raise RefusedError("token.unknown")
    number, index = (int.from_bytes(data[n : n + _NUMBER_BYTES], "big") for n in (0, _NUMBER_BYTES))
    return number, index, data[2 * _NUMBER_BYTES :]


def _stripe(account: bytes) -> int:
    """Which of the shared locks an account has."""
    return _STRIPE_LOCKS + hashlib.blake2b(account, digest_size=1).digest()[0] % _STRIPES
