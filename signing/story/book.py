"""What the demo proves, line by line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One line of the demo's table: what was tried, what has to come of it, what came of it."""

    chapter: str
    what: str
    wanted: str
    got: str
    where: str

    @property
    def holds(self) -> bool:
        """Whether it came as it has to."""
        return self.got == self.wanted

    def to_dict(self) -> dict[str, str | bool]:
        """As JSON members."""
        return {
            "chapter": self.chapter,
            "what": self.what,
            "wanted": self.wanted,
            "got": self.got,
            "holds": self.holds,
            "where": self.where,
        }
