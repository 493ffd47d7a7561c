"""Sentences about credentials with selective disclosure."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {}
