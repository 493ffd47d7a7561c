"""Reading what a signer said about a signature (EN 319 122-1 §5.2): told to people, never decided upon."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..errors import UsageError
from . import der, names
from .attributes import (
    MAX_ADDRESS_LINES,
    MAX_ITEMS,
    Commitment,
    ContentHints,
    SignaturePolicyId,
    SignerLocation,
    SigningDetails,
)
from .values import Attributes, text_of


def read_details(attributes: Attributes) -> SigningDetails:
    """What the signed attributes (values by OID, as in `CmsSignature.attributes`) say: unproven words of the signer.

    What is absent, cannot be read or breaks our limits is left out: it is told to people, never decided upon.
    """
    found: dict[str, Any] = {}
    for oid, read in _READERS.items():
        with suppress(der.DerError, IndexError, ValueError, UsageError):
            for value in attributes.get(oid, ()):
                for member, part in read(value).items():
                    found[member] = found[member] + part if isinstance(part, tuple) and member in found else part
    try:
        return SigningDetails(**found)
    except UsageError:
        return SigningDetails()


def _inside(value: bytes, limit: int = MAX_ITEMS) -> list[der.Value]:
    return der.children(value, der.whole(value, der.SEQUENCE), limit)


def _read_commitment(value: bytes) -> dict[str, Any]:
    oid = der.to_oid(value, _inside(value)[0])
    return {"commitments": (Commitment(oid) if oid in {*Commitment} else oid,)}


def _read_location(value: bytes) -> dict[str, Any]:
    parts = {part.tag: der.children(value, part, 1)[0] for part in _inside(value)}
    texts = {tag: text_of(value, parts[tag]) for tag in (0xA0, 0xA1) if tag in parts}
    lines = der.children(value, parts[0xA2], MAX_ADDRESS_LINES) if 0xA2 in parts else ()
    address = tuple(text_of(value, line) for line in lines)
    return {"location": SignerLocation(country=texts.get(0xA0), locality=texts.get(0xA1), address=address)}


def _read_roles(value: bytes) -> dict[str, Any]:
    claimed: list[str] = []
    certified: list[bytes] = []
    for part in _inside(value):
        for item in der.children(value, der.children(value, part, 1)[0], MAX_ITEMS):
            if part.tag == 0xA0:
                values = der.children(value, der.children(value, der.need(item, der.SEQUENCE), 2)[1], MAX_ITEMS)
                claimed += [text_of(value, text) for text in values]
            elif part.tag == 0xA1 and item.tag == 0xA0:
                certified.append(item.content(value))
    return {"claimed_roles": tuple(claimed), "certified_roles": tuple(certified)}


def _read_policy(value: bytes) -> dict[str, Any]:
    fields = _inside(value)
    algorithm, digest = der.children(value, fields[1], 2)
    name = names.DIGESTS.get(der.to_oid(value, der.children(value, algorithm, 2)[0]), "?")
    uri = None
    for qualifier in der.children(value, fields[2], MAX_ITEMS) if len(fields) > 2 else ():
        kind, content = der.children(value, qualifier, 2)
        if der.to_oid(value, kind) == names.POLICY_URI:
            uri = text_of(value, content)
    held = der.need(digest, der.OCTET_STRING).content(value)
    policy = SignaturePolicyId(oid=der.to_oid(value, fields[0]), digest=held, digest_algorithm=name, uri=uri)
    return {"policy": policy}


def _read_hints(value: bytes) -> dict[str, Any]:
    fields = _inside(value)
    description = text_of(value, fields[0]) if len(fields) == 2 else None
    return {"content_hints": ContentHints(description=description, content_type=der.to_oid(value, fields[-1]))}


def _read_mime(value: bytes) -> dict[str, Any]:
    return {"mime_type": text_of(value, der.read(value))}


_READERS: dict[str, Callable[[bytes], dict[str, Any]]] = {
    names.COMMITMENT_TYPE: _read_commitment,
    names.SIGNER_LOCATION: _read_location,
    names.SIGNER_ATTRIBUTES_V2: _read_roles,
    names.SIGNATURE_POLICY: _read_policy,
    names.CONTENT_HINTS: _read_hints,
    names.MIME_TYPE: _read_mime,
}
