"""Canonical JSON (RFC 8785, for values without fractions): one text for one value, so that bytes can be signed.

Members sorted, no blanks, UTF-8, diacritics kept, whole numbers only. Reading takes nothing but the canonical text,
which leaves no room for duplicate members, other spellings or trailing bytes.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ..errors import LimitError, MalformedError
from ..messages.reasons import why

MAX_JSON_BYTES = 1024 * 1024  # bytes of one record
MAX_BRACKETS = 20_000  # objects and lists in one record, which also bounds its depth for the parser


def dump_canonical(value: Any, name: str) -> bytes:
    """The canonical text of a value made of dict, list, str, int, bool and None; `name` is for the error.

    Raises `MalformedError` (`dossier.record-malformed`) for text that UTF-8 cannot hold: file names may hold any bytes.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise MalformedError("dossier.record-malformed", name=name, **why("zip-utf8")) from None


def load_canonical(data: bytes, name: str) -> dict[str, Any]:
    """The object that `data` is the canonical text of; `name` is for the error.

    Raises `MalformedError` (`dossier.record-malformed`) or `LimitError`.
    """
    if len(data) > MAX_JSON_BYTES:
        raise LimitError("asice.too-large", what=name, limit=MAX_JSON_BYTES)
    if data.count(b"[") + data.count(b"{") > MAX_BRACKETS:
        raise LimitError("asice.too-many", what=name, limit=MAX_BRACKETS)
    try:
        value = json.loads(data.decode("utf-8"), parse_float=_refuse, parse_constant=_refuse)
        same = dump_canonical(value, name) == data
    except (ValueError, RecursionError):
        raise MalformedError("dossier.record-malformed", name=name, **why("json-kind")) from None
    if not same or not isinstance(value, dict):
        raise MalformedError("dossier.record-malformed", name=name, **why("json-canonical"))
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


class Members:
    """The members of one JSON object, taken out by name and type; `done` refuses whatever is left."""

    def __init__(self, value: object, name: str) -> None:
        if not isinstance(value, dict):
            raise MalformedError("dossier.record-malformed", name=name, **why("json-object"))
        self._left = dict(value)
        self._name = name

    def fail(self, member: str) -> NoReturn:
        """Say which member is wrong."""
        raise MalformedError("dossier.record-malformed", name=self._name, **why("member", member=member))

    def text(self, member: str, *, most: int = 200) -> str:
        """A string of at most `most` characters."""
        value = self._left.pop(member, None)
        if type(value) is not str or len(value) > most:
            self.fail(member)
        return value

    def maybe_text(self, member: str, *, most: int = 200) -> str | None:
        """A string or null."""
        if self._left.get(member, "") is None:
            del self._left[member]
            return None
        return self.text(member, most=most)

    def number(self, member: str, *, least: int = 0, most: int = 2**53) -> int:
        """A whole number from `least` to `most`."""
        value = self._left.pop(member, None)
        if type(value) is not int or not least <= value <= most:
            self.fail(member)
        return value

    def digest(self, member: str) -> str:
        """A SHA-256 in lower-case hex."""
        value = self.text(member, most=64)
        if len(value) != 64 or value.strip("0123456789abcdef"):
            self.fail(member)
        return value

    def items(self, member: str, *, most: int = 4096) -> list[Any]:
        """A list of at most `most` items."""
        value = self._left.pop(member, None)
        if type(value) is not list or len(value) > most:
            self.fail(member)
        return value

    def value(self, member: str) -> Any:
        """Any value; the member must be there."""
        if member not in self._left:
            self.fail(member)
        return self._left.pop(member)

    def done(self) -> None:
        """Refuse members that no one asked for."""
        if self._left:
            self.fail(min(self._left))
