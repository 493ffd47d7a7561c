"""Trust that may ask: what a file lacks to settle a certificate's state is fetched (RFC 6960, RFC 5280 §4.2.1.13).

The addresses come from certificates in strangers' documents, so only services that the caller lists are asked. What was
fetched helps the verdict; it never raises the baseline, which says what the file itself holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from .errors import SigningError
from .http import Http
from .lru import Lru
from .policy import DEFAULT_POLICY, Policy
from .trust.chain import ChainResult, Purpose
from .trust.evidence import Evidence
from .trust.proofs import Proofs
from .trust.revocation import collect_evidence
from .trust.store import TrustStore

MAX_CACHED_CHAINS = 1024


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OnlineTrust(TrustStore):
    """A `TrustStore` that asks `http` where revocation is all that is missing."""

    http: Http
    _fetched: Lru[bytes, Evidence] = field(default_factory=lambda: Lru(MAX_CACHED_CHAINS), init=False, repr=False)

    @classmethod
    def around(cls, trust: TrustStore, http: Http) -> OnlineTrust:
        """The same trust, with leave to ask."""
        kept = {f.name: getattr(trust, f.name) for f in fields(TrustStore) if f.init}
        return cls(**kept, http=http)

    def __reduce__(self) -> tuple[Any, ...]:
        """Certificates travel to other processes as `TrustStore` sends them."""
        kept = {f.name: getattr(self, f.name) for f in fields(TrustStore) if f.init}
        return OnlineTrust.around, (TrustStore(**kept), self.http)

    def validate(
        self,
        certificate: x509.Certificate,
        pool: Iterable[x509.Certificate],
        purpose: Purpose,
        *,
        at: datetime,
        now: datetime,
        evidence: Evidence = Evidence(),  # noqa: B008 - frozen and empty
        policy: Policy = DEFAULT_POLICY,
        proven: datetime | None = None,
        proofs: Proofs = Proofs(),  # noqa: B008 - frozen and empty
    ) -> ChainResult:
        """As `TrustStore.validate`; a chain that lacks only evidence is judged again with what could be fetched."""
        pool = tuple(pool)

        def judge(with_: Evidence) -> ChainResult:
            return TrustStore.validate(
                self,
                certificate,
                pool,
                purpose,
                at=at,
                now=now,
                evidence=with_,
                policy=policy,
                proven=proven,
                proofs=proofs,
            )

        result = judge(evidence)
        if result.sub_indication != "TRY_LATER" or not result.anchored:
            return result
        fetched = self._evidence(result, at, policy)
        return replace(judge(evidence + fetched), fetched=True) if fetched else result

    def _evidence(self, result: ChainResult, at: datetime, policy: Policy) -> Evidence:
        """What the services say about the chain; nothing when they may not be asked or do not answer.

        Either is remembered: thousands of documents by one signer ask once, and a dead service is waited for once.
        """
        key = b"".join(c.fingerprint(SHA256()) for c in result.path)
        known = self._fetched.get(key)
        if known is not None:
            return known
        try:
            return self._fetched.put(key, collect_evidence([result.path], self.http, at, policy=policy))
        except SigningError:
            return self._fetched.put(key, Evidence())
