"""Something that a person should know of a result that holds: a stable code with its sentence in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from .messages import message


@dataclass(frozen=True, slots=True)
class Notice:
    """One remark; never a reason to refuse by itself. `text` is English, `text_vi` Vietnamese."""

    code: str
    text: str
    text_vi: str

    def to_dict(self) -> dict[str, str]:
        """`code`, `text` and `text_vi`, as `--json` shows them."""
        return {"code": self.code, "text": self.text, "text_vi": self.text_vi}


def notice(code: str, **details: object) -> Notice:
    """The remark with this code; details as those of errors are neither secrets nor names nor numbers of people."""
    return Notice(code, *message(code, **details))
