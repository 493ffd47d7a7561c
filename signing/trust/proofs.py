"""Proofs of existence (EN 319 102-1 §5.6.2.3): since when certificates, answers and whole files are known to exist.

A thing is known by the SHA-256 of its encoding, a signature by that of its value. Where nothing proves more, it exists
since it was seen: now. Timestamps of any kind add to a store; what a key signed counts only if it existed before that
key stopped to be believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType

from cryptography.hazmat.primitives.hashes import SHA256

from .evidence import Evidence


@dataclass(frozen=True, slots=True)
class Proofs:
    """`times`: SHA-256 → the earliest time at which that thing is proven to exist; `everything`: the whole file."""

    times: Mapping[bytes, datetime] = field(default_factory=lambda: MappingProxyType({}))
    everything: datetime | None = None

    @classmethod
    def of(cls, things: Iterable[bytes], time: datetime | None) -> Proofs:
        """Each of the encoded `things` existed at `time`; nothing is proven without one."""
        return cls({sha256(thing).digest(): time for thing in things}) if time is not None else cls()

    @classmethod
    def of_evidence(cls, evidence: Evidence, time: datetime | None) -> Proofs:
        """Every piece of `evidence` existed at `time`; nothing is proven without one."""
        if time is None or not evidence:
            return cls()
        certificates = {c.fingerprint(SHA256()): time for c in evidence.certificates}
        answers = {sha256(der).digest(): time for der in (*evidence.crls, *evidence.ocsps)}
        return cls(certificates | answers)

    def __add__(self, other: Proofs) -> Proofs:
        """Both; the earlier time of each thing."""
        if not other:
            return self
        times = dict(self.times)
        for digest, time in other.times.items():
            times[digest] = min(time, times.get(digest, time))
        return Proofs(times, earliest(self.everything, other.everything))

    def __bool__(self) -> bool:
        return bool(self.times) or self.everything is not None

    def of_thing(self, thing: bytes) -> datetime | None:
        """When this encoded thing existed at the latest; None if nothing proves it."""
        return self.time_of(sha256(thing).digest())

    def time_of(self, digest: bytes) -> datetime | None:
        """When the thing with this SHA-256 existed at the latest; None if nothing proves it."""
        return earliest(self.times.get(digest), self.everything)


def earliest(*times: datetime | None) -> datetime | None:
    """The earliest of those that are known."""
    return min((time for time in times if time is not None), default=None)
