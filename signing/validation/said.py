"""What the signer said beside the signature, as findings (EN 319 122-1 §5.2): told to people, judged by nobody."""

from __future__ import annotations

from collections.abc import Iterator

from ..cms.attributes import Commitment
from ..cms.attributes_read import read_details
from ..cms.signed_data import CmsSignature
from ..report import Finding


def said(cms: CmsSignature) -> Iterator[Finding]:
    """Commitments, place, roles and policy, each an `info`; nothing for a signature without them."""
    details = read_details(cms.attributes)
    for oid in details.commitments:
        yield Finding.of(f"said.{oid.label}") if isinstance(oid, Commitment) else Finding.of("said.commitment", oid=oid)
    if details.location:
        yield Finding.of("said.location", place=details.location.text)
    for role in details.claimed_roles:
        yield Finding.of("said.role", role=role)
    if details.certified_roles:
        yield Finding.of("said.certified-role", count=len(details.certified_roles))
    if details.policy:
        yield Finding.of("said.policy", oid=details.policy.oid)
