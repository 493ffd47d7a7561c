"""The office's register of steps: append-only, hash-chained, one row for each (dossier, seq).

A dossier alone cannot show that its last step was cut off or that it was continued twice; the register can. Every
step is entered before its file is replaced, and the entry is refused when that step of that dossier is already there:
of two officials who take one step at once, one wins. A `Receipt` names the entry; the next statement carries it.

The chain: digest of entry n = SHA-256 over the canonical JSON of its members, the digest of entry n - 1 among them;
entry 0 is the register's own random name, twice. Its head is timestamped (daily, say) with RFC 3161, because a chain
shows neither a cut tail nor a rewrite of all of it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from eid.registry.database import prepare_sqlite

from ..clock import moment
from ..cms.timestamp import TimestampToken
from ..cms.tsa_pool import TimestampSource
from ..errors import MalformedError, MissingExtraError, RefusedError, ServiceError, UsageError, VerificationError
from ..report import Finding
from .receipt import Entry, Receipt
from .register_chain import Head, HeadTimestamp, Row, Walk, digest_of_entry, leads_to, token_findings
from .register_schema import entries, head, is_register, migrate, timestamps

_BATCH = 1000  # rows read at once while the chain is checked
MAX_HEADS = 64  # timestamped heads looked at for one dossier
MAX_LINKS = 100_000  # entries between a step and a timestamped head; a day of the largest office has 40,000
_ALL = sa.select(entries).order_by(entries.c.number)


class Register:
    """An open register. Use it as a context manager, or `close` it."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def __repr__(self) -> str:
        return f"Register({self._engine.url.render_as_string(hide_password=True)!r})"

    @classmethod
    def open(cls, where: str | os.PathLike[str], *, create: bool = True) -> Register:
        """Open a register, creating its tables where there are none; `create=False` refuses what holds no register, and
        reads an SQLite file that may not be written, such as an auditor's copy.

        `where` is a path of an SQLite file or a SQLAlchemy URL (`sqlite:///…`, `postgresql+psycopg://…`).
        Raises `UsageError`, `MissingExtraError`, `ServiceError`, `MalformedError`.
        """
        text = os.fspath(where)
        try:
            url = sa.make_url(text if "://" in text else f"sqlite:///{Path(text)}")
            if url.get_backend_name() not in ("sqlite", "postgresql"):
                raise UsageError("register.url")
            missing = not create and url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file()
            if missing:
                raise UsageError("register.not-found", path=url.database)
            sealed = None if create else _sealed(url)
            engine = sa.create_engine(sealed or url, pool_pre_ping=url.get_backend_name() == "postgresql")
        except ModuleNotFoundError:
            raise MissingExtraError("postgres") from None
        except (ArgumentError, NoSuchModuleError, ValueError):
            raise UsageError("register.url") from None
        if url.get_backend_name() == "sqlite" and sealed is None:
            prepare_sqlite(engine)
        register = cls(engine)
        try:
            with _answers():
                if not create and not is_register(engine):
                    raise UsageError("register.not-found", path=url.render_as_string(hide_password=True))
                migrate(engine)
        except BaseException:
            register.close()
            raise
        return register

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Register:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, entry: Entry, *, after: str | None, at: datetime | None = None) -> Receipt:
        """Enter one step; `after` is the signature digest of the step before it, None for the first.

        The same entry again gives the same receipt, so that an interrupted step can be finished.
        Raises `RefusedError`: `register.taken` when that step is there with another signature, `register.order` when
        it does not follow the dossier's last entry. Raises `ServiceError` when the database does not answer.
        """
        recorded = moment(at).isoformat()
        try:
            with _answers(), self._engine.begin() as connection:
                end = connection.execute(sa.select(head).with_for_update()).one()
                found = self._entered(connection, entry, after)
                if found is not None:
                    return found.receipt(end.register)
                number = end.number + 1
                digest = digest_of_entry(number, entry, recorded, end.digest)
                row = Row(**asdict(entry), number=number, recorded=recorded, previous=end.digest, digest=digest)
                connection.execute(entries.insert().values(**asdict(row)))
                connection.execute(head.update().values(number=number, digest=digest))
                return row.receipt(end.register)
        except IntegrityError:
            raise RefusedError("register.taken", dossier=entry.dossier, seq=entry.seq) from None

    def _entered(self, connection: sa.Connection, entry: Entry, after: str | None) -> Row | None:
        """The row of this very entry if it is there; refuses any other that does not fit behind the last."""
        query = sa.select(entries).where(entries.c.dossier == entry.dossier).order_by(entries.c.seq.desc())
        last = connection.execute(query.limit(1)).mappings().one_or_none()
        if last is not None and last["seq"] >= entry.seq:
            there = connection.execute(query.where(entries.c.seq == entry.seq)).mappings().one_or_none()
            if there is not None and all(there[k] == v for k, v in asdict(entry).items()):
                return Row.read(there)
            raise RefusedError("register.taken", dossier=entry.dossier, seq=entry.seq)
        follows = (0, None) if last is None else (last["seq"], last["signature"])
        if follows != (entry.seq - 1, after):
            raise RefusedError("register.order", dossier=entry.dossier, seq=entry.seq)
        return None

    def rows(self, dossier: str) -> tuple[Row, ...]:
        """All entries of one dossier, by seq."""
        query = sa.select(entries).where(entries.c.dossier == dossier).order_by(entries.c.seq)
        with self._reading() as connection:
            return tuple(Row.read(r) for r in connection.execute(query).mappings())

    def is_whole(self, dossier: str) -> bool:
        """Whether no entry is missing and none of this dossier was changed; `audit` walks the whole chain."""
        query = sa.select(entries).where(entries.c.dossier == dossier)
        with self._reading() as connection:
            end = connection.execute(sa.select(head)).one()
            count = connection.execute(sa.select(sa.func.count()).select_from(entries)).scalar()
            own = [Row.read(r) for r in connection.execute(query).mappings()]
        return count == end.number and all(row.is_unchanged() for row in own)

    def receipt(self, dossier: str, seq: int) -> Receipt | None:
        """The receipt of one step, or None when it was not entered."""
        row = next((r for r in self.rows(dossier) if r.seq == seq), None)
        return row.receipt(self.head().register) if row else None

    def head(self) -> Head:
        """The end of the chain. Raises `MalformedError` when its row holds values of another kind."""
        with self._reading() as connection:
            end = connection.execute(sa.select(head)).one()
        if (type(end.register), type(end.number), type(end.digest)) != (str, int, str):
            raise MalformedError("register.head", number=end.number)
        return Head(register=end.register, number=end.number, digest=end.digest)

    def timestamp_head(self, tsa: TimestampSource) -> TimestampToken:
        """Have the head timestamped and keep the token. Raises `ServiceError` and what the authority raises."""
        end = self.head()
        token = tsa.timestamp(hashlib.new(tsa.digest, end.digest.encode()).digest())
        with _answers(), self._engine.begin() as connection:
            connection.execute(timestamps.insert().values(number=end.number, digest=end.digest, token=token.der))
        return token

    def newest_timestamp(self) -> HeadTimestamp | None:
        """The newest timestamp of the head, None before the first; nothing is verified. Raises `MalformedError`."""
        with self._reading() as connection:
            kept = connection.execute(sa.select(timestamps).order_by(timestamps.c.id.desc()).limit(1)).one_or_none()
        return None if kept is None else HeadTimestamp.read(kept.number, kept.digest, kept.token)

    def heads_after(self, number: int) -> tuple[HeadTimestamp, ...]:
        """The first 64 timestamped heads from entry `number` on; not verified, and without those that are broken."""
        later = sa.select(timestamps).where(timestamps.c.number >= number)
        found = []
        with self._reading() as connection:
            for kept in connection.execute(later.order_by(timestamps.c.number, timestamps.c.id).limit(MAX_HEADS)).all():
                with suppress(MalformedError):  # `audit` tells of them
                    found.append(HeadTimestamp.read(kept.number, kept.digest, kept.token))
        return tuple(found)

    def leads_to(self, rows: Sequence[Row], head: HeadTimestamp) -> bool:
        """Whether the chain from `rows`, in the order of their numbers, to `head` is complete.

        False, too, for more entries than 100,000.
        """
        if not rows or not 0 <= head.number - rows[0].number < MAX_LINKS:
            return False
        between = _ALL.where(entries.c.number.between(rows[0].number, head.number))
        with self._reading() as connection:
            records = connection.execution_options(yield_per=_BATCH).execute(between).mappings()
            return leads_to(rows, head, (Row.read(record) for record in records))

    def verify(
        self, *, receipts: Iterable[Receipt] = (), check: Callable[[TimestampToken], None] | None = None
    ) -> Head:
        """The head, once the whole chain, its timestamps and `receipts` hold. Raises `VerificationError`.

        `check` judges the chain of each timestamp's certificate (see `validation.tsa_checker`); without it only the
        token's own signature is checked.
        """
        found = self.audit(receipts=receipts, check=check)
        if found:
            raise VerificationError("register.broken", why=found[0].text, why_vi=found[0].text_vi, count=len(found))
        return self.head()

    def audit(
        self, *, receipts: Iterable[Receipt] = (), check: Callable[[TimestampToken], None] | None = None
    ) -> tuple[Finding, ...]:
        """Everything wrong with the register: changed, missing or cut entries, receipts and timestamps that differ."""
        receipts = tuple(receipts)
        wanted = {(r.number, r.digest): f"receipt of {r.dossier} step {r.seq}" for r in receipts}
        with self._reading() as connection:
            end = connection.execute(sa.select(head)).one()
            found = [Finding.of("register.other", got=r.register) for r in receipts if r.register != end.register]
            for token in connection.execute(sa.select(timestamps)).all():
                if type(token.number) is not int or type(token.digest) is not str:
                    found.append(Finding.of("timestamp.malformed", why="number, digest"))
                    continue
                wanted[(token.number, token.digest)] = f"timestamp of entry {token.number}"
                found += token_findings(token, check)
            walk = Walk(end.register, {number for number, _ in wanted})
            for record in connection.execution_options(yield_per=_BATCH).execute(_ALL).mappings():
                walk.next(Row.read(record))
        found += walk.found
        if (walk.number, walk.digest) != (end.number, end.digest):
            found.append(Finding.of("register.head", number=end.number))
        for (number, digest), what in wanted.items():
            if number > walk.number:
                found.append(Finding.of("register.cut", number=walk.number, what=what))
            elif walk.kept.get(number) != digest:
                found.append(Finding.of("register.rewritten", number=number, what=what))
        for receipt in receipts:
            row = walk.rows.get(receipt.number)
            if row is not None and row.digest == receipt.digest and row.receipt(receipt.register) != receipt:
                what = f"receipt of {receipt.dossier} step {receipt.seq}"
                found.append(Finding.of("register.rewritten", number=receipt.number, what=what))
        return tuple(found)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database and does not keep writers waiting."""
        options: dict[str, Any] = {"reading": True}
        if self._engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        with _answers(), self._engine.execution_options(**options).begin() as connection:
            yield connection


def _sealed(url: sa.URL) -> sa.URL | None:
    """The same SQLite file for reading alone where it or its folder may not be written: nothing is made beside it."""
    path = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or all(os.access(place, os.W_OK) for place in (path, path.parent)):
        return None
    query = {"uri": "true", "mode": "ro"}
    if not path.with_name(f"{path.name}-wal").exists():  # else somebody is writing, or was and left entries there
        query["immutable"] = "1"
    return url.set(database=path.absolute().as_uri(), query=query)


@contextmanager
def _answers() -> Iterator[None]:
    """Database trouble as our errors; the text of the driver may hold the URL, so only its kind is shown."""
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as e:
        raise ServiceError("register.unavailable", why=type(e).__name__) from None
