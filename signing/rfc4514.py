"""Distinguished names as text (RFC 4514), read for showing: nothing raises, whatever a certificate says."""

from __future__ import annotations

_MAX_NAME_PARTS = 32  # attributes of one subject that are looked at


def name_parts(rfc4514: str) -> dict[str, str]:
    """The attributes of a name that are shown, first of each kind; escapes undone."""
    parts: dict[str, str] = {}
    for part in _split(rfc4514)[:_MAX_NAME_PARTS]:
        kind, _, value = part.partition("=")
        parts.setdefault({"2.5.4.12": "T", "title": "T"}.get(kind, kind).upper(), value)
    return parts


def _split(rfc4514: str) -> list[str]:
    """Split at commas and pluses that are not escaped."""
    parts, current, escaped = [], "", False
    for char in rfc4514:
        if escaped:
            current, escaped = current + char, False
        elif char == "\\":
            escaped = True
        elif char in ",+":
            parts.append(current)
            current = ""
        else:
            current += char
    return [*parts, current]
