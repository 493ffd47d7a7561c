"""Issuer keys as a set: JWKS (RFC 7517 §5), rotation, and the secret behind pairwise subjects (OIDC Core 1.0 §8.1).

A key set has one active key that signs, usually a next key that is published ahead of its first use, and retired keys,
of which only the public half is kept. All of them verify. A set is a value: `rotate` gives another one.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from .clock import seconds
from .errors import MalformedError, UsageError
from .jwk import Key
from .keyfile import SECRET_BYTES, read_keys, write_keys

__all__ = ["Key", "KeySet"]

_SUBJECT_BYTES = 20  # of a pairwise subject
MAX_KEYS = 1000  # keys in one set


class KeySet:
    """Keys of one issuer, active first. Make one with `generate`, `load` or `from_jwks`."""

    __slots__ = ("_by_kid", "_mac", "_secret", "keys")

    def __init__(self, keys: Iterable[Key], *, secret: bytes | None = None) -> None:
        self.keys = tuple(keys)
        self._by_kid = {key.kid: key for key in self.keys}
        self._secret = secret
        self._mac = (
            None if secret is None else hashlib.blake2b(key=secret, digest_size=_SUBJECT_BYTES, person=b"eid-sub-1")
        )
        if len(self._by_kid) != len(self.keys):
            raise MalformedError("jwks.malformed", why="two keys have the same kid")
        if not 0 < len(self.keys) <= MAX_KEYS:
            raise MalformedError("jwks.no-keys" if not self.keys else "jwks.malformed", why="too many keys")

    @classmethod
    def generate(cls, alg: str = Key.alg, *, at: datetime | None = None) -> KeySet:
        """A new set: an active key from `at` (now), the next key, and the secret behind pairwise subjects."""
        active = Key.generate(alg, iat=seconds(at))
        return cls((active, Key.generate(alg)), secret=secrets.token_bytes(SECRET_BYTES))

    @property
    def active(self) -> Key:
        """The key that signs. `UsageError` (`key.public-only`) when this set cannot sign."""
        for key in self.keys:
            if key.private and key.iat is not None:
                return key
        raise UsageError("key.public-only")

    @property
    def next(self) -> Key | None:
        """The key published ahead of its first use."""
        return next((key for key in self.keys if key.private and key.iat is None), None)

    def find(self, kid: str) -> Key | None:
        """The key with exactly this identifier."""
        return self._by_kid.get(kid)

    def rotate(self, *, at: datetime | None = None) -> KeySet:
        """The set after a change of key: next signs, active is retired and forgets its private half."""
        now = seconds(at)
        old, coming = self.active, self.next or Key.generate()
        rest = tuple(key for key in self.keys if key is not old and key is not coming)
        keys = (coming.replace(iat=now), Key.generate(), old.replace(exp=now), *rest)
        return KeySet(keys, secret=self._secret)

    def revoke(self, kid: str, *, at: datetime | None = None) -> KeySet:
        """The set in which key `kid` is revoked from `at` on; revoking the active key rotates first.

        A key that was revoked before stays revoked since then, unless `at` is earlier.
        """
        if kid not in self._by_kid:
            raise UsageError("usage.argument", why=f"no key {kid}")
        keys = self.rotate(at=at) if self._by_kid[kid] is self.active else self
        old = self._by_kid[kid].revoked
        since = seconds(at) if old is None else min(old, seconds(at))
        changed = (key.replace(revoked=since) if key.kid == kid else key for key in keys.keys)
        return KeySet(changed, secret=self._secret)

    def pseudonym(self, audience: str, identifier: str) -> str:
        """The pairwise subject of a person at one audience: keyed BLAKE2b (RFC 7693), stable while the set lives."""
        if self._mac is None:
            raise UsageError("key.public-only")
        mac = self._mac.copy()
        mac.update(f"{audience}\0{identifier}".encode("utf-8", "surrogatepass"))
        return mac.hexdigest()

    def public_jwks(self) -> dict[str, Any]:
        """The JWKS to publish: every key's public members, active first."""
        return {"keys": [key.to_jwk() for key in self.keys]}

    @classmethod
    def from_jwks(cls, jwks: Any) -> KeySet:
        """The ES256 keys of a published JWKS; keys of other kinds are passed over, other members ignored.

        Raises `MalformedError`: `jwks.malformed`, `jwks.no-keys`, `jwks.private` when a private member was published.
        """
        entries = jwks.get("keys") if isinstance(jwks, dict) else None
        if not isinstance(entries, list) or len(entries) > MAX_KEYS:
            raise MalformedError("jwks.malformed", why="no list of keys")
        return cls(key for key in map(Key.from_jwk, entries) if key is not None)

    def save(self, path: str | os.PathLike[str], ask: Callable[[str], str], *, overwrite: bool = True) -> None:
        """Write the set to `path`, private keys encrypted under `ask(name)`; mode 0600, atomic, durable."""
        write_keys(path, self.keys, self._secret, ask, overwrite=overwrite)

    @classmethod
    def load(cls, path: str | os.PathLike[str], ask: Callable[[str], str]) -> KeySet:
        """The set that `save` wrote. Raises `UsageError` (`key.password`), `MalformedError` (`key.malformed`)."""
        keys, secret = read_keys(path, ask)
        return cls(keys, secret=secret)

    def __repr__(self) -> str:
        return f"KeySet({', '.join(key.kid for key in self.keys)})"
