"""Where a verb of the command line learns the status of what it checks."""

from __future__ import annotations

from ..console import read_input, text_of
from ..keys import KeySet
from ..status import UNCHECKED, OpenedStatusList, StatusSource


def status_source(name: str, keys: KeySet) -> StatusSource:
    """The status list in file `name`, signed by one of `keys`; `none` is the decision not to check."""
    if name == "none":
        return UNCHECKED
    return OpenedStatusList.open(text_of(read_input(name), "the status list"), keys)
