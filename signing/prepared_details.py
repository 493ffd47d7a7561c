"""What a signer says beside a signature (EN 319 122-1 §5.2), as JSON in a prepared document (RFC 8259)."""

from __future__ import annotations

import base64
from typing import Any

from .cms.attributes import ContentHints, SignaturePolicyId, SignerLocation, SigningDetails

Json = dict[str, Any]


def details_to_json(details: SigningDetails | None) -> Json | None:
    """Plain values; attribute certificates in base64, digests in hexadecimal."""
    if details is None:
        return None
    place, policy, hints = details.location, details.policy, details.content_hints
    return {
        "commitments": [str(c) for c in details.commitments],
        "location": place and {"country": place.country, "locality": place.locality, "address": list(place.address)},
        "claimed_roles": list(details.claimed_roles),
        "certified_roles": [base64.b64encode(role).decode() for role in details.certified_roles],
        "policy": policy
        and {
            "oid": policy.oid,
            "digest": policy.digest.hex(),
            "digest_algorithm": policy.digest_algorithm,
            "uri": policy.uri,
        },
        "content_hints": hints and {"description": hints.description, "content_type": hints.content_type},
        "mime_type": details.mime_type,
    }


def details_from_json(found: Json | None) -> SigningDetails | None:
    """The reverse. Raises `UsageError` `details.*` for what cannot be said, and what Python raises for a wrong form."""
    if found is None:
        return None
    place, policy, hints = found["location"], found["policy"], found["content_hints"]
    return SigningDetails(
        commitments=tuple(map(str, found["commitments"])),
        location=_texts(SignerLocation, {**place, "address": tuple(map(str, place["address"]))}) if place else None,
        claimed_roles=tuple(map(str, found["claimed_roles"])),
        certified_roles=tuple(base64.b64decode(role, validate=True) for role in found["certified_roles"]),
        policy=_texts(SignaturePolicyId, {**policy, "digest": bytes.fromhex(policy["digest"])}) if policy else None,
        content_hints=_texts(ContentHints, hints) if hints else None,
        mime_type=found["mime_type"] if found["mime_type"] is None else str(found["mime_type"]),
    )


def _texts(kind: Any, members: Json) -> Any:
    """A value of `kind`, its members text (or bytes, or texts) and nothing else; `ValueError` otherwise."""
    if not all(value is None or isinstance(value, str | bytes | tuple) for value in members.values()):
        raise ValueError(kind.__name__)
    return kind(**members)
