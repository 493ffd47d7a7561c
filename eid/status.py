"""Status lists: IETF Token Status List (draft-ietf-oauth-status-list), two bits a token, signed as `statuslist+jwt`.

An issuer keeps a `StatusList` and publishes it as a signed token that is good for `ttl` seconds. A relying party opens
that token once and asks the `OpenedStatusList` for each identity token. A list that is missing, stale, or of another
name answers nothing: that is `IndeterminateError`, never "valid".
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from datetime import datetime
from enum import IntEnum
from random import SystemRandom
from typing import Any, Final, Protocol, final

from .clock import seconds
from .encoding import b64url_text, dump_json, load_json, unb64url
from .errors import IndeterminateError, MalformedError, RefusedError, UsageError, VerificationError
from .jws import header_segment, open_compact, sign_compact
from .keys import Key, KeySet
from .token import (
    MAX_TEXT_CHARS,
    SKEW_S,
    STATUS_LIST,
    claims_object,
    object_claim,
    text_claim,
    time_claim,
)

BITS = 2
PER_BYTE = 8 // BITS
MAX_ENTRIES = 4_000_000  # entries of one list: 1 MB inflated; more tokens need more lists
MAX_BYTES = MAX_ENTRIES // PER_BYTE
MAX_TOKEN_CHARS = 2 * 1024 * 1024  # characters of one status list token
TTL_S = 900  # seconds for which a list may be used, at most
DEFAULT_ENTRIES = 1 << 20
_FOUR_BYTES = struct.Struct("=L")
_ALL_USED = 0xFF  # eight entries in use
_DRAWS = 256  # random indexes drawn at a time


class Status(IntEnum):
    """The two bits (draft §7.1): 3 is application-specific and refused."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2


_STATUSES = (Status.VALID, Status.REVOKED, Status.SUSPENDED, None)


class StatusSource(Protocol):
    """Where a verifier learns the status of a token."""

    def status(self, uri: str, index: int, now: float) -> Status:
        """The status of entry `index` of the list named `uri` at second `now`. Raises `IndeterminateError`."""
        ...


@final
class Unchecked:
    """The spelt-out decision not to ask for a status: tokens that were revoked pass."""

    def status(self, uri: str, index: int, now: float) -> Status:  # noqa: ARG002
        """Always valid."""
        return Status.VALID

    def __repr__(self) -> str:
        return "UNCHECKED"


UNCHECKED: Final = Unchecked()


class StatusList:
    """The issuer's own list, mutable: `allocate`, `set`, `token`. It serves a verifier in the same process as well."""

    __slots__ = ("_bits", "_drawn", "_lock", "_used", "size", "uri")

    def __init__(self, uri: str, size: int = DEFAULT_ENTRIES) -> None:
        if type(uri) is not str or not 0 < len(uri) <= MAX_TEXT_CHARS or not uri.isprintable():
            raise UsageError("usage.argument", why="the status list needs a short URI")
        if type(size) is not int or not 0 < size <= MAX_ENTRIES:
            raise UsageError("usage.argument", why=f"a status list has 1 to {MAX_ENTRIES} entries")
        self.uri, self.size = uri, size
        self._bits = bytearray(-(-size // PER_BYTE))
        self._used = bytearray(-(-size // 8))
        self._drawn: list[int] = []
        self._lock = threading.Lock()

    def allocate(self) -> int:
        """A free index, at random so that it does not tell the order of issue. `RefusedError` (`status.full`)."""
        while True:
            try:
                return self._drawn.pop()
            except IndexError:  # also when another thread took the last one
                self._draw()

    def _draw(self) -> None:
        """Draw free indexes ahead, many for one call for randomness; look for the last ones when draws miss."""
        used, found = self._used, list[int]()
        with self._lock:
            if self._drawn:
                return
            draws = (random[0] % self.size for random in _FOUR_BYTES.iter_unpack(os.urandom(_DRAWS * _FOUR_BYTES.size)))
            for index in draws:
                bit = 1 << (index & 7)
                if not used[index >> 3] & bit:
                    used[index >> 3] |= bit
                    found.append(index)
            if not found:
                found = self._last_free()
            if not found:
                raise RefusedError("status.full")
            self._drawn += found

    def _last_free(self) -> list[int]:
        """Some of the free entries of a list that is nearly full, in random order."""
        rest = [(8 * place, byte) for place, byte in enumerate(self._used) if byte != _ALL_USED]
        free = [i for first, byte in rest for i in range(first, first + 8) if not byte >> (i & 7) & 1 and i < self.size]
        SystemRandom().shuffle(free)
        for index in free[:_DRAWS]:
            self._used[index >> 3] |= 1 << (index & 7)
        return free[:_DRAWS]

    def release(self, index: int) -> None:
        """Give `index` back. Only for a token that expired longer ago than a list may be used (`TTL_S`)."""
        self.set(index, Status.VALID)
        with self._lock:
            self._used[index >> 3] &= ~(1 << (index & 7))

    def mark(self, index: int) -> None:
        """Note that `index` is in use, when a list is read back."""
        self._check(index)
        self._used[index >> 3] |= 1 << (index & 7)

    def set(self, index: int, status: Status) -> None:
        """Set the status of entry `index`."""
        self._check(index)
        if not isinstance(status, Status):
            raise UsageError("usage.argument", why="status must be a Status")
        shift = BITS * (index % PER_BYTE)
        place = index // PER_BYTE
        with self._lock:
            self._bits[place] = self._bits[place] & ~(3 << shift) | status << shift

    def get(self, index: int) -> Status:
        """The status of entry `index`."""
        self._check(index)
        return Status(self._bits[index // PER_BYTE] >> BITS * (index % PER_BYTE) & 3)

    def status(self, uri: str, index: int, now: float) -> Status:  # noqa: ARG002  # always fresh
        """The status of entry `index`, for a verifier beside the issuer."""
        if uri != self.uri or not 0 <= index < self.size:
            raise IndeterminateError("status.unknown")
        return self.get(index)

    def token(self, key: Key, *, at: datetime | None = None, ttl_s: int = TTL_S) -> str:
        """The list as a signed `statuslist+jwt`, to publish at `uri` and to renew before `ttl_s` has passed."""
        if type(ttl_s) is not int or not 0 < ttl_s <= TTL_S:
            raise UsageError("usage.argument", why=f"a status list is good for 1 to {TTL_S} seconds")
        now = seconds(at)
        packed = b64url_text(zlib.compress(bytes(self._bits), 9))
        claims = {"sub": self.uri, "iat": now, "exp": now + ttl_s, "ttl": ttl_s}
        claims["status_list"] = {"bits": BITS, "lst": packed}
        return sign_compact(key, header_segment(key, STATUS_LIST), dump_json(claims))

    def _check(self, index: int) -> None:
        if type(index) is not int or not 0 <= index < self.size:
            raise UsageError("usage.argument", why=f"the list has no entry {index}")


class OpenedStatusList:
    """A published list whose signature holds; immutable. Answers while it is fresh."""

    __slots__ = ("_bits", "expires", "uri")

    def __init__(self, uri: str, bits: bytes, expires: int) -> None:
        self.uri, self._bits, self.expires = uri, bits, expires

    @classmethod
    def open(cls, token: str, keys: KeySet) -> OpenedStatusList:
        """The list in a `statuslist+jwt` signed by one of `keys`; its age is judged at each look-up.

        Raises `IndeterminateError` (`status.untrusted`): without a list that can be trusted no status is known.
        """
        try:
            payload, key = open_compact(token, STATUS_LIST, keys.find, known={}, max_chars=MAX_TOKEN_CHARS)
            return cls._from_claims(claims_object(payload, load_json), key)
        except (MalformedError, VerificationError) as e:
            raise IndeterminateError("status.untrusted", why=e.text) from None

    @classmethod
    def _from_claims(cls, claims: dict[str, Any], key: Key) -> OpenedStatusList:
        iat = time_claim(claims, "iat")
        ttl = time_claim(claims, "ttl")
        if not key.was_active(iat, iat, SKEW_S):
            raise VerificationError("token.key-inactive")
        expires = min(time_claim(claims, "exp"), iat + min(ttl, TTL_S))
        if key.revoked is not None:  # from then on anyone may have made it, whatever its date
            expires = min(expires, key.revoked)
        return cls(text_claim(claims, "sub"), _inflate(object_claim(claims, "status_list")), expires)

    def status(self, uri: str, index: int, now: float) -> Status:
        """The status of entry `index`. `IndeterminateError`: `status.stale`, `status.unknown`."""
        if uri != self.uri:
            raise IndeterminateError("status.unknown")
        if now >= self.expires:
            raise IndeterminateError("status.stale")
        if not 0 <= index < PER_BYTE * len(self._bits):
            raise IndeterminateError("status.unknown")
        status = _STATUSES[self._bits[index // PER_BYTE] >> BITS * (index % PER_BYTE) & 3]
        if status is None:
            raise IndeterminateError("status.unknown")
        return status


def _inflate(status_list: dict[str, Any]) -> bytes:
    """The bits of a `status_list` claim; never more than `MAX_BYTES`, and nothing behind the stream."""
    packed = status_list.get("lst")
    if status_list.get("bits") is not BITS or type(packed) is not str:
        raise MalformedError("status.malformed", why="not two bits an entry")
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(unb64url(packed.encode("ascii")), MAX_BYTES + 1)
    except (ValueError, zlib.error):
        raise MalformedError("status.malformed", why="not a zlib stream in base64url") from None
    if len(data) > MAX_BYTES:
        raise MalformedError("status.malformed", why=f"more than {MAX_ENTRIES} entries")
    if not stream.eof or stream.unused_data:
        raise MalformedError("status.malformed", why="the stream is cut or has something behind it")
    return data
