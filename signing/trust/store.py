"""Who is trusted for what: anchors, issuers of identity, seal keys, roles; one folder each, never mixed.

    ca/*.pem|crt|cer|der        anchors of document signers
    tsa/*.pem|crt|cer|der       anchors of timestamp authorities
    ca|tsa/periods.json         when they may be trusted, if not for as long as their certificates (`periods`)
    lists/                      trusted lists of ETSI, which `signing.trusted_list.load_trust` reads
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

from ..errors import UsageError
from ..lru import Lru
from ..policy import DEFAULT_POLICY, Policy
from .chain import Anchors, ChainResult, Purpose, check_chain
from .evidence import Evidence
from .folder import read_folder
from .periods import ALWAYS, Periods
from .proofs import Proofs
from .revocation_check import Times
from .roles import RoleGrant

__all__ = ["ChainResult", "Purpose", "RoleGrant", "TrustStore"]

LISTS = "lists"  # the sub-folder of trusted lists
MAX_CACHED_CHAINS = 4096
MAX_WINDOWS = 8  # results kept for one chain, each with the times for which it holds

_Key = tuple[x509.Certificate, Purpose, frozenset[x509.Certificate], bytes, int]
# The policy is kept beside its results so that the `id` in the key stays its own.
_Kept = tuple[Times, ChainResult, Policy]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrustStore:
    """What the caller trusts. `identity` maps an issuer to its JWKS, `seals` an office to its JWKS.

    `ca_periods` and `tsa_periods` say when an anchor may be trusted, by its SHA-256; one that is not there always may.
    `seal_status` are status list tokens, not yet verified. Results of `validate` are remembered.
    """

    ca: tuple[x509.Certificate, ...] = ()
    tsa: tuple[x509.Certificate, ...] = ()
    ca_periods: Periods = field(default_factory=lambda: ALWAYS)
    tsa_periods: Periods = field(default_factory=lambda: ALWAYS)
    identity: Mapping[str, dict[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    seals: Mapping[str, dict[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    seal_status: tuple[bytes, ...] = ()
    roles: tuple[RoleGrant, ...] = ()
    _cache: Lru[_Key, tuple[_Kept, ...]] = field(default_factory=lambda: Lru(MAX_CACHED_CHAINS), init=False, repr=False)

    @classmethod
    def load(cls, folder: str | PathLike[str]) -> TrustStore:
        """The store in `folder`. Raises `UsageError`, `LimitError` or `MalformedError` (`trust.malformed`).

        Trusted lists have to be verified first: a folder with `lists/` is `UsageError` `trust.lists` here.
        """
        place = Path(folder)
        if (place / LISTS).exists():
            raise UsageError("trust.lists", path=place / LISTS)
        return cls.of_folder(place)

    @classmethod
    def of_folder(cls, folder: Path) -> TrustStore:
        """As `load`, whatever stands in `lists/`."""
        found = read_folder(folder)
        return cls(
            ca=found.ca,
            tsa=found.tsa,
            ca_periods=found.ca_periods,
            tsa_periods=found.tsa_periods,
            identity=MappingProxyType(found.identity),
            seals=MappingProxyType(found.seals),
            seal_status=found.seal_status,
            roles=found.roles,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Certificates travel to other processes as DER."""
        ca, tsa = ([c.public_bytes(Encoding.DER) for c in some] for some in (self.ca, self.tsa))
        kept = {
            "ca_periods": dict(self.ca_periods),
            "tsa_periods": dict(self.tsa_periods),
            "identity": dict(self.identity),
            "seals": dict(self.seals),
            "seal_status": self.seal_status,
            "roles": self.roles,
        }
        return _restore, (ca, tsa, kept)

    def anchors(self, purpose: Purpose) -> tuple[x509.Certificate, ...]:
        """The anchors for `purpose`, and for nothing else."""
        return self.tsa if purpose is Purpose.TSA else self.ca

    def periods(self, purpose: Purpose) -> Periods:
        """When the anchors for `purpose` may be trusted."""
        return self.tsa_periods if purpose is Purpose.TSA else self.ca_periods

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
        anchors = Anchors(self.anchors(purpose), self.periods(purpose))
        result = check_chain(certificate, anchors, pool, purpose, times, evidence, policy)
        self._cache.put(key, ((times, result, policy), *kept[: MAX_WINDOWS - 1]))
        return result


def _restore(ca: list[bytes], tsa: list[bytes], kept: dict[str, Any]) -> TrustStore:
    views: dict[str, Any] = {
        name: MappingProxyType(value) if isinstance(value, dict) else value for name, value in kept.items()
    }
    return TrustStore(
        ca=tuple(x509.load_der_x509_certificate(c) for c in ca),
        tsa=tuple(x509.load_der_x509_certificate(c) for c in tsa),
        **views,
    )


def assert_trust(trust: object) -> None:
    """Refuse what is no store, such as the name of its folder: it would be taken for a fault of every document.

    Raises `UsageError` `usage.argument`.
    """
    if trust is not None and not isinstance(trust, TrustStore):
        raise UsageError("usage.argument", why="trust is a TrustStore or None; TrustStore.load(folder) reads one")
