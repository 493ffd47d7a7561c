"""Credentials with selective disclosure (SD-JWT, RFC 9901)."""
