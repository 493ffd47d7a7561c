"""A small PKI with every time under control: signatures, timestamps and evidence of any date."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from signing.cms import der
from signing.cms.signed_data import CmsTemplate, add_long_term, add_timestamp, parse_cms
from signing.dev.tsa import TimestampRequest, TimestampService
from signing.policy import DEFAULT_POLICY, Policy
from signing.report import SignatureReport
from signing.signer import LocalSigner, default_algorithm
from signing.trust.revocation import Evidence
from signing.trust.store import TrustStore
from signing.validation.file import validate_signature

from .authority import HOUR, NOW, TIME_STAMPING, Holder, crl, make, usage

CONTENT = "Giấy khai sinh".encode()


@dataclass(frozen=True, slots=True)
class Scene:
    """A signer below an issuing CA below a root, and a TSA below a root of its own; `now` is when one validates."""

    root: Holder = field(default_factory=lambda: make("Root", ca=True))
    tsa_root: Holder = field(default_factory=lambda: make("TSA root", ca=True))
    now: datetime = NOW

    def issuing(self, **given: object) -> Holder:
        return make("Issuing", self.root, ca=True, **given)  # type: ignore[arg-type]

    def tsa(self, **given: object) -> Holder:
        members: dict[str, object] = {"eku": [TIME_STAMPING], "eku_critical": True} | given
        return make("TSA", self.tsa_root, key_usage=usage("digital_signature"), **members)  # type: ignore[arg-type]

    @property
    def trust(self) -> TrustStore:
        return TrustStore(ca=(self.root.certificate,), tsa=(self.tsa_root.certificate,))


def sign(
    holder: Holder,
    chain: Sequence[Holder] = (),
    *,
    at: datetime = NOW - HOUR,
    content: bytes = CONTENT,
    cades: bool = True,
) -> bytes:
    """A CMS signature; nothing is asked about whether one may."""
    signer = LocalSigner(
        certificate=holder.certificate,
        key=holder.key,  # type: ignore[arg-type]
        chain=tuple(h.certificate for h in chain),
        algorithm=default_algorithm(holder.key.public_key()),
    )
    digest = hashlib.new(signer.algorithm.digest, content).digest()
    return CmsTemplate.for_signer(signer, signing_time=cades).build(digest, signing_time=at if cades else None)


def token(value: bytes, tsa: Holder, at: datetime, chain: Sequence[Holder] = ()) -> bytes:
    """A timestamp token for `value`."""
    algorithm = der.seq(der.oid("2.16.840.1.101.3.4.2.1"))
    imprint = der.seq(algorithm, der.octets(hashlib.sha256(value).digest()))
    request = TimestampRequest(imprint=imprint, policy=None, nonce=None, certificate_wanted=True)
    service = TimestampService(
        certificate=tsa.certificate,
        key=tsa.key,  # type: ignore[arg-type]
        chain=[h.certificate for h in chain],
    )
    return service.token(request, at)


def stamped(cms: bytes, tsa: Holder, at: datetime = NOW - HOUR, chain: Sequence[Holder] = ()) -> bytes:
    """`cms` with a signature timestamp."""
    return add_timestamp(cms, token(parse_cms(cms).signature_value, tsa, at, chain))


def with_lists(cms: bytes, *crls: bytes, certificates: Sequence[Holder] = ()) -> bytes:
    """`cms` with certificates and CRLs inside."""
    return add_long_term(cms, [h.certificate for h in certificates], crls, [])


def judge(
    cms: bytes,
    trust: TrustStore | None,
    *,
    at: datetime = NOW,
    content: bytes | None = CONTENT,
    format: str = "CAdES",  # noqa: A002
    policy: Policy = DEFAULT_POLICY,
    evidence: Evidence = Evidence(),  # noqa: B008
    **more: object,
) -> SignatureReport:
    """Our report of `cms` over `content`."""
    return validate_signature(
        id="1",
        format=format,
        cms=parse_cms(cms),
        content_digest=None if content is None else lambda name: hashlib.new(name, content).digest(),
        trust=trust,
        at=at,
        policy=policy,
        evidence=evidence,
        **more,  # type: ignore[arg-type]
    )


def all_lists(scene: Scene, issuing: Holder, at: datetime = NOW - HOUR) -> Evidence:
    """CRLs of every authority of the scene, nothing revoked."""
    return Evidence(crls=(crl(scene.root, at=at), crl(issuing, at=at), crl(scene.tsa_root, at=at)))
