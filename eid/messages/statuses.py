"""Sentences about shards of status lists and where they come from."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {}
