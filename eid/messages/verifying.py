"""Sentences about verifying: holder proofs, step-up, evidence age, journals."""

from __future__ import annotations

TABLE: dict[str, tuple[str, str]] = {}
