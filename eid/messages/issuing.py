"""Sentences about issuing with a registry, introspection and consent."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {}
