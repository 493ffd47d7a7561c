"""Sentences about card QR codes, machine-readable lines and chips."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {}
