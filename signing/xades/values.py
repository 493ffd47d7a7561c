"""Small values inside XML signatures: text, base64, digests, times (XMLDSig §4, EN 319 132-1 §5.1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from lxml import etree

from ..errors import MalformedError
from .names import DIGESTS, DS

VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Digest:
    """A DigestMethod and DigestValue; `algorithm` is None if it is not known, `uri` names it all the same."""

    algorithm: str | None
    uri: str
    value: bytes


def malformed(why: str) -> MalformedError:
    """A part of the signature that is not as it should be."""
    return MalformedError("signature.malformed", why=why)


def local(element: Any) -> str:
    """The name without its namespace; empty for comments and instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: Any) -> list[Any]:
    """Child elements; comments and instructions are passed over."""
    return [child for child in element if isinstance(child.tag, str)]


def only(parent: Any, tag: str) -> Any:
    """The one child of that name, or None. Raises `MalformedError` for several: each reader would choose its own."""
    found = parent.findall(tag)
    if len(found) > 1:
        raise malformed(f"{len(found)} × {local(found[0])}")
    return found[0] if found else None


def need(parent: Any, tag: str) -> Any:
    """The one child of that name. Raises `MalformedError` unless there is exactly one."""
    found = only(parent, tag)
    if found is None:
        raise malformed(f"{local(parent)}: no {tag.rpartition('}')[2]}")
    return found


def text(element: Any) -> str:
    """All text in an element that may have no other elements in it, comments passed over."""
    if children(element):
        raise malformed(f"{local(element)}: elements where a text belongs")
    return (element.text or "") + "".join(child.tail or "" for child in element)


def decoded(element: Any) -> bytes:
    """The bytes of a base64 element."""
    return from_base64(text(element), local(element))


def from_base64(encoded: str, what: str) -> bytes:
    """Bytes of base64 with white space in it. Raises `MalformedError`."""
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise malformed(f"{what}: base64") from None


def digest_in(parent: Any) -> Digest:
    """The DigestMethod and DigestValue among the children of `parent`."""
    method = need(parent, f"{DS}DigestMethod")
    uri = method.get("Algorithm", "")
    return Digest(DIGESTS.get(uri), uri, decoded(need(parent, f"{DS}DigestValue")))


def time_of(element: Any) -> datetime | None:
    """An xs:dateTime; one without a zone is taken as Vietnam's, None if it is not one."""
    try:
        found = datetime.fromisoformat(text(element).strip())
        return (found.replace(tzinfo=VIETNAM) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def each(parent: Any, path: str, limit: int) -> Iterator[Any]:
    """Descendants by an ElementPath, at most `limit`. Raises `MalformedError` for more."""
    found = parent.findall(path)
    if len(found) > limit:
        raise malformed(f"{len(found)} × {path.rpartition('}')[2]}")
    yield from found
