"""Sentences about keys and algorithms."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {}
