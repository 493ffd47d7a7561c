"""Signing PDFs: incremental updates, PAdES, stamps, prepared results (EN 319 142-1)."""
