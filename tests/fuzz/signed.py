"""Signed documents for the fuzzer to begin from, of a small PKI in memory, and how an audit judges them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path, PurePath

from eid.testing import FakeIssuer
from signing.audit.judges import Judged, Rules, judge
from signing.pdf.sign import sign_pdf
from signing.policy import DEFAULT_POLICY
from signing.recognize import shape_of
from signing.signer import LocalSigner, default_algorithm
from signing.trust.store import TrustStore

from ..signing.authority import Holder, make
from ..signing.scene import Scene

VECTORS = Path(__file__).parents[1] / "vectors"
FAKE = FakeIssuer()


@cache
def scene() -> Scene:
    """The PKI."""
    return Scene()


@cache
def issuing() -> Holder:
    """The authority that issues certificates to signers."""
    return scene().issuing()


@cache
def leaf() -> Holder:
    """Who signs."""
    return make("Người ký", issuing())


@cache
def rules() -> Rules:
    """An audit that trusts that PKI and the issuer of the tokens."""
    trust = TrustStore(ca=scene().trust.ca, tsa=scene().trust.tsa, identity={FAKE.issuer.issuer: FAKE.jwks})
    at = scene().now
    return Rules(trust=trust, at=at, policy=DEFAULT_POLICY, register=None, password=None, show_ids=False)


def audited(name: str, data: bytes, *, at: datetime | None = None) -> Judged:
    """What an audit says, without its last line of defence: whatever else a mistake of ours lets out comes out."""
    given = rules()
    return judge(shape_of(name, data), Path(PurePath(name)), data, at or given.at or datetime.now(UTC), given)


def signed_pdf(pdf: bytes, **options: object) -> bytes:
    """`pdf` signed, B-B."""
    signer = LocalSigner(
        certificate=leaf().certificate,
        key=leaf().key,  # type: ignore[arg-type]
        chain=(issuing().certificate,),
        algorithm=default_algorithm(leaf().key.public_key()),
    )
    signed = sign_pdf(pdf, signer, **options)  # type: ignore[arg-type]
    assert isinstance(signed, bytes)
    return signed


def digest(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()
