"""Who is trusted for what: anchors, issuers of identity, seal keys, roles; one folder each, never mixed.

    ca/*.pem|crt|cer|der        anchors of document signers
    tsa/*.pem|crt|cer|der       anchors of timestamp authorities
    identity/*.json             {"issuer": "https://…", "keys": [JWK…]}
    seals/*.json                {"office": "H26.19", "keys": [JWK…]}
    seals/*.jwt                 status lists of seals, verified where they are used
    roles/*.json                [{"certificate_sha256", "office", "role", "steps", "not_before", "not_after", "title"}…]

What is not there is not trusted. An anchor may be a root or any certificate below one; a chain ends where it meets one.
A signer's own certificate may be an anchor too: it is then trusted as it is, and nobody is asked if it was revoked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..lru import Lru
from ..policy import DEFAULT_POLICY, Policy
from .chain import ChainResult, Purpose, check_chain
from .evidence import Evidence
from .folder import read_folder
from .proofs import Proofs
from .revocation_check import Times
from .roles import RoleGrant

__all__ = ["ChainResult", "Purpose", "RoleGrant", "TrustStore"]

MAX_CACHED_CHAINS = 4096
MAX_WINDOWS = 8  # results kept for one chain, each with the times for which it holds

_Key = tuple[x509.Certificate, Purpose, frozenset[x509.Certificate], bytes, int]
# The policy is kept beside its results so that the `id` in the key stays its own.
_Kept = tuple[Times, ChainResult, Policy]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrustStore:
    """What the caller trusts. `identity` maps an issuer to its JWKS, `seals` an office to its JWKS.

    `seal_status` are status list tokens, not yet verified. Results of `validate` are remembered.
    """

    ca: tuple[x509.Certificate, ...] = ()
    tsa: tuple[x509.Certificate, ...] = ()
    identity: Mapping[str, dict[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    seals: Mapping[str, dict[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    seal_status: tuple[bytes, ...] = ()
    roles: tuple[RoleGrant, ...] = ()
    _cache: Lru[_Key, tuple[_Kept, ...]] = field(default_factory=lambda: Lru(MAX_CACHED_CHAINS), init=False, repr=False)

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> TrustStore:
        """The store in `folder`. Raises `UsageError`, `LimitError` or `MalformedError` (`trust.malformed`)."""
        found = read_folder(Path(folder))
        return cls(
            ca=found.ca,
            tsa=found.tsa,
            identity=MappingProxyType(found.identity),
            seals=MappingProxyType(found.seals),
            seal_status=found.seal_status,
            roles=found.roles,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Certificates travel to other processes as DER."""
        ca, tsa = ([c.public_bytes(Encoding.DER) for c in some] for some in (self.ca, self.tsa))
        return _restore, (ca, tsa, dict(self.identity), dict(self.seals), self.seal_status, self.roles)

    def anchors(self, purpose: Purpose) -> tuple[x509.Certificate, ...]:
        """The anchors for `purpose`, and for nothing else."""
        return self.tsa if purpose is Purpose.TSA else self.ca

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
        """Whether `certificate` leads to an anchor for `purpose` and was good at `at`; never raises for bad bytes.

        `pool` holds other certificates to build with. `proven` is until when misuse of the key is possible, if later
        than `at`: for timestamps `at` is the time in the token and `proven` when the token was seen to exist. `now`
        is the time of the check; evidence dated after it is refused. `proofs` say since when certificates and answers
        are known to exist, if earlier than `now`.
        """
        pool = frozenset((*pool, *evidence.certificates))
        key = (certificate, purpose, pool, evidence.fingerprint(), id(policy))
        kept = self._cache.get(key) or ()
        proven = proven or at
        for times, result, _ in kept:
            if times.cover(at, proven, now, proofs):
                return result
        times = Times.of(at, now, proven, proofs)
        result = check_chain(certificate, self.anchors(purpose), pool, purpose, times, evidence, policy)
        self._cache.put(key, ((times, result, policy), *kept[: MAX_WINDOWS - 1]))
        return result


def _restore(
    ca: list[bytes],
    tsa: list[bytes],
    identity: dict[str, dict[str, Any]],
    seals: dict[str, dict[str, Any]],
    seal_status: tuple[bytes, ...],
    roles: tuple[RoleGrant, ...],
) -> TrustStore:
    return TrustStore(
        ca=tuple(x509.load_der_x509_certificate(c) for c in ca),
        tsa=tuple(x509.load_der_x509_certificate(c) for c in tsa),
        identity=MappingProxyType(identity),
        seals=MappingProxyType(seals),
        seal_status=seal_status,
        roles=roles,
    )
