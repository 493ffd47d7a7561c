"""Trust that asks: services are asked how certificates stand now, whatever a file says (RFC 6960, RFC 5280 §4.2.1.13).

A file brings the answers that its maker chose; only the service knows of a revocation that was dated back, or of one
since. The addresses come from certificates in strangers' documents, so only services that the caller lists are asked.
What was fetched helps or harms the verdict; it never raises the baseline, which says what the file itself holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from .address import Address
from .errors import ServiceError, SigningError
from .http import MAX_ANSWER_BYTES, Http
from .lru import Lru
from .policy import DEFAULT_POLICY, Policy
from .trust.chain import ChainResult, Purpose
from .trust.evidence import Evidence
from .trust.proofs import Proofs
from .trust.revocation import collect_evidence
from .trust.store import TrustStore

MAX_CACHED_CHAINS = 1024
MAX_CACHED_SERVICES = 256
KEEP_S = 600.0  # how long an answer, or that there was none, is remembered: a watch runs for weeks

_DEAD = frozenset({"http.timeout", "http.unreachable"})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OnlineTrust(TrustStore):
    """A `TrustStore` that asks `http` about every chain that holds, or lacks nothing but evidence."""

    http: Http
    _fetched: Lru[bytes, tuple[float, Evidence]] = field(
        default_factory=lambda: Lru(MAX_CACHED_CHAINS), init=False, repr=False
    )
    _dead: Lru[tuple[str, ...], tuple[float, ServiceError]] = field(
        default_factory=lambda: Lru(MAX_CACHED_SERVICES), init=False, repr=False
    )

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
        """As `TrustStore.validate`, with what services say now; one that holds without them may fall by that."""
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
        if not result.anchored or not (result.passed or result.sub_indication == "TRY_LATER"):
            return result
        fetched = self._evidence(result, at, policy)
        # What the services say stands first: a file may bring more answers than are looked at.
        return replace(judge(fetched + evidence), fetched=not result.passed) if fetched else result

    def _evidence(self, result: ChainResult, at: datetime, policy: Policy) -> Evidence:
        """What the services say about the chain; nothing when they may not be asked or do not answer.

        Either is remembered for a while: thousands of documents by one signer ask once.
        """
        key = b"".join(c.fingerprint(SHA256()) for c in result.path)
        known = self._fetched.get(key)
        if known is not None and _is_fresh(known[0]):
            return known[1]
        asked = _Patient(self.http, self._dead)
        try:
            found = collect_evidence([result.path], asked, at, policy=policy, partly=True)
        except SigningError:
            found = Evidence()
        return self._fetched.put(key, (time.monotonic(), found))[1]


def _is_fresh(since: float) -> bool:
    return time.monotonic() - since < KEEP_S


@dataclass(frozen=True, slots=True)
class _Patient:
    """An `Http` that waits for a dead service once in a while, not once for each signer."""

    http: Http
    dead: Lru[tuple[str, ...], tuple[float, ServiceError]]

    def get(self, url: str, *, max_bytes: int = MAX_ANSWER_BYTES, accept: str = "") -> bytes:
        """See `Http.get`."""
        return self._ask(url, lambda: self.http.get(url, max_bytes=max_bytes, accept=accept))

    def post(self, url: str, body: bytes, *, content_type: str, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """See `Http.post`."""
        return self._ask(url, lambda: self.http.post(url, body, content_type=content_type, max_bytes=max_bytes))

    def _ask(self, url: str, ask: Callable[[], bytes]) -> bytes:
        address = Address.parse(url)
        place = (url,) if address is None else (address.scheme, address.host, str(address.port))
        known = self.dead.get(place)
        if known is not None and _is_fresh(known[0]):
            raise known[1].with_traceback(None)
        try:
            return ask()
        except ServiceError as error:
            if error.code in _DEAD:
                self.dead.put(place, (time.monotonic(), error))
            raise
