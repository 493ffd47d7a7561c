"""Names of the entries of an archive: which are taken, which are only unusual, and which fall together.

A name is the same to every program when it is a plain relative path; where it is unusual, people or systems may show it
in another form. Two names fall together when some system writes them to one place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from ..errors import MalformedError
from ..messages.reasons import why

MAX_NAME_BYTES = 512  # bytes of one name in UTF-8
UNUSUAL = frozenset({"name-edge", "name-reserved", "name-nfc"})  # every program reads such a name alike
_RESERVED = frozenset('<>"|?*')  # not in the names of files on Windows, where a colon names a part of another file
_SHOWN_AS = {ord(c): "_" for c in _RESERVED} | {ord("\\"): "/"}


def name_reason(name: str) -> str | None:
    """Why `name` is not a plain relative path in NFC, as a key of `REASONS`; None when it is."""
    parts = name.split("/")
    if not name or len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        return "name-length"
    if "\\" in name or name.startswith("/"):
        return "name-absolute"
    if any(p in ("", ".", "..") for p in parts):
        return "name-segment"
    if ":" in name or not name.isprintable():
        return "name-character"
    if any(p != p.strip() or p.endswith(".") for p in parts):
        return "name-edge"
    if _RESERVED & set(name):
        return "name-reserved"
    return None if unicodedata.is_normalized("NFC", name) else "name-nfc"


def check_name(name: str) -> None:
    """Refuse a name that is not a plain relative path in NFC. Raises `MalformedError` (`asice.name`)."""
    reason = name_reason(name)
    if reason:
        raise MalformedError("asice.name", name=name, **why(reason, most=MAX_NAME_BYTES))


def fold(name: str) -> str:
    """The form under which two names are one on systems that ignore case, separators, blank edges or their like."""
    if not name.isascii():
        name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    parts = (part.strip().rstrip(".") for part in name.casefold().translate(_SHOWN_AS).split("/"))
    return "/".join(part for part in parts if part)


def check_distinct(names: Iterable[str]) -> None:
    """Refuse names that fall together, or of which one is a folder of another. Raises `MalformedError`."""
    seen: set[str] = set()
    folded = []
    for name in names:
        key = fold(name)
        if key in seen:
            raise MalformedError("asice.duplicate", name=name)
        seen.add(key)
        folded.append(key)
    for key in folded:
        cut = key.find("/")
        while cut >= 0:
            if key[:cut] in seen:
                raise MalformedError("asice.duplicate", name=key[:cut])
            cut = key.find("/", cut + 1)
