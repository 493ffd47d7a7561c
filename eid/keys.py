"""Issuer keys as a set: JWKS (RFC 7517 §5), rotation, and the secret behind pairwise subjects (OIDC Core 1.0 §8.1).

A key set has one active key that signs, usually a next key that is published ahead of its first use, and retired keys,
of which only the public half is kept. All of them verify. A set is a value: `rotate` gives another one; `rotate_file`
does it to a file, one process at a time. Sets for tokens, status lists and seals are kept apart (`Purpose`).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Any

from .arguments import check_kind
from .clock import seconds
from .errors import MalformedError, RefusedError, UsageError
from .files import locked, read_file
from .jwk import Key, Purpose
from .keyfile import MAX_FILE_BYTES, MAX_KEYS, SECRET_BYTES, read_keys, write_keys

__all__ = ["Key", "KeySet", "KeyState", "Purpose", "change_file", "rotate_file"]

_BLOCK_BYTES = 64  # of SHA-256; secrets are shorter
_HMAC_PADS = (0x36, 0x5C)


class KeyState(StrEnum):
    """Where a key of an issuer's own set stands."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


def state_of(key: Key) -> KeyState:
    """Next before it signs, retired once it has stopped or was revoked."""
    if key.exp is not None or key.revoked is not None:
        return KeyState.RETIRED
    return KeyState.NEXT if key.iat is None else KeyState.ACTIVE


class KeySet:
    """Keys of one issuer, active first. Make one with `generate`, `load` or `from_jwks`."""

    __slots__ = ("_by_kid", "_mac", "_secret", "keys")

    def __init__(self, keys: Iterable[Key], *, secret: bytes | None = None) -> None:
        check_kind("keys", keys, Iterable)
        self.keys = tuple(keys)
        for key in self.keys:
            check_kind("a key", key, Key)
        self._by_kid = {key.kid: key for key in self.keys}
        self._secret = secret
        self._mac = None if secret is None else _hmac_states(secret)
        if not self.keys:
            raise MalformedError("jwks.no-keys")
        if len(self.keys) > MAX_KEYS:
            raise MalformedError("jwks.malformed", why=f"over {MAX_KEYS} keys", why_vi=f"quá {MAX_KEYS} khóa")
        if len(self._by_kid) != len(self.keys):
            raise MalformedError("jwks.malformed", why="two keys have the same kid", why_vi="hai khóa trùng kid")

    @classmethod
    def generate(cls, alg: str = "ES256", *, purpose: Purpose | None = None, at: datetime | None = None) -> KeySet:
        """A new set: an active key from `at` (now), the next key, and the secret behind pairwise subjects.

        `alg` is ES256, ES384 or Ed25519 (EdDSA), else `UsageError` (`key.algorithm`); `purpose` is what the set signs.
        """
        now = seconds(at)
        active = Key.generate(alg, iat=now, published=now, purpose=purpose)
        coming = Key.generate(alg, published=now, purpose=purpose)
        return cls((active, coming), secret=secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def around(cls, active: Key, coming: Key | None = None, *, at: datetime | None = None) -> KeySet:
        """A new set around keys that exist already, such as a device's: `active` signs from `at` (now) on, `coming` is
        the next key. Each can sign and has no times yet, else `UsageError` (`usage.argument`)."""
        now, keys = seconds(at), (active, *(() if coming is None else (coming,)))
        for key in keys:
            check_kind("a key", key, Key)
        if not all(_is_own(key) and state_of(key) is KeyState.NEXT for key in keys):
            raise UsageError("usage.argument", why="the keys of a new set must be able to sign and have no times yet")
        first, *rest = (key.replace(published=now) for key in keys)
        return cls((first.replace(iat=now), *rest), secret=secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def merge(cls, *sets: KeySet) -> KeySet:
        """The public keys of several sets, such as an issuer's for tokens and for status lists, to verify with or to
        publish as one JWKS. `MalformedError` (`jwks.malformed`) when two keys have the same kid."""
        for one in sets:
            check_kind("a set", one, KeySet)
        return cls(key.public() for one in sets for key in one.keys)

    @property
    def active(self) -> Key:
        """The key that signs. `UsageError` (`key.public-only`, `key.detached`) when this set cannot sign."""
        key = self._current
        if key is None:
            raise UsageError("key.public-only")
        if not key.private:
            raise UsageError("key.detached")
        return key

    @property
    def _current(self) -> Key | None:
        """The active key, also when the device that holds it is not attached."""
        return next((key for key in self.keys if _is_own(key) and state_of(key) is KeyState.ACTIVE), None)

    @property
    def next(self) -> Key | None:
        """The key published ahead of its first use."""
        return next((key for key in self.keys if _is_own(key) and state_of(key) is KeyState.NEXT), None)

    def find(self, kid: str, purpose: Purpose | None = None) -> Key | None:
        """The key with exactly this identifier; with `purpose` only if it may sign for that."""
        given: object = kid
        key = self._by_kid.get(given) if isinstance(given, str) else None
        return key if key is None or purpose is None or key.serves(purpose) else None

    def finder(self, purpose: Purpose) -> Callable[[str], Key | None]:
        """`find` for one purpose, for `open_compact`."""
        return {kid: key for kid, key in self._by_kid.items() if key.serves(purpose)}.get

    def rotate(self, *, at: datetime | None = None, lead_s: float = 0) -> KeySet:
        """The set after a change of key: next signs, active is retired and forgets its private half.

        `lead_s` is how many seconds the next key must have been published before: verifiers fetch it in that time.
        Another next key of the same kind is made, unless a device holds it: see `with_next`. The key that stopped
        longest ago leaves a full set (`MAX_KEYS`), here and when a key is revoked: neither may ever be impossible.
        Raises `RefusedError` (`key.not-published`, `key.no-next`) and `UsageError` (`key.public-only`,
        `usage.argument`).
        """
        _check_lead(lead_s)
        now, old, coming = seconds(at), self._current, self.next
        if old is None:
            raise UsageError("key.public-only")
        if coming is None:
            if old.in_device:
                raise RefusedError("key.no-next")
            coming = _next_like(old, now)
        if lead_s > 0 and (coming.published is None or now - coming.published < lead_s):
            raise RefusedError("key.not-published", lead=lead_s)
        rest = tuple(key for key in self.keys if key is not old and key is not coming)
        fresh = () if coming.in_device else (_next_like(coming, now),)
        return self._changed((coming.replace(iat=now), *fresh, old.replace(exp=now), *rest))

    def with_next(self, key: Key, *, at: datetime | None = None) -> KeySet:
        """The set in which `key`, such as a device's, is next and published from `at` (now) on; a next key that has
        never signed is dropped."""
        check_kind("the next key", key, Key)
        if state_of(key) is not KeyState.NEXT or not _is_own(key):
            raise UsageError("usage.argument", why="the next key must be able to sign and have no times yet")
        first, rest = self._current, tuple(k for k in self.keys if k not in (self._current, self.next))
        changed = (*(() if first is None else (first,)), key.replace(published=seconds(at)), *rest)
        return self._changed(changed)

    def attach(self, key: Key) -> KeySet:
        """The set in which the key of the same thumbprint, read from a file without its device, signs through
        `Key.external` again; name, times and purpose stay those of the set. `UsageError` when there is none."""
        known = next((k for k in self.keys if k.in_device and k.thumbprint == key.thumbprint), None)
        if known is None or not (key.in_device and key.private) or key.alg != known.alg:
            raise UsageError("usage.argument", why="the set holds no external key of this public key and algorithm")
        return KeySet((k if k is not known else k.through(key) for k in self.keys), secret=self._secret)

    def revoke(self, kid: str, *, at: datetime | None = None) -> KeySet:
        """The set in which key `kid` is revoked from `at` on; revoking the active key rotates first, whenever the next
        key was published: a stolen key does not wait. The place of a revoked next key is taken by another.

        A key that was revoked before stays revoked since then, unless `at` is earlier.
        """
        check_kind("kid", kid, str)
        if kid not in self._by_kid:
            raise UsageError("usage.argument", why=f"no key {kid}", why_vi=f"không có khóa {kid}")
        keys = self.rotate(at=at) if self._by_kid[kid] is self._current else self
        old = self._by_kid[kid].revoked
        since = seconds(at) if old is None else min(old, seconds(at))
        changed = [key.replace(revoked=since) if key.kid == kid else key for key in keys.keys]
        gone = self._by_kid[kid]
        if gone is self.next and not gone.in_device:
            changed.insert(1, _next_like(gone, seconds(at)))
        return self._changed(changed)

    def _changed(self, keys: Sequence[Key]) -> KeySet:
        """The set with `keys` in their order, in which those that stopped longest ago are last."""
        return KeySet(keys[:MAX_KEYS], secret=self._secret)

    def pseudonym(self, audience: str, account: str) -> str:
        """The pairwise subject of an account at one audience (OIDC Core 1.0 §8.1): HMAC-SHA256 over account ‖ 0x00 ‖
        audience, in hex; stable while the set's secret and the account's identifier live."""
        return self.mac(f"{account}\0{audience}").hex()

    def mac(self, text: str) -> bytes:
        """HMAC-SHA256 (RFC 2104) of `text` under the set's secret, 32 bytes: for names that only this issuer can
        make from what they stand for. `UsageError` (`key.public-only`) when the set has no secret."""
        check_kind("text", text, str)
        if self._mac is None:
            raise UsageError("key.public-only")
        inner, outer = self._mac[0].copy(), self._mac[1].copy()
        inner.update(text.encode("utf-8", "surrogatepass"))
        outer.update(inner.digest())
        return outer.digest()

    def public_jwks(self) -> dict[str, Any]:
        """The JWKS to publish: every key's public members, active first."""
        return {"keys": [key.to_jwk() for key in self.keys]}

    @classmethod
    def from_jwks(cls, jwks: Any) -> KeySet:
        """The keys of a published JWKS. Keys that are not ours to use (see `Key.from_jwk`) or broken are passed over
        (RFC 7517 §5), other members ignored: one key's mistake does not silence the others.

        Raises `MalformedError`: `jwks.no-keys`, or `jwks.malformed` when no key is left for a mistake, when two have
        the same kid, and when there is no list of at most `MAX_KEYS` keys; `jwks.private` when a private member was
        published.
        """
        entries = jwks.get("keys") if isinstance(jwks, dict) else None
        if not isinstance(entries, list) or len(entries) > MAX_KEYS:
            why, why_vi = f"no list of at most {MAX_KEYS} keys", f"không có danh sách tối đa {MAX_KEYS} khóa"
            raise MalformedError("jwks.malformed", why=why, why_vi=why_vi)
        keys, mistakes = list[Key](), list[MalformedError]()
        for entry in entries:
            try:
                key = Key.from_jwk(entry)
            except MalformedError as e:
                if e.code == "jwks.private":
                    raise
                mistakes.append(e)
            else:
                keys += () if key is None else (key,)
        if mistakes and not keys:
            raise mistakes[0]
        return cls(keys)

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


def change_file(path: str | os.PathLike[str], ask: Callable[[str], str], change: Callable[[KeySet], KeySet]) -> KeySet:
    """Read the set in `path`, change it and write it back, as one act: another process waits and reads what we wrote.

    The password is asked for once, before the lock is taken. Raises what `load`, `change` and `save` raise; then the
    file is as it was.
    """
    password = ask(f"password for {Path(path).name}")
    try:  # one file, one lock, by whatever name; and the file is replaced, not a link to it
        place = os.path.realpath(path)
    except ValueError as e:
        raise UsageError("input.unreadable", path=path, why=e) from None
    read_file(place, max_bytes=MAX_FILE_BYTES)  # a name that is none gets no lock file
    with locked(place):
        changed = change(KeySet.load(place, lambda _: password))
        changed.save(place, lambda _: password)
    return changed


def rotate_file(
    path: str | os.PathLike[str], ask: Callable[[str], str], *, lead_s: float = 0, at: datetime | None = None
) -> KeySet:
    """Rotate the set in `path` in place, see `KeySet.rotate`; of two processes at once each rotates once."""
    return change_file(path, ask, lambda keys: keys.rotate(at=at, lead_s=lead_s))


def _hmac_states(secret: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """HMAC-SHA256 as far as the key goes (RFC 2104 §4: both states are worth keeping), inner and outer."""
    padded = secret.ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in _HMAC_PADS)
    return hashlib.sha256(inner), hashlib.sha256(outer)


def _check_lead(lead_s: object) -> None:
    if not (isinstance(lead_s, int | float) and 0 <= lead_s < inf):  # also for NaN, which nobody would wait for
        raise UsageError("usage.argument", why="lead_s must be a number of seconds", why_vi="lead_s phải là số giây")


def _is_own(key: Key) -> bool:
    """Whether this set's owner signs with the key: its private half is here, or in a device of ours."""
    return key.private or key.in_device


def _next_like(key: Key, now: int) -> Key:
    """A fresh next key of the same algorithm and purpose."""
    return Key.generate(key.alg, published=now, purpose=key.purpose)
