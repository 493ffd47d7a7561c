"""What stands between the fuzzer's bytes and a parser: JSON values, and readers that raise `ValueError`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from eid.errors import MalformedError


def json_value(data: bytes) -> Any:
    """The value of JSON text, duplicate members, NaN and huge integers included."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise MalformedError("input.malformed", what="the input", why="not JSON") from None


def strict(load: Callable[[Any], object], data: object) -> object:
    """Readers that leave it to their callers to say which of our errors it is: `ValueError` and nothing else."""
    try:
        return load(data)
    except (ValueError, RecursionError):
        raise MalformedError("input.malformed", what="the input", why="refused") from None
