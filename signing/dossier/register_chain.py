"""The chain of a register: its rows, its timestamped heads, and whether one leads to the other; no database.

The digest of entry n is SHA-256 over the canonical JSON of its members, the digest of entry n - 1 among them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..cms.timestamp import TimestampToken, check_timestamp, parse_timestamp
from ..errors import MalformedError, VerificationError
from ..report import Finding
from .receipt import Entry, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of the chain: how many entries there are, and the digest of the last."""

    register: str
    number: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadTimestamp:
    """A timestamp that the register keeps: entry `number` with `digest` was its head at `token.time`; not verified."""

    number: int
    digest: str
    token: TimestampToken

    @classmethod
    def read(cls, number: object, digest: object, token: object) -> HeadTimestamp:
        """A row of the database. Raises `MalformedError`."""
        if type(number) is not int or type(digest) is not str or type(token) is not bytes:
            raise MalformedError("timestamp.malformed", why="number, digest")
        return cls(number=number, digest=digest, token=parse_timestamp(token))

    def imprint(self, algorithm: str) -> bytes:
        """What the timestamp has to cover."""
        return hashlib.new(algorithm, self.digest.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Entry):
    """One entry as it is stored."""

    number: int
    recorded: str
    previous: str
    digest: str

    @classmethod
    def read(cls, record: Mapping[Any, Any]) -> Row:
        """A row of the database; SQLite keeps values of any kind, and what is of a wrong kind counts as nothing."""
        members: dict[str, Any] = {}
        for name, value in record.items():
            kind = int if name in {"number", "seq"} else str
            members[name] = value if type(value) is kind else kind()
        return cls(**members)

    def is_unchanged(self) -> bool:
        """Whether the digest is that of the entry."""
        entry = Entry(**{name: getattr(self, name) for name in Entry.__slots__})
        return self.digest == digest_of_entry(self.number, entry, self.recorded, self.previous)

    def receipt(self, register: str) -> Receipt:
        """The receipt of this entry."""
        return Receipt(
            register=register,
            number=self.number,
            dossier=self.dossier,
            seq=self.seq,
            signature=self.signature,
            digest=self.digest,
        )


def digest_of_entry(number: int, entry: Entry, recorded: str, previous: str) -> str:
    members = {
        "number": number,
        "dossier": entry.dossier,
        "seq": entry.seq,
        "event": entry.event,
        "statement": entry.statement,
        "signature": entry.signature,
        "timestamp": entry.timestamp,
        "recorded": recorded,
        "previous": previous,
    }
    text = json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class Walk:
    """Recomputes the chain entry by entry; keeps the `wanted` entries only."""

    def __init__(self, register: str, wanted: set[int]) -> None:
        self.number, self.digest = 0, register + register
        self.kept = {0: self.digest}
        self.rows: dict[int, Row] = {}
        self.found: list[Finding] = []
        self._wanted = wanted

    def next(self, row: Row) -> None:
        """Check that `row` follows the one before."""
        if row.number != self.number + 1:
            self.found.append(Finding.of("register.missing", number=self.number + 1))
        if not row.is_unchanged() or row.previous != self.digest:
            self.found.append(Finding.of("register.changed", number=row.number))
        self.number, self.digest = row.number, row.digest
        if row.number in self._wanted:
            self.kept[row.number], self.rows[row.number] = row.digest, row


def token_findings(row: Any, check: Callable[[TimestampToken], None] | None) -> list[Finding]:
    """What is wrong with one stored timestamp of the head."""
    try:
        token = parse_timestamp(row.token)
        holds, found = check_timestamp(token, lambda name: hashlib.new(name, row.digest.encode()).digest())
        if check is not None:
            check(token)
    except (MalformedError, VerificationError) as e:
        return [Finding.from_error(e)]
    errors = [f for f in found if f.severity == "error"]
    return errors if holds or errors else [Finding.of("timestamp.signature")]


def leads_to(rows: Sequence[Row], head: HeadTimestamp, between: Iterable[Row]) -> bool:
    """Whether the digest of `head` covers `rows`, in the order of their numbers.

    `between` are the register's entries from the first of `rows` to the head: every one of them has to be there,
    unchanged, and to follow the one before.
    """
    wanted = {row.number: row for row in rows}
    number, digest = rows[0].number - 1, rows[0].previous
    for row in between:
        known = wanted.pop(row.number, row)
        if row.number != number + 1 or row.previous != digest or not row.is_unchanged() or known != row:
            return False
        number, digest = row.number, row.digest
    return not wanted and (number, digest) == (head.number, head.digest)
