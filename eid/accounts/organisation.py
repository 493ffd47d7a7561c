"""An organisation as an account's holder (NĐ 59/2022 Đ9): its electronic identifier, names, founding, head office."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ..errors import MalformedError

MAX_CODE_CHARS = 40
MAX_TEXT_CHARS = 300
_TEXTS = ("code", "name", "address", "short_name", "foreign_name")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Organisation:
    """What an issuer knows about one organisation; `code` is its electronic identifier. Texts are NFC.

    Raises `MalformedError` (`account.malformed`).
    """

    code: str
    name: str
    founded: date | None = None
    address: str | None = None
    short_name: str | None = None
    foreign_name: str | None = None

    def __post_init__(self) -> None:
        for field in _TEXTS:
            value = getattr(self, field)
            if value is not None or field in ("code", "name"):
                limit = MAX_CODE_CHARS if field == "code" else MAX_TEXT_CHARS
                object.__setattr__(self, field, _text(field, value, limit))
        founded: object = self.founded
        if founded is not None and (not isinstance(founded, date) or isinstance(founded, datetime)):
            raise MalformedError("account.malformed", why="founded is not a date")

    def to_json(self) -> dict[str, Any]:
        """JSON values; absent fields left out, the date as YYYY-MM-DD."""
        members: dict[str, Any] = {field: getattr(self, field) for field in _TEXTS if getattr(self, field) is not None}
        if self.founded is not None:
            members["founded"] = self.founded.isoformat()
        return members

    @classmethod
    def from_json(cls, value: Any) -> Organisation:
        """The organisation that `to_json` wrote; other members are refused (`account.malformed`)."""
        if not isinstance(value, dict) or not value.keys() <= {*_TEXTS, "founded"}:
            raise MalformedError("account.malformed", why="not an organisation")
        try:
            founded = None if "founded" not in value else date.fromisoformat(value["founded"])
        except (TypeError, ValueError):
            raise MalformedError("account.malformed", why="founded is not a date") from None
        return cls(**{"code": None, "name": None, **value, "founded": founded})

    def __repr__(self) -> str:
        return f"Organisation(code={self.code!r})"


def _text(field: str, value: object, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise MalformedError("account.malformed", why=f"{field} is not a text of at most {limit} characters")
    text = unicodedata.normalize("NFC", value)
    if not text.strip() or len(text) > limit or not text.isprintable():
        raise MalformedError("account.malformed", why=f"{field} is empty, too long or not printable")
    return text
