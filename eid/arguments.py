"""Arguments of another type than a function can use: `UsageError` at the door, never the interpreter's own error."""

from __future__ import annotations

from .errors import UsageError


def check_kind(name: str, value: object, kind: type) -> None:
    """`value` is of this type."""
    if not isinstance(value, kind):
        raise UsageError("usage.argument", why=f"{name} must be a {kind.__name__}")


def check_part(name: str, part: object, method: str) -> None:
    """A part that the caller brings has the method that is called; None is no part."""
    if part is not None and not callable(getattr(part, method, None)):
        raise UsageError(
            "usage.argument", why=f"{name} has no method '{method}'", why_vi=f"{name} không có phương thức '{method}'"
        )


def check_function(name: str, value: object) -> None:
    """`value` can be called."""
    if not callable(value):
        raise UsageError("usage.argument", why=f"{name} must be a function")


def check_entry(uri: object, index: object, now: object) -> None:
    """The name of a status list, the index of an entry and a second."""
    if type(uri) is not str or type(index) is not int or not isinstance(now, int | float):
        raise UsageError("usage.argument", why="a status is asked for by a URI, an index and a second")
