"""Sentences about counter codes and their layers."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {}
