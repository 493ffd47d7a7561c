"""What an issuer keeps between two runs: its status list and which token has which entry; never a token.

A JSON file, read, changed and written back whole under a lock. It suits one office's desk and the command line; a
database takes its place where many processes issue.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .encoding import dump_json, load_json
from .errors import EidError, MalformedError, RefusedError, UsageError
from .files import PRIVATE, locked, read_file, write_file
from .issuer import FORGET_S
from .status import Status, StatusList

FORMAT = "eid-ledger-1"
ENTRIES = 1 << 17  # entries of a new list; one is free again half an hour after its token's end
MAX_FILE_BYTES = 64 * 1024 * 1024
_MAX_INTEGER = 1 << 53  # above it JSON readers disagree


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A status list, and (index, second of expiry) of each token that may still matter."""

    status_list: StatusList
    tokens: dict[str, tuple[int, int]] = field(default_factory=dict)

    def note(self, claims: dict[str, Any]) -> None:
        """Remember a token that was just issued, by its own claims."""
        self.tokens[claims["jti"]] = claims["status"]["status_list"]["idx"], claims["exp"]

    def set(self, token_id: str, status: Status) -> None:
        """Change the status of a token. A revocation is final. Raises `RefusedError`."""
        if token_id not in self.tokens:
            raise RefusedError("token.unknown")
        index = self.tokens[token_id][0]
        if status is not Status.REVOKED and self.status_list.get(index) is Status.REVOKED:
            raise RefusedError("token.revoked")
        self.status_list.set(index, status)

    def forget(self, now: int) -> None:
        """Drop tokens that ended so long ago that no usable list mentions them, and free their entries."""
        for name in [name for name, (_, expires) in self.tokens.items() if expires < now - FORGET_S]:
            index = self.tokens[name][0]
            if self.status_list.get(index) is Status.VALID:
                self.status_list.release(index)
                del self.tokens[name]
            else:  # it waits once more, valid, until no list that says otherwise is in use
                self.status_list.set(index, Status.VALID)
                self.tokens[name] = index, now


@contextmanager
def open_ledger(path: str | os.PathLike[str], *, now: int, uri: str | None = None) -> Iterator[Ledger]:
    """The ledger at `path`, to be changed inside the block and written when the block ends well.

    A missing file is a new ledger whose list is named `uri`; without `uri` it is a `UsageError`. Raises `UsageError`,
    `MalformedError`.
    """
    path = _place(path)
    if Path(path).exists() and not Path(path).is_file():
        raise UsageError("input.unreadable", path=path, why="not a regular file")
    if uri is None:
        read_file(path, max_bytes=MAX_FILE_BYTES)  # no lock file is left beside a ledger that does not exist
    with locked(path):
        if uri is not None and not Path(path).exists():
            ledger = Ledger(status_list=StatusList(uri, ENTRIES))
        else:
            ledger = _read(path)
        if uri is not None and ledger.status_list.uri != uri:
            raise UsageError(
                "usage.argument",
                why=f"{Path(path).name} belongs to {ledger.status_list.uri}",
                why_vi=f"{Path(path).name} thuộc về {ledger.status_list.uri}",
            )
        ledger.forget(now)
        yield ledger
        write_file(path, _written(ledger), mode=PRIVATE)


def _written(ledger: Ledger) -> bytes:
    statuses = {str(i): int(ledger.status_list.get(i)) for i, _ in ledger.tokens.values()}
    changed = {index: status for index, status in statuses.items() if status}
    return dump_json(
        {
            "format": FORMAT,
            "uri": ledger.status_list.uri,
            "size": ledger.status_list.size,
            "tokens": ledger.tokens,
            "changed": changed,
        }
    )


def _place(path: str | os.PathLike[str]) -> str:
    """One ledger, one lock, by whatever name; and the file is replaced, not a link to it."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError) as e:
        raise UsageError("input.unreadable", path=path, why=e) from None


def _read(path: str | os.PathLike[str]) -> Ledger:
    data = read_file(path, max_bytes=MAX_FILE_BYTES)
    try:
        saved = load_json(data, max_containers=MAX_FILE_BYTES)
        if saved["format"] != FORMAT:
            raise ValueError("format")
        status_list = StatusList(saved["uri"], saved["size"])
        tokens = {str(name): (_integer(index), _integer(end)) for name, (index, end) in saved["tokens"].items()}
        for index, _ in tokens.values():
            status_list.mark(index)
        for index, status in saved["changed"].items():
            status_list.set(int(index), Status(status))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, EidError):
        raise MalformedError("input.malformed", what=Path(path).name, why="not a ledger") from None
    return Ledger(status_list=status_list, tokens=tokens)


def _integer(value: Any) -> int:
    if type(value) is not int or not 0 <= value < _MAX_INTEGER:
        raise ValueError("not an integer")
    return value
