"""Trust that asks: services are asked how certificates stand now, whatever a file says (RFC 6960, RFC 5280 §4.2.1.13).

A file brings the answers that its maker chose; only the service knows of a revocation that was dated back, or of one
since. The addresses come from certificates in strangers' documents, so only services that the caller lists are asked.
What was fetched helps or harms the verdict; it never raises the baseline, which says what the file itself holds.
A service that was to be asked and failed is a warning, also where a file's own evidence suffices.
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
from .report import Finding
from .trust.chain import ASK_AGAIN, ChainResult, Purpose
from .trust.evidence import Evidence
from .trust.proofs import Proofs
from .trust.revocation import collect_evidence
from .trust.store import TrustStore

MAX_CACHED_CHAINS = 1024
MAX_CACHED_SERVICES = 256
KEEP_S = 600.0  # how long an answer, or that there was none, is remembered: a watch runs for weeks

_DEAD = frozenset({"http.timeout", "http.unreachable"})
_NOT_ASKED = frozenset({"http.forbidden"})  # by the caller's own list: told only where the answer is missed

_Heard = tuple[Evidence, tuple[ServiceError, ...]]  # what services said, and what failed without another one to help


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OnlineTrust(TrustStore):
    """A `TrustStore` that asks `http` about every chain that holds, or lacks nothing but evidence."""

    http: Http
    _fetched: Lru[bytes, tuple[float, _Heard]] = field(
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
        if not result.anchored or not (result.passed or result.sub_indication in ASK_AGAIN):
            return result
        fetched, failed = self._heard(result, at, policy)
        if fetched:  # what the services say stands first: a file may bring more answers than are looked at
            result = replace(judge(fetched + evidence), fetched=not result.passed)
        return replace(result, findings=(*result.findings, *_told(failed, result)))

    def _heard(self, result: ChainResult, at: datetime, policy: Policy) -> _Heard:
        """What the services say about the chain; nothing when they may not be asked or do not answer.

        Either is remembered for a while: thousands of documents by one signer ask once.
        """
        key = b"".join(c.fingerprint(SHA256()) for c in result.path)
        known = self._fetched.get(key)
        if known is not None and _is_fresh(known[0]):
            return known[1]
        asked, unsettled = _Patient(self.http, self._dead), list[ServiceError]()
        try:
            found = collect_evidence([result.path], asked, at, policy=policy, unsettled=unsettled)
        except SigningError:
            found = Evidence()
        failed = tuple({e.text: e for e in asked.failed}.values()) if unsettled else ()
        return self._fetched.put(key, (time.monotonic(), (found, failed)))[1]


def _told(failed: Iterable[ServiceError], result: ChainResult) -> list[Finding]:
    """Why services said nothing, as warnings."""
    missed = any(f.code == "revocation.unknown" for f in result.findings)
    told = [Finding.from_error(error) for error in failed if missed or error.code not in _NOT_ASKED]
    return [replace(finding, severity="warning") for finding in told]


def _is_fresh(since: float) -> bool:
    return time.monotonic() - since < KEEP_S


@dataclass(frozen=True, slots=True)
class _Patient:
    """An `Http` that waits for a dead service once in a while, not once for each signer."""

    http: Http
    dead: Lru[tuple[str, ...], tuple[float, ServiceError]]
    failed: list[ServiceError] = field(default_factory=list)

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
            self.failed.append(known[1])
            raise known[1].with_traceback(None)
        try:
            return ask()
        except ServiceError as error:
            self.failed.append(error)
            if error.code in _DEAD:
                self.dead.put(place, (time.monotonic(), error))
            raise
