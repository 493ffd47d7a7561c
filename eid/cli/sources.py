"""Where a verb of the command line learns the status of what it checks, and what was used before."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, nullcontext

from ..console import read_input, text_of
from ..keys import KeySet
from ..replay import SqliteReplay
from ..status import UNCHECKED, OpenedStatusList, StatusSource


def status_source(name: str, keys: KeySet) -> StatusSource:
    """The status list in file `name`, signed by one of `keys`; `none` is the decision not to check."""
    if name == "none":
        return UNCHECKED
    return OpenedStatusList.open(text_of(read_input(name), "the status list"), keys)


def replay_memory(name: str | None) -> AbstractContextManager[SqliteReplay | None]:
    """The replay memory in file `name`, closed at the end of the block; None for no name."""
    return nullcontext() if name is None else closing(SqliteReplay(name))
