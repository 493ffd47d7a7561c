"""What a register enters of a step, and the receipt it gives; values only, no database.

A receipt stands in the next statement of the dossier and on the applicant's slip: whoever holds a newer one can show
that steps were cut off, without asking the register.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import MalformedError

MAX_RECEIPT_BYTES = 4096  # bytes of a receipt in a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the register holds of one step; digests in lower-case hex."""

    dossier: str
    seq: int
    event: str
    statement: str
    signature: str
    timestamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The register's answer: entry `number` of `register` holds this step; `digest` is the chain's head after it."""

    register: str
    number: int
    dossier: str
    seq: int
    signature: str
    digest: str

    def to_dict(self) -> dict[str, Any]:
        """The members as they stand in a statement and on the applicant's slip."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: object) -> Receipt:
        """Read a receipt. Raises `MalformedError`."""
        kinds = {"register": str, "number": int, "dossier": str, "seq": int, "signature": str, "digest": str}
        if not isinstance(value, dict) or set(value) != set(kinds):
            raise MalformedError("register.receipt-malformed")
        if any(type(value[name]) is not kind for name, kind in kinds.items()):
            raise MalformedError("register.receipt-malformed")
        return cls(**value)

    def to_json(self) -> str:
        """The receipt as a small JSON file."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Receipt:
        """Read `to_json` back. Raises `MalformedError`."""
        try:
            if len(text) > MAX_RECEIPT_BYTES:
                raise ValueError
            return cls.from_dict(json.loads(text))
        except (ValueError, RecursionError):
            raise MalformedError("register.receipt-malformed") from None
