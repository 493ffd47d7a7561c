"""Whom to trust: anchors, paths, revocation, and the evidence that proves them later (RFC 5280, RFC 6960)."""
