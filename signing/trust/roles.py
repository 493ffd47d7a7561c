"""Role grants: which certificate may take which step for which office (NĐ 23/2025 Đ13, Đ14: title and authority)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGrant:
    """One certificate's role in one office; `steps` are the names of the steps that it may take."""

    certificate_sha256: bytes
    office: str
    role: str
    steps: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None
    title: str | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether the grant covers `at`."""
        return (self.not_before is None or at >= self.not_before) and (self.not_after is None or at <= self.not_after)
